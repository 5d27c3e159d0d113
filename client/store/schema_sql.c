#include "client/store/schema_sql.h"

#include <sodium.h>
#include <string.h>

#include "client/store/column.h"

static const char own_tables[] =
	"CREATE TABLE _territory (number INTEGER PRIMARY KEY,"
	" id BLOB NOT NULL UNIQUE);"
	"CREATE TABLE _log (territory INTEGER NOT NULL,"
	" number INTEGER NOT NULL, id BLOB NOT NULL, kept INTEGER NOT NULL,"
	" kept_name BLOB NOT NULL, applied INTEGER NOT NULL,"
	" context BLOB NOT NULL, PRIMARY KEY (territory, number),"
	" UNIQUE (territory, id));"
	/* Large rows: a rowid table, so that the index stays small. */
	"CREATE TABLE _segment (territory INTEGER NOT NULL,"
	" log INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
	" bytes BLOB NOT NULL, PRIMARY KEY (territory, log, last));"
	/* Few rows, one a commit: one page written instead of two. */
	"CREATE TABLE _pending (territory INTEGER NOT NULL,"
	" log INTEGER NOT NULL, seq INTEGER NOT NULL, change BLOB NOT NULL,"
	" PRIMARY KEY (territory, log, seq)) WITHOUT ROWID;"
	"CREATE TABLE _setting (name TEXT PRIMARY KEY, value BLOB NOT NULL)"
	" WITHOUT ROWID;"
	"CREATE TABLE _table (name TEXT PRIMARY KEY) WITHOUT ROWID;";

/* Folders of before they came get them when they are opened. */
static const char added_tables[] =
	"CREATE TABLE IF NOT EXISTS _receipt (territory INTEGER NOT NULL,"
	" log INTEGER NOT NULL, last INTEGER NOT NULL, first INTEGER NOT NULL,"
	" at INTEGER NOT NULL, PRIMARY KEY (territory, log, last))"
	" WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS _left (territory BLOB NOT NULL,"
	" log BLOB NOT NULL, last INTEGER NOT NULL,"
	" PRIMARY KEY (territory, log)) WITHOUT ROWID;";

static const char projected_tables[] =
	"CREATE TABLE _record (territory INTEGER NOT NULL,"
	" type INTEGER NOT NULL, id BLOB NOT NULL, ver BLOB NOT NULL,"
	" PRIMARY KEY (territory, type, id));"
	/*
	 * The key's columns first: in a WITHOUT ROWID table that has others
	 * between them, 3.40.1's integrity_check reports NULLs in those.
	 */
	"CREATE TABLE _conflict (territory INTEGER NOT NULL,"
	" type INTEGER NOT NULL, record BLOB NOT NULL,"
	" field INTEGER NOT NULL, id BLOB NOT NULL,"
	" why TEXT NOT NULL, undecided INTEGER NOT NULL,"
	" PRIMARY KEY (territory, type, record, field, id)) WITHOUT ROWID;"
	"CREATE INDEX _conflict_id ON _conflict (id);"
	"CREATE TABLE _history (territory INTEGER NOT NULL,"
	" type INTEGER NOT NULL, id BLOB NOT NULL, log INTEGER NOT NULL,"
	" seq INTEGER NOT NULL, PRIMARY KEY (territory, type, id, log, seq))"
	" WITHOUT ROWID;"
	"INSERT INTO _table (name) VALUES ('_record'), ('_conflict'),"
	" ('_history');";

static const char nothing_applied[] =
	"UPDATE _log SET applied = 0, context = x'';";

void
schema_sql_columns(
	sqlite3_str *sql, const struct slot *slot, const char *before)
{
	for (uint32_t i = 0; i < slot->count; i++)
		sqlite3_str_appendf(
			sql, ", %s\"%w\"", before, slot->columns[i].name);
}

/* Runs and frees what was put together. */
static enum status
run(struct store_sqlite *s, sqlite3_str *sql)
{
	char *text = sqlite3_str_finish(sql);
	enum status status = text ? statement_text(s, text)
				  : store_problem_text(s, "out of memory");

	sqlite3_free(text);
	return status;
}

