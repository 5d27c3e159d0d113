/* Which column goes where. */

#include <stdlib.h>
#include <string.h>

#include "client/exchange/import_inside.h"
#include "proto/schema_roadbook.h"

bool
import_is_business(const struct schema_type *type)
{
	return !type->directory && !type->made && type->number != SCHEMA_ALIAS;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
import_is_blank(const struct csv_field *cell)
{
	for (size_t i = 0; i < cell->size; i++)
		if (!is_space(cell->bytes[i]))
			return false;
	return true;
}

static char *
trimmed(const struct csv_field *cell)
{
	size_t first = 0, last = cell->size;
	char *text;

	while (first < last && is_space(cell->bytes[first]))
		first++;
	while (last > first && is_space(cell->bytes[last - 1]))
		last--;
	text = alloc(last - first + 1);
	memcpy(text, cell->bytes + first, last - first);
	return text;
}

/* Transfers and merges write the other marks; a file archives at most. */
static bool
may_be_imported(
	const struct schema_type *type, const struct schema_field *field)
{
	return !schema_is_mark(type->number, field->number) ||
		field->number == SCHEMA_ARCHIVED;
}

/* An immutable record's one field, whose parts stand as fields do. */
static const struct schema_field *
body_of(const struct schema_type *type)
{
	for (size_t i = 0; type->immutable && i < type->field_count; i++)
		if (type->fields[i].kind == KIND_ONCE)
			return &type->fields[i];
	return NULL;
}

/* By the exact name that the schema gives it. */
static bool
find_named(const struct schema_type *type, const char *name,
	struct import_column *column)
{
	const struct schema_field *body = body_of(type);
	const struct schema_field *field = schema_field_named(type, name);

	if (body) {
		column->part = schema_part_named(body, name);
		field = column->part ? body : field == body ? NULL : field;
	}
	if (!field || !may_be_imported(type, field)) {
		column->part = NULL;
		return false;
	}
	column->field = field;
	return true;
}

static bool
names(const char *name, const char *text)
{
	size_t size = strlen(name);

	for (size_t i = 0; i <= strlen(text); i++)
		if (text[i] != name[i] && !(text[i] == '-' && name[i] == '_'))
			/* A reference's flag has no _id. */
			return text[i] == '\0' && i + 3 == size &&
				strcmp(name + i, "_id") == 0;
	return true;
}

static const struct schema_part *
find_part(const struct schema_field *field, const char *text)
{
	for (size_t i = 0; i < field->part_count; i++) {
		const struct schema_part *part = &field->parts[i];

		if (names(part->name, text) || strcmp(part->en, text) == 0 ||
			strcmp(part->zh, text) == 0)
			return part;
	}
	return NULL;
}

/* By its flag or a label, too: what a person may call it. */
static bool
find_called(const struct schema_type *type, const char *text,
	struct import_column *column)
{
	const struct schema_field *body = body_of(type);

	if (find_named(type, text, column))
		return true;
	column->part = body ? find_part(body, text) : NULL;
	if (column->part) {
		column->field = body;
		return true;
	}
	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_field *f = &type->fields[i];

		if (f == body || !may_be_imported(type, f) ||
			(!names(f->name, text) && strcmp(f->en, text) != 0 &&
				strcmp(f->zh, text) != 0))
			continue;
		column->field = f;
		return true;
	}
	return false;
}

/* FIELD, or FIELD.PART of a tuple. */
static bool
find_target(const struct schema_type *type, const char *text,
	struct import_column *column)
{
	const char *dot = strrchr(text, '.');
	char *name;
	bool found;

	if (find_called(type, text, column))
		return true;
	if (!dot || type->immutable)
		return false;
	name = alloc_copy(text, strlen(text) + 1);
	name[dot - text] = '\0';
	found = find_called(type, name, column) &&
		column->field->form == FORM_TUPLE;
	free(name);
	column->part = found ? find_part(column->field, dot + 1) : NULL;
	if (column->part)
		return true;
	column->field = NULL;
	return false;
}

/* All names together, for a hint. */
static void
list_headers(const struct import_columns *columns, char *out, size_t room)
{
	size_t used = 0;

	*out = '\0';
	for (size_t i = 0; i < columns->count; i++) {
		const char *header = columns->list[i].header;
		size_t size = strlen(header);

		if (used + size + sizeof ", …" > room) {
			memcpy(out + used, "…", sizeof "…");
			return;
		}
		if (used) {
			memcpy(out + used, ", ", 2);
			used += 2;
		}
		memcpy(out + used, header, size + 1);
		used += size;
	}
}

