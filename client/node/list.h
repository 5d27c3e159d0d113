#ifndef CLIENT_NODE_LIST_H
#define CLIENT_NODE_LIST_H

#include "client/node/view.h"
#include "client/store/query.h"

/* Records of the territories that this node may read. */

/* For queries (client/store/query.h); `numbers` is the caller's: free(). */
struct query_territories node_territories(
	struct node *node, uint32_t **numbers);

/* The record of a row, to be kept beyond the call. */
struct found_record found_row(const struct query_row *row);

/*
 * The one record that a person means: an id, the beginning or end (four
 * digits or more) of one, a name, or a part of one that no other has.
 * `type` NULL: any business type. EXIT_NOT_FOUND, or EXIT_AMBIGUOUS with the
 * candidates in the hint.
 */
bool node_find(struct node *node, const struct schema_type *type,
	const char *text, struct found_record *found, struct problem *problem);

/* The same for what a reference may refer to, users included: its id. */
bool node_find_id(struct node *node, const struct schema_type *type,
	const char *text, uint8_t id[static ID_BYTES], struct problem *problem);

#endif
