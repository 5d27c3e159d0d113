/*
 * Makes one call of the C library fail, for the tests of this folder: loaded
 * by LD_PRELOAD in front of it. What is counted are, by ROADBOOK_FAULT,
 *
 *     memory   malloc and its kin, anonymous mmap, pthread_create
 *     disk     calls on files below the folder ROADBOOK_FAULT_FOLDER
 *
 * The n-th of them (ROADBOOK_FAULT_AT, from 1; 0: none) fails, and with
 * ROADBOOK_FAULT_STAY=1 every later one, too: memory and disks that are full
 * stay full. ROADBOOK_FAULT_ERROR is what a disk says, ENOSPC or EIO; of
 * ENOSPC only what takes room can fail. ROADBOOK_FAULT_REPORT is a file of
 * `struct report` for the one who looks on: it is mapped, so it is complete
 * however the process ended.
 *
 * ROADBOOK_FAULT_PLANTED has texts, one a line: writes of them to files below
 * the folder are counted.
 */

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FRAMES = 32, DESCRIPTORS = 4096, NAME_SIZE = 24 };

struct report {
	_Atomic uint64_t calls; /* that were counted */
	_Atomic uint64_t fired; /* that failed */
	char call[NAME_SIZE];   /* the first that failed */
	uint64_t frame_count;   /* who called it */
	uint64_t frames[FRAMES];
	char modules[FRAMES][NAME_SIZE];
	uint64_t offsets[FRAMES]; /* of each frame in its module */
	_Atomic uint64_t leaked;  /* writes with a planted text in them */
};

static struct report nowhere, *report = &nowhere;
static bool counts_memory, counts_disk, stays;
static uint64_t fail_at;
static int disk_error = EIO;
static char folder[PATH_MAX];
static char planted[512]; /* zero bytes between them, two at the end */
static bool watched[DESCRIPTORS];
static _Thread_local bool inside;

/* The C library's own, which a preloaded malloc can always reach. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

#define NEXT(name) ((__typeof__(&(name)))next(#name))

static void *
next(const char *name)
{
	void *found;

	inside = true;
	found = dlsym(RTLD_NEXT, name);
	inside = false;
	return found;
}

static void
say_who_called(const char *call)
{
	void *frames[FRAMES];
	int count = backtrace(frames, FRAMES);

	(void)snprintf(report->call, sizeof report->call, "%s", call);
	report->frame_count = (uint64_t)(count > 0 ? count : 0);
	for (int i = 0; i < count; i++) {
		Dl_info module;

		report->frames[i] = (uint64_t)(uintptr_t)frames[i];
		if (!dladdr(frames[i], &module) || !module.dli_fname)
			continue;
		const char *slash = strrchr(module.dli_fname, '/');

		(void)snprintf(report->modules[i], sizeof report->modules[i],
			"%s", slash ? slash + 1 : module.dli_fname);
		report->offsets[i] = (uint64_t)((uintptr_t)frames[i] -
			(uintptr_t)module.dli_fbase);
	}
}

/* Counts a call, and says whether it is to fail. */
static bool
fails(bool counted, const char *call)
{
	uint64_t number;

	if (!counted || inside)
		return false;
	number = atomic_fetch_add(&report->calls, 1) + 1;
	if (!fail_at || (stays ? number < fail_at : number != fail_at))
		return false;
	if (atomic_fetch_add(&report->fired, 1) == 0) {
		inside = true;
		say_who_called(call);
		inside = false;
	}
	return true;
}

static bool
memory_fails(const char *call)
{
	if (!fails(counts_memory, call))
		return false;
	errno = ENOMEM;
	return true;
}

/* Of a full disk only what takes room. */
static bool
disk_fails(const char *call, bool takes_room)
{
	if ((disk_error == ENOSPC && !takes_room) || !fails(counts_disk, call))
		return false;
	errno = disk_error;
	return true;
}

static void
plant(const char *texts)
{
	size_t size = strnlen(texts, sizeof planted - 2);

	memcpy(planted, texts, size);
	for (size_t i = 0; i < size; i++)
		if (planted[i] == '\n')
			planted[i] = '\0';
}

