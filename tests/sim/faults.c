#include "tests/sim/faults.h"

#include "proto/schema_roadbook.h"
#include "tests/sim/actors.h"
#include "tests/sim/hubs.h"
#include "tests/sim/lease.h"
#include "tests/sim/ledger.h"
#include "tests/sim/network.h"
#include "tests/sim/office.h"
#include "tests/sim/restore.h"
#include "tests/sim/shipped.h"
#include "tests/sim/wipe.h"

enum {
	DOWN_MEAN_MS = 150 * 1000,
	PARTITION_MAX_MS = 10 * 60 * 1000,
	CALLS_MAX = 200,       /* of the disk, until something strikes */
	START_CALLS_MAX = 400, /* what a start, or a rebuild, takes */
};

static const int64_t day_ms = 86400000;
static const int64_t ten_years_ms = 3653 * day_ms;

/* ---- nodes that go down and come up ---- */

static void
up_later(struct world *world, const struct sim_node *node)
{
	struct random random = world_chance(world, CHANCE_DOWN, node->number);

	world_later(world, 1 + random_below(&random, 2 * DOWN_MEAN_MS),
		EVENT_UP, node->number);
}

/* At times the next start does not live to its end, either. */
static void
arm(struct world *world, struct sim_node *node)
{
	struct random random = world_chance(world, CHANCE_START, node->number);

	if (!world_has(world, FAULT_POWER) || !random_once_in(&random, 3))
		return;
	node->by_power = true;
	disk_die(node->disk, 1 + random_below(&random, START_CALLS_MAX));
}

static void
die(struct world *world, struct sim_node *node, bool power)
{
	struct random random = world_chance(world, CHANCE_DISK, node->number);

	if (power)
		disk_cut_power(node->disk, &random);
	else
		disk_kill(node->disk);
	if (power)
		lease_rebooted(node);
	world->counts.power_cuts += power;
	world->counts.kills += !power;
	node->by_power = false;
}

/* The machine or the program is gone; its connections hang until they idle. */
static void
take_down(struct world *world, struct sim_node *node, bool power)
{
	world_trace(world, "node %d: %s", node->number,
		power ? "power cut" : "killed");
	die(world, node, power);
	network_abandon(world, node->number);
	actors_forget(world, node->number);
	node_stop(node);
	disk_restart(node->disk);
	arm(world, node);
	up_later(world, node);
}

void
faults_bring_up(struct world *world, struct sim_node *node)
{
	if (node->up)
		return;
	if (world->healing)
		disk_mend(node->disk);
	if (!wipe_settled(world, node)) {
		if (wipe_unfinished(node) && !world->healing)
			up_later(world, node);
		return;
	}
	if (node->late && !office_welcome(world, node)) {
		up_later(world, node); /* nobody there to enrol it */
		return;
	}
	if (!lease_admits(world, node)) {
		if (!world->healing)
			up_later(world, node);
		return;
	}
	if (!node_start(node)) {
		world_trace(world, "node %d: does not come up", node->number);
		/* It died while it opened, or the disk refused. */
		if (disk_dead(node->disk))
			die(world, node, node->by_power);
		disk_restart(node->disk);
		up_later(world, node);
		return;
	}
	ledger_watch(node->store);
	world->counts.restarts++;
	world_trace(world, "node %d: up", node->number);
	agent_init(&node->agent, node_now(node));
	if (disk_dead(node->disk) || node->crashed)
		return; /* again */
	check_kept(world, node);
	check_node(world, node);
	shipped_tidy(node);
	lease_opened(world, node);
	wipe_when_due(world, node);
}

void
faults_look_after(struct world *world)
{
	for (int i = 0; i < world->node_count; i++) {
		struct sim_node *node = &world->nodes[i];

		if (node->up && (node->crashed || disk_dead(node->disk)))
			take_down(world, node,
				disk_dead(node->disk) && node->by_power);
	}
}

/* ---- what strikes ---- */

static void
jump_clock(struct world *world, struct sim_node *node)
{
	int64_t span =
		random_once_in(&world->faults, 3) ? ten_years_ms : 3 * day_ms;
	uint64_t pick = random_next(&world->faults);

	/* What a hub says of the time is so, where leases go by it. */
	if (node->hub && world->laptops)
		return;
	node->clock_offset = random_once_in(&world->faults, 3)
		? 0
		: (int64_t)(pick % (uint64_t)(2 * span)) - span;
	lease_clock_set(node);
	world->counts.jumps++;
	world_trace(world, "node %d: clock off by %lld", node->number,
		(long long)node->clock_offset);
}

/* The program is replaced by a newer one, and rebuilds when it starts. */
static void
upgrade(struct world *world, struct sim_node *node)
{
	if (!node->up || node->schema == schema_roadbook())
		return;
	take_down(world, node, false);
	node->schema = schema_roadbook();
	world->counts.upgrades++;
}

/* Its folder is put back as it was when it last was off; or remembered. */
static void
restore(struct world *world, struct sim_node *node)
{
	if (!node->up || node->hub || node->hostile || node->restored)
		return;
	take_down(world, node, false);
	if (random_below(&world->faults, 3) && restore_folder(node)) {
		world->counts.restored++;
		world_trace(
			world, "node %d: its folder is restored", node->number);
	} else {
		restore_remember(node);
	}
}

