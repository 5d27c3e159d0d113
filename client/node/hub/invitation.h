#ifndef CLIENT_NODE_HUB_INVITATION_H
#define CLIENT_NODE_HUB_INVITATION_H

#include <stdbool.h>
#include <stdint.h>

#include "client/node/node.h"
#include "proto/token.h"

/*
 * Open invitations, in the hub's own table `_invitation`: they hold secrets,
 * so they are no directory records. The first device key to redeem one owns
 * it: the same key may redeem it again, another may not.
 */
struct invitation {
	uint8_t id[ID_BYTES];
	uint8_t secret[TOKEN_SECRET_SIZE];
	uint8_t user[ID_BYTES];
	int64_t expires_ms;
	bool redeemed;
	uint8_t sign_key[SIGNING_KEY_SIZE]; /* of who redeemed it */
};

/* In the open transaction. */
enum status invitation_add(
	struct node *node, const struct invitation *invitation);
enum status invitation_redeem(
	struct node *node, const uint8_t *id, const uint8_t *sign_key);
/*
 * Notes that a device asked for it, for another of its own user; `asked` is
 * zeroed where an admin made it.
 */
enum status invitation_note_asked(
	struct node *node, const uint8_t *id, const uint8_t *device);
enum status invitation_asked(
	struct node *node, const uint8_t *id, uint8_t asked[static ID_BYTES]);
/* How many of the user's are good, not redeemed, and were asked for. */
enum status invitation_asked_open(struct node *node, const uint8_t *user,
	int64_t now_ms, uint32_t *count);
/* The one that nobody has redeemed yet. */
enum status invitation_remove(struct node *node, const uint8_t *id);
/* All of the user's that nobody has redeemed yet. */
enum status invitation_withdraw(struct node *node, const uint8_t *user);
/* STATUS_ABSENT: there is none with this id. */
enum status invitation_find(
	struct node *node, const uint8_t *id, struct invitation *invitation);

#endif
