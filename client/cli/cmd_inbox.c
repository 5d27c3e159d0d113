#include "client/cli/commands.h"

#include <string.h>

#include "client/cli/commands.h"
#include "client/cli/fields.h"
#include "client/cli/output.h"
#include "client/cli/record_text.h"
#include "client/node/inbox.h"
#include "client/node/list.h"
#include "client/node/serve.h"
#include "client/node/why.h"
#include "client/store/search_index.h"
#include "sync/alloc.h"

enum { VALUE_SIZE = 2048, SHORT_CONFLICT = 8 };

static const char *
text_in(const json_t *entry, const char *key)
{
	const char *text = json_string_value(json_object_get(entry, key));

	return text ? text : "";
}

static bool
disk_problem(struct cli *cli)
{
	return problem_set(&cli->problem, EXIT_FAILED, T("%s/node.db: %s"),
		cli->node->dir, store_sqlite_problem(cli->node->store));
}

/* ---- conflicts ---- */

static const struct schema_field *
field_of(const struct schema *schema, const json_t *entry)
{
	const struct schema_type *type =
		schema_type_named(schema, text_in(entry, "type"));

	return type ? schema_field_named(type, text_in(entry, "field")) : NULL;
}

/* What the record is called; its id when that is all there is. */
static void
record_title(
	struct cli *cli, const json_t *entry, char out[static VIEW_TITLE_SIZE])
{
	uint8_t id[ID_SIZE];
	const struct schema_type *type =
		schema_type_named(cli->node->schema, text_in(entry, "type"));

	if (type && id_parse(id, text_in(entry, "record")) == STATUS_OK)
		node_title(cli->node, type, id, ID_SIZE, out);
	else
		(void)snprintf(
			out, VIEW_TITLE_SIZE, "%s", text_in(entry, "record"));
}

static void
print_sibling(struct cli *cli, const struct schema_field *field, size_t number,
	const json_t *sibling)
{
	char value[VALUE_SIZE], base[VALUE_SIZE], time[RECORD_TIME_SIZE];

	record_text_json(cli, field, json_object_get(sibling, "value"), value,
		sizeof value);
	record_text_json(cli, field, json_object_get(sibling, "base"), base,
		sizeof base);
	record_text_time(text_in(sibling, "time"), time);
	output_format(cli->out, "  %zu  %s\n     %s, %s", number,
		*value ? value : T("(cleared)"), text_in(sibling, "user"),
		time);
	if (json_is_true(json_object_get(sibling, "suspect")))
		output_format(cli->out, " %s", T("(its clock was ahead)"));
	if (*base)
		output_format(cli->out, T("; it was: %s"), base);
	(void)fputc('\n', cli->out);
}

/* What a mark had not seen, by the names of record and field. */
static void
print_unseen(struct cli *cli, const json_t *unseen)
{
	char value[VALUE_SIZE], time[RECORD_TIME_SIZE];
	char name[RECORD_NAME_SIZE];
	struct found_record found;
	struct problem unknown;
	const struct schema_field *field = NULL;

	(void)snprintf(name, sizeof name, "%s", text_in(unseen, "record"));
	if (node_find(cli->node, NULL, name, &found, &unknown)) {
		record_text_name(cli, &found, name);
		field = schema_field_named(
			found.type, text_in(unseen, "field"));
	}
	record_text_json(cli, field, json_object_get(unseen, "value"), value,
		sizeof value);
	record_text_one_line(value);
	record_text_time(text_in(unseen, "time"), time);
	output_format(cli->out, T("     unseen: %s, %s: %s; %s, %s\n"), name,
		field ? text_pick(field->en, field->zh)
		      : text_in(unseen, "field"),
		value, text_in(unseen, "user"), time);
}

static void
print_conflict(struct cli *cli, const json_t *entry)
{
	const struct schema_field *field = field_of(cli->node->schema, entry);
	const json_t *siblings = json_object_get(entry, "siblings");
	const json_t *unseen = json_object_get(entry, "unseen");
	bool undecided = strcmp(text_in(entry, "state"), "undecided") == 0;
	char title[VIEW_TITLE_SIZE];

	record_title(cli, entry, title);
	output_format(cli->out, "%.*s  %s  %s  %s\n", SHORT_CONFLICT,
		text_in(entry, "id"), title,
		field ? text_pick(field->en, field->zh)
		      : text_in(entry, "field"),
		undecided ? T("undecided") : T("settled until someone picks"));
	for (size_t i = 0; i < json_array_size(siblings); i++)
		print_sibling(cli, field, i + 1, json_array_get(siblings, i));
	for (size_t i = 0; i < json_array_size(unseen); i++)
		print_unseen(cli, json_array_get(unseen, i));
	(void)fputc('\n', cli->out);
}

static bool
cmd_conflicts(struct cli *cli)
{
	json_t *array = node_conflicts_json(cli->node, NULL);

	if (!array)
		return disk_problem(cli);
	if (cli->json) {
		output_json(cli->out, array);
		return true;
	}
	for (size_t i = 0; i < json_array_size(array); i++)
		print_conflict(cli, json_array_get(array, i));
	if (json_array_size(array))
		output_format(cli->out, "%s\n",
			T("roadbook resolve CONFLICT --pick N takes one of "
			  "them, --value V another value"));
	else
		output_format(cli->err, "%s\n", T("there are none"));
	json_decref(array);
	return true;
}

