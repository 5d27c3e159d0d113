/* client/store/query_search and its index: found is what is there. */

#include "client/store/query.h"
#include "client/store/search_index.h"
#include "tests/client/store_fixture.h"

static struct store *store;
static struct record record;
static struct arena arena;
static char seen[8192];

static int
setup(void **state)
{
	(void)state;
	store = fixture_memory();
	fixture_seed = 20261122;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	record_clear(&record);
	arena_clear(&arena);
	store_sqlite_close(store);
	return 0;
}

static void
start(uint32_t type, uint32_t number)
{
	uint8_t id[RECORD_ID_MAX];

	fixture_id(id, number);
	record_reset(&record, type, id, ID_BYTES);
}

static void
thing(uint32_t number, const char *name, const char *story)
{
	start(TYPE_THING, number);
	put(&record, 5, KIND_PUT, value_text(&arena, name), 1);
	if (story)
		put(&record, 13, KIND_PUT, value_text(&arena, story), 1);
	save(store, 1, &record);
}

static size_t
index_all(struct store *of)
{
	size_t steps = 0;
	bool more = true;

	for (; more; steps++)
		if (search_index_step(of, 1, &more) != STATUS_OK)
			fail_msg("%s", store_sqlite_problem(of));
	return steps;
}

/* What a hit is told by: type, id, territory, field, excerpt. */
static bool
note_hit(void *self, const struct query_hit *hit)
{
	char *out = self;
	size_t used = strlen(out);

	(void)snprintf(out + used, sizeof seen - used, "%s%02x%02x.%u:%s=%s|",
		hit->type->name, hit->id[2], hit->id[3],
		(unsigned)hit->territory, hit->field->name, hit->excerpt);
	return true;
}

static const char *
found_in(struct store *in, const char *text, size_t limit,
	struct query_territories territories)
{
	static char other[sizeof seen];
	char *out = in == store ? seen : other;

	out[0] = 0;
	assert_int_equal(
		query_search(in, text, territories, limit, note_hit, out),
		STATUS_OK);
	return out;
}

static bool
note_number(void *self, const struct query_hit *hit)
{
	size_t used = strlen(seen);

	(void)self;
	(void)snprintf(
		seen + used, sizeof seen - used, "%u ", (unsigned)hit->id[3]);
	return true;
}

static void
assert_numbers(const char *text, const char *expected)
{
	seen[0] = 0;
	if (query_search(store, text, (struct query_territories){0}, 0,
		    note_number, NULL) != STATUS_OK)
		fail_msg("%s", store_sqlite_problem(store));
	if (strcmp(seen, expected) != 0)
		fail_msg("%s: %s, not %s", text, seen, expected);
}

/* The same before and after the records are in the index. */
static void
assert_finds(const char *const (*asked)[2], size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_numbers(asked[i][0], asked[i][1]);
	assert_true(index_all(store) > 1);
	for (size_t i = 0; i < count; i++)
		assert_numbers(asked[i][0], asked[i][1]);
}

static void
finds_chinese_anywhere_and_letters_where_a_word_begins(void **state)
{
	static const char *const asked[][2] = {
		{"机械", "1 "},
		{"械", "1 "},
		{"海机", "1 "},
		{"机上", ""},
		{"valve", "2 "},
		{"alve", ""},
		{"VALVES for", "2 "},
		{"机械 valves", ""},
		{"x2", ""},
		{"2", "3 "},
		{"kx2机", "3 "},
		{"机械 年", "1 "},
	};

	(void)state;
	thing(1, "one", "上海机械年报");
	thing(2, "two", "valves for pumps");
	thing(3, "three", "KX2机");
	assert_finds(asked, FIXTURE_COUNT(asked));
}

static void
finds_letters_anywhere_in_a_title(void **state)
{
	static const char *const asked[][2] = {
		{"china", "1 "},
		{"hina steel", "1 "},
		{"teel", "1 "},
		{"orks", ""},
	};

	(void)state;
	thing(1, "PetroChina Steel", "works");
	thing(2, "Other", "petrochina");
	assert_finds(asked, FIXTURE_COUNT(asked));
}

static void
finds_numbers_from_their_beginning_and_four_digits_anywhere(void **state)
{
	static const char *const asked[][2] = {
		{"138", "1 "},
		{"0013", "1 "},
		{"8000", "1 "},
		{"13800138000", "1 "},
		{"001", ""},
		{"3-12", "2 "},
		{"2026-11", "2 "},
		{"11-20", "2 "},
	};

	(void)state;
	thing(1, "one", "13800138000");
	thing(2, "two", "2026-11-20, 3-12");
	assert_finds(asked, FIXTURE_COUNT(asked));
}

