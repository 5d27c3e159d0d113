#ifndef CLIENT_STORE_DATABASE_H
#define CLIENT_STORE_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/store/page_seal.h"

/*
 * The one way in which this program opens a database, so that none is ever
 * written in clear that should not be: tools/check-layers refuses any other.
 */
enum { DATABASE_KEY_SIZE = PAGE_SEAL_KEY_SIZE };

/*
 * Opens or makes the database at `path`, for one thread, with extended result
 * codes. With `key` (which is copied) it is encrypted, and nobody else can have
 * it open; without, it is plain SQLite. SQLite's code; SQLITE_NOTADB when it is
 * encrypted under another key, or plain although there is a key. *out is set in
 * any case, for sqlite3_errmsg, and closed with database_close().
 */
int database_open(sqlite3 **out, const char *path, const uint8_t *key);

/* Queries that somebody still has open keep it until they end. NULL is fine. */
void database_close(sqlite3 *db);

/*
 * sqlite3_wal_checkpoint_v2 of the main database; of an encrypted one the pages
 * go over as they are, still sealed. The program's own checkpoints come
 * through here; what SQLite does at closing opens and seals each page again.
 */
int database_checkpoint(sqlite3 *db, int mode);

/*
 * Copies all of an open database, as it is now, into a new file at `path`
 * under `key` (NULL: plain), and syncs it; nobody else has to let go of the
 * one that is open. A plain one that is to be encrypted is written anew with
 * room for the seal, which no transaction may be open for. Rowids stay what
 * they are. What lies at `path` is replaced. SQLite's code; on failure nothing
 * is left there.
 */
int database_copy(sqlite3 *from, const char *path, const uint8_t *key);

/*
 * For writing records out in clear, where somebody asked for that: attaches a
 * new plain database at `path` under the name DATABASE_PLAIN to one that is
 * open; detaching syncs it. Nobody but plain_copy.c writes there.
 */
#define DATABASE_PLAIN "plain"
int database_attach_plain(sqlite3 *db, const char *path);
int database_detach_plain(sqlite3 *db, const char *path);

/* Removes a database with what SQLite keeps beside it. */
void database_remove(const char *path);

#endif
