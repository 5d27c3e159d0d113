/* client/method/relation, scale: where a relationship stands. */

#include "client/method/relation.h"
#include "client/node/view.h"
#include "proto/schema_roadbook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

enum { TODAY = 20000, FORMER = 1, SUCCESSOR = 2, COLLEAGUE = 3 };

static struct relation_rating ratings[8];
static size_t count;

static struct relation_rating *
rated(const char *code, uint8_t rater, int32_t day)
{
	struct relation_rating *r = &ratings[count++];

	*r = (struct relation_rating){
		.level = scale_level(code, strlen(code)), .day = day};
	assert_non_null(r->level);
	r->id[0] = (uint8_t)count;
	r->rater[0] = rater;
	return r;
}

static int
start(void **state)
{
	(void)state;
	count = 0;
	return 0;
}

static struct relation
key(void)
{
	return relation_of(ratings, count, SCALE_KEY5, false, TODAY);
}

static void
scales_have_the_ordinals_of_the_domain(void **state)
{
	(void)state;
	assert_int_equal(scale_level("CR1", 3)->ordinal, 5);
	assert_int_equal(scale_level("CR3", 3)->ordinal, 3);
	assert_int_equal(scale_level("CR4", 3)->ordinal, 1);
	assert_int_equal(scale_level("CR5", 3)->ordinal, 0);
	assert_int_equal(scale_level("K5", 2)->ordinal, 5);
	assert_int_equal(scale_level("strategic_partner", 17)->ordinal, 4);
	assert_null(scale_level("K6", 2));
	assert_null(scale_level("K", 1));
}

/* The schema's list and this table are one list. */
static void
every_level_of_the_schema_is_on_one_scale(void **state)
{
	const struct schema_type *type =
		schema_type(schema_roadbook(), TYPE_RELATIONSHIP_RATING);
	const struct schema_field *body = schema_field_named(type, "body");
	const struct schema_part *level = schema_part_named(body, "level");
	const struct schema_part *scale = schema_part_named(body, "scale");

	(void)state;
	assert_int_equal(scale->codes.count, SCALES);
	for (int s = 0; s < SCALES; s++) {
		int places = 0;

		assert_string_equal(
			scale->codes.list[s].code, scale_code((enum scale)s));
		while (scale_at((enum scale)s, places + 1))
			places++;
		assert_in_range(places, 3, 5);
		for (size_t i = 0; i < level->codes.count; i++) {
			const char *code = level->codes.list[i].code;
			const struct scale_level *l =
				scale_level(code, strlen(code));

			assert_non_null(l);
			if (l->scale == (enum scale)s) {
				assert_in_range(l->place, 1, places);
				assert_int_equal(l->top, l->place > places - 2);
			}
		}
	}
}

static void
the_latest_rating_counts_and_of_one_day_the_greater_id(void **state)
{
	struct relation r;

	(void)state;
	(void)rated("K2", COLLEAGUE, TODAY - 9);
	(void)rated("K4", COLLEAGUE, TODAY - 2);
	(void)rated("K3", SUCCESSOR, TODAY - 2);
	(void)rated("CR1", SUCCESSOR, TODAY);
	r = key();
	assert_string_equal(r.rating->level->code, "K3");
	assert_int_equal(relation_ordinal(&r), 3);
	assert_false(r.stale);
	assert_false(r.unconfirmed);
	assert_int_equal(r.raters, 2);
	assert_int_equal(r.spread, 1);
}

static void
what_is_dated_later_or_was_corrected_does_not_count(void **state)
{
	struct relation r;

	(void)state;
	(void)rated("K2", COLLEAGUE, TODAY - 9);
	rated("K5", COLLEAGUE, TODAY - 1)->corrected = true;
	(void)rated("K4", COLLEAGUE, TODAY + 1);
	r = key();
	assert_int_equal(relation_ordinal(&r), 2);
}

static void
nobody_rated_is_level_none(void **state)
{
	struct relation r = key();

	(void)state;
	assert_null(r.rating);
	assert_int_equal(relation_ordinal(&r), 0);
}

