/* client/node/watchers: who is found for a territory, and who no more. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "client/node/watchers.h"

enum { WATCHERS = 300, PLACES = 200 };

static void
watch(struct watchers *watchers, struct watcher *watcher, uint32_t first,
	uint32_t count)
{
	struct share list[PLACES] = {{{0}, {0}}};
	struct shares shares = {.list = list, .count = count};

	for (uint32_t i = 0; i < count; i++)
		list[i].territory[ID_BYTES - 1] = (uint8_t)(first + i);
	watchers_set(watchers, watcher, &shares);
}

static void
count_one(void *self, void *who)
{
	uint32_t *count = self;

	assert_non_null(who);
	++*count;
}

static uint32_t
found(const struct watchers *watchers, uint8_t place)
{
	uint8_t id[ID_BYTES] = {0};
	uint32_t count = 0;

	id[ID_BYTES - 1] = place;
	watchers_each(watchers, id, count_one, &count);
	return count;
}

static void
finds_those_who_watch_and_no_others(void **state)
{
	static struct watcher all[WATCHERS];
	struct watchers watchers = {0};

	(void)state;
	assert_int_equal(found(&watchers, 1), 0);
	for (uint32_t i = 0; i < WATCHERS; i++) {
		all[i].who = &all[i];
		watch(&watchers, &all[i], i % PLACES, 1);
	}
	assert_int_equal(watchers.count, WATCHERS);
	assert_int_equal(found(&watchers, 7), 2);
	assert_int_equal(found(&watchers, 150), 1);
	assert_int_equal(found(&watchers, PLACES), 0);

	watch(&watchers, &all[7], 20, 2);
	assert_int_equal(found(&watchers, 7), 1);
	assert_int_equal(found(&watchers, 20), 3);
	assert_int_equal(found(&watchers, 21), 3);
	watch(&watchers, &all[7], 0, 0);
	assert_int_equal(watchers.count, WATCHERS - 1);
	watch(&watchers, &all[7], 0, PLACES);
	for (uint32_t i = 0; i < WATCHERS; i++)
		watchers_remove(&watchers, &all[i]);
	assert_int_equal(watchers.count, 0);
	assert_int_equal(found(&watchers, 20), 0);
	watchers_clear(&watchers);
}

struct leaving {
	struct watchers *watchers;
	uint32_t count;
};

static void
leave(void *self, void *who)
{
	struct leaving *leaving = self;

	watchers_remove(leaving->watchers, who);
	leaving->count++;
}

static void
one_that_is_found_may_leave(void **state)
{
	static struct watcher all[8];
	struct watchers watchers = {0};
	struct leaving leaving = {&watchers, 0};
	uint8_t id[ID_BYTES] = {0};

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		all[i].who = &all[i];
		watch(&watchers, &all[i], 0, 3);
	}
	watchers_each(&watchers, id, leave, &leaving);
	assert_int_equal(leaving.count, 8);
	assert_int_equal(watchers.count, 0);
	watchers_clear(&watchers);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_those_who_watch_and_no_others),
		cmocka_unit_test(one_that_is_found_may_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
