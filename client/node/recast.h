#ifndef CLIENT_NODE_RECAST_H
#define CLIENT_NODE_RECAST_H

#include <stdbool.h>
#include <stdint.h>

#include "client/node/vault.h"

/*
 * Putting a node under a new data key, in place: a plain one becomes encrypted,
 * an encrypted one changes its key. The node is closed, its lock the caller's.
 *
 *     node.db.new, keys.sealed   copies under the new key are made
 *     vault                      is written: from here on they are the node
 *     node.db, keys              the old ones are overwritten, the new renamed
 *
 * Killed before `vault` is written, the node is what it was; after it, opening
 * it goes on (recast_settle). Overwriting is what can be done: a disk may keep
 * old blocks, and copies that somebody made are as they were.
 */

/* `old_key` NULL: it was plain. `vault` holds `new_key`. */
bool recast(const char *dir, const uint8_t *old_key, const struct vault *vault,
	const uint8_t new_key[static NODE_DATA_KEY_SIZE],
	struct problem *problem);

/*
 * Before an encrypted node is opened with the key of its vault: goes on with
 * what was cut short, or removes what never came to be. Returns at once when
 * there is nothing of the kind; else takes the lock, for which it waits up to
 * `wait_ms`.
 */
bool recast_settle(const char *dir,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE], int wait_ms,
	struct problem *problem);

/* Zeros over all of a file, on the disk: before it is removed. */
void recast_scrub(const char *path);

/* Copies a closed database into a new file under another key; NULL: plain. */
bool recast_database(const char *from, const uint8_t *from_key, const char *to,
	const uint8_t *to_key, struct problem *problem);

#endif
