#include "client/exchange/import.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/exchange/import_inside.h"
#include "client/exchange/value_text.h"
#include "client/node/placed.h"

/* Above this a row would not fit into a change. */
enum { ROW_SIZE_MAX = CHANGE_SIZE_MAX - 16 * 1024, OPERATION_COST = 40 };

/* Rows with nothing to write end a batch, too: memory is bounded. */
enum { LOOKED_AT_MAX = 2000 };

/*
 * Batches that are committed together. Rows come in no order that the indexes
 * have: each commit writes some page of theirs for nearly every row.
 */
enum { BATCHES_A_COMMIT = 32 };

/* What is remembered of where records are, before it begins anew. */
enum { PLACED_MAX = 1 << 15 };

enum { KEY_HASH_SIZE = 16 };

/* The keys that came so far, in an open-addressed table of their hashes. */
struct keys {
	struct key {
		uint8_t hash[KEY_HASH_SIZE];
		size_t line; /* 0: free */
	} * list;
	size_t room; /* a power of two */
	size_t count;
};

struct importing {
	struct node *node;
	const struct import_options *options;
	struct import_report *report;
	struct problem *problem; /* of the import as a whole */
	struct import_columns columns;
	struct import_table table;
	struct import_memory memory;
	struct record record;
	struct keys keys;
	struct import_known known;
	struct placed placed;                    /* what the rows refer to */
	const struct schema_field *external_ids; /* with a key, or NULL */
	/* Of records that refer to none. */
	bool has_territory;
	uint8_t territory[ID_BYTES];
	bool refers_to_own_type; /* as accounts to their parents */
	/* The batch: what it writes lies in the arena. */
	bool open;        /* the transaction */
	unsigned batches; /* in it */
	struct arena arena;
	struct edit edits[IMPORT_BATCH_ROWS];
	size_t edit_count;
	size_t edit_size;
	size_t batch_rows; /* looked at, written or not */
	size_t line;       /* of the row at hand */
};

/* What became of a row. BROKEN: the import cannot go on. */
enum outcome { ROW_DONE, ROW_REJECTED, ROW_BROKEN };

/* ---- the report ---- */

/* Cut texts may end within a character. */
static void
cut_to_characters(char *text)
{
	size_t size = strlen(text);

	while (size && !pack_utf8_valid((const uint8_t *)text, size))
		size--;
	text[size] = '\0';
}

static void
reject(struct importing *im, size_t line, const struct problem *why)
{
	struct import_report *r = im->report;
	char reason[sizeof why->message + sizeof why->hint + 4];

	(void)snprintf(reason, sizeof reason, why->hint[0] ? "%s (%s)" : "%s",
		why->message, why->hint);
	cut_to_characters(reason);
	if ((r->rejected_count & (r->rejected_count - 1)) == 0)
		r->rejected = alloc_again(r->rejected,
			(r->rejected_count * 2 + 1) * sizeof *r->rejected);
	r->rejected[r->rejected_count++] = (struct import_rejected){
		.line = line, .reason = alloc_copy(reason, strlen(reason) + 1)};
}

static void
skip(void *self, const struct schema_field *field)
{
	struct importing *im = self;
	struct import_report *r = im->report;

	if ((r->skipped_count & (r->skipped_count - 1)) == 0)
		r->skipped = alloc_again(r->skipped,
			(r->skipped_count * 2 + 1) * sizeof *r->skipped);
	r->skipped[r->skipped_count++] =
		(struct import_skipped){.line = im->line, .field = field};
}

static void
report_left_out(struct importing *im)
{
	const struct import_columns *c = &im->columns;
	struct import_report *r = im->report;

	r->left_out = alloc(c->count * sizeof *r->left_out);
	for (size_t i = 0; i < c->count; i++)
		if (!c->list[i].field && i != c->key)
			r->left_out[r->left_out_count++] =
				alloc_copy(c->list[i].header,
					strlen(c->list[i].header) + 1);
}

