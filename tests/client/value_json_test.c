/* client/exchange/value_json: values as JSON, those that do not fit among them.
 */

#include "tests/client/values.h"

static void
bad_json_is_refused_with_the_reason(void **state)
{
	static const struct {
		const struct schema_field *field;
		const char *json, *what, *part;
	} table[] = {
		{&yes_no, "\"yes\"", "true or false is wanted in JSON", NULL},
		{&yes_no, "1", "true or false is wanted in JSON", NULL},
		{&integer, "\"1\"", "a whole number is wanted in JSON", NULL},
		{&integer, "1.5", "a whole number is wanted in JSON", NULL},
		{&text, "1", "a string is wanted in JSON", NULL},
		{&text, "null", "a string is wanted in JSON", NULL},
		{&text, "\"\"", EMPTY, NULL},
		{&date, "\"2026-02-29\"", NO_DAY, NULL},
		{&mood, "\"sad\"", "not in the list", NULL},
		{&money, "\"5000\"", "an object is wanted in JSON", NULL},
		{&money, "{\"amount\":5000}", "a string is wanted in JSON",
			"amount"},
		{&money, "{\"amount\":\"5.001\"}", DECIMALS, "amount"},
		{&money, "{\"currency\":\"CNY\"}", "missing", "amount"},
		{&money, "{\"amount\":\"5\",\"currency\":\"ABC\"}", NO_CURRENCY,
			"currency"},
		{&money, "{\"amount\":\"5\",\"unit\":\"CNY\"}",
			"a member that is no part of this value", NULL},
		{&tuple, "[]", "an object is wanted in JSON", NULL},
		{&tuple, "{}", "missing", "value"},
		{&tuple, "{\"value\":null}", "missing", "value"},
		{&tuple, "{\"value\":\"a\",\"count\":\"1\"}",
			"a whole number is wanted in JSON", "count"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		json_t *json = json_loads(
			table[i].json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		struct value_problem problem = {0};
		uint8_t bytes[64];
		struct pack pack;

		assert_non_null(json);
		pack_init(&pack, bytes, sizeof bytes);
		if (value_from_json(
			    table[i].field, json, NULL, NULL, &pack, &problem))
			fail_msg("%s was read", table[i].json);
		assert_int_equal(pack.size, 0);
		assert_string_equal(problem.what_en, table[i].what);
		assert_string_equal(problem.part ? problem.part->name : "-",
			table[i].part ? table[i].part : "-");
		json_decref(json);
	}
}

static void
json_parts_that_are_null_are_left_out(void **state)
{
	json_t *json = json_loads("{\"value\":\"a\",\"label\":null}", 0, NULL);
	struct value_problem problem = {0};
	struct value expected;
	uint8_t bytes[64];
	struct pack pack;

	(void)state;
	pack_init(&pack, bytes, sizeof bytes);
	assert_true(value_from_json(&tuple, json, NULL, NULL, &pack, &problem));
	read_good(&tuple, "a", 1, &expected);
	assert_int_equal(pack.size, expected.size);
	assert_memory_equal(bytes, expected.bytes, pack.size);
	json_decref(json);
}

/* What a peer may send. */

static void
check_unfit(const struct schema_field *field, const struct pack *pack,
	const char *json_expected, const char *text_expected)
{
	struct pack_view value = {pack->out, pack->size};
	json_t *json = value_to_json(field, value);
	char *dumped = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	char written[128];

	assert_false(pack->overflow);
	if (field)
		assert_false(value_fits(field, value));
	assert_string_equal(dumped, json_expected);
	(void)value_to_text(field, value, 0, written, sizeof written);
	assert_string_equal(written, text_expected);
	free(dumped);
	json_decref(json);
}

static void
what_does_not_fit_comes_as_the_nearest_json(void **state)
{
	uint8_t bytes[128];
	struct pack pack;

	(void)state;
	pack_init(&pack, bytes, sizeof bytes);
	pack_text(&pack, "2026-02-30");
	check_unfit(&date, &pack, "\"2026-02-30\"", "2026-02-30");
	check_unfit(NULL, &pack, "\"2026-02-30\"", "2026-02-30");

	pack_init(&pack, bytes, sizeof bytes);
	pack_nil(&pack);
	check_unfit(&text, &pack, "null", "");

	pack_init(&pack, bytes, sizeof bytes);
	pack_bytes(&pack, "\x01\xfe", 2);
	check_unfit(&text, &pack, "\"01fe\"", "\"01fe\"");

	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, 2);
	pack_integer(&pack, 1);
	pack_array(&pack, 2);
	pack_bool(&pack, true);
	pack_integer(&pack, -5);
	pack_text(&pack, "x");
	pack_nil(&pack);
	check_unfit(&money, &pack, "{\"1\":[true,-5],\"x\":null}",
		"{\"1\":[true,-5],\"x\":null}");

	/* An array that claims more than there is: not msgpack at all. */
	memcpy(bytes, "\x93\x01", 2);
	pack.size = 2;
	check_unfit(&tuple, &pack, "\"9301\"", "\"9301\"");
}

static void
tuples_fit_only_with_their_parts_in_order(void **state)
{
	uint8_t bytes[128];
	struct pack pack;

	(void)state;
	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, 1);
	pack_integer(&pack, 2);
	pack_text(&pack, "label without value");
	assert_false(
		value_fits(&tuple, (struct pack_view){pack.out, pack.size}));

	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, 2);
	pack_integer(&pack, 2);
	pack_text(&pack, "b");
	pack_integer(&pack, 1);
	pack_text(&pack, "a");
	assert_false(
		value_fits(&tuple, (struct pack_view){pack.out, pack.size}));

	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, 2);
	pack_integer(&pack, 1);
	pack_integer(&pack, 500);
	pack_integer(&pack, 2);
	pack_text(&pack, "cny");
	assert_false(
		value_fits(&money, (struct pack_view){pack.out, pack.size}));

	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, 2);
	pack_integer(&pack, 1);
	pack_integer(&pack, INT64_MAX);
	pack_integer(&pack, 2);
	pack_integer(&pack, 480);
	assert_false(
		value_fits(&moment, (struct pack_view){pack.out, pack.size}));
}

