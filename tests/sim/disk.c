#include "tests/sim/disk.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"
#include "tests/sim/bytes.h"

enum {
	FILES_MAX = 8, /* a database, its WAL, its journal, and some room */
	NAME_MAX_SIZE = 64,
	DISKS_MAX = 64,
	SHM_REGIONS_MAX = 64,
};

/* A write or truncation that was not synced; its bytes lie in `unsynced`. */
struct operation {
	bool truncate;
	size_t at; /* offset, or the new size */
	size_t size;
	size_t data; /* where in `unsynced` */
};

struct file {
	char name[NAME_MAX_SIZE];
	bool exists;
	struct bytes now;    /* what is read */
	struct bytes synced; /* what a power cut leaves for sure */
	struct operation *operations;
	size_t operation_count, operation_room;
	struct bytes unsynced;
	uint8_t *regions[SHM_REGIONS_MAX]; /* of the WAL's index */
	size_t region_size;
	uint32_t opened;
};

struct disk {
	char path[16];
	struct file files[FILES_MAX];
	bool dead;
	bool full;
	bool lies;
	uint32_t fail_in; /* calls until the first failure; 0: none */
	uint32_t fail_times;
	uint32_t die_in; /* calls until it is dead; 0: it lives */
	struct disk_counts counts;
};

/* What SQLite holds of an open file. */
struct handle {
	sqlite3_file base;
	struct disk *disk;
	struct file *file;
	int lock;
	bool delete_on_close;
};

static struct disk *disks[DISKS_MAX];
static struct random *randomness;

/* ---- faults ---- */

/* Counts a call; false when it is to fail. */
static bool
goes_well(struct disk *disk)
{
	disk->counts.calls++;
	if (disk->die_in && --disk->die_in == 0)
		disk->dead = true;
	if (disk->dead)
		return false;
	if (disk->fail_in > 1) {
		disk->fail_in--;
		return true;
	}
	if (disk->fail_in == 0)
		return true;
	disk->counts.errors++;
	if (--disk->fail_times == 0)
		disk->fail_in = 0;
	return false;
}

void
disk_fail(struct disk *disk, uint32_t nth, uint32_t times)
{
	disk->fail_in = times ? nth : 0;
	disk->fail_times = times;
}

void
disk_fill(struct disk *disk, bool full)
{
	disk->full = full;
}

void
disk_mend(struct disk *disk)
{
	disk->fail_in = disk->die_in = 0;
	disk->full = false;
}

void
disk_die(struct disk *disk, uint32_t nth)
{
	disk->die_in = nth;
}

void
disk_lie(struct disk *disk, bool lies)
{
	disk->lies = lies;
}

const struct disk_counts *
disk_counts(const struct disk *disk)
{
	return &disk->counts;
}

/* ---- the cache, and what a power cut leaves of it ---- */

static void
note(struct file *f, bool truncate, size_t at, const uint8_t *data, size_t size)
{
	if (f->operation_count == f->operation_room) {
		f->operation_room = f->operation_room * 2 + 16;
		f->operations = bytes_take_again(f->operations,
			f->operation_room * sizeof *f->operations);
	}
	f->operations[f->operation_count++] =
		(struct operation){truncate, at, size, f->unsynced.size};
	bytes_write(&f->unsynced, f->unsynced.size, data, size);
}

static void
forget_cache(struct file *f)
{
	f->operation_count = 0;
	f->unsynced.size = 0;
}

static void
carry_out(struct file *f, const struct operation *o)
{
	if (o->truncate)
		bytes_resize(&f->synced, o->at);
	else
		bytes_write(
			&f->synced, o->at, f->unsynced.data + o->data, o->size);
}

/* Any of its sectors, those that the write only touches included. */
static void
carry_out_torn(struct file *f, const struct operation *o, struct random *random)
{
	size_t at = o->at, end = o->at + o->size;

	if (o->truncate)
		return;
	while (at < end) {
		size_t next = at / DISK_SECTOR * DISK_SECTOR + DISK_SECTOR;

		if (next > end)
			next = end;
		if (random_below(random, 2))
			bytes_write(&f->synced, at,
				f->unsynced.data + o->data + (at - o->at),
				next - at);
		at = next;
	}
}

static void
carry_out_all(struct file *f)
{
	for (size_t i = 0; i < f->operation_count; i++)
		carry_out(f, &f->operations[i]);
	forget_cache(f);
}

static void
swap_operations(struct operation *a, struct operation *b)
{
	struct operation between = *a;

	*a = *b;
	*b = between;
}

