/* What an honest author does: MERGE R8 and W1 to W5; and sealing. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sync/territory_internal.h"

static const int64_t day_ms = 86400000;

/* Operations in one write after which more of the kind are expected. */
enum { MANY = 1000 };

/* A write under way. */
struct writing {
	struct territory *territory;
	struct write *write;
	uint32_t number; /* of the own log */
	int64_t seq;
	bool apart; /* kept and not applied: late, or behind what is not */
	struct knowledge knowledge;
	int64_t *seen;               /* what knowledge.seen points to */
	struct unseen_range *unseen; /* likewise */
	struct operation *operations;
	size_t count;
	/* The record of the operation that was taken last. */
	const struct write_operation *last;
	struct cached *cached; /* NULL: it is erased */
};

static struct operation
operation_of(const struct write_operation *o, int64_t at)
{
	return (struct operation){.type = o->type,
		.id = o->id,
		.id_size = o->id_size,
		.field = o->field,
		.kind = o->kind,
		.time = o->time < 0 ? at : o->time,
		.value = o->value};
}

static int
write_compare(const void *left, const void *right)
{
	const struct write_operation *x = left, *y = right;
	struct operation a, b;

	/* Most often the next field of one record. */
	if (x->id == y->id && x->type == y->type && x->field != y->field)
		return x->field < y->field ? -1 : 1;
	a = operation_of(x, 0);
	b = operation_of(y, 0);
	return operation_compare(&a, &b);
}

/* Brings the person's unseen ranges in order; those that touch become one. */
static void
take_unseen(struct writing *w)
{
	uint32_t count = w->write->unseen_count, kept = 0;

	w->unseen = alloc(count * sizeof *w->unseen);
	if (count)
		memcpy(w->unseen, w->write->unseen, count * sizeof *w->unseen);
	unseen_sort(w->unseen, count);
	for (uint32_t i = 0; i < count; i++) {
		const struct unseen_range range = w->unseen[i];
		struct unseen_range *last = kept ? &w->unseen[kept - 1] : NULL;

		if (last && last->log == range.log &&
			range.first <= last->last + 1) {
			if (last->last < range.last)
				last->last = range.last;
			continue;
		}
		w->unseen[kept++] = range;
	}
	w->knowledge.unseen = w->unseen;
	w->knowledge.unseen_count = kept;
}

/* W1: the applied frontier, never lower than the log's context so far. */
static enum status
take_context(struct writing *w)
{
	struct territory *t = w->territory;
	const struct store_log *own = &t->states[w->number].saved;
	uint32_t count;

	if (w->apart && !w->write->late) {
		enum status status =
			territory_context(t, w->write->log, &w->seen, &count);

		w->knowledge.seen = w->seen;
		w->knowledge.seen_count = count;
		return status;
	}
	w->seen = alloc(t->logs.count * sizeof *w->seen);
	for (uint32_t i = 0; i < t->logs.count; i++) {
		w->seen[i] = t->states[i].saved.applied;
		if (i < own->context_count && own->context[i] > w->seen[i])
			w->seen[i] = own->context[i];
	}
	w->seen[w->number] = w->seq - 1;
	w->knowledge.seen = w->seen;
	w->knowledge.seen_count = t->logs.count;
	return STATUS_OK;
}

static bool
values_equal(struct pack_view a, struct pack_view b)
{
	return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
}

/* What the author finds in the register. */
struct found {
	uint32_t live;
	bool same; /* there are some, and all hold the value to be written */
	uint32_t over;  /* those that the author knew */
	bool over_same; /* and they hold one value */
	int64_t time;   /* what exceeds theirs (R8) */
};

static void
look(const struct writing *w, const struct write_operation *operation,
	const struct reg *reg, struct found *found)
{
	const struct version *first = NULL;

	*found = (struct found){.over_same = true, .time = w->write->at};
	found->live = reg ? reg->version_count : 0;
	found->same = found->live > 0;
	for (uint32_t i = 0; i < found->live; i++) {
		const struct version *v = &reg->versions[i];

		if (!values_equal(v->value, operation->value))
			found->same = false;
		if (!knowledge_covers(&w->knowledge, v->log, v->seq))
			continue;
		found->over++;
		if (first && !values_equal(first->value, v->value))
			found->over_same = false;
		first = first ? first : v;
		/* A clock that is a day ahead is not handed on. */
		if (v->time <= w->write->at + day_ms && v->time >= found->time)
			found->time = v->time + 1;
	}
	if (found->time > CHANGE_TIME_MAX)
		found->time = CHANGE_TIME_MAX;
}

