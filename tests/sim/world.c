#include "tests/sim/world.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/schema.h"
#include "sync/alloc.h"
#include "tests/sim/actors.h"
#include "tests/sim/decide.h"
#include "tests/sim/erase.h"
#include "tests/sim/faults.h"
#include "tests/sim/hostile.h"
#include "tests/sim/hubs.h"
#include "tests/sim/lease.h"
#include "tests/sim/ledger.h"
#include "tests/sim/live.h"
#include "tests/sim/network.h"
#include "tests/sim/office.h"
#include "tests/sim/plant.h"
#include "tests/sim/story.h"
#include "tests/sim/wipe.h"

enum {
	ACT_EVERY_MS = 20 * 1000,
	MEET_EVERY_MS = 60 * 1000,
	FAULT_EVERY_MS = 40 * 1000,
	ADMIN_EVERY_MS = 400 * 1000,
	HOSTILE_EVERY_MS = 90 * 1000,
	DAYS_EVERY_MS = 240 * 1000,
	JOIN_MS = 15 * 60 * 1000, /* of who comes late */
	HEAL_ROUNDS = 3,
	HEAL_ROUNDS_OF_COPIES = 6, /* new keys, then what is carried over */
	/* What to erase is heard of in one, and told to be done in the next. */
	ERASED_ROUNDS = 2,
	HEAL_ROUNDS_MAX = 20,
};

#define ID_OF(byte)                                                            \
	{                                                                      \
		byte, byte, byte, byte, byte, byte, byte, byte, byte, byte,    \
			byte, byte, byte, byte, byte, byte                     \
	}

const struct place places[WORLD_TERRITORIES] = {
	{ID_OF(0x10), "/", -1, false},
	{ID_OF(0x11), "east", 0, false},
	{ID_OF(0x12), "linxi", 1, false},
	{ID_OF(0x13), "tanghe", 1, false},
	{ID_OF(0x14), "west", 0, false},
	{ID_OF(0x15), "margins", 1, true},
};

int
place_of(const uint8_t *id)
{
	for (int i = 0; i < WORLD_TERRITORIES; i++)
		if (memcmp(places[i].id, id, ID_BYTES) == 0)
			return i;
	return -1;
}

const char *
fault_name(int index)
{
	static const char *const names[] = {"loss", "duplication", "reordering",
		"truncation", "partition", "power", "kill", "full", "io",
		"clock", "upgrade", "grants", "cuts", "hostile", "restore",
		"hub", "clone", "erase", "wipe", "lease"};

	return (size_t)index < sizeof names / sizeof *names ? names[index]
							    : NULL;
}

bool
world_has(const struct world *world, enum fault fault)
{
	return !world->healing && world->options.faults & (uint32_t)fault;
}

void
world_fail(struct world *world, const char *format, ...)
{
	va_list arguments;

	if (world->failed)
		return;
	world->failed = true;
	world->failure_kind = format;
	va_start(arguments, format);
	(void)vsnprintf(world->failure, sizeof world->failure, format,
		arguments); /* cut off is fine */
	va_end(arguments);
}

void
world_trace(const struct world *world, const char *format, ...)
{
	va_list arguments;

	if (!world->trace)
		return;
	printf("%12lld ", (long long)(world->now_ms - WORLD_START_MS));
	va_start(arguments, format);
	(void)vprintf(format, arguments);
	va_end(arguments);
	(void)putchar('\n');
}

/* ---- the queue of events ---- */

