#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/cipher_inside.h"
#include "sync/alloc.h"

static struct cipher_file *
file_of(sqlite3_file *base)
{
	return (struct cipher_file *)(void *)base;
}

static struct cipher_vfs *
vfs_of(sqlite3_vfs *vfs)
{
	return vfs->pAppData;
}

sqlite3_file *
cipher_beneath(struct cipher_file *f)
{
	return (sqlite3_file *)(void *)(f + 1);
}

int
cipher_beneath_read(
	struct cipher_file *f, void *out, int size, sqlite3_int64 at)
{
	sqlite3_file *beneath = cipher_beneath(f);

	return beneath->pMethods->xRead(beneath, out, size, at);
}

int
cipher_beneath_write(
	struct cipher_file *f, const void *bytes, int size, sqlite3_int64 at)
{
	sqlite3_file *beneath = cipher_beneath(f);

	return beneath->pMethods->xWrite(beneath, bytes, size, at);
}

uint32_t
cipher_number(const uint8_t bytes[static 4])
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
		(uint32_t)bytes[2] << 8 | bytes[3];
}

bool
cipher_seal(struct cipher_file *f, enum page_kind kind, uint32_t number,
	const uint8_t *page, uint8_t *sealed)
{
	if (number == 0 || !page_room_is_clear(page) ||
		!page_header_fits(number, page))
		return false;
	page_seal(f->vfs->keys, kind, number, page, sealed);
	return true;
}

bool
cipher_open(struct cipher_file *f, enum page_kind kind, uint32_t number,
	const uint8_t *sealed, uint8_t *page)
{
	if (!page_open(f->vfs->keys, kind, number, sealed, page))
		return false;
	page_room_clear(page);
	return true;
}

static const char *
kind_name(const struct cipher_file *f)
{
	return f->kind == CIPHER_MAIN   ? "database"
		: f->kind == CIPHER_WAL ? "WAL"
					: "journal";
}

int
cipher_refuse(struct cipher_file *f, int code, int size, sqlite3_int64 at)
{
	sqlite3_log(code, "encrypted %s: no call of %d bytes at %lld",
		kind_name(f), size, (long long)at);
	return code;
}

int
cipher_damaged(struct cipher_file *f, uint32_t number)
{
	sqlite3_log(SQLITE_IOERR_DATA,
		"encrypted %s: page %u was damaged or altered", kind_name(f),
		(unsigned)number);
	return SQLITE_IOERR_DATA;
}

/* ---- files ---- */

static void
release(struct cipher_vfs *vfs)
{
	if (--vfs->holders > 0)
		return;
	(void)sqlite3_vfs_unregister(&vfs->vfs); /* it was registered */
	page_keys_free(vfs->keys);
	free(vfs);
}

static int
file_close(sqlite3_file *base)
{
	struct cipher_file *f = file_of(base);
	sqlite3_file *beneath = cipher_beneath(f);
	int code = beneath->pMethods->xClose(beneath);

	sodium_memzero(f->scratch, sizeof f->scratch);
	release(f->vfs);
	return code;
}

static int
file_read(sqlite3_file *base, void *out, int size, sqlite3_int64 at)
{
	struct cipher_file *f = file_of(base);

	switch (f->kind) {
	case CIPHER_MAIN:
		return cipher_main_read(f, out, size, at);
	case CIPHER_WAL:
		return cipher_wal_read(f, out, size, at);
	case CIPHER_JOURNAL:
		return cipher_journal_read(f, out, size, at);
	}
	abort();
}

static int
file_write(sqlite3_file *base, const void *bytes, int size, sqlite3_int64 at)
{
	struct cipher_file *f = file_of(base);

	switch (f->kind) {
	case CIPHER_MAIN:
		return cipher_main_write(f, bytes, size, at);
	case CIPHER_WAL:
		return cipher_wal_write(f, bytes, size, at);
	case CIPHER_JOURNAL:
		return cipher_journal_write(f, bytes, size, at);
	}
	abort();
}

static int
file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
	struct cipher_file *f = file_of(base);
	sqlite3_file *beneath = cipher_beneath(f);

	/* What was noted of places beyond is of another journal or log. */
	f->number_at = f->sum_at = -1;
	if (f->kind == CIPHER_MAIN && size % PAGE_SEAL_SIZE != 0)
		return cipher_refuse(f, SQLITE_IOERR_TRUNCATE, 0, size);
	return beneath->pMethods->xTruncate(beneath, size);
}

