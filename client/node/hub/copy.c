#include "client/node/hub/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/node/backup.h"
#include "client/node/folder.h"
#include "client/node/recast.h"
#include "client/store/database.h"
#include "sync/alloc.h"

static bool
copy_bytes(int from, int to)
{
	uint8_t buffer[1 << 16];
	ssize_t n;

	while ((n = read(from, buffer, sizeof buffer)) != 0) {
		uint8_t *at = buffer;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		while (n > 0) {
			ssize_t written = write(to, at, (size_t)n);

			if (written < 0 && errno == EINTR)
				continue;
			if (written <= 0)
				return false;
			at += written;
			n -= written;
		}
	}
	return fsync(to) == 0;
}

/* A file that need not be there (`must` false) is fine without. */
static bool
copy_file(const char *from, const char *to, bool must, struct problem *problem)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	bool copied;

	if (in < 0 && errno == ENOENT && !must)
		return true;
	if (in < 0) {
		if (errno == ENOENT)
			problem_set(problem, EXIT_NOT_FOUND,
				T("there is no file %s"), from);
		else
			problem_set(problem, EXIT_FAILED, "%s: %s", from,
				strerror(errno));
		return problem_hint(problem,
			T("--from names a copy of the old hub's folder, or of "
			  "the node.db in it"));
	}
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	copied = out >= 0 && copy_bytes(in, out);
	if (!copied)
		problem_set(
			problem, EXIT_FAILED, "%s: %s", to, strerror(errno));
	if (out >= 0 && close(out) != 0 && copied)
		copied = problem_set(
			problem, EXIT_FAILED, "%s: %s", to, strerror(errno));
	(void)close(in); /* only read */
	return copied;
}

/* node.db, and what an interrupted node had beside it, to `to`. */
static bool
copy_files(const char *from, const char *to, struct problem *problem)
{
	static const char *const endings[] = {"", "-wal"};
	bool copied = true;

	for (size_t i = 0; copied && i < sizeof endings / sizeof *endings;
		i++) {
		char *source, *target;

		if (asprintf(&source, "%s%s", from, endings[i]) < 0 ||
			asprintf(&target, "%s%s", to, endings[i]) < 0)
			alloc_failed();
		copied = copy_file(source, target, i == 0, problem);
		free(source);
		free(target);
	}
	return copied;
}

/* A node that runs writes on while it is copied: no copy. */
static bool
is_at_rest(const char *from, struct problem *problem)
{
	char *path = folder_file(from, "lock");
	bool there = access(path, W_OK) == 0;
	int lock = -1;

	free(path);
	if (!there)
		return true;
	if (!node_lock(from, 0, &lock, problem))
		return problem_hint(problem,
			T("stop the hub that runs there, or name a copy"));
	(void)close(lock); /* which lets go of it */
	return true;
}

/* The folder that a database lies in. */
static char *
folder_of(const char *path)
{
	char *folder = alloc_copy(path, strlen(path) + 1);
	char *slash = strrchr(folder, '/');

	if (!slash) {
		free(folder);
		return alloc_copy(".", 2);
	}
	slash[slash == folder ? 1 : 0] = '\0';
	return folder;
}

/* The key of a vault, by the root secret; NULL with *problem. */
static uint8_t *
recover_key(const struct vault *vault, const uint8_t *root_secret,
	struct problem *problem)
{
	uint8_t *key = vault_data_key_room();

	if (vault_recover(vault, root_secret, key, problem))
		return key;
	problem_hint(problem,
		T("--root-file and --from have to be of the same one"));
	sodium_free(key);
	return NULL;
}

/* Of a folder: *key is what `to` is under then, NULL for a plain one. */
static bool
take_folder(const char *from, const uint8_t *root_secret, const char *to,
	uint8_t **key, struct problem *problem)
{
	struct stat st;
	bool whole = stat(from, &st) == 0 && S_ISDIR(st.st_mode);
	char *base = whole ? folder_file(from, "node.db")
			   : alloc_copy(from, strlen(from) + 1);
	char *folder =
		whole ? alloc_copy(from, strlen(from) + 1) : folder_of(from);
	bool sealed = vault_is_in(folder), done = true;
	struct vault vault;

	if (sealed)
		done = vault_load(&vault, folder, problem) &&
			(*key = recover_key(&vault, root_secret, problem));
	done = done && (!whole || is_at_rest(from, problem)) &&
		copy_files(base, to, problem);
	free(folder);
	free(base);
	return done;
}

static bool
take_backup(const char *from, const uint8_t *root_secret, const char *to,
	uint8_t **key, struct problem *problem)
{
	struct backup_end *end = alloc(sizeof *end);
	struct node_keys *keys = NULL;
	uint8_t *data_key = NULL;
	bool done = backup_read(end, from, problem);

	if (done && end->kind != BACKUP_OF_HUB)
		done = problem_set(problem, EXIT_USAGE,
			T("%s is not the database of a hub"), from);
	done = done &&
		(data_key = recover_key(&end->vault, root_secret, problem)) &&
		backup_take(end, from, data_key, to, key, &keys, problem);
	node_keys_free(keys);
	sodium_free(data_key);
	free(end);
	return done;
}

bool
hub_copy_take(const char *from, const char *dir,
	const uint8_t root_secret[static SIGNING_SECRET_SIZE],
	const uint8_t *key, struct problem *problem)
{
	char *path = folder_file(dir, "node.db");
	char *taken = folder_file(dir, "node.db.taken");
	uint8_t *old = NULL;
	bool done;

	database_remove(taken); /* of one that was cut short */
	done = (backup_is(from) ? take_backup : take_folder)(
		from, root_secret, taken, &old, problem);
	done = done && recast_database(taken, old, path, key, problem);
	database_remove(taken);
	sodium_free(old);
	free(taken);
	free(path);
	return done;
}
