/*
 * Writing CSV, a row at a time: UTF-8 as given, lines ended by CRLF, quotes
 * only around what would not read back without them. Whatever is written in
 * this way, client/exchange/csv.h reads back byte for byte.
 *
 * Spreadsheets run a cell that begins with = + - or @ as a formula, and a
 * customer's name may come from anyone. With `for_spreadsheet` such a field,
 * and one that begins with TAB or CR, gets an apostrophe in front; a negative
 * number such as -12.50 stays as it is, so that a column still adds up. A file
 * written so does NOT read back byte for byte. It is for people to look at,
 * and the option is therefore off unless asked for.
 *
 * Memory is written to through open_memstream(3). Nothing is flushed here: who
 * opened the file finds out on closing it whether all of it arrived.
 */
#ifndef CLIENT_EXCHANGE_CSV_WRITE_H
#define CLIENT_EXCHANGE_CSV_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "client/exchange/csv.h"

struct csv_write_options {
	char separator; /* as for csv_reader_init(); 0 is a comma */
	bool for_spreadsheet;
};

/*
 * Appends one row of `count` fields, 1 to CSV_ROW_FIELDS_MAX, to `file`, which
 * is open in binary. `options` may be NULL for comma and no guard. A reader
 * finds out comma, semicolon and tab by itself if the first row has more than
 * one field; any other separator it must be told.
 *
 * STATUS_OK       handed to stdio.
 * STATUS_REFUSED  a field over CSV_FIELD_MAX, which would not read back;
 *                 nothing is written.
 * STATUS_FAILED   the file did not take it; errno is set.
 */
MUST_USE enum status csv_write_row(FILE *file, const struct csv_field *fields,
	size_t count, const struct csv_write_options *options);

#endif
