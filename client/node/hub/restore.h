#ifndef CLIENT_NODE_HUB_RESTORE_H
#define CLIENT_NODE_HUB_RESTORE_H

#include "client/node/node.h"

/*
 * A lost hub is replaced in two steps (DESIGN 4, MERGE R2):
 *
 * hub_restore() makes a new hub of the same company in an empty folder: new
 * device keys and a new issuing key, both certified by the root key; its
 * database is a copy of the old hub's (`from`: see copy.h), or empty; under
 * `passphrase`, or plain (NULL). From then on it is *restoring*: it serves, but
 * exchanges the directory alone, writes nothing, lets nobody in and renews
 * nothing. So whoever dials in brings back what the copy lacks of the
 * directory; nothing branches off, and the old hub, should it come back, is
 * the hub still.
 *
 * hub_restore_done() ends that. The company orders (proto/order.h) that every
 * hub before this one is a former one, whose directory log counts as far as it
 * is here; the new hub writes from there on. A revocation or an ended grant
 * that somebody brings later, from beyond that end, is written again
 * (client/node/hub/succession.h), and so is what the old hub had written and
 * not sealed when the copy was made.
 */
struct passphrase;

struct hub_restore_options {
	const char *dir;
	const char *root_file;
	const char *from; /* NULL: from what peers hold */
	const struct passphrase *passphrase;
};

/* `device` is the new hub's id. */
bool hub_restore(const struct hub_restore_options *options,
	uint8_t device[static ID_BYTES], struct problem *problem);

/*
 * `stolen`: what the old hub certified opens nothing from now on; else for as
 * long as a device certificate holds. EXIT_USAGE when the hub is not restoring;
 * EXIT_FAILED while it has nothing of the directory yet.
 */
bool hub_restore_done(struct node *node, const char *root_file, bool stolen,
	struct problem *problem);

#endif