static void
append_columns(sqlite3_str *sql, const struct slot *slot)
{
	for (uint32_t i = 0; i < slot->count; i++)
		sqlite3_str_appendf(sql, ", \"%w\" %s%s", slot->columns[i].name,
			column_affinity(&slot->columns[i]),
			slot->mark ? " NOT NULL" : "");
}

static void
append_indexes(sqlite3_str *sql, const struct table *table)
{
	for (uint32_t i = 0; i < table->slot_count; i++) {
		const struct slot *slot = &table->slots[i];

		if (slot->indexed)
			sqlite3_str_appendf(sql,
				"CREATE INDEX \"_%w_%w\" ON \"%w\" (\"%w\");",
				table->type->name, slot->columns[0].name,
				table->type->name, slot->columns[0].name);
	}
}

static enum status
create_table(struct store_sqlite *s, const struct table *table)
{
	const char *name = table->type->name;
	sqlite3_str *sql = sqlite3_str_new(s->db);

	sqlite3_str_appendf(sql,
		"CREATE TABLE \"%w\" (id BLOB NOT NULL,"
		" _territory INTEGER NOT NULL, _ver BLOB NOT NULL",
		name);
	for (uint32_t i = 0; i < table->slot_count; i++)
		append_columns(sql, &table->slots[i]);
	sqlite3_str_appendf(sql,
		", PRIMARY KEY (id, _territory));"
		"INSERT INTO _table (name) VALUES ('%q');",
		name);
	append_indexes(sql, table);
	for (uint32_t i = 0; i < table->set_count; i++) {
		const struct set_table *set = &table->sets[i];

		sqlite3_str_appendf(sql,
			"CREATE TABLE \"%w\" (id BLOB NOT NULL,"
			" _territory INTEGER NOT NULL",
			set->name);
		append_columns(sql, &set->slot);
		sqlite3_str_appendf(sql,
			"); CREATE INDEX \"_%w__id\" ON \"%w\" (id);"
			"INSERT INTO _table (name) VALUES ('%q');",
			set->name, set->name, set->name);
	}
	return run(s, sql);
}

/* The alias of a greater id: looked up by the second half of its own id. */
static enum status
create_alias_index(struct store_sqlite *s)
{
	const struct table *table = table_find(&s->tables, SCHEMA_ALIAS);
	sqlite3_str *sql = sqlite3_str_new(s->db);

	if (table)
		sqlite3_str_appendf(sql,
			"CREATE INDEX _alias_greater ON \"%w\""
			" (substr(id, 17))",
			table->type->name);
	else
		sqlite3_str_appendf(sql,
			"CREATE INDEX _alias_greater ON _record"
			" (substr(id, 17)) WHERE type = %d",
			SCHEMA_ALIAS);
	return run(s, sql);
}

/* Whether other records refer to those of the type, so that they are named. */
static bool
is_named(const struct schema *schema, const struct schema_type *type)
{
	for (size_t i = 0; i < schema->type_count; i++)
		for (size_t k = 0; k < schema->types[i].field_count; k++) {
			const struct schema_field *field =
				&schema->types[i].fields[k];
			const struct schema_part *parts;
			size_t count = schema_parts(field, &parts);

			if (field->refers == type->number)
				return true;
			for (size_t p = 0; p < count; p++)
				if (parts[p].refers == type->number)
					return true;
		}
	return false;
}

/* The column of a title that people look a record up by, or NULL. */
static const char *
title_column(const struct table *table, const char *name)
{
	const struct schema_field *field =
		name ? schema_field_named(table->type, name) : NULL;
	const struct slot *slot =
		field ? table_slot(table, field->number) : NULL;

	return slot && field->form == FORM_TEXT && !table->type->directory
		? slot->columns[0].name
		: NULL;
}

static void
append_column_index(sqlite3_str *sql, const struct table *table,
	const char *column, const char *how)
{
	sqlite3_str_appendf(sql,
		"CREATE INDEX IF NOT EXISTS \"_%w_%w\""
		" ON \"%w\" (\"%w\" %s);",
		table->type->name, column, table->type->name, column, how);
}

