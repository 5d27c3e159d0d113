#include "client/node/instant.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void
instant_text(int64_t ms, int32_t offset, char out[static INSTANT_TEXT_SIZE])
{
	time_t local = (time_t)(ms / 1000 + (int64_t)offset * 60);
	struct tm tm;

	/* A hostile clock may be beyond what a calendar has. */
	if (!gmtime_r(&local, &tm) || tm.tm_year > 9999 - 1900) {
		(void)snprintf(
			out, INSTANT_TEXT_SIZE, "%lld ms", (long long)ms);
		return;
	}
	(void)snprintf(out, INSTANT_TEXT_SIZE,
		"%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", tm.tm_year + 1900,
		tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		offset < 0 ? '-' : '+', abs(offset) / 60, abs(offset) % 60);
}
