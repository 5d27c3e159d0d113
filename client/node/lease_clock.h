#ifndef CLIENT_NODE_LEASE_CLOCK_H
#define CLIENT_NODE_LEASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The time by which a lease is judged: one that nobody at this machine can turn
 * back. It is the latest of all that was ever seen: the machine's clock, the
 * hub's word, and how long the machine has been up since then, which the kernel
 * counts and nobody sets. Only the hub's word, which comes fresh and under
 * seal, puts it back; until the machine starts anew, its clock is then taken to
 * be as far off as it was at that moment.
 *
 * After a start without such a word, a clock that is behind it is no clock:
 * what is left of the lease cannot be told, so nothing is opened until it is
 * set right or the hub is met. Nothing is lost by that. Who sets it back before
 * each start, to where it was, has each start count an hour; how long the
 * machine was off, nobody can tell then. A clock that jumps
 * ahead ends the lease early, which a renewal mends, and erases nothing: the
 * grace before that counts a day at the most for each time that somebody
 * looked.
 */
enum { BOOT_ID_SIZE = 16 };

/* What the machine says. */
struct lease_now {
	int64_t wall_ms;            /* its clock, since 1970 */
	int64_t up_ms;              /* since it was started, sleep included */
	uint8_t boot[BOOT_ID_SIZE]; /* which start that was */
};

/* What is remembered of it. A zeroed one has seen nothing. */
struct lease_clock {
	int64_t seen_ms;        /* the latest time */
	int64_t wall_ms, up_ms; /* the machine's when it was looked at last */
	uint8_t boot[BOOT_ID_SIZE];
	bool anchored;  /* seen_ms comes from the hub, in this start … */
	int64_t off_ms; /* … when the machine's clock was so far ahead of it */
};

/* How far a clock may be behind: computers that are set to local time. */
#define LEASE_CLOCK_SLACK_MS ((int64_t)26 * 3600 * 1000)
#define LEASE_DAY_MS ((int64_t)24 * 3600 * 1000)

/* Reads the machine. */
void lease_now(struct lease_now *now);

/*
 * Looks at the machine: returns how much time has passed, as far as can be
 * believed, a day at the most unless the kernel counted it.
 */
int64_t lease_clock_look(
	struct lease_clock *clock, const struct lease_now *now);
/* The hub's word of what the time is, just now. */
void lease_clock_told(
	struct lease_clock *clock, const struct lease_now *now, int64_t hub_ms);
/* A time that was certainly reached: a date that the hub signed. */
void lease_clock_reached(struct lease_clock *clock, int64_t ms);
/* Whether the machine's clock is behind; as of the last look. */
bool lease_clock_is_behind(const struct lease_clock *clock);

#endif
