/* client/node/lease: what is kept of a lease, when it locks, and which renewals
 * it takes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/node/lease.h"
#include "tests/proto/company.h"

#define DAY ((uint64_t)LEASE_DAY_MS)

static struct keys company, issuer, device, stranger;
static struct certificate by_company;
static uint8_t user_key[VAULT_USER_KEY_SIZE] = {7};
static uint8_t secret[LEASE_SECRET_SIZE] = {9};
static char folder[] = "/tmp/rb-lease-XXXXXX";

static int
setup(void **state)
{
	(void)state;
	if (sodium_init() < 0 || !mkdtemp(folder))
		return 1;
	keys_from_seed(&company, COMPANY_SEED);
	keys_from_seed(&issuer, ISSUER_SEED);
	keys_from_seed(&device, DEVICE_SEED);
	keys_from_seed(&stranger, STRANGER_SEED);
	by_company = company_certificate(CERTIFICATE_ISSUER);
	return 0;
}

static int
drop_folder(void **state)
{
	(void)state;
	(void)lease_remove(folder);
	return rmdir(folder);
}

/* Of the device, without a renewal yet. */
static struct lease *
fresh(void)
{
	struct lease *lease = lease_new();

	memcpy(lease->company_key, company.signing_key, SIGNING_KEY_SIZE);
	memcpy(lease->sign_secret, device.signing_secret, SIGNING_SECRET_SIZE);
	memcpy(lease->link_secret, device.link_secret, LINK_SECRET_SIZE);
	company_credentials(lease->credentials, CERTIFICATE_DEVICE);
	lease->credentials_size = CREDENTIALS_SIZE;
	lease->addresses_size = 6;
	memcpy(lease->addresses, "tcp:x", 6);
	return lease;
}

/* As the hub signs them: issued, and for so many days. */
static struct lease_renewal
renewal(uint64_t issued_ms, uint64_t days, uint64_t grace)
{
	struct lease_renewal r = {.issued_ms = issued_ms};

	company_id(r.company, company.signing_key);
	device_id(r.device, device.signing_key);
	if (days)
		r.locks_ms = issued_ms + days * DAY;
	if (grace)
		r.wipes_ms = r.locks_ms + grace * DAY;
	assert_int_equal(
		lease_seal(r.sealed, secret, device.link_key), STATUS_OK);
	return r;
}

static struct lease_now
machine(uint64_t wall_ms, int64_t up_ms)
{
	return (struct lease_now){
		.wall_ms = (int64_t)wall_ms, .up_ms = up_ms, .boot = {1}};
}

static enum status
take(struct lease *lease, const struct lease_renewal *r,
	const struct keys *signer, uint64_t wall_ms, int64_t told_ms)
{
	struct lease_now now = machine(wall_ms, 1000);
	uint8_t bytes[LEASE_SIZE];

	lease_encode(bytes, r, signer->signing_secret);
	return lease_take(
		lease, bytes, sizeof bytes, &by_company, &now, told_ms);
}

/* One that holds for 14 days from now on, and has 3 of grace. */
static struct lease *
held(void)
{
	struct lease_renewal r = renewal(company_now, 14, 3);
	struct lease *lease = fresh();

	assert_int_equal(
		take(lease, &r, &issuer, company_now, (int64_t)company_now),
		STATUS_OK);
	return lease;
}

static enum lease_standing
judge(struct lease *lease, uint64_t wall_ms, int64_t up_ms)
{
	struct lease_now now = machine(wall_ms, up_ms);
	bool changed;

	return lease_judge(lease, &now, &changed);
}

static void
is_kept_under_the_user_key_alone(void **state)
{
	struct lease *lease = held(), *read = lease_new();
	uint8_t other[VAULT_USER_KEY_SIZE] = {8};
	struct problem problem;

	(void)state;
	assert_true(lease_save(lease, folder, user_key, &problem));
	assert_true(lease_is_in(folder));
	assert_true(lease_load(read, folder, user_key, &problem));
	assert_int_equal(read->locks_ms, lease->locks_ms);
	assert_int_equal(read->clock.seen_ms, lease->clock.seen_ms);
	assert_int_equal(read->secret_count, 1);
	assert_memory_equal(read->secrets[0], secret, sizeof secret);
	assert_memory_equal(
		read->sign_secret, lease->sign_secret, SIGNING_SECRET_SIZE);
	assert_string_equal(read->addresses, "tcp:x");
	assert_false(lease_load(read, folder, other, &problem));
	assert_int_equal(problem.code, EXIT_LOCKED);
	assert_true(lease_remove(folder));
	assert_false(lease_is_in(folder));
	lease_free(read);
	lease_free(lease);
}

