#include "client/node/setup.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "client/node/wipe.h"
#include "client/store/setting.h"
#include "sync/alloc.h"

void
setup_clear(const char *dir)
{
	static const char *const names[] = {
		"node.db", "node.db-wal", "node.db-shm", "node.db-journal"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char *path = folder_file(dir, names[i]);

		(void)unlink(path); /* most often not there */
		free(path);
	}
}

bool
setup_folder(const char *dir, struct problem *problem)
{
	return folder_make(dir, problem) && wipe_forget(dir, problem);
}

bool
setup_seal(const char *dir, const struct passphrase *passphrase,
	const uint8_t company_key[static SIGNING_KEY_SIZE],
	struct node_keys *keys, struct problem *problem)
{
	char *path = folder_file(dir, "vault");
	uint8_t *data_key, device[ID_BYTES];

	(void)unlink(path); /* most often not there */
	free(path);
	if (!passphrase)
		return true;
	device_id(device, node_keys_sign_public(keys));
	data_key = vault_prepare(dir, passphrase, company_key, device, problem);
	if (data_key)
		node_keys_seal(keys, data_key);
	sodium_free(data_key);
	return keys->sealed;
}

static bool
save_settings(const struct setup *setup, struct store *store)
{
	uint8_t hub = setup->hub;

	return setting_set(store, "company_key", setup->company_key,
		       sizeof setup->company_key) == STATUS_OK &&
		(!setup->credentials_size ||
			setting_set(store, "credentials", setup->credentials,
				setup->credentials_size) == STATUS_OK) &&
		setting_set(store, "user", setup->user, sizeof setup->user) ==
		STATUS_OK &&
		setting_set(store, "hub", &hub, sizeof hub) == STATUS_OK;
}

bool
setup_node(
	const struct setup *setup, struct node **out, struct problem *problem)
{
	const struct schema *schema =
		setup->schema ? setup->schema : schema_roadbook();
	char *path = folder_file(setup->dir, "node.db");
	char reason[1024] = "";
	struct store *store = NULL;
	bool rebuild, saved;

	setup_clear(setup->dir);
	saved = store_sqlite_open_sealed(&store, path,
			node_keys_data_key(setup->keys), schema, &rebuild,
			reason, sizeof reason) == STATUS_OK;
	if (!saved)
		problem_set(problem, EXIT_FAILED, "%s", reason);
	else if (!save_settings(setup, store))
		saved = problem_set(problem, EXIT_FAILED, "%s: %s", path,
			store_sqlite_problem(store));
	store_sqlite_close(store);
	free(path);
	return saved && setup_open(setup, out, problem);
}

bool
setup_open(
	const struct setup *setup, struct node **out, struct problem *problem)
{
	const struct schema *schema =
		setup->schema ? setup->schema : schema_roadbook();
	struct node_keys *keys;

	keys = sodium_malloc(sizeof *keys);
	if (!keys)
		alloc_failed();
	memcpy(keys, setup->keys, sizeof *keys);
	return node_open_with(out, setup->dir, keys, schema, 0, problem);
}

void
setup_undo(const struct setup *setup)
{
	char *path = folder_file(setup->dir, "keys");

	(void)unlink(path); /* what else lies there is a leftover from now on */
	free(path);
}

bool
setup_done(const struct setup *setup, struct problem *problem)
{
	char *early = folder_file(setup->dir, "keys.new");
	char *path = folder_file(setup->dir, "keys");
	bool saved;

	(void)unlink(early); /* what one that was cut short has left */
	saved = node_keys_save(setup->keys, early, problem) &&
		node_settle_secret(early, path, problem);
	free(early);
	free(path);
	if (!saved)
		setup_undo(setup); /* it may have its name already */
	return saved;
}
