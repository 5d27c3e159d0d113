#include "client/exchange/value_scalar.h"

#include <assert.h>
#include <string.h>

#include "client/exchange/moment.h"
#include "client/exchange/money.h"

/*
 * Tuples out of the texts of their parts, and times. An amount and its
 * currency are read together, since the one says how many digits the other
 * has.
 */

static const char default_currency[] = "CNY";

struct schema_field
value_part_field(const struct schema_part *part)
{
	return (struct schema_field){
		.number = part->number,
		.name = part->name,
		.en = part->en,
		.zh = part->zh,
		.kind = KIND_ONCE,
		.form = part->form,
		.codes = part->codes,
		.refers = part->refers,
		.required = part->required,
	};
}

/* A tuple's amount and currency, or NULL where it has none. */
struct money_parts {
	const struct schema_part *amount;
	const struct schema_part *currency;
};

static struct money_parts
money_parts_of(const struct schema_part *parts, size_t count)
{
	struct money_parts found = {0};

	for (size_t i = 0; i < count; i++) {
		if (parts[i].form == FORM_AMOUNT)
			found.amount = &parts[i];
		if (strcmp(parts[i].name, "currency") == 0)
			found.currency = &parts[i];
	}
	if (!found.amount || !found.currency)
		found = (struct money_parts){0};
	return found;
}

static bool
is_currency(struct text code)
{
	if (code.size != MONEY_CURRENCY_SIZE)
		return false;
	for (size_t i = 0; i < MONEY_CURRENCY_SIZE; i++)
		if (code.at[i] < 'A' || code.at[i] > 'Z')
			return false;
	return true;
}

static bool
read_currency(const struct schema_codes *codes, struct text text,
	char code[static MONEY_CURRENCY_SIZE])
{
	static const char *const yuan[] = {"¥", "￥", "元", "RMB"};
	const struct schema_code *known = value_code_meant(codes, text);

	text = text_trimmed(text);
	if (known) {
		memcpy(code, known->code, MONEY_CURRENCY_SIZE);
		return true;
	}
	for (size_t i = 0; i < sizeof yuan / sizeof *yuan; i++)
		if (text.size == strlen(yuan[i]) &&
			memcmp(text.at, yuan[i], text.size) == 0) {
			memcpy(code, default_currency, MONEY_CURRENCY_SIZE);
			return true;
		}
	if (text.size != MONEY_CURRENCY_SIZE)
		return false;
	memcpy(code, text.at, MONEY_CURRENCY_SIZE);
	for (size_t i = 0; i < MONEY_CURRENCY_SIZE; i++)
		if (code[i] >= 'a' && code[i] <= 'z')
			code[i] = (char)(code[i] - 'a' + 'A');
	return money_digits(code) >= 0;
}

/* Cuts "5000.00 CNY" or "CNY 5000.00" in two. */
static void
split_amount(struct text text, struct text *number, struct text *currency)
{
	size_t first = 0, last;

	text = text_trimmed(text);
	last = text.size;
	while (first < text.size && !strchr("+-.,0123456789", text.at[first]))
		first++;
	while (last > first && !strchr(".,0123456789", text.at[last - 1]))
		last--;
	*currency = (struct text){0};
	*number = text;
	if (first == text.size || (first && last < text.size))
		return; /* no number, or words on both sides */
	if (first)
		*currency = text_trimmed((struct text){text.at, first});
	else if (last < text.size)
		*currency = text_trimmed(
			(struct text){text.at + last, text.size - last});
	*number = text_trimmed((struct text){text.at + first, last - first});
}

static bool
refuse_part(struct value_problem *problem, const struct schema_part *part,
	const char *en, const char *zh)
{
	(void)value_refuse(problem, en, zh);
	problem->part = part;
	return false;
}

/*
 * Gives a tuple that has an amount its currency: the part, what stands at the
 * amount, or the default; the first two must agree.
 */
