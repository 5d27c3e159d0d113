#include "client/cli/cmd_record.h"

#include <string.h>
#include <strings.h>

#include "client/cli/commands.h"
#include "client/cli/entered_text.h"
#include "client/cli/fields.h"
#include "client/cli/output.h"
#include "client/cli/record_text.h"
#include "client/method/day.h"
#include "client/method/scale.h"
#include "client/node/history.h"
#include "client/node/list.h"
#include "client/node/typed.h"
#include "proto/schema_roadbook.h"

/* The record type that the command is about. */
static const struct schema_type *
type_of(const struct cli *cli)
{
	const char *name = cli->command->type ? cli->command->type : cli->noun;

	return schema_type_named(schema_roadbook(), name);
}

static bool
print_record(struct cli *cli, const struct found_record *found)
{
	json_t *json = node_record_json(cli->node, found);

	if (!json)
		return problem_set(&cli->problem, EXIT_FAILED,
			T("%s/node.db: %s"), cli->node->dir,
			store_sqlite_problem(cli->node->store));
	output_json(cli->out, json);
	return true;
}

/* ---- writing ---- */

/* MERGE W6: whoever writes to what was archived is told that it opened. */
static void
tell_reopened(struct cli *cli, const struct edit_result *result)
{
	if (result->reopened)
		output_format(cli->err, "%s\n",
			T("note: it was archived and is open again"));
	if (result->reopened_parent)
		output_format(cli->err, "%s\n",
			T("note: what it belongs to was archived and is open "
			  "again"));
}

/* Writes one edit in a transaction of its own, and finds where it lies. */
static bool
write_edit(struct cli *cli, const struct edit *edit, struct edit_result *result,
	struct found_record *found)
{
	struct territory *territory;

	if (!node_begin(cli->node, &cli->problem))
		return false;
	if (!node_write(cli->node, edit, 1, result, &cli->problem)) {
		node_rollback(cli->node);
		return false;
	}
	if (!node_commit(cli->node, &cli->problem))
		return false;
	*found = (struct found_record){
		.type = edit->type, .id_size = edit->id_size};
	memcpy(found->id, edit->id, edit->id_size);
	territory = node_territory(cli->node, result->territory, true);
	if (territory)
		found->territory = territory_number(territory);
	tell_reopened(cli, result);
	return true;
}

/* One line on what was saved and where it stands; or the record as JSON. */
static bool
print_written(struct cli *cli, const struct found_record *found,
	const struct edit_result *result, const char *what)
{
	char name[RECORD_NAME_SIZE], path[POLICY_PATH_MAX];

	if (cli->json)
		return print_record(cli, found);
	record_text_name(cli, found, name);
	output_format(cli->out, "%s: %s, %s%s%s\n", what, name,
		policy_path(cli->node->policy, result->territory, path),
		result->written ? "; " : "",
		result->written ? T("only on this device until the next sync")
				: "");
	return true;
}

static bool
record_add(struct cli *cli)
{
	struct edit edit = {
		.type = type_of(cli), .id_size = ID_BYTES, .is_new = true};
	struct edit_operation *operations;
	struct edit_result result;
	struct found_record found;
	struct arena arena = {0};
	bool added;

	node_new_id(edit.id);
	added = cli_territory(cli, &edit.territory) &&
		fields_operations(cli, edit.type, NULL, &arena, &operations,
			&edit.operation_count);
	if (added) {
		edit.operations = operations;
		added = write_edit(cli, &edit, &result, &found) &&
			print_written(cli, &found, &result, T("saved"));
	}
	arena_clear(&arena);
	return added;
}

/* `visit note ID` is `visit_note add --visit ID`. */
static bool
note_add(struct cli *cli)
{
	cli_add_flag(cli, "visit", cli->args[0]);
	return record_add(cli);
}

/* A flag that was not typed. */
static void
add_default(struct cli *cli, const char *name, const char *value)
{
	if (!cli_has_flag(cli, name))
		cli_add_flag(cli, name, value);
}

/* The level that was typed, as its code or a label; NULL for none. */
static const struct scale_level *
level_typed(const char *text)
{
	const struct schema_type *type =
		schema_type(schema_roadbook(), TYPE_RELATIONSHIP_RATING);
	const struct schema_codes *codes =
		&schema_part_named(schema_field_named(type, "body"), "level")
			 ->codes;

	for (size_t i = 0; text && i < codes->count; i++) {
		const struct schema_code *code = &codes->list[i];

		if (strcasecmp(code->code, text) == 0 ||
			strcasecmp(code->en, text) == 0 ||
			strcmp(code->zh, text) == 0)
			return scale_level(code->code, strlen(code->code));
	}
	return NULL;
}

