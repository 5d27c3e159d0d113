#ifndef CLIENT_NODE_HUB_GRANTS_H
#define CLIENT_NODE_HUB_GRANTS_H

#include "client/node/hub/directory.h"

/*
 * Granting and ending (DESIGN 6). A promotion adds a grant and ends none; who
 * comes back gets a new grant, and with it new logs. What an admin orders is
 * under node->ordered_by; what the hub does later of itself (an `until`, the
 * end of an ending) is under the name of the admin who had ordered it.
 *
 *     granted --> ending (the devices are told, and hand over) --> ended
 *         |                                                          ^
 *         +------------------ revoke, --now -------------------------+
 */
struct hub_grant {
	const char *login;
	const char *territory; /* path; NULL: any, or `/` for an admin */
	const char *role;      /* code or label; NULL: any, or rep */
	const char *until;     /* YYYY-MM-DD; NULL: leave it as it is */
};

/* How long a device may take to hand over what it has. */
enum { HUB_ENDING_DAYS = 14 };

/*
 * Drafts the grant unless the user has it, and its `until`. EXIT_NOT_FOUND: no
 * such territory; EXIT_USAGE: no such role, or no day.
 */
bool grant_draft(struct node *node, struct directory_draft *draft,
	const struct policy_user *user, const struct hub_grant *grant,
	struct problem *problem);

/* The same for a login, written. EXIT_NOT_FOUND: no such user. */
bool hub_grant(struct node *node, const struct hub_grant *grant,
	struct problem *problem);

/*
 * Begins to end the user's grants of that territory and role, or with `now`
 * ends them at once. *count tells how many. EXIT_NOT_FOUND: there is none.
 * EXIT_REFUSED: it would be the last admin's.
 */
bool hub_end_grant(struct node *node, const struct hub_grant *grant, bool now,
	uint32_t *count, struct problem *problem);

/*
 * What is due at `now_ms`: grants whose `until` has come begin to end, and
 * those that have ended their 14 days, or whose devices all hold the same as
 * we, are ended. In the hub's loop, and when it starts.
 */
bool hub_carry_out(struct node *node, int64_t now_ms, struct problem *problem);

/*
 * A device and the hub were found to hold the same, the directory too: of the
 * grants of its user that are ending, it has handed over all.
 * First of all, what of former hubs' endings was not written when it came
 * (succession.h).
 */
bool hub_in_step(
	struct node *node, const uint8_t *device, struct problem *problem);

/*
 * Of the grants of its user that are ending: whether the device has handed
 * over what it had under each of them.
 */
enum drained {
	DRAINED_NOTHING_OWED, /* none is ending, or it is shut out */
	DRAINED_NOT_YET,
	DRAINED_ALL,
};
enum drained hub_drained(struct node *node, const struct policy_device *device);

#endif
