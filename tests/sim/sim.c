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
#include <unistd.h>

#include "tests/sim/disk.h"
#include "tests/sim/plant.h"
#include "tests/sim/world.h"

enum { STEPS = 2000 };

struct command {
	struct world_options options;
	uint64_t last_seed;
	bool minimise;
	bool trace;
	bool quiet;
};

static const char usage[] =
	"usage: sim --seed N | --seeds N..M [--nodes 3..9] [--steps K]\n"
	"           [--faults LIST|all|none] [--minimise] [--plant NAME]\n"
	"           [--trace] [--quiet]\n";

/* ---- what to type to see it again ---- */

static char replay[512];

static void
write_replay(const struct world_options *o)
{
	int used = snprintf(replay, sizeof replay,
		"sim --seed %" PRIu64 " --nodes %d --steps %" PRIu64
		" --faults ",
		o->seed, o->nodes, o->steps);
	const char *name;

	if (o->faults == FAULT_ALL || o->faults == 0) {
		used += snprintf(replay + used, sizeof replay - (size_t)used,
			"%s", o->faults ? "all" : "none");
	} else {
		const char *comma = "";

		for (int i = 0; (name = fault_name(i)); i++)
			if (o->faults >> i & 1) {
				used += snprintf(replay + used,
					sizeof replay - (size_t)used, "%s%s",
					comma, name);
				comma = ",";
			}
	}
	if (plant != PLANT_NONE)
		(void)snprintf(replay + used, sizeof replay - (size_t)used,
			" --plant %s", plant_name(plant));
}

/* A bug that an assertion of the core finds: which seed it was. */
static void
on_abort(int number)
{
	static const char words[] = "the program aborted; replay: ";
	ssize_t ignored;

	ignored = write(STDOUT_FILENO, words, sizeof words - 1);
	ignored = write(STDOUT_FILENO, replay, strlen(replay));
	ignored = write(STDOUT_FILENO, "\n", 1);
	(void)ignored; /* there is nothing left to do about it */
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

/* ---- one run ---- */

struct outcome {
	bool failed;
	char failure[512];
	uint64_t steps;
	int nodes;
	int64_t simulated_ms;
	struct world_counts counts;
	uint8_t mark[8]; /* of everything that the run came to */
};

static void
mark_run(const struct world *world, struct outcome *outcome)
{
	crypto_generichash_state state;
	uint8_t bytes[16];

	(void)crypto_generichash_init(&state, NULL, 0, sizeof bytes);
	(void)crypto_generichash_update(
		&state, (const uint8_t *)&world->counts, sizeof world->counts);
	(void)crypto_generichash_update(
		&state, (const uint8_t *)&world->now_ms, sizeof world->now_ms);
	for (int i = 0; i < world->node_count; i++) {
		const struct sim_node *node = &world->nodes[i];

		for (int k = 0;
			k < NODE_TERRITORIES_MAX && node->territories[k]; k++) {
			uint8_t digest[32];

			if (territory_digest(node->territories[k], digest) ==
				STATUS_OK)
				(void)crypto_generichash_update(
					&state, digest, sizeof digest);
		}
	}
	(void)crypto_generichash_final(&state, bytes, sizeof bytes);
	memcpy(outcome->mark, bytes, sizeof outcome->mark);
}

static void
run(const struct world_options *options, bool trace, struct outcome *outcome)
{
	struct world *world;

	write_replay(options);
	world = world_new(options);
	world->trace = trace;
	while (world->counts.steps < options->steps && world_step(world))
		;
	outcome->steps = world->counts.steps;
	(void)world_heal(world);
	outcome->failed = world->failed;
	memcpy(outcome->failure, world->failure, sizeof outcome->failure);
	outcome->nodes = world->node_count;
	outcome->simulated_ms = world->now_ms - WORLD_START_MS;
	outcome->counts = world->counts;
	mark_run(world, outcome);
	world_free(world);
}

static void
print_outcome(const struct world_options *o, const struct outcome *r)
{
	const struct world_counts *c = &r->counts;
	char mark[2 * sizeof r->mark + 1];

	(void)sodium_bin2hex(mark, sizeof mark, r->mark, sizeof r->mark);
	printf("seed %" PRIu64 ": %s, %d nodes, %" PRIu64 " steps, %" PRIu64
	       " writes (%" PRIu64 " resolved), %" PRIu64 " of %" PRIu64
	       " sessions settled, %" PRIu64 " of %" PRIu64
	       " frames harmed, %" PRIu64 " power cuts, %" PRIu64
	       " kills, %" PRIu64 " jumps, %" PRIu64 " upgrades, %" PRIu64
	       " grants, %" PRIu64 " cuts, %" PRIu64 " attacks, %" PRIu64
	       " checks, %s\n",
		o->seed, r->failed ? "FAILED" : "ok", r->nodes, c->steps,
		c->writes, c->resolved, c->settled, c->sessions, c->harmed,
		c->frames, c->power_cuts, c->kills, c->jumps, c->upgrades,
		c->grants, c->cuts, c->attacks, c->checks, mark);
}

/* ---- making a failure small ---- */

static bool
still_fails(const struct world_options *options, struct outcome *outcome)
{
	run(options, false, outcome);
	return outcome->failed;
}

static void
fewer_steps(struct world_options *best, struct outcome *outcome)
{
	uint64_t low = 0, high = best->steps;

	if (outcome->steps && outcome->steps < high)
		high = outcome->steps;
	best->steps = high;
	while (low + 1 < high) {
		struct world_options less = *best;

		less.steps = low + (high - low) / 2;
		if (still_fails(&less, outcome)) {
			high = less.steps;
			*best = less;
		} else {
			low = less.steps;
		}
	}
}

static void
minimise(struct world_options *best, struct outcome *outcome)
{
	for (int i = 0; fault_name(i); i++) {
		struct world_options less = *best;

		less.faults &= ~(1u << i);
		if (less.faults != best->faults && still_fails(&less, outcome))
			*best = less;
	}
	for (int nodes = WORLD_NODES_MIN; nodes < best->nodes; nodes++) {
		struct world_options less = *best;

		less.nodes = nodes;
		if (still_fails(&less, outcome)) {
			*best = less;
			break;
		}
	}
	(void)still_fails(best, outcome);
	fewer_steps(best, outcome);
	(void)still_fails(best, outcome);
}

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
		} else if (parse_word(c, words[i], words[i + 1])) {
			seeds |= strncmp(words[i], "--seed", 6) == 0;
			i++;
		} else {
			return false;
		}
	}
	return seeds;
}

