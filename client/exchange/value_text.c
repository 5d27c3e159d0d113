#include "client/exchange/value_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/exchange/value_scalar.h"
#include "sync/alloc.h"

/* The part whose name and an equals sign the text begins with, or NULL. */
static const struct schema_part *
part_begun(const struct schema_part *parts, size_t count, struct text text)
{
	for (size_t i = 0; i < count; i++) {
		size_t size = strlen(parts[i].name);

		if (text.size > size && text.at[size] == '=' &&
			memcmp(text.at, parts[i].name, size) == 0)
			return &parts[i];
	}
	return NULL;
}

/* The size of what comes before the next comma that is not escaped. */
static size_t
segment_size(struct text text)
{
	size_t at = 0;

	while (at < text.size && text.at[at] != ',')
		at += text.at[at] == '\\' && at + 1 < text.size ? 2 : 1;
	return at;
}

/* Takes the escapes out, into `room`; false for any but \, and \\. */
static bool
unescape(struct text text, char *room, struct text *plain)
{
	size_t size = 0;

	for (size_t i = 0; i < text.size; i++) {
		if (text.at[i] == '\\') {
			i++;
			if (i == text.size ||
				(text.at[i] != ',' && text.at[i] != '\\'))
				return false;
		}
		room[size++] = text.at[i];
	}
	*plain = (struct text){room, size};
	return true;
}

/* One FIRST or part=value. */
static bool
read_segment(const struct schema_part *parts, size_t count, bool first,
	struct text segment, char *room, struct text *given,
	struct value_problem *problem)
{
	const struct schema_part *part;

	while (!first && segment.size && segment.at[0] == ' ') {
		segment.at++;
		segment.size--;
	}
	part = part_begun(parts, count, segment);
	if (part) {
		segment.at += strlen(part->name) + 1;
		segment.size -= strlen(part->name) + 1;
	} else if (first) {
		part = parts;
	} else {
		return value_refuse(problem,
			"part=value is wanted after a comma; a comma in a text "
			"is written \\,",
			"逗号后应为 部分=值；文字中的逗号请写成 \\,");
	}
	if (given[part - parts].at) {
		(void)value_refuse(problem, "given twice", "重复");
		problem->part = part;
		return false;
	}
	if (!unescape(segment, room, &given[part - parts])) {
		(void)value_refuse(problem, "a backslash is written \\\\",
			"反斜杠请写成 \\\\");
		problem->part = part;
		return false;
	}
	return true;
}

static bool
read_tuple(const struct schema_field *field, struct text text,
	struct pack *pack, struct value_problem *problem)
{
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);
	struct text given[SCHEMA_PART_MAX] = {0};
	char *room;
	size_t at = 0;
	bool good;

	if (text_trimmed(text).size == 0)
		return value_refuse(problem, "empty", "是空的");
	room = alloc(text.size);
	do {
		struct text rest = {text.at + at, text.size - at};
		struct text segment = {rest.at, segment_size(rest)};

		good = read_segment(parts, count, at == 0, segment, room + at,
			given, problem);
		at += segment.size + 1;
	} while (good && at <= text.size);

	good = good && tuple_pack(parts, count, given, pack, problem);
	free(room);
	return good;
}

static bool
read_money(const struct schema_field *field, struct text text,
	struct pack *pack, struct value_problem *problem)
{
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);
	struct text given[SCHEMA_PART_MAX] = {text};

	if (tuple_pack(parts, count, given, pack, problem))
		return true;
	problem->part = NULL; /* it was typed as one */
	return false;
}

bool
value_from_text(const struct schema_field *field, const char *text, size_t size,
	value_zone *zone, void *zone_self, struct pack *pack,
	struct value_problem *problem)
{
	struct text typed = {text, size};

