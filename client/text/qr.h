#ifndef CLIENT_TEXT_QR_H
#define CLIENT_TEXT_QR_H

#include <stdbool.h>
#include <stdio.h>

/* A QR code, by libqrencode. */
struct qr {
	int width;              /* modules, the same down as across */
	unsigned char *modules; /* of libqrencode's: the lowest bit is black */
	void *code;
};

/* False: longer than any code holds, out of memory, no libqrencode here. */
bool qr_make(struct qr *qr, const char *text);
void qr_clear(struct qr *qr);
bool qr_black(const struct qr *qr, int x, int y);

/* With half blocks, two rows a line, and the white edge that readers need. */
void qr_print(const struct qr *qr, FILE *out);

#endif
