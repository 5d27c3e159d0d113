#include "tests/bench/figures.h"

#include <jansson.h>
#include <nng/nng.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "tests/bench/fatal.h"

const struct figure figures[FIGURE_ROWS] = {
	[FIGURE_INSERT] = {"insert, 1,000 a tx, durable", "ratio", 1.35, false},
	[FIGURE_INSERT_SEALED] = {"insert, 1,000 a tx, sealed as it goes",
		"ratio", 1.6, false},
	[FIGURE_INSERT_ONE] = {"insert, 1 a tx", "ratio", 1.05, true},
	[FIGURE_APPLY_SEALED] = {"extract + apply of W, sealed", "ratio", 1.3,
		true},
	[FIGURE_APPLY_PENDING] = {"extract + apply of W, not yet sealed",
		"ratio", 2.0, true},
	[FIGURE_RECORD_BYTES] = {"B/record", "B", 206, false},
	[FIGURE_UPDATES] = {"U both ways", "ratio", 0.6, true},
	[FIGURE_UPDATES_BYTES] = {"U both ways, on the wire", "MB", 2.7, false},
	[FIGURE_FILE] = {"file size", "ratio", 1.52, false},
	[FIGURE_VISIT_BYTES] = {"one change in all: a visit", "B", 480, false},
	[FIGURE_UPDATE_BYTES] = {"one change in all: an update", "B", 320,
		false},
	[FIGURE_ROUND_TRIPS] = {"one change in all: round trips", "", 1, false},
	[FIGURE_REBUILD] = {"rebuild", "ratio", 1.5, false},
	[FIGURE_HUB_MEMORY] = {"memory of a hub that takes W", "MB", 16, true},
};

static clockid_t figure_clock = CLOCK_MONOTONIC;

enum figure_row
figure_named(const char *name)
{
	int row = 0;

	while (row < FIGURE_ROWS && strcmp(figures[row].name, name) != 0)
		row++;
	return (enum figure_row)row;
}

void
figure_count_cpu(void)
{
	figure_clock = CLOCK_PROCESS_CPUTIME_ID;
}

void
figure_add(struct figure_table *table, enum figure_row row, double value)
{
	struct figure_samples *samples = &table->rows[row];

	if (figures[row].wall_only && figure_clock != CLOCK_MONOTONIC)
		return;
	if (samples->count < FIGURE_RUNS_MAX)
		samples->list[samples->count++] = value;
}

static int
ascending(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

struct figure_summary
figure_summary(const struct figure_samples *samples)
{
	struct figure_samples sorted = *samples;
	size_t half = sorted.count / 2;

	qsort(sorted.list, sorted.count, sizeof sorted.list[0], ascending);
	return (struct figure_summary){.median = sorted.count % 2
			? sorted.list[half]
			: (sorted.list[half - 1] + sorted.list[half]) / 2,
		.min = sorted.list[0],
		.max = sorted.list[sorted.count - 1]};
}

void
figure_print(const struct figure_table *table, FILE *out)
{
	(void)fprintf(out, "%-40s %6s %9s %9s %9s %9s\n", "row", "unit",
		"median", "min", "max", "target");
	for (int i = 0; i < FIGURE_ROWS; i++) {
		const struct figure *f = &figures[i];
		struct figure_summary s;

		if (!table->rows[i].count)
			continue;
		s = figure_summary(&table->rows[i]);
		(void)fprintf(out, "%-40s %6s %9.2f %9.2f %9.2f %9.2f%s\n",
			f->name, f->unit, s.median, s.min, s.max, f->target,
			s.median <= f->target * 1.1 ? "" : "  not reached");
	}
}

/* The processor's name as Linux tells it. */
static json_t *
processor(void)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	json_t *found = NULL;
	char line[256];

	while (file && !found && fgets(line, sizeof line, file)) {
		const char *colon = strchr(line, ':');

		line[strcspn(line, "\n")] = '\0';
		if (colon && !strncmp(line, "model name", 10))
			found = json_string(colon + 2);
	}
	if (file)
		(void)fclose(file);
	return found ? found : json_string("unknown");
}

static json_t *
machine(void)
{
	struct utsname name = {0};

	(void)uname(&name); /* empty text at worst */
	return json_pack("{s:o, s:i, s:s, s:s}", "processor", processor(),
		"cores", (int)sysconf(_SC_NPROCESSORS_ONLN), "system",
		name.sysname, "release", name.release);
}

static json_t *
versions(void)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "sqlite3",
		sqlite3_libversion(), "libsodium", sodium_version_string(),
		"zstd", ZSTD_versionString(), "nng", nng_version());
}

void
figure_print_json(const struct figure_table *table, FILE *out)
{
	json_t *rows = json_array();
	json_t *all;

	for (int i = 0; i < FIGURE_ROWS; i++) {
		const struct figure *f = &figures[i];
		struct figure_summary s;

		if (!table->rows[i].count)
			continue;
		s = figure_summary(&table->rows[i]);
		(void)json_array_append_new(rows,
			json_pack("{s:s, s:s, s:f, s:f, s:f, s:f}", "name",
				f->name, "unit", f->unit, "median", s.median,
				"min", s.min, "max", s.max, "target",
				f->target));
	}
	all = json_pack("{s:o, s:o, s:o}", "machine", machine(), "versions",
		versions(), "rows", rows);
	if (!all || json_dumpf(all, out, JSON_REAL_PRECISION(4)) != 0)
		fatal("the table is not written");
	(void)fputc('\n', out);
	json_decref(all);
}

/* The median that the file has of a row; 0 when it has none. */
static double
held(const json_t *file, const char *name)
{
	const json_t *rows = json_object_get(file, "rows"), *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *its =
			json_string_value(json_object_get(row, "name"));

		if (its && !strcmp(its, name))
			return json_number_value(
				json_object_get(row, "median"));
	}
	return 0;
}

bool
figure_hold(const struct figure_table *table, const char *path)
{
	json_error_t error;
	json_t *file = json_load_file(path, 0, &error);
	bool good = true;

	if (!file)
		fatal("%s: %s", path, error.text);
	for (int i = 0; i < FIGURE_ROWS; i++) {
		struct figure_summary s;
		double before;

		if (!table->rows[i].count)
			continue;
		s = figure_summary(&table->rows[i]);
		before = held(file, figures[i].name);
		if (s.median <= before * 2)
			continue;
		(void)fprintf(stderr, "%s: %.2f, and %.2f in %s\n",
			figures[i].name, s.median, before, path);
		good = false;
	}
	json_decref(file);
	return good;
}

double
figure_now(void)
{
	struct timespec time = {0};

	(void)clock_gettime(figure_clock, &time); /* both exist */
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}
