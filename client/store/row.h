#ifndef CLIENT_STORE_ROW_H
#define CLIENT_STORE_ROW_H

#include "client/store/store_inside.h"

/*
 * One record and its one row: in its type's table, or in _record for a type
 * that the schema does not have.
 */

/*
 * Adds `SELECT id, _territory, _ver, <columns> FROM <table> <alias>` to `sql`,
 * in the order of enum COLUMN_*, for row_read(). "t" is the table's alias.
 */
void row_select(sqlite3_str *sql, const struct table *table);
/* The same, with more columns (", t.rowid") behind those. */
void row_select_with(
	sqlite3_str *sql, const struct table *table, const char *more);

/* The statement that finds one row by id and _territory; NULL: it failed. */
sqlite3_stmt *row_statement(struct store_sqlite *s, struct table *table);

/*
 * Makes `record` of the row that the statement stands on. `table` is NULL for
 * _record, whose statement has the columns id, ver. *inbox: it has rows in
 * _conflict.
 */
MUST_USE enum status row_read(struct store_sqlite *s, const struct table *table,
	uint32_t type, sqlite3_stmt *statement, struct record *record,
	bool *inbox);

/* Looks the row up and reads it; STATUS_ABSENT when there is none. */
MUST_USE enum status row_find(struct store_sqlite *s, struct table *table,
	uint32_t territory, uint32_t type, const uint8_t *id, size_t id_size,
	struct record *record, bool *inbox);

/* Writes the row, new or not. *fresh: there was none. */
MUST_USE enum status row_write(struct store_sqlite *s, struct table *table,
	uint32_t territory, const struct record *record,
	const struct shown *shown, bool *fresh);

MUST_USE enum status row_remove(struct store_sqlite *s, struct table *table,
	uint32_t territory, const struct record *record);

#endif
