#include "sync/peer.h"

#include <assert.h>
#include <string.h>

void
peer_init(struct peer *peer, bool dialled, uint64_t now_ms)
{
	peer->dialled = dialled;
	peer->connected = !dialled;
	peer->receiving = dialled; /* the dial, in its stead */
	peer->patience_ms = LINK_HANDSHAKE_MS;
	peer->since_ms = now_ms;
}

void
peer_clear(struct peer *peer)
{
	frame_clear(&peer->in);
	outbox_clear(&peer->out);
}

uint8_t *
peer_receive(struct peer *peer, size_t most, uint64_t now_ms, size_t *size)
{
	if (!peer->announced || peer->receiving || peer->reason ||
		peer->too_long || peer->in.count > most)
		return NULL;
	peer->receiving = true;
	peer->heard_ms = now_ms;
	return frame_room(&peer->in, size);
}

static size_t
frame_limit(const struct peer *peer)
{
	return peer->trusted ? LINK_FRAME_MAX : LINK_FRAME_EARLY_MAX;
}

void
peer_received(struct peer *peer, size_t size, uint64_t now_ms)
{
	peer->receiving = false;
	peer->heard_ms = now_ms;
	frame_arrived(&peer->in, size);
	if (peer->leaving)
		/* Read all the same: unread bytes would make the system take
		 * back what we sent last. */
		frame_discard(&peer->in);
	else
		peer->too_long = !frame_cut(&peer->in, frame_limit(peer));
}

uint8_t *
peer_send(struct peer *peer, uint64_t now_ms, size_t *size)
{
	uint8_t *bytes;

	if (!peer->announced || peer->sending || peer->reason || peer->broken)
		return NULL;
	bytes = outbox_next(&peer->out, size);
	if (bytes) {
		peer->sending = true;
		peer->progress_ms = now_ms;
	}
	return bytes;
}

void
peer_leave(struct peer *peer, uint64_t now_ms)
{
	peer->leaving = true;
	peer->since_ms = now_ms;
	peer->too_long = false;
	if (!peer->receiving)
		frame_discard(&peer->in);
}

void
peer_end(struct peer *peer, const char *reason)
{
	peer->mute = true;
	peer->reason = reason;
}

uint64_t
peer_deadline(const struct peer *peer, uint64_t now_ms)
{
	uint64_t at_ms;
	uint64_t stall_ms;

	if (peer->leaving)
		return peer->since_ms + PEER_LINGER_MS;
	if (!peer->connected)
		return peer->since_ms + PEER_DIAL_MS;
	if (!peer->trusted)
		at_ms = peer->since_ms + peer->patience_ms;
	else /* not receiving, it is we who do not listen */
		at_ms = (peer->receiving ? peer->heard_ms : now_ms) +
			LINK_IDLE_MS;
	if (!peer->announced || outbox_size(&peer->out) == 0)
		return at_ms;
	stall_ms = peer->progress_ms + LINK_STALL_MS;
	return stall_ms < at_ms ? stall_ms : at_ms;
}

void
peer_give_up(struct peer *peer)
{
	peer_end(peer,
		peer->connected ? link_reason_silent : link_reason_unreachable);
}

bool
peer_is_ready(const struct peer *peer)
{
	if (peer->reason)
		return true;
	if (peer->leaving)
		return !peer->sending;
	return (peer->connected && !peer->announced) ||
		(!peer->held && (peer->in.count > 0 || peer->too_long));
}

static void
hand_out_frame(struct peer *peer, struct link_event *event, uint8_t *frame)
{
	const uint8_t *bytes;
	bool taken = frame_take(&peer->in, &bytes, &event->size);

	assert(taken && event->size <= LINK_FRAME_MAX);
	(void)taken;
	memcpy(frame, bytes, event->size);
	event->kind = LINK_FRAME;
	event->bytes = frame;
}

bool
peer_turn(struct peer *peer, struct link_event *event, uint8_t *frame)
{
	if (peer->leaving)
		return peer->reason || !peer->sending;
	if (peer->connected && !peer->announced) {
		peer->announced = true;
		event->kind = peer->dialled ? LINK_CONNECTED : LINK_ACCEPTED;
		event->bytes = peer->address;
		event->size = sizeof peer->address;
		return false;
	}
	if (peer->in.count > 0 && !peer->mute && !peer->held) {
		hand_out_frame(peer, event, frame);
		return false;
	}
	if (peer->too_long && !peer->reason && !peer->held) {
		/* All before it was handed out: is the peer trusted now? */
		peer->too_long = !frame_cut(&peer->in, frame_limit(peer));
		if (peer->too_long)
			peer_end(peer, link_reason_too_long);
	}
	if (!peer->reason)
		return false;
	event->kind = LINK_CLOSED;
	event->reason = peer->reason;
	return true;
}
