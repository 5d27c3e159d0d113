/* proto/gate: opens to who knows the company's key, for these bytes only. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/gate.h"

static uint8_t key[SIGNING_KEY_SIZE] = {1, 2, 3};
static const uint8_t hello[] = "any bytes that go through a gate";

static int
setup(void **state)
{
	(void)state;
	return sodium_init() < 0;
}

static void
opens_to_what_was_made_for_it(void **state)
{
	uint8_t gate[GATE_SIZE];

	(void)state;
	gate_make(gate, key, hello, sizeof hello);
	assert_true(gate_check(gate, key, hello, sizeof hello));

	gate_make(gate, key, NULL, 0);
	assert_true(gate_check(gate, key, NULL, 0));
}

/* As written in the header, by the library's own calls. */
static void
is_a_keyed_hash_under_the_hash_of_its_purpose_and_the_key(void **state)
{
	uint8_t input[16 + SIGNING_KEY_SIZE] = "roadbook/gate/1";
	uint8_t hash[32], expected[GATE_SIZE], gate[GATE_SIZE];

	(void)state;
	memcpy(input + 16, key, SIGNING_KEY_SIZE);
	crypto_generichash(hash, sizeof hash, input, sizeof input, NULL, 0);
	crypto_generichash(expected, sizeof expected, hello, sizeof hello, hash,
		sizeof hash);

	gate_make(gate, key, hello, sizeof hello);
	assert_memory_equal(gate, expected, GATE_SIZE);
}

static void
stays_shut_for_every_flipped_bit(void **state)
{
	uint8_t gate[GATE_SIZE], bytes[sizeof hello], other[sizeof key];

	(void)state;
	gate_make(gate, key, hello, sizeof hello);
	for (size_t bit = 0; bit < sizeof gate * 8; bit++) {
		gate[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(gate_check(gate, key, hello, sizeof hello));
		gate[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t bit = 0; bit < sizeof bytes * 8; bit++) {
		memcpy(bytes, hello, sizeof bytes);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(gate_check(gate, key, bytes, sizeof bytes));
	}
	for (size_t bit = 0; bit < sizeof other * 8; bit++) {
		memcpy(other, key, sizeof other);
		other[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(gate_check(gate, other, hello, sizeof hello));
	}
}

static void
stays_shut_for_every_cut(void **state)
{
	uint8_t gate[GATE_SIZE];

	(void)state;
	gate_make(gate, key, hello, sizeof hello);
	for (size_t size = 0; size < sizeof hello; size++)
		assert_false(gate_check(gate, key, hello, size));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_to_what_was_made_for_it),
		cmocka_unit_test(
			is_a_keyed_hash_under_the_hash_of_its_purpose_and_the_key),
		cmocka_unit_test(stays_shut_for_every_flipped_bit),
		cmocka_unit_test(stays_shut_for_every_cut),
	};

	return cmocka_run_group_tests_name("gate", tests, setup, NULL);
}
