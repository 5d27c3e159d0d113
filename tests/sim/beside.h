#ifndef TESTS_SIM_BESIDE_H
#define TESTS_SIM_BESIDE_H

#include "tests/sim/world.h"

/*
 * A node beside the oracle (oracle.h), which is given what the ledger says was
 * written: that the node has applied all of it, holds the same versions in the
 * same order, shows the same marks, and has the same conflicts in its inbox.
 */
void check_beside_oracle(struct world *world, struct sim_node *node);

#endif
