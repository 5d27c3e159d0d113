/* client/method/joined: accounts that were found to be one. */

#include "client/method/joined.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;

static int
teardown(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

static const uint8_t *
id(uint8_t number)
{
	static uint8_t ids[16][ID_BYTES];

	ids[number][0] = number;
	return ids[number];
}

static struct joined
joined(const uint8_t (*numbers)[2], size_t count)
{
	uint8_t pairs[8][2][ID_BYTES] = {{{0}}};

	for (size_t i = 0; i < count; i++)
		for (int k = 0; k < 2; k++)
			memcpy(pairs[i][k], id(numbers[i][k]), ID_BYTES);
	return joined_of((const uint8_t(*)[2][ID_BYTES])pairs, count, &arena);
}

static void
the_smallest_id_survives_over_chains_and_loops(void **state)
{
	static const uint8_t chain[][2] = {{3, 4}, {2, 3}, {4, 5}, {2, 5}};
	static const uint8_t apart[][2] = {{6, 7}};
	struct joined j = joined(chain, 4);

	(void)state;
	for (uint8_t n = 2; n <= 5; n++)
		assert_int_equal(joined_root(&j, id(n))[0], 2);
	assert_int_equal(joined_root(&j, id(1))[0], 1);
	j = joined(apart, 1);
	assert_int_equal(joined_root(&j, id(7))[0], 6);
	j = joined(NULL, 0);
	assert_int_equal(joined_root(&j, id(7))[0], 7);
}

static void
a_survivor_takes_people_and_what_it_lacks(void **state)
{
	static const uint8_t pair[][2] = {{1, 2}};
	struct joined j = joined(pair, 1);
	struct dossier facts = {.account_count = 3, .contact_count = 2};

	(void)state;
	facts.accounts = calloc(3, sizeof *facts.accounts);
	facts.contacts = calloc(2, sizeof *facts.contacts);
	memcpy(facts.accounts[0].id, id(2), ID_BYTES);
	facts.accounts[0].name = "greater";
	facts.accounts[0].tier = TIER_KEY;
	facts.accounts[0].known[KNOWN_USCC].known = true;
	memcpy(facts.accounts[1].id, id(1), ID_BYTES);
	facts.accounts[1].name = "survivor";
	memcpy(facts.accounts[2].id, id(3), ID_BYTES);
	facts.accounts[2].name = "other";
	memcpy(facts.contacts[0].account, id(2), ID_BYTES);
	facts.contacts[0].name = "moved";
	memcpy(facts.contacts[1].account, id(3), ID_BYTES);
	facts.contacts[1].name = "stayed";
	joined_resolve(&j, &facts);
	assert_int_equal(facts.account_count, 2);
	assert_string_equal(facts.accounts[0].name, "survivor");
	assert_int_equal(facts.accounts[0].tier, TIER_KEY);
	assert_true(facts.accounts[0].known[KNOWN_USCC].known);
	assert_string_equal(facts.accounts[1].name, "other");
	assert_int_equal(facts.contacts[0].account[0], 1);
	assert_int_equal(facts.contacts[1].account[0], 3);
	dossier_clear(&facts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			the_smallest_id_survives_over_chains_and_loops,
			teardown),
		cmocka_unit_test_teardown(
			a_survivor_takes_people_and_what_it_lacks, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
