#ifndef CLIENT_NODE_UNPLACED_H
#define CLIENT_NODE_UNPLACED_H

#include <jansson.h>

#include "client/node/local.h"
#include "client/node/node.h"

/*
 * What was written while the device was locked (letterbox.h) and could not be
 * taken over: the command line as it was typed, with the reason, in the node's
 * own table `_unplaced` until its user has seen to it.
 */

/* In a transaction of its own. `at_ms`: when it was typed. */
bool unplaced_add(struct node *node, int64_t at_ms,
	const struct local_request *request, const char *why,
	struct problem *problem);

/* [{"number", "at", "command": [word…], "why"}…], oldest first. */
json_t *unplaced_json(struct node *node);
uint64_t unplaced_count(struct node *node);

/* EXIT_NOT_FOUND: there is none of that number. */
bool unplaced_drop(struct node *node, int64_t number, struct problem *problem);

#endif