/*
 * Whether an operation is to be written: STATUS_OK; STATUS_ABSENT when it says
 * nothing new (W3, W4); STATUS_REFUSED for a write-once register that is set
 * (W5).
 */
static enum status
weigh(const struct write_operation *operation, const struct found *found,
	bool carried)
{
	bool mark = schema_is_mark(operation->type, operation->field);

	if (operation->kind == OPERATION_DEL)
		return found->over ? STATUS_OK : STATUS_ABSENT;
	if (carried)
		return STATUS_OK; /* R20: the same operations */
	if (found->same && !mark)
		return STATUS_ABSENT;
	if (operation->kind == OPERATION_INIT && found->over &&
		found->over_same)
		return STATUS_REFUSED;
	return STATUS_OK;
}

/* The record that is written: looked up once for all that is written to it. */
static enum status
take_record(struct writing *w, const struct write_operation *o)
{
	struct territory *t = w->territory;
	const struct write_operation *last = w->last;

	if (last && last->type == o->type && last->id_size == o->id_size &&
		memcmp(last->id, o->id, o->id_size) == 0)
		return STATUS_OK;
	w->last = o;
	w->cached = NULL;
	/* It would count nowhere. */
	if (erased_record(t, o->type, o->id, o->id_size))
		return STATUS_OK;
	return batch_get(t, o->type, o->id, o->id_size, &w->cached);
}

static enum status
take_operation(struct writing *w, const struct write_operation *operation)
{
	struct territory *t = w->territory;
	enum schema_kind kind = operation->kind == OPERATION_PUT ? KIND_PUT
		: operation->kind == OPERATION_INIT              ? KIND_ONCE
								 : KIND_SET;
	struct found found;
	enum status status;

	if (!w->write->late &&
		t->states[w->number].rank < schema_rank(operation->field))
		return STATUS_REFUSED;
	status = take_record(w, operation);
	if (status != STATUS_OK)
		return status;
	if (!w->cached)
		return STATUS_ABSENT;
	look(w, operation,
		record_find(cached_record(w->cached), operation->field, kind,
			operation->value),
		&found);
	status = weigh(operation, &found, w->write->origin_log != NULL);
	if (status != STATUS_OK)
		return status;
	w->operations[w->count++] = operation_of(operation, found.time);
	return STATUS_OK;
}

/* Operations on one record that stand one after the other, or any list. */
struct run {
	struct write_operation *first;
	size_t count;
};

static bool
in_order(const struct run *run)
{
	for (size_t i = 1; i < run->count; i++)
		if (write_compare(&run->first[i - 1], &run->first[i]) > 0)
			return false;
	return true;
}

static void
sort_run(const struct run *run)
{
	if (!in_order(run))
		qsort(run->first, run->count, sizeof *run->first,
			write_compare);
}

static int
run_compare(const void *left, const void *right)
{
	const struct run *a = left, *b = right;

	return write_compare(a->first, b->first);
}

/* Cuts the list into runs of one record each, which are sorted. */
static size_t
find_runs(const struct run *all, struct run *runs)
{
	size_t count = 0;

	for (size_t i = 0; i < all->count; i++) {
		struct write_operation *o = &all->first[i];

		if (!i || o->type != o[-1].type || o->id != o[-1].id)
			runs[count++] = (struct run){.first = o};
		runs[count - 1].count++;
	}
	for (size_t i = 0; i < count; i++)
		sort_run(&runs[i]);
	return count;
}