static void
older_than_twelve_months_counts_one_lower(void **state)
{
	struct relation r;

	(void)state;
	(void)rated("K4", COLLEAGUE, TODAY - RELATION_STALE_DAYS);
	r = key();
	assert_false(r.stale);
	assert_int_equal(relation_ordinal(&r), 4);
	ratings[0].day--;
	r = key();
	assert_true(r.stale);
	assert_int_equal(relation_ordinal(&r), 3);
	ratings[0].level = scale_level("K1", 2);
	r = key();
	assert_int_equal(relation_ordinal(&r), 0);
}

/* DOMAIN 4 e: "K4 by former owner, unconfirmed". */
static void
a_predecessors_rating_counts_one_lower_until_rated_anew(void **state)
{
	struct relation r;

	(void)state;
	rated("K4", FORMER, TODAY - 30)->left = true;
	r = key();
	assert_true(r.unconfirmed);
	assert_string_equal(r.rating->level->code, "K4");
	assert_int_equal(relation_ordinal(&r), 3);
	/* Stale as well: no lower than that. */
	ratings[0].day = TODAY - 400;
	r = key();
	assert_int_equal(relation_ordinal(&r), 3);
	(void)rated("K4", SUCCESSOR, TODAY - 1);
	r = key();
	assert_false(r.unconfirmed);
	assert_int_equal(relation_ordinal(&r), 4);
	assert_int_equal(r.spread, 0);
}

static void
a_former_owners_opponent_stays_an_opponent(void **state)
{
	struct relation r;

	(void)state;
	rated("CR4", FORMER, TODAY - 30)->left = true;
	r = relation_of(ratings, count, SCALE_CR, false, TODAY);
	assert_string_equal(r.counts->code, "CR4");
	ratings[0].level = scale_level("CR1", 3);
	r = relation_of(ratings, count, SCALE_CR, false, TODAY);
	assert_string_equal(r.counts->code, "CR2");
}

static void
two_views_are_apart_and_their_gap_is_told(void **state)
{
	struct relation ours, theirs;
	int gap = 0;

	(void)state;
	(void)rated("BSH4", COLLEAGUE, TODAY - 5);
	rated("BSH2", COLLEAGUE, TODAY - 4)->customer = true;
	ours = relation_of(ratings, count, SCALE_BSH, false, TODAY);
	theirs = relation_of(ratings, count, SCALE_BSH, true, TODAY);
	assert_true(relation_gap(&ours, &theirs, &gap));
	assert_int_equal(gap, RELATION_SPREAD);
	theirs.rating = NULL;
	assert_false(relation_gap(&ours, &theirs, &gap));
}

static void
an_opponent_who_favours_us_is_a_contradiction(void **state)
{
	struct relation attitude, favour;

	(void)state;
	(void)rated("CR4", COLLEAGUE, TODAY);
	(void)rated("K3", COLLEAGUE, TODAY);
	attitude = relation_of(ratings, count, SCALE_CR, false, TODAY);
	favour = key();
	assert_true(relation_contradicts(&attitude, &favour));
	ratings[1].level = scale_level("K2", 2);
	favour = key();
	assert_false(relation_contradicts(&attitude, &favour));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scales_have_the_ordinals_of_the_domain),
		cmocka_unit_test(every_level_of_the_schema_is_on_one_scale),
		cmocka_unit_test_setup(
			the_latest_rating_counts_and_of_one_day_the_greater_id,
			start),
		cmocka_unit_test_setup(
			what_is_dated_later_or_was_corrected_does_not_count,
			start),
		cmocka_unit_test_setup(nobody_rated_is_level_none, start),
		cmocka_unit_test_setup(
			older_than_twelve_months_counts_one_lower, start),
		cmocka_unit_test_setup(
			a_predecessors_rating_counts_one_lower_until_rated_anew,
			start),
		cmocka_unit_test_setup(
			a_former_owners_opponent_stays_an_opponent, start),
		cmocka_unit_test_setup(
			two_views_are_apart_and_their_gap_is_told, start),
		cmocka_unit_test_setup(
			an_opponent_who_favours_us_is_a_contradiction, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
