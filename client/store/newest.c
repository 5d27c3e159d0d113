#include "client/store/newest.h"

#include <string.h>

enum { MISSES = 2 }; /* in a transaction; then the table is asked */

/* As SQLite orders blobs. */
static int
id_compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

	return order ? order : (a_size > b_size) - (a_size < b_size);
}

static bool
is_known(const struct store_sqlite *s, const struct newest *newest)
{
	return s->in_transaction && newest->known &&
		newest->epoch == s->newest_epoch;
}

bool
newest_is_below(const struct store_sqlite *s, const struct table *table,
	const uint8_t *id, size_t id_size)
{
	const struct newest *newest = &table->newest;

	return is_known(s, newest) &&
		id_compare(newest->id, newest->id_size, id, id_size) < 0;
}

static sqlite3_stmt *
newest_statement(struct store_sqlite *s, struct newest *newest,
	const struct schema_type *type)
{
	sqlite3_str *sql;

	if (newest->statement)
		return newest->statement;
	sql = sqlite3_str_new(s->db);
	sqlite3_str_appendf(sql, "SELECT max(id) FROM \"%w\"", type->name);
	return statement_made(s, &newest->statement, sqlite3_str_finish(sql));
}

/* Nothing, where there is no row: less than any id. */
static enum status
ask(struct store_sqlite *s, struct table *table)
{
	struct newest *newest = &table->newest;
	sqlite3_stmt *statement = newest_statement(s, newest, table->type);
	enum status status = STATUS_FAILED;
	struct pack_view id;

	if (statement)
		status = statement_next(s, statement);
	if (status != STATUS_OK)
		return STATUS_FAILED;
	id = column_blob(statement, 0);
	if (id.size <= sizeof newest->id) {
		memcpy(newest->id, id.bytes, id.size);
		newest->id_size = id.size;
		newest->known = true;
	}
	statement_reset(statement);
	return STATUS_OK;
}

enum status
newest_missed(struct store_sqlite *s, struct table *table)
{
	struct newest *newest = &table->newest;

	if (!s->in_transaction || is_known(s, newest))
		return STATUS_OK;
	if (newest->epoch != s->newest_epoch) {
		newest->epoch = s->newest_epoch;
		newest->known = false;
		newest->misses = 0;
	}
	return ++newest->misses < MISSES ? STATUS_OK : ask(s, table);
}

void
newest_written(struct store_sqlite *s, struct table *table,
	const struct record *record)
{
	struct newest *newest = &table->newest;

	if (!newest_is_below(s, table, record->id, record->id_size))
		return;
	memcpy(newest->id, record->id, record->id_size);
	newest->id_size = record->id_size;
}

void
newest_forget(struct store_sqlite *s)
{
	s->newest_epoch++;
}
