#include <string.h>

#include "client/store/database.h"
#include "client/store/search_index.h"
#include "client/store/store_inside.h"

/*
 * Forgetting a territory for good. SQLite leaves what was deleted in free
 * space of pages, in free pages and in the WAL; so the drop notes that the file
 * is to be cleaned, in the same transaction, and store_sqlite_clean() writes it
 * anew and cuts the WAL. Whatever interrupts that, the note stands.
 */

static const char unclean[] = "unclean";

/*
 * Every table with a column for the territory's number, whoever made it: the
 * schema's, our own, those that the node keeps beside.
 */
static enum status
append_deletes(struct store_sqlite *s, sqlite3_str *sql, uint32_t territory)
{
	static const char tables[] =
		"SELECT m.name, c.name FROM sqlite_schema m, "
		"pragma_table_info(m.name) c WHERE m.type = 'table' "
		"AND c.name IN ('territory', '_territory') "
		"AND c.type = 'INTEGER'";
	sqlite3_stmt *statement = NULL;
	enum status status;

	if (sqlite3_prepare_v2(s->db, tables, -1, &statement, NULL) !=
		SQLITE_OK)
		return store_problem(s);
	while ((status = statement_next(s, statement)) == STATUS_OK)
		sqlite3_str_appendf(sql,
			"DELETE FROM \"%w\" WHERE \"%w\" = %u;",
			(const char *)sqlite3_column_text(statement, 0),
			(const char *)sqlite3_column_text(statement, 1),
			territory);
	(void)sqlite3_finalize(statement); /* repeats an error */
	return status == STATUS_ABSENT ? STATUS_OK : status;
}

static enum status
remember_left(struct store_sqlite *s, uint32_t territory, const uint8_t *device)
{
	sqlite3_stmt *statement = statement_fixed(s, STATEMENT_LEFT_ADD);

	if (!statement)
		return STATUS_FAILED;
	bind_integer(statement, 1, territory);
	bind_blob(statement, 2, device, ID_BYTES);
	return statement_run(s, statement);
}

/* Unbound is NULL: any. */
enum status
store_log_left(
	void *self, const uint8_t *territory, const uint8_t *log, int64_t *last)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *statement = statement_fixed(s, STATEMENT_LEFT_FIND);
	enum status status;

	if (!statement)
		return STATUS_FAILED;
	(void)sqlite3_clear_bindings(statement);
	if (territory)
		bind_blob(statement, 1, territory, ID_BYTES);
	if (log)
		bind_blob(statement, 2, log, LOG_BYTES);
	status = statement_next(s, statement);
	if (status == STATUS_OK)
		*last = sqlite3_column_int64(statement, 0); /* NULL is 0 */
	statement_reset(statement);
	return status;
}

enum status
store_logs_back(void *self, const uint8_t *territory)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *statement = statement_fixed(s, STATEMENT_LEFT_DROP);

	if (!statement)
		return STATUS_FAILED;
	bind_blob(statement, 1, territory, ID_BYTES);
	return statement_run(s, statement);
}

enum status
store_scrub(void *self)
{
	struct store_sqlite *s = store_enter(self);
	uint8_t mark = 1;

	s->unclean = true;
	return store_sqlite_setting_set(&s->store, unclean, &mark, sizeof mark);
}

bool
store_sqlite_unclean(struct store *store)
{
	return ((struct store_sqlite *)store->self)->unclean;
}

enum status
store_territory_drop(void *self, uint32_t territory, const uint8_t *device)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_str *sql = sqlite3_str_new(s->db);
	enum status status = search_index_drop(s);
	char *text;

	if (status == STATUS_OK)
		status = remember_left(s, territory, device);
	if (status == STATUS_OK)
		status = append_deletes(s, sql, territory);

	sqlite3_str_appendf(
		sql, "DELETE FROM _territory WHERE number = %u;", territory);
	text = sqlite3_str_finish(sql);
	if (status == STATUS_OK)
		status = text ? statement_text(s, text) : STATUS_FAILED;
	sqlite3_free(text);
	memset(s->hints, 0, ROW_HINTS * sizeof *s->hints);
	if (status != STATUS_OK)
		return status;
	return store_scrub(s);
}

enum status
store_sqlite_clean(struct store *store)
{
	struct store_sqlite *s = store_enter(store->self);
	sqlite3_stmt *setting = statement_fixed(s, STATEMENT_SETTING_GET);
	enum status status;

	if (!setting)
		return STATUS_FAILED;
	bind_text(setting, 1, unclean);
	status = statement_next(s, setting);
	if (status == STATUS_ABSENT)
		s->unclean = false;
	if (status != STATUS_OK)
		return status == STATUS_ABSENT ? STATUS_OK : status;
	statement_reset(setting);
	status = statement_text(s, "VACUUM");
	if (status == STATUS_OK &&
		database_checkpoint(s->db, SQLITE_CHECKPOINT_TRUNCATE) !=
			SQLITE_OK)
		status = store_problem(s);
	if (status == STATUS_OK)
		status = statement_text(
			s, "DELETE FROM _setting WHERE name = 'unclean'");
	if (status == STATUS_OK)
		s->unclean = false;
	return status;
}