static bool
settle_money(const struct money_parts *money, struct text *amount,
	struct text *currency, char code[static MONEY_CURRENCY_SIZE],
	struct value_problem *problem)
{
	char beside[MONEY_CURRENCY_SIZE];
	struct text named = {0};

	memcpy(code, default_currency, MONEY_CURRENCY_SIZE);
	if (amount->at)
		split_amount(*amount, amount, &named);
	if (named.at && !read_currency(&money->currency->codes, named, beside))
		return refuse_part(problem, money->currency,
			"not a currency: write CNY", "不是币种：请写成 CNY");
	if (named.at)
		memcpy(code, beside, sizeof beside);
	if (currency->at &&
		!read_currency(&money->currency->codes, *currency, code))
		return refuse_part(problem, money->currency,
			"not a currency: write CNY", "不是币种：请写成 CNY");
	if (named.at && memcmp(code, beside, sizeof beside) != 0)
		return refuse_part(problem, money->currency,
			"two different currencies", "币种前后不一致");
	*currency = (struct text){code, MONEY_CURRENCY_SIZE};
	return true;
}

bool
tuple_pack(const struct schema_part *parts, size_t count,
	const struct text given[static SCHEMA_PART_MAX], struct pack *pack,
	struct value_problem *problem)
{
	struct text texts[SCHEMA_PART_MAX];
	struct money_parts money = money_parts_of(parts, count);
	struct pack before = *pack;
	char code[MONEY_CURRENCY_SIZE];
	uint32_t there = 0;

	memcpy(texts, given, sizeof texts);
	for (size_t i = 0; i < count; i++)
		if (!texts[i].at && parts[i].required)
			return refuse_part(
				problem, &parts[i], "missing", "缺少");
	if (money.amount &&
		!settle_money(&money, &texts[money.amount - parts],
			&texts[money.currency - parts], code, problem))
		return false;
	for (size_t i = 0; i < count; i++)
		there += texts[i].at != NULL;
	if (there == 0)
		return value_refuse(problem, "empty", "是空的");

	pack_map(pack, there);
	for (size_t i = 0; i < count; i++) {
		struct schema_field field = value_part_field(&parts[i]);

		if (!texts[i].at)
			continue;
		pack_integer(pack, parts[i].number);
		if (!scalar_read(&field, texts[i],
			    money.amount ? money_digits(code) : 0, pack,
			    problem)) {
			*pack = before;
			/* The field is gone, the part's list is not. */
			if (problem->codes)
				problem->codes = &parts[i].codes;
			problem->part = &parts[i];
			return false;
		}
	}
	if (pack->size - before.size > SCHEMA_VALUE_MAX) {
		*pack = before;
		return value_refuse(problem,
			"too long: at most 131072 bytes together",
			"太长：合计最多 131072 字节");
	}
	return true;
}

/* Sorts the parts of a tuple to their places; false if it is no such map. */
static bool
find_parts(const struct schema_part *parts, size_t count,
	struct pack_view value, struct pack_view found[static SCHEMA_PART_MAX])
{
	struct unpack unpack;
	uint32_t pairs;
	int64_t before = 0;
	size_t at = 0;

	for (size_t i = 0; i < SCHEMA_PART_MAX; i++)
		found[i] = (struct pack_view){0};
	unpack_init(&unpack, value.bytes, value.size);
	/* Whole: what is as deep as it may be alone is too deep in a map. */
	if (value.size > SCHEMA_VALUE_MAX ||
		!pack_valid(value.bytes, value.size) ||
		!unpack_map(&unpack, SCHEMA_NUMBER_MAX, &pairs))
		return false;
	for (; pairs; pairs--) {
		struct pack_view part;
		int64_t number;

		if (!unpack_integer(
			    &unpack, before + 1, SCHEMA_NUMBER_MAX, &number) ||
			!unpack_value(&unpack, &part))
			return false;
		while (at < count && parts[at].number < number)
			at++;
		if (at < count && parts[at].number == number)
			found[at] = part;
		before = number;
	}
	return unpack_done(&unpack);
}

