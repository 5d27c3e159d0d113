#ifndef CLIENT_STORE_CANDIDATES_H
#define CLIENT_STORE_CANDIDATES_H

#include "client/store/query.h"
#include "client/store/store_inside.h"

/*
 * What the search index answers: records that may be meant, in the order of
 * query_search(). Those that the index does not have as they are now
 * (search_index.h) may be missing or among them.
 */

struct candidate {
	uint8_t id[RECORD_ID_MAX];
	size_t id_size;
	uint32_t territory;
};

struct candidates {
	struct store_sqlite *s;
	/* All that the index found: rowids of _search, ascending. */
	int64_t *found;
	size_t count;
	/* Of one table: either few, in order … */
	struct candidate *list;
	size_t list_count;
	size_t at;
	/* … or a walk through all ids, newest first, that leaves out others. */
	sqlite3_stmt *walk;
	const int64_t *of_table; /* within `found` */
	size_t of_table_count;
	int64_t base;
};

/* Asks the index. To be cleared in any case. */
MUST_USE enum status candidates_find(
	struct candidates *candidates, const char *expression);
/* Turns to those of a table; `wanted` is how many will be asked for. */
MUST_USE enum status candidates_of(struct candidates *candidates,
	const struct table *table, struct query_territories territories,
	size_t wanted);
/* The next of them; STATUS_ABSENT after the last. */
MUST_USE enum status candidates_next(
	struct candidates *candidates, struct candidate *candidate);
void candidates_clear(struct candidates *candidates);

/* Of a row whose first columns are id and _territory. */
void candidate_read(struct candidate *candidate, sqlite3_stmt *statement);
/* Newest first, then by territory: negative when the first comes first. */
int candidate_order(const uint8_t *id, size_t id_size, uint32_t territory,
	const uint8_t *other_id, size_t other_id_size,
	uint32_t other_territory);
bool candidate_same(const struct candidate *candidate, const uint8_t *id,
	size_t id_size, uint32_t territory);

#endif
