/* roadbook hub offboard. */

#include <stdlib.h>
#include <string.h>

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/record_text.h"
#include "client/handover/offboard.h"
#include "client/node/hub/hub.h"
#include "sync/alloc.h"

static const struct command_flag offboard_flags[] = {
	{"to", "LOGIN[=TERRITORY,…]",
		N_("who follows, everywhere or there; repeatable")},
	{"dry-run", NULL, N_("say what would happen and write nothing")},
	{"status", NULL, N_("how it stands with their devices")},
	{"stolen", NULL, N_("do not wait for what their devices still have")},
	{"reason", "resigned|dismissed|retired|…",
		N_("why; it stands in the handover, for managers alone")},
	{NULL, NULL, NULL},
};

static size_t
count_of(const json_t *json, const char *name)
{
	return json_array_size(json_object_get(json, name));
}

static void
print_devices(struct cli *cli, const json_t *plan)
{
	json_t *d;
	size_t i;

	json_array_foreach(json_object_get(plan, "devices"), i, d)
	{
		const char *since = output_member(d, "unsynced_since");

		output_format(cli->out, T("device %s %s: "),
			output_member(d, "device"), output_member(d, "name"));
		if (json_is_true(json_object_get(d, "revoked")))
			output_format(cli->out, T("shut out already\n"));
		else if (*since)
			output_format(cli->out,
				T("last in step %s; what was written there "
				  "since is not here\n"),
				since);
		else
			output_format(cli->out,
				T("never in step; nothing of it is here\n"));
	}
}

static void
print_account(struct cli *cli, const json_t *a)
{
	json_t *names = json_object_get(a, "sole_contacts"), *name;
	size_t i;

	output_format(cli->out, "  %s  %s", output_member(a, "name"),
		output_member(a, "territory"));
	if (json_is_true(json_object_get(a, "sole")))
		output_format(cli->out, T("; nobody else knows anybody there"));
	json_array_foreach(names, i, name) output_format(cli->out,
		i ? ", %s" : T("; only theirs: %s"), json_string_value(name));
	(void)fputc('\n', cli->out);
}

static void
print_lists(struct cli *cli, const json_t *plan)
{
	json_t *e;
	size_t i;

	output_format(
		cli->out, T("accounts: %zu\n"), count_of(plan, "accounts"));
	json_array_foreach(json_object_get(plan, "accounts"), i, e)
		print_account(cli, e);
	output_format(cli->out, T("open promises and next steps: %zu\n"),
		count_of(plan, "promises"));
	json_array_foreach(json_object_get(plan, "promises"), i, e)
		output_format(cli->out, "  %s  %s  %s\n",
			output_member(e, "on"), output_member(e, "name"),
			output_member(e, "title"));
	output_format(cli->out, T("open conflicts: %zu\n"),
		count_of(plan, "conflicts"));
	json_array_foreach(json_object_get(plan, "conflicts"), i, e)
		output_format(cli->out, "  %s %s\n", output_member(e, "title"),
			record_text_field(cli, e));
}

static void
print_plan(struct cli *cli, const json_t *plan)
{
	json_t *e;
	size_t i;

	json_array_foreach(json_object_get(plan, "to"), i, e)
	{
		output_format(cli->out, T("%s as %s: to %s"),
			output_member(e, "territory"), output_member(e, "role"),
			output_member(e, "user"));
		if (!json_integer_value(json_object_get(e, "devices")))
			output_format(cli->out, T(", who has no device yet"));
		(void)fputc('\n', cli->out);
	}
	json_array_foreach(json_object_get(plan, "without_successor"), i, e)
		output_format(cli->out, T("%s: NOBODY follows\n"),
			json_string_value(e));
	print_devices(cli, plan);
	print_lists(cli, plan);
	output_format(cli->out, T("nothing was written\n"));
}

static void
print_done(struct cli *cli, const json_t *done)
{
	output_format(cli->out,
		T("grants ended: %lld, devices shut out: %lld, granted: %lld, "
		  "handovers written: %lld\n"),
		(long long)json_integer_value(
			json_object_get(done, "grants_ended")),
		(long long)json_integer_value(
			json_object_get(done, "devices_shut_out")),
		(long long)json_integer_value(json_object_get(done, "granted")),
		(long long)json_integer_value(
			json_object_get(done, "handovers")));
	output_format(cli->out,
		T("roadbook hub offboard %s --status follows their devices\n"),
		output_member(done, "user"));
}

static void
print_status(struct cli *cli, const json_t *status)
{
	json_t *d;
	size_t i;

	json_array_foreach(json_object_get(status, "devices"), i, d)
	{
		const char *state = output_member(d, "state");
		const char *seen = output_member(d, "last_seen");

		output_format(cli->out, "%s %s: ", output_member(d, "device"),
			output_member(d, "name"));
		if (strcmp(state, "active") == 0)
			output_format(cli->out, T("not shut out\n"));
		else if (strcmp(state, "told") == 0)
			output_format(cli->out,
				T("told %s; it has handed over what it had and "
				  "removes it; late changes: %lld\n"),
				seen,
				(long long)json_integer_value(
					json_object_get(d, "late")));
		else
			output_format(cli->out,
				T("silent since %s; it may still hold what it "
				  "had\n"),
				*seen ? seen : "–");
	}
}

typedef void printer(struct cli *cli, const json_t *json);

static bool
print(struct cli *cli, json_t *json, printer *text)
{
	if (!json)
		return false;
	if (cli->json) {
		output_json(cli->out, json);
		return true;
	}
	text(cli, json);
	json_decref(json);
	return true;
}

static bool
run_offboard(struct cli *cli)
{
	const char **to = alloc((cli->flag_count + 1) * sizeof *to);
	struct offboard_order order = {.login = cli->args[0],
		.to = to,
		.stolen = cli_has_flag(cli, "stolen"),
		.reason = cli_flag(cli, "reason")};
	bool done;

	for (size_t i = 0; i < cli->flag_count; i++)
		if (strcmp(cli->flags[i].name, "to") == 0)
			to[order.to_count++] = cli->flags[i].value;
	if (cli_has_flag(cli, "status"))
		done = print(cli,
			offboard_status(cli->node, order.login, &cli->problem),
			print_status);
	else if (cli_has_flag(cli, "dry-run"))
		done = print(cli,
			offboard_plan(cli->node, &order, &cli->problem),
			print_plan);
	else
		done = hub_order_as(cli->node, cli->as, &cli->problem) &&
			print(cli,
				offboard_run(cli->node, &order, &cli->problem),
				print_done);
	free(to);
	return done;
}

const struct command offboard_commands[] = {
	{.noun = "hub",
		.verb = "offboard",
		.arguments = "LOGIN",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_HUB,
		.run = run_offboard,
		.help = N_("somebody leaves: end, shut out, hand over, in one "
			   "step"),
		.flags = offboard_flags},
	{0},
};