/* ---- resolve ---- */

/* What was resolved, as it stands now: the record's entry is gone. */
static bool
print_resolved(struct cli *cli, json_t *entry)
{
	char title[VIEW_TITLE_SIZE];
	const struct schema_field *field = field_of(cli->node->schema, entry);

	if (cli->json) {
		output_json(cli->out,
			json_pack("{s:O, s:O, s:O, s:O}", "resolved",
				json_object_get(entry, "id"), "type",
				json_object_get(entry, "type"), "record",
				json_object_get(entry, "record"), "field",
				json_object_get(entry, "field")));
		return true;
	}
	record_title(cli, entry, title);
	output_format(cli->out,
		T("resolved: %s of %s; only on this device until the next "
		  "sync\n"),
		field ? text_pick(field->en, field->zh)
		      : text_in(entry, "field"),
		title);
	return true;
}

static bool
cmd_resolve(struct cli *cli)
{
	const char *value = cli_flag(cli, "value");
	const char *id = cli->args[0];
	int64_t pick;
	json_t *before;
	bool resolved;

	if (!cli_number(cli, "pick", 0, &pick))
		return false;
	if (cli_has_flag(cli, "pick") == cli_has_flag(cli, "value")) {
		problem_set(&cli->problem, EXIT_USAGE,
			T("either --pick N or --value V"));
		return problem_hint(&cli->problem,
			T("roadbook conflicts shows what there is to pick"));
	}
	if (!value && (pick < 1 || pick > INT32_MAX))
		return problem_set(
			&cli->problem, EXIT_USAGE, T("--pick counts from 1"));
	before = node_conflicts_json(cli->node, id);
	if (!before)
		return disk_problem(cli);
	resolved = node_resolve(
		cli->node, id, (int)pick, value, NULL, &cli->problem);
	if (resolved)
		resolved = print_resolved(cli, json_array_get(before, 0));
	json_decref(before);
	return resolved;
}

/* ---- why ---- */

static void
print_why(struct cli *cli, const struct found_record *found,
	const struct schema_field *field, const json_t *why)
{
	const json_t *versions = json_object_get(why, "versions");
	char name[RECORD_NAME_SIZE], value[VALUE_SIZE];
	struct table *table = table_new(5);

	record_text_name(cli, found, name);
	output_format(cli->out, "%s, %s\n%s\n\n", name,
		text_pick(field->en, field->zh), text_in(why, "explanation"));
	table_cell(table, T("value"));
	table_cell(table, T("user"));
	table_cell(table, T("time"));
	table_cell(table, T("rank"));
	table_cell(table, "");
	for (size_t i = 0; i < json_array_size(versions); i++) {
		const json_t *v = json_array_get(versions, i);

		record_text_json(cli, field, json_object_get(v, "value"), value,
			sizeof value);
		record_text_one_line(value);
		table_cell(table, *value ? value : T("(cleared)"));
		table_cell(table, text_in(v, "user"));
		record_text_time(text_in(v, "time"), value);
		table_cell(table, value);
		table_cell(table, text_in(v, "rank"));
		table_cell(table,
			json_is_true(json_object_get(v, "live")) ? T("stands")
								 : "");
	}
	table_print(table, cli->out);
}

static bool
cmd_why(struct cli *cli)
{
	struct found_record found;
	const struct schema_field *field;
	json_t *why;

	if (!node_find(cli->node, NULL, cli->args[0], &found, &cli->problem))
		return false;
	field = fields_named(found.type, cli->args[1]);
	if (!field) {
		problem_set(&cli->problem, EXIT_USAGE,
			T("a %s has no field %s"),
			text_pick(found.type->en, found.type->zh),
			cli->args[1]);
		return problem_hint(&cli->problem,
			T("roadbook %s add --help lists the fields"),
			found.type->name);
	}
	why = node_why_json(cli->node, &found, field);
	if (!why)
		return disk_problem(cli);
	if (cli->json) {
		output_json(cli->out, why);
		return true;
	}
	print_why(cli, &found, field, why);
	json_decref(why);
	return true;
}

/* ---- search ---- */

struct searching {
	struct cli *cli;
	json_t *array;       /* one of the two */
	struct table *table; /* NULL before the first hit */
};

static const char *
hit_field(const struct query_hit *hit, bool label)
{
	if (hit->part)
		return label ? text_pick(hit->part->en, hit->part->zh)
			     : hit->part->name;
	if (!hit->field)
		return "";
	return label ? text_pick(hit->field->en, hit->field->zh)
		     : hit->field->name;
}

/* Its record is at hand: it is not looked up again for its title. */
static void
hit_title(struct node *node, const struct query_hit *hit,
	char out[static VIEW_TITLE_SIZE])
{
	const struct schema_field *field = hit->type->title
		? schema_field_named(hit->type, hit->type->title)
		: NULL;
	struct pack_view value = {0};

	if (field && field->kind != KIND_SET)
		value = view_value(hit->row->record, field);
	if (value.size && !view_is_empty(value))
		node_value_text(node, field, value, out, VIEW_TITLE_SIZE);
	else
		node_title(node, hit->type, hit->id, hit->id_size, out);
}

