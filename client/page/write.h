#ifndef CLIENT_PAGE_WRITE_H
#define CLIENT_PAGE_WRITE_H

#include <jansson.h>
#include <stdbool.h>

#include "client/node/node.h"

/*
 * Records written as JSON with the schema's names, through the same
 * node_write() as every command: the same checks, the same refusals.
 *
 *     {"legal_name":"…", "phones":["…"], "territory":"east/linxi"}
 *
 * Of a new record a set is a list, and `id` may be given (a UUID made by the
 * page): if that record is there already, it is not written again, so that a
 * form whose answer was lost can be sent once more. Of a record that is there,
 * null clears a field and a set takes {"add":[…], "remove":[…]}: a whole list
 * would take away what the person has never seen. `archived` takes true and
 * false. A reference is an id or a name.
 */

enum { WRITE_BATCH_MAX = 64 };

/*
 * Several new records, all or none: [{"visit":{…}}, {"visit_note":{…}}…], of
 * which later ones may refer to earlier ones. *records is what stands then, in
 * that order.
 */
bool write_batch(struct node *node, const json_t *batch, json_t **records,
	struct problem *problem);

/*
 * Fields of one record. `shown`: what the form was shown at
 * (client/node/shown.h); NULL: what is here now.
 */
bool write_set(struct node *node, const struct schema_type *type,
	const char *id, const json_t *fields, const char *shown,
	json_t **record, struct problem *problem);

/*
 * Settles a conflict by {"value":…}: one of its siblings, or another value;
 * null clears the field. *resolved is what `resolve` prints.
 */
bool write_resolve(struct node *node, const char *id, const json_t *body,
	const char *shown, json_t **resolved, struct problem *problem);

#endif
