#ifndef TESTS_SIM_OFFICE_H
#define TESTS_SIM_OFFICE_H

#include "tests/sim/world.h"

/*
 * Head office: the hub's admin founds the company, adds grants and records
 * cut-offs, and what they say goes into the ledger as facts.
 */

/* The company: territories, users, devices, first grants. */
void office_found(struct world *world);
/* The device of somebody new. False while the hub is off. */
bool office_welcome(struct world *world, struct sim_node *node);
/* The admin does something. */
void office_administer(struct world *world);
/*
 * The hub found a device to hold the same: what is ending for its user may
 * have drained (as client/node/hub/grants.c).
 */
void office_in_step(
	struct world *world, const struct sim_node *hub, const uint8_t *device);
/*
 * Somebody leaves: their grants end, their device is shut out, and another one
 * is granted the place.
 */
void office_offboard(struct world *world, int leaver, int successor, int place);
/* The admin cuts every log of which two branches are about. */
void office_cut_forks(struct world *world);

#endif