	if (size > VALUE_TEXT_MAX)
		return value_refuse(problem, "too long", "太长");
	switch (field->form) {
	case FORM_TIME:
		return time_pack(typed, zone, zone_self, pack, problem);
	case FORM_MONEY:
		return read_money(field, typed, pack, problem);
	case FORM_TUPLE:
		return read_tuple(field, typed, pack, problem);
	case FORM_BOOL:
	case FORM_INT:
	case FORM_TEXT:
	case FORM_PROSE:
	case FORM_DATE:
	case FORM_CODE:
	case FORM_OPEN:
	case FORM_REF:
	case FORM_BYTES:
	case FORM_AMOUNT:
		break;
	}
	return scalar_read(field, typed, 2, pack, problem);
}

/*
 * Whether the first part's text, unnamed, would be read as another part, or as
 * no value at all: it is nothing but blanks.
 */
static bool
needs_name(
	const struct schema_part *parts, size_t count, struct pack_view first)
{
	bool is_text = parts->form == FORM_TEXT || parts->form == FORM_PROSE ||
		parts->form == FORM_OPEN;

	return is_text &&
		(part_begun(parts, count, value_text_of(first)) ||
			text_trimmed(value_text_of(first)).size == 0);
}

static void
write_tuple(const struct schema_field *field,
	const struct pack_view found[static SCHEMA_PART_MAX], int digits,
	char labels, struct sink *sink)
{
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		struct schema_field part = value_part_field(&parts[i]);

		if (!found[i].bytes)
			continue;
		if (any)
			sink_put(sink, ",", 1);
		if (i || needs_name(parts, count, found[i])) {
			sink_put(sink, part.name, strlen(part.name));
			sink_put(sink, "=", 1);
		}
		sink->escape = true;
		scalar_write(&part, found[i], digits, labels, sink);
		sink->escape = false;
		any = true;
	}
}

static void
write_money(const struct schema_field *field,
	const struct pack_view found[static SCHEMA_PART_MAX], int digits,
	struct sink *sink)
{
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);

	for (size_t i = 0; i < count; i++) {
		struct schema_field part = value_part_field(&parts[i]);

		if (i)
			sink_put(sink, " ", 1);
		scalar_write(&part, found[i], digits, 0, sink);
	}
}

static bool
has_parts(const struct schema_field *field)
{
	return field->form == FORM_TIME || field->form == FORM_MONEY ||
		field->form == FORM_TUPLE;
}

bool
value_fits(const struct schema_field *field, struct pack_view value)
{
	struct pack_view found[SCHEMA_PART_MAX];
	int digits;

	return has_parts(field) ? tuple_unpack(field, value, found, &digits)
				: scalar_fits(field, value);
}

/* What has not the field's form: text as it is, anything else as its JSON. */
static void
write_unfit(struct pack_view value, struct sink *sink)
{
	struct unpack unpack;
	struct pack_view text;
	json_t *json;
	char *dumped;

	unpack_init(&unpack, value.bytes, value.size);
	if (unpack_text(&unpack, value.size, &text) && unpack_done(&unpack)) {
		sink_put(sink, (const char *)text.bytes, text.size);
		return;
	}
	json = value_to_json(NULL, value);
	dumped = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	if (dumped && !json_is_null(json))
		sink_put(sink, dumped, strlen(dumped));
	free(dumped);
	json_decref(json);
}

size_t
value_to_text(const struct schema_field *field, struct pack_view value,
	char labels, char *out, size_t room)
{
	struct sink sink = {.out = out, .room = room};
	struct pack_view found[SCHEMA_PART_MAX];
	int digits = 2;

	if (!field || !value_fits(field, value)) {
		write_unfit(value, &sink);
	} else if (!has_parts(field)) {
		scalar_write(field, value, digits, labels, &sink);
	} else if (tuple_unpack(field, value, found, &digits)) {
		if (field->form == FORM_TIME)
			time_write(found, &sink);
		else if (field->form == FORM_MONEY)
			write_money(field, found, digits, &sink);
		else
			write_tuple(field, found, digits, labels, &sink);
	}
	return sink_end(&sink);
}
