#include "client/store/versions.h"

#include <string.h>

/* The blob's first byte: the form's number, and whether the inbox has rows. */
enum { FORM = 1, FORM_MASK = 0x7f, INBOX = 0x80 };

/* Where a version's value stands; the low bits of its first byte. */
enum {
	AT_INLINE = 0,
	AT_COLUMNS = 1, /* the first version only */
	AT_ELEMENT = 2, /* a set's: equal to the element */
	AT_EMPTY = 3,   /* no bytes at all */
	AT_MASK = 3,
	OWN_DOT = 4, /* not the row's default */
	KNOWING = 8, /* the author's knowledge follows */
	VERSION_MASK = 15,
};

struct stamp {
	uint32_t log;
	int64_t seq;
	int64_t time;
};

static struct stamp
stamp_of(const struct version *version)
{
	return (struct stamp){version->log, version->seq, version->time};
}

static bool
stamps_equal(const struct stamp *a, const struct stamp *b)
{
	return a->log == b->log && a->seq == b->seq && a->time == b->time;
}

static bool
views_equal(struct pack_view a, struct pack_view b)
{
	return a.size == b.size &&
		(a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

static bool
reg_any(const struct reg *reg)
{
	return reg->version_count || reg->past_count;
}

bool
versions_any(const struct record *record)
{
	for (uint32_t i = 0; i < record->reg_count; i++)
		if (reg_any(&record->regs[i]))
			return true;
	return false;
}

/* Whether the register says no more than a column and a stamp do. */
static bool
reg_plain(const struct reg *reg, bool in_columns)
{
	return in_columns && reg->version_count == 1 && !reg->past_count &&
		!reg->versions[0].knowledge;
}

/* The stamp that the most registers of one version have. */
static struct stamp
commonest_stamp(const struct record *record)
{
	struct stamp best = {0};
	uint32_t best_count = 0;

	for (uint32_t i = 0; i < record->reg_count; i++) {
		struct stamp stamp;
		uint32_t count = 0;

		if (record->regs[i].version_count == 0)
			continue;
		stamp = stamp_of(&record->regs[i].versions[0]);
		if (best_count && stamps_equal(&stamp, &best))
			continue;
		for (uint32_t k = i; k < record->reg_count; k++) {
			const struct reg *reg = &record->regs[k];

			if (reg->version_count == 1 &&
				stamp_of(&reg->versions[0]).seq == stamp.seq &&
				reg->versions[0].log == stamp.log &&
				reg->versions[0].time == stamp.time)
				count++;
		}
		if (count > best_count || best_count == 0) {
			best = stamp;
			best_count = count ? count : 1;
		}
		if (best_count * 2 >= record->reg_count)
			break;
	}
	return best;
}

static void
put_knowledge(struct buffer *out, const struct knowledge *knowledge)
{
	buffer_varint(out, knowledge->seen_count);
	for (uint32_t i = 0; i < knowledge->seen_count; i++)
		buffer_varint(out, (uint64_t)knowledge->seen[i]);
	buffer_varint(out, knowledge->unseen_count);
	for (uint32_t i = 0; i < knowledge->unseen_count; i++) {
		buffer_varint(out, knowledge->unseen[i].log);
		buffer_varint(out, (uint64_t)knowledge->unseen[i].first);
		buffer_varint(out, (uint64_t)knowledge->unseen[i].last);
	}
}

static void
put_version(struct buffer *out, const struct reg *reg,
	const struct version *version, const struct stamp *common,
	bool in_columns)
{
	struct stamp stamp = stamp_of(version);
	bool own = !stamps_equal(&stamp, common);
	unsigned at = AT_INLINE;

	if (in_columns)
		at = AT_COLUMNS;
	else if (version->value.size == 0)
		at = AT_EMPTY;
	else if (reg->kind == KIND_SET &&
		views_equal(version->value, reg->element))
		at = AT_ELEMENT;
	buffer_byte(out,
		(uint8_t)(at | (own ? OWN_DOT : 0u) |
			(version->knowledge ? KNOWING : 0u)));
	if (own) {
		buffer_varint(out, stamp.log);
		buffer_varint(out, (uint64_t)stamp.seq);
		buffer_signed(out,
			(int64_t)((uint64_t)stamp.time -
				(uint64_t)common->time));
	}
	if (at == AT_INLINE)
		buffer_bytes(out, version->value.bytes, version->value.size);
	if (version->knowledge)
		put_knowledge(out, version->knowledge);
}

/* A write's value is most often a live version's too: then its index + 1. */
static void
put_past(struct buffer *out, const struct reg *reg,
	const struct past_write *past)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < reg->version_count && !at; i++)
		if (views_equal(reg->versions[i].value, past->value))
			at = i + 1;
	buffer_varint(out, past->log);
	buffer_varint(out, (uint64_t)past->seq);
	buffer_varint(out, at);
	if (!at)
		buffer_bytes(out, past->value.bytes, past->value.size);
	buffer_varint(out, past->covered_count);
	for (uint32_t i = 0; i < past->covered_count; i++)
		buffer_varint(out, past->covered[i]);
}

