/*
 * Reading CSV the way people's files are, a row at a time, out of a whole file
 * in UTF-8 (client/exchange/text_encoding.h makes it so). RFC 4180, and:
 *
 *     rows end in LF, CRLF or CR; the last one need not end at all
 *     blank lines are skipped; a line of separators only is a row
 *     a quote counts as one only where a field begins: 5" pipe is plain text
 *     line ends inside of quotes are kept as they stand in the file
 *     spaces are part of their field
 *     comma, semicolon or tab, whichever the first row has most of
 *
 * A row that breaks the rules is reported with its line and costs no other
 * row: the reader goes on after it. Only a quote that is never closed takes
 * the rest of the file with it.
 */
#ifndef CLIENT_EXCHANGE_CSV_H
#define CLIENT_EXCHANGE_CSV_H

#include <stddef.h>

#include "proto/status.h"

#define CSV_FIELD_MAX ((size_t)1 << 20) /* bytes, quotes resolved */
#define CSV_ROW_FIELDS_MAX 1024

enum csv_fault {
	CSV_FAULT_NONE,
	CSV_FAULT_TEXT_AFTER_QUOTE, /* "like" this */
	CSV_FAULT_OPEN_QUOTE,       /* "like this, to the end of the file */
	CSV_FAULT_FIELD_SIZE,       /* over CSV_FIELD_MAX */
	CSV_FAULT_FIELD_COUNT,      /* over CSV_ROW_FIELDS_MAX */
};

/* Not followed by a NUL. */
struct csv_field {
	const char *bytes;
	size_t size;
};

struct csv_row {
	const struct csv_field *fields; /* the reader's */
	size_t count;                   /* at least 1; 0 unless STATUS_OK */
	size_t line;                    /* where the row starts, from 1 */
	enum csv_fault fault;
	size_t fault_line; /* where to look; an open quote's own line */
};

/*
 * Make with csv_reader_init(), end with csv_reader_clear(); the members are
 * the reader's own, but for `separator`, which may be read.
 */
struct csv_reader {
	char separator;
	const char *at, *end;
	size_t line; /* that `at` stands on */
	struct csv_field fields[CSV_ROW_FIELDS_MAX];
	size_t doubled[CSV_ROW_FIELDS_MAX]; /* quotes to resolve, a field */
	char *scratch;
	size_t scratch_size;
};

/* A short English phrase for messages, never NULL. */
const char *csv_fault_text(enum csv_fault fault);

/*
 * Gets ready to read the `size` bytes at `bytes`, which the caller keeps until
 * csv_reader_clear(). `separator` is 0 to find out, or any ASCII character
 * but quotes, CR and LF; anything else is a bug in the caller.
 */
void csv_reader_init(struct csv_reader *reader, const char *bytes, size_t size,
	char separator);

/* Frees what the reader holds; it may be cleared or initialized again. */
void csv_reader_clear(struct csv_reader *reader);

/*
 * Reads the next row. Its fields lead into the file or into the reader and are
 * good until the next call on the reader.
 *
 * STATUS_OK         *row is the row.
 * STATUS_ABSENT     there are no more rows.
 * STATUS_MALFORMED  *row tells the lines and the fault; the next call goes on
 *                   with the row after it.
 * STATUS_FAILED     no memory to resolve doubled quotes in.
 */
MUST_USE enum status csv_next_row(
	struct csv_reader *reader, struct csv_row *row);

#endif
