#include "client/node/entered.h"

#include "proto/schema_roadbook.h"
#include "tests/client/office.h"

/*
 * When a visit was written down: what its author's clock claims, what others'
 * prove, and what is this node's own. Two reps at one office; the clocks of
 * their changes are handed in, those of the directory and of receipts run.
 */

#define DAY INT64_C(86400000)

struct desk {
	struct office office;
	struct node *rep1, *rep2;
	uint8_t linxi[ID_BYTES];
	int64_t now;  /* later than what the directory says */
	int64_t told; /* that a hub told who writes next; 0: nothing */
};

static int
open_desk(void **state)
{
	struct desk *d = calloc(1, sizeof *d);

	assert_non_null(d);
	office_open(&d->office);
	d->rep1 = office_device(&d->office, "rep");
	d->rep2 = office_device(&d->office, "rep");
	office_carry(d->office.hub, d->rep1);
	memcpy(d->linxi,
		policy_territory_path(d->office.hub->policy, "east/linxi")->id,
		ID_BYTES);
	d->now = node_now_ms() + DAY;
	*state = d;
	return 0;
}

static int
close_desk(void **state)
{
	struct desk *d = *state;

	office_close(&d->office);
	free(d);
	return 0;
}

/* One text field of a record, written when the clock says `at`. */
static void
write_field(struct desk *d, struct node *node, uint32_t type, uint8_t record,
	uint32_t field, const char *text, int64_t at)
{
	struct problem problem = {0};
	uint8_t log[LOG_BYTES], id[ID_BYTES] = {record}, bytes[64];
	struct territory *t = node_territory(node, d->linxi, true);
	struct pack pack;
	struct write_operation operation = {.type = type,
		.id = id,
		.id_size = ID_BYTES,
		.field = field,
		.kind = OPERATION_PUT,
		.time = -1};
	struct write write = {.log = log,
		.at = at,
		.offset = 480,
		.operations = &operation,
		.operation_count = 1,
		.told_ms = d->told};
	int64_t seq;
	size_t refused;

	memcpy(log, node->device, ID_BYTES);
	assert_int_not_equal(policy_write_grant(node->policy, node->user,
				     d->linxi, log + ID_BYTES),
		RANK_NONE);
	pack_init(&pack, bytes, sizeof bytes);
	pack_text(&pack, text);
	operation.value = (struct pack_view){bytes, pack.size};
	office_good(node_begin(node, &problem), &problem);
	assert_int_equal(territory_write(t, &write, &seq, &refused), STATUS_OK);
	assert_int_not_equal(seq, 0);
	office_good(node_commit(node, &problem), &problem);
}

enum { VISIT = 7, GOAL = 49 };

static void
write_visit(struct desk *d, struct node *node, int64_t at)
{
	write_field(
		d, node, TYPE_VISIT, VISIT, VISIT_VISITED_ON, "2026-11-02", at);
}

/* Anything else, so that it can have been seen. */
static void
write_other(struct desk *d, struct node *node, uint8_t record, int64_t at)
{
	write_field(d, node, TYPE_INTEL + 200, record, 5, "x", at);
}

/* All that one has goes to the other, and on over the hub. */
static void
carry(struct desk *d, struct node *from, struct node *to)
{
	office_carry(from, d->office.hub);
	office_carry(d->office.hub, to);
}

static struct entered
entered_of(struct desk *d, struct node *node, struct entered_list *list)
{
	uint8_t id[ID_BYTES] = {VISIT};
	const struct entered *found;

	*list = (struct entered_list){0};
	assert_true(entered_load(
		node, node_territory(node, d->linxi, true), NULL, list));
	found = entered_find(list, id);
	assert_non_null(found);
	return *found;
}

static json_t *
json_of(struct desk *d, struct node *node)
{
	struct entered_list list;
	struct entered e = entered_of(d, node, &list);
	json_t *json = entered_json(node, &e);

	entered_clear(&list);
	return json;
}

