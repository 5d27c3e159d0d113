#ifndef CLIENT_NODE_OUTBOX_H
#define CLIENT_NODE_OUTBOX_H

#include <jansson.h>

#include "client/node/node.h"

/*
 * What was written on this device and head office is not known to hold: own
 * changes behind what it had when both were last in step (had.h).
 */

/* So many of a change's operations are told; the rest are counted. */
enum { OUTBOX_OPERATIONS_MAX = 100 };

/*
 * The latest first, `limit` at most; `count` and `bytes` are of all of them:
 *
 *     {"count", "bytes", "changes": [{"id", "territory", "time", "bytes",
 *       "sealed": it may have left this device, "with": logins of colleagues
 *       whose devices hold it, "withdrawable", "operation_count", "operations":
 * [{"type", "record", "title", "field", "kind", "value", "wrote", "stands":
 * whether it is what the field shows or may show}]}]}
 *
 * NULL: the disk refuses.
 */
json_t *outbox_json(struct node *node, int64_t limit, struct problem *problem);

/*
 * Takes back what the change wrote and nobody has written over since, by a new
 * change: fields say again what its author saw there, a record that is new with
 * it is archived. What was written stays in the history. Possible while it is
 * not sealed: nobody else has it.
 *
 * `id` may be the beginning or end, four digits or more. *withdrawn counts what
 * was taken back. EXIT_NOT_FOUND, EXIT_AMBIGUOUS; EXIT_REFUSED: it is sealed,
 * or a first value that stands.
 */
bool outbox_withdraw(struct node *node, const char *id, uint32_t *withdrawn,
	struct problem *problem);

#endif
