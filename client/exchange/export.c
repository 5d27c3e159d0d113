#include "client/exchange/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/exchange/cell.h"
#include "client/exchange/csv_write.h"
#include "client/exchange/value_text.h"
#include "client/node/list.h"
#include "client/text/text_stream.h"
#include "sync/alloc.h"

struct export_column {
	const char *name;
	const struct schema_field *field; /* NULL: id, territory */
	const struct schema_part *part;
};

struct exporting {
	struct node *node;
	const struct export_options *options;
	FILE *out;
	struct problem *problem;
	struct export_column *columns;
	size_t column_count;
	/* The row at hand: cells one after the other, and where each ends. */
	FILE *text;
	struct text_stream cells;
	struct csv_field *fields;
	char *scratch;
	size_t scratch_room;
	bool some; /* JSON: a record was written */
	bool failed;
};

static bool
out_problem(struct exporting *ex)
{
	ex->failed = true;
	return problem_set(ex->problem, EXIT_FAILED,
		T("the export cannot be written: %s"), text_errno(errno));
}

/* ---- columns ---- */

static void
add_column(struct exporting *ex, const char *name,
	const struct schema_field *field, const struct schema_part *part)
{
	ex->columns[ex->column_count++] =
		(struct export_column){name, field, part};
}

static void
make_columns(struct exporting *ex)
{
	const struct schema_type *type = ex->options->type;
	size_t room = type->field_count + 2;

	for (size_t i = 0; i < type->field_count; i++)
		room += type->fields[i].part_count;
	ex->columns = alloc(room * sizeof *ex->columns);
	ex->fields = alloc(room * sizeof *ex->fields);
	add_column(ex, "id", NULL, NULL);
	add_column(ex, "territory", NULL, NULL);
	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_field *f = &type->fields[i];

		if (schema_is_mark(type->number, f->number)) {
			if (f->number == SCHEMA_ARCHIVED &&
				ex->options->archived)
				add_column(ex, f->name, f, NULL);
			continue;
		}
		if (!type->immutable || f->kind != KIND_ONCE)
			add_column(ex, f->name, f, NULL);
		for (size_t k = 0; type->immutable && k < f->part_count; k++)
			add_column(ex, f->parts[k].name, f, &f->parts[k]);
	}
}

/* ---- cells ---- */

/* People know records by their names; programs by their ids. */
static bool
put_title(struct exporting *ex, const struct schema_field *field,
	struct pack_view value)
{
	char title[VIEW_TITLE_SIZE];
	struct unpack unpack;
	const uint8_t *id;

	unpack_init(&unpack, value.bytes, value.size);
	if (!ex->options->spreadsheet || field->form != FORM_REF ||
		!unpack_exact(&unpack, ID_BYTES, &id))
		return false;
	node_title(ex->node, schema_type(ex->node->schema, field->refers), id,
		ID_BYTES, title);
	(void)fputs(title, ex->text);
	return true;
}

/* The value's text in ex->scratch; returns its size. */
static size_t
value_text(struct exporting *ex, const struct schema_field *field,
	struct pack_view value)
{
	char labels = text_language() == LANGUAGE_ZH ? 'z' : 'e';
	size_t size = value_to_text(
		field, value, labels, ex->scratch, ex->scratch_room);

	if (size < ex->scratch_room)
		return size;
	ex->scratch_room = size + 1;
	ex->scratch = alloc_again(ex->scratch, ex->scratch_room);
	return value_to_text(
		field, value, labels, ex->scratch, ex->scratch_room);
}

static void
put_value(struct exporting *ex, const struct schema_field *field,
	struct pack_view value)
{
	if (!put_title(ex, field, value))
		(void)fwrite(
			ex->scratch, 1, value_text(ex, field, value), ex->text);
}

struct elements {
	struct exporting *ex;
	const struct schema_field *field;
	bool some;
};

static void
put_element(void *self, struct pack_view value)
{
	struct elements *e = self;
	struct exporting *ex = e->ex;

	if (ex->options->spreadsheet && e->some)
		(void)fputc('|', ex->text);
	if (!ex->options->spreadsheet || !put_title(ex, e->field, value))
		cell_put_element(ex->text, ex->scratch,
			value_text(ex, e->field, value),
			!e->some || ex->options->spreadsheet);
	e->some = true;
}

