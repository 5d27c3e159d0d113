#include "tests/bench/work_json.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>

#include "tests/bench/fatal.h"
#include "tests/bench/workload.h"

static json_t *
hex_of(const uint8_t *id)
{
	char hex[2 * ID_BYTES + 1];

	(void)sodium_bin2hex(hex, sizeof hex, id, ID_BYTES);
	return json_string(hex);
}

static json_t *
value_of(enum work_form form, const struct work_value *value)
{
	return form == WORK_NUMBER ? json_integer(value->number)
		: form == WORK_REFERENCE
		? hex_of((const uint8_t *)value->bytes)
		: json_stringn(value->bytes, value->size);
}

static void
write_line(FILE *file, json_t *line)
{
	if (json_dumpf(line, file, JSON_COMPACT) != 0 || fputc('\n', file) < 0)
		fatal("the workload is not written");
	json_decref(line);
}

static void
write_record(FILE *file, const struct work_record *r)
{
	json_t *line = json_pack("{s:o, s:s}", "_id", hex_of(r->id), "table",
		work_names[r->table]);

	for (int i = 0; i < WORK_COLUMNS; i++) {
		const struct work_column *column = &work_columns[r->table][i];

		(void)json_object_set_new(line, column->name,
			value_of(column->form, &r->values[i]));
	}
	write_line(file, line);
}

static void
write_update(FILE *file, const struct workload *work, int node, uint32_t number)
{
	const struct work_update *u = &work->updates[node][number];
	const struct work_record *r = &work->records[u->record];
	const struct work_column *column = &work_columns[r->table][u->column];

	write_line(file,
		json_pack("{s:i, s:o, s:o}", "node", node, "_id", hex_of(r->id),
			column->name, value_of(column->form, &u->value)));
}

void
work_json_write(uint32_t records, const char *path)
{
	struct workload *work = workload_new(records, 0);
	FILE *file = fopen(path, "w");

	if (!file)
		fatal("%s cannot be written", path);
	for (uint32_t i = 0; i < work->count; i++)
		write_record(file, &work->records[i]);
	for (int node = 0; node < WORK_NODES; node++)
		for (uint32_t i = 0; i < work->update_count; i++)
			write_update(file, work, node, i);
	if (fclose(file) != 0)
		fatal("%s cannot be written", path);
	workload_free(work);
}
