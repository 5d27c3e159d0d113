/* roadbook address add, remove, list. */

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/node/addresses.h"
#include "client/node/serve.h"

static bool
run_add(struct cli *cli)
{
	if (!addresses_add(cli->node, cli->args[0], &cli->problem))
		return false;
	serve_sync_now();
	if (cli->json)
		output_json(cli->out, json_pack("{s:s}", "url", cli->args[0]));
	else
		output_format(cli->out, T("address %s\n"), cli->args[0]);
	return true;
}

static bool
run_remove(struct cli *cli)
{
	if (!addresses_remove(cli->node, cli->args[0], &cli->problem))
		return false;
	if (cli->json)
		output_json(
			cli->out, json_pack("{s:s}", "removed", cli->args[0]));
	else
		output_format(
			cli->out, T("no longer dialled: %s\n"), cli->args[0]);
	return true;
}

static bool
run_list(struct cli *cli)
{
	json_t *list = addresses_json(cli->node), *one;
	struct table *table = table_new(2);
	size_t i;

	table_cell(table, T("Address"));
	table_cell(table, T("From"));
	json_array_foreach(list, i, one)
	{
		table_cell(table, output_member(one, "url"));
		table_cell(table,
			json_is_true(json_object_get(one, "own"))
				? T("added here")
				: T("head office"));
	}
	output_list(cli, list, table);
	return true;
}

const struct command address_commands[] = {
	{.noun = "address",
		.verb = "add",
		.arguments = "URL",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = run_add,
		.help = N_("dial the hub or a colleague there, too, when "
			   "head office does not answer")},
	{.noun = "address",
		.verb = "remove",
		.arguments = "URL",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = run_remove,
		.help = N_("no longer dial what was added here")},
	{.noun = "address",
		.verb = "list",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_list,
		.help = N_("where this device dials, in order")},
	{0},
};
