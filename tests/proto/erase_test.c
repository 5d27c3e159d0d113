/* proto/erase: records go as a whole, and nothing else changes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/erase.h"
#include "tests/proto/examples.h"

static uint8_t bytes[EXAMPLE_ROOM], left_bytes[EXAMPLE_ROOM];
static struct change whole, left;

static struct change
decode(const uint8_t *from, size_t size)
{
	struct change change;
	struct unpack unpack;

	unpack_init(&unpack, from, size);
	assert_int_equal(change_decode(&change, &unpack), STATUS_OK);
	assert_true(unpack_done(&unpack));
	return change;
}

static int
make_whole(void **state)
{
	struct pack pack;

	(void)state;
	pack_init(&pack, bytes, sizeof bytes);
	example_change(&pack);
	whole = decode(bytes, pack.size);
	return 0;
}

static uint32_t
erase(erase_record_cb *goes, void *self)
{
	struct pack pack;
	uint32_t gone;

	pack_init(&pack, left_bytes, whole.whole.size);
	gone = erase_records(&pack, &whole, goes, self);
	assert_false(pack.overflow);
	left = decode(left_bytes, pack.size);
	return gone;
}

static bool
all(void *self, uint32_t type, const uint8_t *id, size_t id_size)
{
	(void)self, (void)type, (void)id, (void)id_size;
	return true;
}

static bool
none(void *self, uint32_t type, const uint8_t *id, size_t id_size)
{
	(void)self, (void)type, (void)id, (void)id_size;
	return false;
}

/* Those of the types whose bits are set. */
static bool
of_types(void *self, uint32_t type, const uint8_t *id, size_t id_size)
{
	const uint32_t *types = self;

	(void)id, (void)id_size;
	return type < 32 && *types >> type & 1;
}

static uint32_t
count_records(const struct change *change, uint32_t type)
{
	struct change_walk walk = {0};
	struct operation o;
	const uint8_t *last = NULL;
	uint32_t count = 0;

	while (change_next_operation(change, &walk, &o)) {
		if (o.id != last && o.type == type)
			count++;
		last = o.id;
	}
	return count;
}

static void
a_change_without_any_record_keeps_its_clock_and_context(void **state)
{
	(void)state;
	assert_int_equal(erase(all, NULL), whole.record_count);
	assert_int_equal(left.record_count, 0);
	assert_int_equal(left.at, whole.at);
	assert_int_equal(left.offset, whole.offset);
	assert_int_equal(left.seen.size, whole.seen.size);
	assert_memory_equal(left.seen.bytes, whole.seen.bytes, whole.seen.size);
	assert_int_equal(left.unseen.size, whole.unseen.size);
	assert_int_equal(left.origin_seq, whole.origin_seq);
	assert_memory_equal(left.ordered_by, whole.ordered_by, ID_BYTES);
}

static void
what_does_not_go_stays_byte_for_byte(void **state)
{
	(void)state;
	assert_int_equal(erase(none, NULL), 0);
	assert_int_equal(left.whole.size, whole.whole.size);
	assert_memory_equal(
		left.whole.bytes, whole.whole.bytes, whole.whole.size);
	for (uint32_t type = 1; type < 16; type++) {
		uint32_t types = UINT32_C(1) << type;

		assert_int_equal(
			erase(of_types, &types), count_records(&whole, type));
		assert_int_equal(count_records(&left, type), 0);
		assert_true(erase_follows(&left, &whole, NULL, NULL));
	}
}

static void
nobody_puts_a_word_into_what_is_left(void **state)
{
	uint32_t types = UINT32_C(1) << 10;
	struct unpack unpack;
	struct change other;
	uint32_t follows = 0;

	(void)state;
	assert_true(erase(of_types, &types) > 0);
	assert_false(erase_follows(&whole, &left, NULL, NULL));
	/* Every bit, wherever what comes of it is a change at all. */
	for (size_t bit = 0; bit < left.whole.size * 8; bit++) {
		left_bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		unpack_init(&unpack, left_bytes, left.whole.size);
		if (change_decode(&other, &unpack) == STATUS_OK &&
			unpack_done(&unpack) &&
			erase_follows(&other, &whole, NULL, NULL))
			follows++;
		left_bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(follows, 0);
}

static bool
note(void *self, uint32_t type, const uint8_t *id, size_t id_size)
{
	uint32_t *types = self;

	(void)id, (void)id_size;
	*types |= UINT32_C(1) << type;
	return false;
}

static void
tells_what_is_gone(void **state)
{
	uint32_t types = UINT32_C(1) << 12, gone = 0;

	(void)state;
	(void)erase(of_types, &types);
	assert_true(erase_follows(&left, &whole, note, &gone));
	assert_int_equal(gone, types);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			a_change_without_any_record_keeps_its_clock_and_context,
			make_whole),
		cmocka_unit_test_setup(
			what_does_not_go_stays_byte_for_byte, make_whole),
		cmocka_unit_test_setup(
			nobody_puts_a_word_into_what_is_left, make_whole),
		cmocka_unit_test_setup(tells_what_is_gone, make_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
