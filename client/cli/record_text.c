#include "client/cli/record_text.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/output.h"
#include "client/exchange/moment.h"
#include "client/exchange/value_text.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

enum { COLUMNS_MAX = 6, CELL_SIZE = 512 };

/* What the list of a type shows after the id, and its order. */
struct layout {
	uint32_t type; /* 0: any other */
	const char *columns[COLUMNS_MAX + 1];
	enum query_order order;
};

static const struct layout layouts[] = {
	{TYPE_ACCOUNT,
		{"legal_name", "short_name", "industry", "region_code", "tier",
			"status"},
		QUERY_TITLE},
	{TYPE_CONTACT,
		{"name", "account_id", "department", "title", "mobiles",
			"status"},
		QUERY_TITLE},
	{TYPE_POSITION,
		{"contact_id", "account_id", "department", "title", "from_on",
			"to_on"},
		QUERY_NEWEST},
	{TYPE_VISIT,
		{"visited_on", "planned_start", "account_id", "type", "status",
			"goal"},
		QUERY_NEWEST},
	{TYPE_VISIT_NOTE, {"visit_id", "kind", "text"}, QUERY_NEWEST},
	{TYPE_RELATIONSHIP_RATING,
		{"contact_id", "account_id", "level", "perspective", "rated_on",
			"rated_by_id"},
		QUERY_NEWEST},
	{TYPE_CONTACT_OWNER,
		{"contact_id", "user_id", "kind", "strength", "since_on",
			"until_on"},
		QUERY_NEWEST},
	{TYPE_CONTACT_LINK,
		{"contact_id", "kind", "to_contact_id", "formal", "confidence",
			"note"},
		QUERY_NEWEST},
	{TYPE_ACCOUNT_MEMBER,
		{"account_id", "user_id", "role", "from_on", "to_on"},
		QUERY_NEWEST},
	{TYPE_ACCOUNT_ASSIGNMENT,
		{"account_id", "from_user_id", "to_user_id", "effective_on",
			"reason"},
		QUERY_NEWEST},
	{TYPE_ACTION,
		{"due_on", "owed_by", "title", "account_id", "owner_id",
			"status"},
		QUERY_NEWEST},
	{TYPE_INTEL,
		{"account_id", "category", "text", "confidence", "observed_on"},
		QUERY_NEWEST},
	{TYPE_HANDOVER,
		{"account_id", "handed_territory_id", "from_user_id",
			"to_user_id", "status", "effective_on"},
		QUERY_NEWEST},
	{0, {NULL}, QUERY_OLDEST},
};

static const struct layout *
layout_of(const struct schema_type *type)
{
	const struct layout *layout = layouts;

	while (layout->type && layout->type != type->number)
		layout++;
	return layout;
}

/* What stands below a record when it is shown. */
struct below {
	uint32_t type;
	uint32_t child;
	const char *reference; /* the child's field or part */
	const char *title;     /* T() is taken of it */
	size_t limit;          /* 0: all */
};

static const struct below belows[] = {
	{TYPE_ACCOUNT, TYPE_CONTACT, "account_id", N_("Contacts"), 0},
	{TYPE_ACCOUNT, TYPE_VISIT, "account_id", N_("Last visits"), 5},
	{TYPE_ACCOUNT, TYPE_ACTION, "account_id", N_("Last actions"), 5},
	{TYPE_ACCOUNT, TYPE_ACCOUNT_MEMBER, "account_id", N_("Team"), 0},
	{TYPE_CONTACT, TYPE_POSITION, "contact_id", N_("Positions"), 0},
	{TYPE_CONTACT, TYPE_RELATIONSHIP_RATING, "contact_id", N_("Ratings"),
		5},
	{TYPE_CONTACT, TYPE_CONTACT_OWNER, "contact_id", N_("Held by"), 0},
	{TYPE_CONTACT, TYPE_CONTACT_LINK, "contact_id", N_("Links"), 0},
	{TYPE_VISIT, TYPE_ACTION, "visit_id", N_("Next steps"), 0},
	{TYPE_VISIT, TYPE_VISIT_NOTE, "visit_id", N_("Notes"), 0},
};

