#ifndef CLIENT_STORE_FOLD_H
#define CLIENT_STORE_FOLD_H

#include <stddef.h>
#include <stdint.h>

/*
 * Text as search compares it: compatibility forms are the plain ones (NFKC:
 * ＡＢＣ is abc, ① is 1), case and accents do not count, blanks are one blank
 * and none at the ends. Each character knows from where in the text it came.
 */

enum fold_class {
	FOLD_OTHER,  /* blanks, signs: between words */
	FOLD_LETTER, /* of a script that parts its words */
	FOLD_DIGIT,  /* 0 to 9 */
	FOLD_HAN,    /* Chinese, Japanese, Korean: no blanks between words */
};

struct fold_char {
	uint32_t code;
	uint32_t at; /* byte of the text */
	enum fold_class class;
};

/* A zeroed one is empty; used again and again. Free with fold_clear(). */
struct fold {
	struct fold_char *list;
	size_t count;
	size_t room;
};

/* Makes it of the text; a byte that is no UTF-8 is a sign. */
void fold_text(struct fold *fold, const void *bytes, size_t size);
void fold_clear(struct fold *fold);

/* Where the run of one class that begins at `at` ends. */
size_t fold_run(const struct fold *fold, size_t at);

enum { FOLD_UTF8_MAX = 4 };

/* The code as UTF-8; how many bytes that are. */
size_t fold_utf8(uint32_t code, char out[static FOLD_UTF8_MAX]);

#endif
