/* proto/receipt: what a device signed of its own end is read, nothing else. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/receipt.h"
#include "tests/proto/company.h"

static struct keys company, device, stranger;
static uint8_t id[COMPANY_ID_SIZE];

static int
setup(void **state)
{
	(void)state;
	if (sodium_init() < 0)
		return 1;
	keys_from_seed(&company, COMPANY_SEED);
	keys_from_seed(&device, DEVICE_SEED);
	keys_from_seed(&stranger, STRANGER_SEED);
	company_id(id, company.signing_key);
	return 0;
}

static struct receipt
example(void)
{
	struct receipt r = {.at_ms = company_now,
		.order = RECEIPT_STOLEN,
		.handed_over = 12,
		.lost = 3};

	memcpy(r.company, id, sizeof id);
	device_id(r.device, device.signing_key);
	return r;
}

static void
is_read_as_it_was_written(void **state)
{
	struct receipt r = example(), read;
	uint8_t bytes[RECEIPT_SIZE];

	(void)state;
	receipt_encode(bytes, &r, device.signing_secret);
	assert_int_equal(
		receipt_decode(&read, bytes, sizeof bytes, id), STATUS_OK);
	assert_memory_equal(read.device, r.device, ID_SIZE);
	assert_int_equal(read.at_ms, r.at_ms);
	assert_int_equal(read.order, r.order);
	assert_int_equal(read.handed_over, 12);
	assert_int_equal(read.lost, 3);
}

static void
is_refused_with_any_bit_flipped_or_of_any_other_size(void **state)
{
	struct receipt r = example(), read;
	uint8_t bytes[RECEIPT_SIZE + 1] = {0};

	(void)state;
	receipt_encode(bytes, &r, device.signing_secret);
	for (size_t bit = 0; bit < (size_t)RECEIPT_SIZE * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(
			receipt_decode(&read, bytes, RECEIPT_SIZE, id),
			STATUS_OK);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t size = 0; size < RECEIPT_SIZE; size++)
		assert_int_equal(receipt_decode(&read, bytes, size, id),
			STATUS_MALFORMED);
	assert_int_equal(receipt_decode(&read, bytes, sizeof bytes, id),
		STATUS_MALFORMED);
}

/* Its key proves the device that it names, and no other. */
static void
is_signed_by_the_device_that_it_names(void **state)
{
	struct receipt r = example(), read;
	uint8_t bytes[RECEIPT_SIZE], other[COMPANY_ID_SIZE];

	(void)state;
	receipt_encode(bytes, &r, stranger.signing_secret);
	assert_int_equal(
		receipt_decode(&read, bytes, sizeof bytes, id), STATUS_FORGED);
	receipt_encode(bytes, &r, device.signing_secret);
	company_id(other, stranger.signing_key);
	assert_int_equal(receipt_decode(&read, bytes, sizeof bytes, other),
		STATUS_FORGED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_read_as_it_was_written),
		cmocka_unit_test(
			is_refused_with_any_bit_flipped_or_of_any_other_size),
		cmocka_unit_test(is_signed_by_the_device_that_it_names),
	};

	return cmocka_run_group_tests_name("receipt", tests, setup, NULL);
}
