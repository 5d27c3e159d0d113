#ifndef TESTS_SIM_SURVIVE_H
#define TESTS_SIM_SURVIVE_H

#include "tests/sim/ledger.h"

/*
 * Where two copies of a store wrote, what either was told is saved is in some
 * log of the hub's, or still in that of one of the two: in the branch that
 * counts, carried over, or late.
 */
void check_survives(struct world *world, const struct ledger_log *log);

#endif
