#ifndef CLIENT_NODE_INSTANT_H
#define CLIENT_NODE_INSTANT_H

#include <stdint.h>

/* A time for people and JSON: RFC 3339 in the zone of `offset` minutes. */
enum { INSTANT_TEXT_SIZE = 40 };
void instant_text(
	int64_t ms, int32_t offset, char out[static INSTANT_TEXT_SIZE]);

#endif