static void
put_reg(struct buffer *out, const struct reg *reg, const struct stamp *common,
	bool in_columns)
{
	buffer_varint(out, (uint64_t)reg->field * 4 + (uint64_t)reg->kind);
	if (reg->kind == KIND_SET)
		buffer_bytes(out, reg->element.bytes, reg->element.size);
	buffer_varint(out,
		(uint64_t)reg->version_count * 2 + (reg->past_count ? 1 : 0));
	for (uint32_t i = 0; i < reg->version_count; i++)
		put_version(out, reg, &reg->versions[i], common,
			in_columns && i == 0);
	if (!reg->past_count)
		return;
	buffer_varint(out, reg->past_count);
	for (uint32_t i = 0; i < reg->past_count; i++)
		put_past(out, reg, &reg->past[i]);
}

void
versions_encode(struct buffer *out, const struct record *record,
	const bool *in_columns, bool inbox)
{
	struct stamp common = commonest_stamp(record);

	buffer_byte(out, (uint8_t)(FORM | (inbox ? INBOX : 0)));
	buffer_varint(out, common.log);
	buffer_varint(out, (uint64_t)common.seq);
	buffer_signed(out, common.time);
	for (uint32_t i = 0; i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];
		struct stamp stamp;

		if (!reg_any(reg))
			continue;
		if (reg_plain(reg, in_columns[i])) {
			stamp = stamp_of(&reg->versions[0]);
			if (stamps_equal(&stamp, &common))
				continue;
		}
		put_reg(out, reg, &common, in_columns[i]);
	}
}

/* What decoding needs at hand. */
struct decoding {
	struct reader reader;
	struct record *record;
	struct stamp common;
	const struct versions_column *column; /* the next one */
	const struct versions_column *column_end;
};

static uint32_t
get_log(struct reader *reader)
{
	return (uint32_t)reader_varint(reader, UINT32_MAX);
}

static int64_t
get_seq(struct reader *reader)
{
	return (int64_t)reader_varint(reader, INT64_MAX);
}

static const struct knowledge *
get_knowledge(struct decoding *d)
{
	struct arena *arena = &d->record->arena;
	struct knowledge *knowledge = arena_take(arena, sizeof *knowledge);
	struct unseen_range *unseen;
	int64_t *seen;

	knowledge->seen_count = (uint32_t)reader_count(&d->reader);
	seen = arena_take(arena, knowledge->seen_count * sizeof *seen);
	for (uint32_t i = 0; i < knowledge->seen_count; i++)
		seen[i] = get_seq(&d->reader);
	knowledge->seen = seen;
	knowledge->unseen_count = (uint32_t)reader_count(&d->reader);
	unseen = arena_take(arena, knowledge->unseen_count * sizeof *unseen);
	for (uint32_t i = 0; i < knowledge->unseen_count; i++) {
		unseen[i].log = get_log(&d->reader);
		unseen[i].first = get_seq(&d->reader);
		unseen[i].last = get_seq(&d->reader);
	}
	knowledge->unseen = unseen;
	return knowledge;
}

/* `column` is the value in the columns for the first version, else NULL. */
static void
get_version(struct decoding *d, const struct reg *reg, struct version *version,
	const struct versions_column *column)
{
	unsigned head = reader_byte(&d->reader);
	unsigned at = head & AT_MASK;
	struct stamp stamp = d->common;

	if (head & ~(unsigned)VERSION_MASK)
		d->reader.failed = true;
	if (head & OWN_DOT) {
		stamp.log = get_log(&d->reader);
		stamp.seq = get_seq(&d->reader);
		stamp.time = (int64_t)((uint64_t)stamp.time +
			(uint64_t)reader_signed(&d->reader));
	}
	*version = (struct version){
		.log = stamp.log, .seq = stamp.seq, .time = stamp.time};
	if (at == AT_INLINE)
		version->value = reader_value(&d->reader);
	else if (at == AT_ELEMENT && reg->kind == KIND_SET)
		version->value = reg->element;
	else if (at == AT_ELEMENT)
		d->reader.failed = true;
	/* A value in the columns is taken up by its register, or by none. */
	if ((at == AT_COLUMNS) != (column != NULL))
		d->reader.failed = true;
	else if (column)
		version->value = column->value;
	if (head & KNOWING)
		version->knowledge = get_knowledge(d);
}

static void
get_past(struct decoding *d, const struct reg *reg, uint32_t index)
{
	struct past_write *past = &reg->past[index];
	uint32_t *covered;
	uint32_t at;

	past->log = get_log(&d->reader);
	past->seq = get_seq(&d->reader);
	at = (uint32_t)reader_varint(&d->reader, reg->version_count);
	past->value =
		at ? reg->versions[at - 1].value : reader_value(&d->reader);
	past->covered_count = (uint32_t)reader_count(&d->reader);
	covered = arena_take(
		&d->record->arena, past->covered_count * sizeof *covered);
	for (uint32_t i = 0; i < past->covered_count; i++) {
		covered[i] = (uint32_t)reader_varint(&d->reader, UINT32_MAX);
		if (covered[i] >= index || (i && covered[i] <= covered[i - 1]))
			d->reader.failed = true;
	}
	past->covered = covered;
}

