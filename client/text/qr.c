#include "client/text/qr.h"

#include <dlfcn.h>
#include <qrencode.h>
#include <string.h>

enum { EDGE = 2 }; /* modules of white around it */

/* Loaded when a code is made, so that no other command takes time for it. */
static __typeof__(&QRcode_encodeString8bit) encode;
static __typeof__(&QRcode_free) discard;

static bool
load(void)
{
	void *library, *symbol;

	if (discard)
		return true;
	library = dlopen(QR_LIBRARY, RTLD_NOW | RTLD_LOCAL);
	symbol = library ? dlsym(library, "QRcode_encodeString8bit") : NULL;
	memcpy(&encode, &symbol, sizeof symbol);
	if (encode)
		symbol = dlsym(library, "QRcode_free");
	memcpy(&discard, &symbol, sizeof symbol);
	return discard;
}

bool
qr_make(struct qr *qr, const char *text)
{
	QRcode *code = load() ? encode(text, 0, QR_ECLEVEL_M) : NULL;

	*qr = (struct qr){0};
	if (!code)
		return false;
	*qr = (struct qr){code->width, code->data, code};
	return true;
}

void
qr_clear(struct qr *qr)
{
	if (qr->code)
		discard(qr->code);
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
