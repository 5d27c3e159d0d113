#include "sync/merge.h"

#include <assert.h>
#include <string.h>

/* The canonical bytes of the two booleans. */
enum { PACKED_FALSE = 0xc2, PACKED_TRUE = 0xc3 };

static bool
is_bool(struct pack_view value, uint8_t byte)
{
	return value.size == 1 && value.bytes[0] == byte;
}

static bool
values_equal(struct pack_view a, struct pack_view b)
{
	return a.size == b.size &&
		(a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

static enum schema_kind
register_kind(enum operation_kind kind)
{
	switch (kind) {
	case OPERATION_PUT:
		return KIND_PUT;
	case OPERATION_INIT:
		return KIND_ONCE;
	case OPERATION_ADD:
	case OPERATION_DEL:
		break;
	}
	return KIND_SET;
}

static void
past_add(struct record *record, struct reg *reg, const struct past_write *write)
{
	if (reg->past_count == reg->past_room) {
		uint32_t room = reg->past_room ? reg->past_room * 2 : 2;
		struct past_write *larger =
			arena_take(&record->arena, room * sizeof *larger);

		if (reg->past_count)
			memcpy(larger, reg->past,
				reg->past_count * sizeof *larger);
		reg->past = larger;
		reg->past_room = room;
	}
	reg->past[reg->past_count++] = *write;
}

/*
 * Whether the earlier writes at these indexes, less those that another of
 * them covers, hold exactly one value (R11).
 */
static bool
tips_agree(struct record *record, const struct reg *reg,
	const uint32_t *indexes, uint32_t count)
{
	bool *covered = arena_take(&record->arena, reg->past_count);
	const struct past_write *tip = NULL;

	for (uint32_t i = 0; i < count; i++) {
		const struct past_write *write = &reg->past[indexes[i]];

		for (uint32_t k = 0; k < write->covered_count; k++)
			covered[write->covered[k]] = true;
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct past_write *write = &reg->past[indexes[i]];

		if (covered[indexes[i]])
			continue;
		if (tip && !values_equal(tip->value, write->value))
			return false;
		tip = write;
	}
	return tip != NULL;
}

/* The first write stood alone until now and was not written down. */
static void
past_begin(struct record *record, struct reg *reg)
{
	const struct version *first = &reg->versions[0];

	past_add(record, reg,
		&(struct past_write){.log = first->log,
			.seq = first->seq,
			.value = first->value});
}

/*
 * R11: whether an init counts. One that does, beside others, is entered in the
 * register's past.
 */
static bool
init_counts(struct record *record, struct reg *reg,
	const struct merge_change *change, const struct operation *operation)
{
	uint32_t *covered, count = 0;

	if (reg->past_count == 0) {
		if (reg->version_count == 0)
			return true;
		assert(reg->version_count == 1);
		past_begin(record, reg);
	}
	covered = arena_take(&record->arena, reg->past_count * sizeof *covered);
	for (uint32_t i = 0; i < reg->past_count; i++)
		if (knowledge_covers(&change->knowledge, reg->past[i].log,
			    reg->past[i].seq))
			covered[count++] = i;
	if (tips_agree(record, reg, covered, count)) {
		if (reg->past_count == 1)
			reg->past_count = 0; /* it still stands alone */
		return false;
	}
	past_add(record, reg,
		&(struct past_write){.log = change->log,
			.seq = change->seq,
			.value = {arena_copy(&record->arena,
					  operation->value.bytes,
					  operation->value.size),
				operation->value.size},
			.covered = covered,
			.covered_count = count});
	return true;
}

/* R4: what the author knew of this register is superseded. */
static void
drop_covered(struct reg *reg, const struct knowledge *knowledge)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < reg->version_count; i++) {
		const struct version *version = &reg->versions[i];

		if (!knowledge_covers(knowledge, version->log, version->seq))
			reg->versions[kept++] = *version;
	}
	reg->version_count = kept;
}

bool
merge_operation(struct record *record, const struct merge_change *change,
	const struct operation *operation)
{
	enum schema_kind kind = register_kind(operation->kind);
	struct version version = {.log = change->log,
		.seq = change->seq,
		.time = operation->time,
		.value = operation->value};
	struct reg *reg;

	if (change->rank < schema_rank(operation->field))
		return false;
	if (operation->kind == OPERATION_DEL) {
		reg = record_find(
			record, operation->field, kind, operation->value);
		if (reg)
			drop_covered(reg, &change->knowledge);
		return true;
	}
	reg = record_reg(record, operation->field, kind, operation->value);
	if (operation->kind == OPERATION_INIT &&
		!init_counts(record, reg, change, operation))
		return false;
	drop_covered(reg, &change->knowledge);
	/* What a mark had seen decides what it holds against (R12). */
	if (kind == KIND_PUT && is_bool(operation->value, PACKED_TRUE) &&
		schema_is_mark(record->type, operation->field))
		version.knowledge = &change->knowledge;
	(void)reg_add(record, reg, &version);
	return true;
}

