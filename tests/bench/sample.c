#include "tests/bench/sample.h"

#include <stdio.h>
#include <time.h>

static clockid_t sample_clock = CLOCK_MONOTONIC;

void
sample_add(const char *name, bool encrypted, double value)
{
	/* Names are ours and need no escapes. */
	(void)printf("{\"name\": \"%s\", \"encrypted\": %s, \"value\": %.9g}\n",
		name, encrypted ? "true" : "false", value);
	(void)fflush(stdout);
}

void
sample_count_cpu(void)
{
	sample_clock = CLOCK_PROCESS_CPUTIME_ID;
}

static double
seconds_of(clockid_t clock)
{
	struct timespec time = {0};

	(void)clock_gettime(clock, &time); /* both exist */
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

double
sample_now(void)
{
	return seconds_of(sample_clock);
}

double
sample_cpu(void)
{
	return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}
