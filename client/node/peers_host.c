/* What sessions ask of their node (sync/session.h: session_host). */

#include <string.h>

#include "client/node/copied.h"
#include "client/node/hub/certify.h"
#include "client/node/hub/erase.h"
#include "client/node/hub/erasure_orders.h"
#include "client/node/hub/grants.h"
#include "client/node/hub/hub.h"
#include "client/node/hub/leases.h"
#include "client/node/hub/own_device.h"
#include "client/node/hub/quarantine.h"
#include "client/node/hub/receipts.h"
#include "client/node/hub/replace.h"
#include "client/node/hub/succession.h"
#include "client/node/leased.h"
#include "client/node/owed.h"
#include "client/node/peers_inside.h"
#include "client/node/standing.h"
#include "client/store/setting.h"

static struct node *
node_of(void *self)
{
	const struct peer *peer = self;

	return peer->peers->node;
}

static struct territory *
host_territory(void *self, const uint8_t *id, bool make)
{
	return node_territory(node_of(self), id, make);
}

static enum status
host_seal(void *self)
{
	const struct peer *peer = self;

	return peers_seal(peer->peers);
}

static enum status
host_directory_changed(void *self)
{
	enum status status = standing_save_hubs(node_of(self));

	if (status == STATUS_OK)
		status = node_directory_changed(node_of(self));
	return status == STATUS_OK ? copied_carry(node_of(self)) : status;
}

static void
host_hub_time(void *self, int64_t now_ms)
{
	struct node *node = node_of(self);

	if (now_ms <= node->hub_time_ms)
		return;
	node->hub_time_ms = now_ms;
	/* When it is not written, the next word of the hub will be. */
	if (setting_set(node->store, "hub_time", &now_ms, sizeof now_ms) !=
		STATUS_OK)
		return;
}

static void
host_rolled_back(void *self)
{
	node_reload(node_of(self));
}

static void
host_moved(void *self, struct session *by, const uint8_t *territory)
{
	const struct peer *peer = self;
	struct node *node = peer->peers->node;
	struct problem problem;

	(void)by; /* its peer's */
	/* Nobody is told of it before; what fails is done when the hub starts.
	 */
	if (node->hub && hub_erase_late(node, territory, &problem))
		peers_wrote(peer->peers);
	peers_tell(peer->peers, peer, territory);
}

static bool
host_erased(void *self, uint8_t *digest)
{
	return node_erased(node_of(self), digest);
}

/* What is not written, the device says again. */
static void
host_heard_erased(void *self, const uint8_t *device, const uint8_t *digest)
{
	struct node *node = node_of(self);

	if (erasure_orders_confirm(node, device, digest) != STATUS_OK)
		return;
}

static void
host_watches(void *self, struct session *by, const struct shares *shares)
{
	struct peer *peer = self;

	(void)by; /* its peer's */
	watchers_set(&peer->peers->watchers, &peer->watcher, shares);
}

static bool
host_may_push(void *self, const uint8_t *device, uint64_t size)
{
	struct peer *peer = self;
	struct peers *peers = peer->peers;

	if (!peers->remembered.since_ms) /* it is written with those */
		peers->remembered.since_ms = node_now_ms();
	return quota_take(
		peers->quota, peers->node, device, size, node_now_ms());
}

static bool
host_invitation(void *self, const uint8_t *id, uint8_t *psk)
{
	return hub_session_invitation(node_of(self), id, psk);
}

static enum status
host_enrol(void *self, const uint8_t *invitation, const uint8_t *sign_key,
	const uint8_t *link_key, const char *name, uint8_t *credentials,
	size_t *size, uint8_t *user, char *login, size_t login_room)
{
	const struct peer *peer = self;
	enum status status = hub_session_enrol(peer->peers->node, invitation,
		sign_key, link_key, name, credentials, size, user, login,
		login_room);

	peers_wrote(peer->peers); /* the device, into the directory */
	return status;
}

static enum status
host_invite(void *self, const uint8_t *device, const uint8_t *invitation,
	const uint8_t *secret, int64_t *expires_ms)
{
	return hub_session_invite(
		node_of(self), device, invitation, secret, expires_ms);
}

/* What the disk refuses here is tried again at the next sync. */
static void
host_handed_over(void *self, const uint8_t *territory)
{
	struct problem problem;

	(void)node_handed_over(node_of(self), territory, &problem);
}

static void
host_owed(void *self, void (*found)(void *found_self, const uint8_t *territory),
	void *found_self)
{
	node_owed(node_of(self), found, found_self);
}

static void
host_revoked(void *self, const uint8_t *bytes, size_t size)
{
	struct problem problem;

	(void)node_note_revoked(node_of(self), bytes, size, &problem);
}

static void
host_in_step(void *self, struct session *by)
{
	const struct peer *peer = self;
	struct problem problem;

	/* What is not written now, is when they meet again. */
	(void)hub_in_step(
		peer->peers->node, session_report(by)->peer, &problem);
	(void)hub_quarantine_in_step(
		peer->peers->node, session_report(by)->peer, &problem);
	peers_wrote(peer->peers);
}

static enum status
host_renew(void *self, const struct credentials *peer, uint8_t *credentials,
	size_t *size)
{
	return hub_session_renew(node_of(self), peer, credentials, size);
}

static enum status
host_renewed(void *self, const uint8_t *credentials, size_t size)
{
	return standing_renewed_here(node_of(self), credentials, size);
}

