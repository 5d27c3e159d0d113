#include "client/method/day.h"

#include <stdio.h>

#include "client/exchange/moment.h"

enum { MS_A_DAY = 24 * 60 * 60 * 1000, MS_A_MINUTE = 60 * 1000 };

int32_t
day_of_moment(int64_t utc_ms, int32_t offset)
{
	int64_t local, day;

	/* A peer may have sent any time. */
	if (utc_ms < -(INT64_C(1) << 53) || utc_ms > INT64_C(1) << 53)
		return DAY_NONE;
	local = utc_ms + (int64_t)offset * MS_A_MINUTE;
	day = local / MS_A_DAY - (local % MS_A_DAY < 0);
	return (int32_t)day;
}

int32_t
day_of_text(const char *text, size_t size)
{
	int32_t day;

	return moment_day_read(text, size, &day) ? day : DAY_NONE;
}

void
day_text(int32_t day, char out[static DAY_TEXT_SIZE])
{
	struct moment moment = {.utc_ms = (int64_t)day * MS_A_DAY};
	char whole[MOMENT_TEXT_SIZE];

	out[0] = '\0';
	if (day == DAY_NONE || !moment_valid(&moment))
		return;
	(void)moment_write(&moment, whole);
	(void)snprintf(out, DAY_TEXT_SIZE, "%.10s", whole);
}
