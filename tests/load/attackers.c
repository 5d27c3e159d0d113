#include "tests/load/attackers.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "proto/hello.h"
#include "sync/alloc.h"
#include "tests/load/crowd.h"

enum {
	ADDRESS_FIRST = 0x7f420001, /* 127.66.0.1 */
	OPEN_MAX_COUNT = 6000,      /* at a time; the oldest goes */
	EVENTS = 512,
	LATE_MAX = 500, /* of a turn: what comes later is not made up for */
};

enum manner { RESET, GARBAGE, HTTP, HALF, SILENT, HUGE_CLAIM, FORGED, KNOCKS };

struct hostile {
	int fd;
	enum manner manner;
	bool said;
	uint64_t serial;
};

struct gang {
	const struct attack *attack;
	int epoll;
	struct hostile *ring; /* of those that are open, by serial */
	uint64_t made;
	uint8_t hello[HELLO_SIZE_MAX + 4];
	size_t hello_size;
};

static volatile sig_atomic_t stopping;

static void
stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

/* A hello with the right gate: any point of the curve does for a key. */
static void
make_hello(struct gang *gang)
{
	uint8_t key[NOISE_KEY_SIZE], secret[NOISE_KEY_SIZE];
	struct hello hello = {.mode = HELLO_SESSION,
		.message = key,
		.message_size = sizeof key};

	randombytes_buf(secret, sizeof secret);
	(void)crypto_scalarmult_base(key, secret);
	gang->hello_size = hello_encode(
		gang->hello + 4, &hello, gang->attack->company_key);
	store32(gang->hello, (uint32_t)gang->hello_size);
	gang->hello_size += 4;
}

static void
close_it(struct hostile *h)
{
	/* Without a reset the ports would be used up in a minute. */
	struct linger linger = {1, 0};

	if (h->fd < 0)
		return;
	(void)setsockopt(h->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	(void)close(h->fd);
	h->fd = -1;
}

static void
say(struct gang *gang, struct hostile *h)
{
	static const char http[] = "GET / HTTP/1.1\r\nHost: hub\r\n\r\n";
	uint8_t bytes[128];
	size_t size = 0;

	h->said = true;
	switch (h->manner) {
	case RESET:
		close_it(h);
		return;
	case SILENT:
		return;
	case GARBAGE:
		randombytes_buf(bytes, size = 64);
		break;
	case HTTP:
		memcpy(bytes, http, size = sizeof http - 1);
		break;
	case HALF:
		memset(bytes, 0, size = 2);
		break;
	case HUGE_CLAIM:
		memset(bytes, 0xff, size = 8);
		break;
	case FORGED:
		memcpy(bytes, gang->hello, size = gang->hello_size);
		bytes[5] ^= 1;
		break;
	case KNOCKS:
		memcpy(bytes, gang->hello, size = gang->hello_size);
		break;
	}
	if (send(h->fd, bytes, size, MSG_NOSIGNAL) < 0)
		close_it(h);
}

static void
make_one(struct gang *gang)
{
	const struct attack *attack = gang->attack;
	uint64_t serial = gang->made++;
	struct hostile *h = &gang->ring[serial % OPEN_MAX_COUNT];
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT};

	close_it(h);
	h->serial = serial;
	h->said = false;
	h->manner = (enum manner)(serial % KNOCKS);
	if (randombytes_uniform(100) < attack->knocking_percent)
		h->manner = KNOCKS;
	h->fd = load_connect(
		ADDRESS_FIRST + (uint32_t)(serial % attack->addresses),
		attack->port);
	if (h->fd < 0)
		return;
	event.data.ptr = h;
	(void)epoll_ctl(gang->epoll, EPOLL_CTL_ADD, h->fd, &event);
}

static void
take_event(struct gang *gang, struct hostile *h, uint32_t events)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = h};

	if (h->fd < 0)
		return;
	if (!h->said && (events & EPOLLOUT)) {
		say(gang, h);
		if (h->fd >= 0)
			(void)epoll_ctl(
				gang->epoll, EPOLL_CTL_MOD, h->fd, &event);
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		close_it(h); /* it was answered, or hung up on */
}

static void
attack_on(struct gang *gang)
{
	struct epoll_event events[EVENTS];
	uint64_t start = load_now_us();
	uint64_t due = 0;

	while (!stopping) {
		uint64_t now = load_now_us() - start;
		uint64_t behind;
		int count;

		due = now * gang->attack->per_second / 1000000;
		behind = due > gang->made ? due - gang->made : 0;
		if (behind > LATE_MAX)
			behind = LATE_MAX;
		for (uint64_t i = 0; i < behind && !stopping; i++)
			make_one(gang);
		count = epoll_wait(gang->epoll, events, EVENTS, 1);
		for (int i = 0; i < count; i++)
			take_event(gang, events[i].data.ptr, events[i].events);
	}
}

static void
be_attackers(const struct attack *attack, int results)
{
	struct sigaction action = {.sa_handler = stop};
	struct gang gang = {.attack = attack};

	(void)sigaction(SIGTERM, &action, NULL); /* cannot fail */
	/* Not those of who is measured: they would not close. */
	if (dup2(results, 3) != 3 || close_range(4, ~0u, 0) != 0)
		_exit(1);
	gang.ring = alloc(OPEN_MAX_COUNT * sizeof *gang.ring);
	for (size_t i = 0; i < OPEN_MAX_COUNT; i++)
		gang.ring[i].fd = -1;
	gang.epoll = epoll_create1(EPOLL_CLOEXEC);
	make_hello(&gang);
	attack_on(&gang);
	if (write(3, &gang.made, sizeof gang.made) < 0)
		_exit(1);
	_exit(0);
}

void
attackers_start(struct attackers *attackers, const struct attack *attack)
{
	int ends[2];

	if (pipe(ends) != 0 || (attackers->pid = fork()) < 0) {
		perror("attackers");
		exit(EXIT_FAILURE);
	}
	if (attackers->pid == 0)
		be_attackers(attack, ends[1]);
	(void)close(ends[1]);
	attackers->results = ends[0];
}

uint64_t
attackers_stop(struct attackers *attackers)
{
	uint64_t made = 0;

	(void)kill(attackers->pid, SIGTERM);
	if (read(attackers->results, &made, sizeof made) != sizeof made)
		made = 0;
	(void)close(attackers->results);
	(void)waitpid(attackers->pid, NULL, 0);
	return made;
}
