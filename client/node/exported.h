#ifndef CLIENT_NODE_EXPORTED_H
#define CLIENT_NODE_EXPORTED_H

#include "client/node/node.h"

/*
 * Taking records out into a file is a right of whoever may write where they
 * stand, and it is told: a record of type `exported` in each territory that
 * has some, which goes to head office like any other. It is written before a
 * byte comes out, so that what is not told is not taken out.
 *
 * On the hub's own node it is a right of the administrators, one of whom
 * orders it. The hub writes nothing in a field territory, so what it tells
 * stands in the territory's `management` compartment, from where it goes to its
 * managers, and head office cannot take it back.
 */
struct exported {
	const struct schema_type *type; /* NULL: all that people write */
	const char *format;
	bool archived;            /* these, too */
	const uint8_t *territory; /* an id; NULL: all that are readable */
	const char *as; /* on the hub: who orders it; NULL: the first admin */
};

/* Whether people write records of this type, so that they can be taken out. */
bool exported_type(const struct schema_type *type);

/*
 * EXIT_REFUSED: no right to write there, or no administrator; EXIT_FAILED: the
 * disk.
 */
bool exported_note(struct node *node, const struct exported *exported,
	struct problem *problem);

#endif
