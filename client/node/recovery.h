#ifndef CLIENT_NODE_RECOVERY_H
#define CLIENT_NODE_RECOVERY_H

#include "client/node/node.h"
#include "client/node/vault.h"

/*
 * A laptop whose passphrase is forgotten or withheld, opened by head office
 * without the root key leaving it:
 *
 *     the laptop   makes a request, out of a new passphrase     recovery_ask
 *     the hub      writes down who asked and answers it         recovery_grant
 *     the laptop   opens with the answer and that passphrase    recovery_take
 *
 * A new passphrase makes an X25519 key pair (Argon2id, as in vault.h), whose
 * public half goes with the request; the answer is the data key sealed to it.
 * So what travels, by whatever means, opens nothing without both the laptop's
 * disk and the new passphrase. The hub learns from the vault itself which
 * device it is of, and tells nobody but the directory.
 *
 * Request: "rbq1-", then base64url without padding of
 *
 *     offset  size  field
 *          0    32  public key
 *         32    96  data key and device, as the vault has them sealed to the
 *                   company's root key
 *        128     8  BLAKE2b-256 of everything before, its first bytes: typing
 *                   slips are told apart from what is of somebody else
 *
 * Answer: "rba1-", then likewise
 *
 *          0    80  the data key, crypto_box_seal to the request's public key
 *         80     8  as above
 *
 * What the laptop remembers meanwhile is the file `recovery` in its folder: the
 * salt (16 bytes) and the public key (32). Asking again starts anew.
 */
enum {
	RECOVERY_REQUEST_SIZE = 136,
	RECOVERY_ANSWER_SIZE = 88,
	/* The longer of the two as text, with its end. */
	RECOVERY_TEXT_SIZE = 192,
};

struct recovery_request {
	uint8_t public_key[32];
	uint8_t sealed[VAULT_SEALED_SIZE];
};

/* Any text as a request; false when it is none, or has a slip in it. */
bool recovery_request_decode(
	struct recovery_request *request, const char *text, size_t size);
/* The sealed data key of an answer, likewise. */
enum { RECOVERY_SEALED_SIZE = RECOVERY_ANSWER_SIZE - 8 };
bool recovery_answer_decode(uint8_t sealed[static RECOVERY_SEALED_SIZE],
	const char *text, size_t size);

/* The request of the locked node in `dir`; its passphrase stays as it is. */
bool recovery_ask(const char *dir, const struct passphrase *fresh,
	char text[static RECOVERY_TEXT_SIZE], struct problem *problem);

/*
 * On the hub: writes into the directory that the device is recovered, by whom
 * and why, then answers. EXIT_USAGE: that is no request; EXIT_REFUSED: it is of
 * another device, another company, or the hub may not write now.
 */
bool recovery_grant(struct node *node, const uint8_t *device,
	const char *request, const char *root_file, const char *reason,
	char text[static RECOVERY_TEXT_SIZE], struct problem *problem);

/*
 * Puts the passphrase that the request was made with in the place of the
 * forgotten one, and lifts a lease (lease.h) until the next sync. The node is
 * closed, its lock the caller's. EXIT_LOCKED: that is not it; EXIT_REFUSED: the
 * answer is to another request.
 */
bool recovery_take(const char *dir, const char *answer,
	const struct passphrase *fresh, struct problem *problem);

#endif
