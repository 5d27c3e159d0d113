/* client/method: coverage, holders, cadence, completeness; worked examples. */

#include "client/method/cadence.h"
#include "client/method/completeness.h"
#include "client/method/coverage.h"
#include "client/method/figure.h"
#include "client/method/holders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

enum { TODAY = 20000, U1 = 1, U2 = 2, U3 = 4 };

static void
rounds_half_up_once_and_never_divides_by_zero(void **state)
{
	char text[FIGURE_TEXT_SIZE];

	(void)state;
	assert_int_equal(figure_of(1, 3).bp, 3333);
	assert_int_equal(figure_of(2, 3).bp, 6667);
	assert_int_equal(figure_of(1, 20000).bp, 1); /* exactly a half */
	assert_int_equal(figure_of(1, 20001).bp, 0);
	assert_false(figure_of(0, 0).known);
	assert_false(figure_of(1, -1).known);
	figure_text(figure_of(7, 12), text);
	assert_string_equal(text, "58.33 %");
	figure_text(figure_of(1, 0), text);
	assert_string_equal(text, "–");
}

static void
days_are_counted_on_the_wall_calendar(void **state)
{
	char text[DAY_TEXT_SIZE];

	(void)state;
	assert_int_equal(day_of_text("1970-01-02", 10), 1);
	assert_int_equal(day_of_text("2024-02-29", 10) + 1,
		day_of_text("2024-03-01", 10));
	assert_int_equal(day_of_text("2023-02-29", 10), DAY_NONE);
	assert_int_equal(day_of_text("2026-11-2", 9), DAY_NONE);
	/* Half past midnight in Shanghai is the day before in London. */
	assert_int_equal(day_of_moment(16LL * 3600 * 1000 + 1, 480), 1);
	assert_int_equal(day_of_moment(-1, 0), -1);
	day_text(day_of_text("2026-11-22", 10), text);
	assert_string_equal(text, "2026-11-22");
	day_text(DAY_NONE, text);
	assert_string_equal(text, "");
}

/* 3.6 a. */
static void
missing_roles_are_expected_with_level_none(void **state)
{
	const struct coverage_contact all[] = {
		{KEY_KDM, 4, -1}, {KEY_KI, 5, -1}, {KEY_KU, 3, -1}};
	struct coverage c = coverage_of(all, 3);

	(void)state;
	assert_int_equal(c.key.bp, FIGURE_ONE);
	assert_false(c.no_kdm || c.no_ki || c.no_ku);
	/* 3*4 of 3*4 + 2*4 + 1*3: nobody else is known. */
	c = coverage_of(all, 1);
	assert_int_equal(c.key.bp, 5217); /* 12 / 23 */
	assert_true(!c.no_kdm && c.no_ki && c.no_ku);
	c = coverage_of(NULL, 0);
	assert_true(c.key.known);
	assert_int_equal(c.key.bp, 0);
}

static void
more_than_the_target_does_not_make_up_for_others(void **state)
{
	const struct coverage_contact contacts[] = {{KEY_KDM, 2, -1},
		{KEY_KI, 5, -1}, {KEY_KI, 0, -1}, {KEY_KU, 5, -1},
		{KEY_COACH, 5, -1}};

	(void)state;
	/* (3*2 + 2*4 + 0 + 1*3) / (12 + 8 + 8 + 3) */
	assert_int_equal(coverage_of(contacts, 5).key.bp, 5484);
}

/* 3.6 c. */
static void
attitudes_are_weighed_against_each_other(void **state)
{
	const struct coverage_contact contacts[] = {{KEY_KDM, 0, 1},
		{KEY_KI, 0, 4}, {KEY_KU, 0, 3}, {KEY_NONE, 0, 5},
		{KEY_KI, 0, -1}};
	struct coverage c = coverage_of(contacts, 5);

	(void)state;
	/* support 2 + 1, neutral 1, opposition 3. */
	assert_true(c.balance_known);
	assert_int_equal(c.balance_bp, 0);
	assert_true(c.kdm_opposes);
	c = coverage_of(contacts, 1);
	assert_int_equal(c.balance_bp, -10000);
	c = coverage_of(contacts + 4, 1);
	assert_false(c.balance_known);
}

static void
levels_reached_are_a_share_of_three(void **state)
{
	const bool reached[COVERAGE_LEVELS] = {true, false, true};

	(void)state;
	assert_int_equal(coverage_levels(reached).bp, 6667);
}

