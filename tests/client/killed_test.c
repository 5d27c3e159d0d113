/* The store of a program that was killed, on a disk in memory. */

#include "tests/client/store_fixture.h"
#include "tests/sim/disk.h"

struct machine {
	struct disk *disk;
	struct store *store;
	struct random random;
	char path[64];
};

static void
open_store(struct machine *m)
{
	bool rebuild;

	m->store = fixture_open(m->path, &fixture_schema, &rebuild);
}

static int
build(void **state)
{
	static struct machine m;

	random_init(&m.random, 20261122, 1);
	disk_randomness(&m.random);
	disk_register();
	m.disk = disk_new();
	(void)snprintf(m.path, sizeof m.path, "%s/node.db", disk_path(m.disk));
	open_store(&m);
	*state = &m;
	return 0;
}

static int
scrap(void **state)
{
	struct machine *m = *state;

	store_sqlite_close(m->store);
	disk_free(m->disk);
	return 0;
}

/* Begins, writes and commits; false when that came to nothing. */
static bool
write_value(struct machine *m, int value)
{
	struct store *store = m->store;

	return store->begin(store->self) == STATUS_OK &&
		store_sqlite_setting_set(
			store, "value", &value, sizeof value) == STATUS_OK &&
		store->commit(store->self) == STATUS_OK;
}

static int
read_value(struct machine *m)
{
	uint8_t *bytes = NULL;
	size_t size;
	int value = 0;

	if (store_sqlite_setting_get(m->store, "value", &bytes, &size) ==
		STATUS_OK)
		memcpy(&value, bytes, sizeof value);
	free(bytes);
	return value;
}

static void
come_up_again(struct machine *m)
{
	store_sqlite_close(m->store);
	disk_restart(m->disk);
	disk_mend(m->disk);
	open_store(m);
}

/* Killed at each call of a commit, come up, read; then the power goes. */
static void
keeps_what_was_read_after_a_kill_when_the_power_goes_then(void **state)
{
	struct machine *m = *state;
	int seen = 0, resurrected = 0;

	for (uint32_t nth = 1; nth < 40; nth++) {
		int value = (int)nth;
		bool committed;

		disk_die(m->disk, nth);
		committed = write_value(m, value);
		if (!disk_dead(m->disk))
			disk_kill(m->disk);
		come_up_again(m);
		seen = read_value(m);
		if (committed)
			assert_int_equal(seen, value);
		resurrected += !committed && seen == value;

		disk_cut_power(m->disk, &m->random);
		come_up_again(m);
		assert_int_equal(read_value(m), seen);
	}
	/* Written, not synced, and found by the one that came up. */
	assert_true(resurrected > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			keeps_what_was_read_after_a_kill_when_the_power_goes_then,
			build, scrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
