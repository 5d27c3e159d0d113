#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"
#include "sync/session_parts.h"

enum { ITEM_HEAD_MAX = 5 }; /* of a segment in a message's list */

void
bundle_add(struct bundle *bundle, struct pack_view bytes)
{
	size_t needed = bundle->size + bytes.size + ITEM_HEAD_MAX;
	struct segment segment;
	struct pack pack;

	if (needed > bundle->room) {
		bundle->room = needed + bundle->room;
		bundle->bytes = alloc_again(bundle->bytes, bundle->room);
	}
	pack_init(&pack, bundle->bytes + bundle->size,
		bundle->room - bundle->size);
	message_segment(&pack, bytes.bytes, bytes.size);
	assert(!pack.overflow);
	bundle->size += pack.size;
	bundle->count++;
	if (segment_fields(&segment, bytes.bytes, bytes.size) == STATUS_OK)
		bundle->changes += segment.count;
}

enum status
bundle_fill(struct bundle *bundle, struct territory *territory,
	struct frontier *theirs, struct territory_walk *walk, size_t budget)
{
	const struct frontier_entry *views = frontier_views(theirs);
	uint32_t most = bundle->most ? bundle->most : MESSAGE_SEGMENTS_MAX;

	for (;;) {
		struct territory_walk before = *walk;
		struct pack_view bytes;
		enum status status;

		status = territory_lacking(
			territory, views, theirs->count, walk, &bytes);
		if (status == STATUS_ABSENT)
			return STATUS_OK;
		if (status != STATUS_OK)
			return status;
		if (bundle->count == most ||
			(bundle->count > 0 &&
				bundle->size + bytes.size + ITEM_HEAD_MAX >
					budget)) {
			*walk = before;
			bundle->more = true;
			return STATUS_OK;
		}
		bundle_add(bundle, bytes);
	}
}

void
bundle_clear(struct bundle *bundle)
{
	free(bundle->bytes);
	memset(bundle, 0, sizeof *bundle);
}

/* Where another branch of a log parts from what is kept. */
struct fork {
	uint8_t territory[ID_BYTES];
	uint8_t log[LOG_BYTES];
	int64_t last;
};

/* Segments of one territory that follow each other are settled together. */
struct keeping {
	struct session *s;
	const uint8_t *only;
	uint8_t id[ID_BYTES]; /* of `territory` */
	struct territory *territory;
	bool began;
	bool run_moved;
	bool moved;
	bool own;         /* of this very device, and not what is here */
	struct news news; /* territories that have something new */
	struct news late; /* and those that have beyond a cut-off */
	struct segment *segments; /* of the message, as they were judged */
	struct fork *forks;
	uint32_t fork_count;
	uint8_t *revocation;
	size_t revocation_size;
};

static const uint8_t *
device_key(void *self, const uint8_t *device)
{
	return policy_device_key(self, device);
}

/* Applies what the run brought, and what of others it lets go on. */
static enum status
end_run(struct keeping *k)
{
	const struct session_host *host = k->s->host;
	struct territory *territory = k->territory;
	enum status status = STATUS_OK;

	k->territory = NULL;
	if (!territory || !k->run_moved)
		return STATUS_OK;
	k->run_moved = false;
	k->moved = true;
	news_add(&k->news, k->id);
	status = territory_settle(territory, NULL);
	if (status == STATUS_OK && session_is_directory(k->s, k->id))
		status = host->directory_changed(host->self);
	return status;
}

static enum status
begin_run(struct keeping *k, const uint8_t *territory)
{
	const struct session_host *host = k->s->host;
	struct store *store = k->s->store;
	enum status status;

	if (k->territory && memcmp(k->id, territory, ID_BYTES) == 0)
		return STATUS_OK;
	status = end_run(k);
	if (status != STATUS_OK)
		return status;
	if (!k->began) {
		status = store->begin(store->self);
		if (status != STATUS_OK)
			return status;
		k->began = true;
	}
	memcpy(k->id, territory, ID_BYTES);
	k->territory = host->territory(host->self, territory, true);
	return k->territory ? STATUS_OK : STATUS_FAILED;
}

