#ifndef CLIENT_EXCHANGE_EXPORT_H
#define CLIENT_EXCHANGE_EXPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "client/node/node.h"

/*
 * Exporting the records of one type, oldest first.
 *
 * CSV: UTF-8. The first row has `id`, `territory` and the names of the fields;
 * of an immutable record those of its parts. Codes are shown by their labels,
 * sets with `|` between (client/exchange/cell.h), tuples as their text
 * (client/exchange/value_text.h), references as ids. An import reads all of it
 * back to the same values, `id` and `territory` left out. Marks are no columns
 * but for `archived`, when archived records are asked for.
 *
 * For a spreadsheet there is a byte order mark in front, cells that would run
 * as formulas are guarded (client/exchange/csv_write.h), and references go by
 * their names: that is for people, and does not read back.
 *
 * JSON: an array of records as `list --json` shows them.
 */
struct export_options {
	const struct schema_type *type;
	bool json;
	bool archived;            /* these, too */
	bool spreadsheet;         /* CSV only */
	const uint8_t *territory; /* an id; NULL: all that are readable */
};

/* False: the disk refuses, or `out` does. */
bool export_records(struct node *node, const struct export_options *options,
	FILE *out, struct problem *problem);

/*
 * The records of all types that people write as a plain SQLite file
 * (client/store/plain_copy.h), new at `path`: whole, or not there. Type and
 * format of the options do not count. EXIT_AMBIGUOUS: there is a file already.
 */
bool export_sqlite(struct node *node, const struct export_options *options,
	const char *path, uint64_t *records, struct problem *problem);

#endif