/* Records as a whole: there are fewer of them than of operations. */
static void
sort_records(const struct run *all)
{
	struct write_operation *sorted =
		alloc_again(NULL, all->count * sizeof *sorted);
	struct run *runs = alloc_again(NULL, all->count * sizeof *runs);
	size_t count = find_runs(all, runs), at = 0;

	qsort(runs, count, sizeof *runs, run_compare);
	for (size_t i = 0; i < count; at += runs[i++].count)
		memcpy(sorted + at, runs[i].first,
			runs[i].count * sizeof *sorted);
	memcpy(all->first, sorted, all->count * sizeof *sorted);
	free(sorted);
	free(runs);
}

/* What a program writes most often comes in order, or by whole records. */
static void
sort_operations(struct write *write)
{
	const struct run all = {write->operations, write->operation_count};

	if (in_order(&all))
		return;
	sort_records(&all);
	sort_run(&all);
}

static enum status
take_operations(struct writing *w, size_t *refused)
{
	struct write *write = w->write;

	sort_operations(write);
	w->operations = alloc_again(
		NULL, write->operation_count * sizeof *w->operations);
	for (size_t i = 0; i < write->operation_count; i++) {
		enum status status = take_operation(w, &write->operations[i]);

		if (status == STATUS_REFUSED)
			*refused = i;
		if (status != STATUS_OK && status != STATUS_ABSENT)
			return status;
	}
	return STATUS_OK;
}

/* The context as the difference to that of the log's change before. */
static struct seen_entry *
seen_difference(const struct writing *w, size_t *count)
{
	const struct territory *t = w->territory;
	const struct store_log *own = &t->states[w->number].saved;
	struct seen_entry *list = alloc(t->logs.count * sizeof *list);

	*count = 0;
	for (uint32_t i = 0; i < t->logs.count; i++) {
		uint32_t n = t->order[i];
		int64_t before = n < own->context_count ? own->context[n] : 0;

		if (n != w->number && w->seen[n] > before)
			list[(*count)++] =
				(struct seen_entry){t->list[n].id, w->seen[n]};
	}
	return list;
}

static int
unseen_compare(const void *left, const void *right)
{
	const struct unseen_entry *a = left, *b = right;
	int order = memcmp(a->log, b->log, LOG_BYTES);

	return order ? order : (a->first > b->first) - (a->first < b->first);
}

static struct unseen_entry *
unseen_entries(const struct writing *w)
{
	uint32_t count = w->knowledge.unseen_count;
	struct unseen_entry *list = alloc(count * sizeof *list);

	for (uint32_t i = 0; i < count; i++)
		list[i] = (struct unseen_entry){
			w->territory->list[w->unseen[i].log].id,
			w->unseen[i].first, w->unseen[i].last};
	if (count)
		qsort(list, count, sizeof *list, unseen_compare);
	return list;
}

/* At least what the change takes: each piece with the heads around it. */
static size_t
room_of(const struct change_draft *draft)
{
	enum { HEADS = 64, RANGE = 2 * 9 };
	size_t room = 4 * HEADS + draft->seen_count * (LOG_BYTES + HEADS) +
		draft->unseen_count * (LOG_BYTES + RANGE + HEADS);

	for (size_t i = 0; i < draft->operation_count; i++)
		room += draft->operations[i].value.size + RECORD_ID_MAX + HEADS;
	return room < CHANGE_SIZE_MAX ? room : CHANGE_SIZE_MAX;
}

/* The bytes of the change, which are the caller's; NULL when too long. */
static uint8_t *
encode(const struct writing *w, size_t *size)
{
	struct change_draft draft = {.at = w->write->at,
		.offset = w->write->offset,
		.unseen_count = w->knowledge.unseen_count,
		.origin_log = w->write->origin_log,
		.origin_seq = w->write->origin_seq,
		.ordered_by = w->write->ordered_by,
		.told_ms = w->write->told_ms >
				w->territory->states[w->number].told_ms
			? w->write->told_ms
			: 0,
		.operations = w->operations,
		.operation_count = w->count};
	struct seen_entry *seen = seen_difference(w, &draft.seen_count);
	struct unseen_entry *unseen = unseen_entries(w);
	uint8_t *bytes = NULL;
	struct pack pack;
	size_t room;

	draft.seen = seen;
	draft.unseen = unseen;
	if (draft.seen_count <= CHANGE_SEEN_MAX &&
		draft.unseen_count <= CHANGE_UNSEEN_MAX) {
		room = room_of(&draft);
		bytes = alloc(room);
		pack_init(&pack, bytes, room);
		change_encode(&pack, &draft);
		assert(!pack.overflow || room == CHANGE_SIZE_MAX);
		*size = pack.size;
	}
	if (bytes && pack.overflow) {
		free(bytes);
		bytes = NULL;
	}
	free(seen);
	free(unseen);
	return bytes;
}