static void
what_a_newer_peer_sends_is_shown(void **state)
{
	uint8_t bytes[128];
	struct pack pack;
	struct pack_view value = {bytes, 0};
	char written[64];
	json_t *json;

	(void)state;
	/* A code that this list does not have. */
	pack_init(&pack, bytes, sizeof bytes);
	pack_text(&pack, "furious");
	value.size = pack.size;
	assert_true(value_fits(&mood, value));
	(void)value_to_text(&mood, value, 'z', written, sizeof written);
	assert_string_equal(written, "furious");

	/* A currency that is not known. */
	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, 2);
	pack_integer(&pack, 1);
	pack_integer(&pack, 150);
	pack_integer(&pack, 2);
	pack_text(&pack, "XYZ");
	value.size = pack.size;
	assert_true(value_fits(&money, value));
	(void)value_to_text(&money, value, 0, written, sizeof written);
	assert_string_equal(written, "1.50 XYZ");

	/* A part more. */
	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, 2);
	pack_integer(&pack, 1);
	pack_text(&pack, "a");
	pack_integer(&pack, 9);
	pack_bool(&pack, true);
	value.size = pack.size;
	assert_true(value_fits(&tuple, value));
	json = value_to_json(&tuple, value);
	assert_string_equal(
		json_string_value(json_object_get(json, "value")), "a");
	assert_true(json_is_true(json_object_get(json, "9")));
	json_decref(json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_json_is_refused_with_the_reason),
		cmocka_unit_test(json_parts_that_are_null_are_left_out),
		cmocka_unit_test(what_does_not_fit_comes_as_the_nearest_json),
		cmocka_unit_test(tuples_fit_only_with_their_parts_in_order),
		cmocka_unit_test(what_a_newer_peer_sends_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
