/* client/node/hub: who may redeem an invitation, and until when. */

#include "tests/client/office.h"

#include "client/node/hub/invitation.h"
#include "proto/credentials.h"

enum { LONG_AGO = 1000 };

/* What a device shows when it enrols. */
struct device {
	uint8_t sign_key[SIGNING_KEY_SIZE], link_key[LINK_KEY_SIZE];
};

static struct office office;
static uint8_t user[ID_BYTES];

static int
open_office(void **state)
{
	struct problem problem = {0};

	(void)state;
	office_open(&office);
	office_good(hub_user_add(office.hub, "rep9", NULL, user, &problem),
		&problem);
	return 0;
}

static int
close_office(void **state)
{
	(void)state;
	office_close(&office);
	return 0;
}

static struct device
some_device(void)
{
	struct device device;
	struct node_keys *keys = node_keys_new(false);

	memcpy(device.sign_key, node_keys_sign_public(keys), SIGNING_KEY_SIZE);
	node_keys_link_public(keys, device.link_key);
	node_keys_free(keys);
	return device;
}

/* An invitation that is good until then; 0: as the hub makes them. */
static void
invite(uint8_t id[static ID_BYTES], int64_t expires_ms)
{
	struct invitation open = {.expires_ms = expires_ms};
	struct problem problem = {0};

	node_new_id(id);
	memcpy(open.id, id, ID_BYTES);
	memcpy(open.user, user, ID_BYTES);
	if (!expires_ms)
		open.expires_ms = node_now_ms() + 3600 * 1000;
	office_good(node_begin(office.hub, &problem), &problem);
	assert_int_equal(invitation_add(office.hub, &open), STATUS_OK);
	office_good(node_commit(office.hub, &problem), &problem);
}

static enum status
redeem(const uint8_t *id, const struct device *device)
{
	uint8_t credentials[CREDENTIALS_SIZE_MAX], whose[ID_BYTES];
	size_t size = sizeof credentials;
	char login[64];

	return hub_session_enrol(office.hub, id, device->sign_key,
		device->link_key, "laptop", credentials, &size, whose, login,
		sizeof login);
}

static bool
lets_in(const uint8_t *id)
{
	uint8_t psk[TOKEN_PSK_SIZE];

	return hub_session_invitation(office.hub, id, psk);
}

/* office_device() invites, redeems and asserts on the way. */
static void
is_good_as_the_hub_makes_it(void **state)
{
	(void)state;
	assert_non_null(office_device(&office, "rep"));
}

static void
is_redeemed_again_by_the_same_device_and_by_no_other(void **state)
{
	struct device first = some_device(), other = some_device();
	uint8_t id[ID_BYTES];

	(void)state;
	invite(id, 0);
	assert_true(lets_in(id));
	assert_int_equal(redeem(id, &first), STATUS_OK);
	assert_int_equal(redeem(id, &first), STATUS_OK);
	assert_int_equal(redeem(id, &other), STATUS_REFUSED);
	assert_int_equal(redeem(id, &first), STATUS_OK);
}

static void
is_nothing_once_its_time_is_over(void **state)
{
	struct device device = some_device();
	uint8_t id[ID_BYTES];

	(void)state;
	invite(id, LONG_AGO);
	assert_false(lets_in(id));
	assert_int_equal(redeem(id, &device), STATUS_REFUSED);
}

/* One that was let in while there was time may ask after its end. */
static void
is_looked_at_again_when_it_is_redeemed(void **state)
{
	struct device owner = some_device(), other = some_device();
	struct problem problem = {0};
	uint8_t id[ID_BYTES];

	(void)state;
	invite(id, LONG_AGO);
	office_good(node_begin(office.hub, &problem), &problem);
	assert_int_equal(
		invitation_redeem(office.hub, id, owner.sign_key), STATUS_OK);
	office_good(node_commit(office.hub, &problem), &problem);
	assert_true(lets_in(id));
	assert_int_equal(redeem(id, &other), STATUS_REFUSED);
	assert_int_equal(redeem(id, &owner), STATUS_OK);
}

static void
is_none_that_nobody_made(void **state)
{
	struct device device = some_device();
	uint8_t id[ID_BYTES];

	(void)state;
	node_new_id(id);
	assert_false(lets_in(id));
	assert_int_equal(redeem(id, &device), STATUS_REFUSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_good_as_the_hub_makes_it),
		cmocka_unit_test(
			is_redeemed_again_by_the_same_device_and_by_no_other),
		cmocka_unit_test(is_nothing_once_its_time_is_over),
		cmocka_unit_test(is_looked_at_again_when_it_is_redeemed),
		cmocka_unit_test(is_none_that_nobody_made),
	};

	return cmocka_run_group_tests(tests, open_office, close_office);
}
