/* Reading changes back: one, or all that ever wrote a record. */

#include <stdlib.h>
#include <string.h>

#include "sync/territory_internal.h"

/* Goes through a log from its start, knowing at each change what was known. */
struct passage {
	struct territory *territory;
	uint32_t number;
	struct reader reader;
	int64_t *seen;
	uint32_t seen_count;
	struct unseen_range *unseen;
	uint32_t unseen_room;
	const struct change *change;
	struct knowledge knowledge;
};

static void
passage_clear(struct passage *passage)
{
	reader_clear(&passage->reader);
	free(passage->seen);
	free(passage->unseen);
}

static enum status
passage_read(struct passage *p, int64_t seq)
{
	enum status status = reader_read(
		p->territory, &p->reader, p->number, seq, &p->change);

	if (status != STATUS_OK)
		return status;
	context_advance(p->territory, p->number, seq, p->change, &p->seen,
		&p->seen_count);
	p->knowledge = (struct knowledge){
		.seen = p->seen, .seen_count = p->seen_count};
	p->knowledge.unseen_count = unseen_read(
		p->territory, p->change, &p->unseen, &p->unseen_room);
	p->knowledge.unseen = p->unseen;
	return STATUS_OK;
}

enum status
territory_change(struct territory *t, uint32_t number, int64_t seq,
	territory_change_cb *found, void *self)
{
	struct passage passage = {.territory = t, .number = number};
	enum status status = STATUS_OK;

	if (number >= t->logs.count || seq < 1 || seq > t->states[number].last)
		return STATUS_ABSENT;
	for (int64_t i = 1; status == STATUS_OK && i <= seq; i++)
		status = passage_read(&passage, i);
	if (status == STATUS_OK)
		status = found(self, passage.change, &passage.knowledge);
	passage_clear(&passage);
	return status;
}

/* Each log that the change has seen takes a number. */
static enum status
number_seen(struct territory *t, const struct change *change)
{
	struct change_cursor cursor = {0};
	enum status status = STATUS_OK;
	const uint8_t *id;
	uint32_t number;
	int64_t seq;

	while (status == STATUS_OK &&
		change_next_seen(change, &cursor, &id, &seq))
		status = log_number(t, id, &number);
	return status;
}

/* The context of the log's last change, of which not all may be applied. */
static enum status
last_context(
	struct territory *t, uint32_t number, int64_t **seen, uint32_t *count)
{
	const struct store_log *saved = &t->states[number].saved;
	int64_t first = saved->applied + 1, last = t->states[number].last;
	struct reader reader = {0};
	enum status status = STATUS_OK;

	*count = saved->context_count;
	*seen = alloc_copy(saved->context, *count * sizeof **seen);
	for (int64_t seq = first; status == STATUS_OK && seq <= last; seq++) {
		const struct change *change;

		status = reader_read(t, &reader, number, seq, &change);
		if (status == STATUS_OK)
			status = number_seen(t, change);
		if (status == STATUS_OK)
			context_advance(t, number, seq, change, seen, count);
	}
	reader_clear(&reader);
	return status;
}

enum status
territory_context(struct territory *t, const uint8_t *log, int64_t **context,
	uint32_t *count)
{
	uint32_t number = log_find(t, log), known = 0;
	enum status status = STATUS_OK;
	int64_t *seen = NULL;

	if (number != LOG_NONE)
		status = last_context(t, number, &seen, &known);
	territory_applied(t, context, count);
	for (uint32_t i = 0; i < known && i < *count; i++)
		if (seen[i] > (*context)[i])
			(*context)[i] = seen[i];
	if (number != LOG_NONE)
		(*context)[number] = t->states[number].last;
	free(seen);
	return status == STATUS_OK ? STATUS_OK : STATUS_FAILED;
}

enum status
territory_changes(struct territory *t, uint32_t number,
	territory_changes_cb *found, void *self)
{
	struct passage passage = {.territory = t, .number = number};
	enum status status = STATUS_OK;

	if (number >= t->logs.count)
		return STATUS_ABSENT;
	for (int64_t seq = 1;
		status == STATUS_OK && seq <= t->states[number].saved.applied;
		seq++) {
		status = passage_read(&passage, seq);
		if (status == STATUS_OK)
			status = found(
				self, seq, passage.change, &passage.knowledge);
	}
	passage_clear(&passage);
	return status;
}

