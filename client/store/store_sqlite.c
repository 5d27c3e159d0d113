#include "client/store/store_sqlite.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/database.h"
#include "client/store/newest.h"
#include "client/store/schema_sql.h"
#include "client/store/store_inside.h"
#include "client/store/trouble.h"
#include "sync/alloc.h"

enum {
	CHECKPOINT_PAGES = 4000, /* of 4 KiB: some 16 MB of WAL */
	BUSY_MS = 5000,          /* another process reads or writes */
};

/*
 * temp_store and cache are ours; a foreign tool that opens the file has its
 * own. wal_autocheckpoint is off: checkpoint() decides, so that none falls
 * into the middle of a sync.
 */
static const char pragmas[] = "PRAGMA page_size = 4096;"
			      "PRAGMA journal_mode = WAL;"
			      "PRAGMA synchronous = FULL;"
			      "PRAGMA foreign_keys = OFF;"
			      "PRAGMA cache_size = -16384;"
			      "PRAGMA temp_store = MEMORY;"
			      "PRAGMA trusted_schema = OFF;"
			      "PRAGMA secure_delete = ON;"
			      "PRAGMA wal_autocheckpoint = 0;";

/* Settings of the store's own. */
static const char fingerprint_name[] = "schema";
static const char rebuild_name[] = "rebuild"; /* there: it is to be done */

struct store_sqlite *
store_enter(void *self)
{
	struct store_sqlite *s = self;

	if (s->held)
		statement_reset(s->held);
	s->held = NULL;
	return s;
}

static int
wal_hook(void *self, sqlite3 *db, const char *name, int pages)
{
	struct store_sqlite *s = self;

	(void)db;
	(void)name;
	s->wal_pages = pages;
	return SQLITE_OK;
}

static void
checkpoint(struct store_sqlite *s)
{
	unsigned troubles = trouble_count();

	/* What is committed is safe in the WAL; the next try is as good. */
	(void)database_checkpoint(s->db, SQLITE_CHECKPOINT_PASSIVE);
	trouble_back_to(troubles);
	s->wal_pages = 0;
}

void
store_sqlite_cache(struct store *store, int kib)
{
	struct store_sqlite *s = store_enter(store->self);
	char sql[48];

	(void)snprintf(sql, sizeof sql, "PRAGMA cache_size = -%d", kib);
	/* Without it, it works as well. */
	(void)sqlite3_exec(s->db, sql, NULL, NULL, NULL);
}

/*
 * A transaction that SQLite has rolled back by itself, after an I/O error, is
 * still one to who writes: a statement would stand alone, and be kept. What
 * asks the store is stopped before that (statement.c); this stops the rest.
 * Anything but 0 makes SQLite roll it back, and tell the statement so.
 */
static int
refuse_alone(void *self)
{
	const struct store_sqlite *s = self;

	return s->in_transaction && !s->committing;
}

static enum status
begin(void *self)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *statement = statement_fixed(s, STATEMENT_BEGIN);
	enum status status = STATUS_FAILED;

	assert(!s->in_transaction);
	if (statement)
		status = statement_run(s, statement);
	s->in_transaction = status == STATUS_OK;
	newest_forget(s); /* others may have written */
	s->troubles = trouble_count();
	return status;
}

static enum status
commit(void *self)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *statement = statement_fixed(s, STATEMENT_COMMIT);
	enum status status = STATUS_FAILED;

	assert(s->in_transaction);
	/* Somebody took a failed read for the end of what there is. */
	if (trouble_count() != s->troubles)
		return store_problem_text(s, "%s", trouble_text());
	s->committing = true;
	if (statement)
		status = statement_run(s, statement);
	s->committing = false;
	if (status != STATUS_OK)
		return status;
	s->in_transaction = false;
	if (s->wal_pages > CHECKPOINT_PAGES)
		checkpoint(s);
	return STATUS_OK;
}

static void
rollback(void *self)
{
	struct store_sqlite *s = store_enter(self);

	/* SQLite has rolled back itself after some errors. */
	if (!sqlite3_get_autocommit(s->db))
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->in_transaction = false;
	s->search.known = s->search.whole = false;
	memset(s->hints, 0, ROW_HINTS * sizeof *s->hints);
}

static enum status
ask_integer(struct store_sqlite *s, const char *sql, int64_t *value)
{
	sqlite3_stmt *statement = NULL;
	enum status status = STATUS_FAILED;

	if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return store_problem(s);
	if (statement_next(s, statement) == STATUS_OK) {
		*value = sqlite3_column_int64(statement, 0);
		status = STATUS_OK;
	}
	(void)sqlite3_finalize(statement); /* it has been read */
	return status;
}

