/* proto/change: reads back what was written, and refuses a second way. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/schema.h"
#include "tests/proto/examples.h"

enum { ROOM = 1 << 20, NOON = 1000000 };

static uint8_t room[ROOM];

static int
setup(void **state)
{
	(void)state;
	return sodium_init() < 0;
}

/* Decodes an exact-size copy, so that a sanitizer sees a read past the end. */
static enum status
decode(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = test_malloc(size ? size : 1);
	struct unpack unpack;
	struct change change;
	enum status status;

	if (size)
		memcpy(copy, bytes, size);
	unpack_init(&unpack, copy, size);
	status = change_decode(&change, &unpack);
	if (status == STATUS_OK && !unpack_done(&unpack))
		status = STATUS_AGAIN; /* bytes are left over */
	test_free(copy);
	return status;
}

static struct pack
begin(void)
{
	struct pack pack;

	pack_init(&pack, room, sizeof room);
	return pack;
}

static void
assert_decodes(const struct pack *pack, enum status status)
{
	assert_false(pack->overflow);
	assert_int_equal(decode(pack->out, pack->size), status);
}

/* A change by hand, up to where its records follow. */
static struct pack
begin_records(uint32_t records)
{
	struct pack pack = begin();

	pack_array(&pack, 5 + records);
	pack_integer(&pack, NOON);
	pack_integer(&pack, 0);
	pack_array(&pack, 0);
	pack_array(&pack, 0);
	pack_map(&pack, 0);
	return pack;
}

static void
record(struct pack *pack, uint32_t type, uint8_t id, uint32_t items)
{
	pack_array(pack, 2 + items);
	pack_integer(pack, type);
	pack_bytes(pack, example_id(id), ID_BYTES);
}

static int64_t
key(uint32_t field, enum operation_kind kind)
{
	return (int64_t)field * 4 + kind;
}

static void
put(struct pack *pack, int64_t k, int64_t value)
{
	pack_integer(pack, k);
	pack_integer(pack, value);
}

/* Whether a change of one record with these two operations is taken. */
static enum status
decode_pair(int64_t first, int64_t value, int64_t second, int64_t other)
{
	struct pack pack = begin_records(1);

	record(&pack, 10, 1, 4);
	put(&pack, first, value);
	put(&pack, second, other);
	return decode(pack.out, pack.size);
}

static enum status
decode_records(uint32_t type, uint8_t id, uint32_t other_type, uint8_t other)
{
	struct pack pack = begin_records(2);

	record(&pack, type, id, 2);
	put(&pack, key(9, OPERATION_PUT), 1);
	record(&pack, other_type, other, 2);
	put(&pack, key(10, OPERATION_PUT), 1);
	return decode(pack.out, pack.size);
}

static void
reads_back_what_was_written(void **state)
{
	const uint8_t *log;
	int64_t seq, first, last;
	struct change_cursor seen = {0}, unseen = {0};
	struct change_walk walk = {0};
	struct pack pack = begin();
	struct unpack unpack;
	struct operation o;
	struct change c;
	int count = 0;

	(void)state;
	example_change(&pack);
	assert_false(pack.overflow);
	unpack_init(&unpack, pack.out, pack.size);
	assert_int_equal(change_decode(&c, &unpack), STATUS_OK);
	assert_true(unpack_done(&unpack));

	assert_true(c.at == 1795305600000 && c.offset == 480);
	assert_memory_equal(c.origin_log, example_id(0x23), LOG_BYTES);
	assert_int_equal(c.origin_seq, 17);
	assert_memory_equal(c.ordered_by, example_id(0x40), ID_BYTES);
	assert_int_equal(c.told_ms, 1795305540000);
	assert_int_equal(c.record_count, 3);
	assert_ptr_equal(c.whole.bytes, pack.out);
	assert_int_equal(c.whole.size, pack.size);

	assert_true(change_next_seen(&c, &seen, &log, &seq));
	assert_true(log[0] == 0x21 && seq == 5);
	assert_true(change_next_seen(&c, &seen, &log, &seq));
	assert_true(log[0] == 0x22 && seq == 300);
	assert_false(change_next_seen(&c, &seen, &log, &seq));

	assert_true(change_next_unseen(&c, &unseen, &log, &first, &last));
	assert_true(log[0] == 0x20 && first == 2 && last == 2);
	assert_true(change_next_unseen(&c, &unseen, &log, &first, &last));
	assert_true(change_next_unseen(&c, &unseen, &log, &first, &last));
	assert_true(log[0] == 0x21 && first == 5 && last == 5);
	assert_false(change_next_unseen(&c, &unseen, &log, &first, &last));

	while (change_next_operation(&c, &walk, &o)) {
		if (count == 0)
			assert_int_equal(o.id_size, RECORD_ID_MAX);
		if (count == 2)
			assert_true(o.field == 13 && o.time == c.at + 1 &&
				o.value.size == 1 && *o.value.bytes == 0xc0);
		if (count == 4)
			assert_int_equal(o.kind, OPERATION_DEL);
		if (count == 5)
			assert_true(o.type == 12 && o.id[0] == 0x30 &&
				o.kind == OPERATION_INIT &&
				o.time == c.at - 86400000);
		count++;
	}
	assert_int_equal(count, 6);
	assert_false(change_next_operation(&c, &walk, &o));
}

