#ifndef CLIENT_NODE_HUB_SUCCESSION_H
#define CLIENT_NODE_HUB_SUCCESSION_H

#include "client/node/node.h"
#include "client/node/setup.h"

/*
 * How a new hub follows the ones before it, in its database and in the
 * directory; client/node/hub/restore.h tells the whole.
 */

/*
 * Makes the store that of the new hub, which is restoring from here on: with
 * the credentials and user of `setup`, and when it is a copy of the old hub's,
 * knowing the hubs that vouched for what it holds. STATUS_MALFORMED: it is no
 * hub's of this company; STATUS_FAILED: too many hubs, or the disk.
 */
enum status succession_prepare(
	struct store *store, const struct setup *setup, bool is_copy);

/* Then, opened: what the old hub had not sealed waits under the new log. */
bool succession_begin(struct node *node, struct problem *problem);

/* Ends it: the company's order, by its root key, and the hub's own device. */
bool succession_done(struct node *node, const uint8_t *secret, bool stolen,
	struct problem *problem);

/*
 * Writes again, under this hub's own log, what a former hub had written after
 * its end, as far as it came to be known here: every cut-off, so that nothing
 * that was shut out is let in again by restoring; and, unless that hub was
 * stolen, all else that it wrote before it was replaced. Of what is left out
 * grants, and devices that it let in, are written with their end, ahead of
 * them: they let nobody in, work under them is late (quarantine.h) and not
 * lost, and nobody who had seen it waits for it. Called when something of the
 * directory was quarantined, when restoring is done, and whenever a device is
 * in step: what the disk refused once is not brought again. Nothing is taken
 * twice; the table `_taken` says how far each of those logs was.
 */
bool hub_take_endings(struct node *node, struct problem *problem);

/* Refuses, with *problem, what a hub may not do: restoring, or replaced. */
bool hub_in_office(struct node *node, struct problem *problem);

#endif
