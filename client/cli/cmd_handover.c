/* roadbook handover list, show. */

#include <stdlib.h>
#include <string.h>

#include "client/cli/cmd_record.h"
#include "client/cli/commands.h"
#include "client/cli/figures.h"
#include "client/cli/output.h"
#include "client/handover/handed.h"
#include "client/handover/record.h"
#include "client/method/brief.h"
#include "client/node/view.h"
#include "proto/schema_roadbook.h"

static const char *
or_dash(const char *text)
{
	return *text ? text : "–";
}

static void
list_row(struct table *table, const json_t *h)
{
	const char *id = output_member(h, "id");
	char reached[64];

	(void)snprintf(reached, sizeof reached, "%lld / %lld",
		(long long)json_integer_value(json_object_get(h, "reached")),
		(long long)json_integer_value(json_object_get(h, "of")));
	table_cell(table, strlen(id) > 6 ? id + strlen(id) - 6 : "–");
	table_cell(table, or_dash(output_member(h, "account")));
	table_cell(table, output_member(h, "handed_territory"));
	table_cell(table, output_member(h, "from"));
	table_cell(table, or_dash(output_member(h, "to")));
	table_cell(table, or_dash(output_member(h, "effective_on")));
	table_cell(table, reached);
	table_cell(table, or_dash(output_member(h, "next_check")));
}

/* Whether fields narrow the list: then it is a list of records as any. */
static bool
is_narrowed(const struct cli *cli)
{
	for (size_t i = 0; i < cli->flag_count; i++)
		if (!cli_is_common_flag(cli->flags[i].name) &&
			strcmp(cli->flags[i].name, "as-of") != 0)
			return true;
	return false;
}

static bool
run_list(struct cli *cli)
{
	struct table *table;
	int32_t as_of;
	json_t *list, *h;
	size_t i;

	if (is_narrowed(cli))
		return record_list(cli);
	if (!cli_as_of(cli, &as_of))
		return false;
	list = handed_json(cli->node, as_of, &cli->problem);
	if (!list)
		return false;
	table = table_new(8);
	table_cell(table, T("Id"));
	table_cell(table, T("Account"));
	table_cell(table, T("Territory"));
	table_cell(table, T("From"));
	table_cell(table, T("To"));
	table_cell(table, T("Since"));
	table_cell(table, T("Met"));
	table_cell(table, T("Next check"));
	json_array_foreach(list, i, h) list_row(table, h);
	output_list(cli, list, table);
	return true;
}

/* ---- one of them ---- */

static bool
means(const json_t *h, const char *text, const char *account)
{
	const char *id_text = output_member(h, "id");
	uint8_t id[ID_BYTES];

	return (id_parse(id, id_text) == STATUS_OK &&
		       view_id_means(id, text)) ||
		(*account && !strcmp(output_member(h, "account_id"), account));
}

/* Its own id, or an account; of several the first, which is the latest. */
static json_t *
find(struct cli *cli, const json_t *list)
{
	char account[ID_TEXT_SIZE] = "";
	uint8_t id[ID_BYTES];
	struct problem unused = cli->problem;
	json_t *h;
	size_t i;

	if (cli_account(cli, cli->args[0], id))
		id_format(account, id);
	else
		cli->problem = unused;
	json_array_foreach(
		list, i, h) if (means(h, cli->args[0], account)) return h;
	problem_set(&cli->problem, EXIT_NOT_FOUND,
		T("there is no handover %s here"), cli->args[0]);
	problem_hint(&cli->problem, "roadbook handover list");
	return NULL;
}

static void
print_section(struct cli *cli, const char *title, const char *text)
{
	if (!*text)
		return;
	output_format(cli->out, "\n%s\n", title);
	output_text(cli->out, text, true);
	if (text[strlen(text) - 1] != '\n')
		(void)fputc('\n', cli->out);
}

