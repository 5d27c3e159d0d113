#ifndef CLIENT_METHOD_RELATION_H
#define CLIENT_METHOD_RELATION_H

#include "client/method/day.h"
#include "client/method/scale.h"
#include "proto/change.h"

/*
 * Where a relationship stands, out of its ratings, which are never changed
 * (DOMAIN 2.2, 3.6 a and e, 4 e).
 *
 * The level is that of the latest rating (by day, of one day by the greater
 * id); a rating that a later one corrects does not count, nor what is dated
 * after the as-of day. It counts one level lower while it is
 *   stale        older than RELATION_STALE_DAYS (12 months), or
 *   unconfirmed  by somebody who no longer has the account, until one who has
 *                it rates anew
 * and no lower than that when it is both: either says that nobody stands
 * behind it today.
 */
enum { RELATION_STALE_DAYS = 365, RELATION_SPREAD = 2 };

struct relation_rating {
	uint8_t id[ID_BYTES];
	uint8_t rater[ID_BYTES];
	const struct scale_level *level;
	int32_t day;
	/* Whose friend, at CR4; NULL or "": not said. */
	const char *competitor;
	bool customer;  /* the customer's own view of us, not ours */
	bool corrected; /* another rating names it in `corrects` */
	bool left;      /* its rater no longer has the account */
};

struct relation {
	const struct relation_rating *rating; /* NULL: never rated */
	const struct scale_level *counts;     /* NULL: as if never rated */
	bool stale;
	bool unconfirmed;
	int raters; /* people whose latest ratings these are */
	/*
	 * Highest minus lowest place over the latest rating of each rater who
	 * has the account, not stale; RELATION_SPREAD and more is a
	 * disagreement (DOMAIN 3.1).
	 */
	int spread;
};

/* Of the ratings on one scale and of one perspective; others are left out. */
struct relation relation_of(const struct relation_rating *ratings, size_t count,
	enum scale scale, bool customer, int32_t as_of);

/* The ordinal that it counts with; 0 when it counts as never rated. */
int relation_ordinal(const struct relation *relation);

/*
 * DOMAIN 3.6 e: our view minus the customer's, in places; *gap is written on
 * true only. RELATION_SPREAD and more is red.
 */
bool relation_gap(
	const struct relation *ours, const struct relation *theirs, int *gap);

/* DOMAIN 2.2: an opponent (CR4, CR5) whom KEY5 has at K3 or more. */
bool relation_contradicts(
	const struct relation *attitude, const struct relation *key);

#endif
