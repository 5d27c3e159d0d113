/* From the cells of a row to values of the schema. */

#include <string.h>

#include "client/exchange/cell.h"
#include "client/exchange/import_inside.h"
#include "client/exchange/value_text.h"
#include "client/node/list.h"
#include "client/node/typed.h"

struct reading {
	struct node *node;
	const struct import_columns *columns;
	const struct csv_row *row;
	struct import_known *known; /* or NULL */
	struct arena *arena;
	struct import_cells *cells;
	size_t value_room;
	size_t reference_room;
	struct problem *problem;
};

static void
add_value(struct reading *r, const struct schema_field *field,
	struct pack_view value)
{
	struct import_cells *cells = r->cells;

	/* A set's element that stands in the row twice is one. */
	for (size_t i = 0; i < cells->value_count; i++) {
		const struct import_value *v = &cells->values[i];

		if (v->field == field && v->value.size == value.size &&
			memcmp(v->value.bytes, value.bytes, value.size) == 0)
			return;
	}
	if (cells->value_count == r->value_room) {
		struct import_value *old = cells->values;

		r->value_room = r->value_room ? r->value_room * 2 : 16;
		cells->values = arena_take(
			r->arena, r->value_room * sizeof *cells->values);
		if (old)
			memcpy(cells->values, old,
				cells->value_count * sizeof *old);
	}
	cells->values[cells->value_count++] =
		(struct import_value){.field = field, .value = value};
}

static void
add_reference(struct reading *r, uint32_t type, const uint8_t *id)
{
	struct import_cells *cells = r->cells;
	struct import_reference *reference;

	if (cells->reference_count == r->reference_room) {
		struct import_reference *old = cells->references;

		r->reference_room =
			r->reference_room ? r->reference_room * 2 : 4;
		cells->references = arena_take(r->arena,
			r->reference_room * sizeof *cells->references);
		if (old)
			memcpy(cells->references, old,
				cells->reference_count * sizeof *old);
	}
	reference = &cells->references[cells->reference_count++];
	reference->type = type;
	memcpy(reference->id, id, ID_BYTES);
}

/* A cell's text with a NUL behind it. */
static char *
cell_text(struct reading *r, const struct csv_field *cell)
{
	char *text = arena_take(r->arena, cell->size + 1);

	memcpy(text, cell->bytes, cell->size);
	return text;
}

/* Blanks around what is no text mean nothing. */
static char *
trim(char *text)
{
	size_t size;

	while (*text == ' ' || *text == '\t')
		text++;
	size = strlen(text);
	while (size && (text[size - 1] == ' ' || text[size - 1] == '\t'))
		text[--size] = '\0';
	return text;
}

/* The record that a reference names; noted, when it is a business record. */
static bool
find_reference(struct reading *r, uint32_t refers, const char *text,
	uint8_t id[static ID_BYTES])
{
	const struct schema_type *type = schema_type(r->node->schema, refers);

	if (!r->known || !import_known_get(r->known, refers, text, id)) {
		if (!node_find_id(r->node, type, text, id, r->problem))
			return false;
		if (r->known)
			import_known_put(r->known, refers, text, id);
	}
	if (type && import_is_business(type))
		add_reference(r, refers, id);
	return true;
}

static bool
read_value(struct reading *r, const struct schema_field *field,
	const char *header, char *text)
{
	struct pack_view value;
	struct problem *p = r->problem;
	uint8_t id[ID_BYTES];
	struct pack pack;

	if (field->form == FORM_REF) {
		enum { ROOM = ID_BYTES + 8 };

		if (!find_reference(r, field->refers, trim(text), id))
			return false;
		pack_init(&pack, arena_take(r->arena, ROOM), ROOM);
		pack_bytes(&pack, id, ID_BYTES);
		value = (struct pack_view){pack.out, pack.size};
	} else if (!node_typed_value(
			   r->node, field, header, text, r->arena, &value, p)) {
		return false;
	}
	add_value(r, field, value);
	return true;
}

