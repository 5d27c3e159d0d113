/* client/store/query: what lists, forms and scripts are given. */

#include "client/store/query.h"
#include "tests/client/store_fixture.h"

static struct store *store;
static struct record record;
static struct arena arena;

/* The rows that came, by their names. */
static char seen[1024];
static int rows;

static int
setup(void **state)
{
	(void)state;
	store = fixture_memory();
	seen[0] = 0;
	rows = 0;
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

static const struct schema_type *
type_of(uint32_t number)
{
	return schema_type(&fixture_schema, number);
}

static const struct schema_field *
field(uint32_t type, const char *name)
{
	return schema_field_named(type_of(type), name);
}

static void
start(uint32_t type, uint32_t number, const char *name)
{
	uint8_t id[RECORD_ID_MAX];

	fixture_id(id, number);
	record_reset(&record, type, id, ID_BYTES);
	put(&record, type == TYPE_CHILD ? 9 : 5, KIND_PUT,
		value_text(&arena, name), 1);
}

static void
thing(uint32_t territory, uint32_t number, const char *name)
{
	start(TYPE_THING, number, name);
	save(store, territory, &record);
}

static bool
note_row(void *self, const struct query_row *row)
{
	struct pack_view value, text = {0};
	struct unpack unpack;

	(void)self;
	rows++;
	if (!query_row_value(row,
		    schema_field_named(row->type, row->type->title), &value))
		return true;
	unpack_init(&unpack, value.bytes, value.size);
	assert_true(unpack_text(&unpack, value.size, &text));
	(void)snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%.*s ",
		(int)text.size, (const char *)text.bytes);
	return true;
}

static void
assert_rows(const struct query_options *options, const char *expected)
{
	uint64_t count;

	seen[0] = 0;
	rows = 0;
	assert_int_equal(query_rows(store, options, note_row, NULL), STATUS_OK);
	assert_string_equal(seen, expected);
	if (options->limit || options->offset)
		return;
	assert_int_equal(query_count(store, options, &count), STATUS_OK);
	assert_int_equal(count, rows);
}

static void
lists_newest_first_or_by_title(void **state)
{
	(void)state;
	thing(1, 1, "beta");
	thing(1, 2, "Alpha");
	thing(2, 3, "gamma");
	assert_rows(&(struct query_options){.type = TYPE_THING},
		"gamma Alpha beta ");
	assert_rows(&(struct query_options){.type = TYPE_THING,
			    .order = QUERY_TITLE},
		"Alpha beta gamma ");
	assert_rows(&(struct query_options){.type = TYPE_THING,
			    .order = QUERY_TITLE,
			    .limit = 1,
			    .offset = 1},
		"beta ");
	assert_rows(&(struct query_options){.type = TYPE_THING,
			    .territories = {(uint32_t[]){2, 7}, 2}},
		"gamma ");
	assert_rows(&(struct query_options){.type = TYPE_THING,
			    .territories = {(uint32_t[]){2}, 0}},
		"");
}

static void
leaves_out_what_is_archived_or_moved_unless_asked(void **state)
{
	(void)state;
	thing(1, 1, "open");
	start(TYPE_THING, 2, "archived");
	put(&record, SCHEMA_ARCHIVED, KIND_PUT, value_bool(&arena, true), 1);
	save(store, 1, &record);
	start(TYPE_THING, 3, "moved");
	put(&record, SCHEMA_MOVED, KIND_PUT, value_bool(&arena, true), 1);
	save(store, 1, &record);
	assert_rows(&(struct query_options){.type = TYPE_THING}, "open ");
	assert_rows(
		&(struct query_options){
			.type = TYPE_THING, .archived = true, .moved = true},
		"moved archived open ");
}