/* Whether anything that was planted is about to be written. */
static void
look(const void *bytes, size_t size)
{
	for (const char *at = planted; *at; at += strlen(at) + 1)
		if (memmem(bytes, size, at, strlen(at)))
			atomic_fetch_add(&report->leaked, 1);
}

__attribute__((constructor)) static void
start(void)
{
	const char *what = getenv("ROADBOOK_FAULT");
	const char *at = getenv("ROADBOOK_FAULT_AT");
	const char *stay = getenv("ROADBOOK_FAULT_STAY");
	const char *error = getenv("ROADBOOK_FAULT_ERROR");
	const char *below = getenv("ROADBOOK_FAULT_FOLDER");
	const char *path = getenv("ROADBOOK_FAULT_REPORT");
	const char *texts = getenv("ROADBOOK_FAULT_PLANTED");
	void *frame;
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;

	if (fd >= 0) {
		void *mapped = mmap(NULL, sizeof *report,
			PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		if (mapped != MAP_FAILED)
			report = mapped;
		(void)close(fd);
	}
	(void)backtrace(&frame, 1); /* the first one loads a library */
	if (below)
		(void)snprintf(folder, sizeof folder, "%s", below);
	if (texts)
		plant(texts);
	if (error && strcmp(error, "ENOSPC") == 0)
		disk_error = ENOSPC;
	stays = stay && strcmp(stay, "1") == 0;
	fail_at = at ? strtoull(at, NULL, 10) : 0;
	counts_memory = what && strcmp(what, "memory") == 0;
	counts_disk = what && strcmp(what, "disk") == 0;
}

/* ---- memory ---- */

void *
malloc(size_t size)
{
	return memory_fails("malloc") ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return memory_fails("calloc") ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return memory_fails("realloc") ? NULL : __libc_realloc(old, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	return memory_fails("aligned_alloc") ? NULL
					     : __libc_memalign(alignment, size);
}

int
posix_memalign(void **out, size_t alignment, size_t size)
{
	if (memory_fails("posix_memalign"))
		return ENOMEM;
	*out = __libc_memalign(alignment, size);
	return *out ? 0 : ENOMEM;
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
	void *(*run)(void *self), void *self)
{
	if (memory_fails("pthread_create"))
		return EAGAIN;
	return NEXT(pthread_create)(thread, attributes, run, self);
}

/* ---- which files ---- */

static bool
is_below(const char *path)
{
	size_t size = strlen(folder);

	return size && strncmp(path, folder, size) == 0 &&
		(path[size] == '/' || path[size] == '\0');
}

static bool
is_watched(int fd)
{
	return fd >= 0 && fd < DESCRIPTORS && watched[fd];
}

static int
watch(int fd, bool below)
{
	if (fd >= 0 && fd < DESCRIPTORS)
		watched[fd] = below;
	return fd;
}

static bool
path_fails(const char *call, const char *path, bool takes_room)
{
	return is_below(path) && disk_fails(call, takes_room);
}

static bool
file_fails(const char *call, int fd, bool takes_room)
{
	return is_watched(fd) && disk_fails(call, takes_room);
}

/* ---- calls by path ---- */

static int
open_file(const char *call, int at, const char *path, int flags, mode_t mode)
{
	if (path_fails(call, path, (flags & O_CREAT) && access(path, F_OK)))
		return -1;
	return watch(NEXT(openat)(at, path, flags | O_LARGEFILE, mode),
		is_below(path));
}

#define MODE_AFTER(flags, mode)                                                \
	do {                                                                   \
		va_list list;                                                  \
		va_start(list, flags);                                         \
		if ((flags) & (O_CREAT | O_TMPFILE))                           \
			(mode) = va_arg(list, mode_t);                         \
		va_end(list);                                                  \
	} while (0)

int
open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE_AFTER(flags, mode);
	return open_file("open", AT_FDCWD, path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE_AFTER(flags, mode);
	return open_file("open", AT_FDCWD, path, flags, mode);
}

/* What fortified programs call. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
ssize_t __read_chk(int fd, void *bytes, size_t size, size_t room);

int
__open_2(const char *path, int flags)
{
	return open_file("open", AT_FDCWD, path, flags, 0);
}

int
__open64_2(const char *path, int flags)
{
	return open_file("open", AT_FDCWD, path, flags, 0);
}

int
openat(int at, const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE_AFTER(flags, mode);
	return open_file("openat", at, path, flags, mode);
}

FILE *
fopen(const char *path, const char *mode)
{
	return path_fails("fopen", path, *mode != 'r')
		? NULL
		: NEXT(fopen)(path, mode);
}

int
rename(const char *from, const char *to)
{
	return path_fails("rename", to, true) ? -1 : NEXT(rename)(from, to);
}

int
link(const char *from, const char *to)
{
	return path_fails("link", to, true) ? -1 : NEXT(link)(from, to);
}

int
unlink(const char *path)
{
	return path_fails("unlink", path, false) ? -1 : NEXT(unlink)(path);
}

int
mkdir(const char *path, mode_t mode)
{
	return path_fails("mkdir", path, true) ? -1 : NEXT(mkdir)(path, mode);
}

/* ---- calls on a descriptor ---- */

int
close(int fd)
{
	(void)watch(fd, false);
	return NEXT(close)(fd);
}

ssize_t
read(int fd, void *bytes, size_t size)
{
	return file_fails("read", fd, false) ? -1 : NEXT(read)(fd, bytes, size);
}

ssize_t
__read_chk(int fd, void *bytes, size_t size, size_t room)
{
	if (size > room)
		abort();
	return read(fd, bytes, size);
}

ssize_t
write(int fd, const void *bytes, size_t size)
{
	if (is_watched(fd))
		look(bytes, size);
	return file_fails("write", fd, true) ? -1
					     : NEXT(write)(fd, bytes, size);
}

ssize_t
pread(int fd, void *bytes, size_t size, off_t at)
{
	return file_fails("pread", fd, false)
		? -1
		: NEXT(pread)(fd, bytes, size, at);
}

ssize_t
pread64(int fd, void *bytes, size_t size, off64_t at)
{
	return pread(fd, bytes, size, at);
}

ssize_t
pwrite(int fd, const void *bytes, size_t size, off_t at)
{
	if (is_watched(fd))
		look(bytes, size);
	return file_fails("pwrite", fd, true)
		? -1
		: NEXT(pwrite)(fd, bytes, size, at);
}

ssize_t
pwrite64(int fd, const void *bytes, size_t size, off64_t at)
{
	return pwrite(fd, bytes, size, at);
}

int
fsync(int fd)
{
	return file_fails("fsync", fd, true) ? -1 : NEXT(fsync)(fd);
}

int
fdatasync(int fd)
{
	return file_fails("fdatasync", fd, true) ? -1 : NEXT(fdatasync)(fd);
}

int
ftruncate(int fd, off_t size)
{
	return file_fails("ftruncate", fd, true) ? -1
						 : NEXT(ftruncate)(fd, size);
}

int
ftruncate64(int fd, off64_t size)
{
	return ftruncate(fd, size);
}

int
posix_fallocate(int fd, off_t at, off_t size)
{
	return file_fails("posix_fallocate", fd, true)
		? disk_error
		: NEXT(posix_fallocate)(fd, at, size);
}

int
fstat(int fd, struct stat *out)
{
	return file_fails("fstat", fd, false) ? -1 : NEXT(fstat)(fd, out);
}

int
fstat64(int fd, struct stat64 *out)
{
	return file_fails("fstat", fd, false) ? -1 : NEXT(fstat64)(fd, out);
}

int
flock(int fd, int operation)
{
	return file_fails("flock", fd, false) ? -1 : NEXT(flock)(fd, operation);
}

/* Anonymous pages are memory, pages of a file are its disk's. */
void *
mmap(void *where, size_t size, int protection, int flags, int fd, off_t at)
{
	bool memory = (flags & MAP_ANONYMOUS) != 0;

	if (memory ? memory_fails("mmap") : file_fails("mmap", fd, false))
		return MAP_FAILED;
	return NEXT(mmap)(where, size, protection, flags, fd, at);
}

void *
mmap64(void *where, size_t size, int protection, int flags, int fd, off64_t at)
{
	return mmap(where, size, protection, flags, fd, at);
}