/* What lists by title go by, and count (query.c): it has all they ask. */
static void
append_title_order(sqlite3_str *sql, const struct table *table,
	const char *title, const char *other)
{
	sqlite3_str_appendf(sql,
		"CREATE INDEX IF NOT EXISTS \"_%w__title\" ON \"%w\" (",
		table->type->name, table->type->name);
	if (other)
		sqlite3_str_appendf(sql, "coalesce(nullif(\"%w\", ''), \"%w\")",
			title, other);
	else
		sqlite3_str_appendf(sql, "\"%w\"", title);
	sqlite3_str_appendall(sql, " COLLATE NOCASE, id, _territory");
	for (uint32_t i = 0; i < table->slot_count; i++)
		if (table->slots[i].mark)
			schema_sql_columns(sql, &table->slots[i], "");
	sqlite3_str_appendall(sql, ");");
}

static bool
is_day(const struct slot *slot)
{
	return slot->field->form == FORM_DATE;
}

static bool
is_state(const struct slot *slot)
{
	return slot->field->order == ORDER_HIGHEST &&
		slot->field->form == FORM_CODE;
}

static bool
is_mark(const struct slot *slot)
{
	return slot->mark;
}

/* The first of those fields, or NULL. */
static const struct slot *
first_of(const struct table *table, bool (*wanted)(const struct slot *slot))
{
	for (uint32_t i = 0; i < table->slot_count; i++)
		if (wanted(&table->slots[i]))
			return &table->slots[i];
	return NULL;
}

static bool
is_parent(const struct slot *slot)
{
	return slot->field->parent && slot->indexed;
}

/*
 * What happens to a parent on days and has a state: visits. When it happened
 * last, of each parent, is read out of this index (query_cells()), without a
 * look at the rows. It begins as the one on the parent does, and stands in for
 * that.
 */
static void
append_days(sqlite3_str *sql, const struct table *table)
{
	const struct slot *parent = first_of(table, is_parent);
	const struct slot *day = first_of(table, is_day);
	const char *name = table->type->name;

	if (!parent || !day || !first_of(table, is_state))
		return;
	sqlite3_str_appendf(sql,
		"CREATE INDEX IF NOT EXISTS \"_%w__days\" ON \"%w\""
		" (\"%w\", \"%w\", id, _territory",
		name, name, parent->columns[0].name, day->columns[0].name);
	for (uint32_t i = 0; i < table->slot_count; i++) {
		const struct slot *slot = &table->slots[i];

		if (slot != day &&
			(is_day(slot) || is_state(slot) || is_mark(slot)))
			schema_sql_columns(sql, slot, "");
	}
	sqlite3_str_appendf(sql, "); DROP INDEX IF EXISTS \"_%w_%w\";", name,
		parent->columns[0].name);
}

/* States that go one way: what is still open is few, and asked for often. */
static void
append_state_indexes(sqlite3_str *sql, const struct table *table)
{
	for (uint32_t i = 0; i < table->slot_count; i++)
		if (is_state(&table->slots[i]) && !table->type->directory)
			append_column_index(sql, table,
				table->slots[i].columns[0].name, ", id");
}

enum status
schema_sql_lookups(struct store_sqlite *s)
{
	sqlite3_str *sql = sqlite3_str_new(s->db);

	for (size_t i = 0; i < s->tables.count; i++) {
		const struct table *table = &s->tables.list[i];
		const char *title = title_column(table, table->type->title);
		const char *other =
			title_column(table, table->type->title_else);

		append_state_indexes(sql, table);
		append_days(sql, table);
		if (!title || !is_named(s->store.schema, table->type))
			continue;
		append_title_order(sql, table, title, other);
		if (!other)
			continue; /* the one for lists begins with the title */
		append_column_index(sql, table, title, "COLLATE NOCASE");
		append_column_index(sql, table, other, "COLLATE NOCASE");
	}
	return run(s, sql);
}