void
import_report_clear(struct import_report *report)
{
	for (size_t i = 0; i < report->rejected_count; i++)
		free(report->rejected[i].reason);
	for (size_t i = 0; i < report->left_out_count; i++)
		free(report->left_out[i]);
	free(report->rejected);
	free(report->skipped);
	free(report->left_out);
	*report = (struct import_report){0};
}

/* ---- batches ---- */

static bool
disk_problem(struct importing *im)
{
	return problem_set(im->problem, EXIT_FAILED, T("%s/node.db: %s"),
		im->node->dir, store_sqlite_problem(im->node->store));
}

static bool
begin(struct importing *im)
{
	if (im->open)
		return true;
	im->open = node_begin(im->node, im->problem);
	if (!im->open)
		return false;
	return im->table.load || import_table_open(&im->table, im->node) ||
		disk_problem(im);
}

static bool
write_edits(struct importing *im, const struct edit *edits, size_t count)
{
	struct edit_result results[IMPORT_BATCH_ROWS];

	return count == 0 ||
		node_write_placed(im->node, edits, count, results, &im->placed,
			im->problem);
}

/* As one change; the last row by itself where both would be too large. */
static bool
write_batch(struct importing *im)
{
	size_t count = im->edit_count;

	if (im->edit_size <= ROW_SIZE_MAX)
		return write_edits(im, im->edits, count);
	return write_edits(im, im->edits, count - 1) &&
		write_edits(im, im->edits + count - 1, 1);
}

static bool
commit(struct importing *im)
{
	if (!im->open || im->options->dry_run)
		return true; /* undone at the end, all at once */
	im->open = false;
	im->batches = 0;
	return node_commit(im->node, im->problem);
}

/* Writes the batch, with what is remembered of it. */
static bool
flush(struct importing *im)
{
	if (!im->open)
		return true;
	if (!write_batch(im))
		return false;
	/* Rows of its own type may archive what others refer to. */
	if (im->refers_to_own_type || im->placed.count > PLACED_MAX)
		placed_clear(&im->placed);
	im->edit_count = 0;
	im->edit_size = 0;
	im->batch_rows = 0;
	arena_reset(&im->arena);
	return ++im->batches < BATCHES_A_COMMIT || commit(im);
}

static bool
add_edit(struct importing *im, const struct edit *edit, size_t size)
{
	im->edits[im->edit_count++] = *edit;
	im->edit_size += size;
	return im->edit_count < IMPORT_BATCH_ROWS &&
			im->edit_size < IMPORT_BATCH_SIZE
		? true
		: flush(im);
}

/* ---- keys ---- */

static void
keys_grow(struct keys *keys)
{
	struct keys old = *keys;

	keys->room = old.room ? old.room * 2 : 1024;
	keys->list = alloc(keys->room * sizeof *keys->list);
	for (size_t i = 0; i < old.room; i++) {
		size_t at;

		if (!old.list[i].line)
			continue;
		memcpy(&at, old.list[i].hash, sizeof at);
		for (at &= keys->room - 1; keys->list[at].line;)
			at = (at + 1) & (keys->room - 1);
		keys->list[at] = old.list[i];
	}
	free(old.list);
}

/* The line where the key came before; 0, and it is noted, if it did not. */
static size_t
keys_add(struct keys *keys, const char *text, size_t line)
{
	uint8_t hash[KEY_HASH_SIZE];
	size_t at;

	if (keys->count * 2 >= keys->room)
		keys_grow(keys);
	import_hash(
		hash, (struct pack_view){(const uint8_t *)text, strlen(text)});
	memcpy(&at, hash, sizeof at);
	at &= keys->room - 1;
	for (; keys->list[at].line; at = (at + 1) & (keys->room - 1))
		if (memcmp(keys->list[at].hash, hash, sizeof hash) == 0)
			return keys->list[at].line;
	memcpy(keys->list[at].hash, hash, sizeof hash);
	keys->list[at].line = line;
	keys->count++;
	return 0;
}

