#include "client/node/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "client/node/local.h"

enum {
	ASK_KEY = '?',
	ASK_END = 'x',
	PATIENCE_S = 2, /* for a caller that stops reading or writing */
	POLL_MAX_MS = 60 * 1000,
};

static const char prefix[] = "rk";

/* A machine that sleeps does not stop this clock. */
static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now); /* always there */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
dial(const char *dir)
{
	struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_un address;
	int fd;

	if (!local_address(dir, prefix, &address))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(
		fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
		local_is_same_user(fd))
		return fd;
	(void)close(fd); /* nobody there */
	return -1;
}

/* One byte there, `size` bytes back. */
static bool
ask(const char *dir, char what, uint8_t *out, size_t size)
{
	int fd = dial(dir);
	size_t had = 0;

	if (fd < 0)
		return false;
	if (send(fd, &what, 1, MSG_NOSIGNAL) == 1)
		while (had < size) {
			ssize_t n = recv(fd, out + had, size - had, 0);

			if (n <= 0 && errno != EINTR)
				break;
			if (n == 0)
				break;
			had += n > 0 ? (size_t)n : 0;
		}
	(void)close(fd); /* it was read */
	return had == size;
}

bool
holder_ask(const char *dir, uint8_t data_key[static NODE_DATA_KEY_SIZE])
{
	return ask(dir, ASK_KEY, data_key, NODE_DATA_KEY_SIZE);
}

bool
holder_end(const char *dir)
{
	uint8_t done;

	return ask(dir, ASK_END, &done, sizeof done);
}

/* ---- the process ---- */

/* False: it is to end. */
static bool
answer(int fd, const uint8_t *data_key)
{
	struct timeval patience = {.tv_sec = PATIENCE_S};
	char what = 0;

	(void)setsockopt(
		fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (!local_is_same_user(fd) || recv(fd, &what, 1, 0) != 1)
		return true;
	/* A caller that went away needs no answer; 32 bytes go at once. */
	if (what == ASK_KEY)
		(void)send(fd, data_key, NODE_DATA_KEY_SIZE, MSG_NOSIGNAL);
	return what != ASK_END;
}

/* Returns when it is to end; the last caller's descriptor, or -1. */
static int
hold(int listening, const uint8_t *data_key, int64_t until_ms)
{
	struct pollfd waiting = {.fd = listening, .events = POLLIN};

	for (;;) {
		int64_t left = until_ms - now_ms();
		int fd;

		if (left <= 0)
			return -1;
		if (poll(&waiting, 1,
			    (int)(left < POLL_MAX_MS ? left : POLL_MAX_MS)) <=
			0)
			continue;
		fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		if (!answer(fd, data_key))
			return fd;
		(void)close(fd); /* it was answered */
	}
}

/* Nothing of who started it: no terminal, no open files, no folder. */
static void
detach(int listening)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)setsid(); /* a child is never a leader */
	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		(void)dup2(null, fd); /* they are open */
	/* The socket moves to 3, and nothing is open beyond. */
	if (listening != 3)
		(void)dup3(listening, 3, O_CLOEXEC);
	(void)close_range(4, ~0u, 0);
	if (chdir("/") != 0)
		return; /* then that folder stays in use, and nothing else */
}

static _Noreturn void
run(int listening, const struct sockaddr_un *address, uint8_t *given,
	int64_t seconds)
{
	int64_t until_ms = now_ms() + seconds * 1000;
	uint8_t *data_key = vault_data_key_room(); /* locks are not inherited */
	uint8_t done = 1;
	int caller;

	memcpy(data_key, given, NODE_DATA_KEY_SIZE);
	sodium_memzero(given, NODE_DATA_KEY_SIZE);
	vault_guard_process();
	detach(listening);
	caller = hold(3, data_key, until_ms);
	sodium_free(data_key);
	(void)unlink(address->sun_path); /* then dialling it fails, too */
	if (caller >= 0)
		(void)send(caller, &done, sizeof done, MSG_NOSIGNAL);
	_exit(0);
}

static int
listen_at(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)unlink(address->sun_path); /* of one that was killed */
	if (fd < 0 ||
		(bind(fd, (const struct sockaddr *)address, sizeof *address) ==
				0 &&
			chmod(address->sun_path, 0600) == 0 &&
			listen(fd, SOMAXCONN) == 0))
		return fd;
	(void)close(fd);
	return -1;
}

bool
holder_start(const char *dir, uint8_t data_key[static NODE_DATA_KEY_SIZE],
	int64_t seconds, struct problem *problem)
{
	struct sockaddr_un address;
	int fd;
	pid_t child;

	(void)holder_end(dir); /* most often there is none */
	fd = local_address(dir, prefix, &address) ? listen_at(&address) : -1;
	if (fd < 0)
		return problem_set(problem, EXIT_FAILED,
			T("no local socket for %s: %s"), dir,
			text_errno(errno));
	child = fork();
	if (child == 0)
		run(fd, &address, data_key, seconds);
	(void)close(fd); /* the child has it */
	if (child > 0)
		return true;
	(void)unlink(address.sun_path);
	return problem_set(
		problem, EXIT_FAILED, "%s: %s", dir, text_errno(errno));
}
