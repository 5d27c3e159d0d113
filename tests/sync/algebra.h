#ifndef TESTS_SYNC_ALGEBRA_H
#define TESTS_SYNC_ALGEBRA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/schema_roadbook.h"
#include "tests/sim/deliver.h"
#include "tests/sim/histories.h"

/*
 * The algebra of the merge, without a store: whatever the order in which
 * changes are delivered, the result is one, and it is the oracle's. That is
 * commutativity, associativity and idempotence at once; they are tried under
 * their own names, too. algebra_test.c tries all histories,
 * algebra_random_test.c random worlds and joins.
 *
 * ROADBOOK_ALGEBRA=full tries everything (minutes); else a slice.
 */

/* A schema with a field of each kind and order. */
enum {
	LATEST = 8,
	HIGHEST = 12,
	SENIOR = 16,
	ASK = 20,
	ONCE = 24,
	TAGS = 28,
	PARENT = 36,
	SWITCH = 40,  /* bool, highest */
	MANAGED = 10, /* a manager's to write */
	CREDIT = 15,  /* hq's to write */
	UNKNOWN = 44, /* to this schema */
	ACCOUNT = 8,  /* of a contact: its parent */
};

static const struct schema_code code_list[] = {
	{"a", "a", "a"}, {"b", "b", "b"}, {"c", "c", "c"}};

static const struct schema_field alias_fields[] = {
	{SCHEMA_ARCHIVED, "archived", .form = FORM_BOOL},
	{SCHEMA_MOVED, "moved", .form = FORM_BOOL},
	{SCHEMA_JOINED, "joined", .form = FORM_BOOL},
};

static const struct schema_field account_fields[] = {
	{SCHEMA_ARCHIVED, "archived", .form = FORM_BOOL},
	{SCHEMA_MOVED, "moved", .form = FORM_BOOL},
	{LATEST, "latest", .form = FORM_TEXT},
	{MANAGED, "managed", .form = FORM_TEXT},
	{HIGHEST, "highest", .form = FORM_CODE, .order = ORDER_HIGHEST,
		.codes = {code_list, 3}},
	{CREDIT, "credit", .form = FORM_TEXT, .order = ORDER_SENIOR},
	{SENIOR, "senior", .form = FORM_TEXT, .order = ORDER_SENIOR},
	{ASK, "ask", .form = FORM_TEXT, .order = ORDER_ASK},
	{ONCE, "once", .kind = KIND_ONCE, .form = FORM_TEXT},
	{TAGS, "tags", .kind = KIND_SET, .form = FORM_TEXT},
	{PARENT, "parent_id", .form = FORM_REF, .refers = TYPE_ACCOUNT,
		.parent = true},
	{SWITCH, "switch", .form = FORM_BOOL, .order = ORDER_HIGHEST},
};

static const struct schema_field contact_fields[] = {
	{SCHEMA_ARCHIVED, "archived", .form = FORM_BOOL},
	{SCHEMA_MOVED, "moved", .form = FORM_BOOL},
	{ACCOUNT, "account_id", .form = FORM_REF, .refers = TYPE_ACCOUNT,
		.parent = true},
	{ASK, "name", .form = FORM_TEXT, .order = ORDER_ASK},
};

static const struct schema_type types[] = {
	{SCHEMA_ALIAS, "alias", .fields = alias_fields, .field_count = 3},
	{TYPE_ACCOUNT, "account", .fields = account_fields, .field_count = 12},
	{TYPE_CONTACT, "contact", .fields = contact_fields, .field_count = 4},
};
static const struct schema schema = {types, 3};

/* Two accounts, the alias of both, two contacts. */
static const uint8_t ids[5][RECORD_ID_MAX] = {
	{1}, {2}, {[0] = 1, [ID_BYTES] = 2}, {4}, {5}};

struct place {
	uint32_t type;
	const uint8_t *id;
	size_t id_size;
};

