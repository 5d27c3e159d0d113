#include "client/store/table.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"

static char *
joined_name(const char *a, const char *b)
{
	size_t size = strlen(a) + strlen(b) + 2;
	char *name = alloc(size);

	if (*a)
		(void)snprintf(name, size, "%s_%s", a, b); /* it fits */
	else
		(void)snprintf(name, size, "%s", b);
	return name;
}

/*
 * What stands before a part's name. Columns of an immutable record's body and
 * of a set's elements go by their own name; those of other tuples begin with
 * the field's.
 */
static char *
part_column_name(const struct schema_type *type,
	const struct schema_field *field, const struct schema_part *part)
{
	const char *before = field->name;

	if (field->kind == KIND_SET || (type->immutable && field->part_count))
		before = "";
	if (field->form == FORM_TIME || field->form == FORM_MONEY) {
		const char *first = *before ? field->name : "value";

		if (part->number == 1)
			return joined_name("", first);
		return joined_name(before,
			field->form == FORM_TIME ? "offset" : "currency");
	}
	return joined_name(before, part->name);
}

/* Writes the field's columns to `columns`; returns how many. */
static uint32_t
make_columns(struct column *columns, const struct schema_type *type,
	const struct schema_field *field)
{
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);

	assert(count <= SCHEMA_PART_MAX);
	for (size_t i = 0; i < count; i++)
		columns[i] = (struct column){
			.name = part_column_name(type, field, &parts[i]),
			.form = parts[i].form,
			.refers = parts[i].refers,
			.part = parts[i].number};
	if (count)
		return (uint32_t)count;
	columns[0] = (struct column){
		.name = joined_name(
			"", field->kind == KIND_SET ? "value" : field->name),
		.form = field->form,
		.refers = field->refers};
	return 1;
}

/*
 * References that lists go by: to a parent, or one that the form asks for.
 * Those into the directory are few and long: no index for them.
 */
static bool
wants_index(const struct schema *schema, const struct schema_type *type,
	const struct schema_field *field)
{
	const struct schema_type *refers = schema_type(schema, field->refers);
	const struct schema_part *parts;

	if (field->form == FORM_REF)
		return field->parent ||
			(field->required && refers && !refers->directory);
	if (!type->immutable || field->form != FORM_TUPLE)
		return false;
	(void)schema_parts(field, &parts);
	refers = schema_type(schema, parts[0].refers);
	return parts[0].form == FORM_REF && refers && !refers->directory;
}

static void
table_init(struct table *table, const struct schema *schema,
	const struct schema_type *type)
{
	*table = (struct table){.type = type};
	table->slots = alloc(type->field_count * sizeof *table->slots);
	table->sets = alloc(type->field_count * sizeof *table->sets);
	table->columns = alloc(
		type->field_count * SCHEMA_PART_MAX * sizeof *table->columns);
	table->children = alloc(type->field_count * sizeof *table->children);
	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_field *field = &type->fields[i];
		struct slot *slot = &table->slots[table->slot_count];
		struct column *columns = &table->columns[table->column_count];

		if (field->kind == KIND_SET) {
			struct set_table *set =
				&table->sets[table->set_count++];

			set->name = joined_name(type->name, field->name);
			columns = alloc(SCHEMA_PART_MAX * sizeof *columns);
			set->slot = (struct slot){.field = field,
				.columns = columns,
				.count = make_columns(columns, type, field)};
			continue;
		}
		*slot = (struct slot){.field = field,
			.columns = columns,
			.first = table->column_count,
			.count = make_columns(columns, type, field),
			.mark = schema_is_mark(type->number, field->number),
			.indexed = wants_index(schema, type, field)};
		table->column_count += slot->count;
		table->slot_count++;
	}
}

void
tables_init(struct tables *tables, const struct schema *schema)
{
	tables->count = schema->type_count;
	tables->list = alloc(tables->count * sizeof *tables->list);
	for (size_t i = 0; i < tables->count; i++)
		table_init(&tables->list[i], schema, &schema->types[i]);
}

static void
columns_free(const struct column *columns, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		free(columns[i].name);
}

static void
finalize(sqlite3_stmt *statement)
{
	(void)sqlite3_finalize(statement); /* repeats an old error */
}

static void
table_clear(struct table *table)
{
	columns_free(table->columns, table->column_count);
	free(table->columns);
	for (uint32_t i = 0; i < table->set_count; i++) {
		struct set_table *set = &table->sets[i];

		columns_free(set->slot.columns, set->slot.count);
		/* It was allocated here; only readers see it const. */
		free((void *)(uintptr_t)set->slot.columns);
		free(set->name);
		finalize(set->insert);
		finalize(set->remove);
	}
	for (uint32_t i = 0; i < table->slot_count; i++)
		finalize(table->children[i]);
	finalize(table->aliases);
	finalize(table->by_id);
	finalize(table->by_title);
	finalize(table->by_title_nocase);
	finalize(table->newest.statement);
	finalize(table->load);
	finalize(table->scan);
	finalize(table->save);
	finalize(table->remove);
	free(table->children);
	free(table->slots);
	free(table->sets);
}

void
tables_clear(struct tables *tables)
{
	for (size_t i = 0; i < tables->count; i++)
		table_clear(&tables->list[i]);
	free(tables->list);
	*tables = (struct tables){0};
}

struct table *
table_find(const struct tables *tables, uint32_t type)
{
	size_t low = 0, high = tables->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tables->list[middle].type->number < type)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == tables->count || tables->list[low].type->number != type)
		return NULL;
	return &tables->list[low];
}

const struct slot *
table_slot(const struct table *table, uint32_t field)
{
	for (uint32_t i = 0; i < table->slot_count; i++)
		if (table->slots[i].field->number == field)
			return &table->slots[i];
	return NULL;
}

struct set_table *
table_set(const struct table *table, uint32_t field)
{
	for (uint32_t i = 0; i < table->set_count; i++)
		if (table->sets[i].slot.field->number == field)
			return &table->sets[i];
	return NULL;
}
