/* The algebra of the merge: random worlds, and joins of replicas. */

#include "tests/sync/algebra.h"

/* A register and the values that a random change may write to it. */
struct choice {
	int place;
	uint32_t field;
	enum operation_kind kind;
	const struct pack_view *values[4];
};

static const struct choice choices[] = {
	{FIRM, LATEST, OPERATION_PUT, {&value_a, &value_b, &value_nil}},
	{FIRM, HIGHEST, OPERATION_PUT, {&value_a, &value_b, &value_z}},
	{FIRM, SENIOR, OPERATION_PUT, {&value_a, &value_b}},
	{FIRM, ASK, OPERATION_PUT, {&value_a, &value_b}},
	{FIRM, ONCE, OPERATION_INIT, {&value_a, &value_b}},
	{FIRM, TAGS, OPERATION_ADD, {&value_a}},
	{FIRM, TAGS, OPERATION_DEL, {&value_a}},
	{FIRM, SWITCH, OPERATION_PUT, {&value_false, &value_true}},
	{FIRM, MANAGED, OPERATION_PUT, {&value_a, &value_b}},
	{FIRM, CREDIT, OPERATION_PUT, {&value_a, &value_b}},
	{FIRM, UNKNOWN, OPERATION_PUT, {&value_a, &value_b}},
	/* Kinds that the schema does not declare for the number. */
	{FIRM, ASK, OPERATION_INIT, {&value_a, &value_b}},
	{FIRM, HIGHEST, OPERATION_ADD, {&value_a}},
	{FIRM, ONCE, OPERATION_PUT, {&value_a, &value_b}},
	{FIRM, SCHEMA_ARCHIVED, OPERATION_INIT, {&value_true, &value_false}},
	{FIRM, PARENT, OPERATION_PUT, {&value_firm, &value_other_firm}},
	{FIRM, SCHEMA_ARCHIVED, OPERATION_PUT, {&value_true, &value_false}},
	{FIRM, SCHEMA_ARCHIVED, OPERATION_PUT, {&value_true}},
	{FIRM, SCHEMA_MOVED, OPERATION_PUT, {&value_true, &value_false}},
	{OTHER_FIRM, LATEST, OPERATION_PUT, {&value_a, &value_b}},
	{OTHER_FIRM, TAGS, OPERATION_ADD, {&value_a}},
	{OTHER_FIRM, PARENT, OPERATION_PUT, {&value_firm, &value_other_firm}},
	{OTHER_FIRM, SCHEMA_ARCHIVED, OPERATION_PUT,
		{&value_true, &value_false}},
	{ALIAS, SCHEMA_JOINED, OPERATION_PUT, {&value_true, &value_false}},
	{PERSON, ACCOUNT, OPERATION_PUT,
		{&value_firm, &value_firm, &value_other_firm}},
	{PERSON, ASK, OPERATION_PUT, {&value_a, &value_b}},
	{PERSON, SCHEMA_ARCHIVED, OPERATION_PUT, {&value_true, &value_false}},
	{OTHER_PERSON, ACCOUNT, OPERATION_PUT, {&value_firm}},
};
enum { CHOICES = sizeof choices / sizeof *choices };

static bool
is_written(const struct world_change *change, const struct choice *choice)
{
	bool is_set =
		choice->kind == OPERATION_ADD || choice->kind == OPERATION_DEL;

	for (uint32_t i = 0; i < change->operation_count; i++) {
		const struct operation *operation = &change->operations[i];

		if (operation->id != places[choice->place].id ||
			operation->field != choice->field)
			continue;
		if (operation->kind == choice->kind ||
			(is_set && operation->kind >= OPERATION_ADD))
			return true;
	}
	return false;
}

static void
draw_operations(struct world_change *change, uint64_t *seed)
{
	/* A few registers in each world, so that changes meet. */
	uint32_t count = 1 + below(seed, 4);

	for (uint32_t i = 0; i < count; i++) {
		const struct choice *choice = &choices[below(seed, CHOICES)];
		uint32_t values = 0;

		while (values < 4 && choice->values[values])
			values++;
		if (!is_written(change, choice))
			write_to(change, choice->place, choice->field,
				choice->kind,
				*choice->values[below(seed, values)],
				100 + below(seed, 4));
	}
}

/* Ranges ascend and do not meet, the own log's among them. */
static void
draw_unseen(struct world_change *change, uint32_t log_count, uint64_t *seed)
{
	for (uint32_t l = 0; l < log_count; l++) {
		int64_t first;

		if (change->unseen_count == WORLD_RANGES_MAX ||
			change->seen[l] == 0 || below(seed, 3) != 0)
			continue;
		first = 1 + below(seed, (uint32_t)change->seen[l]);
		change->unseen[change->unseen_count++] =
			(struct unseen_range){l, first, first + below(seed, 3)};
	}
}

/*
 * What the author claims to know: what some replica really had (closed), or
 * anything at all.
 */
