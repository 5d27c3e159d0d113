#ifndef CLIENT_METHOD_HONESTY_H
#define CLIENT_METHOD_HONESTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/method/figure.h"
#include "proto/change.h"

/*
 * Data honesty (DOMAIN 3.15): how long after a visit it was written down, and
 * what is missing of it. For coaching: it is no proof of guilt, it blocks
 * nothing, and a person sees their own first.
 *
 * A visit is the person's who wrote down its day. Lags are whole days between
 * the day of the visit and the day it was entered, both where the person was.
 * The median and the 90th percentile are by nearest rank: a value that
 * occurred, so that no two nodes round apart.
 */

enum { HONESTY_LATE_DAYS = 3 }; /* more than these are late */

/*
 * Words of fewer bytes than this (four Chinese characters) that two visits
 * share say nothing: "none", "OK".
 */
enum { HONESTY_TEXT_MIN = 12 };

struct honesty_visit {
	uint8_t id[ID_BYTES];
	uint8_t user[ID_BYTES]; /* who wrote it down; zero: not known */
	const char *account;    /* its name */
	int32_t day;            /* visited on */
	int32_t entered;        /* by the author's clock */
	/*
	 * The first day on which it can have been entered at all (of
	 * client/node/entered.h); DAY_NONE where nothing is proven, or clocks
	 * contradict each other.
	 */
	int32_t proven;
	int32_t received; /* at this very node; DAY_NONE: not known */
	bool edited;      /* by the same person, more than 48 h later */
	bool no_place;    /* of a visit in person */
	bool no_note;
	bool no_next_step;
	bool same_text; /* as another visit: honesty_same_texts() */
	bool clock_back;
};

/* Words of a note, and which of the visits it is on. */
struct honesty_text {
	size_t visit; /* index */
	const char *text;
};

/*
 * Marks the visits of one person that share words: same but for spaces and
 * line breaks around them. Brings the texts into another order.
 */
void honesty_same_texts(
	struct honesty_visit *visits, struct honesty_text *texts, size_t count);

/* Days between; 0 visits: both are 0 and count is. */
struct honesty_lag {
	size_t count;
	int64_t median_days, p90_days;
	struct figure late; /* share of more than HONESTY_LATE_DAYS */
};

struct honesty {
	uint8_t user[ID_BYTES];
	size_t visits;
	struct honesty_lag entered;
	/* As received here: this node's own, and no other's. */
	struct honesty_lag received;
	size_t proven_late; /* late, and not by the author's clock */
	size_t ahead;       /* entered before the day of the visit */
	size_t edited, no_place, no_note, no_next_step, same_text, clock_back;
};

/* Those of one person; there is at least one. */
struct honesty honesty_of(const struct honesty_visit *visits, size_t count);

/* By (user, day, newest first, id), as honesty_of() wants to be handed them. */
void honesty_sort(struct honesty_visit *visits, size_t count);

/* Whether there is anything to talk about. */
bool honesty_flagged(const struct honesty_visit *visit);
bool honesty_late(const struct honesty_visit *visit);
bool honesty_proven_late(const struct honesty_visit *visit);
bool honesty_ahead(const struct honesty_visit *visit);

#endif
