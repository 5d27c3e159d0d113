#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "sync/alloc.h"
#include "tests/sync/nodes.h"

/* A hub, the rep's laptop, the manager's, and that of somebody in the west. */
struct company {
	struct node *hub;
	struct node *rep;
	struct node *manager;
	struct node *other;
};

static int
found_company(void **state)
{
	struct company *c = alloc(sizeof *c);

	c->hub = node_new(50, 0);
	c->rep = node_new(60, REP);
	c->manager = node_new(70, MANAGER);
	c->other = node_new(80, OTHER);
	hub_found(c->hub);
	hub_add_device(c->hub, c->rep);
	hub_add_device(c->hub, c->manager);
	hub_add_device(c->hub, c->other);
	node_introduce(c->rep, c->hub);
	node_introduce(c->manager, c->hub);
	node_introduce(c->other, c->hub);
	*state = c;
	return 0;
}

static int
close_company(void **state)
{
	struct company *c = *state;

	node_free(c->hub);
	node_free(c->rep);
	node_free(c->manager);
	node_free(c->other);
	free(c);
	return 0;
}

static struct session_report
settles(struct node *initiator, struct node *responder)
{
	struct session_report report = sync_nodes(initiator, responder);

	assert_int_equal(report.problem, SESSION_FINE);
	assert_int_equal(report.state, SESSION_SETTLED);
	return report;
}

static void
a_device_gets_the_directory_and_both_converge(void **state)
{
	struct company *c = *state;
	struct session_report report;

	report = settles(c->rep, c->hub);
	assert_true(report.same);
	assert_true(report.peer_is_hub);
	assert_int_equal(c->rep->hub_time, NODES_NOW);
	assert_int_equal(c->rep->directory_changes, 1);
	node_write(c->rep, LINXI, GRANT_LINXI, 1, "Linxi Paper");
	report = settles(c->rep, c->hub);
	assert_int_equal(report.sent.changes, 1);
	assert_int_equal(node_applied(c->hub, LINXI), 1);
	assert_true(nodes_agree(c->rep, c->hub, LINXI));
}

/* Counts what goes over the wire after the handshake's three frames. */
static int
weigh(void *self, struct passing *passing)
{
	size_t *bytes = self;

	if (passing->number > 2)
		*bytes += passing->size;
	return 1;
}

static void
nothing_new_costs_one_round_trip_and_less_than_a_kilobyte(void **state)
{
	struct company *c = *state;
	struct session_options a = node_options(c->rep, true);
	struct session_options b = node_options(c->hub, false);
	struct session *x, *y;
	size_t bytes = 0;

	(void)settles(c->rep, c->hub);
	node_write(c->rep, LINXI, GRANT_LINXI, 1, "Linxi Paper");
	(void)settles(c->rep, c->hub);
	x = session_new(&a);
	y = session_new(&b);
	(void)carry(x, y, weigh, &bytes);
	assert_int_equal(session_report(x)->state, SESSION_SETTLED);
	assert_int_equal(session_report(y)->state, SESSION_SETTLED);
	assert_int_equal(session_report(x)->round_trips, 1);
	assert_true(bytes < 200);
	assert_true(session_over(x) && session_over(y));
	session_free(x);
	session_free(y);
}

static void
what_waits_is_at_the_hub_after_two_round_trips(void **state)
{
	struct company *c = *state;
	struct session_report report;

	(void)settles(c->rep, c->hub);
	node_seals_late(c->rep);
	for (uint32_t i = 1; i < 4; i++) {
		node_write(c->rep, LINXI, GRANT_LINXI, i, "Linxi Paper");
		report = settles(c->rep, c->hub);
		assert_int_equal(report.round_trips, 2);
		assert_int_equal(report.sent.changes, 1);
		assert_true(report.same);
		assert_int_equal(node_applied(c->hub, LINXI), i);
	}
	/* What the hub has meanwhile comes with the same two. */
	(void)settles(c->manager, c->hub);
	node_write(c->manager, LINXI, GRANT_EAST, 9, "Dahua");
	(void)settles(c->manager, c->hub);
	node_write(c->rep, LINXI, GRANT_LINXI, 8, "Linxi Steel");
	report = settles(c->rep, c->hub);
	assert_int_equal(report.round_trips, 2);
	assert_int_equal(node_applied(c->rep, LINXI), 5);
	assert_true(nodes_agree(c->rep, c->hub, LINXI));
}