static void
filters_by_fields_parts_and_sets(void **state)
{
	uint8_t parent[RECORD_ID_MAX];
	struct query_filter by_parent = {
		.field = field(TYPE_CHILD, "thing_id")};
	struct query_filter by_set = {.field = field(TYPE_THING, "group"),
		.value = value_text(&arena, "vip")};
	struct query_filter by_part = {.field = field(TYPE_THING, "pair")};
	static const uint8_t pair[] = {0x81, 1, 0xa1, 'x'};

	(void)state;
	fixture_id(parent, 1);
	by_parent.value = value_bytes(&arena, parent, ID_BYTES);
	start(TYPE_CHILD, 5, "mine");
	put(&record, 5, KIND_PUT, by_parent.value, 1);
	save(store, 1, &record);
	start(TYPE_CHILD, 6, "orphan");
	save(store, 1, &record);
	assert_rows(&(struct query_options){.type = TYPE_CHILD,
			    .filters = &by_parent,
			    .filter_count = 1},
		"mine ");
	by_parent.value = (struct pack_view){0};
	assert_rows(&(struct query_options){.type = TYPE_CHILD,
			    .filters = &by_parent,
			    .filter_count = 1},
		"orphan ");
	by_parent.value = value_text(&arena, "no id");
	assert_rows(&(struct query_options){.type = TYPE_CHILD,
			    .filters = &by_parent,
			    .filter_count = 1},
		"");

	start(TYPE_THING, 7, "paired");
	put(&record, 41, KIND_PUT, (struct pack_view){pair, sizeof pair}, 1);
	put(&record, 49, KIND_SET, by_set.value, 1);
	save(store, 1, &record);
	thing(1, 8, "plain");
	assert_rows(&(struct query_options){.type = TYPE_THING,
			    .filters = &by_set,
			    .filter_count = 1},
		"paired ");
	by_part.part = schema_part_named(by_part.field, "number");
	by_part.value = value_text(&arena, "x");
	assert_rows(&(struct query_options){.type = TYPE_THING,
			    .filters = &by_part,
			    .filter_count = 1},
		"paired ");
}

static enum query_next
note_cells(void *self, const struct query_cell_row *row)
{
	const enum query_next *next = self;
	struct pack_view title = query_cell(row, 1);

	rows++;
	(void)snprintf(seen + strlen(seen), sizeof seen - strlen(seen),
		"%u:%.*s ", row->territory, (int)title.size,
		(const char *)title.bytes);
	assert_int_equal(query_cell(row, 0).size, ID_BYTES);
	assert_int_equal(query_cell_integer(row, 0), 0);
	return *next;
}

static void
assert_cells(const struct query_cells *query, enum query_next next,
	const char *expected)
{
	seen[0] = 0;
	assert_int_equal(
		query_cells(store, query, note_cells, &next), STATUS_OK);
	assert_string_equal(seen, expected);
}

static void
tells_columns_of_many_or_of_the_first_of_each(void **state)
{
	static const char *const names[] = {"thing_id", "title"};
	struct query_cells query = {
		.type = TYPE_CHILD, .fields = names, .field_count = 2};
	static const struct {
		uint32_t territory, number, parent;
		const char *title;
		bool archived;
	} children[] = {{1, 1, 7, "a", false}, {1, 2, 7, "c", false},
		{2, 3, 7, "b", false}, {1, 4, 9, "a", false},
		{1, 5, 9, "z", true}, {1, 6, 8, "m", false},
		{1, 8, 8, "m", false}};

	(void)state;
	for (size_t i = 0; i < sizeof children / sizeof *children; i++) {
		uint8_t parent[RECORD_ID_MAX];

		fixture_id(parent, children[i].parent);
		start(TYPE_CHILD, children[i].number, children[i].title);
		put(&record, 5, KIND_PUT, value_bytes(&arena, parent, ID_BYTES),
			1);
		if (children[i].archived)
			put(&record, SCHEMA_ARCHIVED, KIND_PUT,
				value_bool(&arena, true), 1);
		save(store, children[i].territory, &record);
	}
	query.ordered = 2;
	assert_cells(&query, QUERY_ROW, "1:a 1:m 1:m 1:c 2:b 1:a ");
	assert_cells(&query, QUERY_OTHER, "1:a 1:m 1:c ");
	assert_cells(&query, QUERY_ENOUGH, "1:a ");
	query.territories = (struct query_territories){(uint32_t[]){2}, 1};
	assert_cells(&query, QUERY_OTHER, "2:b ");
	query.ordered = 0;
	query.territories = (struct query_territories){0};
	rows = 0;
	assert_int_equal(query_cells(store, &query, note_cells,
				 &(enum query_next){QUERY_ROW}),
		STATUS_OK);
	assert_int_equal(rows, 6);
	query.type = TYPE_NEW;
	assert_int_equal(
		query_cells(store, &query, note_cells, NULL), STATUS_ABSENT);
}

