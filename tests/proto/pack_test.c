/* proto/pack: one canonical form is written, and no other is read. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/proto/again.h"

enum { ROOM = 70000 };

#define VALID(...)                                                             \
	valid((const uint8_t[]){__VA_ARGS__},                                  \
		sizeof((const uint8_t[]){__VA_ARGS__}))

/* An exact-size copy, so that a sanitizer sees a read past the end. */
static bool
valid(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = test_malloc(size ? size : 1);
	bool ok;

	if (size)
		memcpy(copy, bytes, size);
	ok = pack_valid(copy, size);
	test_free(copy);
	return ok;
}

/* What is accepted is written again to the same bytes, by us and msgpack-c. */
static void
assert_canonical(const uint8_t *bytes, size_t size)
{
	static uint8_t copy[ROOM];
	struct unpack unpack;
	struct pack pack;

	unpack_init(&unpack, bytes, size);
	pack_init(&pack, copy, sizeof copy);
	assert_true(again_by_us(&unpack, &pack));
	assert_true(unpack_done(&unpack) && !pack.overflow);
	assert_int_equal(pack.size, size);
	assert_memory_equal(copy, bytes, size);
	assert_true(again_by_oracle(bytes, size));
}

/* A value with something of everything in it. */
static size_t
write_all_kinds(uint8_t *out, size_t room)
{
	struct pack pack;

	pack_init(&pack, out, room);
	pack_array(&pack, 4);
	pack_nil(&pack);
	pack_map(&pack, 3);
	pack_integer(&pack, 7);
	pack_bool(&pack, true);
	pack_text(&pack, "名");
	pack_integer(&pack, -70000);
	pack_integer(&pack, -1);
	pack_bytes(&pack, "\xff\x00", 2);
	pack_text(&pack, "a text that is longer than thirty-one bytes");
	pack_integer(&pack, INT64_MAX);
	assert_false(pack.overflow);
	return pack.size;
}

static void
reads_back_integers_at_every_bound(void **state)
{
	static const struct {
		int64_t value;
		size_t size;
	} cases[] = {{0, 1}, {127, 1}, {128, 2}, {255, 2}, {256, 3}, {65535, 3},
		{65536, 5}, {UINT32_MAX, 5}, {(int64_t)UINT32_MAX + 1, 9},
		{INT64_MAX, 9}, {-1, 1}, {-32, 1}, {-33, 2}, {-128, 2},
		{-129, 3}, {-32768, 3}, {-32769, 5}, {INT32_MIN, 5},
		{(int64_t)INT32_MIN - 1, 9}, {INT64_MIN, 9}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t bytes[9];
		struct unpack unpack;
		struct pack pack;
		int64_t value;

		pack_init(&pack, bytes, sizeof bytes);
		pack_integer(&pack, cases[i].value);
		assert_int_equal(pack.size, cases[i].size);
		assert_canonical(bytes, pack.size);

		unpack_init(&unpack, bytes, pack.size);
		assert_true(
			unpack_integer(&unpack, INT64_MIN, INT64_MAX, &value));
		assert_true(value == cases[i].value && unpack_done(&unpack));
	}
}

static void
reads_back_sizes_at_every_bound(void **state)
{
	static const size_t sizes[] = {
		0, 15, 16, 31, 32, 255, 256, 65535, 65536};
	static uint8_t bytes[ROOM], filler[65536];

	(void)state;
	memset(filler, 'x', sizeof filler);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct pack pack;

		pack_init(&pack, bytes, sizeof bytes);
		pack_text_view(&pack, filler, sizes[i]);
		assert_true(valid(bytes, pack.size));
		assert_canonical(bytes, pack.size);

		pack_init(&pack, bytes, sizeof bytes);
		pack_bytes(&pack, filler, sizes[i]);
		assert_true(valid(bytes, pack.size));
		assert_canonical(bytes, pack.size);

		pack_init(&pack, bytes, sizeof bytes);
		pack_array(&pack, (uint32_t)sizes[i]);
		for (size_t k = 0; k < sizes[i]; k++)
			pack_nil(&pack);
		assert_true(valid(bytes, pack.size));
		assert_canonical(bytes, pack.size);
	}
}