/* It was pulled for nothing then: more than once it is asked for again. */
static void
what_waits_is_sealed_after_a_directory_that_moved(void **state)
{
	struct company *c = *state;
	struct session_report report;

	(void)settles(c->rep, c->hub);
	(void)settles(c->manager, c->hub);
	node_seals_late(c->rep);
	c->rep->seals = 0;
	node_write(c->rep, LINXI, GRANT_LINXI, 1, "Linxi Paper");
	node_write(c->manager, LINXI, GRANT_EAST, 2, "Dahua");
	(void)settles(c->manager, c->hub);
	hub_add_user(c->hub, 0x29, "rep9");
	report = settles(c->rep, c->hub);
	assert_true(report.same);
	assert_int_equal(c->rep->directory_changes, 2);
	assert_int_equal(c->rep->seals, 1);
	assert_int_equal(report.received.changes, 2);
	assert_true(nodes_agree(c->rep, c->hub, LINXI));
}

/* Asked ahead, it is refused, which is no reason to hang up. */
static void
what_waits_beyond_an_ended_grant_does_not_break_the_session(void **state)
{
	struct company *c = *state;

	(void)settles(c->rep, c->hub);
	node_seals_late(c->rep);
	node_write(c->rep, LINXI, GRANT_LINXI, 1, "Linxi Paper");
	hub_add_cutoff(c->hub, 0x41, NULL, id_of(GRANT_LINXI), NULL, 0);
	(void)settles(c->rep, c->hub);
	assert_int_equal(c->rep->directory_changes, 2);
	assert_int_equal(node_applied(c->hub, LINXI), 0);
}

static void
peers_converge_without_the_hub(void **state)
{
	struct company *c = *state;

	(void)settles(c->rep, c->hub);
	(void)settles(c->manager, c->hub);
	node_write(c->rep, LINXI, GRANT_LINXI, 1, "Linxi Paper");
	node_write(c->manager, LINXI, GRANT_EAST, 2, "Dahua");
	(void)settles(c->manager, c->rep);
	assert_int_equal(node_applied(c->manager, LINXI), 2);
	assert_int_equal(node_applied(c->rep, LINXI), 2);
	assert_true(nodes_agree(c->rep, c->manager, LINXI));
}

static void
a_peer_carries_the_directory_and_the_work_of_others(void **state)
{
	struct company *c = *state;

	(void)settles(c->rep, c->hub);
	node_write(c->rep, LINXI, GRANT_LINXI, 1, "Linxi Paper");
	(void)settles(c->manager, c->rep); /* it never saw the hub */
	assert_int_equal(node_applied(c->manager, LINXI), 1);
	(void)settles(c->manager, c->hub);
	assert_int_equal(node_applied(c->hub, LINXI), 1);
}

static void
a_manager_gets_what_lies_below_and_nothing_beside(void **state)
{
	struct company *c = *state;

	(void)settles(c->rep, c->hub);
	(void)settles(c->other, c->hub);
	node_write(c->rep, LINXI, GRANT_LINXI, 1, "Linxi Paper");
	node_write(c->other, WEST, GRANT_WEST, 2, "Western Steel");
	(void)settles(c->rep, c->hub);
	(void)settles(c->other, c->hub);
	(void)settles(c->manager, c->hub);
	assert_int_equal(node_applied(c->manager, LINXI), 1);
	assert_int_equal(node_kept(c->manager, WEST), 0);
	(void)settles(c->manager, c->other);
	assert_int_equal(node_kept(c->manager, WEST), 0);
	assert_int_equal(node_kept(c->other, LINXI), 0);
}

static void
a_management_territory_is_not_given_to_reps(void **state)
{
	struct company *c = *state;

	hub_add_grant(c->hub, 0x39, REP, EAST, "rep");
	node_write(c->hub, MARGINS, 0, 1, "Walk away at 12 %");
	(void)settles(c->rep, c->hub);
	(void)settles(c->manager, c->hub);
	assert_int_equal(node_kept(c->rep, MARGINS), 0);
	assert_int_equal(node_applied(c->manager, MARGINS), 1);
	(void)settles(c->rep, c->manager);
	assert_int_equal(node_kept(c->rep, MARGINS), 0);
}

