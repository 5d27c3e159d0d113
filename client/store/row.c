#include "client/store/row.h"

#include <assert.h>
#include <string.h>

#include "client/store/column.h"
#include "client/store/schema_sql.h"
#include "client/store/versions.h"
#include "sync/alloc.h"

void
row_select_with(sqlite3_str *sql, const struct table *table, const char *more)
{
	sqlite3_str_appendall(sql, "SELECT t.id, t._territory, t._ver");
	for (uint32_t i = 0; i < table->slot_count; i++)
		schema_sql_columns(sql, &table->slots[i], "t.");
	sqlite3_str_appendf(sql, "%s FROM \"%w\" t", more, table->type->name);
}

void
row_select(sqlite3_str *sql, const struct table *table)
{
	row_select_with(sql, table, "");
}

sqlite3_stmt *
row_statement(struct store_sqlite *s, struct table *table)
{
	sqlite3_str *sql;

	if (table->load)
		return table->load;
	sql = sqlite3_str_new(s->db);
	row_select(sql, table);
	sqlite3_str_appendall(sql, " WHERE t.id = ? AND t._territory = ?");
	return statement_made(s, &table->load, sqlite3_str_finish(sql));
}

static sqlite3_stmt *
save_statement(struct store_sqlite *s, struct table *table)
{
	sqlite3_str *sql;

	if (table->save)
		return table->save;
	sql = sqlite3_str_new(s->db);
	sqlite3_str_appendf(sql, "INSERT INTO \"%w\" (id, _territory, _ver",
		table->type->name);
	for (uint32_t i = 0; i < table->slot_count; i++)
		schema_sql_columns(sql, &table->slots[i], "");
	sqlite3_str_appendall(sql, ") VALUES (?, ?, ?");
	for (uint32_t i = 0; i < table->column_count; i++)
		sqlite3_str_appendall(sql, ", ?");
	sqlite3_str_appendall(sql,
		") ON CONFLICT (id, _territory) DO UPDATE SET"
		" _ver = excluded._ver");
	for (uint32_t i = 0; i < table->column_count; i++)
		sqlite3_str_appendf(sql, ", \"%w\" = excluded.\"%w\"",
			table->columns[i].name, table->columns[i].name);
	return statement_made(s, &table->save, sqlite3_str_finish(sql));
}

static sqlite3_stmt *
remove_statement(struct store_sqlite *s, struct table *table)
{
	sqlite3_str *sql;

	if (table->remove)
		return table->remove;
	sql = sqlite3_str_new(s->db);
	sqlite3_str_appendf(sql,
		"DELETE FROM \"%w\" WHERE id = ? AND _territory = ?",
		table->type->name);
	return statement_made(s, &table->remove, sqlite3_str_finish(sql));
}

/* The values that stand in the row's columns, ascending by field. */
static enum status
read_columns(const struct table *table, sqlite3_stmt *statement,
	struct arena *arena, struct versions_column *columns, size_t *count)
{
	for (uint32_t i = 0; i < table->slot_count; i++) {
		const struct slot *slot = &table->slots[i];
		struct versions_column *column = &columns[*count];
		enum status status;

		if (slot->mark)
			continue;
		status = column_read(statement, COLUMN_FIRST + (int)slot->first,
			slot, arena, &column->value);
		if (status == STATUS_FAILED)
			return status;
		if (status == STATUS_ABSENT)
			continue;
		column->field = slot->field->number;
		column->kind = slot->field->kind;
		++*count;
	}
	return STATUS_OK;
}

enum status
row_read(struct store_sqlite *s, const struct table *table, uint32_t type,
	sqlite3_stmt *statement, struct record *record, bool *inbox)
{
	struct pack_view id = column_blob(statement, COLUMN_ID);
	struct pack_view ver = column_blob(statement, table ? COLUMN_VER : 1);
	struct versions_column *columns = NULL;
	const char *name = table ? table->type->name : "unknown type";
	uint8_t *copy;
	size_t count = 0;

	if (id.size == 0 || id.size > RECORD_ID_MAX)
		return store_problem_text(s, "damaged: an id in %s", name);
	record_reset(record, type, id.bytes, id.size);
	copy = arena_copy(&record->arena, ver.bytes, ver.size);
	if (table)
		columns = arena_take(
			&record->arena, table->slot_count * sizeof *columns);
	if ((table &&
		    read_columns(table, statement, &record->arena, columns,
			    &count) != STATUS_OK) ||
		!versions_decode(record, copy, ver.size, columns, count, inbox))
		return store_problem_text(s, "damaged: a row of %s", name);
	record->stored = true;
	return STATUS_OK;
}