enum query_order
record_text_order(const struct schema_type *type)
{
	return layout_of(type)->order;
}

/* ---- values ---- */

void
record_text_one_line(char *text)
{
	for (; *text; text++)
		if (*text == '\n' || *text == '\r' || *text == '\t')
			*text = ' ';
}

const char *
record_text_field(const struct cli *cli, const json_t *json)
{
	const struct schema_type *type = schema_type_named(
		cli->node->schema, output_member(json, "type"));
	const struct schema_field *field = type
		? schema_field_named(type, output_member(json, "field"))
		: NULL;

	return field ? text_pick(field->en, field->zh)
		     : output_member(json, "field");
}

void
record_text_operation(
	const struct cli *cli, const json_t *operation, char *out, size_t room)
{
	(void)snprintf(out, room, "%s %s: %s",
		output_member(operation, "title"),
		record_text_field(cli, operation),
		output_member(operation, "value"));
	record_text_one_line(out);
}

void
record_text_time(const char *time, char out[static RECORD_TIME_SIZE])
{
	struct moment_typed typed;

	if (!moment_read(&typed, time, strlen(time)))
		(void)snprintf(out, RECORD_TIME_SIZE, "%s", time);
	else
		view_local_time(
			typed.local_ms - (int64_t)typed.offset_minutes * 60000,
			out);
}

void
record_text_json(struct cli *cli, const struct schema_field *field,
	const json_t *json, char *out, size_t room)
{
	struct value_problem wrong;
	size_t size = json_is_string(json) ? json_string_length(json) : 1024;
	struct pack pack;
	uint8_t *bytes;

	*out = '\0';
	if (!json || json_is_null(json))
		return;
	bytes = alloc(2 * size + 64);
	pack_init(&pack, bytes, 2 * size + 64);
	if (field &&
		value_from_json(field, json, node_zone, NULL, &pack, &wrong) &&
		!pack.overflow) {
		node_value_text(cli->node, field,
			(struct pack_view){pack.out, pack.size}, out, room);
	} else if (json_is_string(json)) {
		(void)snprintf(out, room, "%s", json_string_value(json));
	} else {
		char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

		(void)snprintf(out, room, "%s", text ? text : "");
		free(text);
	}
	free(bytes);
}

/* A part of an immutable record's body, as text. */
static void
part_text(struct cli *cli, const struct record *record,
	const struct schema_field *body, const struct schema_part *part,
	char *out, size_t room)
{
	struct schema_field field = value_part_field(part);

	node_value_text(
		cli->node, &field, view_part(record, body, part), out, room);
}

/* The field, or the part, of that name. */
static void
named_text(struct cli *cli, const struct schema_type *type,
	const struct record *record, const char *name, char *out, size_t room)
{
	const struct schema_field *field = schema_field_named(type, name);

	*out = '\0';
	if (field) {
		node_field_text(cli->node, record, field, out, room);
		return;
	}
	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_part *part =
			schema_part_named(&type->fields[i], name);

		if (part)
			part_text(
				cli, record, &type->fields[i], part, out, room);
	}
}

static const char *
label_of(const struct schema_type *type, const char *name)
{
	const struct schema_field *field = schema_field_named(type, name);

	if (field)
		return text_pick(field->en, field->zh);
	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_part *part =
			schema_part_named(&type->fields[i], name);

		if (part)
			return text_pick(part->en, part->zh);
	}
	return name;
}

