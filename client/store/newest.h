#ifndef CLIENT_STORE_NEWEST_H
#define CLIENT_STORE_NEWEST_H

#include <stdbool.h>

#include "client/store/store_inside.h"
#include "sync/record.h"

/*
 * The greatest id of a table. Ids begin with their time, so most records that
 * come are newer than all that are here, and the row of such a one need not be
 * looked for. It is known within a transaction, where nobody else writes, and
 * it is a bound: rows that were removed since do not lower it.
 */

/* Whether the table is known to have no row of the id, nor of a greater one. */
bool newest_is_below(const struct store_sqlite *s, const struct table *table,
	const uint8_t *id, size_t id_size);
/*
 * A row was looked for, and there is none: who misses twice in a transaction
 * writes more, and then the table is asked for its greatest id.
 */
MUST_USE enum status newest_missed(struct store_sqlite *s, struct table *table);
/* The record has a row now. */
void newest_written(struct store_sqlite *s, struct table *table,
	const struct record *record);
/* Nothing is known of any table, as at the start of a transaction. */
void newest_forget(struct store_sqlite *s);

#endif
