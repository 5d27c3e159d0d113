/* Founding the company: its keys, its hub's certificates, its directory. */

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "client/node/hub/directory.h"
#include "client/node/hub/hub.h"
#include "client/node/keys.h"
#include "client/node/setup.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

static const char key_note[] =
	"# Roadbook: the root key of this company. It replaces a lost hub.\n"
	"# Put this file away, on paper or a stick in a safe, and delete it "
	"here.\n"
	"# 这是公司的根密钥，用于更换丢失的总部节点。\n"
	"# 请把本文件另行保管（纸质或保险柜中的移动盘），并从此处删除。\n";

static bool
save_root_key(const char *path, const uint8_t *secret, struct problem *problem)
{
	enum { TEXT_SIZE = sizeof key_note + SIGNING_SECRET_SIZE * 2 };
	char *text = sodium_malloc(TEXT_SIZE);
	char *at;
	bool saved;

	if (!text)
		alloc_failed();
	memcpy(text, key_note, sizeof key_note - 1);
	at = text + sizeof key_note - 1;
	(void)sodium_bin2base64(at,
		sodium_base64_ENCODED_LEN(
			SIGNING_SECRET_SIZE, sodium_base64_VARIANT_ORIGINAL),
		secret, SIGNING_SECRET_SIZE, sodium_base64_VARIANT_ORIGINAL);
	strcat(at, "\n");
	saved = node_write_secret(path, text, strlen(text), problem);
	sodium_free(text);
	return saved;
}

/* The hub's credentials: its issuing key by the root, its device by that. */
static void
make_credentials(const uint8_t *company_key, const uint8_t *root_secret,
	const struct node_keys *keys, uint8_t out[static 2 * CERTIFICATE_SIZE])
{
	uint64_t now = (uint64_t)node_now_ms();
	struct certificate issuer = {.kind = CERTIFICATE_ISSUER,
		.serial = now,
		.not_before_ms = now - HUB_CERTIFICATE_EARLY_MS,
		.expires_ms = now + HUB_CERTIFICATE_MS};
	struct certificate hub = issuer;

	company_id(issuer.company, company_key);
	memcpy(issuer.signing_key, node_keys_issuing_public(keys),
		SIGNING_KEY_SIZE);
	memcpy(issuer.issuer, company_key, SIGNING_KEY_SIZE);
	certificate_encode(out, &issuer, root_secret);
	hub.kind = CERTIFICATE_HUB;
	memcpy(hub.company, issuer.company, COMPANY_ID_SIZE);
	memcpy(hub.signing_key, node_keys_sign_public(keys), SIGNING_KEY_SIZE);
	device_id(hub.subject, hub.signing_key);
	node_keys_link_public(keys, hub.link_key);
	memcpy(hub.issuer, issuer.signing_key, SIGNING_KEY_SIZE);
	certificate_encode(out + CERTIFICATE_SIZE, &hub, keys->issuing_secret);
}

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
	make_credentials(
		setup.company_key, root_secret, keys, setup.credentials);
	setup.credentials_size = 2 * (size_t)CERTIFICATE_SIZE;
	made = save_root_key(early, root_secret, problem);
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

bool
hub_init(const struct hub_init_options *options, char **key_path,
	uint8_t device[static ID_BYTES], struct problem *problem)
{
	struct node_keys *keys;
	bool made;

	*key_path = folder_file(options->dir, "company.key");
	made = hub_name_valid(options->company, problem) &&
		hub_login_valid(options->admin, problem) &&
		folder_make(options->dir, problem);
	if (made && access(*key_path, F_OK) == 0)
		made = problem_set(problem, EXIT_AMBIGUOUS,
			T("%s is there already; it is not overwritten"),
			*key_path);
	if (made) {
		char *early = folder_file(options->dir, "company.key.new");

		keys = node_keys_new(true);
		made = found(options, early, *key_path, keys, device, problem);
		node_keys_free(keys);
		free(early);
	}
	return made;
}
