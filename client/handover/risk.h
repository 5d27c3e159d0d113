#ifndef CLIENT_HANDOVER_RISK_H
#define CLIENT_HANDOVER_RISK_H

#include <jansson.h>

#include "client/node/node.h"

/*
 * What would be lost with one person, and what is nobody's. Only on the hub.
 *
 *     {tell_frame(), "held_by_one": [tell_account(), "holder", "bus_factor",
 *        "sole_share_bp"]: all that is held of its key people is held by one,
 *      "without_owner", "without_backup": [tell_account()],
 *      "spend": {"all", "held_by_one", "without_owner", "without_backup":
 *        stake_json()}: the same accounts by what they spend a year, where
 *        that is known, and how many of them it is not known of,
 *      "territories_without_rep": [path]: it has accounts and nobody is a rep
 *        there,
 *      "single_source": [{"contact", "name", "account", "by"}]: key contacts
 *        whom at most one of us ever met, rated or held,
 *      "silent_devices": [people_devices_json()]: let in, and not heard for
 *        `silent_days` or more, or never}
 *
 * Accounts that are lost or closed down are left out.
 */
json_t *risk_json(struct node *node, int32_t as_of, int64_t silent_days,
	struct problem *problem);

#endif
