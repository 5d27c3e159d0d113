#ifndef CLIENT_STORE_STORE_INSIDE_H
#define CLIENT_STORE_STORE_INSIDE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/store/store_sqlite.h"
#include "client/store/table.h"
#include "client/store/varint.h"

/*
 * What the files of this folder share: the connection, its prepared
 * statements, and the calls that fill in the seam (sync/store.h), one file a
 * noun.
 */

/* Statements that do not depend on the schema; their SQL is in statement.c. */
enum statement {
	STATEMENT_BEGIN,
	STATEMENT_COMMIT,
	STATEMENT_SETTING_GET,
	STATEMENT_SETTING_SET,
	STATEMENT_TERRITORY_FIND,
	STATEMENT_TERRITORY_ADD,
	STATEMENT_LOGS,
	STATEMENT_LOG_SAVE,
	STATEMENT_LOGS_ZERO,
	STATEMENT_LEFT_ADD,
	STATEMENT_LEFT_FIND,
	STATEMENT_LEFT_DROP,
	STATEMENT_SEGMENT_ADD,
	STATEMENT_SEGMENT_FIND,
	STATEMENT_SEGMENT_REPLACE,
	STATEMENT_SEGMENT_CUT,
	STATEMENT_RECEIPT_CUT,
	STATEMENT_RECEIPT_ADD,
	STATEMENT_RECEIPT_FIND,
	STATEMENT_PENDING_ADD,
	STATEMENT_PENDING_FIND,
	STATEMENT_PENDING_DROP,
	STATEMENT_HISTORY_ADD,
	STATEMENT_HISTORY,
	STATEMENT_INBOX_ADD,
	STATEMENT_INBOX_DROP,
	STATEMENT_UNKNOWN_LOAD,
	STATEMENT_UNKNOWN_SAVE,
	STATEMENT_UNKNOWN_DROP,
	STATEMENT_UNKNOWN_TYPES,
	STATEMENT_UNKNOWN_SCAN,
	STATEMENT_UNKNOWN_ALIASES,
	STATEMENT_SEARCH_THERE, /* the others only when it is */
	STATEMENT_SEARCH_DONE,
	STATEMENT_SEARCH_SET,
	STATEMENT_SEARCH_STALE,
	STATEMENT_SEARCH_ANY_STALE,
	STATEMENT_SEARCH_FRESH,
	STATEMENT_SEARCH_ADD,
	STATEMENT_SEARCH_MATCH,
	STATEMENT_COUNT,
};

/*
 * What the store remembers of a row that it read or wrote, so that saving it
 * again needs no look at its sets and inbox rows. Only a hint: a row that is
 * not here is looked at.
 */
struct row_hint {
	bool used;
	bool inbox; /* has rows in _conflict */
	uint32_t territory;
	uint32_t type;
	uint8_t id[RECORD_ID_MAX];
	uint64_t sets; /* hash of what the set tables hold of it */
};

enum { ROW_HINTS = 1024 };

/* What is in memory of the search index (search_index.h). */
struct search_state {
	bool known; /* the rest is as the file says */
	bool there;
	int64_t *last; /* by table: the last rowid that is indexed */
	int changes;   /* rows that indexing wrote */
	bool whole;    /* nothing was lacking when it was looked at */
	int whole_at;  /* … which was after so many changes */
};

struct store_sqlite {
	struct store store; /* its `self` is this */
	sqlite3 *db;
	struct tables tables;
	sqlite3_stmt *fixed[STATEMENT_COUNT];
	/* Its row is with a caller until the next call on the store. */
	sqlite3_stmt *held;
	int64_t (*now_ms)(void); /* for receipts; NULL: none are noted */
	bool in_transaction;
	bool committing;   /* within commit() */
	bool unclean;      /* store_scrub() was called */
	unsigned troubles; /* before it (trouble.h) */
	int wal_pages;     /* in the WAL after the last commit */
	/* Scratch of row.c. */
	struct buffer versions;
	bool *in_columns;
	size_t in_columns_room;
	struct row_hint *hints; /* ROW_HINTS */
	struct search_state search;
	uint64_t newest_epoch; /* newest.h; from 1 */
	uint8_t hash_key[16];
	char problem[256];
};

/* The store's own struct; ends what the last call left with its caller. */
struct store_sqlite *store_enter(void *self);

/* NULL with a problem noted when it cannot be prepared. */
sqlite3_stmt *statement_fixed(struct store_sqlite *s, enum statement which);
/* Prepares the SQL into *slot unless it is there. Frees `sql` by sqlite3. */
sqlite3_stmt *statement_made(
	struct store_sqlite *s, sqlite3_stmt **slot, char *sql);
