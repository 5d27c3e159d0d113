#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/schema_roadbook.h"
#include "tests/sim/deliver.h"
#include "tests/sim/histories.h"

/*
 * The algebra of the merge, without a store: whatever the order in which
 * changes are delivered, the result is one, and it is the oracle's. That is
 * commutativity, associativity and idempotence at once; they are tried under
 * their own names, too.
 *
 * ROADBOOK_ALGEBRA=full tries everything (minutes); else a slice.
 */

/* A schema with a field of each kind and order. */
enum {
	LATEST = 8,
	HIGHEST = 12,
	SENIOR = 16,
	ASK = 20,
	ONCE = 24,
	TAGS = 28,
	PARENT = 36,
	SWITCH = 40,  /* bool, highest */
	MANAGED = 10, /* a manager's to write */
	CREDIT = 15,  /* hq's to write */
	UNKNOWN = 44, /* to this schema */
	ACCOUNT = 8,  /* of a contact: its parent */
};

static const struct schema_code code_list[] = {
	{"a", "a", "a"}, {"b", "b", "b"}, {"c", "c", "c"}};

static const struct schema_field alias_fields[] = {
	{SCHEMA_ARCHIVED, "archived", .form = FORM_BOOL},
	{SCHEMA_MOVED, "moved", .form = FORM_BOOL},
	{SCHEMA_JOINED, "joined", .form = FORM_BOOL},
};

static const struct schema_field account_fields[] = {
	{SCHEMA_ARCHIVED, "archived", .form = FORM_BOOL},
	{SCHEMA_MOVED, "moved", .form = FORM_BOOL},
	{LATEST, "latest", .form = FORM_TEXT},
	{MANAGED, "managed", .form = FORM_TEXT},
	{HIGHEST, "highest", .form = FORM_CODE, .order = ORDER_HIGHEST,
		.codes = {code_list, 3}},
	{CREDIT, "credit", .form = FORM_TEXT, .order = ORDER_SENIOR},
	{SENIOR, "senior", .form = FORM_TEXT, .order = ORDER_SENIOR},
	{ASK, "ask", .form = FORM_TEXT, .order = ORDER_ASK},
	{ONCE, "once", .kind = KIND_ONCE, .form = FORM_TEXT},
	{TAGS, "tags", .kind = KIND_SET, .form = FORM_TEXT},
	{PARENT, "parent_id", .form = FORM_REF, .refers = TYPE_ACCOUNT,
		.parent = true},
	{SWITCH, "switch", .form = FORM_BOOL, .order = ORDER_HIGHEST},
};

static const struct schema_field contact_fields[] = {
	{SCHEMA_ARCHIVED, "archived", .form = FORM_BOOL},
	{SCHEMA_MOVED, "moved", .form = FORM_BOOL},
	{ACCOUNT, "account_id", .form = FORM_REF, .refers = TYPE_ACCOUNT,
		.parent = true},
	{ASK, "name", .form = FORM_TEXT, .order = ORDER_ASK},
};

static const struct schema_type types[] = {
	{SCHEMA_ALIAS, "alias", .fields = alias_fields, .field_count = 3},
	{TYPE_ACCOUNT, "account", .fields = account_fields, .field_count = 12},
	{TYPE_CONTACT, "contact", .fields = contact_fields, .field_count = 4},
};
static const struct schema schema = {types, 3};

/* Two accounts, the alias of both, two contacts. */
static const uint8_t ids[5][RECORD_ID_MAX] = {
	{1}, {2}, {[0] = 1, [ID_BYTES] = 2}, {4}, {5}};

struct place {
	uint32_t type;
	const uint8_t *id;
	size_t id_size;
};

enum { FIRM, OTHER_FIRM, ALIAS, PERSON, OTHER_PERSON, PLACES };
static const struct place places[PLACES] = {{TYPE_ACCOUNT, ids[0], ID_BYTES},
	{TYPE_ACCOUNT, ids[1], ID_BYTES}, {SCHEMA_ALIAS, ids[2], RECORD_ID_MAX},
	{TYPE_CONTACT, ids[3], ID_BYTES}, {TYPE_CONTACT, ids[4], ID_BYTES}};