/*
 * `contact rate ID` is `relationship_rating add --contact ID`, of today, by
 * whoever types it, on the scale that the level belongs to.
 */
static bool
rating_add(struct cli *cli)
{
	const struct policy_user *user =
		policy_user(cli->node->policy, cli->node->user);
	const struct scale_level *level = level_typed(cli_flag(cli, "level"));
	int64_t now = node_now_ms();
	char today[DAY_TEXT_SIZE];

	day_text(day_of_moment(now, node_offset(now)), today);
	cli_add_flag(cli, "contact", cli->args[0]);
	add_default(cli, "rated-on", today);
	if (user)
		add_default(cli, "rated-by", user->login);
	if (level)
		add_default(cli, "scale", scale_code(level->scale));
	return record_add(cli);
}

static bool
refuse_immutable(struct cli *cli, const struct schema_type *type)
{
	problem_set(&cli->problem, EXIT_USAGE,
		T("%s: what was written stays as it is"),
		text_pick(type->en, type->zh));
	return problem_hint(&cli->problem,
		T("add a new one that names it: roadbook %s add --corrects %s "
		  "…"),
		type->name, cli->args[0]);
}

static bool
set_fields(struct cli *cli, const struct found_record *found,
	const struct record *present, struct arena *arena)
{
	struct edit edit = {.type = found->type, .id_size = found->id_size};
	struct edit_operation *operations;
	struct edit_result result;
	struct found_record written;

	memcpy(edit.id, found->id, found->id_size);
	edit.territory = node_territory_id(cli->node, found->territory);
	if (!fields_operations(cli, edit.type, present, arena, &operations,
		    &edit.operation_count))
		return false;
	edit.operations = operations;
	if (edit.operation_count == 0) {
		/* Clearing an empty set is nothing to write. */
		if (cli_has_flag(cli, "clear")) {
			result = (struct edit_result){0};
			memcpy(result.territory, edit.territory, ID_BYTES);
			return print_written(
				cli, found, &result, T("nothing changed"));
		}
		problem_set(
			&cli->problem, EXIT_USAGE, T("nothing is to be set"));
		return problem_hint(&cli->problem,
			T("roadbook %s set --help lists the fields"),
			cli->noun);
	}
	return write_edit(cli, &edit, &result, &written) &&
		print_written(cli, &written, &result,
			result.written ? T("changed") : T("nothing changed"));
}

static bool
record_set(struct cli *cli)
{
	const struct schema_type *type = type_of(cli);
	struct found_record found;
	struct record present = {0};
	struct shown shown;
	struct arena arena = {0};
	bool set;

	if (type->immutable)
		return refuse_immutable(cli, type);
	set = node_find(cli->node, type, cli->args[0], &found, &cli->problem);
	if (set && !node_load(cli->node, &found, &present, &shown))
		set = problem_set(&cli->problem, EXIT_FAILED,
			T("%s/node.db: %s"), cli->node->dir,
			store_sqlite_problem(cli->node->store));
	set = set && set_fields(cli, &found, &present, &arena);
	record_clear(&present);
	arena_clear(&arena);
	return set;
}

static bool
write_archived(struct cli *cli, bool archived, const char *what)
{
	const uint8_t packed[] = {archived ? 0xc3 : 0xc2};
	const struct schema_type *type = type_of(cli);
	struct edit_operation operation = {
		.field = schema_field(type, SCHEMA_ARCHIVED),
		.kind = OPERATION_PUT,
		.value = {packed, sizeof packed}};
	struct edit edit = {
		.type = type, .operations = &operation, .operation_count = 1};
	struct edit_result result;
	struct found_record found;

	if (!node_find(cli->node, type, cli->args[0], &found, &cli->problem))
		return false;
	edit.id_size = found.id_size;
	memcpy(edit.id, found.id, found.id_size);
	edit.territory = node_territory_id(cli->node, found.territory);
	return write_edit(cli, &edit, &result, &found) &&
		print_written(cli, &found, &result, what);
}

static bool
record_archive(struct cli *cli)
{
	return write_archived(cli, true, T("archived"));
}

static bool
record_unarchive(struct cli *cli)
{
	return write_archived(cli, false, T("open again"));
}

/* ---- reading ---- */

static bool
record_show(struct cli *cli)
{
	struct found_record found;

	if (!node_find(cli->node, type_of(cli), cli->args[0], &found,
		    &cli->problem))
		return false;
	if (found.type->number == TYPE_VISIT)
		return entered_show(cli, &found);
	return cli->json ? print_record(cli, &found)
			 : record_text_show(cli, &found);
}