/*
 * Keeps the bytes and applies what they were made of, as it is done with what
 * comes from peers.
 */
static enum status
commit(struct writing *w)
{
	struct territory *t = w->territory;
	struct store *store = t->store;
	struct change head;
	enum status status;
	uint8_t *bytes;
	size_t size;

	bytes = encode(w, &size);
	if (!bytes)
		return STATUS_MALFORMED;
	change_head(&head, bytes, size);
	/* Kept until a smaller write, or until something else is applied. */
	if (w->count >= MANY)
		batch_expect_more(t);
	else
		batch_forget_quiet(t);
	status = store->pending_append(store->self, t->number, w->number,
		w->seq, (struct pack_view){bytes, size});
	if (status == STATUS_OK) {
		t->states[w->number].last = w->seq;
		if (head.told_ms)
			t->states[w->number].told_ms = head.told_ms;
		if (!w->apart)
			status = territory_apply_own(t, w->number, w->seq,
				&head, w->operations, w->count);
	}
	if (status == STATUS_OK && !w->apart)
		status = territory_finish(t);
	free(bytes);
	return status;
}

/* Whether the own log may be written on: granted, not cut, all applied, whole.
 */
static bool
may_write(const struct log_state *log)
{
	return log->rank >= 0 && log->last == log->saved.applied &&
		log->last < log->cut && log->last >= log->left;
}

/* Beyond its end, and not short of it. */
static bool
may_write_late(const struct log_state *log)
{
	return log->last >= log->cut && log->last >= log->left;
}

/*
 * Granted, not cut, whole, but some of it waits. A person, who would not see it
 * either, writes nothing then; what was written before is carried over.
 */
static bool
may_carry(const struct log_state *log)
{
	return log->rank >= 0 && log->last > log->saved.applied &&
		log->last < log->cut && log->last >= log->left;
}

bool
territory_may_write(struct territory *t, const uint8_t *id, bool late)
{
	uint32_t number = log_find(t, id);
	struct log_state fresh = {.cut = log_cut(t, id)};
	struct store *store = t->store;

	if (number != LOG_NONE) {
		log_refresh(t, number);
		fresh = t->states[number];
	} else {
		fresh.rank = t->rules.rank(t->rules.self, t->id, id);
		if (store->log_left(store->self, t->id, id, &fresh.left) !=
			STATUS_OK)
			return false;
	}
	return late ? may_write_late(&fresh) : may_write(&fresh);
}

static enum status
compose(struct writing *w, size_t *refused)
{
	enum status status = take_context(w);

	take_unseen(w);
	if (status == STATUS_OK)
		status = take_operations(w, refused);
	if (status == STATUS_OK && w->count)
		status = commit(w);
	batch_empty(&w->territory->batch);
	free(w->seen);
	free(w->unseen);
	free(w->operations);
	return status;
}

/*
 * A dishonest author may claim to have seen a change before it was written: his
 * own waits for it, and nothing else would let it go on here.
 */
static bool
waited_for(const struct territory *t, uint32_t number)
{
	for (uint32_t i = 0; i < t->logs.count; i++) {
		const struct log_state *log = &t->states[i];

		if (i != number && log->rank >= 0 &&
			log->saved.applied < log->last &&
			log->saved.applied < log->cut)
			return true;
	}
	return false;
}

enum status
territory_write(
	struct territory *t, struct write *write, int64_t *seq, size_t *refused)
{
	struct writing w = {.territory = t, .write = write};
	enum status status;

