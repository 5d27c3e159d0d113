#include "tests/sim/live.h"

#include <string.h>

enum { SEAL_MS = 2000 };

void
live_plan(struct world *world, struct connection *c, int side)
{
	struct end *end = &c->ends[side];
	int64_t wait, at;

	if (!c->number || !end->open || !end->session)
		return;
	wait = session_wait_ms(
		end->session, node_now(&world->nodes[end->node]));
	if (wait < 0)
		return;
	at = world->now_ms + (wait ? wait : 1);
	if (end->tick_ms && end->tick_ms <= at)
		return;
	end->tick_ms = at;
	world_push(world,
		(struct event){.at_ms = at,
			.kind = EVENT_TICK,
			.connection = c->number,
			.to_initiator = side == 0});
}

bool
live_tick(struct world *world, const struct event *event, struct connection *c,
	int side)
{
	struct end *end = &c->ends[side];

	if (end->tick_ms != event->at_ms || !end->session)
		return false; /* another one came in between */
	end->tick_ms = 0;
	memory_begin(&end->memory);
	session_tick(end->session, node_now(&world->nodes[end->node]));
	memory_end(&end->memory);
	world->counts.ticks++;
	return true;
}

void
live_moved(struct world *world, struct sim_node *node, const struct session *by,
	const uint8_t *territory)
{
	for (int i = 0; i < WORLD_CONNECTIONS_MAX; i++) {
		struct connection *c = &world->connections[i];

		for (int side = 0; c->number && side < 2; side++) {
			struct end *end = &c->ends[side];

			if (!end->open || !end->session || end->session == by ||
				end->node != node->number)
				continue;
			session_moved(end->session, territory);
			live_plan(world, c, side);
		}
	}
}

static bool
anybody_watches(const struct world *world, int node)
{
	for (int i = 0; i < WORLD_CONNECTIONS_MAX; i++)
		for (int side = 0; side < 2; side++) {
			const struct connection *c = &world->connections[i];
			const struct end *end = &c->ends[side];

			if (c->number && end->open && end->session &&
				end->node == node &&
				session_report(end->session)->watching)
				return true;
		}
	return false;
}

void
live_wrote(struct world *world, struct sim_node *node)
{
	if (node->seals || !anybody_watches(world, node->number))
		return;
	node->seals = true;
	world_later(world, SEAL_MS, EVENT_SEAL, node->number);
}

void
live_seal(struct world *world, struct sim_node *node)
{
	uint8_t ids[NODE_TERRITORIES_MAX][ID_BYTES];
	int count = 0;

	node->seals = false;
	if (!node->up)
		return;
	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i]; i++)
		if (territory_pending(node->territories[i]))
			memcpy(ids[count++], territory_id(node->territories[i]),
				ID_BYTES);
	if (sim_seal(node) != STATUS_OK)
		return; /* the next session seals */
	for (int i = 0; i < count; i++)
		live_moved(world, node, NULL, ids[i]);
}
