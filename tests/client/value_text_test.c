/* client/exchange/value_text: values as people type and read them. */

#include "tests/client/values.h"

/* Text, labels in both languages, and JSON all read back to the same bytes. */
static void
check_round_trips(const struct schema_field *field, const struct value *value)
{
	static char written[2 * SCHEMA_VALUE_MAX];
	static struct value again;
	struct value_problem problem = {0};
	struct pack pack;
	json_t *json;

	for (const char *labels = "ez"; labels;
		labels = *labels ? labels + 1 : NULL) {
		size_t size = value_to_text(
			field, view(value), *labels, written, sizeof written);

		assert_int_equal(strlen(written), size);
		read_good(field, written, size, &again);
		assert_true(same(value, &again));
	}
	json = value_to_json(field, view(value));
	assert_non_null(json);
	pack_init(&pack, again.bytes, sizeof again.bytes);
	if (!value_from_json(field, json, NULL, NULL, &pack, &problem))
		fail_msg("%s: %s", json_dumps(json, JSON_ENCODE_ANY),
			problem.what_en);
	again.size = pack.size;
	assert_true(same(value, &again));
	json_decref(json);
}

/* Good values of every field of the shipped schema. */

enum { VARIANTS = 4 };

/* Appends the variant'th good text of a scalar, escaped as parts need it. */
static void
add_good(char *out, enum schema_form form, const struct schema_codes *codes,
	int variant)
{
	static const char *const bools[] = {"yes", "0", "是", "FALSE"};
	static const char *const integers[] = {
		"0", "-12", "9223372036854775807", "-9223372036854775808"};
	static const char *const texts[] = {
		"王强", " a\\,b\\\\c=d ", "é\t€", "label=x"};
	static const char *const proses[] = {
		"一行", "two\nlines\r\n", "a\\, b", "\x01"};
	static const char *const dates[] = {
		"1800-01-01", "2200-12-31", "2024-02-29", "2026-11-20"};
	static const char *const ids[] = {
		"019aa0a4-0000-7000-8000-000000000001",
		"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
		"00000000-0000-0000-0000-000000000000",
		"019aa0a4-dead-7eef-8000-0123456789ab"};
	static const char *const bytes[] = {"00", "DEADbeef", "ff", "0123"};
	static const char *const times[] = {"2026-11-20T09:30:00+08:00",
		"1969-12-31 23:59:59.999-00:30", "2026-11-20 09:30",
		"2200-12-31T23:59:59Z"};
	static const char *const amounts[] = {
		"5000", "-0.01 EUR", "JPY 5000", "92233720368547758.07"};

	switch (form) {
	case FORM_BOOL:
		strcat(out, bools[variant]);
		break;
	case FORM_INT:
		strcat(out, integers[variant]);
		break;
	case FORM_OPEN:
	case FORM_CODE:
		if (form == FORM_CODE || (codes->count && variant % 2)) {
			const struct schema_code *code =
				&codes->list[(size_t)variant * 7 %
					codes->count];
			const char *words[] = {
				code->code, code->en, code->zh, code->code};

			strcat(out, words[variant]);
			break;
		}
		/* fall through: any text */
		strcat(out, texts[variant]);
		break;
	case FORM_TEXT:
		strcat(out, texts[variant]);
		break;
	case FORM_PROSE:
		strcat(out, proses[variant]);
		break;
	case FORM_DATE:
		strcat(out, dates[variant]);
		break;
	case FORM_REF:
		strcat(out, ids[variant]);
		break;
	case FORM_BYTES:
		strcat(out, bytes[variant]);
		break;
	case FORM_TIME:
		strcat(out, times[variant]);
		break;
	case FORM_MONEY:
	case FORM_AMOUNT:
		strcat(out, amounts[variant]);
		break;
	case FORM_TUPLE:
		fail();
	}
}

