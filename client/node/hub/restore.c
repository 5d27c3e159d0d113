#include "client/node/hub/restore.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/folder.h"
#include "client/node/hub/certify.h"
#include "client/node/hub/copy.h"
#include "client/node/hub/root.h"
#include "client/node/hub/succession.h"
#include "client/node/keys.h"
#include "client/node/setup.h"
#include "client/store/setting.h"
#include "sync/alloc.h"

static uint8_t *
load_root(const char *path, const uint8_t *company_key, struct problem *problem)
{
	uint8_t *secret = sodium_malloc(SIGNING_SECRET_SIZE);

	if (!secret)
		alloc_failed();
	if (root_load(path, company_key, secret, problem))
		return secret;
	sodium_free(secret);
	return NULL;
}

/* ---- making it ---- */

/* Whether the copy is that of a hub of this very company. */
static bool
is_hub_of(struct store *store, const uint8_t *company_key, const char *from,
	struct problem *problem)
{
	uint8_t key[SIGNING_KEY_SIZE], hub = 0;

	if (setting_get(store, "company_key", key, sizeof key) != sizeof key ||
		setting_get(store, "hub", &hub, sizeof hub) != sizeof hub ||
		!hub)
		return problem_set(problem, EXIT_USAGE,
			T("%s is not the database of a hub"), from);
	if (memcmp(key, company_key, sizeof key) == 0)
		return true;
	problem_set(problem, EXIT_REFUSED, T("%s is of another company"), from);
	return problem_hint(problem,
		T("--root-file and --from have to be of the same one"));
}

/* Turns the database in the folder into the new hub's. */
static bool
take_database(const struct hub_restore_options *options,
	const struct setup *setup, struct problem *problem)
{
	char *path = folder_file(options->dir, "node.db");
	char reason[256] = "";
	struct store *store = NULL;
	enum status status;
	bool rebuild, taken;

	taken = store_sqlite_open_sealed(&store, path,
			node_keys_data_key(setup->keys), schema_roadbook(),
			&rebuild, reason, sizeof reason) == STATUS_OK;
	if (!taken)
		problem_set(problem, EXIT_FAILED, "%s: %s",
			options->from ? options->from : path, reason);
	if (taken && options->from)
		taken = is_hub_of(
			store, setup->company_key, options->from, problem);
	if (taken) {
		status =
			succession_prepare(store, setup, options->from != NULL);
		if (status != STATUS_OK)
			taken = problem_set(problem, EXIT_FAILED, "%s: %s",
				path, store_sqlite_problem(store));
	}
	store_sqlite_close(store);
	free(path);
	return taken;
}

static bool
make(const struct hub_restore_options *options, const uint8_t *secret,
	struct node_keys *keys, uint8_t *device, struct problem *problem)
{
	struct setup setup = {.dir = options->dir, .keys = keys, .hub = true};
	struct node *node = NULL;
	bool made;

	memcpy(setup.company_key, root_public(secret), SIGNING_KEY_SIZE);
	certify_hub(setup.company_key, secret, keys, (uint64_t)node_now_ms(),
		setup.credentials);
	setup.credentials_size = CREDENTIALS_SIZE;
	setup_clear(options->dir);
	made = setup_seal(options->dir, options->passphrase, setup.company_key,
		       keys, problem) &&
		(!options->from ||
			hub_copy_take(options->from, options->dir, secret,
				node_keys_data_key(keys), problem)) &&
		take_database(options, &setup, problem) &&
		setup_open(&setup, &node, problem) &&
		/* Another schema's tables were made anew in passing. */
		node_rebuild(node, problem) &&
		succession_begin(node, problem) && setup_done(&setup, problem);
	if (made)
		memcpy(device, node->device, ID_BYTES);
	node_close(node);
	if (!made)
		setup_clear(options->dir);
	return made;
}

bool
hub_restore(const struct hub_restore_options *options,
	uint8_t device[static ID_BYTES], struct problem *problem)
{
	uint8_t *secret = load_root(options->root_file, NULL, problem);
	struct node_keys *keys;
	bool made;

	if (!secret)
		return false;
	keys = node_keys_new(true);
	made = setup_folder(options->dir, problem) &&
		make(options, secret, keys, device, problem);
	node_keys_free(keys);
	sodium_free(secret);
	return made;
}

/* ---- the end of it ---- */

bool
hub_restore_done(struct node *node, const char *root_file, bool stolen,
	struct problem *problem)
{
	uint8_t *secret;
	bool done;

	if (!node->hub || !node->restoring) {
		problem_set(problem, EXIT_USAGE,
			T("this hub is not being restored"));
		return problem_hint(problem,
			"roadbook hub restore --root-file FILE "
			"--from FILE|--from-peers");
	}
	if (!policy_user_at(node->policy, 0)) {
		problem_set(problem, EXIT_FAILED,
			T("nothing of the directory has come back yet"));
		return problem_hint(problem,
			T("roadbook hub serve, until a device has synced"));
	}
	secret = load_root(root_file, node->company_key, problem);
	if (!secret)
		return false;
	done = succession_done(node, secret, stolen, problem);
	sodium_free(secret);
	return done;
}