static void
draw_context(const struct world *world, struct world_change *change,
	bool honest, const int64_t *lengths, uint64_t *seed)
{
	for (uint32_t l = 0; l < world->log_count; l++)
		change->seen[l] = below(seed, (uint32_t)lengths[l] + 1);
	if (!honest && below(seed, 8) == 0)
		change->seen[below(seed, world->log_count)] += 1;
	change->seen[change->log] = change->seq - 1;
	if (!honest)
		return;
	/* The changes before it, latest first, close the context. */
	for (uint32_t i = world->change_count; i-- > 0;) {
		const struct world_change *seen = &world->changes[i];

		if (seen->seq > change->seen[seen->log])
			continue;
		for (uint32_t l = 0; l < world->log_count; l++)
			if (l != change->log && seen->seen[l] > change->seen[l])
				change->seen[l] = seen->seen[l];
	}
}

static void
draw_world(struct world *world, uint64_t *seed)
{
	bool honest = below(seed, 3) != 0, all_seen = below(seed, 2) == 0;
	bool cuts = below(seed, 3) == 0;
	uint32_t count = 2 + below(seed, WORLD_CHANGES_MAX - 1);
	int64_t lengths[WORLD_LOGS_MAX] = {0};

	world->change_count = 0;
	draw_logs(world, 2 + below(seed, 2), seed);
	if (below(seed, 4) == 0)
		draw_logs(world, 4, seed);
	while (world->change_count < count) {
		struct world_change *change =
			&world->changes[world->change_count];

		*change = (struct world_change){
			.log = below(seed, world->log_count)};
		change->seq = lengths[change->log] + 1;
		draw_context(world, change, honest, lengths, seed);
		if (!all_seen)
			draw_unseen(change, world->log_count, seed);
		draw_operations(change, seed);
		lengths[change->log]++;
		world->change_count++;
	}
	for (uint32_t l = 0; l < world->log_count; l++)
		if (cuts && below(seed, 2) == 0)
			world->cuts[l] = below(seed, (uint32_t)lengths[l] + 1);
}

/* A way in which changes were applied. */
struct path {
	uint8_t order[WORLD_CHANGES_MAX];
	uint32_t count;
};

/* Walks on from the side's state in a random order, `most` steps at most. */
static void
walk(struct path *path, struct side *side, const struct world *world,
	uint32_t most, uint64_t *seed)
{
	while (path->count < most) {
		uint8_t ready[WORLD_CHANGES_MAX];
		uint32_t count = 0;

		for (uint32_t i = 0; i < world->change_count; i++)
			if (side_wants(side, world, &world->changes[i]))
				ready[count++] = (uint8_t)i;
		if (count == 0)
			return;
		path->order[path->count] = ready[below(seed, count)];
		side_apply(side, world,
			&world->changes[path->order[path->count++]]);
	}
}

static void
differ(struct run *run, uint64_t seed, const char *difference)
{
	world_print(&run->world);
	print_message("%s\n", side_text(&run->side, &run->world));
	fail_msg("seed %llu: %s", (unsigned long long)seed, difference);
}

static void
random_worlds_come_to_the_oracles_result_and_lose_nothing(void **state)
{
	struct run *run = run_new();
	uint64_t worlds = is_full() ? 1000000 : 20000;

	(void)state;
	for (uint64_t world = 1; world <= worlds; world++) {
		struct held held = {&run->side, &run->world};

		run->seed = world << 20;
		draw_world(&run->world, &run->seed);
		run->view = world_tell(&run->world, run->oracle);
		run->cases++;
		for (int order = 0; order < 4; order++) {
			struct path path = {.count = 0};
			const char *difference;

			side_reset(&run->side);
			walk(&path, &run->side, &run->world, UINT32_MAX,
				&run->seed);
			run->orders++;
			run->steps += path.count;
			difference = side_differs(
				&run->side, &run->world, run->view);
			if (difference)
				differ(run, world, difference);
		}
		if (oracle_lost(run->oracle, side_holds, NULL, &held) > 0)
			differ(run, world, "a value is lost");
	}
	run_end(run, "random worlds");
}

static void
note_lost(void *self, const uint8_t *log, int64_t seq,
	const struct operation *operation)
{
	const uint8_t **lost_log = self;

	(void)seq;
	(void)operation;
	*lost_log = log;
}

static bool
holds_none(void *self, const uint8_t *log, int64_t seq,
	const struct operation *operation)
{
	(void)self;
	(void)log;
	(void)seq;
	(void)operation;
	return false;
}

