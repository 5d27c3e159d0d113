/* client/handover/stake: what accounts are worth, by currency. */

#include "client/handover/stake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static struct dossier_account
spends(int64_t minor, const char *currency)
{
	struct dossier_account a = {.name = "", .spend = minor};

	memcpy(a.spend_currency, currency, sizeof a.spend_currency);
	return a;
}

static void
add(struct stake *stake, int64_t minor, const char *currency)
{
	struct dossier_account a = spends(minor, currency);

	stake_add(stake, &a);
}

static void
sums_each_currency_by_itself(void **state)
{
	struct stake all = {0}, part = {0};

	(void)state;
	add(&all, 30000, "CNY");
	add(&all, 10000, "CNY");
	add(&all, 500, "EUR");
	add(&part, 30000, "CNY");
	assert_int_equal(stake_share(&part, &all, "CNY").bp, 7500);
	assert_int_equal(stake_share(&part, &all, "EUR").bp, 0);
	assert_false(stake_share(&part, &all, "USD").known);
}

static void
an_account_without_an_amount_is_unknown_and_not_nothing(void **state)
{
	struct stake all = {0};

	(void)state;
	add(&all, 0, "CNY");
	add(&all, -5, "CNY");
	assert_int_equal(all.unknown, 2);
	assert_int_equal(all.known, 0);
	assert_int_equal(all.count, 0);
}

static void
neither_overflows_nor_runs_out_of_room(void **state)
{
	struct stake all = {0};
	char currency[4] = "AAA";

	(void)state;
	for (int i = 0; i < STAKE_CURRENCIES + 2; i++) {
		currency[2] = (char)('A' + i);
		add(&all, 1, currency);
	}
	assert_int_equal(all.known, STAKE_CURRENCIES);
	assert_int_equal(all.unknown, 2);
	add(&all, INT64_MAX, "AAA");
	add(&all, INT64_MAX, "AAA");
	assert_true(all.sums[0].minor == INT64_MAX);
}

static void
tells_every_currency_of_all_in_its_own_digits(void **state)
{
	struct stake all = {0}, part = {0};
	json_t *json, *of;

	(void)state;
	add(&all, 500, "JPY");
	add(&all, 12345, "CNY");
	add(&part, 500, "JPY");
	json = stake_json(&part, &all);
	of = json_object_get(json, "of");
	assert_int_equal(json_array_size(of), 2);
	assert_string_equal(json_string_value(json_object_get(
				    json_array_get(of, 0), "currency")),
		"CNY");
	assert_string_equal(json_string_value(json_object_get(
				    json_array_get(of, 0), "amount")),
		"0.00");
	assert_string_equal(json_string_value(json_object_get(
				    json_array_get(of, 1), "amount")),
		"500");
	json_decref(json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_each_currency_by_itself),
		cmocka_unit_test(
			an_account_without_an_amount_is_unknown_and_not_nothing),
		cmocka_unit_test(neither_overflows_nor_runs_out_of_room),
		cmocka_unit_test(tells_every_currency_of_all_in_its_own_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
