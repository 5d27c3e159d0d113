/* client/method/account, due: figures of a dossier written by hand. */

#include "client/method/account.h"
#include "client/method/due.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum {
	TODAY = 20000,
	ACCOUNT = 1,
	KDM = 11,
	KI = 12,
	U1 = 21,
	U2 = 22,
	U3 = 23
};
enum { ROOM = 8 };

static struct dossier facts;
static struct arena arena;
static uint8_t visitors[ROOM][2][ID_BYTES];
static uint8_t met[ROOM][1][ID_BYTES];
static bool on[ROOM];

static void
set_id(uint8_t *id, uint8_t number)
{
	memset(id, 0, ID_BYTES);
	id[ID_BYTES - 1] = number;
}

static void
add_user(uint8_t number, const char *login, bool has_grant)
{
	struct dossier_user *u = &facts.users[facts.user_count];

	set_id(u->id, number);
	u->login = u->name = login;
	on[facts.user_count] = has_grant;
	u->on = &on[facts.user_count++];
}

static struct dossier_contact *
add_contact(uint8_t number, const char *name, enum key_role role, int level)
{
	struct dossier_contact *c = &facts.contacts[facts.contact_count++];

	*c = (struct dossier_contact){.name = name,
		.title = "",
		.department = "",
		.level = level,
		.role = role,
		.active = true};
	set_id(c->id, number);
	set_id(c->account, ACCOUNT);
	return c;
}

/* A visit of `user` (and `other`, unless 0) to a contact. */
static struct dossier_visit *
add_visit(int32_t day, uint8_t contact, uint8_t user, uint8_t other)
{
	size_t at = facts.visit_count++;
	struct dossier_visit *v = &facts.visits[at];

	*v = (struct dossier_visit){.type = "visit",
		.goal = "价格",
		.result = "advanced",
		.day = day,
		.planned = DAY_NONE,
		.next_by = DAY_NONE,
		.done = true,
		.face_to_face = true,
		.contact_count = 1,
		.attendee_count = other ? 2 : 1};
	set_id(v->id, (uint8_t)(100 + at));
	set_id(v->account, ACCOUNT);
	set_id(met[at][0], contact);
	set_id(visitors[at][0], user);
	set_id(visitors[at][1], other);
	v->contacts = (const uint8_t(*)[ID_BYTES])met[at];
	v->attendees = (const uint8_t(*)[ID_BYTES])visitors[at];
	return v;
}

static void
add_rating(uint8_t contact, const char *code, uint8_t rater, int32_t day)
{
	struct dossier_rating *r = &facts.ratings[facts.rating_count++];

	*r = (struct dossier_rating){
		.rating = {
			.level = scale_level(code, strlen(code)), .day = day}};
	set_id(r->rating.id, (uint8_t)facts.rating_count);
	set_id(r->rating.rater, rater);
	if (contact)
		set_id(r->contact, contact);
	else
		set_id(r->account, ACCOUNT);
}

static void
assign(uint8_t from, uint8_t to, int32_t day)
{
	struct dossier_assignment *a =
		&facts.assignments[facts.assignment_count++];

	*a = (struct dossier_assignment){.effective = day};
	set_id(a->id, (uint8_t)facts.assignment_count);
	set_id(a->account, ACCOUNT);
	set_id(a->from, from);
	set_id(a->to, to);
}

static struct dossier_action *
add_action(const char *title, const char *owed_by, int32_t due)
{
	struct dossier_action *a = &facts.actions[facts.action_count++];

	*a = (struct dossier_action){.title = title,
		.kind = "",
		.status = "open",
		.owed_by = owed_by,
		.due = due,
		.promised = DAY_NONE,
		.open = true};
	set_id(a->id, (uint8_t)facts.action_count);
	set_id(a->account, ACCOUNT);
	return a;
}

