#ifndef TESTS_CLIENT_STORE_FIXTURE_H
#define TESTS_CLIENT_STORE_FIXTURE_H

/* What the tests of the store share: a schema, values, records by chance. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/store/store_sqlite.h"
#include "proto/pack.h"
#include "sync/alloc.h"

#define FIXTURE_COUNT(array) (sizeof(array) / sizeof *(array))
#define FIXTURE_MARKS                                                          \
	{.number = 1,                                                          \
		.name = "archived",                                            \
		.en = "a",                                                     \
		.zh = "a",                                                     \
		.form = FORM_BOOL},                                            \
	{                                                                      \
		.number = 2, .name = "moved", .en = "m", .zh = "m",            \
		.form = FORM_BOOL                                              \
	}

enum { TYPE_THING = 100, TYPE_NOTE = 101, TYPE_CHILD = 102, TYPE_NEW = 5000 };

static const struct schema_code fixture_codes[] = {
	{"low", "Low", "低"}, {"high", "High", "高"}};

static const struct schema_part fixture_pair[] = {{.number = 1,
							  .name = "number",
							  .en = "n",
							  .zh = "n",
							  .form = FORM_TEXT,
							  .required = true},
	{.number = 2,
		.name = "kind",
		.en = "k",
		.zh = "k",
		.form = FORM_CODE,
		.codes = {fixture_codes, 2}},
	{.number = 4, .name = "since", .en = "s", .zh = "s", .form = FORM_INT}};

static const struct schema_field fixture_thing[] = {FIXTURE_MARKS,
	{.number = 5, .name = "name", .en = "n", .zh = "n", .form = FORM_TEXT},
	{.number = 9, .name = "short", .en = "n", .zh = "n", .form = FORM_TEXT},
	{.number = 13,
		.name = "story",
		.en = "n",
		.zh = "n",
		.form = FORM_PROSE},
	{.number = 17,
		.name = "count",
		.en = "n",
		.zh = "n",
		.form = FORM_INT,
		.order = ORDER_ASK},
	{.number = 21, .name = "good", .en = "n", .zh = "n", .form = FORM_BOOL},
	{.number = 25, .name = "day", .en = "n", .zh = "n", .form = FORM_DATE},
	{.number = 29,
		.name = "level",
		.en = "n",
		.zh = "n",
		.form = FORM_CODE,
		.order = ORDER_HIGHEST,
		.codes = {fixture_codes, 2}},
	{.number = 33, .name = "at", .en = "n", .zh = "n", .form = FORM_TIME},
	{.number = 37,
		.name = "price",
		.en = "n",
		.zh = "n",
		.form = FORM_MONEY},
	{.number = 41,
		.name = "pair",
		.en = "n",
		.zh = "n",
		.form = FORM_TUPLE,
		.parts = fixture_pair,
		.part_count = 3},
	{.number = 45,
		.name = "key",
		.en = "n",
		.zh = "n",
		.form = FORM_BYTES,
		.kind = KIND_ONCE},
	{.number = 49,
		.name = "group",
		.en = "n",
		.zh = "n",
		.kind = KIND_SET,
		.form = FORM_TEXT},
	{.number = 53,
		.name = "phones",
		.en = "n",
		.zh = "n",
		.kind = KIND_SET,
		.form = FORM_TUPLE,
		.parts = fixture_pair,
		.part_count = 3}};

static const struct schema_part fixture_body[] = {{.number = 1,
							  .name = "thing_id",
							  .en = "n",
							  .zh = "n",
							  .form = FORM_REF,
							  .refers = TYPE_THING,
							  .required = true},
	{.number = 2,
		.name = "text",
		.en = "n",
		.zh = "n",
		.form = FORM_PROSE}};

static const struct schema_field fixture_note[] = {FIXTURE_MARKS,
	{.number = 5,
		.name = "body",
		.en = "n",
		.zh = "n",
		.kind = KIND_ONCE,
		.form = FORM_TUPLE,
		.parts = fixture_body,
		.part_count = 2}};

static const struct schema_field fixture_child[] = {FIXTURE_MARKS,
	{.number = 5,
		.name = "thing_id",
		.en = "n",
		.zh = "n",
		.form = FORM_REF,
		.refers = TYPE_THING,
		.parent = true},
	{.number = 9,
		.name = "title",
		.en = "n",
		.zh = "n",
		.form = FORM_TEXT}};

static const struct schema_field fixture_alias[] = {{.number = 5,
	.name = "joined",
	.en = "j",
	.zh = "j",
	.form = FORM_BOOL}};

static const struct schema_type fixture_types[] = {
	{.number = 1,
		.name = "alias",
		.en = "a",
		.zh = "a",
		.fields = fixture_alias,
		.field_count = 1},
	{.number = TYPE_THING,
		.name = "thing",
		.en = "t",
		.zh = "t",
		.title = "name",
		.title_else = "short",
		.fields = fixture_thing,
		.field_count = FIXTURE_COUNT(fixture_thing)},
	{.number = TYPE_NOTE,
		.name = "note",
		.en = "t",
		.zh = "t",
		.immutable = true,
		.fields = fixture_note,
		.field_count = FIXTURE_COUNT(fixture_note)},
	{.number = TYPE_CHILD,
		.name = "child",
		.en = "t",
		.zh = "t",
		.title = "title",
		.fields = fixture_child,
		.field_count = FIXTURE_COUNT(fixture_child)}};

static const struct schema fixture_schema = {
	fixture_types, FIXTURE_COUNT(fixture_types)};

/* A file of its own for every test; the one before is removed. */
static inline const char *
fixture_path(void)
{
	static char path[128];
	char more[160];

	(void)snprintf(path, sizeof path, "/tmp/roadbook-store-test-%ld.db",
		(long)getpid());
	(void)unlink(path); /* most often it is not there */
	(void)snprintf(more, sizeof more, "%s-wal", path);
	(void)unlink(more);
	(void)snprintf(more, sizeof more, "%s-shm", path);
	(void)unlink(more);
	return path;
}