/* Field flags as what the list is to be narrowed to. */
static bool
take_filters(struct cli *cli, const struct schema_type *type,
	struct arena *arena, struct query_options *options)
{
	struct query_filter *filters =
		arena_take(arena, (cli->flag_count + 1) * sizeof *filters);

	options->filters = filters;
	for (size_t i = 0; i < cli->flag_count; i++) {
		const struct cli_flag_value *f = &cli->flags[i];
		struct query_filter *filter = &filters[options->filter_count];
		struct schema_field field;
		struct field_flag flag;
		char what[FIELDS_FLAG_MAX + 16];

		if (!fields_flag(type, f->name, &flag))
			continue;
		if (flag.remove)
			return problem_set(&cli->problem, EXIT_USAGE,
				T("--%s does not go with list"), f->name);
		field = fields_flag_field(&flag);
		(void)snprintf(what, sizeof what, "--%s", f->name);
		filter->field = flag.field;
		filter->part = flag.part;
		if (!node_typed_value(cli->node, &field, what, f->value, arena,
			    &filter->value, &cli->problem))
			return false;
		options->filter_count++;
	}
	return true;
}

struct listing {
	struct cli *cli;
	json_t *array;       /* one of the two */
	struct table *table; /* NULL before the first row */
};

static bool
list_row(void *self, const struct query_row *row)
{
	struct listing *listing = self;

	if (listing->array) {
		json_t *json = node_row_json(listing->cli->node, row);

		if (json)
			json_array_append_new(listing->array, json);
		return true;
	}
	if (!listing->table)
		listing->table = record_text_table(row->type);
	record_text_row(listing->cli, listing->table, row);
	return true;
}

static bool
print_list(struct cli *cli, const struct query_options *options)
{
	struct listing listing = {
		.cli = cli, .array = cli->json ? json_array() : NULL};
	enum status status = STATUS_OK;

	/* Without territories a query means all of them. */
	if (options->territories.count)
		status = query_rows(
			cli->node->store, options, list_row, &listing);
	if (status != STATUS_OK) {
		json_decref(listing.array);
		if (listing.table)
			table_print(listing.table, cli->out);
		return problem_set(&cli->problem, EXIT_FAILED,
			T("%s/node.db: %s"), cli->node->dir,
			store_sqlite_problem(cli->node->store));
	}
	if (listing.array)
		output_json(cli->out, listing.array);
	else if (listing.table)
		table_print(listing.table, cli->out);
	else
		output_format(cli->err, "%s\n", T("there are none"));
	return true;
}

/* Narrows the list to --territory and what lies there. */
static bool
take_territory(
	struct cli *cli, uint32_t *numbers, struct query_options *options)
{
	const uint8_t *id;
	struct territory *territory;

	if (!cli_readable_territory(cli, &id))
		return false;
	if (!id)
		return true;
	/* One that is not held here has nothing to list. */
	territory = node_territory(cli->node, id, false);
	options->territories.count = territory ? 1 : 0;
	if (territory)
		numbers[0] = territory_number(territory);
	return true;
}

/* How many there are, all pages together. */
static bool
print_count(struct cli *cli, const struct query_options *options)
{
	uint64_t count = 0;

	if (options->territories.count &&
		query_count(cli->node->store, options, &count) != STATUS_OK)
		return problem_set(&cli->problem, EXIT_FAILED,
			T("%s/node.db: %s"), cli->node->dir,
			store_sqlite_problem(cli->node->store));
	if (cli->json)
		output_json(cli->out,
			json_pack("{s:I}", "count", (json_int_t)count));
	else
		output_format(cli->out, "%llu\n", (unsigned long long)count);
	return true;
}

bool
record_list(struct cli *cli)
{
	const struct schema_type *type = type_of(cli);
	bool archived = cli_has_flag(cli, "archived");
	uint32_t *numbers;
	struct query_options options = {.type = type->number,
		.territories = node_territories(cli->node, &numbers),
		.archived = archived,
		.moved = archived,
		.order = record_text_order(type)};
	struct arena arena = {0};
	int64_t limit, offset;
	bool listed;

	listed = take_territory(cli, numbers, &options) &&
		cli_number(cli, "limit", 0, &limit) &&
		cli_number(cli, "offset", 0, &offset) &&
		take_filters(cli, type, &arena, &options);
	if (listed) {
		options.limit = (size_t)limit;
		options.offset = (size_t)offset;
		listed =
			(cli_has_flag(cli, "count") ? print_count : print_list)(
				cli, &options);
	}
	free(numbers);
	arena_clear(&arena);
	return listed;
}