static bool
add_hit(void *self, const struct query_hit *hit)
{
	struct searching *s = self;
	char title[VIEW_TITLE_SIZE], id[VIEW_ID_SIZE];
	const char *excerpt = hit->excerpt ? hit->excerpt : "";
	char text[QUERY_EXCERPT_MAX + 16];

	hit_title(s->cli->node, hit, title);
	if (s->array) {
		view_id(hit->id, hit->id_size, id);
		json_array_append_new(s->array,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:o*}", "type",
				hit->type->name, "id", id, "title", title,
				"field", hit_field(hit, false), "excerpt",
				excerpt, "record",
				node_row_json(s->cli->node, hit->row)));
		return true;
	}
	if (!s->table)
		s->table = table_new(5);
	view_short_id(hit->id, hit->id_size, id);
	table_cell(s->table, id);
	table_cell(s->table, text_pick(hit->type->en, hit->type->zh));
	table_cell(s->table, title);
	table_cell(s->table, hit_field(hit, true));
	(void)snprintf(text, sizeof text, "%s", excerpt);
	record_text_one_line(text);
	table_cell(s->table, strcmp(text, title) == 0 ? "" : text);
	return true;
}

/* The words as one text; malloc'ed. */
static char *
joined_words(const struct cli *cli)
{
	size_t size = 1, used = 0;
	char *text;

	for (size_t i = 0; i < cli->arg_count; i++)
		size += strlen(cli->args[i]) + 1;
	text = alloc(size);
	for (size_t i = 0; i < cli->arg_count; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
			i ? " " : "", cli->args[i]);
	return text;
}

/*
 * In one transaction: each hit is a statement of its own, and SQLite would take
 * its locks for each. Where it cannot be had, it goes on without.
 */
static enum status
search(struct node *node, const char *text,
	struct query_territories territories, size_t limit, struct searching *s)
{
	struct problem problem = {0};
	bool begun = node_begin(node, &problem);
	enum status status =
		query_search(node->store, text, territories, limit, add_hit, s);

	/* Nothing was written; what it says of the disk the search said. */
	if (begun)
		(void)node_commit(node, &problem);
	return status;
}

/* What a search by itself indexes, when it has told: so many records, times. */
enum { INDEX_ROWS = 2000, INDEX_STEPS = 10 };

/* A node that runs does it when it is idle; it failing costs time. */
static void
go_on_with_index(struct cli *cli)
{
	bool more = !serve_peers();

	for (int i = 0; more && i < INDEX_STEPS; i++)
		if (search_index_step(cli->node->store, INDEX_ROWS, &more) !=
			STATUS_OK)
			return;
}

static bool
cmd_search(struct cli *cli)
{
	struct searching s = {
		.cli = cli, .array = cli->json ? json_array() : NULL};
	uint32_t *numbers;
	struct query_territories territories =
		node_territories(cli->node, &numbers);
	char *text = joined_words(cli);
	enum status status = STATUS_OK;
	int64_t limit;
	bool searched = cli_number(cli, "limit", 0, &limit);

	if (searched && territories.count)
		status =
			search(cli->node, text, territories, (size_t)limit, &s);
	if (status != STATUS_OK)
		searched = disk_problem(cli);
	if (searched && s.array)
		output_json(cli->out, json_incref(s.array));
	else if (searched && !s.table)
		output_format(cli->err, "%s\n", T("there are none"));
	if (s.table)
		table_print(s.table, cli->out);
	json_decref(s.array);
	free(numbers);
	free(text);
	if (searched)
		go_on_with_index(cli);
	return searched;
}

/* ---- the table ---- */

static const struct command_flag resolve_flags[] = {
	{"pick", "N", N_("take the value with this number")},
	{"value", "V", N_("write this value instead; \"\" clears the field")},
	{NULL, NULL, NULL},
};

static const struct command_flag search_flags[] = {
	{"limit", "N", N_("no more than these")},
	{NULL, NULL, NULL},
};

const struct command inbox_commands[] = {
	{.noun = "conflicts",
		.needs = NEEDS_NODE,
		.run = cmd_conflicts,
		.help = N_("what several people wrote without knowing of one "
			   "another")},
	{.noun = "resolve",
		.arguments = "CONFLICT",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = cmd_resolve,
		.help = N_("settle a conflict, for everybody"),
		.flags = resolve_flags},
	{.noun = "why",
		.arguments = "RECORD FIELD",
		.argument_min = 2,
		.argument_max = 2,
		.needs = NEEDS_NODE,
		.run = cmd_why,
		.help = N_("why a field shows what it shows")},
	{.noun = "search",
		.arguments = "TEXT…",
		.argument_min = 1,
		.argument_max = 64,
		.needs = NEEDS_NODE,
		.run = cmd_search,
		.help = N_("records that have all the words in their text"),
		.flags = search_flags},
	{.run = NULL},
};
