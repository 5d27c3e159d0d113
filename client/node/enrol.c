#include "client/node/enrol.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "client/node/keys.h"
#include "client/node/peers.h"
#include "client/node/setup.h"
#include "client/node/vault.h"
#include "client/store/setting.h"
#include "proto/token.h"
#include "sync/alloc.h"

/* Keys of an earlier try in this folder, or fresh ones. */
static bool
prepare_keys(const char *path, const uint8_t *data_key, struct node_keys **keys,
	struct problem *problem)
{
	off_t whole = data_key ? NODE_KEYS_SEALED_SIZE : NODE_KEYS_FILE_SIZE;
	struct stat st;

	if (stat(path, &st) == 0) {
		if (st.st_size == whole)
			return node_keys_load_sealed(
				keys, path, data_key, problem);
		/* It was cut short, so nobody was told of these. */
		(void)unlink(path);
	}
	*keys = node_keys_new(false);
	node_keys_seal(*keys, data_key);
	return node_keys_save(*keys, path, problem);
}

static enum status
save_addresses(struct node *node, const struct token *token)
{
	char list[TOKEN_ADDRESSES_MAX * (TOKEN_ADDRESS_MAX + 1)];
	size_t size = 0;

	for (size_t i = 0; i < token->address_count; i++) {
		size_t n = strlen(token->addresses[i]) + 1;

		memcpy(list + size, token->addresses[i], n);
		size += n;
	}
	return setting_set(node->store, "token_addresses", list, size);
}

static bool
take_credentials(struct node *node, const struct token *token,
	const struct peer_result *result, struct problem *problem)
{
	struct certificate device;

	if (result->credentials_size < CREDENTIALS_SIZE ||
		certificate_decode(&device,
			result->credentials + CERTIFICATE_SIZE,
			CERTIFICATE_SIZE) != STATUS_OK)
		return problem_set(problem, EXIT_FAILED,
			T("the hub answered without a certificate"));
	memcpy(node->credentials, result->credentials,
		result->credentials_size);
	node->credentials_size = result->credentials_size;
	memcpy(node->user, device.user, ID_BYTES);
	if (setting_set(node->store, "credentials", node->credentials,
		    node->credentials_size) == STATUS_OK &&
		setting_set(node->store, "user", node->user,
			sizeof node->user) == STATUS_OK &&
		save_addresses(node, token) == STATUS_OK)
		return true;
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		store_sqlite_problem(node->store));
}

static bool
ask_hub(struct node *node, const struct token *token, const char *device_name,
	char *login, size_t room, struct problem *problem)
{
	struct peers *peers = peers_new(node, problem);
	struct peer_result *result = alloc(sizeof *result);
	bool done = false;

	if (peers && token->address_count == 0)
		problem_set(problem, EXIT_USAGE,
			T("the invitation names no address of the hub"));
	for (size_t i = 0; peers && !done && i < token->address_count; i++) {
		const char *url = token->addresses[i];

		done = peers_enrol(peers, url, token, device_name, result,
			       problem) &&
			peers_finish(peers, url, result, problem);
		if (!done && !result->unreachable)
			break;
	}
	peers_free(peers);
	if (done) {
		done = take_credentials(node, token, result, problem);
		(void)snprintf(login, room, "%s", result->login);
	}
	free(result);
	return done;
}

/* In the vault, whose seal tells the company which device it is of. */
static bool
name_device(const char *dir, const uint8_t *data_key, const struct token *token,
	const struct node_keys *keys, struct problem *problem)
{
	uint8_t device[ID_BYTES];

	if (!data_key)
		return true;
	device_id(device, node_keys_sign_public(keys));
	return vault_rename(dir, data_key, token->company_key, device, problem);
}

static bool
enrol(const char *dir, const struct token *token, const char *device_name,
	const struct passphrase *passphrase, struct node **node, char *login,
	size_t room, struct problem *problem)
{
	/* Its id is known as soon as there are keys. */
	static const uint8_t nobody[ID_BYTES];
	uint8_t *data_key = passphrase
		? vault_prepare(
			  dir, passphrase, token->company_key, nobody, problem)
		: NULL;
	char *early = folder_file(dir, "keys.new");
	char *final = folder_file(dir, "keys");
	struct node_keys *keys = NULL;
	struct setup setup = {.dir = dir};
	bool done = false;

	memcpy(setup.company_key, token->company_key, SIGNING_KEY_SIZE);
	if ((data_key || !passphrase) &&
		prepare_keys(early, data_key, &keys, problem)) {
		setup.keys = keys;
		done = name_device(dir, data_key, token, keys, problem) &&
			setup_node(&setup, node, problem) &&
			ask_hub(*node, token, device_name, login, room,
				problem);
	}
	done = done && node_settle_secret(early, final, problem);
	if (!done) {
		node_close(*node);
		*node = NULL;
	}
	node_keys_free(keys);
	sodium_free(data_key);
	free(early);
	free(final);
	return done;
}

static bool
decode(struct token *token, const char *text, struct problem *problem)
{
	if (token_decode(token, text) == STATUS_OK)
		return true;
	problem_set(problem, EXIT_USAGE,
		T("that is no invitation, or a part of it is missing"));
	return problem_hint(problem, T("paste all of it; it begins with rb1-"));
}

bool
enrol_token_valid(const char *text, struct problem *problem)
{
	struct token token;

	if (!decode(&token, text, problem))
		return false;
	token_clear(&token);
	return true;
}

bool
node_enrol(const char *dir, const char *text, const char *device_name,
	const struct passphrase *passphrase, struct node **node, char *login,
	size_t room, struct problem *problem)
{
	struct token token;
	bool done;

	*node = NULL;
	if (!decode(&token, text, problem))
		return false;
	done = setup_folder(dir, problem) &&
		enrol(dir, &token, device_name, passphrase, node, login, room,
			problem);
	token_clear(&token);
	return done;
}
