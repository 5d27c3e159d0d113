#ifndef CLIENT_NODE_INBOX_H
#define CLIENT_NODE_INBOX_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/node/node.h"

/*
 * The conflict inbox (MERGE R10, R12, R18, R19): what several people wrote
 * without knowing of one another, until someone picks or a later write covers
 * it.
 */

/* A sibling is suspect when its clock was this much ahead of ours. */
enum { INBOX_SUSPECT_MS = 10 * 60 * 1000 };

/*
 * All of it, or with `id` (whole, or four digits or more of its beginning)
 * that one entry alone: an array, empty when there is none. NULL: the disk
 * refuses.
 *
 *     [{"id":…, "why":"siblings|mark", "type":…, "record":…, "field":…,
 *       "state":"undecided|settled", "shown":…,
 *       "siblings":[{"value":…, "base":…, "user":…, "device":…, "time":…,
 *                    "suspect":…}…],
 *       "unseen":[{"user":…, "device":…, "time":…, "record":…, "field":…,
 *                  "value":…}…]}…]
 *
 * Siblings stand in the order of R5, so that a pick means the same everywhere.
 */
json_t *node_conflicts_json(struct node *node, const char *id);
uint64_t node_conflict_count(struct node *node);

/*
 * Resolves a conflict by the pick-th sibling (from 1), or with pick 0 by
 * `value` as typed ("" clears the field). Opens its own transaction. `shown` is
 * what the person looked at (client/node/shown.h); NULL: what is here now.
 * EXIT_AMBIGUOUS: no one entry of the inbox has that id (any more).
 */
bool node_resolve(struct node *node, const char *id, int pick,
	const char *value, const char *shown, struct problem *problem);

#endif