/*
 * 3.13, worked: KDM held by u1 only (3), KI held by u1, u2 (2), total 5;
 * without u1 2/5 = 40 % < 50 %: 1.
 */
static void
bus_factor_of_the_worked_example_is_1(void **state)
{
	const struct holders_contact contacts[] = {
		{holders_weight(KEY_KDM), U1},
		{holders_weight(KEY_KI), U1 | U2}};
	struct holders h = holders_of(contacts, 2);

	(void)state;
	assert_int_equal(holders_weight(KEY_KU), 0);
	assert_int_equal(h.bus_factor, 1);
	assert_int_equal(h.sole_share.bp, 6000);
	assert_int_equal(h.sole_user, 0);
}

static void
half_is_still_enough(void **state)
{
	const struct holders_contact contacts[] = {
		{2, U1}, {2, U2}, {3, U1 | U2 | U3}, {3, 0}};

	(void)state;
	/* Of 10: 7 held; u1 gone 5, u1 and u2 gone 3. */
	assert_int_equal(holders_of(contacts, 4).bus_factor, 2);
	/* Of 8: without u1, 5; without u1 and u3, 5; without u1 and u2, 3. */
	assert_int_equal(holders_of((const struct holders_contact[]){{2, U1},
					    {2, U2}, {1, U3}, {3, U2 | U3}},
				 4)
				 .bus_factor,
		2);
}

static void
less_than_half_held_is_factor_0_and_no_key_contact_none(void **state)
{
	const struct holders_contact contacts[] = {{3, 0}, {2, U1}};
	struct holders h = holders_of(contacts, 2);

	(void)state;
	assert_int_equal(h.bus_factor, 0);
	h = holders_of(NULL, 0);
	assert_int_equal(h.bus_factor, -1);
	assert_false(h.sole_share.known);
	assert_int_equal(h.sole_user, -1);
}

static void
who_needs_many_to_go_is_told_more(void **state)
{
	struct holders_contact contacts[] = {{3, UINT64_MAX}};

	(void)state;
	contacts[0].by = 0x7f; /* seven */
	assert_int_equal(
		holders_of(contacts, 1).bus_factor, HOLDERS_FACTOR_MAX + 1);
	contacts[0].by = UINT64_C(0x8000000000000001);
	assert_int_equal(holders_of(contacts, 1).bus_factor, 2);
}

/* 3.8 b. */
static void
cadence_is_the_smaller_of_tier_and_wish(void **state)
{
	struct cadence c;

	(void)state;
	assert_int_equal(cadence_tier_days(tier_of("strategic", 9)), 14);
	assert_int_equal(cadence_tier_days(tier_of("key", 3)), 21);
	assert_int_equal(cadence_tier_days(tier_of("major", 5)), 30);
	assert_int_equal(cadence_tier_days(tier_of("general", 7)), 90);
	assert_int_equal(cadence_tier_days(tier_of("platinum", 8)), 90);
	c = cadence_of(21, 0, TODAY - 3, TODAY);
	assert_int_equal(c.target_days, 21);
	assert_int_equal(c.due, TODAY + 18);
	c = cadence_of(21, 7, TODAY - 3, TODAY);
	assert_int_equal(c.target_days, 7);
	c = cadence_of(21, 60, TODAY - 3, TODAY);
	assert_int_equal(c.target_days, 21);
}

static void
from_one_it_is_amber_from_one_and_a_half_red(void **state)
{
	(void)state;
	assert_int_equal(
		cadence_of(14, 0, TODAY - 13, TODAY).light, LIGHT_GREEN);
	assert_int_equal(
		cadence_of(14, 0, TODAY - 14, TODAY).light, LIGHT_AMBER);
	assert_int_equal(
		cadence_of(14, 0, TODAY - 20, TODAY).light, LIGHT_AMBER);
	assert_int_equal(cadence_of(14, 0, TODAY - 21, TODAY).light, LIGHT_RED);
	assert_int_equal(
		cadence_of(14, 0, TODAY - 21, TODAY).overdue.bp, 15000);
	assert_int_equal(cadence_of(14, 0, DAY_NONE, TODAY).light, LIGHT_NEVER);
	assert_false(cadence_of(14, 0, DAY_NONE, TODAY).overdue.known);
}