/* What a person lists in one cell; a form has no room for more. */
enum { ELEMENTS_MAX = 1024 };

static bool
read_set(struct reading *r, const struct import_column *column,
	const struct csv_field *cell)
{
	char *text = arena_take(r->arena, cell->size + 1);
	const char *at = cell->bytes;
	size_t left = cell->size;

	for (int count = 0; at; count++) {
		size_t size = cell_next_element(&at, &left, text);

		if (count == ELEMENTS_MAX)
			return problem_set(r->problem, EXIT_USAGE,
				T("%s: more than %d elements"), column->header,
				(int)ELEMENTS_MAX);
		if (import_is_blank(&(struct csv_field){text, size}))
			continue;
		if (!read_value(r, column->field, column->header, text))
			return false;
	}
	return true;
}

/* ---- tuples whose parts stand in columns of their own ---- */

/* Adds `part=text`, commas and backslashes escaped, at `out`. */
static char *
put_part(
	char *out, const struct schema_part *part, const char *text, bool first)
{
	size_t size = strlen(part->name);

	if (!first)
		*out++ = ',';
	memcpy(out, part->name, size);
	out += size;
	*out++ = '=';
	for (; *text; text++) {
		if (*text == ',' || *text == '\\')
			*out++ = '\\';
		*out++ = *text;
	}
	return out;
}

static const char *
part_text(struct reading *r, const struct import_column *column,
	const struct csv_field *cell)
{
	char *text = cell_text(r, cell);
	uint8_t id[ID_BYTES];
	char *id_text;

	if (column->part->form != FORM_REF)
		return text;
	if (!find_reference(r, column->part->refers, trim(text), id))
		return NULL;
	id_text = arena_take(r->arena, ID_TEXT_SIZE);
	id_format(id_text, id);
	return id_text;
}

/* All columns of one field's parts, as the text of one tuple. */
static bool
read_tuple(struct reading *r, size_t first)
{
	const struct import_columns *c = r->columns;
	const struct schema_field *field = c->list[first].field;
	size_t room = 1;
	char *text, *at;

	for (size_t i = first; i < c->count; i++)
		if (c->list[i].field == field)
			room += 2 * r->row->fields[i].size + 2 + ID_TEXT_SIZE +
				strlen(c->list[i].part->name);
	text = at = arena_take(r->arena, room);
	for (size_t i = first; i < c->count; i++) {
		const char *part;

		if (c->list[i].field != field ||
			import_is_blank(&r->row->fields[i]))
			continue;
		part = part_text(r, &c->list[i], &r->row->fields[i]);
		if (!part)
			return false;
		at = put_part(at, c->list[i].part, part, at == text);
	}
	*at = '\0';
	return at == text || read_value(r, field, field->name, text);
}

static bool
is_first_part(const struct import_columns *columns, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (columns->list[i].field == columns->list[at].field)
			return false;
	return true;
}

static bool
read_column(struct reading *r, size_t at)
{
	const struct import_column *column = &r->columns->list[at];
	const struct csv_field *cell = &r->row->fields[at];

	if (!column->field)
		return true;
	if (column->part)
		return !is_first_part(r->columns, at) || read_tuple(r, at);
	if (import_is_blank(cell))
		return true;
	if (column->field->kind == KIND_SET)
		return read_set(r, column, cell);
	return read_value(r, column->field, column->header, cell_text(r, cell));
}

bool
import_cells_read(struct node *node, const struct import_columns *columns,
	const struct csv_row *row, struct import_known *known,
	struct arena *arena, struct import_cells *cells,
	struct problem *problem)
{
	struct reading r = {.node = node,
		.columns = columns,
		.row = row,
		.known = known,
		.arena = arena,
		.cells = cells,
		.problem = problem};

	*cells = (struct import_cells){0};
	if (row->count != columns->count)
		return problem_set(problem, EXIT_USAGE,
			T("the row has %zu cells, and the first row %zu"),
			row->count, columns->count);
	for (size_t i = 0; i < columns->count; i++)
		if (!read_column(&r, i))
			return false;
	return true;
}