/* All parts in the even variants, the required and the first in the others. */
static void
add_good_tuple(char *out, const struct schema_field *field, int variant)
{
	for (size_t i = 0; i < field->part_count; i++) {
		const struct schema_part *part = &field->parts[i];
		bool is_currency = strcmp(part->name, "currency") == 0;

		/* The amount brings its own. */
		if (is_currency || (i && variant % 2 && !part->required))
			continue;
		if (i || variant > 1) {
			if (i)
				strcat(out, ",");
			strcat(out, part->name);
			strcat(out, "=");
		}
		add_good(out, part->form, &part->codes, variant);
	}
}

static void
every_field_makes_its_round_trips(void **state)
{
	const struct schema *schema = schema_roadbook();
	static struct value value;

	(void)state;
	for (size_t i = 0; i < schema->type_count; i++) {
		const struct schema_type *type = &schema->types[i];

		for (size_t k = 0; k < type->field_count * VARIANTS; k++) {
			const struct schema_field *field =
				&type->fields[k / VARIANTS];
			int variant = (int)(k % VARIANTS);
			char typed[1024] = "";

			if (field->form == FORM_TUPLE)
				add_good_tuple(typed, field, variant);
			else
				add_good(typed, field->form, &field->codes,
					variant);
			read_good(field, typed, strlen(typed), &value);
			check_round_trips(field, &value);
		}
	}
}

static void
every_code_is_read_by_its_labels(void **state)
{
	const struct schema *schema = schema_roadbook();
	static struct value a, b;

	(void)state;
	for (size_t i = 0; i < schema->type_count; i++)
		for (size_t k = 0; k < schema->types[i].field_count; k++) {
			const struct schema_field *field =
				&schema->types[i].fields[k];

			for (size_t c = 0; c < field->codes.count; c++) {
				const struct schema_code *code =
					&field->codes.list[c];

				read_good(field, code->code, strlen(code->code),
					&a);
				read_good(
					field, code->en, strlen(code->en), &b);
				assert_true(same(&a, &b));
				read_good(
					field, code->zh, strlen(code->zh), &b);
				assert_true(same(&a, &b));
			}
		}
}

/* What is typed, what is written, what is JSON. */

