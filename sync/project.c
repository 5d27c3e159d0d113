/* From what is kept to what is applied: MERGE R2, R3 and the loop of 3. */

#include <stdlib.h>
#include <string.h>

#include "sync/erasures.h"
#include "sync/territory_internal.h"

/* Decompressed changes held for all logs; those least needed are given up. */
enum { RAW_MAX = 32 << 20 };

/* The change at hand and the record that its operations now write. */
struct applying {
	struct territory *territory;
	struct merge_change change;
	struct cached *cached;
	bool live; /* it left a live version in this record */
};

static void
lost_add(struct territory *t, const struct version *version)
{
	if (t->lost_count == t->lost_room) {
		t->lost_room = t->lost_room ? t->lost_room * 2 : 16;
		t->lost = alloc_again(t->lost, t->lost_room * sizeof *t->lost);
	}
	t->lost[t->lost_count++] = (struct dot){version->log, version->seq};
}

/* Notes the versions that this operation may supersede. */
static void
note_superseded(const struct applying *a, const struct operation *operation)
{
	enum schema_kind kind = operation->kind == OPERATION_PUT ? KIND_PUT
		: operation->kind == OPERATION_INIT              ? KIND_ONCE
								 : KIND_SET;
	const struct reg *reg = record_find(cached_record(a->cached),
		operation->field, kind, operation->value);

	for (uint32_t i = 0; reg && i < reg->version_count; i++)
		if (knowledge_covers(&a->change.knowledge, reg->versions[i].log,
			    reg->versions[i].seq))
			lost_add(a->territory, &reg->versions[i]);
}

static bool
dot_lives(const struct record *record, const struct dot *dot)
{
	for (uint32_t i = 0; i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];

		for (uint32_t k = 0; k < reg->version_count; k++)
			if (reg->versions[k].log == dot->log &&
				reg->versions[k].seq == dot->seq)
				return true;
	}
	return false;
}

/*
 * The record's history is the changes that live in its row and those that it
 * remembers: whoever left the row for good, or never came into it.
 */
static void
finish_record(struct applying *a)
{
	struct territory *t = a->territory;
	struct dot own = {a->change.log, a->change.seq};

	if (!a->cached)
		return;
	for (uint32_t i = 0; i < t->lost_count; i++) {
		const struct dot *dot = &t->lost[i];

		if (i && dot->log == dot[-1].log && dot->seq == dot[-1].seq)
			continue;
		if (!dot_lives(cached_record(a->cached), dot))
			cached_remember(a->cached, dot);
	}
	if (!a->live)
		cached_remember(a->cached, &own);
	t->lost_count = 0;
	a->cached = NULL;
}

static enum status
start_record(struct applying *a, const struct operation *operation)
{
	const struct record *now = a->cached ? cached_record(a->cached) : NULL;
	enum status status;

	if (now && now->type == operation->type &&
		memcmp(now->id, operation->id, operation->id_size) == 0)
		return STATUS_OK;
	finish_record(a);
	a->live = false;
	status = batch_get(a->territory, operation->type, operation->id,
		operation->id_size, &a->cached);
	if (status == STATUS_OK)
		cached_touch(a->territory, a->cached);
	return status;
}

/* A change's operations: as they are at hand, or out of its bytes. */
struct source {
	const struct operation *list, *end;
	const struct change *change;
	struct change_walk walk;
};

static bool
next_operation(struct source *source, struct operation *operation)
{
	if (!source->list)
		return change_next_operation(
			source->change, &source->walk, operation);
	if (source->list == source->end)
		return false;
	*operation = *source->list++;
	return true;
}

static enum status
apply(struct territory *t, uint32_t number, int64_t seq,
	const struct change *change, struct source *source)
{
	struct log_state *log = &t->states[number];
	struct applying a = {.territory = t,
		.change = {.log = number, .seq = seq, .rank = log->rank}};
	struct operation operation;
	const uint8_t *last = NULL; /* the record at hand, by its id */
	bool gone = false;

	context_advance(t, number, seq, change, &log->saved.context,
		&log->saved.context_count);
	a.change.knowledge = (struct knowledge){.seen = log->saved.context,
		.seen_count = log->saved.context_count};
	a.change.knowledge.unseen_count =
		unseen_read(t, change, &t->unseen, &t->unseen_room);
	a.change.knowledge.unseen = t->unseen;

	while (next_operation(source, &operation)) {
		enum status status;

		if (operation.id != last) {
			last = operation.id;
			gone = erased_record(t, operation.type, operation.id,
				operation.id_size);
		}
		if (gone)
			continue;
		status = start_record(&a, &operation);
		if (status != STATUS_OK)
			return status;
		note_superseded(&a, &operation);
		if (merge_operation(
			    cached_record(a.cached), &a.change, &operation) &&
			operation.kind != OPERATION_DEL)
			a.live = true;
	}
	finish_record(&a);
	log->saved.applied = seq;
	log->dirty = true;
	t->batch.bytes += change->whole.size;
	return STATUS_OK;
}