/* A record's history as it is gathered. */
struct telling {
	struct territory *territory;
	struct record record;
	struct dot *dots;
	uint32_t dot_count;
	struct entry {
		struct history_entry entry;
		const uint8_t *log; /* its id, to order by */
	} * entries;
	uint32_t count, room;
	struct arena arena; /* what entries point to */
};

static int
dot_compare(const void *left, const void *right)
{
	const struct dot *a = left, *b = right;

	if (a->log != b->log)
		return a->log < b->log ? -1 : 1;
	return (a->seq > b->seq) - (a->seq < b->seq);
}

/* Adds those that live now to those that were remembered. */
static void
add_live_dots(struct telling *telling)
{
	const struct record *record = &telling->record;
	uint32_t count = telling->dot_count, kept = 0;

	for (uint32_t i = 0; i < record->reg_count; i++)
		count += record->regs[i].version_count;
	telling->dots =
		alloc_again(telling->dots, count * sizeof *telling->dots);
	count = telling->dot_count;
	for (uint32_t i = 0; i < record->reg_count; i++)
		for (uint32_t k = 0; k < record->regs[i].version_count; k++)
			telling->dots[count++] =
				(struct dot){record->regs[i].versions[k].log,
					record->regs[i].versions[k].seq};
	if (count)
		qsort(telling->dots, count, sizeof *telling->dots, dot_compare);
	for (uint32_t i = 0; i < count; i++)
		if (!kept ||
			dot_compare(&telling->dots[kept - 1],
				&telling->dots[i]) != 0)
			telling->dots[kept++] = telling->dots[i];
	telling->dot_count = kept;
}

static const struct reg *
written_reg(const struct record *record, const struct operation *operation)
{
	enum schema_kind kind = operation->kind == OPERATION_PUT ? KIND_PUT
		: operation->kind == OPERATION_INIT              ? KIND_ONCE
								 : KIND_SET;

	return record_find(record, operation->field, kind, operation->value);
}

static bool
operation_lives(const struct reg *reg, const struct dot *dot)
{
	for (uint32_t i = 0; reg && i < reg->version_count; i++)
		if (reg->versions[i].log == dot->log &&
			reg->versions[i].seq == dot->seq)
			return true;
	return false;
}

/* An init that counted lives on in its register's past. */
static bool
in_past(const struct reg *reg, const struct dot *dot)
{
	for (uint32_t i = 0; reg && i < reg->past_count; i++)
		if (reg->past[i].log == dot->log &&
			reg->past[i].seq == dot->seq)
			return true;
	return false;
}

static bool
operation_counted(const struct telling *telling, const struct reg *reg,
	const struct history_entry *entry)
{
	const struct merge_log *log = &telling->territory->list[entry->dot.log];

	if (log->rank < schema_rank(entry->operation.field))
		return false;
	return entry->operation.kind != OPERATION_INIT || entry->live ||
		in_past(reg, &entry->dot);
}

static const struct knowledge *
keep_knowledge(struct arena *arena, const struct knowledge *knowledge)
{
	struct knowledge *copy = arena_take(arena, sizeof *copy);

	*copy = *knowledge;
	copy->seen = arena_copy(arena, knowledge->seen,
		knowledge->seen_count * sizeof *knowledge->seen);
	copy->unseen = arena_copy(arena, knowledge->unseen,
		knowledge->unseen_count * sizeof *knowledge->unseen);
	return copy;
}

static struct entry *
entry_new(struct telling *telling)
{
	if (telling->count == telling->room) {
		telling->room = telling->room ? telling->room * 2 : 16;
		telling->entries = alloc_again(telling->entries,
			telling->room * sizeof *telling->entries);
	}
	return &telling->entries[telling->count++];
}

static const uint8_t *
keep_bytes(struct arena *arena, const uint8_t *bytes, size_t size)
{
	return bytes ? arena_copy(arena, bytes, size) : NULL;
}