static void
is_refused_with_any_byte_altered_or_of_any_other_size(void **state)
{
	struct lease *lease = held(), *read = lease_new();
	uint8_t bytes[LEASE_FILE_SIZE + 1] = {0};

	(void)state;
	lease_file_encode(bytes, lease, user_key);
	assert_true(lease_file_decode(read, bytes, LEASE_FILE_SIZE, user_key));
	for (size_t at = 0; at < LEASE_FILE_SIZE; at++) {
		bytes[at] ^= (uint8_t)(1u << at % 8);
		assert_false(lease_file_decode(
			read, bytes, LEASE_FILE_SIZE, user_key));
		bytes[at] ^= (uint8_t)(1u << at % 8);
	}
	for (size_t size = 0; size < LEASE_FILE_SIZE; size += 7)
		assert_false(lease_file_decode(read, bytes, size, user_key));
	assert_false(lease_file_decode(read, bytes, sizeof bytes, user_key));
	lease_free(read);
	lease_free(lease);
}

static void
holds_to_its_last_moment_and_throws_its_secret_away_then(void **state)
{
	struct lease *lease = held();

	(void)state;
	assert_int_equal(
		judge(lease, company_now + 14 * DAY - 1, 2000), LEASE_HOLDS);
	assert_int_equal(lease_left_ms(lease), 1);
	assert_int_equal(
		judge(lease, company_now + 14 * DAY, 3000), LEASE_OVER);
	assert_int_equal(lease->secret_count, 0);
	assert_true(
		sodium_is_zero(&lease->secrets[0][0], sizeof lease->secrets));
	/* No clock brings it back. */
	assert_int_equal(judge(lease, company_now, 4000), LEASE_OVER);
	lease_free(lease);
}

static void
opens_again_with_a_later_renewal_and_no_older_one(void **state)
{
	struct lease_renewal later = renewal(company_now + 10 * DAY, 14, 3);
	struct lease_renewal same = renewal(company_now, 14, 3);
	struct lease *lease = held();

	(void)state;
	(void)judge(lease, company_now + 15 * DAY, 2000);
	assert_int_equal(
		take(lease, &same, &issuer, company_now, 0), STATUS_ABSENT);
	assert_int_equal(lease->secret_count, 0);
	assert_int_equal(
		take(lease, &later, &issuer, company_now, 0), STATUS_OK);
	assert_int_equal(
		judge(lease, company_now + 15 * DAY, 3000), LEASE_HOLDS);
	assert_int_equal(
		judge(lease, company_now + 24 * DAY, 3000), LEASE_OVER);
	lease_free(lease);
}

/* It was signed in time, and comes when it is over: it opens nothing. */
static void
stays_locked_by_a_renewal_that_comes_too_late(void **state)
{
	struct lease_renewal later = renewal(company_now + DAY, 14, 3);
	struct lease *lease = held();

	(void)state;
	(void)judge(lease, company_now + 30 * DAY, 2000);
	assert_int_equal(
		take(lease, &later, &issuer, company_now + 30 * DAY, 0),
		STATUS_OK);
	assert_int_equal(lease->secret_count, 0);
	assert_int_equal(
		judge(lease, company_now + 30 * DAY, 3000), LEASE_OVER);
	lease_free(lease);
}

static void
takes_only_what_a_hub_signed_for_this_device(void **state)
{
	struct lease_renewal r = renewal(company_now + DAY, 14, 0);
	struct lease *lease = held();
	uint8_t bytes[LEASE_SIZE];
	struct lease_now now = machine(company_now, 2000);

	(void)state;
	/* Signed well, by nobody whom the company made an issuer. */
	assert_int_equal(
		take(lease, &r, &stranger, company_now, 0), STATUS_REFUSED);
	assert_int_equal(
		take(lease, &r, &device, company_now, 0), STATUS_REFUSED);
	/* Another device's. */
	device_id(r.device, stranger.signing_key);
	assert_int_equal(
		take(lease, &r, &issuer, company_now, 0), STATUS_REFUSED);
	/* Whose secret only another one can open. */
	r = renewal(company_now + DAY, 14, 0);
	assert_int_equal(
		lease_seal(r.sealed, secret, stranger.link_key), STATUS_OK);
	assert_int_equal(
		take(lease, &r, &issuer, company_now, 0), STATUS_FORGED);
	/* Another company's. */
	r = renewal(company_now + DAY, 14, 0);
	company_id(r.company, stranger.signing_key);
	assert_int_equal(
		take(lease, &r, &issuer, company_now, 0), STATUS_FORGED);
	assert_int_equal(lease->issued_ms, company_now);
	/* By its own issuer it needs nobody to vouch. */
	r = renewal(company_now + DAY, 14, 0);
	lease_encode(bytes, &r, issuer.signing_secret);
	assert_int_equal(lease_take(lease, bytes, sizeof bytes, NULL, &now, 0),
		STATUS_OK);
	lease_free(lease);
}

