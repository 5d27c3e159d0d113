#ifndef CLIENT_NODE_REMEMBERED_H
#define CLIENT_NODE_REMEMBERED_H

#include "client/node/hub/quota.h"
#include "client/node/peers.h"

/*
 * What a node remembers of its peers, in `_peer`: when it last synced with
 * each, what went wrong since, and how much it had then, so that `status` can
 * tell what waits to be sent.
 */
void remembered_note(
	struct node *node, const char *url, const struct peer_result *result);

/*
 * The same for those who dial us, of whom there may be hundreds in a second:
 * they are written together, since each flush to disk would keep all others
 * waiting. A zeroed struct is an empty one; `quota` may be NULL.
 */
struct remembered {
	struct memory *first, **last;
	int64_t since_ms; /* the oldest of them; 0: there is none */
};

void remembered_later(struct remembered *remembered, struct node *node,
	const struct peer_result *result);
/* Writes them, and what devices have pushed. Only a memory: it cannot fail. */
void remembered_write(
	struct remembered *remembered, struct node *node, struct quota *quota);

/*
 * When the device was heard last, in step or not, and when it was last in
 * step; 0: never.
 */
int64_t remembered_seen(struct node *node, const uint8_t *device);
int64_t remembered_in_step(struct node *node, const uint8_t *device);

#endif
