#include "tests/sim/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/node/holder.h"
#include "client/node/keys.h"
#include "client/node/last_word.h"
#include "client/node/recast.h"
#include "sync/alloc.h"
#include "tests/sim/lease.h"

static const char *const names[] = {
	[FOLDER_VAULT] = "vault",
	[FOLDER_LEASE] = "lease",
	[FOLDER_LETTERS] = "letters",
	[FOLDER_KEYS] = "keys",
	[FOLDER_DATABASE] = "node.db",
	[FOLDER_WIPED] = "wiped",
};

/* Whose folder is looked at. */
static struct {
	struct sim_node *node;
	uint32_t steps;
	bool full;
	/* What was written under an early name. */
	uint8_t *early;
	size_t early_size;
	/* The file that is open for writing. */
	int fd;
	int file;
} going = {.fd = -1};

void
folder_enter(struct sim_node *node, uint32_t steps, bool full)
{
	going.node = node;
	going.steps = steps;
	going.full = full;
	going.fd = -1;
}

bool
folder_leave(void)
{
	free(going.early);
	going.early = NULL;
	going.node = NULL;
	return going.steps > 0;
}

bool
folder_entered(void)
{
	return going.node != NULL;
}

bool
folder_step(void)
{
	if (going.steps == 0)
		return false;
	going.steps--;
	return true;
}

const char *
folder_name(enum folder_file file)
{
	return names[file];
}

bool
folder_holds(const struct sim_node *node, enum folder_file file)
{
	return node->folder >> file & 1;
}

void
folder_put(struct sim_node *node, enum folder_file file, const uint8_t *bytes,
	size_t size)
{
	struct folder_content *c = &node->contents[file];
	uint8_t *copy = alloc_copy(bytes, size);

	free(c->bytes);
	c->bytes = copy;
	c->size = size;
	node->folder |= 1u << file;
}

static void
forget(struct sim_node *node, int file)
{
	free(node->contents[file].bytes);
	node->contents[file] = (struct folder_content){NULL, 0};
	node->folder &= ~(1u << file);
}

void
folder_clear(struct sim_node *node)
{
	for (int i = 0; i < FOLDER_FILES; i++) {
		free(node->contents[i].bytes);
		node->contents[i] = (struct folder_content){NULL, 0};
	}
}

/* The file of a path in a simulated folder; FOLDER_FILES: none of these. */
static int
file_of(const char *path)
{
	const char *name = strrchr(path, '/');
	int i = 0;

	if (!going.node || !name || strncmp(path, "/nowhere/sim/", 13) != 0)
		return FOLDER_FILES;
	while (i < FOLDER_FILES && strcmp(names[i], name + 1) != 0)
		i++;
	return i;
}

/* ---- what the C library is asked ---- */

int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_fsync(int fd);
int __wrap_fsync(int fd);

int
__wrap_access(const char *path, int mode)
{
	int file = file_of(path);

	if (file == FOLDER_FILES)
		return __real_access(path, mode);
	return folder_holds(going.node, (enum folder_file)file) ? 0 : -1;
}

int
__wrap_unlink(const char *path)
{
	int file = file_of(path);
	struct sim_node *node = going.node;

	if (file == FOLDER_FILES)
		return __real_unlink(path);
	if (!folder_step())
		return -1;
	forget(node, file);
	if (file == FOLDER_LEASE)
		lease_removed(node);
	if (node->wiping && folder_holds(node, FOLDER_VAULT))
		world_fail(node->world, "node %d erases %s before its key",
			node->number, names[file]);
	if (file == FOLDER_DATABASE) {
		disk_free(node->disk);
		node->disk = disk_new();
	}
	return 0;
}

/* What is read and written in between is the kernel's, in memory. */
int
__wrap_open(const char *path, int flags, ...)
{
	int file = file_of(path), fd;
	const struct folder_content *c;
	va_list rest;
	mode_t mode;

	if (file == FOLDER_FILES) {
		va_start(rest, flags);
		mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
		va_end(rest);
		return __real_open(path, flags, mode);
	}
	c = &going.node->contents[file];
	if (!c->bytes) {
		errno = ENOENT;
		return -1;
	}
	fd = memfd_create("sim", MFD_CLOEXEC);
	if (fd < 0 || pwrite(fd, c->bytes, c->size, 0) != (ssize_t)c->size)
		abort();
	if (flags & O_WRONLY) {
		going.fd = fd;
		going.file = file;
	}
	return fd;
}

/* Of what was appended a part is there when it fails. */
static size_t
torn(size_t before, size_t after)
{
	struct sim_node *node = going.node;
	struct random chance =
		world_chance(node->world, CHANCE_DISK, 64 + node->number);

	if (after <= before)
		return after;
	return before + random_below(&chance, (uint32_t)(after - before) + 1);
}

int
__wrap_fsync(int fd)
{
	struct folder_content *c;
	uint8_t *bytes;
	off_t size;
	bool done;

	if (!going.node || fd != going.fd)
		return __real_fsync(fd);
	going.fd = -1;
	size = lseek(fd, 0, SEEK_END);
	bytes = alloc((size_t)size + 1);
	if (size < 0 || pread(fd, bytes, (size_t)size, 0) != size)
		abort();
	c = &going.node->contents[going.file];
	done = folder_step() && !going.full;
	folder_put(going.node, (enum folder_file)going.file, bytes,
		done ? (size_t)size : torn(c->size, (size_t)size));
	free(bytes);
	errno = ENOSPC;
	return done ? 0 : -1;
}

/* ---- what they ask of the program ---- */

void
recast_scrub(const char *path)
{
	(void)path; /* zeros, then it is removed */
}

void
last_word_forget(const char *dir)
{
	(void)dir; /* of a folder in which a new node is made */
}

bool
holder_end(const char *dir)
{
	return dir == NULL; /* no process keeps the key */
}

bool
node_lock(const char *dir, int wait_ms, int *lock, struct problem *problem)
{
	(void)dir;
	(void)wait_ms;
	(void)problem;
	*lock = -1;
	return folder_step();
}

bool
node_write_secret(const char *path, const void *bytes, size_t size,
	struct problem *problem)
{
	(void)problem;
	if (!path || !bytes || !size || !folder_step() || going.full)
		return false;
	free(going.early);
	going.early = alloc_copy(bytes, size);
	going.early_size = size;
	return true;
}

bool
node_settle_secret(const char *early, const char *path, struct problem *problem)
{
	int file = file_of(path);

	(void)early;
	(void)problem;
	if (file == FOLDER_FILES || !going.early || !folder_step())
		return false;
	folder_put(going.node, (enum folder_file)file, going.early,
		going.early_size);
	free(going.early);
	going.early = NULL;
	if (file == FOLDER_LEASE)
		lease_saved(going.node);
	return true;
}
