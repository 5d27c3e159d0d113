#ifndef TESTS_BENCH_RAW_H
#define TESTS_BENCH_RAW_H

#include <stdint.h>

#include "tests/bench/workload.h"

/*
 * What one would write by hand: the same tables, columns and secondary indexes
 * in plain SQLite, rowid tables with `id BLOB PRIMARY KEY`, SQLite's default
 * page and cache, WAL, synchronous=FULL as ours, prepared statements. The
 * measure of everything else. Whatever fails ends the program with a line.
 */
struct raw;
struct sqlite3;

/* A connection with no tables yet: sqlite3_close() it. */
struct sqlite3 *raw_connect(const char *path);

struct raw *raw_open(const char *path);
void raw_close(struct raw *raw);

/* Its connection, for what SQLite can do beside. */
struct sqlite3 *raw_handle(struct raw *raw);

/* Called at the end of each transaction, inside of it. */
void raw_before_commit(struct raw *raw, void (*cb)(void *self), void *self);

/* All its records, `each` in a transaction. */
void raw_insert(struct raw *raw, const struct workload *work, uint32_t each);
/* All updates of a node, `each` in a transaction. */
void raw_update(
	struct raw *raw, const struct workload *work, int node, uint32_t each);
uint64_t raw_count(struct raw *raw);

#endif
