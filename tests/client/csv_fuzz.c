/*
 * Any bytes at all, under every separator: never a crash, never a view outside
 * of the limits, lines that only go up; and what was read and written again
 * is the same, byte for byte, with the separator found out where it can be.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/exchange/csv.h"
#include "client/exchange/csv_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
check(bool claim)
{
	if (!claim)
		abort();
}

static void
check_row(const struct csv_row *row)
{
	check(row->count >= 1 && row->count <= CSV_ROW_FIELDS_MAX);
	for (size_t i = 0; i < row->count; i++) {
		check(row->fields[i].size <= CSV_FIELD_MAX);
		/* Touches both ends, for the sanitizer to see. */
		if (row->fields[i].size > 0) {
			volatile char last =
				row->fields[i].bytes[row->fields[i].size - 1];
			(void)last;
		}
	}
}

/*
 * Reads what there is in `reader` and writes the good rows again, into memory
 * that is the caller's to free. *columns is the field count of the first.
 */
static char *
rewrite(struct csv_reader *reader, size_t *size, size_t *columns)
{
	struct csv_write_options options = {.separator = reader->separator};
	struct csv_row row;
	enum status status;
	char *out = NULL;
	FILE *file = open_memstream(&out, size);
	size_t line = 0;

	check(file != NULL);
	*columns = 0;
	while ((status = csv_next_row(reader, &row)) != STATUS_ABSENT) {
		check(row.line > line);
		line = row.line;
		if (status == STATUS_MALFORMED) {
			check(row.fault_line >= row.line);
			continue;
		}
		check(status == STATUS_OK);
		check_row(&row);
		if (*columns == 0)
			*columns = row.count;
		check(csv_write_row(file, row.fields, row.count, &options) ==
			STATUS_OK);
	}
	check(fclose(file) == 0);
	return out;
}

static void
check_separator(const char *bytes, size_t size, char forced)
{
	static struct csv_reader reader;
	char *once, *twice, separator;
	size_t once_size, twice_size, columns;

	csv_reader_init(&reader, bytes, size, forced);
	separator = reader.separator;
	once = rewrite(&reader, &once_size, &columns);
	csv_reader_clear(&reader);

	/* Nobody can find out a pipe, nor what is not in the first row. */
	if (columns > 1 && separator != '|')
		forced = '\0';
	else
		forced = separator;
	csv_reader_init(&reader, once, once_size, forced);
	check(reader.separator == separator);
	twice = rewrite(&reader, &twice_size, &columns);
	csv_reader_clear(&reader);

	check(once_size == twice_size && memcmp(once, twice, once_size) == 0);
	free(once);
	free(twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char separators[] = {'\0', ',', ';', '\t', '|'};

	for (size_t i = 0; i < sizeof separators; i++)
		check_separator((const char *)bytes, size, separators[i]);
	return 0;
}
