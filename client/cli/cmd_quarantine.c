/* roadbook quarantine list, show, accept, reject. */

#include <stdlib.h>
#include <string.h>

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/record_text.h"
#include "client/node/late.h"
#include "proto/pack.h"
#include "sync/alloc.h"

static const char *
decision_text(const char *decision)
{
	if (strcmp(decision, "accepted") == 0)
		return T("accepted");
	return strcmp(decision, "rejected") == 0 ? T("rejected") : T("open");
}

static const struct command_flag list_flags[] = {
	{"territory", "PATH", N_("only those of this territory")},
	{"user", "LOGIN", N_("only those that this person wrote")},
	{"all", NULL, N_("those that were decided on, too")},
	{NULL, NULL, NULL},
};

static bool
is_meant(struct cli *cli, const json_t *late)
{
	const char *territory = cli_flag(cli, "territory");
	const char *user = cli_flag(cli, "user");

	return (!territory ||
		       !strcmp(territory, output_member(late, "territory"))) &&
		(!user || !strcmp(user, output_member(late, "user")));
}

static void
list_row(struct table *table, const json_t *late)
{
	const char *id = output_member(late, "id");
	json_t *about = json_object_get(late, "about");
	char what[256];
	size_t count = json_array_size(about);
	const char *title =
		count ? output_member(json_array_get(about, 0), "title") : "";

	if (count > 1)
		(void)snprintf(what, sizeof what, T("%s and %zu more"), title,
			count - 1);
	else
		(void)snprintf(what, sizeof what, "%s", title);
	table_cell(table, strlen(id) > 6 ? id + strlen(id) - 6 : id);
	table_cell(table, output_member(late, "territory"));
	table_cell(table, output_member(late, "user"));
	table_cell(table, output_member(late, "time"));
	table_cell(table, what);
	table_cell(table, decision_text(output_member(late, "decision")));
}

static bool
run_list(struct cli *cli)
{
	struct late_list list;
	json_t *json = json_array();
	struct table *table = table_new(6);

	table_cell(table, T("Id"));
	table_cell(table, T("Territory"));
	table_cell(table, T("User"));
	table_cell(table, T("Time"));
	table_cell(table, T("About"));
	table_cell(table, T("Decision"));
	if (!late_load(cli->node, &list, &cli->problem)) {
		json_decref(json);
		table_free(table);
		return false;
	}
	for (size_t i = 0; i < list.count; i++) {
		json_t *late = late_json(cli->node, &list.list[i], false);

		if (is_meant(cli, late) &&
			(cli_has_flag(cli, "all") ||
				list.list[i].verdict == LATE_OPEN)) {
			list_row(table, late);
			json_array_append(json, late);
		}
		json_decref(late);
	}
	late_clear(&list);
	output_list(cli, json, table);
	return true;
}

static void
print_late(struct cli *cli, const json_t *late)
{
	json_t *o;
	size_t i;

	output_format(cli->out, T("%s, %s of %s, written %s: %s\n"),
		output_member(late, "id"), output_member(late, "territory"),
		output_member(late, "user"), output_member(late, "time"),
		decision_text(output_member(late, "decision")));
	if (*output_member(late, "by"))
		output_format(cli->out, T("decided by %s, %s\n"),
			output_member(late, "by"),
			output_member(late, "decided"));
	if (*output_member(late, "reason"))
		output_format(cli->out, "%s\n", output_member(late, "reason"));
	json_array_foreach(json_object_get(late, "operations"), i, o)
	{
		output_format(cli->out, "  %s %s: %s%s\n",
			output_member(o, "title"), record_text_field(cli, o),
			output_member(o, "value"),
			json_is_true(json_object_get(o, "counts"))
				? ""
				: T(" (their rank does not allow it)"));
	}
}

static bool
run_show(struct cli *cli)
{
	struct late_list list;
	size_t index;
	bool found;

	if (!late_load(cli->node, &list, &cli->problem))
		return false;
	found = late_find(&list, cli->args[0], &index, &cli->problem);
	if (found) {
		json_t *late = late_json(cli->node, &list.list[index], true);

		if (cli->json) {
			output_json(cli->out, late);
		} else {
			print_late(cli, late);
			json_decref(late);
		}
	}
	late_clear(&list);
	return found;
}