/* Runs SQL that answers with no rows and takes nothing. */
MUST_USE enum status statement_text(struct store_sqlite *s, const char *sql);
/* Steps a statement that has no rows, and resets it. */
MUST_USE enum status statement_run(
	struct store_sqlite *s, sqlite3_stmt *statement);
/*
 * STATUS_OK with a row; else resets it: STATUS_ABSENT after the last one,
 * STATUS_FAILED.
 */
MUST_USE enum status statement_next(
	struct store_sqlite *s, sqlite3_stmt *statement);
void statement_reset(sqlite3_stmt *statement);
void statements_clear(struct store_sqlite *s);

/* Parameters count from 1. The bytes must outlive the step. */
void bind_integer(sqlite3_stmt *statement, int at, int64_t value);
void bind_blob(sqlite3_stmt *statement, int at, const void *bytes, size_t size);
void bind_text(sqlite3_stmt *statement, int at, const char *text);
/* A result column's bytes: no bytes for NULL. */
struct pack_view column_blob(sqlite3_stmt *statement, int at);

/* Notes what SQLite said, or `text` about a row. Returns STATUS_FAILED. */
enum status store_problem(struct store_sqlite *s);
enum status store_problem_text(struct store_sqlite *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The seam, by the files that have it. */

/* logs.c */
enum status store_territory(void *self, const uint8_t *id, uint32_t *number);
enum status store_logs(void *self, uint32_t territory, struct store_log **logs,
	uint32_t *count);
enum status store_log_save(void *self, uint32_t territory, uint32_t number,
	const struct store_log *log);

/* segments.c */
enum status store_segment_append(void *self, uint32_t territory, uint32_t log,
	const struct segment *segment, const uint8_t *bytes);
enum status store_segment_read(void *self, uint32_t territory, uint32_t log,
	int64_t seq, struct pack_view *bytes);
enum status store_segment_replace(void *self, uint32_t territory, uint32_t log,
	const struct segment *segment, const uint8_t *bytes);
enum status store_segment_cut(
	void *self, uint32_t territory, uint32_t log, int64_t from);
enum status store_pending_append(void *self, uint32_t territory, uint32_t log,
	int64_t seq, struct pack_view change);
enum status store_pending_read(void *self, uint32_t territory, uint32_t log,
	int64_t seq, struct pack_view *change);
enum status store_pending_drop(
	void *self, uint32_t territory, uint32_t log, int64_t seq);

/* records.c */
enum status store_record_load(void *self, uint32_t territory, uint32_t type,
	const uint8_t *id, size_t id_size, struct record *record);
enum status store_record_save(void *self, uint32_t territory,
	const struct record *record, const struct shown *shown);
enum status store_records(void *self, uint32_t territory,
	enum status (*found)(void *found_self, struct record *record),
	void *found_self);
enum status store_records_of(void *self, uint32_t territory, uint32_t type,
	enum status (*found)(void *found_self, struct record *record),
	void *found_self);
enum status store_territory_clear(void *self, uint32_t territory);

/* drop.c */
enum status store_scrub(void *self);
enum status store_territory_drop(
	void *self, uint32_t territory, const uint8_t *device);
enum status store_log_left(void *self, const uint8_t *territory,
	const uint8_t *log, int64_t *last);
enum status store_logs_back(void *self, const uint8_t *territory);

/* history.c */
enum status store_history_add(void *self, uint32_t territory,
	const struct record *record, const struct dot *dots, uint32_t count);
enum status store_history(void *self, uint32_t territory, uint32_t type,
	const uint8_t *id, size_t id_size, struct dot **dots, uint32_t *count);

/* kin.c */
enum status store_children(void *self, uint32_t territory, uint32_t parent_type,
	const uint8_t *parent_id,
	void (*found)(void *found_self, uint32_t type, const uint8_t *id,
		size_t id_size),
	void *found_self);
enum status store_aliases(void *self, uint32_t territory,
	const uint8_t *greater_id,
	void (*found)(void *found_self, uint32_t type, const uint8_t *id,
		size_t id_size),
	void *found_self);

/* sets.c: the set tables of one record are made equal to its registers. */
uint64_t sets_hash(const struct store_sqlite *s, const struct record *record);
MUST_USE enum status sets_save(struct store_sqlite *s, struct table *table,
	uint32_t territory, const struct record *record, bool there_are_some);

/* inbox.c: replaces the record's rows. */
MUST_USE enum status inbox_save(struct store_sqlite *s, uint32_t territory,
	const struct record *record, const struct shown *shown,
	bool there_are_some);

#endif
