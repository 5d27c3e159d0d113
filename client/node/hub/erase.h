#ifndef CLIENT_NODE_HUB_ERASE_H
#define CLIENT_NODE_HUB_ERASE_H

#include "client/node/hub/erase_find.h"

/*
 * Erasing a person's data by order of an admin (sync/erasures.h says what each
 * node makes of it). All of one order is one transaction: the directory's marks
 * and replacements, the segments that are swapped here, and the order itself in
 * the hub's own tables, which alone say whose data it was and why; the
 * directory names nobody.
 */
struct hub_erasure {
	const char *contact;     /* as a person means it (node_find) */
	const char *const *also; /* other records that go with it */
	size_t also_count;
	const char *reason; /* or NULL */
};

/*
 * What would go, nothing is written but what waits to be sealed. EXIT_NOT_FOUND
 * and EXIT_AMBIGUOUS as node_find(); EXIT_AMBIGUOUS, too, for a contact that is
 * erased already (hint: the order). EXIT_REFUSED: `also` names a record that is
 * no business of a person. erase_found_clear() in any case.
 */
bool hub_erase_plan(struct node *node, const struct hub_erasure *erasure,
	struct erase_found *found, struct problem *problem);

/* Carries it out; `order` is its id from then on. Cleans the disk here, too. */
bool hub_erase(struct node *node, const struct hub_erasure *erasure,
	struct erase_found *found, uint8_t order[static ID_BYTES],
	struct problem *problem);

/*
 * What devices that had not heard of an order still brought about the person,
 * in this territory or with NULL anywhere, since it was looked for last: erased
 * in the same way, under the same order. Nothing to do costs a look at where
 * logs stand.
 */
bool hub_erase_late(
	struct node *node, const uint8_t *territory, struct problem *problem);

#endif
