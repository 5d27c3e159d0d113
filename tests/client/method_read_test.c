/* client/method/read, brief: a dossier out of the tables of real nodes. */

#include "client/method/brief.h"
#include "client/method/due.h"
#include "client/method/tell.h"
#include "proto/schema_roadbook.h"
#include "tests/client/office.h"

enum { TODAY = 20779 }; /* 2026-11-22 */

static struct office office;
static struct node *one, *other;
static uint8_t account[ID_BYTES], contact[ID_BYTES];

/* A value of a field or part; the bytes last until the next test. */
struct word {
	uint8_t bytes[64];
	size_t size;
};

static struct word words[16];
static size_t word_count;

static struct pack_view
text(const char *value)
{
	struct word *w = &words[word_count++];
	struct pack pack;

	pack_init(&pack, w->bytes, sizeof w->bytes);
	pack_text(&pack, value);
	return (struct pack_view){w->bytes, pack.size};
}

static struct pack_view
reference(const uint8_t *id)
{
	struct word *w = &words[word_count++];
	struct pack pack;

	pack_init(&pack, w->bytes, sizeof w->bytes);
	pack_bytes(&pack, id, ID_BYTES);
	return (struct pack_view){w->bytes, pack.size};
}

/* Writes past the rules of forms, as a peer may. */
static void
write_fields(struct node *node, uint32_t type_number, const uint8_t *id,
	const struct edit_operation *operations, size_t count)
{
	const struct schema_type *type =
		schema_type(schema_roadbook(), type_number);
	struct edit edit = {.type = type,
		.id_size = ID_BYTES,
		.territory =
			policy_territory_path(node->policy, "east/linxi")->id,
		.operations = operations,
		.operation_count = count};
	struct edit_result result;
	struct problem problem = {0};

	memcpy(edit.id, id, ID_BYTES);
	office_good(node_begin(node, &problem), &problem);
	office_good(node_write(node, &edit, 1, &result, &problem), &problem);
	office_good(node_commit(node, &problem), &problem);
}

static struct edit_operation
put(uint32_t type, const char *field, struct pack_view value)
{
	return (struct edit_operation){
		.field = schema_field_named(
			schema_type(schema_roadbook(), type), field),
		.kind = OPERATION_PUT,
		.value = value};
}

static void
rate(struct node *node, const char *scale, const char *level, const char *day)
{
	const struct schema_type *type =
		schema_type(schema_roadbook(), TYPE_RELATIONSHIP_RATING);
	const struct schema_field *body = schema_field_named(type, "body");
	uint8_t bytes[256], id[ID_BYTES];
	struct pack pack;
	struct edit_operation operation = {
		.field = body, .kind = OPERATION_INIT};

	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, 4);
	pack_integer(&pack, 1);
	pack_bytes(&pack, contact, ID_BYTES);
	pack_integer(&pack, 4);
	pack_text(&pack, scale);
	pack_integer(&pack, 5);
	pack_text(&pack, level);
	pack_integer(&pack, 7);
	pack_text(&pack, day);
	operation.value = (struct pack_view){bytes, pack.size};
	node_new_id(id);
	write_fields(node, TYPE_RELATIONSHIP_RATING, id, &operation, 1);
}

static int
setup(void **state)
{
	(void)state;
	word_count = 0;
	office_open(&office);
	one = office_device(&office, "rep");
	other = office_device(&office, "rep");
	office_carry(office.hub, one);
	node_new_id(account);
	node_new_id(contact);
	write_fields(one, TYPE_ACCOUNT, account,
		(struct edit_operation[]){
			put(TYPE_ACCOUNT, "short_name", text("鑫澜"))},
		1);
	write_fields(one, TYPE_CONTACT, contact,
		(struct edit_operation[]){
			put(TYPE_CONTACT, "name", text("刘禾川")),
			put(TYPE_CONTACT, "account_id", reference(account)),
			put(TYPE_CONTACT, "key_role", text("KDM"))},
		3);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	office_close(&office);
	return 0;
}

static void
carry_all(void)
{
	for (int round = 0; round < 2; round++) {
		office_carry(one, office.hub);
		office_carry(other, office.hub);
		office_carry(office.hub, one);
		office_carry(office.hub, other);
	}
}

static char *
brief_of(struct node *node)
{
	struct problem problem = {0};
	json_t *brief = brief_json(node, account, TODAY, &problem);
	char *printed;

	office_good(brief != NULL, &problem);
	printed = json_dumps(brief, JSON_INDENT(1));
	json_decref(brief);
	return printed;
}

static struct account_figures
figures_of(struct node *node, struct dossier *facts, struct arena *arena)
{
	struct read_scope scope = {0};
	struct problem problem = {0};

	office_good(read_dossier(node, &scope, facts, &problem), &problem);
	assert_int_equal(facts->account_count, 1);
	return account_figures(facts, &facts->accounts[0], TODAY, arena);
}

