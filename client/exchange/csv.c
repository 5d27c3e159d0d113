#include "client/exchange/csv.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* In order of preference, should a header have as many of each. */
static const char separators[] = {',', ';', '\t'};

enum { SEPARATOR_COUNT = sizeof separators };

static bool
ends_line(char c)
{
	return c == '\r' || c == '\n';
}

/* Steps over the LF, CRLF or CR that the reader stands on. */
static void
skip_line_end(struct csv_reader *reader)
{
	bool cr = *reader->at == '\r';

	reader->at++;
	if (cr && reader->at < reader->end && *reader->at == '\n')
		reader->at++;
	reader->line++;
}

static void
skip_blank_lines(struct csv_reader *reader)
{
	while (reader->at < reader->end && ends_line(*reader->at))
		skip_line_end(reader);
}

/* Stops at the separator, the line end or the end of the file. */
static void
skip_plain(struct csv_reader *reader)
{
	while (reader->at < reader->end && *reader->at != reader->separator &&
		!ends_line(*reader->at))
		reader->at++;
}

/*
 * From the first byte inside of a quoted field to its closing quote, where it
 * stops, or to the end of the file. Returns how many quotes stood doubled.
 */
static size_t
skip_quoted(struct csv_reader *reader)
{
	size_t doubled = 0;

	while (reader->at < reader->end) {
		if (ends_line(*reader->at)) {
			skip_line_end(reader);
			continue;
		}
		if (*reader->at == '"') {
			if (reader->end - reader->at < 2 ||
				reader->at[1] != '"')
				break;
			doubled++;
			reader->at++;
		}
		reader->at++;
	}
	return doubled;
}

/*
 * The first fault of a row is the one to tell, but for an open quote: it took
 * the rest of the file, so it is what the user has to mend.
 */
static void
blame(struct csv_row *row, enum csv_fault fault, size_t line)
{
	if (row->fault != CSV_FAULT_NONE && fault != CSV_FAULT_OPEN_QUOTE)
		return;
	row->fault = fault;
	row->fault_line = line;
}

/*
 * Reads one field and stops at what ended it. Doubled quotes are still double
 * in *field: until the row is whole, nobody knows whether it is worth copying.
 */
static void
read_field(struct csv_reader *reader, struct csv_row *row,
	struct csv_field *field, size_t *doubled)
{
	size_t line = reader->line;
	bool quoted = reader->at < reader->end && *reader->at == '"';

	if (quoted)
		reader->at++;
	field->bytes = reader->at;
	*doubled = 0;
	if (quoted)
		*doubled = skip_quoted(reader);
	else
		skip_plain(reader);
	field->size = (size_t)(reader->at - field->bytes);

	if (field->size - *doubled > CSV_FIELD_MAX)
		blame(row, CSV_FAULT_FIELD_SIZE, line);
	if (!quoted)
		return;
	if (reader->at == reader->end) {
		blame(row, CSV_FAULT_OPEN_QUOTE, line);
		return;
	}
	reader->at++;
	if (reader->at < reader->end && *reader->at != reader->separator &&
		!ends_line(*reader->at)) {
		blame(row, CSV_FAULT_TEXT_AFTER_QUOTE, reader->line);
		skip_plain(reader);
	}
}

/* Reads the fields up to the row's end and steps over that. */
static void
read_fields(struct csv_reader *reader, struct csv_row *row)
{
	struct csv_field surplus;
	size_t surplus_doubled;
	bool more;

	do {
		bool fits = row->count < CSV_ROW_FIELDS_MAX;

		if (!fits)
			blame(row, CSV_FAULT_FIELD_COUNT, reader->line);
		read_field(reader, row,
			fits ? &reader->fields[row->count] : &surplus,
			fits ? &reader->doubled[row->count] : &surplus_doubled);
		row->count += fits;

		more = reader->at < reader->end &&
			*reader->at == reader->separator;
		if (more)
			reader->at++;
	} while (more);

	if (reader->at < reader->end)
		skip_line_end(reader);
}

/* Copies `size` bytes to `out` with doubled quotes made one; returns its end.
 */
