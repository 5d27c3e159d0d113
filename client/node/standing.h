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

/* What sessions bring (sync/session.h: renewed, order). */
enum status standing_renewed_here(
	struct node *node, const uint8_t *credentials, size_t size);
enum status standing_order_here(
	struct node *node, const uint8_t *bytes, size_t size);

/* Writes the list of known hubs when it has grown; in any transaction. */
enum status standing_save_hubs(struct node *node);

#endif
