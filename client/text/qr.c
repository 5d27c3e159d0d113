#include "client/text/qr.h"

#include <qrencode.h>

enum { EDGE = 2 }; /* modules of white around it */

bool
qr_make(struct qr *qr, const char *text)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

	*qr = (struct qr){0};
	if (!code)
		return false;
	*qr = (struct qr){code->width, code->data, code};
	return true;
}

void
qr_clear(struct qr *qr)
{
	QRcode_free(qr->code); /* NULL is fine */
	*qr = (struct qr){0};
}

bool
qr_black(const struct qr *qr, int x, int y)
{
	return x >= 0 && y >= 0 && x < qr->width && y < qr->width &&
		(qr->modules[y * qr->width + x] & 1);
}

void
qr_print(const struct qr *qr, FILE *out)
{
	/* Of a dark terminal: what is lit is the paper. */
	static const char *const blocks[] = {"█", "▀", "▄", " "};

	for (int y = -EDGE; y < qr->width + EDGE; y += 2) {
		for (int x = -EDGE; x < qr->width + EDGE; x++)
			(void)fputs(blocks[2 * qr_black(qr, x, y) +
					    qr_black(qr, x, y + 1)],
				out);
		(void)fputc('\n', out);
	}
}