/* The same tests on an encrypted store: ROADBOOK_TEST_SEALED is set. */
static inline const uint8_t *
fixture_key(void)
{
	static const uint8_t key[32] = {1, 2, 3};

	return getenv("ROADBOOK_TEST_SEALED") && sodium_init() >= 0 ? key
								    : NULL;
}

static inline struct store *
fixture_open(const char *path, const struct schema *schema, bool *rebuild)
{
	struct store *store = NULL;
	char reason[256] = "";
	enum status status = store_sqlite_open_sealed(&store, path,
		fixture_key(), schema, rebuild, reason, sizeof reason);

	if (status != STATUS_OK)
		fail_msg("%s", reason);
	return store;
}

static inline struct store *
fixture_memory(void)
{
	bool rebuild;

	return fixture_open(":memory:", &fixture_schema, &rebuild);
}

/* Values; each lives in the arena. */

static inline struct pack_view
value_text(struct arena *arena, const char *text)
{
	size_t room = strlen(text) + 9;
	uint8_t *out = arena_take(arena, room);
	struct pack pack;

	pack_init(&pack, out, room);
	pack_text(&pack, text);
	return (struct pack_view){out, pack.size};
}

static inline struct pack_view
value_integer(struct arena *arena, int64_t value)
{
	uint8_t *out = arena_take(arena, 9);
	struct pack pack;

	pack_init(&pack, out, 9);
	pack_integer(&pack, value);
	return (struct pack_view){out, pack.size};
}

static inline struct pack_view
value_bool(struct arena *arena, bool value)
{
	uint8_t byte = value ? 0xc3 : 0xc2;

	return (struct pack_view){arena_copy(arena, &byte, 1), 1};
}

static inline struct pack_view
value_bytes(struct arena *arena, const void *bytes, size_t size)
{
	uint8_t *out = arena_take(arena, size + 9);
	struct pack pack;

	pack_init(&pack, out, size + 9);
	pack_bytes(&pack, bytes, size);
	return (struct pack_view){out, pack.size};
}

static inline void
fixture_id(uint8_t id[static RECORD_ID_MAX], uint32_t number)
{
	memset(id, 0, RECORD_ID_MAX);
	for (int i = 0; i < 4; i++) {
		id[i] = (uint8_t)(number >> (24 - 8 * i));
		id[12 + i] = (uint8_t)(number * 2654435761u >> (8 * i));
	}
}

/* A live version of log 0, change `seq`. */
static inline void
put(struct record *record, uint32_t field, enum schema_kind kind,
	struct pack_view value, int64_t seq)
{
	struct version version = {
		.seq = seq, .time = 1700000000000 + seq, .value = value};
	struct reg *reg = record_reg(record, field, kind, value);

	(void)reg_add(record, reg, &version);
}

static inline void
save(struct store *store, uint32_t territory, const struct record *record)
{
	struct arena arena = {0};
	struct shown shown = {.arena = &arena};

	for (uint32_t i = 0; i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];
		bool on = reg->version_count &&
			reg->versions[0].value.size == 1 &&
			reg->versions[0].value.bytes[0] == 0xc3;

		if (reg->field == SCHEMA_ARCHIVED)
			shown.archived = on;
		if (reg->field == SCHEMA_MOVED)
			shown.moved = on;
	}
	assert_int_equal(
		store->record_save(store->self, territory, record, &shown),
		STATUS_OK);
	arena_clear(&arena);
}