/* "SOURCE:KEY", in the arena; NULL with the reason why not. */
static char *
row_key(struct importing *im, const struct csv_row *row, struct problem *why)
{
	struct csv_field cell = {0};
	const char *source = im->options->source;
	size_t before, room;
	char *text;

	if (row->count == im->columns.count)
		cell = row->fields[im->columns.key];
	while (cell.size && strchr(" \t\r\n", cell.bytes[0])) {
		cell.bytes++;
		cell.size--;
	}
	while (cell.size && strchr(" \t\r\n", cell.bytes[cell.size - 1]))
		cell.size--;
	if (!cell.size) {
		problem_set(why, EXIT_USAGE, T("the key %s is empty"),
			im->options->key);
		return NULL;
	}
	room = strlen(source) + cell.size + 2;
	text = arena_take(&im->arena, room);
	(void)snprintf(
		text, room, "%s:%.*s", source, (int)cell.size, cell.bytes);
	if (strlen(text) > SCHEMA_TEXT_MAX || strpbrk(text, "\r\n")) {
		problem_set(why, EXIT_USAGE,
			T("the key %s is too long, or of several lines"),
			im->options->key);
		return NULL;
	}
	before = keys_add(&im->keys, text, im->line);
	if (before) {
		problem_set(why, EXIT_USAGE,
			T("the key %s came before, in line %zu"),
			text + strlen(source) + 1, before);
		return NULL;
	}
	return text;
}

static void
derive_id(const struct importing *im, const uint8_t *territory, const char *key,
	uint8_t id[static ID_BYTES])
{
	uint8_t bytes[ID_BYTES + 4 + SCHEMA_TEXT_MAX];
	uint32_t type = im->options->type->number;
	size_t size = strlen(key);

	memcpy(bytes, territory, ID_BYTES);
	for (size_t i = 0; i < 4; i++)
		bytes[ID_BYTES + i] = (uint8_t)(type >> (24 - 8 * i));
	for (size_t i = 0; i < size; i++)
		bytes[ID_BYTES + 4 + i] = (uint8_t)key[i];
	id_derive(id, "roadbook/import/1", bytes, ID_BYTES + 4 + size);
}

/* ---- a row ---- */

/* The territory of a new record: of what it refers to, or the default. */
static bool
row_territory(struct importing *im, const struct import_cells *cells,
	uint8_t territory[static ID_BYTES], struct problem *why)
{
	const uint8_t *asked = im->options->territory;

	for (size_t i = 0; i < cells->reference_count; i++) {
		const struct import_reference *r = &cells->references[i];
		char path[POLICY_PATH_MAX];

		if (!node_place(
			    im->node, &im->placed, r->type, r->id, territory))
			continue;
		if (!asked || memcmp(asked, territory, ID_BYTES) == 0)
			return true;
		return problem_set(why, EXIT_USAGE,
			T("it belongs to the territory of what it refers to: "
			  "%s"),
			policy_path(im->node->policy, territory, path));
	}
	if (!im->has_territory)
		return node_choose_territory(im->node, territory, why);
	memcpy(territory, im->territory, ID_BYTES);
	return true;
}

/* A row under way. */
struct row {
	struct import_cells cells;
	const char *key; /* "SOURCE:KEY", or NULL */
	struct edit edit;
	uint8_t territory[ID_BYTES];
	struct territory *opened;
	bool exists;
	struct shown shown;
};

/* Loads the record; one that moved is looked for where it moved to. */
static bool
load_existing(struct importing *im, struct row *row, bool *gone)
{
	uint32_t type = im->options->type->number;
	uint8_t moved_to[ID_BYTES];

	*gone = false;
	for (int i = 0; i < 2; i++) {
		row->opened = node_territory(im->node, row->territory, true);
		if (!row->opened ||
			territory_record(row->opened, type, row->edit.id,
				ID_BYTES, &im->record,
				&row->shown) != STATUS_OK)
			return disk_problem(im);
		row->exists = record_exists(&im->record);
		if (!row->exists || !row->shown.moved)
			return true;
		*gone = i ||
			!node_record_territory(im->node, type, row->edit.id,
				ID_BYTES, moved_to) ||
			memcmp(moved_to, row->territory, ID_BYTES) == 0;
		if (*gone)
			return true;
		memcpy(row->territory, moved_to, ID_BYTES);
	}
	return true;
}

