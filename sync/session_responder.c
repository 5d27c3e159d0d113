#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "sync/alloc.h"
#include "sync/session_parts.h"

enum {
	ANSWER_HEAD_MAX = 64, /* kind, number, territory, counts */
	DIGEST_ITEM_SIZE = 2 + ID_BYTES + 2 + DIGEST_BYTES,
	FRONTIER_ITEM_SIZE = 2 + LOG_BYTES + 9 + 2 + SEGMENT_NAME_SIZE,
	VERDICT_ITEM_SIZE = 1,
	LOGIN_ROOM = 256,
};

void
responder_opened(struct session *s)
{
	/* One that enrols has no more to say until it did than its keys. */
	if (channel_mode(s->channel) == HELLO_ENROL)
		channel_limit(s->channel, SESSION_ENROL_MAX);
	standing_tell(s);
	standing_renew(s);
}

static void
refuse_malformed(struct session *s, uint32_t request, const char *detail)
{
	session_refuse(
		s, SESSION_MALFORMED, detail, request, FAILURE_MALFORMED);
}

static void
refuse_failed(struct session *s, uint32_t request)
{
	session_refuse(s, SESSION_FAILED, "the store failed", request,
		FAILURE_INTERNAL);
}

void
responder_refuse(struct session *s, uint32_t request)
{
	uint8_t *bytes = alloc(ANSWER_HEAD_MAX + MESSAGE_TEXT_MAX);
	struct pack pack;

	pack_init(&pack, bytes, ANSWER_HEAD_MAX + MESSAGE_TEXT_MAX);
	message_failed(
		&pack, request, FAILURE_REFUSED, "no grant for that territory");
	session_send(s, bytes, &pack);
}

int64_t
responder_time(const struct session *s)
{
	if (s->now_ms < 0)
		return 0;
	return s->now_ms < CHANGE_TIME_MAX ? s->now_ms : CHANGE_TIME_MAX;
}

static void
answer_compare(struct session *s, const struct message *message)
{
	struct territory_digest *list;
	uint32_t count;
	struct pack pack;
	uint8_t *bytes;
	size_t room;
	bool same;

	if (s->host->seal(s->host->self) != STATUS_OK) {
		refuse_failed(s, message->request);
		return;
	}
	session_find_shares(s);
	if (s->report.watching)
		watch_shares(s);
	same = memcmp(message->digest, s->shares.digest, DIGEST_BYTES) == 0;
	s->report.same = same;
	count = same ? 0 : s->shares.count;
	list = alloc(count * sizeof *list);
	for (uint32_t i = 0; i < count; i++)
		list[i] = (struct territory_digest){
			s->shares.list[i].territory, s->shares.list[i].digest};

	room = ANSWER_HEAD_MAX + count * DIGEST_ITEM_SIZE;
	bytes = alloc(room);
	pack_init(&pack, bytes, room);
	message_compared(
		&pack, message->request, responder_time(s), same, list, count);
	session_send(s, bytes, &pack);
	free(list);
	if (same && s->host->in_step)
		s->host->in_step(s->host->self, s);
}

/*
 * The frontier goes with the last answer only, which tells what the peer may
 * push; where it does not fit beside the segments it comes alone after them.
 */
void
responder_send_pulled(struct session *s, const struct message *message,
	struct frontier *ours, struct bundle *bundle)
{
	size_t told = ours->count * (size_t)FRONTIER_ITEM_SIZE;
	size_t room = ANSWER_HEAD_MAX + bundle->size + told;
	struct pack pack;
	uint8_t *bytes;

	if (room > MESSAGE_SIZE_MAX && bundle->count > 0)
		bundle->more = true;
	if (bundle->more) {
		ours->count = 0;
		room -= told;
	}
	bytes = alloc(room);
	pack_init(&pack, bytes, room);
	message_pulled(&pack, message->request, message->territory,
		bundle->more, frontier_views(ours), ours->count, bundle->count);
	pack_raw(&pack, bundle->bytes, bundle->size);
	session_send(s, bytes, &pack);
	s->report.sent.segments += bundle->count;
	s->report.sent.changes += bundle->changes;
}

