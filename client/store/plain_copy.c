#include "client/store/plain_copy.h"

#include "client/store/database.h"
#include "client/store/query_sql.h"
#include "client/store/schema_sql.h"

struct copying {
	struct store_sqlite *s;
	const struct plain_copy_options *options;
	uint64_t records;
};

/* Runs and frees what was put together. */
static enum status
run(struct copying *c, sqlite3_str *sql)
{
	char *text = sqlite3_str_finish(sql);
	enum status status = text ? statement_text(c->s, text)
				  : store_problem_text(c->s, "out of memory");

	sqlite3_free(text);
	return status;
}

static enum status
count_type(struct copying *c, const char *name)
{
	sqlite3_str *sql = sqlite3_str_new(c->s->db);
	sqlite3_stmt *statement = NULL;
	enum status status = STATUS_FAILED;

	sqlite3_str_appendf(
		sql, "SELECT count(*) FROM " DATABASE_PLAIN ".\"%w\"", name);
	if (statement_made(c->s, &statement, sqlite3_str_finish(sql)))
		status = statement_next(c->s, statement);
	if (status == STATUS_OK)
		c->records += (uint64_t)sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement); /* it has been read */
	return status;
}

static enum status
copy_type(struct copying *c, const struct table *table)
{
	const char *name = table->type->name;
	struct query_territories from = {
		c->options->territories, c->options->territory_count};
	sqlite3_str *sql = sqlite3_str_new(c->s->db);
	enum status status;

	sqlite3_str_appendf(sql,
		"CREATE TABLE " DATABASE_PLAIN
		".\"%w\" AS SELECT t.id, t._territory",
		name);
	for (uint32_t i = 0; i < table->slot_count; i++)
		schema_sql_columns(sql, &table->slots[i], "t.");
	sqlite3_str_appendf(sql, " FROM main.\"%w\" t WHERE 1", name);
	query_sql_territories(sql, "t._territory", from);
	if (!c->options->archived) {
		query_sql_without_mark(sql, table, SCHEMA_ARCHIVED);
		query_sql_without_mark(sql, table, SCHEMA_MOVED);
	}
	status = run(c, sql);
	if (status != STATUS_OK)
		return status;
	status = count_type(c, name);
	if (status != STATUS_OK)
		return status;
	sql = sqlite3_str_new(c->s->db);
	sqlite3_str_appendf(sql,
		"CREATE UNIQUE INDEX " DATABASE_PLAIN
		".\"_%w_id\" ON \"%w\" (id, _territory);",
		name, name);
	for (uint32_t i = 0; i < table->set_count; i++)
		sqlite3_str_appendf(sql,
			"CREATE TABLE " DATABASE_PLAIN
			".\"%w\" AS SELECT * FROM main.\"%w\""
			" WHERE (id, _territory) IN (SELECT id, _territory"
			" FROM " DATABASE_PLAIN ".\"%w\");"
			"CREATE INDEX " DATABASE_PLAIN
			".\"_%w_id\" ON \"%w\" (id);",
			table->sets[i].name, table->sets[i].name, name,
			table->sets[i].name, table->sets[i].name);
	return run(c, sql);
}

static enum status
name_territories(struct copying *c)
{
	sqlite3_str *sql = sqlite3_str_new(c->s->db);

	sqlite3_str_appendall(sql,
		"CREATE TABLE " DATABASE_PLAIN
		"._territory (number INTEGER PRIMARY KEY, path TEXT NOT "
		"NULL);");
	for (size_t i = 0; i < c->options->territory_count; i++)
		sqlite3_str_appendf(sql,
			"INSERT INTO " DATABASE_PLAIN
			"._territory VALUES (%u, '%q');",
			c->options->territories[i], c->options->paths[i]);
	return run(c, sql);
}

static enum status
copy_all(struct copying *c)
{
	enum status status = statement_text(c->s, "BEGIN");

	if (status == STATUS_OK)
		status = name_territories(c);
	for (size_t i = 0; status == STATUS_OK && i < c->s->tables.count; i++)
		if (c->options->wanted(c->s->tables.list[i].type))
			status = copy_type(c, &c->s->tables.list[i]);
	if (status == STATUS_OK)
		return statement_text(c->s, "COMMIT");
	/* SQLite has rolled back itself after some errors. */
	if (!sqlite3_get_autocommit(c->s->db))
		(void)sqlite3_exec(c->s->db, "ROLLBACK", NULL, NULL, NULL);
	return status;
}

enum status
plain_copy_write(struct store *store, const char *path,
	const struct plain_copy_options *options, uint64_t *records)
{
	struct copying c = {.s = store_enter(store->self), .options = options};
	enum status status;

	database_remove(path);
	if (database_attach_plain(c.s->db, path) == SQLITE_OK)
		status = copy_all(&c);
	else
		status = store_problem(c.s);
	if (database_detach_plain(c.s->db, path) != SQLITE_OK &&
		status == STATUS_OK)
		status = store_problem_text(c.s, "%s: cannot be synced", path);
	if (status != STATUS_OK)
		database_remove(path);
	*records = c.records;
	return status;
}
