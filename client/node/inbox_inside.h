#ifndef CLIENT_NODE_INBOX_INSIDE_H
#define CLIENT_NODE_INBOX_INSIDE_H

#include "client/node/inbox.h"
#include "client/node/view.h"

/* An entry with the record that it is on, for inbox.c and resolve.c. */
struct inbox_entry {
	struct territory *territory;
	const struct record *record;
	const struct shown *shown;
	const struct conflict *conflict;
};

/* false stops. */
typedef bool inbox_cb(void *self, const struct inbox_entry *entry);

/*
 * Calls `found` for the entries that may be read, all or those whose id begins
 * so. False when the disk refuses.
 */
MUST_USE bool inbox_each(
	struct node *node, const char *id, inbox_cb *found, void *self);

/* The register that the entry is on. */
const struct reg *inbox_register(const struct inbox_entry *entry);

#endif
