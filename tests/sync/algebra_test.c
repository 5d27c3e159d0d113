/* The algebra of the merge: all histories, in every order of delivery. */

#include "tests/sync/algebra.h"

/* What a change of an exhaustive run may write: one of a few letters. */
struct alphabet {
	const char *name;
	uint32_t letters;
	void (*write)(
		struct world_change *change, uint32_t letter, int64_t at_ms);
};

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

static void
change_from_history(
	struct world_change *change, const struct history_change *from)
{
	*change = (struct world_change){.log = from->log, .seq = from->seq};
	for (uint32_t l = 0; l < HISTORY_LOGS_MAX; l++)
		change->seen[l] = from->seen[l];
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
