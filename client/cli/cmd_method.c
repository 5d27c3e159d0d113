/* roadbook due, promises, coverage, completeness. */

#include <stdlib.h>
#include <string.h>

#include "client/cli/commands.h"
#include "client/cli/figures.h"
#include "client/cli/output.h"
#include "client/method/read.h"
#include "client/method/tell.h"
#include "proto/schema_roadbook.h"

enum { WITHIN_DAYS = 14, WITHIN_MAX = 3660, DAYS_A_WEEK = 7, LATE_SIZE = 64 };

/* What a command of these reads and tells. */
struct view {
	struct cli *cli;
	int32_t as_of;
	struct dossier facts;
	struct arena arena;
	json_t *json; /* the document, what figures come with so far */
};

/* --within 14d, 14 or 2w, in days. */
static bool
take_within(struct cli *cli, int32_t *days)
{
	const char *text = cli_flag(cli, "within");
	char *end;
	long number;

	*days = WITHIN_DAYS;
	if (!text)
		return true;
	number = strtol(text, &end, 10);
	if (*text >= '0' && *text <= '9' && number <= WITHIN_MAX) {
		if (strcmp(end, "w") == 0)
			number *= DAYS_A_WEEK;
		if (number <= WITHIN_MAX &&
			(!*end || strcmp(end, "d") == 0 ||
				strcmp(end, "w") == 0)) {
			*days = (int32_t)number;
			return true;
		}
	}
	problem_set(&cli->problem, EXIT_USAGE,
		T("--within takes a number of days or weeks, not \"%s\""),
		text);
	return problem_hint(&cli->problem, "--within 14d, --within 2w");
}

static void
view_end(struct view *v)
{
	json_decref(v->json);
	arena_clear(&v->arena);
	dossier_clear(&v->facts);
}

static bool
view_begin_of(struct cli *cli, struct view *v, struct read_scope scope)
{
	const char *account = cli_flag(cli, "account");
	uint8_t id[ID_BYTES];

	*v = (struct view){.cli = cli};
	if (!cli_as_of(cli, &v->as_of) ||
		!cli_readable_territory(cli, &scope.territory) ||
		(account && !cli_account(cli, account, id)))
		return false;
	if (account)
		scope.account = id;
	scope.as_of = v->as_of;
	if (!read_dossier(cli->node, &scope, &v->facts, &cli->problem)) {
		view_end(v);
		return false;
	}
	v->json = tell_frame(&v->facts, v->as_of);
	return true;
}

static bool
view_begin(struct cli *cli, struct view *v)
{
	return view_begin_of(cli, v, (struct read_scope){0});
}

/* The table and what it is made of, or the JSON; takes the table. */
static void
view_print(struct view *v, const char *name, json_t *list, struct table *table,
	bool any)
{
	struct cli *cli = v->cli;

	json_object_set_new(v->json, name, list);
	if (cli->json) {
		output_json(cli->out, json_incref(v->json));
		table_free(table);
		return;
	}
	if (any) {
		table_print(table, cli->out);
	} else {
		table_free(table);
		output_format(cli->err, "%s\n", T("there are none"));
	}
	figures_frame(cli, v->json);
}

/* A table with these titles, an array. */
#define TABLE(titles) table_titled((titles), sizeof(titles) / sizeof *(titles))

static void
figure_cell(struct table *table, struct figure figure)
{
	char text[FIGURE_TEXT_SIZE];

	figure_text(figure, text);
	table_cell(table, text);
}

static void
day_cell(struct table *table, int32_t day)
{
	char text[DAY_TEXT_SIZE];

	day_text(day, text);
	table_cell(table, *text ? text : "–");
}

/* ---- coverage ---- */

static void
bus_factor_text(const struct holders *h, char *out, size_t room)
{
	if (h->bus_factor < 0)
		(void)snprintf(out, room, "–");
	else if (h->bus_factor > HOLDERS_FACTOR_MAX)
		(void)snprintf(out, room, "> %d", HOLDERS_FACTOR_MAX);
	else
		(void)snprintf(out, room, "%d", h->bus_factor);
}