#define VALUE(name, ...)                                                       \
	static const uint8_t name##_bytes[] = {__VA_ARGS__};                   \
	static const struct pack_view name = {name##_bytes, sizeof name##_bytes}
VALUE(value_a, 0xa1, 'a');
VALUE(value_b, 0xa1, 'b');
VALUE(value_z, 0xa1, 'z'); /* not among the codes */
VALUE(value_nil, 0xc0);
VALUE(value_false, 0xc2);
VALUE(value_true, 0xc3);
VALUE(value_firm, 0xc4, ID_BYTES, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0);
VALUE(value_other_firm, 0xc4, ID_BYTES, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0);

/* Numbers from a seed (splitmix64). */
static uint64_t
next_random(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static uint32_t
below(uint64_t *seed, uint32_t limit)
{
	assert_true(limit > 0);
	return (uint32_t)(next_random(seed) >> 33) % limit;
}

static void
write_to(struct world_change *change, int place, uint32_t field,
	enum operation_kind kind, struct pack_view value, int64_t at_ms)
{
	assert_true(change->operation_count < WORLD_OPERATIONS_MAX);
	change->operations[change->operation_count++] = (struct operation){
		.type = places[place].type,
		.id = places[place].id,
		.id_size = places[place].id_size,
		.field = field,
		.kind = kind,
		.time = at_ms,
		.value = value,
	};
}

/* What a change of an exhaustive run may write: one of a few letters. */
struct alphabet {
	const char *name;
	uint32_t letters;
	void (*write)(
		struct world_change *change, uint32_t letter, int64_t at_ms);
};

/* Nothing, one value or the other, in a field of each order. */
static void
write_put(struct world_change *change, uint32_t letter, int64_t at_ms)
{
	struct pack_view value = letter == 1 ? value_a : value_b;

	if (letter == 0)
		return;
	write_to(change, FIRM, LATEST, OPERATION_PUT, value, at_ms);
	write_to(change, FIRM, HIGHEST, OPERATION_PUT, value, at_ms);
	write_to(change, FIRM, SENIOR, OPERATION_PUT, value, at_ms);
	write_to(change, FIRM, ASK, OPERATION_PUT, value, at_ms);
}

static void
write_init(struct world_change *change, uint32_t letter, int64_t at_ms)
{
	if (letter != 0)
		write_to(change, FIRM, ONCE, OPERATION_INIT,
			letter == 1 ? value_a : value_b, at_ms);
}

/* Elements are registers of their own: one is enough. */
static void
write_set(struct world_change *change, uint32_t letter, int64_t at_ms)
{
	if (letter != 0)
		write_to(change, FIRM, TAGS,
			letter == 1 ? OPERATION_ADD : OPERATION_DEL, value_a,
			at_ms);
}

static void
write_mark(struct world_change *change, uint32_t letter, int64_t at_ms)
{
	if (letter == 0)
		return;
	write_to(change, FIRM, SCHEMA_ARCHIVED, OPERATION_PUT,
		letter == 1 ? value_true : value_false, at_ms);
	write_to(change, FIRM, SCHEMA_MOVED, OPERATION_PUT,
		letter == 1 ? value_true : value_false, at_ms);
}

/* A firm that is edited and archived, and a person who comes and goes. */
static void
write_archive(struct world_change *change, uint32_t letter, int64_t at_ms)
{
	switch (letter) {
	case 0:
		write_to(change, FIRM, LATEST, OPERATION_PUT, value_a, at_ms);
		break;
	case 1:
		write_to(change, FIRM, LATEST, OPERATION_PUT, value_b, at_ms);
		write_to(change, FIRM, SCHEMA_ARCHIVED, OPERATION_PUT,
			value_true, at_ms);
		break;
	case 2:
		write_to(change, FIRM, SCHEMA_ARCHIVED, OPERATION_PUT,
			value_true, at_ms);
		break;
	case 3:
		write_to(change, FIRM, SCHEMA_ARCHIVED, OPERATION_PUT,
			value_false, at_ms);
		break;
	case 4:
		write_to(change, PERSON, ACCOUNT, OPERATION_PUT, value_firm,
			at_ms);
		break;
	case 5:
		write_to(change, PERSON, ACCOUNT, OPERATION_PUT,
			value_other_firm, at_ms);
		break;
	default:
		write_to(change, PERSON, SCHEMA_ARCHIVED, OPERATION_PUT,
			value_true, at_ms);
		break;
	}
}

/* Two firms, made one and edited, moved away and edited. */
static void
write_alias(struct world_change *change, uint32_t letter, int64_t at_ms)
{
	switch (letter) {
	case 0:
		write_to(change, OTHER_FIRM, TAGS, OPERATION_ADD, value_a,
			at_ms);
		break;
	case 1:
		write_to(change, OTHER_FIRM, TAGS, OPERATION_DEL, value_a,
			at_ms);
		break;
	case 2:
		write_to(change, ALIAS, SCHEMA_JOINED, OPERATION_PUT,
			value_true, at_ms);
		break;
	case 3:
		write_to(change, ALIAS, SCHEMA_JOINED, OPERATION_PUT,
			value_false, at_ms);
		break;
	default:
		write_to(change, OTHER_FIRM, SCHEMA_MOVED, OPERATION_PUT,
			value_true, at_ms);
		break;
	}
}

static const struct alphabet put_alphabet = {"put", 3, write_put};
static const struct alphabet init_alphabet = {"init", 3, write_init};
static const struct alphabet set_alphabet = {"set", 3, write_set};
static const struct alphabet mark_alphabet = {"marks", 3, write_mark};
static const struct alphabet archive_alphabet = {"archive", 7, write_archive};
static const struct alphabet alias_alphabet = {"alias", 5, write_alias};

/* Names of logs in any order, ranks, no cuts. */
static void
draw_logs(struct world *world, uint32_t count, uint64_t *seed)
{
	uint8_t names[WORLD_LOGS_MAX] = {10, 20, 30, 40, 50};

	world->log_count = count;
	for (uint32_t l = 0; l < count; l++) {
		uint32_t pick = l + below(seed, count - l);
		uint8_t name = names[pick];

		names[pick] = names[l];
		world->logs[l] = (struct merge_log){
			.id = {name}, .rank = 1 + (int)below(seed, 3)};
		world->cuts[l] = INT64_MAX;
	}
}

static void
change_from_history(
	struct world_change *change, const struct history_change *from)
{
	*change = (struct world_change){.log = from->log, .seq = from->seq};
	for (uint32_t l = 0; l < HISTORY_LOGS_MAX; l++)
		change->seen[l] = from->seen[l];
}

/* A run over worlds: its sides, oracle and counts. */
struct run {
	struct world world;
	struct oracle *oracle;
	const struct oracle_view *view;
	struct side side;
	uint64_t seed;
	uint64_t cases, orders, steps;
	clock_t began;
};

static struct run *
run_new(void)
{
	struct run *run = calloc(1, sizeof *run);

	assert_non_null(run);
	run->world.schema = &schema;
	run->oracle = oracle_new(&schema);
	run->began = clock();
	return run;
}

static void
run_end(struct run *run, const char *what)
{
	print_message("%s: %llu cases, %llu orders, %llu steps, %.1f s\n", what,
		(unsigned long long)run->cases, (unsigned long long)run->orders,
		(unsigned long long)run->steps,
		(double)(clock() - run->began) / CLOCKS_PER_SEC);
	oracle_free(run->oracle);
	side_clear(&run->side);
	free(run);
}

static void
expect_the_oracles(struct run *run)
{
	const char *difference =
		side_differs(&run->side, &run->world, run->view);

	if (!difference)
		return;
	world_print(&run->world);
	print_message("%s\n", side_text(&run->side, &run->world));
	fail_msg("%s", difference);
}

static bool
deliver_in_order(void *self, const uint8_t *order)
{
	struct run *run = self;

	side_reset(&run->side);
	for (uint32_t i = 0; i < run->world.change_count; i++)
		side_apply(
			&run->side, &run->world, &run->world.changes[order[i]]);
	run->orders++;
	run->steps += run->world.change_count;
	expect_the_oracles(run);
	return true;
}

/* One history and one word of letters, in every order of delivery. */
static void
try_word(struct run *run, const struct alphabet *alphabet,
	const struct history *history, uint32_t word)
{
	struct world *world = &run->world;

	run->seed = (uint64_t)word * 0x10001 + run->cases++;
	draw_logs(world, history->log_count, &run->seed);
	world->change_count = history->change_count;
	for (uint32_t i = 0; i < world->change_count; i++) {
		struct world_change *change = &world->changes[i];
		/* Clocks are equal often enough for the other ties to count. */
		int64_t at_ms = 100 + below(&run->seed, 3);

		change_from_history(change, &history->changes[i]);
		alphabet->write(change, word % alphabet->letters, at_ms);
		word /= alphabet->letters;
	}
	run->view = world_tell(world, run->oracle);
	(void)history_orders(history, deliver_in_order, run);
}

/* Each `stride`-th word of all histories of so many logs and changes. */
static void
try_all(const struct alphabet *alphabet, uint8_t logs, uint8_t changes,
	uint32_t stride)
{
	struct histories all = histories_all(logs, changes, true);
	struct run *run = run_new();
	uint32_t words = 1, turn = 0;
	char what[80];

	for (uint8_t i = 0; i < changes; i++)
		words *= alphabet->letters;
	for (size_t i = 0; i < all.count; i++)
		for (uint32_t word = 0; word < words; word++)
			if (turn++ % stride == 0)
				try_word(run, alphabet, &all.list[i], word);
	(void)snprintf(what, sizeof what, "%s, %u x %u, %zu histories, 1 in %u",
		alphabet->name, logs, changes, all.count, stride);
	run_end(run, what);
	free(all.list);
}

static bool
is_full(void)
{
	const char *wanted = getenv("ROADBOOK_ALGEBRA");

	return wanted && strcmp(wanted, "full") == 0;
}

/* All of up to `changes` changes; of the most, 1 in `stride` in a slice. */
static void
try_up_to(const struct alphabet *alphabet, uint8_t changes, uint32_t stride)
{
	for (uint8_t count = 1; count < changes; count++)
		try_all(alphabet, 3, count, 1);
	try_all(alphabet, 3, changes, is_full() ? 1 : stride);
}

static void
knows_all_histories(void **state)
{
	static const size_t two_logs[] = {1, 2, 5, 14, 42, 132, 429};
	static const size_t three_logs[] = {1, 3, 12, 58, 321, 1968, 13078};
	static const size_t renamed[] = {1, 1, 3, 12, 58, 339, 2209};

	(void)state;
	for (uint8_t count = 0; count <= 6; count++) {
		struct histories two = histories_all(2, count, false);
		struct histories three = histories_all(3, count, false);
		struct histories fewer = histories_all(3, count, true);

		assert_int_equal(two.count, two_logs[count]);
		assert_int_equal(three.count, three_logs[count]);
		assert_int_equal(fewer.count, renamed[count]);
		free(two.list);
		free(three.list);
		free(fewer.list);
	}
}

static void
puts_come_to_one_result_in_every_order_of_delivery(void **state)
{
	(void)state;
	try_up_to(&put_alphabet, 6, 199);
	try_all(&put_alphabet, 4, 5, is_full() ? 1 : 199);
}

static void
inits_come_to_one_result_in_every_order_of_delivery(void **state)
{
	(void)state;
	try_up_to(&init_alphabet, is_full() ? 6 : 5, 7);
	try_all(&init_alphabet, 4, 5, is_full() ? 1 : 199);
}

static void
sets_come_to_one_result_in_every_order_of_delivery(void **state)
{
	(void)state;
	try_up_to(&set_alphabet, is_full() ? 6 : 5, 7);
}

static void
marks_come_to_one_result_in_every_order_of_delivery(void **state)
{
	(void)state;
	try_up_to(&mark_alphabet, 5, 7);
}

static void
archives_come_to_one_result_in_every_order_of_delivery(void **state)
{
	(void)state;
	try_up_to(&archive_alphabet, 4, 7);
	try_all(&archive_alphabet, 3, 5, is_full() ? 1 : 3001);
}

static void
aliases_come_to_one_result_in_every_order_of_delivery(void **state)
{
	(void)state;
	try_up_to(&alias_alphabet, 4, 3);
	try_all(&alias_alphabet, 3, 5, is_full() ? 1 : 601);
}

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
		cmocka_unit_test(knows_all_histories),
		cmocka_unit_test(
			puts_come_to_one_result_in_every_order_of_delivery),
		cmocka_unit_test(
			inits_come_to_one_result_in_every_order_of_delivery),
		cmocka_unit_test(
			sets_come_to_one_result_in_every_order_of_delivery),
		cmocka_unit_test(
			marks_come_to_one_result_in_every_order_of_delivery),
		cmocka_unit_test(
			archives_come_to_one_result_in_every_order_of_delivery),
		cmocka_unit_test(
			aliases_come_to_one_result_in_every_order_of_delivery),
		cmocka_unit_test(
			random_worlds_come_to_the_oracles_result_and_lose_nothing),
		cmocka_unit_test(a_value_that_nobody_wrote_over_is_missed),
		cmocka_unit_test(joining_two_replicas_is_commutative),
		cmocka_unit_test(joining_three_replicas_is_associative),
		cmocka_unit_test(joining_what_one_has_is_idempotent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
