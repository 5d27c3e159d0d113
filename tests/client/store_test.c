/* client/store: what was committed is there, and nothing else is. */

#include "tests/client/store_fixture.h"

static const uint8_t territory_id[ID_BYTES] = {9, 9};

static uint32_t
territory(struct store *store)
{
	uint32_t number = 0;

	assert_int_equal(store->territory(store->self, territory_id, &number),
		STATUS_OK);
	return number;
}

static void
save_child(struct store *store, uint32_t number, const uint8_t *parent)
{
	struct record record = {0};
	struct arena arena = {0};
	uint8_t id[RECORD_ID_MAX];

	fixture_id(id, number);
	record_reset(&record, TYPE_CHILD, id, ID_BYTES);
	put(&record, 5, KIND_PUT, value_bytes(&arena, parent, ID_BYTES), 1);
	put(&record, 9, KIND_PUT, value_text(&arena, "child"), 1);
	save(store, territory(store), &record);
	record_clear(&record);
	arena_clear(&arena);
}

static bool
there(struct store *store, uint32_t type, uint32_t number)
{
	struct record record = {0};
	uint8_t id[RECORD_ID_MAX];
	bool stored;

	fixture_id(id, number);
	assert_int_equal(store->record_load(store->self, territory(store), type,
				 id, ID_BYTES, &record),
		STATUS_OK);
	stored = record.stored;
	assert_int_equal(stored, record_exists(&record));
	record_clear(&record);
	return stored;
}

static void
append_segment(struct store *store, int64_t first, uint32_t count,
	const uint8_t *bytes, size_t size)
{
	struct segment segment = {.first = first, .count = count, .size = size};

	assert_int_equal(store->segment_append(store->self, territory(store), 0,
				 &segment, bytes),
		STATUS_OK);
}

static void
save_log(struct store *store, int64_t applied)
{
	int64_t context[] = {applied, 0, 1 << 20};
	struct store_log log = {.id = {1, 2},
		.kept = 90,
		.kept_name = {7},
		.applied = applied,
		.context = context,
		.context_count = 3};

	assert_int_equal(
		store->log_save(store->self, territory(store), 0, &log),
		STATUS_OK);
}

/* The one log's `applied`; *count is its context's. */
static int64_t
applied(struct store *store, uint32_t *count)
{
	struct store_log *logs;
	uint32_t log_count;
	int64_t seq;

	assert_int_equal(
		store->logs(store->self, territory(store), &logs, &log_count),
		STATUS_OK);
	assert_int_equal(log_count, 1);
	assert_int_equal(logs[0].id[1], 2);
	assert_int_equal(logs[0].kept, 90);
	assert_int_equal(logs[0].kept_name[0], 7);
	seq = logs[0].applied;
	*count = logs[0].context_count;
	if (*count)
		assert_int_equal(logs[0].context[2], 1 << 20);
	free(logs[0].context);
	free(logs);
	return seq;
}

static void
has_after_opening_again_what_was_committed(void **state)
{
	const char *path = fixture_path();
	bool rebuild = true;
	struct store *store = fixture_open(path, &fixture_schema, &rebuild);
	uint8_t parent[RECORD_ID_MAX];
	uint32_t count;

	(void)state;
	assert_false(rebuild);
	fixture_id(parent, 1);
	assert_int_equal(store->begin(store->self), STATUS_OK);
	save_child(store, 2, parent);
	save_log(store, 80);
	append_segment(store, 1, 90, (const uint8_t *)"segment", 7);
	assert_int_equal(
		store_sqlite_setting_set(store, "device", "abc", 3), STATUS_OK);
	assert_int_equal(store->commit(store->self), STATUS_OK);
	store_sqlite_close(store);

	store = fixture_open(path, &fixture_schema, &rebuild);
	assert_false(rebuild);
	assert_true(there(store, TYPE_CHILD, 2));
	assert_int_equal(applied(store, &count), 80);
	assert_int_equal(count, 3);
	store_sqlite_close(store);
	(void)fixture_path();
}

