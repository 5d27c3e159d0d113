#ifndef CLIENT_NODE_HUB_LEASES_H
#define CLIENT_NODE_HUB_LEASES_H

#include "client/node/node.h"

/*
 * The company's leases (client/node/lease.h): the policy in the directory, and
 * the renewals that the hub signs for who asks. A device's secret is derived
 * from one of the hub's own, so that it is the same in each renewal and no list
 * is kept; a hub that was restored without it gives others, and who is locked
 * then is opened with `hub recover`.
 */

/* What is said of leases: days 0 ends them. EXIT_USAGE: out of bounds. */
bool leases_set(struct node *node, const struct policy_lease *policy,
	struct problem *problem);

/*
 * The renewals for this device, its own first, then, unless it has new ones,
 * those of devices with which it shares a territory.
 */
void leases_give(struct node *node, const uint8_t *device, int64_t since,
	int64_t now_ms, void (*found)(void *self, const uint8_t *renewal),
	void *self);

#endif
