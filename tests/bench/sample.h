#ifndef TESTS_BENCH_SAMPLE_H
#define TESTS_BENCH_SAMPLE_H

#include <stdbool.h>

/*
 * What is measured goes out as it comes, a line of JSON a sample:
 *
 *     {"name": "B/record", "encrypted": false, "value": 195.4}
 *
 * rows.json tells which names there are; who gathers the lines (table.py)
 * refuses others.
 */
void sample_add(const char *name, bool encrypted, double value);

/*
 * From now on sample_now() is this process's CPU time, which other work on the
 * machine hardly moves.
 */
void sample_count_cpu(void);

/* Seconds on a clock that goes forward. */
double sample_now(void);

/* Seconds of CPU that this process has used, all threads. */
double sample_cpu(void);

#endif