static void
finds_width_case_and_accents_as_one(void **state)
{
	static const char *const asked[][2] = {
		{"abc", "1 "},
		{"ＡＢＣ", "1 "},
		{"cafe", "2 "},
		{"CAFÉ", "2 "},
		{"strasse", "3 "},
		{"①", "1 "},
		{"（上海）", "1 "},
		{"(", "1 "},
		{"𠮷野", "4 "},
		{"к", "4 "},
	};

	(void)state;
	thing(1, "one", "ABC（上海）1");
	thing(2, "two", "Café");
	thing(3, "three", "Straße");
	thing(4, "four", "𠮷野 Кран");
	assert_finds(asked, FIXTURE_COUNT(asked));
}

static void
finds_titles_by_how_they_are_read(void **state)
{
	static const char *const asked[][2] = {
		{"shjx", "1 "},
		{"jx", "1 "},
		{"shanghai", "1 "},
		{"shanghaij", "1 "},
		{"haiji", "1 "},
		{"zq", "2 "}, /* 重庆: zhong or chong */
		{"chongqing", "2 "},
		{"zhongq", "2 "},
		{"xian", "3 "},
		{"nv", "4 "},
		{"sb", ""},
	};

	(void)state;
	thing(1, "上海机械", NULL);
	thing(2, "重庆", NULL);
	thing(3, "西安", NULL);
	thing(4, "女", "上班 重庆");
	assert_finds(asked, FIXTURE_COUNT(asked));
}

static void
tells_exact_titles_first_then_beginnings_titles_and_others(void **state)
{
	static const char *const asked[][2] = {
		{"机械", "3 5 4 6 2 7 1 "},
		{"机械  厂", "5 "},
		{"acme", "9 8 "},
	};

	(void)state;
	thing(1, "one", "买机械");
	thing(2, "上海机械", NULL);
	thing(3, "机械", NULL);
	thing(4, "机械局", NULL);
	thing(5, "机械 厂", "机械");
	thing(6, "大机械", NULL);
	thing(7, "seven", "机械");
	thing(8, "Acme 2", NULL);
	thing(9, "ACME", NULL);
	assert_finds(asked, FIXTURE_COUNT(asked));
}

static void
finds_a_record_by_what_it_says_now(void **state)
{
	(void)state;
	thing(1, "one", "before");
	thing(2, "two", "before");
	(void)index_all(store);
	thing(1, "one", "after");
	assert_numbers("before", "2 ");
	assert_numbers("after", "1 ");
	(void)index_all(store);
	assert_numbers("before", "2 ");
	assert_numbers("after", "1 ");
}

