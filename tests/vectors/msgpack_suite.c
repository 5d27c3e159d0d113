/*
 * Runs the public msgpack-test-suite (its JSON form) through proto/pack. Of
 * each value of a kind that we use, the shortest encoding is what we write and
 * it reads back equal; every other encoding and every other kind is refused.
 * msgpack-c says of each encoding that it means the value beside it, so that a
 * spoiled file does not pass for a file of things to refuse.
 *
 * Exit 0 when all passed, 1 when not or when the file is none, 2 on usage.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <msgpack.h>

#include "proto/pack.h"

enum { ROOM = 4096 };

struct buffer {
	uint8_t bytes[ROOM];
	size_t size;
};

struct tally {
	int values, written, refused, foreign; /* of kinds that we do not use */
	int passed, failed;
};

/* "01-02-ff", or "" for none. */
static bool
read_hex(struct buffer *out, const char *hex)
{
	static const char digits[] = "0123456789abcdef";

	out->size = 0;
	while (*hex) {
		const char *high = strchr(digits, hex[0]);
		const char *low = hex[1] ? strchr(digits, hex[1]) : NULL;

		if (!high || !low || out->size == sizeof out->bytes)
			return false;
		out->bytes[out->size++] =
			(uint8_t)((high - digits) << 4 | (low - digits));
		hex += 2;
		if (hex[0] == '-' && hex[1] != '\0')
			hex++;
		else if (hex[0] != '\0')
			return false;
	}
	return true;
}

static bool
same_bytes(const struct buffer *a, const void *bytes, size_t size)
{
	return a->size == size && memcmp(a->bytes, bytes, size) == 0;
}

static bool
read_bignum(const char *text, int64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0';
}

/* These three go as deep as the suite's values. */
/* NOLINTBEGIN(misc-no-recursion) */

/* Writes what JSON can say itself; false for anything else. */
static bool
write_json(struct pack *pack, json_t *value)
{
	const char *key;
	json_t *item;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_NULL:
		pack_nil(pack);
		return true;
	case JSON_TRUE:
	case JSON_FALSE:
		pack_bool(pack, json_is_true(value));
		return true;
	case JSON_INTEGER:
		pack_integer(pack, json_integer_value(value));
		return true;
	case JSON_STRING:
		pack_text_view(pack, json_string_value(value),
			json_string_length(value));
		return true;
	case JSON_ARRAY:
		pack_array(pack, (uint32_t)json_array_size(value));
		json_array_foreach(value, i, item)
		{
			if (!write_json(pack, item))
				return false;
		}
		return true;
	case JSON_OBJECT:
		/* The suite's maps have one key: no order to bring in. */
		if (json_object_size(value) > 1)
			return false;
		pack_map(pack, (uint32_t)json_object_size(value));
		json_object_foreach(value, key, item)
		{
			pack_text(pack, key);
			if (!write_json(pack, item))
				return false;
		}
		return true;
	case JSON_REAL:
	default:
		return false;
	}
}

/* Compares what the cursor stands before with what JSON says. */
static bool
reads_as(struct unpack *unpack, json_t *value)
{
	struct pack_item item, name;
	const char *key;
	json_t *inner;
	size_t i;

	if (!unpack_item(unpack, &item))
		return false;
	switch (item.kind) {
	case PACK_NIL:
		return json_is_null(value);
	case PACK_BOOL:
		return json_is_boolean(value) &&
			item.boolean == json_is_true(value);
	case PACK_INTEGER:
		return json_is_integer(value) &&
			item.integer == json_integer_value(value);
	case PACK_TEXT:
		return json_is_string(value) &&
			item.size == json_string_length(value) &&
			memcmp(item.bytes, json_string_value(value),
				item.size) == 0;
	case PACK_ARRAY:
		if (!json_is_array(value) ||
			item.count != json_array_size(value))
			return false;
		json_array_foreach(value, i, inner)
		{
			if (!reads_as(unpack, inner))
				return false;
		}
		return true;
	case PACK_MAP:
		if (!json_is_object(value) ||
			item.count != json_object_size(value))
			return false;
		json_object_foreach(value, key, inner)
		{
			if (!unpack_item(unpack, &name) ||
				name.kind != PACK_TEXT ||
				name.size != strlen(key) ||
				memcmp(name.bytes, key, name.size) != 0 ||
				!reads_as(unpack, inner))
				return false;
		}
		return true;
	case PACK_BYTES:
	default:
		return false;
	}
}

