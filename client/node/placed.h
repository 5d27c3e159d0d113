#ifndef CLIENT_NODE_PLACED_H
#define CLIENT_NODE_PLACED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/change.h"

/*
 * Where records stand, remembered while writes are put together: those that
 * they refer to are looked up once, and those that one makes are in no table
 * yet.
 */
struct placed_record {
	uint32_t type; /* 0: an empty place */
	uint8_t id[ID_BYTES];
	bool known; /* it is here, or being made */
	uint8_t territory[ID_BYTES];
	bool looked; /* `archived` says how it is there */
	bool archived;
};

struct placed {
	struct placed_record *list;
	size_t count;
	size_t room; /* a power of two, or 0 */
};

/*
 * What is remembered of the record; added, with *fresh, when nothing was. Good
 * until the next call. A zeroed struct placed is an empty one.
 */
struct placed_record *placed_at(struct placed *placed, uint32_t type,
	const uint8_t id[static ID_BYTES], bool *fresh);
void placed_clear(struct placed *placed);

#endif
