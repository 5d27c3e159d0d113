#ifndef CLIENT_NODE_HUB_DIRECTORY_H
#define CLIENT_NODE_HUB_DIRECTORY_H

#include "client/node/hub/invitation.h"
#include "client/node/node.h"
#include "proto/pack.h"
#include "sync/alloc.h"

/*
 * Writing the directory: a draft gathers operations, and one change of the
 * hub's own log (grant 0) holds them all, on the order of node->ordered_by.
 * A zeroed struct is an empty draft.
 */
struct directory_draft {
	struct write_operation *operations;
	size_t count;
	size_t room;
	struct arena arena;
};

/* A field that may change (put), and fields that are written once (init). */
void directory_text(struct directory_draft *draft, uint32_t type,
	const uint8_t *id, uint32_t field, const char *text);
void directory_once_text(struct directory_draft *draft, uint32_t type,
	const uint8_t *id, uint32_t field, const char *text);
void directory_bytes(struct directory_draft *draft, uint32_t type,
	const uint8_t *id, uint32_t field, const void *bytes, size_t size);

/* Any value of a field that may change, as packed; of a write-once one. */
void directory_put(struct directory_draft *draft, uint32_t type,
	const uint8_t *id, uint32_t field, const struct pack *value);
void directory_value(struct directory_draft *draft, uint32_t type,
	const uint8_t *id, uint32_t field, const struct pack *value);

/*
 * Writes and clears the draft, in a transaction of its own, and lets the rest
 * of the node follow (node_directory_changed). An empty draft is fine.
 */
bool directory_write(struct node *node, struct directory_draft *draft,
	struct problem *problem);
/*
 * The same, and what `also` writes in the same transaction, with the directory
 * as it is by then: all of it or nothing, sealed, and the change of the
 * directory in a segment of its own: `seal` (node_seal_inside) is called before
 * and after. `also` returns false: it said why in *problem.
 */
typedef bool directory_also(void *self, struct problem *problem);
bool directory_write_also(struct node *node, struct directory_draft *draft,
	directory_also *also, enum status (*seal)(struct node *node),
	void *self, struct problem *problem);
/* The same together with a new invitation, or with one that is redeemed. */
bool directory_write_with(struct node *node, struct directory_draft *draft,
	const struct invitation *invitation, struct problem *problem);
bool directory_write_redeemed(struct node *node, struct directory_draft *draft,
	const struct invitation *invitation, const uint8_t *sign_key,
	struct problem *problem);
void directory_clear(struct directory_draft *draft);

#endif
