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
 * One that watches does the same again when the directory moved, or anything
 * may have; else it goes through the territories that moved, and no others.
 *
 * In a pass each territory that differs is pulled, then pushed, a few at a
 * time. While an answer is stored the next request is under way.
 */

enum { REQUEST_HEAD_MAX = 64, FRONTIER_ITEM_SIZE = 77 };

static void compare(struct session *s);

static void
forget_held(struct session *s)
{
	free(s->held);
	s->held = NULL;
	s->held_size = 0;
	s->held_exchange = NULL;
}

void
initiator_clear(struct session *s)
{
	forget_held(s);
	s->awaited_count = 0;
	for (int i = 0; i < SESSION_EXCHANGES_MAX; i++) {
		frontier_clear(&s->exchanges[i].ours);
		frontier_clear(&s->exchanges[i].theirs);
		s->exchanges[i].stage = EXCHANGE_FREE;
	}
	free(s->differing);
	s->differing = NULL;
	s->differing_count = s->differing_next = 0;
}

static void
break_malformed(struct session *s, const char *detail)
{
	session_break(s, SESSION_MALFORMED, detail);
}

static void
break_failed(struct session *s)
{
	session_break(s, SESSION_FAILED, "the store failed");
}

static uint32_t
await(struct session *s, enum message_kind answer, struct exchange *exchange,
	uint32_t segments)
{
	assert(s->awaited_count < SESSION_REQUESTS_MAX);
	if (++s->last_request == 0)
		s->last_request = 1; /* 0 is what nobody asked for */
	s->awaited[s->awaited_count++] = (struct awaited){
		s->last_request, answer, exchange, segments, 0};
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
	message_enrol(&pack, await(s, MESSAGE_ENROLLED, NULL, 0),
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
		break_failed(s);
	else
		send_enrol(s);
}

void
initiator_begin(struct session *s)
{
	s->passes = 0;
	s->directory_done = false;
	s->owed_done = false;
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
	message_watch(&pack, await(s, MESSAGE_MOVED, NULL, 0));
	session_send(s, bytes, &pack);
}

static bool has_pending(const struct session *s);

/*
 * Whoever finds that we hold the same may take it that there is no more: while
 * something waits to be sealed, a digest is told that is nobody's.
 */
static void
compare(struct session *s)
{
	static const uint8_t nobodys[DIGEST_BYTES];
	uint8_t *bytes;
	struct pack pack;
	bool more;

	s->pass = PASS_NONE;
	/* Else it is sealed when it was compared, a territory at a time. */
	if (!s->host->seal_one && s->host->seal(s->host->self) != STATUS_OK) {
		break_failed(s);
		return;
	}
	standing_tell(s);
	erased_tell(s);
	session_find_shares(s);
	more = s->passes < SESSION_PASSES_MAX && has_pending(s);
	bytes = alloc(REQUEST_HEAD_MAX);
	pack_init(&pack, bytes, REQUEST_HEAD_MAX);
	message_compare(&pack, await(s, MESSAGE_COMPARED, NULL, 0),
		more ? nobodys : s->shares.digest);
	session_send(s, bytes, &pack);
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

static void
found_pending(void *self, const uint8_t *territory)
{
	news_add(self, territory);
}

/*
 * What a former hub wrote after its end counts no more, but a revocation among
 * it is not to be forgotten: the hub is shown it.
 */
static bool
has_late(const struct session *s)
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

	if (has_late(s))
		return true;
	if (!s->host->seal_one)
		return false;
	s->host->pending(s->host->self, found_pending, &pending);
	for (uint32_t i = 0; i < pending.count; i++)
		any = any || shares_of(&s->shares, pending.list[i]);
	news_clear(&pending);
	return any;
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
	if (has_late(s))
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
		else if (!news_has(&pending, entry.territory))
			add_differing(s, entry.territory);
	}
	for (uint32_t i = 0; i < pending.count; i++)
		add_differing(s, pending.list[i]);
	news_clear(&pending);
	s->pass = PASS_TERRITORIES;
	/* One pass over the directory: a fork in it must not stop the rest. */
	if (directory && !s->directory_done) {
		s->pass = PASS_DIRECTORY;
		s->directory_done = true;
		s->differing_count = 0;
		add_differing(s, policy_directory(s->policy));
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
	session_find_shares(s);
	s->report.same = message->same;
	if (message->same) {
		session_in_step(s);
		return;
	}
	begin_pass(s, message);
	initiator_go_on(s);
}

static void
send_pull(struct session *s, struct exchange *x)
{
	size_t room =
		REQUEST_HEAD_MAX + x->ours.count * (size_t)FRONTIER_ITEM_SIZE;
	uint8_t *bytes = alloc(room);
	struct pack pack;

	pack_init(&pack, bytes, room);
	message_pull(&pack, await(s, MESSAGE_PULLED, x, 0), x->territory,
		MESSAGE_BUDGET_MAX, frontier_views(&x->ours), x->ours.count);
	session_send(s, bytes, &pack);
}

static void
end_exchange(struct exchange *x)
{
	frontier_clear(&x->ours);
	frontier_clear(&x->theirs);
	x->stage = EXCHANGE_FREE;
}

/* Not begun when it is no longer shared. */
static void
begin_exchange(struct session *s, struct exchange *x, const uint8_t *territory)
{
	const struct session_host *host = s->host;

	struct territory *kept = host->territory(host->self, territory, false);
	bool owed = s->pass == PASS_OWED;
	bool fits;

	if (!owed &&
		(!session_may_read(s, s->self, territory) ||
			!session_may_read(s, s->report.peer, territory)))
		return;
	memset(x, 0, sizeof *x);
	memcpy(x->territory, territory, ID_BYTES);
	x->owed = owed;
	fits = owed ? frontier_of_kept(&x->ours, kept)
		    : frontier_of(&x->ours, kept);
	if (!fits) {
		session_break(s, SESSION_FAILED,
			"a territory has more logs than a message can tell");
		return;
	}
	x->stage = EXCHANGE_PULLING;
	x->walk.beyond =
		owed || (session_is_directory(s, territory) && has_late(s));
	send_pull(s, x);
}

/*
 * Looks at pulled segments before they are stored: the next pull asks from
 * behind them. They are proven when they are kept.
 */
static bool
look_ahead(struct session *s, struct exchange *x, struct message message)
{
	struct pack_view bytes;
	bool advanced = false;

	while (message_next_segment(&message, &bytes)) {
		struct segment segment;

		if (segment_view(&segment, bytes.bytes, bytes.size) !=
				STATUS_OK ||
			memcmp(segment.territory, x->territory, ID_BYTES) !=
				0) {
			break_malformed(s, "not a segment that was asked for");
			return false;
		}
		if (frontier_advance(&x->ours, segment.log,
			    segment.first + segment.count - 1, segment.name))
			advanced = true;
	}
	if ((message.more && !advanced) || x->ours.count > MESSAGE_LOGS_MAX) {
		break_malformed(s, "more was promised and nothing new came");
		return false;
	}
	return true;
}

/* Takes the message over when there is something in it to be stored. */
static bool
got_pulled(struct session *s, struct exchange *x, struct message *message,
	uint8_t *bytes, size_t size)
{
	if (memcmp(message->territory, x->territory, ID_BYTES) != 0) {
		break_malformed(s, "an answer about another territory");
		return false;
	}
	if (x->owed && (message->count > 0 || message->more)) {
		break_malformed(s, "segments that were not asked for");
		return false;
	}
	if (!look_ahead(s, x, *message))
		return false;
	if (message->more) {
		send_pull(s, x);
	} else {
		frontier_read(&x->theirs, message);
		frontier_clear(&x->ours);
		x->stage = EXCHANGE_PUSHING;
	}
	if (message->count == 0) {
		initiator_go_on(s);
		return false;
	}
	s->held = bytes;
	s->held_size = size;
	s->held_exchange = x;
	return true;
}

void
initiator_store(struct session *s)
{
	enum message_verdict verdicts[MESSAGE_SEGMENTS_MAX];
	struct message message;
	bool moved;
	enum status status;

	status = message_decode(&message, s->held, s->held_size);
	assert(status == STATUS_OK); /* it was decoded when it came */
	if (!session_may_read(s, s->self, message.territory)) {
		session_break(s, SESSION_REFUSED,
			"the grant ended while it was used");
		return;
	}
	status = session_keep(s, &message, message.territory, verdicts, &moved);
	if (status == STATUS_FAILED) {
		break_failed(s);
		return;
	}
	if (status != STATUS_OK || s->report.unknown > SESSION_UNKNOWN_MAX) {
		session_break(s, SESSION_NOT_GENUINE,
			"the peer sent segments that are not genuine");
		return;
	}
	forget_held(s);
	s->moved = s->moved || moved;
	if (session_peer_is_good(s, 0))
		initiator_go_on(s);
}

static uint32_t
pushes_in_flight(const struct session *s)
{
	uint32_t count = 0;

	for (int i = 0; i < SESSION_EXCHANGES_MAX; i++)
		count += s->exchanges[i].pushes;
	return count;
}

static void
send_push(struct session *s, struct exchange *x, struct bundle *bundle)
{
	size_t room = REQUEST_HEAD_MAX + bundle->size;
	uint8_t *bytes = alloc(room);
	struct pack pack;

	pack_init(&pack, bytes, room);
	message_push(&pack, await(s, MESSAGE_PUSHED, x, bundle->count),
		bundle->count);
	pack_raw(&pack, bundle->bytes, bundle->size);
	if (x->owed)
		s->awaited[s->awaited_count - 1].others =
			owed_others(s, bytes, pack.size);
	session_send(s, bytes, &pack);
	x->pushes++;
	s->report.sent.segments += bundle->count;
	s->report.sent.changes += bundle->changes;
}

/* Sends one push of what the peer lacks, or finds that it lacks no more. */
static void
push(struct session *s, struct exchange *x)
{
	const struct session_host *host = s->host;
	struct territory *territory;
	struct bundle bundle = {.most = x->owed ? OWED_SEGMENTS_MAX : 0};
	enum status status = STATUS_OK;

	if (host->seal_one && !x->sealed) {
		x->sealed = true;
		status = host->seal_one(host->self, x->territory);
	}
	territory = host->territory(host->self, x->territory, false);
	if (status == STATUS_OK && territory &&
		(x->owed ||
			(session_may_read(s, s->report.peer, x->territory) &&
				session_may_read(s, s->self, x->territory))))
		status = bundle_fill(&bundle, territory, &x->theirs, &x->walk,
			SESSION_BUNDLE_MAX);
	if (status != STATUS_OK) {
		break_failed(s);
	} else if (bundle.count > 0) {
		send_push(s, x, &bundle);
		x->walked = !bundle.more;
	} else {
		x->walked = true;
	}
	bundle_clear(&bundle);
}

/* What was owed is the node's to forget. */
static void
finish_exchange(struct session *s, struct exchange *x)
{
	bool handed_over = x->owed && !x->unkept;
	uint8_t territory[ID_BYTES];

	memcpy(territory, x->territory, ID_BYTES);
	end_exchange(x);
	if (handed_over && s->host->handed_over)
		s->host->handed_over(s->host->self, territory);
}

static void
push_on(struct session *s, struct exchange *x)
{
	/* What was pulled is stored first: the walk is over what is kept. */
	if (s->held && s->held_exchange == x)
		return;
	if (x->owed && !x->looked)
		owed_look(s, x);
	if (!x->looked)
		copied_look(s, x);
	while (!session_is_broken(s) && !x->walked &&
		pushes_in_flight(s) < SESSION_PUSHES_MAX &&
		channel_queued_bytes(s->channel) + SESSION_BUNDLE_MAX <
			SESSION_UNREAD_MAX)
		push(s, x);
	if (session_is_broken(s) || !x->walked || x->pushes > 0)
		return;
	s->report.forks += x->walk.forks;
	if (x->walk.forks > 0)
		x->unkept = true;
	if (x->walk.beyond && !x->owed && s->host->late_told) {
		s->host->late_told(s->host->self);
		/* The hub writes again what of it is to hold: once more. */
		if (!s->late_told)
			s->directory_done = false;
		s->late_told = true;
	}
	finish_exchange(s, x);
}

static void
got_pushed(struct session *s, const struct awaited *awaited,
	struct message *message)
{
	enum message_verdict verdict;

	if (message->count != awaited->segments) {
		break_malformed(s, "not a verdict for each segment");
		return;
	}
	for (uint32_t i = 0; message_next_verdict(message, &verdict); i++) {
		if (verdict == VERDICT_HAD)
			continue;
		if (verdict == VERDICT_KEPT ||
			(verdict == VERDICT_QUARANTINED &&
				s->report.peer_is_hub)) {
			s->moved = true;
			continue;
		}
		if (owed_is_unkept(verdict,
			    i < OWED_SEGMENTS_MAX && awaited->others >> i & 1))
			awaited->exchange->unkept = true;
		s->report.refused++;
		s->report.refusal = verdict;
		if (verdict == VERDICT_FORK)
			s->report.forks++;
	}
	awaited->exchange->pushes--;
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
	if (again)
		compare(s);
	else
		session_in_step(s);
}

void
initiator_go_on(struct session *s)
{
	bool busy = s->held != NULL;

	for (int i = 0; i < SESSION_EXCHANGES_MAX; i++) {
		struct exchange *x = &s->exchanges[i];

		if (x->stage == EXCHANGE_PUSHING)
			push_on(s, x);
		while (!session_is_broken(s) && x->stage == EXCHANGE_FREE &&
			s->differing_next < s->differing_count)
			begin_exchange(s, x,
				s->differing[s->differing_next++].territory);
		if (session_is_broken(s))
			return;
		busy = busy || x->stage != EXCHANGE_FREE;
	}
	if (!busy && s->pass != PASS_NONE)
		end_pass(s);
}

static void
got_failed(struct session *s, const struct message *message)
{
	enum session_problem problem = SESSION_PEER_FAILED;
	struct awaited awaited;

	/* It does not want it; so be it. */
	if (s->pass == PASS_OWED && message->failure == FAILURE_REFUSED &&
		take_awaited(s, message->request, &awaited)) {
		end_exchange(awaited.exchange);
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
		got_failed(s, message); /* to one request, or to us at all */
		return false;
	}
	if (message->kind == MESSAGE_MOVED && message->request == 0) {
		if (!s->report.watching)
			break_malformed(s, "told what was not asked for");
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
		break_malformed(s, "an answer to nothing that was asked");
		return false;
	}
	s->report.round_trips++;
	if (!session_peer_is_good(s, 0))
		return false;
	if (message->kind == MESSAGE_PULLED)
		return got_pulled(s, awaited.exchange, message, bytes, size);
	if (message->kind == MESSAGE_PUSHED)
		got_pushed(s, &awaited, message);
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
		break_malformed(s, "not a message of Roadbook");
	else if (got_answer(s, &message, bytes, size))
		return;
	free(bytes);
}
