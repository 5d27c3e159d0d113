/* sync/link.h over nng, and the frame cutter below it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "sync/frame.h"
#include "sync/link_nng.h"

enum {
	PATIENCE_MS = 20000, /* for what must come: never waited out */
	NOTICED_MS = 100,    /* a time-out may be noticed that much late */
	TWO_WINDOWS = 2 * LINK_WINDOW,
};

static char over_tcp[] = "tcp://127.0.0.1:0";
static char over_ipc[] = "ipc";

/* A listening link, a dialling one, and a clock for both that we move. */
struct world {
	char folder[64];
	char asked[LINK_URL_MAX];
	char url[LINK_URL_MAX];
	struct link *hub;
	struct link *field;
	atomic_ullong now_ms;
	uint64_t
		hub_side; /* the connection that pair() made, as each sees it */
	uint64_t field_side;
	uint8_t bytes[LINK_FRAME_MAX];
};

static uint64_t
clock_ms(void *self)
{
	struct world *world = self;

	return atomic_load(&world->now_ms);
}

static void
pass(struct world *world, uint64_t ms)
{
	atomic_fetch_add(&world->now_ms, ms);
}

static struct link *
new_link(struct world *world)
{
	struct link *link = link_nng_new();

	assert_non_null(link);
	link_nng_set_clock(link, clock_ms, world);
	return link;
}

static int
set_up(void **state)
{
	const char *transport = *state;
	struct world *world = calloc(1, sizeof *world);

	assert_non_null(world);
	(void)snprintf(world->folder, sizeof world->folder,
		"/tmp/roadbook_link_XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	if (transport == over_ipc)
		(void)snprintf(world->asked, sizeof world->asked,
			"ipc://%s/hub", world->folder);
	else
		(void)snprintf(
			world->asked, sizeof world->asked, "%s", over_tcp);
	atomic_store(&world->now_ms, 1000000);
	world->hub = new_link(world);
	world->field = new_link(world);
	assert_int_equal(
		link_listen(world->hub, world->asked, world->url), STATUS_OK);
	*state = world;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *world = *state;
	char path[128];

	link_free(world->field);
	link_free(world->hub);
	(void)snprintf(path, sizeof path, "%s/hub", world->folder);
	(void)unlink(path); /* nng has most likely done so */
	assert_int_equal(rmdir(world->folder), 0);
	free(world);
	return 0;
}

static uint64_t
expect(struct link *link, enum link_event_kind kind, struct link_event *event)
{
	link_wait(link, PATIENCE_MS, event);
	assert_int_equal(event->kind, kind);
	return event->connection;
}

static void
expect_closed(struct link *link, uint64_t connection, const char *reason)
{
	struct link_event event;

	assert_int_equal(expect(link, LINK_CLOSED, &event), connection);
	assert_ptr_equal(event.reason, reason);
}

static void
expect_nothing(struct link *link)
{
	struct link_event event;

	(void)expect(link, LINK_NOTHING, &event);
}

/* What has come so far, without waiting. */
static void
expect_quiet(struct link *link)
{
	struct link_event event;

	link_wait(link, 0, &event);
	assert_int_equal(event.kind, LINK_NOTHING);
}

/* A connection between hub and field that neither trusts yet. */
static void
meet(struct world *world)
{
	struct link_event event;

	assert_int_equal(
		link_dial(world->field, world->url, &world->field_side),
		STATUS_OK);
	assert_int_equal(expect(world->field, LINK_CONNECTED, &event),
		world->field_side);
	world->hub_side = expect(world->hub, LINK_ACCEPTED, &event);
}

static void
pair(struct world *world)
{
	meet(world);
	link_trust(world->hub, world->hub_side);
	link_trust(world->field, world->field_side);
}

/* The frame that `seed` stands for: its own bytes at any size. */
static const uint8_t *
pattern(struct world *world, size_t seed, size_t size)
{
	uint32_t x = (uint32_t)(seed * 2654435761u + size);

	for (size_t i = 0; i < size; i++) {
		x = x * 1664525u + 1013904223u;
		world->bytes[i] = (uint8_t)(x >> 24);
	}
	return world->bytes;
}

static void
give(struct world *world, struct link *link, uint64_t connection, size_t seed,
	size_t size)
{
	assert_true(
		link_send(link, connection, pattern(world, seed, size), size));
}

static void
expect_frame(struct world *world, struct link *link, uint64_t connection,
	size_t seed, size_t size)
{
	struct link_event event;

	assert_int_equal(expect(link, LINK_FRAME, &event), connection);
	assert_int_equal(event.size, size);
	assert_memory_equal(event.bytes, pattern(world, seed, size), size);
}

/* A moment in which nng's threads may go on. */
static void
moment(void)
{
	struct timespec ms = {.tv_nsec = 1000000};

	(void)nanosleep(&ms, NULL); /* shorter is fine */
}

static uint16_t
port_of(const struct world *world)
{
	return (uint16_t)strtol(strrchr(world->url, ':') + 1, NULL, 10);
}

/* A plain socket, for what no link would do. */
static int
stranger(struct world *world)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	at.sin_port = htons(port_of(world));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(
		connect(fd, (const struct sockaddr *)&at, sizeof at), 0);
	return fd;
}

