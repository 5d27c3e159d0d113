#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "memory_store.h"
#include "replica.h"

static struct replica a, b;

static int
open_two(void **state)
{
	(void)state;
	replica_open(&a, &replica_schema);
	replica_open(&b, &replica_schema);
	return 0;
}

static int
close_two(void **state)
{
	(void)state;
	replica_close(&a);
	replica_close(&b);
	return 0;
}

static struct write_operation
put(char id, uint32_t field, const char *text)
{
	return replica_text(OPERATION_PUT, T_ACCOUNT, id, field, text);
}

static struct write_operation
archive(char id, bool on)
{
	return replica_mark(T_ACCOUNT, id, SCHEMA_ARCHIVED, on);
}

static void
exchange(void)
{
	replica_seal(&a, "A");
	replica_seal(&b, "B");
	(void)replica_send(&a, &b);
	(void)replica_send(&b, &a);
}

static enum status
only_mind_context(
	void *self, const struct change *change, const struct knowledge *knew)
{
	int64_t *seen = self;

	(void)change;
	for (uint32_t i = 0; i < knew->seen_count; i++)
		seen[i] = knew->seen[i];
	return STATUS_OK;
}

static void
replicas_that_exchange_end_up_equal(void **state)
{
	uint8_t x[DIGEST_BYTES], y[DIGEST_BYTES];

	(void)state;
	(void)replica_write(&a, 'A', put('x', F_NAME, "one"));
	(void)replica_write(&b, 'B', put('x', F_NAME, "two"));
	(void)replica_write(&b, 'B', put('y', F_LEGAL, "three"));
	assert_false(replica_equal(&a, &b));
	exchange();

	assert_true(replica_equal(&a, &b));
	assert_int_equal(replica_siblings(&a, T_ACCOUNT, 'x', F_NAME), 2);
	territory_compare_digest(a.territory, x);
	territory_compare_digest(b.territory, y);
	assert_memory_equal(x, y, sizeof x);
}

static void
a_write_knows_what_was_applied(void **state)
{
	int64_t seen[8] = {0};

	(void)state;
	(void)replica_write(&a, 'A', put('x', F_NAME, "one"));
	exchange();
	assert_int_equal(replica_write(&b, 'B', put('x', F_NAME, "two")), 1);
	assert_int_equal(replica_write(&b, 'B', put('x', F_LEGAL, "l")), 2);

	assert_int_equal(
		territory_change(b.territory, replica_log_number(&b, 'B'), 2,
			only_mind_context, seen),
		STATUS_OK);
	assert_int_equal(seen[replica_log_number(&b, 'A')], 1);
	assert_int_equal(seen[replica_log_number(&b, 'B')], 1);
	assert_int_equal(replica_siblings(&b, T_ACCOUNT, 'x', F_NAME), 1);
}

/*
 * The own log waits for a colleague's: a person writes nothing then, and what
 * is carried over goes behind what waits (simulator, seed 68).
 */
static void
what_is_carried_over_goes_behind_own_changes_that_wait(void **state)
{
	struct write_operation typed = put('x', F_NAME, "three");
	struct write_operation carried = put('x', F_LEGAL, "carried");
	struct write write = {.log = replica_log('A'),
		.at = 5000,
		.operations = &carried,
		.operation_count = 1,
		.origin_log = replica_log('D'),
		.origin_seq = 5};
	int64_t seen[8] = {0}, seq, *context;
	size_t refused;
	uint32_t count;

	(void)state;
	(void)replica_write(&a, 'C', put('x', F_NAME, "one"));
	(void)replica_write(&a, 'A', put('x', F_NAME, "two"));
	replica_seal(&a, "CA");
	b.unknown['C'] = true;
	(void)replica_send(&a, &b);
	assert_true(replica_shows(&b, T_ACCOUNT, 'x', F_NAME, NULL));

	assert_int_equal(replica_write_all(&b, 'A', &typed, 1, NULL, 0, &seq),
		STATUS_REFUSED);
	assert_int_equal(territory_context(b.territory, replica_log('A'),
				 &context, &count),
		STATUS_OK);
	assert_int_equal(context[replica_log_number(&b, 'A')], 1);
	assert_int_equal(context[replica_log_number(&b, 'C')], 1);
	free(context);
	assert_int_equal(territory_write(b.territory, &write, &seq, &refused),
		STATUS_OK);
	assert_int_equal(seq, 2);
	assert_true(replica_shows(&b, T_ACCOUNT, 'x', F_LEGAL, NULL));

	b.unknown['C'] = false;
	replica_settle(&b);
	assert_true(replica_shows(&b, T_ACCOUNT, 'x', F_NAME, "two"));
	assert_true(replica_shows(&b, T_ACCOUNT, 'x', F_LEGAL, "carried"));
	assert_int_equal(
		territory_change(b.territory, replica_log_number(&b, 'A'), 2,
			only_mind_context, seen),
		STATUS_OK);
	assert_int_equal(seen[replica_log_number(&b, 'C')], 1);
	replica_seal(&b, "A");
	(void)replica_send(&b, &a);
	assert_true(replica_equal(&a, &b));
}

