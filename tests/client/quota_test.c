/* client/node/hub/quota: what a device may push in a day. */

#include "client/node/hub/quota.h"

#include "sync/limits.h"
#include "tests/client/office.h"

enum { MEGABYTE = 1000 * 1000 };

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define TODAY (20000 * DAY_MS)

struct desk {
	struct office office;
	struct node *hub;
	const uint8_t *device, *other;
	struct quota *quota;
};

static int
open_desk(void **state)
{
	struct desk *d = calloc(1, sizeof *d);

	assert_non_null(d);
	office_open(&d->office);
	d->hub = d->office.hub;
	d->device = office_device(&d->office, "rep")->device;
	d->other = office_device(&d->office, "rep")->device;
	d->quota = quota_new();
	*state = d;
	return 0;
}

static int
close_desk(void **state)
{
	struct desk *d = *state;

	quota_free(d->quota);
	office_close(&d->office);
	free(d);
	return 0;
}

static void
set(struct desk *d, uint64_t megabytes)
{
	struct problem problem = {0};

	office_good(quota_set(d->quota, d->hub, d->device, megabytes, &problem),
		&problem);
}

static bool
take(struct desk *d, uint64_t size, int64_t now_ms)
{
	return quota_take(d->quota, d->hub, d->device, size, now_ms);
}

/* Written, and read by a hub that was started anew. */
static void
start_again(struct desk *d)
{
	struct problem problem = {0};

	office_good(node_begin(d->hub, &problem), &problem);
	assert_int_equal(quota_write(d->quota, d->hub), STATUS_OK);
	office_good(node_commit(d->hub, &problem), &problem);
	assert_false(quota_changed(d->quota));
	quota_free(d->quota);
	d->quota = quota_new();
}

static void
lets_in_to_the_last_byte_and_not_one_more(void **state)
{
	struct desk *d = *state;

	set(d, 1);
	assert_true(take(d, MEGABYTE - 1, TODAY));
	assert_false(take(d, 2, TODAY));
	/* What was refused is not counted. */
	assert_true(take(d, 1, TODAY));
	assert_false(take(d, 1, TODAY));
}

static void
every_device_may_push_the_same_unless_it_is_told_otherwise(void **state)
{
	struct desk *d = *state;
	uint64_t all = (uint64_t)LIMITS_DEVICE_DAY_MB * MEGABYTE;

	assert_true(take(d, all, TODAY));
	assert_false(take(d, 1, TODAY));
	set(d, LIMITS_DEVICE_DAY_MB + 1);
	assert_true(take(d, MEGABYTE, TODAY));
	/* 0: as any other again. */
	set(d, 0);
	assert_false(take(d, 1, TODAY));
}

static void
one_devices_pushing_is_not_anothers(void **state)
{
	struct desk *d = *state;

	set(d, 1);
	assert_true(take(d, MEGABYTE, TODAY));
	assert_true(quota_take(d->quota, d->hub, d->other, MEGABYTE, TODAY));
	assert_true(quota_take(d->quota, d->hub, d->other, MEGABYTE, TODAY));
}

static void
a_day_begins_at_midnight_utc(void **state)
{
	struct desk *d = *state;

	set(d, 1);
	assert_true(take(d, MEGABYTE, TODAY));
	assert_false(take(d, 1, TODAY + DAY_MS - 1));
	assert_true(take(d, MEGABYTE, TODAY + DAY_MS));
	assert_false(take(d, 1, TODAY + DAY_MS));
}

static void
what_was_written_counts_after_a_start(void **state)
{
	struct desk *d = *state;

	set(d, 1);
	assert_true(take(d, MEGABYTE - 5, TODAY));
	assert_true(quota_changed(d->quota));
	start_again(d);
	assert_false(take(d, 6, TODAY));
	assert_true(take(d, 5, TODAY));
	/* What was not written is forgotten, and never holds anybody up. */
	quota_free(d->quota);
	d->quota = quota_new();
	assert_true(take(d, 5, TODAY));
}

static void
a_figure_that_is_set_while_nobody_serves_is_kept(void **state)
{
	struct desk *d = *state;
	struct problem problem = {0};

	office_good(quota_set(NULL, d->hub, d->device, 2, &problem), &problem);
	assert_true(take(d, 2 * MEGABYTE, TODAY));
	assert_false(take(d, 1, TODAY));
}

static void
the_list_names_who_pushed_today_or_has_a_figure(void **state)
{
	struct desk *d = *state;
	json_t *list = quota_json(d->hub, TODAY), *entry;

	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	set(d, 3);
	assert_true(take(d, 7, TODAY));
	assert_true(quota_take(d->quota, d->hub, d->other, 9, TODAY));
	start_again(d);
	list = quota_json(d->hub, TODAY);
	assert_int_equal(json_array_size(list), 2);
	entry = json_array_get(list, 0); /* who pushed most */
	assert_string_equal(
		json_string_value(json_object_get(entry, "user")), "rep2");
	assert_int_equal(
		json_integer_value(json_object_get(entry, "pushed_bytes")), 9);
	entry = json_array_get(list, 1);
	assert_int_equal(
		json_integer_value(json_object_get(entry, "allowed_bytes")),
		3 * MEGABYTE);
	json_decref(list);
	list = quota_json(d->hub, TODAY + DAY_MS);
	assert_int_equal(json_array_size(list), 1);
	assert_int_equal(json_integer_value(json_object_get(
				 json_array_get(list, 0), "pushed_bytes")),
		0);
	json_decref(list);
}

#define AT_A_HUB(name)                                                         \
	cmocka_unit_test_setup_teardown(name, open_desk, close_desk)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		AT_A_HUB(lets_in_to_the_last_byte_and_not_one_more),
		AT_A_HUB(
			every_device_may_push_the_same_unless_it_is_told_otherwise),
		AT_A_HUB(one_devices_pushing_is_not_anothers),
		AT_A_HUB(a_day_begins_at_midnight_utc),
		AT_A_HUB(what_was_written_counts_after_a_start),
		AT_A_HUB(a_figure_that_is_set_while_nobody_serves_is_kept),
		AT_A_HUB(the_list_names_who_pushed_today_or_has_a_figure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
