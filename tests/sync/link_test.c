/* sync/link.h over nng: carrying, refusing, closing, waking. */

#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include "tests/sync/links.h"

static void
carries_frames_both_ways_in_order_and_unchanged(void **state)
{
	static const size_t sizes[] = {1, 2, 3, 4095, 4096, 65534, 65535};
	struct world *world = *state;
	size_t count = sizeof sizes / sizeof *sizes;

	pair(world);
	for (size_t i = 0; i < count; i++) {
		give(world, world->field, world->field_side, i, sizes[i]);
		give(world, world->hub, world->hub_side, i + 100, sizes[i]);
	}
	for (size_t i = 0; i < count; i++) {
		expect_frame(world, world->hub, world->hub_side, i, sizes[i]);
		expect_frame(world, world->field, world->field_side, i + 100,
			sizes[i]);
	}
}

static void
carries_many_frames_of_any_size(void **state)
{
	struct world *world = *state;
	size_t sent = 0;
	size_t came = 0;

	pair(world);
	while (came < 5000) {
		for (; sent < 5000 && sent < came + 40; sent++)
			give(world, world->field, world->field_side, sent,
				1 + sent * 7919 % 9000);
		expect_frame(world, world->hub, world->hub_side, came,
			1 + came * 7919 % 9000);
		came++;
	}
	expect_quiet(world->field);
}

static void
sends_what_was_queued_while_dialling(void **state)
{
	struct world *world = *state;
	struct link_event event;
	uint64_t hub_side;

	assert_int_equal(
		link_dial(world->field, world->url, &world->field_side),
		STATUS_OK);
	give(world, world->field, world->field_side, 1, 10);
	assert_int_equal(link_outbound(world->field, world->field_side), 14);
	(void)expect(world->field, LINK_CONNECTED, &event);
	hub_side = expect(world->hub, LINK_ACCEPTED, &event);
	expect_frame(world, world->hub, hub_side, 1, 10);
}

static void
says_which_port_the_system_picked(void **state)
{
	struct world *world = *state;
	char again[LINK_URL_MAX];

	assert_memory_equal(world->url, "tcp://127.0.0.1:", 16);
	assert_true(port_of(world) > 0);
	assert_int_equal(
		link_listen(world->field, world->url, again), STATUS_FAILED);
}

static void
refuses_what_is_not_an_address(void **state)
{
	static const char *const bad[] = {"", "tcp", "tcp://", "tcp://host",
		"tcp://:80", "tcp://host:", "tcp://host:65536", "tcp://host:8x",
		"ipc://", "http://host:80", "inproc://x", "host:80"};
	struct world *world = *state;
	char url[2 * LINK_URL_MAX];
	char actual[LINK_URL_MAX];
	uint64_t connection;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(link_listen(world->hub, bad[i], actual),
			STATUS_MALFORMED);
		assert_int_equal(link_dial(world->hub, bad[i], &connection),
			STATUS_MALFORMED);
	}
	memset(url, 'x', sizeof url - 1);
	url[sizeof url - 1] = '\0';
	memcpy(url, "ipc://", 6);
	assert_int_equal(
		link_listen(world->hub, url, actual), STATUS_MALFORMED);
	assert_int_equal(
		link_dial(world->hub, "tcp://127.0.0.1:0", &connection),
		STATUS_MALFORMED);
}

static void
an_unreachable_address_ends_in_closed(void **state)
{
	struct world *world = *state;
	uint64_t connection;

	link_free(world->hub); /* nobody listens there now */
	world->hub = new_link(world);
	assert_int_equal(
		link_dial(world->field, world->url, &connection), STATUS_OK);
	expect_closed(world->field, connection, link_reason_unreachable);
	expect_quiet(world->field);
}

static void
refuses_a_frame_over_the_limit_before_it_has_come(void **state)
{
	struct world *world = *state;
	struct link_event event;
	int fd = stranger(world);
	uint64_t connection = expect(world->hub, LINK_ACCEPTED, &event);

	link_trust(world->hub, connection);
	say_size(fd, LINK_FRAME_MAX + 1);
	expect_closed(world->hub, connection, link_reason_too_long);
	expect_quiet(world->hub);
	(void)close(fd);
}

static void
refuses_an_empty_frame(void **state)
{
	struct world *world = *state;
	struct link_event event;
	int fd = stranger(world);
	uint64_t connection = expect(world->hub, LINK_ACCEPTED, &event);

	say_size(fd, 0);
	expect_closed(world->hub, connection, link_reason_too_long);
	(void)close(fd);
}

