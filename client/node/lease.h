#ifndef CLIENT_NODE_LEASE_H
#define CLIENT_NODE_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/node/lease_clock.h"
#include "client/node/vault.h"
#include "proto/credentials.h"
#include "proto/lease.h"

/*
 * The lease of an encrypted device: where the directory says so, the data key
 * takes a secret of the hub's besides the passphrase (vault.h). It comes with
 * the hub's renewals (proto/lease.h) and is kept in the file `lease` until the
 * last of them runs out; then it is thrown away, and neither the passphrase nor
 * a changed program opens what lies here, until a new renewal brings it again.
 *
 * The file lies under a key that the user key gives. So the passphrase opens
 * it, locked or not, and nobody edits it unseen; it has what a locked device
 * needs to get the next renewal, and to take new records (letterbox.h), and no
 * data of the company's.
 *
 *     offset  size  field
 *          0     4  "RBL1"
 *          4    24  nonce, by chance
 *         28  2245  all below (XChaCha20-Poly1305, bound to "RBL1")
 *       2273    16  tag
 *
 * and in it, integers big-endian:
 *
 *          0   8*3  renewal: issued, locks, wipes (proto/lease.h)
 *         24   8*3  clock: seen, the machine's, its count (lease_clock.h)
 *         48    16  clock: which start of the machine that was
 *         64   1+8  clock: anchored, and how far off
 *         73     8  how much of the grace is over, in milliseconds
 *         81     1  how many secrets there are: 0 locked, 1, or 2 while the
 *                   vault goes from the second to the first
 *         82    64  those, else zero
 *        146    32  company key
 *        178     2  size of the credentials
 *        180   750  credentials
 *        930    64  signing secret of the device
 *        994    32  its link secret
 *       1026    16  letterbox: its id
 *       1042    32  letterbox: its public key
 *       1074     8  letterbox: how many were put into it
 *       1082     2  size of the addresses
 *       1084  1161  addresses of the hub and of colleagues, each with a zero
 */
enum {
	LEASE_ADDRESSES_MAX = 1161,
	LEASE_FILE_PLAIN = 1084 + LEASE_ADDRESSES_MAX,
	LEASE_FILE_SIZE = 28 + LEASE_FILE_PLAIN + 16,
	LETTERBOX_ID_SIZE = 16,
	LETTERBOX_KEY_SIZE = 32,
};

struct lease {
	uint64_t issued_ms, locks_ms, wipes_ms; /* of the last renewal */
	struct lease_clock clock;
	int64_t grace_ms; /* so much of it is over */
	uint8_t secret_count;
	uint8_t secrets[2][LEASE_SECRET_SIZE]; /* the vault's is among them */
	uint8_t company_key[SIGNING_KEY_SIZE];
	size_t credentials_size;
	uint8_t credentials[CREDENTIALS_SIZE_MAX];
	uint8_t sign_secret[SIGNING_SECRET_SIZE];
	uint8_t link_secret[LINK_SECRET_SIZE];
	uint8_t letterbox_id[LETTERBOX_ID_SIZE];
	uint8_t letterbox_key[LETTERBOX_KEY_SIZE];
	uint64_t letters;
	size_t addresses_size;
	char addresses[LEASE_ADDRESSES_MAX];
};

enum lease_standing {
	LEASE_HOLDS,
	LEASE_CLOCK_BEHIND, /* how much of it is left cannot be told */
	LEASE_OVER,         /* locked */
	LEASE_TO_WIPE,      /* and the grace is over: what is kept goes */
};

/* Zeroed, in locked memory; never NULL. Wipes; NULL is fine. */
struct lease *lease_new(void);
void lease_free(struct lease *lease);

/* Any bytes as such a file, under this user key; false when they are none. */
bool lease_file_decode(struct lease *lease, const uint8_t *bytes, size_t size,
	const uint8_t user_key[static VAULT_USER_KEY_SIZE]);
void lease_file_encode(uint8_t bytes[static LEASE_FILE_SIZE],
	const struct lease *lease,
	const uint8_t user_key[static VAULT_USER_KEY_SIZE]);

/* Whether there is one in the folder. */
bool lease_is_in(const char *dir);
/* EXIT_LOCKED: it was damaged, altered, or is of another node. */
bool lease_load(struct lease *lease, const char *dir,
	const uint8_t user_key[static VAULT_USER_KEY_SIZE],
	struct problem *problem);
/* Whole or not at all; what was in the one before is overwritten. */
bool lease_save(const struct lease *lease, const char *dir,
	const uint8_t user_key[static VAULT_USER_KEY_SIZE],
	struct problem *problem);
/* Overwrites and removes it; true when there is none any more. */
bool lease_remove(const char *dir);

/*
 * How it stands now. *changed: it is to be saved, since time went on by more
 * than a little, or since it is over and the secrets were thrown away.
 */
enum lease_standing lease_judge(
	struct lease *lease, const struct lease_now *now, bool *changed);
/* Milliseconds until it locks; 0 or less: it has. As of the last look. */
int64_t lease_left_ms(const struct lease *lease);

/* The data key by one of the secrets; false when none fits. */
bool lease_open(const struct lease *lease, const struct vault *vault,
	const uint8_t user_key[static VAULT_USER_KEY_SIZE],
	uint8_t data_key[static NODE_DATA_KEY_SIZE]);

/* The device that it is of. */
void lease_device(const struct lease *lease, uint8_t device[static ID_BYTES]);

/*
 * Takes a renewal, any bytes, that somebody gave; `issuer` is the certificate
 * that whoever gave it showed, which the company signed, or NULL. `told_ms` is
 * the time when the hub itself gave it just now, else 0. STATUS_ABSENT: it is
 * not newer than the last one; STATUS_REFUSED: it is of another device, or of
 * an issuer that nobody vouches for; else as lease_decode(). Only with
 * STATUS_OK anything was changed.
 */
enum status lease_take(struct lease *lease, const uint8_t *bytes, size_t size,
	const struct certificate *issuer, const struct lease_now *now,
	int64_t told_ms);
/* The hub's own, for good: there are no leases any more. */
bool lease_is_lifted(const struct lease *lease);

/* Says in *problem why it does not open, and what to do; false. */
bool lease_problem(const struct lease *lease, enum lease_standing standing,
	struct problem *problem);

#endif
