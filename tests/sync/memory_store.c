#include "memory_store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"

/* Bytes kept under a place in a log: a segment, or a pending change. */
struct kept {
	uint32_t log;
	int64_t first, last;
	uint8_t *bytes;
	size_t size;
};

struct kept_list {
	struct kept *list;
	uint32_t count;
};

struct row {
	struct record record;
	uint32_t conflicts;
};

struct history_row {
	uint32_t type;
	uint8_t id[RECORD_ID_MAX];
	size_t id_size;
	struct dot dot;
};

struct land {
	uint8_t id[ID_BYTES];
	struct store_log *logs;
	uint32_t log_count;
	struct kept_list segments, pending;
	struct row **rows; /* ascending by (type, id) */
	uint32_t row_count;
	struct history_row *history;
	uint32_t history_count;
};

/* How far a log was when it was dropped; 0: it is back. */
struct left {
	uint8_t territory[ID_BYTES];
	uint8_t log[LOG_BYTES];
	int64_t last;
};

struct memory {
	struct store store;
	struct land *lands;
	uint32_t land_count;
	struct left *left;
	uint32_t left_count;
	uint64_t loads, saves;
};

static struct land *
land_of(void *self, uint32_t number)
{
	struct memory *m = self;

	assert(number >= 1 && number <= m->land_count);
	return &m->lands[number - 1];
}

static enum status
nothing(void *self)
{
	(void)self;
	return STATUS_OK;
}

static void
rollback(void *self)
{
	(void)self;
	abort();
}

static enum status
territory(void *self, const uint8_t *id, uint32_t *number)
{
	struct memory *m = self;

	for (uint32_t i = 0; i < m->land_count; i++)
		if (memcmp(m->lands[i].id, id, ID_BYTES) == 0) {
			*number = i + 1;
			return STATUS_OK;
		}
	m->lands =
		alloc_again(m->lands, (m->land_count + 1) * sizeof *m->lands);
	memset(&m->lands[m->land_count], 0, sizeof *m->lands);
	memcpy(m->lands[m->land_count].id, id, ID_BYTES);
	*number = ++m->land_count;
	return STATUS_OK;
}

static void
log_copy(struct store_log *to, const struct store_log *from)
{
	*to = *from;
	to->context = alloc_copy(
		from->context, from->context_count * sizeof *from->context);
}

static enum status
logs(void *self, uint32_t number, struct store_log **out, uint32_t *count)
{
	struct land *land = land_of(self, number);

	*count = land->log_count;
	*out = alloc(land->log_count * sizeof **out);
	for (uint32_t i = 0; i < land->log_count; i++)
		log_copy(&(*out)[i], &land->logs[i]);
	return STATUS_OK;
}

static enum status
log_save(void *self, uint32_t number, uint32_t log,
	const struct store_log *saved)
{
	struct land *land = land_of(self, number);

	assert(log <= land->log_count);
	if (log == land->log_count) {
		land->logs = alloc_again(
			land->logs, (land->log_count + 1) * sizeof *land->logs);
		land->log_count++;
	} else {
		free(land->logs[log].context);
	}
	log_copy(&land->logs[log], saved);
	return STATUS_OK;
}

static void
keep(struct kept_list *list, uint32_t log, int64_t first, int64_t last,
	struct pack_view bytes)
{
	list->list =
		alloc_again(list->list, (list->count + 1) * sizeof *list->list);
	list->list[list->count++] = (struct kept){log, first, last,
		alloc_copy(bytes.bytes, bytes.size), bytes.size};
}

static enum status
find_kept(const struct kept_list *list, uint32_t log, int64_t seq,
	struct pack_view *bytes)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct kept *kept = &list->list[i];

		if (kept->log == log && kept->first <= seq &&
			seq <= kept->last) {
			*bytes = (struct pack_view){kept->bytes, kept->size};
			return STATUS_OK;
		}
	}
	return STATUS_ABSENT;
}

static enum status
segment_append(void *self, uint32_t number, uint32_t log,
	const struct segment *segment, const uint8_t *bytes)
{
	keep(&land_of(self, number)->segments, log, segment->first,
		segment->first + segment->count - 1,
		(struct pack_view){bytes, segment->size});
	return STATUS_OK;
}

static enum status
segment_replace(void *self, uint32_t number, uint32_t log,
	const struct segment *segment, const uint8_t *bytes)
{
	struct kept_list *list = &land_of(self, number)->segments;

	for (uint32_t i = 0; i < list->count; i++) {
		struct kept *kept = &list->list[i];

		if (kept->log != log || kept->first != segment->first)
			continue;
		free(kept->bytes);
		kept->bytes = alloc_copy(bytes, segment->size);
		kept->size = segment->size;
		return STATUS_OK;
	}
	return STATUS_FAILED;
}

