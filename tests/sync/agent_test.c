#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/agent.h"

static void
is_due_at_once_and_after_a_success_in_three_minutes(void **state)
{
	struct agent agent;

	(void)state;
	agent_init(&agent, 1000);
	assert_true(agent_due(&agent, 1000));
	agent_succeeded(&agent, 2000);
	assert_int_equal(agent_next_ms(&agent), 2000 + AGENT_EVERY_MS);
	assert_false(agent_due(&agent, 2000 + AGENT_EVERY_MS - 1));
	assert_int_equal(agent_wait_ms(&agent, 2001), AGENT_EVERY_MS - 1);
	assert_true(agent_due(&agent, 2000 + AGENT_EVERY_MS));
	assert_int_equal(agent_wait_ms(&agent, 9 * AGENT_EVERY_MS), 0);
}

static void
waits_a_random_part_of_a_doubling_time_up_to_the_cap(void **state)
{
	struct agent agent;
	int64_t most = AGENT_BASE_MS;

	(void)state;
	agent_init(&agent, 0);
	for (int i = 0; i < 100; i++) {
		struct agent least = agent;

		agent_failed(&least, 0, (uint32_t)most + 1);
		assert_int_equal(agent_next_ms(&least), 0);
		agent_failed(&agent, 0, (uint32_t)most);
		assert_int_equal(agent_next_ms(&agent), most);
		most = most * 2 < AGENT_CAP_MS ? most * 2 : AGENT_CAP_MS;
	}
	assert_int_equal(most, AGENT_CAP_MS);
}

static void
a_success_forgets_the_failures(void **state)
{
	struct agent agent;

	(void)state;
	agent_init(&agent, 0);
	for (int i = 0; i < 5; i++)
		agent_failed(&agent, 0, 77777);
	agent_succeeded(&agent, 0);
	agent_failed(&agent, 0, AGENT_BASE_MS);
	assert_int_equal(agent_next_ms(&agent), AGENT_BASE_MS);
}

static void
a_clock_that_was_set_back_keeps_nobody_waiting(void **state)
{
	struct agent agent;

	(void)state;
	agent_init(&agent, INT64_C(4102444800000));
	agent_succeeded(&agent, INT64_C(4102444800000));
	assert_true(agent_due(&agent, 1000));
	assert_int_equal(agent_wait_ms(&agent, 1000), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			is_due_at_once_and_after_a_success_in_three_minutes),
		cmocka_unit_test(
			waits_a_random_part_of_a_doubling_time_up_to_the_cap),
		cmocka_unit_test(a_success_forgets_the_failures),
		cmocka_unit_test(
			a_clock_that_was_set_back_keeps_nobody_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
