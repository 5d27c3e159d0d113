#ifndef CLIENT_STORE_PLAIN_COPY_H
#define CLIENT_STORE_PLAIN_COPY_H

#include "client/store/query.h"

/*
 * Records as a plain SQLite file, for who asks with SQL or opens it in a tool
 * of his own. Tables and columns are those of node.db (README.md), without
 * `_ver`: what is shown, and nothing of logs, keys or settings. A table
 * `_territory (number, path)` names the territories.
 */
struct plain_copy_options {
	const struct schema *schema;
	/* Which of its types, and from where. */
	bool (*wanted)(const struct schema_type *type);
	const uint32_t *territories;
	const char *const *paths; /* beside them */
	size_t territory_count;
	bool archived; /* these, too, and marks of what moved */
};

/*
 * Writes a new file at `path`; no transaction may be open. *records counts what
 * is in it. STATUS_FAILED, and no file, when the disk refuses.
 */
MUST_USE enum status plain_copy_write(struct store *store, const char *path,
	const struct plain_copy_options *options, uint64_t *records);

#endif