static void
good_values_are_written_as_promised(void **state)
{
	static const struct {
		const struct schema_field *field;
		const char *typed, *written, *json;
	} table[] = {
		{&yes_no, " Yes ", "yes", "true"},
		{&yes_no, "否", "no", "false"},
		{&yes_no, "1", "yes", "true"},
		{&integer, "-12", "-12", "-12"},
		{&integer, " 007 ", "7", "7"},
		{&integer, "-9223372036854775808", "-9223372036854775808",
			"-9223372036854775808"},
		{&text, "  a b  ", "  a b  ", "\"  a b  \""},
		{&text, " ", " ", "\" \""},
		{&prose, "a\r\nb", "a\r\nb", "\"a\\r\\nb\""},
		{&date, " 2026-11-20", "2026-11-20", "\"2026-11-20\""},
		{&date, "2000-02-29", "2000-02-29", "\"2000-02-29\""},
		{&mood, "GOOD", "good", "\"good\""},
		{&mood, "bad mood", "bad", "\"bad\""},
		{&mood, "心情差 ", "bad", "\"bad\""},
		{&open_mood, "心情好", "good", "\"good\""},
		{&open_mood, " so-so", " so-so", "\" so-so\""},
		{&ref, "019AA0A4-0000-7000-8000-0000000000ab",
			"019aa0a4-0000-7000-8000-0000000000ab",
			"\"019aa0a4-0000-7000-8000-0000000000ab\""},
		{&hex, "DEADbeef", "deadbeef", "\"deadbeef\""},
		{&moment, "2026-11-20T09:30:00+08:00",
			"2026-11-20T09:30:00+08:00",
			"\"2026-11-20T09:30:00+08:00\""},
		{&moment, "2026-11-20 09:30", "2026-11-20T09:30:00+02:00",
			"\"2026-11-20T09:30:00+02:00\""},
		{&moment, "2026-01-20 09:30", "2026-01-20T09:30:00+01:00",
			"\"2026-01-20T09:30:00+01:00\""},
		{&moment, "1969-12-31t23:59:59.001z",
			"1969-12-31T23:59:59.001+00:00",
			"\"1969-12-31T23:59:59.001+00:00\""},
		{&moment, "1800-01-01T00:00:00+23:59",
			"1800-01-01T00:00:00+23:59",
			"\"1800-01-01T00:00:00+23:59\""},
		{&money, "5000", "5000.00 CNY",
			"{\"amount\":\"5000.00\",\"currency\":\"CNY\"}"},
		{&money, "1,234,567.8 usd", "1234567.80 USD",
			"{\"amount\":\"1234567.80\",\"currency\":\"USD\"}"},
		{&money, "CNY 5000.00", "5000.00 CNY",
			"{\"amount\":\"5000.00\",\"currency\":\"CNY\"}"},
		{&money, "￥-3.5", "-3.50 CNY",
			"{\"amount\":\"-3.50\",\"currency\":\"CNY\"}"},
		{&money, "5000元", "5000.00 CNY",
			"{\"amount\":\"5000.00\",\"currency\":\"CNY\"}"},
		{&money, "5000 日元", "5000 JPY",
			"{\"amount\":\"5000\",\"currency\":\"JPY\"}"},
		{&money, "0.001 KWD", "0.001 KWD",
			"{\"amount\":\"0.001\",\"currency\":\"KWD\"}"},
		{&money, "-92233720368547758.08", "-92233720368547758.08 CNY",
			"{\"amount\":\"-92233720368547758.08\","
			"\"currency\":\"CNY\"}"},
		{&tuple, "13900000000,label=work", "13900000000,label=work",
			"{\"value\":\"13900000000\",\"label\":\"work\"}"},
		{&tuple, "a\\,b\\\\c, mood=心情好,count= 3 ",
			"a\\,b\\\\c,mood=good,count=3",
			"{\"value\":\"a,b\\\\c\",\"mood\":\"good\","
			"\"count\":3}"},
		{&tuple, "label=x,value=y", "y,label=x",
			"{\"value\":\"y\",\"label\":\"x\"}"},
		{&tuple, "value=label=x", "value=label=x",
			"{\"value\":\"label=x\"}"},
		{&tuple, "other=x", "other=x", "{\"value\":\"other=x\"}"},
		{&tuple, "x,label= a=b ", "x,label= a=b ",
			"{\"value\":\"x\",\"label\":\" a=b \"}"},
		{&spend, "5000,currency=usd,as_of=2026-06-30",
			"5000.00,currency=USD,as_of=2026-06-30",
			"{\"amount\":\"5000.00\",\"currency\":\"USD\","
			"\"as_of\":\"2026-06-30\"}"},
		{&spend, "5\\,000 JPY", "5000,currency=JPY",
			"{\"amount\":\"5000\",\"currency\":\"JPY\"}"},
		{&spend, "JPY 5,currency=日元", "5,currency=JPY",
			"{\"amount\":\"5\",\"currency\":\"JPY\"}"},
	};
	static struct value value;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char written[256];
		json_t *json;
		char *dumped;

		read_good(table[i].field, table[i].typed,
			strlen(table[i].typed), &value);
		(void)value_to_text(table[i].field, view(&value), 0, written,
			sizeof written);
		assert_string_equal(written, table[i].written);
		json = value_to_json(table[i].field, view(&value));
		dumped = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
		assert_string_equal(dumped, table[i].json);
		free(dumped);
		json_decref(json);
		check_round_trips(table[i].field, &value);
	}
}

static void
labels_are_written_in_either_language(void **state)
{
	static struct value value;
	char written[64];

	(void)state;
	read_good(&tuple, "x,mood=good", 11, &value);
	(void)value_to_text(&tuple, view(&value), 'e', written, sizeof written);
	assert_string_equal(written, "x,mood=Good mood");
	(void)value_to_text(&tuple, view(&value), 'z', written, sizeof written);
	assert_string_equal(written, "x,mood=心情好");
	read_good(&yes_no, "yes", 3, &value);
	(void)value_to_text(
		&yes_no, view(&value), 'z', written, sizeof written);
	assert_string_equal(written, "是");
}

