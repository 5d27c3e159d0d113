#include "client/exchange/csv_write.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A minus, digits, and at most one point with digits after it. */
static bool
is_negative_number(const struct csv_field *field)
{
	const char *at = field->bytes + 1, *end = field->bytes + field->size;
	bool point = false;

	if (field->size < 2 || field->bytes[0] != '-')
		return false;
	for (; at < end; at++) {
		bool within = is_digit(at[-1]) && at + 1 < end;

		if (*at == '.' && within && !point)
			point = true;
		else if (!is_digit(*at))
			return false;
	}
	return true;
}

static bool
runs_in_a_spreadsheet(const struct csv_field *field)
{
	static const char leads[] = {'=', '+', '-', '@', '\t', '\r'};

	return field->size > 0 &&
		memchr(leads, field->bytes[0], sizeof leads) != NULL &&
		!is_negative_number(field);
}

static bool
has_any_of(const struct csv_field *field, const char *set, size_t set_size)
{
	for (size_t i = 0; i < field->size; i++)
		if (memchr(set, field->bytes[i], set_size))
			return true;
	return false;
}

static bool
needs_quotes(const struct csv_field *field, char separator)
{
	/* All that a reader may take for the separator, not only our own. */
	const char set[] = {separator, ',', ';', '\t', '"', '\r', '\n'};
	static const char mark[] = {'\xef', '\xbb', '\xbf'};

	if (field->size == 0)
		return false;
	/* Opening a file, it would be taken for the file's and dropped. */
	if (field->size >= sizeof mark &&
		memcmp(field->bytes, mark, sizeof mark) == 0)
		return true;
	/* RFC 4180 keeps outer spaces, but many a program strips them. */
	return field->bytes[0] == ' ' || field->bytes[field->size - 1] == ' ' ||
		has_any_of(field, set, sizeof set);
}

/* As fwrite() and putc(), but 0 for success, so that calls chain with ||. */
static int
put(FILE *file, const char *bytes, size_t size)
{
	return size > 0 && fwrite(bytes, 1, size, file) != size;
}

static int
put_quoted(FILE *file, const char *bytes, size_t size)
{
	const char *quote;

	while (size > 0 && (quote = memchr(bytes, '"', size)) != NULL) {
		size_t taken = (size_t)(quote - bytes) + 1;

		if (put(file, bytes, taken) || putc('"', file) == EOF)
			return -1;
		bytes += taken;
		size -= taken;
	}
	return put(file, bytes, size);
}

static int
put_field(FILE *file, const struct csv_field *field, bool quoted, bool guarded)
{
	if (quoted && putc('"', file) == EOF)
		return -1;
	if (guarded && putc('\'', file) == EOF)
		return -1;
	if (!quoted)
		return put(file, field->bytes, field->size);
	return put_quoted(file, field->bytes, field->size) ||
		putc('"', file) == EOF;
}

enum status
csv_write_row(FILE *file, const struct csv_field *fields, size_t count,
	const struct csv_write_options *options)
{
	char separator = ',';
	bool for_spreadsheet = options && options->for_spreadsheet;

	if (options && options->separator != '\0')
		separator = options->separator;
	assert(count >= 1 && count <= CSV_ROW_FIELDS_MAX);
	assert((unsigned char)separator < 0x80);
	assert(!strchr("\"'\r\n", separator));
	for (size_t i = 0; i < count; i++)
		if (fields[i].size > CSV_FIELD_MAX)
			return STATUS_REFUSED;

	for (size_t i = 0; i < count; i++) {
		bool guarded =
			for_spreadsheet && runs_in_a_spreadsheet(&fields[i]);
		/* A row of one empty field would be a blank line. */
		bool quoted = needs_quotes(&fields[i], separator) ||
			(count == 1 && fields[i].size == 0);

		if ((i > 0 && putc(separator, file) == EOF) ||
			put_field(file, &fields[i], quoted, guarded))
			return STATUS_FAILED;
	}
	return put(file, "\r\n", 2) ? STATUS_FAILED : STATUS_OK;
}
