#ifndef PROTO_PURPOSE_H
#define PROTO_PURPOSE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Each hash and signature of ours covers what it is for ahead of what it is
 * over: the purpose, such as "roadbook/device/1", with its closing zero byte.
 * So nothing made for one purpose can be passed off as something else, and a
 * purpose is never the beginning of another one. The number at its end is
 * raised when what follows it changes.
 */

enum { PURPOSE_HASH_SIZE = 32 };

/* BLAKE2b-256 of `purpose`, its closing zero byte, and the `size` bytes. */
void purpose_hash(uint8_t out[static PURPOSE_HASH_SIZE], const char *purpose,
	const uint8_t *bytes, size_t size);

#endif
