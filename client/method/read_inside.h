#ifndef CLIENT_METHOD_READ_INSIDE_H
#define CLIENT_METHOD_READ_INSIDE_H

#include "client/method/joined.h"
#include "client/method/read.h"
#include "client/method/read_row.h"

/* What read.c and read_due.c share. */

struct reading {
	struct node *node;
	struct dossier *facts;
	const struct read_scope *scope;
	uint32_t *numbers; /* of the territories in scope */
	struct read_row row;
};

/* The list with room for one more, zeroed. */
void *reading_room(void *list, size_t count, size_t size);

/* One more in a list of the facts. */
#define APPEND(facts, list, count)                                             \
	((facts)->list = reading_room(                                         \
		 (facts)->list, (facts)->count, sizeof *(facts)->list),        \
		&(facts)->list[(facts)->count++])

/* The index, among the facts, of a territory by the store's number. */
uint32_t reading_territory(const struct reading *r, uint32_t number);

/*
 * Whole records of a type into the facts; those alone whose field or part `by`
 * is this id ("id" for the record itself), unless it is NULL.
 */
enum status reading_of(
	struct reading *r, uint32_t type, const char *by, const uint8_t *id);

/* What due_list() looks at, and nothing else (read.h); joins are resolved. */
enum status read_due(struct reading *r, const struct joined *joined);

#endif
