/*
 * How fast Roadbook is, as ratios to raw SQLite measured in the same run.
 * README.md beside this tells of the rows.
 */

#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "sync/alloc.h"
#include "tests/bench/company.h"
#include "tests/bench/fatal.h"
#include "tests/bench/figures.h"
#include "tests/bench/line.h"
#include "tests/bench/raw.h"

enum {
	RUNS = 5,
	ONES = 2000, /* records of one-record transactions */
	EACH = 1000, /* records of the other transactions */
};

struct bench {
	struct workload *work;
	struct workload *ones; /* other records */
	char dir[COMPANY_PATH];
	struct figure_table table;
	enum figure_row only; /* FIGURE_ROWS: all */
	/* Of raw SQLite, in this run: seconds, bytes. */
	double raw_insert, raw_once, raw_ones, raw_updates, raw_file;
};

static int
remove_one(const char *path, const struct stat *s, int kind, struct FTW *walk)
{
	(void)s;
	(void)kind;
	(void)walk;
	return remove(path);
}

static void
remove_all(const char *dir)
{
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static double
file_size(const char *dir, const char *name)
{
	char *path = folder_file(dir, name);
	struct stat s;

	if (stat(path, &s) != 0)
		fatal("%s: %s", path, strerror(errno));
	free(path);
	return (double)s.st_size;
}

/* ---- raw SQLite ---- */

static struct raw *
raw_at(const struct bench *b, const char *name)
{
	char *path = folder_file(b->dir, name);
	struct raw *raw = raw_open(path);

	free(path);
	return raw;
}

static void
measure_raw(struct bench *b)
{
	struct raw *raw = raw_at(b, "raw.db");
	double start = figure_now();

	raw_insert(raw, b->work, EACH);
	b->raw_insert = figure_now() - start;
	raw_close(raw);
	b->raw_file = file_size(b->dir, "raw.db");

	raw = raw_at(b, "once.db");
	start = figure_now();
	raw_insert(raw, b->work, b->work->count);
	b->raw_once = figure_now() - start;
	start = figure_now();
	for (int i = 0; i < WORK_NODES; i++)
		raw_update(raw, b->work, i, EACH);
	b->raw_updates = figure_now() - start;
	raw_close(raw);

	raw = raw_at(b, "ones.db");
	start = figure_now();
	raw_insert(raw, b->ones, 1);
	b->raw_ones = figure_now() - start;
	raw_close(raw);
}

/* ---- ours ---- */

/* A company in its own folder under the run's. */
static char *
new_company(const struct bench *b, const char *name)
{
	char *dir = folder_file(b->dir, name);
	struct problem problem = {0};

	need(folder_make(dir, &problem), &problem);
	company_make(dir);
	return dir;
}

static double
timed_sync(struct node *node, const char *url, struct peer_result *result)
{
	double start = figure_now();

	company_sync(node, url, result);
	return figure_now() - start;
}

/* One change more: how much of it goes over the line. */
static void
measure_one(struct bench *b, struct node *rep, const struct other *hub,
	enum figure_row row, const struct workload *change)
{
	struct peer_result *result = alloc(sizeof *result);
	struct line *line = line_new(hub->url);

	if (change->update_count)
		company_update(rep, change, 0, 1);
	else
		company_insert(rep, change, 1, false);
	company_sync(rep, line_url(line), result);
	figure_add(&b->table, row, (double)line_end(line));
	figure_add(&b->table, FIGURE_ROUND_TRIPS, result->report.round_trips);
	free(result);
}

/* A workload of one record, or one update, beside those that W has. */
static void
measure_one_changes(struct bench *b, struct node *rep, const struct other *hub)
{
	const struct workload *w = b->work;
	struct work_record visit = w->records[w->count - 1];
	struct workload one = {.records = &visit, .count = 1};

	memcpy(visit.id, b->ones->records[ONES - 1].id, ID_BYTES);
	measure_one(b, rep, hub, FIGURE_VISIT_BYTES, &one);
	one = *w;
	one.update_count = 1;
	measure_one(b, rep, hub, FIGURE_UPDATE_BYTES, &one);
}

/* Written, synced to the hub while it still waits to be sealed. */
static void
measure_pending(struct bench *b)
{
	struct peer_result *result = alloc(sizeof *result);
	char *dir = new_company(b, "pending"), *folder;
	struct node *rep = company_open(dir, "rep1");
	double start = figure_now();
	struct other hub;

	company_insert(rep, b->work, EACH, false);
	figure_add(&b->table, FIGURE_INSERT,
		(figure_now() - start) / b->raw_insert);
	other_start(&hub, dir, "hub", 0);
	figure_add(&b->table, FIGURE_APPLY_PENDING,
		timed_sync(rep, hub.url, result) / b->raw_once);
	figure_add(&b->table, FIGURE_RECORD_BYTES,
		(double)(result->report.sent.bytes +
			result->report.received.bytes) /
			b->work->count);
	measure_one_changes(b, rep, &hub);
	other_stop(&hub);
	figure_add(&b->table, FIGURE_HUB_MEMORY,
		(double)hub.memory_max / (1 << 20));
	folder = folder_file(dir, "hub");
	figure_add(&b->table, FIGURE_FILE,
		file_size(folder, "node.db") / b->raw_file);
	node_close(rep);
	remove_all(dir);
	free(folder);
	free(dir);
	free(result);
}

/* The updates of two nodes that have W, written on both, exchanged. */
static void
measure_updates(struct bench *b, const char *dir, struct node *rep)
{
	struct peer_result *result = alloc(sizeof *result);
	struct other colleague;

	other_start(&colleague, dir, "rep2", b->work->count);
	company_sync(rep, colleague.url, result); /* it has W from the hub */
	company_update(rep, b->work, 0, EACH);
	other_update(&colleague, 1);
	figure_add(&b->table, FIGURE_UPDATES,
		timed_sync(rep, colleague.url, result) / b->raw_updates);
	figure_add(&b->table, FIGURE_UPDATES_BYTES,
		(double)(result->report.sent.bytes +
			result->report.received.bytes) /
			1e6);
	other_stop(&colleague);
	free(result);
}

static void
measure_rebuild(struct bench *b, struct node *node)
{
	struct problem problem = {0};
	double start = figure_now();

	need(node_rebuild(node, &problem), &problem);
	figure_add(&b->table, FIGURE_REBUILD,
		(figure_now() - start) / b->raw_once);
}

/* Written and sealed as it goes, then synced to the hub and to a colleague. */
static void
measure_sealed(struct bench *b)
{
	struct peer_result *result = alloc(sizeof *result);
	char *dir = new_company(b, "sealed");
	struct node *rep = company_open(dir, "rep1"), *second;
	double start = figure_now();
	struct other hub;

	company_insert(rep, b->work, EACH, true);
	figure_add(&b->table, FIGURE_INSERT_SEALED,
		(figure_now() - start) / b->raw_insert);
	other_start(&hub, dir, "hub", 0);
	figure_add(&b->table, FIGURE_APPLY_SEALED,
		timed_sync(rep, hub.url, result) / b->raw_once);
	second = company_open(dir, "rep2");
	company_sync(second, hub.url, result);
	measure_rebuild(b, second);
	node_close(second);
	other_stop(&hub);
	measure_updates(b, dir, rep);
	node_close(rep);
	remove_all(dir);
	free(dir);
	free(result);
}

static void
measure_ones(struct bench *b)
{
	char *dir = new_company(b, "ones");
	struct node *rep = company_open(dir, "rep1");
	double start = figure_now();

	company_insert(rep, b->ones, 1, false);
	figure_add(&b->table, FIGURE_INSERT_ONE,
		(figure_now() - start) / b->raw_ones);
	node_close(rep);
	remove_all(dir);
	free(dir);
}

/* The rows that come from the same work. */
static bool
wanted(const struct bench *b, const enum figure_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (b->only == FIGURE_ROWS || b->only == rows[i])
			return true;
	return false;
}

static void
measure(struct bench *b, const char *under)
{
	static const enum figure_row pending[] = {FIGURE_INSERT,
		FIGURE_APPLY_PENDING, FIGURE_RECORD_BYTES, FIGURE_FILE,
		FIGURE_VISIT_BYTES, FIGURE_UPDATE_BYTES, FIGURE_ROUND_TRIPS,
		FIGURE_HUB_MEMORY};
	static const enum figure_row sealed[] = {FIGURE_INSERT_SEALED,
		FIGURE_APPLY_SEALED, FIGURE_UPDATES, FIGURE_UPDATES_BYTES,
		FIGURE_REBUILD};
	static const enum figure_row ones[] = {FIGURE_INSERT_ONE};

	(void)snprintf(
		b->dir, sizeof b->dir, "%s/roadbook-bench.XXXXXX", under);
	if (!mkdtemp(b->dir))
		fatal("%s: %s", b->dir, strerror(errno));
	measure_raw(b);
	if (wanted(b, pending, sizeof pending / sizeof pending[0]))
		measure_pending(b);
	if (wanted(b, sealed, sizeof sealed / sizeof sealed[0]))
		measure_sealed(b);
	if (wanted(b, ones, 1))
		measure_ones(b);
	remove_all(b->dir);
}

/* ---- the command ---- */

struct choice {
	uint32_t records;
	int runs;
	bool json;
	enum figure_row only; /* FIGURE_ROWS: all */
	const char *baseline; /* or NULL */
};

static _Noreturn void
usage(const char *problem, const char *with)
{
	(void)fprintf(stderr,
		"bench: %s%s\n"
		"usage: tools/bench [--scale 10k|100k|1m] [--runs N] [--json]\n"
		"                   [--only ROW|smoke] [--baseline FILE]\n"
		"                   [--encrypted]\n"
		"rows:\n",
		problem, with);
	for (int i = 0; i < FIGURE_ROWS; i++)
		(void)fprintf(stderr, "  %s\n", figures[i].name);
	exit(2);
}

static uint32_t
scale_of(const char *text)
{
	static const struct {
		const char *name;
		uint32_t records;
	} scales[] = {{"10k", 10000}, {"100k", 100000}, {"1m", 1000000}};

	for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++)
		if (!strcmp(text, scales[i].name))
			return scales[i].records;
	usage("no such scale: ", text);
}

