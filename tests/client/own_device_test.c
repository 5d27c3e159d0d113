/* client/node/hub: a device brings in another of its own user. */

#include "tests/client/office.h"

#include "client/node/hub/invitation.h"
#include "client/node/hub/own_device.h"
#include "client/node/hub/revoke.h"
#include "proto/credentials.h"

static struct office office;
static struct node *rep, *colleague;

static int
open_office(void **state)
{
	(void)state;
	office_open(&office);
	rep = office_device(&office, "rep");
	colleague = office_device(&office, "rep");
	return 0;
}

static int
close_office(void **state)
{
	(void)state;
	office_close(&office);
	return 0;
}

struct asked {
	uint8_t id[ID_BYTES], secret[TOKEN_SECRET_SIZE];
	int64_t expires_ms;
};

static struct asked
some(void)
{
	struct asked asked = {.expires_ms = 0};

	node_new_id(asked.id);
	randombytes_buf(asked.secret, sizeof asked.secret);
	return asked;
}

static enum status
ask(const struct node *device, struct asked *asked)
{
	return hub_session_invite(office.hub, device->device, asked->id,
		asked->secret, &asked->expires_ms);
}

static enum status
redeem(const struct asked *asked, uint8_t whose[static ID_BYTES])
{
	struct node_keys *keys = node_keys_new(false);
	uint8_t credentials[CREDENTIALS_SIZE_MAX], link_key[LINK_KEY_SIZE];
	size_t size = sizeof credentials;
	char login[64];
	enum status status;

	node_keys_link_public(keys, link_key);
	status = hub_session_enrol(office.hub, asked->id,
		node_keys_sign_public(keys), link_key, "phone", credentials,
		&size, whose, login, sizeof login);
	node_keys_free(keys);
	return status;
}

static void
is_let_in_for_the_same_user_for_a_quarter_of_an_hour(void **state)
{
	struct asked asked = some();
	uint8_t whose[ID_BYTES], psk[TOKEN_PSK_SIZE], wanted[TOKEN_PSK_SIZE];
	int64_t most = node_now_ms() + OWN_DEVICE_MINUTES * 60 * 1000;

	(void)state;
	assert_int_equal(ask(rep, &asked), STATUS_OK);
	assert_in_range((uint64_t)asked.expires_ms, (uint64_t)most,
		(uint64_t)node_now_ms() + OWN_DEVICE_MINUTES * 60 * 1000);
	token_psk(wanted, asked.secret);
	assert_true(hub_session_invitation(office.hub, asked.id, psk));
	assert_memory_equal(psk, wanted, sizeof psk);
	assert_int_equal(redeem(&asked, whose), STATUS_OK);
	assert_memory_equal(whose, rep->user, ID_BYTES);
}

static void
is_the_same_when_it_is_asked_for_again(void **state)
{
	struct asked asked = some();
	int64_t expires;

	(void)state;
	assert_int_equal(ask(rep, &asked), STATUS_OK);
	expires = asked.expires_ms;
	for (int i = 0; i < OWN_DEVICES_OPEN_MAX; i++)
		assert_int_equal(ask(rep, &asked), STATUS_OK);
	assert_int_equal(asked.expires_ms, expires);
}

static void
is_nobody_elses(void **state)
{
	struct asked asked = some(), other;
	uint8_t whose[ID_BYTES];

	(void)state;
	assert_int_equal(ask(rep, &asked), STATUS_OK);
	assert_int_equal(ask(colleague, &asked), STATUS_REFUSED);
	other = asked;
	other.secret[0] ^= 1;
	assert_int_equal(ask(rep, &other), STATUS_REFUSED);
	/* Once it is redeemed, it is over. */
	assert_int_equal(redeem(&asked, whose), STATUS_OK);
	assert_int_equal(redeem(&asked, whose), STATUS_REFUSED);
	assert_int_equal(ask(rep, &asked), STATUS_REFUSED);
}

static void
is_withdrawn_by_its_user_until_it_is_redeemed(void **state)
{
	struct asked asked = some(), over, other = some();
	uint8_t whose[ID_BYTES], psk[TOKEN_PSK_SIZE];

	(void)state;
	assert_int_equal(ask(rep, &asked), STATUS_OK);
	over = asked;
	memset(over.secret, 0, sizeof over.secret);
	assert_int_equal(ask(colleague, &over), STATUS_REFUSED);
	assert_true(hub_session_invitation(office.hub, asked.id, psk));
	assert_int_equal(ask(rep, &over), STATUS_OK);
	assert_true(over.expires_ms <= node_now_ms());
	assert_false(hub_session_invitation(office.hub, asked.id, psk));
	assert_int_equal(redeem(&asked, whose), STATUS_REFUSED);
	/* Once more; nor does it make one that zeros would open. */
	assert_int_equal(ask(rep, &over), STATUS_OK);
	assert_false(hub_session_invitation(office.hub, asked.id, psk));
	/* Who is in by it stays in. */
	assert_int_equal(ask(rep, &other), STATUS_OK);
	assert_int_equal(redeem(&other, whose), STATUS_OK);
	memset(other.secret, 0, sizeof other.secret);
	assert_int_equal(ask(rep, &other), STATUS_REFUSED);
}

static void
is_one_of_a_few_that_wait(void **state)
{
	struct asked asked;
	uint8_t whose[ID_BYTES];

	(void)state;
	for (int i = 0; i < OWN_DEVICES_OPEN_MAX; i++) {
		asked = some();
		assert_int_equal(ask(rep, &asked), STATUS_OK);
	}
	assert_int_equal(redeem(&asked, whose), STATUS_OK);
	asked = some();
	assert_int_equal(ask(rep, &asked), STATUS_OK);
	asked = some();
	assert_int_equal(ask(rep, &asked), STATUS_REFUSED);
	assert_int_equal(ask(colleague, &asked), STATUS_OK);
}

static void
is_none_for_who_is_shut_out(void **state)
{
	struct asked asked = some(), later = some();
	struct problem problem = {0};
	uint8_t whose[ID_BYTES];
	char device[ID_TEXT_SIZE];
	uint32_t count;

	(void)state;
	/* What it had asked for goes with it: the device alone is shut out. */
	id_format(device, rep->device);
	assert_int_equal(ask(rep, &asked), STATUS_OK);
	office_good(
		hub_revoke(office.hub, &(struct hub_revocation){.who = device},
			&count, &problem),
		&problem);
	assert_int_equal(count, 1);
	assert_int_equal(ask(rep, &later), STATUS_REFUSED);
	assert_int_equal(redeem(&asked, whose), STATUS_REFUSED);
}

static void
is_none_for_the_hub_itself_or_who_is_unknown(void **state)
{
	struct asked asked = some();
	uint8_t stranger[ID_BYTES];

	(void)state;
	node_new_id(stranger);
	assert_int_equal(ask(office.hub, &asked), STATUS_REFUSED);
	assert_int_equal(hub_session_invite(office.hub, stranger, asked.id,
				 asked.secret, &asked.expires_ms),
		STATUS_REFUSED);
	assert_int_equal(hub_session_invite(rep, rep->device, asked.id,
				 asked.secret, &asked.expires_ms),
		STATUS_REFUSED);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, open_office, close_office)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_let_in_for_the_same_user_for_a_quarter_of_an_hour),
		TEST(is_the_same_when_it_is_asked_for_again),
		TEST(is_nobody_elses),
		TEST(is_withdrawn_by_its_user_until_it_is_redeemed),
		TEST(is_one_of_a_few_that_wait),
		TEST(is_none_for_who_is_shut_out),
		TEST(is_none_for_the_hub_itself_or_who_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