static void
bad_text_is_refused_with_the_reason(void **state)
{
	static const struct {
		const struct schema_field *field;
		const char *typed, *what, *part;
	} table[] = {
		{&yes_no, "", EMPTY, NULL},
		{&yes_no, "maybe", "neither yes nor no", NULL},
		{&yes_no, "yess", "neither yes nor no", NULL},
		{&integer, " ", EMPTY, NULL},
		{&integer, "1.5", NO_INTEGER, NULL},
		{&integer, "1,000", NO_INTEGER, NULL},
		{&integer, "--1", NO_INTEGER, NULL},
		{&integer, "12a", NO_INTEGER, NULL},
		{&integer, "9223372036854775808", "too large a number", NULL},
		{&integer, "-9223372036854775809", "too large a number", NULL},
		{&text, "", EMPTY, NULL},
		{&text, "\xc0\xaf", "not valid UTF-8", NULL},
		{&text, "\xed\xa0\x80", "not valid UTF-8", NULL},
		{&text, "a\xe4\xb8", "not valid UTF-8", NULL},
		{&prose, "\xff", "not valid UTF-8", NULL},
		{&date, "2026-02-29", NO_DAY, NULL},
		{&date, "1900-02-29", NO_DAY, NULL},
		{&date, "2026-04-31", NO_DAY, NULL},
		{&date, "2026-13-01", NO_DAY, NULL},
		{&date, "2026-00-10", NO_DAY, NULL},
		{&date, "2026-10-00", NO_DAY, NULL},
		{&date, "1799-12-31", NO_DAY, NULL},
		{&date, "2201-01-01", NO_DAY, NULL},
		{&date, "20.11.2026", NO_DAY, NULL},
		{&date, "2026-1-2", NO_DAY, NULL},
		{&date, "2026-11-20x", NO_DAY, NULL},
		{&mood, "sad", "not in the list", NULL},
		{&mood, "goo", "not in the list", NULL},
		{&ref, "019aa0a4", NO_ID, NULL},
		{&ref, "019aa0a400007000800000000000000000ab", NO_ID, NULL},
		{&ref, "019aa0a4-0000-7000-8000-0000000000ag", NO_ID, NULL},
		{&hex, "abc", NO_HEX, NULL},
		{&hex, "0g", NO_HEX, NULL},
		{&moment, "2026-11-20", NO_TIME, NULL},
		{&moment, "2026-11-20T24:00:00Z", NO_TIME, NULL},
		{&moment, "2026-11-20T09:60:00Z", NO_TIME, NULL},
		{&moment, "2026-11-20T09:30:60Z", NO_TIME, NULL},
		{&moment, "2026-11-20T09:30:00.1Z", NO_TIME, NULL},
		{&moment, "2026-11-20T09:30:00+24:00", NO_TIME, NULL},
		{&moment, "2026-11-20T09:30:00+0800", NO_TIME, NULL},
		{&moment, "2026-02-30T09:30:00Z", NO_TIME, NULL},
		{&moment, "", EMPTY, NULL},
		{&money, "", EMPTY, NULL},
		{&money, "5000.001", DECIMALS, NULL},
		{&money, "5000.00 JPY", DECIMALS, NULL},
		{&money, "50,00", NO_AMOUNT, NULL},
		{&money, ",500", NO_AMOUNT, NULL},
		{&money, "5000,000", NO_AMOUNT, NULL},
		{&money, "1,000,00.00", NO_AMOUNT, NULL},
		{&money, "5.", NO_AMOUNT, NULL},
		{&money, ".5", NO_AMOUNT, NULL},
		{&money, "1.2.3", NO_AMOUNT, NULL},
		{&money, "1e3", NO_AMOUNT, NULL},
		{&money, "CNY", NO_AMOUNT, NULL},
		{&money, "CNY 5 USD", NO_AMOUNT, NULL},
		{&money, "5 ABC", NO_CURRENCY, NULL},
		{&money, "5 万", NO_CURRENCY, NULL},
		{&money, "92233720368547758.08", "too large an amount", NULL},
		{&money, "99999999999999999999999", "too large an amount",
			NULL},
		{&tuple, "", EMPTY, NULL},
		{&tuple, "  ", EMPTY, NULL},
		{&tuple, "a,b", NO_PART, NULL},
		{&tuple, "a,colour=b", NO_PART, NULL},
		{&tuple, "a,", NO_PART, NULL},
		{&tuple, "a,label=", EMPTY, "label"},
		{&tuple, "label=b", "missing", "value"},
		{&tuple, ",label=b", EMPTY, "value"},
		{&tuple, "a,label=b,label=c", "given twice", "label"},
		{&tuple, "a,value=c", "given twice", "value"},
		{&tuple, "a\\b", "a backslash is written \\\\", "value"},
		{&tuple, "a\\", "a backslash is written \\\\", "value"},
		{&tuple, "a,mood=sad", "not in the list", "mood"},
		{&tuple, "a,count=b", NO_INTEGER, "count"},
		{&spend, "5,currency=ABC", NO_CURRENCY, "currency"},
		{&spend, "5 USD,currency=CNY", "two different currencies",
			"currency"},
		{&spend, "5.001", DECIMALS, "amount"},
		{&spend, "5,as_of=2026-02-30", NO_DAY, "as_of"},
	};
	static struct value value;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct value_problem problem = {0};

		if (read_text(table[i].field, table[i].typed,
			    strlen(table[i].typed), &value, &problem))
			fail_msg("“%s” was read", table[i].typed);
		assert_string_equal(problem.what_en, table[i].what);
		assert_true(problem.what_zh && problem.what_zh[0]);
		assert_string_equal(problem.part ? problem.part->name : "-",
			table[i].part ? table[i].part : "-");
	}
}