enum status
territory_apply(struct territory *t, uint32_t number, int64_t seq,
	const struct change *change)
{
	struct source source = {.change = change};

	return apply(t, number, seq, change, &source);
}

enum status
territory_apply_own(struct territory *t, uint32_t number, int64_t seq,
	const struct change *head, const struct operation *operations,
	size_t count)
{
	struct source source = {.list = operations, .end = operations + count};

	return apply(t, number, seq, head, &source);
}

enum status
territory_finish(struct territory *t)
{
	enum status status = batch_flush(t);

	batch_empty(&t->batch);
	for (uint32_t i = 0; status == STATUS_OK && i < t->logs.count; i++)
		if (t->states[i].dirty)
			status = log_save(t, i);
	return status;
}

/* R3 for one entry of a context, with the clamp that F10 asks for. */
static bool
met(struct territory *t, struct log_state *log, const uint8_t *id, int64_t seq)
{
	uint32_t number = log_find(t, id);
	int64_t cut =
		number == LOG_NONE ? log_cut(t, id) : t->states[number].cut;
	int64_t applied =
		number == LOG_NONE ? 0 : t->states[number].saved.applied;

	if (seq > cut)
		seq = cut;
	if (applied >= seq)
		return true;
	memcpy(log->needs_log, id, LOG_BYTES);
	log->needs_number = number;
	log->needs_seq = seq;
	return false;
}

/*
 * R3. What earlier changes of the log had in their context was met when they
 * were applied, and stays so: what is new is in the difference.
 */
static bool
ready(struct territory *t, struct log_state *log, const struct change *change)
{
	struct change_cursor cursor = {0};
	const uint8_t *id;
	int64_t seq;

	log->needs_seq = 0;
	while (change_next_seen(change, &cursor, &id, &seq))
		if (memcmp(id, log->saved.id, LOG_BYTES) != 0 &&
			!met(t, log, id, seq))
			return false;
	return true;
}

/* What a reader holds is counted; past the limit the other logs' goes. */
static enum status
read_next(struct territory *t, uint32_t number, int64_t seq,
	const struct change **change)
{
	struct reader *reader = &t->states[number].reader;
	enum status status;

	t->raw_size -= reader->raw_size;
	status = reader_read(t, reader, number, seq, change);
	t->raw_size += reader->raw_size;
	if (t->raw_size <= RAW_MAX)
		return status;
	for (uint32_t i = 0; i < t->logs.count; i++)
		if (i != number)
			reader_clear(&t->states[i].reader);
	t->raw_size = reader->raw_size;
	return status;
}

static void
close_reader(struct territory *t, uint32_t number)
{
	t->raw_size -= t->states[number].reader.raw_size;
	reader_clear(&t->states[number].reader);
}

/* Whether nothing has changed for a log that was seen to wait. */
static bool
still_waits(const struct territory *t, const struct log_state *log)
{
	return log->needs_seq != 0 &&
		(log->needs_number == LOG_NONE ||
			t->states[log->needs_number].saved.applied <
				log->needs_seq);
}

/*
 * Applies the next change of a log: STATUS_OK; STATUS_AGAIN when there is none
 * that is ready.
 */
static enum status
step(struct territory *t, uint32_t number)
{
	struct log_state *log = &t->states[number];
	int64_t seq = log->saved.applied + 1;
	const struct change *change;
	enum status status;

	if (log->rank < 0 || seq > log->last || seq > log->cut ||
		seq == log->broken || still_waits(t, log))
		return STATUS_AGAIN;
	status = read_next(t, number, seq, &change);
	if (status == STATUS_ABSENT || status == STATUS_MALFORMED) {
		/* A buggy device sealed it: its log ends here (verify). */
		log->broken = seq;
		return STATUS_AGAIN;
	}
	if (status != STATUS_OK)
		return status;
	if (!ready(t, log, change))
		return STATUS_AGAIN;
	status = territory_apply(t, number, seq, change);
	if (seq == log->last)
		close_reader(t, number);
	if (status == STATUS_OK && batch_full(&t->batch)) {
		batch_expect_more(t);
		status = batch_flush(t);
		batch_empty(&t->batch);
	}
	return status;
}

/* As much of one log as is ready. */
static enum status
run(struct territory *t, uint32_t number, uint64_t *applied)
{
	enum status status;

	while ((status = step(t, number)) == STATUS_OK)
		(*applied)++;
	return status == STATUS_AGAIN ? STATUS_OK : status;
}

static enum status
run_all(struct territory *t, uint64_t *applied)
{
	uint64_t before;

	do {
		before = *applied;
		for (uint32_t i = 0; i < t->logs.count; i++) {
			enum status status = run(t, i, applied);

			if (status != STATUS_OK)
				return status;
		}
	} while (*applied != before);
	return STATUS_OK;
}