static void
tell_operation(struct telling *telling, const struct passage *passage,
	const struct dot *dot, const struct operation *operation,
	const struct knowledge *knew)
{
	const struct reg *reg = written_reg(&telling->record, operation);
	const struct change *change = passage->change;
	struct arena *arena = &telling->arena;
	struct entry *at = entry_new(telling);
	struct history_entry *entry = &at->entry;

	at->log = telling->territory->list[dot->log].id;
	*entry = (struct history_entry){.dot = *dot,
		.at = change->at,
		.offset = change->offset,
		.operation = *operation,
		.knew = knew,
		.origin_seq = change->origin_seq};
	entry->operation.id = telling->record.id;
	entry->operation.value.bytes = keep_bytes(
		arena, operation->value.bytes, operation->value.size);
	entry->origin_log = keep_bytes(arena, change->origin_log, LOG_BYTES);
	entry->ordered_by = keep_bytes(arena, change->ordered_by, ID_BYTES);
	entry->live =
		operation->kind != OPERATION_DEL && operation_lives(reg, dot);
	entry->counted = operation_counted(telling, reg, entry);
}

static void
tell_change(struct telling *telling, const struct passage *passage,
	const struct dot *dot)
{
	const struct record *record = &telling->record;
	const struct knowledge *knew = NULL;
	struct change_walk walk = {0};
	struct operation operation;

	while (change_next_operation(passage->change, &walk, &operation)) {
		if (operation.type != record->type ||
			operation.id_size != record->id_size ||
			memcmp(operation.id, record->id, record->id_size) != 0)
			continue;
		if (!knew)
			knew = keep_knowledge(
				&telling->arena, &passage->knowledge);
		tell_operation(telling, passage, dot, &operation, knew);
	}
}

/* The dots of one log, which ascend. */
static enum status
tell_log(struct telling *telling, const struct dot *dots, uint32_t count)
{
	struct passage passage = {
		.territory = telling->territory, .number = dots[0].log};
	enum status status = STATUS_OK;

	for (int64_t seq = 1; count && status == STATUS_OK; seq++) {
		status = passage_read(&passage, seq);
		if (status != STATUS_OK || seq != dots->seq)
			continue;
		tell_change(telling, &passage, dots);
		dots++;
		count--;
	}
	passage_clear(&passage);
	/* Applied once, so it is there. */
	return status == STATUS_OK ? status : STATUS_FAILED;
}

/* By (time, log, seq), then as they stand in the change. */
static int
entry_compare(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int64_t time_a = a->entry.operation.time;
	int64_t time_b = b->entry.operation.time;
	int order;

	if (time_a != time_b)
		return time_a < time_b ? -1 : 1;
	order = memcmp(a->log, b->log, LOG_BYTES);
	if (order)
		return order;
	if (a->entry.dot.seq != b->entry.dot.seq)
		return a->entry.dot.seq < b->entry.dot.seq ? -1 : 1;
	return operation_compare(&a->entry.operation, &b->entry.operation);
}

static enum status
tell_all(struct telling *telling)
{
	const struct dot *dots = telling->dots;

	for (uint32_t i = 0, next; i < telling->dot_count; i = next) {
		enum status status;

		for (next = i; next < telling->dot_count &&
			dots[next].log == dots[i].log;)
			next++;
		status = tell_log(telling, dots + i, next - i);
		if (status != STATUS_OK)
			return status;
	}
	if (telling->count)
		qsort(telling->entries, telling->count,
			sizeof *telling->entries, entry_compare);
	return STATUS_OK;
}

enum status
territory_history(struct territory *t, uint32_t type, const uint8_t *id,
	size_t id_size, territory_history_cb *found, void *self)
{
	struct telling telling = {.territory = t};
	struct store *store = t->store;
	enum status status;

	status = store->history(store->self, t->number, type, id, id_size,
		&telling.dots, &telling.dot_count);
	if (status == STATUS_OK)
		status = store->record_load(store->self, t->number, type, id,
			id_size, &telling.record);
	if (status == STATUS_OK) {
		add_live_dots(&telling);
		status = tell_all(&telling);
	}
	for (uint32_t i = 0; status == STATUS_OK && i < telling.count; i++)
		status = found(self, &telling.entries[i].entry);
	free(telling.dots);
	free(telling.entries);
	record_clear(&telling.record);
	arena_clear(&telling.arena);
	return status;
}
