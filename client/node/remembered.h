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

#endif