/* Unnamed, it would be no value at all. */
static void
a_part_of_nothing_but_blanks_goes_with_its_name(void **state)
{
	static const char *const blanks[] = {
		"value=\t", "value= ", "value=  \t"};
	static struct value value;

	(void)state;
	for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++) {
		read_good(&tuple, blanks[i], strlen(blanks[i]), &value);
		check_round_trips(&tuple, &value);
	}
}

static void
a_closed_list_is_told_with_the_problem(void **state)
{
	static struct value value;
	struct value_problem problem = {0};

	(void)state;
	assert_false(read_text(&mood, "sad", 3, &value, &problem));
	assert_ptr_equal(problem.codes, &mood.codes);
	assert_false(read_text(&tuple, "x,mood=sad", 10, &value, &problem));
	assert_ptr_equal(problem.codes, &tuple_parts[2].codes);
	assert_false(read_text(&date, "sad", 3, &value, &problem));
	assert_null(problem.codes);
}

static void
refuses_nul_and_what_is_too_long(void **state)
{
	static const char *const as_typed[] = {"a\nb", "a\r\nb", "a\x7f",
		"a\x1b[0m", "a\xc2\x85 b", "a\u2028b", "\ta"};
	static char typed[SCHEMA_PROSE_MAX + 1];
	static struct value value;
	struct value_problem problem = {0};

	(void)state;
	memset(typed, 'a', sizeof typed);
	read_good(&text, typed, SCHEMA_TEXT_MAX, &value);
	assert_false(
		read_text(&text, typed, SCHEMA_TEXT_MAX + 1, &value, &problem));
	assert_string_equal(problem.what_en, "too long: at most 1024 bytes");
	read_good(&prose, typed, SCHEMA_PROSE_MAX, &value);
	check_round_trips(&prose, &value);
	assert_false(read_text(
		&prose, typed, SCHEMA_PROSE_MAX + 1, &value, &problem));
	assert_string_equal(problem.what_en, "too long: at most 65536 bytes");
	read_good(&hex, typed, (size_t)2 * SCHEMA_TEXT_MAX, &value);
	check_round_trips(&hex, &value);
	assert_false(read_text(&hex, typed, (size_t)2 * SCHEMA_TEXT_MAX + 2,
		&value, &problem));
	assert_false(read_text(&prose, "a\0b", 3, &value, &problem));
	assert_string_equal(problem.what_en, "has a NUL character in it");
	assert_false(read_text(&text, "a\0b", 3, &value, &problem));
	assert_string_equal(problem.what_en, "has a NUL character in it");
	assert_false(read_text(&mood, "good\0", 5, &value, &problem));
	/* Line breaks and controls are kept as typed, in short texts too. */
	for (size_t i = 0; i < sizeof as_typed / sizeof *as_typed; i++) {
		read_good(&text, as_typed[i], strlen(as_typed[i]), &value);
		check_round_trips(&text, &value);
	}
}