static void
refuses_a_long_frame_before_trust(void **state)
{
	struct world *world = *state;

	meet(world);
	give(world, world->field, world->field_side, 1, LINK_FRAME_EARLY_MAX);
	expect_frame(
		world, world->hub, world->hub_side, 1, LINK_FRAME_EARLY_MAX);
	give(world, world->field, world->field_side, 1,
		LINK_FRAME_EARLY_MAX + 1);
	expect_closed(world->hub, world->hub_side, link_reason_too_long);
	expect_closed(world->field, world->field_side, link_reason_closed);
}

static void
takes_a_long_frame_that_came_right_behind_the_proof(void **state)
{
	struct world *world = *state;

	meet(world);
	give(world, world->field, world->field_side, 1, 100);
	give(world, world->field, world->field_side, 2, 50000);
	for (int i = 0; i < 5; i++)
		moment(); /* so that both have come */
	expect_frame(world, world->hub, world->hub_side, 1, 100);
	link_trust(world->hub, world->hub_side);
	expect_frame(world, world->hub, world->hub_side, 2, 50000);
}

static void
closing_one_side_ends_the_other(void **state)
{
	struct world *world = *state;

	pair(world);
	link_close(world->field, world->field_side);
	expect_quiet(world->field);
	expect_closed(world->hub, world->hub_side, link_reason_closed);
	assert_false(link_send(
		world->hub, world->hub_side, (const uint8_t *)"x", 1));
	assert_int_equal(link_outbound(world->hub, world->hub_side), 0);
	expect_quiet(world->hub);
	expect_quiet(world->field);
}

static void
closing_lets_what_is_queued_go_first(void **state)
{
	struct world *world = *state;

	for (size_t round = 0; round < 20; round++) {
		pair(world);
		for (size_t i = 0; i < 30; i++)
			give(world, world->field, world->field_side, i, 20000);
		link_close(world->field, world->field_side);
		assert_false(link_send(world->field, world->field_side,
			(const uint8_t *)"x", 1));
		for (size_t i = 0; i < 30; i++) {
			expect_frame(
				world, world->hub, world->hub_side, i, 20000);
			expect_quiet(world->field);
		}
		while (round % 2) {
			struct link_event event;

			link_wait(world->field, 0, &event);
			link_wait(world->hub, 1, &event);
			if (event.kind == LINK_CLOSED)
				break;
		}
		if (round % 2 == 0) {
			link_wake(world->field);
			expect_nothing(world->field);
			link_close(world->hub, world->hub_side);
		}
	}
}

static void
a_short_frame_before_hanging_up_is_never_lost(void **state)
{
	struct world *world = *state;

	for (size_t round = 0; round < 200; round++) {
		pair(world);
		give(world, world->field, world->field_side, round, 10);
		link_close(world->field, world->field_side);
		expect_quiet(world->field);
		expect_frame(world, world->hub, world->hub_side, round, 10);
		for (;;) {
			struct link_event event;

			link_wait(world->field, 0, &event);
			link_wait(world->hub, 1, &event);
			if (event.kind == LINK_NOTHING)
				continue;
			assert_int_equal(event.kind, LINK_CLOSED);
			assert_ptr_equal(event.reason, link_reason_closed);
			break;
		}
	}
}

static void
closing_waits_for_a_dead_reader_five_seconds_only(void **state)
{
	struct world *world = *state;

	pair(world);
	for (size_t i = 0; i < 60; i++)
		give(world, world->field, world->field_side, i, 60000);
	link_close(world->field, world->field_side);
	expect_quiet(world->field);
	pass(world, 5000 + NOTICED_MS);
	expect_quiet(world->field);
	/* Cut off: something is missing at the other end. */
	for (size_t came = 0;; came++) {
		struct link_event event;

		link_wait(world->hub, PATIENCE_MS, &event);
		if (event.kind == LINK_CLOSED)
			break;
		assert_int_equal(event.kind, LINK_FRAME);
		assert_true(came < 60);
	}
}

static void *
wake_soon(void *self)
{
	moment();
	link_wake(self);
	return NULL;
}

static void
wake_ends_a_wait(void **state)
{
	struct world *world = *state;
	pthread_t thread;

	link_wake(world->hub); /* before it has begun */
	expect_nothing(world->hub);
	assert_int_equal(
		pthread_create(&thread, NULL, wake_soon, world->hub), 0);
	expect_nothing(world->hub);
	assert_int_equal(pthread_join(thread, NULL), 0);
	expect_quiet(world->hub);
}