	assert(write->at >= 0 && write->at <= CHANGE_TIME_MAX);
	*seq = 0;
	*refused = write->operation_count;
	status = log_number(t, write->log, &w.number);
	if (status != STATUS_OK)
		return status;
	log_refresh(t, w.number);
	w.apart = write->late ||
		(write->origin_log && may_carry(&t->states[w.number]));
	if (write->late ? !may_write_late(&t->states[w.number])
			: !w.apart && !may_write(&t->states[w.number]))
		return STATUS_REFUSED;
	w.seq = t->states[w.number].last + 1;
	status = compose(&w, refused);
	if (status != STATUS_OK || w.count == 0)
		return status;
	*seq = w.seq;
	return waited_for(t, w.number) ? territory_settle(t, NULL) : STATUS_OK;
}

/* Gathers pending changes from `first` on, as many as one segment holds. */
static enum status
gather(struct territory *t, uint32_t number, int64_t first, uint8_t *raw,
	struct segment_draft *draft)
{
	struct store *store = t->store;
	struct pack_view change;

	draft->raw_size = 0;
	draft->count = 0;
	while (first + draft->count <= t->states[number].last &&
		draft->count < SEGMENT_CHANGES_MAX) {
		enum status status = store->pending_read(store->self, t->number,
			number, first + draft->count, &change);

		if (status != STATUS_OK)
			return STATUS_FAILED; /* it was there */
		if (draft->count &&
			draft->raw_size + change.size > SEGMENT_SEAL_SIZE)
			break;
		assert(draft->raw_size + change.size <= SEGMENT_RAW_MAX);
		memcpy(raw + draft->raw_size, change.bytes, change.size);
		draft->raw_size += (uint32_t)change.size;
		draft->count++;
	}
	return STATUS_OK;
}

/* Room for what gather() takes: many small changes, or one large one. */
enum { GATHER_ROOM = CHANGE_SIZE_MAX };
static_assert((int)GATHER_ROOM >= (int)SEGMENT_SEAL_SIZE, "one of the two");

/* Seals one segment of what is pending from kept + 1 on. */
static enum status
seal_one(struct territory *t, uint32_t number, struct segment_draft *draft,
	uint8_t *raw, uint8_t *out)
{
	struct log_state *log = &t->states[number];
	struct store *store = t->store;
	struct segment segment;
	enum status status;
	size_t size;

	draft->first = log->saved.kept + 1;
	draft->previous = log->saved.kept_name;
	draft->raw = raw;
	status = gather(t, number, draft->first, raw, draft);
	if (status != STATUS_OK)
		return status;
	/* What gather() takes fits a segment: there was no memory for zstd. */
	if (segment_seal(out, &size, segment.name, draft) != STATUS_OK)
		alloc_failed();
	status = segment_view(&segment, out, size);
	assert(status == STATUS_OK);
	status = store->segment_append(
		store->self, t->number, number, &segment, out);
	if (status != STATUS_OK)
		return status;
	log->saved.kept = segment.first + segment.count - 1;
	memcpy(log->saved.kept_name, segment.name, SEGMENT_NAME_SIZE);
	status = store->pending_drop(
		store->self, t->number, number, log->saved.kept);
	return status == STATUS_OK ? log_save(t, number) : status;
}

enum status
territory_seal(struct territory *t, const uint8_t *id, const uint8_t *company,
	const uint8_t *secret, uint32_t *segments)
{
	struct segment_draft draft = {.company = company,
		.secret = secret,
		.territory = t->id,
		.log = id};
	uint32_t number = log_find(t, id);
	enum status status = STATUS_OK;
	uint8_t *raw, *out;

	*segments = 0;
	if (number == LOG_NONE ||
		t->states[number].last == t->states[number].saved.kept)
		return STATUS_OK;
	/* Large, and written before they are read: no need to zero them. */
	raw = alloc_again(NULL, GATHER_ROOM);
	out = alloc_again(NULL, segment_room(GATHER_ROOM));
	while (status == STATUS_OK &&
		t->states[number].last > t->states[number].saved.kept) {
		status = seal_one(t, number, &draft, raw, out);
		if (status == STATUS_OK)
			(*segments)++;
	}
	free(raw);
	free(out);
	return status;
}
