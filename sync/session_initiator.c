#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "sync/alloc.h"
#include "sync/session_parts.h"

/*
 * The one who dialled drives:
 *
 *     enrol? --> compare --> directory pass --> compare --> territories pass
 *                   |             (if it differs)  ^               |
 *                   v                              +--(if it moved)+
 *                settled
 *
 * What certainly comes next does not wait: behind a compare the pulls of what
 * is to be sealed, behind the last pushes of a pass the compare. So a rep's
 * visit is at the hub, and known to be, after two round trips.
 *
 * One that watches does the same again when the directory moved, or anything
 * may have; else it goes through the territories that moved, and no others.
 *
 * In a pass each territory that differs is pulled, then pushed, a few at a
 * time (session_exchange.c).
 */

enum { REQUEST_HEAD_MAX = 64 };

static void compare(struct session *s);

void
initiator_clear(struct session *s)
{
	exchange_forget_held(s);
	s->awaited_count = 0;
	for (int i = 0; i < SESSION_EXCHANGES_MAX; i++) {
		frontier_clear(&s->exchanges[i].ours);
		frontier_clear(&s->exchanges[i].theirs);
		s->exchanges[i].stage = EXCHANGE_FREE;
	}
	free(s->differing);
	s->differing = NULL;
	s->differing_count = s->differing_next = 0;
	s->compared_ahead = s->compared_last = false;
	s->given_up = s->last_request;
}

void
initiator_malformed(struct session *s, const char *detail)
{
	session_break(s, SESSION_MALFORMED, detail);
}

void
initiator_failed(struct session *s)
{
	session_break(s, SESSION_FAILED, "the store failed");
}

uint32_t
session_await(struct session *s, enum message_kind answer,
	struct exchange *exchange, uint32_t segments)
{
	assert(s->awaited_count < SESSION_REQUESTS_MAX);
	if (++s->last_request == 0)
		s->last_request = 1; /* 0 is what nobody asked for */
	s->awaited[s->awaited_count++] =
		(struct awaited){.request = s->last_request,
			.answer = answer,
			.exchange = exchange,
			.segments = segments,
			.depth = s->report.round_trips + 1};
	return s->last_request;
}

/* Takes the request with this number off the list. */
static bool
take_awaited(struct session *s, uint32_t request, struct awaited *awaited)
{
	for (uint32_t i = 0; i < s->awaited_count; i++) {
		if (s->awaited[i].request != request)
			continue;
		*awaited = s->awaited[i];
		s->awaited[i] = s->awaited[--s->awaited_count];
		return true;
	}
	return false;
}

static void
send_enrol(struct session *s)
{
	static const char purpose[] = "roadbook/enrol/1";
	uint8_t to_sign[sizeof purpose + NOISE_HASH_SIZE];
	uint8_t proof[SIGNATURE_SIZE];
	size_t room = REQUEST_HEAD_MAX + SIGNATURE_SIZE + SIGNING_KEY_SIZE +
		strlen(s->device_name);
	uint8_t *bytes = alloc(room);
	struct pack pack;

	memcpy(to_sign, purpose, sizeof purpose);
	memcpy(to_sign + sizeof purpose, channel_hash(s->channel),
		NOISE_HASH_SIZE);
	(void)crypto_sign_detached(
		proof, NULL, to_sign, sizeof to_sign, s->sign_secret);
	pack_init(&pack, bytes, room);
	message_enrol(&pack, session_await(s, MESSAGE_ENROLLED, NULL, 0),
		s->sign_secret + SIGNING_KEY_SIZE, proof, s->device_name);
	session_send(s, bytes, &pack);
}

void
initiator_opened(struct session *s)
{
	if (policy_is_former_hub(s->policy, s->report.peer)) {
		standing_tell_former(s);
		return;
	}
	/* When it is not, it is told nothing, not even who we are. */
	if (!session_peer_is_good(s, 0))
		return;
	if (s->enrolling && !s->report.peer_is_hub) {
		session_break(
			s, SESSION_NOT_GENUINE, "only the hub enrols devices");
		return;
	}
	if (!s->report.peer_is_hub && policy_is_revoked(s->policy, s->self)) {
		session_break(
			s, SESSION_REVOKED, "this device has been revoked");
		return;
	}
	if (!s->enrolling)
		initiator_begin(s);
	else if (s->host->seal(s->host->self) != STATUS_OK)
		initiator_failed(s);
	else
		send_enrol(s);
}

void
initiator_begin(struct session *s)
{
	s->passes = 0;
	s->directory_done = false;
	s->owed_done = false;
	s->compared_ahead = s->compared_last = false;
	compare(s);
}

