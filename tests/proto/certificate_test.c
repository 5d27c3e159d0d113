/* proto/certificate: what an issuer signed is read back, and nothing else. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/proto/company.h"

static const enum certificate_kind kinds[] = {
	CERTIFICATE_ISSUER, CERTIFICATE_DEVICE, CERTIFICATE_HUB};

enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

static struct keys company;

static int
setup(void **state)
{
	(void)state;
	if (sodium_init() < 0)
		return 1;
	keys_from_seed(&company, COMPANY_SEED);
	return 0;
}

static enum status
decode(const uint8_t *bytes, size_t size)
{
	struct certificate c;

	return certificate_decode(&c, bytes, size);
}

/* Signs the bytes anew, whatever they say, so that only the rules refuse. */
static void
sign_again(uint8_t bytes[static CERTIFICATE_SIZE], const struct keys *keys)
{
	static const char purpose[] = "roadbook/certificate/1";
	uint8_t to_sign[sizeof purpose + CERTIFICATE_SIGNED_SIZE];

	memcpy(bytes + 154, keys->signing_key, SIGNING_KEY_SIZE);
	memcpy(to_sign, purpose, sizeof purpose);
	memcpy(to_sign + sizeof purpose, bytes, CERTIFICATE_SIGNED_SIZE);
	crypto_sign_detached(bytes + CERTIFICATE_SIGNED_SIZE, NULL, to_sign,
		sizeof to_sign, keys->signing_secret);
}

/* What becomes of a kind whose byte at `at` is changed by its own issuer. */
static enum status
decode_altered(enum certificate_kind kind, size_t at, size_t size, int value)
{
	uint8_t bytes[CERTIFICATE_SIZE];

	company_encoded(bytes, kind);
	memset(bytes + at, value, size);
	sign_again(bytes, &company);
	return decode(bytes, sizeof bytes);
}

static void
only_what_is_known_to_the_last_byte_is_not_verified(void **state)
{
	struct certificate c = company_certificate(kinds[0]), read;
	uint8_t bytes[2 * CERTIFICATE_SIZE], *second;
	struct certificates_known known = {bytes, 2};

	(void)state;
	company_sign(bytes, &c);
	second = bytes + CERTIFICATE_SIZE;
	memcpy(second, bytes, CERTIFICATE_SIZE);
	second[CERTIFICATE_SIZE - 1] ^= 1;
	assert_int_equal(certificate_decode(&read, second, CERTIFICATE_SIZE),
		STATUS_FORGED);
	assert_int_equal(certificate_decode_known(
				 &read, second, CERTIFICATE_SIZE, &known),
		STATUS_OK);
	for (size_t i = 0; i < CERTIFICATE_SIZE; i++) {
		uint8_t other[CERTIFICATE_SIZE];

		memcpy(other, bytes, sizeof other);
		other[i] ^= 2;
		assert_int_not_equal(certificate_decode_known(&read, other,
					     sizeof other, &known),
			STATUS_OK);
	}
}

static void
reads_back_what_was_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < KIND_COUNT; i++) {
		struct certificate c = company_certificate(kinds[i]);
		struct certificate read;
		uint8_t bytes[CERTIFICATE_SIZE];

		company_sign(bytes, &c);
		assert_int_equal(certificate_decode(&read, bytes, sizeof bytes),
			STATUS_OK);
		assert_int_equal(read.kind, c.kind);
		assert_memory_equal(read.company, c.company, COMPANY_ID_SIZE);
		assert_memory_equal(read.subject, c.subject, ID_SIZE);
		assert_memory_equal(read.user, c.user, ID_SIZE);
		assert_true(read.serial == c.serial);
		assert_memory_equal(
			read.signing_key, c.signing_key, SIGNING_KEY_SIZE);
		assert_memory_equal(read.link_key, c.link_key, LINK_KEY_SIZE);
		assert_true(read.not_before_ms == c.not_before_ms);
		assert_true(read.expires_ms == c.expires_ms);
		assert_memory_equal(read.issuer, c.issuer, SIGNING_KEY_SIZE);
	}
}

