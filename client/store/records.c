#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/newest.h"
#include "client/store/row.h"
#include "client/store/schema_sql.h"
#include "client/store/search_index.h"
#include "client/store/store_inside.h"
#include "client/store/versions.h"
#include "sync/alloc.h"

/* Whole records: their row, their set tables, their inbox. */

static struct row_hint *
hint_place(struct store_sqlite *s, uint32_t territory, uint32_t type,
	const uint8_t *id, size_t id_size)
{
	uint32_t hash = territory * 31 + type;

	/* The end of a UUIDv7 is random. */
	for (size_t i = id_size < 4 ? 0 : id_size - 4; i < id_size; i++)
		hash = hash * 257 + id[i];
	return &s->hints[hash % ROW_HINTS];
}

static struct row_hint *
hint_find(
	struct store_sqlite *s, uint32_t territory, const struct record *record)
{
	struct row_hint *hint = hint_place(
		s, territory, record->type, record->id, record->id_size);

	return hint->used && hint->territory == territory &&
			hint->type == record->type &&
			memcmp(hint->id, record->id, sizeof hint->id) == 0
		? hint
		: NULL;
}

static void
hint_set(struct store_sqlite *s, uint32_t territory,
	const struct record *record, uint64_t sets, bool inbox)
{
	struct row_hint *hint = hint_place(
		s, territory, record->type, record->id, record->id_size);

	*hint = (struct row_hint){.used = true,
		.inbox = inbox,
		.territory = territory,
		.type = record->type,
		.sets = sets};
	memcpy(hint->id, record->id, sizeof hint->id);
}

enum status
store_record_load(void *self, uint32_t territory, uint32_t type,
	const uint8_t *id, size_t id_size, struct record *record)
{
	struct store_sqlite *s = store_enter(self);
	struct table *table = table_find(&s->tables, type);
	bool inbox = false;
	enum status status;

	record_reset(record, type, id, id_size);
	if (table && newest_is_below(s, table, record->id, id_size))
		return STATUS_OK;
	status = row_find(
		s, table, territory, type, record->id, id_size, record, &inbox);
	if (status == STATUS_ABSENT)
		return table ? newest_missed(s, table) : STATUS_OK;
	if (status == STATUS_OK)
		hint_set(s, territory, record, sets_hash(s, record), inbox);
	return status;
}

static bool
has_sets(const struct record *record)
{
	for (uint32_t i = 0; i < record->reg_count; i++)
		if (record->regs[i].kind == KIND_SET)
			return true;
	return false;
}

static enum status
remove_record(struct store_sqlite *s, struct table *table, uint32_t territory,
	const struct record *record, const struct shown *shown)
{
	struct row_hint *hint = hint_find(s, territory, record);
	enum status status = row_remove(s, table, territory, record);

	if (hint)
		hint->used = false;
	if (status == STATUS_OK && table)
		status = sets_save(s, table, territory, record, true);
	if (status == STATUS_OK)
		status = inbox_save(s, territory, record, shown, true);
	if (status == STATUS_OK && table)
		status = search_index_removed(s, table, territory, record);
	return status;
}

enum status
store_record_save(void *self, uint32_t territory, const struct record *record,
	const struct shown *shown)
{
	struct store_sqlite *s = store_enter(self);
	struct table *table = table_find(&s->tables, record->type);
	struct row_hint *hint = hint_find(s, territory, record);
	/* A row that nothing is known of may have both. */
	bool inbox = hint ? hint->inbox : true;
	bool same_sets = true;
	uint64_t sets = 0;
	bool fresh;
	enum status status;

	if (!versions_any(record))
		return remove_record(s, table, territory, record, shown);
	if (table && table->set_count) {
		sets = sets_hash(s, record);
		same_sets = hint ? hint->sets == sets : !has_sets(record);
	}
	status = row_write(s, table, territory, record, shown, &fresh);
	if (status == STATUS_OK && fresh && table)
		newest_written(s, table, record);
	if (status == STATUS_OK && (fresh ? sets != 0 : !same_sets))
		status = sets_save(s, table, territory, record, !fresh);
	if (status == STATUS_OK && table && !fresh)
		status = search_index_written(s, table, territory, record);
	inbox = inbox && !fresh;
	if (status == STATUS_OK && (inbox || shown->conflict_count))
		status = inbox_save(s, territory, record, shown, inbox);
	if (status == STATUS_OK)
		hint_set(s, territory, record, sets, shown->conflict_count > 0);
	return status;
}

/* One type of a territory, by id. */
struct scan {
	struct store_sqlite *s;
	uint32_t territory;
	enum status (*found)(void *found_self, struct record *record);
	void *found_self;
	struct record record;
};

static enum status
scan_rows(struct scan *scan, struct table *table, uint32_t type,
	sqlite3_stmt *statement)
{
	enum status status;

	while ((status = statement_next(scan->s, statement)) == STATUS_OK) {
		bool inbox;

		status = row_read(
			scan->s, table, type, statement, &scan->record, &inbox);
		if (status == STATUS_OK)
			status = scan->found(scan->found_self, &scan->record);
		if (status != STATUS_OK)
			return status;
	}
	return status == STATUS_ABSENT ? STATUS_OK : status;
}

