#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "replica.h"
#include "sync/merge.h"

enum { LOGS = 4 };

static const struct pack_view none = {NULL, 0};
static struct merge_log list[LOGS];
static const struct merge_logs logs = {list, LOGS};
static struct record record;

/* A change of log `log`; `seen` holds what it knew of all four. */
struct author {
	uint32_t log;
	int64_t seq;
	int64_t seen[LOGS];
};

static int
begin(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < LOGS; i++) {
		memset(list[i].id, 'A' + (int)i, LOG_BYTES);
		list[i].rank = RANK_REP;
	}
	record_reset(&record, T_ACCOUNT, replica_id('x'), ID_BYTES);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	record_clear(&record);
	return 0;
}

static bool
apply(struct record *to, struct author author, enum operation_kind kind,
	uint32_t field, const char *text, int64_t time)
{
	struct write_operation asked =
		replica_text(kind, T_ACCOUNT, 'x', field, text);
	struct operation o = {asked.type, asked.id, asked.id_size, field, kind,
		time, asked.value};
	struct merge_change change = {.log = author.log,
		.seq = author.seq,
		.rank = list[author.log].rank,
		.knowledge = {author.seen, LOGS, NULL, 0}};

	author.seen[author.log] = author.seq - 1;
	return merge_operation(to, &change, &o);
}

static const struct reg *
reg_of(uint32_t field, enum schema_kind kind)
{
	merge_sort_record(&replica_schema, &logs, &record);
	return record_find(&record, field, kind, none);
}

static struct conflict
only_conflict(void)
{
	struct shown shown = {.arena = &record.arena};

	merge_sort_record(&replica_schema, &logs, &record);
	merge_show(&shown, &replica_schema, &logs, &record, NULL, 0);
	assert_int_equal(shown.conflict_count, 1);
	return shown.conflicts[0];
}

static void
a_write_that_saw_a_value_replaces_it(void **state)
{
	(void)state;
	(void)apply(&record, (struct author){0, 1, {0}}, OPERATION_PUT, F_NAME,
		"a", 9);
	(void)apply(&record, (struct author){1, 1, {1}}, OPERATION_PUT, F_NAME,
		"b", 5);
	assert_int_equal(reg_of(F_NAME, KIND_PUT)->version_count, 1);
	assert_int_equal(reg_of(F_NAME, KIND_PUT)->versions[0].log, 1);
}

static void
a_write_of_another_field_replaces_nothing(void **state)
{
	(void)state;
	(void)apply(&record, (struct author){0, 1, {0}}, OPERATION_PUT, F_NAME,
		"a", 9);
	(void)apply(&record, (struct author){1, 1, {1}}, OPERATION_PUT, F_LEGAL,
		"b", 5);
	assert_int_equal(reg_of(F_NAME, KIND_PUT)->version_count, 1);
}

static void
a_tie_of_clocks_goes_to_the_greater_log(void **state)
{
	(void)state;
	(void)apply(&record, (struct author){2, 1, {0}}, OPERATION_PUT, F_NAME,
		"c", 5);
	(void)apply(&record, (struct author){1, 1, {0}}, OPERATION_PUT, F_NAME,
		"b", 5);
	assert_int_equal(reg_of(F_NAME, KIND_PUT)->versions[0].log, 2);
	memset(list[1].id, 'Z', LOG_BYTES);
	assert_int_equal(reg_of(F_NAME, KIND_PUT)->versions[0].log, 1);
}

static void
sorts_many_siblings_the_same_from_any_order(void **state)
{
	(void)state;
	for (int64_t seq = 1; seq <= 200; seq++) {
		struct version version = {.log = (uint32_t)(seq % LOGS),
			.seq = seq,
			.time = seq * 7919 % 101,
			.value = none};

		version.value =
			replica_text(OPERATION_PUT, T_ACCOUNT, 'x', F_NAME, "v")
				.value;
		(void)reg_add(&record,
			record_reg(&record, F_NAME, KIND_PUT, none), &version);
	}
	for (uint32_t i = 1; i < 200; i++) {
		const struct version *v =
			&reg_of(F_NAME, KIND_PUT)->versions[i];

		assert_true(v[-1].time > v->time ||
			(v[-1].time == v->time && v[-1].log > v->log) ||
			(v[-1].time == v->time && v[-1].log == v->log &&
				v[-1].seq > v->seq));
	}
}

static void
head_office_is_shown_before_a_rep_who_is_later(void **state)
{
	(void)state;
	list[2].rank = RANK_HQ;
	(void)apply(&record, (struct author){2, 1, {0}}, OPERATION_PUT, F_OWNER,
		"hq", 1);
	(void)apply(&record, (struct author){1, 1, {0}}, OPERATION_PUT, F_OWNER,
		"rep", 5);
	assert_int_equal(reg_of(F_OWNER, KIND_PUT)->versions[0].log, 2);
}

static void
a_rank_too_low_counts_for_nothing(void **state)
{
	(void)state;
	assert_false(apply(&record, (struct author){0, 1, {0}}, OPERATION_PUT,
		F_TIER, "key", 1));
	list[0].rank = RANK_MANAGER;
	assert_true(apply(&record, (struct author){0, 2, {0}}, OPERATION_PUT,
		F_TIER, "key", 1));
}

