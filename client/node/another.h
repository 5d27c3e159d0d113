#ifndef CLIENT_NODE_ANOTHER_H
#define CLIENT_NODE_ANOTHER_H

#include "client/node/node.h"
#include "proto/token.h"

/*
 * An invitation for another device of this node's user, which the hub is asked
 * for (client/node/hub/own_device.h), at `url`, or where it is known to be when
 * that is NULL. *expires_ms by the hub's clock.
 *
 * EXIT_USAGE: this is the hub; EXIT_UNREACHABLE: it does not answer, or, of a
 * node that serves, is not in contact now: nobody waits for it. EXIT_REFUSED:
 * no grant, shut out, or too many wait already.
 */
bool another_device(struct node *node, const char *url,
	char token[static TOKEN_TEXT_SIZE], int64_t *expires_ms,
	struct problem *problem);

/*
 * Withdraws one that a device of this user asked for: nobody gets in by it any
 * more. Done, too, when it was over. As above; EXIT_USAGE: it is no token;
 * EXIT_REFUSED: somebody got in by it, or it is another's.
 */
bool another_withdraw(struct node *node, const char *url, const char *token,
	struct problem *problem);

#endif
