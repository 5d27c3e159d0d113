#ifndef CLIENT_NODE_HUB_PEOPLE_H
#define CLIENT_NODE_HUB_PEOPLE_H

#include <jansson.h>

#include "client/node/node.h"

/* Who there is, with what, and how the hub last heard of it. */

/*
 * Grants of a user that have not ended: [{"territory","role","until",
 * "ending"}…]; `until` a day, `ending` since when, where there is one.
 */
json_t *people_grants_json(struct node *node, const uint8_t *user);

/*
 * Every user: {"user","id","name","grants","ended" (how many grants),
 * "devices","revoked" (how many), "last_seen"}.
 */
json_t *people_users_json(struct node *node);

/*
 * Every device: {"device","user","name","revoked","stolen","erased",
 * "last_seen","last_sync","silent_days","drained","territories"}. `territories`
 * are those whose data its grants open to it; `silent_days` whole days since it
 * was last heard, null: never; `drained` whether it has handed over what it had
 * under the grants that are ending, null: none is (grants.h); `erased` the
 * receipt of its wipe (receipts.h), or null.
 */
json_t *people_devices_json(struct node *node);

#endif
