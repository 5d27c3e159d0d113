/* sync/limits: who of a crowd of strangers gets a turn, and when. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sync/limits.h"

enum { MANY = LIMITS_STRANGERS + 16, MOST = 300 };

static struct stranger all[MANY];
static struct limits *limits;
static uint64_t now;

/* 10.0.0.0 + number. */
static const uint8_t *
address(uint32_t number)
{
	static uint8_t bytes[LIMITS_ADDRESS_SIZE];

	memset(bytes, 0, sizeof bytes);
	bytes[10] = bytes[11] = 0xff;
	bytes[12] = 10;
	bytes[13] = (uint8_t)(number >> 16);
	bytes[14] = (uint8_t)(number >> 8);
	bytes[15] = (uint8_t)number;
	return bytes;
}

static int
set_up(void **state)
{
	(void)state;
	memset(all, 0, sizeof all);
	now = 1000000;
	limits = limits_new(MOST);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < MANY; i++)
		limits_left(limits, &all[i], now);
	limits_check(limits);
	assert_int_equal(limits_look(limits).silent, 0);
	assert_int_equal(limits_look(limits).handshaking, 0);
	limits_free(limits);
	return 0;
}

/* The stranger who has to go for it, gone. */
static struct stranger *
arrive(uint32_t i, uint32_t from)
{
	struct stranger *victim =
		limits_arrived(limits, &all[i], &all[i], address(from), now);

	if (victim)
		limits_left(limits, victim, now);
	limits_check(limits);
	return victim;
}

static void
knock(uint32_t i, uint32_t from)
{
	(void)arrive(i, from);
	limits_knocked(limits, &all[i]);
	limits_check(limits);
}

/* How many begin their handshake now. */
static uint32_t
begun(void)
{
	uint32_t count = 0;

	while (limits_next(limits, now))
		count++;
	limits_check(limits);
	return count;
}

static void
prove(uint32_t i)
{
	limits_proved(limits, &all[i], now);
	limits_check(limits);
}

static void
give_up(uint32_t i)
{
	limits_left(limits, &all[i], now);
	limits_check(limits);
}

/* A device syncs from there. */
static void
be_known(uint32_t i, uint32_t from)
{
	knock(i, from);
	assert_int_equal(begun(), 1);
	prove(i);
}

static void
a_stranger_knocks_proves_itself_and_is_none(void **state)
{
	(void)state;
	(void)arrive(0, 1);
	assert_null(limits_next(limits, now));
	assert_int_equal(all[0].stage, LIMITS_SILENT);
	limits_knocked(limits, &all[0]);
	assert_int_equal(all[0].stage, LIMITS_WAITING);
	assert_ptr_equal(limits_next(limits, now), &all[0]);
	assert_int_equal(all[0].stage, LIMITS_HANDSHAKING);
	prove(0);
	assert_int_equal(all[0].stage, LIMITS_NOBODY);
	assert_int_equal(limits_look(limits).proved, 1);
}

static void
an_office_of_many_is_one_address_and_gets_in(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 200; i++)
		knock(i, 1);
	assert_int_equal(begun(), LIMITS_ADDRESS);
	prove(0);
	/* From then on it is known, and may do more at a time. */
	assert_int_equal(begun(), LIMITS_ADDRESS_KNOWN - LIMITS_ADDRESS + 1);
	for (uint32_t i = 1; i < 200; i++) {
		assert_int_equal(all[i].stage, LIMITS_HANDSHAKING);
		prove(i);
		(void)begun();
	}
	assert_int_equal(limits_look(limits).failed, 0);
}

static void
unfinished_handshakes_of_an_address_are_few(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 50; i++)
		knock(i, 1);
	assert_int_equal(begun(), LIMITS_ADDRESS);
	now += LIMITS_HANDSHAKE_MS;
	assert_int_equal(begun(), 0);
	give_up(0);
	assert_int_equal(begun(), 0); /* it costs the credit, too */
	now += 1000 / LIMITS_CREDIT_PER_SECOND;
	assert_int_equal(begun(), 1);
}

