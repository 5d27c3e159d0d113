/* client/node/hub/certify: certificates, and when they are made anew. */

#include "client/node/hub/certify.h"
#include "client/node/keys.h"
#include "client/node/standing.h"
#include "tests/client/office.h"

static struct office office;
static struct node *rep;
static uint64_t now;

static const uint64_t day_ms = (uint64_t)24 * 3600 * 1000;

static int
setup(void **state)
{
	(void)state;
	office_open(&office);
	rep = office_device(&office, "rep");
	now = (uint64_t)node_now_ms();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	office_close(&office);
	return 0;
}

/* What the device shows, judged at that time. */
static enum status
shown_at(struct credentials *shown, uint64_t at_ms)
{
	uint8_t link_key[LINK_KEY_SIZE];
	struct credentials_options options = {.company_key = rep->company_key,
		.link_key = link_key,
		.now_ms = at_ms};

	node_keys_link_public(rep->keys, link_key);
	return credentials_decode(
		shown, rep->credentials, rep->credentials_size, &options);
}

static enum status
again_at(uint64_t at_ms, uint8_t out[static CREDENTIALS_SIZE_MAX])
{
	struct credentials shown;
	enum status status = shown_at(&shown, at_ms);

	assert_true(status == STATUS_OK || status == STATUS_REFUSED);
	return certify_again(office.hub, &shown, at_ms, out);
}

static void
a_device_is_certified_for_ninety_days(void **state)
{
	struct credentials shown;

	(void)state;
	assert_int_equal(shown_at(&shown, now + 89 * day_ms), STATUS_OK);
	assert_int_equal(shown_at(&shown, now + 91 * day_ms), STATUS_REFUSED);
	assert_true(shown.has_hub);
}

static void
is_renewed_once_less_than_half_is_left(void **state)
{
	uint8_t out[CREDENTIALS_SIZE_MAX];
	struct credentials shown;

	(void)state;
	assert_int_equal(again_at(now + 44 * day_ms, out), STATUS_ABSENT);
	assert_int_equal(again_at(now + 46 * day_ms, out), STATUS_OK);
	assert_int_equal(
		standing_renewed_here(rep, out, sizeof out), STATUS_OK);
	assert_int_equal(shown_at(&shown, now + 130 * day_ms), STATUS_OK);
	assert_int_equal(again_at(now + 46 * day_ms, out), STATUS_ABSENT);
	/* Long expired, it is still a device of the company. */
	assert_int_equal(again_at(now + 400 * day_ms, out), STATUS_OK);
}

static void
renewed_credentials_are_there_after_the_node_was_closed(void **state)
{
	uint8_t out[CREDENTIALS_SIZE_MAX];
	struct problem problem = {0};
	char *dir = strdup(rep->dir);

	(void)state;
	assert_int_equal(again_at(now + 60 * day_ms, out), STATUS_OK);
	assert_int_equal(
		standing_renewed_here(rep, out, sizeof out), STATUS_OK);
	node_close(rep);
	office_good(node_open(&rep, dir, 0, &problem), &problem);
	office.devices[0] = rep;
	assert_int_equal(rep->credentials_size, sizeof out);
	assert_memory_equal(rep->credentials, out, sizeof out);
	free(dir);
}

static void
only_a_known_device_with_its_own_keys_is_renewed(void **state)
{
	uint8_t out[CREDENTIALS_SIZE_MAX];
	struct credentials shown, other;

	(void)state;
	assert_int_equal(shown_at(&shown, now), STATUS_OK);
	other = shown;
	other.device.link_key[0] ^= 1;
	assert_int_equal(
		certify_again(office.hub, &other, now + 60 * day_ms, out),
		STATUS_REFUSED);
	other = shown;
	other.device.subject[0] ^= 1;
	assert_int_equal(
		certify_again(office.hub, &other, now + 60 * day_ms, out),
		STATUS_REFUSED);
	other = shown;
	other.device.user[0] ^= 1;
	assert_int_equal(
		certify_again(office.hub, &other, now + 60 * day_ms, out),
		STATUS_REFUSED);
}

static void
nothing_outlives_the_issuing_key(void **state)
{
	uint8_t out[CREDENTIALS_SIZE_MAX];
	uint64_t ends = certify_issuer_expires(office.hub);
	struct credentials shown;

	(void)state;
	assert_true(ends > now + 1000 * day_ms);
	assert_int_equal(again_at(ends - 10 * day_ms, out), STATUS_OK);
	assert_int_equal(
		standing_renewed_here(rep, out, sizeof out), STATUS_OK);
	assert_int_equal(shown_at(&shown, ends), STATUS_OK);
	assert_int_equal(shown_at(&shown, ends + 1), STATUS_REFUSED);
	/* Asked at each request, it is not made anew each time. */
	assert_int_equal(again_at(ends - 1 * day_ms, out), STATUS_ABSENT);
	assert_int_equal(again_at(ends + 1, out), STATUS_ABSENT);
}

static void
the_hub_certifies_itself_anew(void **state)
{
	uint8_t before[CREDENTIALS_SIZE];
	struct certificate own;

	(void)state;
	memcpy(before, office.hub->credentials, sizeof before);
	certify_own(office.hub, now + 10 * day_ms);
	assert_memory_equal(before, office.hub->credentials, sizeof before);
	certify_own(office.hub, now + 80 * day_ms);
	assert_memory_not_equal(before, office.hub->credentials, sizeof before);
	assert_int_equal(certificate_decode(&own,
				 office.hub->credentials + CERTIFICATE_SIZE,
				 CERTIFICATE_SIZE),
		STATUS_OK);
	assert_true(own.expires_ms > now + 160 * day_ms);
	assert_memory_equal(before, office.hub->credentials, CERTIFICATE_SIZE);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(a_device_is_certified_for_ninety_days),
		FRESH(is_renewed_once_less_than_half_is_left),
		FRESH(renewed_credentials_are_there_after_the_node_was_closed),
		FRESH(only_a_known_device_with_its_own_keys_is_renewed),
		FRESH(nothing_outlives_the_issuing_key),
		FRESH(the_hub_certifies_itself_anew),
	};

	return cmocka_run_group_tests_name("certify", tests, NULL, NULL);
}
