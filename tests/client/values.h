#ifndef TESTS_CLIENT_VALUES_H
#define TESTS_CLIENT_VALUES_H

/* Values of every form, for tests of what reads and writes them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/exchange/value_text.h"
#include "proto/schema_roadbook.h"

/* A field of one's own for each form; TUPLE has parts of several. */

static const struct schema_code moods[] = {
	{"good", "Good mood", "心情好"},
	{"bad", "Bad mood", "心情差"},
};

static const struct schema_part tuple_parts[] = {
	{1, "value", "Value", "值", .form = FORM_TEXT, .required = true},
	{2, "label", "Label", "标签", .form = FORM_TEXT},
	{3, "mood", "Mood", "心情", .form = FORM_CODE, .codes = {moods, 2}},
	{4, "count", "Count", "数量", .form = FORM_INT},
};

static const struct schema_part spend_parts[] = {
	{1, "amount", "Amount", "金额", .form = FORM_AMOUNT, .required = true},
	{2, "currency", "Currency", "币种", .form = FORM_OPEN,
		.codes = {schema_currencies, SCHEMA_CURRENCIES}},
	{3, "as_of", "As of", "截至", .form = FORM_DATE},
};

static const struct schema_field yes_no = {.form = FORM_BOOL};
static const struct schema_field integer = {.form = FORM_INT};
static const struct schema_field text = {.form = FORM_TEXT};
static const struct schema_field prose = {.form = FORM_PROSE};
static const struct schema_field date = {.form = FORM_DATE};
static const struct schema_field mood = {
	.form = FORM_CODE, .codes = {moods, 2}};
static const struct schema_field open_mood = {
	.form = FORM_OPEN, .codes = {moods, 2}};
static const struct schema_field ref = {
	.form = FORM_REF, .refers = TYPE_ACCOUNT};
static const struct schema_field hex = {.form = FORM_BYTES};
static const struct schema_field moment = {.form = FORM_TIME};
static const struct schema_field money = {.form = FORM_MONEY};
static const struct schema_field tuple = {
	.form = FORM_TUPLE, .parts = tuple_parts, .part_count = 4};
static const struct schema_field spend = {
	.form = FORM_TUPLE, .parts = spend_parts, .part_count = 3};

/* A value as bytes. */
struct value {
	uint8_t bytes[SCHEMA_VALUE_MAX];
	size_t size;
};

static inline struct pack_view
view(const struct value *value)
{
	return (struct pack_view){value->bytes, value->size};
}

/* An hour ahead of UTC, and from 2026-03-29 01:00 UTC two. */
static inline int
summer_zone(void *self, int64_t utc_ms)
{
	(void)self;
	return utc_ms < INT64_C(1774746000000) ? 60 : 120;
}

static inline bool
read_text(const struct schema_field *field, const char *typed, size_t size,
	struct value *value, struct value_problem *problem)
{
	struct pack pack;
	bool read;

	pack_init(&pack, value->bytes, sizeof value->bytes);
	read = value_from_text(
		field, typed, size, summer_zone, NULL, &pack, problem);
	value->size = pack.size;
	assert_false(pack.overflow);
	assert_true(read || pack.size == 0);
	return read;
}

static inline void
read_good(const struct schema_field *field, const char *typed, size_t size,
	struct value *value)
{
	struct value_problem problem = {0};

	if (!read_text(field, typed, size, value, &problem))
		fail_msg("%s: “%.*s”: %s", field->name ? field->name : "",
			(int)size, typed, problem.what_en);
	assert_true(pack_valid(value->bytes, value->size));
	assert_true(value_fits(field, view(value)));
}

static inline bool
same(const struct value *a, const struct value *b)
{
	return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

/* What is refused, and with which words. */

#define EMPTY "empty"
#define NO_DAY "not a day of the calendar: write 2026-11-20"
#define NO_TIME                                                                \
	"not a time: write 2026-11-20 09:30 or 2026-11-20T09:30:00+08:00"
#define NO_AMOUNT "not an amount: write 5000.00 CNY"
#define NO_CURRENCY "not a currency: write CNY"
#define NO_PART                                                                \
	"part=value is wanted after a comma; a comma in a text is written \\,"
#define NO_INTEGER "not a whole number: write 12"
#define NO_ID "not an id (UUID)"
#define NO_HEX "not hexadecimal: two digits 0-9, a-f for each byte"
#define DECIMALS "more decimals than the currency has"

#endif
