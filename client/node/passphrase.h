#ifndef CLIENT_NODE_PASSPHRASE_H
#define CLIENT_NODE_PASSPHRASE_H

#include <stdbool.h>

#include "client/node/vault.h"

/*
 * Where a passphrase comes from: the file that is named, else the descriptor,
 * else the file that ROADBOOK_PASSPHRASE_FILE names, else a person at the
 * terminal. Never an argument: those are everybody's to see. A file's is all
 * of it but the end of its last line; an unattended start has one, in a place
 * that is not copied with the node's folder.
 */
struct passphrase_source {
	const char *file;     /* or NULL */
	int descriptor;       /* or -1 */
	const char *variable; /* of the environment, naming a file */
};

/*
 * Reads it; a person is asked `what`, and with `twice` again, since a new one
 * with a slip in it would be nobody's. Locked memory: passphrase_free().
 * NULL with *problem; EXIT_LOCKED: there is none of these, and what to do.
 */
struct passphrase *passphrase_read(const struct passphrase_source *source,
	const char *what, bool twice, struct problem *problem);
void passphrase_free(struct passphrase *passphrase); /* wipes; NULL is fine */

/* Whether it is long enough to be taken as a new one; else *problem. */
bool passphrase_good(
	const struct passphrase *passphrase, struct problem *problem);

#endif