/* A register at the end of the list; the caller sees to the order. */
static struct reg *
append_reg(struct record *record)
{
	if (record->reg_count == record->reg_room) {
		uint32_t room = record->reg_room * 2 + 8;
		struct reg *regs =
			arena_take(&record->arena, room * sizeof *regs);

		if (record->reg_count)
			memcpy(regs, record->regs,
				record->reg_count * sizeof *regs);
		record->regs = regs;
		record->reg_room = room;
	}
	return &record->regs[record->reg_count++];
}

/* The registers that only stand in columns, up to (field, kind). */
static void
take_columns(struct decoding *d, uint64_t head)
{
	for (; d->column < d->column_end; d->column++) {
		struct reg *reg;

		if ((uint64_t)d->column->field * 4 + d->column->kind >= head)
			return;
		reg = append_reg(d->record);
		*reg = (struct reg){.field = d->column->field,
			.kind = d->column->kind,
			.version_count = 1,
			.version_room = 1};
		reg->versions =
			arena_take(&d->record->arena, sizeof *reg->versions);
		reg->versions[0] = (struct version){.log = d->common.log,
			.seq = d->common.seq,
			.time = d->common.time,
			.value = d->column->value};
	}
}

/* Whether `reg`, of the same field and kind as the one before, may follow. */
static bool
may_follow(const struct reg *before, const struct reg *reg)
{
	struct pack_view a = before->element, b = reg->element;
	size_t size = a.size < b.size ? a.size : b.size;
	int order;

	if (reg->kind != KIND_SET || !size)
		return false;
	order = memcmp(a.bytes, b.bytes, size);
	return order < 0 || (order == 0 && a.size < b.size);
}

static void
get_reg(struct decoding *d, uint64_t head, uint64_t before)
{
	const struct versions_column *column = NULL;
	struct reg reg = {.field = (uint32_t)(head / 4),
		.kind = (enum schema_kind)(head % 4)};
	uint64_t counts;

	if (head % 4 > KIND_SET || head < before) {
		d->reader.failed = true;
		return;
	}
	take_columns(d, head);
	if (d->column < d->column_end &&
		(uint64_t)d->column->field * 4 + d->column->kind == head)
		column = d->column++;
	if (reg.kind == KIND_SET)
		reg.element = reader_value(&d->reader);
	if (d->record->reg_count && head == before &&
		!may_follow(&d->record->regs[d->record->reg_count - 1], &reg))
		d->reader.failed = true;
	counts = reader_varint(&d->reader, reader_left(&d->reader) * 2 + 1);
	if (counts == 0 || (counts < 2 && column))
		d->reader.failed = true;
	if (d->reader.failed)
		return;
	reg.version_count = reg.version_room = (uint32_t)(counts / 2);
	reg.versions = arena_take(
		&d->record->arena, reg.version_count * sizeof *reg.versions);
	for (uint32_t i = 0; i < reg.version_count; i++)
		get_version(d, &reg, &reg.versions[i], i ? NULL : column);
	if (counts & 1) {
		reg.past_count = (uint32_t)reader_count(&d->reader);
		reg.past_room = reg.past_count;
		reg.past = arena_take(
			&d->record->arena, reg.past_count * sizeof *reg.past);
		for (uint32_t i = 0; i < reg.past_count; i++)
			get_past(d, &reg, i);
		if (!reg.past_count)
			d->reader.failed = true;
	}
	*append_reg(d->record) = reg;
}

bool
versions_decode(struct record *record, const uint8_t *bytes, size_t size,
	const struct versions_column *columns, size_t column_count, bool *inbox)
{
	struct decoding d = {.record = record,
		.column = columns,
		.column_end = column_count ? columns + column_count : columns};
	uint64_t before = 0;
	uint8_t first;

	if (size == 0)
		return false;
	d.reader = (struct reader){.at = bytes, .end = bytes + size};
	first = reader_byte(&d.reader);
	d.common.log = get_log(&d.reader);
	d.common.seq = get_seq(&d.reader);
	d.common.time = reader_signed(&d.reader);
	if ((first & FORM_MASK) != FORM)
		return false;
	while (!d.reader.failed && d.reader.at < d.reader.end) {
		uint64_t head =
			reader_varint(&d.reader, (uint64_t)UINT32_MAX * 4 + 3);

		if (!d.reader.failed)
			get_reg(&d, head, before);
		before = head;
	}
	take_columns(&d, UINT64_MAX);
	*inbox = (first & INBOX) != 0;
	return !d.reader.failed;
}