static enum outcome
find_record(struct importing *im, struct row *row, struct problem *why)
{
	bool gone = false;

	row->edit.id_size = ID_BYTES;
	row->edit.is_new = true;
	if (!row->key) {
		node_new_id(row->edit.id);
		return ROW_DONE;
	}
	derive_id(im, row->territory, row->key, row->edit.id);
	if (!load_existing(im, row, &gone))
		return ROW_BROKEN;
	if (gone) {
		problem_set(why, EXIT_NOT_FOUND,
			T("the record was handed over to a territory that is "
			  "not on this device"));
		return ROW_REJECTED;
	}
	row->edit.is_new = !row->exists;
	if (!import_table_load(&im->table, territory_number(row->opened),
		    row->edit.id, &im->memory)) {
		(void)disk_problem(im);
		return ROW_BROKEN;
	}
	return ROW_DONE;
}

/* The external id is one value more. */
static void
add_external_id(struct importing *im, struct row *row)
{
	size_t count = row->cells.value_count;
	struct import_value *values =
		arena_take(&im->arena, (count + 1) * sizeof *values);
	struct pack pack;
	size_t room;

	if (!row->key || !im->external_ids)
		return;
	room = strlen(row->key) + 8;
	pack_init(&pack, arena_take(&im->arena, room), room);
	pack_text(&pack, row->key);
	values[count] = (struct import_value){
		.field = im->external_ids, .value = {pack.out, pack.size}};
	for (size_t i = 0; i < count; i++) {
		values[i] = row->cells.values[i];
		if (values[i].field == im->external_ids &&
			values[i].value.size == pack.size &&
			memcmp(values[i].value.bytes, pack.out, pack.size) == 0)
			return;
	}
	row->cells.values = values;
	row->cells.value_count++;
}

static size_t
edit_size(const struct edit *edit)
{
	size_t size = OPERATION_COST;

	for (size_t i = 0; i < edit->operation_count; i++)
		size += OPERATION_COST + edit->operations[i].value.size;
	return size;
}

static enum outcome
write_row(struct importing *im, struct row *row,
	const struct import_decision *decision, struct problem *why)
{
	struct import_report *report = im->report;
	size_t size;

	row->edit.operations = decision->operations;
	row->edit.operation_count = decision->operation_count;
	size = edit_size(&row->edit);
	if (row->edit.is_new || decision->operation_count) {
		if (!node_edit_allowed(
			    im->node, &row->edit, row->territory, why))
			return ROW_REJECTED;
		if (size > ROW_SIZE_MAX) {
			problem_set(why, EXIT_USAGE, T("the row is too large"));
			return ROW_REJECTED;
		}
	}
	if (decision->remember && row->key &&
		!import_table_save(&im->table, territory_number(row->opened),
			row->edit.id, &im->memory)) {
		(void)disk_problem(im);
		return ROW_BROKEN;
	}
	if (!decision->operation_count) {
		report->unchanged++;
		return ROW_DONE;
	}
	report->added += row->edit.is_new;
	report->updated += !row->edit.is_new;
	row->edit.territory = arena_copy(&im->arena, row->territory, ID_BYTES);
	return add_edit(im, &row->edit, size) ? ROW_DONE : ROW_BROKEN;
}

/*
 * Cells may refer by name to records that rows before this one made: what
 * waits in the batch is written before such a row is given up.
 */
static enum outcome
read_cells(struct importing *im, const struct csv_row *csv, struct row *row,
	struct problem *why)
{
	for (;;) {
		if (import_cells_read(im->node, &im->columns, csv,
			    im->refers_to_own_type ? NULL : &im->known,
			    &im->arena, &row->cells, why))
			return ROW_DONE;
		if (why->code != EXIT_NOT_FOUND || !im->edit_count ||
			!im->refers_to_own_type)
			return ROW_REJECTED;
		if (!flush(im) || !begin(im))
			return ROW_BROKEN;
	}
}

