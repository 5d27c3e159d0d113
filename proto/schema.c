#include "proto/schema.h"

#include <string.h>

const struct schema_code schema_currencies[SCHEMA_CURRENCIES] = {
	{"CNY", "Chinese yuan", "人民币"},
	{"AED", "UAE dirham", "阿联酋迪拉姆"},
	{"AUD", "Australian dollar", "澳元"},
	{"BRL", "Brazilian real", "巴西雷亚尔"},
	{"CAD", "Canadian dollar", "加元"},
	{"CHF", "Swiss franc", "瑞士法郎"},
	{"EUR", "Euro", "欧元"},
	{"GBP", "Pound sterling", "英镑"},
	{"HKD", "Hong Kong dollar", "港元"},
	{"IDR", "Indonesian rupiah", "印尼盾"},
	{"INR", "Indian rupee", "印度卢比"},
	{"JPY", "Japanese yen", "日元"},
	{"KRW", "Korean won", "韩元"},
	{"MYR", "Malaysian ringgit", "马来西亚林吉特"},
	{"RUB", "Russian rouble", "俄罗斯卢布"},
	{"SGD", "Singapore dollar", "新加坡元"},
	{"THB", "Thai baht", "泰铢"},
	{"TWD", "New Taiwan dollar", "新台币"},
	{"USD", "US dollar", "美元"},
	{"VND", "Vietnamese dong", "越南盾"},
};

static const struct schema_part time_parts[] = {
	{1, "utc_ms", "Milliseconds since 1970 UTC", "1970年起毫秒数（UTC）",
		.form = FORM_INT, .required = true},
	{2, "offset_minutes", "Minutes east of UTC", "与UTC相差分钟数",
		.form = FORM_INT, .required = true},
};

static const struct schema_part money_parts[] = {
	{1, "amount", "Amount", "金额", .form = FORM_AMOUNT, .required = true},
	{2, "currency", "Currency", "币种", .form = FORM_OPEN,
		.codes = {schema_currencies, SCHEMA_CURRENCIES}},
};

const struct schema_type *
schema_type(const struct schema *schema, uint32_t number)
{
	size_t low = 0, high = schema->type_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (schema->types[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == schema->type_count || schema->types[low].number != number)
		return NULL;
	return &schema->types[low];
}

const struct schema_type *
schema_type_named(const struct schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->type_count; i++)
		if (strcmp(schema->types[i].name, name) == 0)
			return &schema->types[i];
	return NULL;
}

const struct schema_field *
schema_field(const struct schema_type *type, uint32_t number)
{
	size_t low = 0, high = type->field_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (type->fields[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == type->field_count || type->fields[low].number != number)
		return NULL;
	return &type->fields[low];
}

const struct schema_field *
schema_field_named(const struct schema_type *type, const char *name)
{
	for (size_t i = 0; i < type->field_count; i++)
		if (strcmp(type->fields[i].name, name) == 0)
			return &type->fields[i];
	return NULL;
}

const struct schema_part *
schema_part_named(const struct schema_field *field, const char *name)
{
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);

	for (size_t i = 0; i < count; i++)
		if (strcmp(parts[i].name, name) == 0)
			return &parts[i];
	return NULL;
}

const struct schema_code *
schema_code_find(const struct schema_codes *codes, const char *text)
{
	for (size_t i = 0; i < codes->count; i++) {
		const struct schema_code *code = &codes->list[i];

		if (strcmp(code->code, text) == 0 ||
			strcmp(code->en, text) == 0 ||
			strcmp(code->zh, text) == 0)
			return code;
	}
	return NULL;
}

int
schema_rank(uint32_t field_number)
{
	return (int)(field_number % 4);
}

bool
schema_is_mark(uint32_t type_number, uint32_t field_number)
{
	return field_number == SCHEMA_ARCHIVED ||
		field_number == SCHEMA_MOVED ||
		(field_number == SCHEMA_JOINED && type_number == SCHEMA_ALIAS);
}

size_t
schema_parts(const struct schema_field *field, const struct schema_part **parts)
{
	*parts = NULL;
	if (field->form == FORM_TIME) {
		*parts = time_parts;
		return sizeof time_parts / sizeof *time_parts;
	}
	if (field->form == FORM_MONEY) {
		*parts = money_parts;
		return sizeof money_parts / sizeof *money_parts;
	}
	if (field->form != FORM_TUPLE)
		return 0;
	*parts = field->parts;
	return field->part_count;
}
