#ifndef TESTS_SIM_ACTORS_H
#define TESTS_SIM_ACTORS_H

#include <stdint.h>

#include "tests/sim/world.h"

/*
 * What people do: reps and managers log, edit, import, archive, open forms
 * before a sync and save them after it, join accounts and resolve conflicts,
 * on a few records, so that they meet.
 */

/* Forms that are open at a node, as they were shown. */
void actors_forget(struct world *world, int node);

/* The node's user does something, perhaps several things. */
void actors_act(struct world *world, struct sim_node *node);

/* An id that tests recognise: `kind` and `number`. */
void actors_id(uint8_t *id, uint8_t kind, uint32_t number);

#endif
