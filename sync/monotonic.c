#include "sync/monotonic.h"

#include <time.h>

uint64_t
monotonic_ms(void *self)
{
	struct timespec now = {0};

	(void)self;
	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