bool
initiator_rests(const struct session *s)
{
	for (uint32_t i = 0; i < s->awaited_count; i++)
		if (s->awaited[i].answer != MESSAGE_MOVED)
			return false;
	return s->pass == PASS_NONE && !s->held;
}

void
initiator_send_watch(struct session *s)
{
	uint8_t *bytes = alloc(REQUEST_HEAD_MAX);
	struct pack pack;

	pack_init(&pack, bytes, REQUEST_HEAD_MAX);
	message_watch(&pack, session_await(s, MESSAGE_MOVED, NULL, 0));
	session_send(s, bytes, &pack);
}

static bool has_pending(const struct session *s);

/*
 * Whoever finds that we hold the same may take it that there is no more: while
 * something waits to be sealed, a digest is told that is nobody's.
 */
static void
send_compare(struct session *s)
{
	static const uint8_t nobodys[DIGEST_BYTES];
	uint8_t *bytes;
	struct pack pack;
	bool more;

	/* Else it is sealed when it was compared, a territory at a time. */
	if (!s->host->seal_one && s->host->seal(s->host->self) != STATUS_OK) {
		initiator_failed(s);
		return;
	}
	standing_tell(s);
	erased_tell(s);
	session_find_shares(s);
	more = s->passes < SESSION_PASSES_MAX && has_pending(s);
	bytes = alloc(REQUEST_HEAD_MAX);
	pack_init(&pack, bytes, REQUEST_HEAD_MAX);
	message_compare(&pack, session_await(s, MESSAGE_COMPARED, NULL, 0),
		more ? nobodys : s->shares.digest);
	session_send(s, bytes, &pack);
}

static void
found_pending(void *self, const uint8_t *territory)
{
	news_add(self, territory);
}

/*
 * What waits to be sealed will be pulled and pushed whatever the answer says,
 * unless the directory comes first: its territories are pulled without waiting.
 */
static void
pull_ahead(struct session *s)
{
	struct news pending = {0};

	s->host->pending(s->host->self, found_pending, &pending);
	for (uint32_t i = 0, at = 0;
		i < pending.count && at < SESSION_EXCHANGES_MAX; i++) {
		struct exchange *x = &s->exchanges[at];

		if (session_is_directory(s, pending.list[i]) ||
			!shares_of(&s->shares, pending.list[i]))
			continue;
		exchange_begin(s, x, pending.list[i]);
		at += x->stage != EXCHANGE_FREE;
	}
	news_clear(&pending);
}

static void
compare(struct session *s)
{
	s->pass = PASS_NONE;
	send_compare(s);
	if (!session_is_broken(s) && s->host->seal_one && !s->directory_only &&
		s->passes < SESSION_PASSES_MAX)
		pull_ahead(s);
}

static void
got_enrolled(struct session *s, const struct message *message)
{
	struct credentials_options with = {
		.company_key = s->company_key,
		.link_key = s->link_key,
		.now_ms = (uint64_t)s->trusted_now_ms,
	};
	struct credentials own;
	enum status status;

	status = credentials_decode(&own, message->credentials.bytes,
		message->credentials.size, &with);
	/* Our clock may be far off: the hub has told no time yet. */
	if ((status != STATUS_OK && status != STATUS_REFUSED) ||
		memcmp(own.device.subject, s->self, ID_BYTES) != 0) {
		session_break(s, SESSION_NOT_GENUINE,
			"the credentials are not for this device");
		return;
	}
	session_meet(s, &own);
	memcpy(s->credentials, message->credentials.bytes,
		message->credentials.size);
	memcpy(s->login, message->text.bytes, message->text.size);
	s->report.enrolled = true;
	s->report.credentials = s->credentials;
	s->report.credentials_size = message->credentials.size;
	s->report.login = s->login;
	compare(s);
}

/*
 * Whether the peer's entry says that there is something to do: both may read
 * the territory and hold different things of it.
 */
static bool
differs(const struct session *s, const struct territory_digest *theirs)
{
	const struct share *ours = shares_of(&s->shares, theirs->territory);

	return ours && memcmp(ours->digest, theirs->digest, DIGEST_BYTES) != 0;
}

static void
add_differing(struct session *s, const uint8_t *territory)
{
	struct share *share = &s->differing[s->differing_count++];

	memcpy(share->territory, territory, ID_BYTES);
}

void
initiator_go_through(struct session *s, const struct news *news)
{
	free(s->differing);
	s->differing = alloc(news->count * sizeof *s->differing);
	s->differing_count = s->differing_next = 0;
	for (uint32_t i = 0; i < news->count; i++)
		add_differing(s, news->list[i]);
	s->pass = PASS_MOVED;
	initiator_go_on(s);
}

