/*
 * Records in memory while changes are applied: each is read once and written
 * once however many changes of the batch touch it. What bears on other
 * records, archived parents (R12) and aliases (R18), is settled at the end,
 * when all rows are written and can be asked for.
 */

#include <stdlib.h>
#include <string.h>

#include "sync/territory_internal.h"

enum {
	BUCKETS = 4096,       /* a power of two */
	RECORDS_MAX = 512,    /* then the batch is written */
	BYTES_MAX = 16 << 20, /* of changes, likewise */
	LIST_FIRST = 64,
	QUIET = 8192, /* records remembered to be so */
};

struct parent {
	uint32_t type;
	uint8_t id[ID_BYTES];
};

struct cached {
	struct record record;
	struct cached *next; /* in its bucket */
	bool dirty;          /* to be written */
	bool again;          /* what is shown of it depends on others: again */
	/* The parents that it shows as it is in the store. */
	struct parent *parents;
	uint32_t parent_count;
	/* For its history. */
	struct dot *dots;
	uint32_t dot_count, dot_room;
};

/* FNV-1a. At most RECORDS_MAX and their parents: no peer makes it slow. */
static uint32_t
hash_of(uint32_t type, const uint8_t *id, size_t id_size)
{
	uint32_t hash = 2166136261u ^ type;

	for (size_t i = 0; i < id_size; i++)
		hash = (hash ^ id[i]) * 16777619u;
	return hash ^ hash >> 16;
}

struct record *
cached_record(struct cached *cached)
{
	return &cached->record;
}

/* Where a record is remembered, if it is: another may stand there. */
static struct parent *
quiet_place(const struct territory *t, uint32_t type, const uint8_t *id)
{
	return &t->quiet[hash_of(type, id, ID_BYTES) % QUIET];
}

static bool
is_quiet(const struct territory *t, uint32_t type, const uint8_t *id)
{
	const struct parent *place = t->quiet ? quiet_place(t, type, id) : NULL;

	return place && place->type == type &&
		memcmp(place->id, id, ID_BYTES) == 0;
}

/* Nothing outside bears on what is shown of the record, as it is now. */
static void
set_quiet(struct territory *t, const struct record *record)
{
	struct parent *place;

	if (!t->quiet || record->id_size != ID_BYTES)
		return;
	place = quiet_place(t, record->type, record->id);
	place->type = record->type;
	memcpy(place->id, record->id, ID_BYTES);
}

void
cached_touch(struct territory *t, struct cached *cached)
{
	const struct record *record = &cached->record;

	cached->dirty = true;
	if (is_quiet(t, record->type, record->id))
		quiet_place(t, record->type, record->id)->type = 0;
}

void
cached_remember(struct cached *cached, const struct dot *dot)
{
	if (cached->dot_count == cached->dot_room) {
		cached->dot_room = cached->dot_room ? cached->dot_room * 2 : 4;
		cached->dots = alloc_again(
			cached->dots, cached->dot_room * sizeof *cached->dots);
	}
	cached->dots[cached->dot_count++] = *dot;
}

bool
batch_full(const struct batch *batch)
{
	return batch->count >= RECORDS_MAX || batch->bytes >= BYTES_MAX;
}

void
batch_expect_more(struct territory *t)
{
	if (!t->quiet)
		t->quiet = alloc(QUIET * sizeof *t->quiet);
}

void
batch_forget_quiet(struct territory *t)
{
	free(t->quiet);
	t->quiet = NULL;
}

void
batch_empty(struct batch *batch)
{
	for (uint32_t i = 0; i < batch->count; i++) {
		record_clear(&batch->list[i]->record);
		free(batch->list[i]->parents);
		free(batch->list[i]->dots);
		free(batch->list[i]);
	}
	free(batch->list);
	free(batch->buckets);
	memset(batch, 0, sizeof *batch);
}

static struct cached *
find(const struct batch *batch, uint32_t bucket, uint32_t type,
	const uint8_t *id, size_t id_size)
{
	struct cached *cached = batch->buckets[bucket];

	while (cached &&
		(cached->record.type != type ||
			cached->record.id_size != id_size ||
			memcmp(cached->record.id, id, id_size) != 0))
		cached = cached->next;
	return cached;
}