/* ---- history ---- */

static const char *
text_in(const json_t *entry, const char *key)
{
	const char *text = json_string_value(json_object_get(entry, key));

	return text ? text : "";
}

static const char *
kind_text(const json_t *entry)
{
	const char *kind = text_in(entry, "kind");

	if (strcmp(kind, "add") == 0)
		return T("added");
	if (strcmp(kind, "remove") == 0)
		return T("removed");
	return json_is_null(json_object_get(entry, "value")) ? T("cleared")
							     : T("set");
}

static void
history_row(struct cli *cli, struct table *table,
	const struct schema_type *type, const json_t *entry)
{
	const struct schema_field *field =
		schema_field_named(type, text_in(entry, "field"));
	char cell[1024];

	record_text_time(text_in(entry, "time"), cell);
	table_cell(table, cell);
	table_cell(table, text_in(entry, "user"));
	table_cell(table,
		field ? text_pick(field->en, field->zh)
		      : text_in(entry, "field"));
	table_cell(table, kind_text(entry));
	record_text_json(
		cli, field, json_object_get(entry, "value"), cell, sizeof cell);
	record_text_one_line(cell);
	table_cell(table, cell);
	table_cell(table,
		json_is_false(json_object_get(entry, "counted"))
			? T("does not count")
			: json_is_true(json_object_get(entry, "live"))
			? T("stands")
			: "");
}

static bool
record_history(struct cli *cli)
{
	const struct schema_type *type = type_of(cli);
	struct found_record found;
	struct table *table;
	json_t *array;

	if (!node_find(cli->node, type, cli->args[0], &found, &cli->problem))
		return false;
	array = node_history_json(cli->node, &found);
	if (!array)
		return problem_set(&cli->problem, EXIT_FAILED,
			T("%s/node.db: %s"), cli->node->dir,
			store_sqlite_problem(cli->node->store));
	if (cli->json) {
		output_json(cli->out, array);
		return true;
	}
	table = table_new(6);
	table_cell(table, T("time"));
	table_cell(table, T("user"));
	table_cell(table, T("field"));
	table_cell(table, "");
	table_cell(table, T("value"));
	table_cell(table, "");
	for (size_t i = 0; i < json_array_size(array); i++)
		history_row(cli, table, type, json_array_get(array, i));
	table_print(table, cli->out);
	json_decref(array);
	return true;
}

/* ---- the table ---- */

static const struct command_flag add_flags[] = {
	{"territory", "PATH", N_("the territory it goes into")},
	{NULL, NULL, NULL},
};

static const struct command_flag set_flags[] = {
	{"clear", "FIELD", N_("take away what the field holds")},
	{NULL, NULL, NULL},
};

static const struct command_flag list_flags[] = {
	{"territory", "PATH", N_("of this territory only")},
	{"archived", NULL, N_("archived and handed over ones, too")},
	{"limit", "N", N_("no more than these")},
	{"offset", "N", N_("leave out the first ones")},
	{"count", NULL, N_("how many there are, instead")},
	{NULL, NULL, NULL},
};

const struct command record_commands[] = {
	{.verb = "add",
		.argument_max = 0,
		.needs = NEEDS_NODE,
		.run = record_add,
		.help = N_("write down a new one"),
		.flags = add_flags,
		.field_flags = true,
		.letter = true},
	{.verb = "set",
		.arguments = "ID",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = record_set,
		.help = N_("change fields of one"),
		.flags = set_flags,
		.field_flags = true},
	{.verb = "show",
		.arguments = "ID",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = record_show,
		.help = N_("all of one, by its id, a part of it, or its name")},
	{.verb = "list",
		.needs = NEEDS_NODE,
		.run = record_list,
		.help = N_("all of them; a field's option narrows the list"),
		.flags = list_flags,
		.field_flags = true},
	{.verb = "archive",
		.arguments = "ID",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = record_archive,
		.help = N_("put one away; nothing is deleted")},
	{.verb = "unarchive",
		.arguments = "ID",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = record_unarchive,
		.help = N_("take one out of the archive")},
	{.verb = "history",
		.arguments = "ID",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = record_history,
		.help = N_("who wrote what in it, and when")},
	{.noun = "visit",
		.verb = "note",
		.arguments = "ID",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = note_add,
		.help = N_("write a note on a visit"),
		.field_flags = true,
		.type = "visit_note",
		.letter = true},
	{.noun = "contact",
		.verb = "rate",
		.arguments = "ID",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = rating_add,
		.help = N_("say how the relationship stands, on one scale"),
		.field_flags = true,
		.type = "relationship_rating"},
	{.run = NULL},
};
