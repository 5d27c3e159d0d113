/* roadbook hub quota …: how much a device may push in a day. */

#include "client/cli/cmd_quota.h"

#include <string.h>

#include "client/cli/output.h"
#include "client/node/hub/hub.h"
#include "client/node/hub/quota.h"
#include "client/node/serve.h"

enum { MEGABYTE = 1000 * 1000 };

const struct command_flag quota_set_flags[] = {
	{"megabytes", "N", N_("what it may push in a day; 0: what all may")},
	{NULL, NULL, NULL},
};

static void
megabytes_cell(struct table *table, json_t *item, const char *name)
{
	json_int_t bytes = json_integer_value(json_object_get(item, name));
	char text[32];

	(void)snprintf(text, sizeof text, "%.1f", (double)bytes / MEGABYTE);
	table_cell(table, text);
}

bool
quota_list_command(struct cli *cli)
{
	struct table *table;
	json_t *list, *item;
	size_t i;

	if (!cli->node->hub)
		return problem_set(&cli->problem, EXIT_REFUSED,
			T("only head office's node does that"));
	if (serve_peers())
		peers_remember(serve_peers());
	list = quota_json(cli->node, node_now_ms());
	table = table_new(4);
	table_cell(table, T("Device"));
	table_cell(table, T("User"));
	table_cell(table, T("Pushed today, MB"));
	table_cell(table, T("Allowed, MB"));
	json_array_foreach(list, i, item)
	{
		table_cell(table,
			output_member(item, "device") + ID_TEXT_SIZE - 1 - 6);
		table_cell(table, output_member(item, "user"));
		megabytes_cell(table, item, "pushed_bytes");
		megabytes_cell(table, item, "allowed_bytes");
	}
	output_list(cli, list, table);
	return true;
}

bool
quota_set_command(struct cli *cli)
{
	struct peers *peers = serve_peers();
	uint8_t device[ID_BYTES];
	char id[ID_TEXT_SIZE];
	int64_t megabytes;

	if (!cli_number(cli, "megabytes", -1, &megabytes))
		return false;
	if (megabytes < 0 || megabytes > MEGABYTE) {
		problem_set(&cli->problem, EXIT_USAGE,
			T("how many megabytes in a day?"));
		return problem_hint(&cli->problem, "--megabytes 500");
	}
	if (!hub_order_as(cli->node, cli->as, &cli->problem) ||
		!cli_device(cli, cli->args[0], device) ||
		!quota_set(peers ? peers_quota(peers) : NULL, cli->node, device,
			(uint64_t)megabytes, &cli->problem))
		return false;
	id_format(id, device);
	if (cli->json)
		output_json(cli->out,
			json_pack("{s:s, s:I}", "device", id, "megabytes",
				(json_int_t)megabytes));
	else if (megabytes)
		output_format(cli->out,
			T("device %s may push %lld MB in a day\n"), id,
			(long long)megabytes);
	else
		output_format(cli->out,
			T("device %s may push what every device may\n"), id);
	return true;
}