static void
refuses_longer_forms(void **state)
{
	(void)state;
	assert_false(VALID(0xcc, 0x7f));
	assert_false(VALID(0xcd, 0x00, 0xff));
	assert_false(VALID(0xce, 0x00, 0x00, 0xff, 0xff));
	assert_false(VALID(0xcf, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff));
	assert_false(VALID(0xd0, 0x00));
	assert_false(VALID(0xd0, 0xe0)); /* -32 */
	assert_false(VALID(0xd1, 0xff, 0x80));
	assert_false(VALID(0xd2, 0xff, 0xff, 0x80, 0x00));
	assert_false(VALID(0xd3, 0xff, 0xff, 0xff, 0xff, 0x80, 0, 0, 0));
	assert_false(VALID(0xd3, 0, 0, 0, 1, 0, 0, 0, 0)); /* cf is ours */
	assert_false(VALID(0xd9, 0x01, 'a'));
	assert_false(VALID(0xda, 0x00, 0x01, 'a'));
	assert_false(VALID(0xdb, 0, 0, 0, 1, 'a'));
	assert_false(VALID(0xc5, 0x00, 0x01, 0x00));
	assert_false(VALID(0xc6, 0, 0, 0, 1, 0x00));
	assert_false(VALID(0xdc, 0x00, 0x01, 0xc0));
	assert_false(VALID(0xdd, 0, 0, 0, 1, 0xc0));
	assert_false(VALID(0xde, 0x00, 0x01, 0xc0, 0xc0));
	assert_false(VALID(0xdf, 0, 0, 0, 1, 0xc0, 0xc0));
}

static void
refuses_kinds_that_we_do_not_use(void **state)
{
	(void)state;
	assert_false(VALID(0xc1));
	assert_false(VALID(0xca, 0x3f, 0x80, 0, 0));
	assert_false(VALID(0xcb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0));
	assert_false(VALID(0xd4, 0x01, 0x10));
	assert_false(VALID(0xd6, 0xff, 0x5a, 0x4a, 0xf6, 0xa5));
	assert_false(VALID(0xc7, 0x01, 0x06, 0x00));
	assert_false(VALID(0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0));
}

static void
refuses_claims_beyond_the_bytes_that_are_there(void **state)
{
	static const uint8_t forms[] = {
		0xdd, 0xdf, 0xdb, 0xc6, 0xdc, 0xde, 0xda, 0xc5};

	const uint8_t pairs[] = {0x82, 0x01, 0x01, 0x02};
	const uint8_t items[] = {0x92, 0x01};
	struct unpack unpack;
	uint32_t count;

	(void)state;
	/* The head itself is refused, before anybody counts on it. */
	unpack_init(&unpack, pairs, sizeof pairs);
	assert_false(unpack_map(&unpack, 9, &count));
	unpack_init(&unpack, items, sizeof items);
	assert_false(unpack_array(&unpack, 0, 9, &count));
	for (size_t i = 0; i < sizeof forms; i++)
		assert_false(VALID(forms[i], 0xff, 0xff, 0xff, 0xff));
	assert_false(VALID(0x91));
	assert_false(VALID(0x82, 0x01, 0x01, 0x02));
	assert_false(valid(NULL, 0));
}

static void
nests_eight_deep_and_no_deeper(void **state)
{
	uint8_t deep[64];

	(void)state;
	for (size_t depth = 1; depth < sizeof deep; depth++) {
		memset(deep, 0x91, depth);
		deep[depth - 1] = 0x90;
		assert_int_equal(valid(deep, depth), depth <= PACK_DEPTH_MAX);
		deep[depth - 1] = 0x80;
		assert_int_equal(valid(deep, depth), depth <= PACK_DEPTH_MAX);
	}
	/* Siblings at the bottom are no deeper. */
	assert_true(
		VALID(0x91, 0x91, 0x91, 0x91, 0x91, 0x91, 0x91, 0x93, 1, 2, 3));
}

static void
refuses_keys_that_do_not_ascend(void **state)
{
	(void)state;
	assert_true(VALID(0x82, 0x01, 0xc0, 0x02, 0xc0));
	assert_false(VALID(0x82, 0x02, 0xc0, 0x01, 0xc0));
	assert_false(VALID(0x82, 0x01, 0xc0, 0x01, 0xc0));
	assert_true(VALID(0x82, 0xa1, 'b', 0xc0, 0xa2, 'a', 'a', 0xc0));
	assert_false(VALID(0x82, 0xa2, 'a', 'a', 0xc0, 0xa1, 'b', 0xc0));
	assert_true(VALID(0x82, 0xcc, 0xc8, 0xc0, 0xff, 0xc0));
	/* Of an inner map too, and the outer goes on after it. */
	assert_false(VALID(0x81, 0x01, 0x82, 0x02, 0xc0, 0x01, 0xc0));
	assert_true(VALID(0x82, 0x01, 0x81, 0x05, 0xc0, 0x02, 0xc0));
	assert_false(VALID(0x82, 0x02, 0x81, 0x05, 0xc0, 0x01, 0xc0));
}

