#include "tests/bench/line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sync/alloc.h"
#include "tests/bench/fatal.h"
#include "tests/bench/sample.h"

/* Bytes on their way. */
struct chunk {
	struct chunk *next;
	double due_s;
	size_t size;
	uint8_t bytes[];
};

/* One way of it: what of the frame that goes through is still to come. */
struct way {
	int from, to;
	bool ended;         /* nothing more comes from there */
	uint32_t handshake; /* frames of the handshake still to come */
	uint8_t head[4];
	uint32_t head_size;
	uint32_t left;
	bool large; /* the frame that goes through is */
	uint64_t counted;
	/* Of a line that has a manner. */
	struct chunk *first, **last;
	double free_s; /* when it can take more */
	uint64_t carried;
	double pushing_from_s, pushing_until_s;
	uint64_t pushed_from, pushed_until;
};

struct line {
	pthread_t thread;
	int listener;
	struct sockaddr_in far;
	char url[LINK_URL_MAX];
	struct line_manner manner; /* zero: none */
	struct way ways[2];
	const struct other *other;
	bool opened;                           /* the handshake is over */
	struct line_cpu began_cpu, opened_cpu; /* without its thread's */
	double own_cpu_s;                      /* its thread's, at the end */
};

enum {
	CHUNK_MAX = 4096,
	NEAR_BUFFER = 16384, /* the narrow line's own, like a modem's */
};

/* How far ahead of the line it is read. */
static const double ahead_s = 0.02;

/* Counts them; whether some belong to a large frame. */
static bool
count(struct way *way, const uint8_t *bytes, size_t size)
{
	bool large = false;

	while (size) {
		size_t step;

		if (way->head_size < sizeof way->head) {
			way->head[way->head_size++] = *bytes++;
			size--;
			if (way->head_size < sizeof way->head)
				continue;
			way->left = (uint32_t)way->head[0] << 24 |
				(uint32_t)way->head[1] << 16 |
				(uint32_t)way->head[2] << 8 | way->head[3];
			way->large = !way->handshake && way->left >= LINE_LARGE;
			if (!way->handshake)
				way->counted += sizeof way->head + way->left;
		}
		large = large || way->large;
		step = size < way->left ? size : way->left;
		bytes += step;
		size -= step;
		way->left -= (uint32_t)step;
		if (way->left == 0) {
			way->head_size = 0;
			way->handshake -= way->handshake > 0;
		}
	}
	return large;
}

