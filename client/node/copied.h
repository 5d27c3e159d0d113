#ifndef CLIENT_NODE_COPIED_H
#define CLIENT_NODE_COPIED_H

#include "client/node/node.h"

/*
 * A node whose folder was restored from a copy, or cloned, and which has met
 * changes of its own that it does not hold (sync/session.h: own_ahead), or was
 * told that a log of its own ends beyond what is here and may not be given it
 * any more. It writes and seals nothing more until the hub has given it new
 * keys; then what it holds beyond the end of its old logs is carried over under
 * the new ones (carry.h). What was not sealed and what its user may not write
 * any more waits here for a grant that may. Settings: "copied"; "former", the
 * ids of the devices it was; table `_carried`, the logs that are done, and from
 * where on. The new keys wait as `keys.next`.
 */

/* After the settings were read: the mark, and keys that wait. */
void copied_load(struct node *node);

/* What sessions ask (sync/session.h: copied, replacement, replaced). */
void copied_mark(struct node *node, const uint8_t *device);
bool copied_replacement(
	struct node *node, const uint8_t **sign_secret, uint8_t *link_key);
enum status copied_replaced(
	struct node *node, const uint8_t *credentials, size_t size);

/*
 * The directory was read anew, in the open transaction: carries over what can
 * be. Nothing to do for a node that was never replaced.
 */
enum status copied_carry(struct node *node);

/*
 * What sessions ask (sync/session.h: own_branch): whether the log is this
 * device's, or one's that it was and not carried over from there on.
 */
bool copied_own_branch(struct node *node, const uint8_t *territory,
	const uint8_t *log, int64_t first);

/* Refuses, with *problem, to write under keys that another copy has, too. */
bool copied_may_write(struct node *node, struct problem *problem);

#endif