void
record_text_name(struct cli *cli, const struct found_record *found,
	char out[static RECORD_NAME_SIZE])
{
	char title[VIEW_TITLE_SIZE], id[VIEW_SHORT_SIZE];

	node_title(cli->node, found->type, found->id, found->id_size, title);
	view_short_id(found->id, found->id_size, id);
	if (strcmp(title, id) == 0)
		(void)snprintf(out, RECORD_NAME_SIZE, "%s (…%s)",
			text_pick(found->type->en, found->type->zh), id);
	else
		(void)snprintf(out, RECORD_NAME_SIZE, "%s %s (…%s)",
			text_pick(found->type->en, found->type->zh), title, id);
}

/* ---- lists ---- */

struct table *
record_text_table(const struct schema_type *type)
{
	const struct layout *layout = layout_of(type);
	size_t columns = 2; /* the id, and what is special */
	struct table *table;

	for (size_t i = 0; layout->columns[i]; i++)
		columns++;
	table = table_new(columns);
	table_cell(table, T("id"));
	for (size_t i = 0; layout->columns[i]; i++)
		table_cell(table, label_of(type, layout->columns[i]));
	table_cell(table, "");
	return table;
}

void
record_text_row(
	struct cli *cli, struct table *table, const struct query_row *row)
{
	const struct layout *layout = layout_of(row->type);
	char cell[CELL_SIZE];

	view_short_id(row->id, row->id_size, cell);
	table_cell(table, cell);
	for (size_t i = 0; layout->columns[i]; i++) {
		named_text(cli, row->type, row->record, layout->columns[i],
			cell, sizeof cell);
		record_text_one_line(cell);
		table_cell(table, cell);
	}
	(void)snprintf(cell, sizeof cell, "%s%s%s",
		row->conflicts ? T("conflict ") : "",
		row->moved ? T("handed over ") : "",
		row->archived ? T("archived ") : "");
	table_cell(table, cell);
}

/* ---- one record ---- */

struct showing {
	struct cli *cli;
	const struct found_record *found;
	const struct record *record;
	const struct shown *shown;
	char *text; /* of SCHEMA_VALUE_MAX bytes: scratch */
	size_t label_width;
};

static bool
in_conflict(const struct showing *s, const struct schema_field *field)
{
	for (uint32_t i = 0; i < s->shown->conflict_count; i++)
		if (s->shown->conflicts[i].field == field->number)
			return true;
	return false;
}

/* The label, then the value, further lines of it below its first. */
static void
print_value(const struct showing *s, const char *label, bool conflict)
{
	FILE *out = s->cli->out;
	const char *at = s->text;

	(void)fprintf(out, "  %s", label);
	for (size_t w = output_width(label); w < s->label_width + 2; w++)
		(void)fputc(' ', out);
	while (*at) {
		size_t size = strcspn(at, "\n");
		char *line = alloc(size + 1);

		memcpy(line, at, size);
		output_text(out, line, false);
		free(line);
		at += size;
		if (*at == '\n') {
			at++;
			(void)fprintf(
				out, "\n%*s", (int)s->label_width + 4, "");
		}
	}
	if (conflict)
		(void)fprintf(out, "  %s", T("‹conflict: roadbook conflicts›"));
	(void)fputc('\n', out);
}

typedef void part_cb(struct showing *s, const char *label, bool conflict);

static void
measure(struct showing *s, const char *label, bool conflict)
{
	size_t width = output_width(label);

	(void)conflict;
	if (width > s->label_width)
		s->label_width = width;
}

static void
print(struct showing *s, const char *label, bool conflict)
{
	print_value(s, label, conflict);
}

/* Calls `found` for each field, or part, that has something to show. */
static void
each_value(struct showing *s, part_cb *found)
{
	const struct schema_type *type = s->found->type;

	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_field *f = &type->fields[i];
		bool conflict = in_conflict(s, f);

		if (schema_is_mark(type->number, f->number))
			continue;
		if (!type->immutable) {
			node_field_text(s->cli->node, s->record, f, s->text,
				SCHEMA_VALUE_MAX);
			if (*s->text || conflict)
				found(s, text_pick(f->en, f->zh), conflict);
			continue;
		}
		for (size_t p = 0; p < f->part_count; p++) {
			part_text(s->cli, s->record, f, &f->parts[p], s->text,
				SCHEMA_VALUE_MAX);
			if (*s->text)
				found(s,
					text_pick(
						f->parts[p].en, f->parts[p].zh),
					conflict);
		}
	}
}