static void
far_more_than_one_message_goes_both_ways(void **state)
{
	struct company *c = *state;
	struct session_report report;

	(void)settles(c->rep, c->hub);
	(void)settles(c->manager, c->hub);
	for (uint32_t i = 0; i < 60; i++) {
		node_write_much(c->rep, LINXI, GRANT_LINXI, i, 100000);
		node_write_much(c->manager, LINXI, GRANT_EAST, 100 + i, 60000);
	}
	report = settles(c->manager, c->rep);
	assert_int_equal(report.received.segments, 60);
	assert_int_equal(report.sent.segments, 60);
	assert_true(report.round_trips > 6);
	assert_true(report.same);
	assert_true(nodes_agree(c->rep, c->manager, LINXI));
}

static void
many_small_changes_are_told_in_one_session(void **state)
{
	struct company *c = *state;

	(void)settles(c->rep, c->hub);
	for (uint32_t i = 0; i < 1500; i++)
		node_write(
			c->rep, LINXI, GRANT_LINXI, i % 7, i % 2 ? "a" : "b");
	(void)settles(c->rep, c->hub);
	assert_int_equal(node_applied(c->hub, LINXI), 1500);
	(void)settles(c->manager, c->hub);
	assert_true(nodes_agree(c->hub, c->manager, LINXI));
}

static void
what_waits_for_its_grant_is_applied_when_the_directory_comes(void **state)
{
	struct company *c = *state;

	(void)settles(c->rep, c->hub);
	(void)settles(c->manager, c->hub);
	hub_add_grant(c->hub, 0x38, REP, EAST, "rep");
	(void)settles(c->rep, c->hub);
	node_write(c->rep, LINXI, 0x38, 1, "Early");
	/* As if it had come before the directory did. */
	node_give(c->manager, c->rep, id_of(LINXI));
	assert_int_equal(node_kept(c->manager, LINXI), 1);
	assert_int_equal(node_applied(c->manager, LINXI), 0);
	(void)settles(c->manager, c->hub);
	assert_int_equal(node_applied(c->manager, LINXI), 1);
}

static void
a_revoked_device_gets_its_revocation_and_nothing_else(void **state)
{
	struct company *c = *state;
	struct session_report report;

	(void)settles(c->rep, c->hub);
	(void)settles(c->manager, c->hub);
	node_write(c->manager, LINXI, GRANT_EAST, 2, "Dahua");
	(void)settles(c->manager, c->hub);
	hub_add_cutoff(c->hub, 0x41, c->rep->device, NULL, NULL, 0);
	report = sync_nodes(c->rep, c->hub);
	assert_int_equal(report.problem, SESSION_REVOKED);
	assert_int_equal(node_kept(c->rep, LINXI), 0);
	assert_int_equal(report.received.segments, 1);
	assert_true(policy_is_revoked(c->rep->policy, c->rep->device));

	/* A peer that knows refuses too, whoever dials. */
	(void)settles(c->manager, c->hub);
	report = sync_nodes(c->rep, c->manager);
	assert_int_equal(report.problem, SESSION_REVOKED);
	report = sync_nodes(c->manager, c->rep);
	assert_int_equal(report.problem, SESSION_PEER_REVOKED);
	assert_int_equal(node_kept(c->rep, LINXI), 0);
}

static void
another_company_is_refused(void **state)
{
	struct company *c = *state;
	struct node *stranger = node_new_of(9, 60, REP);
	struct session_report report;

	report = sync_nodes(stranger, c->hub);
	assert_int_equal(report.problem, SESSION_CLOSED);
	assert_false(report.trusted);
	assert_int_equal(report.received.bytes, 0);

	assert_int_equal(sync_nodes(c->rep, stranger).problem, SESSION_CLOSED);
	node_free(stranger);
}

static void
an_expired_certificate_opens_nothing(void **state)
{
	struct company *c = *state;
	struct session_options a = node_options(c->rep, true);
	struct session_options b = node_options(c->hub, false);
	struct session *x, *y;

	b.trusted_now_ms = NODES_NOW * 3;
	x = session_new(&a);
	y = session_new(&b);
	(void)carry(x, y, NULL, NULL);
	assert_int_equal(session_report(y)->problem, SESSION_EXPIRED);
	assert_int_equal(session_report(x)->problem, SESSION_REFUSED);
	assert_int_equal(session_report(x)->received.segments, 0);
	session_free(x);
	session_free(y);
}

