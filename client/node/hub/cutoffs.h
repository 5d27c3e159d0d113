#ifndef CLIENT_NODE_HUB_CUTOFFS_H
#define CLIENT_NODE_HUB_CUTOFFS_H

#include "client/node/hub/directory.h"

/*
 * Cut-offs (MERGE R2): where logs end for good, as the hub has them at this
 * moment. What ends a device or a grant is drafted with the cut-offs of its
 * logs in one change: a log that is not listed by then ends at 0.
 */

/* Every log of the device, and the device itself. `reason` NULL: not told. */
MUST_USE enum status cutoffs_draft_device(struct node *node,
	struct directory_draft *draft, const uint8_t *device, bool stolen,
	const char *reason);
/* Every log under the grant, and the grant itself. */
MUST_USE enum status cutoffs_draft_grant(
	struct node *node, struct directory_draft *draft, const uint8_t *grant);

#endif