static void
nodes_that_hold_the_same_tell_the_same(void **state)
{
	char *here, *there;

	(void)state;
	carry_all();
	/* Each without knowing of the other's. */
	rate(one, "KEY5", "K3", "2026-11-20");
	rate(other, "KEY5", "K2", "2026-11-20");
	rate(other, "CR", "CR3", "2026-11-21");
	write_fields(one, TYPE_ACCOUNT, account,
		(struct edit_operation[]){
			put(TYPE_ACCOUNT, "legal_name", text("鑫澜甲"))},
		1);
	write_fields(other, TYPE_ACCOUNT, account,
		(struct edit_operation[]){
			put(TYPE_ACCOUNT, "legal_name", text("鑫澜乙"))},
		1);
	here = brief_of(one);
	there = brief_of(other);
	assert_string_not_equal(here, there);
	free(here);
	free(there);
	carry_all();
	here = brief_of(one);
	there = brief_of(other);
	assert_string_equal(here, there);
	free(there);
	there = brief_of(office.hub);
	assert_string_equal(here, there);
	assert_non_null(strstr(here, "\"undecided\": true"));
	free(here);
	free(there);
}

static void
a_level_of_another_scale_counts_as_no_rating(void **state)
{
	struct arena arena = {0};
	struct dossier facts;
	struct account_figures f;

	(void)state;
	rate(one, "KEY5", "K2", "2026-11-01");
	rate(one, "CR", "K5", "2026-11-20");
	rate(one, "KEY5", "K9", "2026-11-20");
	rate(one, "KEY5", "K4", "no day at all");
	f = figures_of(one, &facts, &arena);
	assert_int_equal(facts.rating_count, 4);
	assert_int_equal(relation_ordinal(&f.people[0].key), 2);
	assert_null(f.people[0].attitude.rating);
	assert_memory_equal(f.people[0].key.rating->rater, one->user, ID_BYTES);
	arena_clear(&arena);
	dossier_clear(&facts);
}

/* Says that the two are one account; the id of both. */
static void
join(const uint8_t *a, const uint8_t *b, uint8_t id[static RECORD_ID_MAX])
{
	const struct schema_type *type =
		schema_type(schema_roadbook(), TYPE_ALIAS);
	static const uint8_t truth[] = {0xc3};
	struct edit_operation joined = {
		.field = schema_field(type, SCHEMA_JOINED),
		.kind = OPERATION_PUT,
		.value = {truth, sizeof truth}};
	struct edit edit = {.type = type,
		.id_size = RECORD_ID_MAX,
		.territory =
			policy_territory_path(one->policy, "east/linxi")->id,
		.operations = &joined,
		.operation_count = 1};
	struct problem problem = {0};
	struct edit_result result;
	bool swapped = memcmp(a, b, ID_BYTES) > 0;

	memcpy(edit.id, swapped ? b : a, ID_BYTES);
	memcpy(edit.id + ID_BYTES, swapped ? a : b, ID_BYTES);
	office_good(node_begin(one, &problem), &problem);
	office_good(node_write(one, &edit, 1, &result, &problem), &problem);
	office_good(node_commit(one, &problem), &problem);
	memcpy(id, edit.id, RECORD_ID_MAX);
}

static void
joined_accounts_are_read_as_one(void **state)
{
	struct arena arena = {0};
	uint8_t id[RECORD_ID_MAX];
	struct dossier facts;
	struct account_figures f;
	uint8_t twin[ID_BYTES];
	char *by_twin, *by_root;

	(void)state;
	node_new_id(twin);
	write_fields(one, TYPE_ACCOUNT, twin,
		(struct edit_operation[]){
			put(TYPE_ACCOUNT, "short_name", text("鑫澜汽配"))},
		1);
	join(account, twin, id);
	f = figures_of(one, &facts, &arena);
	assert_int_equal(f.person_count, 1);
	assert_memory_equal(f.account->id, id, ID_BYTES);
	arena_clear(&arena);
	dossier_clear(&facts);
	/* Asked for by either id, it is the same account. */
	by_root = brief_of(one);
	memcpy(account, twin, ID_BYTES);
	by_twin = brief_of(one);
	assert_string_equal(by_root, by_twin);
	free(by_root);
	free(by_twin);
}

/* ---- what is due, out of less ---- */

enum { ACCOUNTS = 9, PEOPLE = 12, VISITS = 160, DAYS = 90 };

static uint32_t seed = 20261122;

