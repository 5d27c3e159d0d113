#include "client/exchange/value_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/exchange/value_scalar.h"
#include "sync/alloc.h"

enum { INTEGER_TEXT_SIZE = 24 };

/* Hex of the longest bytes, with NUL. */
enum { SHORT_TEXT_SIZE = 2 * SCHEMA_TEXT_MAX + 1 };

/*
 * The text that a JSON scalar stands for, so that text and JSON are read by
 * one code. `number` is room for the digits of a number.
 */
static bool
read_json_scalar(enum schema_form form, const json_t *json,
	char number[static INTEGER_TEXT_SIZE], struct text *text,
	struct value_problem *problem)
{
	if (form == FORM_BOOL) {
		if (!json_is_boolean(json))
			return value_refuse(problem,
				"true or false is wanted in JSON",
				"JSON 中应为 true 或 false");
		text->at = json_is_true(json) ? "true" : "false";
		text->size = strlen(text->at);
		return true;
	}
	if (form == FORM_INT) {
		if (!json_is_integer(json))
			return value_refuse(problem,
				"a whole number is wanted in JSON",
				"JSON 中应为整数");
		text->at = number;
		text->size = (size_t)snprintf(number, INTEGER_TEXT_SIZE,
			"%" JSON_INTEGER_FORMAT, json_integer_value(json));
		return true;
	}
	if (!json_is_string(json))
		return value_refuse(problem, "a string is wanted in JSON",
			"JSON 中应为字符串");
	text->at = json_string_value(json);
	text->size = json_string_length(json);
	return true;
}

/* Whether the object has no member but parts. */
static bool
only_parts(const struct schema_part *parts, size_t count, const json_t *json)
{
	size_t known = 0;

	for (size_t i = 0; i < count; i++)
		known += json_object_get(json, parts[i].name) != NULL;
	return known == json_object_size(json);
}

static bool
read_json_object(const struct schema_field *field, const json_t *json,
	struct pack *pack, struct value_problem *problem)
{
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);
	struct text given[SCHEMA_PART_MAX] = {0};
	char numbers[SCHEMA_PART_MAX][INTEGER_TEXT_SIZE];

	if (!json_is_object(json))
		return value_refuse(problem, "an object is wanted in JSON",
			"JSON 中应为对象");
	if (!only_parts(parts, count, json))
		return value_refuse(problem,
			"a member that is no part of this value",
			"含有未知的部分");
	for (size_t i = 0; i < count; i++) {
		const json_t *member = json_object_get(json, parts[i].name);

		if (!member || json_is_null(member))
			continue;
		if (!read_json_scalar(parts[i].form, member, numbers[i],
			    &given[i], problem)) {
			problem->part = &parts[i];
			return false;
		}
	}
	return tuple_pack(parts, count, given, pack, problem);
}

bool
value_from_json(const struct schema_field *field, const json_t *json,
	value_zone *zone, void *zone_self, struct pack *pack,
	struct value_problem *problem)
{
	char number[INTEGER_TEXT_SIZE];
	struct text text = {0};

	if (field->form == FORM_MONEY || field->form == FORM_TUPLE)
		return read_json_object(field, json, pack, problem);
	return read_json_scalar(field->form, json, number, &text, problem) &&
		value_from_text(field, text.at, text.size, zone, zone_self,
			pack, problem);
}

