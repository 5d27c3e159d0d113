/* client/store/row: a record comes back as it was, whatever is in it. */

#include "tests/client/store_fixture.h"

enum { RECORDS = 4000 };

static void
make_and_save(struct store *store, struct record *record, uint32_t number)
{
	struct arena arena = {0};

	any_record(record, number, &arena);
	save(store, 1, record);
	arena_clear(&arena);
}

static void
assert_loads_as(struct store *store, const struct record *record)
{
	struct record loaded = {0};

	assert_int_equal(store->record_load(store->self, 1, record->type,
				 record->id, record->id_size, &loaded),
		STATUS_OK);
	assert_true(records_same(record, &loaded));
	assert_int_equal(
		loaded.stored, next_reg(record, 0) < record->reg_count);
	record_clear(&loaded);
}

static void
comes_back_as_it_was(void **state)
{
	struct store *store = fixture_memory();
	struct record record = {0};

	(void)state;
	assert_int_equal(store->begin(store->self), STATUS_OK);
	for (uint32_t i = 1; i <= RECORDS; i++) {
		make_and_save(store, &record, i);
		assert_loads_as(store, &record);
	}
	assert_int_equal(store->commit(store->self), STATUS_OK);
	record_clear(&record);
	store_sqlite_close(store);
}

/* Few ids: every save replaces another record, of another shape. */
static void
comes_back_after_it_was_replaced(void **state)
{
	struct store *store = fixture_memory();
	struct record record = {0};

	(void)state;
	assert_int_equal(store->begin(store->self), STATUS_OK);
	for (uint32_t i = 0; i < RECORDS; i++) {
		make_and_save(store, &record, 1 + i % 5);
		assert_loads_as(store, &record);
	}
	assert_int_equal(store->commit(store->self), STATUS_OK);
	record_clear(&record);
	store_sqlite_close(store);
}

static int64_t
ask(struct store *store, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int64_t value = -1;

	assert_int_equal(sqlite3_prepare_v2(store_sqlite_handle(store), sql, -1,
				 &statement, NULL),
		SQLITE_OK);
	if (sqlite3_step(statement) == SQLITE_ROW)
		value = sqlite3_column_int64(statement, 0);
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	return value;
}

/* A thing with a name, a size and so on, all by one change. */
static void
plain_thing(struct record *record, uint32_t number, struct arena *arena)
{
	uint8_t id[RECORD_ID_MAX];

	fixture_id(id, number);
	record_reset(record, TYPE_THING, id, ID_BYTES);
	put(record, 5, KIND_PUT, value_text(arena, "Acme 工业"), 300);
	put(record, 17, KIND_PUT, value_integer(arena, -5), 300);
	put(record, 29, KIND_PUT, value_text(arena, "high"), 300);
}

static void
says_a_fresh_record_in_fifteen_bytes(void **state)
{
	struct store *store = fixture_memory();
	struct record record = {0};
	struct arena arena = {0};

	(void)state;
	plain_thing(&record, 1, &arena);
	save(store, 1, &record);
	assert_in_range(ask(store, "SELECT length(_ver) FROM thing"), 1, 15);
	record_clear(&record);
	arena_clear(&arena);
	store_sqlite_close(store);
}

static int
count_statement(unsigned event, void *self, void *statement, void *sql)
{
	(void)event;
	(void)statement;
	(void)sql;
	++*(int *)self;
	return 0;
}

static void
reads_one_row_and_writes_one_for_a_record_applied(void **state)
{
	struct store *store = fixture_memory();
	sqlite3 *db = store_sqlite_handle(store);
	struct record record = {0};
	struct arena arena = {0};
	int statements = 0, changes;

	(void)state;
	plain_thing(&record, 1, &arena);
	put(&record, 49, KIND_SET, value_text(&arena, "a"), 300);
	save(store, 1, &record);
	/* It has learnt by then that nothing is indexed. */
	save(store, 1, &record);
	assert_int_equal(store->begin(store->self), STATUS_OK);
	changes = sqlite3_total_changes(db);
	(void)sqlite3_trace_v2(
		db, SQLITE_TRACE_STMT, count_statement, &statements);
	assert_int_equal(store->record_load(store->self, 1, TYPE_THING,
				 record.id, ID_BYTES, &record),
		STATUS_OK);
	assert_int_equal(record.reg_count, 4);
	record.regs[0].version_count = 0;
	put(&record, 5, KIND_PUT, value_text(&arena, "Acme 2"), 301);
	save(store, 1, &record);
	assert_int_equal(statements, 2);
	assert_int_equal(sqlite3_total_changes(db) - changes, 1);
	(void)sqlite3_trace_v2(db, 0, NULL, NULL);
	assert_int_equal(store->commit(store->self), STATUS_OK);
	record_clear(&record);
	arena_clear(&arena);
	store_sqlite_close(store);
}

