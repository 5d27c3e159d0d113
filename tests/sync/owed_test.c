/* When a device offers the hub what is not shared, or not any more. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/sync/nodes.h"

static uint32_t asked, handed_over;

static void
host_owed(void *self, void (*found)(void *found_self, const uint8_t *territory),
	void *found_self)
{
	(void)self;
	asked++;
	found(found_self, id_of(LINXI));
}

static void
host_handed_over(void *self, const uint8_t *territory)
{
	(void)self;
	(void)territory; /* there is one */
	handed_over++;
}

static void
host_copied(void *self, const uint8_t *device)
{
	(void)self; /* the session's report says it, too */
	(void)device;
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
	c.rep->host.handed_over = host_handed_over;
	c.rep->host.copied = host_copied;
	asked = handed_over = 0;
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
	assert_int_equal(handed_over, 1);
}

/* The hub has as many changes of the log, and they are others. */
static void
keeps_a_branch_that_the_hub_has_another_one_of(void **state)
{
	struct company *c = *state;
	struct session_report report;

	node_write(c->twin, LINXI, GRANT_LINXI, 1, "First");
	(void)sync_nodes(c->twin, c->hub);
	node_write(c->twin, LINXI, GRANT_LINXI, 2, "Second");
	(void)sync_nodes(c->twin, c->hub);
	node_write(c->rep, LINXI, GRANT_LINXI, 1, "Another");
	assert_int_equal(c->rep->host.seal(c->rep->host.self), STATUS_OK);
	hub_add_cutoff(c->hub, 0x41, c->rep->device, NULL, NULL, 0);
	for (int again = 0; again < 2; again++) {
		report = sync_nodes(c->rep, c->hub);
		assert_int_equal(report.problem, SESSION_REVOKED);
		assert_true(report.forks > 0);
	}
	assert_int_equal(asked, 2);
	assert_int_equal(handed_over, 0);
}

/*
 * Somebody signed two branches of a log: the hub has a first one, of one
 * change, and the rep, whose grant has ended, another one of so many.
 */
static void
hold_a_branch(struct company *c, int changes, bool is_cut)
{
	struct node *one = node_new(70, OTHER), *two = node_new(70, OTHER);
	const uint8_t *linxi = id_of(LINXI);

	hub_add_grant(c->hub, 0x34, OTHER, LINXI, "rep");
	hub_add_device(c->hub, one);
	node_introduce(one, c->hub);
	node_introduce(two, c->hub);
	(void)sync_nodes(one, c->hub);
	(void)sync_nodes(two, c->hub);
	(void)sync_nodes(c->rep, c->hub);
	node_write(one, LINXI, 0x34, 1, "First");
	(void)sync_nodes(one, c->hub);
	for (int i = 1; i <= changes; i++)
		node_write(two, LINXI, 0x34, (uint32_t)i, "Another");
	node_give(c->rep, two, linxi);
	hub_add_cutoff(c->hub, 0x42, NULL, id_of(GRANT_LINXI), NULL, 0);
	if (is_cut)
		hub_add_cutoff(c->hub, 0x43, one->device, NULL, NULL, 0);
	node_free(one);
	node_free(two);
}

/* Else one who forks a log keeps a territory open for whoever has left. */
static void
does_not_keep_a_branch_of_somebody_else(void **state)
{
	struct company *c = *state;
	struct session_report report;

	for (int changes = 1; changes <= 3; changes += 2)
		for (int is_cut = 0; is_cut <= 1; is_cut++) {
			hold_a_branch(c, changes, is_cut);
			asked = handed_over = 0;
			report = sync_nodes(c->rep, c->hub);
			assert_int_equal(report.state, SESSION_SETTLED);
			assert_true(report.forks > 0);
			assert_int_equal(asked, 1);
			assert_int_equal(handed_over, 1);
			(void)close(state);
			(void)found(state);
		}
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
		cmocka_unit_test_setup_teardown(
			keeps_a_branch_that_the_hub_has_another_one_of, found,
			close),
		cmocka_unit_test_setup_teardown(
			does_not_keep_a_branch_of_somebody_else, found, close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