static enum status
project(struct territory *t, uint64_t *applied)
{
	enum status status;

	batch_forget_quiet(t);
	for (uint32_t i = 0; i < t->logs.count; i++)
		t->states[i].needs_seq = 0; /* cuts may have met it */
	status = run_all(t, applied);
	for (uint32_t i = 0; i < t->logs.count; i++)
		close_reader(t, i);
	if (status == STATUS_OK)
		status = territory_finish(t);
	else
		batch_empty(&t->batch);
	batch_forget_quiet(t);
	return status;
}

static void
forget_applied(struct territory *t)
{
	for (uint32_t i = 0; i < t->logs.count; i++) {
		struct store_log *saved = &t->states[i].saved;

		t->states[i].lifted = false;
		saved->applied = 0;
		free(saved->context);
		saved->context = NULL;
		saved->context_count = 0;
	}
}

static enum status
clear(struct territory *t)
{
	forget_applied(t);
	return t->store->territory_clear(t->store->self, t->number);
}

/*
 * Whether what is applied goes by cuts that are not so: a change lies beyond
 * one; or one that a lost hub had recorded counts no more, and others went on
 * without what comes back (R3), which has to go before them.
 */
static bool
goes_by_other_cuts(const struct territory *t)
{
	for (uint32_t i = 0; i < t->logs.count; i++)
		if (t->states[i].lifted ||
			t->states[i].saved.applied > t->states[i].cut)
			return true;
	return false;
}

enum status
territory_settle(struct territory *t, uint64_t *applied)
{
	uint32_t marked = erasures_marked(erased_told(t), t->id);
	uint64_t count = 0;
	enum status status = STATUS_OK;

	logs_refresh(t);
	if (marked != t->erased) {
		/* Nothing that it was is to stay. */
		t->reproject = true;
		t->erased = marked;
		status = erased_strip(t);
	}
	if (status == STATUS_OK && t->reproject)
		status = t->store->scrub(t->store->self);
	if (status == STATUS_OK && (t->reproject || goes_by_other_cuts(t)))
		status = clear(t);
	t->reproject = false;
	if (status == STATUS_OK)
		status = project(t, &count);
	if (applied)
		*applied = count;
	return status;
}

enum status
territory_rebuild(struct territory *t)
{
	uint64_t count = 0;
	enum status status;

	t->erased = erasures_marked(erased_told(t), t->id);
	logs_refresh(t);
	status = clear(t);
	return status == STATUS_OK ? project(t, &count) : status;
}

void
territory_emptied(struct territory *t)
{
	t->erased = erasures_marked(erased_told(t), t->id);
	t->reproject = false;
	forget_applied(t);
}

/* Finds out what the log's next change waits for. */
static enum status
explain(struct territory *t, uint32_t number, struct territory_wait *wait)
{
	struct log_state *log = &t->states[number];
	const struct change *change;
	enum status status;

	wait->needs_log = log->saved.id;
	wait->needs_seq = wait->applied + 1;
	if (wait->no_grant)
		return STATUS_OK;
	status = read_next(t, number, wait->needs_seq, &change);
	if (status == STATUS_OK && !ready(t, log, change)) {
		wait->needs_log = log->needs_log;
		wait->needs_seq = log->needs_seq;
	}
	close_reader(t, number);
	return status == STATUS_FAILED ? status : STATUS_OK;
}

enum status
territory_waiting(struct territory *t, territory_wait_cb *found, void *self)
{
	logs_refresh(t);
	for (uint32_t i = 0; i < t->logs.count; i++) {
		uint32_t number = t->order[i];
		struct log_state *log = &t->states[number];
		struct territory_wait wait = {.log = log->saved.id,
			.applied = log->saved.applied,
			.kept = log->last < log->cut ? log->last : log->cut,
			.no_grant = log->rank == RULES_UNKNOWN};

		if (wait.applied >= wait.kept || log->rank == RULES_NEVER)
			continue;
		if (explain(t, number, &wait) != STATUS_OK)
			return STATUS_FAILED;
		found(self, &wait);
	}
	return STATUS_OK;
}

static enum status
digest_record(void *self, struct record *record)
{
	struct {
		struct merge_digest *digest;
		const struct merge_logs *logs;
	} *to = self;

	merge_digest_add(to->digest, to->logs, record);
	return STATUS_OK;
}

enum status
territory_digest(struct territory *t, uint8_t *out)
{
	struct {
		struct merge_digest *digest;
		const struct merge_logs *logs;
	} to = {merge_digest_new(), &t->logs};
	enum status status;

	status = t->store->records(
		t->store->self, t->number, digest_record, &to);
	merge_digest_end(to.digest, out);
	return status;
}

enum status
territory_record(struct territory *t, uint32_t type, const uint8_t *id,
	size_t id_size, struct record *record, struct shown *shown)
{
	struct store *store = t->store;
	enum status status;

	status = store->record_load(
		store->self, t->number, type, id, id_size, record);
	if (status != STATUS_OK)
		return status;
	merge_sort_record(store->schema, &t->logs, record);
	memset(shown, 0, sizeof *shown);
	shown->arena = &record->arena;
	return record_show(t, record, shown);
}