/* Whole records, records in pieces, and fields from the last to the first. */
static void
operations_may_come_in_any_order(void **state)
{
	struct write_operation whole[] = {put('y', F_NAME, "y"),
		put('y', F_LEGAL, "y, legal"), put('x', F_NAME, "x"),
		put('x', F_LEGAL, "x, legal")};
	struct write_operation pieces[] = {put('v', F_LEGAL, "v, legal"),
		put('v', F_NAME, "v"), put('u', F_NAME, "u"),
		put('z', F_NAME, "z"), put('u', F_LEGAL, "u, legal")};
	int64_t seq;

	(void)state;
	assert_int_equal(
		replica_write_all(&a, 'A', whole, 4, NULL, 0, &seq), STATUS_OK);
	assert_int_equal(seq, 1);
	assert_int_equal(replica_write_all(&a, 'A', pieces, 5, NULL, 0, &seq),
		STATUS_OK);
	assert_int_equal(seq, 2);
	exchange();

	assert_true(replica_equal(&a, &b));
	for (const char *id = "uvxy"; *id; id++) {
		assert_int_equal(
			replica_siblings(&b, T_ACCOUNT, *id, F_NAME), 1);
		assert_int_equal(
			replica_siblings(&b, T_ACCOUNT, *id, F_LEGAL), 1);
	}
	assert_int_equal(replica_siblings(&b, T_ACCOUNT, 'z', F_LEGAL), 0);
}

static void
count_waits(void *self, const struct territory_wait *wait)
{
	int *count = self;

	*count += wait->no_grant ? 100 : 1;
}

static void
a_segment_waits_for_its_grant(void **state)
{
	int waits = 0;

	(void)state;
	b.unknown['A'] = true;
	(void)replica_write(&a, 'A', put('x', F_NAME, "one"));
	exchange();
	assert_true(replica_shows(&b, T_ACCOUNT, 'x', F_NAME, NULL));
	assert_int_equal(
		territory_waiting(b.territory, count_waits, &waits), STATUS_OK);
	assert_int_equal(waits, 100);

	b.unknown['A'] = false;
	replica_settle(&b);
	assert_true(replica_shows(&b, T_ACCOUNT, 'x', F_NAME, "one"));
}

static void
a_grant_that_does_not_fit_is_refused(void **state)
{
	(void)state;
	b.never['A'] = true;
	(void)replica_write(&a, 'A', put('x', F_NAME, "one"));
	replica_seal(&a, "A");

	assert_int_equal(replica_send(&a, &b), 0);
}

static void
a_cut_takes_back_what_lies_beyond_it(void **state)
{
	(void)state;
	(void)replica_write(&a, 'A', put('x', F_NAME, "one"));
	(void)replica_write(&a, 'A', put('x', F_NAME, "two"));
	exchange();
	assert_true(replica_shows(&b, T_ACCOUNT, 'x', F_NAME, "two"));

	b.cuts['A'] = 1;
	replica_settle(&b);
	assert_true(replica_shows(&b, T_ACCOUNT, 'x', F_NAME, "one"));
}

