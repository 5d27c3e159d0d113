#ifndef CLIENT_STORE_VARINT_H
#define CLIENT_STORE_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/pack.h"

/*
 * The blobs that are the store's own business: varints (seven bits a byte, the
 * lowest first, the top bit for "more follows") and whole msgpack values one
 * after the other. Numbers have one encoding only, the shortest.
 */

/* Bytes that grow; a zeroed one is empty. Free with buffer_clear(). */
struct buffer {
	uint8_t *bytes;
	size_t size;
	size_t room;
};

void buffer_byte(struct buffer *buffer, uint8_t byte);
void buffer_bytes(struct buffer *buffer, const void *bytes, size_t size);
void buffer_varint(struct buffer *buffer, uint64_t value);
void buffer_signed(
	struct buffer *buffer, int64_t value); /* small when near 0 */
void buffer_clear(struct buffer *buffer);

/*
 * Reads what need not be whole: the first thing that is not there, or not in
 * its one form, makes `failed` true, and from then on all that is read is 0.
 */
struct reader {
	const uint8_t *at;
	const uint8_t *end;
	bool failed;
};

uint8_t reader_byte(struct reader *reader);
/* At most `max`. */
uint64_t reader_varint(struct reader *reader, uint64_t max);
int64_t reader_signed(struct reader *reader);
/* A count of things that take at least a byte each. */
size_t reader_count(struct reader *reader);
/* One canonical msgpack value. */
struct pack_view reader_value(struct reader *reader);
size_t reader_left(const struct reader *reader);

#endif
