#ifndef CLIENT_NODE_PEERS_LIMITS_H
#define CLIENT_NODE_PEERS_LIMITS_H

#include <jansson.h>

#include "client/node/peers.h"

/*
 * Every limit that holds for those who dial this node (sync/limits.h,
 * sync/link.h), and how far it is used: [{"limit","most","now","label"}…],
 * `now` null for what has no such figure or when nobody listens (`peers` NULL).
 */
json_t *peers_limits_json(const struct peers *peers);
/* What came since it listens: {"arrived","proved","failed",…}. */
json_t *peers_counts_json(const struct peers *peers);

#endif
