#include "sync/record.h"

#include <assert.h>
#include <string.h>

enum { REGS_FIRST = 8, VERSIONS_FIRST = 1 };

/* Whether one of the ranges, ascending and apart, holds (log, seq). */
static bool
ranges_hold(const struct knowledge *knowledge, uint32_t log, int64_t seq)
{
	uint32_t low = 0, high = knowledge->unseen_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct unseen_range *range = &knowledge->unseen[middle];

		if (range->log < log ||
			(range->log == log && range->last < seq))
			low = middle + 1;
		else
			high = middle;
	}
	return low < knowledge->unseen_count &&
		knowledge->unseen[low].log == log &&
		knowledge->unseen[low].first <= seq;
}

bool
knowledge_covers(const struct knowledge *knowledge, uint32_t log, int64_t seq)
{
	if (log >= knowledge->seen_count || knowledge->seen[log] < seq)
		return false;
	return knowledge->unseen_count == 0 ||
		!ranges_hold(knowledge, log, seq);
}

void
record_reset(
	struct record *record, uint32_t type, const uint8_t *id, size_t id_size)
{
	struct arena arena = record->arena;
	uint8_t copy[RECORD_ID_MAX] = {0};

	assert(id_size <= RECORD_ID_MAX);
	/* The id may lie in the record that is emptied here. */
	memcpy(copy, id, id_size);
	arena_reset(&arena);
	memset(record, 0, sizeof *record);
	record->type = type;
	memcpy(record->id, copy, sizeof copy);
	record->id_size = (uint32_t)id_size;
	record->arena = arena;
}

void
record_clear(struct record *record)
{
	arena_clear(&record->arena);
	memset(record, 0, sizeof *record);
}

static int
element_compare(struct pack_view a, struct pack_view b)
{
	size_t size = a.size < b.size ? a.size : b.size;
	int order = size ? memcmp(a.bytes, b.bytes, size) : 0;

	return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int
reg_compare(const struct reg *reg, uint32_t field, enum schema_kind kind,
	struct pack_view element)
{
	if (reg->field != field)
		return reg->field < field ? -1 : 1;
	if (reg->kind != kind)
		return reg->kind < kind ? -1 : 1;
	return kind == KIND_SET ? element_compare(reg->element, element) : 0;
}

/* Where the register is, or would be put. */
static uint32_t
reg_index(const struct record *record, uint32_t field, enum schema_kind kind,
	struct pack_view element, bool *there)
{
	uint32_t low = 0, high = record->reg_count;

	*there = false;
	/* Operations ascend, so what they make comes behind the last one. */
	if (high &&
		reg_compare(&record->regs[high - 1], field, kind, element) < 0)
		return high;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = reg_compare(
			&record->regs[middle], field, kind, element);

		if (order == 0) {
			*there = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct reg *
record_find(const struct record *record, uint32_t field, enum schema_kind kind,
	struct pack_view element)
{
	bool there;
	uint32_t index = reg_index(record, field, kind, element, &there);

	return there ? &record->regs[index] : NULL;
}

/* A list in the arena that holds one more; its old place is given up. */
static void *
grown(struct arena *arena, const void *list, uint32_t count, uint32_t *room,
	uint32_t first, size_t size)
{
	void *larger;

	*room = *room ? *room * 2 : first;
	larger = arena_take(arena, *room * size);
	if (count)
		memcpy(larger, list, count * size);
	return larger;
}

static struct pack_view
view_copy(struct arena *arena, struct pack_view view)
{
	return (struct pack_view){
		arena_copy(arena, view.bytes, view.size), view.size};
}

struct reg *
record_reg(struct record *record, uint32_t field, enum schema_kind kind,
	struct pack_view element)
{
	bool there;
	uint32_t index = reg_index(record, field, kind, element, &there);
	struct reg *reg;

	if (there)
		return &record->regs[index];
	if (record->reg_count == record->reg_room)
		record->regs = grown(&record->arena, record->regs,
			record->reg_count, &record->reg_room, REGS_FIRST,
			sizeof *record->regs);
	reg = &record->regs[index];
	memmove(reg + 1, reg, (record->reg_count - index) * sizeof *reg);
	record->reg_count++;
	memset(reg, 0, sizeof *reg);
	reg->field = field;
	reg->kind = kind;
	if (kind == KIND_SET)
		reg->element = view_copy(&record->arena, element);
	return reg;
}

static const struct knowledge *
knowledge_copy(struct arena *arena, const struct knowledge *knowledge)
{
	struct knowledge *copy = arena_take(arena, sizeof *copy);

	*copy = *knowledge;
	copy->seen = arena_copy(arena, knowledge->seen,
		knowledge->seen_count * sizeof *knowledge->seen);
	copy->unseen = arena_copy(arena, knowledge->unseen,
		knowledge->unseen_count * sizeof *knowledge->unseen);
	return copy;
}

struct version *
reg_add(struct record *record, struct reg *reg, const struct version *version)
{
	struct version *added;

	if (reg->version_count == reg->version_room)
		reg->versions = grown(&record->arena, reg->versions,
			reg->version_count, &reg->version_room, VERSIONS_FIRST,
			sizeof *reg->versions);
	added = &reg->versions[reg->version_count++];
	*added = *version;
	/* An element is kept once, with its register. */
	added->value = reg->kind == KIND_SET
		? reg->element
		: view_copy(&record->arena, version->value);
	if (version->knowledge)
		added->knowledge =
			knowledge_copy(&record->arena, version->knowledge);
	return added;
}

bool
record_exists(const struct record *record)
{
	for (uint32_t i = 0; i < record->reg_count; i++)
		if (record->regs[i].version_count)
			return true;
	return false;
}
