/* client/node/lease_clock: the time by which a lease is judged, on a machine
 * whose clock is somebody else's. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/node/lease_clock.h"

#define DAY LEASE_DAY_MS
#define START ((int64_t)1795305600000)

static struct lease_now
machine(int64_t wall_ms, int64_t up_ms, uint8_t boot)
{
	struct lease_now now = {.wall_ms = wall_ms, .up_ms = up_ms};

	memset(now.boot, boot, sizeof now.boot);
	return now;
}

static int64_t
look(struct lease_clock *clock, int64_t wall_ms, int64_t up_ms, uint8_t boot)
{
	struct lease_now now = machine(wall_ms, up_ms, boot);

	return lease_clock_look(clock, &now);
}

static void
goes_on_with_a_clock_that_is_right(void **state)
{
	struct lease_clock clock = {.seen_ms = 0};

	(void)state;
	assert_int_equal(look(&clock, START, 1000, 1), 0);
	assert_int_equal(clock.seen_ms, START);
	assert_int_equal(look(&clock, START + DAY, 1000 + DAY, 1), DAY);
	assert_int_equal(clock.seen_ms, START + DAY);
	/* Switched off over night. */
	(void)look(&clock, START + 2 * DAY, 500, 2);
	assert_int_equal(clock.seen_ms, START + 2 * DAY);
	assert_false(lease_clock_is_behind(&clock));
}

static void
never_goes_back(void **state)
{
	static const int64_t back[] = {
		1, DAY, 100 * DAY, START, START + 1000 * DAY};

	(void)state;
	for (size_t i = 0; i < sizeof back / sizeof *back; i++) {
		struct lease_clock clock = {.seen_ms = 0};

		(void)look(&clock, START, 1000, 1);
		(void)look(&clock, START - back[i], 2000, 1);
		assert_true(clock.seen_ms >= START + 1000);
		(void)look(&clock, START - back[i], 10, 2);
		assert_true(clock.seen_ms >= START + 1000);
		assert_int_equal(lease_clock_is_behind(&clock),
			back[i] > LEASE_CLOCK_SLACK_MS);
	}
}

/* Whatever the clock shows, the machine is up for so long. */
static void
counts_what_the_kernel_counts(void **state)
{
	struct lease_clock clock = {.seen_ms = 0};

	(void)state;
	(void)look(&clock, START, 1000, 1);
	for (int day = 1; day <= 20; day++)
		(void)look(&clock, START, 1000 + day * DAY, 1);
	assert_int_equal(clock.seen_ms, START + 20 * DAY);
	/* After a new start what it is up by now has passed, too. */
	(void)look(&clock, START, 3 * DAY, 2);
	assert_int_equal(clock.seen_ms, START + 23 * DAY);
}

/* Set back by less than what is believed, and left to run. */
static void
counts_a_clock_that_was_set_back_and_runs_on(void **state)
{
	struct lease_clock clock = {.seen_ms = 0};

	(void)state;
	(void)look(&clock, START, 0, 1);
	(void)look(&clock, START - DAY, 10, 1);
	(void)look(&clock, START - DAY + DAY / 2, 20, 1);
	assert_int_equal(clock.seen_ms, START + 10 + DAY / 2);
}

/* The clock is set back to where it was before each start. */
static void
counts_each_start_of_a_machine_whose_clock_stands_still(void **state)
{
	struct lease_clock clock = {.seen_ms = 0};
	int open_starts = 0;

	(void)state;
	(void)look(&clock, START, 0, 1);
	for (uint8_t start = 2; start < 200; start++) {
		(void)look(&clock, START, 10, start);
		open_starts += !lease_clock_is_behind(&clock);
	}
	assert_int_equal(clock.seen_ms, START + 198 * DAY / 24);
	assert_true(open_starts <= 26);
}

