#ifndef TESTS_SIM_BYTES_H
#define TESTS_SIM_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a file on a simulated disk holds: bytes that grow. Zero is empty. */
struct bytes {
	uint8_t *data;
	size_t size;
	size_t room;
};

/* From SQLite, as what it keeps itself: no part of what the core holds. */
void *bytes_take_again(void *old, size_t size);
/* It is that which asks SQLite for memory: no request to let fail. */
extern bool bytes_taking;

void bytes_clear(struct bytes *b);
void bytes_reserve(struct bytes *b, size_t room);
/* What it grows by is zero. */
void bytes_resize(struct bytes *b, size_t size);
/* Beyond its end, too: the gap is zero. */
void bytes_write(struct bytes *b, size_t at, const uint8_t *data, size_t size);
void bytes_copy(struct bytes *to, const struct bytes *from);

#endif
