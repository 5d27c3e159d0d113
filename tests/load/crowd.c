#include "tests/load/crowd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sync/alloc.h"
#include "sync/frame.h"
#include "sync/outbox.h"

enum {
	RETRY_MS = 200, /* doubled with each try, full jitter */
	RETRY_MAX_MS = 5000,
	TRIES_MAX = 30,
	TICK_MS = 50,
	DEAF_FRAMES = 3, /* that it sends: hello, who it is, a compare */
	DEAF_BUFFER = 4096,
	FRAME_MAX = 65535,
	EVENTS = 256,
};

struct client {
	struct crowd *crowd;
	struct client *next;
	uint32_t rep;
	uint32_t address;
	enum client_manner manner;
	int fd; /* -1: none, it waits for its next try or is over */
	bool connected;
	bool counted; /* as watching or deaf */
	bool over;
	struct session *session;
	struct frame_cutter in;
	struct outbox out;
	uint32_t sent;
	uint32_t rounds;
	uint32_t tries;
	uint64_t began_us;
	uint64_t retry_us;
	uint32_t events; /* that epoll looks for */
};

struct crowd {
	struct town *town;
	uint16_t port;
	int epoll;
	struct client *clients;
	uint64_t tick_us;
	struct crowd_figures figures;
	uint64_t *done_us;
	uint32_t room;
};

uint64_t
load_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int
load_connect(uint32_t address, uint16_t port)
{
	struct sockaddr_in from = {.sin_family = AF_INET};
	struct sockaddr_in to = {.sin_family = AF_INET};
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	from.sin_addr.s_addr = htonl(address);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons(port);
	/* Ports are picked when it connects: many times as many of them. */
	(void)setsockopt(
		fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&from, sizeof from) == 0 &&
		(connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ||
			errno == EINPROGRESS))
		return fd;
	(void)close(fd);
	return -1;
}

static void
look_for(struct client *c, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = c};

	if (events == c->events)
		return;
	(void)epoll_ctl(c->crowd->epoll,
		c->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd, &event);
	c->events = events;
}

static void
uncount(struct client *c)
{
	if (!c->counted)
		return;
	c->counted = false;
	if (c->manner == CLIENT_DEAF)
		c->crowd->figures.deaf--;
	else
		c->crowd->figures.watching--;
}

static void
hang_up(struct client *c)
{
	if (c->fd >= 0)
		(void)close(c->fd); /* epoll forgets it */
	c->fd = -1;
	c->events = 0;
	c->connected = false;
	c->sent = 0;
	c->rounds = 0;
	uncount(c);
	session_free(c->session);
	c->session = NULL;
	frame_clear(&c->in);
	outbox_clear(&c->out);
}

static void
lost(struct client *c)
{
	struct crowd_figures *figures = &c->crowd->figures;
	uint64_t wait_ms = RETRY_MS;

	if (c->session && session_report(c->session)->detail[0])
		figures->problem = "a session broke";
	hang_up(c);
	if (c->manner == CLIENT_DEAF || ++c->tries > TRIES_MAX) {
		c->over = true;
		figures->broken += c->manner != CLIENT_DEAF;
		return;
	}
	figures->lost++;
	for (uint32_t i = 1; i < c->tries && wait_ms < RETRY_MAX_MS; i++)
		wait_ms *= 2;
	c->retry_us = load_now_us() +
		1000 * randombytes_uniform((uint32_t)wait_ms + 1);
}

static void
done(struct client *c)
{
	struct crowd *crowd = c->crowd;

	if (crowd->figures.done == crowd->room) {
		crowd->room = crowd->room ? crowd->room * 2 : 1024;
		crowd->done_us = alloc_again(
			crowd->done_us, crowd->room * sizeof *crowd->done_us);
	}
	crowd->done_us[crowd->figures.done++] = load_now_us() - c->began_us;
}