static void
failures_of_an_address_are_ten_a_second(void **state)
{
	uint32_t failed = 0, next = 0, first = 0;

	(void)state;
	for (uint32_t ms = 0; ms < 10000; ms += 10, now += 10) {
		while (next < first + 20) {
			knock(next % MANY, 1);
			next++;
		}
		while (limits_next(limits, now))
			continue;
		for (uint32_t i = first; i < next; i++)
			if (all[i % MANY].stage == LIMITS_HANDSHAKING) {
				give_up(i % MANY);
				first++;
				failed++;
			}
	}
	assert_in_range(failed, 10 * LIMITS_CREDIT_PER_SECOND,
		10 * LIMITS_CREDIT_PER_SECOND + LIMITS_ADDRESS);
}

/* Each within its own limit: those who synced this week do not notice. */
static void
failures_from_many_addresses_are_a_hundred_a_second(void **state)
{
	uint32_t failed = 0;

	(void)state;
	be_known(MOST, 9999);
	for (uint32_t ms = 0; ms < 5000; ms += 10, now += 10) {
		for (uint32_t i = 0; i < 200; i++) {
			if (all[i].stage == LIMITS_NOBODY)
				knock(i, i);
			while (limits_next(limits, now))
				continue;
			if (all[i].stage == LIMITS_HANDSHAKING) {
				give_up(i);
				failed++;
			}
		}
		be_known(MOST, 9999);
	}
	assert_in_range(failed, 4 * LIMITS_UNKNOWN_PER_SECOND,
		6 * LIMITS_UNKNOWN_PER_SECOND);
}

static void
success_costs_no_credit(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		be_known(0, 1);
	assert_int_equal(limits_look(limits).proved, 1000);
}

static void
no_address_waits_for_the_crowd_of_another(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 200; i++)
		knock(i, i % 10);
	assert_int_equal(begun(), LIMITS_HANDSHAKES - LIMITS_KEPT);
	knock(200, 77);
	assert_int_equal(begun(), 0);
	/* One slot comes free: each address before it has one turn at most. */
	for (uint32_t i = 0; i < 11 && all[200].stage == LIMITS_WAITING; i++) {
		give_up(i);
		now += 1000 / LIMITS_UNKNOWN_PER_SECOND;
		assert_int_equal(begun(), 1);
	}
	assert_int_equal(all[200].stage, LIMITS_HANDSHAKING);
}

static void
slots_are_kept_for_addresses_that_synced_this_week(void **state)
{
	(void)state;
	be_known(300, 500);
	for (uint32_t i = 0; i < 100; i++)
		knock(i, i);
	assert_int_equal(begun(), LIMITS_HANDSHAKES - LIMITS_KEPT);
	for (uint32_t i = 100; i < 100 + LIMITS_KEPT; i++)
		knock(i, 500);
	assert_int_equal(begun(), LIMITS_KEPT);
	knock(200, 500);
	assert_int_equal(begun(), 0);
}

static void
an_address_is_forgotten_after_a_week(void **state)
{
	(void)state;
	be_known(300, 500);
	for (uint32_t i = 0; i < 100; i++)
		knock(i, i);
	assert_int_equal(begun(), LIMITS_HANDSHAKES - LIMITS_KEPT);
	now += LIMITS_KNOWN_MS;
	knock(200, 500);
	assert_int_equal(begun(), 0);
}

static void
the_longest_silent_goes_when_there_are_too_many(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < MOST; i++)
		assert_null(arrive(i, i));
	limits_knocked(limits, &all[0]);
	assert_ptr_equal(arrive(MOST, 1000), &all[1]);
	assert_ptr_equal(arrive(MOST + 1, 1000), &all[2]);
	assert_int_equal(all[0].stage, LIMITS_WAITING);
	assert_int_equal(limits_look(limits).turned_away, 2);
}

static void
of_those_who_wait_one_of_the_biggest_crowd_goes(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < MOST - 1; i++)
		knock(i, i < 10 ? i : 99);
	assert_null(arrive(MOST - 1, 7));
	assert_ptr_equal(arrive(MOST, 1000), &all[10]);
	/* Not one whose hello may be on its way. */
	assert_int_equal(all[MOST - 1].stage, LIMITS_SILENT);
}