static void
parent_found(void *self, uint32_t type, const uint8_t *id)
{
	struct cached *cached = self;
	struct parent *parent;

	cached->parents = alloc_again(cached->parents,
		(cached->parent_count + 1) * sizeof *cached->parents);
	parent = &cached->parents[cached->parent_count++];
	parent->type = type;
	memcpy(parent->id, id, ID_BYTES);
}

static void
insert(struct batch *batch, uint32_t bucket, struct cached *cached)
{
	if (batch->count == batch->room) {
		batch->room = batch->room ? batch->room * 2 : LIST_FIRST;
		batch->list = alloc_again(
			batch->list, batch->room * sizeof(struct cached *));
	}
	batch->list[batch->count++] = cached;
	cached->next = batch->buckets[bucket];
	batch->buckets[bucket] = cached;
}

enum status
batch_get(struct territory *t, uint32_t type, const uint8_t *id, size_t id_size,
	struct cached **out)
{
	uint32_t bucket = hash_of(type, id, id_size) % BUCKETS;
	struct batch *batch = &t->batch;
	struct store *store = t->store;
	enum status status;
	struct cached *cached;

	if (!batch->buckets)
		batch->buckets = alloc(BUCKETS * sizeof(struct cached *));
	*out = find(batch, bucket, type, id, id_size);
	if (*out)
		return STATUS_OK;

	cached = alloc(sizeof *cached);
	insert(batch, bucket, cached);
	status = store->record_load(
		store->self, t->number, type, id, id_size, &cached->record);
	if (status != STATUS_OK)
		return status;
	merge_sort_record(store->schema, &t->logs, &cached->record);
	merge_parents(store->schema, &cached->record, parent_found, cached);
	*out = cached;
	return STATUS_OK;
}

/* Ids of other records, gathered while the store is asked. */
struct gathered {
	struct gathered_id {
		uint32_t type;
		uint8_t id[RECORD_ID_MAX];
		size_t id_size;
	} * list;
	uint32_t count, room;
};

static void
gather(void *self, uint32_t type, const uint8_t *id, size_t id_size)
{
	struct gathered *gathered = self;
	struct gathered_id *entry;

	if (gathered->count == gathered->room) {
		gathered->room = gathered->room ? gathered->room * 2 : 8;
		gathered->list = alloc_again(gathered->list,
			gathered->room * sizeof *gathered->list);
	}
	entry = &gathered->list[gathered->count++];
	entry->type = type;
	entry->id_size = id_size;
	memcpy(entry->id, id, id_size);
}

/* Versions of other records that bear on a mark. */
struct outside {
	struct outside_version *list;
	uint32_t count, room;
};

static void
outside_found(void *self, const struct outside_version *version)
{
	struct outside *outside = self;

	if (outside->count == outside->room) {
		outside->room = outside->room ? outside->room * 2 : 8;
		outside->list = alloc_again(
			outside->list, outside->room * sizeof *outside->list);
	}
	outside->list[outside->count++] = *version;
}

/* R12: references of children that are open by themselves. */
static enum status
children_weigh(struct territory *t, const struct record *parent,
	struct outside *outside)
{
	struct store *store = t->store;
	struct gathered children = {0};
	struct record child = {0};
	enum status status;

	status = store->children(store->self, t->number, parent->type,
		parent->id, gather, &children);
	for (uint32_t i = 0; status == STATUS_OK && i < children.count; i++) {
		const struct gathered_id *at = &children.list[i];

		status = store->record_load(store->self, t->number, at->type,
			at->id, at->id_size, &child);
		if (status != STATUS_OK)
			break;
		merge_sort_record(store->schema, &t->logs, &child);
		if (!merge_closed_alone(&child))
			merge_parent_versions(store->schema, &child,
				parent->type, parent->id, outside_found,
				outside);
	}
	record_clear(&child);
	free(children.list);
	return status;
}

/* R18: the row of the id that gives way. */
static enum status
greater_weighs(struct territory *t, const struct record *alias,
	struct outside *outside)
{
	struct store *store = t->store;
	struct record greater = {0};
	enum status status;

	if (t->account == 0)
		return STATUS_OK;
	status = store->record_load(store->self, t->number, t->account,
		alias->id + ID_BYTES, ID_BYTES, &greater);
	if (status == STATUS_OK)
		merge_row_versions(&greater, outside_found, outside);
	record_clear(&greater);
	return status;
}