static void
a_tuple_is_bounded_as_a_whole(void **state)
{
	static const struct schema_part proses[] = {
		{1, "a", "A", "甲", .form = FORM_PROSE},
		{2, "b", "B", "乙", .form = FORM_PROSE},
		{3, "c", "C", "丙", .form = FORM_PROSE},
	};
	static const struct schema_field field = {
		.form = FORM_TUPLE, .parts = proses, .part_count = 3};
	static char typed[3 * SCHEMA_PROSE_MAX];
	static struct value value;
	struct value_problem problem = {0};

	(void)state;
	memset(typed, 'x', sizeof typed);
	memcpy(typed + 60000, ",b=", 3);
	memcpy(typed + 120000, ",c=", 3);
	read_good(&field, typed, 125000, &value);
	assert_false(read_text(&field, typed, 140000, &value, &problem));
	assert_string_equal(
		problem.what_en, "too long: at most 131072 bytes together");
}

static void
a_time_without_offset_needs_a_zone(void **state)
{
	static const char typed[] = "2026-11-20 09:30";
	struct value_problem problem = {0};
	uint8_t bytes[32];
	struct pack pack;

	(void)state;
	pack_init(&pack, bytes, sizeof bytes);
	assert_false(value_from_text(
		&moment, typed, sizeof typed - 1, NULL, NULL, &pack, &problem));
	assert_string_equal(problem.what_en,
		"a time without its offset: write 2026-11-20T09:30:00+08:00");
	assert_int_equal(pack.size, 0);
}

static void
text_is_cut_at_whole_characters(void **state)
{
	static const char full[] = "a€王\U0001F600";
	static const size_t kept[] = {
		0, 0, 1, 1, 1, 4, 4, 4, 7, 7, 7, 7, 11, 11};
	static struct value value;
	char written[16];

	(void)state;
	read_good(&text, full, sizeof full - 1, &value);
	for (size_t room = 0; room < sizeof kept / sizeof *kept; room++) {
		memset(written, '#', sizeof written);
		assert_int_equal(
			value_to_text(&text, view(&value), 0, written, room),
			sizeof full - 1);
		assert_int_equal(written[room], '#');
		if (room == 0)
			continue;
		assert_int_equal(strlen(written), kept[room]);
		assert_memory_equal(written, full, kept[room]);
	}
}

static void
local_times_follow_the_zone_across_a_change_of_clocks(void **state)
{
	static const struct {
		const char *typed, *written;
	} table[] = {
		{"2026-03-29 01:59", "2026-03-29T01:59:00+01:00"},
		{"2026-03-29 03:00", "2026-03-29T03:00:00+02:00"},
	};
	static struct value value;
	char written[64];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		read_good(&moment, table[i].typed, strlen(table[i].typed),
			&value);
		(void)value_to_text(
			&moment, view(&value), 0, written, sizeof written);
		assert_string_equal(written, table[i].written);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_makes_its_round_trips),
		cmocka_unit_test(every_code_is_read_by_its_labels),
		cmocka_unit_test(good_values_are_written_as_promised),
		cmocka_unit_test(labels_are_written_in_either_language),
		cmocka_unit_test(bad_text_is_refused_with_the_reason),
		cmocka_unit_test(
			a_part_of_nothing_but_blanks_goes_with_its_name),
		cmocka_unit_test(a_closed_list_is_told_with_the_problem),
		cmocka_unit_test(refuses_nul_and_what_is_too_long),
		cmocka_unit_test(a_tuple_is_bounded_as_a_whole),
		cmocka_unit_test(a_time_without_offset_needs_a_zone),
		cmocka_unit_test(text_is_cut_at_whole_characters),
		cmocka_unit_test(
			local_times_follow_the_zone_across_a_change_of_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
