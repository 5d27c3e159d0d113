#ifndef TESTS_SIM_MINIMISE_H
#define TESTS_SIM_MINIMISE_H

#include "tests/sim/run.h"

/*
 * Makes a run that fails small: fewer faults, fewer nodes, a shorter prefix,
 * and of what is begun in it (struct initiative) as little as can be, by delta
 * debugging (Zeller, Hildebrandt 2002). It must go on failing at the same
 * check.
 *
 * *best is a run that fails and is replaced by the smallest one found, whose
 * `only` is the caller's to free; *outcome is what it came to. Progress goes to
 * standard error.
 */
void minimise(struct world_options *best, struct outcome *outcome);

#endif