static void
the_newcomer_goes_when_all_are_at_work(void **state)
{
	struct limits *kept = limits;

	(void)state;
	limits = limits_new(4);
	for (uint32_t i = 0; i < 4; i++)
		knock(i, i);
	assert_int_equal(begun(), 4);
	assert_ptr_equal(arrive(4, 9), &all[4]);
	for (uint32_t i = 0; i < 4; i++)
		give_up(i);
	limits_free(limits);
	limits = kept;
}

static void
garbage_costs_an_address_no_credit(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		(void)arrive(0, 1);
		give_up(0);
	}
	assert_int_equal(limits_look(limits).not_ours, 200);
	for (uint32_t i = 0; i < 20; i++)
		knock(i, 1);
	assert_int_equal(begun(), LIMITS_ADDRESS);
}

static void
of_ipv6_a_network_is_one_address(void **state)
{
	uint8_t bytes[LIMITS_ADDRESS_SIZE] = {0x20, 0x01, 0x0d, 0xb8};

	(void)state;
	for (uint32_t i = 0; i < 40; i++) {
		bytes[15] = (uint8_t)i;
		assert_null(
			limits_arrived(limits, &all[i], &all[i], bytes, now));
		limits_knocked(limits, &all[i]);
	}
	assert_int_equal(limits_look(limits).addresses, 1);
	assert_int_equal(begun(), LIMITS_ADDRESS);
}

static void
what_is_remembered_of_addresses_is_bounded(void **state)
{
	(void)state;
	be_known(1, 1);
	for (uint32_t i = 0; i < 3 * LIMITS_REMEMBERED; i++) {
		(void)limits_arrived(
			limits, &all[0], &all[0], address(100000 + i), now);
		limits_knocked(limits, &all[0]);
		assert_non_null(limits_next(limits, now));
		limits_left(limits, &all[0], now);
		now += 1000 / LIMITS_UNKNOWN_PER_SECOND;
	}
	limits_check(limits);
	assert_in_range(limits_look(limits).addresses, LIMITS_REMEMBERED,
		LIMITS_REMEMBERED + 1);
	/* Those that fail do not push out those that are known. */
	for (uint32_t i = 0; i < LIMITS_ADDRESS_KNOWN; i++)
		knock(i, 1);
	assert_int_equal(begun(), LIMITS_ADDRESS_KNOWN);
}

/* Any order of calls keeps the books; also with time standing still. */
static void
the_books_hold_in_any_order(void **state)
{
	uint32_t random = 20261122;

	(void)state;
	for (uint32_t step = 0; step < 20000; step++) {
		uint32_t i;

		random = random * 1664525 + 1013904223;
		i = (random >> 8) % 400;
		now += (random >> 28) == 0 ? 40 : 0;
		switch (all[i].stage) {
		case LIMITS_NOBODY:
			(void)arrive(i, (random >> 20) % 40);
			break;
		case LIMITS_SILENT:
			if (random & 64)
				limits_knocked(limits, &all[i]);
			else
				limits_left(limits, &all[i], now);
			break;
		case LIMITS_WAITING:
			if (random & 64)
				(void)limits_next(limits, now);
			else
				limits_left(limits, &all[i], now);
			break;
		case LIMITS_HANDSHAKING:
			if (random & 64)
				limits_proved(limits, &all[i], now);
			else
				limits_left(limits, &all[i], now);
			break;
		}
		if (step % 16 == 0)
			limits_check(limits);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stranger_knocks_proves_itself_and_is_none),
		TEST(an_office_of_many_is_one_address_and_gets_in),
		TEST(unfinished_handshakes_of_an_address_are_few),
		TEST(failures_of_an_address_are_ten_a_second),
		TEST(failures_from_many_addresses_are_a_hundred_a_second),
		TEST(success_costs_no_credit),
		TEST(no_address_waits_for_the_crowd_of_another),
		TEST(slots_are_kept_for_addresses_that_synced_this_week),
		TEST(an_address_is_forgotten_after_a_week),
		TEST(the_longest_silent_goes_when_there_are_too_many),
		TEST(of_those_who_wait_one_of_the_biggest_crowd_goes),
		TEST(the_newcomer_goes_when_all_are_at_work),
		TEST(garbage_costs_an_address_no_credit),
		TEST(of_ipv6_a_network_is_one_address),
		TEST(what_is_remembered_of_addresses_is_bounded),
		TEST(the_books_hold_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
