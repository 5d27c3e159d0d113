#include "proto/change.h"

#include <assert.h>
#include <string.h>

#include "proto/schema.h"

enum {
	HEAD_ITEMS = 5, /* at, offset, seen, unseen, about */
	SEEN_ITEMS = 2,
	UNSEEN_ITEMS = 3,
	RECORD_ITEMS_MIN = 4, /* type, id, one key, its value */
	KINDS = 4,            /* of operations; a key is field * KINDS + kind */
	ABOUT_ORIGIN = 1,
	ABOUT_ORDERED_BY = 2,
	ABOUT_TOLD = 3,
};

static const int64_t key_min = KINDS;
static const int64_t key_max = (int64_t)SCHEMA_NUMBER_MAX * KINDS + KINDS - 1;

static size_t
record_id_size(uint32_t type)
{
	return type == SCHEMA_ALIAS ? RECORD_ID_MAX : ID_BYTES;
}

/* An alias names two records, the smaller first, and so has one id only. */
static bool
id_fits(uint32_t type, const uint8_t *id, size_t size)
{
	return size == record_id_size(type) &&
		(type != SCHEMA_ALIAS ||
			memcmp(id, id + ID_BYTES, ID_BYTES) < 0);
}

static int
order_of(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int
order_of_bytes(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

	return order ? order_of(order, 0)
		     : order_of((int64_t)a_size, (int64_t)b_size);
}

static int
record_order(const struct operation *a, const struct operation *b)
{
	int order = order_of(a->type, b->type);

	/* Its operations share the one that it was read from. */
	if (order == 0 && a->id == b->id && a->id_size == b->id_size)
		return 0;
	return order ? order
		     : order_of_bytes(a->id, a->id_size, b->id, b->id_size);
}

/* add and del write the same registers. */
static enum operation_kind
register_kind(enum operation_kind kind)
{
	return kind == OPERATION_DEL ? OPERATION_ADD : kind;
}

static bool
writes_set(const struct operation *operation)
{
	return register_kind(operation->kind) == OPERATION_ADD;
}

int
operation_compare(const struct operation *a, const struct operation *b)
{
	int order = record_order(a, b);

	if (order == 0)
		order = order_of(a->field, b->field);
	if (order == 0)
		order = order_of(
			register_kind(a->kind), register_kind(b->kind));
	if (order == 0 && writes_set(a))
		order = order_of_bytes(a->value.bytes, a->value.size,
			b->value.bytes, b->value.size);
	return order;
}

/* Whether the log comes after the last, which is NULL before the first. */
static bool
log_ascends(const uint8_t *last, const uint8_t *log)
{
	return !last || memcmp(last, log, LOG_BYTES) < 0;
}

static bool
range_ascends(const struct unseen_entry *last, const struct unseen_entry *range)
{
	int order;

	if (!last->log)
		return true;
	order = memcmp(last->log, range->log, LOG_BYTES);
	return order < 0 || (order == 0 && last->last < range->first);
}

static bool
read_seen(struct unpack *unpack, struct seen_entry *entry)
{
	return unpack_exact(unpack, LOG_BYTES, &entry->log) &&
		unpack_integer(unpack, 1, CHANGE_SEQ_MAX, &entry->seq);
}

static bool
read_unseen(struct unpack *unpack, struct unseen_entry *range)
{
	return unpack_exact(unpack, LOG_BYTES, &range->log) &&
		unpack_integer(unpack, 1, CHANGE_SEQ_MAX, &range->first) &&
		unpack_integer(
			unpack, range->first, CHANGE_SEQ_MAX, &range->last);
}

static bool
check_seen(struct unpack *unpack)
{
	const uint8_t *last = NULL;
	uint32_t count;

	if (!unpack_array(unpack, 0, CHANGE_SEEN_MAX * SEEN_ITEMS, &count) ||
		count % SEEN_ITEMS != 0)
		return false;
	for (uint32_t i = 0; i < count / SEEN_ITEMS; i++) {
		struct seen_entry entry;

		if (!read_seen(unpack, &entry) || !log_ascends(last, entry.log))
			return false;
		last = entry.log;
	}
	return true;
}

static bool
check_unseen(struct unpack *unpack)
{
	struct unseen_entry last = {0};
	uint32_t count;

	if (!unpack_array(
		    unpack, 0, CHANGE_UNSEEN_MAX * UNSEEN_ITEMS, &count) ||
		count % UNSEEN_ITEMS != 0)
		return false;
	for (uint32_t i = 0; i < count / UNSEEN_ITEMS; i++) {
		struct unseen_entry range;

		if (!read_unseen(unpack, &range) ||
			!range_ascends(&last, &range))
			return false;
		last = range;
	}
	return true;
}

/* Runs `check` over what comes next and views it. */
static bool
read_checked(struct unpack *unpack, bool (*check)(struct unpack *),
	struct pack_view *view)
{
	const uint8_t *start = unpack->at;

	if (!check(unpack))
		return false;
	view->bytes = start;
	view->size = (size_t)(unpack->at - start);
	return true;
}

static bool
read_about_value(struct change *change, int64_t key, struct unpack *unpack)
{
	struct pack_view newer;
	uint32_t count;

	switch (key) {
	case ABOUT_ORIGIN:
		return unpack_array(unpack, 2, 2, &count) &&
			unpack_exact(unpack, LOG_BYTES, &change->origin_log) &&
			unpack_integer(
				unpack, 1, CHANGE_SEQ_MAX, &change->origin_seq);
	case ABOUT_ORDERED_BY:
		return unpack_exact(unpack, ID_BYTES, &change->ordered_by);
	case ABOUT_TOLD:
		return unpack_integer(
			unpack, 1, CHANGE_TIME_MAX, &change->told_ms);
	default:
		return unpack_value(unpack, &newer);
	}
}

static bool
read_about(struct change *change, struct unpack *unpack)
{
	struct unpack look = *unpack;
	struct pack_view about;
	struct pack_item key;
	uint32_t count;

	/* Once over all of it for its form and the order of its keys. */
	if (!unpack_value(unpack, &about) ||
		!unpack_map(&look, UINT32_MAX, &count))
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!unpack_item(&look, &key) ||
			!read_about_value(change,
				key.kind == PACK_INTEGER ? key.integer : 0,
				&look))
			return false;
	return true;
}