static void
count_element(void *self, struct pack_view element)
{
	assert_true(element.size > 0);
	++*(int *)self;
}

static bool
check_values(void *self, const struct query_row *row)
{
	struct pack_view value;
	int elements = 0;

	(void)self;
	rows++;
	/* A text where a number belongs: shown all the same. */
	assert_true(query_row_value(row, field(TYPE_THING, "count"), &value));
	assert_memory_equal(value.bytes, "\xa1x", 2);
	assert_false(query_row_value(row, field(TYPE_THING, "name"), &value));
	assert_true(
		query_row_value(row, field(TYPE_THING, "archived"), &value));
	assert_int_equal(value.bytes[0], 0xc2);
	query_row_elements(
		row, field(TYPE_THING, "group"), count_element, &elements);
	assert_int_equal(elements, 2);
	return true;
}

static void
gives_values_that_have_no_column_too(void **state)
{
	static const uint8_t nil = 0xc0;
	uint8_t id[RECORD_ID_MAX];

	(void)state;
	fixture_id(id, 1);
	record_reset(&record, TYPE_THING, id, ID_BYTES);
	put(&record, 5, KIND_PUT, (struct pack_view){&nil, 1}, 1);
	put(&record, 17, KIND_PUT, value_text(&arena, "x"), 1);
	put(&record, 49, KIND_SET, value_text(&arena, "a"), 1);
	put(&record, 49, KIND_SET, value_integer(&arena, 3), 1);
	save(store, 1, &record);
	assert_int_equal(
		query_rows(store, &(struct query_options){.type = TYPE_THING},
			check_values, NULL),
		STATUS_OK);
	assert_int_equal(rows, 1);
}

static void
assert_found(const char *text, const char *expected)
{
	seen[0] = 0;
	assert_int_equal(
		query_find(store, TYPE_THING, (struct query_territories){0},
			text, note_row, NULL),
		STATUS_OK);
	assert_string_equal(seen, expected);
}

static void
finds_what_a_person_means(void **state)
{
	uint8_t id[RECORD_ID_MAX];
	char uuid[2 * ID_BYTES + 5], *at = uuid;

	(void)state;
	thing(1, 0x12345678, "Acme");
	thing(1, 0x12349999, "acme");
	thing(1, 0x99999999, "Other Works");
	fixture_id(id, 0x12345678);
	for (int i = 0; i < ID_BYTES; i++)
		at += snprintf(
			at, 4, i == 4 || i == 6 ? "-%02x" : "%02x", id[i]);
	assert_found(uuid, "Acme ");
	assert_found("12345", "Acme ");
	assert_found("1234", "acme Acme ");
	assert_found(uuid + strlen(uuid) - 6, "Acme ");
	assert_found("Acme", "Acme ");
	assert_found("ACME", "acme Acme ");
	assert_found("other works", "Other Works ");
	assert_found("123", "");
	assert_found("nobody", "");
	assert_found("", "");
}

static void
finds_a_moved_record_once(void **state)
{
	(void)state;
	start(TYPE_THING, 1, "Acme");
	put(&record, SCHEMA_MOVED, KIND_PUT, value_bool(&arena, true), 1);
	save(store, 1, &record);
	assert_found("Acme", "Acme ");
	thing(2, 1, "Acme");
	assert_found("Acme", "Acme ");
}

static bool
note_conflict(void *self, const struct query_conflict *conflict)
{
	(void)self;
	rows++;
	(void)snprintf(seen + strlen(seen), sizeof seen - strlen(seen),
		"%u:%u%s%s ", conflict->territory, conflict->field,
		conflict->why == CONFLICT_MARK ? "mark" : "",
		conflict->undecided ? "?" : "");
	return true;
}

static void
assert_conflicts(const uint8_t *id, const char *expected)
{
	seen[0] = 0;
	assert_int_equal(query_conflicts(store, (struct query_territories){0},
				 id, note_conflict, NULL),
		STATUS_OK);
	assert_string_equal(seen, expected);
}