bool
initiator_has_late(const struct session *s)
{
	return s->report.peer_is_hub && s->host->late &&
		s->host->late(s->host->self);
}

/* Whether something waits to be sealed that the peer may have. */
static bool
has_pending(const struct session *s)
{
	struct news pending = {0};
	bool any = false;

	if (initiator_has_late(s))
		return true;
	if (!s->host->seal_one)
		return false;
	s->host->pending(s->host->self, found_pending, &pending);
	for (uint32_t i = 0; i < pending.count; i++)
		any = any || shares_of(&s->shares, pending.list[i]);
	news_clear(&pending);
	return any;
}

static const struct exchange *
exchange_of(const struct session *s, const uint8_t *territory)
{
	for (int i = 0; i < SESSION_EXCHANGES_MAX; i++)
		if (s->exchanges[i].stage != EXCHANGE_FREE &&
			memcmp(s->exchanges[i].territory, territory,
				ID_BYTES) == 0)
			return &s->exchanges[i];
	return NULL;
}

/* Lists what differs; the directory goes first and, if it does, alone. */
static void
begin_pass(struct session *s, struct message *message)
{
	struct territory_digest entry;
	struct news pending = {0};
	bool directory = false;

	if (s->host->seal_one)
		s->host->pending(s->host->self, found_pending, &pending);
	if (initiator_has_late(s))
		news_add(&pending, policy_directory(s->policy));
	free(s->differing);
	s->differing =
		alloc((message->count + pending.count) * sizeof *s->differing);
	s->differing_count = s->differing_next = 0;
	while (message_next_digest(message, &entry)) {
		if (!differs(s, &entry))
			continue;
		if (session_is_directory(s, entry.territory))
			directory = true;
		else if (!news_has(&pending, entry.territory) &&
			!exchange_of(s, entry.territory))
			add_differing(s, entry.territory);
	}
	for (uint32_t i = 0; i < pending.count; i++)
		if (!exchange_of(s, pending.list[i]))
			add_differing(s, pending.list[i]);
	news_clear(&pending);
	s->pass = PASS_TERRITORIES;
	/* One pass over the directory: a fork in it must not stop the rest. */
	if (directory && !s->directory_done) {
		s->pass = PASS_DIRECTORY;
		s->directory_done = true;
		s->differing_count = 0;
		add_differing(s, policy_directory(s->policy));
		exchange_drop_ahead(s);
	} else if (s->directory_only) {
		s->differing_count = 0;
	}
	s->moved = false;
	s->passes++;
}

static void
hear_time(struct session *s, int64_t hub_now_ms)
{
	if (!s->report.peer_is_hub)
		return;
	if (hub_now_ms > s->trusted_now_ms)
		s->trusted_now_ms = hub_now_ms;
	s->host->hub_time(s->host->self, hub_now_ms);
}

static void
got_compared(struct session *s, struct message *message)
{
	hear_time(s, message->now);
	if (s->pass != PASS_NONE || (message->same && !exchange_all_free(s))) {
		initiator_malformed(s, "an answer out of turn");
		return;
	}
	session_find_shares(s);
	s->report.same = message->same;
	if (message->same || s->compared_last) {
		s->compared_last = false;
		session_in_step(s);
		return;
	}
	begin_pass(s, message);
	initiator_go_on(s);
}

/* The pass is over: everything that differed was gone through. */
static void
end_pass(struct session *s)
{
	bool again = s->moved && s->passes < SESSION_PASSES_MAX &&
		s->pass != PASS_MOVED && s->pass != PASS_OWED;

	/* What is shared follows from the directory: the list is asked anew. */
	if (s->pass == PASS_DIRECTORY)
		again = !s->directory_only;
	s->pass = PASS_NONE;
	if (s->compared_ahead) {
		s->compared_ahead = false; /* the answer is on its way */
		s->compared_last = !again;
	} else if (again)
		compare(s);
	else
		session_in_step(s);
}

/*
 * Whether nothing is left of the pass but the verdicts on what is on its way:
 * what is compared then is answered behind them.
 */
static bool
compares_ahead(const struct session *s)
{
	return s->pass == PASS_TERRITORIES && !s->compared_ahead &&
		s->differing_next == s->differing_count &&
		s->passes < SESSION_PASSES_MAX && exchange_only_verdicts(s);
}

