/* proto/credentials: say whose a proven link key is, or nothing at all. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/proto/company.h"

static struct keys company, device, hub, stranger;

static int
setup(void **state)
{
	(void)state;
	if (sodium_init() < 0)
		return 1;
	keys_from_seed(&company, COMPANY_SEED);
	keys_from_seed(&device, DEVICE_SEED);
	keys_from_seed(&hub, HUB_SEED);
	keys_from_seed(&stranger, STRANGER_SEED);
	return 0;
}

/* What a peer makes of them that has just proven to hold this link key. */
static enum status
decode_shown_by(const struct keys *keys, struct credentials *credentials,
	const uint8_t *bytes, size_t size)
{
	struct credentials_options options = {
		.company_key = company.signing_key,
		.link_key = keys->link_key,
		.now_ms = company_now,
	};

	return credentials_decode(credentials, bytes, size, &options);
}

/* The device's credentials, with the hub introduced by `third`. */
static void
three_certificates(
	uint8_t out[static CREDENTIALS_SIZE_MAX], enum certificate_kind third)
{
	company_credentials(out, CERTIFICATE_DEVICE);
	company_encoded(out + CREDENTIALS_SIZE, third);
}

static void
reads_those_of_a_device_and_of_the_hub(void **state)
{
	uint8_t bytes[CREDENTIALS_SIZE];
	struct credentials c;

	(void)state;
	company_credentials(bytes, CERTIFICATE_DEVICE);
	assert_int_equal(
		decode_shown_by(&device, &c, bytes, sizeof bytes), STATUS_OK);
	assert_int_equal(c.device.kind, CERTIFICATE_DEVICE);
	assert_memory_equal(
		c.device.signing_key, device.signing_key, SIGNING_KEY_SIZE);
	assert_memory_equal(
		c.issuer.issuer, company.signing_key, SIGNING_KEY_SIZE);
	assert_false(c.has_hub);

	company_credentials(bytes, CERTIFICATE_HUB);
	assert_int_equal(
		decode_shown_by(&hub, &c, bytes, sizeof bytes), STATUS_OK);
	assert_int_equal(c.device.kind, CERTIFICATE_HUB);
}

static void
introduce_the_hub(void **state)
{
	uint8_t bytes[CREDENTIALS_SIZE_MAX];
	struct credentials c;

	(void)state;
	three_certificates(bytes, CERTIFICATE_HUB);
	assert_int_equal(
		decode_shown_by(&device, &c, bytes, sizeof bytes), STATUS_OK);
	assert_true(c.has_hub);
	assert_memory_equal(
		c.hub.signing_key, hub.signing_key, SIGNING_KEY_SIZE);
}

static void
introduce_nobody_else_as_the_hub(void **state)
{
	uint8_t bytes[CREDENTIALS_SIZE_MAX];
	struct certificate other = company_certificate(CERTIFICATE_HUB);
	struct credentials c;

	(void)state;
	three_certificates(bytes, CERTIFICATE_DEVICE);
	assert_int_equal(decode_shown_by(&device, &c, bytes, sizeof bytes),
		STATUS_FORGED);
	three_certificates(bytes, CERTIFICATE_ISSUER);
	assert_int_equal(decode_shown_by(&device, &c, bytes, sizeof bytes),
		STATUS_FORGED);

	memcpy(other.issuer, stranger.signing_key, SIGNING_KEY_SIZE);
	company_sign(bytes + CREDENTIALS_SIZE, &other);
	assert_int_equal(decode_shown_by(&device, &c, bytes, sizeof bytes),
		STATUS_FORGED);
}

static void
introduce_a_hub_whose_certificate_has_expired(void **state)
{
	uint8_t bytes[CREDENTIALS_SIZE_MAX];
	struct certificate old = company_certificate(CERTIFICATE_HUB);
	struct credentials c;

	(void)state;
	three_certificates(bytes, CERTIFICATE_HUB);
	old.expires_ms = old.not_before_ms;
	company_sign(bytes + CREDENTIALS_SIZE, &old);
	assert_int_equal(
		decode_shown_by(&device, &c, bytes, sizeof bytes), STATUS_OK);
}