/* `verb`, and its name, for each table that was projected. */
static enum status
for_each_table(struct store_sqlite *s, const char *verb, const char *at_the_end)
{
	sqlite3_str *sql = sqlite3_str_new(s->db);
	sqlite3_stmt *names = NULL;
	enum status status = STATUS_FAILED;

	if (sqlite3_prepare_v2(s->db, "SELECT name FROM _table", -1, &names,
		    NULL) == SQLITE_OK)
		while ((status = statement_next(s, names)) == STATUS_OK)
			sqlite3_str_appendf(sql, "%s \"%w\";", verb,
				(const char *)sqlite3_column_text(names, 0));
	else
		(void)store_problem(s);
	(void)sqlite3_finalize(names); /* repeats an error */
	sqlite3_str_appendall(sql, at_the_end);
	if (status == STATUS_ABSENT)
		return run(s, sql);
	sqlite3_free(sqlite3_str_finish(sql));
	return STATUS_FAILED;
}

static enum status
drop_all(struct store_sqlite *s)
{
	return for_each_table(s, "DROP TABLE IF EXISTS", "DELETE FROM _table;");
}

enum status
schema_sql_empty(struct store_sqlite *s)
{
	/* Without a WHERE, pages go as a whole. */
	return for_each_table(s, "DELETE FROM", nothing_applied);
}

enum status
schema_sql_create_own(struct store_sqlite *s)
{
	return statement_text(s, own_tables);
}

enum status
schema_sql_add_own(struct store_sqlite *s)
{
	return statement_text(s, added_tables);
}

enum status
schema_sql_create(struct store_sqlite *s)
{
	enum status status = drop_all(s);

	if (status == STATUS_OK)
		status = statement_text(s, projected_tables);
	if (status == STATUS_OK)
		status = statement_text(s, nothing_applied);
	for (size_t i = 0; i < s->tables.count && status == STATUS_OK; i++)
		status = create_table(s, &s->tables.list[i]);
	return status == STATUS_OK ? create_alias_index(s) : status;
}

static void
hash_number(crypto_generichash_state *state, uint64_t number)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> (8 * i));
	(void)crypto_generichash_update(state, bytes, sizeof bytes);
}

static void
hash_text(crypto_generichash_state *state, const char *text)
{
	size_t size = text ? strlen(text) + 1 : 0;

	hash_number(state, size);
	(void)crypto_generichash_update(state, (const uint8_t *)text, size);
}

/* A code's place in its list is its rank; labels decide nothing here. */
static void
hash_codes(crypto_generichash_state *state, const struct schema_codes *codes)
{
	hash_number(state, codes->count);
	for (size_t i = 0; i < codes->count; i++)
		hash_text(state, codes->list[i].code);
}

static void
hash_field(crypto_generichash_state *state, const struct schema_field *field)
{
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);

	hash_number(state, field->number);
	hash_text(state, field->name);
	hash_number(state, field->kind);
	hash_number(state, field->order);
	hash_number(state, field->form);
	hash_number(state, field->refers);
	hash_number(state, field->parent);
	hash_number(state, field->required);
	hash_codes(state, &field->codes);
	hash_number(state, count);
	for (size_t i = 0; i < count; i++) {
		hash_number(state, parts[i].number);
		hash_text(state, parts[i].name);
		hash_number(state, parts[i].form);
		hash_number(state, parts[i].refers);
	}
}

void
schema_sql_fingerprint(
	const struct schema *schema, uint8_t out[static FINGERPRINT_BYTES])
{
	crypto_generichash_state state;

	(void)crypto_generichash_init(&state, NULL, 0, FINGERPRINT_BYTES);
	hash_text(&state, "roadbook/store/1");
	for (size_t i = 0; i < schema->type_count; i++) {
		const struct schema_type *type = &schema->types[i];

		hash_number(&state, type->number);
		hash_text(&state, type->name);
		hash_number(&state, type->immutable);
		hash_number(&state, type->directory);
		hash_number(&state, type->field_count);
		for (size_t k = 0; k < type->field_count; k++)
			hash_field(&state, &type->fields[k]);
	}
	(void)crypto_generichash_final(&state, out, FINGERPRINT_BYTES);
}
