#ifndef CLIENT_NODE_KEYS_H
#define CLIENT_NODE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "client/text/text.h"
#include "proto/key.h"
#include "proto/status.h"

enum { NODE_DATA_KEY_SIZE = 32 };

/*
 * A device's secret keys, in a file of their own beside the database, so that
 * a copy of the one is not a copy of the other. In memory they lie in locked
 * pages (sodium_malloc).
 *
 *     offset  size  field
 *          0     4  "RBK1"
 *          4    64  signing secret (Ed25519)
 *         68    32  link secret (X25519)
 *        100    64  issuing secret (Ed25519) of a hub; else zero
 *        164    32  BLAKE2b-256 of everything before
 *
 * On an encrypted node (vault.h) the file is sealed under the node's data key:
 *
 *          0     4  "RBK2"
 *          4    24  nonce, by chance
 *         28   160  the three secrets (XChaCha20-Poly1305, bound to "RBK2")
 *        188    16  tag
 */
struct node_keys {
	uint8_t sign_secret[SIGNING_SECRET_SIZE];
	uint8_t link_secret[LINK_SECRET_SIZE];
	uint8_t issuing_secret[SIGNING_SECRET_SIZE];
	/* Of an encrypted node: what its database and this file are under. */
	bool sealed;
	uint8_t data_key[NODE_DATA_KEY_SIZE];
};

/* Fresh device keys; with `hub`, an issuing key too. Never NULL. */
struct node_keys *node_keys_new(bool hub);
/* Fresh keys go where those before them lie: under the same data key. */
static inline void
node_keys_seal(struct node_keys *keys, const uint8_t *data_key)
{
	keys->sealed = data_key != NULL;
	if (data_key)
		memcpy(keys->data_key, data_key, sizeof keys->data_key);
}
/* NULL for a plain node: for store_sqlite_open_sealed(). */
static inline const uint8_t *
node_keys_data_key(const struct node_keys *keys)
{
	return keys->sealed ? keys->data_key : NULL;
}
void node_keys_free(struct node_keys *keys); /* wipes; NULL is fine */

/* The public halves. */
const uint8_t *node_keys_sign_public(const struct node_keys *keys);
const uint8_t *node_keys_issuing_public(const struct node_keys *keys);
void node_keys_link_public(
	const struct node_keys *keys, uint8_t out[static LINK_KEY_SIZE]);

/*
 * Writes the file (0600), synced, before it returns; an existing one is
 * refused. Reads it; both say in *problem what went wrong.
 */
bool node_keys_save(const struct node_keys *keys, const char *path,
	struct problem *problem);
bool node_keys_load(
	struct node_keys **out, const char *path, struct problem *problem);
/* The same of a sealed file; `data_key` NULL: of a plain one. */
bool node_keys_load_sealed(struct node_keys **out, const char *path,
	const uint8_t *data_key, struct problem *problem);

/* Whether the bytes are such a file, undamaged; NODE_KEYS_FILE_SIZE of them. */
enum { NODE_KEYS_FILE_SIZE = 196, NODE_KEYS_SEALED_SIZE = 204 };
bool node_keys_decode(
	struct node_keys *keys, const uint8_t *bytes, size_t size);
/* Of NODE_KEYS_SEALED_SIZE bytes; false under another data key, too. */
bool node_keys_decode_sealed(struct node_keys *keys, const uint8_t *bytes,
	size_t size, const uint8_t data_key[static NODE_DATA_KEY_SIZE]);
/* The same into fresh keys; and such a file of keys that have a data key. */
bool node_keys_open_sealed(struct node_keys **out, const uint8_t *bytes,
	size_t size, const uint8_t data_key[static NODE_DATA_KEY_SIZE]);
void node_keys_encode_sealed(const struct node_keys *keys,
	uint8_t bytes[static NODE_KEYS_SEALED_SIZE]);

/*
 * Writes bytes to a new file with mode 0600 and syncs file and folder; false
 * with *problem, and no file, when that fails. For keys.
 */
bool node_write_secret(const char *path, const void *bytes, size_t size,
	struct problem *problem);
/*
 * Gives a file that was written under an early name its own, and syncs the
 * folder: there is never half a file of that name. False with *problem, and
 * the file under either name.
 */
bool node_settle_secret(
	const char *early, const char *path, struct problem *problem);

#endif
