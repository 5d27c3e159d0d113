#ifndef TESTS_SIM_WILD_H
#define TESTS_SIM_WILD_H

#include "tests/sim/world.h"

/*
 * The hostile device writes in its own store what is wild but well-formed, and
 * lets others carry it: a time at the end of all times, a field above its rank,
 * a context that it does not have.
 */
void wild_write(struct world *world);

#endif
