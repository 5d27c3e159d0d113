#ifndef CLIENT_STORE_CIPHER_VFS_H
#define CLIENT_STORE_CIPHER_VFS_H

#include <sqlite3.h>
#include <stdint.h>

#include "client/store/page_seal.h"

/*
 * A VFS that encrypts what SQLite writes, and stands on any other VFS: SQLite's
 * own, or a simulated disk.
 *
 *     SQLite                          plain pages
 *     cipher_vfs.c   who opens what
 *     cipher_main.c, cipher_wal.c, cipher_journal.c   a kind of file each
 *     page_seal.c                     sealed pages
 *     the VFS beneath                 files
 *
 * Database, WAL and rollback journal are sealed page by page. Every other file
 * that SQLite would make (temporary ones, statement journals, journals of many
 * databases) is refused, and so is each call whose shape was not foreseen:
 * nothing gets to the disk in clear because somebody had not thought of it.
 *
 * There is no shared memory, so a WAL works in exclusive locking mode only:
 * one process at a time has the database, and no -shm file tells of its pages.
 * No memory mapping either.
 */
struct cipher_vfs;

/*
 * A VFS for one data key, above `beneath`, registered with SQLite under a name
 * of its own. It has to be let go of; it lives on until the last of its files
 * is closed. NULL when SQLite refuses it.
 */
struct cipher_vfs *cipher_vfs_new(
	const uint8_t key[static PAGE_SEAL_KEY_SIZE], sqlite3_vfs *beneath);
void cipher_vfs_let_go(struct cipher_vfs *vfs); /* NULL is fine */

/* For sqlite3_open_v2. */
const char *cipher_vfs_name(const struct cipher_vfs *vfs);

/*
 * An operation of sqlite3_file_control, for databases under such a VFS (others
 * answer SQLITE_NOTFOUND); its argument is an int, 0 or 1. While it is 1,
 * pages go from WAL to database as they are, still sealed. Only around
 * sqlite3_wal_checkpoint_v2: what SQLite gets to see then is not the page, and
 * nothing but such a page is written.
 */
enum { CIPHER_HAND_THROUGH = 0x52424b31 };

#endif
