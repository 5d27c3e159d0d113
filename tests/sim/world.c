#include "tests/sim/world.h"

#include <assert.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/schema.h"
#include "sync/alloc.h"
#include "sync/link.h"
#include "tests/sim/actors.h"
#include "tests/sim/hostile.h"
#include "tests/sim/ledger.h"
#include "tests/sim/plant.h"

enum {
	LATENCY_MIN_MS = 5,
	LATENCY_SPREAD_MS = 200,
	ACT_EVERY_MS = 40 * 1000,
	MEET_EVERY_MS = 100 * 1000,
	FAULT_EVERY_MS = 60 * 1000,
	ADMIN_EVERY_MS = 400 * 1000,
	HOSTILE_EVERY_MS = 90 * 1000,
	DOWN_MAX_MS = 5 * 60 * 1000,
	PARTITION_MAX_MS = 10 * 60 * 1000,
	HEAL_ROUNDS = 3,
};

static const int64_t ten_years_ms = (int64_t)3653 * 86400000;

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
		"clock", "upgrade", "grants", "cuts", "hostile"};

	return index < 14 ? names[index] : NULL;
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

static void
events_push(struct world *world, struct event event)
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
	events_push(world,
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

/* ---- connections ---- */

static struct connection *
connection_of(struct world *world, uint64_t number)
{
	for (int i = 0; i < WORLD_CONNECTIONS_MAX; i++)
		if (world->connections[i].number == number)
			return &world->connections[i];
	return NULL;
}

static bool
parted(const struct world *world, int a, int b)
{
	uint32_t p = world->partition;

	return p && ((p >> a) & 1) != ((p >> b) & 1);
}

/* What a poor line, or somebody on it, does to a frame. */
enum harm { HARM_NONE, HARM_LOST, HARM_TWICE, HARM_LATE, HARM_CUT };

static enum harm
harm_of(struct world *world, const struct connection *c)
{
	static const enum fault faults[] = {FAULT_LOSS, FAULT_DUPLICATION,
		FAULT_REORDERING, FAULT_TRUNCATION};
	uint32_t pick;

	if (!c->bad || !random_once_in(&world->network, 12))
		return HARM_NONE;
	pick = random_below(&world->network, 4);
	return world_has(world, faults[pick]) ? (enum harm)(HARM_LOST + pick)
					      : HARM_NONE;
}

static void
send_frame(struct world *world, struct connection *c, int side,
	const uint8_t *bytes, size_t size)
{
	struct end *from = &c->ends[side];
	int64_t at = world->now_ms + LATENCY_MIN_MS +
		random_below(&world->network, LATENCY_SPREAD_MS);
	enum harm harm = harm_of(world, c);
	struct event event = {.kind = EVENT_FRAME,
		.connection = c->number,
		.to_initiator = side == 1,
		.sender_directory =
			directory_applied(&world->nodes[from->node]),
		.size = size};

	world->counts.frames++;
	world->counts.harmed += harm != HARM_NONE;
	if (harm == HARM_LOST ||
		parted(world, from->node, c->ends[1 - side].node))
		return;
	if (at <= from->last_arrival_ms)
		at = from->last_arrival_ms + 1;
	if (harm == HARM_LATE)
		at += LATENCY_SPREAD_MS;
	else
		from->last_arrival_ms = at;
	if (harm == HARM_CUT)
		event.size = random_below(&world->network, (uint32_t)size);
	event.at_ms = at;
	event.bytes = alloc_copy(bytes, size);
	events_push(world, event);
	if (harm == HARM_TWICE) {
		event.bytes = alloc_copy(bytes, size);
		event.at_ms++;
		events_push(world, event);
	}
}

static void
tell_agent(struct world *world, struct sim_node *node, bool succeeded)
{
	if (succeeded)
		agent_succeeded(&node->agent, node_now(node));
	else
		agent_failed(&node->agent, node_now(node),
			(uint32_t)random_next(&world->random));
}

static void
check_settled(struct world *world, struct connection *c)
{
	struct sim_node *a = &world->nodes[c->ends[0].node];
	struct sim_node *b = &world->nodes[c->ends[1].node];

	world->counts.settled++;
	if (random_once_in(&world->random, 4))
		check_pair(world, a, b);
	if (a->territories[0] && random_once_in(&world->random, 3)) {
		int count = 0;

		while (count < NODE_TERRITORIES_MAX && a->territories[count])
			count++;
		check_state(world, a,
			a->territories[random_below(
				&world->random, (uint32_t)count)]);
	}
}

/* This side is over; the other hears of it behind all that was sent. */
static void
close_end(struct world *world, struct connection *c, int side)
{
	struct end *end = &c->ends[side];
	struct sim_node *node = &world->nodes[end->node];

	if (end->session) {
		const struct session_report *r = session_report(end->session);

		world_trace(world, "node %d: session with %d: state %d (%d) %s",
			node->number, c->ends[1 - side].node, (int)r->state,
			(int)r->problem, r->detail);
		if (side == 0 && node->up && !disk_dead(node->disk)) {
			if (c->for_agent)
				tell_agent(world, node,
					r->state == SESSION_SETTLED);
			if (r->state == SESSION_SETTLED)
				check_settled(world, c);
		}
	}
	session_free(end->session);
	hostile_talk_free(end->talk);
	end->session = NULL;
	end->talk = NULL;
	end->open = false;
	if (!c->ends[1 - side].open) {
		c->number = 0;
		return;
	}
	events_push(world,
		(struct event){.at_ms = (end->last_arrival_ms > world->now_ms
							? end->last_arrival_ms
							: world->now_ms) +
				1,
			.kind = EVENT_CLOSE,
			.connection = c->number,
			.to_initiator = side == 1});
}

static bool
next_frame(struct world *world, struct end *end, const uint8_t **frame,
	size_t *size)
{
	struct sim_node *node = &world->nodes[end->node];

	if (end->talk)
		return hostile_talk_next(end->talk, frame, size);
	return session_next_frame(end->session, node_now(node), frame, size) ==
		STATUS_OK;
}

/* Whatever this side has to say goes; then it may be over. */
static void
pump(struct world *world, struct connection *c, int side)
{
	struct end *end = &c->ends[side];
	struct sim_node *node = &world->nodes[end->node];
	struct holdings before;
	const uint8_t *frame;
	size_t size;

	check_holdings(node, &before);
	while (next_frame(world, end, &frame, &size)) {
		if (disk_dead(node->disk) || node->crashed)
			return; /* it says no more */
		if (size > LINK_FRAME_MAX)
			world_fail(world, "a frame of %zu bytes", size);
		send_frame(world, c, side, frame, size);
	}
	/* What was pulled is stored here. */
	check_received(world, node, &world->nodes[c->ends[1 - side].node],
		end->sender_directory, &before);
	if (end->talk ? hostile_talk_over(end->talk)
		      : session_over(end->session))
		close_end(world, c, side);
}

bool
world_dial(struct world *world, int from, int to, bool for_agent,
	struct hostile_talk *talk)
{
	struct connection *c = connection_of(world, 0);
	struct session_options a, b;

	if (!c || !world->nodes[from].up || !world->nodes[to].up ||
		parted(world, from, to)) {
		hostile_talk_free(talk);
		return false;
	}
	a = node_options(&world->nodes[from], true);
	b = node_options(&world->nodes[to], false);
	*c = (struct connection){.number = ++world->last_connection,
		.bad = random_once_in(&world->network, 3),
		.for_agent = for_agent,
		.heard_ms = world->now_ms,
		.ends = {{.node = from, .open = true, .talk = talk},
			{.node = to, .open = true}}};
	if (!talk)
		c->ends[0].session = session_new(&a);
	c->ends[1].session = session_new(&b);
	world->counts.sessions++;
	events_push(world,
		(struct event){.at_ms = world->now_ms + LINK_IDLE_MS,
			.kind = EVENT_IDLE,
			.connection = c->number});
	pump(world, c, 0);
	return true;
}

static void
check_bounds(struct world *world, const struct end *end)
{
	uint32_t busy = session_busy(end->session);

	if (busy > SESSION_REQUESTS_MAX + 1)
		world_fail(world, "node %d: %u requests of one session at once",
			end->node, busy);
}

static void
take_frame(struct world *world, const struct event *event)
{
	struct connection *c = connection_of(world, event->connection);
	int side = event->to_initiator ? 0 : 1;
	struct end *end = c ? &c->ends[side] : NULL;
	struct sim_node *node, *sender;
	struct holdings before;
	enum status status;

	if (!c || !end->open)
		return;
	node = &world->nodes[end->node];
	sender = &world->nodes[c->ends[1 - side].node];
	c->heard_ms = world->now_ms;
	if (end->talk) {
		hostile_talk_receive(world, end->talk, event->sender_directory,
			event->bytes, event->size);
		pump(world, c, side);
		return;
	}
	end->sender_directory = event->sender_directory;
	check_holdings(node, &before);
	status = session_receive(
		end->session, node_now(node), event->bytes, event->size);
	(void)status; /* the report tells */
	check_received(world, node, sender, event->sender_directory, &before);
	check_bounds(world, end);
	pump(world, c, side);
}

static void
take_close(struct world *world, const struct event *event)
{
	struct connection *c = connection_of(world, event->connection);
	int side = event->to_initiator ? 0 : 1;

	if (!c || !c->ends[side].open)
		return;
	if (c->ends[side].session)
		session_closed(c->ends[side].session);
	close_end(world, c, side);
}

static void
take_idle(struct world *world, const struct event *event)
{
	struct connection *c = connection_of(world, event->connection);
	int64_t until;

	if (!c || !event->connection)
		return;
	until = c->heard_ms + LINK_IDLE_MS;
	if (until > world->now_ms) {
		events_push(world,
			(struct event){.at_ms = until,
				.kind = EVENT_IDLE,
				.connection = c->number});
		return;
	}
	for (int side = 0; side < 2; side++) {
		if (!c->ends[side].open)
			continue;
		if (c->ends[side].session)
			session_closed(c->ends[side].session);
		close_end(world, c, side);
	}
}

/* ---- nodes that go down and come up ---- */

/* The machine or the program is gone; its connections hang until they idle. */
static void
take_down(struct world *world, struct sim_node *node, bool power)
{
	world_trace(world, "node %d: %s", node->number,
		power ? "power cut" : "killed");
	if (power)
		disk_cut_power(node->disk, &world->disks);
	else
		disk_kill(node->disk);
	world->counts.power_cuts += power;
	world->counts.kills += !power;
	for (int i = 0; i < WORLD_CONNECTIONS_MAX; i++) {
		struct connection *c = &world->connections[i];

		for (int side = 0; side < 2 && c->number; side++)
			if (c->ends[side].open &&
				c->ends[side].node == node->number)
				close_end(world, c, side);
	}
	actors_forget(world, node->number);
	node_stop(node);
	disk_restart(node->disk);
	world_later(
		world, about(world, DOWN_MAX_MS / 2), EVENT_UP, node->number);
}

static void
bring_up(struct world *world, struct sim_node *node)
{
	if (node->up)
		return;
	if (world->healing)
		disk_mend(node->disk);
	if (!node_start(node)) {
		bool power =
			disk_dead(node->disk) && random_below(&world->disks, 2);

		/* It died while it opened, or the disk refused. */
		if (power)
			disk_cut_power(node->disk, &world->disks);
		disk_restart(node->disk);
		world_later(world, about(world, DOWN_MAX_MS / 2), EVENT_UP,
			node->number);
		world_trace(world, "node %d: does not come up", node->number);
		return;
	}
	ledger_watch(node->store);
	world_trace(world, "node %d: up", node->number);
	agent_init(&node->agent, node_now(node));
	if (disk_dead(node->disk) || node->crashed)
		return; /* again */
	check_kept(world, node);
	check_node(world, node);
}

/* Whom this step has brought down. */
static void
look_after_nodes(struct world *world)
{
	for (int i = 0; i < world->node_count; i++) {
		struct sim_node *node = &world->nodes[i];

		if (!node->up || (!node->crashed && !disk_dead(node->disk)))
			continue;
		take_down(world, node,
			disk_dead(node->disk) &&
				world_has(world, FAULT_POWER) &&
				(!world_has(world, FAULT_KILL) ||
					random_below(&world->disks, 2)));
	}
}

/* ---- faults ---- */

static void
jump_clock(struct world *world, struct sim_node *node)
{
	int64_t span = random_once_in(&world->faults, 3)
		? ten_years_ms
		: (int64_t)86400000 * 3;
	uint64_t pick = random_next(&world->faults);

	node->clock_offset = random_once_in(&world->faults, 3)
		? 0
		: (int64_t)(pick % (uint64_t)(2 * span)) - span;
	world->counts.jumps++;
	world_trace(world, "node %d: clock off by %lld", node->number,
		(long long)node->clock_offset);
}

static void
upgrade(struct world *world, struct sim_node *node)
{
	if (!node->up || node->schema == schema_roadbook())
		return;
	take_down(world, node, false);
	node->schema = schema_roadbook();
	world->counts.upgrades++;
}

static void
part(struct world *world)
{
	world->partition =
		random_below(&world->faults, 1u << world->node_count);
	world_later(world, 1 + random_below(&world->faults, PARTITION_MAX_MS),
		EVENT_HEAL_PARTITION, 0);
}

/* One of the faults that are on. */
static void
strike(struct world *world)
{
	struct sim_node *node = &world->nodes[random_below(
		&world->faults, (uint32_t)world->node_count)];
	enum fault fault = (enum fault)(1u << random_below(&world->faults, 14));

	world_later(world, 1 + random_below(&world->faults, FAULT_EVERY_MS),
		EVENT_FAULT, 0);
	if (!world_has(world, fault))
		return;
	if (fault == FAULT_PARTITION && !world->partition)
		part(world);
	else if (fault == FAULT_CLOCK)
		jump_clock(world, node);
	else if (fault == FAULT_UPGRADE)
		upgrade(world, node);
	else if (fault == FAULT_POWER || fault == FAULT_KILL)
		disk_die(node->disk, 1 + random_below(&world->faults, 200));
	else if (fault == FAULT_FULL)
		disk_fill(node->disk, random_below(&world->faults, 2));
	else if (fault == FAULT_IO)
		disk_fail(node->disk, 1 + random_below(&world->faults, 200),
			1 + random_below(&world->faults, 3));
}

/* ---- what happens ---- */

static void
dial_hub(struct world *world, struct sim_node *node)
{
	int64_t wait;
	bool busy = false;

	for (int i = 0; i < WORLD_CONNECTIONS_MAX; i++)
		busy |= world->connections[i].number &&
			world->connections[i].for_agent &&
			world->connections[i].ends[0].node == node->number;
	if (node->up && !busy && agent_due(&node->agent, node_now(node)) &&
		!world_dial(world, node->number, 0, true, NULL))
		tell_agent(world, node, false);
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

	if (from != to)
		(void)world_dial(world, from, to, false, NULL);
	world_later(world, about(world, MEET_EVERY_MS), EVENT_MEET, 0);
}

static void
act(struct world *world, struct sim_node *node)
{
	if (node->up)
		actors_act(world, node);
	world_later(world, about(world, ACT_EVERY_MS), EVENT_ACT, node->number);
}

static void
take_event(struct world *world, struct event *event)
{
	struct sim_node *node = &world->nodes[event->node];

	switch (event->kind) {
	case EVENT_ACT:
		act(world, node);
		break;
	case EVENT_DIAL:
		dial_hub(world, node);
		break;
	case EVENT_MEET:
		meet(world);
		break;
	case EVENT_FRAME:
		take_frame(world, event);
		break;
	case EVENT_CLOSE:
		take_close(world, event);
		break;
	case EVENT_IDLE:
		take_idle(world, event);
		break;
	case EVENT_FAULT:
		strike(world);
		break;
	case EVENT_UP:
		bring_up(world, node);
		break;
	case EVENT_ADMIN:
		actors_administer(world);
		world_later(
			world, about(world, ADMIN_EVERY_MS), EVENT_ADMIN, 0);
		break;
	case EVENT_HOSTILE:
		hostile_act(world);
		world_later(world, about(world, HOSTILE_EVERY_MS),
			EVENT_HOSTILE, 0);
		break;
	case EVENT_HEAL_PARTITION:
		world->partition = 0;
		break;
	}
	look_after_nodes(world);
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
		if (i)
			node_introduce(node, &world->nodes[0]);
		disk_copy(node->disk, template_disk(node->schema));
		if (plant == PLANT_NO_SYNC)
			disk_lie(node->disk, true);
		if (!node_start(node))
			world_fail(world, "node %d does not start", i);
		else
			ledger_watch(node->store);
	}
}

