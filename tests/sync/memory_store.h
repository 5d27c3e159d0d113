#ifndef TESTS_SYNC_MEMORY_STORE_H
#define TESTS_SYNC_MEMORY_STORE_H

#include "sync/store.h"

/*
 * A store (sync/store.h) in plain lists, for tests of what stands on it. It
 * knows no transactions: begin and commit do nothing, rollback aborts.
 */
struct store *memory_store_new(const struct schema *schema);
void memory_store_free(struct store *store);

/* How many records were loaded and saved since it was made. */
void memory_store_traffic(
	const struct store *store, uint64_t *loads, uint64_t *saves);

/* The entries of the inbox, over all records, as they were saved. */
uint32_t memory_store_conflicts(const struct store *store);

#endif
