/* proto/order: what the company signed is read back, and nothing else. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/order.h"
#include "tests/proto/company.h"

static struct keys company, stranger;

static int
setup(void **state)
{
	(void)state;
	if (sodium_init() < 0)
		return 1;
	keys_from_seed(&company, COMPANY_SEED);
	keys_from_seed(&stranger, STRANGER_SEED);
	return 0;
}

static struct order_hub
hub_of(int seed, uint64_t last)
{
	struct order_hub hub = {.last = last};
	struct keys keys;

	keys_from_seed(&keys, seed);
	memcpy(hub.sign_key, keys.signing_key, SIGNING_KEY_SIZE);
	memset(hub.name, last ? 0x5a : 0, SEGMENT_NAME_SIZE);
	return hub;
}

static struct order_key
key_of(int seed, uint64_t ends_ms)
{
	struct order_key key = {.ends_ms = ends_ms};
	struct keys keys;

	keys_from_seed(&keys, seed);
	memcpy(key.key, keys.signing_key, SIGNING_KEY_SIZE);
	return key;
}

static struct order
example(void)
{
	struct order order = {.number = 3, .signed_ms = company_now};
	struct order_hub hub = hub_of(HUB_SEED, 7);
	struct order_key key = key_of(ISSUER_SEED, company_now);

	assert_true(order_add_hub(&order, &hub));
	assert_true(order_add_key(&order, &key));
	return order;
}

static void
reads_back_what_was_signed(void **state)
{
	struct order order = example(), read;
	struct order_hub none = hub_of(DEVICE_SEED, 0);
	uint8_t bytes[ORDER_SIZE_MAX];
	size_t size;

	(void)state;
	assert_true(order_add_hub(&order, &none));
	size = order_encode(bytes, &order, company.signing_secret);
	assert_int_equal(order_decode(&read, bytes, size, company.signing_key),
		STATUS_OK);
	assert_int_equal(read.number, 3);
	assert_int_equal(read.signed_ms, company_now);
	assert_int_equal(read.hub_count, 2);
	assert_int_equal(order_hub(&read, order.hubs[0].sign_key)->last,
		order.hubs[0].last);
	assert_int_equal(order_hub(&read, none.sign_key)->last, 0);
	assert_int_equal(
		order_key(&read, order.keys[0].key)->ends_ms, company_now);
	assert_null(order_key(&read, none.sign_key));
	assert_null(order_hub(&read, order.keys[0].key));
}

static void
holds_as_many_as_it_may(void **state)
{
	struct order order = {.number = 1}, read;
	uint8_t bytes[ORDER_SIZE_MAX];
	size_t size;

	(void)state;
	/* The other way round: they come to stand in order. */
	for (int i = ORDER_HUBS_MAX; i > 0; i--) {
		struct order_hub hub = hub_of(20 + i, (uint64_t)i);
		struct order_key key = key_of(20 + i, (uint64_t)i);

		assert_true(order_add_hub(&order, &hub));
		assert_true(order_add_key(&order, &key));
	}
	size = order_encode(bytes, &order, company.signing_secret);
	assert_int_equal(size, ORDER_SIZE_MAX);
	assert_int_equal(order_decode(&read, bytes, size, company.signing_key),
		STATUS_OK);
	for (int i = ORDER_HUBS_MAX; i > 0; i--) {
		struct order_hub hub = hub_of(20 + i, 0);

		assert_int_equal(order_hub(&read, hub.sign_key)->last, i);
	}
	assert_false(order_add_hub(&order, &(struct order_hub){.last = 0}));
	assert_false(order_add_key(&order, &(struct order_key){.ends_ms = 0}));
}

static void
keeps_the_earlier_end_of_what_is_said_twice(void **state)
{
	struct order order = example();
	struct order_hub less = hub_of(HUB_SEED, 5), more = hub_of(HUB_SEED, 9);
	struct order_key later = key_of(ISSUER_SEED, company_now + 1);

	(void)state;
	assert_true(order_add_hub(&order, &more));
	assert_int_equal(order.hubs[0].last, 7);
	assert_true(order_add_hub(&order, &less));
	assert_int_equal(order.hubs[0].last, 5);
	assert_true(order_add_key(&order, &later));
	assert_int_equal(order.keys[0].ends_ms, company_now);
	assert_int_equal(order.hub_count + order.key_count, 2);
}

