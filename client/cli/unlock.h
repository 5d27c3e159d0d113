#ifndef CLIENT_CLI_UNLOCK_H
#define CLIENT_CLI_UNLOCK_H

#include "client/cli/command.h"
#include "client/node/lease.h"
#include "client/node/passphrase.h"

/*
 * Where the flags of this command say that its passphrase is. False with
 * cli->problem for a descriptor that is none.
 */
bool unlock_source(struct cli *cli, struct passphrase_source *source);

/*
 * A node that its lease keeps locked (client/node/lease.h), though its user is
 * who it is: what can be done with it meanwhile stands in locked.h.
 */
struct locked {
	struct lease *lease;
	uint8_t *user_key;
	enum lease_standing standing;
};
void locked_free(struct locked *locked); /* NULL is fine */

/*
 * Before a command opens the node in `dir`: its data key, from the process that
 * holds it (client/node/holder.h) or by the passphrase. *key is locked memory,
 * to be sodium_free()d; NULL for a plain node. False with *problem: locked;
 * when it is its lease, *locked is the caller's.
 */
bool unlock_node(const char *dir, const struct passphrase_source *source,
	uint8_t **key, struct locked **locked, struct problem *problem);
/* The same, without a passphrase, of one whose lease was just renewed. */
bool unlock_renewed(const char *dir, struct locked *locked, uint8_t **key,
	struct problem *problem);

/*
 * For a node that is being made in `dir`: the passphrase that it is to have;
 * NULL with --no-encrypt, or when the folder holds a node already, which is
 * somebody else's to say. With `resumes` an earlier try that was encrypted is
 * gone on with, under its passphrase. False with cli->problem; EXIT_LOCKED:
 * there is none, and nobody to ask.
 */
bool unlock_new(struct cli *cli, const char *dir, bool resumes,
	struct passphrase **passphrase);
/* EXIT_NOT_FOUND in cli->problem when there is none in the folder. */
bool unlock_is_encrypted(struct cli *cli, const char *dir);

/*
 * A new passphrase, from `source`, or with NULL from --new-passphrase-file or a
 * person, who types it twice; NULL with cli->problem, also when it is too
 * short.
 */
struct passphrase *unlock_ask_new(
	struct cli *cli, const struct passphrase_source *source);
/* Wraps the data key by such a one, while nobody has the node open. */
bool unlock_set_passphrase(struct cli *cli, const char *dir,
	struct vault *vault, const uint8_t *key);

/* Said to whom it concerns, when it is made: who can open it. */
void unlock_tell(struct cli *cli, bool encrypted);

/*
 * Opens an encrypted node's vault by its passphrase alone, whoever else holds
 * the key. *passphrase is the caller's: passphrase_free().
 */
bool unlock_vault(struct cli *cli, const char *dir, struct vault *vault,
	struct passphrase **passphrase, uint8_t **key);

#endif
