#include "tests/sim/network.h"

#include <stdlib.h>
#include <string.h>

#include "proto/message.h"
#include "sync/alloc.h"
#include "sync/link.h"
#include "tests/sim/hostile.h"
#include "tests/sim/lease.h"
#include "tests/sim/live.h"
#include "tests/sim/restore.h"
#include "tests/sim/shipped.h"
#include "tests/sim/wipe.h"

enum {
	LATENCY_MIN_MS = 5,
	LATENCY_SPREAD_MS = 200,
	WATCH_MAX_MS = 20 * 60 * 1000,
	/*
	 * What a peer can make a session hold (sync/session.h): messages that
	 * came and wait, requests or answers under way. As much again for
	 * what its node does meanwhile, which is counted with it: sealing,
	 * segments unpacked, territories that grow, or are projected again.
	 */
	MEMORY_MAX = 2 * (2 * MESSAGE_SIZE_MAX + SESSION_UNREAD_MAX),
};

static struct connection *
connection_of(struct world *world, uint64_t number)
{
	for (int i = 0; i < WORLD_CONNECTIONS_MAX; i++)
		if (world->connections[i].number == number)
			return &world->connections[i];
	return NULL;
}

bool
network_parted(const struct world *world, int a, int b)
{
	uint32_t p = world->partition;

	return p && ((p >> a) & 1) != ((p >> b) & 1);
}

/* What a poor line, or somebody on it, does to a frame. */
enum harm { HARM_NONE, HARM_LOST, HARM_TWICE, HARM_LATE, HARM_CUT };

static enum harm
harm_of(const struct world *world, struct connection *c)
{
	static const enum fault faults[] = {FAULT_LOSS, FAULT_DUPLICATION,
		FAULT_REORDERING, FAULT_TRUNCATION};
	uint32_t pick;

	if (!c->bad || !random_once_in(&c->random, 12))
		return HARM_NONE;
	pick = random_below(&c->random, 4);
	return world_has(world, faults[pick]) ? (enum harm)(HARM_LOST + pick)
					      : HARM_NONE;
}

static void
send_frame(struct world *world, struct connection *c, int side,
	const uint8_t *bytes, size_t size)
{
	struct end *from = &c->ends[side];
	int64_t at = world->now_ms + LATENCY_MIN_MS +
		random_below(&c->random, LATENCY_SPREAD_MS);
	enum harm harm = harm_of(world, c);
	struct event event = {.kind = EVENT_FRAME,
		.connection = c->number,
		.to_initiator = side == 1,
		.sender_directory =
			directory_applied(&world->nodes[from->node]),
		.size = size};

	world->counts.frames++;
	world->counts.doubled += harm == HARM_TWICE;
	world->counts.swapped += harm == HARM_LATE;
	world->counts.truncated += harm == HARM_CUT;
	if (harm == HARM_LOST ||
		network_parted(world, from->node, c->ends[1 - side].node)) {
		world->counts.lost++;
		return;
	}
	if (at <= from->last_arrival_ms)
		at = from->last_arrival_ms + 1;
	if (harm == HARM_LATE)
		at += LATENCY_SPREAD_MS;
	else
		from->last_arrival_ms = at;
	if (harm == HARM_CUT)
		event.size = random_below(&c->random, (uint32_t)size);
	event.at_ms = at;
	event.bytes = alloc_copy(bytes, size);
	world_push(world, event);
	if (harm == HARM_TWICE) {
		event.bytes = alloc_copy(bytes, size);
		event.at_ms++;
		world_push(world, event);
	}
}

