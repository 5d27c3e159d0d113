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

struct raw *raw_open(const char *path);
void raw_close(struct raw *raw);

/* All its records, `each` in a transaction. */
void raw_insert(struct raw *raw, const struct workload *work, uint32_t each);
/* All updates of a node, `each` in a transaction. */
void raw_update(
	struct raw *raw, const struct workload *work, int node, uint32_t each);
uint64_t raw_count(struct raw *raw);

#endif
