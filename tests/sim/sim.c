/*
 * A company of nodes on a simulated network, clock and disks, from one seed.
 * README.md tells what it plays, what it checks and how to replay a failure.
 */

#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sync/alloc.h"
#include "tests/sim/disk.h"
#include "tests/sim/minimise.h"
#include "tests/sim/node.h"
#include "tests/sim/plant.h"
#include "tests/sim/run.h"
#include "tests/sim/story.h"

struct command {
	struct world_options options;
	uint64_t last_seed;
	struct initiative *only;
	bool plant_all;
	bool minimise;
	bool trace;
	bool quiet;
};

enum { PLANT_SEEDS = 500 };

static const char usage[] =
	"usage: sim --seed N | --seeds N..M [--nodes 3..9] [--steps K]\n"
	"           [--faults LIST|all|none] [--minimise] [--plant NAME]\n"
	"           [--only LIST] [--trace] [--quiet] [--sealed]\n"
	"       sim --story --seed N | --seeds N..M [--trace] [--quiet]\n"
	"       sim --plant-all [--seeds N..M]\n";

/* ---- the command line ---- */

static bool
parse_faults(const char *text, uint32_t *faults)
{
	char list[256];

	*faults = 0;
	if (strcmp(text, "all") == 0)
		*faults = FAULT_ALL;
	if (strcmp(text, "all") == 0 || strcmp(text, "none") == 0)
		return true;
	(void)snprintf(list, sizeof list, "%s", text);
	for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		int i = 0;

		while (fault_name(i) && strcmp(fault_name(i), word) != 0)
			i++;
		if (!fault_name(i))
			return false;
		*faults |= 1u << i;
	}
	return true;
}

/* As a replay prints it: a3.17,d1.2,…, or `nothing`. */
static bool
parse_only(struct command *c, const char *text)
{
	size_t count = 0;

	free(c->only);
	c->only = alloc((strlen(text) / 4 + 2) * sizeof *c->only);
	if (strcmp(text, "nothing") != 0)
		do {
			if (!initiative_read(&c->only[count], text, &text))
				return false;
			count++;
		} while (*text++ == ',');
	c->options.only = c->only;
	c->options.only_count = count;
	return true;
}

static bool
parse_seeds(const char *text, struct command *c)
{
	char *end;

	c->options.seed = c->last_seed = strtoull(text, &end, 10);
	if (end == text)
		return false;
	if (end[0] == '.' && end[1] == '.')
		c->last_seed = strtoull(end + 2, &end, 10);
	return *end == '\0' && c->last_seed >= c->options.seed;
}

static bool
parse_word(struct command *c, const char *word, const char *value)
{
	if (!value)
		return false;
	if (strcmp(word, "--seed") == 0 || strcmp(word, "--seeds") == 0)
		return parse_seeds(value, c);
	if (strcmp(word, "--nodes") == 0) {
		c->options.nodes = (int)strtol(value, NULL, 10);
		return c->options.nodes >= WORLD_NODES_MIN &&
			c->options.nodes <= WORLD_NODES_MAX;
	}
	if (strcmp(word, "--steps") == 0) {
		c->options.steps = strtoull(value, NULL, 10);
		return true;
	}
	if (strcmp(word, "--faults") == 0)
		return parse_faults(value, &c->options.faults);
	if (strcmp(word, "--only") == 0)
		return parse_only(c, value);
	if (strcmp(word, "--plant") == 0) {
		plant = plant_named(value);
		return plant != PLANTS;
	}
	return false;
}

static bool
parse(struct command *c, int count, char **words)
{
	bool seeds = false;

	for (int i = 1; i < count; i++) {
		if (strcmp(words[i], "--minimise") == 0) {
			c->minimise = true;
		} else if (strcmp(words[i], "--trace") == 0) {
			c->trace = true;
		} else if (strcmp(words[i], "--quiet") == 0) {
			c->quiet = true;
		} else if (strcmp(words[i], "--story") == 0) {
			c->options.story = true;
			c->options.nodes = STORY_NODES;
			c->options.faults = 0;
		} else if (strcmp(words[i], "--sealed") == 0) {
			node_sealed = true;
		} else if (strcmp(words[i], "--plant-all") == 0) {
			c->plant_all = true;
		} else if (parse_word(c, words[i], words[i + 1])) {
			seeds |= strncmp(words[i], "--seed", 6) == 0;
			i++;
		} else {
			return false;
		}
	}
	if (c->plant_all && !seeds) {
		c->options.seed = 1;
		c->last_seed = PLANT_SEEDS;
	}
	return seeds || c->plant_all;
}

