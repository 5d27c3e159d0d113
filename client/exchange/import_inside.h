#ifndef CLIENT_EXCHANGE_IMPORT_INSIDE_H
#define CLIENT_EXCHANGE_IMPORT_INSIDE_H

#include "client/exchange/csv.h"
#include "client/exchange/import.h"
#include "client/exchange/import_memory.h"
#include "sync/alloc.h"

/* What the files of an import share. For import*.c only. */

/* ---- columns (import_columns.c) ---- */

struct import_column {
	char *header;
	const struct schema_field *field; /* NULL: it goes nowhere */
	const struct schema_part *part;   /* of that field, or NULL */
};

struct import_columns {
	struct import_column *list;
	size_t count;
	size_t key; /* its index; `count` without one */
};

/* Finds out where each column goes, from the row of headers. */
bool import_columns_init(struct import_columns *columns,
	const struct import_options *options, const struct csv_row *headers,
	struct problem *problem);
void import_columns_clear(struct import_columns *columns);

/* A business type: not the directory's, not aliases. */
bool import_is_business(const struct schema_type *type);

/* ---- cells (import_cells.c) ---- */

/* A value that the row has for a field; of a set, one element. */
struct import_value {
	const struct schema_field *field;
	struct pack_view value;
};

/* A business record that the row refers to. */
struct import_reference {
	uint32_t type;
	uint8_t id[ID_BYTES];
};

/*
 * Which record a text named, of the rows so far: to find it by its name again
 * for each of its visits would be a fifth of an import. Only where no row of
 * the import can change what a name means, so not for references to the
 * imported type. A zeroed one is empty.
 */
struct import_known {
	struct known *list;
};

void import_known_clear(struct import_known *known);
bool import_known_get(const struct import_known *known, uint32_t type,
	const char *text, uint8_t id[static ID_BYTES]);
void import_known_put(struct import_known *known, uint32_t type,
	const char *text, const uint8_t id[static ID_BYTES]);

struct import_cells {
	struct import_value *values;
	size_t value_count;
	struct import_reference *references;
	size_t reference_count;
};

/*
 * Reads a row's cells, into the arena. `known` NULL: nothing is known. False:
 * *problem says which cell and why; EXIT_NOT_FOUND when it is for a record that
 * is not here.
 */
bool import_cells_read(struct node *node, const struct import_columns *columns,
	const struct csv_row *row, struct import_known *known,
	struct arena *arena, struct import_cells *cells,
	struct problem *problem);

/* Whether there is nothing but blanks. */
bool import_is_blank(const struct csv_field *cell);

/* ---- what to write of a row (import_decide.c) ---- */

struct import_decision {
	struct edit_operation *operations; /* in the arena */
	size_t operation_count;
	bool remember; /* the memory has changed */
};

typedef void import_skip_cb(void *self, const struct schema_field *field);

/*
 * Decides what is to be written of the values: all of a new record (`record`
 * NULL), else what the rule in import.h asks for. `memory` is NULL where there
 * is no key, so that every record is new. False: the disk refuses.
 */
bool import_decide(struct territory *territory, struct store *store,
	const struct record *record, const struct shown *shown,
	const struct import_value *values, size_t count,
	struct import_memory *memory, struct arena *arena, import_skip_cb *skip,
	void *self, struct import_decision *decision);

#endif
