#include "client/node/lease_clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/node/node.h"

/* What a start of the machine counts whose clock has not gone on. */
enum { START_MS = 3600 * 1000 };

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The text of a small file of the kernel's; false when there is none. */
static bool
read_text(const char *path, char *text, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, text, room - 1);

	if (fd >= 0)
		(void)close(fd); /* only read */
	if (size <= 0)
		return false;
	text[size] = '\0';
	return true;
}

static void
read_boot(uint8_t boot[static BOOT_ID_SIZE])
{
	char text[64];
	size_t at = 0;

	memset(boot, 0, BOOT_ID_SIZE);
	if (!read_text("/proc/sys/kernel/random/boot_id", text, sizeof text))
		return;
	for (const char *c = text; *c && at < (size_t)BOOT_ID_SIZE * 2; c++) {
		int value = digit(*c);

		if (value < 0)
			continue;
		boot[at / 2] = (uint8_t)(boot[at / 2] << 4 | value);
		at++;
	}
}

/*
 * From the kernel's own file, and not by a call to the C library: who shows a
 * program another clock stands between the two.
 */
static int64_t
read_up(void)
{
	struct timespec now;
	char text[64], *end;
	double seconds;

	if (read_text("/proc/uptime", text, sizeof text)) {
		seconds = strtod(text, &end);
		if (end != text && seconds >= 0 && seconds < 1e10)
			return (int64_t)(seconds * 1000);
	}
	(void)clock_gettime(CLOCK_BOOTTIME, &now); /* always there */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
lease_now(struct lease_now *now)
{
	now->wall_ms = node_now_ms();
	now->up_ms = read_up();
	read_boot(now->boot);
}

static void
look_up(struct lease_clock *clock, const struct lease_now *now)
{
	clock->wall_ms = now->wall_ms;
	clock->up_ms = now->up_ms;
	memcpy(clock->boot, now->boot, BOOT_ID_SIZE);
}

static int64_t
positive(int64_t ms)
{
	return ms > 0 ? ms : 0;
}

int64_t
lease_clock_look(struct lease_clock *clock, const struct lease_now *now)
{
	bool same = memcmp(clock->boot, now->boot, BOOT_ID_SIZE) == 0;
	/* A machine that was started since was off before: that is not known.
	 */
	int64_t counted = same ? positive(now->up_ms - clock->up_ms)
			       : positive(now->up_ms);
	/* One that was nowhere has not gone on from there. */
	int64_t passed = lease_clock_is_behind(clock)
		? 0
		: positive(now->wall_ms - clock->wall_ms);
	bool first = clock->seen_ms == 0;
	int64_t wall;

	clock->anchored = clock->anchored && same;
	wall = now->wall_ms - (clock->anchored ? clock->off_ms : 0);
	/* It was off, and its clock says for no time at all. */
	if (!same && !first && wall <= clock->seen_ms && counted < START_MS)
		counted = START_MS;
	/* Set back and left to run, it still runs. */
	clock->seen_ms += !first && passed > counted ? passed : counted;
	if (wall > clock->seen_ms)
		clock->seen_ms = wall;
	look_up(clock, now);
	if (first)
		return 0;
	passed = passed < LEASE_DAY_MS ? passed : LEASE_DAY_MS;
	return counted > passed ? counted : passed;
}

void
lease_clock_told(
	struct lease_clock *clock, const struct lease_now *now, int64_t hub_ms)
{
	clock->seen_ms = hub_ms;
	clock->anchored = true;
	clock->off_ms = now->wall_ms - hub_ms;
	look_up(clock, now);
}

void
lease_clock_reached(struct lease_clock *clock, int64_t ms)
{
	if (ms > clock->seen_ms)
		clock->seen_ms = ms;
}

bool
lease_clock_is_behind(const struct lease_clock *clock)
{
	return !clock->anchored &&
		clock->wall_ms < clock->seen_ms - LEASE_CLOCK_SLACK_MS;
}