static void
is_lifted_by_a_renewal_without_an_end(void **state)
{
	struct lease_renewal r = renewal(company_now + DAY, 0, 0);
	struct lease *lease = held();

	(void)state;
	(void)judge(lease, company_now + 30 * DAY, 2000);
	assert_int_equal(take(lease, &r, &issuer, company_now, 0), STATUS_OK);
	assert_true(lease_is_lifted(lease));
	assert_int_equal(
		judge(lease, company_now + 3000 * DAY, 3000), LEASE_HOLDS);
	lease_free(lease);
}

static void
keeps_the_old_secret_until_the_vault_took_the_new_one(void **state)
{
	struct lease_renewal r = renewal(company_now + DAY, 14, 0);
	uint8_t other[LEASE_SECRET_SIZE] = {1};
	struct lease *lease = held();

	(void)state;
	assert_int_equal(
		lease_seal(r.sealed, other, device.link_key), STATUS_OK);
	assert_int_equal(take(lease, &r, &issuer, company_now, 0), STATUS_OK);
	assert_int_equal(lease->secret_count, 2);
	assert_memory_equal(lease->secrets[0], other, sizeof other);
	assert_memory_equal(lease->secrets[1], secret, sizeof secret);
	lease_free(lease);
}

static void
erases_after_a_grace_that_somebody_lived_through(void **state)
{
	struct lease *lease = held();

	(void)state;
	for (uint64_t day = 14; day < 17; day++)
		assert_int_equal(judge(lease, company_now + day * DAY,
					 (int64_t)(day * DAY)),
			LEASE_OVER);
	assert_int_equal(
		judge(lease, company_now + 17 * DAY, (int64_t)(17 * DAY)),
		LEASE_TO_WIPE);
	lease_free(lease);
}

static void
erases_nothing_when_a_clock_jumps(void **state)
{
	struct lease *lease = held();

	(void)state;
	/* Ten years, back, and again: three looks, two days of grace. */
	assert_int_equal(
		judge(lease, company_now + 3650 * DAY, 2000), LEASE_OVER);
	assert_int_equal(lease->grace_ms, 0);
	assert_int_equal(judge(lease, company_now, 3000), LEASE_OVER);
	assert_int_equal(
		judge(lease, company_now + 7300 * DAY, 4000), LEASE_OVER);
	assert_true(lease->grace_ms <= (int64_t)(2 * DAY));
	lease_free(lease);
}

static void
opens_nothing_while_the_clock_is_behind_and_loses_nothing(void **state)
{
	struct lease *lease = held();
	struct lease_now now = {.wall_ms = 1000, .up_ms = 10, .boot = {2}};
	bool changed;

	(void)state;
	assert_int_equal(
		lease_judge(lease, &now, &changed), LEASE_CLOCK_BEHIND);
	assert_int_equal(lease->secret_count, 1);
	now.wall_ms = (int64_t)(company_now + DAY);
	assert_int_equal(lease_judge(lease, &now, &changed), LEASE_HOLDS);
	lease_free(lease);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_kept_under_the_user_key_alone),
		cmocka_unit_test(
			is_refused_with_any_byte_altered_or_of_any_other_size),
		cmocka_unit_test(
			holds_to_its_last_moment_and_throws_its_secret_away_then),
		cmocka_unit_test(
			opens_again_with_a_later_renewal_and_no_older_one),
		cmocka_unit_test(stays_locked_by_a_renewal_that_comes_too_late),
		cmocka_unit_test(takes_only_what_a_hub_signed_for_this_device),
		cmocka_unit_test(is_lifted_by_a_renewal_without_an_end),
		cmocka_unit_test(
			keeps_the_old_secret_until_the_vault_took_the_new_one),
		cmocka_unit_test(
			erases_after_a_grace_that_somebody_lived_through),
		cmocka_unit_test(erases_nothing_when_a_clock_jumps),
		cmocka_unit_test(
			opens_nothing_while_the_clock_is_behind_and_loses_nothing),
	};

	return cmocka_run_group_tests_name("lease", tests, setup, drop_folder);
}
