#include "tests/bench/rows.h"

#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/exchange/csv.h"
#include "proto/change.h"
#include "sync/alloc.h"
#include "tests/bench/fatal.h"
#include "tests/bench/raw.h"
#include "tests/bench/sample.h"

enum { COLUMNS_MAX = 16, NAME_MAX_SIZE = 64 };

/* A file, parsed: its cells one after the other, row by row. */
struct rows {
	char name[NAME_MAX_SIZE]; /* of the table */
	char *file;               /* the bytes that cells lead into */
	size_t size;
	struct csv_field *cells; /* the first row is the header */
	uint8_t *ids;            /* of each row, ID_BYTES each */
	uint8_t *references;     /* what account_id holds, ID_BYTES each */
	size_t columns, count, room;
};

static char *
read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *bytes;
	long end;

	if (!file || fseek(file, 0, SEEK_END) != 0 || (end = ftell(file)) < 0)
		fatal("%s cannot be read", path);
	rewind(file);
	bytes = alloc((size_t)end + 1);
	*size = fread(bytes, 1, (size_t)end, file);
	(void)fclose(file); /* it was read */
	return bytes;
}

static void
add_row(struct rows *rows, const struct csv_row *row)
{
	if (!rows->columns)
		rows->columns = row->count;
	if (row->count != rows->columns || row->count > COLUMNS_MAX)
		fatal("%s: a row of line %zu has other columns", rows->name,
			row->line);
	/* Quotes that were resolved lie elsewhere, until the next row. */
	for (size_t i = 0; i < row->count; i++)
		if (row->fields[i].bytes < rows->file ||
			row->fields[i].bytes > rows->file + rows->size)
			fatal("%s: quotes inside of a field", rows->name);
	if (rows->count == rows->room) {
		rows->room = rows->room ? rows->room * 2 : 4096;
		rows->cells = alloc_again(rows->cells,
			rows->room * rows->columns * sizeof *rows->cells);
	}
	memcpy(rows->cells + rows->count++ * rows->columns, row->fields,
		row->count * sizeof *row->fields);
}

static bool
is_reference(const struct csv_field *header)
{
	return header->size == 10 && !memcmp(header->bytes, "account_id", 10);
}

/* UUIDv7s as a program makes them; and what the same text always refers to. */
static void
make_ids(struct rows *rows)
{
	static uint64_t ms = 1735689600000;

	rows->ids = alloc((rows->count + 1) * ID_BYTES);
	rows->references = alloc((rows->count + 1) * ID_BYTES);
	for (size_t i = 1; i < rows->count; i++) {
		uint8_t *id = rows->ids + i * ID_BYTES;

		randombytes_buf(id, ID_BYTES);
		ms += i % 8 == 0;
		for (int k = 0; k < 6; k++)
			id[k] = (uint8_t)(ms >> (40 - 8 * k));
		for (size_t k = 0; k < rows->columns; k++) {
			const struct csv_field *cell =
				&rows->cells[i * rows->columns + k];

			if (is_reference(&rows->cells[k]))
				(void)crypto_generichash(
					rows->references + i * ID_BYTES,
					ID_BYTES, (const uint8_t *)cell->bytes,
					cell->size, NULL, 0);
		}
	}
}

static void
read_rows(struct rows *rows, const char *path)
{
	struct csv_reader *reader = alloc(sizeof *reader);
	const char *name = strrchr(path, '/');
	struct csv_row row;

	*rows = (struct rows){0};
	(void)snprintf(
		rows->name, sizeof rows->name, "%s", name ? name + 1 : path);
	rows->name[strcspn(rows->name, ".")] = '\0';
	rows->file = read_file(path, &rows->size);
	csv_reader_init(reader, rows->file, rows->size, 0);
	while (csv_next_row(reader, &row) == STATUS_OK)
		add_row(rows, &row);
	if (rows->count < 2)
		fatal("%s has no rows", path);
	csv_reader_clear(reader);
	free(reader);
	make_ids(rows);
}