static void
schedule(struct world *world)
{
	for (int i = 1; i < world->node_count; i++) {
		world_later(world, about(world, ACT_EVERY_MS), EVENT_ACT, i);
		world_later(world, about(world, 5000), EVENT_DIAL, i);
	}
	world_later(world, about(world, ACT_EVERY_MS), EVENT_ACT, 0);
	world_later(world, about(world, MEET_EVERY_MS), EVENT_MEET, 0);
	world_later(world, FAULT_EVERY_MS, EVENT_FAULT, 0);
	world_later(world, about(world, ADMIN_EVERY_MS), EVENT_ADMIN, 0);
	if (world->hostile >= 0)
		world_later(world, about(world, HOSTILE_EVERY_MS),
			EVENT_HOSTILE, 0);
}

struct world *
world_new(const struct world_options *options)
{
	struct world *world = alloc(sizeof *world);

	world->options = *options;
	world->now_ms = WORLD_START_MS;
	random_init(&world->random, options->seed, 1);
	random_init(&world->network, options->seed, 2);
	random_init(&world->disks, options->seed, 3);
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
	make_nodes(world);
	if (!world->failed)
		actors_found(world);
	schedule(world);
	return world;
}

static void
drop_connections(struct world *world)
{
	for (int i = 0; i < WORLD_CONNECTIONS_MAX; i++) {
		struct connection *c = &world->connections[i];

		for (int side = 0; side < 2; side++) {
			session_free(c->ends[side].session);
			hostile_talk_free(c->ends[side].talk);
		}
		memset(c, 0, sizeof *c);
	}
}