static void
what_comes_after_its_cut_counts_up_to_it(void **state)
{
	const struct frontier_entry *list;
	uint32_t count;

	(void)state;
	b.cuts['A'] = 1;
	(void)replica_write(&a, 'A', put('x', F_NAME, "one"));
	(void)replica_write(&a, 'A', put('x', F_NAME, "two"));
	replica_seal(&a, "A");
	(void)replica_write(&a, 'A', put('x', F_NAME, "three"));
	replica_seal(&a, "A");

	assert_int_equal(replica_send(&a, &b), 1);
	assert_true(replica_shows(&b, T_ACCOUNT, 'x', F_NAME, "one"));
	territory_frontier(b.territory, &list, &count);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].last, 1);
	assert_int_equal(list[0].name[0], 0);
	/* What lies beyond makes no difference to who holds less of it. */
	assert_int_equal(
		territory_lacking_changes(a.territory, list, count), 0);
}

static void
a_cut_change_stops_nobody_who_saw_it(void **state)
{
	(void)state;
	(void)replica_write(&a, 'A', put('x', F_NAME, "one"));
	(void)replica_write(&a, 'A', put('x', F_NAME, "two"));
	exchange();
	(void)replica_write(&b, 'B', put('x', F_LEGAL, "seen both"));
	b.cuts['A'] = 1;
	replica_settle(&b);

	assert_true(replica_shows(&b, T_ACCOUNT, 'x', F_NAME, "one"));
	assert_true(replica_shows(&b, T_ACCOUNT, 'x', F_LEGAL, "seen both"));
	/* F26: own context does not shrink, and the log goes on. */
	assert_int_equal(replica_write(&b, 'B', put('x', F_NAME, "b")), 2);
	assert_true(replica_shows(&b, T_ACCOUNT, 'x', F_NAME, "b"));
}

static void
lacking_segments_come_in_the_order_of_their_log(void **state)
{
	static const char *const texts[] = {"1", "2", "3", "4", "5"};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		(void)replica_write(&a, 'A', put('x', F_NAME, texts[i]));
		(void)replica_write(&a, 'C', put('y', F_NAME, texts[i]));
		replica_seal(&a, "AC");
	}
	assert_int_equal(replica_send(&a, &b), 10);
	assert_int_equal(replica_send(&a, &b), 0);
	assert_true(replica_equal(&a, &b));
}

static void
a_fork_is_told_and_not_kept(void **state)
{
	const struct frontier_entry *list;
	struct territory_walk walk = {0};
	struct pack_view segment;
	uint32_t count;

	(void)state;
	(void)replica_write(&a, 'A', put('x', F_NAME, "one"));
	(void)replica_write(&b, 'A', put('x', F_NAME, "other"));
	replica_seal(&a, "A");
	replica_seal(&b, "A");

	assert_int_equal(replica_send(&a, &b), 0);
	territory_frontier(b.territory, &list, &count);
	assert_int_equal(
		territory_lacking(a.territory, list, count, &walk, &segment),
		STATUS_ABSENT);
	assert_int_equal(walk.forks, 1);
	assert_true(replica_shows(&b, T_ACCOUNT, 'x', F_NAME, "other"));
}

static void
a_form_older_than_a_sync_hides_nothing(void **state)
{
	struct write_operation save = put('x', F_NAME, "typed");
	struct unseen_range *unseen;
	int64_t *frontier, seq;
	uint32_t count, ranges;

	(void)state;
	(void)replica_write(&b, 'B', put('x', F_NAME, "old"));
	territory_applied(b.territory, &frontier, &count);
	(void)replica_write(&a, 'A', put('x', F_NAME, "came in between"));
	exchange();
	territory_unseen_since(b.territory, frontier, count, &unseen, &ranges);
	assert_int_equal(ranges, 1);
	assert_int_equal(unseen[0].log, replica_log_number(&b, 'A'));
	assert_int_equal(unseen[0].first, 1);
	assert_int_equal(unseen[0].last, 1);

	assert_int_equal(
		replica_write_all(&b, 'B', &save, 1, unseen, ranges, &seq),
		STATUS_OK);
	assert_int_equal(replica_siblings(&b, T_ACCOUNT, 'x', F_NAME), 2);
	free(frontier);
	free(unseen);
}

