/* Founding the company: its keys, its hub's certificates, its directory. */

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "client/node/hub/certify.h"
#include "client/node/hub/directory.h"
#include "client/node/hub/hub.h"
#include "client/node/hub/root.h"
#include "client/node/keys.h"
#include "client/node/setup.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

/* The company, the root territory, the hub's device, the first admin. */
static bool
write_directory(struct node *node, const struct hub_init_options *options,
	struct problem *problem)
{
	struct directory_draft draft = {0};
	uint8_t company[ID_BYTES], root[ID_BYTES], admin[ID_BYTES],
		grant[ID_BYTES], link_key[LINK_KEY_SIZE];

	id_derive(company, "roadbook/company-record/1", node->company,
		COMPANY_ID_SIZE);
	id_derive(root, "roadbook/root-territory/1", node->company,
		COMPANY_ID_SIZE);
	node_new_id(admin);
	node_new_id(grant);
	node_keys_link_public(node->keys, link_key);
	memcpy(node->ordered_by, admin, ID_BYTES);
	directory_text(
		&draft, TYPE_COMPANY, company, COMPANY_NAME, options->company);
	directory_text(&draft, TYPE_TERRITORY, root, TERRITORY_NAME, "/");
	directory_once_text(
		&draft, TYPE_TERRITORY, root, TERRITORY_KIND, "field");
	directory_once_text(
		&draft, TYPE_USER, admin, USER_LOGIN, options->admin);
	directory_bytes(&draft, TYPE_GRANT, grant, GRANT_USER, admin, ID_BYTES);
	directory_bytes(&draft, TYPE_GRANT, grant, GRANT_TERRITORY,
		policy_directory(node->policy), ID_BYTES);
	directory_once_text(&draft, TYPE_GRANT, grant, GRANT_ROLE, "admin");
	directory_bytes(&draft, TYPE_DEVICE, node->device, DEVICE_SIGN_KEY,
		node_keys_sign_public(node->keys), SIGNING_KEY_SIZE);
	directory_bytes(&draft, TYPE_DEVICE, node->device, DEVICE_LINK_KEY,
		link_key, LINK_KEY_SIZE);
	directory_once_text(
		&draft, TYPE_DEVICE, node->device, DEVICE_KIND, "hub");
	return directory_write(node, &draft, problem);
}

static bool
found(const struct hub_init_options *options, const char *early,
	const char *key_path, struct node_keys *keys, uint8_t *device,
	struct problem *problem)
{
	uint8_t *root_secret = sodium_malloc(SIGNING_SECRET_SIZE);
	struct setup setup = {.dir = options->dir, .keys = keys, .hub = true};
	struct node *node = NULL;
	bool made;

	if (!root_secret)
		alloc_failed();
	/* Of a try that was cut short: a company that never was. */
	(void)unlink(early);
	(void)crypto_sign_keypair(setup.company_key, root_secret); /* is 0 */
	certify_hub(setup.company_key, root_secret, keys,
		(uint64_t)node_now_ms(), setup.credentials);
	setup.credentials_size = CREDENTIALS_SIZE;
	made = setup_seal(options->dir, options->passphrase, setup.company_key,
		       keys, problem) &&
		root_save(early, root_secret, problem);
	sodium_free(root_secret);
	if (!made)
		return false;
	made = setup_node(&setup, &node, problem) &&
		write_directory(node, options, problem) &&
		setup_done(&setup, problem);
	if (made && !node_settle_secret(early, key_path, problem)) {
		setup_undo(&setup);
		(void)unlink(key_path);
		made = false;
	}
	if (made)
		memcpy(device, node->device, ID_BYTES);
	else
		(void)unlink(early);
	node_close(node);
	return made;
}

/* Beside the folder, unless it is named: DIR.company.key. */
static char *
root_path(const struct hub_init_options *options)
{
	static const char ending[] = ".company.key";
	const char *named =
		options->root_file ? options->root_file : options->dir;
	size_t size = strlen(named);
	char *path = alloc(size + sizeof ending);

	memcpy(path, named, size);
	if (options->root_file)
		return path;
	while (size > 1 && path[size - 1] == '/')
		size--;
	memcpy(path + size, ending, sizeof ending);
	return path;
}

/* Where it waits, beside its place, until the company is made. */
static char *
early_path(const char *path)
{
	static const char ending[] = ".new";
	size_t size = strlen(path);
	char *early = alloc(size + sizeof ending);

	memcpy(early, path, size);
	memcpy(early + size, ending, sizeof ending);
	return early;
}

/* In the hub's folder it would go where the hub goes: to the thief. */
static bool
is_apart(const char *dir, const char *path, struct problem *problem)
{
	char *parent = alloc_copy(path, strlen(path) + 1);
	char *slash = strrchr(parent, '/');
	char *folder, *hub = realpath(dir, NULL);
	bool within;

	if (slash)
		slash[slash == parent ? 1 : 0] = '\0';
	folder = realpath(slash ? parent : ".", NULL);
	within = folder && hub && strncmp(folder, hub, strlen(hub)) == 0 &&
		(folder[strlen(hub)] == '/' || folder[strlen(hub)] == '\0');
	free(folder);
	free(hub);
	free(parent);
	if (!within)
		return true;
	problem_set(problem, EXIT_USAGE, T("%s lies in the hub's own folder"),
		path);
	return problem_hint(problem,
		T("the root key is what replaces a lost hub: name a place "
		  "that is not lost with it"));
}

bool
hub_init(const struct hub_init_options *options, char **key_path,
	uint8_t device[static ID_BYTES], struct problem *problem)
{
	struct node_keys *keys;
	bool made;

	*key_path = root_path(options);
	made = hub_name_valid(options->company, problem) &&
		hub_login_valid(options->admin, problem) &&
		setup_folder(options->dir, problem) &&
		is_apart(options->dir, *key_path, problem);
	if (made && access(*key_path, F_OK) == 0)
		made = problem_set(problem, EXIT_AMBIGUOUS,
			T("%s is there already; it is not overwritten"),
			*key_path);
	if (made) {
		char *early = early_path(*key_path);

		keys = node_keys_new(true);
		made = found(options, early, *key_path, keys, device, problem);
		node_keys_free(keys);
		free(early);
	}
	return made;
}
