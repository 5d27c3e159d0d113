#ifndef CLIENT_HANDOVER_OFFBOARD_H
#define CLIENT_HANDOVER_OFFBOARD_H

#include "client/handover/succession.h"

/*
 * Somebody leaves (DESIGN 6, DOMAIN 4 d): one signed change of the directory
 * ends their grants, shuts their devices out with cut-offs and grants what they
 * had to who follows; the handovers (record.h) are written in the same
 * transaction. So there is no between in which it could be killed. A second
 * run writes only what is not there yet. Only on the hub.
 */
struct offboard_order {
	const char *login;
	const char *const *to; /* succession.h */
	size_t to_count;
	bool stolen;        /* the devices destroy before they hand over */
	const char *reason; /* of the handover; managers read it, no others */
};

/*
 * What would be done, and what only this person knows:
 *
 *     {"user", "name", "grants", "without_successor": [path],
 *      "to": [{"user", "territory", "role", "devices"}],
 *      "devices": [people_devices_json(), "unsynced_since"],
 *      "accounts": [inventory_account()], "promises": [tell_due()],
 *      "conflicts": [{"type", "record", "title", "field"}]}
 *
 * `unsynced_since`: what was written there after that is not here; null when
 * it was never heard.
 */
json_t *offboard_plan(struct node *node, const struct offboard_order *order,
	struct problem *problem);

/*
 * Does it: {"user", "grants_ended", "devices_shut_out", "granted",
 * "handovers"}, how many of each this run made. EXIT_USAGE: a territory would
 * be left to nobody; EXIT_REFUSED: the last admin. NULL: nothing was done.
 */
json_t *offboard_run(struct node *node, const struct offboard_order *order,
	struct problem *problem);

/*
 * How it stands with their devices: {"user", "devices": [{"device", "name",
 * "state", "revoked_on", "last_seen", "late"}]}. `state` is `active`, `silent`
 * (shut out and not heard since) or `told` (heard since: an honest device then
 * has handed over and removed what it had); `late` counts changes beyond the
 * cut-off that came. EXIT_NOT_FOUND: no such user.
 */
json_t *offboard_status(
	struct node *node, const char *login, struct problem *problem);

#endif
