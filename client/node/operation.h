#ifndef CLIENT_NODE_OPERATION_H
#define CLIENT_NODE_OPERATION_H

#include <jansson.h>

#include "client/node/node.h"

/*
 * An operation of a change as people and programs see it: {"type", "record",
 * "title", "field", "kind" (set, once, add, remove), "value": for people,
 * "wrote": the same as JSON; null clears}.
 */
json_t *operation_json(struct node *node, const struct operation *operation);

#endif