/* All of its folder is on another machine, too, and both go on. */
static void
clone(struct world *world, struct sim_node *node)
{
	int twin;

	if (!node->up || node->hub || node->hostile || node->copy ||
		world->node_count == WORLD_NODES_ALL)
		return;
	take_down(world, node, false);
	twin = restore_clone(world, node);
	world->counts.cloned++;
	world_trace(world, "node %d: cloned, as node %d", node->number, twin);
	up_later(world, &world->nodes[twin]);
	world_begin_work(world, twin);
}

/* Its disk is copied in the night; or it is lost, and another one takes over.
 */
static void
lose_hub(struct world *world)
{
	struct sim_node *hub = &world->nodes[0];

	if (!hub->up)
		return;
	if (hubs_restoring(world)) {
		hubs_done(world, random_once_in(&world->faults, 4));
		return;
	}
	take_down(world, hub, false);
	if (hubs_may_replace(world) && random_below(&world->faults, 3))
		hubs_replace(world);
	else
		hubs_remember(world);
}

static void
part(struct world *world)
{
	if (world->partition)
		return;
	world->partition =
		random_below(&world->faults, 1u << world->node_count);
	world->counts.partitions++;
	world_later(world, 1 + random_below(&world->faults, PARTITION_MAX_MS),
		EVENT_HEAL_PARTITION, 0);
}

static const int64_t days_max = 5 * day_ms;

void
faults_days(struct world *world)
{
	int64_t passed =
		1 + (int64_t)(random_next(&world->faults) % (uint64_t)days_max);
	uint32_t off = random_below(&world->faults, 1u << WORLD_NODES_ALL);

	if (random_once_in(&world->random, 6)) {
		lease_administer(world);
		return;
	}
	/* Some machines are off meanwhile, others sleep or run. */
	for (int i = 1; i < world->node_count; i++)
		if (off >> i & 1 && world->nodes[i].up)
			take_down(world, &world->nodes[i], false);
	world->days_ms += passed;
	/* And some clocks are turned back by just that. */
	for (int i = 1; i < world->node_count; i++)
		if (world_has(world, FAULT_CLOCK) && !world->nodes[i].hub &&
			random_once_in(&world->faults, 3)) {
			world->nodes[i].clock_offset -= passed;
			lease_clock_set(&world->nodes[i]);
			world->counts.jumps++;
		}
	world->counts.days += (uint64_t)(passed / day_ms);
	world_trace(world, "%lld days pass", (long long)(passed / day_ms));
	for (int i = 1; i < world->node_count; i++)
		if (off >> i & 1)
			lease_rebooted(&world->nodes[i]);
		else
			(void)lease_holds(world, &world->nodes[i]);
}

static void
fill_disk(struct world *world, struct sim_node *node)
{
	bool full = random_below(&world->faults, 2);

	disk_fill(node->disk, full);
	world_trace(world, "node %d: disk %s", node->number,
		full ? "full" : "has room");
}

/* Those that others bring about, as a frame that is lost, are not here. */
static enum fault
some_fault(struct world *world)
{
	static const enum fault list[] = {FAULT_PARTITION, FAULT_POWER,
		FAULT_POWER, FAULT_POWER, FAULT_KILL, FAULT_FULL, FAULT_IO,
		FAULT_IO, FAULT_CLOCK, FAULT_UPGRADE, FAULT_RESTORE, FAULT_HUB,
		FAULT_CLONE};

	return list[random_below(
		&world->faults, (uint32_t)(sizeof list / sizeof *list))];
}

void
faults_strike(struct world *world)
{
	struct sim_node *node = &world->nodes[random_below(
		&world->faults, (uint32_t)world->node_count)];
	enum fault fault = some_fault(world);
	uint32_t calls = 1 + random_below(&world->faults, CALLS_MAX);

	if (!world_has(world, fault))
		return;
	world->counts.operations++;
	if (fault == FAULT_PARTITION)
		part(world);
	else if (fault == FAULT_CLOCK)
		jump_clock(world, node);
	else if (fault == FAULT_UPGRADE)
		upgrade(world, node);
	else if (fault == FAULT_CLONE)
		clone(world, node);
	else if (fault == FAULT_HUB)
		lose_hub(world);
	else if (fault == FAULT_RESTORE)
		restore(world, node);
	else if (fault == FAULT_FULL)
		fill_disk(world, node);
	else if (fault == FAULT_IO)
		disk_fail(
			node->disk, calls, 1 + random_below(&world->faults, 3));
	else {
		node->by_power = fault == FAULT_POWER;
		disk_die(node->disk, calls);
	}
}

void
faults_mend(struct world *world)
{
	world->healing = true;
	world->partition = 0;
	for (int i = 0; i < world->node_count; i++)
		disk_mend(world->nodes[i].disk);
	for (int i = 0; i < world->node_count && !world->failed; i++) {
		struct sim_node *node = &world->nodes[i];

		node->clock_offset = 0;
		lease_clock_set(node);
		if (node->late && hubs_restoring(world))
			continue; /* it is let in when that is done */
		faults_bring_up(world, node);
		if (!node->wiping && !node->locked &&
			(!node->up || node->crashed))
			world_fail(world,
				"node %d does not start, with its disk mended",
				i);
	}
}