static void
says_nothing_that_is_not_new(void **state)
{
	(void)state;
	assert_int_equal(replica_write(&a, 'A', put('x', F_NAME, "n")), 1);
	assert_int_equal(replica_write(&a, 'A', put('x', F_NAME, "n")), 0);
	assert_int_equal(replica_write(&a, 'A',
				 replica_text(OPERATION_DEL, T_ACCOUNT, 'x',
					 F_PHONES, "1")),
		0);
	assert_int_equal(replica_write(&a, 'A',
				 replica_text(OPERATION_ADD, T_ACCOUNT, 'x',
					 F_PHONES, "1")),
		2);
	assert_int_equal(replica_write(&a, 'A',
				 replica_text(OPERATION_ADD, T_ACCOUNT, 'x',
					 F_PHONES, "1")),
		0);
}

static void
archives_again_what_is_archived(void **state)
{
	(void)state;
	assert_int_equal(replica_write(&a, 'A', archive('x', true)), 1);
	assert_int_equal(replica_write(&a, 'A', archive('x', true)), 2);
}

static void
a_pick_that_repeats_a_sibling_is_written(void **state)
{
	(void)state;
	(void)replica_write(&a, 'A', put('x', F_LEGAL, "one"));
	(void)replica_write(&b, 'B', put('x', F_LEGAL, "two"));
	exchange();
	assert_int_equal(memory_store_conflicts(a.store), 1);
	assert_int_equal(replica_write(&a, 'A', put('x', F_LEGAL, "two")), 2);
	assert_int_equal(memory_store_conflicts(a.store), 0);
}

static void
refuses_to_set_again_what_is_written_once(void **state)
{
	struct write_operation first =
		replica_text(OPERATION_INIT, T_ACCOUNT, 'x', F_SOURCE, "web");
	struct write_operation second =
		replica_text(OPERATION_INIT, T_ACCOUNT, 'x', F_SOURCE, "fair");
	int64_t seq;

	(void)state;
	assert_int_equal(replica_write(&a, 'A', first), 1);
	assert_int_equal(replica_write_all(&a, 'A', &second, 1, NULL, 0, &seq),
		STATUS_REFUSED);
	(void)replica_write(&b, 'B', second);
	exchange();
	assert_int_equal(replica_siblings(&a, T_ACCOUNT, 'x', F_SOURCE), 2);
	assert_int_equal(replica_write(&a, 'A', second), 2);
	assert_int_equal(replica_siblings(&a, T_ACCOUNT, 'x', F_SOURCE), 1);
}

static void
refuses_what_its_rank_may_not_write(void **state)
{
	struct write_operation tier = put('x', F_TIER, "key");
	int64_t seq;

	(void)state;
	assert_int_equal(replica_write_all(&a, 'A', &tier, 1, NULL, 0, &seq),
		STATUS_REFUSED);
	assert_int_equal(replica_write(&a, 'M', tier), 1);
}

static void
writes_no_more_beyond_a_cut(void **state)
{
	struct write_operation name = put('x', F_NAME, "n");
	int64_t seq;

	(void)state;
	assert_int_equal(replica_write(&a, 'A', name), 1);
	a.cuts['A'] = 1;
	name = put('x', F_NAME, "m");
	assert_int_equal(replica_write_all(&a, 'A', &name, 1, NULL, 0, &seq),
		STATUS_REFUSED);
}

static void
a_child_that_was_not_seen_opens_its_parent(void **state)
{
	(void)state;
	(void)replica_write(&a, 'A', put('x', F_NAME, "n"));
	exchange();
	(void)replica_write(&a, 'A', archive('x', true));
	(void)replica_write(&b, 'B', replica_parent('c', 'x'));
	assert_true(replica_archived(&a, 'x'));
	exchange();

	assert_false(replica_archived(&a, 'x'));
	assert_false(replica_archived(&b, 'x'));
	/* The store was told, though only the child was written. */
	assert_int_equal(memory_store_conflicts(a.store), 1);
	(void)replica_write(
		&a, 'A', replica_mark(T_CONTACT, 'c', SCHEMA_ARCHIVED, true));
	assert_true(replica_archived(&a, 'x'));
	assert_int_equal(memory_store_conflicts(a.store), 0);
}

