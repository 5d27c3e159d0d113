#ifndef CLIENT_METHOD_CADENCE_H
#define CLIENT_METHOD_CADENCE_H

#include <stdbool.h>

#include "client/method/day.h"
#include "client/method/figure.h"

/* How often a customer is to be seen, and whether that is late (3.8 b). */

/* Defaults of Roadbook (DOMAIN marks them P), by the account's tier. */
enum {
	CADENCE_STRATEGIC_DAYS = 14,
	CADENCE_KEY_DAYS = 21,
	CADENCE_MAJOR_DAYS = 30,
	CADENCE_GENERAL_DAYS = 90, /* and where nobody has rated it */
	CADENCE_FACE_DAYS =
		60 /* decision makers of strategic ones, in person */
};

enum tier { TIER_NONE, TIER_GENERAL, TIER_MAJOR, TIER_KEY, TIER_STRATEGIC };
/* "strategic" … as in the schema; TIER_NONE for what is unknown. */
enum tier tier_of(const char *code, size_t size);
int cadence_tier_days(enum tier tier);

/* In the order in which they come up. */
enum light { LIGHT_GREEN, LIGHT_AMBER, LIGHT_RED, LIGHT_NEVER };
const char *light_code(enum light light); /* "green" … "never" */

struct cadence {
	int target_days;
	int32_t last; /* DAY_NONE: never seen */
	int32_t due;  /* last + target; DAY_NONE: never seen, so due at once */
	int64_t days; /* since the last; 0 when never */
	/* days / target: from 1.0 on amber, from 1.5 on red. Not known: never
	 */
	struct figure overdue;
	enum light light;
};

/*
 * `own_days` is what the person wishes (desired_interval_days), 0 when nothing
 * is known of it: the target is the smaller of that and the tier's. `last` is
 * not after as_of.
 */
struct cadence cadence_of(
	int tier_days, int64_t own_days, int32_t last, int32_t as_of);

/* What is known of a visit, to judge whether it brought anything on (3.8 b). */
struct cadence_visit {
	bool done;
	bool present;    /* somebody of the customer's was there */
	bool goal;       /* it had one */
	bool result;     /* it has one */
	bool advanced;   /* and that is: it went on */
	bool commitment; /* the customer committed to something */
};

bool cadence_effective(const struct cadence_visit *visit);

#endif