static double
seconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* always there */
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- many runs ---- */

struct totals {
	uint64_t runs, failures;
	int64_t simulated_ms;
	int64_t memory;
	struct world_counts counts;
};

/* The number of nodes is what the seed says, unless it was given. */
static int
nodes_of(const struct world_options *options, const struct outcome *outcome)
{
	if (options->nodes)
		return options->nodes;
	return outcome->nodes - (options->faults & FAULT_HOSTILE ? 1 : 0);
}

static void
tell_failure(const struct command *c, struct world_options *options,
	struct outcome *outcome)
{
	printf("seed %" PRIu64 ": %s\n", options->seed, outcome->failure);
	options->nodes = nodes_of(options, outcome);
	options->steps = outcome->steps;
	options->faults = outcome->faults;
	if (c->minimise) {
		minimise(options, outcome);
		printf("made smaller: %s\n", outcome->failure);
	}
	run_print_replay(options);
	if (options->only != c->only)
		free((struct initiative *)(uintptr_t)options->only);
}

static bool
play(const struct command *c, uint64_t seed, struct totals *totals)
{
	struct world_options options = c->options;
	struct outcome outcome = {0};
	bool failed;

	options.seed = seed;
	run(&options, c->trace, &outcome);
	failed = outcome.failed;
	totals->runs++;
	totals->failures += failed;
	totals->simulated_ms += outcome.simulated_ms;
	if (outcome.memory > totals->memory)
		totals->memory = outcome.memory;
	counts_add(&totals->counts, &outcome.counts);
	if (!c->plant_all && (!c->quiet || failed))
		run_print(&options, &outcome);
	if (!c->plant_all && failed)
		tell_failure(c, &options, &outcome);
	if (c->plant_all && failed)
		printf("%s: seed %" PRIu64 ": %s\n", plant_name(plant), seed,
			outcome.failure);
	free(outcome.taken);
	(void)fflush(stdout);
	return !failed;
}

static void
play_all(const struct command *c, struct totals *totals)
{
	for (uint64_t seed = c->options.seed; seed <= c->last_seed; seed++)
		if (!play(c, seed, totals) && plant != PLANT_NONE)
			return; /* it was caught */
}

/* Every planted bug must be caught. How many were not. */
static int
play_plants(const struct command *c)
{
	int missed = 0;

	for (int i = PLANT_NONE + 1; i < PLANTS; i++) {
		struct totals totals = {0};

		plant = (enum plant)i;
		play_all(c, &totals);
		if (totals.failures)
			continue;
		missed++;
		printf("%s: NOT CAUGHT by seeds %" PRIu64 " to %" PRIu64 "\n",
			plant_name(plant), c->options.seed, c->last_seed);
	}
	printf("%d planted bugs, %d not caught\n", PLANTS - 1, missed);
	return missed;
}

static void
print_totals(const struct totals *totals, double took)
{
	printf("%" PRIu64 " runs, %" PRIu64 " failed; ", totals->runs,
		totals->failures);
	counts_print(&totals->counts);
	(void)putchar('\n');
	fprintf(stderr,
		"%.1f s, %.0f steps a second; a simulated second in %.3g real "
		"ones; the largest session held %lld KB\n",
		took, (double)totals->counts.steps / took,
		took * 1000 / (double)totals->simulated_ms,
		(long long)(totals->memory / 1000));
}

static void
prepare(void)
{
	(void)signal(SIGABRT, run_on_abort);
	/* What a run frees is for the next one, not for the kernel. */
	(void)mallopt(M_TRIM_THRESHOLD, 512 << 20);
	(void)mallopt(M_MMAP_THRESHOLD, 512 << 20);
	disk_register();
}

int
main(int count, char **words)
{
	struct command c = {.options = {.faults = FAULT_ALL}};
	struct totals totals = {0};
	double began;
	bool well;

	if (!parse(&c, count, words)) {
		(void)fputs(usage, stderr); /* what else */
		free(c.only);
		return 2;
	}
	if (sodium_init() < 0)
		return 1;
	prepare();
	began = seconds_now();
	if (c.plant_all) {
		well = play_plants(&c) == 0;
	} else {
		play_all(&c, &totals);
		print_totals(&totals, seconds_now() - began);
		well = totals.failures == 0;
	}
	templates_free();
	run_forget();
	free(c.only);
	return well ? 0 : 1;
}