/* Chance, the same on every run. */

static uint64_t fixture_seed = 20261122;

static inline uint32_t
chance(uint32_t below)
{
	fixture_seed ^= fixture_seed << 13;
	fixture_seed ^= fixture_seed >> 7;
	fixture_seed ^= fixture_seed << 17;
	return (uint32_t)(fixture_seed >> 20) % below;
}

/* Any scalar at all; of `form` most often. */
static inline void
pack_any(struct pack *pack, enum schema_form form)
{
	static const char *const texts[] = {"", "a", "深圳市", "low", "medium",
		"2026-11-22", "two\nlines", "nul\0l", "a longer text of words"};
	uint8_t bytes[40];

	if (chance(12) == 0)
		form = (enum schema_form)chance(FORM_TIME);
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)chance(256);
	switch ((int)form) {
	case FORM_BOOL:
		pack_bool(pack, chance(2));
		break;
	case FORM_INT:
	case FORM_AMOUNT:
		pack_integer(pack,
			chance(2)
				? (int64_t)chance(300) - 150
				: (int64_t)((uint64_t)chance(1u << 31) << 33));
		break;
	case FORM_REF:
		pack_bytes(pack, bytes, chance(9) ? 16 : chance(33));
		break;
	case FORM_BYTES:
		pack_bytes(pack, bytes, chance(sizeof bytes));
		break;
	default: {
		uint32_t which = chance(FIXTURE_COUNT(texts));

		pack_text_view(pack, texts[which],
			which == 7 ? 5 : strlen(texts[which]));
	}
	}
}

static inline struct pack_view
any_value(struct arena *arena, const struct schema_field *field)
{
	uint8_t out[4096];
	struct pack pack;
	const struct schema_part *parts = NULL;
	size_t count = field ? schema_parts(field, &parts) : 0;
	uint32_t pairs = 0, chosen = 0;

	pack_init(&pack, out, sizeof out);
	for (size_t i = 0; i < count; i++)
		if (chance(5)) {
			chosen |= 1u << i;
			pairs++;
		}
	if (chance(15) == 0) {
		pack_nil(&pack);
	} else if (!count || chance(12) == 0) {
		pack_any(&pack, field && !count ? field->form : FORM_TEXT);
	} else {
		bool stranger = chance(15) == 0;

		pack_map(&pack, pairs + stranger);
		for (size_t i = 0; i < count; i++)
			if (chosen >> i & 1) {
				pack_integer(&pack, parts[i].number);
				pack_any(&pack, parts[i].form);
			}
		if (stranger) {
			pack_integer(&pack, 77);
			pack_any(&pack, FORM_INT);
		}
	}
	assert_false(pack.overflow);
	return (struct pack_view){arena_copy(arena, out, pack.size), pack.size};
}

static inline void
any_version(struct record *record, struct reg *reg,
	const struct schema_field *field, struct arena *arena)
{
	int64_t seen[3] = {chance(5), 1000, chance(1u << 31)};
	struct unseen_range unseen[2] = {{0, 2, 3}, {2, 5, 70000}};
	struct knowledge knowledge = {seen, chance(4), unseen, chance(3)};
	struct version version = {.log = chance(2) ? 1 : chance(4),
		.seq = chance(2) ? 7 : 1 + chance(1u << 20),
		.time = chance(2) ? 1700000000000
				  : (int64_t)chance(1u << 31) << 20,
		.value = reg->kind == KIND_SET ? reg->element
					       : any_value(arena, field)};

	if (schema_is_mark(record->type, reg->field)) {
		version.value = value_bool(arena, chance(2));
		version.knowledge =
			version.value.bytes[0] == 0xc3 ? &knowledge : NULL;
	}
	if (chance(2)) {
		version.log = 1;
		version.seq = 7;
		version.time = 1700000000000;
	}
	(void)reg_add(record, reg, &version);
}

static inline void
any_past(struct record *record, struct reg *reg, struct arena *arena)
{
	reg->past_count = reg->past_room = 2 + chance(3);
	reg->past =
		arena_take(&record->arena, reg->past_count * sizeof *reg->past);
	for (uint32_t i = 0; i < reg->past_count; i++) {
		uint32_t *covered =
			arena_take(&record->arena, (i + 1) * sizeof *covered);
		struct past_write *past = &reg->past[i];
		struct pack_view value = any_value(arena, NULL);

		past->log = chance(4);
		past->seq = 1 + chance(100);
		past->value = i < reg->version_count
			? reg->versions[i].value
			: (struct pack_view){arena_copy(&record->arena,
						     value.bytes, value.size),
				  value.size};
		for (uint32_t k = 0; k < i; k++)
			if (chance(2))
				covered[past->covered_count++] = k;
		past->covered = covered;
	}
}

