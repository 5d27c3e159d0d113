#ifndef CLIENT_NODE_STATUS_H
#define CLIENT_NODE_STATUS_H

#include <jansson.h>

#include "client/node/node.h"

/*
 * How a node stands: {"user","device","territories":[{"territory","role",
 * "pending","waiting":[{"user","device","changes","why"}]}],"peers":[…],
 * "conflicts"}; of the hub also "listening", "sessions", "devices" (how many),
 * "limits" and "connections" (peers_limits.h).
 */
json_t *status_json(struct node *node, bool hub);

/* "rep" … "admin", and its label in the language of the command. */
const char *status_role_code(int role);
const char *status_role_label(int role);

#endif
