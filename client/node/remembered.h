#ifndef CLIENT_NODE_REMEMBERED_H
#define CLIENT_NODE_REMEMBERED_H

#include "client/node/peers.h"

/*
 * What a node remembers of its peers, in `_peer`: when it last synced with
 * each, what went wrong since, and how much it had then, so that `status` can
 * tell what waits to be sent.
 */
void remembered_note(
	struct node *node, const char *url, const struct peer_result *result);

/*
 * When the device was heard last, in step or not, and when it was last in
 * step; 0: never.
 */
int64_t remembered_seen(struct node *node, const uint8_t *device);
int64_t remembered_in_step(struct node *node, const uint8_t *device);

#endif
