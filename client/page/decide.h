#ifndef CLIENT_PAGE_DECIDE_H
#define CLIENT_PAGE_DECIDE_H

#include <jansson.h>
#include <stdbool.h>

#include "client/node/node.h"

/*
 * Decides on late changes as `roadbook quarantine accept` and `reject` do:
 *
 *     {"decision":"accept"|"reject", "ids":["…"…], "reason":"…"}
 *
 * all of those or none; `reason` may be left out. *decided is what the command
 * prints: {"accepted"|"rejected": how many, "left_out": how many}.
 */
bool decide_late(struct node *node, const json_t *body, json_t **decided,
	struct problem *problem);

#endif
