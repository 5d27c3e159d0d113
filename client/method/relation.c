#include "client/method/relation.h"

#include <string.h>

static bool
later(const struct relation_rating *a, const struct relation_rating *b)
{
	if (a->day != b->day)
		return a->day > b->day;
	return memcmp(a->id, b->id, ID_BYTES) > 0;
}

static bool
stale(const struct relation_rating *rating, int32_t as_of)
{
	return (int64_t)as_of - rating->day > RELATION_STALE_DAYS;
}

struct wanted {
	enum scale scale;
	bool customer;
	int32_t as_of;
};

static bool
counts(const struct relation_rating *rating, const struct wanted *wanted)
{
	return rating->level && rating->level->scale == wanted->scale &&
		rating->customer == wanted->customer && !rating->corrected &&
		rating->day != DAY_NONE && rating->day <= wanted->as_of;
}

/* Whether it is its rater's last word. */
static bool
last_word(const struct relation_rating *ratings, size_t count, size_t at,
	const struct wanted *wanted)
{
	for (size_t i = 0; i < count; i++)
		if (i != at && counts(&ratings[i], wanted) &&
			memcmp(ratings[i].rater, ratings[at].rater, ID_BYTES) ==
				0 &&
			later(&ratings[i], &ratings[at]))
			return false;
	return true;
}

struct relation
relation_of(const struct relation_rating *ratings, size_t count,
	enum scale scale, bool customer, int32_t as_of)
{
	struct wanted wanted = {scale, customer, as_of};
	struct relation relation = {0};
	int low = 0, high = 0;

	for (size_t i = 0; i < count; i++) {
		const struct relation_rating *r = &ratings[i];

		if (!counts(r, &wanted))
			continue;
		if (!relation.rating || later(r, relation.rating))
			relation.rating = r;
		if (!last_word(ratings, count, i, &wanted))
			continue;
		relation.raters++;
		if (r->left || stale(r, as_of))
			continue;
		if (!low || r->level->place < low)
			low = r->level->place;
		if (r->level->place > high)
			high = r->level->place;
	}
	if (!relation.rating)
		return relation;
	relation.spread = high - low;
	relation.stale = stale(relation.rating, as_of);
	relation.unconfirmed = relation.rating->left;
	relation.counts = relation.stale || relation.unconfirmed
		? scale_below(relation.rating->level)
		: relation.rating->level;
	return relation;
}

int
relation_ordinal(const struct relation *relation)
{
	return relation->counts ? relation->counts->ordinal : 0;
}

bool
relation_gap(
	const struct relation *ours, const struct relation *theirs, int *gap)
{
	if (!ours->rating || !theirs->rating)
		return false;
	*gap = ours->rating->level->place - theirs->rating->level->place;
	return true;
}

bool
relation_contradicts(
	const struct relation *attitude, const struct relation *key)
{
	enum { OPPONENT = 1, FAVOURS = 3 };

	return attitude->rating && key->rating &&
		attitude->rating->level->ordinal <= OPPONENT &&
		key->rating->level->ordinal >= FAVOURS;
}
