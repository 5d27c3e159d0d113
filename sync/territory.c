/* The logs of a territory: which there are, and keeping their segments. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sync/erasures.h"
#include "sync/territory_internal.h"

/* Where the id stands in `order`, or would. */
static uint32_t
order_index(const struct territory *t, const uint8_t *id)
{
	uint32_t low = 0, high = t->logs.count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (memcmp(t->list[t->order[middle]].id, id, LOG_BYTES) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t
log_find(const struct territory *t, const uint8_t *id)
{
	uint32_t index = order_index(t, id);

	if (index == t->logs.count ||
		memcmp(t->list[t->order[index]].id, id, LOG_BYTES) != 0)
		return LOG_NONE;
	return t->order[index];
}

int64_t
log_cut(const struct territory *t, const uint8_t *id)
{
	return t->rules.cut(t->rules.self, t->id, id);
}

void
log_refresh(struct territory *t, uint32_t number)
{
	struct log_state *log = &t->states[number];
	int64_t before = log->cut;

	/* Write-once: what is known stays so (R1). */
	if (log->rank < 0)
		log->rank = t->rules.rank(t->rules.self, t->id, log->saved.id);
	t->list[number].rank = log->rank < 0 ? RANK_NONE : log->rank;
	log->cut = log_cut(t, log->saved.id);
	log->lifted = log->lifted || log->cut > before;
	erased_refresh(t, number);
}

void
logs_refresh(struct territory *t)
{
	for (uint32_t i = 0; i < t->logs.count; i++)
		log_refresh(t, i);
}

/* Takes a log into memory as the next number. */
static uint32_t
log_add(struct territory *t, const struct store_log *saved)
{
	uint32_t number = t->logs.count, at = order_index(t, saved->id);
	struct log_state *log;

	if (number == t->room) {
		t->room = t->room ? t->room * 2 : 8;
		t->states = alloc_again(t->states, t->room * sizeof *t->states);
		t->list = alloc_again(t->list, t->room * sizeof *t->list);
		t->order = alloc_again(t->order, t->room * sizeof *t->order);
	}
	log = &t->states[number];
	memset(log, 0, sizeof *log);
	log->saved = *saved;
	log->rank = RULES_UNKNOWN;
	log->cut = INT64_MAX;
	log->stale = INT64_MAX;
	log->last = saved->kept > saved->applied ? saved->kept : saved->applied;
	memcpy(t->list[number].id, saved->id, LOG_BYTES);
	memmove(t->order + at + 1, t->order + at,
		(number - at) * sizeof *t->order);
	t->order[at] = number;
	t->logs.list = t->list;
	t->logs.count++;
	log_refresh(t, number);
	return number;
}

enum status
log_save(struct territory *t, uint32_t number)
{
	struct store *store = t->store;

	t->states[number].dirty = false;
	return store->log_save(
		store->self, t->number, number, &t->states[number].saved);
}

static enum status
find_left(struct territory *t, uint32_t number)
{
	struct store *store = t->store;

	return store->log_left(store->self, t->id, t->states[number].saved.id,
		&t->states[number].left);
}

enum status
log_number(struct territory *t, const uint8_t *id, uint32_t *number)
{
	struct store_log fresh = {.kept = 0};
	enum status status;

	*number = log_find(t, id);
	if (*number != LOG_NONE)
		return STATUS_OK;
	memcpy(fresh.id, id, LOG_BYTES);
	*number = log_add(t, &fresh);
	status = find_left(t, *number);
	return status == STATUS_OK ? log_save(t, *number) : status;
}

/* Own changes may be pending beyond what is kept and applied: after a cut. */
static enum status
find_pending(struct territory *t, uint32_t number)
{
	struct log_state *log = &t->states[number];
	struct store *store = t->store;
	struct pack_view change;
	enum status status;

	while ((status = store->pending_read(store->self, t->number, number,
			log->last + 1, &change)) == STATUS_OK)
		log->last++;
	return status == STATUS_ABSENT ? STATUS_OK : status;
}

static void
forget(struct territory *t)
{
	batch_empty(&t->batch);
	batch_forget_quiet(t);
	for (uint32_t i = 0; i < t->logs.count; i++) {
		reader_clear(&t->states[i].reader);
		free(t->states[i].saved.context);
	}
	t->logs.count = 0;
	t->raw_size = 0;
	t->reproject = false;
}

static enum status
load(struct territory *t)
{
	struct store *store = t->store;
	struct store_log *logs = NULL;
	enum status status;
	uint32_t count = 0;
	int64_t left = 0; /* of any of its logs: most often of none */

	t->erased = erasures_marked(erased_told(t), t->id);
	status = store->territory(store->self, t->id, &t->number);
	if (status == STATUS_OK)
		status = store->logs(store->self, t->number, &logs, &count);
	if (status == STATUS_OK)
		status = store->log_left(store->self, t->id, NULL, &left);
	for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
		uint32_t number = log_add(t, &logs[i]);

		logs[i].context = NULL; /* the territory's from here */
		if (left)
			status = find_left(t, number);
		if (status == STATUS_OK)
			status = find_pending(t, number);
	}
	for (uint32_t i = 0; logs && i < count; i++)
		free(logs[i].context);
	free(logs);
	return status;
}

enum status
territory_reload(struct territory *t)
{
	forget(t);
	return load(t);
}

enum status
territory_came_back(struct territory *t)
{
	struct store *store = t->store;
	enum status status = store->logs_back(store->self, t->id);

	for (uint32_t i = 0; status == STATUS_OK && i < t->logs.count; i++)
		t->states[i].left = 0;
	return status;
}

enum status
territory_open(struct territory **out, struct store *store,
	const struct territory_rules *rules, const uint8_t *id)
{
	struct territory *t = alloc(sizeof *t);
	const struct schema_type *account =
		schema_type_named(store->schema, "account");
	enum status status;

	t->store = store;
	t->rules = *rules;
	t->account = account ? account->number : 0;
	memcpy(t->id, id, ID_BYTES);
	status = load(t);
	if (status != STATUS_OK) {
		territory_free(t);
		return status;
	}
	*out = t;
	return STATUS_OK;
}

void
territory_free(struct territory *t)
{
	if (!t)
		return;
	forget(t);
	free(t->states);
	free(t->list);
	free(t->order);
	free(t->unseen);
	free(t->lost);
	free(t->frontier);
	free(t);
}

const uint8_t *
territory_id(const struct territory *t)
{
	return t->id;
}

uint32_t
territory_number(const struct territory *t)
{
	return t->number;
}

const struct merge_logs *
territory_logs(struct territory *t)
{
	return &t->logs;
}

/* A segment in a place that is taken: the same one, or a fork (R21). */
static enum status
compare_kept(struct territory *t, uint32_t number,
	const struct segment *segment, enum message_verdict *verdict)
{
	struct store *store = t->store;
	struct pack_view bytes;
	struct segment kept;
	enum status status;

	status = store->segment_read(
		store->self, t->number, number, segment->first, &bytes);
	if (status == STATUS_ABSENT)
		return STATUS_FAILED; /* it was there */
	if (status != STATUS_OK)
		return status;
	*verdict = VERDICT_FORK;
	if (segment_view(&kept, bytes.bytes, bytes.size) == STATUS_OK &&
		memcmp(kept.name, segment->name, SEGMENT_NAME_SIZE) == 0)
		*verdict = VERDICT_HAD;
	return STATUS_OK;
}

/*
 * Where a segment that is not kept yet belongs. An own log with changes that
 * are not sealed is taken by them: what comes from outside is a fork, made
 * before this store was restored (DESIGN 4).
 */
static enum message_verdict
place(const struct log_state *log, const struct segment *segment)
{
	if (segment->first > log->saved.kept + 1)
		return VERDICT_GAP;
	if (log->last > log->saved.kept ||
		memcmp(log->saved.kept_name, segment->previous,
			SEGMENT_NAME_SIZE) != 0)
		return VERDICT_FORK;
	return segment->first > log->cut ? VERDICT_QUARANTINED : VERDICT_KEPT;
}

static enum status
append(struct territory *t, uint32_t number, const struct segment *segment,
	const uint8_t *bytes)
{
	struct log_state *log = &t->states[number];
	struct store *store = t->store;
	enum status status;

	status = store->segment_append(
		store->self, t->number, number, segment, bytes);
	if (status != STATUS_OK)
		return status;
	log->saved.kept = segment->first + segment->count - 1;
	memcpy(log->saved.kept_name, segment->name, SEGMENT_NAME_SIZE);
	log->last = log->saved.kept;
	return log_save(t, number);
}

enum status
keep_new(struct territory *t, const struct segment *segment,
	const uint8_t *bytes, bool quarantine, enum message_verdict *verdict)
{
	uint32_t number = log_find(t, segment->log);
	enum status status;

	*verdict = VERDICT_NO_GRANT;
	if (t->rules.rank(t->rules.self, t->id, segment->log) == RULES_NEVER)
		return STATUS_OK;
	*verdict = VERDICT_QUARANTINED;
	if (segment->first > log_cut(t, segment->log) && !quarantine)
		return STATUS_OK;
	*verdict = VERDICT_GAP;
	if (number == LOG_NONE && segment->first > 1)
		return STATUS_OK;

	status = log_number(t, segment->log, &number);
	if (status != STATUS_OK)
		return status;
	log_refresh(t, number);
	*verdict = place(&t->states[number], segment);
	if (*verdict != VERDICT_KEPT && *verdict != VERDICT_QUARANTINED)
		return STATUS_OK;
	t->states[number].stale_known = 0;
	return append(t, number, segment, bytes);
}

enum status
territory_keep(struct territory *t, const struct segment *segment,
	const uint8_t *bytes, bool quarantine, enum message_verdict *verdict)
{
	uint32_t number = log_find(t, segment->log);

	assert(memcmp(segment->territory, t->id, ID_BYTES) == 0);
	if (number != LOG_NONE &&
		segment->first <= t->states[number].saved.kept)
		return segment->kind == SEGMENT_ERASURE
			? erased_keep(t, number, segment, bytes, verdict)
			: compare_kept(t, number, segment, verdict);
	/* The hub takes what nobody brought the erasure of: it makes one. */
	if (!erased_may_come(t, segment, verdict) &&
		(!quarantine || segment->kind == SEGMENT_ERASURE))
		return STATUS_OK;
	return keep_new(t, segment, bytes, quarantine, verdict);
}

void
territory_unseen_since(struct territory *t, const int64_t *frontier,
	uint32_t frontier_count, struct unseen_range **ranges, uint32_t *count)
{
	*ranges = alloc(t->logs.count * sizeof **ranges);
	*count = 0;
	for (uint32_t i = 0; i < t->logs.count; i++) {
		int64_t shown = i < frontier_count ? frontier[i] : 0;
		int64_t applied = t->states[i].saved.applied;

		if (applied > shown)
			(*ranges)[(*count)++] =
				(struct unseen_range){i, shown + 1, applied};
	}
}

void
territory_applied(struct territory *t, int64_t **frontier, uint32_t *count)
{
	*count = t->logs.count;
	*frontier = alloc(*count * sizeof **frontier);
	for (uint32_t i = 0; i < *count; i++)
		(*frontier)[i] = t->states[i].saved.applied;
}

uint64_t
territory_pending(struct territory *t)
{
	uint64_t pending = 0;

	for (uint32_t i = 0; i < t->logs.count; i++)
		pending +=
			(uint64_t)(t->states[i].last - t->states[i].saved.kept);
	return pending;
}

enum status
territory_late(struct territory *t, territory_late_cb *found, void *self)
{
	logs_refresh(t);
	for (uint32_t i = 0; i < t->logs.count; i++) {
		const struct log_state *log = &t->states[t->order[i]];

		if (log->last > log->cut)
			found(self, log->saved.id, log->cut + 1, log->last);
	}
	return STATUS_OK;
}
