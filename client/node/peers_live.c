/* What moved, who is told of it, and who has to be looked at. */

#include <stdlib.h>
#include <string.h>

#include "client/node/peers_inside.h"
#include "sync/alloc.h"

enum { SEAL_MS = 2000 }; /* what is written goes this much later */

/* ---- who has to be looked at ---- */

void
peer_attend(struct peer *peer)
{
	struct peers *peers = peer->peers;

	if (peer->waits)
		return;
	peer->waits = true;
	peer->next_waiting = peers->waiting;
	peer->waiting_link = &peers->waiting;
	if (peer->next_waiting)
		peer->next_waiting->waiting_link = &peer->next_waiting;
	peers->waiting = peer;
}

void
peer_leave_alone(struct peer *peer)
{
	if (!peer->waits)
		return;
	peer->waits = false;
	*peer->waiting_link = peer->next_waiting;
	if (peer->next_waiting)
		peer->next_waiting->waiting_link = peer->waiting_link;
}

void
peer_list(struct peer *peer)
{
	struct peers *peers = peer->peers;

	peer->next_dialled = peers->dialled;
	peer->dialled_link = &peers->dialled;
	if (peer->next_dialled)
		peer->next_dialled->dialled_link = &peer->next_dialled;
	peers->dialled = peer;
}

void
peer_unlist(struct peer *peer)
{
	if (!peer->dialled_link)
		return;
	*peer->dialled_link = peer->next_dialled;
	if (peer->next_dialled)
		peer->next_dialled->dialled_link = peer->dialled_link;
}

/* ---- what moved ---- */

struct moving {
	const struct peer *by; /* it knows; NULL: it moved here */
	const uint8_t *territory;
};

static void
tell_watcher(void *self, void *who)
{
	const struct moving *moving = self;
	struct peer *peer = who;

	if (peer == moving->by)
		return;
	session_moved(peer->session, moving->territory);
	peer_attend(peer);
}

void
peers_tell(struct peers *peers, const struct peer *by, const uint8_t *territory)
{
	struct moving moving = {by, territory};

	watchers_each(&peers->watchers, territory, tell_watcher, &moving);
	for (struct peer *p = peers->dialled; p; p = p->next_dialled)
		tell_watcher(&moving, p);
}

void
peers_told(struct peers *peers)
{
	peers_tell(peers, NULL, territory_id(peers->node->directory));
}

static bool
anybody_watches(const struct peers *peers)
{
	const struct peer *p = peers->dialled;

	while (p && !session_report(p->session)->watching)
		p = p->next_dialled;
	return p || peers->watchers.count > 0;
}

void
peers_wrote(struct peers *peers)
{
	if (!peers->seal_at_ms && anybody_watches(peers))
		peers->seal_at_ms = node_now_ms() + SEAL_MS;
}

enum status
peers_seal(struct peers *peers)
{
	struct node *node = peers->node;
	uint8_t *ids = alloc(node->territory_count * (size_t)ID_BYTES);
	uint32_t count = 0;
	enum status status;

	peers->seal_at_ms = 0;
	for (uint32_t i = 0; i < node->territory_count; i++)
		if (territory_pending(node->territories[i]))
			memcpy(ids + count++ * (size_t)ID_BYTES,
				territory_id(node->territories[i]), ID_BYTES);
	status = count ? node_seal(node) : STATUS_OK;
	for (uint32_t i = 0; status == STATUS_OK && i < count; i++)
		peers_tell(peers, NULL, ids + i * (size_t)ID_BYTES);
	free(ids);
	return status;
}

enum status
peers_seal_one(
	struct peers *peers, const struct peer *by, struct territory *territory)
{
	enum status status = node_seal_one(peers->node, territory);

	if (status == STATUS_OK)
		peers_tell(peers, by, territory_id(territory));
	return status;
}

int
peers_seal_due(struct peers *peers)
{
	int64_t wait = peers->seal_at_ms - node_now_ms();

	if (!peers->seal_at_ms)
		return TURN_MS;
	/* Longer than it ever is: the clock was set back. */
	if (wait > 0 && wait <= SEAL_MS)
		return (int)wait;
	if (peers_seal(peers) != STATUS_OK)
		return TURN_MS; /* the next that asks for it is told */
	return TURN_MS;
}