/* The first of two is written over, the second is gone without a reason. */
static void
a_value_that_nobody_wrote_over_is_missed(void **state)
{
	struct oracle *oracle = oracle_new(&schema);
	struct world world = {.schema = &schema, .change_count = 2};
	uint64_t seed = 1;
	const uint8_t *lost = NULL;

	(void)state;
	draw_logs(&world, 2, &seed);
	world.changes[0] = (struct world_change){.log = 0, .seq = 1};
	world.changes[1] =
		(struct world_change){.log = 1, .seq = 1, .seen = {1}};
	write_put(&world.changes[0], 1, 100);
	write_to(&world.changes[1], FIRM, LATEST, OPERATION_PUT, value_b, 200);
	write_to(&world.changes[1], FIRM, HIGHEST, OPERATION_PUT, value_b, 200);
	write_to(&world.changes[1], FIRM, SENIOR, OPERATION_PUT, value_b, 200);
	write_to(&world.changes[1], FIRM, ASK, OPERATION_PUT, value_b, 200);

	(void)world_tell(&world, oracle);
	assert_int_equal(
		oracle_lost(oracle, holds_none, note_lost, (void *)&lost), 4);
	assert_memory_equal(lost, world.logs[1].id, LOG_BYTES);
	oracle_free(oracle);
}

/* What comes of a path: a text of it, which is the caller's. */
static char *
text_of(struct run *run, const struct path *path)
{
	side_reset(&run->side);
	for (uint32_t i = 0; i < path->count; i++)
		side_apply(&run->side, &run->world,
			&run->world.changes[path->order[i]]);
	run->orders++;
	run->steps += path->count;
	return side_text(&run->side, &run->world);
}

/* What `a` becomes when it takes what `b` has applied, in b's order. */
static struct path
joined(struct run *run, const struct path *a, const struct path *b)
{
	struct path path = *a;

	free(text_of(run, a));
	for (uint32_t i = 0; i < b->count; i++) {
		const struct world_change *change =
			&run->world.changes[b->order[i]];

		if (!side_wants(&run->side, &run->world, change))
			continue;
		side_apply(&run->side, &run->world, change);
		path.order[path.count++] = b->order[i];
	}
	return path;
}

static void
expect_equal(struct run *run, const struct path *a, const struct path *b)
{
	char *text = text_of(run, a), *other = text_of(run, b);

	if (strcmp(text, other) != 0) {
		world_print(&run->world);
		print_message("%s\n%s\n", text, other);
		fail_msg("two joins differ");
	}
	free(text);
	free(other);
}

/* Three replicas that hold different parts of a random world. */
static struct run *
next_three(struct run *run, uint64_t world, struct path *paths)
{
	run->seed = world << 20 | 1;
	draw_world(&run->world, &run->seed);
	run->cases++;
	for (int i = 0; i < 3; i++) {
		paths[i].count = 0;
		side_reset(&run->side);
		walk(&paths[i], &run->side, &run->world,
			below(&run->seed, WORLD_CHANGES_MAX), &run->seed);
	}
	return run;
}

static uint64_t
join_count(void)
{
	return is_full() ? 100000 : 3000;
}

static void
joining_two_replicas_is_commutative(void **state)
{
	struct run *run = run_new();
	struct path three[3];

	(void)state;
	for (uint64_t i = 1; i <= join_count(); i++) {
		struct path ab, ba;

		(void)next_three(run, i, three);
		ab = joined(run, &three[0], &three[1]);
		ba = joined(run, &three[1], &three[0]);
		expect_equal(run, &ab, &ba);
	}
	run_end(run, "a + b = b + a");
}

static void
joining_three_replicas_is_associative(void **state)
{
	struct run *run = run_new();
	struct path three[3];

	(void)state;
	for (uint64_t i = 1; i <= join_count(); i++) {
		struct path ab, bc, left, right;

		(void)next_three(run, i, three);
		ab = joined(run, &three[0], &three[1]);
		left = joined(run, &ab, &three[2]);
		bc = joined(run, &three[1], &three[2]);
		right = joined(run, &three[0], &bc);
		expect_equal(run, &left, &right);
	}
	run_end(run, "(a + b) + c = a + (b + c)");
}

static void
joining_what_one_has_is_idempotent(void **state)
{
	struct run *run = run_new();
	struct path three[3];

	(void)state;
	for (uint64_t i = 1; i <= join_count(); i++) {
		struct path aa, ab, abb;

		(void)next_three(run, i, three);
		aa = joined(run, &three[0], &three[0]);
		assert_int_equal(aa.count, three[0].count);
		expect_equal(run, &aa, &three[0]);
		ab = joined(run, &three[0], &three[1]);
		abb = joined(run, &ab, &three[1]);
		expect_equal(run, &ab, &abb);
	}
	run_end(run, "a + a = a, (a + b) + b = a + b");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			random_worlds_come_to_the_oracles_result_and_lose_nothing),
		cmocka_unit_test(a_value_that_nobody_wrote_over_is_missed),
		cmocka_unit_test(joining_two_replicas_is_commutative),
		cmocka_unit_test(joining_three_replicas_is_associative),
		cmocka_unit_test(joining_what_one_has_is_idempotent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