static enum status
host_order(void *self, const uint8_t *bytes, size_t size)
{
	return standing_order_here(node_of(self), bytes, size);
}

/* MERGE W8: what is written is sealed when it was compared. */
static enum status
host_seal_one(void *self, const uint8_t *id)
{
	const struct peer *peer = self;
	struct territory *territory = host_territory(self, id, false);

	if (!territory || !territory_pending(territory))
		return STATUS_OK;
	return peers_seal_one(peer->peers, peer, territory);
}

static void
host_pending(void *self,
	void (*found)(void *found_self, const uint8_t *territory),
	void *found_self)
{
	struct node *node = node_of(self);

	for (uint32_t i = 0; i < node->territory_count && !node->copied; i++)
		if (territory_pending(node->territories[i]))
			found(found_self, territory_id(node->territories[i]));
}

static bool
host_own_branch(
	void *self, const uint8_t *territory, const uint8_t *log, int64_t first)
{
	return copied_own_branch(node_of(self), territory, log, first);
}

static void
host_copied(void *self, const uint8_t *device)
{
	copied_mark(node_of(self), device);
}

static bool
host_replacement(void *self, const uint8_t **sign_secret, uint8_t *link_key)
{
	return copied_replacement(node_of(self), sign_secret, link_key);
}

static enum status
host_replaced(void *self, const uint8_t *credentials, size_t size)
{
	return copied_replaced(node_of(self), credentials, size);
}

static enum status
host_replace(void *self, const uint8_t *device, const uint8_t *sign_key,
	const uint8_t *link_key, uint8_t *credentials, size_t *size,
	uint8_t *user, char *login, size_t login_room)
{
	const struct peer *peer = self;
	enum status status = hub_session_replace(peer->peers->node, device,
		sign_key, link_key, credentials, size, user, login, login_room);

	peers_wrote(peer->peers); /* the devices, into the directory */
	return status;
}

/*
 * What is not written now, is when the hub starts or the next one brings it;
 * of the directory, when anybody is in step.
 */
static void
host_quarantined(void *self, const uint8_t *territory)
{
	const struct peer *peer = self;
	struct node *node = peer->peers->node;
	struct problem problem = {0};

	if (memcmp(territory, policy_directory(node->policy), ID_BYTES) == 0)
		(void)(hub_take_endings(node, &problem) &&
			hub_quarantine_all(node, &problem));
	else
		(void)(hub_erase_late(node, territory, &problem) &&
			hub_quarantine(node, territory, &problem));
	peers_wrote(peer->peers);
}

static bool
host_late(void *self)
{
	return standing_has_late(node_of(self));
}

static void
host_late_told(void *self)
{
	standing_late_told(node_of(self));
}

static void
host_forked(
	void *self, const uint8_t *territory, const uint8_t *log, int64_t last)
{
	const struct peer *peer = self;

	hub_session_forked(node_of(self), territory, log, last);
	peers_wrote(peer->peers); /* where its logs end */
}

static bool
host_lease_wanted(void *self, int64_t *since)
{
	return leased_wanted(node_of(self), since);
}

static void
host_leased(void *self, struct message *renewals,
	const struct certificate *issuer, int64_t now_ms)
{
	leased_take(node_of(self), renewals, issuer, now_ms);
}

static void
host_leases(void *self, const uint8_t *device, int64_t since,
	void (*found)(void *found_self, const uint8_t *renewal),
	void *found_self)
{
	struct node *node = node_of(self);

	if (node->hub)
		leases_give(
			node, device, since, node_now_ms(), found, found_self);
	else
		leased_give(node, device, since, found, found_self);
}

static enum status
host_receipt(void *self, const uint8_t *device, const uint8_t *receipt)
{
	const struct peer *peer = self;
	enum status status =
		hub_session_receipt(peer->peers->node, device, receipt);

	peers_wrote(peer->peers); /* it, into the directory */
	return status;
}

void
peer_make_host(struct peer *peer)
{
	struct node *node = peer->peers->node;

	peer->host = (struct session_host){.self = peer,
		.store = node->store,
		.policy = node->policy,
		.territory = host_territory,
		.seal = host_seal,
		.directory_changed = host_directory_changed,
		.hub_time = host_hub_time,
		.rolled_back = host_rolled_back,
		.order = host_order,
		.copied = host_copied,
		.own_branch = host_own_branch,
		.seal_one = host_seal_one,
		.pending = host_pending,
		.moved = host_moved,
		.watches = host_watches,
		.owed = host_owed,
		.handed_over = host_handed_over,
		.revoked = host_revoked,
		.leases = host_leases};
	if (node->hub) {
		peer->host.in_step = host_in_step;
		peer->host.heard_erased = host_heard_erased;
		peer->host.quarantined = host_quarantined;
		peer->host.invitation = host_invitation;
		peer->host.enrol = host_enrol;
		peer->host.may_push = host_may_push;
		peer->host.renew = host_renew;
		peer->host.replace = host_replace;
		peer->host.invite = host_invite;
		peer->host.receipt = host_receipt;
		peer->host.forked = host_forked;
	} else {
		peer->host.erased = host_erased;
		peer->host.replacement = host_replacement;
		peer->host.replaced = host_replaced;
		peer->host.late = host_late;
		peer->host.late_told = host_late_told;
		peer->host.renewed = host_renewed;
		peer->host.lease_wanted = host_lease_wanted;
		peer->host.leased = host_leased;
	}
}