static enum outcome
import_row(struct importing *im, const struct csv_row *csv, struct problem *why)
{
	struct row row = {.edit.type = im->options->type};
	struct import_decision decision;
	enum outcome outcome;
	size_t skipped = im->report->skipped_count;

	if (!begin(im))
		return ROW_BROKEN;
	outcome = read_cells(im, csv, &row, why);
	if (outcome != ROW_DONE)
		return outcome;
	im->memory.count = 0;
	if (im->options->key) {
		row.key = row_key(im, csv, why);
		if (!row.key)
			return ROW_REJECTED;
	}
	if (!row_territory(im, &row.cells, row.territory, why))
		return ROW_REJECTED;
	outcome = find_record(im, &row, why);
	if (outcome != ROW_DONE)
		return outcome;
	add_external_id(im, &row);
	if (!import_decide(row.opened, im->node->store,
		    row.exists ? &im->record : NULL, &row.shown,
		    row.cells.values, row.cells.value_count,
		    row.key ? &im->memory : NULL, &im->arena, skip, im,
		    &decision)) {
		(void)disk_problem(im);
		return ROW_BROKEN;
	}
	outcome = write_row(im, &row, &decision, why);
	if (outcome == ROW_REJECTED)
		im->report->skipped_count = skipped;
	return outcome;
}

/* ---- the file ---- */

static const char *
fault_text(enum csv_fault fault)
{
	switch (fault) {
	case CSV_FAULT_NONE:
		break;
	case CSV_FAULT_TEXT_AFTER_QUOTE:
		return T("text after a closing quote");
	case CSV_FAULT_OPEN_QUOTE:
		return T("a quote that is never closed");
	case CSV_FAULT_FIELD_SIZE:
		return T("a cell of more than 1 MiB");
	case CSV_FAULT_FIELD_COUNT:
		return T("too many cells");
	}
	return "?";
}

static bool
memory_problem(struct problem *problem)
{
	return problem_set(problem, EXIT_FAILED,
		T("there is not enough memory for this file"));
}

static size_t
count_rows(const struct text *text)
{
	struct csv_reader *reader = alloc(sizeof *reader);
	struct csv_row row;
	size_t count = 0;
	enum status status;

	csv_reader_init(reader, text->bytes, text->size, 0);
	while ((status = csv_next_row(reader, &row)) == STATUS_OK ||
		status == STATUS_MALFORMED)
		count++;
	csv_reader_clear(reader);
	free(reader);
	return count ? count - 1 : 0;
}

static bool
import_rows(struct importing *im, struct csv_reader *reader, size_t total)
{
	const struct import_options *o = im->options;
	struct csv_row row;
	enum status status;

	while ((status = csv_next_row(reader, &row)) != STATUS_ABSENT) {
		struct problem why = {0};
		enum outcome outcome = ROW_REJECTED;

		if (status == STATUS_FAILED)
			return memory_problem(im->problem);
		im->report->rows++;
		im->line = row.line;
		if (status == STATUS_OK)
			outcome = import_row(im, &row, &why);
		else
			problem_set(&why, EXIT_USAGE, T("this is no CSV: %s"),
				fault_text(row.fault));
		if (outcome == ROW_BROKEN)
			return false;
		if (outcome == ROW_REJECTED)
			reject(im,
				status == STATUS_OK ? row.line : row.fault_line,
				&why);
		if (++im->batch_rows >= LOOKED_AT_MAX && !flush(im))
			return false;
		if (o->progress)
			o->progress(o->progress_self, im->report->rows, total);
	}
	return flush(im) && commit(im);
}