static void
put_cell(struct exporting *ex, const struct export_column *column,
	const struct query_row *row)
{
	struct elements elements = {.ex = ex, .field = column->field};
	char id[VIEW_ID_SIZE], path[POLICY_PATH_MAX];
	struct pack_view value;
	struct schema_field part;

	if (!column->field && strcmp(column->name, "id") == 0) {
		view_id(row->id, row->id_size, id);
		(void)fputs(id, ex->text);
	} else if (!column->field) {
		(void)fputs(policy_path(ex->node->policy,
				    node_territory_id(ex->node, row->territory),
				    path),
			ex->text);
	} else if (column->part) {
		part = value_part_field(column->part);
		if (query_row_part(row, column->field, column->part, &value))
			put_value(ex, &part, value);
	} else if (column->field->kind == KIND_SET) {
		query_row_elements(row, column->field, put_element, &elements);
	} else if (query_row_value(row, column->field, &value)) {
		put_value(ex, column->field, value);
	}
}

static bool
write_fields(struct exporting *ex)
{
	const struct csv_write_options csv = {
		.for_spreadsheet = ex->options->spreadsheet};
	enum status status =
		csv_write_row(ex->out, ex->fields, ex->column_count, &csv);

	if (status == STATUS_REFUSED) {
		ex->failed = true;
		return problem_set(ex->problem, EXIT_FAILED,
			T("a cell is larger than 1 MiB: export as JSON"));
	}
	return status == STATUS_OK || out_problem(ex);
}

static bool
write_csv_row(struct exporting *ex, const struct query_row *row)
{
	size_t *ends = alloc(ex->column_count * sizeof *ends);
	size_t start = 0;

	ex->cells.size = 0;
	for (size_t i = 0; i < ex->column_count; i++) {
		put_cell(ex, &ex->columns[i], row);
		(void)fflush(ex->text); /* memory only */
		ends[i] = ex->cells.size;
	}
	for (size_t i = 0; i < ex->column_count; i++) {
		ex->fields[i] = (struct csv_field){
			ex->cells.bytes + start, ends[i] - start};
		start = ends[i];
	}
	free(ends);
	return write_fields(ex);
}

static bool
write_json_row(struct exporting *ex, const struct query_row *row)
{
	json_t *json = node_row_json(ex->node, row);
	int dumped;

	if (!json)
		return true; /* gone since */
	(void)fputs(ex->some ? ",\n" : "", ex->out);
	ex->some = true;
	dumped =
		json_dumpf(json, ex->out, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	json_decref(json);
	return (dumped == 0 && !ferror(ex->out)) || out_problem(ex);
}

static bool
write_row(void *self, const struct query_row *row)
{
	struct exporting *ex = self;

	return ex->options->json ? write_json_row(ex, row)
				 : write_csv_row(ex, row);
}

/* ---- all of it ---- */

static bool
write_head(struct exporting *ex)
{
	if (ex->options->json)
		return fputs("[\n", ex->out) >= 0 || out_problem(ex);
	if (ex->options->spreadsheet && fputs("\xef\xbb\xbf", ex->out) < 0)
		return out_problem(ex);
	for (size_t i = 0; i < ex->column_count; i++)
		ex->fields[i] = (struct csv_field){
			ex->columns[i].name, strlen(ex->columns[i].name)};
	return write_fields(ex);
}

static bool
write_rows(struct exporting *ex)
{
	const struct export_options *o = ex->options;
	struct query_options query = {.type = o->type->number,
		.archived = o->archived,
		.moved = o->archived,
		.order = QUERY_OLDEST};
	uint32_t *numbers = NULL, number;
	enum status status;

	query.territories = node_territories(ex->node, &numbers);
	if (o->territory) {
		struct territory *t =
			node_territory(ex->node, o->territory, false);

		number = t ? territory_number(t) : 0;
		query.territories =
			(struct query_territories){&number, t ? 1 : 0};
	}
	status = query_rows(ex->node->store, &query, write_row, ex);
	free(numbers);
	if (status != STATUS_OK && !ex->failed) {
		ex->failed = true;
		return problem_set(ex->problem, EXIT_FAILED,
			T("%s/node.db: %s"), ex->node->dir,
			store_sqlite_problem(ex->node->store));
	}
	return !ex->failed;
}

bool
export_records(struct node *node, const struct export_options *options,
	FILE *out, struct problem *problem)
{
	struct exporting ex = {.node = node,
		.options = options,
		.out = out,
		.problem = problem,
		.scratch_room = 1024};
	bool done;

	ex.scratch = alloc(ex.scratch_room);
	ex.text = text_stream_open(&ex.cells);
	make_columns(&ex);
	done = write_head(&ex) && write_rows(&ex);
	if (done && options->json)
		done = fputs(ex.some ? "\n]\n" : "]\n", out) >= 0 ||
			out_problem(&ex);
	if (done && fflush(out) != 0)
		done = out_problem(&ex);
	(void)fclose(ex.text); /* memory */
	free(ex.cells.bytes);
	free(ex.scratch);
	free(ex.columns);
	free(ex.fields);
	return done;
}