/* Signs the bytes anew, whatever they say, so that only the rules refuse. */
static enum status
decode_altered(size_t at, int value, size_t size)
{
	static const char purpose[] = "roadbook/order/1";
	struct order order = example(), read;
	uint8_t bytes[ORDER_SIZE_MAX] = {0};
	uint8_t to_sign[sizeof purpose + ORDER_SIZE_MAX];
	size_t whole = order_encode(bytes, &order, company.signing_secret);
	size_t head;

	if (at < whole)
		bytes[at] = (uint8_t)value;
	size = size ? size : whole;
	head = size - SIGNATURE_SIZE;
	memcpy(to_sign, purpose, sizeof purpose);
	memcpy(to_sign + sizeof purpose, bytes, head);
	crypto_sign_detached(bytes + head, NULL, to_sign, sizeof purpose + head,
		company.signing_secret);
	return order_decode(&read, bytes, size, company.signing_key);
}

static void
refuses_what_is_no_order(void **state)
{
	(void)state;
	assert_int_equal(decode_altered(SIZE_MAX, 0, 0), STATUS_OK);
	assert_int_equal(decode_altered(0, 2, 0), STATUS_MALFORMED);
	assert_int_equal(decode_altered(40, 0, 0), STATUS_MALFORMED); /* 0 */
	assert_int_equal(decode_altered(49, 0, 0), STATUS_MALFORMED);
	assert_int_equal(decode_altered(49, 33, 0), STATUS_MALFORMED);
	assert_int_equal(decode_altered(50, 2, 0), STATUS_MALFORMED);
	/* A segment for change 0, and a change that no number reaches. */
	assert_int_equal(decode_altered(51 + 39, 0, 0), STATUS_MALFORMED);
	assert_int_equal(decode_altered(51 + 32, 0x40, 0), STATUS_MALFORMED);
	assert_int_equal(decode_altered(SIZE_MAX, 0, 114), STATUS_MALFORMED);
	assert_int_equal(decode_altered(1, 0, 0), STATUS_FORGED); /* company */
}

static void
refuses_entries_out_of_order(void **state)
{
	struct order order = {.number = 1}, read;
	struct order_hub a = hub_of(HUB_SEED, 1), b = hub_of(DEVICE_SEED, 1);
	uint8_t bytes[ORDER_SIZE_MAX], swap[ORDER_HUB_SIZE];
	size_t size;

	(void)state;
	assert_true(order_add_hub(&order, &a) && order_add_hub(&order, &b));
	size = order_encode(bytes, &order, company.signing_secret);
	memcpy(swap, bytes + 51, sizeof swap);
	memcpy(bytes + 51, bytes + 51 + ORDER_HUB_SIZE, sizeof swap);
	memcpy(bytes + 51 + ORDER_HUB_SIZE, swap, sizeof swap);
	assert_int_equal(order_decode(&read, bytes, size, company.signing_key),
		STATUS_MALFORMED);
}

static void
refuses_every_byte_that_was_changed(void **state)
{
	struct order order = example(), read;
	uint8_t bytes[ORDER_SIZE_MAX];
	size_t size = order_encode(bytes, &order, company.signing_secret);

	(void)state;
	for (size_t i = 0; i < size; i++) {
		bytes[i] ^= 1;
		assert_int_not_equal(
			order_decode(&read, bytes, size, company.signing_key),
			STATUS_OK);
		bytes[i] ^= 1;
		assert_int_not_equal(
			order_decode(&read, bytes, i, company.signing_key),
			STATUS_OK);
	}
	assert_int_equal(order_decode(&read, bytes, size, stranger.signing_key),
		STATUS_FORGED);
	size = order_encode(bytes, &order, stranger.signing_secret);
	assert_int_equal(order_decode(&read, bytes, size, company.signing_key),
		STATUS_FORGED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back_what_was_signed),
		cmocka_unit_test(holds_as_many_as_it_may),
		cmocka_unit_test(keeps_the_earlier_end_of_what_is_said_twice),
		cmocka_unit_test(refuses_what_is_no_order),
		cmocka_unit_test(refuses_entries_out_of_order),
		cmocka_unit_test(refuses_every_byte_that_was_changed),
	};

	return cmocka_run_group_tests_name("order", tests, setup, NULL);
}