static enum status
segment_cut(void *self, uint32_t number, uint32_t log, int64_t from)
{
	struct kept_list *list = &land_of(self, number)->segments;
	uint32_t left = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		if (list->list[i].log == log && list->list[i].last >= from)
			free(list->list[i].bytes);
		else
			list->list[left++] = list->list[i];
	}
	list->count = left;
	return STATUS_OK;
}

/* Nothing of it is on a disk. */
static enum status
scrub(void *self)
{
	(void)self;
	return STATUS_OK;
}

static enum status
segment_read(void *self, uint32_t number, uint32_t log, int64_t seq,
	struct pack_view *bytes)
{
	return find_kept(&land_of(self, number)->segments, log, seq, bytes);
}

static enum status
pending_append(void *self, uint32_t number, uint32_t log, int64_t seq,
	struct pack_view change)
{
	keep(&land_of(self, number)->pending, log, seq, seq, change);
	return STATUS_OK;
}

static enum status
pending_read(void *self, uint32_t number, uint32_t log, int64_t seq,
	struct pack_view *change)
{
	return find_kept(&land_of(self, number)->pending, log, seq, change);
}

static enum status
pending_drop(void *self, uint32_t number, uint32_t log, int64_t seq)
{
	struct kept_list *list = &land_of(self, number)->pending;
	uint32_t left = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		if (list->list[i].log == log && list->list[i].last <= seq)
			free(list->list[i].bytes);
		else
			list->list[left++] = list->list[i];
	}
	list->count = left;
	return STATUS_OK;
}

static void
past_copy(struct record *to, struct reg *into, const struct reg *from)
{
	into->past = arena_copy(
		&to->arena, from->past, from->past_count * sizeof *from->past);
	into->past_count = into->past_room = from->past_count;
	for (uint32_t i = 0; i < from->past_count; i++) {
		struct past_write *write = &into->past[i];

		write->value.bytes = arena_copy(
			&to->arena, write->value.bytes, write->value.size);
		write->covered = arena_copy(&to->arena, write->covered,
			write->covered_count * sizeof *write->covered);
	}
}

static void
record_copy(struct record *to, const struct record *from)
{
	record_reset(to, from->type, from->id, from->id_size);
	for (uint32_t i = 0; i < from->reg_count; i++) {
		const struct reg *reg = &from->regs[i];
		struct reg *into;

		if (reg->version_count == 0 && reg->past_count == 0)
			continue;
		into = record_reg(to, reg->field, reg->kind, reg->element);
		for (uint32_t k = 0; k < reg->version_count; k++)
			(void)reg_add(to, into, &reg->versions[k]);
		past_copy(to, into, reg);
	}
}

static uint32_t
row_index(const struct land *land, uint32_t type, const uint8_t *id,
	size_t id_size, bool *there)
{
	uint32_t i;

	*there = false;
	for (i = 0; i < land->row_count; i++) {
		const struct record *record = &land->rows[i]->record;
		int order = record->type < type ? -1 : record->type > type;

		if (order == 0)
			order = memcmp(record->id, id, id_size);
		if (order < 0)
			continue;
		*there = order == 0;
		break;
	}
	return i;
}

static enum status
record_load(void *self, uint32_t number, uint32_t type, const uint8_t *id,
	size_t id_size, struct record *record)
{
	struct land *land = land_of(self, number);
	bool there;
	uint32_t at = row_index(land, type, id, id_size, &there);

	((struct memory *)self)->loads++;
	record_reset(record, type, id, id_size);
	if (there) {
		record_copy(record, &land->rows[at]->record);
		record->stored = true;
	}
	return STATUS_OK;
}

static void
row_drop(struct land *land, uint32_t at)
{
	record_clear(&land->rows[at]->record);
	free(land->rows[at]);
	memmove(land->rows + at, land->rows + at + 1,
		(land->row_count - at - 1) * sizeof *land->rows);
	land->row_count--;
}