static bool
comes_before(const struct event *a, const struct event *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void
swap_events(struct event *a, struct event *b)
{
	struct event between = *a;

	*a = *b;
	*b = between;
}

void
world_push(struct world *world, struct event event)
{
	size_t at = world->event_count++;

	if (world->event_count > world->event_room) {
		world->event_room = world->event_room * 2 + 64;
		world->events = alloc_again(world->events,
			world->event_room * sizeof *world->events);
	}
	event.order = ++world->last_order;
	world->events[at] = event;
	while (at > 0 &&
		comes_before(
			&world->events[at], &world->events[(at - 1) / 2])) {
		swap_events(&world->events[at], &world->events[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static struct event
events_pop(struct world *world)
{
	struct event first = world->events[0];
	size_t at = 0;

	world->events[0] = world->events[--world->event_count];
	for (;;) {
		size_t least = at;

		for (size_t child = 2 * at + 1;
			child <= 2 * at + 2 && child < world->event_count;
			child++)
			if (comes_before(&world->events[child],
				    &world->events[least]))
				least = child;
		if (least == at)
			return first;
		swap_events(&world->events[at], &world->events[least]);
		at = least;
	}
}

static void
events_clear(struct world *world)
{
	for (size_t i = 0; i < world->event_count; i++)
		free(world->events[i].bytes);
	world->event_count = 0;
}

void
world_later(
	struct world *world, int64_t delay_ms, enum event_kind kind, int node)
{
	world_push(world,
		(struct event){.at_ms = world->now_ms + delay_ms,
			.kind = kind,
			.node = node});
}

/* Around `mean_ms`, from nearly at once to twice that. */
static int64_t
about(struct world *world, uint32_t mean_ms)
{
	return 1 + random_below(&world->random, 2 * mean_ms);
}

/* ---- what happens ---- */

static const char letters[] = "admfghl"; /* by enum event_kind */

bool
initiative_read(struct initiative *i, const char *text, const char **end)
{
	const char *letter = strchr(letters, *text);
	char *after;

	if (*text == '\0' || !letter)
		return false;
	i->kind = (enum event_kind)(letter - letters);
	i->node = (int)strtol(text + 1, &after, 10);
	if (after == text + 1 || *after != '.')
		return false;
	i->number = (uint32_t)strtoul(after + 1, &after, 10);
	*end = after;
	return true;
}

int
initiative_write(const struct initiative *i, char *out, size_t size)
{
	return snprintf(out, size, "%c%d.%" PRIu32, letters[i->kind], i->node,
		i->number);
}

static bool
initiatives_equal(const struct initiative *a, const struct initiative *b)
{
	return a->kind == b->kind && a->node == b->node &&
		a->number == b->number;
}

static bool
is_kept(const struct world *world, const struct initiative *initiative)
{
	const struct world_options *o = &world->options;

	for (size_t i = 0; i < o->only_count; i++)
		if (initiatives_equal(&o->only[i], initiative))
			return true;
	return !o->only;
}

static void
note(struct world *world, const struct initiative *initiative)
{
	if (world->taken_count == world->taken_room) {
		world->taken_room = world->taken_room * 2 + 256;
		world->taken = alloc_again(
			world->taken, world->taken_room * sizeof *world->taken);
	}
	world->taken[world->taken_count++] = *initiative;
}

/*
 * Somebody is about to begin something: chance begins anew, by which it is and
 * not by what was before, so that leaving out others changes it little. False
 * when it is to be left out itself.
 */
static bool
begin(struct world *world, const struct event *event)
{
	struct initiative it = {event->kind, event->node,
		++world->begun[event->kind][event->node]};
	uint64_t stream = (uint64_t)(1 + event->kind) << 56 |
		(uint64_t)event->node << 48 | it.number;

	random_init(&world->random, world->options.seed, stream);
	random_init(&world->faults, world->options.seed,
		stream | (uint64_t)1 << 40);
	if (!is_kept(world, &it))
		return false;
	note(world, &it);
	return true;
}

struct random
world_chance(const struct world *world, enum chance of, int number)
{
	struct random random;

	random_init(&random, world->options.seed,
		(uint64_t)(16 + of) << 56 | (uint64_t)(uint32_t)number << 48 |
			(uint64_t)(world->now_ms - WORLD_START_MS));
	return random;
}

/* Who answers at the hub's address: at times it is the old machine. */
static int
at_the_hubs_address(struct world *world)
{
	int old = hubs_old(world);

	return old > 0 && random_once_in(&world->random, 4) ? old : 0;
}

static void
dial_hub(struct world *world, const struct event *event)
{
	struct sim_node *node = &world->nodes[event->node];
	int64_t wait;

	if (node->locked && agent_due(&node->agent, node_now(node))) {
		if (begin(world, event) &&
			lease_ask(world, node, at_the_hubs_address(world)))
			faults_bring_up(world, node);
		else
			network_tell_agent(world, node, false);
	}
	if (node->up && !network_busy(world, node->number) &&
		agent_due(&node->agent, node_now(node)) &&
		(!begin(world, event) ||
			!world_dial(world, node->number,
				at_the_hubs_address(world), true, NULL)))
		network_tell_agent(world, node, false);
	wait = agent_wait_ms(&node->agent, node_now(node));
	if (wait < 1000)
		wait = 1000;
	if (wait > AGENT_CAP_MS)
		wait = AGENT_CAP_MS;
	world_later(world, wait, EVENT_DIAL, node->number);
}

static void
meet(struct world *world)
{
	uint32_t count = (uint32_t)world->node_count;
	int from = (int)random_below(&world->random, count);
	int to = (int)random_below(&world->random, count);

	/* Somebody who looks for company finds it. */
	if (world->hostile >= 0 && random_once_in(&world->random, 4))
		to = world->hostile;
	if (from == to)
		return;
	if (!world->nodes[from].locked)
		(void)world_dial(world, from, to, false, NULL);
	else if (lease_ask(world, &world->nodes[from], to))
		faults_bring_up(world, &world->nodes[from]);
}

static void
act(struct world *world, struct sim_node *node)
{
	/* A command: it is looked at whether it opens. */
	if (node->locked)
		faults_bring_up(world, node);
	if (node->locked)
		lease_type(world, node);
	if (!node->up || node->restored || node->shipped.copied ||
		!lease_holds(world, node))
		return;
	actors_act(world, node);
	live_wrote(world, node);
}

/* It comes again, in its time, whatever becomes of it now. */
static void
take_initiative(struct world *world, const struct event *event,
	uint32_t every_ms, void (*what)(struct world *world))
{
	bool kept = begin(world, event);

	world_later(world, about(world, every_ms), event->kind, event->node);
	if (kept && what)
		what(world);
	else if (kept)
		act(world, &world->nodes[event->node]);
}

static void
take_event(struct world *world, struct event *event)
{
	switch (event->kind) {
	case EVENT_ACT:
		take_initiative(world, event, ACT_EVERY_MS, NULL);
		break;
	case EVENT_DIAL:
		dial_hub(world, event);
		break;
	case EVENT_MEET:
		take_initiative(world, event, MEET_EVERY_MS, meet);
		break;
	case EVENT_FAULT:
		take_initiative(world, event, FAULT_EVERY_MS, faults_strike);
		break;
	case EVENT_ADMIN:
		take_initiative(
			world, event, ADMIN_EVERY_MS, office_administer);
		break;
	case EVENT_HOSTILE:
		take_initiative(world, event, HOSTILE_EVERY_MS, hostile_act);
		break;
	case EVENT_DAYS:
		take_initiative(world, event, DAYS_EVERY_MS, faults_days);
		break;
	case EVENT_FRAME:
		network_frame(world, event);
		break;
	case EVENT_CLOSE:
		network_close(world, event);
		break;
	case EVENT_IDLE:
		network_idle(world, event);
		break;
	case EVENT_TICK:
		network_tick(world, event);
		break;
	case EVENT_ENOUGH:
		network_enough(world, event);
		break;
	case EVENT_SEAL:
		live_seal(world, &world->nodes[event->node]);
		break;
	case EVENT_UP:
		faults_bring_up(world, &world->nodes[event->node]);
		break;
	case EVENT_HEAL_PARTITION:
		world->partition = 0;
		break;
	}
	faults_look_after(world);
}

bool
world_step(struct world *world)
{
	struct event event;

	if (world->failed || world->event_count == 0)
		return false;
	event = events_pop(world);
	world->now_ms = event.at_ms;
	world->counts.steps++;
	take_event(world, &event);
	free(event.bytes);
	return !world->failed;
}

/* ---- its beginning and its end ---- */

static void
make_nodes(struct world *world)
{
	for (int i = 0; i < world->node_count; i++) {
		struct sim_node *node = &world->nodes[i];
		uint8_t user[ID_BYTES];

		/* The fourth node is a second device of the second's user. */
		actors_id(user, 0x21, (uint32_t)(i == 4 ? 2 : i));
		node_init(node, world, i, i ? user : NULL);
		node->hostile = i == world->hostile;
		node->stale =
			node->hostile && random_once_in(&world->random, 3);
		if (world_has(world, FAULT_UPGRADE) && i &&
			random_once_in(&world->faults, 3))
			node->schema = schema_older();
		node->late = i > 1 && !node->hostile && !world->options.story &&
			random_once_in(&world->random, 5);
		if (i)
			node_introduce(node, &world->nodes[0]);
		disk_copy(node->disk, template_disk(node->schema));
		if (plant == PLANT_NO_SYNC)
			disk_lie(node->disk, true);
		if (node->late)
			continue;
		if (!node_start(node))
			world_fail(world, "node %d does not start", i);
		else
			ledger_watch(node->store);
		if (i == 0 && !world->failed)
			hubs_found(world);
	}
}

void
world_begin_work(struct world *world, int node)
{
	world_later(world, about(world, ACT_EVERY_MS), EVENT_ACT, node);
	world_later(world, about(world, 5000), EVENT_DIAL, node);
}

static void
schedule(struct world *world)
{
	for (int i = 1; i < world->node_count; i++) {
		world_begin_work(world, i);
		if (world->nodes[i].late)
			world_later(world, about(world, JOIN_MS), EVENT_UP, i);
	}
	world_later(world, about(world, ACT_EVERY_MS), EVENT_ACT, 0);
	world_later(world, about(world, MEET_EVERY_MS), EVENT_MEET, 0);
	world_later(world, FAULT_EVERY_MS, EVENT_FAULT, 0);
	world_later(world, about(world, ADMIN_EVERY_MS), EVENT_ADMIN, 0);
	if (world->hostile >= 0)
		world_later(world, about(world, HOSTILE_EVERY_MS),
			EVENT_HOSTILE, 0);
	if (world_has(world, FAULT_LEASE))
		world_later(world, about(world, DAYS_EVERY_MS), EVENT_DAYS, 0);
}

/* Of all faults these are in some seeds only: that leaves time for others. */
static void
choose_faults(struct world *world)
{
	static const enum fault some[] = {FAULT_ERASE, FAULT_WIPE};
	struct random random;

	if (world->options.faults != FAULT_ALL)
		return;
	random_init(&random, world->options.seed, 8);
	for (size_t i = 0; i < sizeof some / sizeof *some; i++)
		if (random_once_in(&random, 2))
			world->options.faults &= ~(uint32_t)some[i];
	/* The lease of a store that was copied is not played. */
	if (random_below(&random, 3))
		world->options.faults &= ~(uint32_t)FAULT_LEASE;
	else
		world->options.faults &=
			~(uint32_t)(FAULT_RESTORE | FAULT_CLONE);
}

struct world *
world_new(const struct world_options *options)
{
	struct world *world = alloc(sizeof *world);

	world->options = *options;
	choose_faults(world);
	world->now_ms = WORLD_START_MS;
	random_init(&world->random, options->seed, 1);
	random_init(&world->faults, options->seed, 4);
	random_init(&world->sodium, options->seed, 5);
	random_replace_sodium(&world->sodium);
	disk_randomness(&world->sodium);
	world->ledger = ledger_new();
	world->node_count = WORLD_NODES_MIN +
		(int)random_below(
			&world->random, WORLD_NODES_MAX - WORLD_NODES_MIN + 1);
	if (options->nodes)
		world->node_count = options->nodes;
	world->hostile = -1;
	if (world_has(world, FAULT_HOSTILE))
		world->hostile = world->node_count++;
	lease_start(world);
	make_nodes(world);
	if (!world->failed)
		office_found(world);
	if (!world->failed)
		lease_found(world);
	random_init(&world->random, options->seed, 6);
	if (!options->story)
		schedule(world);
	return world;
}

void
world_free(struct world *world)
{
	if (!world)
		return;
	network_drop_all(world);
	events_clear(world);
	for (int i = 0; i < world->node_count; i++) {
		actors_forget(world, i);
		node_clear(&world->nodes[i]);
	}
	ledger_free(world->ledger);
	ledger_forget_caught();
	free(world->events);
	free(world->taken);
	free(world->decisions);
	hubs_clear(world);
	lease_clear(world);
	free(world);
}

void
world_meet(struct world *world, int from, int to)
{
	(void)world_dial(world, from, to, true, NULL);
	while (world->event_count && world_step(world))
		;
}

static void
meet_once(struct world *world)
{
	for (int i = 1; i < world->node_count && !world->failed; i++)
		if (world->nodes[i].wiping)
			(void)wipe_settled(world, &world->nodes[i]);
		else if (world->nodes[i].locked) {
			if (lease_ask(world, &world->nodes[i], 0))
				faults_bring_up(world, &world->nodes[i]);
		} else if (i != world->hostile && !world->nodes[i].hub)
			world_meet(world, i, 0);
}

static void
meet_the_hub(struct world *world)
{
	int rounds = world->counts.cloned || world->counts.restored
		? HEAL_ROUNDS_OF_COPIES
		: HEAL_ROUNDS;
	uint64_t marks = erase_marks(world);
	int since = 0; /* rounds since there was more to erase */

	/* Who came up and is to erase itself is closed before it does. */
	faults_look_after(world);
	/* Who is found locked asks, and opens; then they begin. */
	if (world->laptops)
		rounds += 2;
	for (int round = 1; !world->failed && round < HEAL_ROUNDS_MAX &&
		(round <= rounds || since < ERASED_ROUNDS);
		round++) {
		meet_once(world);
		/* By then whoever holds what is to be erased has brought it. */
		if (round >= rounds && !world->failed)
			(void)erase_duties(world);
		since = erase_marks(world) == marks ? since + 1 : 0;
		marks = erase_marks(world);
	}
	/* Where all laptops are erased nobody came for what is not sealed. */
	if (world->laptops && sim_seal(&world->nodes[0]) != STATUS_OK)
		world_fail(world, "the hub cannot seal");
}

/* The hub is restored to its end; the old machines are told by somebody. */
static void
settle_hubs(struct world *world)
{
	if (hubs_restoring(world)) {
		meet_the_hub(world);
		hubs_done(world, false);
		if (hubs_restoring(world))
			world_fail(world, "the hub is not done restoring");
	}
	for (int i = 1; i < world->node_count; i++)
		if (world->nodes[i].late)
			faults_bring_up(world, &world->nodes[i]);
	meet_the_hub(world);
	for (int i = 1; i < world->node_count && !world->failed; i++)
		for (int k = 1; world->nodes[i].hub && k < world->node_count;
			k++)
			if (k != world->hostile && !world->nodes[k].hub)
				world_meet(world, k, i);
}

bool
world_heal(struct world *world)
{
	if (world->failed)
		return false;
	random_init(&world->random, world->options.seed, 7);
	network_drop_all(world);
	events_clear(world);
	faults_mend(world);
	events_clear(world);
	if (!world->failed) {
		/* What the hub did not come to write is certain by now. */
		hubs_forget_unwritten(world);
		hubs_note_heard(world);
	}
	if (!world->failed && world->ledger->term_count > 1)
		settle_hubs(world);
	meet_the_hub(world);
	if (!world->failed && decide_all(world))
		meet_the_hub(world);
	if (!world->failed)
		check_end(world);
	if (!world->failed && world->options.story)
		story_check_end(world);
	return !world->failed;
}
