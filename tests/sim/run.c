#include "tests/sim/run.h"

#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sync/alloc.h"
#include "tests/sim/node.h"
#include "tests/sim/plant.h"
#include "tests/sim/story.h"

/* ---- what to type to see it again ---- */

static struct {
	char *bytes;
	size_t size, room;
} replay;

static void
replay_add(const char *text)
{
	size_t size = strlen(text);

	if (replay.size + size + 1 > replay.room) {
		replay.room = 2 * (replay.size + size) + 256;
		replay.bytes = alloc_again(replay.bytes, replay.room);
	}
	memcpy(replay.bytes + replay.size, text, size + 1);
	replay.size += size;
}

static void
replay_faults(uint32_t faults)
{
	const char *name, *comma = "";

	if (faults == FAULT_ALL || faults == 0) {
		replay_add(faults ? "all" : "none");
		return;
	}
	for (int i = 0; (name = fault_name(i)); i++)
		if (faults >> i & 1) {
			replay_add(comma);
			replay_add(name);
			comma = ",";
		}
}

static void
replay_only(const struct world_options *o)
{
	replay_add(" --only ");
	if (o->only_count == 0)
		replay_add("nothing");
	for (size_t i = 0; i < o->only_count; i++) {
		char name[32];

		(void)initiative_write(&o->only[i], name, sizeof name);
		replay_add(i ? "," : "");
		replay_add(name);
	}
}

static void
write_replay(const struct world_options *o)
{
	char numbers[128];

	replay.size = 0;
	(void)snprintf(numbers, sizeof numbers, "sim --seed %" PRIu64, o->seed);
	replay_add(numbers);
	if (o->nodes) {
		(void)snprintf(
			numbers, sizeof numbers, " --nodes %d", o->nodes);
		replay_add(numbers);
	}
	if (o->steps) {
		(void)snprintf(
			numbers, sizeof numbers, " --steps %" PRIu64, o->steps);
		replay_add(numbers);
	}
	if (o->story)
		replay_add(" --story");
	replay_add(" --faults ");
	replay_faults(o->faults);
	if (plant != PLANT_NONE) {
		replay_add(" --plant ");
		replay_add(plant_name(plant));
	}
	if (node_sealed)
		replay_add(" --sealed");
	if (o->only)
		replay_only(o);
}

void
run_on_abort(int number)
{
	static const char words[] = "the program aborted; replay: ";
	ssize_t ignored;

	ignored = write(STDOUT_FILENO, words, sizeof words - 1);
	ignored = write(STDOUT_FILENO, replay.bytes, replay.size);
	ignored = write(STDOUT_FILENO, "\n", 1);
	(void)ignored; /* there is nothing left to do about it */
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

void
run_print_replay(const struct world_options *options)
{
	write_replay(options);
	printf("replay: %s\n", replay.bytes);
}

void
run_forget(void)
{
	free(replay.bytes);
	memset(&replay, 0, sizeof replay);
}

/* ---- one run ---- */

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
count_disks(struct world *world)
{
	for (int i = 0; i < world->node_count; i++) {
		const struct disk_counts *d = disk_counts(world->nodes[i].disk);

		world->counts.io_errors += d->errors;
		world->counts.full += d->full;
		world->counts.torn += d->torn;
		world->counts.dropped += d->dropped;
	}
}

static bool
goes_on(const struct world *world, const struct world_options *options)
{
	const struct world_counts *c = &world->counts;

	if (options->steps)
		return c->steps < options->steps;
	return c->steps < RUN_STEPS ||
		(c->operations < RUN_OPERATIONS && c->steps < RUN_STEPS_MAX);
}

void
run(const struct world_options *options, bool trace, struct outcome *outcome)
{
	struct world *world;

	write_replay(options);
	world = world_new(options);
	world->trace = trace;
	outcome->nodes = world->node_count; /* clones and hubs come later */
	outcome->faults = world->options.faults;
	if (options->story && !world->failed)
		story_play(world);
	while (!options->story && goes_on(world, options) && world_step(world))
		;
	outcome->steps = world->counts.steps;
	(void)world_heal(world);
	count_disks(world);
	outcome->failed = world->failed;
	outcome->kind = world->failure_kind;
	memcpy(outcome->failure, world->failure, sizeof outcome->failure);
	outcome->simulated_ms = world->now_ms - WORLD_START_MS;
	outcome->memory = world->memory;
	outcome->counts = world->counts;
	outcome->taken = world->taken;
	outcome->taken_count = world->taken_count;
	world->taken = NULL;
	mark_run(world, outcome);
	world_free(world);
}

void
run_print(const struct world_options *options, const struct outcome *outcome)
{
	char mark[2 * sizeof outcome->mark + 1];

	(void)sodium_bin2hex(
		mark, sizeof mark, outcome->mark, sizeof outcome->mark);
	printf("seed %" PRIu64 ": %s, %d nodes, ", options->seed,
		outcome->failed ? "FAILED" : "ok", outcome->nodes);
	counts_print(&outcome->counts);
	printf(", %s\n", mark);
}
