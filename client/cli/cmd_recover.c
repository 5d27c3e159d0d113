/* roadbook recover, hub recover: a passphrase is forgotten, or withheld. */

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/unlock.h"
#include "client/node/folder.h"
#include "client/node/hub/hub.h"
#include "client/node/hub/root.h"
#include "client/node/recovery.h"
#include "proto/pack.h"
#include "sync/alloc.h"

/* ---- on the laptop ---- */

static const struct command_flag recover_flags[] = {
	{"answer", "TEXT", N_("what head office answered to the request")},
	{"root-file", "FILE", N_("of the hub itself: the company's root key")},
	{"new-passphrase-file", "FILE",
		N_("the new passphrase is in this file")},
	{NULL, NULL, NULL},
};

/* By whom it is recovered, the hub writes down; a hub cannot do so itself. */
static bool
is_hubs(struct cli *cli, const char *dir, const uint8_t *key)
{
	static const uint8_t none[SIGNING_SECRET_SIZE];
	char *path = folder_file(dir, "keys");
	struct node_keys *keys = NULL;
	bool loaded = node_keys_load_sealed(&keys, path, key, &cli->problem);
	bool hub = loaded &&
		sodium_memcmp(keys->issuing_secret, none, sizeof none) != 0;

	node_keys_free(keys);
	free(path);
	if (hub || !loaded)
		return hub;
	problem_set(&cli->problem, EXIT_REFUSED,
		T("this is a device: the hub recovers it, and writes that "
		  "down"));
	return problem_hint(&cli->problem,
		T("roadbook recover, without --root-file, tells how"));
}

static bool
recover_hub(struct cli *cli, const char *dir)
{
	char *path = cli_path(cli, cli_flag(cli, "root-file"));
	uint8_t *root = sodium_malloc(SIGNING_SECRET_SIZE);
	uint8_t *key = vault_data_key_room();
	struct vault vault;
	bool done;

	if (!root)
		alloc_failed();
	done = vault_load(&vault, dir, &cli->problem) &&
		root_load(path, NULL, root, &cli->problem) &&
		vault_recover(&vault, root, key, &cli->problem) &&
		is_hubs(cli, dir, key) &&
		unlock_set_passphrase(cli, dir, &vault, key);
	sodium_free(key);
	sodium_free(root);
	free(path);
	return done;
}

static bool
ask(struct cli *cli, const char *dir)
{
	char text[RECOVERY_TEXT_SIZE];
	struct passphrase *fresh = unlock_ask_new(cli, NULL);
	bool done = fresh && recovery_ask(dir, fresh, text, &cli->problem);

	passphrase_free(fresh);
	if (done && cli->json)
		output_json(cli->out, json_pack("{s:s}", "request", text));
	else if (done)
		output_format(cli->out,
			T("%s\nGive this to head office, where roadbook hub "
			  "recover DEVICE --request … answers it; then here: "
			  "roadbook recover --answer …, with the passphrase "
			  "that was just chosen.\n"),
			text);
	return done;
}

static bool
take(struct cli *cli, const char *dir)
{
	struct passphrase_source source = {
		.file = cli_flag(cli, "new-passphrase-file"), .descriptor = -1};
	struct passphrase *fresh = passphrase_read(
		&source, T("new passphrase"), false, &cli->problem);
	int lock = -1;
	bool done = fresh && node_lock(dir, 0, &lock, &cli->problem) &&
		recovery_take(
			dir, cli_flag(cli, "answer"), fresh, &cli->problem);

	if (lock >= 0)
		(void)close(lock); /* which lets go of it */
	passphrase_free(fresh);
	return done;
}

static void
say_recovered(struct cli *cli)
{
	if (cli->json)
		output_json(cli->out, json_pack("{s:b}", "recovered", 1));
	else
		output_format(cli->out, "%s\n",
			T("the passphrase was replaced; nothing else was "
			  "changed"));
}

static bool
run_recover(struct cli *cli)
{
	bool hub = cli_has_flag(cli, "root-file");
	bool answered = cli_has_flag(cli, "answer");
	char *dir = folder_of_node(cli->dir);
	bool done;

	vault_guard_process();
	if (hub && answered)
		done = problem_set(&cli->problem, EXIT_USAGE,
			T("either --answer or --root-file"));
	else
		done = unlock_is_encrypted(cli, dir) &&
			(hub                       ? recover_hub
					: answered ? take
						   : ask)(cli, dir);
	free(dir);
	if (done && (hub || answered))
		say_recovered(cli);
	return done;
}

/* ---- at head office ---- */

static const struct command_flag grant_flags[] = {
	{"request", "TEXT", N_("what roadbook recover printed there")},
	{"root-file", "FILE", N_("the file with the company's root key")},
	{"reason", "TEXT", N_("why; every colleague's device can read it")},
	{NULL, NULL, NULL},
};

static bool
take_reason(struct cli *cli, const char **reason)
{
	*reason = cli_flag(cli, "reason");
	if (!*reason)
		*reason = "";
	return !**reason || hub_name_valid(*reason, &cli->problem);
}

static void
print_answer(struct cli *cli, const uint8_t *device, const char *text)
{
	char id[ID_TEXT_SIZE];

	id_format(id, device);
	if (cli->json)
		output_json(cli->out,
			json_pack("{s:s, s:s}", "device", id, "answer", text));
	else
		output_format(cli->out,
			T("%s\nThis opens device %s with the passphrase that "
			  "was chosen there, and nothing else. It is written "
			  "down: roadbook hub audit.\n"),
			text, id);
}

static bool
run_grant(struct cli *cli)
{
	const char *request = cli_flag(cli, "request");
	const char *root_file = cli_flag(cli, "root-file");
	const char *reason;
	char text[RECOVERY_TEXT_SIZE], *path = NULL;
	uint8_t device[ID_BYTES];
	bool done = request && root_file;

	if (!done) {
		problem_set(&cli->problem, EXIT_USAGE,
			T("this takes the laptop's request and the company's "
			  "root key"));
		return problem_hint(
			&cli->problem, "--request rbq1-… --root-file FILE");
	}
	path = cli_path(cli, root_file);
	done = take_reason(cli, &reason) &&
		hub_order_as(cli->node, cli->as, &cli->problem) &&
		cli_device(cli, cli->args[0], device) &&
		recovery_grant(cli->node, device, request, path, reason, text,
			&cli->problem);
	free(path);
	if (done)
		print_answer(cli, device, text);
	return done;
}

const struct command recover_commands[] = {
	{.noun = "recover",
		.arguments = "",
		.needs = NEEDS_NOTHING,
		.run = run_recover,
		.help = N_("open this device when its passphrase is forgotten "
			   "or withheld, with head office"),
		.flags = recover_flags},
	{.noun = "hub",
		.verb = "recover",
		.arguments = "DEVICE",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_HUB,
		.run = run_grant,
		.help = N_("answer a device whose passphrase is forgotten or "
			   "withheld"),
		.flags = grant_flags},
	{0},
};
