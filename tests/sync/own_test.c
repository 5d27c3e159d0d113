/* sync/own: a node's own credentials are verified once. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "sync/own.h"
#include "tests/sync/nodes.h"

struct found {
	struct node *hub, *rep;
	struct own own;
};

static struct found found;

static int
set_up(void **state)
{
	(void)state;
	found = (struct found){node_new(1, 0), node_new(2, REP), {.size = 0}};
	hub_found(found.hub);
	node_introduce(found.rep, found.hub);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	node_free(found.hub);
	node_free(found.rep);
	return 0;
}

static enum status
verify(const struct node *node)
{
	return own_verify(&found.own, node->credentials, node->credentials_size,
		node->company_key, node->link_key);
}

static void
verifies_once_and_remembers(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(verify(found.rep), STATUS_OK);
	assert_int_equal(found.own.verified, 1);
	assert_memory_equal(found.own.credentials.device.subject,
		found.rep->device, ID_BYTES);
}

static void
verifies_again_when_the_certificate_changes(void **state)
{
	(void)state;
	assert_int_equal(verify(found.rep), STATUS_OK);
	assert_int_equal(verify(found.hub), STATUS_OK);
	assert_int_equal(found.own.verified, 2);
	assert_memory_equal(found.own.credentials.device.subject,
		found.hub->device, ID_BYTES);
	/* The shorter of two that begin alike is another. */
	found.rep->credentials_size = CREDENTIALS_SIZE;
	assert_int_equal(verify(found.rep), STATUS_OK);
	assert_false(found.own.credentials.has_hub);
}

static void
refuses_every_altered_byte_of_what_it_remembers(void **state)
{
	(void)state;
	for (size_t i = 0; i < found.rep->credentials_size; i++) {
		assert_int_equal(verify(found.rep), STATUS_OK);
		found.rep->credentials[i] ^= 1;
		assert_int_not_equal(verify(found.rep), STATUS_OK);
		/* Nor does it remember what was refused. */
		assert_int_not_equal(verify(found.rep), STATUS_OK);
		found.rep->credentials[i] ^= 1;
	}
}

static void
refuses_what_it_remembers_under_another_key(void **state)
{
	(void)state;
	assert_int_equal(verify(found.rep), STATUS_OK);
	found.rep->link_key[0] ^= 1;
	assert_int_equal(verify(found.rep), STATUS_FORGED);
	found.rep->link_key[0] ^= 1;
	assert_int_equal(verify(found.rep), STATUS_OK);
	found.rep->company_key[0] ^= 1;
	assert_int_equal(verify(found.rep), STATUS_FORGED);
}

static void
a_flood_of_sessions_verifies_once(void **state)
{
	struct session_options options = node_options(found.hub, false);

	(void)state;
	options.own = &found.own;
	for (int i = 0; i < 100; i++) {
		struct session *session = session_new(&options);

		assert_int_equal(session_report(session)->state, SESSION_HELLO);
		session_free(session);
	}
	assert_int_equal(found.own.verified, 1);
	/* Damaged ones open none. */
	found.hub->credentials[CREDENTIALS_SIZE - 1] ^= 1;
	for (int i = 0; i < 2; i++) {
		struct session *session = session_new(&options);

		assert_int_equal(
			session_report(session)->state, SESSION_BROKEN);
		session_free(session);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(verifies_once_and_remembers),
		TEST(verifies_again_when_the_certificate_changes),
		TEST(refuses_every_altered_byte_of_what_it_remembers),
		TEST(refuses_what_it_remembers_under_another_key),
		TEST(a_flood_of_sessions_verifies_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
