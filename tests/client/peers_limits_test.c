/* client/node/peers_limits: every limit, as `hub status` shows it. */

#include "client/node/peers_limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/peers_inside.h"

static struct peers peers;

static int
listen_to_nobody(void **state)
{
	(void)state;
	peers = (struct peers){.descriptors = 1000,
		.strangers_max = 250,
		.sessions_max = 700,
		.sessions = 3,
		.full = 2,
		.replaced = 1,
		.limits = limits_new(250)};
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	limits_free(peers.limits);
	return 0;
}

/* The entry of that name, of which there is one. */
static const json_t *
find(const json_t *list, const char *name)
{
	const json_t *entry, *found = NULL;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		if (strcmp(json_string_value(json_object_get(entry, "limit")),
			    name) != 0)
			continue;
		assert_null(found);
		found = entry;
	}
	assert_non_null(found);
	return found;
}

static int64_t
most(const json_t *list, const char *name)
{
	return json_integer_value(json_object_get(find(list, name), "most"));
}

static void
tells_every_limit_that_holds(void **state)
{
	json_t *list = peers_limits_json(NULL), *entry;
	size_t i;

	(void)state;
	assert_int_equal(most(list, "handshakes"), LIMITS_HANDSHAKES);
	assert_int_equal(most(list, "handshake_ms"), LIMITS_HANDSHAKE_MS);
	assert_int_equal(most(list, "wait_ms"), LIMITS_WAIT_MS);
	assert_int_equal(most(list, "idle_ms"), LINK_IDLE_MS);
	assert_int_equal(most(list, "unread_bytes"), LINK_OUTBOUND_MAX);
	assert_int_equal(
		most(list, "unread_bytes_of_all"), LINK_OUTBOUND_ALL_MAX);
	assert_int_equal(
		most(list, "pushed_mb_of_device"), LIMITS_DEVICE_DAY_MB);
	json_array_foreach(list, i, entry)
	{
		const char *name =
			json_string_value(json_object_get(entry, "limit"));

		assert_ptr_equal(find(list, name), entry);
		assert_true(
			json_integer_value(json_object_get(entry, "most")) > 0);
		assert_true(
			*json_string_value(json_object_get(entry, "label")));
		/* Nobody listens: nothing is used. */
		assert_true(json_is_null(json_object_get(entry, "now")));
	}
	json_decref(list);
}

static void
tells_how_far_they_are_used_while_it_listens(void **state)
{
	uint8_t address[LIMITS_ADDRESS_SIZE] = {1};
	struct stranger one = {0}, two = {0};
	json_t *list;

	(void)state;
	assert_null(limits_arrived(peers.limits, &one, &one, address, 1000));
	assert_null(limits_arrived(peers.limits, &two, &two, address, 1000));
	limits_knocked(peers.limits, &two);
	list = peers_limits_json(&peers);
	assert_int_equal(most(list, "descriptors"), 1000);
	assert_int_equal(most(list, "sessions"), 700);
	assert_int_equal(json_integer_value(json_object_get(
				 find(list, "sessions"), "now")),
		3);
	assert_int_equal(json_integer_value(json_object_get(
				 find(list, "strangers"), "now")),
		2);
	assert_int_equal(json_integer_value(json_object_get(
				 find(list, "handshakes"), "now")),
		0);
	json_decref(list);
	assert_ptr_equal(limits_next(peers.limits, 1000), &two);
	list = peers_limits_json(&peers);
	assert_int_equal(json_integer_value(json_object_get(
				 find(list, "handshakes"), "now")),
		1);
	json_decref(list);
	limits_left(peers.limits, &one, 1000);
	limits_left(peers.limits, &two, 1000);
}

static int64_t
count_of(const struct peers *of, const char *name)
{
	json_t *counts = peers_counts_json(of);
	int64_t count = json_integer_value(json_object_get(counts, name));

	json_decref(counts);
	return count;
}

static void
counts_who_came_and_who_was_turned_away_for_want_of_room(void **state)
{
	uint8_t address[LIMITS_ADDRESS_SIZE] = {1};
	struct stranger one = {0};

	(void)state;
	assert_int_equal(count_of(&peers, "arrived"), 0);
	assert_null(limits_arrived(peers.limits, &one, &one, address, 1000));
	limits_left(peers.limits, &one, 1000);
	assert_int_equal(count_of(&peers, "arrived"), 1);
	assert_int_equal(count_of(&peers, "turned_away"), 2);
	assert_int_equal(count_of(&peers, "replaced"), 1);
	assert_int_equal(count_of(NULL, "arrived"), 0);
}

#define LISTENING(name)                                                        \
	cmocka_unit_test_setup_teardown(name, listen_to_nobody, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_every_limit_that_holds),
		LISTENING(tells_how_far_they_are_used_while_it_listens),
		LISTENING(
			counts_who_came_and_who_was_turned_away_for_want_of_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
