#ifndef CLIENT_NODE_LATE_OWN_H
#define CLIENT_NODE_LATE_OWN_H

#include "client/node/node.h"

/*
 * Late changes of a device whose store was a copy. What is kept of such a log
 * beyond its end may have been carried over by its own machine, under the keys
 * that it was given since (client/node/copied.h), or be the branch of another
 * copy, which never came.
 */

/* Whether the device is what `former` became, at once or by and by. */
bool late_same_machine(const struct policy *policy, const uint8_t *device,
	const uint8_t *former);

/* A change that stands for a late one. */
struct late_own {
	uint8_t log[LOG_BYTES];
	int64_t seq;
	int64_t at; /* by its author's clock */
};

/*
 * Finds the change by which its own machine carried over number `seq` of a log;
 * false when there is none here. Two branches have changes of one number, so it
 * has to say the same, too.
 */
bool late_own_find(struct node *node, struct territory *territory,
	const uint8_t *log, int64_t seq, const struct change *late,
	struct late_own *own);

#endif