/* Writes what msgpack-c read, a whole float as the integer that it is. */
static bool
write_object(struct pack *pack, const msgpack_object *o)
{
	switch (o->type) {
	case MSGPACK_OBJECT_NIL:
		pack_nil(pack);
		return true;
	case MSGPACK_OBJECT_BOOLEAN:
		pack_bool(pack, o->via.boolean);
		return true;
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		pack_integer(pack, (int64_t)o->via.u64);
		return o->via.u64 <= INT64_MAX;
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		pack_integer(pack, o->via.i64);
		return true;
	case MSGPACK_OBJECT_FLOAT32:
	case MSGPACK_OBJECT_FLOAT64:
		if (!(o->via.f64 >= -0x1p62 && o->via.f64 <= 0x1p62))
			return false;
		pack_integer(pack, (int64_t)o->via.f64);
		return (double)(int64_t)o->via.f64 == o->via.f64;
	case MSGPACK_OBJECT_STR:
		pack_text_view(pack, o->via.str.ptr, o->via.str.size);
		return true;
	case MSGPACK_OBJECT_BIN:
		pack_bytes(pack, o->via.bin.ptr, o->via.bin.size);
		return true;
	case MSGPACK_OBJECT_ARRAY:
		pack_array(pack, o->via.array.size);
		for (uint32_t i = 0; i < o->via.array.size; i++)
			if (!write_object(pack, &o->via.array.ptr[i]))
				return false;
		return true;
	case MSGPACK_OBJECT_MAP:
		pack_map(pack, o->via.map.size);
		for (uint32_t i = 0; i < o->via.map.size; i++)
			if (!write_object(pack, &o->via.map.ptr[i].key) ||
				!write_object(pack, &o->via.map.ptr[i].val))
				return false;
		return true;
	case MSGPACK_OBJECT_EXT:
	default:
		return false;
	}
}
/* NOLINTEND(misc-no-recursion) */

/* A value of the suite: its canonical encoding, if it is one of ours. */
struct value {
	const char *kind;
	json_t *json;
	bool ours;
	struct buffer canonical;
};

/* Which of the suite's kinds there is; false if the form is another. */
static bool
find_kind(struct value *value, json_t *entry)
{
	/* bignum before number: beside it, it says the same exactly. */
	static const char *const kinds[] = {"nil", "bool", "bignum", "number",
		"string", "binary", "array", "map", "timestamp", "ext"};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		value->kind = kinds[i];
		value->json = json_object_get(entry, kinds[i]);
		if (value->json)
			return true;
	}
	return false;
}

static bool
is_kind(const struct value *value, const char *kind)
{
	return strcmp(value->kind, kind) == 0;
}

/* Fills in `ours` and `canonical`; false if the form is wrong. */
static bool
encode(struct value *value)
{
	struct pack pack;
	struct buffer bytes;
	int64_t number;

	pack_init(&pack, value->canonical.bytes, sizeof value->canonical.bytes);
	value->ours = true;
	if (is_kind(value, "timestamp") || is_kind(value, "ext")) {
		value->ours = false;
		return json_array_size(value->json) == 2;
	}
	if (is_kind(value, "bignum")) {
		if (!json_is_string(value->json))
			return false;
		value->ours =
			read_bignum(json_string_value(value->json), &number);
		pack_integer(&pack, number);
	} else if (is_kind(value, "binary")) {
		if (!json_is_string(value->json) ||
			!read_hex(&bytes, json_string_value(value->json)))
			return false;
		pack_bytes(&pack, bytes.bytes, bytes.size);
	} else if (is_kind(value, "number") && json_is_real(value->json)) {
		value->ours = false;
	} else if (!write_json(&pack, value->json)) {
		return false;
	}
	value->canonical.size = pack.size;
	return !pack.overflow;
}

static bool
means_ext(const struct value *value, const msgpack_object *o)
{
	json_t *type = json_array_get(value->json, 0);
	json_t *body = json_array_get(value->json, 1);
	struct buffer bytes;

	return o->type == MSGPACK_OBJECT_EXT && json_is_string(body) &&
		read_hex(&bytes, json_string_value(body)) &&
		o->via.ext.type == json_integer_value(type) &&
		same_bytes(&bytes, o->via.ext.ptr, o->via.ext.size);
}

static bool
means_timestamp(const struct value *value, const msgpack_object *o)
{
	msgpack_timestamp time;

	return msgpack_object_to_timestamp(o, &time) &&
		time.tv_sec ==
		json_integer_value(json_array_get(value->json, 0)) &&
		time.tv_nsec ==
		json_integer_value(json_array_get(value->json, 1));
}

/* An integer beyond ours can only be a bignum that fits 64 bits. */
static bool
means_large(const struct value *value, const msgpack_object *o)
{
	return o->type == MSGPACK_OBJECT_POSITIVE_INTEGER &&
		o->via.u64 ==
		strtoull(json_string_value(value->json), NULL, 10);
}

static bool
means(const struct value *value, const msgpack_object *o)
{
	struct buffer again;
	struct pack pack;

	if (is_kind(value, "ext"))
		return means_ext(value, o);
	if (is_kind(value, "timestamp"))
		return means_timestamp(value, o);
	if (!value->ours && is_kind(value, "bignum"))
		return means_large(value, o);
	if (!value->ours)
		return (o->type == MSGPACK_OBJECT_FLOAT32 ||
			       o->type == MSGPACK_OBJECT_FLOAT64) &&
			o->via.f64 == json_real_value(value->json);
	pack_init(&pack, again.bytes, sizeof again.bytes);
	return write_object(&pack, o) && !pack.overflow &&
		same_bytes(&value->canonical, again.bytes, pack.size);
}