static void
a_child_that_moves_away_closes_its_parent(void **state)
{
	(void)state;
	(void)replica_write(&a, 'A', archive('x', true));
	(void)replica_write(&b, 'B', replica_parent('c', 'x'));
	exchange();
	assert_false(replica_archived(&a, 'x'));
	(void)replica_write(&a, 'A', replica_parent('c', 'y'));

	assert_true(replica_archived(&a, 'x'));
	assert_int_equal(memory_store_conflicts(a.store), 0);
}

static void
an_edit_after_a_merge_is_listed_with_the_alias(void **state)
{
	(void)state;
	(void)replica_write(&a, 'A', replica_joined('x', 'y', true));
	(void)replica_write(&b, 'B', put('y', F_NAME, "late"));
	exchange();
	assert_int_equal(memory_store_conflicts(a.store), 1);
	(void)replica_write(&a, 'A', replica_joined('x', 'y', true));
	assert_int_equal(memory_store_conflicts(a.store), 0);
}

static void
projecting_again_changes_nothing(void **state)
{
	uint8_t x[32], y[32];

	(void)state;
	(void)replica_write(&a, 'A', put('x', F_NAME, "one"));
	(void)replica_write(&b, 'B', put('x', F_NAME, "two"));
	exchange();
	/* Not sealed: pending changes are projected again, too. */
	(void)replica_write(&a, 'A', put('y', F_LEGAL, "pending"));
	assert_int_equal(territory_digest(a.territory, x), STATUS_OK);
	assert_int_equal(territory_rebuild(a.territory), STATUS_OK);
	assert_int_equal(territory_digest(a.territory, y), STATUS_OK);

	assert_memory_equal(x, y, sizeof x);
	assert_true(replica_shows(&a, T_ACCOUNT, 'y', F_LEGAL, "pending"));
	assert_int_equal(territory_pending(a.territory), 1);
}

static void
remembers_everything_after_a_restart(void **state)
{
	(void)state;
	(void)replica_write(&a, 'A', put('x', F_NAME, "one"));
	(void)replica_write(&a, 'A', put('x', F_NAME, "two"));
	assert_int_equal(territory_reload(a.territory), STATUS_OK);
	assert_int_equal(territory_pending(a.territory), 2);
	assert_int_equal(replica_write(&a, 'A', put('x', F_NAME, "3")), 3);
	assert_int_equal(replica_siblings(&a, T_ACCOUNT, 'x', F_NAME), 1);
}

static void
an_older_program_holds_the_same_state(void **state)
{
	struct replica old;

	(void)state;
	replica_open(&old, &replica_schema_old);
	(void)replica_write(&a, 'A', put('x', F_NAME, "one"));
	(void)replica_write(&a, 'A', put('x', F_LEGAL, "unknown field"));
	(void)replica_write(&a, 'A', replica_parent('c', 'x'));
	(void)replica_write(&a, 'M', put('x', F_TIER, "key"));
	(void)replica_write(&a, 'A',
		replica_text(OPERATION_ADD, T_ACCOUNT, 'x', F_PHONES, "1"));
	(void)replica_write(&a, 'A',
		replica_text(OPERATION_INIT, T_ACCOUNT, 'x', F_SOURCE, "s"));
	(void)replica_write(&a, 'A', replica_joined('x', 'y', true));
	replica_seal(&a, "AM");
	(void)replica_send(&a, &old);

	assert_true(replica_equal(&a, &old));
	assert_true(
		replica_shows(&old, T_ACCOUNT, 'x', F_LEGAL, "unknown field"));
	/* And it passes them on whole. */
	(void)replica_send(&old, &b);
	assert_true(replica_equal(&a, &b));
	replica_close(&old);
}

struct heard {
	int count, live, not_counted;
	bool named[10];
};

static enum status
hear(void *self, const struct history_entry *entry)
{
	struct heard *heard = self;
	struct pack_view text;
	struct unpack unpack;

	unpack_init(&unpack, entry->operation.value.bytes,
		entry->operation.value.size);
	if (unpack_text(&unpack, 10, &text) && text.size == 1)
		heard->named[text.bytes[0] - '0'] = true;
	heard->count++;
	heard->live += entry->live;
	heard->not_counted += !entry->counted;
	return STATUS_OK;
}