/* The head of a record; items_left says how many operation items follow. */
static bool
read_record(struct unpack *unpack, struct operation *now, uint32_t *items)
{
	int64_t type;

	if (!unpack_array(unpack, RECORD_ITEMS_MIN, UINT32_MAX, items) ||
		!unpack_integer(unpack, 1, SCHEMA_NUMBER_MAX, &type))
		return false;
	*items -= 2;
	now->type = (uint32_t)type;
	now->id_size = record_id_size(now->type);
	return unpack_exact(unpack, now->id_size, &now->id) &&
		id_fits(now->type, now->id, now->id_size);
}

static bool
read_operation(int64_t at, struct unpack *unpack, struct operation *now,
	uint32_t *items)
{
	int64_t key, delta = 0;
	uint32_t used = 2;

	if (!unpack_integer(unpack, -key_max - 1, key_max, &key))
		return false;
	if (key < 0) {
		key = -key - 1;
		used = 3;
		/* A difference of none is written by leaving it out. */
		if (!unpack_integer(
			    unpack, -at, CHANGE_TIME_MAX - at, &delta) ||
			delta == 0)
			return false;
	}
	if (key < key_min || *items < used)
		return false;
	*items -= used;
	now->field = (uint32_t)(key / KINDS);
	now->kind = (enum operation_kind)(key % KINDS);
	now->time = at + delta;
	return unpack_value(unpack, &now->value) &&
		now->value.size <= SCHEMA_VALUE_MAX;
}

/* STATUS_ABSENT at the end, where nothing may be left over. */
static enum status
next_operation(const struct change *change, struct change_walk *walk)
{
	if (!walk->started) {
		/* It was decoded, so read_records() has gone through them. */
		unpack_init_again(&walk->records, change->records.bytes,
			change->records.size);
		walk->records_left = change->record_count;
		walk->started = true;
	}
	if (walk->items_left == 0) {
		if (walk->records_left == 0)
			return STATUS_ABSENT;
		walk->records_left--;
		if (!read_record(&walk->records, &walk->now, &walk->items_left))
			return STATUS_MALFORMED;
	}
	return read_operation(change->at, &walk->records, &walk->now,
		       &walk->items_left)
		? STATUS_OK
		: STATUS_MALFORMED;
}

/*
 * One comparison is not enough: operations could ascend over a record that
 * comes in two pieces.
 */
static bool
operation_ascends(const struct operation *last, const struct operation *now)
{
	if (!last->id)
		return true;
	return last->id == now->id ? operation_compare(last, now) < 0
				   : record_order(last, now) < 0;
}

/* All records; sets what the view of them is, which begins at `unpack`. */
static bool
read_records(struct change *change, struct unpack *unpack)
{
	struct change_walk walk = {.records = *unpack,
		.records_left = change->record_count,
		.started = true};
	struct operation last = {0};
	enum status status;

	change->records.bytes = unpack->at;
	while ((status = next_operation(change, &walk)) == STATUS_OK) {
		if (!unpack->again && !operation_ascends(&last, &walk.now))
			return false;
		last = walk.now;
	}
	if (status != STATUS_ABSENT)
		return false;
	change->records.size = (size_t)(walk.records.at - unpack->at);
	unpack->at = walk.records.at;
	return true;
}

