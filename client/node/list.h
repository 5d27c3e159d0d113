#ifndef CLIENT_NODE_LIST_H
#define CLIENT_NODE_LIST_H

#include "client/node/view.h"

/* Which records there are: lists, names, searches. Read from the tables. */

struct found_list {
	struct found_record *list;
	size_t count;
	size_t room;
};

void found_list_clear(struct found_list *found);

/* Asks for a field, or a part of an immutable record's body, to be equal. */
struct list_filter {
	const struct schema_field *field;
	const struct schema_part *part; /* or NULL */
	struct pack_view value;         /* of a set: an element */
};

struct list_query {
	const struct schema_type *type;
	const struct list_filter *filters;
	size_t filter_count;
	const uint32_t *territory; /* a number; NULL: all that is readable */
	bool archived;             /* archived and handed over ones, too */
	int64_t limit;             /* 0: no limit */
	int64_t offset;
	const char *order; /* a field's name, or NULL for the time of making */
	bool descending;
};

/*
 * The records in that order. False with *problem when the disk refuses; the
 * list is to be cleared in any case.
 */
bool node_list(struct node *node, const struct list_query *query,
	struct found_list *found, struct problem *problem);

/*
 * The business records that have every one of the words somewhere in their
 * text, by type and time of making; `limit` of each type, 0 for all.
 */
bool node_search(struct node *node, const char *const *words, size_t word_count,
	size_t limit, struct found_list *found, struct problem *problem);

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
