#ifndef PROTO_ID_H
#define PROTO_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/status.h"

/*
 * Records and most other things are named by 16 bytes that any node can make
 * alone, without asking whether they are taken. They are UUIDs (RFC 9562), so
 * that other programs know what to do with them: version 7 where a thing is
 * made, so that ids sort by the time of making, and version 8 where an id is
 * computed, so that two nodes that compute it get the same one.
 *
 * Sixteen zero bytes are "none". No id made here is all zero.
 */

enum {
	ID_SIZE = 16,
	ID_TEXT_SIZE = 37, /* 36 characters and the closing zero */
	ID_RANDOM_SIZE = 10,
	ID_STEP_SIZE = 3,
	ID_MS_BITS = 48,
};

/*
 * A UUID of version 7 from a time in milliseconds since 1970, of which the
 * lower 48 bits are used (good until the year 10889), and random bytes, of
 * which 74 bits are used. Without I/O as all of proto: the caller brings both.
 */
void id_make(uint8_t out[static ID_SIZE], uint64_t ms,
	const uint8_t random[static ID_RANDOM_SIZE]);

/*
 * The next one of the same millisecond: it sorts after `id`, which it replaces,
 * by a random step (RFC 9562, section 6.2, method 2). Of 2^56 places that
 * id_make() began at anywhere a step takes at most 2^24; from the last to the
 * first place it wraps, and sorts before for once.
 */
void id_step(
	uint8_t id[static ID_SIZE], const uint8_t random[static ID_STEP_SIZE]);

/*
 * A UUID of version 8 from what `size` bytes mean under a purpose (see
 * proto/purpose.h): the same in, the same out, on every node.
 */
void id_derive(uint8_t out[static ID_SIZE], const char *purpose,
	const uint8_t *bytes, size_t size);

/* Writes the usual text: lower case, with dashes, closed by a zero. */
void id_format(char out[static ID_TEXT_SIZE], const uint8_t id[static ID_SIZE]);

/*
 * Reads the usual text of a UUID of any version, in upper or lower case, with
 * its four dashes or with none, and nothing before or after it.
 *
 * STATUS_OK         `out` holds the id.
 * STATUS_MALFORMED  not an id; `out` is as before.
 */
MUST_USE enum status id_parse(uint8_t out[static ID_SIZE], const char *text);

/* The id says "none": all its bytes are zero. */
bool id_is_zero(const uint8_t id[static ID_SIZE]);

#endif