static void
takes_the_hubs_word_before_its_own(void **state)
{
	struct lease_clock clock = {.seen_ms = 0};
	struct lease_now now = machine(5000, 5000, 1);

	(void)state;
	/* It jumped ten years ahead, and is right again. */
	(void)look(&clock, START + 3650 * DAY, 1000, 1);
	(void)look(&clock, START, 2000, 1);
	assert_int_equal(clock.seen_ms, START + 3650 * DAY + 1000);
	now = machine(START, 3000, 1);
	lease_clock_told(&clock, &now, START);
	assert_int_equal(clock.seen_ms, START);
	(void)look(&clock, START + DAY, 3000 + DAY, 1);
	assert_int_equal(clock.seen_ms, START + DAY);
}

/* No battery: it begins at 1970 with each start. */
static void
goes_by_the_kernel_from_the_hubs_word_to_the_next_start(void **state)
{
	struct lease_clock clock = {.seen_ms = 0};
	struct lease_now now = machine(60000, 60000, 2);

	(void)state;
	(void)look(&clock, START, 1000, 1);
	(void)look(&clock, 50000, 50000, 2);
	assert_true(lease_clock_is_behind(&clock));
	lease_clock_told(&clock, &now, START + 3 * DAY);
	assert_false(lease_clock_is_behind(&clock));
	(void)look(&clock, 60000 + DAY, 60000 + DAY, 2);
	assert_int_equal(clock.seen_ms, START + 4 * DAY);
	assert_false(lease_clock_is_behind(&clock));
	/* Set right now, it runs ahead of what it was: that is believed. */
	(void)look(&clock, 50000, 50000, 3);
	assert_true(lease_clock_is_behind(&clock));
	(void)look(&clock, START + 5 * DAY, 60000, 3);
	assert_false(lease_clock_is_behind(&clock));
}

/* What grace is counted by: one that jumps has not been there for years. */
static void
believes_a_day_at_the_most_each_time(void **state)
{
	struct lease_clock clock = {.seen_ms = 0};

	(void)state;
	(void)look(&clock, START, 1000, 1);
	assert_int_equal(look(&clock, START + 3650 * DAY, 2000, 1), DAY);
	assert_int_equal(look(&clock, START, 3000, 1), 1000);
	assert_int_equal(
		look(&clock, START + 1000, 3000 + 2 * DAY, 1), 2 * DAY);
	assert_int_equal(look(&clock, START - DAY, 10, 2), DAY / 24);
}

static void
knows_a_date_that_was_signed(void **state)
{
	struct lease_clock clock = {.seen_ms = 0};

	(void)state;
	(void)look(&clock, START, 1000, 1);
	lease_clock_reached(&clock, START + DAY);
	assert_int_equal(clock.seen_ms, START + DAY);
	lease_clock_reached(&clock, START);
	assert_int_equal(clock.seen_ms, START + DAY);
}

/* The machine that this runs on. */
static void
reads_the_kernels_count(void **state)
{
	struct lease_now first, second;

	(void)state;
	lease_now(&first);
	lease_now(&second);
	assert_true(first.up_ms > 0 && second.up_ms >= first.up_ms);
	assert_true(first.wall_ms > START - 3650 * DAY);
	assert_memory_equal(first.boot, second.boot, sizeof first.boot);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on_with_a_clock_that_is_right),
		cmocka_unit_test(never_goes_back),
		cmocka_unit_test(counts_what_the_kernel_counts),
		cmocka_unit_test(counts_a_clock_that_was_set_back_and_runs_on),
		cmocka_unit_test(
			counts_each_start_of_a_machine_whose_clock_stands_still),
		cmocka_unit_test(takes_the_hubs_word_before_its_own),
		cmocka_unit_test(
			goes_by_the_kernel_from_the_hubs_word_to_the_next_start),
		cmocka_unit_test(believes_a_day_at_the_most_each_time),
		cmocka_unit_test(knows_a_date_that_was_signed),
		cmocka_unit_test(reads_the_kernels_count),
	};

	return cmocka_run_group_tests_name("lease_clock", tests, NULL, NULL);
}
