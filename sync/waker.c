#include "sync/waker.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int
waker_open(void)
{
	return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

void
waker_close(int waker)
{
	if (waker >= 0)
		(void)close(waker); /* nothing is kept in it */
}

void
waker_raise(int waker)
{
	uint64_t one = 1;
	int kept = errno;

	/* Fails only when it is readable 2^64 times already. */
	while (write(waker, &one, sizeof one) < 0 && errno == EINTR)
		continue;
	errno = kept;
}

void
waker_lower(int waker)
{
	uint64_t ignored;

	while (read(waker, &ignored, sizeof ignored) < 0 && errno == EINTR)
		continue;
}
