/* roadbook hub audit, risk. */

#include <string.h>

#include "client/cli/commands.h"
#include "client/cli/figures.h"
#include "client/cli/output.h"
#include "client/handover/audit.h"
#include "client/handover/risk.h"
#include "client/method/figure.h"

enum { DAY_MS = 24 * 3600 * 1000, SILENT_DAYS = 14 };

/* --since YYYY-MM-DD, the beginning of that day here. */
static bool
take_since(struct cli *cli, int64_t *since_ms)
{
	int32_t day;

	*since_ms = 0;
	if (!cli_day(cli, "since", DAY_NONE, &day))
		return false;
	if (day != DAY_NONE) {
		*since_ms = (int64_t)day * DAY_MS;
		*since_ms -= (int64_t)node_offset(*since_ms) * 60 * 1000;
	}
	return true;
}

static const char *
what_text(const char *what)
{
	static const struct {
		const char *what, *text;
	} texts[] = {
		{"user", N_("user added")},
		{"territory", N_("territory made")},
		{"enrolled", N_("device enrolled")},
		{"recovered", N_("device opened by head office")},
		{"wiped", N_("device erased itself")},
		{"backup_opened", N_("backup opened with the root key")},
		{"leases", N_("days of a lease")},
		{"granted", N_("granted")},
		{"until", N_("until a day")},
		{"ending", N_("told to end")},
		{"ended", N_("grant ended")},
		{"revoked", N_("device shut out")},
		{"erased", N_("a person's data erased")},
		{"keys", N_("company keys")},
		{"accepted", N_("late change accepted")},
		{"rejected", N_("late change rejected")},
		{"exported", N_("exported")},
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (strcmp(texts[i].what, what) == 0)
			return text_of(texts[i].text);
	return what;
}

/* What comes with it, in one cell. */
static void
detail_cell(struct table *table, const json_t *event)
{
	static const char *const names[] = {"territory", "role", "until",
		"name", "device", "reason", "order"};
	char text[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = output_member(event, names[i]);
		int n = *value ? snprintf(text + used, sizeof text - used,
					 "%s%s", used ? " " : "", value)
			       : 0;

		if (n < 0 || (size_t)n >= sizeof text - used)
			break; /* the table cuts it anyway */
		used += (size_t)n;
	}
	table_cell(table, text);
}

static const struct command_flag audit_flags[] = {
	{"since", "YYYY-MM-DD", N_("from that day on")},
	{NULL, NULL, NULL},
};

static bool
run_audit(struct cli *cli)
{
	struct table *table;
	int64_t since_ms;
	json_t *list, *e;
	size_t i;

	if (!take_since(cli, &since_ms))
		return false;
	list = audit_json(cli->node, since_ms, &cli->problem);
	if (!list)
		return false;
	table = table_new(5);
	table_cell(table, T("Time"));
	table_cell(table, T("By"));
	table_cell(table, T("What"));
	table_cell(table, T("User"));
	table_cell(table, "");
	json_array_foreach(list, i, e)
	{
		table_cell(table, output_member(e, "at"));
		table_cell(table, output_member(e, "by"));
		table_cell(table, what_text(output_member(e, "what")));
		table_cell(table, output_member(e, "user"));
		detail_cell(table, e);
	}
	output_list(cli, list, table);
	return true;
}

/* ---- risk ---- */

static void
print_names(struct cli *cli, const char *title, const json_t *list,
	const char *first, const char *second)
{
	json_t *e;
	size_t i;

	output_format(cli->out, "%s: %zu\n", title, json_array_size(list));
	json_array_foreach(list, i, e)
	{
		if (json_is_string(e))
			output_format(cli->out, "  %s\n", json_string_value(e));
		else
			output_format(cli->out, "  %s  %s\n",
				output_member(e, first),
				output_member(e, second));
	}
}

/* What those accounts spend a year, of all of that currency. */
static void
print_stake(struct cli *cli, const json_t *risk, const char *name)
{
	const json_t *stake =
		json_object_get(json_object_get(risk, "spend"), name);
	json_int_t unknown =
		json_integer_value(json_object_get(stake, "unknown"));
	const json_t *sum;
	char share[FIGURE_TEXT_SIZE];
	size_t i;

	json_array_foreach(json_object_get(stake, "of"), i, sum)
	{
		const json_t *bp = json_object_get(sum, "share_bp");

		figure_text((struct figure){json_is_integer(bp),
				    json_integer_value(bp)},
			share);
		output_format(cli->out,
			T("  they spend %s %s a year, %s of what is known\n"),
			output_member(sum, "amount"),
			output_member(sum, "currency"), share);
	}
	if (unknown)
		output_format(cli->out,
			T("  what they spend is not known: %lld\n"),
			(long long)unknown);
}

static void
print_risk(struct cli *cli, const json_t *risk)
{
	print_names(cli, T("accounts that one person holds"),
		json_object_get(risk, "held_by_one"), "name", "holder");
	print_stake(cli, risk, "held_by_one");
	print_names(cli, T("accounts whose owner is nobody here"),
		json_object_get(risk, "without_owner"), "name", "territory");
	print_stake(cli, risk, "without_owner");
	print_names(cli, T("accounts without a backup"),
		json_object_get(risk, "without_backup"), "name", "territory");
	print_stake(cli, risk, "without_backup");
	print_names(cli, T("territories with accounts and no rep"),
		json_object_get(risk, "territories_without_rep"), "", "");
	print_names(cli, T("key contacts whom at most one of us knows"),
		json_object_get(risk, "single_source"), "name", "account");
	print_names(cli, T("devices not heard of"),
		json_object_get(risk, "silent_devices"), "user", "last_seen");
	figures_frame(cli, risk);
}

static const struct command_flag risk_flags[] = {
	{"as-of", "YYYY-MM-DD", N_("as it stands on that day (today)")},
	{"silent", "DAYS", N_("devices not heard of for so long (14)")},
	{NULL, NULL, NULL},
};

static bool
run_risk(struct cli *cli)
{
	int32_t as_of;
	int64_t days;
	json_t *risk;

	if (!cli_as_of(cli, &as_of) ||
		!cli_number(cli, "silent", SILENT_DAYS, &days))
		return false;
	risk = risk_json(cli->node, as_of, days, &cli->problem);
	if (!risk)
		return false;
	if (cli->json) {
		output_json(cli->out, risk);
		return true;
	}
	print_risk(cli, risk);
	json_decref(risk);
	return true;
}

const struct command audit_commands[] = {
	{.noun = "hub",
		.verb = "audit",
		.needs = NEEDS_HUB,
		.arguments = "",
		.run = run_audit,
		.help = N_("who ordered what, and when"),
		.flags = audit_flags},
	{.noun = "hub",
		.verb = "risk",
		.needs = NEEDS_HUB,
		.arguments = "",
		.run = run_risk,
		.help = N_("what would be lost with one person, and what is "
			   "nobody's"),
		.flags = risk_flags},
	{0},
};