static double
clock_s(clockid_t clock)
{
	struct timespec time = {0};

	(void)clock_gettime(clock, &time); /* it exists */
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double
now_s(void)
{
	return clock_s(CLOCK_MONOTONIC);
}

/* What the line itself uses, called in its thread. */
static double
own_cpu(void)
{
	return clock_s(CLOCK_THREAD_CPUTIME_ID);
}

static struct line_cpu
cpu_now(const struct line *line)
{
	return (struct line_cpu){sample_cpu(), other_cpu(line->other)};
}

/* Its last frame is here and goes on now. */
static void
look_at_handshake(struct line *line)
{
	if (line->opened || line->ways[0].handshake || line->ways[1].handshake)
		return;
	line->opened = true;
	line->opened_cpu = cpu_now(line);
	line->opened_cpu.near_s -= own_cpu();
}

static bool
pass_on(const struct way *way, const uint8_t *bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t sent =
			send(way->to, bytes + done, size - done, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		done += (size_t)sent;
	}
	return true;
}

/* Puts them onto a line that takes its time. */
static void
put(const struct line *line, struct way *way, const uint8_t *bytes, size_t size,
	bool large)
{
	struct chunk *chunk = alloc(sizeof *chunk + size);
	double now = now_s(), start = now > way->free_s ? now : way->free_s;

	way->free_s = start + (double)size / line->manner.bytes_per_s;
	chunk->due_s = way->free_s + line->manner.delay_s;
	chunk->size = size;
	memcpy(chunk->bytes, bytes, size);
	*way->last = chunk;
	way->last = &chunk->next;
	if (large && way->pushing_from_s == 0) {
		way->pushing_from_s = start;
		way->pushed_from = way->carried;
	}
	way->carried += size;
	if (large) {
		way->pushing_until_s = way->free_s;
		way->pushed_until = way->carried;
	}
}

/* What is there; false: it is over. */
static bool
take(struct line *line, struct way *way)
{
	uint8_t bytes[65536];
	bool slow = line->manner.bytes_per_s > 0, large;
	ssize_t size = recv(
		way->from, bytes, slow ? (size_t)CHUNK_MAX : sizeof bytes, 0);

	if (size <= 0) {
		way->ended = true; /* of a slow one, more is on its way */
		return slow;
	}
	large = count(way, bytes, (size_t)size);
	look_at_handshake(line);
	if (!slow)
		return pass_on(way, bytes, (size_t)size);
	put(line, way, bytes, (size_t)size, large);
	return true;
}

/* Hands over what has arrived; how long until the next is, in ms, -1: never. */
static int
arrive(struct way *way)
{
	double now = now_s();

	while (way->first && way->first->due_s <= now) {
		struct chunk *chunk = way->first;

		way->first = chunk->next;
		if (!way->first)
			way->last = &way->first;
		if (!pass_on(way, chunk->bytes, chunk->size))
			way->ended = true;
		free(chunk);
	}
	return way->first ? (int)((way->first->due_s - now) * 1000) + 1 : -1;
}

static int
sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Deals with what is there, or waits for it; false: it is over. */
static bool
turn(struct line *line)
{
	struct pollfd fds[2];
	int wait_ms = -1;

	for (int i = 0; i < 2; i++) {
		struct way *way = &line->ways[i];
		double ahead = way->free_s - now_s();
		bool full = ahead > ahead_s;

		wait_ms = sooner(wait_ms, arrive(way));
		if (way->ended && !way->first)
			return false;
		fds[i] = (struct pollfd){
			.fd = way->ended || full ? -1 : way->from,
			.events = POLLIN};
		if (full)
			wait_ms = sooner(
				wait_ms, (int)((ahead - ahead_s) * 1000) + 1);
	}
	if (poll(fds, 2, wait_ms) < 0)
		return false;
	for (int i = 0; i < 2; i++)
		if (fds[i].revents && !take(line, &line->ways[i]))
			return false;
	return true;
}

static void
clear_way(struct way *way)
{
	while (way->first) {
		struct chunk *chunk = way->first;

		way->first = chunk->next;
		free(chunk);
	}
	(void)close(way->from);
}

static void *
carry(void *self)
{
	struct line *line = self;
	int on = 1, near = accept(line->listener, NULL, NULL);
	int far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (near < 0 || far < 0 ||
		connect(far, (struct sockaddr *)&line->far, sizeof line->far) !=
			0)
		fatal("line: %s", strerror(errno));
	(void)setsockopt(far, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(near, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	line->ways[0] = (struct way){.from = near, .to = far, .handshake = 2};
	line->ways[1] = (struct way){.from = far, .to = near, .handshake = 1};
	for (int i = 0; i < 2; i++)
		line->ways[i].last = &line->ways[i].first;
	while (turn(line))
		;
	for (int i = 0; i < 2; i++)
		clear_way(&line->ways[i]);
	line->own_cpu_s = own_cpu();
	return NULL;
}

struct line *
line_new(const struct other *far, const struct line_manner *manner)
{
	struct line *line = alloc(sizeof *line);
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t size = sizeof at;
	int small = NEAR_BUFFER;
	unsigned port;

	line->other = far;
	line->began_cpu = cpu_now(line);
	if (manner)
		line->manner = *manner;
	if (sscanf(far->url, "tcp://127.0.0.1:%u", &port) != 1 || port > 65535)
		fatal("line: %s is not on loopback", far->url);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	line->far = at;
	line->far.sin_port = htons((uint16_t)port);
	line->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (manner && line->listener >= 0)
		(void)setsockopt(line->listener, SOL_SOCKET, SO_RCVBUF, &small,
			sizeof small);
	if (line->listener < 0 ||
		bind(line->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
		listen(line->listener, 1) != 0 ||
		getsockname(line->listener, (struct sockaddr *)&at, &size) !=
			0 ||
		pthread_create(&line->thread, NULL, carry, line) != 0)
		fatal("line: %s", strerror(errno));
	(void)snprintf(line->url, sizeof line->url, "tcp://127.0.0.1:%u",
		(unsigned)ntohs(at.sin_port));
	return line;
}

const char *
line_url(const struct line *line)
{
	return line->url;
}

static struct line_cpu
cpu_since(const struct line_cpu *now, const struct line_cpu *then)
{
	return (struct line_cpu){
		now->near_s - then->near_s, now->far_s - then->far_s};
}

void
line_end(struct line *line, struct line_figures *out)
{
	const struct way *there = &line->ways[0];
	struct line_cpu now;

	if (pthread_join(line->thread, NULL) != 0)
		fatal("line: it does not end");
	if (!line->opened)
		fatal("line: there was no handshake");
	now = cpu_now(line);
	now.near_s -= line->own_cpu_s;
	*out = (struct line_figures){
		.bytes = there->counted + line->ways[1].counted,
		.cpu = cpu_since(&now, &line->began_cpu),
		.after_handshake = cpu_since(&now, &line->opened_cpu),
		.pushed = there->pushed_until - there->pushed_from,
		.pushing_s = there->pushing_until_s - there->pushing_from_s};
	(void)close(line->listener);
	free(line);
}