static void
print_heading(struct cli *cli, const json_t *h)
{
	json_t *c;
	size_t i;

	output_format(cli->out, T("%s: from %s to %s, since %s\n"),
		or_dash(output_member(h, "account")), output_member(h, "from"),
		or_dash(output_member(h, "to")),
		or_dash(output_member(h, "effective_on")));
	output_format(cli->out, T("  checks: %s, %s, %s\n"),
		or_dash(output_member(h, "check_30_on")),
		or_dash(output_member(h, "check_60_on")),
		or_dash(output_member(h, "check_90_on")));
	output_format(cli->out, T("  key contacts met: %lld of %lld\n"),
		(long long)json_integer_value(json_object_get(h, "reached")),
		(long long)json_integer_value(json_object_get(h, "of")));
	json_array_foreach(json_object_get(h, "contacts"), i, c)
	{
		const char *met = output_member(c, "met_on");

		output_format(cli->out, "    %s: %s\n",
			or_dash(output_member(c, "name")),
			*met ? met : T("not yet"));
	}
}

/* As it read on the day that the record was written. */
static void
print_recorded(struct cli *cli, const json_t *h)
{
	for (enum brief_section s = 0; s < BRIEF_SECTIONS; s++)
		if (handover_brief_field(s))
			print_section(cli, brief_title(s),
				output_member(h, handover_brief_field(s)));
	print_section(cli, T("Note"), output_member(h, "note"));
	print_section(cli, T("Result"), output_member(h, "result"));
}

/* As it reads today. */
static bool
add_brief(struct cli *cli, json_t *h, int32_t as_of)
{
	uint8_t id[ID_BYTES];
	json_t *brief;

	if (id_parse(id, output_member(h, "account_id")) != STATUS_OK)
		return true;
	brief = brief_json(cli->node, id, as_of, &cli->problem);
	if (brief)
		json_object_set_new(h, "brief", brief);
	return brief != NULL;
}

static void
print_handover(struct cli *cli, const json_t *h)
{
	const json_t *brief = json_object_get(h, "brief");

	print_heading(cli, h);
	if (!brief) {
		print_recorded(cli, h);
		return;
	}
	for (int s = 0; s < BRIEF_SECTIONS; s++) {
		char *text = brief_text(brief, (enum brief_section)s);

		print_section(cli, brief_title((enum brief_section)s), text);
		free(text);
	}
}

static bool
run_show(struct cli *cli)
{
	int32_t as_of;
	json_t *list, *h;
	bool shown;

	if (!cli_as_of(cli, &as_of))
		return false;
	list = handed_json(cli->node, as_of, &cli->problem);
	if (!list)
		return false;
	h = find(cli, list);
	shown = h &&
		(json_is_string(json_object_get(h, "id")) ||
			add_brief(cli, h, as_of));
	if (shown && cli->json)
		output_json(cli->out, json_incref(h));
	else if (shown)
		print_handover(cli, h);
	json_decref(list);
	return shown;
}

static const struct command_flag list_flags[] = {
	{"as-of", "YYYY-MM-DD", N_("as it stands on that day (today)")},
	{"territory", "PATH", N_("of this territory only")},
	{"archived", NULL, N_("archived and handed over ones, too")},
	{"limit", "N", N_("no more than these")},
	{"offset", "N", N_("leave out the first ones")},
	{"count", NULL, N_("how many there are, instead")},
	{NULL, NULL, NULL},
};

static const struct command_flag show_flags[] = {
	{"as-of", "YYYY-MM-DD", N_("as it stands on that day (today)")},
	{NULL, NULL, NULL},
};

const struct command handover_commands[] = {
	{.noun = "handover",
		.verb = "list",
		.needs = NEEDS_NODE,
		.run = run_list,
		.help = N_("what was handed over: from whom, to whom, who was "
			   "met since"),
		.flags = list_flags,
		.field_flags = true},
	{.noun = "handover",
		.verb = "show",
		.arguments = "ID|ACCOUNT",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = run_show,
		.help = N_("one of them with its brief"),
		.flags = show_flags},
	{0},
};
