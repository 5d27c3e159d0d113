#ifndef CLIENT_NODE_HUB_OWN_DEVICE_H
#define CLIENT_NODE_HUB_OWN_DEVICE_H

#include "client/node/node.h"

/*
 * Who has a device may bring in another of their own: the device asks in its
 * session, with an id and a secret that it made up, and the hub notes them as
 * an invitation for the same user, good for OWN_DEVICE_MINUTES. It opens what
 * the user's grants open and nothing else; `hub audit` says that the user let
 * the device in. Whoever revokes the user, or the device that asked, withdraws
 * it; a device that it let in before stays until it is revoked, too.
 */
enum { OWN_DEVICE_MINUTES = 15, OWN_DEVICES_OPEN_MAX = 3 };

/*
 * STATUS_OK, also when it was noted before. A secret of zeros, which no token
 * has, withdraws what one of the user's devices had asked for: it is over now;
 * refused when it was redeemed, or is another's. STATUS_REFUSED: the device or
 * its user may not (no grant, shut out, its keys replaced, the hub is being
 * restored), OWN_DEVICES_OPEN_MAX wait already, or the id is another's.
 */
enum status hub_session_invite(void *self, const uint8_t *device,
	const uint8_t *invitation, const uint8_t *secret, int64_t *expires_ms);

#endif