static void
is_not_before_device_and_grant(void **state)
{
	struct desk *d = *state;
	struct entered_list list;
	struct entered e;

	write_visit(d, d->rep1, d->now - 30 * DAY);
	e = entered_of(d, d->rep1, &list);
	assert_int_equal(e.at_ms, d->now - 30 * DAY);
	assert_null(e.after.log); /* by the hub's clock */
	assert_true(e.after.at_ms > e.at_ms && e.after.at_ms < d->now);
	assert_int_equal(e.before.at_ms, 0);
	assert_memory_equal(e.log, d->rep1->device, ID_BYTES);
	entered_clear(&list);
}

static void
is_not_before_what_its_author_had_seen_of_others(void **state)
{
	struct desk *d = *state;
	struct entered_list list;
	struct entered e;

	write_other(d, d->rep2, 1, d->now + 5 * DAY);
	write_other(d, d->rep2, 2, d->now + 3 * DAY);
	carry(d, d->rep2, d->rep1);
	write_visit(d, d->rep1, d->now);
	/* What came after it says nothing. */
	write_other(d, d->rep2, 3, d->now + 9 * DAY);
	carry(d, d->rep2, d->rep1);
	e = entered_of(d, d->rep1, &list);
	assert_int_equal(e.after.at_ms, d->now + 5 * DAY);
	assert_memory_equal(e.after.log, d->rep2->device, ID_BYTES);
	entered_clear(&list);
}

static void
is_not_before_what_the_hub_had_told_its_author(void **state)
{
	struct desk *d = *state;
	struct entered_list list;
	struct entered e;

	/* Said once is enough, and it is no colleague's clock. */
	d->told = d->now + 5 * DAY;
	write_other(d, d->rep1, 1, d->now);
	write_visit(d, d->rep1, d->now);
	/* What was told after it says nothing. */
	d->told = d->now + 9 * DAY;
	write_field(d, d->rep1, TYPE_VISIT, VISIT, GOAL, "x", d->now);
	carry(d, d->rep1, d->rep2);
	e = entered_of(d, d->rep2, &list);
	assert_int_equal(e.after.at_ms, d->now + 5 * DAY);
	assert_true(e.after.told);
	assert_null(e.after.log);
	/* A clock that is behind what one was told was set back. */
	assert_int_equal(e.back_ms, 5 * DAY);
	entered_clear(&list);
}

static void
is_not_after_what_others_wrote_who_had_seen_it(void **state)
{
	struct desk *d = *state;
	struct entered_list list;
	struct entered e;

	write_visit(d, d->rep1, d->now);
	/* Not seen yet. */
	write_other(d, d->rep2, 1, d->now + 2 * DAY);
	carry(d, d->rep1, d->rep2);
	write_other(d, d->rep2, 2, d->now + 8 * DAY);
	write_other(d, d->rep2, 3, d->now + 6 * DAY);
	carry(d, d->rep2, d->rep1);
	e = entered_of(d, d->rep1, &list);
	assert_int_equal(e.before.at_ms, d->now + 6 * DAY);
	assert_memory_equal(e.before.log, d->rep2->device, ID_BYTES);
	entered_clear(&list);
}

static void
proves_nothing_by_its_authors_own_clock_but_sees_it_go_back(void **state)
{
	struct desk *d = *state;
	struct entered_list list;
	struct entered e;

	write_other(d, d->rep1, 1, d->now + 4 * DAY);
	write_visit(d, d->rep1, d->now);
	e = entered_of(d, d->rep1, &list);
	assert_null(e.after.log);
	assert_true(e.after.at_ms < d->now);
	assert_int_equal(e.back_ms, 4 * DAY);
	entered_clear(&list);
}

static void
does_not_mind_a_clock_that_is_put_right(void **state)
{
	struct desk *d = *state;
	struct entered_list list;
	struct entered e;

	write_other(d, d->rep1, 1, d->now + ENTERED_BACK_MS);
	write_visit(d, d->rep1, d->now);
	e = entered_of(d, d->rep1, &list);
	assert_int_equal(e.back_ms, 0);
	entered_clear(&list);
}

