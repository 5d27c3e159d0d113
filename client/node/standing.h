#ifndef CLIENT_NODE_STANDING_H
#define CLIENT_NODE_STANDING_H

#include "client/node/node.h"

/*
 * How this node stands to its company: its own credentials as the hub renews
 * them, the hubs that it has met, and what the company ordered about hubs
 * (proto/order.h). Kept as settings "credentials", "hubs" and "order".
 */

/* After opening the store, before the directory is read. */
void standing_load(struct node *node);

/*
 * A transaction was undone: an order that was taken in it, and is not kept, is
 * known no more, so that it counts as news when it is told again. Before the
 * territories are loaded again, as their cuts go by it.
 */
MUST_USE enum status standing_rolled_back(struct node *node);

/* A hub takes back the directory, and until it is done nothing else. */
void standing_set_restoring(struct node *node, bool restoring);
/* While it does: whose issuing key it was that certified this peer. */
enum status standing_note_issuer(
	struct node *node, const struct certificate *issuer);

/* What sessions bring (sync/session.h: renewed, order). */
enum status standing_renewed_here(
	struct node *node, const uint8_t *credentials, size_t size);
enum status standing_order_here(
	struct node *node, const uint8_t *bytes, size_t size);

/*
 * The policy has just taken an order: keeps it, and what follows from it in the
 * directory. In the open transaction.
 */
enum status standing_write_order(struct node *node);

/*
 * What of the directory lies beyond the end of a former hub's log, and was not
 * offered to the hub yet; that it was (sync/session.h: late, late_told).
 */
bool standing_has_late(struct node *node);
void standing_late_told(struct node *node);

/* Writes the list of known hubs when it has grown; in any transaction. */
enum status standing_save_hubs(struct node *node);

#endif
