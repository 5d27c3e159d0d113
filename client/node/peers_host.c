/* What sessions ask of their node (sync/session.h: session_host). */

#include "client/node/hub/certify.h"
#include "client/node/hub/hub.h"
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

	return status == STATUS_OK ? node_directory_changed(node_of(self))
				   : status;
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

	(void)by; /* its peer's */
	peers_tell(peer->peers, peer, territory);
}

static void
host_watches(void *self, struct session *by, const struct shares *shares)
{
	struct peer *peer = self;

	(void)by; /* its peer's */
	watchers_set(&peer->peers->watchers, &peer->watcher, shares);
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
		.moved = host_moved,
		.watches = host_watches};
	if (node->hub) {
		peer->host.invitation = host_invitation;
		peer->host.enrol = host_enrol;
		peer->host.renew = host_renew;
	} else {
		peer->host.renewed = host_renewed;
	}
}