static void
refuses_every_other_size(void **state)
{
	uint8_t bytes[CERTIFICATE_SIZE + 1] = {0};

	(void)state;
	company_encoded(bytes, CERTIFICATE_DEVICE);
	for (size_t size = 0; size <= sizeof bytes; size++)
		assert_int_equal(decode(bytes, size),
			size == CERTIFICATE_SIZE ? STATUS_OK
						 : STATUS_MALFORMED);
}

static void
refuses_every_flipped_bit(void **state)
{
	uint8_t good[CERTIFICATE_SIZE], bytes[CERTIFICATE_SIZE];

	(void)state;
	company_encoded(good, CERTIFICATE_DEVICE);
	for (size_t bit = 0; bit < sizeof bytes * 8; bit++) {
		memcpy(bytes, good, sizeof bytes);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(decode(bytes, sizeof bytes), STATUS_OK);
	}
}

static void
refuses_a_signature_made_for_another_purpose(void **state)
{
	uint8_t bytes[CERTIFICATE_SIZE];
	struct keys issuer;

	(void)state;
	keys_from_seed(&issuer, ISSUER_SEED);
	company_encoded(bytes, CERTIFICATE_DEVICE);
	crypto_sign_detached(bytes + CERTIFICATE_SIGNED_SIZE, NULL, bytes,
		CERTIFICATE_SIGNED_SIZE, issuer.signing_secret);
	assert_int_equal(decode(bytes, sizeof bytes), STATUS_FORGED);
}

static void
refuses_unknown_versions_and_kinds_even_when_signed(void **state)
{
	(void)state;
	for (int value = 0; value < 256; value++) {
		assert_int_equal(
			decode_altered(CERTIFICATE_DEVICE, 0, 1, value),
			value == CERTIFICATE_VERSION ? STATUS_OK
						     : STATUS_MALFORMED);
		assert_int_equal(
			decode_altered(CERTIFICATE_DEVICE, 1, 1, value),
			value == CERTIFICATE_DEVICE ? STATUS_OK
						    : STATUS_MALFORMED);
	}
}

static void
refuses_fields_that_a_kind_does_not_have_and_the_lack_of_others(void **state)
{
	(void)state;
	/* Subject, user and link key, in this order. */
	assert_int_equal(
		decode_altered(CERTIFICATE_ISSUER, 34, 1, 1), STATUS_MALFORMED);
	assert_int_equal(
		decode_altered(CERTIFICATE_ISSUER, 65, 1, 1), STATUS_MALFORMED);
	assert_int_equal(decode_altered(CERTIFICATE_ISSUER, 137, 1, 1),
		STATUS_MALFORMED);
	assert_int_equal(decode_altered(CERTIFICATE_DEVICE, 34, 16, 0),
		STATUS_MALFORMED);
	assert_int_equal(decode_altered(CERTIFICATE_DEVICE, 50, 16, 0),
		STATUS_MALFORMED);
	assert_int_equal(decode_altered(CERTIFICATE_DEVICE, 106, 32, 0),
		STATUS_MALFORMED);
	assert_int_equal(
		decode_altered(CERTIFICATE_HUB, 34, 16, 0), STATUS_MALFORMED);
	assert_int_equal(
		decode_altered(CERTIFICATE_HUB, 50, 1, 1), STATUS_MALFORMED);
	assert_int_equal(
		decode_altered(CERTIFICATE_HUB, 106, 32, 0), STATUS_MALFORMED);
}

static void
refuses_a_subject_that_is_not_the_id_of_its_key(void **state)
{
	(void)state;
	assert_int_equal(
		decode_altered(CERTIFICATE_DEVICE, 34, 1, 0), STATUS_MALFORMED);
	assert_int_equal(
		decode_altered(CERTIFICATE_DEVICE, 74, 1, 0), STATUS_MALFORMED);
}

static void
refuses_one_that_expires_before_it_begins(void **state)
{
	struct certificate c = company_certificate(CERTIFICATE_DEVICE);
	uint8_t bytes[CERTIFICATE_SIZE];

	(void)state;
	c.expires_ms = c.not_before_ms;
	company_sign(bytes, &c);
	assert_int_equal(decode(bytes, sizeof bytes), STATUS_OK);

	bytes[153]--; /* the last byte of expires */
	sign_again(bytes, &company);
	assert_int_equal(decode(bytes, sizeof bytes), STATUS_MALFORMED);
}