enum cut { CUT_NOTHING_LEFT, CUT_LAST_TORN, CUT_SOME, CUT_REORDERED, CUTS };

static void
cut_file(struct file *f, struct random *random, struct disk_counts *counts)
{
	enum cut how = (enum cut)random_below(random, CUTS);
	size_t count = f->operation_count;

	if (how == CUT_REORDERED)
		for (size_t i = count; i > 1; i--)
			swap_operations(&f->operations[i - 1],
				&f->operations[random_below(
					random, (uint32_t)i)]);
	for (size_t i = 0; i < count; i++) {
		const struct operation *o = &f->operations[i];
		uint32_t fate = random_below(random, 3);

		if (how == CUT_LAST_TORN)
			fate = i + 1 < count ? 1 : 2;
		if (how == CUT_NOTHING_LEFT)
			fate = 0;
		counts->dropped += fate == 0;
		counts->torn += fate == 2;
		if (fate == 1)
			carry_out(f, o);
		else if (fate == 2)
			carry_out_torn(f, o, random);
	}
	forget_cache(f);
	bytes_copy(&f->now, &f->synced);
}

void
disk_cut_power(struct disk *disk, struct random *random)
{
	disk->dead = true;
	for (int i = 0; i < FILES_MAX; i++)
		if (disk->files[i].exists)
			cut_file(&disk->files[i], random, &disk->counts);
}

void
disk_kill(struct disk *disk)
{
	disk->dead = true;
}

void
disk_catch_up(struct disk *disk)
{
	for (int i = 0; i < FILES_MAX; i++)
		carry_out_all(&disk->files[i]);
}

void
disk_restart(struct disk *disk)
{
	for (int i = 0; i < FILES_MAX; i++)
		assert(disk->files[i].opened == 0);
	disk_mend(disk);
	disk->dead = false;
}

bool
disk_dead(const struct disk *disk)
{
	return disk->dead;
}

/* ---- files ---- */

static struct file *
file_find(struct disk *disk, const char *name)
{
	for (int i = 0; i < FILES_MAX; i++)
		if (disk->files[i].exists &&
			strcmp(disk->files[i].name, name) == 0)
			return &disk->files[i];
	return NULL;
}

static struct file *
file_make(struct disk *disk, const char *name)
{
	for (int i = 0; i < FILES_MAX; i++) {
		struct file *f = &disk->files[i];

		if (f->exists || f->opened)
			continue;
		f->exists = true;
		(void)snprintf(f->name, sizeof f->name, "%s", name);
		return f;
	}
	return NULL;
}

static void
drop_regions(struct file *f)
{
	for (int i = 0; i < SHM_REGIONS_MAX; i++) {
		free(f->regions[i]);
		f->regions[i] = NULL;
	}
}

static void
file_clear(struct file *f)
{
	drop_regions(f);
	bytes_clear(&f->now);
	bytes_clear(&f->synced);
	bytes_clear(&f->unsynced);
	sqlite3_free(f->operations);
	memset(f, 0, sizeof *f);
}

/* "3/node.db" is node.db on disk 3; NULL for any other path. */
static struct disk *
disk_of(const char *path, const char **name)
{
	char *end;
	long number = strtol(path, &end, 10);

	if (end == path || *end != '/' || number < 0 || number >= DISKS_MAX)
		return NULL;
	*name = end + 1;
	return disks[number];
}

static struct handle *
handle_of(sqlite3_file *base)
{
	return (struct handle *)(void *)base;
}

static int
file_close(sqlite3_file *base)
{
	struct handle *h = handle_of(base);

	h->file->opened--;
	if (h->file->opened == 0)
		drop_regions(h->file);
	if (h->delete_on_close)
		file_clear(h->file);
	return SQLITE_OK;
}