/* STATUS_REFUSED: more logs than a message can tell. */
static enum status
gather_pulled(struct session *s, struct message *message, struct frontier *ours,
	struct frontier *theirs, struct bundle *bundle)
{
	struct territory *territory =
		s->host->territory(s->host->self, message->territory, false);
	struct territory_walk walk = {0};
	enum status status;

	if (!territory)
		return STATUS_OK; /* nothing of it was ever kept here */
	if (!frontier_of(ours, territory))
		return STATUS_REFUSED;
	frontier_read(theirs, message);
	status = bundle_fill(bundle, territory, theirs, &walk, message->budget);
	s->report.forks += walk.forks;
	return status;
}

static void
answer_pull(struct session *s, struct message *message)
{
	struct frontier ours = {0}, theirs = {0};
	struct bundle bundle = {0};

	if (s->hub &&
		!session_may_read(s, s->report.peer, message->territory)) {
		owed_answer_pull(s, message);
		return;
	}
	if (!session_may_read(s, s->report.peer, message->territory) ||
		!session_may_read(s, s->self, message->territory)) {
		responder_refuse(s, message->request);
		return;
	}
	if (gather_pulled(s, message, &ours, &theirs, &bundle) == STATUS_OK)
		responder_send_pulled(s, message, &ours, &bundle);
	else
		refuse_failed(s, message->request);
	frontier_clear(&ours);
	frontier_clear(&theirs);
	bundle_clear(&bundle);
}

void
responder_answer_push(struct session *s, struct message *message)
{
	enum message_verdict verdicts[MESSAGE_SEGMENTS_MAX];
	struct pack pack;
	uint8_t *bytes;
	size_t room;
	bool moved;

	if (s->host->may_push &&
		!s->host->may_push(s->host->self, s->report.peer,
			(uint64_t)(message->list.end - message->list.at))) {
		session_refuse(s, SESSION_BUSY,
			"what this device may push in a day is used up",
			message->request, FAILURE_BUSY);
		return;
	}
	if (session_keep(s, message, NULL, verdicts, &moved) != STATUS_OK) {
		refuse_failed(s, message->request);
		return;
	}
	room = ANSWER_HEAD_MAX + message->count * (size_t)VERDICT_ITEM_SIZE;
	bytes = alloc(room);
	pack_init(&pack, bytes, room);
	message_pushed(&pack, message->request, verdicts, message->count);
	session_send(s, bytes, &pack);
}

static bool
proof_holds(const struct session *s, const struct message *message)
{
	static const char purpose[] = "roadbook/enrol/1";
	uint8_t signed_bytes[sizeof purpose + NOISE_HASH_SIZE];

	memcpy(signed_bytes, purpose, sizeof purpose);
	memcpy(signed_bytes + sizeof purpose, channel_hash(s->channel),
		NOISE_HASH_SIZE);
	return crypto_sign_verify_detached(message->proof, signed_bytes,
		       sizeof signed_bytes, message->sign_key) == 0;
}

/* From here on the peer is the device that it became. */
static bool
introduce(struct session *s, const uint8_t *credentials, size_t size,
	const uint8_t *user)
{
	const struct credentials *peer;

	if (channel_introduce(s->channel, (uint64_t)s->trusted_now_ms,
		    credentials, size) != STATUS_OK)
		return false;
	peer = channel_peer(s->channel);
	memcpy(s->report.peer, peer->device.subject, ID_BYTES);
	memcpy(s->report.peer_user, user, ID_BYTES);
	channel_limit(s->channel, MESSAGE_SIZE_MAX);
	s->report.enrolled = true;
	return true;
}

static void
send_enrolled(struct session *s, const struct message *message,
	const uint8_t *credentials, size_t size, const uint8_t *user,
	const char *login)
{
	size_t room = ANSWER_HEAD_MAX + size + LOGIN_ROOM;
	uint8_t *bytes = alloc(room);
	struct pack pack;

	pack_init(&pack, bytes, room);
	message_enrolled(&pack, message->request,
		(struct pack_view){credentials, size}, user, login);
	session_send(s, bytes, &pack);
}

