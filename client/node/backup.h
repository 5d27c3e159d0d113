#ifndef CLIENT_NODE_BACKUP_H
#define CLIENT_NODE_BACKUP_H

#include "client/node/node.h"
#include "client/node/vault.h"

/*
 * A backup: one file, encrypted, of all that a node keeps, as it is at one
 * moment, whether the node runs or not. It opens with the passphrase that the
 * node had then, and with the company's root key.
 *
 *     offset  size  field
 *          0  4096n  the database, sealed page by page (page_seal.h) under the
 *                   backup's own key, n pages
 *      4096n     4  "RBB2"
 *         +4     4  what node it was: 1 a device, 2 a hub; little-endian
 *         +8     8  n
 *        +16    32  salt, by chance: the backup's key is BLAKE2b-256 of it,
 *                   keyed with the data key that the vault holds
 *        +48   389  vault (vault.h): the node's own, by no lease; of a plain
 *                   node one that was made for this backup
 *       +437   204  the device's keys (keys.h), sealed under the backup's key;
 *                   of a hub zeros, since a new hub gets keys of its own
 *       +641    32  BLAKE2b-256 of everything before, keyed with a key that is
 *                   derived from the backup's: no bit of it can be altered, no
 *                   page of another backup put in
 *
 * What stands at the end is found from the end.
 */
enum {
	BACKUP_OF_DEVICE = 1,
	BACKUP_OF_HUB = 2,
	BACKUP_SALT_SIZE = 32,
	BACKUP_END_SIZE = 673,
};

/* What stands at the end, taken apart; not checked against the rest yet. */
struct backup_end {
	uint32_t kind;
	uint64_t pages;
	struct vault vault;
	uint8_t salt[BACKUP_SALT_SIZE];
	uint8_t bytes[BACKUP_END_SIZE];
};

/*
 * Writes the backup of an open node into a new file: whole, or not at all. A
 * plain node has no passphrase of its own: the backup is sealed by the one that
 * is given, which an encrypted node does not need (NULL). EXIT_AMBIGUOUS: the
 * file is there already.
 */
bool backup_write(struct node *node, const char *path,
	const struct passphrase *passphrase, struct problem *problem);

/* Any bytes as the end of a backup that is `size` bytes long in all. */
bool backup_decode(struct backup_end *end,
	const uint8_t bytes[static BACKUP_END_SIZE], uint64_t size);

/* Whether the file ends as a backup does. */
bool backup_is(const char *path);

/* EXIT_NOT_FOUND: no file; EXIT_USAGE: it is no backup; EXIT_FAILED: damaged.
 */
bool backup_read(
	struct backup_end *end, const char *path, struct problem *problem);

/*
 * With the data key of its vault: checks every byte, writes the database into a
 * new file at `to`, sealed as it is, and gives the key that it is under (locked
 * memory: sodium_free()) and the device's keys (NULL for a hub's;
 * node_keys_free()). EXIT_FAILED: it is damaged, or the disk; nothing is left.
 */
bool backup_take(const struct backup_end *end, const char *path,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE], const char *to,
	uint8_t **key, struct node_keys **keys, struct problem *problem);

#endif