/* A raw change by hand, for what territory_write() would refuse. */
static uint32_t
raw_change(uint8_t *raw, size_t room, int64_t at, const char *tier)
{
	struct write_operation asked = put('x', F_TIER, tier);
	struct operation o = {asked.type, asked.id, asked.id_size, asked.field,
		asked.kind, at, asked.value};
	struct change_draft draft = {
		.at = at, .operations = &o, .operation_count = 1};
	struct pack pack;

	pack_init(&pack, raw, room);
	change_encode(&pack, &draft);
	assert_false(pack.overflow);
	return (uint32_t)pack.size;
}

static void
who_claims_to_have_seen_a_write_of_ours_waits_until_we_write_it(void **state)
{
	uint8_t raw[256], name[SEGMENT_NAME_SIZE];
	struct seen_entry seen = {replica_log('A'), 1};
	struct write_operation asked = put('y', F_NAME, "early");
	struct operation o = {asked.type, asked.id, asked.id_size, asked.field,
		asked.kind, 5, asked.value};
	struct change_draft draft = {.at = 5,
		.seen = &seen,
		.seen_count = 1,
		.operations = &o,
		.operation_count = 1};
	struct pack pack;
	int waits = 0;

	(void)state;
	pack_init(&pack, raw, sizeof raw);
	change_encode(&pack, &draft);
	assert_int_equal(replica_keep_raw(&a, 'C', 1, 1, NULL, raw,
				 (uint32_t)pack.size, name),
		VERDICT_KEPT);
	replica_settle(&a);
	assert_true(replica_shows(&a, T_ACCOUNT, 'y', F_NAME, NULL));

	(void)replica_write(&a, 'A', put('x', F_NAME, "late"));

	assert_true(replica_shows(&a, T_ACCOUNT, 'y', F_NAME, "early"));
	assert_int_equal(
		territory_waiting(a.territory, count_waits, &waits), STATUS_OK);
	assert_int_equal(waits, 0);
}

static void
history_misses_nothing_that_was_typed(void **state)
{
	uint8_t raw[256], name[SEGMENT_NAME_SIZE];
	struct heard heard = {0};

	(void)state;
	(void)replica_write(&a, 'A', put('x', F_NAME, "0"));
	(void)replica_write(&a, 'A', put('x', F_NAME, "1"));
	(void)replica_write(&b, 'B', put('x', F_NAME, "2"));
	exchange();
	(void)replica_write(&a, 'A', put('x', F_NAME, "3"));
	(void)replica_write(&a, 'A',
		replica_text(OPERATION_ADD, T_ACCOUNT, 'x', F_PHONES, "4"));
	(void)replica_write(&a, 'A',
		replica_text(OPERATION_DEL, T_ACCOUNT, 'x', F_PHONES, "4"));
	/* A rep's client that does not mind its rank. */
	assert_int_equal(replica_keep_raw(&a, 'C', 1, 1, NULL, raw,
				 raw_change(raw, sizeof raw, 5, "5"), name),
		VERDICT_KEPT);
	replica_settle(&a);

	assert_int_equal(territory_history(a.territory, T_ACCOUNT,
				 replica_id('x'), ID_BYTES, hear, &heard),
		STATUS_OK);
	assert_int_equal(heard.count, 7);
	assert_int_equal(heard.live, 1);
	assert_int_equal(heard.not_counted, 1);
	for (int i = 0; i <= 5; i++)
		assert_true(heard.named[i]);
	/* In one batch, from the start, it is the same. */
	memset(&heard, 0, sizeof heard);
	assert_int_equal(territory_rebuild(a.territory), STATUS_OK);
	assert_int_equal(territory_history(a.territory, T_ACCOUNT,
				 replica_id('x'), ID_BYTES, hear, &heard),
		STATUS_OK);
	assert_int_equal(heard.count, 7);
}

static void
count_problems(void *self, const char *en, const char *zh, const uint8_t *log,
	int64_t seq, const struct operation *operation)
{
	int *problems = self;

	(void)log;
	(void)seq;
	assert_non_null(en);
	assert_non_null(zh);
	*problems += operation ? 100 : 1;
}