static int64_t
integer_of(struct pack_view value)
{
	struct unpack unpack;
	int64_t integer = 0;
	bool read;

	unpack_init(&unpack, value.bytes, value.size);
	read = unpack_integer(&unpack, INT64_MIN, INT64_MAX, &integer);
	assert(read); /* it fits */
	(void)read;
	return integer;
}

static bool
is_moment(const struct pack_view parts[static SCHEMA_PART_MAX])
{
	int64_t offset = integer_of(parts[1]);
	struct moment moment = {integer_of(parts[0]), (int)offset};

	return offset >= -MOMENT_OFFSET_MAX && offset <= MOMENT_OFFSET_MAX &&
		moment_valid(&moment);
}

bool
tuple_unpack(const struct schema_field *field, struct pack_view value,
	struct pack_view found[static SCHEMA_PART_MAX], int *digits)
{
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);
	struct money_parts money = money_parts_of(parts, count);
	bool any = false;

	*digits = 0;
	if (!find_parts(parts, count, value, found))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct schema_field part = value_part_field(&parts[i]);

		if (found[i].bytes ? !scalar_fits(&part, found[i])
				   : part.required)
			return false;
		any = any || found[i].bytes;
	}
	if (money.amount && any) {
		struct pack_view currency = found[money.currency - parts];

		if (!currency.bytes || !is_currency(value_text_of(currency)))
			return false;
		*digits = money_digits_shown(value_text_of(currency).at);
	}
	return any && (field->form != FORM_TIME || is_moment(found));
}

/*
 * The moment of a local time, by guessing the offset and looking again. Of an
 * hour that a change of clocks repeats or leaves out it takes one reading,
 * always the same.
 */
static struct moment
moment_there(int64_t local_ms, value_zone *zone, void *zone_self)
{
	struct moment moment = {local_ms, 0};

	for (int i = 0; i < 2; i++) {
		moment.offset_minutes = zone(zone_self, moment.utc_ms);
		moment.utc_ms =
			local_ms - moment.offset_minutes * INT64_C(60000);
	}
	return moment;
}

bool
time_pack(struct text text, value_zone *zone, void *zone_self,
	struct pack *pack, struct value_problem *problem)
{
	struct moment_typed typed;
	struct moment moment;

	text = text_trimmed(text);
	if (text.size == 0)
		return value_refuse(problem, "empty", "是空的");
	if (!moment_read(&typed, text.at, text.size))
		return value_refuse(problem,
			"not a time: write 2026-11-20 09:30 or "
			"2026-11-20T09:30:00+08:00",
			"不是有效时间：请写成 2026-11-20 09:30 或 "
			"2026-11-20T09:30:00+08:00");
	if (!typed.has_offset && !zone)
		return value_refuse(problem,
			"a time without its offset: write "
			"2026-11-20T09:30:00+08:00",
			"时间缺少时区：请写成 2026-11-20T09:30:00+08:00");
	if (typed.has_offset)
		moment = (struct moment){
			typed.local_ms - typed.offset_minutes * INT64_C(60000),
			typed.offset_minutes};
	else
		moment = moment_there(typed.local_ms, zone, zone_self);
	assert(moment_valid(&moment)); /* or the zone is none of this world */

	pack_map(pack, 2);
	pack_integer(pack, 1);
	pack_integer(pack, moment.utc_ms);
	pack_integer(pack, 2);
	pack_integer(pack, moment.offset_minutes);
	return true;
}

void
time_write(
	const struct pack_view parts[static SCHEMA_PART_MAX], struct sink *sink)
{
	struct moment moment = {
		integer_of(parts[0]), (int)integer_of(parts[1])};
	char text[MOMENT_TEXT_SIZE];

	sink_put(sink, text, moment_write(&moment, text));
}
