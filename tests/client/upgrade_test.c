/*
 * A node of an older program among newer ones: what it does not know it keeps,
 * merges and passes on, and shows once it is upgraded.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/store_sqlite.h"
#include "proto/schema_roadbook.h"
#include "sync/territory.h"

static const uint8_t territory_name[ID_BYTES] = {0x20, 1};
static const uint8_t company[32] = {7};
static uint8_t log_id[LOG_BYTES], public_key[32], secret_key[64];
static const uint8_t account_id[ID_BYTES] = {1, 2, 3};
static const uint8_t visit_id[ID_BYTES] = {4, 5, 6};

/* The shipped schema as it was before visits, and before an account's phones
 * and legal name. */
static struct schema older;

static bool
was_there(const struct schema_field *field)
{
	return strcmp(field->name, "phones") != 0 &&
		strcmp(field->name, "legal_name") != 0;
}

static void
make_older_schema(void)
{
	static struct schema_type types[32];
	static struct schema_field fields[128];
	const struct schema *now = schema_roadbook();
	size_t count = 0;

	for (size_t i = 0; i < now->type_count; i++) {
		if (now->types[i].number >= TYPE_VISIT)
			continue;
		types[count] = now->types[i];
		if (types[count].number == TYPE_ACCOUNT) {
			size_t kept = 0;

			for (size_t k = 0; k < types[count].field_count; k++)
				if (was_there(&now->types[i].fields[k]))
					fields[kept++] =
						now->types[i].fields[k];
			types[count].fields = fields;
			types[count].field_count = kept;
			types[count].title = "short_name";
			types[count].title_else = NULL;
		}
		count++;
	}
	older = (struct schema){.types = types, .type_count = count};
}

static int
everybody_is_a_rep(void *self, const uint8_t *territory, const uint8_t *log)
{
	(void)self;
	(void)territory;
	(void)log;
	return RANK_REP;
}

static int64_t
no_cut(void *self, const uint8_t *territory, const uint8_t *log)
{
	(void)self;
	(void)territory;
	(void)log;
	return INT64_MAX;
}

struct program {
	struct store *store;
	struct territory *territory;
	bool rebuild;
};

static struct program
start(const char *path, const struct schema *schema)
{
	struct program p;
	struct territory_rules rules = {
		.rank = everybody_is_a_rep, .cut = no_cut};
	char reason[256];

	assert_int_equal(store_sqlite_open(&p.store, path, schema, &p.rebuild,
				 reason, sizeof reason),
		STATUS_OK);
	assert_int_equal(
		territory_open(&p.territory, p.store, &rules, territory_name),
		STATUS_OK);
	return p;
}

static void
stop(struct program *p)
{
	territory_free(p->territory);
	store_sqlite_close(p->store);
}

static void
begin(struct program *p)
{
	assert_int_equal(p->store->begin(p->store->self), STATUS_OK);
}

static void
commit(struct program *p)
{
	assert_int_equal(p->store->commit(p->store->self), STATUS_OK);
}

static struct write_operation
operation(uint32_t type, const uint8_t *id, const char *field,
	enum operation_kind kind, uint8_t *bytes, const char *text)
{
	const struct schema_type *t = schema_type(schema_roadbook(), type);
	struct pack pack;

	pack_init(&pack, bytes, 64);
	pack_text(&pack, text);
	return (struct write_operation){.type = type,
		.id = id,
		.id_size = ID_BYTES,
		.field = schema_field_named(t, field)->number,
		.kind = kind,
		.value = {bytes, pack.size},
		.time = -1};
}

/* What a newer program writes, sealed. */
static void
write_news(struct program *p, int64_t at, const char *name)
{
	uint8_t bytes[4][64];
	struct write_operation operations[] = {
		operation(TYPE_ACCOUNT, account_id, "legal_name", OPERATION_PUT,
			bytes[0], name),
		operation(TYPE_ACCOUNT, account_id, "short_name", OPERATION_PUT,
			bytes[1], "鑫澜"),
		operation(TYPE_ACCOUNT, account_id, "phones", OPERATION_ADD,
			bytes[2], "021-5550-0100"),
		operation(TYPE_VISIT, visit_id, "goal", OPERATION_PUT, bytes[3],
			"谈价格"),
	};
	struct write write = {.log = log_id,
		.at = at,
		.operations = operations,
		.operation_count = 4};
	int64_t seq;
	size_t refused;
	uint32_t segments;

	begin(p);
	assert_int_equal(territory_write(p->territory, &write, &seq, &refused),
		STATUS_OK);
	assert_int_equal(territory_seal(p->territory, log_id, company,
				 secret_key, &segments),
		STATUS_OK);
	assert_int_equal(segments, 1);
	commit(p);
}

