#ifndef CLIENT_STORE_SCHEMA_SQL_H
#define CLIENT_STORE_SCHEMA_SQL_H

#include "client/store/store_inside.h"

/* The database's layout and the schema's tables. All within a transaction. */

enum { STORE_LAYOUT = 1, STORE_APPLICATION = 0x52424b31 /* "RBK1" */ };

/* The tables that no schema changes: logs, segments, settings. */
MUST_USE enum status schema_sql_create_own(struct store_sqlite *s);

/* Those of them that came later, where they are missing. */
MUST_USE enum status schema_sql_add_own(struct store_sqlite *s);

/*
 * Drops every table that a schema made and makes those of this one; empties
 * what logs count as applied.
 */
MUST_USE enum status schema_sql_create(struct store_sqlite *s);

/* Empties those tables, and what logs count as applied. */
MUST_USE enum status schema_sql_empty(struct store_sqlite *s);

/*
 * Makes the indexes that lists and lookups by name go by, where they are not
 * there yet: a folder of an earlier program gets them when it is opened.
 */
MUST_USE enum status schema_sql_lookups(struct store_sqlite *s);

enum { FINGERPRINT_BYTES = 32 };

/* Of all in a schema that decides tables or what they hold. */
void schema_sql_fingerprint(
	const struct schema *schema, uint8_t out[static FINGERPRINT_BYTES]);

/* Adds `, name` for each column of a slot; `before` stands before a name. */
void schema_sql_columns(
	sqlite3_str *sql, const struct slot *slot, const char *before);

#endif
