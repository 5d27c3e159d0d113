#include <string.h>

#include "client/store/store_inside.h"

/* Records that point to a record: children, and aliases of the greater id. */

static enum status
each_id(struct store_sqlite *s, sqlite3_stmt *statement, uint32_t type,
	void (*found)(void *found_self, uint32_t type, const uint8_t *id,
		size_t id_size),
	void *found_self)
{
	enum status status;

	while ((status = statement_next(s, statement)) == STATUS_OK) {
		struct pack_view id = column_blob(statement, 0);

		found(found_self, type, id.bytes, id.size);
	}
	return status == STATUS_ABSENT ? STATUS_OK : status;
}

static sqlite3_stmt *
children_statement(struct store_sqlite *s, struct table *table, uint32_t index)
{
	const struct slot *slot = &table->slots[index];
	sqlite3_str *sql;

	if (table->children[index])
		return table->children[index];
	sql = sqlite3_str_new(s->db);
	sqlite3_str_appendf(sql,
		"SELECT id FROM \"%w\" WHERE \"%w\" = ? AND _territory = ?",
		table->type->name, slot->columns[0].name);
	return statement_made(
		s, &table->children[index], sqlite3_str_finish(sql));
}

enum status
store_children(void *self, uint32_t territory, uint32_t parent_type,
	const uint8_t *parent_id,
	void (*found)(void *found_self, uint32_t type, const uint8_t *id,
		size_t id_size),
	void *found_self)
{
	struct store_sqlite *s = store_enter(self);
	enum status status = STATUS_OK;

	for (size_t t = 0; t < s->tables.count; t++) {
		struct table *table = &s->tables.list[t];

		for (uint32_t i = 0; i < table->slot_count; i++) {
			const struct schema_field *field =
				table->slots[i].field;
			sqlite3_stmt *statement;

			if (!field->parent || field->form != FORM_REF ||
				field->refers != parent_type)
				continue;
			statement = children_statement(s, table, i);
			if (!statement)
				return STATUS_FAILED;
			bind_blob(statement, 1, parent_id, ID_BYTES);
			bind_integer(statement, 2, territory);
			status = each_id(s, statement, table->type->number,
				found, found_self);
			if (status != STATUS_OK)
				return status;
		}
	}
	return STATUS_OK;
}

static sqlite3_stmt *
aliases_statement(struct store_sqlite *s, struct table *table)
{
	sqlite3_str *sql;

	if (!table)
		return statement_fixed(s, STATEMENT_UNKNOWN_ALIASES);
	if (table->aliases)
		return table->aliases;
	sql = sqlite3_str_new(s->db);
	/* The expression of the index, to the letter. */
	sqlite3_str_appendf(sql,
		"SELECT id FROM \"%w\" WHERE substr(id, 17) = ?"
		" AND _territory = ?",
		table->type->name);
	return statement_made(s, &table->aliases, sqlite3_str_finish(sql));
}

enum status
store_aliases(void *self, uint32_t territory, const uint8_t *greater_id,
	void (*found)(void *found_self, uint32_t type, const uint8_t *id,
		size_t id_size),
	void *found_self)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *statement =
		aliases_statement(s, table_find(&s->tables, SCHEMA_ALIAS));

	if (!statement)
		return STATUS_FAILED;
	bind_blob(statement, 1, greater_id, ID_BYTES);
	bind_integer(statement, 2, territory);
	return each_id(s, statement, SCHEMA_ALIAS, found, found_self);
}