static struct link *to_wake;

static void
on_alarm(int number)
{
	(void)number;
	link_wake(to_wake);
}

static void
wake_ends_a_wait_from_a_signal_handler(void **state)
{
	struct world *world = *state;
	struct sigaction action = {.sa_handler = on_alarm};
	struct sigaction before;
	struct itimerspec soon = {.it_value.tv_nsec = 1000000};
	struct sigevent by = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	timer_t timer;

	to_wake = world->hub;
	assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, &by, &timer), 0);
	assert_int_equal(timer_settime(timer, 0, &soon, NULL), 0);
	expect_nothing(world->hub);
	assert_int_equal(timer_delete(timer), 0);
	assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
}

static void
the_descriptor_is_readable_while_something_waits(void **state)
{
	struct world *world = *state;
	struct pollfd readable = {
		.fd = link_descriptor(world->hub), .events = POLLIN};

	pair(world);
	expect_quiet(world->hub);
	assert_int_equal(poll(&readable, 1, 0), 0);
	give(world, world->field, world->field_side, 1, 5);
	give(world, world->field, world->field_side, 2, 5);
	assert_int_equal(poll(&readable, 1, PATIENCE_MS), 1);
	expect_frame(world, world->hub, world->hub_side, 1, 5);
	assert_int_equal(poll(&readable, 1, PATIENCE_MS), 1);
	expect_frame(world, world->hub, world->hub_side, 2, 5);
	expect_quiet(world->hub);
	assert_int_equal(poll(&readable, 1, 0), 0);
}

static void
a_wait_ends_when_its_time_is_up(void **state)
{
	struct world *world = *state;
	struct link_event event;

	link_wait(world->hub, 3, &event);
	assert_int_equal(event.kind, LINK_NOTHING);
	assert_int_equal(event.connection, 0);
}

static void
a_link_can_go_in_the_middle_of_everything(void **state)
{
	struct world *world = *state;
	uint64_t connection;

	for (size_t round = 0; round < 20; round++) {
		pair(world);
		for (size_t i = 0; i < 20; i++) {
			give(world, world->field, world->field_side, i, 60000);
			give(world, world->hub, world->hub_side, i, 60000);
		}
		assert_int_equal(
			link_dial(world->field, world->url, &connection),
			STATUS_OK);
		link_free(world->field);
		world->field = new_link(world);
		link_free(world->hub);
		world->hub = new_link(world);
		assert_int_equal(
			link_listen(world->hub, world->asked, world->url),
			STATUS_OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OVER(tcp, carries_frames_both_ways_in_order_and_unchanged),
		OVER(ipc, carries_frames_both_ways_in_order_and_unchanged),
		OVER(tcp, carries_many_frames_of_any_size),
		OVER(ipc, carries_many_frames_of_any_size),
		OVER(tcp, sends_what_was_queued_while_dialling),
		OVER(ipc, sends_what_was_queued_while_dialling),
		OVER(tcp, says_which_port_the_system_picked),
		OVER(tcp, refuses_what_is_not_an_address),
		OVER(tcp, an_unreachable_address_ends_in_closed),
		OVER(ipc, an_unreachable_address_ends_in_closed),
		OVER(tcp, refuses_a_frame_over_the_limit_before_it_has_come),
		OVER(tcp, refuses_an_empty_frame),
		OVER(tcp, refuses_a_long_frame_before_trust),
		OVER(ipc, refuses_a_long_frame_before_trust),
		OVER(tcp, takes_a_long_frame_that_came_right_behind_the_proof),
		OVER(ipc, takes_a_long_frame_that_came_right_behind_the_proof),
		OVER(tcp, closing_one_side_ends_the_other),
		OVER(ipc, closing_one_side_ends_the_other),
		OVER(tcp, closing_lets_what_is_queued_go_first),
		OVER(ipc, closing_lets_what_is_queued_go_first),
		OVER(tcp, a_short_frame_before_hanging_up_is_never_lost),
		OVER(ipc, a_short_frame_before_hanging_up_is_never_lost),
		OVER(ipc, closing_waits_for_a_dead_reader_five_seconds_only),
		OVER(tcp, wake_ends_a_wait),
		OVER(tcp, wake_ends_a_wait_from_a_signal_handler),
		OVER(tcp, the_descriptor_is_readable_while_something_waits),
		OVER(tcp, a_wait_ends_when_its_time_is_up),
		OVER(tcp, a_link_can_go_in_the_middle_of_everything),
		OVER(ipc, a_link_can_go_in_the_middle_of_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