/* What stands before the records. */
static bool
read_head(struct change *change, struct unpack *unpack)
{
	uint32_t count;
	int64_t offset;

	if (!unpack_array(unpack, HEAD_ITEMS, UINT32_MAX, &count) ||
		!unpack_integer(unpack, 0, CHANGE_TIME_MAX, &change->at) ||
		!unpack_integer(unpack, -CHANGE_OFFSET_MAX, CHANGE_OFFSET_MAX,
			&offset) ||
		!read_checked(unpack, check_seen, &change->seen) ||
		!read_checked(unpack, check_unseen, &change->unseen) ||
		!read_about(change, unpack))
		return false;
	change->offset = (int32_t)offset;
	change->record_count = count - HEAD_ITEMS;
	return true;
}

static bool
read_change(struct change *change, struct unpack *unpack)
{
	const uint8_t *start = unpack->at;

	if (!read_head(change, unpack) || !read_records(change, unpack))
		return false;
	change->whole = (struct pack_view){start, (size_t)(unpack->at - start)};
	return true;
}

enum status
change_decode(struct change *change, struct unpack *unpack)
{
	struct unpack bounded = *unpack;
	struct change c = {0};

	/* A change that is longer ends in the middle, as if cut short. */
	if ((size_t)(bounded.end - bounded.at) > CHANGE_SIZE_MAX)
		bounded.end = bounded.at + CHANGE_SIZE_MAX;
	if (!read_change(&c, &bounded)) {
		unpack->at = unpack->end;
		return STATUS_MALFORMED;
	}
	unpack->at = bounded.at;
	*change = c;
	return STATUS_OK;
}

void
change_head(struct change *change, const uint8_t *bytes, size_t size)
{
	struct change c = {.whole = {bytes, size}};
	struct unpack unpack;
	bool read;

	unpack_init(&unpack, bytes, size);
	read = read_head(&c, &unpack);
	assert(read);
	c.record_count = 0;
	*change = c;
}

/* Stands before the next entry of `items` items; false at the end. */
static bool
cursor_ready(const struct pack_view *list, struct change_cursor *cursor,
	uint32_t items)
{
	if (!cursor->started) {
		uint32_t count;

		unpack_init(&cursor->unpack, list->bytes, list->size);
		if (!unpack_array(&cursor->unpack, 0, UINT32_MAX, &count))
			return false;
		cursor->left = count / items;
		cursor->started = true;
	}
	if (cursor->left == 0)
		return false;
	cursor->left--;
	return true;
}

bool
change_next_seen(const struct change *change, struct change_cursor *cursor,
	const uint8_t **log, int64_t *seq)
{
	struct seen_entry entry;

	if (!cursor_ready(&change->seen, cursor, SEEN_ITEMS) ||
		!read_seen(&cursor->unpack, &entry))
		return false;
	*log = entry.log;
	*seq = entry.seq;
	return true;
}

bool
change_next_unseen(const struct change *change, struct change_cursor *cursor,
	const uint8_t **log, int64_t *first, int64_t *last)
{
	struct unseen_entry range;

	if (!cursor_ready(&change->unseen, cursor, UNSEEN_ITEMS) ||
		!read_unseen(&cursor->unpack, &range))
		return false;
	*log = range.log;
	*first = range.first;
	*last = range.last;
	return true;
}

bool
change_next_operation(const struct change *change, struct change_walk *walk,
	struct operation *operation)
{
	if (next_operation(change, walk) != STATUS_OK)
		return false;
	*operation = walk->now;
	return true;
}

static bool
seq_fits(int64_t seq)
{
	return seq >= 1 && seq <= CHANGE_SEQ_MAX;
}

static bool
time_fits(int64_t time)
{
	return time >= 0 && time <= CHANGE_TIME_MAX;
}

static void
write_seen(struct pack *pack, const struct change_draft *draft)
{
	const uint8_t *last = NULL;

	pack_array(pack, (uint32_t)draft->seen_count * SEEN_ITEMS);
	for (size_t i = 0; i < draft->seen_count; i++) {
		const struct seen_entry *entry = &draft->seen[i];

		assert(log_ascends(last, entry->log) && seq_fits(entry->seq));
		last = entry->log;
		pack_bytes(pack, entry->log, LOG_BYTES);
		pack_integer(pack, entry->seq);
	}
}

