/*
 * Renewals of leases: asked for when all is in step, of whoever is there, since
 * anybody may carry them. And the receipt of a device that erased itself, which
 * only the hub takes. Both by callers without a store, too: a device that is
 * locked, or that has nothing left (client/node/call.h).
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"
#include "sync/session_parts.h"

enum { LEASE_ROOM = 64, RENEWAL_ITEM_SIZE = 2 + LEASE_SIZE };

static_assert(LEASE_SIZE < 256, "two bytes stand ahead of each");

bool
lease_begin(struct session *s)
{
	int64_t since = 0;
	struct pack pack;
	uint8_t *bytes;

	if (s->lease_asked || !s->initiator || s->directory_only ||
		!s->host->lease_wanted ||
		!s->host->lease_wanted(s->host->self, &since))
		return false;
	s->lease_asked = true;
	bytes = alloc(LEASE_ROOM);
	pack_init(&pack, bytes, LEASE_ROOM);
	message_lease(&pack, session_await(s, MESSAGE_LEASED, NULL, 0), since);
	session_send(s, bytes, &pack);
	return true;
}

void
lease_answered(struct session *s, struct message *message)
{
	const struct credentials *peer = channel_peer(s->channel);

	s->host->leased(s->host->self, message, &peer->issuer,
		s->report.peer_is_hub ? message->now : 0);
	session_rest(s);
}

bool
lease_unknown(const struct session *s, const struct message *message)
{
	return s->lease_asked && message->failure == FAILURE_MALFORMED;
}

/* One behind the other, as message_leased() wants them. */
struct gathered {
	uint8_t *bytes;
	uint32_t count;
};

static void
gather(void *self, const uint8_t *renewal)
{
	struct gathered *g = self;

	if (g->count == MESSAGE_RENEWALS_MAX)
		return;
	g->bytes = alloc_again(g->bytes, (g->count + 1) * (size_t)LEASE_SIZE);
	memcpy(g->bytes + g->count++ * (size_t)LEASE_SIZE, renewal, LEASE_SIZE);
}

void
lease_asked(struct session *s, const struct message *message)
{
	struct gathered g = {0};
	struct pack pack;
	uint8_t *bytes;
	size_t room;

	if (s->host->leases)
		s->host->leases(s->host->self, s->report.peer, message->since,
			gather, &g);
	room = LEASE_ROOM + g.count * (size_t)RENEWAL_ITEM_SIZE;
	bytes = alloc(room);
	pack_init(&pack, bytes, room);
	message_leased(
		&pack, message->request, responder_time(s), g.bytes, g.count);
	session_send(s, bytes, &pack);
	free(g.bytes);
}

void
receipt_asked(struct session *s, const struct message *message)
{
	enum status status = STATUS_REFUSED;
	struct pack pack;
	uint8_t *bytes;

	if (s->host->receipt)
		status = s->host->receipt(
			s->host->self, s->report.peer, message->receipt);
	if (status != STATUS_OK) {
		session_refuse(s,
			status == STATUS_REFUSED ? SESSION_REFUSED
						 : SESSION_FAILED,
			"that is no receipt of this device", message->request,
			status == STATUS_REFUSED ? FAILURE_REFUSED
						 : FAILURE_INTERNAL);
		return;
	}
	bytes = alloc(LEASE_ROOM);
	pack_init(&pack, bytes, LEASE_ROOM);
	message_received(&pack, message->request);
	session_send(s, bytes, &pack);
}