static void
keeps_set_tables_equal_to_the_sets(void **state)
{
	struct store *store = fixture_memory();
	struct record record = {0};
	struct arena arena = {0};

	(void)state;
	plain_thing(&record, 1, &arena);
	put(&record, 49, KIND_SET, value_text(&arena, "a"), 300);
	put(&record, 49, KIND_SET, value_text(&arena, "b"), 300);
	put(&record, 49, KIND_SET, value_integer(&arena, 5), 300);
	save(store, 1, &record);
	save(store, 1, &record);
	/* The 5 is no text: it is kept, but has no row. */
	assert_int_equal(ask(store, "SELECT count(*) FROM thing_group"), 2);
	assert_int_equal(store->record_load(store->self, 1, TYPE_THING,
				 record.id, ID_BYTES, &record),
		STATUS_OK);
	record_find(&record, 49, KIND_SET, value_text(&arena, "a"))
		->version_count = 0;
	save(store, 1, &record);
	assert_int_equal(ask(store,
				 "SELECT count(*) FROM thing_group "
				 "WHERE value = 'b'"),
		1);
	assert_int_equal(ask(store, "SELECT count(*) FROM thing_group"), 1);
	record_reset(&record, TYPE_THING, record.id, ID_BYTES);
	save(store, 1, &record);
	assert_int_equal(ask(store, "SELECT count(*) FROM thing_group"), 0);
	assert_int_equal(ask(store, "SELECT count(*) FROM thing"), 0);
	record_clear(&record);
	arena_clear(&arena);
	store_sqlite_close(store);
}

static void
shows_marks_in_columns_and_keeps_their_versions(void **state)
{
	struct store *store = fixture_memory();
	struct record record = {0}, loaded = {0};
	struct arena arena = {0};
	/* Archived says a version, but something unseen reopened it. */
	struct shown shown = {.archived = false, .arena = &arena};

	(void)state;
	plain_thing(&record, 1, &arena);
	put(&record, SCHEMA_ARCHIVED, KIND_PUT, value_bool(&arena, true), 300);
	assert_int_equal(
		store->record_save(store->self, 1, &record, &shown), STATUS_OK);
	assert_int_equal(ask(store, "SELECT archived FROM thing"), 0);
	assert_int_equal(store->record_load(store->self, 1, TYPE_THING,
				 record.id, ID_BYTES, &loaded),
		STATUS_OK);
	assert_true(records_same(&record, &loaded));
	record_clear(&record);
	record_clear(&loaded);
	arena_clear(&arena);
	store_sqlite_close(store);
}

static enum status
load_thing(struct store *store, const uint8_t *id)
{
	struct record loaded = {0};
	enum status status = store->record_load(
		store->self, 1, TYPE_THING, id, ID_BYTES, &loaded);

	record_clear(&loaded);
	return status;
}

static void
refuses_a_damaged_row(void **state)
{
	static const char *const damage[] = {"_ver = x''", "_ver = x'00'",
		"_ver = x'01'", "_ver = x'0100'", "_ver = 'text'",
		"_ver = x'01000100ff'", "_ver = _ver || x'15'",
		"_ver = _ver || x'fffffffff0ffffffffff'", "count = 'five'",
		"name = x'00'", "good = 2", "count = 1.5",
		"count = NULL, name = NULL, _ver = _ver || x'140201'"};
	struct store *store = fixture_memory();
	struct record record = {0};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < FIXTURE_COUNT(damage); i++) {
		char sql[128];

		plain_thing(&record, 1, &arena);
		save(store, 1, &record);
		assert_int_equal(load_thing(store, record.id), STATUS_OK);
		(void)snprintf(
			sql, sizeof sql, "UPDATE thing SET %s", damage[i]);
		assert_int_equal(sqlite3_exec(store_sqlite_handle(store), sql,
					 NULL, NULL, NULL),
			SQLITE_OK);
		if (load_thing(store, record.id) != STATUS_FAILED)
			fail_msg("%s was read", damage[i]);
		assert_non_null(strstr(store_sqlite_problem(store), "damaged"));
	}
	record_clear(&record);
	arena_clear(&arena);
	store_sqlite_close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back_as_it_was),
		cmocka_unit_test(comes_back_after_it_was_replaced),
		cmocka_unit_test(says_a_fresh_record_in_fifteen_bytes),
		cmocka_unit_test(
			reads_one_row_and_writes_one_for_a_record_applied),
		cmocka_unit_test(keeps_set_tables_equal_to_the_sets),
		cmocka_unit_test(
			shows_marks_in_columns_and_keeps_their_versions),
		cmocka_unit_test(refuses_a_damaged_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