/* A register of a field that the type has, or of one that it has not. */
static inline void
any_reg(struct record *record, const struct schema_type *type,
	struct arena *arena)
{
	const struct schema_field *field = NULL;
	uint32_t number = 3000 + chance(40);
	enum schema_kind kind = (enum schema_kind)chance(3);
	struct reg *reg;

	if (type && chance(8)) {
		field = &type->fields[chance((uint32_t)type->field_count)];
		number = field->number;
		if (chance(12))
			kind = field->kind;
	}
	if (schema_is_mark(record->type, number))
		kind = KIND_PUT;
	reg = record_reg(record, number, kind, any_value(arena, field));
	if (reg->version_count || reg->past_count)
		return;
	for (uint32_t n = chance(4) ? 1 : chance(4); n; n--)
		if (kind != KIND_SET || reg->version_count < 2)
			any_version(record, reg, field, arena);
	if (kind == KIND_ONCE && chance(3) == 0)
		any_past(record, reg, arena);
}

static inline void
any_record(struct record *record, uint32_t number, struct arena *arena)
{
	static const uint32_t types[] = {
		1, TYPE_THING, TYPE_THING, TYPE_NOTE, TYPE_CHILD, TYPE_NEW, 7};
	uint32_t type = types[chance(FIXTURE_COUNT(types))];
	uint8_t id[RECORD_ID_MAX];

	fixture_id(id, number);
	if (type == SCHEMA_ALIAS)
		id[20] = 9;
	record_reset(record, type, id, type == SCHEMA_ALIAS ? 32 : 16);
	for (uint32_t n = 1 + chance(20); n; n--)
		any_reg(record, schema_type(&fixture_schema, type), arena);
}

/* Equality, registers without anything in them aside. */

static inline bool
views_same(struct pack_view a, struct pack_view b)
{
	return a.size == b.size &&
		(!a.size || memcmp(a.bytes, b.bytes, a.size) == 0);
}

static inline bool
knowledge_same(const struct knowledge *a, const struct knowledge *b)
{
	if (!a || !b)
		return a == b;
	if (a->seen_count != b->seen_count ||
		a->unseen_count != b->unseen_count)
		return false;
	for (uint32_t i = 0; i < a->seen_count; i++)
		if (a->seen[i] != b->seen[i])
			return false;
	for (uint32_t i = 0; i < a->unseen_count; i++)
		if (a->unseen[i].log != b->unseen[i].log ||
			a->unseen[i].first != b->unseen[i].first ||
			a->unseen[i].last != b->unseen[i].last)
			return false;
	return true;
}

static inline bool
regs_same(const struct reg *a, const struct reg *b)
{
	if (a->field != b->field || a->kind != b->kind ||
		!views_same(a->element, b->element) ||
		a->version_count != b->version_count ||
		a->past_count != b->past_count)
		return false;
	for (uint32_t i = 0; i < a->version_count; i++) {
		const struct version *v = &a->versions[i];
		const struct version *w = &b->versions[i];

		if (v->log != w->log || v->seq != w->seq ||
			v->time != w->time || !views_same(v->value, w->value) ||
			!knowledge_same(v->knowledge, w->knowledge))
			return false;
	}
	for (uint32_t i = 0; i < a->past_count; i++) {
		const struct past_write *v = &a->past[i], *w = &b->past[i];

		if (v->log != w->log || v->seq != w->seq ||
			!views_same(v->value, w->value) ||
			v->covered_count != w->covered_count)
			return false;
		for (uint32_t k = 0; k < v->covered_count; k++)
			if (v->covered[k] != w->covered[k])
				return false;
	}
	return true;
}

static inline uint32_t
next_reg(const struct record *record, uint32_t at)
{
	while (at < record->reg_count && !record->regs[at].version_count &&
		!record->regs[at].past_count)
		at++;
	return at;
}

static inline bool
records_same(const struct record *a, const struct record *b)
{
	uint32_t i = next_reg(a, 0), k = next_reg(b, 0);

	if (a->type != b->type || a->id_size != b->id_size ||
		memcmp(a->id, b->id, a->id_size) != 0)
		return false;
	while (i < a->reg_count && k < b->reg_count) {
		if (!regs_same(&a->regs[i], &b->regs[k]))
			return false;
		i = next_reg(a, i + 1);
		k = next_reg(b, k + 1);
	}
	return i == a->reg_count && k == b->reg_count;
}

#endif
