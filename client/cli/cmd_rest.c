/* roadbook encrypt, unlock, lock, passphrase change, rekey. */

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/unlock.h"
#include "client/node/folder.h"
#include "client/node/holder.h"
#include "client/node/lease.h"
#include "client/node/recast.h"

enum { HOURS_DEFAULT = 8, DAYS_MAX = 31 };

static bool
say(struct cli *cli, const char *json, const char *text)
{
	if (cli->json)
		output_json(cli->out, json_pack("{s:b}", json, 1));
	else
		output_format(cli->out, "%s\n", text);
	return true;
}

/* What a vault is sealed to, and for which device. */
struct owner {
	uint8_t company_key[SIGNING_KEY_SIZE];
	uint8_t device[ID_BYTES];
};

/* For which the node is opened, and closed again. */
static bool
owner_of(const char *dir, const uint8_t *data_key, struct owner *owner,
	struct problem *problem)
{
	struct node *node = NULL;

	if ((data_key && !recast_settle(dir, data_key, 0, problem)) ||
		!node_open_sealed(&node, dir, data_key, 0, problem))
		return false;
	memcpy(owner->company_key, node->company_key, SIGNING_KEY_SIZE);
	memcpy(owner->device, node->device, ID_BYTES);
	node_close(node);
	return true;
}

/* ---- encrypt, rekey ---- */

/* Under a key that is made here, wrapped by this passphrase. */
static bool
put_under_new_key(struct cli *cli, const char *dir, const uint8_t *old_key,
	const struct owner *owner, const struct passphrase *passphrase)
{
	uint8_t *key = vault_data_key_new();
	struct vault vault;
	int lock = -1;
	bool done = vault_make(&vault, key, NULL, passphrase,
			    owner->company_key, owner->device, &cli->problem) &&
		node_lock(dir, 0, &lock, &cli->problem) &&
		recast(dir, old_key, &vault, key, &cli->problem);

	if (lock >= 0)
		(void)close(lock); /* which lets go of it */
	sodium_free(key);
	return done;
}

static bool
run_encrypt(struct cli *cli)
{
	char *dir = folder_of_node(cli->dir);
	struct passphrase_source source;
	struct passphrase *passphrase = NULL;
	struct owner owner;
	bool done = unlock_source(cli, &source);

	vault_guard_process();
	if (done && vault_is_in(dir))
		done = problem_set(&cli->problem, EXIT_AMBIGUOUS,
			T("%s is encrypted already"), dir);
	if (done && owner_of(dir, NULL, &owner, &cli->problem))
		passphrase = unlock_ask_new(cli, &source);
	done = passphrase &&
		put_under_new_key(cli, dir, NULL, &owner, passphrase);
	passphrase_free(passphrase);
	free(dir);
	return done &&
		say(cli, "encrypted",
			T("this node is encrypted now. Whoever has the "
			  "company's root key can open it too, if the "
			  "passphrase is forgotten. Copies of the folder made "
			  "before are as they were."));
}

/* The lease, before the key that it lies under is another one; or NULL. */
static struct lease *
read_lease(const char *dir, const struct vault *vault, const uint8_t *key)
{
	uint8_t *user_key = vault_data_key_room();
	struct lease *lease = lease_new();
	struct problem problem;
	bool read = lease_is_in(dir) && vault_user_key(vault, key, user_key) &&
		lease_load(lease, dir, user_key, &problem);

	sodium_free(user_key);
	if (read)
		return lease;
	lease_free(lease);
	return NULL;
}

/* Cut short before it, the next renewal brings it. */
static bool
seal_lease(struct cli *cli, const char *dir, const struct lease *lease,
	const struct passphrase *passphrase)
{
	uint8_t *user_key = vault_data_key_room();
	struct vault vault;
	bool done = vault_load(&vault, dir, &cli->problem) &&
		vault_open_user(&vault, passphrase, user_key, &cli->problem) &&
		lease_save(lease, dir, user_key, &cli->problem);

	sodium_free(user_key);
	return done;
}