/* Rows of one territory by id; a type that the schema has not is in _record. */
static sqlite3_stmt *
scan_statement(struct store_sqlite *s, struct table *table)
{
	sqlite3_str *sql;

	if (!table)
		return statement_fixed(s, STATEMENT_UNKNOWN_SCAN);
	if (table->scan)
		return table->scan;
	sql = sqlite3_str_new(s->db);
	row_select(sql, table);
	sqlite3_str_appendall(sql, " WHERE t._territory = ? ORDER BY t.id");
	return statement_made(s, &table->scan, sqlite3_str_finish(sql));
}

static enum status
scan_type(struct scan *scan, struct table *table, uint32_t type)
{
	sqlite3_stmt *statement = scan_statement(scan->s, table);
	enum status status;

	if (!statement)
		return STATUS_FAILED;
	bind_integer(statement, 1, scan->territory);
	if (!table)
		bind_integer(statement, 2, type);
	status = scan_rows(scan, table, type, statement);
	statement_reset(statement);
	return status;
}

/* The types in _record, ascending; *types is the caller's. */
static enum status
unknown_types(struct store_sqlite *s, uint32_t territory, uint32_t **types,
	size_t *count)
{
	sqlite3_stmt *statement = statement_fixed(s, STATEMENT_UNKNOWN_TYPES);
	size_t room = 0;
	enum status status;

	if (!statement)
		return STATUS_FAILED;
	bind_integer(statement, 1, territory);
	while ((status = statement_next(s, statement)) == STATUS_OK) {
		if (*count == room) {
			room = room * 2 + 8;
			*types = alloc_again(*types, room * sizeof **types);
		}
		(*types)[(*count)++] =
			(uint32_t)sqlite3_column_int64(statement, 0);
	}
	return status == STATUS_ABSENT ? STATUS_OK : status;
}

enum status
store_records(void *self, uint32_t territory,
	enum status (*found)(void *found_self, struct record *record),
	void *found_self)
{
	struct store_sqlite *s = store_enter(self);
	struct scan scan = {.s = s,
		.territory = territory,
		.found = found,
		.found_self = found_self};
	uint32_t *types = NULL;
	size_t count = 0, known = 0, at = 0;
	enum status status = unknown_types(s, territory, &types, &count);

	while (status == STATUS_OK && (known < s->tables.count || at < count)) {
		struct table *table =
			known < s->tables.count ? &s->tables.list[known] : NULL;

		if (at < count && (!table || types[at] < table->type->number)) {
			status = scan_type(&scan, NULL, types[at++]);
		} else {
			status = scan_type(&scan, table, table->type->number);
			known++;
		}
	}
	record_clear(&scan.record);
	free(types);
	return status;
}

enum status
store_records_of(void *self, uint32_t territory, uint32_t type,
	enum status (*found)(void *found_self, struct record *record),
	void *found_self)
{
	struct store_sqlite *s = store_enter(self);
	struct scan scan = {.s = s,
		.territory = territory,
		.found = found,
		.found_self = found_self};
	enum status status =
		scan_type(&scan, table_find(&s->tables, type), type);

	record_clear(&scan.record);
	return status;
}

/* What is remembered of rows that are no more. */
static void
forget_rows(struct store_sqlite *s)
{
	memset(s->hints, 0, ROW_HINTS * sizeof *s->hints);
	newest_forget(s);
}

static void
append_delete(sqlite3_str *sql, const char *name, const char *column,
	uint32_t territory)
{
	sqlite3_str_appendf(sql, "DELETE FROM \"%w\" WHERE %s = %u;", name,
		column, territory);
}

enum status
store_territory_clear(void *self, uint32_t territory)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *logs = statement_fixed(s, STATEMENT_LOGS_ZERO);
	sqlite3_str *sql = sqlite3_str_new(s->db);
	enum status status = STATUS_FAILED;
	char *text;

	if (search_index_drop(s) != STATUS_OK) {
		sqlite3_free(sqlite3_str_finish(sql));
		return STATUS_FAILED;
	}
	for (size_t i = 0; i < s->tables.count; i++) {
		const struct table *table = &s->tables.list[i];

		append_delete(sql, table->type->name, "_territory", territory);
		for (uint32_t k = 0; k < table->set_count; k++)
			append_delete(sql, table->sets[k].name, "_territory",
				territory);
	}
	append_delete(sql, "_record", "territory", territory);
	append_delete(sql, "_conflict", "territory", territory);
	append_delete(sql, "_history", "territory", territory);
	text = sqlite3_str_finish(sql);
	if (text && logs) {
		bind_integer(logs, 1, territory);
		status = statement_text(s, text);
		if (status == STATUS_OK)
			status = statement_run(s, logs);
	}
	sqlite3_free(text);
	forget_rows(s);
	return status;
}

enum status
store_sqlite_empty(struct store *store)
{
	struct store_sqlite *s = store_enter(store->self);
	enum status status = search_index_drop(s);

	if (status == STATUS_OK)
		status = schema_sql_empty(s);
	forget_rows(s);
	return status;
}