static void
counts_from_the_day_being_written_and_not_from_the_plan(void **state)
{
	struct desk *d = *state;
	struct entered_list list;
	struct entered e;

	write_field(d, d->rep1, TYPE_VISIT, VISIT, GOAL, "plan", d->now);
	write_visit(d, d->rep1, d->now + 6 * DAY);
	/* Said again later: the first time counts. */
	write_field(d, d->rep1, TYPE_VISIT, VISIT, VISIT_VISITED_ON,
		"2026-11-03", d->now + 7 * DAY);
	e = entered_of(d, d->rep1, &list);
	assert_int_equal(e.at_ms, d->now + 6 * DAY);
	assert_int_equal(e.seq, 2);
	assert_int_equal(e.late_edits, 0);
	entered_clear(&list);
}

static void
takes_what_had_seen_no_other_for_the_first_whatever_clocks_say(void **state)
{
	struct desk *d = *state;
	struct entered_list list;
	struct entered e;

	/* rep2 corrects, by a clock that is a month behind. */
	write_visit(d, d->rep1, d->now);
	carry(d, d->rep1, d->rep2);
	write_field(d, d->rep2, TYPE_VISIT, VISIT, VISIT_VISITED_ON,
		"2026-11-05", d->now - 30 * DAY);
	carry(d, d->rep2, d->rep1);
	for (int i = 0; i < 2; i++) {
		e = entered_of(d, i ? d->rep2 : d->rep1, &list);
		assert_int_equal(e.at_ms, d->now);
		assert_memory_equal(e.log, d->rep1->device, ID_BYTES);
		entered_clear(&list);
	}
}

static void
counts_what_the_same_person_changed_two_days_later(void **state)
{
	struct desk *d = *state;
	struct entered_list list;
	struct entered e;

	write_visit(d, d->rep1, d->now);
	write_field(d, d->rep1, TYPE_VISIT, VISIT, GOAL, "in time",
		d->now + ENTERED_EDIT_MS);
	write_field(d, d->rep1, TYPE_VISIT, VISIT, GOAL, "late",
		d->now + ENTERED_EDIT_MS + 1);
	carry(d, d->rep1, d->rep2);
	/* A colleague's is not theirs to answer for. */
	write_field(d, d->rep2, TYPE_VISIT, VISIT, GOAL, "other",
		d->now + 20 * DAY);
	carry(d, d->rep2, d->rep1);
	e = entered_of(d, d->rep1, &list);
	assert_int_equal(e.late_edits, 1);
	assert_int_equal(e.last_edit_ms, d->now + ENTERED_EDIT_MS + 1);
	entered_clear(&list);
}

static void
is_told_alike_by_all_but_for_what_is_their_own(void **state)
{
	struct desk *d = *state;
	json_t *told[3], *here[3];

	write_other(d, d->rep2, 1, d->now + DAY);
	carry(d, d->rep2, d->rep1);
	write_visit(d, d->rep1, d->now);
	carry(d, d->rep1, d->rep2);
	write_other(d, d->rep2, 2, d->now + 2 * DAY);
	carry(d, d->rep2, d->rep1);
	told[0] = json_of(d, d->rep1);
	told[1] = json_of(d, d->rep2);
	told[2] = json_of(d, d->office.hub);
	for (int i = 0; i < 3; i++) {
		here[i] = json_incref(json_object_get(told[i], "here"));
		assert_true(json_is_object(here[i]));
		json_object_del(told[i], "here");
		assert_true(json_equal(told[0], told[i]));
	}
	assert_string_equal(
		json_string_value(json_object_get(here[0], "how")), "written");
	assert_string_equal(
		json_string_value(json_object_get(here[1], "how")), "received");
	assert_string_equal(
		json_string_value(json_object_get(here[2], "node")), "hub");
	for (int i = 0; i < 3; i++) {
		json_decref(told[i]);
		json_decref(here[i]);
	}
}

