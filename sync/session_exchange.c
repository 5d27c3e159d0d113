#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"
#include "sync/session_parts.h"

/*
 * One territory brought in step by an initiator: pulled, then pushed. While an
 * answer is stored the next request is under way.
 *
 * One that is begun ahead, right behind a compare, has something to be sealed.
 * Where the answer to the compare says that the directory comes first, it is
 * dropped, and begun again after that.
 */

enum { REQUEST_HEAD_MAX = 64, FRONTIER_ITEM_SIZE = 77 };

/* What a pull ahead asks for at the most: it may be for nothing. */
enum { AHEAD_BUDGET = 32 << 10 };

void
exchange_forget_held(struct session *s)
{
	free(s->held);
	s->held = NULL;
	s->held_size = 0;
	s->held_exchange = NULL;
}

static void
send_pull(struct session *s, struct exchange *x)
{
	size_t room =
		REQUEST_HEAD_MAX + x->ours.count * (size_t)FRONTIER_ITEM_SIZE;
	uint8_t *bytes = alloc(room);
	struct pack pack;

	pack_init(&pack, bytes, room);
	message_pull(&pack, session_await(s, MESSAGE_PULLED, x, 0),
		x->territory,
		s->pass == PASS_NONE ? AHEAD_BUDGET : MESSAGE_BUDGET_MAX,
		frontier_views(&x->ours), x->ours.count);
	session_send(s, bytes, &pack);
}

void
exchange_end(struct exchange *x)
{
	frontier_clear(&x->ours);
	frontier_clear(&x->theirs);
	x->stage = EXCHANGE_FREE;
}

void
exchange_begin(struct session *s, struct exchange *x, const uint8_t *territory)
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
	x->walk.beyond = owed ||
		(session_is_directory(s, territory) && initiator_has_late(s));
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
			initiator_malformed(
				s, "not a segment that was asked for");
			return false;
		}
		if (frontier_advance(&x->ours, segment.log,
			    segment.first + segment.count - 1, segment.name))
			advanced = true;
	}
	if ((message.more && !advanced) || x->ours.count > MESSAGE_LOGS_MAX) {
		initiator_malformed(
			s, "more was promised and nothing new came");
		return false;
	}
	return true;
}

bool
exchange_pulled(struct session *s, struct exchange *x, struct message *message,
	uint8_t *bytes, size_t size)
{
	if (memcmp(message->territory, x->territory, ID_BYTES) != 0) {
		initiator_malformed(s, "an answer about another territory");
		return false;
	}
	if (s->pass == PASS_NONE) {
		initiator_malformed(s, "an answer out of turn");
		return false;
	}
	if (x->stage == EXCHANGE_DROPPED) {
		exchange_end(x);
		initiator_go_on(s);
		return false;
	}
	if (x->owed && (message->count > 0 || message->more)) {
		initiator_malformed(s, "segments that were not asked for");
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
exchange_store(struct session *s)
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
		initiator_failed(s);
		return;
	}
	if (status != STATUS_OK || s->report.unknown > SESSION_UNKNOWN_MAX) {
		session_break(s, SESSION_NOT_GENUINE,
			"the peer sent segments that are not genuine");
		return;
	}
	exchange_forget_held(s);
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
	message_push(&pack, session_await(s, MESSAGE_PUSHED, x, bundle->count),
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
		initiator_failed(s);
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
	exchange_end(x);
	if (handed_over && s->host->handed_over)
		s->host->handed_over(s->host->self, territory);
}

void
exchange_push_on(struct session *s, struct exchange *x)
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

void
exchange_pushed(struct session *s, const struct awaited *awaited,
	struct message *message)
{
	enum message_verdict verdict;

	if (message->count != awaited->segments) {
		initiator_malformed(s, "not a verdict for each segment");
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

void
exchange_drop_ahead(struct session *s)
{
	for (int i = 0; i < SESSION_EXCHANGES_MAX; i++)
		if (s->exchanges[i].stage != EXCHANGE_FREE)
			s->exchanges[i].stage = EXCHANGE_DROPPED;
}

bool
exchange_all_free(const struct session *s)
{
	for (int i = 0; i < SESSION_EXCHANGES_MAX; i++)
		if (s->exchanges[i].stage != EXCHANGE_FREE)
			return false;
	return true;
}

bool
exchange_only_verdicts(const struct session *s)
{
	for (int i = 0; i < SESSION_EXCHANGES_MAX; i++) {
		const struct exchange *x = &s->exchanges[i];

		if (x->stage != EXCHANGE_FREE &&
			(x->stage != EXCHANGE_PUSHING || !x->walked ||
				x->walk.beyond))
			return false;
	}
	return !s->held;
}
