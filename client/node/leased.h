#ifndef CLIENT_NODE_LEASED_H
#define CLIENT_NODE_LEASED_H

#include <jansson.h>

#include "client/node/lease.h"
#include "client/node/node.h"
#include "proto/message.h"

/*
 * An open device under a lease (lease.h): it asks whoever it talks to for
 * renewals, carries those of colleagues to them, and locks when its own runs
 * out. A node that is not encrypted has nothing to lock, and the hub is under
 * no lease; both carry none.
 */

/* Its lease, if there is one, else NULL: the caller's to lease_free(). */
struct lease *leased_load(struct node *node);

/* What sessions ask (sync/session.h: session_host). */
bool leased_wanted(struct node *node, int64_t *since);
void leased_take(struct node *node, struct message *renewals,
	const struct certificate *issuer, int64_t told_ms);
/* The newest one of that device that was carried here. */
void leased_give(struct node *node, const uint8_t *device, int64_t since,
	void (*found)(void *self, const uint8_t *renewal), void *self);

/*
 * After opening, and after each conversation: finishes what was cut short, and
 * gives the lease up where the directory has none any more. What the disk
 * refuses is tried again the next time.
 */
void leased_follow(struct node *node);

/*
 * Whether it may go on: looks at the clock, and writes down how late it is.
 * False with *problem (EXIT_LOCKED): it is locked now, and is to be closed.
 */
bool leased_holds(struct node *node, struct problem *problem);

/*
 * {"until", "days_left", "then": "lock"|"wipe"}, or null without a lease;
 * `until` as time, days_left rounded up.
 */
json_t *leased_json(struct node *node);

/* The secret half of the letterbox (letterbox.h); false: there is none. */
bool leased_letter_secret(
	struct node *node, uint8_t secret[static LETTERBOX_KEY_SIZE]);

#endif
