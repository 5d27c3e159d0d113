#ifndef TESTS_SIM_LEASE_H
#define TESTS_SIM_LEASE_H

#include "tests/sim/world.h"

/*
 * Laptops under a lease: the shipped client/node/lease.c, lease_clock.c,
 * leased.c, vault.c, letterbox.c, unplaced.c, call.c and
 * client/node/hub/leases.c, on the simulated clock and folder (folder.h).
 * Beside them stands what is true: the time, by which the hubs' clocks go in
 * these runs, and how long a machine was on.
 *
 *     open --> (over, or the clock is behind) locked: off, dials, takes letters
 *          --> (renewed, or set right) open again, letters written
 *          --> (grace over, where the policy says so) erased (wipe.h)
 */

/* Where the fault is on: from here on each laptop has a lease to come. */
void lease_start(struct world *world);
/* The directory is founded: the first policy, and what the hub needs for it. */
void lease_found(struct world *world);
void lease_clear(struct world *world);

/* The admin changes the policy, or ends it. */
void lease_administer(struct world *world);
/* True time, milliseconds since 1970. */
int64_t lease_true_ms(const struct world *world);
/* The machine was started anew; its clock was set. */
void lease_rebooted(struct sim_node *node);
void lease_clock_set(struct sim_node *node);

/*
 * It would be started: false when its lease is in the way, or it is to be
 * erased. lease_opened() when it is up: what is behind, and its letters.
 */
bool lease_admits(struct world *world, struct sim_node *node);
void lease_opened(struct world *world, struct sim_node *node);
/* It is up and about to do something: false when it is locked from here on. */
bool lease_holds(struct world *world, struct sim_node *node);
/* After a conversation. */
void lease_follow(struct world *world, struct sim_node *node);
/* A locked one calls somebody for a renewal, and opens when it gets one. */
bool lease_ask(struct world *world, struct sim_node *node, int to);
/* Somebody types something at a locked one. */
void lease_type(struct world *world, struct sim_node *node);

/* What sessions ask (sync/session.h). */
void lease_host(struct sim_node *node);

/* Its file was written, or removed (folder.c). */
void lease_saved(struct sim_node *node);
void lease_removed(struct sim_node *node);

/* What must hold at the end. */
void lease_check(struct world *world, struct sim_node *node);

#endif
