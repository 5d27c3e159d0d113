#ifndef TESTS_SIM_WIPE_H
#define TESTS_SIM_WIPE_H

#include "tests/sim/world.h"

/*
 * An encrypted laptop that was shut out erases itself, by the shipped
 * client/node/wipe.c, and its receipt goes to the hub, by the shipped
 * client/node/hub/receipts.c. The folder is three files, in memory: a power cut
 * may come between any two steps.
 *
 *     shut out --> (owes nothing) receipt written --> wiped is written
 *              --> vault, keys, database removed --> receipt delivered
 */

/* A conversation or a start is over: whether it is to go now; then it does. */
void wipe_when_due(struct world *world, struct sim_node *node);
/*
 * It would be started: goes on with what was cut short. False: there is nothing
 * to start any more; its receipt is given to the hub, if it can be.
 */
bool wipe_settled(struct world *world, struct sim_node *node);
/* The same of one whose lease and grace are over; what it had is lost. */
void wipe_by_lease(struct world *world, struct sim_node *node);
/* Whether something of it is still to be done. */
bool wipe_unfinished(const struct sim_node *node);

/*
 * What must hold at the end: whoever was shut out is gone, nobody else is, no
 * byte of a database is left, and the hub has the receipt.
 */
void wipe_check(struct world *world, struct sim_node *node);

#endif
