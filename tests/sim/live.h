#ifndef TESTS_SIM_LIVE_H
#define TESTS_SIM_LIVE_H

#include "tests/sim/world.h"

/*
 * Sessions that go on after they have settled and tell what moves, as
 * client/node/peers_live.c has them: what is written is sealed two seconds
 * later, then everybody who watches is told.
 */

/* Something of the territory is kept at the node; `by` knows. */
void live_moved(struct world *world, struct sim_node *node,
	const struct session *by, const uint8_t *territory);
/* Somebody at the node has written. */
void live_wrote(struct world *world, struct sim_node *node);
/* When the session has something to do by itself, it will. */
void live_plan(struct world *world, struct connection *c, int side);

/* An event of it; false: there is nothing to send now. */
bool live_tick(struct world *world, const struct event *event,
	struct connection *c, int side);
/* EVENT_SEAL */
void live_seal(struct world *world, struct sim_node *node);

#endif