static enum status
check(const struct certificate *issuer, const struct certificate *device,
	uint64_t now_ms)
{
	return certificate_chain_check(
		company.signing_key, issuer, device, now_ms);
}

static void
a_chain_leads_from_the_company_to_devices_and_to_the_hub(void **state)
{
	struct certificate issuer = company_certificate(CERTIFICATE_ISSUER);
	struct certificate device = company_certificate(CERTIFICATE_DEVICE);
	struct certificate hub = company_certificate(CERTIFICATE_HUB);

	(void)state;
	assert_int_equal(check(&issuer, &device, company_now), STATUS_OK);
	assert_int_equal(check(&issuer, &hub, company_now), STATUS_OK);
}

static void
a_chain_of_the_wrong_links_is_forged(void **state)
{
	struct certificate issuer = company_certificate(CERTIFICATE_ISSUER);
	struct certificate device = company_certificate(CERTIFICATE_DEVICE);

	(void)state;
	assert_int_equal(check(&issuer, &issuer, company_now), STATUS_FORGED);
	assert_int_equal(check(&device, &device, company_now), STATUS_FORGED);
	assert_int_equal(check(&device, &issuer, company_now), STATUS_FORGED);
}

/* A device cannot certify another, nor the company skip its issuer. */
static void
only_the_issuer_stated_certifies_devices(void **state)
{
	static const int seeds[] = {
		COMPANY_SEED, DEVICE_SEED, HUB_SEED, STRANGER_SEED};
	struct certificate issuer = company_certificate(CERTIFICATE_ISSUER);

	(void)state;
	for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
		struct certificate c = company_certificate(CERTIFICATE_DEVICE);
		struct keys keys;

		keys_from_seed(&keys, seeds[i]);
		memcpy(c.issuer, keys.signing_key, SIGNING_KEY_SIZE);
		assert_int_equal(
			check(&issuer, &c, company_now), STATUS_FORGED);
	}
}

/* What an issuer's certificate and a device's are for is in their kind. */
static void
no_kind_stands_in_for_another(void **state)
{
	struct certificate root = company_certificate(CERTIFICATE_HUB);
	struct certificate leaf = company_certificate(CERTIFICATE_DEVICE);
	struct certificate issuer = company_certificate(CERTIFICATE_ISSUER);
	struct certificate second = issuer;

	(void)state;
	/* A hub's, signed by the company itself, which then certifies. */
	memcpy(root.issuer, company.signing_key, SIGNING_KEY_SIZE);
	memcpy(leaf.issuer, root.signing_key, SIGNING_KEY_SIZE);
	assert_int_equal(check(&root, &leaf, company_now), STATUS_FORGED);
	root.kind = CERTIFICATE_DEVICE;
	assert_int_equal(check(&root, &leaf, company_now), STATUS_FORGED);

	/* An issuer's, signed by an issuer, where a device's is to be. */
	memcpy(second.issuer, issuer.signing_key, SIGNING_KEY_SIZE);
	assert_int_equal(check(&issuer, &second, company_now), STATUS_FORGED);
}

static void
another_company_is_forged_at_each_place_it_is_named(void **state)
{
	struct certificate issuer = company_certificate(CERTIFICATE_ISSUER);
	struct certificate device = company_certificate(CERTIFICATE_DEVICE);
	struct certificate other;
	struct keys stranger;

	(void)state;
	keys_from_seed(&stranger, STRANGER_SEED);
	assert_int_equal(certificate_chain_check(stranger.signing_key, &issuer,
				 &device, company_now),
		STATUS_FORGED);

	other = issuer;
	other.company[31] ^= 1;
	assert_int_equal(check(&other, &device, company_now), STATUS_FORGED);
	other = issuer;
	memcpy(other.issuer, stranger.signing_key, SIGNING_KEY_SIZE);
	assert_int_equal(check(&other, &device, company_now), STATUS_FORGED);
	other = device;
	other.company[0] ^= 1;
	assert_int_equal(check(&issuer, &other, company_now), STATUS_FORGED);
}