static int
file_sync(sqlite3_file *base, int flags)
{
	sqlite3_file *beneath = cipher_beneath(file_of(base));

	return beneath->pMethods->xSync(beneath, flags);
}

static int
file_size(sqlite3_file *base, sqlite3_int64 *size)
{
	sqlite3_file *beneath = cipher_beneath(file_of(base));

	return beneath->pMethods->xFileSize(beneath, size);
}

static int
file_lock(sqlite3_file *base, int level)
{
	sqlite3_file *beneath = cipher_beneath(file_of(base));

	return beneath->pMethods->xLock(beneath, level);
}

static int
file_unlock(sqlite3_file *base, int level)
{
	sqlite3_file *beneath = cipher_beneath(file_of(base));

	return beneath->pMethods->xUnlock(beneath, level);
}

static int
file_check_reserved(sqlite3_file *base, int *reserved)
{
	sqlite3_file *beneath = cipher_beneath(file_of(base));

	return beneath->pMethods->xCheckReservedLock(beneath, reserved);
}

/* {the answer, name, argument}, as SQLITE_FCNTL_PRAGMA has them. */
static int
pragma(char **words)
{
	if (sqlite3_stricmp(words[1], "page_size") != 0 || !words[2])
		return SQLITE_NOTFOUND;
	if (atoi(words[2]) == PAGE_SEAL_SIZE)
		return SQLITE_OK;
	words[0] = sqlite3_mprintf("pages of an encrypted database have %d "
				   "bytes",
		(int)PAGE_SEAL_SIZE);
	return SQLITE_ERROR;
}

static int
file_control(sqlite3_file *base, int operation, void *argument)
{
	struct cipher_file *f = file_of(base);
	sqlite3_file *beneath = cipher_beneath(f);
	int code;

	switch (operation) {
	case CIPHER_HAND_THROUGH:
		f->vfs->handing = *(const int *)argument != 0;
		f->vfs->handed = 0;
		return SQLITE_OK;
	case SQLITE_FCNTL_PRAGMA:
		code = pragma(argument);
		if (code != SQLITE_NOTFOUND)
			return code;
		break;
	case SQLITE_FCNTL_CHUNK_SIZE: /* would leave pages of zeros */
	case SQLITE_FCNTL_MMAP_SIZE:
		return SQLITE_NOTFOUND;
	default:
		break;
	}
	return beneath->pMethods->xFileControl(beneath, operation, argument);
}

static int
file_sector_size(sqlite3_file *base)
{
	sqlite3_file *beneath = cipher_beneath(file_of(base));

	return beneath->pMethods->xSectorSize(beneath);
}

/*
 * Without POWERSAFE_OVERWRITE, which Unix's own VFS tells too, SQLite would cut
 * writes at sectors. Whatever else the disk beneath can do needs whole pages
 * there and here to be the same, or is not tried.
 */
static int
file_characteristics(sqlite3_file *base)
{
	(void)base;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* Version 1: no shared memory, no mapping. */
static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_check_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector_size,
	.xDeviceCharacteristics = file_characteristics,
};

/* ---- the VFS ---- */

/*
 * With a wrong key SQLite would find a WAL in which nothing adds up, take it
 * for empty and delete it in the end, and with it what was saved last. So a
 * database that is not ours is refused before SQLite looks for its WAL.
 * Zeros: its first page was never synced.
 */
static int
check_mark(struct cipher_file *f)
{
	uint8_t first[PAGE_SEAL_MARK_SIZE] = {0};
	int code = cipher_beneath_read(f, first, sizeof first, 0);

	if (code == SQLITE_IOERR_SHORT_READ)
		return SQLITE_OK;
	if (code != SQLITE_OK)
		return code;
	if (memcmp(first, page_mark(f->vfs->keys), sizeof first) == 0 ||
		sodium_is_zero(first, sizeof first))
		return SQLITE_OK;
	sqlite3_log(SQLITE_NOTADB, "encrypted database: another key's");
	return SQLITE_NOTADB;
}

