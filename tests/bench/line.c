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
#include <unistd.h>

#include "sync/alloc.h"
#include "tests/bench/fatal.h"

/* One way of it: what of the frame that goes through is still to come. */
struct way {
	int from, to;
	uint32_t handshake; /* frames of the handshake still to come */
	uint8_t head[4];
	uint32_t head_size;
	uint32_t left;
	uint64_t counted;
};

struct line {
	pthread_t thread;
	int listener;
	struct sockaddr_in far;
	char url[LINK_URL_MAX];
	struct way ways[2];
};

static void
count(struct way *way, const uint8_t *bytes, size_t size)
{
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
			if (!way->handshake)
				way->counted += sizeof way->head + way->left;
		}
		step = size < way->left ? size : way->left;
		bytes += step;
		size -= step;
		way->left -= (uint32_t)step;
		if (way->left == 0) {
			way->head_size = 0;
			way->handshake -= way->handshake > 0;
		}
	}
}

static bool
hand_on(struct way *way)
{
	uint8_t bytes[65536];
	ssize_t size = recv(way->from, bytes, sizeof bytes, 0);
	ssize_t done = 0;

	if (size <= 0)
		return false;
	count(way, bytes, (size_t)size);
	while (done < size) {
		ssize_t sent = send(way->to, bytes + done,
			(size_t)(size - done), MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		done += sent;
	}
	return true;
}

static void *
carry(void *self)
{
	struct line *line = self;
	int on = 1, near = accept(line->listener, NULL, NULL);
	int far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd fds[2];

	if (near < 0 || far < 0 ||
		connect(far, (struct sockaddr *)&line->far, sizeof line->far) !=
			0)
		fatal("line: %s", strerror(errno));
	(void)setsockopt(far, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(near, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	line->ways[0] = (struct way){.from = near, .to = far, .handshake = 2};
	line->ways[1] = (struct way){.from = far, .to = near, .handshake = 1};
	fds[0] = (struct pollfd){.fd = near, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = far, .events = POLLIN};
	while (poll(fds, 2, -1) >= 0)
		if ((fds[0].revents && !hand_on(&line->ways[0])) ||
			(fds[1].revents && !hand_on(&line->ways[1])))
			break;
	(void)close(near);
	(void)close(far);
	return NULL;
}

struct line *
line_new(const char *url)
{
	struct line *line = alloc(sizeof *line);
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t size = sizeof at;
	unsigned port;

	if (sscanf(url, "tcp://127.0.0.1:%u", &port) != 1 || port > 65535)
		fatal("line: %s is not on loopback", url);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	line->far = at;
	line->far.sin_port = htons((uint16_t)port);
	line->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
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

uint64_t
line_end(struct line *line)
{
	uint64_t counted;

	if (pthread_join(line->thread, NULL) != 0)
		fatal("line: it does not end");
	counted = line->ways[0].counted + line->ways[1].counted;
	(void)close(line->listener);
	free(line);
	return counted;
}