static uint32_t
chance(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static const char *
any_day(void)
{
	static char day[DAY_TEXT_SIZE];

	if (!chance(12))
		return "no day at all";
	day_text(TODAY + 20 - (int32_t)chance(DAYS), day);
	return day;
}

#define ONE_OF(list) ((list)[chance(sizeof(list) / sizeof *(list))])

static void
any_account(const uint8_t *id, int number)
{
	static const char *const tiers[] = {
		"strategic", "strategic", "key", "major", "general", "none"};
	static const char *const states[] = {"active", "lost", "closed"};
	char name[16];

	(void)snprintf(name, sizeof name, "Works %d", number);
	word_count = 0;
	write_fields(one, TYPE_ACCOUNT, id,
		(struct edit_operation[]){
			put(TYPE_ACCOUNT,
				number % 2 ? "short_name" : "legal_name",
				text(name)),
			put(TYPE_ACCOUNT, "tier", text(ONE_OF(tiers))),
			put(TYPE_ACCOUNT, "status",
				text(chance(3) ? "active" : ONE_OF(states)))},
		3);
}

static void
any_person(const uint8_t *id, const uint8_t *of)
{
	static const char *const roles[] = {"KDM", "KDM", "KI", "none"};
	static const char *const states[] = {"active", "left", "retired"};
	static const uint8_t days[] = {0, 7, 20};
	struct edit_operation operations[5];
	size_t count = 0;

	word_count = 0;
	operations[count++] = put(TYPE_CONTACT, "name", text("刘禾川"));
	operations[count++] = put(TYPE_CONTACT, "account_id", reference(of));
	operations[count++] =
		put(TYPE_CONTACT, "key_role", text(ONE_OF(roles)));
	if (!chance(4))
		operations[count++] =
			put(TYPE_CONTACT, "status", text(ONE_OF(states)));
	if (!chance(3))
		operations[count++] = put(TYPE_CONTACT, "desired_interval_days",
			(struct pack_view){&days[chance(3)], 1});
	write_fields(one, TYPE_CONTACT, id, operations, count);
}

static void
any_visit(
	const uint8_t (*accounts)[ID_BYTES], const uint8_t (*people)[ID_BYTES])
{
	static const char *const states[] = {"planned", "done", "cancelled"};
	static const char *const types[] = {"call", "onsite"};
	static const uint8_t truth[] = {0xc3};
	struct edit_operation operations[8];
	uint8_t id[ID_BYTES];
	size_t count = 0;

	word_count = 0;
	node_new_id(id);
	operations[count++] = put(TYPE_VISIT, "account_id",
		reference(accounts[chance(ACCOUNTS)]));
	operations[count++] = put(TYPE_VISIT, "type", text(ONE_OF(types)));
	if (chance(9))
		operations[count++] =
			put(TYPE_VISIT, "visited_on", text(any_day()));
	if (chance(2))
		operations[count++] =
			put(TYPE_VISIT, "status", text(ONE_OF(states)));
	if (chance(2))
		operations[count++] =
			put(TYPE_VISIT, "next_contact_by", text(any_day()));
	if (!chance(9))
		operations[count++] = put(TYPE_VISIT, "archived",
			(struct pack_view){truth, sizeof truth});
	operations[count] =
		put(TYPE_VISIT, "contacts", reference(people[chance(PEOPLE)]));
	operations[count++].kind = OPERATION_ADD;
	write_fields(one, TYPE_VISIT, id, operations, count);
}

static char *
due_of(const struct read_scope *scope, size_t *count)
{
	struct problem problem = {0};
	struct arena arena = {0};
	json_t *list = json_array();
	struct dossier facts;
	const struct due *due;
	char *printed;

	office_good(read_dossier(one, scope, &facts, &problem), &problem);
	due = due_list(&facts, scope->as_of, scope->as_of + 20, scope->actions,
		&arena, count);
	for (size_t i = 0; i < *count; i++)
		json_array_append_new(
			list, tell_due(&facts, &due[i], scope->as_of));
	printed = json_dumps(list, JSON_INDENT(1));
	json_decref(list);
	arena_clear(&arena);
	dossier_clear(&facts);
	return printed;
}

static void
what_is_due_is_the_same_from_the_little_that_is_read_for_it(void **state)
{
	uint8_t accounts[ACCOUNTS][ID_BYTES], people[PEOPLE][ID_BYTES];
	uint8_t both[RECORD_ID_MAX];
	size_t found = 0;

	(void)state;
	one = office_device(&office, "manager"); /* tiers are theirs */
	for (int i = 0; i < ACCOUNTS; i++) {
		node_new_id(accounts[i]);
		any_account(accounts[i], i);
	}
	for (int i = 0; i < PEOPLE; i++) {
		node_new_id(people[i]);
		any_person(people[i], accounts[chance(ACCOUNTS)]);
	}
	for (int i = 0; i < VISITS; i++)
		any_visit((const uint8_t(*)[ID_BYTES])accounts,
			(const uint8_t(*)[ID_BYTES])people);
	for (int round = 0; round < 2; round++) {
		for (int32_t day = TODAY - DAYS; day < TODAY + 30; day += 7) {
			struct read_scope all = {.as_of = day};
			struct read_scope little = {.as_of = day, .due = true};
			size_t count, few;
			char *from_all = due_of(&all, &count);
			char *from_little = due_of(&little, &few);

			assert_string_equal(from_all, from_little);
			assert_int_equal(count, few);
			found += count;
			free(from_all);
			free(from_little);
		}
		join(accounts[0], accounts[1], both);
		join(accounts[1], accounts[2], both);
	}
	assert_true(found > 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nodes_that_hold_the_same_tell_the_same),
		TEST(a_level_of_another_scale_counts_as_no_rating),
		TEST(joined_accounts_are_read_as_one),
		TEST(what_is_due_is_the_same_from_the_little_that_is_read_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