static void
add_note(char *out, size_t room, const char *note)
{
	size_t used = strlen(out);

	(void)snprintf(out + used, room - used, "%s%s", used ? "; " : "", note);
}

/* What a manager should look at. */
static void
notes_cell(struct table *table, const struct account_figures *f)
{
	char notes[256] = "", one[64];

	if (f->coverage.no_kdm)
		add_note(notes, sizeof notes, T("no decision maker"));
	if (f->coverage.no_ki)
		add_note(notes, sizeof notes, T("no influencer"));
	if (f->coverage.no_ku)
		add_note(notes, sizeof notes, T("no user"));
	if (f->coverage.kdm_opposes)
		add_note(notes, sizeof notes, T("decision maker opposes"));
	for (size_t i = 0; i < f->person_count; i++)
		if (f->people[i].contradiction) {
			add_note(notes, sizeof notes, T("ratings contradict"));
			break;
		}
	if (f->gap_known && f->gap >= RELATION_SPREAD) {
		(void)snprintf(one, sizeof one, T("we see it %d levels higher"),
			f->gap);
		add_note(notes, sizeof notes, one);
	}
	table_cell(table, notes);
}

static void
coverage_row(struct table *table, const struct account_figures *f)
{
	char text[64];

	table_cell(table, f->account->name);
	figure_cell(table, f->coverage.key);
	figure_cell(table, f->levels);
	bus_factor_text(&f->holders, text, sizeof text);
	table_cell(table, text);
	if (f->holders.sole_user < 0) {
		table_cell(table, "–");
	} else {
		char share[FIGURE_TEXT_SIZE];

		figure_text(f->holders.sole_share, share);
		(void)snprintf(text, sizeof text, "%s %s",
			f->users[f->holders.sole_user]->login, share);
		table_cell(table, text);
	}
	table_cell(table, f->backup ? T("yes") : T("no"));
	notes_cell(table, f);
}

static void
tell_one_coverage(json_t *json, const struct account_figures *f, int32_t as_of)
{
	(void)as_of; /* it is in the figures */
	tell_coverage(json, f);
}

/* Every account of the view, as JSON by the one and as a row by the other. */
static bool
each_account(struct cli *cli, struct table *table,
	void (*tell)(
		json_t *json, const struct account_figures *f, int32_t as_of),
	void (*row)(struct table *table, const struct account_figures *f),
	void (*more)(struct view *view))
{
	json_t *list;
	struct view v;

	if (!view_begin(cli, &v)) {
		table_free(table);
		return false;
	}
	list = json_array();
	for (size_t i = 0; i < v.facts.account_count; i++) {
		struct account_figures f = account_figures(
			&v.facts, &v.facts.accounts[i], v.as_of, &v.arena);
		json_t *json = tell_account(&v.facts, f.account);

		tell(json, &f, v.as_of);
		json_array_append_new(list, json);
		row(table, &f);
		arena_reset(&v.arena);
	}
	view_print(&v, "accounts", list, table, v.facts.account_count);
	if (more)
		more(&v);
	view_end(&v);
	return true;
}

static bool
run_coverage(struct cli *cli)
{
	static const char *const titles[] = {N_("account"), N_("coverage"),
		N_("levels"), N_("bus factor"), N_("held alone"), N_("backup"),
		""};

	return each_account(
		cli, TABLE(titles), tell_one_coverage, coverage_row, NULL);
}

/* ---- completeness ---- */

typedef void missing_cb(void *self, enum completeness_item item);

/* What is missing, from what weighs most; nobody asks for what is not kept. */
static void
each_missing(const struct account_figures *f, missing_cb *found, void *self)
{
	for (int points = COMPLETENESS_POINTS; points; points--)
		for (int i = 0; i < COMPLETENESS_ITEMS; i++) {
			enum completeness_item item = (enum completeness_item)i;

			if (completeness_points(item) == points &&
				f->known.item[i].kept &&
				!f->known.item[i].known)
				found(self, item);
		}
}