void
initiator_go_on(struct session *s)
{
	bool busy = s->held != NULL;

	for (int i = 0; i < SESSION_EXCHANGES_MAX; i++) {
		struct exchange *x = &s->exchanges[i];

		if (x->stage == EXCHANGE_PUSHING)
			exchange_push_on(s, x);
		while (!session_is_broken(s) && x->stage == EXCHANGE_FREE &&
			s->differing_next < s->differing_count)
			exchange_begin(s, x,
				s->differing[s->differing_next++].territory);
		if (session_is_broken(s))
			return;
		busy = busy || x->stage != EXCHANGE_FREE;
	}
	if (!busy && s->pass != PASS_NONE)
		end_pass(s);
	else if (busy && compares_ahead(s)) {
		s->compared_ahead = true;
		send_compare(s);
	}
}

/* Whether the answer to this request is one that nobody waits for any more. */
static bool
is_of_dropped(const struct session *s, uint32_t request)
{
	for (uint32_t i = 0; i < s->awaited_count; i++)
		if (s->awaited[i].request == request)
			return s->awaited[i].exchange &&
				s->awaited[i].exchange->stage ==
				EXCHANGE_DROPPED;
	return false;
}

static void
got_failed(struct session *s, const struct message *message)
{
	enum session_problem problem = SESSION_PEER_FAILED;
	struct awaited awaited;

	/* It does not want it; so be it. Or it was asked too soon. */
	if (message->failure == FAILURE_REFUSED &&
		(s->pass == PASS_OWED || is_of_dropped(s, message->request)) &&
		take_awaited(s, message->request, &awaited)) {
		exchange_end(awaited.exchange);
		initiator_go_on(s);
		return;
	}
	if (watch_unknown(s, message) || lease_unknown(s, message)) {
		s->report.cannot_watch = true;
		s->awaited_count = 0; /* it answers no more */
		session_settle(s);
		return;
	}
	if (message->failure == FAILURE_COPIED && copied_told(s))
		return;
	switch (message->failure) {
	case FAILURE_COPIED:
	case FAILURE_REFUSED:
		problem = SESSION_REFUSED;
		break;
	case FAILURE_REVOKED:
		problem = SESSION_REVOKED;
		break;
	case FAILURE_TOKEN:
		problem = SESSION_TOKEN;
		break;
	case FAILURE_BUSY:
		problem = SESSION_BUSY;
		break;
	case FAILURE_MALFORMED:
	case FAILURE_INTERNAL:
		break;
	}
	memcpy(s->text, message->text.bytes, message->text.size);
	s->text[message->text.size] = '\0';
	session_break(s, problem, s->text);
}

/* True: the message is held, and not the caller's to free. */
static bool
got_answer(
	struct session *s, struct message *message, uint8_t *bytes, size_t size)
{
	struct awaited awaited;

	if (message->kind == MESSAGE_FAILED) {
		/* To one request, or to us at all. */
		if (!message->request || message->request > s->given_up)
			got_failed(s, message);
		return false;
	}
	if (message->kind == MESSAGE_MOVED && message->request == 0) {
		if (!s->report.watching)
			initiator_malformed(s, "told what was not asked for");
		else if (session_peer_is_good(s, 0))
			watch_heard(s, message);
		return false;
	}
	if (message->kind == MESSAGE_ORDER) {
		(void)standing_heard(s, message); /* the session tells */
		return false;
	}
	if (message->kind == MESSAGE_RENEWED) {
		standing_renewed(s, message);
		return false;
	}
	if (!take_awaited(s, message->request, &awaited) ||
		awaited.answer != message->kind) {
		initiator_malformed(s, "an answer to nothing that was asked");
		return false;
	}
	if (s->report.round_trips < awaited.depth)
		s->report.round_trips = awaited.depth;
	if (!session_peer_is_good(s, 0))
		return false;
	if (message->kind == MESSAGE_PULLED)
		return exchange_pulled(
			s, awaited.exchange, message, bytes, size);
	if (message->kind == MESSAGE_PUSHED)
		exchange_pushed(s, &awaited, message);
	else if (message->kind == MESSAGE_COMPARED)
		got_compared(s, message);
	else if (message->kind == MESSAGE_MOVED)
		watch_heard(s, message);
	else if (message->kind == MESSAGE_INVITED)
		invite_answered(s, message);
	else if (message->kind == MESSAGE_LEASED)
		lease_answered(s, message);
	else if (s->replacing)
		copied_enrolled(s, message);
	else
		got_enrolled(s, message);
	return false;
}

void
initiator_answer(struct session *s, uint8_t *bytes, size_t size)
{
	struct message message;

	if (s->report.state == SESSION_SETTLED) {
		free(bytes); /* it came too late to matter */
		return;
	}
	if (message_decode(&message, bytes, size) != STATUS_OK)
		initiator_malformed(s, "not a message of Roadbook");
	else if (got_answer(s, &message, bytes, size))
		return;
	free(bytes);
}
