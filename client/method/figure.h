#ifndef CLIENT_METHOD_FIGURE_H
#define CLIENT_METHOD_FIGURE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A ratio in basis points (10000 is one, or 100 %), from whole numbers, rounded
 * half up once, at the end (DOMAIN 3). There is no floating point in any
 * figure, so two nodes that read the same records print the same digits. What
 * would divide by zero is not known; it is never 0.
 */
struct figure {
	bool known;
	int64_t bp;
};

enum { FIGURE_ONE = 10000 };

/* part of whole; not known where whole is 0 or either is negative. */
struct figure figure_of(int64_t part, int64_t whole);

/* "58.33 %", or "–" when it is not known. */
enum { FIGURE_TEXT_SIZE = 32 };
void figure_text(struct figure figure, char out[static FIGURE_TEXT_SIZE]);

#endif