enum { MISSING_SIZE = 1024 };

static void
add_missing(void *self, enum completeness_item item)
{
	add_note(self, MISSING_SIZE, text_of(completeness_label(item)));
}

static void
print_missing(void *self, enum completeness_item item)
{
	output_format(self, T("  missing: %s (%d points)\n"),
		text_of(completeness_label(item)), completeness_points(item));
}

static void
completeness_row(struct table *table, const struct account_figures *f)
{
	char missing[MISSING_SIZE] = "";

	table_cell(table, f->account->name);
	figure_cell(table, f->completeness.score);
	figure_cell(table,
		figure_of(f->completeness.attainable, COMPLETENESS_POINTS));
	figure_cell(table, f->completeness.by_owner);
	each_missing(f, add_missing, missing);
	table_cell(table, missing);
}

/* Of one account there is room for all of it. */
static void
list_missing(struct view *v)
{
	struct account_figures f;

	if (!cli_flag(v->cli, "account") || v->cli->json ||
		!v->facts.account_count)
		return;
	f = account_figures(
		&v->facts, &v->facts.accounts[0], v->as_of, &v->arena);
	each_missing(&f, print_missing, v->cli->out);
}

static bool
run_completeness(struct cli *cli)
{
	static const char *const titles[] = {N_("account"), N_("known"),
		N_("attainable"), N_("by the owner"), N_("missing")};

	return each_account(cli, TABLE(titles), tell_completeness,
		completeness_row, list_missing);
}

/* ---- due and promises ---- */

static void
late_cell(struct table *table, const struct due *due, int32_t as_of)
{
	char text[LATE_SIZE] = "";
	int64_t late = (int64_t)as_of - due->on;

	if (due->on != DAY_NONE && late > 0)
		(void)snprintf(text, sizeof text, T("%lld days late"),
			(long long)late);
	table_cell(table, text);
}

static const char *
what_is_due(const struct due *due)
{
	static const char *const kinds[DUE_KINDS] = {
		[DUE_ACCOUNT] = N_("see the customer"),
		[DUE_CONTACT] = N_("be in touch"),
		[DUE_FACE] = N_("see in person"),
		[DUE_NEXT] = N_("next contact, as agreed"),
		[DUE_ACTION] = N_("next step"),
	};

	if (due->action && *due->action->owed_by)
		return tell_label(TYPE_ACTION, "owed_by", due->action->owed_by);
	return text_of(kinds[due->kind]);
}

static void
due_row(struct table *table, const struct dossier *facts, const struct due *due,
	int32_t as_of)
{
	char text[FIGURE_TEXT_SIZE] = "";

	day_cell(table, due->on);
	late_cell(table, due, as_of);
	table_cell(table, what_is_due(due));
	table_cell(table, due->account ? due->account->name : "");
	table_cell(table,
		due->action            ? due->action->title
			: due->contact ? due->contact->name
				       : "");
	if (due->cadence.target_days && due->cadence.last == DAY_NONE)
		table_cell(table, T("never seen"));
	else if (due->cadence.target_days)
		figure_text(due->cadence.overdue, text);
	if (due->action)
		table_cell(table, tell_login(facts, due->action->owner));
	else if (!due->cadence.target_days || due->cadence.last != DAY_NONE)
		table_cell(table, text);
}

/* How many of them are told; limit 0: all. */
static size_t
at_most(size_t count, int64_t limit)
{
	return limit && (uint64_t)limit < count ? (size_t)limit : count;
}

