#ifndef CLIENT_HANDOVER_HANDED_H
#define CLIENT_HANDOVER_HANDED_H

#include <jansson.h>

#include "client/method/day.h"
#include "client/node/node.h"

/*
 * Handovers as they are read: on a manager's node and the hub the records
 * (record.h); on the node of a rep, who does not read `management`, what
 * follows from the directory and the territory itself: a grant there was ended
 * in the last HANDED_DAYS, its user left these accounts, and this node's user
 * has a grant there. Nobody reports who was met: the visits tell it.
 *
 *     {"id" (null: it follows), "account_id", "from_user_id", "to_user_id",
 *      "handed_territory_id", "effective_on", "check_30_on", "check_60_on",
 *      "check_90_on", …of a record all its fields;
 *      "account", "from", "to", "handed_territory": names,
 *      "contacts": [{"id", "name", "met_on"}], "reached", "of",
 *      "next_check": the first of the days that is not past}
 *
 * `contacts` are the key contacts, `met_on` the last visit on which who follows
 * met them, null: not since. One that is not read here has no name.
 */
enum { HANDED_DAYS = 100 };

/* All that are read here, the latest first. NULL: the disk refuses. */
json_t *handed_json(struct node *node, int32_t as_of, struct problem *problem);

#endif
