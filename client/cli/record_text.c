#include "client/cli/record_text.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/output.h"
#include "client/exchange/moment.h"
#include "client/exchange/value_text.h"
#include "client/node/instant.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

enum { COLUMNS_MAX = 6, CELL_SIZE = 512 };

/* What the list of a type shows after the id, and its order. */
struct layout {
	const char *columns[COLUMNS_MAX + 1];
	const char *order;
	bool descending;
};

static const struct layout layout_account = {
	{"short_name", "legal_name", "industry", "region_code", "tier",
		"status"},
	"legal_name", false};
static const struct layout layout_contact = {
	{"name", "account_id", "department", "title", "mobiles", "status"},
	"name", false};
static const struct layout layout_position = {
	{"contact_id", "account_id", "department", "title", "from_on", "to_on"},
	"from_on", true};
static const struct layout layout_visit = {
	{"visited_on", "planned_start", "account_id", "type", "status", "goal"},
	"visited_on", true};
static const struct layout layout_note = {
	{"visit_id", "kind", "text"}, NULL, false};
static const struct layout layout_other = {{NULL}, NULL, false};

static const struct layout *
layout_of(const struct schema_type *type)
{
	switch (type->number) {
	case TYPE_ACCOUNT:
		return &layout_account;
	case TYPE_CONTACT:
		return &layout_contact;
	case TYPE_POSITION:
		return &layout_position;
	case TYPE_VISIT:
		return &layout_visit;
	case TYPE_VISIT_NOTE:
		return &layout_note;
	default:
		return &layout_other;
	}
}

/* What stands below a record when it is shown. */
struct below {
	uint32_t type;
	uint32_t child;
	const char *reference; /* the child's field or part */
	const char *title;     /* T() is taken of it */
	int64_t limit;         /* 0: all */
};

static const struct below belows[] = {
	{TYPE_ACCOUNT, TYPE_CONTACT, "account_id", N_("Contacts"), 0},
	{TYPE_ACCOUNT, TYPE_VISIT, "account_id", N_("Last visits"), 5},
	{TYPE_CONTACT, TYPE_POSITION, "contact_id", N_("Positions"), 0},
	{TYPE_VISIT, TYPE_VISIT_NOTE, "visit_id", N_("Notes"), 0},
};

const char *
record_text_order(const struct schema_type *type, bool *descending)
{
	*descending = layout_of(type)->descending;
	return layout_of(type)->order;
}

/* ---- values ---- */

void
record_text_time(const char *time, char out[static RECORD_TIME_SIZE])
{
	struct moment_typed typed;
	int64_t utc;

	if (!moment_read(&typed, time, strlen(time))) {
		(void)snprintf(out, RECORD_TIME_SIZE, "%s", time);
		return;
	}
	utc = typed.local_ms - (int64_t)typed.offset_minutes * 60000;
	instant_text(utc, node_offset(utc), out);
	/* To the minute; the zone is the reader's own. */
	if (strlen(out) > 16 && out[10] == 'T') {
		out[10] = ' ';
		out[16] = '\0';
	}
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
	struct pack_view value = view_value(record, body);
	struct unpack unpack;
	uint32_t pairs = 0;

	*out = '\0';
	unpack_init(&unpack, value.bytes, value.size);
	if (!value.size || !unpack_map(&unpack, UINT32_MAX, &pairs))
		return;
	for (uint32_t i = 0; i < pairs; i++) {
		struct pack_view key, item;
		struct unpack number;
		int64_t n;

		if (!unpack_value(&unpack, &key) ||
			!unpack_value(&unpack, &item))
			return;
		unpack_init(&number, key.bytes, key.size);
		if (unpack_integer(&number, 1, UINT32_MAX, &n) &&
			n == part->number)
			node_value_text(cli->node, &field, item, out, room);
	}
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

static void
list_row(struct cli *cli, struct table *table, const struct layout *layout,
	const struct found_record *found)
{
	struct record record = {0};
	struct shown shown = {0};
	bool loaded = node_load(cli->node, found, &record, &shown);
	char cell[CELL_SIZE];

	view_short_id(found->id, found->id_size, cell);
	table_cell(table, cell);
	for (size_t i = 0; layout->columns[i]; i++) {
		*cell = '\0';
		if (loaded)
			named_text(cli, found->type, &record,
				layout->columns[i], cell, sizeof cell);
		table_cell(table, cell);
	}
	*cell = '\0';
	if (loaded)
		(void)snprintf(cell, sizeof cell, "%s%s%s",
			shown.conflict_count ? T("conflict ") : "",
			shown.moved ? T("handed over ") : "",
			shown.archived ? T("archived ") : "");
	table_cell(table, cell);
	record_clear(&record);
}

void
record_text_list(struct cli *cli, const struct schema_type *type,
	const struct found_list *found)
{
	const struct layout *layout = layout_of(type);
	size_t columns = 2; /* the id and what is special */
	struct table *table;

	for (size_t i = 0; layout->columns[i]; i++)
		columns++;
	table = table_new(columns);
	table_cell(table, T("id"));
	for (size_t i = 0; layout->columns[i]; i++)
		table_cell(table, label_of(type, layout->columns[i]));
	table_cell(table, "");
	for (size_t i = 0; i < found->count; i++)
		list_row(cli, table, layout, &found->list[i]);
	table_print(table, cli->out);
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

static bool
reference_filter(const struct schema_type *type, const char *name,
	struct list_filter *filter)
{
	filter->field = schema_field_named(type, name);
	for (size_t i = 0; !filter->field && i < type->field_count; i++) {
		filter->part = schema_part_named(&type->fields[i], name);
		if (filter->part)
			filter->field = &type->fields[i];
	}
	return filter->field != NULL;
}

static bool
show_below(struct cli *cli, const struct found_record *found,
	const struct below *below)
{
	const struct schema_type *type =
		schema_type(cli->node->schema, below->child);
	uint8_t bytes[ID_BYTES + 4];
	struct pack pack;
	struct list_filter filter = {0};
	struct list_query query = {.type = type,
		.filters = &filter,
		.filter_count = 1,
		.limit = below->limit};
	struct found_list list = {0};
	bool listed;

	pack_init(&pack, bytes, sizeof bytes);
	pack_bytes(&pack, found->id, found->id_size);
	filter.value = (struct pack_view){bytes, pack.size};
	if (!type || !reference_filter(type, below->reference, &filter))
		return true;
	query.order = record_text_order(type, &query.descending);
	listed = node_list(cli->node, &query, &list, &cli->problem);
	if (listed && list.count) {
		(void)fprintf(cli->out, "\n%s\n", text_of(below->title));
		record_text_list(cli, type, &list);
	}
	found_list_clear(&list);
	return listed;
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
