#include <string.h>

#include "sync/alloc.h"
#include "sync/session_parts.h"

/*
 * What a session says unasked, ahead of anything else: what the company
 * ordered about its hubs, to anybody; and to who dials the hub, that its
 * certificate was renewed. Both are looked at again at each request, since a
 * session may go on for weeks.
 */

enum { STANDING_HEAD_MAX = 16 };

static void
send_order(struct session *s)
{
	struct pack_view order = policy_order_bytes(s->policy);
	size_t room = STANDING_HEAD_MAX + order.size;
	uint8_t *bytes = alloc(room);
	struct pack pack;

	s->standing_told++;
	s->order_told = policy_order(s->policy)->number;
	pack_init(&pack, bytes, room);
	message_order(&pack, order);
	session_send(s, bytes, &pack);
}

void
standing_tell(struct session *s)
{
	if (session_is_broken(s) ||
		policy_order(s->policy)->number <= s->order_told)
		return;
	/* Who is shut out is told that, and no more; a hub is told why. */
	if (policy_is_revoked(s->policy, s->report.peer) &&
		!policy_is_former_hub(s->policy, s->report.peer))
		return;
	send_order(s);
}

void
standing_tell_former(struct session *s)
{
	/* What is on its way goes out: it is how the peer knows us. */
	s->report.state = SESSION_BROKEN;
	s->report.problem = SESSION_PEER_REVOKED;
	s->report.detail = "that hub was replaced by another machine";
	send_order(s);
	channel_end(s->channel);
}

void
standing_replaced(struct session *s, uint32_t request)
{
	static const char detail[] = "this hub was replaced by another machine";
	size_t room = STANDING_HEAD_MAX + sizeof detail;
	uint8_t *bytes = alloc(room);
	struct pack pack;

	s->report.state = SESSION_BROKEN;
	s->report.problem = SESSION_REFUSED;
	s->report.detail = detail;
	pack_init(&pack, bytes, room);
	message_failed(&pack, request, FAILURE_REFUSED, detail);
	session_send(s, bytes, &pack);
	channel_end(s->channel);
}

bool
standing_heard(struct session *s, const struct message *message)
{
	struct pack_view order = message->order;
	enum status status = STATUS_ABSENT;

	if (message->request != 0) {
		session_refuse(s, SESSION_MALFORMED, "asked for out of turn",
			message->request, FAILURE_MALFORMED);
		return false;
	}
	if (s->host->order)
		status = s->host->order(s->host->self, order.bytes, order.size);
	if (status == STATUS_OK)
		s->order_told = policy_order(s->policy)->number;
	if (status == STATUS_OK || status == STATUS_ABSENT)
		return true;
	if (status == STATUS_FAILED)
		session_refuse(s, SESSION_FAILED, "the store failed", 0,
			FAILURE_INTERNAL);
	else
		session_refuse(s, SESSION_NOT_GENUINE,
			"an order that is not the company's", 0,
			FAILURE_MALFORMED);
	return false;
}

bool
standing_ended(const struct session *s, const struct certificate *issuer)
{
	const struct order *order = policy_order(s->policy);
	const struct order_key *key = order_key(order, issuer->signing_key);
	uint64_t now = (uint64_t)s->trusted_now_ms;

	/* When it was signed is a time that was told under seal. */
	if (now < order->signed_ms)
		now = order->signed_ms;
	return key && now > key->ends_ms;
}

static void
send_renewed(struct session *s, const uint8_t *credentials, size_t size)
{
	size_t room = STANDING_HEAD_MAX + size;
	uint8_t *bytes = alloc(room);
	struct pack pack;

	s->standing_told++;
	pack_init(&pack, bytes, room);
	message_renewed(&pack, (struct pack_view){credentials, size});
	session_send(s, bytes, &pack);
}

void
standing_renew(struct session *s)
{
	uint8_t credentials[CREDENTIALS_SIZE_MAX];
	size_t size = sizeof credentials;
	const struct credentials *peer = channel_peer(s->channel);

	if (session_is_broken(s) || !s->host->renew || !peer ||
		peer->device.kind != CERTIFICATE_DEVICE ||
		policy_is_revoked(s->policy, s->report.peer))
		return;
	/* Otherwise it is judged by what it has. */
	if (s->host->renew(s->host->self, peer, credentials, &size) !=
			STATUS_OK ||
		channel_introduce(s->channel, (uint64_t)s->trusted_now_ms,
			credentials, size) != STATUS_OK)
		return;
	send_renewed(s, credentials, size);
}

void
standing_renewed(struct session *s, const struct message *message)
{
	struct credentials_options with = {
		.company_key = s->company_key,
		.link_key = s->link_key,
		.now_ms = (uint64_t)s->trusted_now_ms,
	};
	struct pack_view bytes = message->credentials;
	struct credentials own;
	enum status status =
		credentials_decode(&own, bytes.bytes, bytes.size, &with);

	/* Our last word of the hub's time may be ahead of its clock now. */
	if (message->request != 0 || !s->report.peer_is_hub ||
		(status != STATUS_OK && status != STATUS_REFUSED) ||
		own.device.kind != CERTIFICATE_DEVICE ||
		memcmp(own.device.subject, s->self, ID_BYTES) != 0) {
		session_break(s, SESSION_NOT_GENUINE,
			"renewed credentials that are not for this device");
		return;
	}
	session_meet(s, &own);
	if (s->host->renewed &&
		s->host->renewed(s->host->self, bytes.bytes, bytes.size) !=
			STATUS_OK)
		session_break(s, SESSION_FAILED, "the store failed");
}
