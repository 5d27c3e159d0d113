/* roadbook hub key rotate, hub restore: what takes the root key. */

#include <stdlib.h>

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/unlock.h"
#include "client/node/folder.h"
#include "client/node/hub/hub.h"
#include "client/node/hub/restore.h"
#include "client/node/hub/rotate.h"

/* The file that --root-file names, absolute; NULL with cli->problem. */
static char *
root_file(struct cli *cli)
{
	const char *path = cli_flag(cli, "root-file");

	if (path && *path)
		return cli_path(cli, path);
	problem_set(&cli->problem, EXIT_USAGE,
		T("this takes the company's root key"));
	problem_hint(&cli->problem,
		T("--root-file FILE, the file that hub init wrote and that was "
		  "put away"));
	return NULL;
}

/* ---- hub key rotate ---- */

static const struct command_flag rotate_flags[] = {
	{"root-file", "FILE", N_("the file with the company's root key")},
	{"stolen", NULL,
		N_("the old key was stolen: what it signed opens nothing from "
		   "now on")},
	{NULL, NULL, NULL},
};

static bool
run_rotate(struct cli *cli)
{
	char *path = root_file(cli);
	bool stolen = cli_has_flag(cli, "stolen");
	bool done =
		path && hub_key_rotate(cli->node, path, stolen, &cli->problem);

	free(path);
	if (!done)
		return false;
	if (cli->json)
		output_json(cli->out,
			json_pack("{s:b, s:b}", "rotated", true, "stolen",
				stolen));
	else
		output_format(cli->out, "%s\n",
			stolen ? T("the hub has a new issuing key; devices "
				   "get new certificates when they dial the "
				   "hub, and open nothing elsewhere until "
				   "then")
			       : T("the hub has a new issuing key; devices "
				   "get new certificates at their next sync"));
	return true;
}

/* ---- hub restore ---- */

static const struct command_flag restore_flags[] = {
	{"root-file", "FILE", N_("the file with the company's root key")},
	{"from", "FILE",
		N_("its backup, or a copy of the old hub's folder or node.db")},
	{"from-peers", NULL,
		N_("there is no copy: devices bring back what they hold")},
	{"done", NULL,
		N_("everybody has dialled in: go on from here; the old hub is "
		   "shut out")},
	{"stolen", NULL,
		N_("with --done: what the old hub certified opens nothing from "
		   "now on")},
	{"no-encrypt", NULL,
		N_("not encrypted: whoever has the disk reads everything")},
	{NULL, NULL, NULL},
};

static bool
restore_begin(struct cli *cli, const char *root, const char *from)
{
	char *dir = folder_of_node(cli->dir);
	struct hub_restore_options options = {
		.dir = dir, .root_file = root, .from = from};
	uint8_t device[ID_BYTES];
	char text[ID_TEXT_SIZE] = "";
	struct passphrase *passphrase = NULL;
	bool made = unlock_new(cli, dir, false, &passphrase);
	bool encrypted = passphrase != NULL;

	options.passphrase = passphrase;
	made = made && hub_restore(&options, device, &cli->problem);
	passphrase_free(passphrase);
	if (made) {
		id_format(text, device);
		unlock_tell(cli, encrypted);
	}
	if (made && cli->json)
		output_json(cli->out,
			json_pack("{s:s, s:b}", "device", text, "restoring",
				true));
	else if (made)
		output_format(cli->out,
			T("a new hub of the company is in %s.\n"
			  "It takes back the directory from whoever dials in "
			  "and writes nothing yet. Let it serve at the old "
			  "address until devices have synced, then: roadbook "
			  "hub restore --done --root-file FILE.\n"),
			dir);
	free(dir);
	return made;
}

static bool
restore_end(struct cli *cli, const char *root)
{
	/* Before the directory is back there is nobody to order it. */
	if ((policy_user_at(cli->node->policy, 0) &&
		    !hub_order_as(cli->node, cli->as, &cli->problem)) ||
		!hub_restore_done(cli->node, root, cli_has_flag(cli, "stolen"),
			&cli->problem))
		return false;
	if (cli->json)
		output_json(cli->out, json_pack("{s:b}", "restoring", false));
	else
		output_format(cli->out, "%s\n",
			T("this is the company's hub now; the one before it "
			  "is shut out. Put the root key away again."));
	return true;
}

static bool
run_restore(struct cli *cli)
{
	const char *from = cli_flag(cli, "from");
	bool peers = cli_has_flag(cli, "from-peers");
	bool end = cli_has_flag(cli, "done");
	char *root = root_file(cli), *copy = NULL;
	bool done = false;

	if (root && (from != NULL) + peers + end != 1) {
		problem_set(&cli->problem, EXIT_USAGE,
			T("one of --from FILE, --from-peers and --done has "
			  "to be said"));
	} else if (root && end) {
		done = restore_end(cli, root);
	} else if (root) {
		copy = from ? cli_path(cli, from) : NULL;
		done = restore_begin(cli, root, copy);
	}
	free(copy);
	free(root);
	return done;
}

const struct command key_commands[] = {
	{.noun = "hub key",
		.verb = "rotate",
		.arguments = "",
		.needs = NEEDS_HUB,
		.run = run_rotate,
		.help = N_("replace the key that certifies devices"),
		.flags = rotate_flags},
	{.noun = "hub",
		.verb = "restore",
		.arguments = "",
		.needs = NEEDS_NOTHING,
		.node_flag = "done",
		.run = run_restore,
		.help = N_("replace a lost hub in a new folder"),
		.flags = restore_flags},
	{0},
};