/* ---- deciding ---- */

static const struct command_flag decide_flags[] = {
	{"all", NULL, N_("all that are open")},
	{"territory", "PATH", N_("all that are open of this territory")},
	{"user", "LOGIN", N_("all that are open of this person")},
	{"reason", "TEXT", N_("why; it stands in the record")},
	{NULL, NULL, NULL},
};

/* Those that are named, or those that the flags describe. */
static bool
choose(struct cli *cli, const struct late_list *list, bool *chosen)
{
	bool described = cli_has_flag(cli, "all") ||
		cli_flag(cli, "territory") || cli_flag(cli, "user");
	size_t index;

	if (described == (cli->arg_count > 0)) {
		problem_set(&cli->problem, EXIT_USAGE,
			T("which late changes are meant?"));
		return problem_hint(&cli->problem,
			T("ID …, or --all, --territory PATH, --user LOGIN"));
	}
	for (size_t i = 0; i < cli->arg_count; i++) {
		if (!late_find(list, cli->args[i], &index, &cli->problem))
			return false;
		chosen[index] = true;
	}
	for (size_t i = 0; described && i < list->count; i++) {
		json_t *late = late_json(cli->node, &list->list[i], false);

		chosen[i] = list->list[i].verdict == LATE_OPEN &&
			is_meant(cli, late);
		json_decref(late);
	}
	return true;
}

static void
print_decided(struct cli *cli, bool accept, uint32_t count, uint32_t left_out)
{
	if (cli->json) {
		output_json(cli->out,
			json_pack("{s:I, s:I}",
				accept ? "accepted" : "rejected",
				(json_int_t)count, "left_out",
				(json_int_t)left_out));
		return;
	}
	output_format(cli->out,
		accept ? T("carried over: %u; only on this device until the "
			   "next sync\n")
		       : T("left out: %u; they stay in quarantine\n"),
		count);
	if (left_out)
		output_format(cli->out,
			T("their author had no right to %u of the fields: "
			  "left out\n"),
			left_out);
}

static bool
decide(struct cli *cli, bool accept)
{
	const char *reason = cli_flag(cli, "reason");
	struct late_list list;
	uint32_t count, left_out;
	bool *chosen;
	bool done;

	if (reason &&
		(strlen(reason) > SCHEMA_PROSE_MAX ||
			!pack_utf8_valid(
				(const uint8_t *)reason, strlen(reason)))) {
		problem_set(&cli->problem, EXIT_USAGE,
			T("that is no reason: text in UTF-8, 65536 bytes at "
			  "most"));
		return problem_hint(&cli->problem, "--reason TEXT");
	}
	if (!late_load(cli->node, &list, &cli->problem))
		return false;
	chosen = alloc((list.count + 1) * sizeof *chosen);
	done = choose(cli, &list, chosen) &&
		late_decide(cli->node, &list, chosen, accept, reason, &count,
			&left_out, &cli->problem);
	if (done)
		print_decided(cli, accept, count, left_out);
	free(chosen);
	late_clear(&list);
	return done;
}

static bool
run_accept(struct cli *cli)
{
	return decide(cli, true);
}

static bool
run_reject(struct cli *cli)
{
	return decide(cli, false);
}

enum { IDS_MAX = 1024 };

const struct command quarantine_commands[] = {
	{.noun = "quarantine",
		.verb = "list",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_list,
		.help = N_("changes that came after their author was shut "
			   "out, for managers to decide on"),
		.flags = list_flags},
	{.noun = "quarantine",
		.verb = "show",
		.arguments = "ID",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = run_show,
		.help = N_("one of them, field by field")},
	{.noun = "quarantine",
		.verb = "accept",
		.arguments = "[ID …]",
		.argument_max = IDS_MAX,
		.needs = NEEDS_NODE,
		.run = run_accept,
		.help = N_("carry them over under your own name, with their "
			   "origin"),
		.flags = decide_flags},
	{.noun = "quarantine",
		.verb = "reject",
		.arguments = "[ID …]",
		.argument_max = IDS_MAX,
		.needs = NEEDS_NODE,
		.run = run_reject,
		.help = N_("leave them out; nothing is thrown away"),
		.flags = decide_flags},
	{0},
};