static void
refuses_arrays_and_maps_as_keys(void **state)
{
	(void)state;
	assert_false(VALID(0x81, 0x90, 0xc0));
	assert_false(VALID(0x81, 0x80, 0xc0));
}

static void
refuses_text_that_is_not_utf8(void **state)
{
	static const char *const good[] = {"", "a", "\xc2\x80", "\xdf\xbf",
		"\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\xe5\x90\x8d"};
	static const char *const bad[] = {"\x80", "\xbf", "\xc0\x80",
		"\xc1\xbf", "\xc2", "\xc2\x7f", "\xc2\xc0", "\xe0\x9f\xbf",
		"\xe1\x80", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80",
		"\xfe", "\xff", "a\xe5\x90", "\xe5\x90\x8d\x8d", "\xe1\x80\xc0",
		"\xf1\x80\x80\x7f",
		"\xe5\x90\x8d\xe5\x90\x8d\xe0\x9f\xbf\xe5\x90\x8d",
		"\xe5\x90\x8d\xed\xa0\x80\xe5\x90\x8d",
		"\xe5\x90\x8d\xe5\x90\xcd\xe5\x90\x8d"};
	uint8_t bytes[16];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct pack pack;

		pack_init(&pack, bytes, sizeof bytes);
		pack_text(&pack, good[i]);
		assert_true(valid(bytes, pack.size));
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct pack pack;

		pack_init(&pack, bytes, sizeof bytes);
		pack_text(&pack, bad[i]);
		assert_false(valid(bytes, pack.size));
	}
}

static void
looks_at_text_once_and_at_its_bounds_each_time(void **state)
{
	static const uint8_t text[] = {0xa2, 0xc2, 0x7f}, cut[] = {0xa2, 'a'};
	struct unpack unpack;
	struct pack_view view;

	(void)state;
	unpack_init(&unpack, text, sizeof text);
	assert_false(unpack_text(&unpack, 2, &view));
	unpack_init_again(&unpack, text, sizeof text);
	assert_true(unpack_text(&unpack, 2, &view));
	unpack_init_again(&unpack, text, sizeof text);
	assert_false(unpack_text(&unpack, 1, &view));
	unpack_init_again(&unpack, cut, sizeof cut);
	assert_false(unpack_text(&unpack, 2, &view));
}

static void
refuses_every_cut_and_what_comes_after(void **state)
{
	uint8_t bytes[128];
	size_t size = write_all_kinds(bytes, sizeof bytes);

	(void)state;
	assert_true(valid(bytes, size));
	assert_canonical(bytes, size);
	for (size_t cut = 0; cut < size; cut++)
		assert_false(valid(bytes, cut));
	bytes[size] = 0xc0;
	assert_false(valid(bytes, size + 1));
}

static void
accepts_no_flipped_bit_that_is_not_canonical_again(void **state)
{
	uint8_t bytes[128];
	size_t size = write_all_kinds(bytes, sizeof bytes), accepted = 0;

	(void)state;
	for (size_t bit = 0; bit < size * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (valid(bytes, size)) {
			assert_canonical(bytes, size);
			accepted++;
		}
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_true(accepted > 0);
}

static void
agrees_with_msgpack_c_on_all_inputs_of_two_bytes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 0x10000; i++) {
		const uint8_t bytes[2] = {(uint8_t)(i >> 8), (uint8_t)i};

		for (size_t size = 1; size <= 2; size++)
			if (pack_valid(bytes, size))
				assert_true(again_by_oracle(bytes, size));
	}
}

static void
gives_nothing_more_after_a_refusal(void **state)
{
	const uint8_t bytes[] = {0x01, 0xa1, 'a', 0xc0};
	struct pack_view view;
	struct unpack unpack;
	int64_t value;

	(void)state;
	unpack_init(&unpack, bytes, sizeof bytes);
	assert_false(unpack_integer(&unpack, 2, 9, &value));
	assert_false(unpack_text(&unpack, 1, &view));
	assert_false(unpack_nil(&unpack));
}

