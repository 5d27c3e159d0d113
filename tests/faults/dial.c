/*
 * A dial whose n-th request for memory fails, for every n: the process ends
 * and says so. An address that does not answer would be blamed for nothing.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sync/link_nng.h"

static _Thread_local bool counting;
static unsigned count, fail_at;

/* The C library's own, behind those that stand in front of them here. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t members, size_t size);

static bool
fails(void)
{
	return counting && ++count == fail_at;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t members, size_t size)
{
	return fails() ? NULL : __libc_calloc(members, size);
}

/* 0: it connected, and the failure never came. */
static int
dial(void)
{
	struct link *near = link_nng_new(), *far = link_nng_new();
	struct link_event event = {.kind = LINK_NOTHING};
	char url[LINK_URL_MAX];
	uint64_t connection;
	bool done = near && far &&
		link_listen(far, "tcp://127.0.0.1:0", url) == STATUS_OK;

	counting = true;
	done = done && link_dial(near, url, &connection) == STATUS_OK;
	counting = false;
	while (done && event.kind == LINK_NOTHING)
		link_wait(near, 1000, &event);
	link_free(near);
	link_free(far);
	return done && count < fail_at && event.kind == LINK_CONNECTED ? 0 : 2;
}

/* What a process that dials ends with; what it says is in `said`. */
static int
ending(char *said, size_t size)
{
	int ends[2], status;
	size_t got = 0;
	ssize_t more;
	pid_t child;

	if (pipe(ends) != 0 || (child = fork()) < 0)
		return -1;
	if (child == 0) {
		if (dup2(ends[1], STDERR_FILENO) < 0)
			_exit(3);
		_exit(dial());
	}
	(void)close(ends[1]);
	while ((more = read(ends[0], said + got, size - 1 - got)) > 0)
		got += (size_t)more;
	said[got] = '\0';
	(void)close(ends[0]);
	return waitpid(child, &status, 0) == child && WIFEXITED(status)
		? WEXITSTATUS(status)
		: -1;
}

int
main(void)
{
	static const char wanted[] = "error: out of memory\n";
	char said[256];
	int code;

	for (fail_at = 1; (code = ending(said, sizeof said)) != 0; fail_at++)
		if (code != 1 || strcmp(said, wanted) != 0) {
			(void)printf("request %u: exit %d, %s\n", fail_at, code,
				said);
			return 1;
		}
	(void)printf("%u requests of a dial failed\n", fail_at - 1);
	return fail_at > 10 ? 0 : 1;
}
