/* sync/link.h over nng: how long it waits, and how much it holds for whom. */

#include <poll.h>
#include <sys/resource.h>

#include "tests/sync/links.h"

enum { TWO_WINDOWS = 2 * LINK_WINDOW };

static void
a_connection_that_proves_nothing_is_closed(void **state)
{
	struct world *world = *state;

	meet(world);
	link_trust(world->field, world->field_side);
	pass(world, LINK_HANDSHAKE_MS - 1);
	expect_quiet(world->hub);
	pass(world, NOTICED_MS);
	expect_closed(world->hub, world->hub_side, link_reason_silent);
	expect_closed(world->field, world->field_side, link_reason_closed);
}

static void
a_connection_that_says_nothing_is_closed(void **state)
{
	struct world *world = *state;

	pair(world);
	pass(world, LINK_IDLE_MS - 1);
	give(world, world->field, world->field_side, 1, 10);
	expect_frame(world, world->hub, world->hub_side, 1, 10);
	pass(world, NOTICED_MS);
	expect_closed(world->field, world->field_side, link_reason_silent);
	link_free(world->field);
	world->field = new_link(world);
	expect_closed(world->hub, world->hub_side, link_reason_closed);
}

static void
silence_is_not_held_against_one_we_do_not_listen_to(void **state)
{
	struct world *world = *state;

	pair(world);
	for (size_t i = 0; i < TWO_WINDOWS; i++)
		give(world, world->field, world->field_side, i, 60000);
	for (int i = 0; i < 10; i++)
		moment(); /* its window is full */
	pass(world, UINT64_C(10) * LINK_IDLE_MS);
	for (size_t i = 0; i < TWO_WINDOWS; i++)
		expect_frame(world, world->hub, world->hub_side, i, 60000);
}

/* Waits until the other side takes no more; how much is left. */
static size_t
stuck(struct link *link, uint64_t connection)
{
	size_t left = link_outbound(link, connection);

	for (int still = 0; still < 10; still++) {
		size_t now;

		moment();
		now = link_outbound(link, connection);
		if (now != left)
			still = 0;
		left = now;
	}
	return left;
}

static void
reading_stops_while_the_window_is_full(void **state)
{
	struct world *world = *state;
	size_t left;

	pair(world);
	for (size_t i = 0; i < 60; i++)
		give(world, world->field, world->field_side, i, 60000);
	left = stuck(world->field, world->field_side);
	/* Two windows' worth for it, and what the system buffers. */
	assert_true(left > (60 - TWO_WINDOWS - 10) * (size_t)60000);
	for (size_t taken = 0; taken < 60; taken++)
		expect_frame(world, world->hub, world->hub_side, taken, 60000);
	assert_int_equal(stuck(world->field, world->field_side), 0);
}

static void
bytes_without_progress_end_the_connection(void **state)
{
	struct world *world = *state;
	struct link_event event;

	pair(world);
	for (size_t i = 0; i < 60; i++)
		give(world, world->field, world->field_side, i, 60000);
	assert_true(stuck(world->field, world->field_side) > 0);
	pass(world, LINK_STALL_MS - 1);
	expect_quiet(world->field);
	pass(world, NOTICED_MS);
	link_wait(world->field, 0, &event);
	assert_int_equal(event.kind, LINK_CLOSED);
	assert_ptr_equal(event.reason, link_reason_silent);
}

static void
a_full_queue_ends_the_connection(void **state)
{
	struct world *world = *state;
	size_t queued = 0;

	pair(world);
	while (link_send(world->field, world->field_side,
		pattern(world, queued, 65535), 65535)) {
		assert_true(link_outbound(world->field, world->field_side) <=
			LINK_OUTBOUND_MAX);
		assert_true(queued++ < 10000);
	}
	assert_true(queued >= LINK_OUTBOUND_MAX / 65539 - 1);
	assert_false(
		link_send(world->field, world->field_side, world->bytes, 1));
	expect_closed(world->field, world->field_side, link_reason_overrun);
}