static void
knows_its_own_receipt_once_it_is_sealed_and_after_a_rebuild(void **state)
{
	struct desk *d = *state;
	struct problem problem = {0};
	struct entered_list list;
	struct entered e;
	int64_t before = node_now_ms(), received;

	write_visit(d, d->rep1, d->now);
	e = entered_of(d, d->rep1, &list);
	assert_int_equal(e.here_ms, 0); /* pending */
	entered_clear(&list);
	carry(d, d->rep1, d->rep2);
	e = entered_of(d, d->rep1, &list);
	assert_true(e.own);
	assert_true(e.here_ms >= before && e.here_ms <= node_now_ms());
	entered_clear(&list);
	e = entered_of(d, d->rep2, &list);
	assert_false(e.own);
	received = e.here_ms;
	assert_true(received >= before);
	entered_clear(&list);
	office_good(node_rebuild(d->rep2, &problem), &problem);
	e = entered_of(d, d->rep2, &list);
	assert_int_equal(e.here_ms, received);
	entered_clear(&list);
}

static void
knows_of_no_receipt_in_a_folder_from_before_there_were_any(void **state)
{
	struct desk *d = *state;
	struct problem problem = {0};
	struct entered_list list;
	struct entered e;
	char *dir = strdup(d->rep2->dir);

	write_visit(d, d->rep1, d->now);
	carry(d, d->rep1, d->rep2);
	assert_int_equal(sqlite3_exec(store_sqlite_handle(d->rep2->store),
				 "DROP TABLE _receipt", NULL, NULL, NULL),
		SQLITE_OK);
	node_close(d->rep2);
	office_good(node_open(&d->rep2, dir, 0, &problem), &problem);
	d->office.devices[1] = d->rep2;
	free(dir);
	e = entered_of(d, d->rep2, &list);
	assert_int_equal(e.here_ms, 0);
	entered_clear(&list);
	/* What comes now is noted, and says nothing of what was before. */
	write_field(d, d->rep1, TYPE_VISIT, VISIT, GOAL, "x", d->now + 1);
	carry(d, d->rep1, d->rep2);
	e = entered_of(d, d->rep2, &list);
	assert_int_equal(e.here_ms, 0);
	entered_clear(&list);
}

static void
forgets_receipts_with_the_territory(void **state)
{
	struct desk *d = *state;
	struct problem problem = {0};
	struct store *store = d->rep2->store;
	struct territory *t = node_territory(d->rep2, d->linxi, true);
	int64_t at;

	write_visit(d, d->rep1, d->now);
	carry(d, d->rep1, d->rep2);
	assert_int_equal(
		store_sqlite_receipt(store, territory_number(t), 0, 1, &at),
		STATUS_OK);
	office_good(node_begin(d->rep2, &problem), &problem);
	assert_int_equal(store->territory_drop(store->self, territory_number(t),
				 d->rep2->device),
		STATUS_OK);
	assert_int_equal(
		store_sqlite_receipt(store, territory_number(t), 0, 1, &at),
		STATUS_ABSENT);
	node_rollback(d->rep2);
}

#define AT_A_DESK(name)                                                        \
	cmocka_unit_test_setup_teardown(name, open_desk, close_desk)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		AT_A_DESK(is_not_before_device_and_grant),
		AT_A_DESK(is_not_before_what_its_author_had_seen_of_others),
		AT_A_DESK(is_not_before_what_the_hub_had_told_its_author),
		AT_A_DESK(is_not_after_what_others_wrote_who_had_seen_it),
		AT_A_DESK(
			proves_nothing_by_its_authors_own_clock_but_sees_it_go_back),
		AT_A_DESK(does_not_mind_a_clock_that_is_put_right),
		AT_A_DESK(
			counts_from_the_day_being_written_and_not_from_the_plan),
		AT_A_DESK(
			takes_what_had_seen_no_other_for_the_first_whatever_clocks_say),
		AT_A_DESK(counts_what_the_same_person_changed_two_days_later),
		AT_A_DESK(is_told_alike_by_all_but_for_what_is_their_own),
		AT_A_DESK(
			knows_its_own_receipt_once_it_is_sealed_and_after_a_rebuild),
		AT_A_DESK(
			knows_of_no_receipt_in_a_folder_from_before_there_were_any),
		AT_A_DESK(forgets_receipts_with_the_territory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
