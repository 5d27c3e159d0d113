/* roadbook honesty. */

#include <string.h>

#include "client/cli/commands.h"
#include "client/cli/figures.h"
#include "client/cli/output.h"
#include "client/method/honesty_read.h"
#include "client/method/read.h"
#include "client/method/tell.h"

/* The user that --user names; NULL without it. */
static bool
take_user(struct cli *cli, const uint8_t **user)
{
	const char *login = cli_flag(cli, "user");
	const struct policy_user *known =
		login ? policy_user_login(cli->node->policy, login) : NULL;

	*user = known ? known->id : NULL;
	if (!login || known)
		return true;
	problem_set(
		&cli->problem, EXIT_NOT_FOUND, T("there is no user %s"), login);
	return problem_hint(&cli->problem, T("roadbook status lists yours"));
}

static void
number_cell(struct table *table, const json_t *object, const char *name)
{
	const json_t *number = json_object_get(object, name);
	char text[32];

	if (json_is_integer(number))
		(void)snprintf(text, sizeof text, "%lld",
			(long long)json_integer_value(number));
	else
		(void)snprintf(text, sizeof text, "–");
	table_cell(table, text);
}

static struct figure
late_of(const json_t *lag)
{
	const json_t *bp = json_object_get(lag, "late_bp");

	return (struct figure){json_is_integer(bp), json_integer_value(bp)};
}

static const char *const counts[] = {"proven_late", "entered_before_visit",
	"clock_set_back", "edited_after_48h", "without_place", "without_note",
	"without_next_step", "same_text"};

static void
person_row(struct table *table, const json_t *person)
{
	const json_t *lag = json_object_get(person, "entry_lag");
	char late[FIGURE_TEXT_SIZE];

	table_cell(table, output_member(person, "user"));
	number_cell(table, person, "visits");
	number_cell(table, lag, "median_days");
	number_cell(table, lag, "p90_days");
	figure_text(late_of(lag), late);
	table_cell(table, late);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		number_cell(table, person, counts[i]);
}

static const char *
flag_text(const char *name)
{
	static const struct {
		const char *name, *text;
	} texts[] = {
		{"late", N_("entered late")},
		{"proven_late", N_("late, as others' clocks prove")},
		{"entered_before_visit", N_("entered before the day")},
		{"clock_set_back", N_("clock set back")},
		{"edited_after_48h", N_("changed after 48 h")},
		{"without_place", N_("no place")},
		{"without_note", N_("no note")},
		{"without_next_step", N_("no next step")},
		{"same_text", N_("same words")},
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (strcmp(texts[i].name, name) == 0)
			return text_of(texts[i].text);
	return name;
}

static void
print_flagged(struct cli *cli, const json_t *person)
{
	const json_t *visit, *name;
	size_t i, k;

	json_array_foreach(json_object_get(person, "flagged"), i, visit)
	{
		const char *id = output_member(visit, "id");
		size_t size = strlen(id);

		output_format(cli->out, "  %s  %s  …%s  %s:",
			output_member(visit, "visited_on"),
			output_member(person, "user"),
			id + (size > 6 ? size - 6 : 0),
			output_member(visit, "account"));
		json_array_foreach(json_object_get(visit, "flags"), k, name)
		{
			output_format(cli->out, "%s %s", k ? "," : "",
				flag_text(json_string_value(name)));
		}
		output_format(cli->out, "\n");
	}
}

/* This node's own affair, so not part of what is printed. */
static void
tell_here(struct cli *cli, const json_t *person)
{
	const json_t *here = json_object_get(person, "here");
	char late[FIGURE_TEXT_SIZE];

	if (!json_is_object(here))
		return;
	figure_text(late_of(here), late);
	output_format(cli->err,
		T("%s, as received on this device: %lld visits, median %lld "
		  "days, 9 of 10 within %lld, late %s\n"),
		output_member(person, "user"),
		(long long)json_integer_value(json_object_get(here, "visits")),
		(long long)json_integer_value(
			json_object_get(here, "median_days")),
		(long long)json_integer_value(
			json_object_get(here, "p90_days")),
		late);
}

static void
print_people(struct cli *cli, const json_t *json)
{
	static const char *const titles[] = {N_("user"), N_("visits"),
		N_("median days"), N_("9 of 10 within"), N_("late"),
		N_("proven late"), N_("entered before"), N_("clock back"),
		N_("changed after 48 h"), N_("no place"), N_("no note"),
		N_("no next step"), N_("same words")};
	const json_t *people = json_object_get(json, "people"), *person;
	struct table *table;
	size_t i;

	if (!json_array_size(people)) {
		output_format(cli->err, "%s\n", T("there are none"));
	} else {
		table = table_titled(titles, sizeof titles / sizeof *titles);
		json_array_foreach(people, i, person)
		{
			person_row(table, person);
		}
		table_print(table, cli->out);
	}
	json_array_foreach(people, i, person)
	{
		print_flagged(cli, person);
	}
	if (json_is_string(json_object_get(json, "since")))
		output_format(cli->out, T("visits since %s\n"),
			output_member(json, "since"));
	figures_frame(cli, json);
	json_array_foreach(people, i, person)
	{
		tell_here(cli, person);
	}
}

static json_t *
report(struct cli *cli, const struct read_scope *records,
	const struct honesty_scope *scope)
{
	struct dossier facts;
	struct honesty_report found = {0};
	json_t *json = NULL;

	if (read_dossier(cli->node, records, &facts, &cli->problem) &&
		honesty_read(cli->node, &facts, scope, &found, &cli->problem)) {
		json = tell_frame(&facts, scope->until);
		json_object_set_new(json, "since", tell_day(scope->since));
		json_object_set_new(json, "people",
			honesty_json(
				&facts, &found, cli_has_flag(cli, "visits")));
	}
	honesty_clear(&found);
	dossier_clear(&facts);
	return json;
}

static bool
run_honesty(struct cli *cli)
{
	const char *account = cli_flag(cli, "account");
	struct read_scope records = {0};
	struct honesty_scope scope;
	uint8_t id[ID_BYTES];
	int64_t now = node_now_ms();
	json_t *json;

	if (!cli_day(cli, "since", DAY_NONE, &scope.since) ||
		!cli_day(cli, "until", day_of_moment(now, node_offset(now)),
			&scope.until) ||
		!take_user(cli, &scope.user) ||
		!cli_readable_territory(cli, &records.territory) ||
		(account && !cli_account(cli, account, id)))
		return false;
	if (account)
		records.account = id;
	json = report(cli, &records, &scope);
	if (!json)
		return false;
	if (cli->json) {
		output_json(cli->out, json);
		return true;
	}
	print_people(cli, json);
	json_decref(json);
	return true;
}

static const struct command_flag honesty_flags[] = {
	{"since", "YYYY-MM-DD", N_("visits from that day on")},
	{"until", "YYYY-MM-DD", N_("visits up to that day (today)")},
	{"user", "LOGIN", N_("of this person only")},
	{"visits", NULL, N_("which visits they are, too")},
	{"territory", "PATH", N_("of this territory and those below it only")},
	{"account", "ACCOUNT", N_("of this account only")},
	{NULL, NULL, NULL},
};

const struct command honesty_commands[] = {
	{.noun = "honesty",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_honesty,
		.help = N_("how soon visits were written down, and what they "
			   "lack: your own, a manager's people"),
		.flags = honesty_flags},
	{0},
};
