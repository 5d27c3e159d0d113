#ifndef TESTS_SIM_NETWORK_H
#define TESTS_SIM_NETWORK_H

#include "tests/sim/world.h"

/*
 * Connections between nodes, and what becomes of the frames on them. A frame
 * takes some time; a poor line loses frames, doubles, swaps and cuts them.
 */

/* The events of a connection. */
void network_frame(struct world *world, const struct event *event);
void network_close(struct world *world, const struct event *event);
void network_idle(struct world *world, const struct event *event);
void network_tick(struct world *world, const struct event *event);
void network_enough(struct world *world, const struct event *event);

/* Whether a partition lies between the two. */
bool network_parted(const struct world *world, int a, int b);
/* Whether the node's agent has a session with the hub. */
bool network_busy(const struct world *world, int node);
/* Every connection of a node that is gone: the others will see by and by. */
void network_abandon(struct world *world, int node);
void network_drop_all(struct world *world);
/* The agent of the node has tried. */
void network_tell_agent(struct world *world, struct sim_node *node, bool well);

#endif
