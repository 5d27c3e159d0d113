/* roadbook backup, restore. */

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/unlock.h"
#include "client/node/backup.h"
#include "client/node/folder.h"
#include "client/node/hub/root.h"
#include "client/node/last_word.h"
#include "client/node/restore.h"
#include "sync/alloc.h"

/* ---- backup ---- */

/*
 * What a plain node's backup is sealed by; an encrypted one has its own. A node
 * that runs has neither the terminal nor the variables of whoever asks.
 */
static bool
take_passphrase(struct cli *cli, struct passphrase **passphrase)
{
	const char *named = cli_flag(cli, "passphrase-file");
	char *path = named ? cli_path(cli, named) : NULL;
	struct passphrase_source source = {.file = path, .descriptor = -1};

	*passphrase = NULL;
	if (cli->node->keys->sealed) {
		free(path);
		return true;
	}
	if (cli->served && !path) {
		problem_set(&cli->problem, EXIT_LOCKED,
			T("this node is not encrypted: its backup needs a "
			  "passphrase"));
		return problem_hint(&cli->problem, "--passphrase-file FILE");
	}
	if (path || unlock_source(cli, &source))
		*passphrase = passphrase_read(&source,
			T("passphrase of the backup"), true, &cli->problem);
	free(path);
	if (*passphrase && passphrase_good(*passphrase, &cli->problem))
		return true;
	passphrase_free(*passphrase);
	return false;
}

static bool
run_backup(struct cli *cli)
{
	char *path = cli_path(cli, cli->args[0]);
	struct passphrase *passphrase = NULL;
	struct stat st = {.st_size = 0};
	bool done = take_passphrase(cli, &passphrase) &&
		backup_write(cli->node, path, passphrase, &cli->problem);

	passphrase_free(passphrase);
	if (done)
		(void)stat(path, &st); /* it has just been written */
	if (done && cli->json)
		output_json(cli->out,
			json_pack("{s:s, s:I}", "file", path, "bytes",
				(json_int_t)st.st_size));
	else if (done)
		output_format(cli->out,
			T("%s holds all of this node, encrypted. It opens with "
			  "the passphrase of today, and with the company's "
			  "root key.\n"),
			path);
	free(path);
	return done;
}

/* ---- restore ---- */

static const struct command_flag restore_flags[] = {
	{"root-file", "FILE",
		N_("the passphrase is forgotten: the company's root key")},
	{"new-passphrase-file", "FILE",
		N_("with it, the new passphrase is in this file")},
	{"no-encrypt", NULL,
		N_("not encrypted: whoever has the disk reads everything")},
	{NULL, NULL, NULL},
};

/* By the root key; the new passphrase is another one. */
static bool
open_by_root(struct cli *cli, const struct vault *vault, uint8_t *data_key,
	struct passphrase **passphrase)
{
	char *path = cli_path(cli, cli_flag(cli, "root-file"));
	uint8_t *root = sodium_malloc(SIGNING_SECRET_SIZE);
	bool done;

	if (!root)
		alloc_failed();
	done = root_load(path, NULL, root, &cli->problem) &&
		vault_recover(vault, root, data_key, &cli->problem);
	sodium_free(root);
	free(path);
	if (!done || cli_has_flag(cli, "no-encrypt"))
		return done;
	*passphrase = unlock_ask_new(cli, NULL);
	return *passphrase != NULL;
}

static bool
open_by_passphrase(struct cli *cli, const struct vault *vault,
	uint8_t *data_key, struct passphrase **passphrase)
{
	struct passphrase_source source;

	if (!unlock_source(cli, &source))
		return false;
	*passphrase = passphrase_read(
		&source, T("passphrase of the backup"), false, &cli->problem);
	return *passphrase &&
		vault_open(vault, *passphrase, data_key, &cli->problem);
}

static void
print_restored(struct cli *cli, const char *dir)
{
	char device[ID_TEXT_SIZE];

	id_format(device, cli->node->device);
	if (cli->json)
		output_json(cli->out,
			json_pack("{s:s, s:s}", "folder", dir, "was", device));
	else
		output_format(cli->out,
			T("restored in %s. It can be read at once; before it "
			  "writes, the hub gives it keys of its own, and what "
			  "was written since the backup comes back from "
			  "there.\nNext: roadbook sync\n"),
			dir);
}

static bool
run_restore(struct cli *cli)
{
	char *dir = folder_of_node(cli->dir);
	char *file = cli_path(cli, cli->args[0]);
	struct backup_end *end = alloc(sizeof *end);
	uint8_t *data_key = vault_data_key_room();
	struct passphrase *passphrase = NULL;
	bool done = backup_read(end, file, &cli->problem) &&
		(cli_flag(cli, "root-file") ? open_by_root
					    : open_by_passphrase)(
			cli, &end->vault, data_key, &passphrase);

	vault_guard_process();
	done = done &&
		node_restore(&cli->node, dir, end, file, data_key,
			cli_has_flag(cli, "no-encrypt") ? NULL : passphrase,
			&cli->problem);
	passphrase_free(passphrase);
	sodium_free(data_key);
	/* Head office is told by whoever comes with it first. */
	if (done && cli_flag(cli, "root-file") &&
		!last_word_write(cli->node, RECEIPT_BACKUP))
		done = problem_set(&cli->problem, EXIT_FAILED,
			T("%s/receipt cannot be written"), dir);
	if (done)
		print_restored(cli, dir);
	if (done)
		unlock_tell(cli, cli->node->keys->sealed);
	node_close(cli->node);
	cli->node = NULL;
	free(end);
	free(file);
	free(dir);
	return done;
}

const struct command backup_commands[] = {
	{.noun = "backup",
		.arguments = "FILE",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = run_backup,
		.takes_file = true,
		.help = N_("all of this node into one encrypted file, while it "
			   "runs or not")},
	{.noun = "restore",
		.arguments = "FILE",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NOTHING,
		.run = run_restore,
		.takes_file = true,
		.help = N_("a device from its backup, in a new folder"),
		.flags = restore_flags},
	{0},
};