/* Enrols with the invitation; the new node's first session. */
static struct session_report
enrols(struct node *fresh, struct node *hub, uint8_t invitation, uint8_t secret)
{
	uint8_t secret_bytes[16];
	struct session_options a = node_options(fresh, true);
	struct session_options b = node_options(hub, false);
	struct session *x, *y;
	struct session_report report;

	memset(secret_bytes, secret, sizeof secret_bytes);
	a.credentials = NULL;
	a.credentials_size = 0;
	a.invitation_id = id_of(invitation);
	a.invitation_secret = secret_bytes;
	a.sign_secret = fresh->sign_secret;
	a.device_name = "new laptop";
	a.directory_only = true;
	x = session_new(&a);
	y = session_new(&b);
	(void)carry(x, y, NULL, NULL);
	session_closed(x);
	report = *session_report(x);
	if (report.enrolled) {
		memcpy(fresh->credentials, report.credentials,
			report.credentials_size);
		fresh->credentials_size = report.credentials_size;
		assert_string_equal(report.login, "rep");
	}
	session_free(x);
	session_free(y);
	return report;
}

static void
an_invitation_is_good_for_one_key(void **state)
{
	struct company *c = *state;
	struct node *fresh = node_new(90, REP), *thief = node_new(95, REP);
	struct session_report report;

	memcpy(c->hub->invited, id_of(REP), ID_BYTES);
	report = enrols(fresh, c->hub, INVITATION_GOOD, INVITATION_GOOD);
	assert_int_equal(report.problem, SESSION_FINE);
	assert_int_equal(report.state, SESSION_SETTLED);
	assert_true(report.enrolled);
	assert_non_null(policy_device(fresh->policy, fresh->device));

	report = enrols(fresh, c->hub, INVITATION_GOOD, INVITATION_GOOD);
	assert_int_equal(report.state, SESSION_SETTLED);
	report = enrols(thief, c->hub, INVITATION_GOOD, INVITATION_GOOD);
	assert_int_equal(report.problem, SESSION_TOKEN);
	assert_int_equal(report.received.segments, 0);

	node_write(fresh, LINXI, GRANT_LINXI, 3, "First visit");
	(void)settles(fresh, c->hub);
	assert_int_equal(node_applied(c->hub, LINXI), 1);
	node_free(fresh);
	node_free(thief);
}

static void
an_unknown_invitation_and_a_wrong_secret_open_nothing(void **state)
{
	struct company *c = *state;
	struct node *fresh = node_new(90, REP);
	struct session_report report;

	report = enrols(fresh, c->hub, 99, INVITATION_GOOD);
	assert_int_equal(report.problem, SESSION_TOKEN);
	report = enrols(fresh, c->hub, INVITATION_GOOD, 8);
	assert_false(report.enrolled);
	assert_int_not_equal(report.problem, SESSION_FINE);
	assert_false(c->hub->redeemed);
	node_free(fresh);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, found_company, close_company)
		TEST(a_device_gets_the_directory_and_both_converge),
		TEST(nothing_new_costs_one_round_trip_and_less_than_a_kilobyte),
		TEST(what_waits_is_at_the_hub_after_two_round_trips),
		TEST(what_waits_is_sealed_after_a_directory_that_moved),
		TEST(what_waits_beyond_an_ended_grant_does_not_break_the_session),
		TEST(peers_converge_without_the_hub),
		TEST(a_peer_carries_the_directory_and_the_work_of_others),
		TEST(a_manager_gets_what_lies_below_and_nothing_beside),
		TEST(a_management_territory_is_not_given_to_reps),
		TEST(far_more_than_one_message_goes_both_ways),
		TEST(many_small_changes_are_told_in_one_session),
		TEST(what_waits_for_its_grant_is_applied_when_the_directory_comes),
		TEST(a_revoked_device_gets_its_revocation_and_nothing_else),
		TEST(another_company_is_refused),
		TEST(an_expired_certificate_opens_nothing),
		TEST(an_invitation_is_good_for_one_key),
		TEST(an_unknown_invitation_and_a_wrong_secret_open_nothing),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