static void
must(sqlite3 *db, int code)
{
	if (code != SQLITE_OK && code != SQLITE_DONE)
		fatal("sqlite: %s", sqlite3_errmsg(db));
}

static void
run(sqlite3 *db, const char *sql)
{
	must(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static sqlite3_stmt *
make_table(sqlite3 *db, const struct rows *rows)
{
	sqlite3_str *make = sqlite3_str_new(db), *put = sqlite3_str_new(db);
	sqlite3_str *also = sqlite3_str_new(db);
	sqlite3_stmt *insert = NULL;
	char *text;

	sqlite3_str_appendf(
		make, "CREATE TABLE \"%w\" (id BLOB PRIMARY KEY", rows->name);
	sqlite3_str_appendf(put, "INSERT INTO \"%w\" VALUES (?", rows->name);
	sqlite3_str_appendall(also, ");");
	for (size_t i = 0; i < rows->columns; i++) {
		const struct csv_field *header = &rows->cells[i];

		sqlite3_str_appendf(make, ", \"%.*s\" %s", (int)header->size,
			header->bytes, is_reference(header) ? "BLOB" : "TEXT");
		sqlite3_str_appendall(put, ", ?");
		if (is_reference(header))
			sqlite3_str_appendf(also,
				"CREATE INDEX \"%w_account\" ON \"%w\" "
				"(account_id);",
				rows->name, rows->name);
	}
	sqlite3_str_appendall(put, ")");
	text = sqlite3_str_finish(also);
	sqlite3_str_appendall(make, text);
	sqlite3_free(text);
	text = sqlite3_str_finish(make);
	run(db, text);
	sqlite3_free(text);
	text = sqlite3_str_finish(put);
	must(db, sqlite3_prepare_v2(db, text, -1, &insert, NULL));
	sqlite3_free(text);
	return insert;
}

static void
insert_row(sqlite3 *db, sqlite3_stmt *insert, const struct rows *rows, size_t i)
{
	must(db,
		sqlite3_bind_blob(insert, 1, rows->ids + i * ID_BYTES, ID_BYTES,
			SQLITE_STATIC));
	for (size_t k = 0; k < rows->columns; k++) {
		const struct csv_field *cell =
			&rows->cells[i * rows->columns + k];

		must(db,
			is_reference(&rows->cells[k])
				? sqlite3_bind_blob(insert, (int)k + 2,
					  rows->references + i * ID_BYTES,
					  ID_BYTES, SQLITE_STATIC)
				: sqlite3_bind_text(insert, (int)k + 2,
					  cell->bytes, (int)cell->size,
					  SQLITE_STATIC));
	}
	must(db, sqlite3_step(insert));
	must(db, sqlite3_reset(insert));
}

static void
insert_file(sqlite3 *db, const char *path, size_t each)
{
	char name[NAME_MAX_SIZE + 32];
	sqlite3_stmt *insert;
	struct rows rows;
	double start;

	read_rows(&rows, path);
	insert = make_table(db, &rows);
	start = sample_now();
	for (size_t i = 1; i < rows.count; i++) {
		if ((i - 1) % each == 0)
			run(db, "BEGIN IMMEDIATE");
		insert_row(db, insert, &rows, i);
		if (i % each == 0 || i == rows.count - 1)
			run(db, "COMMIT");
	}
	(void)snprintf(name, sizeof name, "raw insert of %s", rows.name);
	sample_add(name, false, sample_now() - start);
	(void)sqlite3_finalize(insert); /* repeats errors */
	free(rows.file);
	free(rows.cells);
	free(rows.ids);
	free(rows.references);
}

void
rows_insert(const char *database, size_t each, char *const *files, int count)
{
	sqlite3 *db = raw_connect(database);

	for (int i = 0; i < count; i++)
		insert_file(db, files[i], each);
	must(db, sqlite3_close(db));
}
