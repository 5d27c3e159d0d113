#include "tests/bench/raw.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "sync/alloc.h"
#include "tests/bench/fatal.h"

struct raw {
	sqlite3 *db;
	sqlite3_stmt *insert[WORK_TABLES];
	sqlite3_stmt *update[WORK_TABLES][WORK_COLUMNS];
	void (*before_commit)(void *self); /* or NULL */
	void *self;
};

static void
must(struct raw *raw, bool good)
{
	if (!good)
		fatal("sqlite: %s", sqlite3_errmsg(raw->db));
}

static void
run(struct raw *raw, const char *sql)
{
	must(raw, sqlite3_exec(raw->db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

static sqlite3_stmt *
prepare(struct raw *raw, sqlite3_str *sql)
{
	sqlite3_stmt *statement = NULL;
	char *text = sqlite3_str_finish(sql);

	must(raw,
		text &&
			sqlite3_prepare_v2(raw->db, text, -1, &statement,
				NULL) == SQLITE_OK);
	sqlite3_free(text);
	return statement;
}

static void
make_table(struct raw *raw, enum work_table table)
{
	const struct work_column *columns = work_columns[table];
	sqlite3_str *sql = sqlite3_str_new(raw->db);
	char *text;

	sqlite3_str_appendf(
		sql, "CREATE TABLE %s (id BLOB PRIMARY KEY", work_names[table]);
	for (int i = 0; i < WORK_COLUMNS; i++)
		sqlite3_str_appendf(sql, ", %s %s", columns[i].name,
			columns[i].form == WORK_NUMBER         ? "INTEGER"
				: columns[i].form == WORK_TEXT ? "TEXT"
							       : "BLOB");
	sqlite3_str_appendall(sql, ");");
	for (int i = 0; i < WORK_COLUMNS; i++)
		if (columns[i].indexed)
			sqlite3_str_appendf(sql,
				"CREATE INDEX %s_%s ON %s (%s);",
				work_names[table], columns[i].name,
				work_names[table], columns[i].name);
	text = sqlite3_str_finish(sql);
	run(raw, text);
	sqlite3_free(text);
}

static void
prepare_table(struct raw *raw, enum work_table table)
{
	sqlite3_str *sql = sqlite3_str_new(raw->db);

	sqlite3_str_appendf(sql, "INSERT INTO %s VALUES (?", work_names[table]);
	for (int i = 0; i < WORK_COLUMNS; i++)
		sqlite3_str_appendall(sql, ", ?");
	sqlite3_str_appendall(sql, ")");
	raw->insert[table] = prepare(raw, sql);
	for (int i = 0; i < WORK_COLUMNS; i++) {
		sql = sqlite3_str_new(raw->db);
		sqlite3_str_appendf(sql, "UPDATE %s SET %s = ? WHERE id = ?",
			work_names[table], work_columns[table][i].name);
		raw->update[table][i] = prepare(raw, sql);
	}
}

struct sqlite3 *
raw_connect(const char *path)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(path, &db) != SQLITE_OK ||
		sqlite3_exec(db,
			"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
			NULL, NULL, NULL) != SQLITE_OK)
		fatal("%s: %s", path, sqlite3_errmsg(db));
	return db;
}

struct raw *
raw_open(const char *path)
{
	struct raw *raw = alloc(sizeof *raw);

	raw->db = raw_connect(path);
	for (int i = 0; i < WORK_TABLES; i++)
		make_table(raw, (enum work_table)i);
	for (int i = 0; i < WORK_TABLES; i++)
		prepare_table(raw, (enum work_table)i);
	return raw;
}

void
raw_close(struct raw *raw)
{
	for (int i = 0; i < WORK_TABLES; i++) {
		(void)sqlite3_finalize(raw->insert[i]); /* repeats errors */
		for (int k = 0; k < WORK_COLUMNS; k++)
			(void)sqlite3_finalize(raw->update[i][k]);
	}
	must(raw, sqlite3_close(raw->db) == SQLITE_OK);
	free(raw);
}

static void
bind(struct raw *raw, sqlite3_stmt *statement, int at, enum work_form form,
	const struct work_value *value)
{
	int code = form == WORK_NUMBER
		? sqlite3_bind_int64(statement, at, value->number)
		: form == WORK_TEXT
		? sqlite3_bind_text(statement, at, value->bytes,
			  (int)value->size, SQLITE_STATIC)
		: sqlite3_bind_blob(statement, at, value->bytes,
			  (int)value->size, SQLITE_STATIC);

	must(raw, code == SQLITE_OK);
}

static void
step(struct raw *raw, sqlite3_stmt *statement)
{
	must(raw, sqlite3_step(statement) == SQLITE_DONE);
	must(raw, sqlite3_reset(statement) == SQLITE_OK);
}

static void
commit(struct raw *raw)
{
	if (raw->before_commit)
		raw->before_commit(raw->self);
	run(raw, "COMMIT");
}

struct sqlite3 *
raw_handle(struct raw *raw)
{
	return raw->db;
}

void
raw_before_commit(struct raw *raw, void (*cb)(void *self), void *self)
{
	raw->before_commit = cb;
	raw->self = self;
}

void
raw_insert(struct raw *raw, const struct workload *work, uint32_t each)
{
	for (uint32_t i = 0; i < work->count; i++) {
		const struct work_record *r = &work->records[i];
		sqlite3_stmt *insert = raw->insert[r->table];

		if (i % each == 0)
			run(raw, "BEGIN IMMEDIATE");
		must(raw,
			sqlite3_bind_blob(insert, 1, r->id, ID_BYTES,
				SQLITE_STATIC) == SQLITE_OK);
		for (int k = 0; k < WORK_COLUMNS; k++)
			bind(raw, insert, 2 + k, work_columns[r->table][k].form,
				&r->values[k]);
		step(raw, insert);
		if (i % each == each - 1 || i == work->count - 1)
			commit(raw);
	}
}

void
raw_update(
	struct raw *raw, const struct workload *work, int node, uint32_t each)
{
	for (uint32_t i = 0; i < work->update_count; i++) {
		const struct work_update *u = &work->updates[node][i];
		const struct work_record *r = &work->records[u->record];
		sqlite3_stmt *update = raw->update[r->table][u->column];

		if (i % each == 0)
			run(raw, "BEGIN IMMEDIATE");
		bind(raw, update, 1, work_columns[r->table][u->column].form,
			&u->value);
		must(raw,
			sqlite3_bind_blob(update, 2, r->id, ID_BYTES,
				SQLITE_STATIC) == SQLITE_OK);
		step(raw, update);
		if (i % each == each - 1 || i == work->update_count - 1)
			commit(raw);
	}
}

uint64_t
raw_count(struct raw *raw)
{
	uint64_t count = 0;

	for (int i = 0; i < WORK_TABLES; i++) {
		sqlite3_str *sql = sqlite3_str_new(raw->db);
		sqlite3_stmt *statement;

		sqlite3_str_appendf(
			sql, "SELECT count(*) FROM %s", work_names[i]);
		statement = prepare(raw, sql);
		must(raw, sqlite3_step(statement) == SQLITE_ROW);
		count += (uint64_t)sqlite3_column_int64(statement, 0);
		(void)sqlite3_finalize(statement); /* it was a SELECT */
	}
	return count;
}
