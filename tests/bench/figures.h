#ifndef TESTS_BENCH_FIGURES_H
#define TESTS_BENCH_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What is measured: one row of the table. Smaller is better in every row. */
enum figure_row {
	FIGURE_INSERT,
	FIGURE_INSERT_SEALED,
	FIGURE_INSERT_ONE,
	FIGURE_APPLY_SEALED,
	FIGURE_APPLY_PENDING,
	FIGURE_RECORD_BYTES,
	FIGURE_UPDATES,
	FIGURE_UPDATES_BYTES,
	FIGURE_FILE,
	FIGURE_VISIT_BYTES,
	FIGURE_UPDATE_BYTES,
	FIGURE_ROUND_TRIPS,
	FIGURE_REBUILD,
	FIGURE_HUB_MEMORY,
	FIGURE_ROWS
};

enum { FIGURE_RUNS_MAX = 64 };

struct figure {
	const char *name;
	const char *unit; /* "ratio": to raw SQLite in the same run */
	double target;    /* of the issue */
	/* Two processes, or the disk, take part: CPU time says nothing. */
	bool wall_only;
};

extern const struct figure figures[FIGURE_ROWS];

struct figure_samples {
	double list[FIGURE_RUNS_MAX];
	size_t count;
};

struct figure_table {
	struct figure_samples rows[FIGURE_ROWS];
};

/* The row with that name; FIGURE_ROWS: there is none. */
enum figure_row figure_named(const char *name);

/*
 * From now on figure_now() is this process's CPU time, which other work on the
 * machine hardly moves; rows of which it says nothing are not added to.
 */
void figure_count_cpu(void);

void figure_add(struct figure_table *table, enum figure_row row, double value);

struct figure_summary {
	double median, min, max;
};

/* Of at least one sample. */
struct figure_summary figure_summary(const struct figure_samples *samples);

void figure_print(const struct figure_table *table, FILE *out);
/* {"machine":…,"versions":…,"rows":[…]} in one line. */
void figure_print_json(const struct figure_table *table, FILE *out);

/*
 * Holds the medians against those of a table printed as JSON: whether none is
 * more than twice as large; says on stderr which are. Each row measured has to
 * be in the file.
 */
bool figure_hold(const struct figure_table *table, const char *path);

/* Seconds on a clock that goes forward. */
double figure_now(void);

#endif