static int
setup(void **state)
{
	(void)state;
	facts.territories = calloc(ROOM, sizeof *facts.territories);
	facts.users = calloc(ROOM, sizeof *facts.users);
	facts.accounts = calloc(ROOM, sizeof *facts.accounts);
	facts.contacts = calloc(ROOM, sizeof *facts.contacts);
	facts.visits = calloc(ROOM, sizeof *facts.visits);
	facts.ratings = calloc(ROOM, sizeof *facts.ratings);
	facts.holds = calloc(ROOM, sizeof *facts.holds);
	facts.members = calloc(ROOM, sizeof *facts.members);
	facts.assignments = calloc(ROOM, sizeof *facts.assignments);
	facts.actions = calloc(ROOM, sizeof *facts.actions);
	facts.territories[0].path = "east/linxi";
	facts.territory_count = 1;
	set_id(facts.accounts[0].id, ACCOUNT);
	facts.accounts[0].name = "鑫澜";
	facts.accounts[0].tier = TIER_STRATEGIC;
	facts.account_count = 1;
	add_user(U1, "u1", true);
	add_user(U2, "u2", true);
	add_user(U3, "u3", true);
	(void)add_contact(KDM, "刘", KEY_KDM, COVERAGE_EXEC);
	(void)add_contact(KI, "李", KEY_KI, COVERAGE_MGMT);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	dossier_clear(&facts);
	arena_clear(&arena);
	return 0;
}

static struct account_figures
figures(void)
{
	dossier_settle(&facts);
	return account_figures(&facts, &facts.accounts[0], TODAY, &arena);
}

/* DOMAIN 3.13, its example, from visits and ratings. */
static void
bus_factor_of_the_worked_example_from_records(void **state)
{
	struct account_figures f;

	(void)state;
	add_rating(KDM, "K4", U1, TODAY - 10);
	add_rating(KI, "K2", U1, TODAY - 10);
	(void)add_visit(TODAY - 10, KDM, U1, 0);
	(void)add_visit(TODAY - 20, KI, U1, U2);
	f = figures();
	assert_int_equal(f.holders.bus_factor, 1);
	assert_int_equal(f.holders.sole_share.bp, 6000);
	assert_string_equal(f.users[f.holders.sole_user]->login, "u1");
}

static void
a_visit_holds_for_180_days_and_from_K2_on(void **state)
{
	struct account_figures f;

	(void)state;
	add_rating(KDM, "K2", U1, TODAY - 10);
	add_rating(KI, "K1", U1, TODAY - 10);
	(void)add_visit(TODAY - HOLDERS_TOUCH_DAYS, KDM, U1, 0);
	(void)add_visit(TODAY - HOLDERS_TOUCH_DAYS - 1, KDM, U2, 0);
	(void)add_visit(TODAY + 1, KDM, U3, 0);
	(void)add_visit(TODAY, KI, U1, 0);
	f = figures();
	assert_int_equal(f.user_count, 1);
	assert_string_equal(f.users[0]->login, "u1");
	assert_int_equal(f.people[1].held_by, 0);
}

static void
an_owner_of_the_contact_holds_it_while_it_lasts_and_they_are_here(void **state)
{
	static const struct {
		uint8_t user;
		int32_t since, until;
	} holds[] = {
		{U1, TODAY, DAY_NONE},
		{U2, TODAY + 1, DAY_NONE},
		{U3, DAY_NONE, DAY_NONE},
		{U2, DAY_NONE, TODAY},
	};
	struct account_figures f;

	(void)state;
	on[2] = false; /* u3 has no grant any more */
	for (size_t i = 0; i < sizeof holds / sizeof *holds; i++) {
		struct dossier_hold *h = &facts.holds[facts.hold_count++];

		set_id(h->contact, KDM);
		set_id(h->user, holds[i].user);
		h->since = holds[i].since;
		h->until = holds[i].until;
	}
	f = figures();
	assert_int_equal(f.user_count, 1);
	assert_string_equal(f.users[0]->login, "u1");
	assert_int_equal(f.holders.bus_factor, 1);
}

