#ifndef CLIENT_NODE_VAULT_H
#define CLIENT_NODE_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/node/keys.h"
#include "client/text/text.h"
#include "proto/change.h"
#include "proto/lease.h"

/*
 * The key file of an encrypted node, `vault` in its folder. The data key, which
 * is random, and under which database and device keys lie, opens with the user
 * key, which the user's passphrase opens; where the company has leases
 * (lease.h), it takes the lease's secret besides. The data key is also sealed
 * to the company's root key, so that head office can open a laptop whose user
 * forgot the passphrase, or whose lease ran out. There is a vault exactly when
 * the node is encrypted.
 *
 *     offset  size  field
 *          0     4  "RBV3"
 *          4     4  passes of Argon2id, little-endian
 *          8     4  its memory in MiB
 *         12    16  its salt, by chance
 *         28    24  nonce, by chance
 *         52    32  the user key (XChaCha20-Poly1305 under Argon2id of the
 *                   passphrase, bound to all that stands before)
 *         84    16  tag
 *        100    96  the data key and the device's id (16 bytes; of what it was
 *                   when this was written), sealed (crypto_box_seal) to the
 *                   X25519 form of the company's root key
 *        196    16  mark of the data key, derived from it: whether a key that
 *                   comes from elsewhere (holder.h) is still this one
 *        212     1  1: the lease's secret is needed; 0: it is not
 *        213    24  nonce, by chance
 *        237    32  the data key (as above, under BLAKE2b of the lease's secret
 *                   or nothing, keyed with the user key; bound to "RBV3", the
 *                   mark and the byte behind it)
 *        269    16  tag
 *        285    24  nonce, by chance
 *        309    32  the user key once more (under a key derived from the data
 *                   key, bound to "RBV3"): whoever has the data key can wrap
 *                   it anew without the passphrase
 *        341    16  tag
 *        357    32  BLAKE2b-256 of everything before: damage is told apart
 *                   from a wrong passphrase
 */
enum {
	VAULT_SIZE = 389,
	VAULT_SEALED_SIZE = 96,
	VAULT_USER_KEY_SIZE = 32,
	VAULT_PASSES = 3,
	VAULT_MEMORY_MIB = 256,
	/* Of a file that need not be trusted: what opening it may cost. */
	VAULT_PASSES_MAX = 16,
	VAULT_MEMORY_MIB_MIN = 8,
	VAULT_MEMORY_MIB_MAX = 1024,
};

struct vault {
	uint32_t passes;
	uint32_t memory_mib;
	uint8_t bytes[VAULT_SIZE];
};

/* A passphrase, in locked memory. */
enum { PASSPHRASE_MAX = 1024 };
struct passphrase {
	size_t size;
	char text[PASSPHRASE_MAX];
};

/* Fresh, in locked memory: sodium_free(). Never NULL. */
uint8_t *vault_data_key_new(void);
/* Locked room for one, to be filled in. Never NULL. */
uint8_t *vault_data_key_room(void);

/*
 * Wraps the data key, by no lease, under a fresh user key, or under this one
 * (`user_key` not NULL). False with *problem when there is no memory for
 * Argon2id, or the company's key is none.
 */
bool vault_make(struct vault *vault,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE],
	const uint8_t *user_key, const struct passphrase *passphrase,
	const uint8_t company_key[static SIGNING_KEY_SIZE],
	const uint8_t device[static ID_BYTES], struct problem *problem);

/*
 * The same keys under another passphrase; what the company has stays, and so
 * does a lease. EXIT_LOCKED: it is another data key.
 */
bool vault_wrap(struct vault *vault,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE],
	const struct passphrase *passphrase, struct problem *problem);

/* Any bytes as such a file; false when they are none, or damaged. */
bool vault_decode(struct vault *vault, const uint8_t *bytes, size_t size);

/* EXIT_LOCKED: it is not the passphrase, or there is a lease. */
bool vault_open(const struct vault *vault, const struct passphrase *passphrase,
	uint8_t data_key[static NODE_DATA_KEY_SIZE], struct problem *problem);

/* The user key, by the passphrase; EXIT_LOCKED: that is not it. */
bool vault_open_user(const struct vault *vault,
	const struct passphrase *passphrase,
	uint8_t user_key[static VAULT_USER_KEY_SIZE], struct problem *problem);
/* The same by the data key; false when it is not the vault's. */
bool vault_user_key(const struct vault *vault,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE],
	uint8_t user_key[static VAULT_USER_KEY_SIZE]);
/* Whether the data key takes a lease's secret besides the user key. */
bool vault_is_leased(const struct vault *vault);
/* The data key; `secret` (LEASE_SECRET_SIZE) is that of the lease, or NULL. */
bool vault_open_data(const struct vault *vault,
	const uint8_t user_key[static VAULT_USER_KEY_SIZE],
	const uint8_t *secret, uint8_t data_key[static NODE_DATA_KEY_SIZE]);
/*
 * From here on the data key takes this secret, or with NULL none. False: it is
 * not the vault's data key.
 */
bool vault_lease(struct vault *vault,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE],
	const uint8_t *secret);
/* With the root secret. EXIT_REFUSED: sealed to another company. */
bool vault_recover(const struct vault *vault,
	const uint8_t root_secret[static SIGNING_SECRET_SIZE],
	uint8_t data_key[static NODE_DATA_KEY_SIZE], struct problem *problem);
/* What it has sealed to the company; and opening that alone. */
const uint8_t *vault_sealed(const struct vault *vault);
bool vault_unseal(const uint8_t sealed[static VAULT_SEALED_SIZE],
	const uint8_t root_secret[static SIGNING_SECRET_SIZE],
	uint8_t data_key[static NODE_DATA_KEY_SIZE],
	uint8_t device[static ID_BYTES], struct problem *problem);

/*
 * Argon2id of a passphrase into 32 bytes of locked memory; false with *problem
 * when there is no memory for it.
 */
bool vault_stretch(uint8_t key[static NODE_DATA_KEY_SIZE],
	const struct passphrase *passphrase, const uint8_t *salt,
	uint32_t passes, uint32_t memory_mib, struct problem *problem);

/* Whether this is the data key that the vault holds. */
bool vault_is_key(const struct vault *vault,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE]);

/* ---- in a folder ---- */

/* Whether the node in it is encrypted. */
bool vault_is_in(const char *dir);
bool vault_load(struct vault *vault, const char *dir, struct problem *problem);
/* Whole or not at all; replaces the one that is there. */
bool vault_save(
	const struct vault *vault, const char *dir, struct problem *problem);

/*
 * For a node that is being made in `dir`: the data key of the vault that an
 * earlier try left there, opened with this passphrase, or that of a new one for
 * this device. Locked memory: sodium_free(). NULL with *problem.
 */
uint8_t *vault_prepare(const char *dir, const struct passphrase *passphrase,
	const uint8_t company_key[static SIGNING_KEY_SIZE],
	const uint8_t device[static ID_BYTES], struct problem *problem);
/* That its device has another id after all: the seal is made anew. */
bool vault_rename(const char *dir,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE],
	const uint8_t company_key[static SIGNING_KEY_SIZE],
	const uint8_t device[static ID_BYTES], struct problem *problem);

/* This process holds secrets: no core dumps, nobody may trace it. */
void vault_guard_process(void);

#endif
