#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/node/history.h"
#include "proto/schema_roadbook.h"

/*
 * What an author had before them. Two logs, a and b, of reps; the field is an
 * account's short name.
 */

enum { LOG_A, LOG_B, FIELD = 9 };

static const struct merge_log log_list[] = {
	{.id = {1}, .rank = RANK_REP}, {.id = {2}, .rank = RANK_REP}};
static const struct merge_logs logs = {log_list, 2};

static const uint8_t x[] = {0xa1, 'x'}, y[] = {0xa1, 'y'}, z[] = {0xa1, 'z'};

/* A put of the value at `time`, by somebody who knew that much of each log. */
static struct history_item
put(uint32_t log, int64_t seq, int64_t time, const uint8_t *value,
	const int64_t *knew)
{
	return (struct history_item){.dot = {log, seq},
		.time = time,
		.field = FIELD,
		.kind = OPERATION_PUT,
		.value = {value, 2},
		.counted = true,
		.knew = {.seen = knew, .seen_count = 2}};
}

static bool
base_of(struct history_item *items, size_t count, size_t at,
	struct pack_view *base)
{
	struct history history = {.items = items, .count = count};

	return history_base(&history, &items[at], schema_roadbook(),
		TYPE_ACCOUNT, &logs, base);
}

static void
gives_nothing_to_the_first_write(void **state)
{
	const int64_t nothing[] = {0, 0};
	struct history_item items[] = {put(LOG_A, 1, 10, x, nothing)};
	struct pack_view base;

	(void)state;
	assert_false(base_of(items, 1, 0, &base));
}

static void
gives_both_sides_what_they_replaced(void **state)
{
	const int64_t none[] = {0, 0}, a1[] = {1, 0};
	struct history_item items[] = {put(LOG_A, 1, 10, x, none),
		put(LOG_A, 2, 20, y, a1), put(LOG_B, 1, 15, z, a1)};
	struct pack_view base;

	(void)state;
	for (size_t i = 1; i < 3; i++) {
		assert_true(base_of(items, 3, i, &base));
		assert_memory_equal(base.bytes, x, 2);
	}
}

static void
leaves_out_what_was_written_over_before(void **state)
{
	const int64_t none[] = {0, 0}, a1[] = {1, 0}, a2[] = {2, 0};
	struct history_item items[] = {put(LOG_A, 1, 90, x, none),
		put(LOG_A, 2, 20, y, a1), put(LOG_B, 1, 15, z, a2)};
	struct pack_view base;

	(void)state;
	/* x has the later time, but y replaced it. */
	assert_true(base_of(items, 3, 2, &base));
	assert_memory_equal(base.bytes, y, 2);
}

static void
gives_who_picks_the_sibling_that_was_shown(void **state)
{
	const int64_t none[] = {0, 0}, both[] = {1, 1};
	struct history_item items[] = {put(LOG_A, 1, 10, x, none),
		put(LOG_B, 1, 11, y, none), put(LOG_A, 2, 20, z, both)};
	struct pack_view base;

	(void)state;
	assert_true(base_of(items, 3, 2, &base));
	assert_memory_equal(base.bytes, y, 2);
}

static void
leaves_out_other_fields_and_what_does_not_count(void **state)
{
	const int64_t none[] = {0, 0}, a2[] = {2, 0};
	struct history_item items[] = {put(LOG_A, 1, 10, x, none),
		put(LOG_A, 2, 11, y, none), put(LOG_B, 1, 20, z, a2)};
	struct pack_view base;

	(void)state;
	items[0].field = FIELD + 4;
	items[1].counted = false;
	assert_false(base_of(items, 3, 2, &base));
}

static void
does_not_give_what_a_person_had_not_seen(void **state)
{
	const int64_t none[] = {0, 0}, a1[] = {1, 0};
	const struct unseen_range range = {LOG_A, 1, 1};
	struct history_item items[] = {
		put(LOG_A, 1, 10, x, none), put(LOG_B, 1, 20, z, a1)};
	struct pack_view base;

	(void)state;
	items[1].knew.unseen = &range;
	items[1].knew.unseen_count = 1;
	assert_false(base_of(items, 2, 1, &base));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_nothing_to_the_first_write),
		cmocka_unit_test(gives_both_sides_what_they_replaced),
		cmocka_unit_test(leaves_out_what_was_written_over_before),
		cmocka_unit_test(gives_who_picks_the_sibling_that_was_shown),
		cmocka_unit_test(
			leaves_out_other_fields_and_what_does_not_count),
		cmocka_unit_test(does_not_give_what_a_person_had_not_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