enum { FIRM, OTHER_FIRM, ALIAS, PERSON, OTHER_PERSON, PLACES };
static const struct place places[PLACES] = {{TYPE_ACCOUNT, ids[0], ID_BYTES},
	{TYPE_ACCOUNT, ids[1], ID_BYTES}, {SCHEMA_ALIAS, ids[2], RECORD_ID_MAX},
	{TYPE_CONTACT, ids[3], ID_BYTES}, {TYPE_CONTACT, ids[4], ID_BYTES}};

#define VALUE(name, ...)                                                       \
	static const uint8_t name##_bytes[] = {__VA_ARGS__};                   \
	static const struct pack_view name = {name##_bytes, sizeof name##_bytes}
VALUE(value_a, 0xa1, 'a');
VALUE(value_b, 0xa1, 'b');
VALUE(value_z, 0xa1, 'z'); /* not among the codes */
VALUE(value_nil, 0xc0);
VALUE(value_false, 0xc2);
VALUE(value_true, 0xc3);
VALUE(value_firm, 0xc4, ID_BYTES, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0);
VALUE(value_other_firm, 0xc4, ID_BYTES, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0);

/* Numbers from a seed (splitmix64). */
static inline uint64_t
next_random(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static inline uint32_t
below(uint64_t *seed, uint32_t limit)
{
	assert_true(limit > 0);
	return (uint32_t)(next_random(seed) >> 33) % limit;
}

static inline void
write_to(struct world_change *change, int place, uint32_t field,
	enum operation_kind kind, struct pack_view value, int64_t at_ms)
{
	assert_true(change->operation_count < WORLD_OPERATIONS_MAX);
	change->operations[change->operation_count++] = (struct operation){
		.type = places[place].type,
		.id = places[place].id,
		.id_size = places[place].id_size,
		.field = field,
		.kind = kind,
		.time = at_ms,
		.value = value,
	};
}

/* Nothing, one value or the other, in a field of each order. */
static inline void
write_put(struct world_change *change, uint32_t letter, int64_t at_ms)
{
	struct pack_view value = letter == 1 ? value_a : value_b;

	if (letter == 0)
		return;
	write_to(change, FIRM, LATEST, OPERATION_PUT, value, at_ms);
	write_to(change, FIRM, HIGHEST, OPERATION_PUT, value, at_ms);
	write_to(change, FIRM, SENIOR, OPERATION_PUT, value, at_ms);
	write_to(change, FIRM, ASK, OPERATION_PUT, value, at_ms);
}

/* Names of logs in any order, ranks, no cuts. */
static inline void
draw_logs(struct world *world, uint32_t count, uint64_t *seed)
{
	uint8_t names[WORLD_LOGS_MAX] = {10, 20, 30, 40, 50};

	world->log_count = count;
	for (uint32_t l = 0; l < count; l++) {
		uint32_t pick = l + below(seed, count - l);
		uint8_t name = names[pick];

		names[pick] = names[l];
		world->logs[l] = (struct merge_log){
			.id = {name}, .rank = 1 + (int)below(seed, 3)};
		world->cuts[l] = INT64_MAX;
	}
}

/* A run over worlds: its sides, oracle and counts. */
struct run {
	struct world world;
	struct oracle *oracle;
	const struct oracle_view *view;
	struct side side;
	uint64_t seed;
	uint64_t cases, orders, steps;
	clock_t began;
};

static inline struct run *
run_new(void)
{
	struct run *run = calloc(1, sizeof *run);

	assert_non_null(run);
	run->world.schema = &schema;
	run->oracle = oracle_new(&schema);
	run->began = clock();
	return run;
}

static inline void
run_end(struct run *run, const char *what)
{
	print_message("%s: %llu cases, %llu orders, %llu steps, %.1f s\n", what,
		(unsigned long long)run->cases, (unsigned long long)run->orders,
		(unsigned long long)run->steps,
		(double)(clock() - run->began) / CLOCKS_PER_SEC);
	oracle_free(run->oracle);
	side_clear(&run->side);
	free(run);
}

static inline bool
is_full(void)
{
	const char *wanted = getenv("ROADBOOK_ALGEBRA");

	return wanted && strcmp(wanted, "full") == 0;
}

#endif