static int
rows_of(const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int rows;

	assert_int_equal(sqlite3_prepare_v2(store_sqlite_handle(store), sql, -1,
				 &statement, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	rows = sqlite3_column_int(statement, 0);
	(void)sqlite3_finalize(statement);
	return rows;
}

static void
is_dropped_when_a_territory_is_forgotten_and_made_again(void **state)
{
	static const char tables[] = "SELECT count(*) FROM sqlite_schema"
				     " WHERE name GLOB '_search*'";
	uint8_t id[ID_BYTES] = {1};
	uint32_t number;

	(void)state;
	assert_int_equal(store->territory(store->self, id, &number), STATUS_OK);
	thing(1, "one", "secret");
	(void)index_all(store);
	assert_true(rows_of(tables) > 0);
	assert_int_equal(store->begin(store->self), STATUS_OK);
	assert_int_equal(
		store->territory_drop(store->self, number, id), STATUS_OK);
	assert_int_equal(store->commit(store->self), STATUS_OK);
	assert_int_equal(rows_of(tables), 0);
	assert_numbers("secret", "");
	thing(2, "two", "secret");
	(void)index_all(store);
	assert_numbers("secret", "2 ");
}

/* ---- every state of indexing ---- */

static const char *const pieces[] = {"上", "海", "机", "械", "重", "a", "ab",
	"B", "sh", "ng", "1", "12", "3456", "-", " ", "é", "Ａ", "，", "j"};

static void
any_text(char *out, size_t room, uint32_t most)
{
	size_t used = 0;

	for (uint32_t n = 1 + chance(most); n; n--) {
		const char *piece = pieces[chance(FIXTURE_COUNT(pieces))];

		if (used + strlen(piece) + 1 < room) {
			memcpy(out + used, piece, strlen(piece) + 1);
			used += strlen(piece);
		}
	}
}

static struct pack_view
any_note(uint32_t most)
{
	char text[64];
	uint8_t out[96];
	struct pack pack;

	any_text(text, sizeof text, most);
	pack_init(&pack, out, sizeof out);
	pack_map(&pack, 1);
	pack_integer(&pack, 2);
	pack_text(&pack, text);
	return (struct pack_view){
		arena_copy(&arena, out, pack.size), pack.size};
}

static struct pack_view
any_words(uint32_t most)
{
	char text[64];

	any_text(text, sizeof text, most);
	return value_text(&arena, text);
}

/* Writes a record to both, new or over what it was; or removes it. */
static void
write_any(struct store *twin, uint32_t territory, bool remove)
{
	static const uint32_t types[] = {TYPE_THING, TYPE_NOTE, TYPE_CHILD};
	uint32_t number = chance(60);

	start(types[number % 3], number);
	if (remove) {
		; /* no versions: it goes */
	} else if (record.type == TYPE_THING) {
		put(&record, 5, KIND_PUT, any_words(4), 1);
		if (chance(2))
			put(&record, 9, KIND_PUT, any_words(3), 1);
		if (chance(2))
			put(&record, 13, KIND_PUT, any_words(8), 1);
		if (chance(3) == 0)
			put(&record, 49, KIND_SET, any_words(2), 1);
		if (chance(8) == 0)
			put(&record, SCHEMA_MOVED, KIND_PUT,
				value_bool(&arena, true), 1);
	} else if (record.type == TYPE_NOTE) {
		put(&record, 5, KIND_ONCE, any_note(8), 1);
	} else {
		put(&record, 9, KIND_PUT, any_words(5), 1);
	}
	save(store, territory, &record);
	save(twin, territory, &record);
}

static void
ask_both(struct store *twin)
{
	static const uint32_t numbers[] = {2};
	struct query_territories territories = {0};
	size_t limit = chance(2) ? 0 : 1 + chance(4);
	char text[64];

	any_text(text, sizeof text, 3);
	if (chance(4) == 0)
		territories = (struct query_territories){numbers, 1};
	(void)found_in(store, text, limit, territories);
	if (strcmp(seen, found_in(twin, text, limit, territories)) != 0)
		fail_msg("%s (%zu): %s, not %s", text, limit, seen,
			found_in(twin, text, limit, territories));
}

static void
answers_alike_in_every_state_of_indexing(void **state)
{
	struct store *twin = fixture_memory(); /* never indexed: scanned */
	bool more;

	(void)state;
	for (int round = 0; round < 1500; round++) {
		uint32_t what = chance(20);

		if (what < 8)
			write_any(twin, 1 + chance(2), false);
		else if (what == 8)
			write_any(twin, 1 + chance(2), true);
		else if (what < 11)
			assert_int_equal(
				search_index_step(store, 1 + chance(6), &more),
				STATUS_OK);
		else
			ask_both(twin);
		if (chance(400) == 0) {
			assert_int_equal(store->territory_clear(store->self, 1),
				STATUS_OK);
			assert_int_equal(twin->territory_clear(twin->self, 1),
				STATUS_OK);
		}
	}
	store_sqlite_close(twin);
}

/* More than are looked up one by one: the walk newest first. */
static void
walks_through_what_nearly_all_have(void **state)
{
	struct store *twin = fixture_memory();
	static const char *const asked[] = {"机", "械厂", "a", "厂 7"};
	bool more;

	(void)state;
	assert_int_equal(store->begin(store->self), STATUS_OK);
	assert_int_equal(twin->begin(twin->self), STATUS_OK);
	for (uint32_t i = 0; i < 3000; i++) {
		char name[32];

		(void)snprintf(name, sizeof name, "%s机械厂 a%u",
			i % 7 ? "" : "老", (unsigned)(i * 7919 % 3000));
		start(TYPE_THING, i * 7919 % 3000);
		put(&record, 5, KIND_PUT, value_text(&arena, name), 1);
		save(store, 1, &record);
		save(twin, 1, &record);
	}
	assert_int_equal(store->commit(store->self), STATUS_OK);
	assert_int_equal(twin->commit(twin->self), STATUS_OK);
	assert_int_equal(search_index_step(store, 2900, &more), STATUS_OK);
	for (size_t i = 0; i < FIXTURE_COUNT(asked); i++) {
		(void)found_in(
			store, asked[i], 5, (struct query_territories){0});
		assert_string_equal(seen,
			found_in(twin, asked[i], 5,
				(struct query_territories){0}));
		assert_true(strlen(seen) > 0);
	}
	store_sqlite_close(twin);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			finds_chinese_anywhere_and_letters_where_a_word_begins,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			finds_letters_anywhere_in_a_title, setup, teardown),
		cmocka_unit_test_setup_teardown(
			finds_numbers_from_their_beginning_and_four_digits_anywhere,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			finds_width_case_and_accents_as_one, setup, teardown),
		cmocka_unit_test_setup_teardown(
			finds_titles_by_how_they_are_read, setup, teardown),
		cmocka_unit_test_setup_teardown(
			tells_exact_titles_first_then_beginnings_titles_and_others,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			finds_a_record_by_what_it_says_now, setup, teardown),
		cmocka_unit_test_setup_teardown(
			is_dropped_when_a_territory_is_forgotten_and_made_again,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			answers_alike_in_every_state_of_indexing, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			walks_through_what_nearly_all_have, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