/* The one column with that header; `count` and *problem else. */
static size_t
column_headed(const struct import_columns *columns, const char *header,
	struct problem *problem)
{
	size_t found = columns->count;
	char headers[256];

	for (size_t i = 0; i < columns->count; i++) {
		if (strcmp(columns->list[i].header, header) != 0)
			continue;
		if (found < columns->count) {
			problem_set(problem, EXIT_USAGE,
				T("there are several columns %s"), header);
			problem_hint(problem,
				T("give them different names in the file's "
				  "first row"));
			return columns->count;
		}
		found = i;
	}
	if (found < columns->count)
		return found;
	problem_set(problem, EXIT_USAGE, T("there is no column %s"), header);
	list_headers(columns, headers, sizeof headers);
	problem_hint(problem, T("the file has: %s"), headers);
	return columns->count;
}

static bool
unknown_field(const struct schema_type *type, const char *name,
	struct problem *problem)
{
	problem_set(
		problem, EXIT_USAGE, T("%s has no field %s"), type->name, name);
	return problem_hint(
		problem, T("roadbook %s add --help lists them"), type->name);
}

/* Two columns for one value; sets take any number. */
static bool
check_targets(const struct import_columns *columns, struct problem *problem)
{
	for (size_t i = 0; i < columns->count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct import_column *a = &columns->list[i];
			const struct import_column *b = &columns->list[k];

			if (!a->field || a->field != b->field)
				continue;
			if (a->part ? a->part != b->part && b->part
				    : a->field->kind == KIND_SET && !b->part)
				continue;
			problem_set(problem, EXIT_USAGE,
				T("two columns go into %s: %s and %s"),
				a->part ? a->part->name : a->field->name,
				b->header, a->header);
			return problem_hint(problem,
				T("leave one of them out, or --map it to "
				  "another field"));
		}
	return true;
}

static bool
nothing_goes_in(const struct import_columns *columns,
	const struct schema_type *type, struct problem *problem)
{
	char headers[256];

	list_headers(columns, headers, sizeof headers);
	problem_set(problem, EXIT_USAGE, T("no column goes into a field of %s"),
		type->name);
	return problem_hint(
		problem, T("--map COLUMN=field; the file has: %s"), headers);
}

static bool
apply_maps(struct import_columns *columns, const struct import_options *options,
	struct problem *problem)
{
	for (size_t i = 0; i < options->map_count; i++) {
		const struct import_map *map = &options->maps[i];
		size_t at = column_headed(columns, map->column, problem);
		struct import_column target = {0};

		if (at == columns->count)
			return false;
		if (!find_target(options->type, map->field, &target))
			return unknown_field(
				options->type, map->field, problem);
		columns->list[at].field = target.field;
		columns->list[at].part = target.part;
	}
	return true;
}

/* A mapping to the same field comes before a header that is its name. */
static bool
is_mapped_field(const struct import_columns *columns,
	const struct import_column *target)
{
	for (size_t i = 0; i < columns->count; i++)
		if (columns->list[i].field == target->field &&
			columns->list[i].part == target->part)
			return true;
	return false;
}

static void
apply_headers(struct import_columns *columns, const struct schema_type *type)
{
	bool *named = alloc(columns->count * sizeof *named);

	for (size_t i = 0; i < columns->count; i++) {
		struct import_column target = {0};

		named[i] = !columns->list[i].field &&
			find_named(type, columns->list[i].header, &target) &&
			!is_mapped_field(columns, &target);
	}
	for (size_t i = 0; i < columns->count; i++)
		if (named[i])
			(void)find_named(type, columns->list[i].header,
				&columns->list[i]);
	free(named);
}

bool
import_columns_init(struct import_columns *columns,
	const struct import_options *options, const struct csv_row *headers,
	struct problem *problem)
{
	size_t going_in = 0;

	*columns = (struct import_columns){
		.list = alloc(headers->count * sizeof *columns->list),
		.count = headers->count,
		.key = headers->count};
	for (size_t i = 0; i < columns->count; i++)
		columns->list[i].header = trimmed(&headers->fields[i]);
	if (!apply_maps(columns, options, problem))
		return false;
	apply_headers(columns, options->type);
	if (options->key) {
		columns->key = column_headed(columns, options->key, problem);
		if (columns->key == columns->count)
			return false;
	}
	for (size_t i = 0; i < columns->count; i++)
		going_in += columns->list[i].field != NULL;
	if (!going_in)
		return nothing_goes_in(columns, options->type, problem);
	return check_targets(columns, problem);
}

void
import_columns_clear(struct import_columns *columns)
{
	for (size_t i = 0; i < columns->count; i++)
		free(columns->list[i].header);
	free(columns->list);
	*columns = (struct import_columns){0};
}