static bool
run_due(struct cli *cli)
{
	static const char *const titles[] = {N_("due on"), "", N_("what"),
		N_("account"), N_("who, or which"), N_("since; whose")};
	struct view v;
	struct table *table;
	const struct due *due;
	json_t *list;
	int32_t within;
	int64_t limit;
	size_t count;

	if (!take_within(cli, &within) ||
		!cli_number(cli, "limit", 0, &limit) ||
		!view_begin_of(cli, &v,
			(struct read_scope){.due = true,
				.actions = !cli_has_flag(cli, "visits")}))
		return false;
	list = json_array();
	table = TABLE(titles);
	due = due_list(&v.facts, v.as_of, v.as_of + within,
		!cli_has_flag(cli, "visits"), &v.arena, &count);
	json_object_set_new(v.json, "count", json_integer((json_int_t)count));
	json_object_set_new(v.json, "accounts",
		json_integer((json_int_t)due_accounts(&v.facts, due, count)));
	for (size_t i = 0; i < at_most(count, limit); i++) {
		json_array_append_new(
			list, tell_due(&v.facts, &due[i], v.as_of));
		due_row(table, &v.facts, &due[i], v.as_of);
	}
	view_print(&v, "due", list, table, count);
	view_end(&v);
	return true;
}

static bool
run_promises(struct cli *cli)
{
	static const char *const titles[] = {N_("who owes"), N_("due on"), "",
		N_("what"), N_("account"), N_("owner")};
	struct view v;
	struct table *table;
	const struct due *due;
	json_t *list;
	int64_t limit;
	size_t count;

	if (!cli_number(cli, "limit", 0, &limit) ||
		!view_begin_of(cli, &v, (struct read_scope){.actions = true}))
		return false;
	list = json_array();
	table = TABLE(titles);
	due = due_promises(
		&v.facts, NULL, cli_has_flag(cli, "all"), &v.arena, &count);
	json_object_set_new(v.json, "count", json_integer((json_int_t)count));
	for (size_t i = 0; i < at_most(count, limit); i++) {
		json_array_append_new(
			list, tell_due(&v.facts, &due[i], v.as_of));
		table_cell(table, what_is_due(&due[i]));
		day_cell(table, due[i].on);
		late_cell(table, &due[i], v.as_of);
		table_cell(table, due[i].action->title);
		table_cell(table, due[i].account ? due[i].account->name : "");
		table_cell(table, tell_login(&v.facts, due[i].action->owner));
	}
	view_print(&v, "promises", list, table, count);
	view_end(&v);
	return true;
}

/* ---- the table ---- */

#define SCOPE_FLAGS                                                            \
	{"as-of", "YYYY-MM-DD", N_("as it stands on that day (today)")},       \
		{"territory", "PATH",                                          \
			N_("of this territory and those below it only")},      \
		{"account", "ACCOUNT", N_("of this account only")},

static const struct command_flag scope_flags[] = {
	SCOPE_FLAGS{NULL, NULL, NULL},
};

static const struct command_flag due_flags[] = {
	{"within", "14d", N_("what falls due within so many days or weeks")},
	{"visits", NULL, N_("whom to see alone, without next steps")},
	{"limit", "N", N_("no more than these")},
	SCOPE_FLAGS{NULL, NULL, NULL},
};

static const struct command_flag promises_flags[] = {
	{"all", NULL, N_("next steps that nobody is owed, too")},
	{"limit", "N", N_("no more than these")},
	SCOPE_FLAGS{NULL, NULL, NULL},
};

const struct command method_commands[] = {
	{.noun = "due",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_due,
		.help = N_(
			"whom to see and what to do by when, late ones first"),
		.flags = due_flags},
	{.noun = "promises",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_promises,
		.help = N_("open promises, what we owe first"),
		.flags = promises_flags},
	{.noun = "coverage",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_coverage,
		.help = N_("how well who decides is covered, and who alone "
			   "holds it"),
		.flags = scope_flags},
	{.noun = "completeness",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_completeness,
		.help = N_("how much is known of each account, and what is "
			   "missing"),
		.flags = scope_flags},
	{0},
};
