#ifndef TESTS_SIM_FAULTS_H
#define TESTS_SIM_FAULTS_H

#include "tests/sim/world.h"

/* What breaks, and how nodes go down and come up again. */

/* One of the faults that are on strikes one of the nodes. */
void faults_strike(struct world *world);

/* Days pass, or what the company says of leases changes. */
void faults_days(struct world *world);

/* Starts a node that is off, unless it dies of it: then it is tried again. */
void faults_bring_up(struct world *world, struct sim_node *node);
/* Takes down whom the last step has killed. */
void faults_look_after(struct world *world);
/* Everything works from here on, the clocks are right, all nodes are up. */
void faults_mend(struct world *world);

#endif