static char *
copy_resolved(char *out, const char *bytes, size_t size)
{
	const char *end = bytes + size;

	while (bytes < end) {
		if (*bytes == '"')
			bytes++; /* the next one is its double */
		*out++ = *bytes++;
	}
	return out;
}

/* Moves the fields that have doubled quotes to scratch, all of a row at once.
 */
static enum status
resolve_quotes(struct csv_reader *reader, size_t count)
{
	size_t needed = 0;
	char *out;

	for (size_t i = 0; i < count; i++)
		if (reader->doubled[i] > 0)
			needed += reader->fields[i].size - reader->doubled[i];
	if (needed > reader->scratch_size) {
		free(reader->scratch);
		reader->scratch = malloc(needed);
		reader->scratch_size = reader->scratch ? needed : 0;
		if (!reader->scratch)
			return STATUS_FAILED;
	}

	out = reader->scratch;
	for (size_t i = 0; i < count; i++) {
		struct csv_field *field = &reader->fields[i];
		char *start = out;

		if (reader->doubled[i] == 0)
			continue;
		out = copy_resolved(out, field->bytes, field->size);
		*field = (struct csv_field){start, (size_t)(out - start)};
	}
	return STATUS_OK;
}

/*
 * The separator that stands most often in the first row outside of quotes.
 * A quote opens after any of the three, as we do not know yet which is it.
 */
static char
detect_separator(const char *at, const char *end)
{
	size_t counts[SEPARATOR_COUNT] = {0};
	size_t best = 0;
	bool starts_field = true, quoted = false;

	while (at < end && ends_line(*at))
		at++;
	for (; at < end && (quoted || !ends_line(*at)); at++) {
		const char *found = memchr(separators, *at, sizeof separators);

		/* A doubled quote closes and reopens, to the same effect. */
		if (*at == '"' && (quoted || starts_field)) {
			quoted = !quoted;
			starts_field = !quoted;
			continue;
		}
		if (found && !quoted)
			counts[found - separators]++;
		starts_field = found && !quoted;
	}
	for (size_t i = 1; i < SEPARATOR_COUNT; i++)
		if (counts[i] > counts[best])
			best = i;
	return separators[best];
}

const char *
csv_fault_text(enum csv_fault fault)
{
	switch (fault) {
	case CSV_FAULT_NONE:
		return "no fault";
	case CSV_FAULT_TEXT_AFTER_QUOTE:
		return "text after a closing quote";
	case CSV_FAULT_OPEN_QUOTE:
		return "a quote that is never closed";
	case CSV_FAULT_FIELD_SIZE:
		return "a field larger than 1 MiB";
	case CSV_FAULT_FIELD_COUNT:
		return "more than 1024 fields";
	}
	return "unknown fault";
}

void
csv_reader_init(struct csv_reader *reader, const char *bytes, size_t size,
	char separator)
{
	assert((unsigned char)separator < 0x80);
	assert(separator != '"' && !ends_line(separator));

	/* Not the tables of fields, which a row fills before it reads them. */
	reader->at = bytes;
	reader->end = size > 0 ? bytes + size : bytes;
	reader->line = 1;
	reader->scratch = NULL;
	reader->scratch_size = 0;
	reader->separator = separator;
	if (separator == '\0')
		reader->separator = detect_separator(bytes, reader->end);
}

void
csv_reader_clear(struct csv_reader *reader)
{
	free(reader->scratch);
	reader->scratch = NULL;
	reader->scratch_size = 0;
	reader->at = reader->end;
}

enum status
csv_next_row(struct csv_reader *reader, struct csv_row *row)
{
	enum status status = STATUS_OK;

	*row = (struct csv_row){0};
	skip_blank_lines(reader);
	if (reader->at == reader->end)
		return STATUS_ABSENT;

	row->line = reader->line;
	read_fields(reader, row);
	if (row->fault != CSV_FAULT_NONE)
		status = STATUS_MALFORMED;
	else
		status = resolve_quotes(reader, row->count);

	if (status == STATUS_OK)
		row->fields = reader->fields;
	else
		row->count = 0; /* nothing of half a row is for use */
	return status;
}
