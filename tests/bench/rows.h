#ifndef TESTS_BENCH_ROWS_H
#define TESTS_BENCH_ROWS_H

#include <stddef.h>

/*
 * What one would write by hand to take the rows of CSV files into SQLite: a
 * table a file, named like the file (rows of `visit.csv` go into `visit`), with
 * `id BLOB PRIMARY KEY`, a column each, all of them text but `account_id`, an
 * id with an index on it. The files are parsed and the ids made before the time
 * is taken; `each` rows go in with a transaction.
 *
 * Adds a sample "raw insert of TABLE", in seconds, for each file (sample.h).
 */
void rows_insert(
	const char *database, size_t each, char *const *files, int count);

#endif