static void
lists_the_inbox_as_it_was_saved_last(void **state)
{
	struct conflict list[] = {{.id = {1}, .why = CONFLICT_MARK, .field = 1},
		{.id = {2}, .undecided = true, .field = 17}};
	struct shown shown = {
		.conflicts = list, .conflict_count = 2, .arena = &arena};
	uint8_t id[CONFLICT_ID_BYTES] = {2};

	(void)state;
	start(TYPE_THING, 1, "a");
	assert_int_equal(
		store->record_save(store->self, 1, &record, &shown), STATUS_OK);
	assert_conflicts(NULL, "1:1mark 1:17? ");
	assert_conflicts(id, "1:17? ");
	assert_int_equal(store->record_load(store->self, 1, TYPE_THING,
				 record.id, ID_BYTES, &record),
		STATUS_OK);
	shown.conflict_count = 1;
	assert_int_equal(
		store->record_save(store->self, 1, &record, &shown), STATUS_OK);
	assert_conflicts(NULL, "1:1mark ");
	save(store, 1, &record);
	assert_conflicts(NULL, "");
}

static bool
note_hit(void *self, const struct query_hit *hit)
{
	(void)self;
	rows++;
	(void)snprintf(seen + strlen(seen), sizeof seen - strlen(seen),
		"%s%s%s=%s ", hit->field->name, hit->part ? "." : "",
		hit->part ? hit->part->name : "", hit->excerpt);
	return true;
}

static void
assert_hits(const char *text, size_t limit, const char *expected)
{
	seen[0] = 0;
	assert_int_equal(
		query_search(store, text, (struct query_territories){0}, limit,
			note_hit, NULL),
		STATUS_OK);
	assert_string_equal(seen, expected);
}

static void
searches_texts_in_columns_parts_and_sets(void **state)
{
	static const uint8_t phone[] = {0x81, 1, 0xa4, '1', '3', '8', '0'};
	static const uint8_t body[] = {
		0x81, 2, 0xa6, 0xe4, 0xbb, 0xb7, 0xe6, 0xa0, 0xbc};
	uint8_t id[RECORD_ID_MAX];

	(void)state;
	start(TYPE_THING, 1, "深圳 Acme");
	put(&record, 13, KIND_PUT, value_text(&arena, "builds valves"), 1);
	put(&record, 53, KIND_SET, (struct pack_view){phone, sizeof phone}, 1);
	save(store, 1, &record);
	thing(1, 2, "深圳 Other");
	fixture_id(id, 3);
	record_reset(&record, TYPE_NOTE, id, ID_BYTES);
	put(&record, 5, KIND_ONCE, (struct pack_view){body, sizeof body}, 1);
	save(store, 1, &record);
	assert_hits("acme", 0, "name=深圳 Acme ");
	assert_hits("圳", 0, "name=深圳 Other name=深圳 Acme ");
	assert_hits("圳", 1, "name=深圳 Other ");
	assert_hits("VALVES acme", 0, "story=builds valves ");
	assert_hits("valves other", 0, "");
	assert_hits("138", 0, "phones.number=1380 ");
	assert_hits("价", 0, "body.text=价格 ");
	assert_hits("  ", 0, "");
	assert_hits("%_'\"", 0, "");
}

static void
says_that_it_has_no_such_type(void **state)
{
	(void)state;
	assert_int_equal(query_rows(store, &(struct query_options){.type = 77},
				 note_row, NULL),
		STATUS_ABSENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			lists_newest_first_or_by_title, setup, teardown),
		cmocka_unit_test_setup_teardown(
			leaves_out_what_is_archived_or_moved_unless_asked,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			filters_by_fields_parts_and_sets, setup, teardown),
		cmocka_unit_test_setup_teardown(
			tells_columns_of_many_or_of_the_first_of_each, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			gives_values_that_have_no_column_too, setup, teardown),
		cmocka_unit_test_setup_teardown(
			finds_what_a_person_means, setup, teardown),
		cmocka_unit_test_setup_teardown(
			finds_a_moved_record_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
			lists_the_inbox_as_it_was_saved_last, setup, teardown),
		cmocka_unit_test_setup_teardown(
			searches_texts_in_columns_parts_and_sets, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			says_that_it_has_no_such_type, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
