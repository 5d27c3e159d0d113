#ifndef CLIENT_NODE_OWED_H
#define CLIENT_NODE_OWED_H

#include "client/node/node.h"

/*
 * What this node owes the hub (sync/session.h: session_host.owed), and
 * forgetting what it may not keep: territories without a grant, as soon as the
 * hub has what was written there; all of them, if the device was revoked as
 * stolen, at once.
 */

typedef void owed_cb(void *self, const uint8_t *territory);
void node_owed(struct node *node, owed_cb *found, void *self);

/*
 * The hub has all of it: the territory is dropped, or, where it may be read,
 * what lies beyond cut-offs is not offered again.
 */
bool node_handed_over(
	struct node *node, const uint8_t *territory, struct problem *problem);

/*
 * Another hub is in office, which may not have what was offered to the one
 * before: it is offered again. In any transaction.
 */
enum status node_offer_again(struct node *node);

/*
 * The device is revoked by this segment of the directory, which the hub signed
 * and which does not follow what is here. Remembered for ever.
 */
bool node_note_revoked(struct node *node, const uint8_t *bytes, size_t size,
	struct problem *problem);
/* After opening: what was remembered of it. */
void node_recall_revoked(struct node *node);

/*
 * Drops what is not to wait for the hub: territories without a grant in which
 * nothing is, and all of a stolen device's; then cleans the file of what was
 * dropped. After each conversation and after opening; at once when there is
 * nothing to do.
 */
bool node_tidy(struct node *node, struct problem *problem);

/*
 * Whether all that the directory says is erased is gone here to the last byte
 * of the disk (sync/session.h: erased), and the digest of what it says. False
 * when nothing ever was.
 */
bool node_erased(struct node *node, uint8_t *digest);

#endif