static int
problems_of(struct replica *r)
{
	int problems = 0;

	assert_int_equal(territory_verify(r->territory, replica_company,
				 replica_key, NULL, count_problems, &problems),
		STATUS_OK);
	return problems;
}

static void
nonsense_inside_the_seal_stops_its_own_log_only(void **state)
{
	uint8_t raw[256], name[SEGMENT_NAME_SIZE], next[SEGMENT_NAME_SIZE];
	int waits = 0;

	(void)state;
	assert_int_equal(replica_keep_raw(&b, 'C', 1, 1, NULL, raw,
				 raw_change(raw, sizeof raw, 5, "5"), name),
		VERDICT_KEPT);
	assert_int_equal(replica_keep_raw(&b, 'C', 2, 1, name,
				 (const uint8_t *)"nonsense", 8, next),
		VERDICT_KEPT);
	(void)replica_write(&a, 'A', put('x', F_NAME, "fine"));
	exchange();

	assert_true(replica_shows(&b, T_ACCOUNT, 'x', F_NAME, "fine"));
	assert_int_equal(
		territory_waiting(b.territory, count_waits, &waits), STATUS_OK);
	assert_int_equal(waits, 1);
	/* The rank too low of the first, the nonsense of the second. */
	assert_int_equal(problems_of(&b), 101);
	assert_int_equal(problems_of(&a), 101); /* it was passed on */
}

/* Neither is a fork, which would end the log; nor is a log begun by it. */
static void
a_segment_behind_a_gap_is_not_kept(void **state)
{
	uint8_t raw[256], first[SEGMENT_NAME_SIZE], next[SEGMENT_NAME_SIZE];
	uint32_t size, count;

	(void)state;
	size = raw_change(raw, sizeof raw, 5, "5");
	memset(first, 7, sizeof first);
	count = territory_logs(b.territory)->count;
	assert_int_equal(
		replica_keep_raw(&b, 'C', 2, 1, first, raw, size, next),
		VERDICT_GAP);
	assert_int_equal(territory_logs(b.territory)->count, count);

	assert_int_equal(
		replica_keep_raw(&b, 'C', 1, 1, NULL, raw, size, first),
		VERDICT_KEPT);
	assert_int_equal(
		replica_keep_raw(&b, 'C', 3, 1, first, raw, size, next),
		VERDICT_GAP);
	assert_int_equal(
		replica_keep_raw(&b, 'C', 2, 1, first, raw, size, next),
		VERDICT_KEPT);
}

static void
a_place_is_taken_by_one_segment(void **state)
{
	uint8_t raw[256], other[256], name[SEGMENT_NAME_SIZE];
	uint32_t size, other_size;

	(void)state;
	size = raw_change(raw, sizeof raw, 5, "5");
	other_size = raw_change(other, sizeof other, 5, "6");
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			replica_keep_raw(&b, 'C', 1, 1, NULL, raw, size, name),
			i == 0 ? VERDICT_KEPT : VERDICT_HAD);
	assert_int_equal(
		replica_keep_raw(&b, 'C', 1, 1, NULL, other, other_size, name),
		VERDICT_FORK);
}

/* As a disk that lost a segment and what named it would have it. */
static void
verify_finds_a_chain_that_is_broken(void **state)
{
	uint8_t raw[256], first[SEGMENT_NAME_SIZE], next[SEGMENT_NAME_SIZE];
	uint8_t wrong[SEGMENT_NAME_SIZE];
	struct store *store = b.store;
	struct store_log *logs;
	uint32_t size, count, number;

	(void)state;
	size = raw_change(raw, sizeof raw, 5, "5");
	memset(wrong, 7, sizeof wrong);
	assert_int_equal(
		replica_keep_raw(&b, 'M', 1, 1, NULL, raw, size, first),
		VERDICT_KEPT);
	assert_int_equal(problems_of(&b), 0);

	number = replica_log_number(&b, 'M');
	assert_int_equal(store->logs(store->self, territory_number(b.territory),
				 &logs, &count),
		STATUS_OK);
	assert_true(number < count);
	memcpy(logs[number].kept_name, wrong, sizeof wrong);
	assert_int_equal(
		store->log_save(store->self, territory_number(b.territory),
			number, &logs[number]),
		STATUS_OK);
	for (uint32_t i = 0; i < count; i++)
		free(logs[i].context);
	free(logs);
	assert_int_equal(territory_reload(b.territory), STATUS_OK);
	assert_int_equal(
		replica_keep_raw(&b, 'M', 2, 1, wrong, raw, size, next),
		VERDICT_KEPT);
	assert_int_equal(problems_of(&b), 1);
}

