#include "client/node/hub/own_device.h"

#include <sodium.h>
#include <string.h>

#include "client/node/hub/invitation.h"
#include "proto/id.h"

static bool
has_grant(struct node *node, const uint8_t *user)
{
	const struct policy_grant *g;

	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++)
		if (!memcmp(g->user, user, ID_BYTES) && !g->ended &&
			!g->ending_ms)
			return true;
	return false;
}

/* Whether it is the one that this device asked for before. */
static enum status
same(struct node *node, const struct invitation *open, const uint8_t *device,
	const uint8_t *secret)
{
	uint8_t asked[ID_BYTES];
	enum status status = invitation_asked(node, open->id, asked);

	if (status != STATUS_OK)
		return status;
	return !memcmp(asked, device, ID_BYTES) &&
			!sodium_memcmp(
				open->secret, secret, TOKEN_SECRET_SIZE) &&
			!open->redeemed && open->expires_ms > node_now_ms()
		? STATUS_OK
		: STATUS_REFUSED;
}

static enum status
note(struct node *node, const struct policy_device *device,
	struct invitation *open)
{
	struct store *store = node->store;
	int64_t now = node_now_ms();
	enum status status;
	uint32_t count;

	status = invitation_asked_open(node, device->user, now, &count);
	if (status != STATUS_OK)
		return status;
	if (count >= OWN_DEVICES_OPEN_MAX)
		return STATUS_REFUSED;
	memcpy(open->user, device->user, ID_BYTES);
	open->expires_ms = now + (int64_t)OWN_DEVICE_MINUTES * 60 * 1000;
	if (store->begin(store->self) != STATUS_OK)
		return STATUS_FAILED;
	if (invitation_add(node, open) == STATUS_OK &&
		invitation_note_asked(node, open->id, device->id) ==
			STATUS_OK &&
		store->commit(store->self) == STATUS_OK)
		return STATUS_OK;
	store->rollback(store->self);
	return STATUS_FAILED;
}

/* What a device of the user asked for, and nobody has redeemed. */
static enum status
withdraw(struct node *node, const struct policy_device *device,
	const struct invitation *open)
{
	struct store *store = node->store;
	uint8_t asked[ID_BYTES];
	enum status status = invitation_asked(node, open->id, asked);

	if (status != STATUS_OK)
		return status;
	if (id_is_zero(asked) || open->redeemed ||
		memcmp(open->user, device->user, ID_BYTES) != 0)
		return STATUS_REFUSED;
	if (store->begin(store->self) != STATUS_OK)
		return STATUS_FAILED;
	if (invitation_remove(node, open->id) == STATUS_OK &&
		store->commit(store->self) == STATUS_OK)
		return STATUS_OK;
	store->rollback(store->self);
	return STATUS_FAILED;
}

enum status
hub_session_invite(void *self, const uint8_t *device, const uint8_t *invitation,
	const uint8_t *secret, int64_t *expires_ms)
{
	struct node *node = self;
	const struct policy_device *d = policy_device(node->policy, device);
	struct invitation open = {0};
	enum status status;

	if (!node->hub || node->restoring || !d || d->replaced ||
		policy_is_revoked(node->policy, device) ||
		!policy_user(node->policy, d->user) ||
		!has_grant(node, d->user))
		return STATUS_REFUSED;
	status = invitation_find(node, invitation, &open);
	if (sodium_is_zero(secret, TOKEN_SECRET_SIZE)) {
		if (status == STATUS_OK)
			status = withdraw(node, d, &open);
		else if (status == STATUS_ABSENT)
			status = STATUS_OK; /* it is over already */
		open.expires_ms = node_now_ms();
	} else if (status == STATUS_OK) {
		status = same(node, &open, device, secret);
	} else if (status == STATUS_ABSENT) {
		memcpy(open.id, invitation, ID_BYTES);
		memcpy(open.secret, secret, TOKEN_SECRET_SIZE);
		status = note(node, d, &open);
	}
	*expires_ms = open.expires_ms;
	sodium_memzero(&open, sizeof open);
	return status;
}
