#include "client/store/database.h"

#include "client/store/cipher_vfs.h"

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
