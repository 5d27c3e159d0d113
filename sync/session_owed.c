#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"
#include "sync/session_parts.h"

/*
 * What goes to the hub though it is not shared, or not any more (DESIGN 6). A
 * device whose grant has ended, or that is revoked, hands over what it still
 * has; and whoever holds changes beyond a cut-off, from a time when nobody had
 * heard of it, offers them to the hub alone.
 *
 *     pull, with all that is kept here  -->
 *                                      <--  pulled: of that, what the hub has
 *     push, of what it lacks            -->
 *
 * The answer tells nothing that the asker does not know: no log that it has
 * not named, no number beyond its own.
 *
 * A device that was revoked before it came is told, besides, the change of the
 * directory that revokes it, in its segment, and nothing else.
 */

enum {
	ANSWER_HEAD_MAX = 64,
	DIGEST_ITEM_SIZE = 2 + ID_BYTES + 2 + DIGEST_BYTES
};

/* ---- the hub ---- */

void
owed_answer_pull(struct session *s, struct message *message)
{
	const struct session_host *host = s->host;
	struct frontier theirs = {0}, known = {0};
	struct bundle none = {0};

	/* A hub that is being restored takes nothing yet: it stays there. */
	if (!session_may_read(s, s->self, message->territory) ||
		!policy_may_hand_over(
			s->policy, s->report.peer, message->territory)) {
		responder_refuse(s, message->request);
		return;
	}
	frontier_read(&theirs, message);
	frontier_echo(&known,
		host->territory(host->self, message->territory, false),
		&theirs);
	responder_send_pulled(s, message, &known, &none);
	frontier_clear(&theirs);
	frontier_clear(&known);
}

/* Only that the directory is to be asked for: no digest of anything. */
static void
answer_compare(struct session *s, const struct message *message)
{
	/* Not zero, which would be that of somebody who has nothing of it. */
	static const uint8_t no_digest[DIGEST_BYTES] = {1};
	struct territory_digest entry = {
		policy_directory(s->policy), no_digest};
	size_t room = ANSWER_HEAD_MAX + DIGEST_ITEM_SIZE;
	uint8_t *bytes = alloc(room);
	struct pack pack;

	pack_init(&pack, bytes, room);
	message_compared(
		&pack, message->request, responder_time(s), false, &entry, 1);
	session_send(s, bytes, &pack);
}

/* The segment of the directory that revokes the peer, sealed if need be. */
static bool
gather_revocation(
	struct session *s, struct territory *directory, struct bundle *bundle)
{
	struct pack_view bytes;
	uint32_t log;
	int64_t seq;

	if (s->host->seal(s->host->self) != STATUS_OK || !directory ||
		!policy_revocation(s->policy, s->report.peer, &log, &seq) ||
		s->store->segment_read(s->store->self,
			territory_number(directory), log, seq,
			&bytes) != STATUS_OK)
		return false;
	bundle_add(bundle, bytes);
	return true;
}

static void
answer_directory(struct session *s, struct message *message)
{
	struct territory *directory =
		s->host->territory(s->host->self, message->territory, false);
	struct frontier theirs = {0}, known = {0};
	struct bundle bundle = {0};

	frontier_read(&theirs, message);
	/* It has nothing for us of a log that only hubs write. */
	frontier_echo(&known, directory, &theirs);
	if (gather_revocation(s, directory, &bundle))
		responder_send_pulled(s, message, &known, &bundle);
	else
		session_refuse(s, SESSION_FAILED, "the store failed",
			message->request, FAILURE_INTERNAL);
	frontier_clear(&theirs);
	frontier_clear(&known);
	bundle_clear(&bundle);
}

void
owed_answer_shut_out(struct session *s, struct message *message)
{
	if (message->kind == MESSAGE_COMPARE)
		answer_compare(s, message);
	else if (message->kind == MESSAGE_PULL &&
		session_is_directory(s, message->territory))
		answer_directory(s, message);
	else if (message->kind == MESSAGE_PULL)
		owed_answer_pull(s, message);
	else if (message->kind == MESSAGE_PUSH)
		responder_answer_push(s, message);
	else
		session_refuse(s, SESSION_PEER_REVOKED,
			"the device has been revoked", message->request,
			FAILURE_REVOKED);
}

/* ---- an initiator ---- */

static void
add_owed(void *self, const uint8_t *territory)
{
	struct session *s = self;

	s->differing = alloc_again(
		s->differing, (s->differing_count + 1) * sizeof *s->differing);
	memcpy(s->differing[s->differing_count++].territory, territory,
		ID_BYTES);
}

bool
owed_begin(struct session *s)
{
	if (!s->initiator || !s->report.peer_is_hub || !s->host->owed ||
		s->owed_done || s->directory_only)
		return false;
	/*
	 * A grant that a lost hub gave counts no more, until the hub has heard
	 * of it and has written it again: nothing is forgotten before.
	 */
	if (s->late_told || (s->host->late && s->host->late(s->host->self)))
		return false;
	s->owed_done = true;
	s->differing_count = s->differing_next = 0;
	s->host->owed(s->host->self, add_owed, s);
	if (!s->differing_count)
		return false;
	s->pass = PASS_OWED;
	initiator_go_on(s);
	return true;
}

/* What another machine wrote: that one carries it over. */
static bool
is_others(const struct session *s, const struct segment *segment)
{
	if (s->host->own_branch)
		return !s->host->own_branch(s->host->self, segment->territory,
			segment->log, segment->first);
	return memcmp(segment->log, s->self, ID_BYTES) != 0;
}

void
owed_look(struct session *s, struct exchange *x)
{
	struct territory *territory =
		s->host->territory(s->host->self, x->territory, false);
	const struct frontier_entry *theirs = frontier_views(&x->theirs);

	for (uint32_t i = 0; territory && i < x->theirs.count;) {
		uint8_t log[LOG_BYTES];

		memcpy(log, theirs[i].log, LOG_BYTES);
		if (territory_goes_on(territory, &theirs[i], true)) {
			i++;
			continue;
		}
		/* All of it is pushed: the hub finds where they part. */
		frontier_drop(&x->theirs, log);
		theirs = frontier_views(&x->theirs);
	}
}

uint64_t
owed_others(const struct session *s, const uint8_t *push, size_t size)
{
	struct pack_view bytes;
	struct message message;
	struct segment segment;
	uint64_t others = 0;

	if (message_decode(&message, push, size) != STATUS_OK)
		return 0;
	for (uint32_t i = 0;
		i < OWED_SEGMENTS_MAX && message_next_segment(&message, &bytes);
		i++)
		if (segment_view(&segment, bytes.bytes, bytes.size) ==
				STATUS_OK &&
			is_others(s, &segment))
			others |= (uint64_t)1 << i;
	return others;
}

bool
owed_is_unkept(enum message_verdict verdict, bool others)
{
	/* What follows a branch that was refused finds a gap. */
	if (verdict == VERDICT_FORK || verdict == VERDICT_GAP)
		return !others;
	return verdict != VERDICT_NO_GRANT;
}

bool
owed_is_revocation(struct session *s, const struct segment *segment)
{
	return policy_rank(s->policy, segment->territory, segment->log) ==
		RANK_HQ &&
		policy_hear_revocation(
			s->policy, s->store->schema, segment, s->self);
}
