#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/exchange/value_text.h"

/*
 * The first two bytes choose a field of the shipped schema, the rest is taken
 * as text typed for it and then as bytes that a peer sent. What is read makes
 * its round trips; what is sent breaks nothing.
 */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct schema_field *
choose(unsigned number)
{
	const struct schema *schema = schema_roadbook();
	size_t count = 0, at;

	for (size_t i = 0; i < schema->type_count; i++)
		count += schema->types[i].field_count;
	at = number % count;
	for (size_t i = 0;; i++) {
		if (at < schema->types[i].field_count)
			return &schema->types[i].fields[at];
		at -= schema->types[i].field_count;
	}
}

static int
shanghai(void *self, int64_t utc_ms)
{
	(void)self;
	(void)utc_ms;
	return 8 * 60;
}

static void
check_same(const struct pack *a, const struct pack *b)
{
	assert(!a->overflow && !b->overflow);
	assert(a->size == b->size && memcmp(a->out, b->out, a->size) == 0);
}

static void
check_read(const struct schema_field *field, const struct pack *pack)
{
	static char text[3 * SCHEMA_VALUE_MAX];
	static uint8_t again[SCHEMA_VALUE_MAX];
	struct pack_view value = {pack->out, pack->size};
	struct value_problem problem;
	struct pack second;
	json_t *json;
	bool read;

	assert(pack_valid(value.bytes, value.size));
	assert(value_fits(field, value));
	for (size_t i = 0; i < 3; i++) {
		size_t size = value_to_text(
			field, value, "\0ez"[i], text, sizeof text);

		pack_init(&second, again, sizeof again);
		read = value_from_text(
			field, text, size, NULL, NULL, &second, &problem);
		assert(read);
		check_same(pack, &second);
	}
	json = value_to_json(field, value);
	pack_init(&second, again, sizeof again);
	read = value_from_json(field, json, NULL, NULL, &second, &problem);
	assert(read);
	check_same(pack, &second);
	json_decref(json);
}

static void
check_sent(const struct schema_field *field, struct pack_view value)
{
	char cut[24];
	json_t *json = value_to_json(field, value);

	assert(json);
	json_decref(json);
	(void)value_to_text(field, value, 'e', cut, sizeof cut);
	assert(memchr(cut, '\0', sizeof cut));
	if (field && value_fits(field, value))
		assert(pack_valid(value.bytes, value.size) &&
			pack_utf8_valid((const uint8_t *)cut, strlen(cut)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static uint8_t room[SCHEMA_VALUE_MAX];
	const struct schema_field *field;
	struct value_problem problem = {0};
	struct pack pack;

	if (size < 2)
		return 0;
	field = choose((unsigned)bytes[0] << 8 | bytes[1]);
	pack_init(&pack, room, sizeof room);
	if (value_from_text(field, (const char *)bytes + 2, size - 2, shanghai,
		    NULL, &pack, &problem))
		check_read(field, &pack);
	else
		assert(pack.size == 0 && problem.what_en && problem.what_zh);
	check_sent(field, (struct pack_view){bytes + 2, size - 2});
	check_sent(NULL, (struct pack_view){bytes + 2, size - 2});
	return 0;
}
