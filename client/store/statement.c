#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "client/store/store_inside.h"
#include "client/text/text.h"

static const char *const texts[STATEMENT_COUNT] = {
	[STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
	[STATEMENT_COMMIT] = "COMMIT",
	[STATEMENT_SETTING_GET] = "SELECT value FROM _setting WHERE name = ?",
	[STATEMENT_SETTING_SET] =
		"INSERT INTO _setting (name, value) VALUES (?, ?) "
		"ON CONFLICT DO UPDATE SET value = excluded.value",
	[STATEMENT_TERRITORY_FIND] =
		"SELECT number FROM _territory WHERE id = ?",
	[STATEMENT_TERRITORY_ADD] = "INSERT INTO _territory (id) VALUES (?)",
	[STATEMENT_LOGS] =
		"SELECT number, id, kept, kept_name, applied, context "
		"FROM _log WHERE territory = ? ORDER BY number",
	[STATEMENT_LOG_SAVE] =
		"INSERT INTO _log (territory, number, id, kept, kept_name, "
		"applied, context) VALUES (?, ?, ?, ?, ?, ?, ?) "
		"ON CONFLICT (territory, number) DO UPDATE SET "
		"kept = excluded.kept, kept_name = excluded.kept_name, "
		"applied = excluded.applied, context = excluded.context",
	[STATEMENT_LOGS_ZERO] = "UPDATE _log SET applied = 0, context = x'' "
				"WHERE territory = ?",
	[STATEMENT_LEFT_ADD] =
		"INSERT INTO _left (territory, log, last) "
		"SELECT t.id, l.id, l.kept FROM _log l "
		"JOIN _territory t ON t.number = l.territory "
		"WHERE l.territory = ? AND substr(l.id, 1, 16) = ? "
		"AND l.kept > 0 "
		"ON CONFLICT DO UPDATE SET last = max(last, excluded.last)",
	[STATEMENT_LEFT_FIND] = "SELECT max(last) FROM _left "
				"WHERE territory = ifnull(?1, territory) "
				"AND log = ifnull(?2, log)",
	[STATEMENT_LEFT_DROP] = "DELETE FROM _left WHERE territory = ?",
	[STATEMENT_SEGMENT_ADD] =
		"INSERT INTO _segment (territory, log, first, last, bytes) "
		"VALUES (?, ?, ?, ?, ?)",
	[STATEMENT_SEGMENT_FIND] =
		"SELECT first, bytes FROM _segment "
		"WHERE territory = ? AND log = ? AND last >= ? "
		"ORDER BY last LIMIT 1",
	[STATEMENT_SEGMENT_REPLACE] =
		"UPDATE _segment SET bytes = ?5 WHERE territory = ?1 "
		"AND log = ?2 AND first = ?3 AND last = ?4",
	[STATEMENT_SEGMENT_CUT] = "DELETE FROM _segment WHERE territory = ? "
				  "AND log = ? AND last >= ?",
	[STATEMENT_RECEIPT_CUT] = "DELETE FROM _receipt WHERE territory = ? "
				  "AND log = ? AND last >= ?",
	[STATEMENT_RECEIPT_ADD] =
		"INSERT INTO _receipt (territory, log, last, first, at) "
		"VALUES (?, ?, ?, ?, ?)",
	[STATEMENT_RECEIPT_FIND] =
		"SELECT first, at FROM _receipt "
		"WHERE territory = ? AND log = ? AND last >= ? "
		"ORDER BY last LIMIT 1",
	[STATEMENT_PENDING_ADD] =
		"INSERT INTO _pending (territory, log, seq, change) "
		"VALUES (?, ?, ?, ?)",
	[STATEMENT_PENDING_FIND] =
		"SELECT change FROM _pending "
		"WHERE territory = ? AND log = ? AND seq = ?",
	[STATEMENT_PENDING_DROP] =
		"DELETE FROM _pending "
		"WHERE territory = ? AND log = ? AND seq <= ?",
	[STATEMENT_HISTORY_ADD] =
		"INSERT OR IGNORE INTO _history (territory, type, id, log, "
		"seq) VALUES (?, ?, ?, ?, ?)",
	[STATEMENT_HISTORY] =
		"SELECT log, seq FROM _history WHERE territory = ? "
		"AND type = ? AND id = ? ORDER BY log, seq",
	[STATEMENT_INBOX_ADD] = "INSERT OR IGNORE INTO _conflict "
				"(territory, type, record, field, why, "
				"undecided, id) VALUES (?, ?, ?, ?, ?, ?, ?)",
	[STATEMENT_INBOX_DROP] = "DELETE FROM _conflict WHERE territory = ? "
				 "AND type = ? AND record = ?",
	[STATEMENT_UNKNOWN_LOAD] =
		"SELECT id, ver FROM _record "
		"WHERE territory = ? AND type = ? AND id = ?",
	[STATEMENT_UNKNOWN_SAVE] =
		"INSERT INTO _record (territory, type, id, ver) "
		"VALUES (?, ?, ?, ?) "
		"ON CONFLICT DO UPDATE SET ver = excluded.ver",
	[STATEMENT_UNKNOWN_DROP] = "DELETE FROM _record "
				   "WHERE territory = ? AND type = ? "
				   "AND id = ?",
	[STATEMENT_UNKNOWN_TYPES] =
		"SELECT DISTINCT type FROM _record WHERE territory = ? "
		"ORDER BY type",
	[STATEMENT_UNKNOWN_SCAN] =
		"SELECT id, ver FROM _record "
		"WHERE territory = ? AND type = ? ORDER BY id",
	[STATEMENT_UNKNOWN_ALIASES] =
		"SELECT id FROM _record WHERE substr(id, 17) = ? "
		"AND territory = ? AND type = 1", /* SCHEMA_ALIAS */
	[STATEMENT_SEARCH_THERE] =
		"SELECT 1 FROM sqlite_schema WHERE name = '_search_done'",
	[STATEMENT_SEARCH_DONE] = "SELECT type, last FROM _search_done",
	[STATEMENT_SEARCH_SET] =
		"INSERT INTO _search_done (type, last) VALUES (?, ?) "
		"ON CONFLICT DO UPDATE SET last = excluded.last",
	[STATEMENT_SEARCH_ANY_STALE] = "SELECT 1 FROM _search_stale LIMIT 1",
	[STATEMENT_SEARCH_STALE] =
		"INSERT OR IGNORE INTO _search_stale (type, id, territory) "
		"VALUES (?, ?, ?)",
	[STATEMENT_SEARCH_FRESH] = "DELETE FROM _search_stale "
				   "WHERE type = ? AND id = ? "
				   "AND territory = ?",
	[STATEMENT_SEARCH_ADD] =
		"INSERT INTO _search (rowid, tokens) VALUES (?, ?)",
	[STATEMENT_SEARCH_MATCH] = "SELECT rowid FROM _search WHERE _search "
				   "MATCH ? ORDER BY rowid",
};

enum status
store_problem(struct store_sqlite *s)
{
	int code = sqlite3_errcode(s->db) & 0xff;
	int error = sqlite3_system_errno(s->db);
	const char *says = sqlite3_errmsg(s->db);

	/* SQLite says "disk I/O error" to most of what the system says. */
	if (sqlite3_extended_errcode(s->db) == SQLITE_IOERR_DATA)
		says = T("the file is damaged");
	else if (code == SQLITE_FULL)
		says = text_errno(ENOSPC);
	else if (code == SQLITE_IOERR || code == SQLITE_CANTOPEN)
		says = text_errno(error ? error : EIO);
	else if (code == SQLITE_READONLY)
		says = text_errno(EROFS);
	else if (code == SQLITE_CORRUPT)
		says = T("the file is damaged");
	else if (code == SQLITE_NOTADB)
		says = T("it is not a database, or it is damaged");
	/* A cut message is still one. */
	(void)snprintf(s->problem, sizeof s->problem, "%s", says);
	return STATUS_FAILED;
}

enum status
store_problem_text(struct store_sqlite *s, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	(void)vsnprintf(s->problem, sizeof s->problem, format, list);
	va_end(list);
	return STATUS_FAILED;
}

static sqlite3_stmt *
prepare(struct store_sqlite *s, sqlite3_stmt **slot, const char *sql)
{
	if (!*slot &&
		sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
			slot, NULL) != SQLITE_OK)
		(void)store_problem(s);
	return *slot;
}