static void
say(int fd, const void *bytes, size_t size)
{
	assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

static void
say_size(int fd, uint32_t size)
{
	uint8_t header[FRAME_HEADER_SIZE];

	store32(header, size);
	say(fd, header, sizeof header);
}

/* The frame cutter. */

enum { CUT_SIZES = 4 };
static const size_t cut_sizes[CUT_SIZES] = {1, 5, 256, 2};

static size_t
good_stream(uint8_t *out)
{
	size_t at = 0;

	for (size_t i = 0; i < CUT_SIZES; i++) {
		store32(out + at, (uint32_t)cut_sizes[i]);
		memset(out + at + FRAME_HEADER_SIZE, (int)i, cut_sizes[i]);
		at += FRAME_HEADER_SIZE + cut_sizes[i];
	}
	return at;
}

static void
feed(struct frame_cutter *cutter, const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		size_t room;
		uint8_t *to = frame_room(cutter, &room);
		size_t part = size < room ? size : room;

		assert_true(room > 0);
		memcpy(to, bytes, part);
		frame_arrived(cutter, part);
		frame_check(cutter);
		bytes += part;
		size -= part;
	}
}

static void
a_frame_cut_at_every_byte_arrives_whole(void **state)
{
	uint8_t stream[512];
	size_t size = good_stream(stream);

	(void)state;
	for (size_t cut = 0; cut <= size; cut++) {
		struct frame_cutter cutter;
		const uint8_t *frame;
		size_t frame_size;

		frame_init(&cutter);
		feed(&cutter, stream, cut);
		assert_true(frame_cut(&cutter, 256));
		feed(&cutter, stream + cut, size - cut);
		assert_true(frame_cut(&cutter, 256));
		assert_int_equal(cutter.count, CUT_SIZES);
		for (size_t i = 0; i < CUT_SIZES; i++) {
			assert_true(frame_take(&cutter, &frame, &frame_size));
			assert_int_equal(frame_size, cut_sizes[i]);
			assert_int_equal(frame[0], i);
			assert_int_equal(frame[frame_size - 1], i);
			frame_check(&cutter);
		}
		assert_false(frame_take(&cutter, &frame, &frame_size));
		frame_clear(&cutter);
	}
}

static void
frames_that_come_byte_by_byte_arrive_whole(void **state)
{
	struct frame_cutter cutter;
	uint8_t stream[512];
	size_t size = good_stream(stream);
	const uint8_t *frame;
	size_t frame_size;
	size_t taken = 0;

	(void)state;
	frame_init(&cutter);
	for (size_t i = 0; i < size; i++) {
		feed(&cutter, stream + i, 1);
		assert_true(frame_cut(&cutter, 256));
		while (frame_take(&cutter, &frame, &frame_size))
			assert_int_equal(frame_size, cut_sizes[taken++]);
	}
	assert_int_equal(taken, CUT_SIZES);
	frame_clear(&cutter);
}

static void
a_size_over_the_limit_is_refused_as_soon_as_it_is_known(void **state)
{
	static const uint32_t bad[] = {0, 257, 0x80000000u, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct frame_cutter cutter;
		uint8_t header[FRAME_HEADER_SIZE];

		frame_init(&cutter);
		store32(header, bad[i]);
		feed(&cutter, header, 3);
		assert_true(frame_cut(&cutter, 256));
		feed(&cutter, header + 3, 1);
		assert_false(frame_cut(&cutter, 256));
		assert_int_equal(cutter.capacity, FRAME_ROOM_MIN);
		frame_clear(&cutter);
	}
}

static void
frames_before_a_refused_one_can_be_taken(void **state)
{
	struct frame_cutter cutter;
	uint8_t stream[512];
	size_t size = good_stream(stream);
	const uint8_t *frame;

	(void)state;
	frame_init(&cutter);
	feed(&cutter, stream, size);
	assert_false(frame_cut(&cutter, 255));
	assert_true(frame_take(&cutter, &frame, &size));
	assert_true(frame_take(&cutter, &frame, &size));
	assert_false(frame_take(&cutter, &frame, &size));

	/* And with more allowed, so can the rest. */
	assert_true(frame_cut(&cutter, 256));
	assert_true(frame_take(&cutter, &frame, &size));
	assert_int_equal(size, 256);
	frame_clear(&cutter);
}

static void
the_buffer_holds_twice_what_came_at_most_and_shrinks_again(void **state)
{
	static uint8_t big[FRAME_HEADER_SIZE + LINK_FRAME_MAX];
	struct frame_cutter cutter;
	const uint8_t *frame;
	size_t size;

	(void)state;
	frame_init(&cutter);
	store32(big, LINK_FRAME_MAX);
	for (size_t i = 0; i < sizeof big; i++) {
		feed(&cutter, big + i, 1);
		assert_true(cutter.capacity <= FRAME_ROOM_MIN ||
			cutter.capacity <= 2 * (i + 1));
	}
	assert_true(frame_cut(&cutter, LINK_FRAME_MAX));
	assert_true(frame_take(&cutter, &frame, &size));
	for (int i = 0; i < 10; i++)
		(void)frame_room(&cutter, &size);
	assert_int_equal(cutter.capacity, FRAME_ROOM_MIN);
	frame_clear(&cutter);
}

/* Links. */

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

#define OVER(transport, test)                                                  \
	{                                                                      \
#test " (" #transport ")", test, set_up, tear_down,            \
			over_##transport                                       \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_cut_at_every_byte_arrives_whole),
		cmocka_unit_test(frames_that_come_byte_by_byte_arrive_whole),
		cmocka_unit_test(
			a_size_over_the_limit_is_refused_as_soon_as_it_is_known),
		cmocka_unit_test(frames_before_a_refused_one_can_be_taken),
		cmocka_unit_test(
			the_buffer_holds_twice_what_came_at_most_and_shrinks_again),
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
		OVER(tcp, wake_ends_a_wait),
		OVER(tcp, wake_ends_a_wait_from_a_signal_handler),
		OVER(tcp, the_descriptor_is_readable_while_something_waits),
		OVER(tcp, a_wait_ends_when_its_time_is_up),
		OVER(tcp, a_link_can_go_in_the_middle_of_everything),
		OVER(ipc, a_link_can_go_in_the_middle_of_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