static void
a_pick_between_two_firsts_counts_and_one_over_it_does_not(void **state)
{
	(void)state;
	assert_true(apply(&record, (struct author){0, 1, {0}}, OPERATION_INIT,
		F_SOURCE, "u", 1));
	assert_true(apply(&record, (struct author){1, 1, {0}}, OPERATION_INIT,
		F_SOURCE, "w", 2));
	assert_int_equal(reg_of(F_SOURCE, KIND_ONCE)->versions[0].log, 0);
	assert_true(apply(&record, (struct author){2, 1, {1, 1}},
		OPERATION_INIT, F_SOURCE, "w", 3));
	assert_false(apply(&record, (struct author){3, 1, {1}}, OPERATION_INIT,
		F_SOURCE, "q", 4));
	assert_false(apply(&record, (struct author){3, 2, {1, 1, 1}},
		OPERATION_INIT, F_SOURCE, "q", 5));
	assert_int_equal(reg_of(F_SOURCE, KIND_ONCE)->version_count, 1);
}

static void
an_element_added_again_unseen_survives_its_removal(void **state)
{
	struct pack_view element =
		replica_text(OPERATION_ADD, T_ACCOUNT, 'x', F_PHONES, "1")
			.value;

	(void)state;
	(void)apply(&record, (struct author){0, 1, {0}}, OPERATION_ADD,
		F_PHONES, "1", 1);
	(void)apply(&record, (struct author){1, 1, {0}}, OPERATION_ADD,
		F_PHONES, "1", 2);
	(void)apply(&record, (struct author){2, 1, {1}}, OPERATION_DEL,
		F_PHONES, "1", 3);
	assert_int_equal(record_find(&record, F_PHONES, KIND_SET, element)
				 ->version_count,
		1);
}

static void
equal_siblings_are_no_conflict(void **state)
{
	struct shown shown = {.arena = &record.arena};

	(void)state;
	(void)apply(&record, (struct author){0, 1, {0}}, OPERATION_PUT, F_LEGAL,
		"a", 1);
	(void)apply(&record, (struct author){1, 1, {0}}, OPERATION_PUT, F_LEGAL,
		"a", 2);
	merge_show(&shown, &replica_schema, &logs, &record, NULL, 0);
	assert_int_equal(shown.conflict_count, 0);
	assert_int_equal(reg_of(F_LEGAL, KIND_PUT)->version_count, 2);
}

static void
a_conflict_is_another_one_when_a_sibling_comes(void **state)
{
	struct conflict two, three;

	(void)state;
	(void)apply(&record, (struct author){0, 1, {0}}, OPERATION_PUT, F_LEGAL,
		"a", 1);
	(void)apply(&record, (struct author){1, 1, {0}}, OPERATION_PUT, F_LEGAL,
		"b", 2);
	two = only_conflict();
	assert_true(two.undecided);
	assert_memory_equal(two.id, only_conflict().id, CONFLICT_ID_BYTES);
	(void)apply(&record, (struct author){2, 1, {0}}, OPERATION_PUT, F_LEGAL,
		"b", 3);
	three = only_conflict();
	assert_memory_not_equal(two.id, three.id, CONFLICT_ID_BYTES);
}

static void
digest_of(struct record *r, uint8_t *out)
{
	struct merge_digest *digest = merge_digest_new();

	merge_digest_add(digest, &logs, r);
	merge_digest_end(digest, out);
}

static void
the_digest_does_not_know_in_which_order_things_came(void **state)
{
	struct record other = {0};
	uint8_t x[32], y[32];

	(void)state;
	record_reset(&other, T_ACCOUNT, replica_id('x'), ID_BYTES);
	for (uint32_t i = 0; i < LOGS; i++) {
		struct author author = {i, 1, {0}};
		struct author reverse = {LOGS - 1 - i, 1, {0}};

		(void)apply(&record, author, OPERATION_PUT, F_NAME, "v", 1);
		(void)apply(&other, reverse, OPERATION_PUT, F_NAME, "v", 1);
	}
	digest_of(&record, x);
	digest_of(&other, y);
	assert_memory_equal(x, y, sizeof x);
	/* A removal of what is not there leaves no trace in it. */
	(void)apply(&other, (struct author){0, 2, {0}}, OPERATION_DEL, F_PHONES,
		"1", 1);
	digest_of(&other, y);
	assert_memory_equal(x, y, sizeof x);
	(void)apply(&other, (struct author){0, 3, {0}}, OPERATION_PUT, F_NAME,
		"v", 2);
	digest_of(&other, y);
	assert_memory_not_equal(x, y, sizeof x);
	record_clear(&other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_write_that_saw_a_value_replaces_it),
		TEST(a_write_of_another_field_replaces_nothing),
		TEST(a_tie_of_clocks_goes_to_the_greater_log),
		TEST(sorts_many_siblings_the_same_from_any_order),
		TEST(head_office_is_shown_before_a_rep_who_is_later),
		TEST(a_rank_too_low_counts_for_nothing),
		TEST(a_pick_between_two_firsts_counts_and_one_over_it_does_not),
		TEST(an_element_added_again_unseen_survives_its_removal),
		TEST(equal_siblings_are_no_conflict),
		TEST(a_conflict_is_another_one_when_a_sibling_comes),
		TEST(the_digest_does_not_know_in_which_order_things_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
