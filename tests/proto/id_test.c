/* proto/id: ids are UUIDs, and their text is read back and nothing else is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/id.h"

/* The version 7 example of RFC 9562, appendix A.6, and its parts. */
static const char rfc_text[] = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
static const uint64_t rfc_ms = 0x017f22e279b0;
static const uint8_t rfc_random[ID_RANDOM_SIZE] = {
	0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};

static void
makes_the_example_of_the_rfc(void **state)
{
	uint8_t id[ID_SIZE];
	char text[ID_TEXT_SIZE];

	(void)state;
	id_make(id, rfc_ms, rfc_random);
	id_format(text, id);
	assert_string_equal(text, rfc_text);
}

static void
made_ids_sort_by_time_whatever_is_random(void **state)
{
	uint8_t ones[ID_RANDOM_SIZE], zeros[ID_RANDOM_SIZE] = {0};

	(void)state;
	memset(ones, 0xff, sizeof ones);
	for (int bit = 0; bit < ID_MS_BITS; bit++) {
		uint64_t ms = (uint64_t)1 << bit;
		uint8_t earlier[ID_SIZE], later[ID_SIZE];

		id_make(earlier, ms - 1, ones);
		id_make(later, ms, zeros);
		assert_true(memcmp(earlier, later, ID_SIZE) < 0);
	}
}

static void
the_next_of_a_millisecond_sorts_after_the_last(void **state)
{
	static const uint8_t steps[][ID_STEP_SIZE] = {
		{0, 0, 0}, {0, 0, 1}, {0xff, 0xff, 0xff}, {0x80, 0, 0}};
	uint8_t random[ID_RANDOM_SIZE] = {0};
	uint8_t id[ID_SIZE], before[ID_SIZE];

	(void)state;
	/* Of the bytes that are counted in all but the first are full. */
	memset(random + ID_RANDOM_SIZE - 6, 0xff, 6);
	id_make(id, rfc_ms, random);
	for (size_t i = 0; i < 4096; i++) {
		memcpy(before, id, ID_SIZE);
		id_step(id, steps[i % 4]);
		assert_true(memcmp(before, id, ID_SIZE) < 0);
		assert_memory_equal(before, id, 9);
	}
	/* After the last place comes the first. */
	memset(random, 0xff, sizeof random);
	id_make(id, rfc_ms, random);
	id_make(before, rfc_ms, random);
	id_step(id, steps[0]);
	memset(before + 9, 0, 7);
	assert_memory_equal(id, before, ID_SIZE);
}

static void
made_and_derived_ids_state_their_version(void **state)
{
	uint8_t random[ID_RANDOM_SIZE];
	uint8_t id[ID_SIZE];

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		memset(random, byte, sizeof random);
		id_make(id, UINT64_MAX, random);
		assert_int_equal(id[6] >> 4, 7);
		assert_int_equal(id[8] >> 6, 2);

		id_derive(id, "test/1", random, sizeof random);
		assert_int_equal(id[6] >> 4, 8);
		assert_int_equal(id[8] >> 6, 2);
	}
}

static void
derives_the_same_from_the_same_and_from_nothing_else(void **state)
{
	uint8_t one[ID_SIZE], other[ID_SIZE];
	const uint8_t *bytes = (const uint8_t *)"1bytes";

	(void)state;
	id_derive(one, "test/", bytes, 6);
	id_derive(other, "test/", bytes, 6);
	assert_memory_equal(one, other, ID_SIZE);

	id_derive(other, "test/", bytes, 5);
	assert_memory_not_equal(one, other, ID_SIZE);

	/* Where the purpose ends is part of it. */
	id_derive(other, "test/1", bytes + 1, 5);
	assert_memory_not_equal(one, other, ID_SIZE);

	id_derive(other, "test/", NULL, 0);
	assert_memory_not_equal(one, other, ID_SIZE);
}

static void
reads_its_text_with_and_without_dashes_in_any_case(void **state)
{
	static const char *const texts[] = {
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
		"017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
		"017f22e279b07cc398c4dc0c0c07398f",
		"017F22e279b07cc398c4dc0c0c07398F",
	};
	uint8_t expected[ID_SIZE];

	(void)state;
	id_make(expected, rfc_ms, rfc_random);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		uint8_t id[ID_SIZE] = {0};

		assert_int_equal(id_parse(id, texts[i]), STATUS_OK);
		assert_memory_equal(id, expected, ID_SIZE);
	}
}

static void
refuses_text_that_is_cut_or_longer(void **state)
{
	char text[ID_TEXT_SIZE + 1];
	uint8_t id[ID_SIZE];

	(void)state;
	for (size_t size = 0; size < ID_TEXT_SIZE - 1; size++) {
		memcpy(text, rfc_text, size);
		text[size] = '\0';
		assert_int_equal(id_parse(id, text), STATUS_MALFORMED);
	}
	strcpy(text, rfc_text);
	strcat(text, "0");
	assert_int_equal(id_parse(id, text), STATUS_MALFORMED);
}

/* In each place, every character but the digits and the dash that belong. */
static void
refuses_a_wrong_character_anywhere(void **state)
{
	char text[ID_TEXT_SIZE];
	uint8_t id[ID_SIZE];

	(void)state;
	for (size_t at = 0; at < ID_TEXT_SIZE - 1; at++)
		for (int c = 1; c < 256; c++) {
			memcpy(text, rfc_text, sizeof text);
			if (text[at] == '-' ? c == '-'
					    : strchr("0123456789abcdefABCDEF",
						      c) != NULL)
				continue;
			text[at] = (char)c;
			assert_int_equal(id_parse(id, text), STATUS_MALFORMED);
		}
}

static void
leaves_the_id_alone_when_it_refuses(void **state)
{
	uint8_t id[ID_SIZE] = {1, 2, 3}, before[ID_SIZE] = {1, 2, 3};

	(void)state;
	assert_int_equal(id_parse(id, "017f22e2-79b0-7cc3-98c4-dc0c0c07398x"),
		STATUS_MALFORMED);
	assert_memory_equal(id, before, ID_SIZE);
}

static void
only_all_zeros_are_none(void **state)
{
	uint8_t id[ID_SIZE] = {0};

	(void)state;
	assert_true(id_is_zero(id));
	for (size_t bit = 0; bit < ID_SIZE * 8; bit++) {
		memset(id, 0, sizeof id);
		id[bit / 8] = (uint8_t)(1u << bit % 8);
		assert_false(id_is_zero(id));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_the_example_of_the_rfc),
		cmocka_unit_test(made_ids_sort_by_time_whatever_is_random),
		cmocka_unit_test(
			the_next_of_a_millisecond_sorts_after_the_last),
		cmocka_unit_test(made_and_derived_ids_state_their_version),
		cmocka_unit_test(
			derives_the_same_from_the_same_and_from_nothing_else),
		cmocka_unit_test(
			reads_its_text_with_and_without_dashes_in_any_case),
		cmocka_unit_test(refuses_text_that_is_cut_or_longer),
		cmocka_unit_test(refuses_a_wrong_character_anywhere),
		cmocka_unit_test(leaves_the_id_alone_when_it_refuses),
		cmocka_unit_test(only_all_zeros_are_none),
	};

	return cmocka_run_group_tests_name("id", tests, NULL, NULL);
}