void
world_free(struct world *world)
{
	if (!world)
		return;
	drop_connections(world);
	events_clear(world);
	for (int i = 0; i < world->node_count; i++) {
		actors_forget(world, i);
		node_clear(&world->nodes[i]);
	}
	ledger_free(world->ledger);
	ledger_forget_caught();
	free(world->events);
	free(world);
}

/* Everything works from here on, and the clocks are right. */
static void
mend(struct world *world)
{
	drop_connections(world);
	events_clear(world);
	world->healing = true;
	world->partition = 0;
	for (int i = 0; i < world->node_count && !world->failed; i++) {
		struct sim_node *node = &world->nodes[i];

		disk_mend(node->disk);
		node->clock_offset = 0;
		bring_up(world, node);
		if (!node->up || node->crashed)
			world_fail(world,
				"node %d does not start, with its disk "
				"mended",
				i);
	}
	events_clear(world);
}

bool
world_heal(struct world *world)
{
	if (world->failed)
		return false;
	mend(world);
	if (!world->failed) {
		/* What the hub did not come to write is certain by now. */
		ledger_forget_facts(
			world->ledger, directory_applied(&world->nodes[0]) + 1);
		actors_cut_forks(world);
	}
	for (int round = 0; round < HEAL_ROUNDS; round++)
		for (int i = 1; i < world->node_count && !world->failed; i++) {
			if (i == world->hostile)
				continue;
			(void)world_dial(world, i, 0, true, NULL);
			while (world->event_count && world_step(world))
				;
		}
	if (!world->failed)
		check_end(world);
	return !world->failed;
}