static void
a_slow_reader_hurts_only_itself(void **state)
{
	struct world *world = *state;
	struct link *slow = new_link(world);
	struct link_event event;
	uint64_t slow_side;
	uint64_t slow_at_hub;
	bool slow_lives = true;

	assert_int_equal(link_dial(slow, world->url, &slow_side), STATUS_OK);
	(void)expect(slow, LINK_CONNECTED, &event);
	slow_at_hub = expect(world->hub, LINK_ACCEPTED, &event);
	link_trust(world->hub, slow_at_hub);
	pair(world);
	for (size_t i = 0; i < 500; i++) {
		if (slow_lives)
			slow_lives = link_send(world->hub, slow_at_hub,
				pattern(world, i, 65000), 65000);
		give(world, world->field, world->field_side, i, 100);
		do
			link_wait(world->hub, PATIENCE_MS, &event);
		while (event.kind == LINK_CLOSED &&
			event.connection == slow_at_hub);
		assert_int_equal(event.kind, LINK_FRAME);
		assert_true(link_send(
			world->hub, event.connection, event.bytes, event.size));
		expect_frame(world, world->field, world->field_side, i, 100);
	}
	assert_false(slow_lives);
	link_free(slow);
}

static void
connections_take_turns(void **state)
{
	struct world *world = *state;
	struct link_event event;
	uint64_t other;
	uint64_t other_at_hub;
	size_t chatter = 0;

	pair(world);
	assert_int_equal(
		link_dial(world->field, world->url, &other), STATUS_OK);
	(void)expect(world->field, LINK_CONNECTED, &event);
	other_at_hub = expect(world->hub, LINK_ACCEPTED, &event);
	for (size_t i = 0; i < 1000; i++)
		give(world, world->field, world->field_side, i, 3);
	give(world, world->field, other, 0, 3);
	for (int i = 0; i < 10; i++)
		moment(); /* so that all of it waits at the hub */
	for (;; chatter++) {
		if (expect(world->hub, LINK_FRAME, &event) == other_at_hub)
			break;
	}
	assert_true(chatter <= 2);
}

static void
two_hundred_connections_echo_at_once(void **state)
{
	enum { COUNT = 200, BATCH = 40 };
	struct world *world = *state;
	struct link_event event;
	static uint64_t sides[COUNT];
	size_t echoed = 0;

	for (size_t i = 0; i < COUNT; i += BATCH) {
		for (size_t k = i; k < i + BATCH; k++)
			assert_int_equal(
				link_dial(world->field, world->url, &sides[k]),
				STATUS_OK);
		for (size_t k = 0; k < BATCH; k++) {
			link_trust(world->hub,
				expect(world->hub, LINK_ACCEPTED, &event));
			link_trust(world->field,
				expect(world->field, LINK_CONNECTED, &event));
		}
	}
	for (size_t i = 0; i < COUNT; i++)
		give(world, world->field, sides[i], sides[i], 500);
	for (size_t i = 0; i < COUNT; i++) {
		(void)expect(world->hub, LINK_FRAME, &event);
		assert_true(link_send(
			world->hub, event.connection, event.bytes, event.size));
	}
	for (; echoed < COUNT; echoed++) {
		(void)expect(world->field, LINK_FRAME, &event);
		assert_int_equal(event.size, 500);
		assert_memory_equal(event.bytes,
			pattern(world, event.connection, 500), 500);
	}
}