static void
has_nothing_of_what_was_rolled_back(void **state)
{
	struct store *store = fixture_memory();
	uint8_t parent[RECORD_ID_MAX], *value;
	size_t size;

	(void)state;
	fixture_id(parent, 1);
	assert_int_equal(store->begin(store->self), STATUS_OK);
	save_child(store, 2, parent);
	assert_int_equal(store->commit(store->self), STATUS_OK);
	assert_int_equal(store->begin(store->self), STATUS_OK);
	save_child(store, 3, parent);
	assert_int_equal(
		store_sqlite_setting_set(store, "device", "abc", 3), STATUS_OK);
	store->rollback(store->self);
	assert_true(there(store, TYPE_CHILD, 2));
	assert_false(there(store, TYPE_CHILD, 3));
	assert_int_equal(
		store_sqlite_setting_get(store, "device", &value, &size),
		STATUS_ABSENT);
	store_sqlite_close(store);
}

/* SQLite does that after an I/O error, whoever looked at the error or not. */
static void
writes_nothing_when_sqlite_has_rolled_back_itself(void **state)
{
	static const uint8_t bytes[] = "change";
	struct pack_view change = {bytes, sizeof bytes};
	struct store *store = fixture_memory();
	uint32_t number = territory(store);

	(void)state;
	assert_int_equal(store->begin(store->self), STATUS_OK);
	assert_int_equal(
		store->pending_append(store->self, number, 0, 1, change),
		STATUS_OK);
	assert_int_equal(sqlite3_exec(store_sqlite_handle(store), "ROLLBACK",
				 NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(
		store->pending_append(store->self, number, 0, 2, change),
		STATUS_FAILED);
	assert_int_equal(
		store->territory_clear(store->self, number), STATUS_FAILED);
	assert_int_equal(store->commit(store->self), STATUS_FAILED);
	store->rollback(store->self);
	for (int64_t seq = 1; seq <= 2; seq++)
		assert_int_equal(store->pending_read(
					 store->self, number, 0, seq, &change),
			STATUS_ABSENT);
	store_sqlite_close(store);
}

/* Nor does who asks the database without the store. */
static void
a_statement_of_a_lost_transaction_does_not_stand_alone(void **state)
{
	struct store *store = fixture_memory();
	sqlite3 *db = store_sqlite_handle(store);
	sqlite3_stmt *s = NULL;

	(void)state;
	assert_int_equal(
		sqlite3_exec(db, "CREATE TABLE notes(n)", NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(store->begin(store->self), STATUS_OK);
	assert_int_equal(
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(db, "INSERT INTO notes VALUES(1)",
				     NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(store->commit(store->self), STATUS_FAILED);
	store->rollback(store->self);
	assert_int_equal(
		sqlite3_prepare_v2(db, "SELECT n FROM notes", -1, &s, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_DONE);
	assert_int_equal(sqlite3_finalize(s), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "INSERT INTO notes VALUES(2)", NULL,
				 NULL, NULL),
		SQLITE_OK);
	store_sqlite_close(store);
}

static void
gives_territories_numbers_from_one_and_keeps_them(void **state)
{
	struct store *store = fixture_memory();
	uint8_t other[ID_BYTES] = {5};
	uint32_t number;

	(void)state;
	assert_int_equal(territory(store), 1);
	assert_int_equal(
		store->territory(store->self, other, &number), STATUS_OK);
	assert_int_equal(number, 2);
	assert_int_equal(territory(store), 1);
	store_sqlite_close(store);
}

static void
keeps_tables_made_from_another_schema_no_longer(void **state)
{
	static const struct schema older = {fixture_types, 3};
	const char *path = fixture_path();
	bool rebuild;
	struct store *store = fixture_open(path, &older, &rebuild);
	struct pack_view bytes;
	uint8_t parent[RECORD_ID_MAX];
	uint32_t count;

	(void)state;
	fixture_id(parent, 1);
	assert_int_equal(store->begin(store->self), STATUS_OK);
	/* The older schema has no such type: it goes to _record. */
	save_child(store, 2, parent);
	save_log(store, 80);
	append_segment(store, 1, 90, (const uint8_t *)"segment", 7);
	assert_int_equal(store->pending_append(store->self, 1, 0, 91,
				 (struct pack_view){parent, 16}),
		STATUS_OK);
	assert_int_equal(store->commit(store->self), STATUS_OK);
	assert_true(there(store, TYPE_CHILD, 2));
	store_sqlite_close(store);

	store = fixture_open(path, &fixture_schema, &rebuild);
	assert_true(rebuild);
	assert_false(there(store, TYPE_CHILD, 2));
	assert_int_equal(applied(store, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(
		store->segment_read(store->self, 1, 0, 50, &bytes), STATUS_OK);
	assert_int_equal(
		store->pending_read(store->self, 1, 0, 91, &bytes), STATUS_OK);
	store_sqlite_close(store);

	/* Who died before it was done is asked again. */
	store = fixture_open(path, &fixture_schema, &rebuild);
	assert_true(rebuild);
	assert_int_equal(store->begin(store->self), STATUS_OK);
	assert_int_equal(store_sqlite_rebuilt(store), STATUS_OK);
	store->rollback(store->self);
	store_sqlite_close(store);

	store = fixture_open(path, &fixture_schema, &rebuild);
	assert_true(rebuild);
	assert_int_equal(store->begin(store->self), STATUS_OK);
	assert_int_equal(store_sqlite_rebuilt(store), STATUS_OK);
	assert_int_equal(store->commit(store->self), STATUS_OK);
	store_sqlite_close(store);

	store = fixture_open(path, &fixture_schema, &rebuild);
	assert_false(rebuild);
	store_sqlite_close(store);
	(void)fixture_path();
}

static void
gives_segments_back_byte_for_byte(void **state)
{
	struct store *store = fixture_memory();
	uint8_t *bytes = alloc(SEGMENT_SIZE_MAX);
	struct pack_view read;

	(void)state;
	for (size_t i = 0; i < SEGMENT_SIZE_MAX; i++)
		bytes[i] = (uint8_t)chance(256);
	append_segment(store, 1, 10, bytes, SEGMENT_SIZE_MAX);
	append_segment(store, 11, 1, bytes + 1, 5);
	for (int64_t seq = 1; seq <= 11; seq++) {
		assert_int_equal(store->segment_read(store->self,
					 territory(store), 0, seq, &read),
			STATUS_OK);
		assert_int_equal(read.size, seq < 11 ? SEGMENT_SIZE_MAX : 5);
		assert_memory_equal(
			read.bytes, seq < 11 ? bytes : bytes + 1, read.size);
	}
	assert_int_equal(store->segment_read(store->self, 1, 0, 12, &read),
		STATUS_ABSENT);
	assert_int_equal(store->segment_read(store->self, 1, 1, 1, &read),
		STATUS_ABSENT);
	free(bytes);
	store_sqlite_close(store);
}

static void
changes_no_segment_that_is_kept(void **state)
{
	struct store *store = fixture_memory();
	struct segment segment = {.first = 1, .count = 10, .size = 3};
	struct pack_view read;

	(void)state;
	append_segment(store, 1, 10, (const uint8_t *)"one", 3);
	assert_int_equal(store->segment_append(store->self, territory(store), 0,
				 &segment, (const uint8_t *)"two"),
		STATUS_FAILED);
	assert_int_equal(
		store->segment_read(store->self, 1, 0, 1, &read), STATUS_OK);
	assert_memory_equal(read.bytes, "one", 3);
	store_sqlite_close(store);
}

static void
commits_while_a_segment_is_with_its_reader(void **state)
{
	const char *path = fixture_path();
	bool rebuild;
	struct store *store = fixture_open(path, &fixture_schema, &rebuild);
	struct pack_view read;

	(void)state;
	assert_int_equal(store->begin(store->self), STATUS_OK);
	append_segment(store, 1, 10, (const uint8_t *)"one", 3);
	assert_int_equal(
		store->segment_read(store->self, 1, 0, 1, &read), STATUS_OK);
	assert_int_equal(store->commit(store->self), STATUS_OK);
	store_sqlite_close(store);
	(void)fixture_path();
}

static void
forgets_pending_changes_up_to_a_number(void **state)
{
	struct store *store = fixture_memory();
	struct pack_view change = {(const uint8_t *)"change", 6}, read;

	(void)state;
	for (int64_t seq = 1; seq <= 3; seq++)
		assert_int_equal(
			store->pending_append(store->self, 1, 2, seq, change),
			STATUS_OK);
	assert_int_equal(store->pending_drop(store->self, 1, 2, 2), STATUS_OK);
	assert_int_equal(store->pending_read(store->self, 1, 2, 2, &read),
		STATUS_ABSENT);
	assert_int_equal(
		store->pending_read(store->self, 1, 2, 3, &read), STATUS_OK);
	assert_int_equal(read.size, 6);
	assert_memory_equal(read.bytes, "change", 6);
	store_sqlite_close(store);
}

static void
count_found(void *self, uint32_t type, const uint8_t *id, size_t id_size)
{
	(void)id;
	assert_int_equal(
		id_size, type == SCHEMA_ALIAS ? RECORD_ID_MAX : ID_BYTES);
	++*(int *)self;
}

static void
finds_children_by_what_they_show(void **state)
{
	struct store *store = fixture_memory();
	uint8_t parent[RECORD_ID_MAX], other[RECORD_ID_MAX];
	int count = 0;

	(void)state;
	fixture_id(parent, 1);
	fixture_id(other, 2);
	save_child(store, 10, parent);
	save_child(store, 11, parent);
	save_child(store, 12, other);
	assert_int_equal(store->children(store->self, 1, TYPE_THING, parent,
				 count_found, &count),
		STATUS_OK);
	assert_int_equal(count, 2);
	assert_int_equal(store->children(store->self, 2, TYPE_THING, parent,
				 count_found, &count),
		STATUS_OK);
	assert_int_equal(count, 2);
	store_sqlite_close(store);
}

static void
finds_aliases_by_their_greater_id(void **state)
{
	static const struct schema without = {fixture_types + 1, 3};

	(void)state;
	for (int known = 0; known < 2; known++) {
		bool rebuild;
		struct store *store = fixture_open(":memory:",
			known ? &fixture_schema : &without, &rebuild);
		struct record record = {0};
		struct arena arena = {0};
		uint8_t id[RECORD_ID_MAX] = {1};
		int count = 0;

		id[16] = 2;
		record_reset(&record, SCHEMA_ALIAS, id, RECORD_ID_MAX);
		put(&record, SCHEMA_JOINED, KIND_PUT, value_bool(&arena, true),
			1);
		save(store, 1, &record);
		assert_int_equal(store->aliases(store->self, 1, id + 16,
					 count_found, &count),
			STATUS_OK);
		assert_int_equal(count, 1);
		assert_int_equal(
			store->aliases(store->self, 1, id, count_found, &count),
			STATUS_OK);
		assert_int_equal(count, 1);
		record_clear(&record);
		arena_clear(&arena);
		store_sqlite_close(store);
	}
}

static void
remembers_the_changes_of_a_record_once(void **state)
{
	struct store *store = fixture_memory();
	struct dot dots[] = {{2, 9}, {0, 5}, {2, 9}, {2, 3}}, *read;
	struct record record = {0};
	uint8_t id[RECORD_ID_MAX];
	uint32_t count;

	(void)state;
	fixture_id(id, 1);
	record_reset(&record, TYPE_THING, id, ID_BYTES);
	assert_int_equal(store->history_add(store->self, 1, &record, dots, 4),
		STATUS_OK);
	assert_int_equal(store->history(store->self, 1, TYPE_THING, id,
				 ID_BYTES, &read, &count),
		STATUS_OK);
	assert_int_equal(count, 3);
	assert_int_equal(read[0].seq, 5);
	assert_int_equal(read[1].seq, 3);
	assert_int_equal(read[2].seq, 9);
	free(read);
	record_clear(&record);
	store_sqlite_close(store);
}

struct last_seen {
	uint32_t count;
	uint32_t type;
	uint8_t id[RECORD_ID_MAX];
};

static enum status
check_order(void *self, struct record *record)
{
	struct last_seen *last = self;

	if (last->count++)
		assert_true(record->type > last->type ||
			(record->type == last->type &&
				memcmp(record->id, last->id, sizeof last->id) >
					0));
	last->type = record->type;
	memcpy(last->id, record->id, sizeof last->id);
	return STATUS_OK;
}

/* Whose ids do not ascend, within a transaction and over several. */
static void
finds_a_row_whatever_was_written_before_it(void **state)
{
	static const uint32_t order[] = {5, 9, 7, 11, 3, 12};
	struct store *store = fixture_memory();
	uint8_t parent[RECORD_ID_MAX];

	(void)state;
	(void)territory(store);
	fixture_id(parent, 1);
	for (size_t round = 0; round < 2; round++) {
		assert_int_equal(store->begin(store->self), STATUS_OK);
		for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
			uint32_t id = order[i] + 20 * (uint32_t)round;

			assert_false(there(store, TYPE_CHILD, id));
			assert_false(there(store, TYPE_CHILD, id + 100));
			save_child(store, id, parent);
			for (size_t k = 0; k <= i; k++)
				assert_true(there(store, TYPE_CHILD,
					order[k] + 20 * (uint32_t)round));
		}
		assert_true(there(store, TYPE_CHILD, order[0]));
		if (round == 0)
			assert_int_equal(store->commit(store->self), STATUS_OK);
	}
	store->rollback(store->self);
	assert_true(there(store, TYPE_CHILD, 12));
	assert_false(there(store, TYPE_CHILD, 25));
	assert_int_equal(store->begin(store->self), STATUS_OK);
	assert_int_equal(store_sqlite_empty(store), STATUS_OK);
	assert_false(there(store, TYPE_CHILD, 12));
	save_child(store, 4, parent);
	assert_true(there(store, TYPE_CHILD, 4));
	assert_int_equal(store->commit(store->self), STATUS_OK);
	store_sqlite_close(store);
}

static void
walks_all_records_by_type_and_id(void **state)
{
	struct store *store = fixture_memory();
	struct record record = {0};
	struct arena arena = {0};
	struct last_seen last = {0};
	uint32_t saved = 0;

	(void)state;
	for (uint32_t i = 1; i < 300; i++) {
		any_record(&record, i * 7919 % 307, &arena);
		save(store, territory(store), &record);
		saved += next_reg(&record, 0) < record.reg_count;
	}
	assert_int_equal(
		store->records(store->self, 1, check_order, &last), STATUS_OK);
	assert_int_equal(last.count, saved);
	assert_int_equal(store->territory_clear(store->self, 1), STATUS_OK);
	last.count = 0;
	assert_int_equal(
		store->records(store->self, 1, check_order, &last), STATUS_OK);
	assert_int_equal(last.count, 0);
	record_clear(&record);
	arena_clear(&arena);
	store_sqlite_close(store);
}

/* As an SQL tool would: one text of one row, on its own connection. */
static void
assert_foreign(const char *path, const char *sql, const char *expected)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_string_equal(sqlite3_column_text(statement, 0), expected);
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
is_readable_to_any_sql_tool(void **state)
{
	static const uint8_t price[] = {
		0x82, 1, 0xcd, 0x13, 0x88, 2, 0xa3, 'C', 'N', 'Y'};
	const char *path = fixture_path();
	bool rebuild;
	struct store *store;
	struct record record = {0};
	struct arena arena = {0};
	uint8_t id[RECORD_ID_MAX];

	(void)state;
	if (fixture_key())
		skip();
	store = fixture_open(path, &fixture_schema, &rebuild);
	fixture_id(id, 1);
	record_reset(&record, TYPE_THING, id, ID_BYTES);
	put(&record, 5, KIND_PUT, value_text(&arena, "深圳"), 1);
	put(&record, 29, KIND_PUT, value_text(&arena, "high"), 1);
	put(&record, 37, KIND_PUT, (struct pack_view){price, sizeof price}, 1);
	put(&record, 49, KIND_SET, value_text(&arena, "vip"), 1);
	save(store, territory(store), &record);
	assert_foreign(path,
		"SELECT typeof(id) || length(id) || name || level || price || "
		"price_currency || archived || typeof(good) || t.value "
		"FROM thing JOIN thing_group t USING (id)",
		"blob16深圳high5000CNY0nullvip");
	assert_foreign(path, "PRAGMA integrity_check", "ok");
	record_clear(&record);
	arena_clear(&arena);
	store_sqlite_close(store);
	(void)fixture_path();
}

static void
assert_refused(const char *path, const char *sql, const char *why)
{
	struct store *store = NULL;
	char reason[256];
	sqlite3 *db = NULL;
	bool rebuild;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(store_sqlite_open(&store, path, &fixture_schema,
				 &rebuild, reason, sizeof reason),
		STATUS_FAILED);
	assert_non_null(strstr(reason, why));
}

static void
refuses_files_that_are_not_its_own(void **state)
{
	const char *path = fixture_path();
	bool rebuild;
	struct store *store = NULL;
	char reason[256];
	FILE *file;

	(void)state;
	if (fixture_key())
		skip();
	assert_refused(path, "CREATE TABLE t (x)", "not a Roadbook store");
	path = fixture_path();
	store_sqlite_close(fixture_open(path, &fixture_schema, &rebuild));
	assert_refused(path, "PRAGMA user_version = 2", "newer Roadbook");
	path = fixture_path();
	file = fopen(path, "w");
	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		assert_true(fputs("not a database\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(store_sqlite_open(&store, path, &fixture_schema,
				 &rebuild, reason, sizeof reason),
		STATUS_FAILED);
	assert_non_null(strstr(reason, "not a database"));
	assert_int_equal(
		store_sqlite_open(&store, "/nowhere/at/all", &fixture_schema,
			&rebuild, reason, sizeof reason),
		STATUS_FAILED);
	(void)fixture_path();
}

static void
opens_with_the_shipped_schema(void **state)
{
	bool rebuild;

	(void)state;
	store_sqlite_close(
		fixture_open(":memory:", schema_roadbook(), &rebuild));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_after_opening_again_what_was_committed),
		cmocka_unit_test(has_nothing_of_what_was_rolled_back),
		cmocka_unit_test(
			writes_nothing_when_sqlite_has_rolled_back_itself),
		cmocka_unit_test(
			a_statement_of_a_lost_transaction_does_not_stand_alone),
		cmocka_unit_test(
			gives_territories_numbers_from_one_and_keeps_them),
		cmocka_unit_test(
			keeps_tables_made_from_another_schema_no_longer),
		cmocka_unit_test(gives_segments_back_byte_for_byte),
		cmocka_unit_test(changes_no_segment_that_is_kept),
		cmocka_unit_test(commits_while_a_segment_is_with_its_reader),
		cmocka_unit_test(forgets_pending_changes_up_to_a_number),
		cmocka_unit_test(finds_children_by_what_they_show),
		cmocka_unit_test(finds_aliases_by_their_greater_id),
		cmocka_unit_test(remembers_the_changes_of_a_record_once),
		cmocka_unit_test(finds_a_row_whatever_was_written_before_it),
		cmocka_unit_test(walks_all_records_by_type_and_id),
		cmocka_unit_test(is_readable_to_any_sql_tool),
		cmocka_unit_test(refuses_files_that_are_not_its_own),
		cmocka_unit_test(opens_with_the_shipped_schema),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
