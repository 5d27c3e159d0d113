#ifndef CLIENT_NODE_HAD_H
#define CLIENT_NODE_HAD_H

#include <jansson.h>

#include "client/node/node.h"
#include "sync/session.h"

/*
 * How much of this device's own logs each peer is known to hold, in `_had`: as
 * much as was sealed here when both were last in step. So a person is told of
 * each change where it is. Not kept on the hub, whose own are nobody's work.
 */

/* After a conversation, or a round of one that goes on. Only a memory. */
void had_note(struct node *node, const struct session_report *report);

/*
 * The last change of the log that head office is known to hold; -1: never in
 * step with it since this is remembered.
 */
int64_t had_hub(
	struct node *node, const uint8_t *territory, const uint8_t *log);

/* Logins of colleagues whose devices hold that change, each once. */
json_t *had_by_json(struct node *node, const uint8_t *territory,
	const uint8_t *log, int64_t seq);

#endif
