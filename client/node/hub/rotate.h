#ifndef CLIENT_NODE_HUB_ROTATE_H
#define CLIENT_NODE_HUB_ROTATE_H

#include "client/node/node.h"

/*
 * A new issuing key for the hub, certified by the company's root key, whose
 * file is at `root_file`. Certificates by the old key go on for as long as a
 * device certificate holds, and are renewed at the next sync; with `stolen`
 * they open nothing from now on: the hub renews those of known devices when
 * they dial it, and who made some with the stolen key is left outside.
 *
 * The new key waits in the folder as `keys.next` until the database names it,
 * which is the moment that counts; rotate_settle() finishes or forgets it.
 */
bool hub_key_rotate(struct node *node, const char *root_file, bool stolen,
	struct problem *problem);

/* When a hub is opened: what a rotation that was cut short has left. */
void rotate_settle(struct node *node);

#endif
