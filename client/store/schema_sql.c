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

/* Folders of before it came get it when they are opened. */
static const char receipt_table[] =
	"CREATE TABLE IF NOT EXISTS _receipt (territory INTEGER NOT NULL,"
	" log INTEGER NOT NULL, last INTEGER NOT NULL, first INTEGER NOT NULL,"
	" at INTEGER NOT NULL, PRIMARY KEY (territory, log, last))"
	" WITHOUT ROWID;";

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
	" ('_history');"
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

static enum status
drop_all(struct store_sqlite *s)
{
	sqlite3_str *sql = sqlite3_str_new(s->db);
	sqlite3_stmt *names = NULL;
	enum status status = STATUS_FAILED;

	if (sqlite3_prepare_v2(s->db, "SELECT name FROM _table", -1, &names,
		    NULL) == SQLITE_OK)
		while ((status = statement_next(s, names)) == STATUS_OK)
			sqlite3_str_appendf(sql, "DROP TABLE IF EXISTS \"%w\";",
				(const char *)sqlite3_column_text(names, 0));
	else
		(void)store_problem(s);
	(void)sqlite3_finalize(names); /* repeats an error */
	sqlite3_str_appendall(sql, "DELETE FROM _table;");
	if (status == STATUS_ABSENT)
		return run(s, sql);
	sqlite3_free(sqlite3_str_finish(sql));
	return STATUS_FAILED;
}

enum status
schema_sql_create_own(struct store_sqlite *s)
{
	return statement_text(s, own_tables);
}

enum status
schema_sql_add_own(struct store_sqlite *s)
{
	return statement_text(s, receipt_table);
}

enum status
schema_sql_create(struct store_sqlite *s)
{
	enum status status = drop_all(s);

	if (status == STATUS_OK)
		status = statement_text(s, projected_tables);
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