static void
answer_enrol(struct session *s, const struct message *message)
{
	uint8_t credentials[MESSAGE_CREDENTIALS_MAX], user[ID_BYTES];
	size_t size = sizeof credentials;
	char name[MESSAGE_TEXT_MAX + 1] = "", login[LOGIN_ROOM] = "";
	enum status status;

	if (!proof_holds(s, message)) {
		session_refuse(s, SESSION_NOT_GENUINE,
			"the new device's proof does not hold",
			message->request, FAILURE_MALFORMED);
		return;
	}
	memcpy(name, message->text.bytes, message->text.size);
	status = s->host->enrol(s->host->self, channel_invitation(s->channel),
		message->sign_key, channel_peer_link_key(s->channel), name,
		credentials, &size, user, login, sizeof login);
	if (status == STATUS_REFUSED) {
		session_refuse(s, SESSION_TOKEN,
			"the invitation has expired or was used elsewhere",
			message->request, FAILURE_TOKEN);
		return;
	}
	if (status != STATUS_OK || !introduce(s, credentials, size, user)) {
		refuse_failed(s, message->request);
		return;
	}
	send_enrolled(s, message, credentials, size, user, login);
}

static void
answer(struct session *s, struct message *message)
{
	bool may_enrol =
		channel_mode(s->channel) == HELLO_ENROL && !s->report.enrolled;

	if (message->kind == MESSAGE_ORDER && !may_enrol) {
		(void)standing_heard(s, message); /* the session tells */
		return;
	}
	if (may_enrol != (message->kind == MESSAGE_ENROL)) {
		refuse_malformed(s, message->request, "asked for out of turn");
		return;
	}
	if (may_enrol) {
		answer_enrol(s, message);
		return;
	}
	standing_tell(s);
	standing_renew(s);
	/* Of a copy, too, and of a device that was shut out. */
	if (message->kind == MESSAGE_RECEIPT && s->hub) {
		receipt_asked(s, message);
		return;
	}
	if (copied_refused(s, message))
		return;
	if (!session_peer_is_good(s, message->request))
		return;
	if (message->kind == MESSAGE_ERASED) {
		erased_heard(s, message);
		return;
	}
	if (s->shut_out) {
		owed_answer_shut_out(s, message);
		return;
	}
	if (s->hub && policy_is_revoked(s->policy, s->self)) {
		standing_replaced(s, message->request);
		return;
	}
	switch (message->kind) {
	case MESSAGE_COMPARE:
		answer_compare(s, message);
		break;
	case MESSAGE_PULL:
		answer_pull(s, message);
		break;
	case MESSAGE_PUSH:
		responder_answer_push(s, message);
		break;
	case MESSAGE_WATCH:
		watch_asked(s, message);
		break;
	case MESSAGE_REPLACE:
		copied_asked(s, message);
		break;
	case MESSAGE_INVITE:
		invite_asked(s, message);
		break;
	case MESSAGE_LEASE:
		lease_asked(s, message);
		break;
	case MESSAGE_RECEIPT: /* it is the hub's */
	case MESSAGE_ENROL:
	case MESSAGE_ENROLLED:
	case MESSAGE_COMPARED:
	case MESSAGE_PULLED:
	case MESSAGE_PUSHED:
	case MESSAGE_MOVED:
	case MESSAGE_FAILED:
	case MESSAGE_ORDER:
	case MESSAGE_RENEWED:
	case MESSAGE_INVITED:
	case MESSAGE_ERASED:
	case MESSAGE_LEASED:
	case MESSAGE_RECEIVED:
		refuse_malformed(s, message->request, "not a request");
		return;
	}
	s->report.round_trips++;
}

void
responder_request(struct session *s, const uint8_t *bytes, size_t size)
{
	/* What it is told, unasked, waits among the answers. */
	uint32_t most = SESSION_REQUESTS_MAX + s->standing_told +
		(s->report.watching ? 1 : 0);
	struct message message;

	if (message_decode(&message, bytes, size) != STATUS_OK) {
		refuse_malformed(s, 0, "not a message of Roadbook");
		return;
	}
	if (channel_queued(s->channel) >= most ||
		channel_queued_bytes(s->channel) > SESSION_UNREAD_MAX) {
		session_refuse(s, SESSION_MALFORMED,
			"more requests in flight than allowed", message.request,
			FAILURE_BUSY);
		return;
	}
	answer(s, &message);
}