static void
who_was_assigned_away_is_unconfirmed_until_assigned_back(void **state)
{
	struct account_figures f;

	(void)state;
	add_rating(KDM, "K4", U1, TODAY - 10);
	f = figures();
	assert_false(f.people[0].key.unconfirmed);
	assign(U1, U2, TODAY - 5);
	f = figures();
	assert_true(f.people[0].key.unconfirmed);
	assert_int_equal(relation_ordinal(&f.people[0].key), 3);
	assign(U2, U1, TODAY - 1);
	f = figures();
	assert_false(f.people[0].key.unconfirmed);
	/* What is to come does not count yet. */
	assign(U1, U2, TODAY + 1);
	f = figures();
	assert_false(f.people[0].key.unconfirmed);
}

static void
who_has_no_grant_any_more_is_unconfirmed(void **state)
{
	struct account_figures f;

	(void)state;
	add_rating(KDM, "K4", U1, TODAY - 10);
	add_rating(KI, "K4", U2, TODAY - 10);
	on[0] = false;
	f = figures();
	assert_true(f.people[0].key.unconfirmed);
	assert_false(f.people[1].key.unconfirmed);
	/* (3*3 + 2*4) / 23, nobody being known for KU. */
	assert_int_equal(f.coverage.key.bp, 7391);
}

static void
a_backup_was_there_with_somebody(void **state)
{
	struct dossier_member *m = &facts.members[0];

	(void)state;
	facts.member_count = 1;
	*m = (struct dossier_member){
		.role = "backup", .from = TODAY - 30, .to = DAY_NONE};
	set_id(m->account, ACCOUNT);
	set_id(m->user, U2);
	(void)add_visit(TODAY - 3, KDM, U2, 0);
	assert_false(figures().backup);
	(void)add_visit(TODAY - 3, KDM, U1, U2);
	assert_true(figures().backup);
	m->to = TODAY;
	assert_false(figures().backup);
}

static void
visits_are_counted_planned_done_and_effective(void **state)
{
	struct account_figures f;

	(void)state;
	add_visit(TODAY - 3, KDM, U1, 0)->planned = TODAY - 4;
	add_visit(TODAY - 9, KDM, U1, 0)->result = "stalled";
	add_visit(DAY_NONE, KDM, U1, 0)->planned = TODAY - 1;
	facts.visits[2].done = false;
	(void)add_visit(TODAY - ACCOUNT_VISITS_DAYS - 1, KDM, U1, 0);
	f = figures();
	assert_int_equal(f.visits_planned, 2);
	assert_int_equal(f.visits_done, 2);
	assert_int_equal(f.visits_effective, 1);
	assert_int_equal(f.plan.bp, FIGURE_ONE);
	assert_int_equal(f.effective.bp, FIGURE_ONE / 2);
	assert_int_equal(f.cadence.last, TODAY - 3);
	assert_int_equal(f.cadence.light, LIGHT_GREEN);
}

static void
decision_makers_of_strategic_accounts_are_seen_in_person(void **state)
{
	struct account_figures f;

	(void)state;
	add_visit(TODAY - 1, KDM, U1, 0)->face_to_face = false;
	(void)add_visit(TODAY - 61, KDM, U1, 0);
	f = figures();
	assert_int_equal(f.cadence.light, LIGHT_GREEN);
	assert_int_equal(f.people[0].cadence.target_days, CADENCE_FACE_DAYS);
	assert_int_equal(f.people[0].cadence.light, LIGHT_AMBER);
	assert_int_equal(f.people[1].cadence.target_days, 0);
	facts.contacts[0].interval_days = 7;
	f = figures();
	assert_int_equal(f.people[0].cadence.target_days, 7);
	assert_int_equal(f.people[0].cadence.last, TODAY - 1);
}