static void
a_row_is_read_and_written_once_a_batch(void **state)
{
	static const char *const texts[] = {"1", "2", "3", "4", "5"};
	uint64_t loads, saves, loads_before, saves_before;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		(void)replica_write(&a, 'A', put('x', F_NAME, texts[i]));
		(void)replica_write(&a, 'A', put('y', F_NAME, texts[i]));
	}
	replica_seal(&a, "A");
	memory_store_traffic(b.store, &loads_before, &saves_before);
	(void)replica_send(&a, &b);
	memory_store_traffic(b.store, &loads, &saves);

	assert_int_equal(loads - loads_before, 2);
	assert_int_equal(saves - saves_before, 2);
}

static void
a_large_change_is_sealed_alone(void **state)
{
	enum { LONG = 50000 };
	static char text[LONG];
	static uint8_t packed[LONG + 8];
	struct write_operation list[8];
	struct pack pack;
	int64_t seq;

	(void)state;
	memset(text, 'x', sizeof text);
	pack_init(&pack, packed, sizeof packed);
	pack_text_view(&pack, text, sizeof text);
	for (size_t i = 0; i < 8; i++) {
		list[i] = put((char)('a' + i), F_NAME, "");
		list[i].value = (struct pack_view){packed, pack.size};
	}
	assert_int_equal(
		replica_write_all(&a, 'A', list, 8, NULL, 0, &seq), STATUS_OK);
	(void)replica_write(&a, 'A', put('x', F_NAME, "small"));
	replica_seal(&a, "A");

	assert_int_equal(territory_pending(a.territory), 0);
	assert_int_equal(replica_send(&a, &b), 2);
	assert_true(replica_equal(&a, &b));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_two, close_two)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(replicas_that_exchange_end_up_equal),
		TEST(a_write_knows_what_was_applied),
		TEST(what_is_carried_over_goes_behind_own_changes_that_wait),
		TEST(operations_may_come_in_any_order),
		TEST(a_segment_waits_for_its_grant),
		TEST(a_grant_that_does_not_fit_is_refused),
		TEST(a_cut_takes_back_what_lies_beyond_it),
		TEST(what_comes_after_its_cut_counts_up_to_it),
		TEST(a_cut_change_stops_nobody_who_saw_it),
		TEST(lacking_segments_come_in_the_order_of_their_log),
		TEST(a_fork_is_told_and_not_kept),
		TEST(a_form_older_than_a_sync_hides_nothing),
		TEST(says_nothing_that_is_not_new),
		TEST(archives_again_what_is_archived),
		TEST(a_pick_that_repeats_a_sibling_is_written),
		TEST(refuses_to_set_again_what_is_written_once),
		TEST(refuses_what_its_rank_may_not_write),
		TEST(writes_no_more_beyond_a_cut),
		TEST(a_child_that_was_not_seen_opens_its_parent),
		TEST(a_child_that_moves_away_closes_its_parent),
		TEST(an_edit_after_a_merge_is_listed_with_the_alias),
		TEST(projecting_again_changes_nothing),
		TEST(remembers_everything_after_a_restart),
		TEST(an_older_program_holds_the_same_state),
		TEST(who_claims_to_have_seen_a_write_of_ours_waits_until_we_write_it),
		TEST(history_misses_nothing_that_was_typed),
		TEST(nonsense_inside_the_seal_stops_its_own_log_only),
		TEST(a_segment_behind_a_gap_is_not_kept),
		TEST(a_place_is_taken_by_one_segment),
		TEST(verify_finds_a_chain_that_is_broken),
		TEST(a_row_is_read_and_written_once_a_batch),
		TEST(a_large_change_is_sealed_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