/* In seconds, and hardly moved by what else the machine does. */
static void
choose_smoke(struct choice *choice)
{
	choice->records = 10000;
	choice->runs = 3;
	figure_count_cpu();
}

static void
choose(struct choice *choice, int option, const char *value)
{
	switch (option) {
	case 's':
		choice->records = scale_of(value);
		break;
	case 'r':
		choice->runs = atoi(value);
		if (choice->runs < 1 || choice->runs > FIGURE_RUNS_MAX)
			usage("no such number of runs: ", value);
		break;
	case 'o':
		if (!strcmp(value, "smoke")) {
			choose_smoke(choice);
			break;
		}
		choice->only = figure_named(value);
		if (choice->only == FIGURE_ROWS)
			usage("no such row: ", value);
		break;
	case 'b':
		choice->baseline = value;
		break;
	case 'e':
		company_encrypt();
		break;
	case 'j':
		choice->json = true;
		break;
	default:
		usage("unknown option", "");
	}
}

static bool
run(struct bench *b, const struct choice *choice)
{
	const char *under = getenv("TMPDIR");
	bool good;

	b->only = choice->only;
	b->work = workload_new(choice->records, 0);
	b->ones = workload_new(ONES, 1);
	for (int i = 0; i < choice->runs; i++) {
		(void)fprintf(stderr, "run %d of %d\n", i + 1, choice->runs);
		measure(b, under ? under : "/tmp");
	}
	for (int i = 0; choice->only < FIGURE_ROWS && i < FIGURE_ROWS; i++)
		if (i != (int)choice->only)
			b->table.rows[i].count = 0;
	if (choice->json)
		figure_print_json(&b->table, stdout);
	else
		figure_print(&b->table, stdout);
	good = !choice->baseline || figure_hold(&b->table, choice->baseline);
	workload_free(b->work);
	workload_free(b->ones);
	return good;
}

int
main(int count, char **words)
{
	static const struct option options[] = {
		{"scale", required_argument, NULL, 's'},
		{"runs", required_argument, NULL, 'r'},
		{"only", required_argument, NULL, 'o'},
		{"baseline", required_argument, NULL, 'b'},
		{"encrypted", no_argument, NULL, 'e'},
		{"json", no_argument, NULL, 'j'}, {0}};
	struct choice choice = {
		.records = 100000, .runs = RUNS, .only = FIGURE_ROWS};
	struct bench bench = {0};
	int option;

	if (sodium_init() < 0)
		fatal("no random numbers");
	if (count == 5 && !strcmp(words[1], "--node"))
		return other_main(words[2], words[3],
			(uint32_t)strtoul(words[4], NULL, 10));
	while ((option = getopt_long(count, words, "", options, NULL)) != -1)
		choose(&choice, option, optarg);
	if (optind != count)
		usage("too many words: ", words[optind]);
	return run(&bench, &choice) ? 0 : 1;
}
