#include "client/node/recast.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "client/node/node.h"
#include "client/store/database.h"
#include "sync/alloc.h"

static const char *const endings[] = {"-wal", "-shm", "-journal"};
enum { SCRUB_SIZE = 1 << 16 };

static bool
disk_problem(struct problem *problem, const char *path, const char *why)
{
	problem_set(problem, EXIT_FAILED, "%s: %s", path, why);
	return problem_hint(problem,
		T("see that the disk has room and the folder can be written"));
}

/* What cannot be overwritten goes anyway. */
void
recast_scrub(const char *path)
{
	static const uint8_t zeros[SCRUB_SIZE];
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0)
		for (off_t at = 0; at < st.st_size; at += SCRUB_SIZE)
			if (pwrite(fd, zeros, SCRUB_SIZE, at) < 0)
				break;
	(void)fsync(fd); /* as above */
	(void)close(fd);
}

/* What SQLite keeps beside a database, overwritten first. */
static void
remove_beside(const char *path)
{
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		char *name = NULL;

		if (asprintf(&name, "%s%s", path, endings[i]) < 0)
			alloc_failed();
		recast_scrub(name);
		(void)unlink(name); /* most often not there */
		free(name);
	}
}

/* ---- the database ---- */

bool
recast_database(const char *from, const uint8_t *from_key, const char *to,
	const uint8_t *to_key, struct problem *problem)
{
	sqlite3 *in = NULL;
	int code = database_open(&in, from, from_key);

	if (code == SQLITE_OK)
		code = database_copy(in, to, to_key);
	database_close(in);
	return code == SQLITE_OK ||
		disk_problem(problem, to, sqlite3_errstr(code));
}

/* ---- files ---- */

static bool
copy_keys(const char *dir, const uint8_t *old_key, const uint8_t *new_key,
	struct problem *problem)
{
	char *path = folder_file(dir, "keys");
	char *sealed = folder_file(dir, "keys.sealed");
	struct node_keys *keys = NULL;
	bool done = node_keys_load_sealed(&keys, path, old_key, problem);

	(void)unlink(sealed); /* of one that was cut short */
	if (done) {
		node_keys_seal(keys, new_key);
		done = node_keys_save(keys, sealed, problem);
	}
	node_keys_free(keys);
	free(path);
	free(sealed);
	return done;
}

/* Whether the file is under this key; false when there is none. */
static bool
keys_are_under(const char *path, const uint8_t *data_key)
{
	struct problem unused;
	struct node_keys *keys = NULL;
	bool theirs = node_keys_load_sealed(&keys, path, data_key, &unused);

	node_keys_free(keys);
	return theirs;
}

static bool
database_is_under(const char *path, const uint8_t *data_key)
{
	struct page_keys *keys = page_keys_new(data_key);
	uint8_t first[PAGE_SEAL_MARK_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool theirs = fd >= 0 &&
		read(fd, first, sizeof first) == (ssize_t)sizeof first &&
		memcmp(first, page_mark(keys), sizeof first) == 0;

	if (fd >= 0)
		(void)close(fd); /* only read */
	page_keys_free(keys);
	return theirs;
}

static bool
settle_database(
	const char *dir, const uint8_t *data_key, struct problem *problem)
{
	char *fresh = folder_file(dir, "node.db.new");
	char *path = folder_file(dir, "node.db");
	bool done = true;

	if (database_is_under(fresh, data_key) &&
		!database_is_under(path, data_key)) {
		remove_beside(path);
		recast_scrub(path);
		done = node_settle_secret(fresh, path, problem);
	} else {
		database_remove(fresh);
	}
	free(fresh);
	free(path);
	return done;
}

static bool
settle_keys(const char *dir, const uint8_t *data_key, struct problem *problem)
{
	char *fresh = folder_file(dir, "keys.sealed");
	char *path = folder_file(dir, "keys");
	bool done = true;

	if (keys_are_under(fresh, data_key) &&
		!keys_are_under(path, data_key)) {
		recast_scrub(path);
		done = node_settle_secret(fresh, path, problem);
	} else {
		(void)unlink(fresh); /* most often not there */
	}
	free(fresh);
	free(path);
	return done;
}

static bool
settle(const char *dir, const uint8_t *data_key, struct problem *problem)
{
	if (folder_has(dir, "node.db.new") &&
		!settle_database(dir, data_key, problem))
		return false;
	return !folder_has(dir, "keys.sealed") ||
		settle_keys(dir, data_key, problem);
}

bool
recast_settle(const char *dir,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE], int wait_ms,
	struct problem *problem)
{
	struct vault vault;
	int lock = -1;
	bool done;

	if (!folder_has(dir, "node.db.new") && !folder_has(dir, "keys.sealed"))
		return true;
	if (!node_lock(dir, wait_ms, &lock, problem))
		return false;
	/* With another key the whole one of two would look like a leftover. */
	done = vault_load(&vault, dir, problem);
	if (done && !vault_is_key(&vault, data_key))
		done = problem_set(problem, EXIT_LOCKED,
			T("the key of this node was changed"));
	done = done && settle(dir, data_key, problem);
	(void)close(lock); /* which lets go of it */
	return done;
}

bool
recast(const char *dir, const uint8_t *old_key, const struct vault *vault,
	const uint8_t new_key[static NODE_DATA_KEY_SIZE],
	struct problem *problem)
{
	char *path = folder_file(dir, "node.db");
	char *fresh = folder_file(dir, "node.db.new");
	bool done = recast_database(path, old_key, fresh, new_key, problem) &&
		copy_keys(dir, old_key, new_key, problem) &&
		vault_save(vault, dir, problem);

	done = done && settle(dir, new_key, problem);
	free(path);
	free(fresh);
	return done;
}
