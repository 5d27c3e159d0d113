#ifndef TESTS_SYNC_LINKS_H
#define TESTS_SYNC_LINKS_H

/* Two links over nng, and a clock for both that tests move. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "sync/frame.h"
#include "sync/link_nng.h"

enum {
	PATIENCE_MS = 20000, /* for what must come: never waited out */
	NOTICED_MS = 100,    /* a time-out may be noticed that much late */

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

static inline uint64_t
clock_ms(void *self)
{
	struct world *world = self;

	return atomic_load(&world->now_ms);
}

static inline void
pass(struct world *world, uint64_t ms)
{
	atomic_fetch_add(&world->now_ms, ms);
}

static inline struct link *
new_link(struct world *world)
{
	struct link *link = link_nng_new();

	assert_non_null(link);
	link_nng_set_clock(link, clock_ms, world);
	return link;
}

static inline int
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

static inline int
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

static inline uint64_t
expect(struct link *link, enum link_event_kind kind, struct link_event *event)
{
	link_wait(link, PATIENCE_MS, event);
	assert_int_equal(event->kind, kind);
	return event->connection;
}

static inline void
expect_closed(struct link *link, uint64_t connection, const char *reason)
{
	struct link_event event;

	assert_int_equal(expect(link, LINK_CLOSED, &event), connection);
	assert_ptr_equal(event.reason, reason);
}

static inline void
expect_nothing(struct link *link)
{
	struct link_event event;

	(void)expect(link, LINK_NOTHING, &event);
}

/* What has come so far, without waiting. */
static inline void
expect_quiet(struct link *link)
{
	struct link_event event;

	link_wait(link, 0, &event);
	assert_int_equal(event.kind, LINK_NOTHING);
}

/* A connection between hub and field that neither trusts yet. */
static inline void
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

static inline void
pair(struct world *world)
{
	meet(world);
	link_trust(world->hub, world->hub_side);
	link_trust(world->field, world->field_side);
}

/* The frame that `seed` stands for: its own bytes at any size. */
static inline const uint8_t *
pattern(struct world *world, size_t seed, size_t size)
{
	uint32_t x = (uint32_t)(seed * 2654435761u + size);

	for (size_t i = 0; i < size; i++) {
		x = x * 1664525u + 1013904223u;
		world->bytes[i] = (uint8_t)(x >> 24);
	}
	return world->bytes;
}

static inline void
give(struct world *world, struct link *link, uint64_t connection, size_t seed,
	size_t size)
{
	assert_true(
		link_send(link, connection, pattern(world, seed, size), size));
}

static inline void
expect_frame(struct world *world, struct link *link, uint64_t connection,
	size_t seed, size_t size)
{
	struct link_event event;

	assert_int_equal(expect(link, LINK_FRAME, &event), connection);
	assert_int_equal(event.size, size);
	assert_memory_equal(event.bytes, pattern(world, seed, size), size);
}

/* A moment in which nng's threads may go on. */
static inline void
moment(void)
{
	struct timespec ms = {.tv_nsec = 1000000};

	(void)nanosleep(&ms, NULL); /* shorter is fine */
}

static inline uint16_t
port_of(const struct world *world)
{
	return (uint16_t)strtol(strrchr(world->url, ':') + 1, NULL, 10);
}

/* A plain socket, for what no link would do. */
static inline int
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

static inline void
say(int fd, const void *bytes, size_t size)
{
	assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

static inline void
say_size(int fd, uint32_t size)
{
	uint8_t header[FRAME_HEADER_SIZE];

	store32(header, size);
	say(fd, header, sizeof header);
}

/* A test over a transport. */
#define OVER(transport, test)                                                  \
	{                                                                      \
#test " (" #transport ")", test, set_up, tear_down,            \
			over_##transport                                       \
	}

#endif
