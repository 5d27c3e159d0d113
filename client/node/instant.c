#include "client/node/instant.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void
instant_text(int64_t ms, int32_t offset, char out[static INSTANT_TEXT_SIZE])
{
	time_t local = (time_t)(ms / 1000 + (int64_t)offset * 60);
	struct tm tm;
	size_t used;
	unsigned minutes;

	/* A hostile clock may be beyond what a calendar has. */
	if (!gmtime_r(&local, &tm) || tm.tm_year > 9999 - 1900) {
		(void)snprintf(
			out, INSTANT_TEXT_SIZE, "%lld ms", (long long)ms);
		return;
	}
	used = strftime(out, INSTANT_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	minutes = (unsigned)abs(offset);
	(void)snprintf(out + used, INSTANT_TEXT_SIZE - used, "%c%02u:%02u",
		offset < 0 ? '-' : '+', minutes / 60 % 100, minutes % 60);
}