static void
reads_a_change_that_only_says_what_it_knew(void **state)
{
	struct pack pack = begin_records(0);

	(void)state;
	assert_decodes(&pack, STATUS_OK);
}

static void
goes_past_one_change_and_stands_before_the_next(void **state)
{
	struct pack pack = begin();
	struct unpack unpack;
	struct change c;

	(void)state;
	example_changes(&pack);
	unpack_init(&unpack, pack.out, pack.size);
	for (int i = 0; i < EXAMPLE_CHANGES; i++)
		assert_int_equal(change_decode(&c, &unpack), STATUS_OK);
	assert_true(unpack_done(&unpack));
	assert_int_equal(change_decode(&c, &unpack), STATUS_MALFORMED);
}

static void
refuses_every_cut(void **state)
{
	struct pack pack = begin();

	(void)state;
	example_change(&pack);
	for (size_t size = 0; size < pack.size; size++)
		assert_int_equal(decode(pack.out, size), STATUS_MALFORMED);
}

/* Encodes what was decoded and compares: there is no second way to say it. */
static void
assert_same_again(const uint8_t *bytes, size_t size)
{
	struct seen_entry seen[8];
	struct unseen_entry unseen[8];
	struct operation operations[16];
	struct change_cursor at_seen = {0}, at_unseen = {0};
	struct change_walk walk = {0};
	struct change_draft draft = {
		.seen = seen, .unseen = unseen, .operations = operations};
	uint8_t again[EXAMPLE_ROOM];
	struct unpack unpack;
	struct pack pack;
	struct change c;

	unpack_init(&unpack, bytes, size);
	assert_int_equal(change_decode(&c, &unpack), STATUS_OK);
	draft.at = c.at;
	draft.offset = c.offset;
	draft.origin_log = c.origin_log;
	draft.origin_seq = c.origin_seq;
	draft.ordered_by = c.ordered_by;
	draft.told_ms = c.told_ms;
	for (struct seen_entry *e = seen;
		change_next_seen(&c, &at_seen, &e->log, &e->seq); e++)
		draft.seen_count++;
	for (struct unseen_entry *e = unseen; change_next_unseen(
		     &c, &at_unseen, &e->log, &e->first, &e->last);
		e++)
		draft.unseen_count++;
	while (change_next_operation(
		&c, &walk, &operations[draft.operation_count]))
		draft.operation_count++;
	pack_init(&pack, again, sizeof again);
	change_encode(&pack, &draft);
	assert_int_equal(pack.size, size);
	assert_memory_equal(again, bytes, size);
}