static void
keeps_to_the_bounds_asked_for(void **state)
{
	const uint8_t text[] = {0xa2, 'a', 'b'};
	const uint8_t bytes[] = {0xc4, 0x02, 1, 2};
	const uint8_t array[] = {0x92, 0xc0, 0xc0};
	const uint8_t map[] = {0x81, 0x01, 0xc0};
	const uint8_t *exact;
	struct pack_view view;
	struct unpack unpack;
	uint32_t count;
	bool truth;

	(void)state;
	unpack_init(&unpack, text, sizeof text);
	assert_false(unpack_text(&unpack, 1, &view));
	unpack_init(&unpack, text, sizeof text);
	assert_true(unpack_text(&unpack, 2, &view));
	assert_memory_equal(view.bytes, "ab", 2);
	unpack_init(&unpack, text, sizeof text);
	assert_false(unpack_bytes(&unpack, 9, &view));
	unpack_init(&unpack, bytes, sizeof bytes);
	assert_false(unpack_text(&unpack, 9, &view));
	for (size_t size = 0; size < 5; size++) {
		unpack_init(&unpack, bytes, sizeof bytes);
		assert_int_equal(
			unpack_exact(&unpack, size, &exact), size == 2);
	}
	unpack_init(&unpack, array, sizeof array);
	assert_false(unpack_array(&unpack, 3, 9, &count));
	unpack_init(&unpack, array, sizeof array);
	assert_false(unpack_array(&unpack, 0, 1, &count));
	unpack_init(&unpack, array, sizeof array);
	assert_false(unpack_map(&unpack, 9, &count));
	unpack_init(&unpack, map, sizeof map);
	assert_false(unpack_map(&unpack, 0, &count));
	unpack_init(&unpack, map, sizeof map);
	assert_true(unpack_map(&unpack, 1, &count));
	assert_false(unpack_bool(&unpack, &truth));
}

static void
counts_on_when_the_room_is_used_up(void **state)
{
	uint8_t whole[128], bytes[128];
	size_t size = write_all_kinds(whole, sizeof whole);

	(void)state;
	for (size_t room = 0; room < size; room++) {
		struct pack pack;

		memset(bytes, 0xee, sizeof bytes);
		pack_init(&pack, bytes, room);
		pack_raw(&pack, whole, size / 2);
		pack_raw(&pack, whole + size / 2, size - size / 2);
		assert_true(pack.overflow);
		assert_int_equal(pack.size, size);
		for (size_t i = room; i < sizeof bytes; i++)
			assert_int_equal(bytes[i], 0xee);
	}
}

static void
writes_nothing_small_after_something_too_large(void **state)
{
	uint8_t bytes[4] = {0};
	struct pack pack;

	(void)state;
	pack_init(&pack, bytes, sizeof bytes);
	pack_raw(&pack, "abcde", 5);
	pack_integer(&pack, 1);
	assert_true(pack.overflow);
	assert_int_equal(pack.size, 6);
	assert_memory_equal(bytes, "\0\0\0\0", 4);

	pack_init(&pack, NULL, 0);
	pack_text(&pack, "abc");
	assert_true(pack.overflow);
	assert_int_equal(pack.size, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back_integers_at_every_bound),
		cmocka_unit_test(reads_back_sizes_at_every_bound),
		cmocka_unit_test(refuses_longer_forms),
		cmocka_unit_test(refuses_kinds_that_we_do_not_use),
		cmocka_unit_test(
			refuses_claims_beyond_the_bytes_that_are_there),
		cmocka_unit_test(nests_eight_deep_and_no_deeper),
		cmocka_unit_test(refuses_keys_that_do_not_ascend),
		cmocka_unit_test(refuses_arrays_and_maps_as_keys),
		cmocka_unit_test(refuses_text_that_is_not_utf8),
		cmocka_unit_test(
			looks_at_text_once_and_at_its_bounds_each_time),
		cmocka_unit_test(refuses_every_cut_and_what_comes_after),
		cmocka_unit_test(
			accepts_no_flipped_bit_that_is_not_canonical_again),
		cmocka_unit_test(
			agrees_with_msgpack_c_on_all_inputs_of_two_bytes),
		cmocka_unit_test(gives_nothing_more_after_a_refusal),
		cmocka_unit_test(keeps_to_the_bounds_asked_for),
		cmocka_unit_test(counts_on_when_the_room_is_used_up),
		cmocka_unit_test(
			writes_nothing_small_after_something_too_large),
	};

	return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
