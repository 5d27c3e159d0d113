/* proto/lease: what a hub signed for a device is read back, nothing else. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/lease.h"
#include "tests/proto/company.h"

static struct keys company, issuer, device, stranger;
static uint8_t id[COMPANY_ID_SIZE];

static int
setup(void **state)
{
	(void)state;
	if (sodium_init() < 0)
		return 1;
	keys_from_seed(&company, COMPANY_SEED);
	keys_from_seed(&issuer, ISSUER_SEED);
	keys_from_seed(&device, DEVICE_SEED);
	keys_from_seed(&stranger, STRANGER_SEED);
	company_id(id, company.signing_key);
	return 0;
}

static struct lease_renewal
example(void)
{
	struct lease_renewal r = {.issued_ms = company_now,
		.locks_ms = company_now + 1000,
		.wipes_ms = company_now + 2000};

	memcpy(r.company, id, sizeof id);
	device_id(r.device, device.signing_key);
	memset(r.sealed, 0x5b, sizeof r.sealed);
	return r;
}

static void
is_read_as_it_was_written(void **state)
{
	struct lease_renewal r = example(), read;
	uint8_t bytes[LEASE_SIZE], again[LEASE_SIZE];

	(void)state;
	lease_encode(bytes, &r, issuer.signing_secret);
	assert_int_equal(
		lease_decode(&read, bytes, sizeof bytes, id), STATUS_OK);
	assert_memory_equal(read.device, r.device, ID_SIZE);
	assert_int_equal(read.issued_ms, r.issued_ms);
	assert_int_equal(read.locks_ms, r.locks_ms);
	assert_int_equal(read.wipes_ms, r.wipes_ms);
	assert_memory_equal(read.sealed, r.sealed, sizeof r.sealed);
	assert_memory_equal(read.issuer, issuer.signing_key, SIGNING_KEY_SIZE);
	lease_encode(again, &read, issuer.signing_secret);
	assert_memory_equal(again, bytes, sizeof bytes);
}

static void
is_refused_with_any_bit_flipped_or_of_any_other_size(void **state)
{
	struct lease_renewal r = example(), read;
	uint8_t bytes[LEASE_SIZE + 1] = {0};

	(void)state;
	lease_encode(bytes, &r, issuer.signing_secret);
	for (size_t bit = 0; bit < (size_t)LEASE_SIZE * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(
			lease_decode(&read, bytes, LEASE_SIZE, id), STATUS_OK);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t size = 0; size < LEASE_SIZE; size++)
		assert_int_equal(
			lease_decode(&read, bytes, size, id), STATUS_MALFORMED);
	assert_int_equal(
		lease_decode(&read, bytes, sizeof bytes, id), STATUS_MALFORMED);
}

static void
is_of_its_company_alone(void **state)
{
	struct lease_renewal r = example(), read;
	uint8_t bytes[LEASE_SIZE], other[COMPANY_ID_SIZE];

	(void)state;
	lease_encode(bytes, &r, issuer.signing_secret);
	company_id(other, stranger.signing_key);
	assert_int_equal(
		lease_decode(&read, bytes, sizeof bytes, other), STATUS_FORGED);
}

/* A signature that was given for something else is none here. */
static void
is_bound_to_its_purpose(void **state)
{
	static const char other[] = "roadbook/certificate/1";
	uint8_t to_sign[sizeof other + LEASE_SIGNED_SIZE];
	struct lease_renewal r = example(), read;
	uint8_t bytes[LEASE_SIZE];

	(void)state;
	lease_encode(bytes, &r, issuer.signing_secret);
	memcpy(to_sign, other, sizeof other);
	memcpy(to_sign + sizeof other, bytes, LEASE_SIGNED_SIZE);
	crypto_sign_detached(bytes + LEASE_SIGNED_SIZE, NULL, to_sign,
		sizeof to_sign, issuer.signing_secret);
	assert_int_equal(
		lease_decode(&read, bytes, sizeof bytes, id), STATUS_FORGED);
}

static void
has_its_times_in_order(void **state)
{
	static const uint64_t wrong[][3] = {{0, 1, 1}, {5, 5, 0}, {5, 4, 0},
		{5, 6, 5}, {5, 0, 6}, {5, UINT64_MAX, 0}, {5, 6, UINT64_MAX}};
	static const uint64_t right[][3] = {
		{5, 0, 0}, {5, 6, 0}, {5, 6, 6}, {5, 6, 7}};
	struct lease_renewal r = example(), read;
	uint8_t bytes[LEASE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
		r.issued_ms = right[i][0];
		r.locks_ms = right[i][1];
		r.wipes_ms = right[i][2];
		lease_encode(bytes, &r, issuer.signing_secret);
		assert_int_equal(lease_decode(&read, bytes, sizeof bytes, id),
			STATUS_OK);
	}
	/* Before the signature: who signs nonsense is told that. */
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		for (int n = 0; n < 8; n++) {
			bytes[49 + n] = (uint8_t)(wrong[i][0] >> (56 - 8 * n));
			bytes[57 + n] = (uint8_t)(wrong[i][1] >> (56 - 8 * n));
			bytes[65 + n] = (uint8_t)(wrong[i][2] >> (56 - 8 * n));
		}
		assert_int_equal(lease_decode(&read, bytes, sizeof bytes, id),
			STATUS_MALFORMED);
	}
}

static void
gives_its_secret_to_its_device_alone(void **state)
{
	uint8_t secret[LEASE_SECRET_SIZE], sealed[LEASE_SEALED_SIZE];
	uint8_t opened[LEASE_SECRET_SIZE];

	(void)state;
	memset(secret, 0x11, sizeof secret);
	assert_int_equal(
		lease_seal(sealed, secret, device.link_key), STATUS_OK);
	assert_int_equal(
		lease_unseal(opened, sealed, device.link_secret), STATUS_OK);
	assert_memory_equal(opened, secret, sizeof secret);
	assert_int_equal(lease_unseal(opened, sealed, stranger.link_secret),
		STATUS_FORGED);
	sealed[0] ^= 1;
	assert_int_equal(lease_unseal(opened, sealed, device.link_secret),
		STATUS_FORGED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_read_as_it_was_written),
		cmocka_unit_test(
			is_refused_with_any_bit_flipped_or_of_any_other_size),
		cmocka_unit_test(is_of_its_company_alone),
		cmocka_unit_test(is_bound_to_its_purpose),
		cmocka_unit_test(has_its_times_in_order),
		cmocka_unit_test(gives_its_secret_to_its_device_alone),
	};

	return cmocka_run_group_tests_name("lease", tests, setup, NULL);
}
