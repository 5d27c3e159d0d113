/*
 * Those who dial us, until they have proven who they are: by what is in
 * sync/limits.h each gets its turn at a session, or has to go.
 */

#include <stdlib.h>
#include <string.h>

#include "client/node/descriptors.h"
#include "client/node/peers_inside.h"
#include "proto/bytes.h"
#include "proto/hello.h"
#include "sync/alloc.h"
#include "sync/monotonic.h"

enum {
	/* Files of the node itself, and what commands open. */
	DESCRIPTORS_OWN = 64,
	/* What dials us between two looks of the loop, beside strangers. */
	CROWD_AHEAD = 1024,
};

void
strangers_begin(struct peers *peers)
{
	uint32_t descriptors = descriptors_raise();
	uint32_t strangers = descriptors / 4;
	uint32_t ahead = descriptors / 16;

	if (strangers > LIMITS_STRANGERS)
		strangers = LIMITS_STRANGERS;
	if (ahead > CROWD_AHEAD)
		ahead = CROWD_AHEAD;
	if (!peers->limits)
		peers->limits = limits_new(strangers);
	peers->descriptors = descriptors;
	peers->sessions_max = descriptors - strangers - ahead;
	peers->sessions_max -= peers->sessions_max > 2 * DESCRIPTORS_OWN
		? DESCRIPTORS_OWN
		: peers->sessions_max / 2;
	peers->strangers_max = strangers;
	link_crowd(peers->link, strangers + ahead);
}

/* Without a word, and without a trace among the peers. */
static void
drop(struct peer *peer)
{
	link_close(peer->peers->link, peer->connection);
	peer_remove(peer);
}

void
stranger_came(struct peers *peers, const struct link_event *event)
{
	struct peer *peer = peer_add(peers, event->connection);
	struct stranger *victim = limits_arrived(peers->limits, &peer->stranger,
		peer, event->bytes, monotonic_ms(NULL));

	if (victim)
		drop(victim->who);
}

/* Its turn: from here on it costs a session. */
static void
admit(struct peer *peer)
{
	struct link_event event = {.kind = LINK_FRAME,
		.connection = peer->connection,
		.bytes = peer->hello,
		.size = peer->hello_size};
	uint8_t *hello = peer->hello;

	peer->hello = NULL;
	link_patience(peer->peers->link, peer->connection, LIMITS_HANDSHAKE_MS);
	peer_begin(peer, &event);
	free(hello);
}

void
strangers_admit(struct peers *peers)
{
	struct stranger *s;

	while (peers->limits &&
		(s = limits_next(peers->limits, monotonic_ms(NULL))) != NULL)
		admit(s->who);
}

void
stranger_said(struct peer *peer, const struct link_event *event)
{
	struct node *node = peer->peers->node;
	struct hello hello;

	/* One who knows the company's key, and says nothing more until it is
	 * answered. */
	if (peer->hello ||
		hello_decode(&hello, event->bytes, event->size,
			node->company_key) != STATUS_OK) {
		drop(peer);
		return;
	}
	peer->hello = alloc_copy(event->bytes, event->size);
	peer->hello_size = event->size;
	limits_knocked(peer->peers->limits, &peer->stranger);
	link_patience(peer->peers->link, peer->connection, LIMITS_WAIT_MS);
	strangers_admit(peer->peers);
}

void
stranger_gone(struct peer *peer)
{
	if (peer->stranger.stage == LIMITS_NOBODY)
		return;
	limits_left(peer->peers->limits, &peer->stranger, monotonic_ms(NULL));
	free(peer->hello);
	peer->hello = NULL;
}

int64_t
strangers_wait_ms(const struct peers *peers)
{
	return peers->limits ? limits_wait_ms(peers->limits, monotonic_ms(NULL))
			     : -1;
}

/* ---- who they are ---- */

static struct peer **
same_bucket(struct peers *peers, const uint8_t *device)
{
	/* The end of an id is random, or a hash. */
	return &peers->devices[load64(device + ID_BYTES - 8) &
		(PEERS_DEVICE_BUCKETS - 1)];
}

void
peer_unname(struct peer *peer)
{
	if (!peer->same_link)
		return;
	*peer->same_link = peer->next_same;
	if (peer->next_same)
		peer->next_same->same_link = peer->same_link;
	peer->same_link = NULL;
}

/* The newest is the first of its bucket. */
static void
name(struct peer *peer)
{
	struct peer **first =
		same_bucket(peer->peers, session_report(peer->session)->peer);

	peer->next_same = *first;
	peer->same_link = first;
	if (peer->next_same)
		peer->next_same->same_link = &peer->next_same;
	*first = peer;
}

/* The oldest session of the device, when it has more than it may. */
static struct peer *
one_too_many(struct peer *peer)
{
	const uint8_t *device = session_report(peer->session)->peer;
	struct peer *oldest = NULL;
	uint32_t count = 0;

	for (struct peer *p = *same_bucket(peer->peers, device); p;
		p = p->next_same)
		if (memcmp(session_report(p->session)->peer, device,
			    ID_BYTES) == 0) {
			oldest = p;
			count++;
		}
	return count > LIMITS_DEVICE_SESSIONS ? oldest : NULL;
}

bool
stranger_proved(struct peer *peer)
{
	struct peers *peers = peer->peers;
	struct peer *old;

	if (peer->stranger.stage == LIMITS_NOBODY)
		return true; /* that we dialled */
	limits_proved(peers->limits, &peer->stranger, monotonic_ms(NULL));
	if (peers->sessions >= peers->sessions_max) {
		peers->full++;
		drop(peer);
		return false;
	}
	peer->proved = true;
	peers->sessions++;
	if (id_is_zero(session_report(peer->session)->peer))
		return true; /* it enrols */
	name(peer);
	old = one_too_many(peer);
	if (old) {
		peers->replaced++;
		session_closed(old->session);
		link_close(peers->link, old->connection);
		peer_over(old, link_reason_replaced);
	}
	return true;
}
