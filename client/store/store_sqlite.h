#ifndef CLIENT_STORE_STORE_SQLITE_H
#define CLIENT_STORE_STORE_SQLITE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/schema.h"
#include "proto/status.h"
#include "sync/store.h"

/*
 * The store on plain SQLite: a table per record type with real columns, so
 * that any SQL tool reads them; own tables begin with `_`. One connection, WAL,
 * synchronous=FULL: what a commit reported survives a power cut. It belongs to
 * one thread at a time. README.md beside this tells of the tables.
 */

/*
 * Opens or makes the database at `path`. The schema (which outlives the store)
 * decides the tables; when it differs from the one that the file was last
 * opened with, tables are made anew and *rebuild tells the caller to project
 * every territory again (node_rebuild) and to say so in the same
 * transaction (store_sqlite_rebuilt); until then every opening asks for it.
 * Nothing is lost, the log is the truth. On STATUS_FAILED `reason` (of `size`
 * bytes) says why: not a database, another program's, a newer Roadbook's.
 * ":memory:" is a store for tests.
 */
MUST_USE enum status store_sqlite_open(struct store **out, const char *path,
	const struct schema *schema, bool *rebuild, char *reason, size_t size);

/*
 * The same of an encrypted one (database.h): `key` is DATABASE_KEY_SIZE bytes,
 * or NULL for a plain one.
 */
MUST_USE enum status store_sqlite_open_sealed(struct store **out,
	const char *path, const uint8_t *key, const struct schema *schema,
	bool *rebuild, char *reason, size_t size);

/*
 * Throws away what was projected of every territory: the caller tells those
 * that it has in memory (territory_emptied), and projects them all again in the
 * same transaction.
 */
MUST_USE enum status store_sqlite_empty(struct store *store);

/* What *rebuild asked for is done; inside the transaction that did it. */
MUST_USE enum status store_sqlite_rebuilt(struct store *store);

/* Checkpoints and closes. NULL is fine. */
void store_sqlite_close(struct store *store);

/* The connection, for queries (client/store/query.h) and settings. */
sqlite3 *store_sqlite_handle(struct store *store);

/* A line on what went wrong last, for messages. Never NULL. */
const char *store_sqlite_problem(struct store *store);

/*
 * Copies all of it, as it is now, into a new file (database_copy). Outside of a
 * transaction; on STATUS_FAILED store_sqlite_problem() says why.
 */
MUST_USE enum status store_sqlite_copy(
	struct store *store, const char *path, const uint8_t *key);

/*
 * The node's own small things, by name; inside the open transaction if there
 * is one. get: STATUS_ABSENT when it was never set; *value is the caller's:
 * free().
 */
MUST_USE enum status store_sqlite_setting_get(
	struct store *store, const char *name, uint8_t **value, size_t *size);
MUST_USE enum status store_sqlite_setting_set(
	struct store *store, const char *name, const void *value, size_t size);

/*
 * From now on keeps that much of the file in memory at the most, instead of
 * 16 MiB: for a process that lives long beside many conversations.
 */
void store_sqlite_cache(struct store *store, int kib);

/*
 * From now on notes when each segment came to be kept here, own ones when they
 * were sealed, by the clock that is handed in (ms since 1970 UTC). It is this
 * node's own affair: in no log and no digest, and a rebuild leaves it alone.
 */
void store_sqlite_note_receipts(struct store *store, int64_t (*now_ms)(void));
/*
 * When the segment that holds the change came. STATUS_ABSENT: it is pending,
 * or it came before receipts were noted.
 */
MUST_USE enum status store_sqlite_receipt(struct store *store,
	uint32_t territory, uint32_t log, int64_t seq, int64_t *at_ms);

/*
 * Sees to it that nothing of a territory that was dropped, or of a record that
 * was erased, is left in the file:
 * writes it anew, outside of a transaction. Returns at once when there is
 * nothing to clean; to be called after a drop, and after opening, since it may
 * have been interrupted.
 */
MUST_USE enum status store_sqlite_clean(struct store *store);
/* Whether there may be something for it to clean since it did. */
bool store_sqlite_unclean(struct store *store);

#endif
