/*
 * SIGTERM in the worst moment: the main thread has made up its mind to wait,
 * for the third time, and does not wait yet. Nothing but that signal ends the
 * wait.
 */

#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

enum { THE_ONE = 3 };

static bool
comes_now(void)
{
	static int waits;

	if (gettid() != getpid() || ++waits != THE_ONE)
		return false;
	(void)kill(getpid(), SIGTERM);
	return true;
}

int
poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	static int (*next)(struct pollfd *, nfds_t, int);

	if (!next)
		next = (int (*)(struct pollfd *, nfds_t, int))dlsym(
			RTLD_NEXT, "poll");
	return comes_now() ? next(fds, 0, -1) : next(fds, count, timeout_ms);
}

int
ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
	const sigset_t *mask)
{
	static int (*next)(struct pollfd *, nfds_t, const struct timespec *,
		const sigset_t *);

	if (!next)
		next = (int (*)(struct pollfd *, nfds_t,
			const struct timespec *,
			const sigset_t *))dlsym(RTLD_NEXT, "ppoll");
	return comes_now() ? next(fds, 0, NULL, mask)
			   : next(fds, count, timeout, mask);
}