/* Whether the file is a store that we may work on; *fresh: nothing in it. */
static enum status
check_layout(struct store_sqlite *s, bool *fresh)
{
	int64_t application, layout, tables;

	if (ask_integer(s, "PRAGMA application_id", &application) ||
		ask_integer(s, "PRAGMA user_version", &layout) ||
		ask_integer(s, "SELECT count(*) FROM sqlite_schema", &tables))
		return STATUS_FAILED;
	*fresh = application == 0 && layout == 0 && tables == 0;
	if (*fresh)
		return STATUS_OK;
	if (application != STORE_APPLICATION)
		return store_problem_text(s, "not a Roadbook store");
	if (layout > STORE_LAYOUT)
		return store_problem_text(s,
			"made by a newer Roadbook (layout %d, this program "
			"knows up to %d); update this program",
			(int)layout, (int)STORE_LAYOUT);
	if (layout < 1)
		return store_problem_text(s, "damaged: it has no layout");
	return STATUS_OK;
}

static enum status
make_own(struct store_sqlite *s)
{
	char mark[96];

	(void)snprintf(mark, sizeof mark,
		"PRAGMA application_id = %d; PRAGMA user_version = %d;",
		(int)STORE_APPLICATION, (int)STORE_LAYOUT); /* it fits */
	return schema_sql_create_own(s) == STATUS_OK ? statement_text(s, mark)
						     : STATUS_FAILED;
}

/* Makes the tables when the schema is not the one they were made from. */
static enum status
follow_schema(struct store_sqlite *s, bool *changed)
{
	uint8_t now[FINGERPRINT_BYTES], *then = NULL;
	size_t size = 0;
	enum status status;

	schema_sql_fingerprint(s->store.schema, now);
	status = store_sqlite_setting_get(
		&s->store, fingerprint_name, &then, &size);
	if (status == STATUS_FAILED)
		return status;
	*changed = status == STATUS_ABSENT || size != sizeof now ||
		memcmp(then, now, sizeof now) != 0;
	free(then);
	if (!*changed)
		return STATUS_OK;
	status = schema_sql_create(s);
	return status == STATUS_OK ? store_sqlite_setting_set(&s->store,
					     fingerprint_name, now, sizeof now)
				   : status;
}

/*
 * New tables are empty until the caller has projected everything again, which
 * is another transaction: what dies between the two is to do it the next time.
 */
static enum status
remember_rebuild(struct store_sqlite *s, bool needed, bool *rebuild)
{
	uint8_t *mark = NULL;
	size_t size = 0;
	enum status status;

	if (needed) {
		*rebuild = true;
		return store_sqlite_setting_set(&s->store, rebuild_name, "", 0);
	}
	status =
		store_sqlite_setting_get(&s->store, rebuild_name, &mark, &size);
	free(mark);
	*rebuild = status == STATUS_OK;
	return status == STATUS_FAILED ? status : STATUS_OK;
}

enum status
store_sqlite_rebuilt(struct store *store)
{
	struct store_sqlite *s = store_enter(store->self);

	return statement_text(s, "DELETE FROM _setting WHERE name = 'rebuild'");
}

static enum status
prepare_tables(struct store_sqlite *s, bool *rebuild)
{
	bool fresh, changed = false, needed = false;
	enum status status = begin(s);

	if (status == STATUS_OK)
		status = check_layout(s, &fresh);
	if (status == STATUS_OK && fresh)
		status = make_own(s);
	if (status == STATUS_OK)
		status = schema_sql_add_own(s);
	if (status == STATUS_OK)
		status = follow_schema(s, &changed);
	if (status == STATUS_OK)
		status = schema_sql_lookups(s);
	if (status == STATUS_OK)
		status = remember_rebuild(s, changed && !fresh, &needed);
	if (status == STATUS_OK)
		status = commit(s);
	if (status == STATUS_OK)
		*rebuild = needed;
	else
		rollback(s);
	return status;
}

static enum status
connect_file(struct store_sqlite *s, const char *path, const uint8_t *key)
{
	if (database_open(&s->db, path, key) != SQLITE_OK)
		return store_problem(s);
	(void)sqlite3_busy_timeout(s->db, BUSY_MS);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	if (statement_text(s, pragmas) != STATUS_OK)
		return STATUS_FAILED;
	(void)sqlite3_wal_hook(s->db, wal_hook, s);
	(void)sqlite3_commit_hook(s->db, refuse_alone, s);
	return STATUS_OK;
}

static struct store_sqlite *
store_new(const struct schema *schema)
{
	struct store_sqlite *s = alloc(sizeof *s);

	s->store = (struct store){.self = s,
		.schema = schema,
		.begin = begin,
		.commit = commit,
		.rollback = rollback,
		.territory = store_territory,
		.logs = store_logs,
		.log_save = store_log_save,
		.segment_append = store_segment_append,
		.segment_read = store_segment_read,
		.segment_replace = store_segment_replace,
		.segment_cut = store_segment_cut,
		.scrub = store_scrub,
		.pending_append = store_pending_append,
		.pending_read = store_pending_read,
		.pending_drop = store_pending_drop,
		.record_load = store_record_load,
		.record_save = store_record_save,
		.history_add = store_history_add,
		.history = store_history,
		.children = store_children,
		.aliases = store_aliases,
		.records = store_records,
		.records_of = store_records_of,
		.territory_clear = store_territory_clear,
		.territory_drop = store_territory_drop,
		.log_left = store_log_left,
		.logs_back = store_logs_back};
	s->hints = alloc(ROW_HINTS * sizeof *s->hints);
	randombytes_buf(s->hash_key, sizeof s->hash_key);
	return s;
}