static void
call(struct client *c)
{
	struct town *town = c->crowd->town;
	struct session_options options = town_session(town, c->rep);
	int small = DEAF_BUFFER;

	c->retry_us = 0;
	c->fd = load_connect(c->address, c->crowd->port);
	if (c->fd < 0) {
		lost(c);
		return;
	}
	options.watch = c->manner == CLIENT_WATCHES;
	if (c->manner == CLIENT_DEAF) {
		options.host = &town->blank;
		(void)setsockopt(
			c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	}
	c->session = session_new(&options);
	frame_init(&c->in);
	look_for(c, EPOLLIN | EPOLLOUT);
}

/* False: it is gone. */
static bool
send_out(struct client *c)
{
	const uint8_t *frame;
	uint8_t *bytes;
	size_t size;

	if (!c->connected)
		return true;
	while (session_next_frame(c->session, node_now_ms(), &frame, &size) ==
		STATUS_OK) {
		outbox_put(&c->out, frame, size);
		c->sent++;
	}
	while ((bytes = outbox_next(&c->out, &size)) != NULL) {
		ssize_t sent = send(c->fd, bytes, size, MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN) {
			lost(c);
			return false;
		}
		if (sent < 0)
			break;
		outbox_sent(&c->out, (size_t)sent);
	}
	look_for(c,
		(c->manner == CLIENT_DEAF && c->counted ? 0u : EPOLLIN) |
			(outbox_size(&c->out) ? EPOLLOUT : 0u));
	return true;
}

/* Whether it came to its end, or to rest. */
static void
look_at(struct client *c)
{
	const struct session_report *report = session_report(c->session);
	struct crowd_figures *figures = &c->crowd->figures;

	if (c->manner == CLIENT_DEAF && !c->counted && c->sent > DEAF_FRAMES) {
		c->counted = true;
		figures->deaf++;
		look_for(c, EPOLLHUP);
	}
	if (report->state == SESSION_WATCHING && report->watching) {
		if (!c->counted) {
			c->counted = true;
			figures->watching++;
			done(c);
		} else {
			figures->told += report->rounds - c->rounds;
		}
		c->rounds = report->rounds;
	}
	if (!session_over(c->session) || outbox_size(&c->out))
		return;
	if (report->state != SESSION_SETTLED || report->refused) {
		figures->problem = "a session broke, or was refused";
		lost(c);
		return;
	}
	if (c->manner == CLIENT_SYNCS)
		done(c);
	hang_up(c);
	c->over = true;
}

/* False: it is gone. */
static bool
take_in(struct client *c)
{
	for (;;) {
		const uint8_t *frame;
		size_t size;
		uint8_t *room = frame_room(&c->in, &size);
		ssize_t got = recv(c->fd, room, size, 0);

		if (got < 0 && errno == EAGAIN)
			return true;
		if (got <= 0) {
			session_closed(c->session);
			if (session_report(c->session)->state ==
				SESSION_SETTLED)
				return true;
			lost(c);
			return false;
		}
		frame_arrived(&c->in, (size_t)got);
		if (!frame_cut(&c->in, FRAME_MAX)) {
			lost(c);
			return false;
		}
		while (frame_take(&c->in, &frame, &size)) {
			enum status status = session_receive(
				c->session, node_now_ms(), frame, size);

			(void)status; /* the report tells */
			if (!send_out(c))
				return false;
		}
		if ((size_t)got < size || c->counted)
			return true;
	}
}

static void
take_event(struct client *c, uint32_t events)
{
	if (c->fd < 0)
		return;
	if (!c->connected && (events & (EPOLLERR | EPOLLHUP))) {
		lost(c);
		return;
	}
	if (events & EPOLLOUT)
		c->connected = true;
	if (c->manner == CLIENT_DEAF && c->counted &&
		(events & (EPOLLHUP | EPOLLERR))) {
		lost(c);
		return;
	}
	if ((events & EPOLLIN) && !take_in(c))
		return;
	if (c->fd >= 0 && send_out(c))
		look_at(c);
}

/* What is due: the next try, and what a session that watches does. */
static void
tick(struct crowd *crowd)
{
	uint64_t now = load_now_us();

	if (now < crowd->tick_us)
		return;
	crowd->tick_us = now + (uint64_t)TICK_MS * 1000;
	for (struct client *c = crowd->clients; c; c = c->next) {
		if (c->retry_us && now >= c->retry_us)
			call(c);
		if (c->manner != CLIENT_WATCHES || !c->counted ||
			session_wait_ms(c->session, node_now_ms()) != 0)
			continue;
		session_tick(c->session, node_now_ms());
		if (send_out(c))
			look_at(c);
	}
}

struct crowd *
crowd_new(struct town *town, uint16_t port)
{
	struct crowd *crowd = alloc(sizeof *crowd);

	crowd->town = town;
	crowd->port = port;
	crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
	return crowd;
}

void
crowd_free(struct crowd *crowd)
{
	while (crowd->clients) {
		struct client *c = crowd->clients;

		crowd->clients = c->next;
		hang_up(c);
		free(c);
	}
	(void)close(crowd->epoll); /* nothing is in it any more */
	free(crowd->done_us);
	free(crowd);
}

void
crowd_start(struct crowd *crowd, uint32_t rep, uint32_t address,
	enum client_manner manner)
{
	struct client *c = alloc(sizeof *c);

	c->crowd = crowd;
	c->rep = rep;
	c->address = address;
	c->manner = manner;
	c->fd = -1;
	c->began_us = load_now_us();
	c->next = crowd->clients;
	crowd->clients = c;
	crowd->figures.started++;
	call(c);
}

void
crowd_turn(struct crowd *crowd, int timeout_ms)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(crowd->epoll, events, EVENTS,
		timeout_ms < TICK_MS ? timeout_ms : TICK_MS);

	for (int i = 0; i < count; i++)
		take_event(events[i].data.ptr, events[i].events);
	tick(crowd);
}

void
crowd_leave(struct crowd *crowd)
{
	for (struct client *c = crowd->clients; c; c = c->next) {
		if (c->fd < 0 || !c->counted)
			continue;
		if (c->manner == CLIENT_DEAF) {
			hang_up(c);
			c->over = true;
			continue;
		}
		session_end(c->session);
		if (send_out(c))
			look_at(c);
	}
}

struct crowd_figures
crowd_look(const struct crowd *crowd)
{
	struct crowd_figures figures = crowd->figures;

	figures.done_us = crowd->done_us;
	return figures;
}
