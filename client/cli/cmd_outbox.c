/* roadbook outbox list, withdraw. */

#include <string.h>

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/record_text.h"
#include "client/node/outbox.h"

enum { SHOWN_CHANGES = 100 };

static void
list_row(const struct cli *cli, struct table *table, const json_t *change)
{
	const char *id = output_member(change, "id");
	json_t *operations = json_object_get(change, "operations");
	char what[512], time[RECORD_TIME_SIZE];

	record_text_operation(
		cli, json_array_get(operations, 0), what, sizeof what);
	record_text_time(output_member(change, "time"), time);
	table_cell(table, strlen(id) > 6 ? id + strlen(id) - 6 : id);
	table_cell(table, output_member(change, "territory"));
	table_cell(table, time);
	table_cell(table, what);
	table_cell(table,
		json_is_true(json_object_get(change, "sealed"))
			? T("sealed")
			: T("only here"));
}

static const struct command_flag list_flags[] = {
	{"limit", "N", N_("no more than these")},
	{NULL, NULL, NULL},
};

static bool
run_list(struct cli *cli)
{
	json_t *outbox, *change;
	struct table *table;
	int64_t limit;
	size_t i;

	if (!cli_number(cli, "limit", SHOWN_CHANGES, &limit))
		return false;
	outbox = outbox_json(cli->node, limit, &cli->problem);
	if (!outbox)
		return false;
	if (cli->json) {
		output_json(cli->out, outbox);
		return true;
	}
	table = table_new(5);
	table_cell(table, T("Id"));
	table_cell(table, T("Territory"));
	table_cell(table, T("Time"));
	table_cell(table, T("What"));
	table_cell(table, T("State"));
	json_array_foreach(json_object_get(outbox, "changes"), i, change)
		list_row(cli, table, change);
	table_print(table, cli->out);
	output_format(cli->out, T("not known to be with head office: %lld\n"),
		(long long)json_integer_value(
			json_object_get(outbox, "count")));
	json_decref(outbox);
	return true;
}

static bool
run_withdraw(struct cli *cli)
{
	uint32_t withdrawn;

	if (!outbox_withdraw(
		    cli->node, cli->args[0], &withdrawn, &cli->problem))
		return false;
	if (cli->json)
		output_json(cli->out,
			json_pack("{s:I}", "withdrawn", (json_int_t)withdrawn));
	else
		output_format(cli->out,
			T("taken back in %u records, by a new change; the "
			  "history keeps both\n"),
			withdrawn);
	return true;
}

const struct command outbox_commands[] = {
	{.noun = "outbox",
		.verb = "list",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_list,
		.help = N_("what was written here and is not known to be with "
			   "head office"),
		.flags = list_flags},
	{.noun = "outbox",
		.verb = "withdraw",
		.arguments = "ID",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = run_withdraw,
		.help = N_("take back what has not left this device, by a new "
			   "change")},
	{0},
};