/* Whether msgpack-c reads the encoding, all of it, as the value. */
static bool
oracle_agrees(const struct value *value, const struct buffer *encoding)
{
	msgpack_unpacked result;
	size_t used = 0;
	bool agrees;

	msgpack_unpacked_init(&result);
	agrees = msgpack_unpack_next(&result, (const char *)encoding->bytes,
			 encoding->size, &used) == MSGPACK_UNPACK_SUCCESS &&
		used == encoding->size && means(value, &result.data);
	msgpack_unpacked_destroy(&result);
	return agrees;
}

static bool
reads_back(const struct value *value)
{
	struct unpack unpack;
	struct pack_view view;
	struct buffer bytes;
	int64_t number, read;

	unpack_init(&unpack, value->canonical.bytes, value->canonical.size);
	if (is_kind(value, "binary"))
		return read_hex(&bytes, json_string_value(value->json)) &&
			unpack_bytes(&unpack, ROOM, &view) &&
			same_bytes(&bytes, view.bytes, view.size) &&
			unpack_done(&unpack);
	if (is_kind(value, "bignum"))
		return read_bignum(json_string_value(value->json), &number) &&
			unpack_integer(&unpack, INT64_MIN, INT64_MAX, &read) &&
			number == read && unpack_done(&unpack);
	return reads_as(&unpack, value->json) && unpack_done(&unpack);
}

static void
count(struct tally *tally, bool passed, const struct value *value,
	const char *hex, const char *what)
{
	if (passed) {
		tally->passed++;
		return;
	}
	tally->failed++;
	printf("%s %s: %s\n", value->kind, hex, what);
}

static void
check_encoding(struct tally *tally, const struct value *value, const char *hex,
	const struct buffer *encoding, size_t shortest)
{
	bool canonical = value->ours &&
		same_bytes(&value->canonical, encoding->bytes, encoding->size);

	if (!oracle_agrees(value, encoding)) {
		count(tally, false, value, hex, "is not this value");
	} else if (canonical) {
		tally->written++;
		count(tally,
			encoding->size == shortest && reads_back(value) &&
				pack_valid(encoding->bytes, encoding->size),
			value, hex, "is written, but not read back");
	} else {
		tally->refused++;
		count(tally, !pack_valid(encoding->bytes, encoding->size),
			value, hex, "is accepted");
	}
}

static bool
is_float(const struct buffer *encoding)
{
	return encoding->size != 0 &&
		(encoding->bytes[0] == 0xca || encoding->bytes[0] == 0xcb);
}

static bool
check_value(struct tally *tally, json_t *entry)
{
	json_t *list = json_object_get(entry, "msgpack"), *hex;
	struct value value;
	struct buffer encoding;
	size_t i, shortest = SIZE_MAX;
	bool met = false;

	if (!find_kind(&value, entry) || !encode(&value) ||
		json_array_size(list) == 0)
		return false;
	json_array_foreach(list, i, hex)
	{
		if (!json_is_string(hex) ||
			!read_hex(&encoding, json_string_value(hex)))
			return false;
		/* Floats are another kind, though 2^32 is shorter as one. */
		if (encoding.size < shortest && !is_float(&encoding))
			shortest = encoding.size;
		met = met ||
			same_bytes(&value.canonical, encoding.bytes,
				encoding.size);
	}
	tally->values++;
	if (!value.ours)
		tally->foreign++;
	else if (!met)
		count(tally, false, &value, "", "we write another encoding");
	json_array_foreach(list, i, hex)
	{
		(void)read_hex(&encoding, json_string_value(hex)); /* it did */
		check_encoding(tally, &value, json_string_value(hex), &encoding,
			shortest);
	}
	return true;
}

static bool
check_suite(struct tally *tally, json_t *suite)
{
	const char *name;
	json_t *group, *entry;
	size_t i;

	if (!json_is_object(suite) || json_object_size(suite) == 0)
		return false;
	json_object_foreach(suite, name, group)
	{
		if (json_array_size(group) == 0)
			return false;
		json_array_foreach(group, i, entry)
		{
			if (check_value(tally, entry))
				continue;
			printf("%s: value %zu has a wrong form\n", name, i);
			return false;
		}
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct tally tally = {0};
	json_error_t error;
	json_t *suite;
	bool read;

	if (argc != 2) {
		(void)fputs("usage: msgpack_suite FILE\n", stderr);
		return 2;
	}
	suite = json_load_file(
		argv[1], JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (!suite) {
		(void)fprintf(
			stderr, "%s:%d: %s\n", argv[1], error.line, error.text);
		return 1;
	}
	read = check_suite(&tally, suite);
	json_decref(suite);
	if (!read)
		tally.failed++;

	printf("%d values, %d of kinds that we do not use\n", tally.values,
		tally.foreign);
	printf("%d encodings written and read back, %d others refused\n",
		tally.written, tally.refused);
	printf("%d passed, %d failed\n", tally.passed, tally.failed);
	return tally.failed == 0 ? 0 : 1;
}
