/* client/store/page_seal: a page opens as what it was sealed as, or not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "client/store/page_seal.h"

static const uint8_t key[PAGE_SEAL_KEY_SIZE] = {7};
static const uint8_t other[PAGE_SEAL_KEY_SIZE] = {8};

/* As SQLite begins a database with such room. */
static void
first_page(uint8_t page[static PAGE_SEAL_SIZE])
{
	memset(page, 'x', PAGE_SEAL_SIZE);
	page_header_stand_in(page);
	page_room_clear(page);
}

static void
comes_back_as_it_was(void **state)
{
	struct page_keys *keys = page_keys_new(key);
	uint8_t page[PAGE_SEAL_SIZE], sealed[PAGE_SEAL_SIZE];
	uint8_t opened[PAGE_SEAL_SIZE];

	(void)state;
	first_page(page);
	for (uint32_t number = 1; number < 4; number++) {
		page_seal(keys, PAGE_STORED, number, page, sealed);
		assert_true(
			page_open(keys, PAGE_STORED, number, sealed, opened));
		page_room_clear(opened);
		assert_memory_equal(opened, page, sizeof page);
		/* In its own place too. */
		assert_true(
			page_open(keys, PAGE_STORED, number, sealed, sealed));
		page_room_clear(sealed);
		assert_memory_equal(sealed, page, sizeof page);
	}
	page_keys_free(keys);
}

static void
opens_as_its_own_number_and_kind_under_its_own_key_alone(void **state)
{
	struct page_keys *keys = page_keys_new(key);
	struct page_keys *others = page_keys_new(other);
	uint8_t page[PAGE_SEAL_SIZE], sealed[PAGE_SEAL_SIZE];
	uint8_t opened[PAGE_SEAL_SIZE];

	(void)state;
	first_page(page);
	page_seal(keys, PAGE_STORED, 2, page, sealed);
	assert_false(page_open(keys, PAGE_STORED, 3, sealed, opened));
	assert_false(page_open(keys, PAGE_STORED, 1, sealed, opened));
	assert_false(page_open(keys, PAGE_STORED, 258, sealed, opened));
	assert_false(page_open(keys, PAGE_JOURNAL, 2, sealed, opened));
	assert_false(page_open(others, PAGE_STORED, 2, sealed, opened));
	page_keys_free(others);
	page_keys_free(keys);
}

static void
does_not_open_with_any_bit_flipped(void **state)
{
	struct page_keys *keys = page_keys_new(key);
	uint8_t page[PAGE_SEAL_SIZE], sealed[PAGE_SEAL_SIZE];
	uint8_t opened[PAGE_SEAL_SIZE];

	(void)state;
	first_page(page);
	page_seal(keys, PAGE_STORED, 1, page, sealed);
	for (size_t bit = 0; bit < (size_t)PAGE_SEAL_SIZE * 8; bit++) {
		sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(page_open(keys, PAGE_STORED, 1, sealed, opened));
		sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	page_keys_free(keys);
}

static void
is_never_sealed_the_same_twice_and_shows_nothing(void **state)
{
	struct page_keys *keys = page_keys_new(key);
	uint8_t page[PAGE_SEAL_SIZE];
	uint8_t one[PAGE_SEAL_SIZE], two[PAGE_SEAL_SIZE];

	(void)state;
	first_page(page);
	page_seal(keys, PAGE_STORED, 1, page, one);
	page_seal(keys, PAGE_STORED, 1, page, two);
	assert_memory_equal(one, page_mark(keys), PAGE_SEAL_MARK_SIZE);
	for (size_t at = PAGE_SEAL_MARK_SIZE; at + 16 <= sizeof one; at += 16) {
		assert_memory_not_equal(one + at, two + at, 16);
		assert_memory_not_equal(one + at, page + at, 16);
	}
	page_keys_free(keys);
}

static void
is_sealed_only_if_it_comes_back_whole(void **state)
{
	uint8_t page[PAGE_SEAL_SIZE];

	(void)state;
	first_page(page);
	assert_true(page_room_is_clear(page));
	assert_true(page_header_fits(1, page));
	for (size_t i = 0; i < PAGE_SEAL_ROOM; i++) {
		page[PAGE_SEAL_SIZE - 1 - i] = 1;
		assert_false(page_room_is_clear(page));
		page_room_clear(page);
	}
	page[20]--; /* less room than the seal needs */
	assert_false(page_header_fits(1, page));
	assert_true(page_header_fits(2, page)); /* has no header */
	first_page(page);
	page[16] = 0x20; /* pages of 8192 */
	assert_false(page_header_fits(1, page));
	first_page(page);
	page[0] = 's';
	assert_false(page_header_fits(1, page));
}

static void
hides_sums_by_where_they_stand(void **state)
{
	struct page_keys *keys = page_keys_new(key);
	static const uint8_t salts[8] = {1}, salts_later[8] = {2};
	uint8_t nonce[PAGE_SEAL_NONCE] = {0};
	uint8_t one[8] = {0}, two[8] = {0}, three[8] = {0}, zero[8] = {0};

	(void)state;
	page_mask_frame(keys, 32, salts, one);
	page_mask_frame(keys, 4152, salts, two);
	page_mask_frame(keys, 32, salts_later, three);
	assert_memory_not_equal(one, zero, sizeof one);
	assert_memory_not_equal(one, two, sizeof one);
	assert_memory_not_equal(one, three, sizeof one);
	page_mask_frame(keys, 32, salts, one);
	assert_memory_equal(one, zero, sizeof one);
	page_mask_record(keys, nonce, one);
	nonce[0] = 1;
	page_mask_record(keys, nonce, one);
	assert_memory_not_equal(one, zero, 4);
	page_keys_free(keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back_as_it_was),
		cmocka_unit_test(
			opens_as_its_own_number_and_kind_under_its_own_key_alone),
		cmocka_unit_test(does_not_open_with_any_bit_flipped),
		cmocka_unit_test(
			is_never_sealed_the_same_twice_and_shows_nothing),
		cmocka_unit_test(is_sealed_only_if_it_comes_back_whole),
		cmocka_unit_test(hides_sums_by_where_they_stand),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