static const uint8_t *
the_key(void *self, const uint8_t *device)
{
	(void)self;
	(void)device;
	return public_key;
}

/* Everything that `from` has and `to` lacks. */
static void
pass_on(struct program *from, struct program *to)
{
	const struct frontier_entry *frontier;
	struct territory_walk walk = {0};
	struct pack_view bytes;
	struct segment segment;
	enum message_verdict verdict;
	uint32_t count;

	begin(to);
	territory_frontier(to->territory, &frontier, &count);
	while (territory_lacking(from->territory, frontier, count, &walk,
		       &bytes) == STATUS_OK) {
		assert_int_equal(segment_decode(&segment, bytes.bytes,
					 bytes.size, company, the_key, NULL),
			STATUS_OK);
		assert_int_equal(territory_keep(to->territory, &segment,
					 bytes.bytes, false, &verdict),
			STATUS_OK);
		assert_int_equal(verdict, VERDICT_KEPT);
		territory_frontier(to->territory, &frontier, &count);
	}
	assert_int_equal(territory_settle(to->territory, NULL), STATUS_OK);
	commit(to);
}

static void
same_digest(struct program *a, struct program *b)
{
	uint8_t one[32], two[32];

	assert_int_equal(territory_digest(a->territory, one), STATUS_OK);
	assert_int_equal(territory_digest(b->territory, two), STATUS_OK);
	assert_memory_equal(one, two, sizeof one);
}

/* One text out of the tables, as any SQL tool reads it. */
static void
column_is(struct program *p, const char *sql, const char *expected)
{
	sqlite3_stmt *s;

	assert_int_equal(sqlite3_prepare_v2(store_sqlite_handle(p->store), sql,
				 -1, &s, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(s, 0), expected);
	assert_int_equal(sqlite3_finalize(s), SQLITE_OK);
}

static char path[] = "/tmp/roadbook-upgrade-XXXXXX";

static int
setup(void **state)
{
	static const uint8_t seed[crypto_sign_SEEDBYTES] = {9};
	int fd;

	(void)state;
	make_older_schema();
	log_id[0] = 1;
	log_id[ID_BYTES] = 2;
	fd = mkstemp(path);
	return sodium_init() < 0 || fd < 0 || close(fd) != 0 ||
		unlink(path) != 0 ||
		crypto_sign_seed_keypair(public_key, secret_key, seed) != 0;
}

static int
teardown(void **state)
{
	char wal[sizeof path + 8];

	(void)state;
	(void)snprintf(wal, sizeof wal, "%s-wal", path);
	(void)unlink(wal); /* gone after a clean close */
	return unlink(path);
}

static void
an_older_node_keeps_what_it_does_not_know(void **state)
{
	struct program newer = start(":memory:", schema_roadbook());
	struct program old = start(path, &older);
	struct program third = start(":memory:", schema_roadbook());

	(void)state;
	write_news(&newer, 1000, "临溪鑫澜汽车零部件有限公司");
	pass_on(&newer, &old);
	same_digest(&newer, &old);
	column_is(&old, "SELECT short_name FROM account", "鑫澜");
	/* By way of the old node, a third one gets all of it. */
	pass_on(&old, &third);
	same_digest(&newer, &third);
	column_is(&third, "SELECT goal FROM visit", "谈价格");
	/* And what is edited meanwhile merges there, unknown as it is. */
	write_news(&newer, 2000, "鑫澜汽配");
	pass_on(&newer, &old);
	same_digest(&newer, &old);
	stop(&newer);
	stop(&old);
	stop(&third);
}

static void
it_appears_when_the_node_is_upgraded(void **state)
{
	struct program upgraded = start(path, schema_roadbook());
	uint8_t before[32], after[32];

	(void)state;
	assert_true(upgraded.rebuild);
	begin(&upgraded);
	assert_int_equal(territory_rebuild(upgraded.territory), STATUS_OK);
	commit(&upgraded);
	column_is(&upgraded, "SELECT legal_name FROM account", "鑫澜汽配");
	column_is(&upgraded, "SELECT goal FROM visit", "谈价格");
	assert_int_equal(
		territory_digest(upgraded.territory, before), STATUS_OK);
	stop(&upgraded);
	/* Going back to the older program loses nothing either. */
	upgraded = start(path, &older);
	assert_true(upgraded.rebuild);
	begin(&upgraded);
	assert_int_equal(territory_rebuild(upgraded.territory), STATUS_OK);
	commit(&upgraded);
	assert_int_equal(
		territory_digest(upgraded.territory, after), STATUS_OK);
	assert_memory_equal(before, after, sizeof before);
	stop(&upgraded);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_older_node_keeps_what_it_does_not_know),
		cmocka_unit_test(it_appears_when_the_node_is_upgraded),
	};

	return cmocka_run_group_tests_name("upgrade", tests, setup, teardown);
}