enum status
row_find(struct store_sqlite *s, struct table *table, uint32_t territory,
	uint32_t type, const uint8_t *id, size_t id_size, struct record *record,
	bool *inbox)
{
	sqlite3_stmt *statement = table
		? row_statement(s, table)
		: statement_fixed(s, STATEMENT_UNKNOWN_LOAD);
	enum status status;

	if (!statement)
		return STATUS_FAILED;
	if (table) {
		bind_blob(statement, 1, id, id_size);
		bind_integer(statement, 2, territory);
	} else {
		bind_integer(statement, 1, territory);
		bind_integer(statement, 2, type);
		bind_blob(statement, 3, id, id_size);
	}
	status = statement_next(s, statement);
	if (status == STATUS_OK) {
		status = row_read(s, table, type, statement, record, inbox);
		statement_reset(statement);
	}
	return status;
}

/* Parameters of the columns come after those of id, _territory, _ver. */
enum { PARAMETER_ID = 1, PARAMETER_TERRITORY, PARAMETER_VER, PARAMETER_FIRST };

static void
bind_mark(sqlite3_stmt *statement, const struct slot *slot,
	const struct shown *shown)
{
	bool on = false;

	if (slot->field->number == SCHEMA_ARCHIVED)
		on = shown->archived;
	else if (slot->field->number == SCHEMA_MOVED)
		on = shown->moved;
	else
		on = shown->joined;
	bind_integer(statement, PARAMETER_FIRST + (int)slot->first, on);
}

/* Binds what the columns can hold and notes in s->in_columns what they do. */
static void
bind_columns(struct store_sqlite *s, sqlite3_stmt *statement,
	const struct table *table, const struct record *record,
	const struct shown *shown)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < table->slot_count; i++) {
		const struct slot *slot = &table->slots[i];
		uint32_t field = slot->field->number;
		struct pack_view value = {0};
		uint32_t of = record->reg_count;

		if (slot->mark) {
			bind_mark(statement, slot, shown);
			continue;
		}
		/* Registers ascend by field, as slots do. */
		while (at < record->reg_count && record->regs[at].field < field)
			at++;
		for (uint32_t k = at;
			k < record->reg_count && record->regs[k].field == field;
			k++)
			if (record->regs[k].kind == slot->field->kind &&
				record->regs[k].version_count) {
				of = k;
				value = record->regs[k].versions[0].value;
			}
		if (column_bind(statement, PARAMETER_FIRST + (int)slot->first,
			    slot, value))
			s->in_columns[of] = true;
	}
}

static void
no_columns(struct store_sqlite *s, size_t count)
{
	if (s->in_columns_room < count) {
		s->in_columns_room = count * 2;
		s->in_columns = alloc_again(s->in_columns,
			s->in_columns_room * sizeof *s->in_columns);
	}
	if (count)
		memset(s->in_columns, 0, count * sizeof *s->in_columns);
}

enum status
row_write(struct store_sqlite *s, struct table *table, uint32_t territory,
	const struct record *record, const struct shown *shown, bool *fresh)
{
	sqlite3_stmt *statement = table
		? save_statement(s, table)
		: statement_fixed(s, STATEMENT_UNKNOWN_SAVE);
	struct buffer *ver = &s->versions;
	enum status status;

	if (!statement)
		return STATUS_FAILED;
	no_columns(s, record->reg_count + 1u);
	if (table)
		bind_columns(s, statement, table, record, shown);
	ver->size = 0;
	versions_encode(ver, record, s->in_columns, shown->conflict_count > 0);
	if (table) {
		bind_blob(statement, PARAMETER_ID, record->id, record->id_size);
		bind_integer(statement, PARAMETER_TERRITORY, territory);
		bind_blob(statement, PARAMETER_VER, ver->bytes, ver->size);
	} else {
		bind_integer(statement, 1, territory);
		bind_integer(statement, 2, record->type);
		bind_blob(statement, 3, record->id, record->id_size);
		bind_blob(statement, 4, ver->bytes, ver->size);
	}
	/* An update leaves the last inserted rowid alone. */
	sqlite3_set_last_insert_rowid(s->db, 0);
	status = statement_run(s, statement);
	*fresh = sqlite3_last_insert_rowid(s->db) != 0;
	return status;
}

enum status
row_remove(struct store_sqlite *s, struct table *table, uint32_t territory,
	const struct record *record)
{
	sqlite3_stmt *statement = table
		? remove_statement(s, table)
		: statement_fixed(s, STATEMENT_UNKNOWN_DROP);

	if (!statement)
		return STATUS_FAILED;
	if (table) {
		bind_blob(statement, 1, record->id, record->id_size);
		bind_integer(statement, 2, territory);
	} else {
		bind_integer(statement, 1, territory);
		bind_integer(statement, 2, record->type);
		bind_blob(statement, 3, record->id, record->id_size);
	}
	return statement_run(s, statement);
}
