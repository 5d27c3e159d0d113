#ifndef CLIENT_STORE_QUERY_SQL_H
#define CLIENT_STORE_QUERY_SQL_H

#include "client/store/query.h"
#include "client/store/row.h"

/* What the queries share: SQL in pieces, and rows handed on. */

/* Adds ` AND <column> IN (…)`, or nothing for all territories. */
void query_sql_territories(sqlite3_str *sql, const char *column,
	struct query_territories territories);

/* Adds ` AND t."moved" = 0` and the like where the type has the mark. */
void query_sql_without_mark(
	sqlite3_str *sql, const struct table *table, uint32_t mark);

/* The column of a type's `title` or `title_else`, or NULL. */
const char *query_sql_title(const struct table *table, const char *field);

/* Makes `row`, with `record`, of the row that the statement stands on. */
MUST_USE enum status query_sql_row(struct store_sqlite *s,
	const struct table *table, sqlite3_stmt *statement,
	struct query_row *row, struct record *record);

/*
 * Steps through a statement of row_select() and calls `found` for each row,
 * then finalizes it. *rows counts them unless NULL.
 */
MUST_USE enum status query_sql_rows(struct store_sqlite *s,
	const struct table *table, sqlite3_stmt *statement, query_row_cb *found,
	void *self, size_t *rows);

#endif
