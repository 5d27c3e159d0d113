#ifndef CLIENT_NODE_SETUP_H
#define CLIENT_NODE_SETUP_H

#include "client/node/keys.h"
#include "client/node/node.h"
#include "client/node/vault.h"

/*
 * Making a node in a folder. It is one from the moment that its `keys` file is
 * there, which is written last: a set-up that was cut short leaves a folder in
 * which it can be tried again.
 */
struct setup {
	const char *dir;
	const struct node_keys *keys;
	bool hub;
	uint8_t company_key[SIGNING_KEY_SIZE];
	uint8_t credentials[3 * CERTIFICATE_SIZE];
	size_t credentials_size;
	uint8_t user[ID_BYTES];      /* zero at the hub */
	const struct schema *schema; /* NULL: schema_roadbook() */
};

/*
 * Makes the folder (folder.h), and clears it of a node that was erased there
 * (wipe.h).
 */
bool setup_folder(const char *dir, struct problem *problem);
/*
 * A hub's keys and all that is to come go under a fresh data key, wrapped by
 * the passphrase; NULL: plain. The vault that an earlier try left is removed:
 * nobody was told of what lay under it.
 */
bool setup_seal(const char *dir, const struct passphrase *passphrase,
	const uint8_t company_key[static SIGNING_KEY_SIZE],
	struct node_keys *keys, struct problem *problem);
/*
 * Makes the database and opens the node, its lock held, without its `keys`
 * file yet. The caller closes it.
 */
bool setup_node(
	const struct setup *setup, struct node **out, struct problem *problem);
/* The second half of that, on a database that is there. */
bool setup_open(
	const struct setup *setup, struct node **out, struct problem *problem);
/* Removes what a set-up that was cut short has left of a database. */
void setup_clear(const char *dir);
/* Writes the `keys` file, whole or not at all: now it is a node. */
bool setup_done(const struct setup *setup, struct problem *problem);
/* It is none after all: what lies there are leftovers. */
void setup_undo(const struct setup *setup);

#endif