static void
a_visit_is_effective_when_it_brought_something_on(void **state)
{
	struct cadence_visit v = {.done = true,
		.present = true,
		.goal = true,
		.result = true,
		.commitment = true};

	(void)state;
	assert_true(cadence_effective(&v));
	v.commitment = false;
	assert_false(cadence_effective(&v));
	v.advanced = true;
	assert_true(cadence_effective(&v));
	v.present = false;
	assert_false(cadence_effective(&v));
}

/* 3.14. */
static void
completeness_sums_to_100_points(void **state)
{
	struct completeness_facts facts = {.contacts = 2, .contacts_rated = 2};
	struct completeness c;
	int sum = 0;

	(void)state;
	for (int i = 0; i < COMPLETENESS_ITEMS; i++) {
		sum += completeness_points((enum completeness_item)i);
		facts.item[i] = (struct completeness_fact){
			.kept = true, .known = true, .day = TODAY};
	}
	assert_int_equal(sum, COMPLETENESS_POINTS);
	c = completeness_of(&facts, NULL, TODAY);
	assert_int_equal(c.score.bp, FIGURE_ONE);
	assert_int_equal(c.attainable, COMPLETENESS_POINTS);
	assert_int_equal(c.by_owner.bp, 0);
	/* Decision chain 20, as DOMAIN splits it. */
	assert_int_equal(completeness_points(KNOWN_KDM), 6);
	assert_int_equal(completeness_points(KNOWN_KI), 4);
	assert_int_equal(completeness_points(KNOWN_KU), 4);
	assert_int_equal(completeness_points(KNOWN_LINKS), 3);
	assert_int_equal(completeness_points(KNOWN_DECISION_MODE), 3);
}

static void
an_old_fact_counts_half_and_ratings_by_their_share(void **state)
{
	struct completeness_facts facts = {.contacts = 3, .contacts_rated = 1};
	struct completeness c;

	(void)state;
	facts.item[KNOWN_KDM] = (struct completeness_fact){.kept = true,
		.known = true,
		.day = TODAY - COMPLETENESS_OLD_DAYS};
	c = completeness_of(&facts, NULL, TODAY);
	assert_int_equal(c.score.bp, 600);
	facts.item[KNOWN_KDM].day--;
	c = completeness_of(&facts, NULL, TODAY);
	assert_int_equal(c.score.bp, 300);
	facts.item[KNOWN_RATINGS] =
		(struct completeness_fact){.kept = true, .known = true};
	c = completeness_of(&facts, NULL, TODAY);
	assert_int_equal(c.score.bp, 700); /* 3 + 12 / 3 */
	assert_int_equal(c.attainable, 6 + 12);
	assert_int_equal(c.facts, 2);
}

static void
facts_are_told_by_who_wrote_them(void **state)
{
	static const uint8_t owner[ID_BYTES] = {7};
	struct completeness_facts facts = {.contacts = 1};
	struct completeness c;

	(void)state;
	facts.item[KNOWN_KDM] =
		(struct completeness_fact){.kept = true, .known = true};
	facts.item[KNOWN_KDM].by[0] = 7;
	facts.item[KNOWN_KI] = facts.item[KNOWN_KDM];
	facts.item[KNOWN_KU] =
		(struct completeness_fact){.kept = true, .known = true};
	c = completeness_of(&facts, owner, TODAY);
	assert_int_equal(c.by_owner.bp, 6667);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_half_up_once_and_never_divides_by_zero),
		cmocka_unit_test(days_are_counted_on_the_wall_calendar),
		cmocka_unit_test(missing_roles_are_expected_with_level_none),
		cmocka_unit_test(
			more_than_the_target_does_not_make_up_for_others),
		cmocka_unit_test(attitudes_are_weighed_against_each_other),
		cmocka_unit_test(levels_reached_are_a_share_of_three),
		cmocka_unit_test(bus_factor_of_the_worked_example_is_1),
		cmocka_unit_test(half_is_still_enough),
		cmocka_unit_test(
			less_than_half_held_is_factor_0_and_no_key_contact_none),
		cmocka_unit_test(who_needs_many_to_go_is_told_more),
		cmocka_unit_test(cadence_is_the_smaller_of_tier_and_wish),
		cmocka_unit_test(from_one_it_is_amber_from_one_and_a_half_red),
		cmocka_unit_test(
			a_visit_is_effective_when_it_brought_something_on),
		cmocka_unit_test(completeness_sums_to_100_points),
		cmocka_unit_test(
			an_old_fact_counts_half_and_ratings_by_their_share),
		cmocka_unit_test(facts_are_told_by_who_wrote_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