sqlite3_stmt *
statement_fixed(struct store_sqlite *s, enum statement which)
{
	return prepare(s, &s->fixed[which], texts[which]);
}

sqlite3_stmt *
statement_made(struct store_sqlite *s, sqlite3_stmt **slot, char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (sql)
		statement = prepare(s, slot, sql);
	else
		(void)store_problem_text(s, "out of memory");
	sqlite3_free(sql);
	return statement;
}

/*
 * After an I/O error, even of a read, SQLite may have rolled the transaction
 * back by itself. What would be written from there on would stand alone, each
 * statement for itself: nothing runs until the caller has rolled back, too.
 */
static bool
has_lost_transaction(const struct store_sqlite *s)
{
	return s->in_transaction && sqlite3_get_autocommit(s->db);
}

enum status
statement_text(struct store_sqlite *s, const char *sql)
{
	if (has_lost_transaction(s))
		return STATUS_FAILED; /* the problem noted is the reason */
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK
		? STATUS_OK
		: store_problem(s);
}

void
statement_reset(sqlite3_stmt *statement)
{
	(void)sqlite3_reset(statement); /* repeats an old error */
}

enum status
statement_next(struct store_sqlite *s, sqlite3_stmt *statement)
{
	enum status status;
	int code;

	if (has_lost_transaction(s)) {
		statement_reset(statement);
		return STATUS_FAILED; /* the problem noted is the reason */
	}
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		return STATUS_OK;
	status = code == SQLITE_DONE ? STATUS_ABSENT : store_problem(s);
	statement_reset(statement);
	return status;
}

enum status
statement_run(struct store_sqlite *s, sqlite3_stmt *statement)
{
	enum status status = statement_next(s, statement);

	assert(status != STATUS_OK);
	return status == STATUS_ABSENT ? STATUS_OK : status;
}

void
statements_clear(struct store_sqlite *s)
{
	for (int i = 0; i < STATEMENT_COUNT; i++) {
		(void)sqlite3_finalize(s->fixed[i]); /* repeats an error */
		s->fixed[i] = NULL;
	}
}

/* These fail for a wrong index alone, which is a bug. */

void
bind_integer(sqlite3_stmt *statement, int at, int64_t value)
{
	int code = sqlite3_bind_int64(statement, at, value);

	assert(code == SQLITE_OK);
}

void
bind_blob(sqlite3_stmt *statement, int at, const void *bytes, size_t size)
{
	int code = size
		? sqlite3_bind_blob64(statement, at, bytes, size, SQLITE_STATIC)
		: sqlite3_bind_zeroblob(statement, at, 0);

	assert(code == SQLITE_OK);
}

void
bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	int code = sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);

	assert(code == SQLITE_OK);
}

struct pack_view
column_blob(sqlite3_stmt *statement, int at)
{
	struct pack_view view;

	view.bytes = sqlite3_column_blob(statement, at);
	view.size = (size_t)sqlite3_column_bytes(statement, at);
	if (!view.bytes)
		view = (struct pack_view){(const uint8_t *)"", 0};
	return view;
}