static void
write_unseen(struct pack *pack, const struct change_draft *draft)
{
	struct unseen_entry last = {0};

	pack_array(pack, (uint32_t)draft->unseen_count * UNSEEN_ITEMS);
	for (size_t i = 0; i < draft->unseen_count; i++) {
		const struct unseen_entry *range = &draft->unseen[i];

		assert(range_ascends(&last, range) && seq_fits(range->first) &&
			seq_fits(range->last) && range->first <= range->last);
		last = *range;
		pack_bytes(pack, range->log, LOG_BYTES);
		pack_integer(pack, range->first);
		pack_integer(pack, range->last);
	}
}

static void
write_about(struct pack *pack, const struct change_draft *draft)
{
	pack_map(pack,
		(draft->origin_log ? 1u : 0) + (draft->ordered_by ? 1u : 0) +
			(draft->told_ms ? 1u : 0));
	if (draft->origin_log) {
		assert(seq_fits(draft->origin_seq));
		pack_integer(pack, ABOUT_ORIGIN);
		pack_array(pack, 2);
		pack_bytes(pack, draft->origin_log, LOG_BYTES);
		pack_integer(pack, draft->origin_seq);
	}
	if (draft->ordered_by) {
		pack_integer(pack, ABOUT_ORDERED_BY);
		pack_bytes(pack, draft->ordered_by, ID_BYTES);
	}
	if (draft->told_ms) {
		assert(time_fits(draft->told_ms));
		pack_integer(pack, ABOUT_TOLD);
		pack_integer(pack, draft->told_ms);
	}
}

static void
assert_operation(const struct operation *o)
{
	assert(o->type >= 1 && o->type <= SCHEMA_NUMBER_MAX);
	assert(o->field >= 1 && o->field <= SCHEMA_NUMBER_MAX);
	assert(id_fits(o->type, o->id, o->id_size));
	assert(time_fits(o->time));
	assert(o->value.size <= SCHEMA_VALUE_MAX);
	assert(pack_valid(o->value.bytes, o->value.size));
}

static void
write_operation(struct pack *pack, int64_t at, const struct operation *o)
{
	int64_t key = (int64_t)o->field * KINDS + o->kind;

	assert_operation(o);
	if (o->time == at) {
		pack_integer(pack, key);
	} else {
		pack_integer(pack, -key - 1);
		pack_integer(pack, o->time - at);
	}
	pack_raw(pack, o->value.bytes, o->value.size);
}

/* How many of the draft's operations, from `first` on, are of one record. */
static size_t
record_run(const struct change_draft *draft, size_t first)
{
	const struct operation *list = draft->operations;
	size_t next = first + 1;

	while (next < draft->operation_count &&
		record_order(&list[first], &list[next]) == 0) {
		assert(operation_compare(&list[next - 1], &list[next]) < 0);
		next++;
	}
	assert(next == draft->operation_count ||
		record_order(&list[first], &list[next]) < 0);
	return next - first;
}

static void
write_record(struct pack *pack, int64_t at, const struct operation *list,
	size_t count)
{
	uint32_t items = 2;

	for (size_t i = 0; i < count; i++)
		items += list[i].time == at ? 2 : 3;
	pack_array(pack, items);
	pack_integer(pack, list->type);
	pack_bytes(pack, list->id, list->id_size);
	for (size_t i = 0; i < count; i++)
		write_operation(pack, at, &list[i]);
}

static uint32_t
count_records(const struct change_draft *draft)
{
	uint32_t count = 0;

	for (size_t i = 0; i < draft->operation_count;
		i += record_run(draft, i))
		count++;
	return count;
}

void
change_encode(struct pack *pack, const struct change_draft *draft)
{
	size_t start = pack->size, run;

	assert(time_fits(draft->at));
	assert(draft->offset >= -CHANGE_OFFSET_MAX &&
		draft->offset <= CHANGE_OFFSET_MAX);

	/* Nobody would take it: it does not fit, whatever the room. */
	if (draft->seen_count > CHANGE_SEEN_MAX ||
		draft->unseen_count > CHANGE_UNSEEN_MAX) {
		pack->overflow = true;
		return;
	}
	pack_array(pack, HEAD_ITEMS + count_records(draft));
	pack_integer(pack, draft->at);
	pack_integer(pack, draft->offset);
	write_seen(pack, draft);
	write_unseen(pack, draft);
	write_about(pack, draft);
	for (size_t i = 0; i < draft->operation_count; i += run) {
		run = record_run(draft, i);
		write_record(pack, draft->at, &draft->operations[i], run);
	}
	if (pack->size - start > CHANGE_SIZE_MAX)
		pack->overflow = true;
}