static bool
run_rekey(struct cli *cli)
{
	char *dir = folder_of_node(cli->dir);
	struct passphrase *passphrase;
	struct owner owner;
	struct vault vault;
	struct lease *lease;
	uint8_t *key;
	bool done = unlock_vault(cli, dir, &vault, &passphrase, &key) &&
		owner_of(dir, key, &owner, &cli->problem);

	if (done) {
		(void)holder_end(dir); /* what it holds will open nothing */
		lease = read_lease(dir, &vault, key);
		done = put_under_new_key(cli, dir, key, &owner, passphrase);
		if (done && lease)
			done = seal_lease(cli, dir, lease, passphrase);
		lease_free(lease);
	}
	passphrase_free(passphrase);
	sodium_free(key);
	free(dir);
	return done &&
		say(cli, "rekeyed",
			T("everything was written anew under another key"));
}

/* ---- passphrase ---- */

static const struct command_flag new_flags[] = {
	{"new-passphrase-file", "FILE",
		N_("the new passphrase is in this file")},
	{NULL, NULL, NULL},
};

static bool
run_change(struct cli *cli)
{
	char *dir = folder_of_node(cli->dir);
	struct passphrase *passphrase;
	struct vault vault;
	uint8_t *key;
	bool done = unlock_vault(cli, dir, &vault, &passphrase, &key) &&
		unlock_set_passphrase(cli, dir, &vault, key);

	passphrase_free(passphrase);
	sodium_free(key);
	free(dir);
	return done &&
		say(cli, "changed",
			T("the passphrase was changed; a copy of the folder "
			  "still opens with the old one (roadbook rekey ends "
			  "that for what comes)"));
}

/* ---- unlock, lock ---- */

static const struct command_flag unlock_flags[] = {
	{"for", "8h", N_("for so many minutes, hours or days")},
	{NULL, NULL, NULL},
};

/* 30m, 8h or 2d, in seconds. */
static bool
read_span(struct cli *cli, int64_t *seconds)
{
	const char *text = cli_flag(cli, "for");
	char *end;
	long number;

	*seconds = HOURS_DEFAULT * 3600;
	if (!text)
		return true;
	number = strtol(text, &end, 10);
	if (*text >= '1' && *text <= '9' && number <= DAYS_MAX * 24L * 60 &&
		strchr("mhd", *end) && *end && !end[1]) {
		*seconds = number *
			(*end == 'm'                  ? 60
					: *end == 'h' ? 3600
						      : 24 * 3600);
		if (*seconds <= DAYS_MAX * 24 * 3600L)
			return true;
	}
	problem_set(
		&cli->problem, EXIT_USAGE, T("%s is no span of time"), text);
	return problem_hint(
		&cli->problem, T("30m, 8h or 2d, 31 days at the most"));
}

static bool
run_unlock(struct cli *cli)
{
	char *dir = folder_of_node(cli->dir);
	struct passphrase *passphrase = NULL;
	struct vault vault;
	uint8_t *key = NULL;
	int64_t seconds;
	bool done = read_span(cli, &seconds) &&
		unlock_vault(cli, dir, &vault, &passphrase, &key);

	/* Before there is a process that would have it, too. */
	passphrase_free(passphrase);
	done = done && holder_start(dir, key, seconds, &cli->problem);
	sodium_free(key);
	free(dir);
	return done &&
		say(cli, "unlocked",
			T("unlocked; roadbook lock ends that earlier"));
}

static bool
run_lock(struct cli *cli)
{
	char *dir = folder_of_node(cli->dir);
	bool ended = holder_end(dir);

	free(dir);
	return say(cli, "locked",
		ended ? T("locked")
		      : T("it was not unlocked; a node that runs goes on"));
}

const struct command rest_commands[] = {
	{.noun = "unlock",
		.arguments = "",
		.needs = NEEDS_NOTHING,
		.run = run_unlock,
		.help = N_("keep the key of an encrypted node at hand, for a "
			   "while"),
		.flags = unlock_flags},
	{.noun = "lock",
		.arguments = "",
		.needs = NEEDS_NOTHING,
		.run = run_lock,
		.help = N_("forget the key that unlock keeps")},
	{.noun = "encrypt",
		.arguments = "",
		.needs = NEEDS_NOTHING,
		.run = run_encrypt,
		.help = N_("encrypt this node, which was plain, under a "
			   "passphrase")},
	{.noun = "rekey",
		.arguments = "",
		.needs = NEEDS_NOTHING,
		.run = run_rekey,
		.help = N_("write all of an encrypted node anew under another "
			   "key")},
	{.noun = "passphrase",
		.verb = "change",
		.arguments = "",
		.needs = NEEDS_NOTHING,
		.run = run_change,
		.help = N_("another passphrase for an encrypted node"),
		.flags = new_flags},
	{0},
};
