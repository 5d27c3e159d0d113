#ifndef CLIENT_STORE_TABLE_H
#define CLIENT_STORE_TABLE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/change.h"
#include "proto/schema.h"

/*
 * The tables that a schema makes: names and columns, without SQL. A record
 * type is a table named as the type; a scalar field is a column named as the
 * field, a tuple one column a part; a set is a table of its own.
 */

struct column {
	char *name;
	enum schema_form form; /* of a scalar */
	uint32_t refers;       /* FORM_REF */
	uint32_t part;         /* its number in a tuple; 0 for a scalar field */
};

/* A field and where it stands among the columns of its table. */
struct slot {
	const struct schema_field *field;
	const struct column *columns;
	uint32_t first; /* index of the first in the table */
	uint32_t count;
	bool mark; /* the column has what is shown, not the version */
	bool indexed;
};

struct set_table {
	char *name; /* <type>_<field> */
	struct slot slot;
	sqlite3_stmt *insert;
	sqlite3_stmt *remove;
};

/* What is known of a table's greatest id (newest.h). */
struct newest {
	uint64_t epoch; /* the rest is of that one, if it is the store's */
	bool known;
	uint32_t misses;
	uint8_t id[RECORD_ID_MAX];
	size_t id_size;
	sqlite3_stmt *statement;
};

struct table {
	const struct schema_type *type;
	struct slot *slots; /* fields but sets, ascending by number */
	uint32_t slot_count;
	struct column *columns;
	uint32_t column_count;
	struct set_table *sets; /* ascending by number */
	uint32_t set_count;
	/* Statements, prepared at first use (row.c, records.c, kin.c). */
	sqlite3_stmt *load;
	sqlite3_stmt *scan;
	sqlite3_stmt *save;
	sqlite3_stmt *remove;
	sqlite3_stmt **children; /* one a slot */
	sqlite3_stmt *aliases;   /* of type alias */
	sqlite3_stmt *by_id;     /* what query_find.c looks records up by */
	sqlite3_stmt *by_title;
	sqlite3_stmt *by_title_nocase;
	struct newest newest;
};

/* Columns that every such table begins with; those of fields come after. */
enum { COLUMN_ID, COLUMN_TERRITORY, COLUMN_VER, COLUMN_FIRST };

struct tables {
	struct table *list; /* ascending by type */
	size_t count;
};

void tables_init(struct tables *tables, const struct schema *schema);
/* Finalizes statements too. */
void tables_clear(struct tables *tables);

/* NULL for a type that the schema does not have. */
struct table *table_find(const struct tables *tables, uint32_t type);
/* NULL when the field is a set, or none of the table. */
const struct slot *table_slot(const struct table *table, uint32_t field);
struct set_table *table_set(const struct table *table, uint32_t field);

#endif
