#ifndef CLIENT_NODE_HUB_REPLACE_H
#define CLIENT_NODE_HUB_REPLACE_H

#include "client/node/node.h"

/*
 * A device whose folder was restored or cloned gets new keys (client/node/
 * copied.h). The directory records the new device, which names the old one,
 * and the end of each of the old one's logs: what the hub has of it, or, where
 * two branches of it were pushed (table `_fork`), what they have in common.
 *
 * The ends are recorded as soon as the hub knows of two branches, whether the
 * device asks for new keys or not (DESIGN 6): everybody applies what the
 * branches have in common, and the device is told at its next call.
 */

/* What sessions ask (sync/session.h: replace, forked); self is the node. */
enum status hub_session_replace(void *self, const uint8_t *device,
	const uint8_t *sign_key, const uint8_t *link_key, uint8_t *credentials,
	size_t *size, uint8_t *user, char *login, size_t login_room);
void hub_session_forked(struct node *node, const uint8_t *territory,
	const uint8_t *log, int64_t last);

#endif