static json_t *
json_hex(const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = alloc(2 * size);
	json_t *json;

	for (size_t i = 0; i < size; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	json = json_stringn_nocheck(hex, 2 * size);
	free(hex);
	return json;
}

/* NOLINTBEGIN(misc-no-recursion): no deeper than PACK_DEPTH_MAX. */

static json_t *json_nearest(struct unpack *unpack);

static json_t *
json_nearest_array(struct unpack *unpack, uint32_t count)
{
	json_t *array = json_array();

	for (; array && count; count--)
		if (json_array_append_new(array, json_nearest(unpack)) != 0) {
			json_decref(array);
			array = NULL;
		}
	return array;
}

/* Sets a member whose key is a JSON value: strings as they are, else dumped. */
static bool
json_set_keyed(json_t *object, json_t *key, json_t *value)
{
	char *dumped = NULL;
	bool set = false;

	if (json_is_string(key)) {
		/* A key cannot hold NUL: what follows one is left out. */
		set = json_object_set(object, json_string_value(key), value) ==
			0;
	} else if (key) {
		dumped = json_dumps(key, JSON_COMPACT | JSON_ENCODE_ANY);
		set = dumped && json_object_set(object, dumped, value) == 0;
	}
	free(dumped);
	return set;
}

static json_t *
json_nearest_map(struct unpack *unpack, uint32_t count)
{
	json_t *object = json_object();

	for (; object && count; count--) {
		json_t *key = json_nearest(unpack);
		json_t *value = json_nearest(unpack);
		bool set = json_set_keyed(object, key, value);

		json_decref(key);
		json_decref(value);
		if (!set) {
			json_decref(object);
			object = NULL;
		}
	}
	return object;
}

/* The next value, which is valid, so no deeper than PACK_DEPTH_MAX. */
static json_t *
json_nearest(struct unpack *unpack)
{
	struct pack_item item;

	if (!unpack_item(unpack, &item))
		return NULL;
	switch (item.kind) {
	case PACK_NIL:
		return json_null();
	case PACK_BOOL:
		return json_boolean(item.boolean);
	case PACK_INTEGER:
		return json_integer(item.integer);
	case PACK_TEXT:
		return json_stringn((const char *)item.bytes, item.size);
	case PACK_BYTES:
		return json_hex(item.bytes, item.size);
	case PACK_ARRAY:
		return json_nearest_array(unpack, item.count);
	case PACK_MAP:
		return json_nearest_map(unpack, item.count);
	}
	return NULL;
}

/* NOLINTEND(misc-no-recursion) */

static json_t *
json_unfit(struct pack_view value)
{
	struct unpack unpack;

	if (!pack_valid(value.bytes, value.size))
		return json_hex(value.bytes, value.size);
	unpack_init(&unpack, value.bytes, value.size);
	return json_nearest(&unpack);
}

static json_t *
json_scalar(
	const struct schema_field *field, struct pack_view value, int digits)
{
	char text[SHORT_TEXT_SIZE];
	struct sink sink = {.out = text, .room = sizeof text};
	struct text whole;

	switch (field->form) {
	case FORM_BOOL:
	case FORM_INT:
		return json_unfit(value);
	case FORM_TEXT:
	case FORM_PROSE:
	case FORM_DATE:
	case FORM_CODE:
	case FORM_OPEN:
		whole = value_text_of(value);
		return json_stringn(whole.at, whole.size);
	case FORM_REF:
	case FORM_BYTES:
	case FORM_AMOUNT:
	case FORM_TIME:
	case FORM_MONEY:
	case FORM_TUPLE:
		break;
	}
	scalar_write(field, value, digits, 0, &sink);
	return json_stringn(text, sink_end(&sink));
}

static json_t *
json_time(const struct pack_view found[static SCHEMA_PART_MAX])
{
	char text[SHORT_TEXT_SIZE];
	struct sink sink = {.out = text, .room = sizeof text};

	time_write(found, &sink);
	return json_stringn(text, sink_end(&sink));
}

/* Parts of a newer schema, under their numbers. */
static bool
json_set_unknown(const struct schema_field *field, struct pack_view value,
	json_t *object)
{
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);
	struct unpack unpack;
	uint32_t pairs;
	bool good;

	unpack_init(&unpack, value.bytes, value.size);
	good = unpack_map(&unpack, SCHEMA_NUMBER_MAX, &pairs);
	for (; good && pairs; pairs--) {
		struct pack_view part;
		char key[INTEGER_TEXT_SIZE];
		int64_t number;
		bool known = false;

		good = unpack_integer(&unpack, 1, SCHEMA_NUMBER_MAX, &number) &&
			unpack_value(&unpack, &part);
		for (size_t i = 0; good && i < count; i++)
			known = known || parts[i].number == number;
		if (!good || known)
			continue;
		(void)snprintf(key, sizeof key, "%lld", (long long)number);
		good = json_object_set_new(object, key, json_unfit(part)) == 0;
	}
	return good;
}

static json_t *
json_tuple(const struct schema_field *field, struct pack_view value,
	const struct pack_view found[static SCHEMA_PART_MAX], int digits)
{
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);
	json_t *object = json_object();
	bool good = object != NULL;

	for (size_t i = 0; good && i < count; i++) {
		struct schema_field part = value_part_field(&parts[i]);

		if (found[i].bytes)
			good = json_object_set_new(object, part.name,
				       json_scalar(&part, found[i], digits)) ==
				0;
	}
	if (!good || !json_set_unknown(field, value, object)) {
		json_decref(object);
		return NULL;
	}
	return object;
}

json_t *
value_to_json(const struct schema_field *field, struct pack_view value)
{
	struct pack_view found[SCHEMA_PART_MAX];
	const struct schema_part *parts;
	int digits = 2;

	if (!field || !value_fits(field, value))
		return json_unfit(value);
	if (schema_parts(field, &parts) == 0)
		return json_scalar(field, value, digits);
	if (!tuple_unpack(field, value, found, &digits))
		return json_unfit(value);
	return field->form == FORM_TIME
		? json_time(found)
		: json_tuple(field, value, found, digits);
}