/* How the versions of one register are ordered. */
struct ordering {
	const struct merge_logs *logs;
	enum schema_order order;
	const struct schema_codes *codes;
	bool mark;
	bool least; /* write-once: the earliest is shown */
};

/* The declared rank of a value; -1 for one that this schema does not know. */
static int64_t
value_rank(const struct schema_codes *codes, struct pack_view value)
{
	struct unpack unpack;
	struct pack_item item;

	unpack_init(&unpack, value.bytes, value.size);
	if (!unpack_item(&unpack, &item))
		return -1;
	if (item.kind == PACK_BOOL && codes->count == 0)
		return item.boolean ? 1 : 0;
	if (item.kind != PACK_TEXT)
		return -1;
	for (size_t i = 0; i < codes->count; i++)
		if (strlen(codes->list[i].code) == item.size &&
			memcmp(codes->list[i].code, item.bytes, item.size) == 0)
			return (int64_t)i;
	return -1;
}

/* What counts before the time does. */
static int64_t
version_rank(const struct ordering *ordering, const struct version *version)
{
	if (ordering->mark)
		return is_bool(version->value, PACKED_FALSE) ? 1 : 0;
	switch (ordering->order) {
	case ORDER_HIGHEST:
		return value_rank(ordering->codes, version->value);
	case ORDER_SENIOR:
		return ordering->logs->list[version->log].rank;
	case ORDER_LATEST:
	case ORDER_ASK:
		break;
	}
	return 0;
}

/* By (time, log, seq), which is total (R6). */
static int
version_compare(const struct merge_logs *logs, const struct version *a,
	const struct version *b)
{
	int order;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	order = a->log == b->log ? 0
				 : memcmp(logs->list[a->log].id,
					   logs->list[b->log].id, LOG_BYTES);
	if (order)
		return order;
	return (a->seq > b->seq) - (a->seq < b->seq);
}

static bool
version_better(const struct ordering *ordering, const struct version *a,
	const struct version *b)
{
	int64_t rank_a = version_rank(ordering, a);
	int64_t rank_b = version_rank(ordering, b);
	int order;

	if (rank_a != rank_b)
		return rank_a > rank_b;
	order = version_compare(ordering->logs, a, b);
	return ordering->least ? order < 0 : order > 0;
}

/* Moves the version at `root` down until none below it is worse. */
static void
heap_sift(const struct ordering *ordering, struct version *list, uint32_t root,
	uint32_t count)
{
	for (uint32_t child; (child = root * 2 + 1) < count; root = child) {
		struct version moved = list[root];

		if (child + 1 < count &&
			version_better(
				ordering, &list[child], &list[child + 1]))
			child++;
		if (!version_better(ordering, &moved, &list[child]))
			return;
		list[root] = list[child];
		list[child] = moved;
	}
}

/* Best first. A heap: no memory, and no peer makes it slow. */
static void
versions_sort(
	const struct ordering *ordering, struct version *list, uint32_t count)
{
	for (uint32_t i = count / 2; i-- > 0;)
		heap_sift(ordering, list, i, count);
	for (uint32_t i = count; i-- > 1;) {
		struct version worst = list[0];

		list[0] = list[i];
		list[i] = worst;
		heap_sift(ordering, list, 0, i);
	}
}

void
merge_sort(const struct schema_type *type, uint32_t type_number,
	const struct merge_logs *logs, struct reg *reg)
{
	struct ordering ordering = {
		.logs = logs,
		.order = ORDER_LATEST,
		.least = reg->kind == KIND_ONCE,
	};
	const struct schema_field *field;

	if (reg->version_count < 2)
		return;
	field = type ? schema_field(type, reg->field) : NULL;
	if (reg->kind == KIND_PUT) {
		ordering.mark = schema_is_mark(type_number, reg->field);
		if (field && field->kind == KIND_PUT) {
			ordering.order = field->order;
			ordering.codes = &field->codes;
		}
	}
	versions_sort(&ordering, reg->versions, reg->version_count);
}

void
merge_sort_record(const struct schema *schema, const struct merge_logs *logs,
	struct record *record)
{
	const struct schema_type *type = schema_type(schema, record->type);

	for (uint32_t i = 0; i < record->reg_count; i++)
		merge_sort(type, record->type, logs, &record->regs[i]);
}
