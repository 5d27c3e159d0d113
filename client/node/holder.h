#ifndef CLIENT_NODE_HOLDER_H
#define CLIENT_NODE_HOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "client/node/vault.h"

/*
 * A small process that keeps a node's data key, so that a person types the
 * passphrase once and not at every command: `roadbook unlock` starts it, `lock`
 * or its time ends it. It gives the key through a socket, 0600, in a folder
 * that only this user can enter (as local.h has it), to processes of the same
 * user alone. It writes nothing, and the key lies in locked memory.
 *
 * Who asks sends one byte, '?' for the key or 'x' to end; 32 bytes come back,
 * or one.
 */

/*
 * Starts it, for `seconds`; in its place one that was there. Returns once it
 * answers. The key stays the caller's; the new process keeps one copy. False
 * with *problem.
 */
bool holder_start(const char *dir, uint8_t data_key[static NODE_DATA_KEY_SIZE],
	int64_t seconds, struct problem *problem);
/* The key of this folder's node, if one holds it. */
bool holder_ask(const char *dir, uint8_t data_key[static NODE_DATA_KEY_SIZE]);
/* Ends it; false when there was none. */
bool holder_end(const char *dir);

#endif