/*
 * Who shares the territory may; and the hub takes from whoever shared it once
 * what is left to be handed over.
 */
static bool
may_push(const struct session *s, const uint8_t *territory)
{
	if (!s->shut_out && session_may_read(s, s->report.peer, territory))
		return true;
	return s->hub &&
		policy_may_hand_over(s->policy, s->report.peer, territory);
}

/* What is told of a segment that cannot be kept, or that it may be. */
static enum message_verdict
judge(struct keeping *k, struct pack_view bytes, struct segment *segment)
{
	struct session *s = k->s;

	switch (segment_decode(segment, bytes.bytes, bytes.size, s->company,
		device_key, s->policy)) {
	case STATUS_OK:
		break;
	case STATUS_ABSENT:
		return VERDICT_UNKNOWN;
	case STATUS_FORGED:
		return VERDICT_FORGED;
	case STATUS_AGAIN:
	case STATUS_MALFORMED:
	case STATUS_REFUSED:
	case STATUS_FAILED:
		return VERDICT_MALFORMED;
	}
	/* Nobody but a hub puts anything in the place of what is signed. */
	if (segment->kind == SEGMENT_ERASURE &&
		!policy_is_hub(s->policy, segment->signer))
		return VERDICT_FORGED;
	if (k->only && memcmp(segment->territory, k->only, ID_BYTES) != 0)
		return VERDICT_MALFORMED;
	if (!k->only && !may_push(s, segment->territory))
		return VERDICT_NO_GRANT;
	if (!session_may_read(s, s->self, segment->territory))
		return VERDICT_NO_GRANT;
	return VERDICT_KEPT;
}

static void
add_fork(struct keeping *k, const struct segment *segment)
{
	struct fork *fork;

	k->forks = alloc_again(
		k->forks, (k->fork_count + (size_t)1) * sizeof *k->forks);
	fork = &k->forks[k->fork_count++];
	memcpy(fork->territory, segment->territory, ID_BYTES);
	memcpy(fork->log, segment->log, LOG_BYTES);
	fork->last = segment->first - 1;
}

static void
count_verdict(struct keeping *k, const struct segment *segment,
	enum message_verdict verdict, bool had)
{
	struct session_report *report = &k->s->report;

	if (verdict == VERDICT_FORK) {
		report->forks++;
		if (memcmp(segment->log, k->s->self, ID_BYTES) == 0)
			k->own = true;
		else if (k->s->hub)
			add_fork(k, segment);
	}
	if (verdict != VERDICT_KEPT &&
		!(verdict == VERDICT_QUARANTINED && k->s->hub))
		return;
	report->received.segments++;
	report->received.changes += segment->count;
	/* An erasure takes the place of what is here. */
	if (!had && session_own_open(k->s, segment->territory, segment->log))
		k->own = true;
	/* Beyond a cut-off nothing is applied, but kept it was. */
	if (verdict == VERDICT_KEPT)
		k->run_moved = true;
	else
		news_add(&k->late, segment->territory);
	k->moved = true;
}

/*
 * The hub tells a revoked device nothing of the directory but this. As a rule
 * it does not follow what is here; the first segment of a hub that took over
 * does, and then waits for what it is given no more.
 */
static void
note_revocation(struct keeping *k, const struct segment *segment,
	struct pack_view bytes, enum message_verdict verdict)
{
	if (verdict != VERDICT_GAP && verdict != VERDICT_KEPT &&
		verdict != VERDICT_HAD)
		return;
	if (k->revocation || !k->only || !k->s->report.peer_is_hub ||
		!session_is_directory(k->s, segment->territory) ||
		!owed_is_revocation(k->s, segment))
		return;
	k->revocation = alloc_copy(bytes.bytes, bytes.size);
	k->revocation_size = bytes.size;
}

/* All verdicts on signatures and grants, before a transaction is open. */
static enum status
judge_all(struct keeping *k, struct message message,
	enum message_verdict *verdicts)
{
	struct pack_view bytes;
	uint32_t room = 0;

