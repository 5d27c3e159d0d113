#ifndef CLIENT_NODE_HANDED_OVER_H
#define CLIENT_NODE_HANDED_OVER_H

#include "client/node/node.h"

/*
 * How many of its own changes a device has handed over with territories that it
 * dropped since (owed.h), and how many nobody is known to have: what its
 * receipt says when it erases itself (last_word.h).
 */
struct handed_over {
	uint64_t changes, lost;
};

struct handed_over handed_over_read(struct node *node);

/*
 * Counts a territory that is about to be dropped; with `lost` only what the hub
 * is known to have was handed over. In the open transaction.
 */
enum status handed_over_count(
	struct node *node, struct territory *territory, bool lost);

#endif
