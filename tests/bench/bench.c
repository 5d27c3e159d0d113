/*
 * Measures parts of the benchmark once, and prints a line of JSON a sample
 * (sample.h); tools/bench runs it, and gathers. README.md beside this tells of
 * the rows.
 *
 *     bench [--records N] [--encrypted] [--cpu] PART...
 *     bench csv EACH DATABASE FILE...   raw SQLite takes the rows of CSV files
 * (rows.h)
 */

#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/company.h"
#include "tests/bench/fatal.h"
#include "tests/bench/part.h"
#include "tests/bench/rows.h"
#include "tests/bench/sample.h"
#include "tests/bench/work_json.h"

static const struct {
	const char *name;
	void (*measure)(struct bench *bench);
	bool twice; /* for an encrypted company, too */
} parts[] = {
	{"pending", part_pending, true},
	{"sealed", part_sealed, true},
	{"ones", part_ones, true},
	{"memory", part_memory, false},
	{"quiet", part_quiet, false},
	{"slow", part_slow, false},
	{"session", part_session, false},
};

enum { PARTS = sizeof parts / sizeof parts[0] };

static _Noreturn void
usage(const char *problem, const char *with)
{
	(void)fprintf(stderr,
		"bench: %s%s\n"
		"usage: bench [--records N] [--encrypted] [--cpu] PART...\n"
		"       bench csv EACH DATABASE FILE...\n"
		"       bench work RECORDS FILE\n"
		"parts:",
		problem, with);
	for (int i = 0; i < PARTS; i++)
		(void)fprintf(stderr, " %s", parts[i].name);
	(void)fprintf(stderr, "\n");
	exit(2);
}

static void
measure(struct bench *b, const char *name, bool encrypted)
{
	for (int i = 0; i < PARTS; i++) {
		if (strcmp(name, parts[i].name) != 0)
			continue;
		b->encrypted = false;
		parts[i].measure(b);
		b->encrypted = encrypted && parts[i].twice;
		if (b->encrypted)
			parts[i].measure(b);
		b->encrypted = false;
		return;
	}
	usage("no such part: ", name);
}

static void
run(struct bench *b, char **names, int count, bool encrypted)
{
	const char *under = getenv("TMPDIR");
	char dir[COMPANY_PATH];

	(void)snprintf(dir, sizeof dir, "%s/roadbook-bench.XXXXXX",
		under ? under : "/tmp");
	if (!mkdtemp(dir))
		fatal("%s: %s", dir, strerror(errno));
	b->dir = dir;
	part_raw(b);
	for (int i = 0; i < count; i++)
		measure(b, names[i], encrypted);
	part_remove(dir);
}

int
main(int count, char **words)
{
	static const struct option options[] = {
		{"records", required_argument, NULL, 'r'},
		{"encrypted", no_argument, NULL, 'e'},
		{"cpu", no_argument, NULL, 'c'}, {0}};
	struct bench bench = {0};
	unsigned long records = 100000;
	bool encrypted = false;
	int option;

	if (sodium_init() < 0)
		fatal("no random numbers");
	if (count == 5 && !strcmp(words[1], "--node"))
		return other_main(words[2], words[3],
			(uint32_t)strtoul(words[4], NULL, 10));
	if (count > 4 && !strcmp(words[1], "csv")) {
		rows_insert(words[3], strtoul(words[2], NULL, 10), words + 4,
			count - 4);
		return 0;
	}
	if (count == 4 && !strcmp(words[1], "work")) {
		work_json_write(
			(uint32_t)strtoul(words[2], NULL, 10), words[3]);
		return 0;
	}
	while ((option = getopt_long(count, words, "", options, NULL)) != -1)
		if (option == 'r')
			records = strtoul(optarg, NULL, 10);
		else if (option == 'e')
			encrypted = true;
		else if (option == 'c')
			sample_count_cpu();
		else
			usage("unknown option", "");
	if (records < 1000 || records > 10000000)
		usage("no such number of records", "");
	if (optind == count)
		usage("which part?", "");
	bench.work = workload_new((uint32_t)records, 0);
	bench.ones = workload_new(PART_ONES, 1);
	run(&bench, words + optind, count - optind, encrypted);
	workload_free(bench.work);
	workload_free(bench.ones);
	return 0;
}
