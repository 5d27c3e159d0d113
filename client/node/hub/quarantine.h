#ifndef CLIENT_NODE_HUB_QUARANTINE_H
#define CLIENT_NODE_HUB_QUARANTINE_H

#include "client/node/hub/directory.h"

/*
 * What came beyond a cut-off, as records of type `quarantine` for those who
 * manage the territory (DESIGN 6): one a change, in the territory's
 * compartment. The segments stay as they are; a record's id derives from the
 * place of its change, so to write it again changes nothing.
 */

/*
 * The `management` territory for that one: itself if it is one; the oldest
 * below it, right below; else one that is made, named `management`.
 */
void hub_compartment_draft(struct node *node, struct directory_draft *draft,
	const uint8_t *territory, uint8_t id[static ID_BYTES]);
/* The same, written when it is new. */
bool hub_compartment(struct node *node, const uint8_t *territory,
	uint8_t id[static ID_BYTES], struct problem *problem);

/* Writes down what is late in the territory and is not written yet. */
bool hub_quarantine(
	struct node *node, const uint8_t *territory, struct problem *problem);
/* The same of every territory: when the hub starts. */
bool hub_quarantine_all(struct node *node, struct problem *problem);

/*
 * A device is in step. If it was given new keys since its store was a copy, it
 * has carried over by now what it had: what the hub keeps beyond the ends of
 * its old logs and nobody carried over, another copy's branch, is written down
 * as well. Until then such a log is left out by the two above, while a device
 * that may carry it over is let in.
 */
bool hub_quarantine_in_step(
	struct node *node, const uint8_t *device, struct problem *problem);

#endif
