#ifndef CLIENT_NODE_HUB_ERASURE_ORDERS_H
#define CLIENT_NODE_HUB_ERASURE_ORDERS_H

#include <jansson.h>

#include "client/node/hub/erase_find.h"

/*
 * What the hub alone keeps of erasures, in tables of its own: whose data an
 * order erased and why, which records that were, which device said that all of
 * it is gone, and how far logs were looked through. A hub that is made anew
 * from what devices hold has none of it, and goes by the directory's marks.
 */
MUST_USE enum status erasure_orders_add(struct node *node, const uint8_t *order,
	const uint8_t *contact, const char *reason);
MUST_USE enum status erasure_orders_add_record(struct node *node,
	const uint8_t *order, uint32_t type, const uint8_t *id, size_t id_size);

/* All records of all orders, added to `found`. */
MUST_USE enum status erasure_orders_records(
	struct node *node, struct erase_found *found);
/* The order of a record; the latest of all; the contact that a person means. */
bool erasure_orders_of(struct node *node, uint32_t type, const uint8_t *id,
	size_t id_size, uint8_t out[static ID_BYTES]);
void erasure_orders_last(struct node *node, uint8_t out[static ID_BYTES]);
bool erasure_orders_find_contact(
	struct node *node, const char *text, uint8_t out[static ID_BYTES]);

/*
 * How far the logs were looked through, of one territory or with NULL of all:
 * loaded at once, since logs are many. *list is the caller's: free().
 */
struct erasure_place {
	uint8_t territory[ID_BYTES];
	uint8_t log[LOG_BYTES];
	int64_t last;
};
MUST_USE enum status erasure_orders_scanned(struct node *node,
	const uint8_t *territory, struct erasure_place **list, size_t *count);
/* Of one log; 0: it never was, or not for all that is marked there by now. */
int64_t erasure_orders_scanned_to(const struct erasure_place *list,
	size_t count, const uint8_t *territory, const uint8_t *log);
/* All that the territory keeps was; `list` is what it was before. */
MUST_USE enum status erasure_orders_note_scanned(struct node *node,
	struct territory *territory, const struct erasure_place *list,
	size_t count);

/* A device told the digest of what it has carried out (session_host). */
MUST_USE enum status erasure_orders_confirm(
	struct node *node, const uint8_t *device, const uint8_t *digest);

/*
 * The order that a person means by its id; EXIT_NOT_FOUND, EXIT_AMBIGUOUS.
 */
bool erasure_orders_find(struct node *node, const char *text,
	uint8_t out[static ID_BYTES], struct problem *problem);

/*
 * Oldest first; of one order only with `order`:
 *     [{"order", "at", "by", "contact", "reason", "records", "territories",
 *       "segments": [{"territory", "device", "grant", "first", "replaces",
 *                     "name"}],
 *       "devices": [{"device", "user", "name", "state", "at"}], "open"}]
 * `by`, `contact` and `reason` where this hub knows them. A device is one of a
 * user who was ever granted one of the territories. `state`: confirmed (when:
 * `at`), open, or shut_out, whose word nobody waits for; `open` counts those.
 */
json_t *erasure_orders_json(struct node *node, const uint8_t *order);

#endif