static void
are_worthless_to_whoever_does_not_hold_the_link_key(void **state)
{
	uint8_t bytes[CREDENTIALS_SIZE_MAX];
	struct credentials c;

	(void)state;
	three_certificates(bytes, CERTIFICATE_HUB);
	assert_int_equal(decode_shown_by(&stranger, &c, bytes, sizeof bytes),
		STATUS_FORGED);
	/* Not even to the hub, whose certificate is among them. */
	assert_int_equal(
		decode_shown_by(&hub, &c, bytes, sizeof bytes), STATUS_FORGED);
}

static void
say_who_it_was_when_they_have_expired(void **state)
{
	struct certificate old = company_certificate(CERTIFICATE_DEVICE);
	uint8_t bytes[CREDENTIALS_SIZE];
	struct credentials c;

	(void)state;
	company_credentials(bytes, CERTIFICATE_DEVICE);
	old.expires_ms = company_now - 1;
	company_sign(bytes + CERTIFICATE_SIZE, &old);

	memset(&c, 0, sizeof c);
	assert_int_equal(decode_shown_by(&device, &c, bytes, sizeof bytes),
		STATUS_REFUSED);
	assert_memory_equal(c.device.subject, old.subject, ID_SIZE);
}

static void
of_another_order_or_company_are_forged(void **state)
{
	uint8_t bytes[CREDENTIALS_SIZE];
	struct credentials c;
	struct credentials_options options = {
		.company_key = stranger.signing_key,
		.link_key = device.link_key,
		.now_ms = company_now,
	};

	(void)state;
	company_encoded(bytes, CERTIFICATE_DEVICE);
	company_encoded(bytes + CERTIFICATE_SIZE, CERTIFICATE_ISSUER);
	assert_int_equal(decode_shown_by(&device, &c, bytes, sizeof bytes),
		STATUS_FORGED);

	company_credentials(bytes, CERTIFICATE_DEVICE);
	assert_int_equal(credentials_decode(&c, bytes, sizeof bytes, &options),
		STATUS_FORGED);
}

static void
of_every_other_size_are_malformed(void **state)
{
	uint8_t bytes[CREDENTIALS_SIZE_MAX + 1] = {0};
	struct credentials c;

	(void)state;
	three_certificates(bytes, CERTIFICATE_HUB);
	for (size_t size = 0; size <= sizeof bytes; size++)
		if (size != CREDENTIALS_SIZE && size != CREDENTIALS_SIZE_MAX)
			assert_int_equal(
				decode_shown_by(&device, &c, bytes, size),
				STATUS_MALFORMED);
}

static void
with_any_flipped_byte_are_refused_and_leave_no_trace(void **state)
{
	uint8_t good[CREDENTIALS_SIZE_MAX], bytes[CREDENTIALS_SIZE_MAX];
	struct credentials c, before;

	(void)state;
	three_certificates(good, CERTIFICATE_HUB);
	memset(&before, 0x55, sizeof before);
	for (size_t i = 0; i < sizeof bytes; i++) {
		memcpy(bytes, good, sizeof bytes);
		bytes[i] ^= 0x20;
		memcpy(&c, &before, sizeof c);
		assert_int_not_equal(
			decode_shown_by(&device, &c, bytes, sizeof bytes),
			STATUS_OK);
		assert_memory_equal(&c, &before, sizeof c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_those_of_a_device_and_of_the_hub),
		cmocka_unit_test(introduce_the_hub),
		cmocka_unit_test(introduce_nobody_else_as_the_hub),
		cmocka_unit_test(introduce_a_hub_whose_certificate_has_expired),
		cmocka_unit_test(
			are_worthless_to_whoever_does_not_hold_the_link_key),
		cmocka_unit_test(say_who_it_was_when_they_have_expired),
		cmocka_unit_test(of_another_order_or_company_are_forged),
		cmocka_unit_test(of_every_other_size_are_malformed),
		cmocka_unit_test(
			with_any_flipped_byte_are_refused_and_leave_no_trace),
	};

	return cmocka_run_group_tests_name("credentials", tests, setup, NULL);
}