static bool
read_headers(struct importing *im, struct csv_reader *reader)
{
	struct csv_row row;
	enum status status = csv_next_row(reader, &row);

	if (status == STATUS_FAILED)
		return memory_problem(im->problem);
	if (status == STATUS_ABSENT) {
		problem_set(im->problem, EXIT_USAGE, T("the file is empty"));
		return problem_hint(
			im->problem, T("its first row names the columns"));
	}
	if (status == STATUS_MALFORMED)
		return problem_set(im->problem, EXIT_USAGE,
			T("line %zu, the names of the columns, is no CSV: %s"),
			row.fault_line, fault_text(row.fault));
	return import_columns_init(
		&im->columns, im->options, &row, im->problem);
}

/* Whether some column refers to a business record; notes if to its own type. */
static bool
refers(struct importing *im)
{
	const struct import_columns *c = &im->columns;
	bool some = false;

	for (size_t i = 0; i < c->count; i++) {
		const struct import_column *column = &c->list[i];
		uint32_t to = column->part ? column->part->refers
			: column->field    ? column->field->refers
					   : 0;
		const struct schema_type *type =
			to ? schema_type(im->node->schema, to) : NULL;

		some |= type && import_is_business(type);
		im->refers_to_own_type |= type == im->options->type;
	}
	return some;
}

/* What holds for every row is said once, before the first. */
static bool
prepare(struct importing *im)
{
	const struct import_options *o = im->options;
	struct edit nothing = {.type = o->type};
	bool by_reference = refers(im);
	const struct schema_field *ids =
		schema_field_named(o->type, "external_ids");

	report_left_out(im);
	if (o->key && ids && ids->kind == KIND_SET && ids->form == FORM_TEXT)
		im->external_ids = ids;
	if (o->territory)
		memcpy(im->territory, o->territory, ID_BYTES);
	else if (by_reference)
		return true; /* each row tells */
	else if (!node_choose_territory(im->node, im->territory, im->problem))
		return false;
	im->has_territory = true;
	return node_edit_allowed(
		im->node, &nothing, im->territory, im->problem);
}

static bool
decode(const struct import_options *options, struct text *text,
	struct problem *problem)
{
	struct text_encoding_fault fault;

	if (text_encoding_decode(text, &fault, options->bytes, options->size,
		    options->encoding) == STATUS_OK)
		return true;
	if (fault.reason == TEXT_ENCODING_REASON_MEMORY)
		return memory_problem(problem);
	if (fault.line)
		problem_set(problem, EXIT_FAILED,
			T("the file cannot be read as %s: line %zu: %s"),
			text_encoding_name(fault.encoding), fault.line,
			text_encoding_reason_text(fault.reason));
	else
		problem_set(problem, EXIT_FAILED,
			T("the file cannot be read: %s"),
			text_encoding_reason_text(fault.reason));
	/* What else may be wrong, another encoding does not mend. */
	return fault.reason == TEXT_ENCODING_REASON_INVALID &&
		problem_hint(problem, "--encoding utf-8, --encoding gb18030");
}

bool
import_csv(struct node *node, const struct import_options *options,
	struct import_report *report, struct problem *problem)
{
	struct importing *im = alloc(sizeof *im);
	struct csv_reader *reader = alloc(sizeof *reader);
	struct text text = {0};
	bool done = false;

	*im = (struct importing){.node = node,
		.options = options,
		.report = report,
		.problem = problem};
	*report = (struct import_report){0};
	if (decode(options, &text, problem)) {
		report->encoding = text.encoding;
		csv_reader_init(reader, text.bytes, text.size, 0);
		done = read_headers(im, reader) && prepare(im) &&
			import_rows(im, reader, count_rows(&text));
		csv_reader_clear(reader);
	}
	import_table_close(&im->table);
	if (im->open)
		node_rollback(node); /* a dry run, or something broke */
	import_columns_clear(&im->columns);
	import_memory_clear(&im->memory);
	record_clear(&im->record);
	arena_clear(&im->arena);
	free(im->keys.list);
	import_known_clear(&im->known);
	placed_clear(&im->placed);
	free(im);
	free(reader);
	free(text.bytes);
	return done;
}
