#include "client/store/database.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/cipher_vfs.h"
#include "sync/alloc.h"

enum {
	FLAGS = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
};

/*
 * Room for the seal, before there is a first page. What SQLite sorts stays in
 * memory, since the VFS makes no temporary file.
 */
static int
settle(sqlite3 *db)
{
	int room = PAGE_SEAL_ROOM;
	int code = sqlite3_file_control(
		db, "main", SQLITE_FCNTL_RESERVE_BYTES, &room);

	if (code != SQLITE_OK)
		return code;
	return sqlite3_exec(db,
		"PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY;"
		"PRAGMA cell_size_check = ON;",
		NULL, NULL, NULL);
}

int
database_open(sqlite3 **out, const char *path, const uint8_t *key)
{
	struct cipher_vfs *vfs;
	int code;

	if (!key)
		return sqlite3_open_v2(path, out, FLAGS, NULL);
	vfs = cipher_vfs_new(key, sqlite3_vfs_find(NULL));
	if (!vfs) {
		*out = NULL;
		return SQLITE_NOMEM;
	}
	code = sqlite3_open_v2(path, out, FLAGS, cipher_vfs_name(vfs));
	if (code == SQLITE_OK)
		code = settle(*out);
	cipher_vfs_let_go(vfs);
	return code;
}

void
database_close(sqlite3 *db)
{
	(void)sqlite3_close_v2(db); /* never busy */
}

int
database_checkpoint(sqlite3 *db, int mode)
{
	int on = 1, off = 0, code;

	/* Plain ones know no such thing, and need none. */
	(void)sqlite3_file_control(db, "main", CIPHER_HAND_THROUGH, &on);
	code = sqlite3_wal_checkpoint_v2(db, "main", mode, NULL, NULL);
	(void)sqlite3_file_control(db, "main", CIPHER_HAND_THROUGH, &off);
	return code;
}

/* ---- copies ---- */

void
database_remove(const char *path)
{
	static const char *const endings[] = {"", "-wal", "-shm", "-journal"};

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		char *name = NULL;

		if (asprintf(&name, "%s%s", path, endings[i]) < 0)
			alloc_failed();
		(void)unlink(name); /* most often not there */
		free(name);
	}
}

/* Sets the room at the end of pages for what is made of it; returns the old. */
static int
set_room(sqlite3 *db, int room)
{
	(void)sqlite3_file_control(
		db, "main", SQLITE_FCNTL_RESERVE_BYTES, &room);
	return room;
}

/* A path as SQLite's URIs have it, and the VFS to open it with. */
static char *
vfs_uri(const char *path, const char *vfs)
{
	size_t size = strlen(path), used = 0;
	char *uri = alloc(3 * size + strlen(vfs) + sizeof "file:?vfs=");

	used = (size_t)sprintf(uri, "file:"); /* it fits */
	for (size_t i = 0; i < size; i++) {
		if (strchr("%?#", path[i]))
			used += (size_t)sprintf(
				uri + used, "%%%02X", (unsigned)path[i]);
		else
			uri[used++] = path[i];
	}
	(void)sprintf(uri + used, "?vfs=%s", vfs);
	return uri;
}

/* Page by page: where both have the same room, or want none. */
static int
copy_pages(sqlite3 *from, const char *path, const uint8_t *key)
{
	sqlite3 *to = NULL;
	sqlite3_backup *backup;
	int code = database_open(&to, path, key);

	if (code == SQLITE_OK) {
		backup = sqlite3_backup_init(to, "main", from, "main");
		code = backup ? sqlite3_backup_step(backup, -1)
			      : sqlite3_errcode(to);
		(void)sqlite3_backup_finish(backup); /* says the same again */
		if (code == SQLITE_DONE)
			code = SQLITE_OK;
	}
	database_close(to);
	return code;
}

/* Row by row, into pages with room for the seal. */
static int
copy_rows(sqlite3 *from, const char *path, const uint8_t *key)
{
	struct cipher_vfs *vfs = cipher_vfs_new(key, sqlite3_vfs_find(NULL));
	sqlite3_stmt *statement = NULL;
	char *uri;
	int code, room;

	if (!vfs)
		return SQLITE_NOMEM;
	uri = vfs_uri(path, cipher_vfs_name(vfs));
	room = set_room(from, PAGE_SEAL_ROOM);
	code = sqlite3_prepare_v2(from, "VACUUM INTO ?1", -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(
			statement, 1, uri, -1, SQLITE_TRANSIENT);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	(void)sqlite3_finalize(statement); /* the step said it already */
	(void)set_room(from, room);
	cipher_vfs_let_go(vfs);
	free(uri);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int
sync_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	bool synced = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		(void)close(fd); /* only synced */
	return synced ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

int
database_copy(sqlite3 *from, const char *path, const uint8_t *key)
{
	bool fits = !key || set_room(from, -1) == PAGE_SEAL_ROOM;
	int code;

	database_remove(path);
	code = (fits ? copy_pages : copy_rows)(from, path, key);
	if (code == SQLITE_OK)
		code = sync_file(path);
	if (code != SQLITE_OK)
		database_remove(path);
	return code;
}

/* ---- in clear ---- */

/* Without a journal: what is half done is removed as a whole. */
int
database_attach_plain(sqlite3 *db, const char *path)
{
	char *uri = vfs_uri(path, sqlite3_vfs_find(NULL)->zName);
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(
		db, "ATTACH ?1 AS " DATABASE_PLAIN, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_bind_text(
			statement, 1, uri, -1, SQLITE_TRANSIENT);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	(void)sqlite3_finalize(statement); /* the step said it already */
	free(uri);
	if (code != SQLITE_DONE)
		return code;
	return sqlite3_exec(db,
		"PRAGMA " DATABASE_PLAIN ".journal_mode = OFF;"
		"PRAGMA " DATABASE_PLAIN ".synchronous = OFF;",
		NULL, NULL, NULL);
}

int
database_detach_plain(sqlite3 *db, const char *path)
{
	(void)sqlite3_exec(db, "DETACH " DATABASE_PLAIN, NULL, NULL, NULL);
	return sync_file(path);
}