static enum status
record_save(void *self, uint32_t number, const struct record *record,
	const struct shown *shown)
{
	struct land *land = land_of(self, number);
	bool there;
	uint32_t at = row_index(
		land, record->type, record->id, record->id_size, &there);

	((struct memory *)self)->saves++;
	if (there)
		row_drop(land, at);
	if (!record_exists(record))
		return STATUS_OK;
	land->rows = alloc_again(
		land->rows, (land->row_count + 1) * sizeof *land->rows);
	memmove(land->rows + at + 1, land->rows + at,
		(land->row_count - at) * sizeof *land->rows);
	land->row_count++;
	land->rows[at] = alloc(sizeof **land->rows);
	land->rows[at]->conflicts = shown->conflict_count;
	record_copy(&land->rows[at]->record, record);
	return STATUS_OK;
}

static enum status
history_add(void *self, uint32_t number, const struct record *record,
	const struct dot *dots, uint32_t count)
{
	struct land *land = land_of(self, number);

	land->history = alloc_again(land->history,
		(land->history_count + count) * sizeof *land->history);
	for (uint32_t i = 0; i < count; i++) {
		struct history_row *row = &land->history[land->history_count++];

		memset(row, 0, sizeof *row);
		row->type = record->type;
		row->id_size = record->id_size;
		row->dot = dots[i];
		memcpy(row->id, record->id, record->id_size);
	}
	return STATUS_OK;
}

static int
dot_compare(const void *left, const void *right)
{
	const struct dot *a = left, *b = right;

	if (a->log != b->log)
		return a->log < b->log ? -1 : 1;
	return (a->seq > b->seq) - (a->seq < b->seq);
}

static enum status
history(void *self, uint32_t number, uint32_t type, const uint8_t *id,
	size_t id_size, struct dot **dots, uint32_t *count)
{
	const struct land *land = land_of(self, number);
	uint32_t all = 0;

	*dots = alloc(land->history_count * sizeof **dots);
	*count = 0;
	for (uint32_t i = 0; i < land->history_count; i++) {
		const struct history_row *row = &land->history[i];

		if (row->type == type && row->id_size == id_size &&
			memcmp(row->id, id, id_size) == 0)
			(*dots)[all++] = row->dot;
	}
	if (all)
		qsort(*dots, all, sizeof **dots, dot_compare);
	for (uint32_t i = 0; i < all; i++)
		if (i == 0 || dot_compare(&(*dots)[i - 1], &(*dots)[i]) != 0)
			(*dots)[(*count)++] = (*dots)[i];
	return STATUS_OK;
}

struct parent_question {
	uint32_t type;
	const uint8_t *id;
	bool is;
};

static void
ask_parent(void *self, uint32_t type, const uint8_t *id)
{
	struct parent_question *question = self;

	if (type == question->type && memcmp(id, question->id, ID_BYTES) == 0)
		question->is = true;
}

static enum status
children(void *self, uint32_t number, uint32_t parent_type,
	const uint8_t *parent_id,
	void (*found)(void *found_self, uint32_t type, const uint8_t *id,
		size_t id_size),
	void *found_self)
{
	const struct land *land = land_of(self, number);

	for (uint32_t i = 0; i < land->row_count; i++) {
		const struct record *record = &land->rows[i]->record;
		struct parent_question question = {
			parent_type, parent_id, false};

		merge_parents(((struct memory *)self)->store.schema, record,
			ask_parent, &question);
		if (question.is)
			found(found_self, record->type, record->id,
				record->id_size);
	}
	return STATUS_OK;
}

static enum status
aliases(void *self, uint32_t number, const uint8_t *greater_id,
	void (*found)(void *found_self, uint32_t type, const uint8_t *id,
		size_t id_size),
	void *found_self)
{
	const struct land *land = land_of(self, number);

	for (uint32_t i = 0; i < land->row_count; i++) {
		const struct record *record = &land->rows[i]->record;

		if (record->type == SCHEMA_ALIAS &&
			memcmp(record->id + ID_BYTES, greater_id, ID_BYTES) ==
				0)
			found(found_self, record->type, record->id,
				record->id_size);
	}
	return STATUS_OK;
}

static enum status
records(void *self, uint32_t number,
	enum status (*found)(void *found_self, struct record *record),
	void *found_self)
{
	const struct land *land = land_of(self, number);
	enum status status = STATUS_OK;

	for (uint32_t i = 0; status == STATUS_OK && i < land->row_count; i++)
		status = found(found_self, &land->rows[i]->record);
	return status;
}

static enum status
records_of(void *self, uint32_t number, uint32_t type,
	enum status (*found)(void *found_self, struct record *record),
	void *found_self)
{
	const struct land *land = land_of(self, number);
	enum status status = STATUS_OK;

	for (uint32_t i = 0; status == STATUS_OK && i < land->row_count; i++)
		if (land->rows[i]->record.type == type)
			status = found(found_self, &land->rows[i]->record);
	return status;
}

