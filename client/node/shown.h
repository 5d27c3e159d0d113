#ifndef CLIENT_NODE_SHOWN_H
#define CLIENT_NODE_SHOWN_H

#include "client/node/node.h"

/*
 * What a form was shown at, as text that it hands back when it is saved (MERGE
 * W2): what came in between was not seen by the person, and is not overwritten
 * without saying so. It holds the device and, per territory, how far each log
 * was applied, in this store's own numbers.
 */

/* The frontier of now, of all business territories; malloc'ed. */
char *shown_now(struct node *node);

/*
 * What was applied since, in a territory: ranges for write.unseen. *ranges is
 * the caller's: free(). A territory that the text does not name was not there
 * yet: all of it is unseen. False: it is not such a text, or another device's.
 */
bool shown_unseen(struct node *node, const char *shown,
	const uint8_t *territory, struct unseen_range **ranges,
	uint32_t *count);

#endif
