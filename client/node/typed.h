#ifndef CLIENT_NODE_TYPED_H
#define CLIENT_NODE_TYPED_H

#include "client/node/node.h"

/*
 * A field's value (of a set: an element) as a person typed it: canonical bytes
 * in the arena, records that it refers to found by id or name. `what` names
 * the place where it was typed, for the message: "--kind". EXIT_USAGE,
 * EXIT_NOT_FOUND or EXIT_AMBIGUOUS.
 */
bool node_typed_value(struct node *node, const struct schema_field *field,
	const char *what, const char *text, struct arena *arena,
	struct pack_view *value, struct problem *problem);

#endif
