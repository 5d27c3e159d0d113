#ifndef CLIENT_NODE_HUB_REVOKE_H
#define CLIENT_NODE_HUB_REVOKE_H

#include "client/node/hub/directory.h"

/*
 * Shutting devices out, at once: one change of the directory, in a segment of
 * its own, so that the device can be given it and nothing else.
 */
struct hub_revocation {
	const char *who; /* a login: all of the user's devices; or a device */
	bool stolen;     /* it destroys what it has before it hands over */
	const char *reason; /* code or label; NULL: not told */
};

/*
 * *count tells how many devices were shut out. Open invitations of a login are
 * withdrawn. EXIT_NOT_FOUND, EXIT_AMBIGUOUS: no such device or several;
 * EXIT_REFUSED: the hub's own; EXIT_USAGE: no such reason.
 */
bool hub_revoke(struct node *node, const struct hub_revocation *revocation,
	uint32_t *count, struct problem *problem);

/*
 * The device that a person means: its id, the beginning or end of it (four
 * digits or more), or its name.
 */
bool hub_find_device(struct node *node, const char *text,
	uint8_t id[static ID_BYTES], struct problem *problem);

#endif