static void
what_falls_due_comes_earliest_first(void **state)
{
	const struct due *due;
	size_t count;

	(void)state;
	add_visit(TODAY - 10, KDM, U1, 0)->next_by = TODAY - 2;
	(void)add_action("b", "us", TODAY - 2);
	(void)add_action("a", "", TODAY + 5);
	(void)add_action("never", "us", DAY_NONE);
	dossier_settle(&facts);
	due = due_list(&facts, TODAY, TODAY + 5, true, &arena, &count);
	assert_int_equal(count, 4);
	assert_int_equal(due[0].kind, DUE_NEXT);
	assert_string_equal(due[1].action->title, "b");
	assert_int_equal(due[2].kind, DUE_ACCOUNT);
	assert_int_equal(due[2].on, TODAY + 4);
	assert_string_equal(due[3].action->title, "a");
	/* Two reasons to go to one account, and no steps. */
	assert_int_equal(due_accounts(&facts, due, count), 1);
	(void)due_list(&facts, TODAY, TODAY + 5, false, &arena, &count);
	assert_int_equal(count, 2);
	/* Nobody has to go to an account that was lost. */
	facts.accounts[0].gone = true;
	(void)due_list(&facts, TODAY, TODAY + 5, true, &arena, &count);
	assert_int_equal(count, 2);
}

static void
promises_are_ours_first_and_those_without_a_day_last(void **state)
{
	const struct due *due;
	size_t count;

	(void)state;
	(void)add_action("step", "", TODAY - 9);
	(void)add_action("theirs", "customer", TODAY - 9);
	(void)add_action("ours, some day", "us", DAY_NONE);
	(void)add_action("ours", "us", TODAY + 9);
	add_action("kept", "us", TODAY)->open = false;
	dossier_settle(&facts);
	due = due_promises(&facts, NULL, true, &arena, &count);
	assert_int_equal(count, 4);
	assert_string_equal(due[0].action->title, "ours");
	assert_string_equal(due[1].action->title, "ours, some day");
	assert_string_equal(due[2].action->title, "theirs");
	assert_string_equal(due[3].action->title, "step");
	(void)due_promises(&facts, NULL, false, &arena, &count);
	assert_int_equal(count, 3);
}

static void
figures_do_not_depend_on_the_order_of_arrival(void **state)
{
	struct account_figures one, other;
	struct dossier_visit visit;
	struct dossier_rating rating;

	(void)state;
	add_rating(KDM, "K4", U1, TODAY - 10);
	add_rating(KDM, "K2", U2, TODAY - 10);
	(void)add_visit(TODAY - 10, KDM, U1, 0);
	(void)add_visit(TODAY - 10, KDM, U2, 0);
	one = figures();
	visit = facts.visits[0];
	facts.visits[0] = facts.visits[1];
	facts.visits[1] = visit;
	rating = facts.ratings[0];
	facts.ratings[0] = facts.ratings[1];
	facts.ratings[1] = rating;
	other = figures();
	assert_int_equal(relation_ordinal(&one.people[0].key), 2);
	assert_int_equal(relation_ordinal(&other.people[0].key), 2);
	assert_string_equal(one.users[0]->login, other.users[0]->login);
	assert_int_equal(one.people[0].held_by, other.people[0].held_by);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bus_factor_of_the_worked_example_from_records),
		TEST(a_visit_holds_for_180_days_and_from_K2_on),
		TEST(an_owner_of_the_contact_holds_it_while_it_lasts_and_they_are_here),
		TEST(who_was_assigned_away_is_unconfirmed_until_assigned_back),
		TEST(who_has_no_grant_any_more_is_unconfirmed),
		TEST(a_backup_was_there_with_somebody),
		TEST(visits_are_counted_planned_done_and_effective),
		TEST(decision_makers_of_strategic_accounts_are_seen_in_person),
		TEST(what_falls_due_comes_earliest_first),
		TEST(promises_are_ours_first_and_those_without_a_day_last),
		TEST(figures_do_not_depend_on_the_order_of_arrival),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
