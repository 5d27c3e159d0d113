#ifndef CLIENT_EXCHANGE_IMPORT_MEMORY_H
#define CLIENT_EXCHANGE_IMPORT_MEMORY_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/node/node.h"

/*
 * What imports last wrote here, in the node's own table `_import`: one row a
 * record, whose id says source and key (import.h), with the hash of each
 * field's value; of a set, of each element that the source ever named. Only
 * hashes: it tells whether a cell has changed since, and needs no more. It is
 * this node's own, in no log, and not needed: without it the record's history
 * answers.
 *
 *     cells   20 bytes each, ascending: field number (4, big-endian),
 *             BLAKE2b of the canonical value (16)
 */

enum { IMPORT_HASH_SIZE = 16 };

struct import_remembered {
	uint32_t field;
	uint8_t hash[IMPORT_HASH_SIZE];
};

/* Of one record. A zeroed one is empty. */
struct import_memory {
	struct import_remembered *list; /* ascending by field, hash */
	size_t count;
	size_t room;
};

void import_memory_clear(struct import_memory *memory);

void import_hash(uint8_t out[static IMPORT_HASH_SIZE], struct pack_view value);

/* What is remembered of a field that is no set; NULL: nothing. */
const uint8_t *import_memory_of(
	const struct import_memory *memory, uint32_t field);
bool import_memory_has(const struct import_memory *memory, uint32_t field,
	const uint8_t hash[static IMPORT_HASH_SIZE]);
/* Remembers; `only` forgets what else was remembered of the field. */
void import_memory_put(struct import_memory *memory, uint32_t field,
	const uint8_t hash[static IMPORT_HASH_SIZE], bool only);

/* The table, its statements prepared. */
struct import_table {
	sqlite3_stmt *load;
	sqlite3_stmt *save;
};

/* Inside the open transaction, as are the other two. */
MUST_USE bool import_table_open(struct import_table *table, struct node *node);
void import_table_close(struct import_table *table);

/* Replaces what *memory held. Empty when nothing is remembered. */
MUST_USE bool import_table_load(struct import_table *table, uint32_t territory,
	const uint8_t *id, struct import_memory *memory);
MUST_USE bool import_table_save(struct import_table *table, uint32_t territory,
	const uint8_t *id, const struct import_memory *memory);

#endif
