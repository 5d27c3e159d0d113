/* When a device offers the hub what is not shared, or not any more. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/sync/nodes.h"

static uint32_t asked;

static void
host_owed(void *self, void (*found)(void *found_self, const uint8_t *territory),
	void *found_self)
{
	(void)self;
	asked++;
	found(found_self, id_of(LINXI));
}

static void
host_copied(void *self)
{
	(void)self; /* the session's report says it, too */
}

struct company {
	struct node *hub, *rep, *twin;
};

/* The rep's folder was copied, the copy wrote on and has been at the hub. */
static int
found(void **state)
{
	static struct company c;

	c.hub = node_new(50, 0);
	c.rep = node_new(60, REP);
	c.twin = node_new(60, REP);
	hub_found(c.hub);
	hub_add_device(c.hub, c.rep);
	node_introduce(c.rep, c.hub);
	node_introduce(c.twin, c.hub);
	(void)sync_nodes(c.rep, c.hub);
	(void)sync_nodes(c.twin, c.hub);
	c.rep->host.owed = host_owed;
	c.rep->host.copied = host_copied;
	asked = 0;
	*state = &c;
	return 0;
}

static int
close(void **state)
{
	struct company *c = *state;

	node_free(c->hub);
	node_free(c->rep);
	node_free(c->twin);
	return 0;
}

static void
offers_when_all_else_is_in_step(void **state)
{
	struct company *c = *state;
	struct session_report report = sync_nodes(c->rep, c->hub);

	assert_int_equal(report.state, SESSION_SETTLED);
	assert_int_equal(asked, 1);
}

/* The hub would send it its own log, which it does not take. */
static void
waits_for_new_keys_when_the_store_is_a_copy(void **state)
{
	struct company *c = *state;
	struct session_report report;

	node_write(c->twin, LINXI, GRANT_LINXI, 1, "First");
	(void)sync_nodes(c->twin, c->hub);
	report = sync_nodes(c->rep, c->hub);
	assert_true(report.own_ahead);
	assert_int_equal(report.state, SESSION_SETTLED);
	assert_int_equal(asked, 0);
}

/* Who is shut out gets no new keys: what is owed goes with the old ones. */
static void
does_not_wait_when_it_is_revoked(void **state)
{
	struct company *c = *state;
	struct session_report report;

	node_write(c->twin, LINXI, GRANT_LINXI, 1, "First");
	(void)sync_nodes(c->twin, c->hub);
	hub_add_cutoff(c->hub, 0x41, c->rep->device, NULL, NULL, 0);
	report = sync_nodes(c->rep, c->hub);
	assert_int_equal(report.problem, SESSION_REVOKED);
	assert_int_equal(asked, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			offers_when_all_else_is_in_step, found, close),
		cmocka_unit_test_setup_teardown(
			waits_for_new_keys_when_the_store_is_a_copy, found,
			close),
		cmocka_unit_test_setup_teardown(
			does_not_wait_when_it_is_revoked, found, close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
