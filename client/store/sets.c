#include <sodium.h>
#include <string.h>

#include "client/store/column.h"
#include "client/store/store_inside.h"

/*
 * Set tables are for people who read the database and for search; a record's
 * own sets are in its `_ver`. They are written again only when they changed.
 */

static bool
present(const struct reg *reg)
{
	return reg->kind == KIND_SET && reg->version_count;
}

uint64_t
sets_hash(const struct store_sqlite *s, const struct record *record)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];
		uint8_t both[crypto_shorthash_BYTES + sizeof reg->field];
		uint8_t out[crypto_shorthash_BYTES];
		uint64_t hash;

		if (!present(reg))
			continue;
		(void)crypto_shorthash(both, reg->element.bytes,
			reg->element.size, s->hash_key);
		memcpy(both + crypto_shorthash_BYTES, &reg->field,
			sizeof reg->field);
		(void)crypto_shorthash(out, both, sizeof both, s->hash_key);
		memcpy(&hash, out, sizeof hash);
		sum += hash;
	}
	return sum;
}

static sqlite3_stmt *
insert_statement(struct store_sqlite *s, struct set_table *set)
{
	sqlite3_str *sql;

	if (set->insert)
		return set->insert;
	sql = sqlite3_str_new(s->db);
	sqlite3_str_appendf(
		sql, "INSERT INTO \"%w\" (id, _territory", set->name);
	for (uint32_t i = 0; i < set->slot.count; i++)
		sqlite3_str_appendf(sql, ", \"%w\"", set->slot.columns[i].name);
	sqlite3_str_appendall(sql, ") VALUES (?, ?");
	for (uint32_t i = 0; i < set->slot.count; i++)
		sqlite3_str_appendall(sql, ", ?");
	sqlite3_str_appendall(sql, ")");
	return statement_made(s, &set->insert, sqlite3_str_finish(sql));
}

static sqlite3_stmt *
remove_statement(struct store_sqlite *s, struct set_table *set)
{
	sqlite3_str *sql;

	if (set->remove)
		return set->remove;
	sql = sqlite3_str_new(s->db);
	sqlite3_str_appendf(sql,
		"DELETE FROM \"%w\" WHERE id = ? AND _territory = ?",
		set->name);
	return statement_made(s, &set->remove, sqlite3_str_finish(sql));
}

static enum status
remove_rows(struct store_sqlite *s, struct set_table *set, uint32_t territory,
	const struct record *record)
{
	sqlite3_stmt *statement = remove_statement(s, set);

	if (!statement)
		return STATUS_FAILED;
	bind_blob(statement, 1, record->id, record->id_size);
	bind_integer(statement, 2, territory);
	return statement_run(s, statement);
}

static enum status
insert_row(struct store_sqlite *s, struct set_table *set, uint32_t territory,
	const struct record *record, struct pack_view element)
{
	enum { PARAMETER_FIRST = 3 };
	sqlite3_stmt *statement;

	/* One in another form is in `_ver` alone. */
	if (!column_fits(&set->slot, element))
		return STATUS_OK;
	statement = insert_statement(s, set);
	if (!statement)
		return STATUS_FAILED;
	bind_blob(statement, 1, record->id, record->id_size);
	bind_integer(statement, 2, territory);
	(void)column_bind(statement, PARAMETER_FIRST, &set->slot, element);
	return statement_run(s, statement);
}

enum status
sets_save(struct store_sqlite *s, struct table *table, uint32_t territory,
	const struct record *record, bool there_are_some)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; i < table->set_count && there_are_some; i++) {
		status = remove_rows(s, &table->sets[i], territory, record);
		if (status != STATUS_OK)
			return status;
	}
	for (uint32_t i = 0; i < record->reg_count && status == STATUS_OK;
		i++) {
		const struct reg *reg = &record->regs[i];
		struct set_table *set;

		if (!present(reg))
			continue;
		set = table_set(table, reg->field);
		if (set)
			status = insert_row(
				s, set, territory, record, reg->element);
	}
	return status;
}
