#ifndef CLIENT_STORE_SEARCH_INDEX_H
#define CLIENT_STORE_SEARCH_INDEX_H

#include "client/store/store_inside.h"

/*
 * The search index: FTS5 without content, over tokens.h, of every record that
 * search looks at. It is made lazily and never waited for: whoever writes
 * records only notes what an indexed one no longer says. What it answers is
 * candidates, to be looked at; and it tells what it does not have yet, to be
 * scanned. So it may be dropped at any time, and is when the tables are made
 * anew or a territory is forgotten.
 *
 *     _search        the FTS5 table; its rowid is type << SEARCH_TYPE_SHIFT
 *                    plus the rowid of the record's row
 *     _search_done   per type, the last rowid that is in it: all before are
 *     _search_stale  records that were written since, or again
 *
 * Nothing is ever taken out of it (3.40.1 cannot without content): a record
 * that was written again has its old tokens, too, until it is made anew.
 */
enum { SEARCH_TYPE_SHIFT = 40 };

/*
 * Indexes up to `rows` more records, in a transaction of its own; *more when
 * some are left. What fails leaves the index as it was, and may be let pass:
 * it costs time only.
 */
enum status search_index_step(struct store *store, size_t rows, bool *more);

/* The last rowid of the table that is indexed; 0: none. */
MUST_USE enum status search_index_last(
	struct store_sqlite *s, const struct table *table, int64_t *last);

/*
 * What of each table (of s->tables) the index has not: bits. One short query:
 * most often nothing is lacking, and nothing else needs to be asked.
 */
enum { SEARCH_LACKS_NEW = 1, SEARCH_LACKS_CHANGED = 2 };
MUST_USE enum status search_index_lacks(
	struct store_sqlite *s, unsigned *lacks);

/* A row was written that was there already, or removed. */
MUST_USE enum status search_index_written(struct store_sqlite *s,
	const struct table *table, uint32_t territory,
	const struct record *record);
MUST_USE enum status search_index_removed(struct store_sqlite *s,
	const struct table *table, uint32_t territory,
	const struct record *record);

/* Away with it; inside a transaction. */
MUST_USE enum status search_index_drop(struct store_sqlite *s);

/*
 * sqlite3_total_changes() without what indexing wrote: moves when there may be
 * news.
 */
int search_index_news(struct store *store);

#endif