static int
vfs_open(sqlite3_vfs *base, const char *path, sqlite3_file *file, int flags,
	int *out_flags)
{
	struct cipher_vfs *vfs = vfs_of(base);
	struct cipher_file *f = file_of(file);
	sqlite3_file *beneath;
	int code;

	memset(f, 0, sizeof *f);
	f->vfs = vfs;
	f->number_at = f->sum_at = -1;
	if (path && flags & SQLITE_OPEN_MAIN_DB)
		f->kind = CIPHER_MAIN;
	else if (path && flags & SQLITE_OPEN_WAL)
		f->kind = CIPHER_WAL;
	else if (path && flags & SQLITE_OPEN_MAIN_JOURNAL)
		f->kind = CIPHER_JOURNAL;
	else /* temporary or of many databases: never in clear on a disk */
		return SQLITE_CANTOPEN;
	beneath = cipher_beneath(f);
	beneath->pMethods = NULL;
	code = vfs->beneath->xOpen(
		vfs->beneath, path, beneath, flags, out_flags);
	if (code == SQLITE_OK && f->kind == CIPHER_MAIN)
		code = check_mark(f);
	if (code != SQLITE_OK) {
		if (beneath->pMethods) /* nothing was written */
			(void)beneath->pMethods->xClose(beneath);
		return code;
	}
	vfs->holders++;
	f->base.pMethods = &methods;
	return SQLITE_OK;
}

static int
vfs_delete(sqlite3_vfs *base, const char *path, int sync)
{
	sqlite3_vfs *beneath = vfs_of(base)->beneath;

	return beneath->xDelete(beneath, path, sync);
}

static int
vfs_access(sqlite3_vfs *base, const char *path, int flags, int *out)
{
	sqlite3_vfs *beneath = vfs_of(base)->beneath;

	return beneath->xAccess(beneath, path, flags, out);
}

static int
vfs_full_pathname(sqlite3_vfs *base, const char *path, int size, char *out)
{
	sqlite3_vfs *beneath = vfs_of(base)->beneath;

	return beneath->xFullPathname(beneath, path, size, out);
}

static int
vfs_randomness(sqlite3_vfs *base, int size, char *out)
{
	sqlite3_vfs *beneath = vfs_of(base)->beneath;

	return beneath->xRandomness(beneath, size, out);
}

static int
vfs_sleep(sqlite3_vfs *base, int microseconds)
{
	sqlite3_vfs *beneath = vfs_of(base)->beneath;

	return beneath->xSleep(beneath, microseconds);
}

static int
vfs_time(sqlite3_vfs *base, double *now)
{
	sqlite3_vfs *beneath = vfs_of(base)->beneath;

	return beneath->xCurrentTime(beneath, now);
}

static int
vfs_last_error(sqlite3_vfs *base, int size, char *out)
{
	sqlite3_vfs *beneath = vfs_of(base)->beneath;

	return beneath->xGetLastError(beneath, size, out);
}

struct cipher_vfs *
cipher_vfs_new(
	const uint8_t key[static PAGE_SEAL_KEY_SIZE], sqlite3_vfs *beneath)
{
	static uint32_t made;
	struct cipher_vfs *vfs = alloc(sizeof *vfs);

	/* The file beneath lies behind ours. */
	_Static_assert(sizeof(struct cipher_file) % sizeof(void *) == 0,
		"what follows is aligned");
	(void)snprintf(vfs->name, sizeof vfs->name, "roadbook-%u",
		++made); /* it fits */
	vfs->beneath = beneath;
	vfs->holders = 1;
	vfs->keys = page_keys_new(key);
	vfs->vfs = (sqlite3_vfs){
		.iVersion = 1,
		.szOsFile = (int)sizeof(struct cipher_file) + beneath->szOsFile,
		.mxPathname = beneath->mxPathname,
		.zName = vfs->name,
		.pAppData = vfs,
		.xOpen = vfs_open,
		.xDelete = vfs_delete,
		.xAccess = vfs_access,
		.xFullPathname = vfs_full_pathname,
		.xRandomness = vfs_randomness,
		.xSleep = vfs_sleep,
		.xCurrentTime = vfs_time,
		.xGetLastError = vfs_last_error,
	};
	if (sqlite3_vfs_register(&vfs->vfs, 0) == SQLITE_OK)
		return vfs;
	page_keys_free(vfs->keys);
	free(vfs);
	return NULL;
}

void
cipher_vfs_let_go(struct cipher_vfs *vfs)
{
	if (vfs)
		release(vfs);
}

const char *
cipher_vfs_name(const struct cipher_vfs *vfs)
{
	return vfs->name;
}