static double
seconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* always there */
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The number of nodes is what the seed says, unless it was given. */
static int
nodes_of(const struct world_options *options, const struct outcome *outcome)
{
	if (options->nodes)
		return options->nodes;
	return outcome->nodes - (options->faults & FAULT_HOSTILE ? 1 : 0);
}

static void
tell_failure(struct command *c, struct world_options *options,
	struct outcome *outcome)
{
	printf("seed %" PRIu64 ": %s\n", options->seed, outcome->failure);
	options->nodes = nodes_of(options, outcome);
	if (c->minimise) {
		minimise(options, outcome);
		printf("made smaller: %s\n", outcome->failure);
	}
	write_replay(options);
	printf("replay: %s\n", replay);
}

int
main(int count, char **words)
{
	struct command c = {.options = {.steps = STEPS, .faults = FAULT_ALL}};
	double began, took;
	int64_t simulated_ms = 0;
	uint64_t steps = 0, failures = 0, runs = 0;

	if (!parse(&c, count, words)) {
		(void)fputs(usage, stderr); /* what else */
		return 2;
	}
	if (sodium_init() < 0)
		return 1;
	(void)signal(SIGABRT, on_abort);
	/* What a run frees is for the next one, not for the kernel. */
	(void)mallopt(M_TRIM_THRESHOLD, 512 << 20);
	(void)mallopt(M_MMAP_THRESHOLD, 512 << 20);
	disk_register();
	began = seconds_now();
	for (uint64_t seed = c.options.seed; seed <= c.last_seed; seed++) {
		struct world_options options = c.options;
		struct outcome outcome = {0};

		options.seed = seed;
		run(&options, c.trace, &outcome);
		runs++;
		steps += outcome.counts.steps;
		simulated_ms += outcome.simulated_ms;
		if (!c.quiet || outcome.failed)
			print_outcome(&options, &outcome);
		if (outcome.failed) {
			failures++;
			tell_failure(&c, &options, &outcome);
			if (plant != PLANT_NONE)
				break; /* it was caught */
		}
		(void)fflush(stdout);
	}
	took = seconds_now() - began;
	fprintf(stderr,
		"%" PRIu64 " runs, %" PRIu64 " failed; %" PRIu64
		" steps in %.1f s, %.0f a second; a simulated second in %.3g "
		"real ones\n",
		runs, failures, steps, took, (double)steps / took,
		took * 1000 / (double)simulated_ms);
	templates_free();
	return failures ? 1 : 0;
}
