#ifndef CLIENT_EXCHANGE_IMPORT_H
#define CLIENT_EXCHANGE_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/exchange/text_encoding.h"
#include "client/node/node.h"

/*
 * Importing a CSV file into records of one type.
 *
 * A column goes in by a mapping, or when its header is exactly a field's
 * name; the rest is left out and named in the report. The parts of an
 * immutable record are fields here; a part of a tuple is FIELD.PART. Sets are
 * split at `|` (client/exchange/cell.h). An empty cell says nothing: an
 * import never clears and never removes.
 *
 * Without a key column every row is a new record. With one, a row is the
 * record with the id
 *
 *     id_derive("roadbook/import/1",
 *         territory id ‖ type number (4 bytes, big-endian) ‖ "SOURCE:KEY")
 *
 * so that two people who import one file offline make the same records, and
 * "SOURCE:KEY" is among its `external_ids` if its type has them. Such a row
 * writes only what differs from what this source last wrote (the node
 * remembers that: client/exchange/import_memory.h). For a cell that does
 * differ, or when nothing is remembered, since the record came by sync:
 *
 *     it is shown already                       nothing to write
 *     what is shown is what the source wrote    written
 *     it was written before, and since the
 *     source's last word, if that is known      left: somebody changed it
 *     anything else                             written
 *
 * so an edit that a person made over what the file says stays, whoever
 * imported the file, until the file says something new. Elements of sets: one
 * that was ever in the set is not put back.
 *
 * Left alone and reported as skipped: fields that are undecided (MERGE W7),
 * and write-once fields that show another value.
 *
 * Rows are written IMPORT_BATCH_ROWS at a time, each batch as one change, and
 * some batches are one commit together with what is remembered of them:
 * whenever the process dies, another import with the same key does the rest.
 */
enum { IMPORT_BATCH_ROWS = 1000, IMPORT_BATCH_SIZE = 256 * 1024 };

struct import_map {
	const char *column; /* its header */
	const char *field;
};

struct import_options {
	const struct schema_type *type;
	const uint8_t *bytes; /* the file */
	size_t size;
	enum text_encoding encoding; /* or TEXT_ENCODING_DETECT */
	const struct import_map *maps;
	size_t map_count;
	const char *key;    /* a column's header, or NULL */
	const char *source; /* with a key */
	/* Of records that refer to none; NULL: node_choose_territory(). */
	const uint8_t *territory;
	bool dry_run; /* does it all and undoes it */
	/* Called every now and then; may be NULL. */
	void (*progress)(void *self, size_t done, size_t total);
	void *progress_self;
};

struct import_rejected {
	size_t line;
	char *reason; /* in the language of the command */
};

struct import_skipped {
	size_t line;
	const struct schema_field *field;
};

/* rows = added + updated + unchanged + rejected. */
struct import_report {
	size_t rows;
	size_t added;
	size_t updated;
	size_t unchanged;
	struct import_rejected *rejected; /* by line */
	size_t rejected_count;
	struct import_skipped *skipped; /* cells, by line */
	size_t skipped_count;
	char **left_out; /* headers of columns that went nowhere */
	size_t left_out_count;
	enum text_encoding encoding; /* of the file */
};

/*
 * Fills in *report, which is to be cleared in any case. False: *problem says
 * why the file could not be imported at all (EXIT_USAGE for an unknown column
 * or field), or what stopped it; what was committed before stays.
 */
bool import_csv(struct node *node, const struct import_options *options,
	struct import_report *report, struct problem *problem);

void import_report_clear(struct import_report *report);

#endif