enum status
record_show(
	struct territory *t, const struct record *record, struct shown *shown)
{
	struct outside outside = {0};
	enum status status = STATUS_OK;

	if (merge_wants_outside(record))
		status = record->type == SCHEMA_ALIAS
			? greater_weighs(t, record, &outside)
			: children_weigh(t, record, &outside);
	if (status == STATUS_OK)
		merge_show(shown, t->store->schema, &t->logs, record,
			outside.list, outside.count);
	free(outside.list);
	return status;
}

/* Its row and history; marks are shown as if there was nothing outside. */
static enum status
write_row(struct territory *t, struct cached *cached)
{
	struct record *record = &cached->record;
	struct shown shown = {.arena = &record->arena};
	struct store *store = t->store;
	enum status status = STATUS_OK;

	merge_sort_record(store->schema, &t->logs, record);
	if (cached->dot_count)
		status = store->history_add(store->self, t->number, record,
			cached->dots, cached->dot_count);
	cached->dot_count = 0;
	if (status != STATUS_OK || (!record->stored && !record_exists(record)))
		return status;
	merge_show(&shown, store->schema, &t->logs, record, NULL, 0);
	status = store->record_save(store->self, t->number, record, &shown);
	record->stored = record_exists(record);
	return status;
}

static enum status
write_again(struct territory *t, struct cached *cached)
{
	struct shown shown = {.arena = &cached->record.arena};
	struct store *store = t->store;
	enum status status = record_show(t, &cached->record, &shown);

	cached->again = false;
	if (status != STATUS_OK)
		return status;
	return store->record_save(
		store->self, t->number, &cached->record, &shown);
}

static enum status
mark_again(struct territory *t, uint32_t type, const uint8_t *id, size_t size)
{
	struct cached *cached;
	enum status status;

	if (size == ID_BYTES && is_quiet(t, type, id))
		return STATUS_OK;
	status = batch_get(t, type, id, size, &cached);
	if (status != STATUS_OK)
		return status;
	if (merge_wants_outside(&cached->record))
		cached->again = true;
	else
		set_quiet(t, &cached->record);
	return STATUS_OK;
}

/* The aliases that have it as the id that gives way. */
static enum status
mark_aliases(struct territory *t, const struct record *record)
{
	struct gathered aliases = {0};
	enum status status;

	status = t->store->aliases(
		t->store->self, t->number, record->id, gather, &aliases);
	for (uint32_t i = 0; status == STATUS_OK && i < aliases.count; i++)
		status = mark_again(t, aliases.list[i].type, aliases.list[i].id,
			aliases.list[i].id_size);
	free(aliases.list);
	return status;
}

/* Marks what is shown anew because this record was changed. */
static enum status
mark_around(struct territory *t, struct cached *cached)
{
	struct record *record = &cached->record;
	enum status status = STATUS_OK;
	uint32_t before = cached->parent_count;

	cached->dirty = false;
	if (merge_wants_outside(record))
		cached->again = true;
	/* Those it showed before, and those it shows now. */
	merge_parents(t->store->schema, record, parent_found, cached);
	for (uint32_t i = 0; status == STATUS_OK && i < cached->parent_count;
		i++)
		status = mark_again(t, cached->parents[i].type,
			cached->parents[i].id, ID_BYTES);
	if (status == STATUS_OK && t->account && record->type == t->account)
		status = mark_aliases(t, record);
	/* From here on it shows the latter. */
	cached->parent_count -= before;
	if (before && cached->parent_count)
		memmove(cached->parents, cached->parents + before,
			cached->parent_count * sizeof *cached->parents);
	return status;
}

enum status
batch_flush(struct territory *t)
{
	struct batch *batch = &t->batch;
	enum status status = STATUS_OK;
	uint32_t count = batch->count;

	for (uint32_t i = 0; status == STATUS_OK && i < count; i++)
		if (batch->list[i]->dirty)
			status = write_row(t, batch->list[i]);
	/* This may load more of them: the list grows. */
	for (uint32_t i = 0; status == STATUS_OK && i < count; i++)
		if (batch->list[i]->dirty)
			status = mark_around(t, batch->list[i]);
	for (uint32_t i = 0; status == STATUS_OK && i < batch->count; i++)
		if (batch->list[i]->again)
			status = write_again(t, batch->list[i]);
	return status;
}