static void
a_crowd_of_strangers_is_turned_away_without_a_word(void **state)
{
	enum { COUNT = LINK_UNTRUSTED_MAX + 20 };
	struct world *world = *state;
	struct link_event event;
	int fds[COUNT];
	uint64_t first = 0;
	size_t turned_away = 0;
	char byte;

	for (size_t i = 0; i < COUNT; i++)
		fds[i] = stranger(world);
	for (size_t i = 0; i < LINK_UNTRUSTED_MAX; i++) {
		uint64_t one = expect(world->hub, LINK_ACCEPTED, &event);

		first = first ? first : one;
	}
	/* In the order in which they came. */
	for (size_t i = LINK_UNTRUSTED_MAX; i < COUNT; i++)
		turned_away += recv(fds[i], &byte, 1, 0) <= 0;
	assert_int_equal(turned_away, COUNT - LINK_UNTRUSTED_MAX);
	expect_quiet(world->hub);

	/* One proves itself, one goes: room for two again. */
	link_trust(world->hub, first);
	(void)close(fds[1]);
	(void)expect(world->hub, LINK_CLOSED, &event);
	(void)close(fds[COUNT - 1]);
	fds[1] = stranger(world);
	(void)expect(world->hub, LINK_ACCEPTED, &event);
	fds[COUNT - 1] = stranger(world);
	(void)expect(world->hub, LINK_ACCEPTED, &event);
	for (size_t i = 0; i < COUNT; i++)
		(void)close(fds[i]);
}

static void
accepting_survives_running_out_of_descriptors(void **state)
{
	struct world *world = *state;
	struct rlimit before;
	struct rlimit tight;
	struct link_event event;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in at = {.sin_family = AF_INET};

	at.sin_port = htons(port_of(world));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	tight = before;
	tight.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	assert_int_equal(
		connect(fd, (const struct sockaddr *)&at, sizeof at), 0);
	for (int i = 0; i < 5; i++)
		moment();
	link_wait(world->hub, 0, &event);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(event.kind, LINK_NOTHING);
	(void)expect(world->hub, LINK_ACCEPTED, &event);
	(void)close(fd);
}

static void
the_backlog_holds_a_crowd(void **state)
{
	enum { COUNT = 600 }; /* nng's own would hold 128 */
	struct world *world = *state;
	static int fds[COUNT];
	struct sockaddr_in at = {.sin_family = AF_INET};
	size_t connected = 0;

	at.sin_port = htons(port_of(world));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (size_t i = 0; i < COUNT; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		assert_true(fds[i] >= 0);
		(void)connect(fds[i], (const struct sockaddr *)&at, sizeof at);
	}
	for (size_t i = 0; i < COUNT; i++) {
		struct pollfd one = {.fd = fds[i], .events = POLLOUT};

		connected += poll(&one, 1, 900) == 1;
		(void)close(fds[i]);
	}
	assert_int_equal(connected, COUNT);
}

/* The time to prove who it is. */

static void
patience_can_be_longer_than_at_first(void **state)
{
	struct world *world = *state;

	meet(world);
	link_trust(world->field, world->field_side);
	link_patience(world->hub, world->hub_side, 3 * LINK_HANDSHAKE_MS);
	pass(world, 3 * LINK_HANDSHAKE_MS - 1);
	expect_quiet(world->hub);
	pass(world, NOTICED_MS);
	expect_closed(world->hub, world->hub_side, link_reason_silent);
}

static void
patience_can_be_shorter_than_at_first(void **state)
{
	struct world *world = *state;

	meet(world);
	link_trust(world->field, world->field_side);
	link_patience(world->hub, world->hub_side, 1000);
	pass(world, 999);
	expect_quiet(world->hub);
	pass(world, NOTICED_MS);
	expect_closed(world->hub, world->hub_side, link_reason_silent);
}

static void
patience_begins_anew_each_time_it_is_told(void **state)
{
	struct world *world = *state;

	meet(world);
	link_trust(world->field, world->field_side);
	for (int i = 0; i < 3; i++) {
		pass(world, LINK_HANDSHAKE_MS - 1);
		expect_quiet(world->hub);
		link_patience(world->hub, world->hub_side, LINK_HANDSHAKE_MS);
	}
	pass(world, LINK_HANDSHAKE_MS + NOTICED_MS);
	expect_closed(world->hub, world->hub_side, link_reason_silent);
}