void
network_tell_agent(struct world *world, struct sim_node *node, bool well)
{
	struct random random = world_chance(world, CHANCE_AGENT, node->number);

	if (well)
		agent_succeeded(&node->agent, node_now(node));
	else
		agent_failed(&node->agent, node_now(node),
			(uint32_t)random_next(&random));
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
	bool was_talk;

	if (end->session) {
		const struct session_report *r = session_report(end->session);

		world_trace(world,
			"node %d: session with %d: state %d (%d) %u forks %s",
			node->number, c->ends[1 - side].node, (int)r->state,
			(int)r->problem, r->forks, r->detail);
		if (side == 0 && node->up && !disk_dead(node->disk)) {
			if (c->for_agent)
				network_tell_agent(world, node,
					r->state == SESSION_SETTLED);
			if (r->state == SESSION_SETTLED)
				check_settled(world, c);
			if (r->state == SESSION_SETTLED && r->peer_is_hub &&
				r->same && !r->replaced && node->restored)
				restore_in_step(world, node);
		}
	}
	was_talk = end->talk != NULL;
	session_free(end->session);
	hostile_talk_free(end->talk);
	end->session = NULL;
	end->talk = NULL;
	end->open = false;
	if (!c->ends[1 - side].open)
		c->number = 0;
	if (node->up && !node->crashed && !disk_dead(node->disk) && !was_talk)
		shipped_tidy(node);
	lease_follow(world, node);
	wipe_when_due(world, node);
	if (!c->number)
		return;
	world_push(world,
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
	enum status status;

	if (end->talk)
		return hostile_talk_next(end->talk, frame, size);
	memory_begin(&end->memory);
	status = session_next_frame(end->session, node_now(node), frame, size);
	memory_end(&end->memory);
	return status == STATUS_OK;
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

	if (hostile_talk_deaf(c->ends[1 - side].talk))
		return; /* the other end does not read: it stays here */
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
	live_plan(world, c, side);
}

bool
world_dial(struct world *world, int from, int to, bool for_agent,
	struct hostile_talk *talk)
{
	struct connection *c = connection_of(world, 0);
	struct session_options a, b;
	struct random chance;

	if (!c || !world->nodes[from].up || !world->nodes[to].up ||
		network_parted(world, from, to) ||
		!lease_holds(world, &world->nodes[from]) ||
		!lease_holds(world, &world->nodes[to])) {
		hostile_talk_free(talk);
		return false;
	}
	chance = world_chance(
		world, CHANCE_NETWORK, from * WORLD_NODES_ALL + to);
	a = node_options(&world->nodes[from], true);
	b = node_options(&world->nodes[to], false);
	a.watch = for_agent && !world->healing && !world->options.story &&
		random_once_in(&chance, 3);
	*c = (struct connection){.number = ++world->last_connection,
		.bad = random_once_in(&chance, 3),
		.random = chance,
		.for_agent = for_agent,
		.heard_ms = world->now_ms,
		.ends = {{.node = from, .open = true, .talk = talk},
			{.node = to, .open = true}}};
	if (!talk)
		c->ends[0].session = session_new(&a);
	if (to == world->hostile)
		c->ends[1].talk = hostile_answer(world);
	if (!c->ends[1].talk)
		c->ends[1].session = session_new(&b);
	world->counts.sessions++;
	world_push(world,
		(struct event){.at_ms = world->now_ms + LINK_IDLE_MS,
			.kind = EVENT_IDLE,
			.connection = c->number});
	if (a.watch) {
		world->counts.watched++;
		world_push(world,
			(struct event){.at_ms = world->now_ms +
					random_below(&chance, WATCH_MAX_MS),
				.kind = EVENT_ENOUGH,
				.connection = c->number,
				.to_initiator = true});
	}
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
	if (end->memory.most > world->memory)
		world->memory = end->memory.most;
	if (end->memory.most > MEMORY_MAX)
		world_fail(world, "node %d: a session holds more than %d bytes",
			end->node, (int)MEMORY_MAX);
}

void
network_frame(struct world *world, const struct event *event)
{
	struct connection *c = connection_of(world, event->connection);
	int side = event->to_initiator ? 0 : 1;
	struct end *end = c ? &c->ends[side] : NULL;
	struct sim_node *node, *sender;
	struct holdings before;
	enum status status;
	int64_t hub_time;

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
	hub_time = node->hub_time_ms;
	memory_begin(&end->memory);
	status = session_receive(
		end->session, node_now(node), event->bytes, event->size);
	memory_end(&end->memory);
	(void)status; /* the report tells */
	if (sender->hostile && node->hub_time_ms != hub_time)
		world_fail(world, "node %d believed the time of a device",
			node->number);
	check_received(world, node, sender, event->sender_directory, &before);
	check_bounds(world, end);
	pump(world, c, side);
}

void
network_close(struct world *world, const struct event *event)
{
	struct connection *c = connection_of(world, event->connection);
	int side = event->to_initiator ? 0 : 1;

	if (!c || !c->ends[side].open)
		return;
	if (c->ends[side].session)
		session_closed(c->ends[side].session);
	close_end(world, c, side);
}

void
network_idle(struct world *world, const struct event *event)
{
	struct connection *c = connection_of(world, event->connection);
	int64_t until;

	if (!c || !event->connection)
		return;
	until = c->heard_ms + LINK_IDLE_MS;
	if (until > world->now_ms) {
		world_push(world,
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

void
network_drop_all(struct world *world)
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

static struct connection *
end_of(struct world *world, const struct event *event, int *side)
{
	struct connection *c = connection_of(world, event->connection);

	*side = event->to_initiator ? 0 : 1;
	return c && event->connection && c->ends[*side].open ? c : NULL;
}

void
network_tick(struct world *world, const struct event *event)
{
	int side;
	struct connection *c = end_of(world, event, &side);

	if (c && live_tick(world, event, c, side))
		pump(world, c, side);
}

void
network_enough(struct world *world, const struct event *event)
{
	int side;
	struct connection *c = end_of(world, event, &side);

	if (!c || !c->ends[side].session)
		return;
	session_end(c->ends[side].session);
	pump(world, c, side);
}

bool
network_busy(const struct world *world, int node)
{
	for (int i = 0; i < WORLD_CONNECTIONS_MAX; i++)
		if (world->connections[i].number &&
			world->connections[i].for_agent &&
			world->connections[i].ends[0].node == node)
			return true;
	return false;
}

void
network_abandon(struct world *world, int node)
{
	for (int i = 0; i < WORLD_CONNECTIONS_MAX; i++) {
		struct connection *c = &world->connections[i];

		for (int side = 0; side < 2 && c->number; side++)
			if (c->ends[side].open && c->ends[side].node == node)
				close_end(world, c, side);
	}
}
