#include <assert.h>
#include <string.h>

#include "client/store/query_sql.h"

enum { CELL_ID, CELL_TERRITORY, CELL_FIRST };

static const struct column *
column_of(const struct table *table, const char *name)
{
	const struct schema_field *field =
		schema_field_named(table->type, name);
	const struct slot *slot =
		field ? table_slot(table, field->number) : NULL;

	assert(slot && slot->count == 1); /* one column */
	return &slot->columns[0];
}

static sqlite3_stmt *
cells_statement(struct store_sqlite *s, const struct table *table,
	const struct query_cells *query)
{
	sqlite3_str *sql = sqlite3_str_new(s->db);
	sqlite3_stmt *statement = NULL;

	sqlite3_str_appendall(sql, "SELECT t.id, t._territory");
	for (size_t i = 0; i < query->field_count; i++)
		sqlite3_str_appendf(sql, ", t.\"%w\"",
			column_of(table, query->fields[i])->name);
	sqlite3_str_appendf(sql, " FROM \"%w\" t WHERE 1", table->type->name);
	query_sql_territories(sql, "t._territory", query->territories);
	query_sql_without_mark(sql, table, SCHEMA_ARCHIVED);
	query_sql_without_mark(sql, table, SCHEMA_MOVED);
	/* So that it can go on from any of them. */
	if (query->ordered)
		sqlite3_str_appendf(sql, " AND t.\"%w\" < ?",
			column_of(table, query->fields[0])->name);
	for (size_t i = 0; i < query->ordered; i++)
		sqlite3_str_appendf(sql, "%s t.\"%w\" DESC",
			i ? "," : " ORDER BY",
			column_of(table, query->fields[i])->name);
	if (query->ordered)
		sqlite3_str_appendall(sql, ", t.id DESC");
	return statement_made(s, &statement, sqlite3_str_finish(sql));
}

struct pack_view
query_cell(const struct query_cell_row *row, size_t field)
{
	return column_blob(row->inside, CELL_FIRST + (int)field);
}

int64_t
query_cell_integer(const struct query_cell_row *row, size_t field)
{
	int at = CELL_FIRST + (int)field;

	return sqlite3_column_type(row->inside, at) == SQLITE_INTEGER
		? sqlite3_column_int64(row->inside, at)
		: 0;
}

static enum query_next
tell_row(sqlite3_stmt *statement, query_cells_cb *found, void *self)
{
	const struct query_cell_row row = {
		.territory = (uint32_t)sqlite3_column_int64(
			statement, CELL_TERRITORY),
		.id = column_blob(statement, CELL_ID),
		.inside = statement};

	return found(self, &row);
}

/* Goes on below the value of the first field that it stands on. */
static void
go_below(sqlite3_stmt *statement, uint8_t value[static RECORD_ID_MAX])
{
	struct pack_view first = column_blob(statement, CELL_FIRST);
	size_t size = first.size < RECORD_ID_MAX ? first.size : RECORD_ID_MAX;

	memcpy(value, first.bytes, size);
	statement_reset(statement);
	bind_blob(statement, 1, value, size);
}

static enum status
tell_all(struct store_sqlite *s, sqlite3_stmt *statement,
	const struct query_cells *query, query_cells_cb *found, void *self)
{
	uint8_t below[RECORD_ID_MAX];
	enum status status;

	/* No id is greater. */
	memset(below, 0xff, sizeof below);
	if (query->ordered)
		bind_blob(statement, 1, below, sizeof below);
	while ((status = statement_next(s, statement)) == STATUS_OK) {
		enum query_next next = tell_row(statement, found, self);

		if (next == QUERY_ENOUGH)
			break;
		if (next == QUERY_OTHER && query->ordered)
			go_below(statement, below);
	}
	return status == STATUS_ABSENT ? STATUS_OK : status;
}

enum status
query_cells(struct store *store, const struct query_cells *query,
	query_cells_cb *found, void *self)
{
	struct store_sqlite *s = store_enter(store->self);
	const struct table *table = table_find(&s->tables, query->type);
	sqlite3_stmt *statement;
	/* One lock for all, however often it goes on somewhere else. */
	bool alone = sqlite3_get_autocommit(s->db) != 0;
	enum status status = STATUS_OK;

	if (!table)
		return STATUS_ABSENT;
	statement = cells_statement(s, table, query);
	if (!statement)
		return STATUS_FAILED;
	if (alone)
		status = statement_text(s, "BEGIN");
	if (status == STATUS_OK)
		status = tell_all(s, statement, query, found, self);
	(void)sqlite3_finalize(statement); /* its problem is noted */
	/* It only read: nothing is lost when this fails. */
	if (alone && !sqlite3_get_autocommit(s->db))
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return status;
}