static void
reads_every_flipped_bit_as_another_change_or_not_at_all(void **state)
{
	struct pack pack = begin();

	(void)state;
	example_change(&pack);
	assert_same_again(pack.out, pack.size);
	for (size_t bit = 0; bit < pack.size * 8; bit++) {
		room[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (decode(room, pack.size) == STATUS_OK) {
			struct unpack unpack;
			struct change c;

			unpack_init(&unpack, room, pack.size);
			assert_int_equal(change_decode(&c, &unpack), STATUS_OK);
			/* Unknown keys of `about` are not written again. */
			if (c.origin_log && c.ordered_by && c.told_ms)
				assert_same_again(room, pack.size);
		}
		room[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void
refuses_two_operations_on_one_register(void **state)
{
	(void)state;
	assert_int_equal(
		decode_pair(key(9, OPERATION_PUT), 1, key(9, OPERATION_PUT), 2),
		STATUS_MALFORMED);
	assert_int_equal(decode_pair(key(9, OPERATION_INIT), 1,
				 key(9, OPERATION_INIT), 2),
		STATUS_MALFORMED);
	assert_int_equal(
		decode_pair(key(9, OPERATION_ADD), 1, key(9, OPERATION_ADD), 1),
		STATUS_MALFORMED);
	/* An element is added or taken away, not both. */
	assert_int_equal(
		decode_pair(key(9, OPERATION_ADD), 1, key(9, OPERATION_DEL), 1),
		STATUS_MALFORMED);
	assert_int_equal(
		decode_pair(key(9, OPERATION_DEL), 1, key(9, OPERATION_ADD), 1),
		STATUS_MALFORMED);
	/* The same number as another kind of register is another register. */
	assert_int_equal(decode_pair(key(9, OPERATION_PUT), 1,
				 key(9, OPERATION_INIT), 1),
		STATUS_OK);
	assert_int_equal(decode_pair(key(9, OPERATION_INIT), 1,
				 key(9, OPERATION_ADD), 1),
		STATUS_OK);
	/* Another time does not make another register. */
	assert_int_equal(operation_compare(&(struct operation){.type = 10,
						   .id = example_id(1),
						   .id_size = ID_BYTES,
						   .field = 9,
						   .time = 1},
				 &(struct operation){.type = 10,
					 .id = example_id(1),
					 .id_size = ID_BYTES,
					 .field = 9,
					 .time = 2}),
		0);
}

static void
refuses_operations_out_of_order(void **state)
{
	(void)state;
	assert_int_equal(decode_pair(key(9, OPERATION_PUT), 1,
				 key(10, OPERATION_PUT), 1),
		STATUS_OK);
	assert_int_equal(decode_pair(key(10, OPERATION_PUT), 1,
				 key(9, OPERATION_PUT), 1),
		STATUS_MALFORMED);
	assert_int_equal(decode_pair(key(9, OPERATION_INIT), 1,
				 key(9, OPERATION_PUT), 1),
		STATUS_MALFORMED);
	/* Elements ascend, whether added or taken away. */
	assert_int_equal(
		decode_pair(key(9, OPERATION_DEL), 1, key(9, OPERATION_ADD), 2),
		STATUS_OK);
	assert_int_equal(
		decode_pair(key(9, OPERATION_ADD), 2, key(9, OPERATION_DEL), 1),
		STATUS_MALFORMED);
}

static void
refuses_records_out_of_order_or_in_pieces(void **state)
{
	(void)state;
	assert_int_equal(decode_records(10, 1, 10, 2), STATUS_OK);
	assert_int_equal(decode_records(10, 2, 11, 1), STATUS_OK);
	assert_int_equal(decode_records(10, 2, 10, 1), STATUS_MALFORMED);
	assert_int_equal(decode_records(11, 1, 10, 2), STATUS_MALFORMED);
	assert_int_equal(decode_records(10, 1, 10, 1), STATUS_MALFORMED);
}

static void
refuses_a_record_without_operations(void **state)
{
	struct pack pack = begin_records(1);

	(void)state;
	record(&pack, 10, 1, 0);
	assert_decodes(&pack, STATUS_MALFORMED);
	pack = begin_records(1);
	record(&pack, 10, 1, 1);
	pack_integer(&pack, key(9, OPERATION_PUT));
	assert_decodes(&pack, STATUS_MALFORMED);
}

static void
refuses_numbers_out_of_bounds(void **state)
{
	static const struct {
		int64_t key;
		uint32_t type;
		enum status status;
	} cases[] = {
		{4, 2, STATUS_OK},
		{4 * SCHEMA_NUMBER_MAX + 3, SCHEMA_NUMBER_MAX, STATUS_OK},
		{4, 0, STATUS_MALFORMED},
		{4, SCHEMA_NUMBER_MAX + 1, STATUS_MALFORMED},
		{3, 2, STATUS_MALFORMED},
		{0, 2, STATUS_MALFORMED},
		{4 * SCHEMA_NUMBER_MAX + 4, 2, STATUS_MALFORMED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pack pack = begin_records(1);

		record(&pack, cases[i].type, 1, 2);
		put(&pack, cases[i].key, 1);
		assert_decodes(&pack, cases[i].status);

		/* And with a time of its own. */
		pack = begin_records(1);
		record(&pack, cases[i].type, 1, 3);
		pack_integer(&pack, -cases[i].key - 1);
		pack_integer(&pack, 5);
		pack_nil(&pack);
		assert_decodes(&pack, cases[i].status);
	}
}

static void
refuses_ids_that_do_not_fit_their_type(void **state)
{
	static const struct {
		uint32_t type;
		size_t size;
		uint8_t low, high;
		enum status status;
	} cases[] = {
		{SCHEMA_ALIAS, 32, 1, 2, STATUS_OK},
		{SCHEMA_ALIAS, 32, 2, 1, STATUS_MALFORMED},
		{SCHEMA_ALIAS, 32, 1, 1, STATUS_MALFORMED},
		{SCHEMA_ALIAS, 16, 1, 2, STATUS_MALFORMED},
		{2, 32, 1, 2, STATUS_MALFORMED},
		{2, 15, 1, 2, STATUS_MALFORMED},
		{2, 16, 1, 2, STATUS_OK},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pack pack = begin_records(1);
		uint8_t id[32];

		memset(id, cases[i].low, 16);
		memset(id + 16, cases[i].high, 16);
		pack_array(&pack, 4);
		pack_integer(&pack, cases[i].type);
		pack_bytes(&pack, id, cases[i].size);
		put(&pack, key(5, OPERATION_PUT), 1);
		assert_decodes(&pack, cases[i].status);
	}
}

/* Whether an operation of this time is taken in a change of that `at`. */
static enum status
decode_time(int64_t at, int64_t delta)
{
	struct pack pack = begin();

	pack_array(&pack, 6);
	pack_integer(&pack, at);
	pack_integer(&pack, 0);
	pack_array(&pack, 0);
	pack_array(&pack, 0);
	pack_map(&pack, 0);
	record(&pack, 10, 1, 3);
	pack_integer(&pack, -key(9, OPERATION_PUT) - 1);
	pack_integer(&pack, delta);
	pack_nil(&pack);
	return decode(pack.out, pack.size);
}

static void
keeps_times_within_the_bound_of_merging(void **state)
{
	const int64_t max = CHANGE_TIME_MAX;

	(void)state;
	assert_true(max == 9007199254740991);
	assert_int_equal(decode_time(max, -1), STATUS_OK);
	assert_int_equal(decode_time(max, 1), STATUS_MALFORMED);
	assert_int_equal(decode_time(max - 1, 1), STATUS_OK);
	assert_int_equal(decode_time(max + 1, -1), STATUS_MALFORMED);
	assert_int_equal(decode_time(0, max), STATUS_OK);
	assert_int_equal(decode_time(0, max + 1), STATUS_MALFORMED);
	assert_int_equal(decode_time(1, max), STATUS_MALFORMED);
	assert_int_equal(decode_time(0, -1), STATUS_MALFORMED);
	assert_int_equal(decode_time(-1, 2), STATUS_MALFORMED);
	assert_int_equal(decode_time(max, -max), STATUS_OK);
	assert_int_equal(decode_time(5, INT64_MIN), STATUS_MALFORMED);
	assert_int_equal(decode_time(5, INT64_MAX), STATUS_MALFORMED);
	/* No difference is said by leaving it out. */
	assert_int_equal(decode_time(5, 0), STATUS_MALFORMED);
}

static void
brings_every_time_back(void **state)
{
	static const int64_t times[] = {
		0, 1, 500, 999, 1001, 1800000000000, CHANGE_TIME_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		const struct operation in = {.type = 10,
			.id = example_id(1),
			.id_size = ID_BYTES,
			.field = 9,
			.time = times[i],
			.value = EXAMPLE_VALUE("\xc0")};
		struct pack pack = begin();
		struct change_walk walk = {0};
		struct unpack unpack;
		struct operation out;
		struct change c;

		change_encode(&pack,
			&(struct change_draft){.at = 1000,
				.operations = &in,
				.operation_count = 1});
		unpack_init(&unpack, pack.out, pack.size);
		assert_int_equal(change_decode(&c, &unpack), STATUS_OK);
		assert_true(change_next_operation(&c, &walk, &out));
		assert_true(out.time == times[i]);
	}
}

struct range {
	uint8_t log;
	int64_t first, last;
};

static enum status
decode_unseen(struct range a, struct range b)
{
	struct pack pack = begin();

	pack_array(&pack, 5);
	pack_integer(&pack, NOON);
	pack_integer(&pack, 0);
	pack_array(&pack, 0);
	pack_array(&pack, 6);
	pack_bytes(&pack, example_id(a.log), LOG_BYTES);
	pack_integer(&pack, a.first);
	pack_integer(&pack, a.last);
	pack_bytes(&pack, example_id(b.log), LOG_BYTES);
	pack_integer(&pack, b.first);
	pack_integer(&pack, b.last);
	pack_map(&pack, 0);
	return decode(pack.out, pack.size);
}

static void
refuses_unseen_ranges_that_overlap_or_fall(void **state)
{
	const struct range a = {1, 3, 5};

	(void)state;
	assert_int_equal(decode_unseen(a, (struct range){1, 6, 6}), STATUS_OK);
	assert_int_equal(decode_unseen(a, (struct range){2, 1, 9}), STATUS_OK);
	assert_int_equal(
		decode_unseen(a, (struct range){1, 5, 6}), STATUS_MALFORMED);
	assert_int_equal(
		decode_unseen(a, (struct range){1, 4, 4}), STATUS_MALFORMED);
	assert_int_equal(
		decode_unseen(a, (struct range){1, 1, 2}), STATUS_MALFORMED);
	assert_int_equal(
		decode_unseen((struct range){2, 3, 5}, a), STATUS_MALFORMED);
	assert_int_equal(
		decode_unseen(a, (struct range){1, 8, 7}), STATUS_MALFORMED);
	assert_int_equal(
		decode_unseen((struct range){1, 0, 1}, (struct range){1, 6, 6}),
		STATUS_MALFORMED);
}

/* A context of `count` logs that ascend, each known up to `seq`. */
static enum status
decode_seen(uint32_t count, int64_t seq, uint8_t last_byte)
{
	struct pack pack = begin();

	pack_array(&pack, 5);
	pack_integer(&pack, NOON);
	pack_integer(&pack, 0);
	pack_array(&pack, count * 2);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t log[LOG_BYTES] = {
			(uint8_t)(i >> 8), (uint8_t)i, last_byte};

		pack_bytes(&pack, log, LOG_BYTES);
		pack_integer(&pack, seq);
	}
	pack_array(&pack, 0);
	pack_map(&pack, 0);
	return decode(pack.out, pack.size);
}

static void
keeps_a_context_within_its_limits(void **state)
{
	struct pack pack = begin();

	(void)state;
	assert_int_equal(decode_seen(CHANGE_SEEN_MAX, 1, 0), STATUS_OK);
	assert_int_equal(
		decode_seen(CHANGE_SEEN_MAX + 1, 1, 0), STATUS_MALFORMED);
	assert_int_equal(decode_seen(1, CHANGE_SEQ_MAX, 0), STATUS_OK);
	assert_int_equal(decode_seen(1, 0, 0), STATUS_MALFORMED);
	assert_int_equal(
		decode_seen(1, CHANGE_SEQ_MAX + 1, 0), STATUS_MALFORMED);

	/* One log twice; a log without its number. */
	for (uint32_t items = 3; items <= 4; items++) {
		pack = begin();
		pack_array(&pack, 5);
		pack_integer(&pack, NOON);
		pack_integer(&pack, 0);
		pack_array(&pack, items);
		pack_bytes(&pack, example_id(1), LOG_BYTES);
		pack_integer(&pack, 1);
		pack_bytes(&pack, example_id(1), LOG_BYTES);
		if (items == 4)
			pack_integer(&pack, 2);
		pack_array(&pack, 0);
		pack_map(&pack, 0);
		assert_decodes(&pack, STATUS_MALFORMED);
	}
}

static void
refuses_a_zone_beyond_eighteen_hours(void **state)
{
	(void)state;
	for (int sign = -1; sign <= 1; sign += 2)
		for (int extra = 0; extra <= 1; extra++) {
			struct pack pack = begin();

			pack_array(&pack, 5);
			pack_integer(&pack, NOON);
			pack_integer(&pack,
				(int64_t)sign * (CHANGE_OFFSET_MAX + extra));
			pack_array(&pack, 0);
			pack_array(&pack, 0);
			pack_map(&pack, 0);
			assert_decodes(
				&pack, extra ? STATUS_MALFORMED : STATUS_OK);
		}
}

static void
leaves_a_newer_programs_remarks_alone(void **state)
{
	struct pack pack = begin();
	struct unpack unpack;
	struct change c;

	(void)state;
	pack_array(&pack, 5);
	pack_integer(&pack, NOON);
	pack_integer(&pack, 0);
	pack_array(&pack, 0);
	pack_array(&pack, 0);
	pack_map(&pack, 3);
	pack_integer(&pack, 2);
	pack_bytes(&pack, example_id(9), ID_BYTES);
	pack_integer(&pack, 77);
	pack_map(&pack, 1);
	pack_text(&pack, "new");
	pack_nil(&pack);
	pack_text(&pack, "also");
	pack_integer(&pack, 1);
	assert_decodes(&pack, STATUS_OK);
	unpack_init(&unpack, pack.out, pack.size);
	assert_int_equal(change_decode(&c, &unpack), STATUS_OK);
	assert_null(c.origin_log);
	assert_memory_equal(c.ordered_by, example_id(9), ID_BYTES);
}

/* A change with a value of `size` bytes in all, as text. */
static struct pack
with_value(size_t size)
{
	struct pack pack = begin_records(1);
	uint8_t *text = test_malloc(size);

	memset(text, 'x', size);
	record(&pack, 10, 1, 2);
	pack_integer(&pack, key(9, OPERATION_PUT));
	pack_text_view(&pack, text, size - 5);
	test_free(text);
	return pack;
}

static void
refuses_a_value_over_the_limit(void **state)
{
	struct pack pack = with_value(SCHEMA_VALUE_MAX);

	(void)state;
	assert_decodes(&pack, STATUS_OK);
	pack = with_value(SCHEMA_VALUE_MAX + 1);
	assert_decodes(&pack, STATUS_MALFORMED);
}

static void
refuses_a_change_over_the_limit(void **state)
{
	const uint32_t records = CHANGE_SIZE_MAX / SCHEMA_VALUE_MAX;
	struct operation list[CHANGE_SIZE_MAX / SCHEMA_VALUE_MAX];
	static uint8_t value[SCHEMA_VALUE_MAX];
	struct pack text, pack = begin();
	struct unpack unpack;
	struct change c;

	(void)state;
	pack_init(&text, value, sizeof value);
	pack_array(&text, SCHEMA_VALUE_MAX - 5);
	memset(value + text.size, 0xc0, sizeof value - text.size);
	for (uint32_t i = 0; i < records; i++)
		list[i] = (struct operation){.type = 10,
			.id = example_id((uint8_t)(i + 1)),
			.id_size = ID_BYTES,
			.field = 9,
			.value = {value, sizeof value}};
	change_encode(&pack,
		&(struct change_draft){
			.operations = list, .operation_count = records});
	assert_true(pack.overflow);
	unpack_init(&unpack, pack.out, pack.size);
	assert_int_equal(change_decode(&c, &unpack), STATUS_MALFORMED);

	pack = begin();
	change_encode(&pack,
		&(struct change_draft){
			.operations = list, .operation_count = records - 1});
	assert_decodes(&pack, STATUS_OK);
}

static void
refuses_claims_beyond_the_bytes_that_are_there(void **state)
{
	static const uint8_t bombs[][5] = {
		{0xdd, 0xff, 0xff, 0xff, 0xff}, {0xdf, 0xff, 0xff, 0xff, 0xff}};
	uint8_t bytes[64] = {0x96, 0x01, 0x00};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
			decode(bombs[i], sizeof bombs[i]), STATUS_MALFORMED);
		for (size_t at = 3; at < 7; at++) {
			memset(bytes + 3, 0x90, sizeof bytes - 3);
			bytes[5] = 0x80;
			memcpy(bytes + at, bombs[i], sizeof bombs[i]);
			assert_int_equal(
				decode(bytes, sizeof bytes), STATUS_MALFORMED);
		}
	}
}

static void
refuses_values_that_nest_too_deep(void **state)
{
	(void)state;
	for (size_t depth = 1; depth <= PACK_DEPTH_MAX + 1; depth++) {
		struct pack pack = begin_records(1);

		record(&pack, 10, 1, 2);
		pack_integer(&pack, key(9, OPERATION_PUT));
		for (size_t i = 1; i < depth; i++)
			pack_array(&pack, 1);
		pack_array(&pack, 0);
		assert_decodes(&pack,
			depth <= PACK_DEPTH_MAX ? STATUS_OK : STATUS_MALFORMED);
	}
}

static void
tells_that_too_many_logs_do_not_fit(void **state)
{
	struct pack pack = begin();

	(void)state;
	change_encode(&pack,
		&(struct change_draft){.seen_count = CHANGE_SEEN_MAX + 1});
	assert_true(pack.overflow);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back_what_was_written),
		cmocka_unit_test(reads_a_change_that_only_says_what_it_knew),
		cmocka_unit_test(
			goes_past_one_change_and_stands_before_the_next),
		cmocka_unit_test(refuses_every_cut),
		cmocka_unit_test(
			reads_every_flipped_bit_as_another_change_or_not_at_all),
		cmocka_unit_test(refuses_two_operations_on_one_register),
		cmocka_unit_test(refuses_operations_out_of_order),
		cmocka_unit_test(refuses_records_out_of_order_or_in_pieces),
		cmocka_unit_test(refuses_a_record_without_operations),
		cmocka_unit_test(refuses_numbers_out_of_bounds),
		cmocka_unit_test(refuses_ids_that_do_not_fit_their_type),
		cmocka_unit_test(keeps_times_within_the_bound_of_merging),
		cmocka_unit_test(brings_every_time_back),
		cmocka_unit_test(refuses_unseen_ranges_that_overlap_or_fall),
		cmocka_unit_test(keeps_a_context_within_its_limits),
		cmocka_unit_test(refuses_a_zone_beyond_eighteen_hours),
		cmocka_unit_test(leaves_a_newer_programs_remarks_alone),
		cmocka_unit_test(refuses_a_value_over_the_limit),
		cmocka_unit_test(refuses_a_change_over_the_limit),
		cmocka_unit_test(
			refuses_claims_beyond_the_bytes_that_are_there),
		cmocka_unit_test(refuses_values_that_nest_too_deep),
		cmocka_unit_test(tells_that_too_many_logs_do_not_fit),
	};

	return cmocka_run_group_tests_name("change", tests, setup, NULL);
}