static void
reference_filter(const struct schema_type *type, const char *name,
	struct query_filter *filter)
{
	filter->field = schema_field_named(type, name);
	for (size_t i = 0; !filter->field && i < type->field_count; i++) {
		filter->part = schema_part_named(&type->fields[i], name);
		if (filter->part)
			filter->field = &type->fields[i];
	}
}

struct showing_below {
	struct cli *cli;
	struct table *table; /* NULL before the first row */
};

static bool
add_below(void *self, const struct query_row *row)
{
	struct showing_below *s = self;

	if (!s->table)
		s->table = record_text_table(row->type);
	record_text_row(s->cli, s->table, row);
	return true;
}

static bool
show_below(struct cli *cli, const struct found_record *found,
	const struct below *below)
{
	const struct schema_type *type =
		schema_type(cli->node->schema, below->child);
	uint8_t bytes[ID_BYTES + 4];
	uint32_t *numbers;
	struct pack pack;
	struct query_filter filter = {0};
	struct query_options options = {.type = below->child,
		.territories = node_territories(cli->node, &numbers),
		.filters = &filter,
		.filter_count = 1,
		.order = record_text_order(type),
		.limit = below->limit};
	struct showing_below showing = {.cli = cli};
	enum status status;

	pack_init(&pack, bytes, sizeof bytes);
	pack_bytes(&pack, found->id, found->id_size);
	reference_filter(type, below->reference, &filter);
	filter.value = (struct pack_view){bytes, pack.size};
	status = query_rows(cli->node->store, &options, add_below, &showing);
	free(numbers);
	if (showing.table) {
		(void)fprintf(cli->out, "\n%s\n", text_of(below->title));
		table_print(showing.table, cli->out);
	}
	if (status == STATUS_OK)
		return true;
	return problem_set(&cli->problem, EXIT_FAILED, T("%s/node.db: %s"),
		cli->node->dir, store_sqlite_problem(cli->node->store));
}

static bool
show_all_below(struct cli *cli, const struct found_record *found)
{
	for (size_t i = 0; i < sizeof belows / sizeof *belows; i++)
		if (belows[i].type == found->type->number &&
			!show_below(cli, found, &belows[i]))
			return false;
	return true;
}

/* The first line: what it is, where it lies, and what is special of it. */
static void
show_heading(struct cli *cli, const struct found_record *found,
	const struct shown *shown)
{
	char name[RECORD_NAME_SIZE], path[POLICY_PATH_MAX], id[VIEW_ID_SIZE];

	record_text_name(cli, found, name);
	view_id(found->id, found->id_size, id);
	output_text(cli->out, name, false);
	(void)fprintf(cli->out, "%s%s\n  %s  %s\n\n",
		shown->archived ? T(", archived") : "",
		shown->moved ? T(", handed over") : "", id,
		policy_path(cli->node->policy,
			node_territory_id(cli->node, found->territory), path));
}

bool
record_text_show(struct cli *cli, const struct found_record *found)
{
	struct record record = {0};
	struct shown shown;
	struct showing s = {
		.cli = cli, .found = found, .record = &record, .shown = &shown};

	if (!node_load(cli->node, found, &record, &shown)) {
		record_clear(&record);
		return problem_set(&cli->problem, EXIT_FAILED,
			T("%s/node.db: %s"), cli->node->dir,
			store_sqlite_problem(cli->node->store));
	}
	s.text = alloc(SCHEMA_VALUE_MAX);
	show_heading(cli, found, &shown);
	each_value(&s, measure);
	each_value(&s, print);
	free(s.text);
	record_clear(&record);
	return show_all_below(cli, found);
}
