/* client/method: data honesty (DOMAIN 3.15), by hand-written visits. */

#include "client/method/honesty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "client/method/day.h"

enum { TODAY = 20000 };

/* Of rep 1, entered so many days later; nothing is wrong with it. */
static struct honesty_visit
visit(uint8_t id, int32_t lag)
{
	return (struct honesty_visit){.id = {id},
		.user = {1},
		.account = "",
		.day = TODAY,
		.entered = TODAY + lag,
		.proven = DAY_NONE,
		.received = DAY_NONE};
}

static void
median_and_nine_of_ten_are_days_that_occurred(void **state)
{
	static const int32_t lags[] = {9, 0, 1, 0, 2, 0, 1, 3, 0, 4};
	struct honesty_visit visits[10];
	struct honesty h;

	(void)state;
	for (uint8_t i = 0; i < 10; i++)
		visits[i] = visit(i, lags[i]);
	h = honesty_of(visits, 10);
	/* 0 0 0 0 1 | 1 2 3 4 | 9 */
	assert_int_equal(h.visits, 10);
	assert_int_equal(h.entered.median_days, 1);
	assert_int_equal(h.entered.p90_days, 4);
	assert_int_equal(h.entered.late.bp, 2000); /* 4 and 9 of ten */
	h = honesty_of(visits, 1);
	assert_int_equal(h.entered.median_days, 9);
	assert_int_equal(h.entered.p90_days, 9);
	h = honesty_of(visits, 3); /* 0 1 9 */
	assert_int_equal(h.entered.median_days, 1);
	assert_int_equal(h.entered.p90_days, 9);
}

static void
three_days_are_not_late(void **state)
{
	struct honesty_visit on_time = visit(1, 3), late = visit(2, 4);

	(void)state;
	assert_false(honesty_late(&on_time));
	assert_false(honesty_flagged(&on_time));
	assert_true(honesty_late(&late));
	assert_true(honesty_flagged(&late));
}

static void
what_is_proven_does_not_ask_the_authors_clock(void **state)
{
	struct honesty_visit v = visit(1, 0);

	(void)state;
	v.proven = TODAY + 4;
	assert_false(honesty_late(&v));
	assert_true(honesty_proven_late(&v));
	v.proven = TODAY + 3;
	assert_false(honesty_proven_late(&v));
	v.proven = DAY_NONE;
	assert_false(honesty_proven_late(&v));
	v.entered = TODAY - 1;
	assert_true(honesty_ahead(&v));
	assert_int_equal(honesty_of(&v, 1).ahead, 1);
}

static void
receipts_are_counted_apart_and_only_where_they_are_known(void **state)
{
	struct honesty_visit visits[] = {visit(1, 0), visit(2, 0), visit(3, 0)};
	struct honesty h = honesty_of(visits, 3);

	(void)state;
	assert_int_equal(h.received.count, 0);
	assert_false(h.received.late.known);
	visits[0].received = TODAY + 8;
	visits[2].received = TODAY;
	h = honesty_of(visits, 3);
	assert_int_equal(h.received.count, 2);
	assert_int_equal(h.received.p90_days, 8);
	assert_int_equal(h.received.late.bp, 5000);
	assert_int_equal(h.entered.late.bp, 0);
}

static void
the_same_words_on_two_visits_of_one_person_are_seen(void **state)
{
	struct honesty_visit v[] = {
		visit(1, 0), visit(2, 0), visit(3, 0), visit(4, 0)};
	struct honesty_text texts[] = {
		{0, "照常拜访"}, {1, " 照常拜访\n"}, {2, "谈了年度框架的价格"}};

	(void)state;
	honesty_same_texts(v, texts, 3);
	assert_true(v[0].same_text && v[1].same_text);
	assert_false(v[2].same_text || v[3].same_text);
}

static void
short_words_one_visit_and_colleagues_do_not_count_as_the_same(void **state)
{
	struct honesty_visit v[] = {visit(1, 0), visit(2, 0), visit(3, 0)};
	struct honesty_text texts[] = {{0, "没有"}, {1, "没有"},
		{0, "同一次拜访两条记录"}, {0, "同一次拜访两条记录"},
		{1, "与同事写得一样长的话"}, {2, "与同事写得一样长的话"}};

	(void)state;
	v[2].user[0] = 2;
	honesty_same_texts(v, texts, 6);
	for (int i = 0; i < 3; i++)
		assert_false(v[i].same_text);
	honesty_same_texts(v, NULL, 0);
}

static void
visits_go_by_person_and_newest_first(void **state)
{
	struct honesty_visit v[] = {visit(1, 0), visit(2, 0), visit(3, 0)};

	(void)state;
	v[0].user[0] = 2;
	v[2].day = TODAY + 1;
	honesty_sort(v, 3);
	assert_int_equal(v[0].id[0], 3);
	assert_int_equal(v[1].id[0], 2);
	assert_int_equal(v[2].id[0], 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(median_and_nine_of_ten_are_days_that_occurred),
		cmocka_unit_test(three_days_are_not_late),
		cmocka_unit_test(what_is_proven_does_not_ask_the_authors_clock),
		cmocka_unit_test(
			receipts_are_counted_apart_and_only_where_they_are_known),
		cmocka_unit_test(
			the_same_words_on_two_visits_of_one_person_are_seen),
		cmocka_unit_test(
			short_words_one_visit_and_colleagues_do_not_count_as_the_same),
		cmocka_unit_test(visits_go_by_person_and_newest_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
