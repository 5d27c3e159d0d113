#ifndef CLIENT_NODE_LETTERBOX_H
#define CLIENT_NODE_LETTERBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/node/lease.h"

/*
 * The sealed outbox of a device that is locked (lease.h): what a person writes
 * meanwhile is sealed to a key whose secret half lies in the locked store, and
 * appended to the file `letters`; when the store opens again it is written into
 * it, in order, each once (letters.h). Whoever finds the laptop reads none of
 * it, the one who wrote it neither; and nobody without the passphrase adds to
 * it, takes one out or swaps two, since each carries a sum over itself and all
 * before, keyed by the user key.
 *
 *     offset  size  field
 *          0     4  "RBO1"
 *          4    16  id of the file, by chance
 *
 * and then each letter, integers big-endian:
 *
 *          0     4  size of what is sealed, n
 *          4     8  its number, from 1
 *         12    32  BLAKE2b-256 of the sum before (of the first: zero), the
 *                   id, and all of this letter but the sum, keyed
 *         44     n  crypto_box_seal
 *
 * A letter is on the disk before it is acknowledged. What stands behind the
 * last genuine one was cut short and never acknowledged; how many were, is in
 * the lease's file.
 */
enum {
	LETTERBOX_HEAD_SIZE = 4 + LETTERBOX_ID_SIZE,
	LETTER_HEAD_SIZE = 44,
	LETTER_MAX = 1 << 20, /* of what is sealed, unsealed */
	LETTERBOX_MAX = 64 << 20,
};

/* Of a letterbox that was read. */
struct letterbox {
	uint8_t id[LETTERBOX_ID_SIZE];
	uint64_t count;  /* genuine letters */
	uint64_t size;   /* bytes up to the end of the last of them */
	uint8_t sum[32]; /* of the last of them */
	bool rest;       /* something else follows */
};

typedef void letter_cb(
	void *self, uint64_t number, const uint8_t *sealed, size_t size);

/*
 * Any bytes as such a file; false when they do not begin as one. `found` (may
 * be NULL) gets each genuine letter, in order.
 */
bool letterbox_read(struct letterbox *box, const uint8_t *bytes, size_t size,
	const uint8_t user_key[static VAULT_USER_KEY_SIZE], letter_cb *found,
	void *self);

/* What was sealed, malloc'ed; NULL when it was to another key. */
uint8_t *letterbox_unseal(const uint8_t *sealed, size_t size,
	const uint8_t secret[static LETTERBOX_KEY_SIZE], size_t *letter_size);

bool letterbox_is_in(const char *dir);

/*
 * Seals a letter and appends it; *number is its. On the disk, and counted in
 * the lease's file, before it returns. The folder's lock is the caller's.
 */
bool letterbox_put(const char *dir, struct lease *lease,
	const uint8_t user_key[static VAULT_USER_KEY_SIZE],
	const uint8_t *letter, size_t size, uint64_t *number,
	struct problem *problem);

/*
 * Reads the file of a folder; *bytes is the caller's to free(). True and no
 * bytes: there is none. False with *problem: it cannot be read.
 */
bool letterbox_load(const char *dir, uint8_t **bytes, size_t *size,
	struct problem *problem);
/* Removes it, or with `damaged` gives it a name of its own. */
bool letterbox_end(const char *dir, bool damaged);

#endif