static int
file_read(sqlite3_file *base, void *out, int amount, sqlite3_int64 offset)
{
	struct handle *h = handle_of(base);
	size_t at = (size_t)offset, size = (size_t)amount, there = 0;

	if (!goes_well(h->disk))
		return SQLITE_IOERR_READ;
	if (at < h->file->now.size)
		there = h->file->now.size - at;
	if (there > size)
		there = size;
	if (there)
		memcpy(out, h->file->now.data + at, there);
	memset((uint8_t *)out + there, 0, size - there);
	return there == size ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int
file_write(
	sqlite3_file *base, const void *data, int amount, sqlite3_int64 offset)
{
	struct handle *h = handle_of(base);
	size_t at = (size_t)offset, size = (size_t)amount;
	bool well = goes_well(h->disk);

	if (h->disk->dead)
		return SQLITE_IOERR_WRITE;
	/* A write that fails may have got half of its way. */
	if (!well)
		size /= 2;
	if (h->disk->full && at + size > h->file->now.size) {
		h->disk->counts.full++;
		return SQLITE_FULL;
	}
	bytes_write(&h->file->now, at, data, size);
	note(h->file, false, at, data, size);
	h->disk->counts.bytes += size;
	return well ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

static int
file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
	struct handle *h = handle_of(base);

	if (!goes_well(h->disk))
		return SQLITE_IOERR_TRUNCATE;
	bytes_resize(&h->file->now, (size_t)size);
	note(h->file, true, (size_t)size, NULL, 0);
	return SQLITE_OK;
}

static int
file_sync(sqlite3_file *base, int flags)
{
	struct handle *h = handle_of(base);

	(void)flags;
	if (!goes_well(h->disk))
		return SQLITE_IOERR_FSYNC;
	if (!h->disk->lies)
		carry_out_all(h->file);
	return SQLITE_OK;
}

static int
file_size(sqlite3_file *base, sqlite3_int64 *size)
{
	struct handle *h = handle_of(base);

	if (!goes_well(h->disk))
		return SQLITE_IOERR_FSTAT;
	*size = (sqlite3_int64)h->file->now.size;
	return SQLITE_OK;
}

/* One connection opens a database: locks are always had. */
static int
file_lock(sqlite3_file *base, int level)
{
	struct handle *h = handle_of(base);

	if (h->lock < level)
		h->lock = level;
	return SQLITE_OK;
}

static int
file_unlock(sqlite3_file *base, int level)
{
	struct handle *h = handle_of(base);

	if (h->lock > level)
		h->lock = level;
	return SQLITE_OK;
}

static int
file_check_reserved(sqlite3_file *base, int *reserved)
{
	*reserved = handle_of(base)->lock >= SQLITE_LOCK_RESERVED;
	return SQLITE_OK;
}

static int
file_control(sqlite3_file *base, int operation, void *argument)
{
	(void)base;
	(void)operation;
	(void)argument;
	return SQLITE_NOTFOUND;
}

static int
file_sector_size(sqlite3_file *base)
{
	(void)base;
	return 4096; /* as SQLite's own for Unix tells */
}

static int
file_characteristics(sqlite3_file *base)
{
	(void)base;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int
shm_map(sqlite3_file *base, int region, int size, int extend,
	void volatile **out)
{
	struct file *f = handle_of(base)->file;

	*out = NULL;
	if (region >= SHM_REGIONS_MAX)
		return SQLITE_IOERR_SHMMAP;
	if (!f->regions[region] && extend)
		f->regions[region] = alloc((size_t)size);
	*out = f->regions[region];
	return SQLITE_OK;
}

static int
shm_lock(sqlite3_file *base, int offset, int count, int flags)
{
	(void)base;
	(void)offset;
	(void)count;
	(void)flags;
	return SQLITE_OK;
}

static void
shm_barrier(sqlite3_file *base)
{
	(void)base;
}

static int
shm_unmap(sqlite3_file *base, int delete)
{
	(void)delete;
	drop_regions(handle_of(base)->file);
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
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
	.xShmMap = shm_map,
	.xShmLock = shm_lock,
	.xShmBarrier = shm_barrier,
	.xShmUnmap = shm_unmap,
};

/* ---- the VFS ---- */

static int
vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags,
	int *out_flags)
{
	struct handle *h = handle_of(base);
	const char *name;
	struct disk *disk;

	(void)vfs;
	memset(h, 0, sizeof *h);
	disk = path ? disk_of(path, &name) : NULL;
	if (!disk || strlen(name) >= NAME_MAX_SIZE || !goes_well(disk))
		return SQLITE_CANTOPEN;
	h->disk = disk;
	h->file = file_find(disk, name);
	if (!h->file && flags & SQLITE_OPEN_CREATE && !disk->full)
		h->file = file_make(disk, name);
	if (!h->file)
		return SQLITE_CANTOPEN;
	h->file->opened++;
	h->delete_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
	h->base.pMethods = &methods;
	if (out_flags)
		*out_flags = flags;
	return SQLITE_OK;
}

/* Deleting is done at once, as if the folder were synced. */
static int
vfs_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
	const char *name;
	struct disk *disk = disk_of(path, &name);
	struct file *f;

	(void)vfs;
	(void)sync;
	if (!disk || !goes_well(disk))
		return SQLITE_IOERR_DELETE;
	f = file_find(disk, name);
	if (!f)
		return SQLITE_IOERR_DELETE_NOENT;
	assert(f->opened == 0);
	file_clear(f);
	return SQLITE_OK;
}

