#ifndef TESTS_SIM_SHIPPED_H
#define TESTS_SIM_SHIPPED_H

#include "tests/sim/node.h"

/*
 * The files of client/node that the simulator plays as they are: owed.c, what
 * a node owes the hub and when it forgets. They see the simulated node as a
 * `struct node`; what they ask of node.c (transactions, territories, the time)
 * is answered by shipped.c, for the simulated one.
 */

/* The node as client/node sees it, until something else happens. */
struct node *shipped_lend(struct sim_node *node);

/* To whom it was lent last. */
struct sim_node *shipped_lent(void);

/* The node was opened, its directory not yet read: what it remembers. */
void shipped_recall(struct sim_node *node);
/* Drops what the node need not wait with (node_tidy), and notes it. */
void shipped_tidy(struct sim_node *node);

/* What sessions ask of a node: owed, handed_over, revoked. */
void shipped_owed(void *self,
	void (*found)(void *found_self, const uint8_t *territory),
	void *found_self);
void shipped_handed_over(void *self, const uint8_t *territory);
void shipped_revoked(void *self, const uint8_t *bytes, size_t size);

#endif
