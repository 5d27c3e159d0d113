#ifndef CLIENT_NODE_ADDRESSES_H
#define CLIENT_NODE_ADDRESSES_H

#include <jansson.h>
#include <stdbool.h>

#include "client/node/node.h"

/*
 * Addresses that a person gave this device, of the hub or of a colleague: a
 * setting of its own, which syncs nowhere. They are dialled when none of the
 * hub's own answers, in the order in which they were given; who answers is
 * proven by the handshake, so an address need not say whose it is.
 */
enum { ADDRESSES_MAX = 16 };

/*
 * Adds one, at the end; there already: nothing. EXIT_USAGE: others could not
 * dial it, or there are ADDRESSES_MAX.
 */
bool addresses_add(struct node *node, const char *url, struct problem *problem);
/* EXIT_NOT_FOUND: it is none of those. */
bool addresses_remove(
	struct node *node, const char *url, struct problem *problem);

/* Whether it was added here, and head office is not who answered there last. */
bool addresses_own(struct node *node, const char *url);

/* Calls `found` with each. */
void addresses_each(struct node *node,
	void (*found)(void *self, const char *url), void *self);

/*
 * All that are dialled, in order: [{"url", "own": a person gave it here}].
 */
json_t *addresses_json(struct node *node);

#endif