static int
vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
	const char *name;
	struct disk *disk = disk_of(path, &name);
	const struct file *f;

	(void)vfs;
	if (!disk || !goes_well(disk))
		return SQLITE_IOERR_ACCESS;
	f = file_find(disk, name);
	*out = f && (flags != SQLITE_ACCESS_EXISTS || f->now.size > 0);
	return SQLITE_OK;
}

static int
vfs_full_pathname(sqlite3_vfs *vfs, const char *path, int size, char *out)
{
	(void)vfs;
	(void)snprintf(out, (size_t)size, "%s", path);
	return SQLITE_OK;
}

static int
vfs_randomness(sqlite3_vfs *vfs, int size, char *out)
{
	(void)vfs;
	random_bytes(randomness, out, (size_t)size);
	return size;
}

static int
vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
	(void)vfs;
	return microseconds;
}

static int
vfs_time(sqlite3_vfs *vfs, double *now)
{
	(void)vfs;
	*now = 2461000.5; /* nothing here asks SQLite for the time */
	return SQLITE_OK;
}

static int
vfs_last_error(sqlite3_vfs *vfs, int size, char *out)
{
	(void)vfs;
	(void)size;
	(void)out;
	return 0;
}

void
disk_register(void)
{
	static sqlite3_vfs vfs = {
		.iVersion = 1,
		.szOsFile = sizeof(struct handle),
		.mxPathname = 128,
		.zName = "sim",
		.xOpen = vfs_open,
		.xDelete = vfs_delete,
		.xAccess = vfs_access,
		.xFullPathname = vfs_full_pathname,
		.xRandomness = vfs_randomness,
		.xSleep = vfs_sleep,
		.xCurrentTime = vfs_time,
		.xGetLastError = vfs_last_error,
	};

	/* One thread, and nobody asks SQLite how much it uses. */
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)sqlite3_vfs_register(&vfs, 1); /* it cannot fail */
}

void
disk_randomness(struct random *random)
{
	randomness = random;
	sqlite3_randomness(0, NULL); /* it seeds itself anew */
}

/* ---- disks ---- */

struct disk *
disk_new(void)
{
	struct disk *disk = alloc(sizeof *disk);
	int number = 0;

	while (number < DISKS_MAX && disks[number])
		number++;
	assert(number < DISKS_MAX);
	disks[number] = disk;
	(void)snprintf(disk->path, sizeof disk->path, "%d/", number);
	return disk;
}

const char *
disk_path(const struct disk *disk)
{
	return disk->path;
}

void
disk_free(struct disk *disk)
{
	if (!disk)
		return;
	for (int i = 0; i < FILES_MAX; i++)
		file_clear(&disk->files[i]);
	for (int i = 0; i < DISKS_MAX; i++)
		if (disks[i] == disk)
			disks[i] = NULL;
	free(disk);
}

void
disk_copy(struct disk *to, const struct disk *from)
{
	for (int i = 0; i < FILES_MAX; i++) {
		struct file *f = &to->files[i];

		assert(f->opened == 0);
		file_clear(f);
		if (!from->files[i].exists)
			continue;
		f->exists = true;
		memcpy(f->name, from->files[i].name, sizeof f->name);
		bytes_copy(&f->now, &from->files[i].now);
		bytes_copy(&f->synced, &from->files[i].now);
	}
}

bool
disk_holds(const struct disk *disk, const uint8_t *bytes, size_t size)
{
	for (int i = 0; i < FILES_MAX; i++) {
		const struct bytes *b = &disk->files[i].now;

		if (!disk->files[i].exists)
			continue;
		for (size_t at = 0; at + size <= b->size; at++) {
			const uint8_t *next = memchr(b->data + at, bytes[0],
				b->size - size + 1 - at);

			if (!next)
				break;
			at = (size_t)(next - b->data);
			if (memcmp(next, bytes, size) == 0)
				return true;
		}
	}
	return false;
}

uint8_t *
disk_bytes(struct disk *disk, const char *name, size_t *size)
{
	struct file *f = file_find(disk, name);

	if (!f)
		return NULL;
	assert(f->opened == 0);
	*size = f->now.size;
	return f->now.data;
}
