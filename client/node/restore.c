#include "client/node/restore.h"

#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "client/node/recast.h"
#include "client/node/setup.h"
#include "client/store/database.h"
#include "client/store/setting.h"

/* What one that was cut short, or that failed, has left. */
static void
clear(const char *dir)
{
	static const char *const names[] = {"vault", "keys.new"};
	char *taken = folder_file(dir, "node.db.taken");

	setup_clear(dir);
	database_remove(taken);
	free(taken);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = folder_file(dir, names[i]);

		(void)unlink(path); /* most often not there */
		free(path);
	}
}

/* The database, under the backup's key, or plain. */
static bool
take(const char *dir, const struct backup_end *end, const char *file,
	const uint8_t *data_key, bool plain, uint8_t **key,
	struct node_keys **keys, struct problem *problem)
{
	char *path = folder_file(dir, "node.db");
	char *taken = folder_file(dir, "node.db.taken");
	bool done = backup_take(
		end, file, data_key, plain ? taken : path, key, keys, problem);

	if (done && plain) {
		done = recast_database(taken, *key, path, NULL, problem);
		database_remove(taken);
	}
	free(taken);
	free(path);
	return done;
}

/* From its first moment on it knows that it is a copy. */
static bool
mark_copied(const char *dir, const uint8_t *key, uint8_t *company_key,
	struct problem *problem)
{
	static const uint8_t yes = 1;
	char *path = folder_file(dir, "node.db");
	char reason[1024] = "";
	struct store *store = NULL;
	bool rebuild;
	bool done =
		store_sqlite_open_sealed(&store, path, key, schema_roadbook(),
			&rebuild, reason, sizeof reason) == STATUS_OK ||
		problem_set(problem, EXIT_FAILED, "%s", reason);

	if (done)
		done = (setting_get(store, "company_key", company_key,
				SIGNING_KEY_SIZE) == SIGNING_KEY_SIZE &&
			       setting_set(store, "copied", &yes, sizeof yes) ==
				       STATUS_OK) ||
			problem_set(problem, EXIT_FAILED, "%s: %s", path,
				store_sqlite_problem(store));
	store_sqlite_close(store);
	free(path);
	return done;
}

/* Key file and device keys: with the last of them it is a node. */
static bool
lock_up(const char *dir, const uint8_t *key, struct node_keys *keys,
	const struct passphrase *passphrase, const uint8_t *company_key,
	struct problem *problem)
{
	struct setup setup = {.dir = dir, .keys = keys};
	struct vault vault;
	uint8_t device[ID_BYTES];

	device_id(device, node_keys_sign_public(keys));
	node_keys_seal(keys, passphrase ? key : NULL);
	return (!passphrase ||
		       (vault_make(&vault, key, NULL, passphrase, company_key,
				device, problem) &&
			       vault_save(&vault, dir, problem))) &&
		setup_done(&setup, problem);
}

bool
node_restore(struct node **out, const char *dir, const struct backup_end *end,
	const char *file, const uint8_t data_key[static NODE_DATA_KEY_SIZE],
	const struct passphrase *passphrase, struct problem *problem)
{
	uint8_t company_key[SIGNING_KEY_SIZE], *key = NULL;
	struct node_keys *keys = NULL;
	bool done;

	if (end->kind != BACKUP_OF_DEVICE) {
		problem_set(problem, EXIT_USAGE, T("%s is of a hub"), file);
		return problem_hint(problem,
			"roadbook hub restore --root-file FILE --from FILE");
	}
	if (!setup_folder(dir, problem))
		return false;
	clear(dir);
	done = take(dir, end, file, data_key, !passphrase, &key, &keys,
		       problem) &&
		mark_copied(
			dir, passphrase ? key : NULL, company_key, problem) &&
		lock_up(dir, key, keys, passphrase, company_key, problem);
	if (done)
		done = node_open_sealed(
			out, dir, passphrase ? key : NULL, 0, problem);
	else
		clear(dir);
	node_keys_free(keys);
	sodium_free(key);
	return done;
}
