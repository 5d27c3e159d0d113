#ifndef TESTS_SIM_DECIDE_H
#define TESTS_SIM_DECIDE_H

#include "tests/sim/world.h"

/*
 * What lies beyond cut-offs at the hub, and managers who decide on it: each
 * change is rejected, or carried over by sync/carry.c under the manager's log,
 * on the manager's own node (MERGE R20). How the changes come there, as records
 * of the hub, is not played.
 */

/* A manager decides on some of it, or on nothing if none can. */
void decide_some(struct world *world);
/* All of it is decided on. False when there was nothing. */
bool decide_all(struct world *world);

#endif
