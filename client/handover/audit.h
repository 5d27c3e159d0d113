#ifndef CLIENT_HANDOVER_AUDIT_H
#define CLIENT_HANDOVER_AUDIT_H

#include <jansson.h>

#include "client/node/node.h"

/*
 * Who ordered what, when: read from the directory's log and the records in
 * `management`, nothing is written down for it. Only on the hub.
 *
 *     [{"at", "by", "what", "user", …}], oldest first
 *
 * `by` is the login of who ordered it, "hub" for what it did of itself. `what`
 * and what comes with it:
 *     user, territory (made)          "territory" of a territory
 *     enrolled                        "device", "name"
 *     recovered (opened without its passphrase)   "device", "name", "reason"
 *     wiped (it erased itself), backup_opened (a backup of it was, with the
 *     root key)                       "device", "name", "receipt": as
 *                                     client/node/hub/receipts.h tells it
 *     leases (days; 0: none)          "days"
 *     granted, until                  "territory", "role", "until"
 *     ending, ended                   "territory", "role"
 *     revoked                         "device", "reason", "stolen"
 *     erased (a person's data; its order, client/node/hub/erase.h)
 *                                     "order", "records"
 *     keys (the company's order: issuing keys, hubs)   "number"
 *     accepted, rejected (quarantine) "territory", "reason"
 *     exported (client/node/exported.h)  "territory", "type", "records",
 *                                     "format"; its time is the author's.
 *                                     At head office `by` is who ordered it
 */
json_t *audit_json(
	struct node *node, int64_t since_ms, struct problem *problem);

#endif
