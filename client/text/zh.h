#ifndef CLIENT_TEXT_ZH_H
#define CLIENT_TEXT_ZH_H

#include <stddef.h>

/* The Chinese of every message, ascending by the English (strcmp). */
struct zh_text {
	const char *english;
	const char *chinese;
};

extern const struct zh_text zh_texts[];
extern const size_t zh_text_count;

#endif