static enum status
territory_clear(void *self, uint32_t number)
{
	struct land *land = land_of(self, number);

	while (land->row_count)
		row_drop(land, land->row_count - 1);
	land->history_count = 0;
	for (uint32_t i = 0; i < land->log_count; i++) {
		land->logs[i].applied = 0;
		land->logs[i].context_count = 0;
	}
	return STATUS_OK;
}

static void kept_clear(struct kept_list *list);

static void
leave(struct memory *m, const struct land *land, const struct store_log *log)
{
	struct left *left;

	m->left = alloc_again(m->left, (m->left_count + 1) * sizeof *m->left);
	left = &m->left[m->left_count++];
	memcpy(left->territory, land->id, ID_BYTES);
	memcpy(left->log, log->id, LOG_BYTES);
	left->last = log->kept;
}

static enum status
log_left(
	void *self, const uint8_t *territory, const uint8_t *log, int64_t *last)
{
	const struct memory *m = self;

	*last = 0;
	for (uint32_t i = 0; i < m->left_count; i++) {
		const struct left *left = &m->left[i];

		if (left->last > *last &&
			(!territory ||
				memcmp(left->territory, territory, ID_BYTES) ==
					0) &&
			(!log || memcmp(left->log, log, LOG_BYTES) == 0))
			*last = left->last;
	}
	return STATUS_OK;
}

static enum status
logs_back(void *self, const uint8_t *territory)
{
	struct memory *m = self;

	for (uint32_t i = 0; i < m->left_count; i++)
		if (memcmp(m->left[i].territory, territory, ID_BYTES) == 0)
			m->left[i].last = 0;
	return STATUS_OK;
}

/* The number stays with the id. */
static enum status
territory_drop(void *self, uint32_t number, const uint8_t *device)
{
	struct land *land = land_of(self, number);

	for (uint32_t i = 0; i < land->log_count; i++)
		if (memcmp(land->logs[i].id, device, ID_BYTES) == 0)
			leave(self, land, &land->logs[i]);

	(void)territory_clear(self, number); /* it cannot fail */
	for (uint32_t i = 0; i < land->log_count; i++)
		free(land->logs[i].context);
	land->log_count = 0;
	kept_clear(&land->segments);
	kept_clear(&land->pending);
	return STATUS_OK;
}

struct store *
memory_store_new(const struct schema *schema)
{
	struct memory *m = alloc(sizeof *m);

	m->store = (struct store){.self = m,
		.schema = schema,
		.begin = nothing,
		.commit = nothing,
		.rollback = rollback,
		.territory = territory,
		.logs = logs,
		.log_save = log_save,
		.segment_append = segment_append,
		.segment_replace = segment_replace,
		.segment_cut = segment_cut,
		.scrub = scrub,
		.segment_read = segment_read,
		.pending_append = pending_append,
		.pending_read = pending_read,
		.pending_drop = pending_drop,
		.record_load = record_load,
		.record_save = record_save,
		.history_add = history_add,
		.history = history,
		.children = children,
		.aliases = aliases,
		.records = records,
		.records_of = records_of,
		.territory_clear = territory_clear,
		.territory_drop = territory_drop,
		.log_left = log_left,
		.logs_back = logs_back};
	return &m->store;
}

static void
kept_clear(struct kept_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		free(list->list[i].bytes);
	free(list->list);
	*list = (struct kept_list){0};
}

void
memory_store_free(struct store *store)
{
	struct memory *m = store->self;

	for (uint32_t i = 0; i < m->land_count; i++) {
		struct land *land = &m->lands[i];

		while (land->row_count)
			row_drop(land, land->row_count - 1);
		for (uint32_t k = 0; k < land->log_count; k++)
			free(land->logs[k].context);
		kept_clear(&land->segments);
		kept_clear(&land->pending);
		free(land->logs);
		free(land->rows);
		free(land->history);
	}
	free(m->lands);
	free(m->left);
	free(m);
}

void
memory_store_traffic(
	const struct store *store, uint64_t *loads, uint64_t *saves)
{
	const struct memory *m = store->self;

	*loads = m->loads;
	*saves = m->saves;
}

uint32_t
memory_store_conflicts(const struct store *store)
{
	const struct memory *m = store->self;
	uint32_t count = 0;

	for (uint32_t i = 0; i < m->land_count; i++)
		for (uint32_t k = 0; k < m->lands[i].row_count; k++)
			count += m->lands[i].rows[k]->conflicts;
	return count;
}