static void
is_good_from_its_first_millisecond_to_its_last(void **state)
{
	(void)state;
	for (int spoiled = 0; spoiled < 2; spoiled++) {
		struct certificate issuer =
			company_certificate(CERTIFICATE_ISSUER);
		struct certificate device =
			company_certificate(CERTIFICATE_DEVICE);
		struct certificate *c = spoiled ? &device : &issuer;

		c->not_before_ms = company_now + 5;
		c->expires_ms = company_now + 10;
		assert_int_equal(check(&issuer, &device, company_now + 4),
			STATUS_REFUSED);
		assert_int_equal(
			check(&issuer, &device, company_now + 5), STATUS_OK);
		assert_int_equal(
			check(&issuer, &device, company_now + 10), STATUS_OK);
		assert_int_equal(check(&issuer, &device, company_now + 11),
			STATUS_REFUSED);
	}
}

/* A rep who last heard from the hub long ago meets a new colleague. */
static void
a_reader_behind_takes_the_time_of_issue_for_now(void **state)
{
	struct certificate issuer = company_certificate(CERTIFICATE_ISSUER);
	struct certificate device = company_certificate(CERTIFICATE_DEVICE);

	(void)state;
	assert_int_equal(check(&issuer, &device, 0), STATUS_OK);
	/* Each time of issue counts, not the later one's alone. */
	issuer.serial = issuer.not_before_ms - 1;
	assert_int_equal(check(&issuer, &device, 0), STATUS_OK);
	issuer = company_certificate(CERTIFICATE_ISSUER);
	device.serial = device.not_before_ms - 1;
	assert_int_equal(check(&issuer, &device, 0), STATUS_OK);

	device = company_certificate(CERTIFICATE_DEVICE);
	device.expires_ms = device.serial - 1;
	assert_int_equal(check(&issuer, &device, 0), STATUS_REFUSED);
}

static void
origin_does_not_look_at_dates(void **state)
{
	struct certificate issuer = company_certificate(CERTIFICATE_ISSUER);
	struct certificate hub = company_certificate(CERTIFICATE_HUB);

	(void)state;
	issuer.expires_ms = hub.expires_ms = hub.not_before_ms;
	assert_int_equal(check(&issuer, &hub, company_now), STATUS_REFUSED);
	assert_int_equal(
		certificate_chain_origin(company.signing_key, &issuer, &hub),
		STATUS_OK);
	assert_int_equal(
		certificate_chain_origin(company.signing_key, &hub, &hub),
		STATUS_FORGED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			only_what_is_known_to_the_last_byte_is_not_verified),
		cmocka_unit_test(reads_back_what_was_written),
		cmocka_unit_test(refuses_every_other_size),
		cmocka_unit_test(refuses_every_flipped_bit),
		cmocka_unit_test(refuses_a_signature_made_for_another_purpose),
		cmocka_unit_test(
			refuses_unknown_versions_and_kinds_even_when_signed),
		cmocka_unit_test(
			refuses_fields_that_a_kind_does_not_have_and_the_lack_of_others),
		cmocka_unit_test(
			refuses_a_subject_that_is_not_the_id_of_its_key),
		cmocka_unit_test(refuses_one_that_expires_before_it_begins),
		cmocka_unit_test(
			a_chain_leads_from_the_company_to_devices_and_to_the_hub),
		cmocka_unit_test(a_chain_of_the_wrong_links_is_forged),
		cmocka_unit_test(only_the_issuer_stated_certifies_devices),
		cmocka_unit_test(no_kind_stands_in_for_another),
		cmocka_unit_test(
			another_company_is_forged_at_each_place_it_is_named),
		cmocka_unit_test(
			is_good_from_its_first_millisecond_to_its_last),
		cmocka_unit_test(
			a_reader_behind_takes_the_time_of_issue_for_now),
		cmocka_unit_test(origin_does_not_look_at_dates),
	};

	return cmocka_run_group_tests_name("certificate", tests, setup, NULL);
}
