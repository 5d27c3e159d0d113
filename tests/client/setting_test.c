/* Small things of the node's own, and a disk that does not give them. */

#include "client/store/setting.h"

#include "tests/client/store_fixture.h"

enum { SIZE = 32 };

/* What a disk that fails for once looks like: rows are not read, but written.
 */
static int
no_reading(void *self, int action, const char *a, const char *b, const char *c,
	const char *d)
{
	(void)self;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return action == SQLITE_SELECT ? SQLITE_DENY : SQLITE_OK;
}

static void
let_read(struct store *store, bool reads)
{
	(void)sqlite3_set_authorizer(
		store_sqlite_handle(store), reads ? NULL : no_reading, NULL);
}

static void
tells_what_is_absent_from_what_cannot_be_read(void **state)
{
	struct store *store = fixture_memory();
	uint8_t value[SIZE];
	size_t size;

	(void)state;
	assert_int_equal(
		setting_read(store, "a", value, SIZE, &size), STATUS_ABSENT);
	assert_int_equal(setting_set(store, "a", "abc", 3), STATUS_OK);
	assert_int_equal(
		setting_read(store, "a", value, SIZE, &size), STATUS_OK);
	assert_int_equal(size, 3);
	assert_memory_equal(value, "abc", 3);
	assert_int_equal(
		setting_read(store, "a", value, 2, &size), STATUS_ABSENT);
	assert_int_equal(size, 0);
	let_read(store, false);
	assert_int_equal(
		setting_read(store, "a", value, SIZE, &size), STATUS_FAILED);
	assert_int_equal(size, 0);
	assert_int_equal(setting_get(store, "a", value, SIZE), 0);
	let_read(store, true);
	assert_int_equal(setting_get(store, "a", value, SIZE), 3);
	store_sqlite_close(store);
}

/* A hub's secret for leases that was made anew would open no laptop. */
static void
what_chance_made_stays_when_it_cannot_be_read(void **state)
{
	struct store *store = fixture_memory();
	uint8_t first[SIZE], again[SIZE];

	(void)state;
	assert_int_equal(setting_by_chance(store, "a", first, SIZE), STATUS_OK);
	let_read(store, false);
	assert_int_equal(
		setting_by_chance(store, "a", again, SIZE), STATUS_FAILED);
	let_read(store, true);
	assert_int_equal(setting_by_chance(store, "a", again, SIZE), STATUS_OK);
	assert_memory_equal(again, first, SIZE);
	assert_int_equal(setting_by_chance(store, "b", again, SIZE), STATUS_OK);
	assert_memory_not_equal(again, first, SIZE);
	store_sqlite_close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_is_absent_from_what_cannot_be_read),
		cmocka_unit_test(what_chance_made_stays_when_it_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