static void
patience_ends_with_trust_and_for_who_is_gone_means_nothing(void **state)
{
	struct world *world = *state;

	meet(world);
	link_patience(world->hub, world->hub_side, 1000);
	link_trust(world->hub, world->hub_side);
	link_trust(world->field, world->field_side);
	pass(world, 10000);
	expect_quiet(world->hub);
	link_close(world->hub, world->hub_side);
	expect_quiet(world->hub);
	expect_closed(world->field, world->field_side, link_reason_closed);
	link_patience(world->hub, world->hub_side, 1);
	link_patience(world->hub, 12345, 1);
	pass(world, 1000);
	expect_quiet(world->hub);
}

/* What is queued for all together. */

/* Queues as much to the connection as it may have. */
static void
fill(struct world *world, uint64_t connection)
{
	do
		while (link_outbound(world->hub, connection) + 2 * 65000 <
			LINK_OUTBOUND_MAX)
			assert_true(link_send(world->hub, connection,
				pattern(world, 1, 65000), 65000));
	while (stuck(world->hub, connection) + 3 * 65000 < LINK_OUTBOUND_MAX);
}

static void
over_what_all_may_have_queued_the_longest_stuck_one_goes(void **state)
{
	enum { COUNT = LINK_OUTBOUND_ALL_MAX / LINK_OUTBOUND_MAX + 1 };
	struct world *world = *state;
	struct link_event event;
	uint64_t at_hub[COUNT];
	size_t queued = 0;

	/* A reader who takes nothing, many times. */
	for (int i = 0; i < COUNT; i++) {
		meet(world);
		at_hub[i] = world->hub_side;
		link_trust(world->hub, at_hub[i]);
	}
	/* One after the other: each is stuck for a while longer than the next.
	 */
	for (int i = 0; i < COUNT - 1; i++) {
		fill(world, at_hub[i]);
		pass(world, 10);
	}
	expect_quiet(world->hub);
	while (link_outbound(world->hub, at_hub[0]) > 0) {
		assert_true(link_send(world->hub, at_hub[COUNT - 1],
			pattern(world, 1, 65000), 65000));
		link_wait(world->hub, 0, &event);
		if (event.kind == LINK_CLOSED)
			break;
		assert_int_equal(event.kind, LINK_NOTHING);
	}
	assert_int_equal(event.kind, LINK_CLOSED);
	assert_int_equal(event.connection, at_hub[0]);
	assert_ptr_equal(event.reason, link_reason_overrun);
	/* The others are left alone, and all of it is within the limit. */
	expect_quiet(world->hub);
	for (int i = 1; i < COUNT; i++)
		queued += link_outbound(world->hub, at_hub[i]);
	assert_true(queued <= LINK_OUTBOUND_ALL_MAX);
	assert_true(queued > LINK_OUTBOUND_ALL_MAX / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OVER(tcp, a_connection_that_proves_nothing_is_closed),
		OVER(ipc, a_connection_that_proves_nothing_is_closed),
		OVER(tcp, a_connection_that_says_nothing_is_closed),
		OVER(tcp, silence_is_not_held_against_one_we_do_not_listen_to),
		OVER(ipc, reading_stops_while_the_window_is_full),
		OVER(ipc, bytes_without_progress_end_the_connection),
		OVER(tcp, a_full_queue_ends_the_connection),
		OVER(ipc, a_full_queue_ends_the_connection),
		OVER(tcp, a_slow_reader_hurts_only_itself),
		OVER(ipc, a_slow_reader_hurts_only_itself),
		OVER(tcp, connections_take_turns),
		OVER(tcp, two_hundred_connections_echo_at_once),
		OVER(ipc, two_hundred_connections_echo_at_once),
		OVER(tcp, a_crowd_of_strangers_is_turned_away_without_a_word),
		OVER(tcp, accepting_survives_running_out_of_descriptors),
		OVER(tcp, the_backlog_holds_a_crowd),
		OVER(ipc, patience_can_be_longer_than_at_first),
		OVER(ipc, patience_can_be_shorter_than_at_first),
		OVER(ipc, patience_begins_anew_each_time_it_is_told),
		OVER(ipc,
			patience_ends_with_trust_and_for_who_is_gone_means_nothing),
		OVER(ipc,
			over_what_all_may_have_queued_the_longest_stuck_one_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