	for (uint32_t i = 0; message_next_segment(&message, &bytes); i++) {
		if (i == room) {
			room = room ? room * 2 : 4;
			k->segments = alloc_again(
				k->segments, room * sizeof *k->segments);
		}
		verdicts[i] = judge(k, bytes, &k->segments[i]);
		if (!k->only)
			continue;
		if (verdicts[i] == VERDICT_FORGED)
			return STATUS_FORGED;
		if (verdicts[i] == VERDICT_MALFORMED)
			return STATUS_MALFORMED;
		if (verdicts[i] == VERDICT_UNKNOWN)
			k->s->report.unknown++;
	}
	return STATUS_OK;
}

/* What the hub was not told of, or is told of no more. */
static enum status
keep_earlier(struct keeping *k, const struct segment *segment,
	struct pack_view bytes, enum message_verdict *verdict)
{
	const struct session_host *host = k->s->host;
	struct territory *directory = host->territory(
		host->self, policy_directory(k->s->policy), false);

	return directory ? territory_keep_earlier(k->territory, directory,
				   segment, bytes.bytes, verdict)
			 : STATUS_OK;
}

/* One that was found genuine and allowed. */
static enum status
keep_segment(struct keeping *k, const struct segment *segment,
	struct pack_view bytes, enum message_verdict *verdict)
{
	enum status status = begin_run(k, segment->territory);
	bool had;

	if (status != STATUS_OK)
		return status;
	had = territory_keeps(k->territory, segment->log, segment->first);
	status = territory_keep(
		k->territory, segment, bytes.bytes, k->s->hub, verdict);
	if (status == STATUS_OK && *verdict == VERDICT_UNKNOWN && k->s->hub)
		status = keep_earlier(k, segment, bytes, verdict);
	if (status == STATUS_OK)
		count_verdict(k, segment, *verdict, had);
	if (status == STATUS_OK)
		note_revocation(k, segment, bytes, *verdict);
	return status;
}

static enum status
keep_all(struct keeping *k, struct message *message,
	enum message_verdict *verdicts)
{
	struct pack_view bytes;
	enum status status;

	status = judge_all(k, *message, verdicts);
	if (status != STATUS_OK)
		return status;
	for (uint32_t i = 0; message_next_segment(message, &bytes); i++) {
		if (verdicts[i] != VERDICT_KEPT)
			continue;
		status = keep_segment(k, &k->segments[i], bytes, &verdicts[i]);
		if (status != STATUS_OK)
			return status;
	}
	return end_run(k);
}

static void
tell_node(const struct keeping *k)
{
	const struct session_host *host = k->s->host;

	for (uint32_t i = 0; host->moved && i < k->news.count; i++)
		host->moved(host->self, k->s, k->news.list[i]);
	for (uint32_t i = 0; host->quarantined && i < k->late.count; i++)
		host->quarantined(host->self, k->late.list[i]);
	/* Behind the commit: the hub writes that down by itself. */
	for (uint32_t i = 0; host->forked && i < k->fork_count; i++)
		host->forked(host->self, k->forks[i].territory, k->forks[i].log,
			k->forks[i].last);
	if (k->revocation && host->revoked)
		host->revoked(host->self, k->revocation, k->revocation_size);
}

enum status
session_keep(struct session *s, struct message *message, const uint8_t *only,
	enum message_verdict *verdicts, bool *moved)
{
	struct keeping k = {.s = s, .only = only};
	struct session_report before = s->report;
	enum status status;

	status = keep_all(&k, message, verdicts);
	if (status == STATUS_OK && k.began)
		status = s->store->commit(s->store->self);
	*moved = status == STATUS_OK && k.moved;
	if (status == STATUS_OK)
		tell_node(&k);
	if (status == STATUS_OK && k.own)
		copied_note(s);
	news_clear(&k.news);
	news_clear(&k.late);
	free(k.segments);
	free(k.forks);
	free(k.revocation);
	if (status == STATUS_OK)
		return STATUS_OK;

	s->report = before; /* what was counted did not come to be */
	if (k.began) {
		s->store->rollback(s->store->self);
		s->host->rolled_back(s->host->self);
	}
	return status == STATUS_MALFORMED || status == STATUS_FORGED
		? status
		: STATUS_FAILED;
}