/*
 * Whoever was killed between writing and syncing left changes in the WAL that
 * are read as committed. They are made to last before anybody is told of them:
 * else a power cut takes back what other nodes have heard by then.
 */
static enum status
sync_wal(struct store_sqlite *s)
{
	sqlite3_file *wal = NULL;
	sqlite3_int64 size = 0;
	int code = sqlite3_file_control(
		s->db, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &wal);

	if (code == SQLITE_OK && wal && wal->pMethods)
		code = wal->pMethods->xFileSize(wal, &size);
	if (code == SQLITE_OK && size > 0)
		code = wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
	return code == SQLITE_OK ? STATUS_OK
				 : store_problem_text(s, "%s-wal: %s",
					   sqlite3_db_filename(s->db, NULL),
					   sqlite3_errstr(code));
}

static enum status
check_schema(struct store_sqlite *s)
{
	struct schema_fault fault = {0};

	if (schema_check(s->store.schema, &fault))
		return STATUS_OK;
	return store_problem_text(s, "schema: %s%s%s: %s",
		fault.type ? fault.type : "", fault.field ? "." : "",
		fault.field ? fault.field : "",
		fault.rule ? fault.rule : "breaks its rules");
}

enum status
store_sqlite_open(struct store **out, const char *path,
	const struct schema *schema, bool *rebuild, char *reason, size_t size)
{
	return store_sqlite_open_sealed(
		out, path, NULL, schema, rebuild, reason, size);
}

enum status
store_sqlite_open_sealed(struct store **out, const char *path,
	const uint8_t *key, const struct schema *schema, bool *rebuild,
	char *reason, size_t size)
{
	struct store_sqlite *s = store_new(schema);
	enum status status = STATUS_FAILED;

	*rebuild = false;
	if (check_schema(s) != STATUS_OK)
		goto out;
	tables_init(&s->tables, schema);
	if (connect_file(s, path, key) != STATUS_OK ||
		prepare_tables(s, rebuild) != STATUS_OK ||
		sync_wal(s) != STATUS_OK)
		goto out;
	*out = &s->store;
	s = NULL; /* the caller's from here */
	status = STATUS_OK;
out:
	if (s) {
		(void)snprintf(reason, size, "%s: %s", path, s->problem);
		store_sqlite_close(&s->store);
	}
	return status;
}

void
store_sqlite_close(struct store *store)
{
	struct store_sqlite *s;

	if (!store)
		return;
	s = store_enter(store->self);
	if (s->in_transaction)
		rollback(s);
	tables_clear(&s->tables);
	statements_clear(s);
	if (s->db)
		checkpoint(s);
	database_close(s->db);
	buffer_clear(&s->versions);
	free(s->in_columns);
	free(s->hints);
	free(s->search.last);
	free(s);
}

sqlite3 *
store_sqlite_handle(struct store *store)
{
	return ((struct store_sqlite *)store->self)->db;
}

/* No statement may be in the middle of something when rows are copied. */
enum status
store_sqlite_copy(struct store *store, const char *path, const uint8_t *key)
{
	struct store_sqlite *s = store_enter(store->self);
	int code = database_copy(s->db, path, key);

	return code == SQLITE_OK
		? STATUS_OK
		: store_problem_text(s, "%s", sqlite3_errstr(code));
}

const char *
store_sqlite_problem(struct store *store)
{
	const struct store_sqlite *s = store->self;

	return *s->problem ? s->problem : trouble_text();
}

enum status
store_sqlite_setting_get(
	struct store *store, const char *name, uint8_t **value, size_t *size)
{
	struct store_sqlite *s = store_enter(store->self);
	sqlite3_stmt *statement = statement_fixed(s, STATEMENT_SETTING_GET);
	enum status status;

	if (!statement)
		return STATUS_FAILED;
	bind_text(statement, 1, name);
	status = statement_next(s, statement);
	if (status == STATUS_OK) {
		struct pack_view bytes = column_blob(statement, 0);

		*value = alloc_copy(bytes.bytes, bytes.size);
		*size = bytes.size;
		statement_reset(statement);
	}
	return status;
}

enum status
store_sqlite_setting_set(
	struct store *store, const char *name, const void *value, size_t size)
{
	struct store_sqlite *s = store_enter(store->self);
	sqlite3_stmt *statement = statement_fixed(s, STATEMENT_SETTING_SET);

	if (!statement)
		return STATUS_FAILED;
	bind_text(statement, 1, name);
	bind_blob(statement, 2, value, size);
	return statement_run(s, statement);
}
