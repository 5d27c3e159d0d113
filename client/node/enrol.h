#ifndef CLIENT_NODE_ENROL_H
#define CLIENT_NODE_ENROL_H

#include <stdbool.h>

#include "client/node/node.h"

struct passphrase;

/* Whether it is an invitation, before anything else is asked for. */
bool enrol_token_valid(const char *token, struct problem *problem);

/*
 * Makes this device a node of the company that sent the invitation: fresh
 * keys, a certificate for them, the directory. The keys are written before
 * the hub is asked, so that a try that was cut short can be made again with
 * the same token.
 *
 * With a passphrase the node is encrypted from its first byte on (vault.h);
 * NULL: plain. On success *node is open and `login` (of `room` bytes) is whose
 * it is.
 */
bool node_enrol(const char *dir, const char *token, const char *device_name,
	const struct passphrase *passphrase, struct node **node, char *login,
	size_t room, struct problem *problem);

#endif
