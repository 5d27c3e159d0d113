#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "proto/schema.h"
#include "proto/schema_roadbook.h"

/* The shipped schema. */

static void
the_shipped_schema_keeps_its_rules(void **state)
{
	struct schema_fault fault = {0};

	(void)state;
	if (!schema_check(schema_roadbook(), &fault))
		fail_msg("%s: %s.%s", fault.rule, fault.type,
			fault.field ? fault.field : "");
}

static const struct schema_type *
shipped(uint32_t number)
{
	const struct schema_type *type = schema_type(schema_roadbook(), number);

	assert_non_null(type);
	return type;
}

static void
types_have_the_numbers_that_were_published(void **state)
{
	static const struct {
		uint32_t number;
		const char *name;
	} published[] = {
		{TYPE_ALIAS, "alias"},
		{TYPE_COMPANY, "company"},
		{TYPE_USER, "user"},
		{TYPE_DEVICE, "device"},
		{TYPE_TERRITORY, "territory"},
		{TYPE_GRANT, "grant"},
		{TYPE_CUTOFF, "cutoff"},
		{TYPE_HUB_ADDRESS, "hub_address"},
		{TYPE_ENDING, "ending"},
		{TYPE_ERASURE, "erasure"},
		{TYPE_REPLACEMENT, "replacement"},
		{TYPE_ACCOUNT, "account"},
		{TYPE_CONTACT, "contact"},
		{TYPE_POSITION, "position"},
		{TYPE_VISIT, "visit"},
		{TYPE_VISIT_NOTE, "visit_note"},
		{TYPE_RELATIONSHIP_RATING, "relationship_rating"},
		{TYPE_CONTACT_OWNER, "contact_owner"},
		{TYPE_CONTACT_LINK, "contact_link"},
		{TYPE_ACCOUNT_MEMBER, "account_member"},
		{TYPE_ACCOUNT_ASSIGNMENT, "account_assignment"},
		{TYPE_ACTION, "action"},
		{TYPE_INTEL, "intel"},
		{TYPE_HANDOVER, "handover"},
		{TYPE_QUARANTINE, "quarantine"},
		{TYPE_QUARANTINE_DECISION, "quarantine_decision"},
		{TYPE_EXPORTED, "exported"},
	};
	size_t count = sizeof published / sizeof *published;

	(void)state;
	assert_int_equal(schema_roadbook()->type_count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(
			shipped(published[i].number)->name, published[i].name);
}

/* All business fields are a rep's to write, but these. */
static int
intended_rank(const struct schema_type *type, const struct schema_field *field)
{
	static const struct {
		uint32_t type;
		const char *field;
		int rank;
	} exceptions[] = {
		{TYPE_ACCOUNT, "credit_limit", RANK_HQ},
		{TYPE_ACCOUNT, "credit_days", RANK_HQ},
		{TYPE_ACCOUNT, "credit_rating", RANK_HQ},
		{TYPE_ACCOUNT, "is_reference", RANK_MANAGER},
		{TYPE_ACCOUNT, "reference_note", RANK_MANAGER},
		{TYPE_ACCOUNT, "status", RANK_MANAGER},
		{TYPE_ACCOUNT, "tier", RANK_MANAGER},
		{TYPE_ACCOUNT_ASSIGNMENT, "body", RANK_MANAGER},
		/* The successor's report. */
		{TYPE_HANDOVER, "met", RANK_REP},
		{TYPE_HANDOVER, "checks", RANK_REP},
		{TYPE_HANDOVER, "result", RANK_REP},
		{TYPE_QUARANTINE, "body", RANK_HQ},
		{TYPE_QUARANTINE_DECISION, "body", RANK_MANAGER},
	};

	if (strcmp(field->name, "moved") == 0)
		return RANK_MANAGER;
	if (strcmp(field->name, "archived") == 0)
		return RANK_REP;
	if (type->directory)
		return RANK_HQ;
	for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
		if (exceptions[i].type == type->number &&
			strcmp(exceptions[i].field, field->name) == 0)
			return exceptions[i].rank;
	return type->number == TYPE_HANDOVER ? RANK_MANAGER : RANK_REP;
}

static void
each_number_gives_the_intended_writer_rank(void **state)
{
	const struct schema *schema = schema_roadbook();

	(void)state;
	for (size_t i = 0; i < schema->type_count; i++) {
		const struct schema_type *type = &schema->types[i];

		for (size_t k = 0; k < type->field_count; k++) {
			const struct schema_field *field = &type->fields[k];

			if (schema_rank(field->number) !=
				intended_rank(type, field))
				fail_msg("%s.%s has rank %d", type->name,
					field->name,
					schema_rank(field->number));
		}
	}
}

static void
business_types_have_both_marks(void **state)
{
	const struct schema *schema = schema_roadbook();

	(void)state;
	for (size_t i = 0; i < schema->type_count; i++) {
		const struct schema_type *type = &schema->types[i];

		if (type->directory || type->made ||
			type->number == SCHEMA_ALIAS)
			continue;
		assert_non_null(schema_field(type, SCHEMA_ARCHIVED));
		assert_non_null(schema_field(type, SCHEMA_MOVED));
	}
}

static void
four_references_keep_their_record_open(void **state)
{
	const struct schema *schema = schema_roadbook();
	size_t parents = 0;

	(void)state;
	assert_true(schema_field_named(shipped(TYPE_CONTACT), "account_id")
			    ->parent);
	assert_true(
		schema_field_named(shipped(TYPE_VISIT), "account_id")->parent);
	assert_true(
		schema_field_named(shipped(TYPE_ACCOUNT), "parent_id")->parent);
	assert_true(
		schema_field_named(shipped(TYPE_ACTION), "account_id")->parent);
	for (size_t i = 0; i < schema->type_count; i++)
		for (size_t k = 0; k < schema->types[i].field_count; k++)
			parents += schema->types[i].fields[k].parent;
	assert_int_equal(parents, 4);
}

static void
a_visit_done_ranks_above_one_cancelled(void **state)
{
	const struct schema_field *status =
		schema_field_named(shipped(TYPE_VISIT), "status");

	(void)state;
	assert_int_equal(status->order, ORDER_HIGHEST);
	assert_int_equal(status->codes.count, 3);
	assert_string_equal(status->codes.list[0].code, "planned");
	assert_string_equal(status->codes.list[1].code, "cancelled");
	assert_string_equal(status->codes.list[2].code, "done");
}

/* The golden file: everything that is published, a line each. */

static const char *const kinds[] = {"put", "once", "set"};
static const char *const orders[] = {"latest", "highest", "senior", "ask"};
static const char *const forms[] = {"bool", "int", "text", "prose", "date",
	"code", "open", "ref", "bytes", "time", "money", "amount", "tuple"};

struct lines {
	char text[1 << 16];
	size_t size;
};

static void __attribute__((format(printf, 2, 3)))
add(struct lines *lines, const char *format, ...)
{
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(lines->text + lines->size,
		sizeof lines->text - lines->size, format, arguments);
	va_end(arguments);
	assert_true(
		size >= 0 && (size_t)size < sizeof lines->text - lines->size);
	lines->size += (size_t)size;
}

/* What a reference refers to and, of what has a highest, the order. */
static void
add_rest(struct lines *lines, uint32_t refers, enum schema_order order,
	const struct schema_codes *codes)
{
	if (refers)
		add(lines, " ->%u", refers);
	for (size_t i = 0; order == ORDER_HIGHEST && i < codes->count; i++)
		add(lines, "%s%s", i ? "<" : " ", codes->list[i].code);
	add(lines, "\n");
}

static void
add_type(struct lines *lines, const struct schema_type *type)
{
	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_field *field = &type->fields[i];

		add(lines, "%u.%u %s.%s %s %s %s %d", type->number,
			field->number, type->name, field->name,
			kinds[field->kind],
			field->kind == KIND_PUT ? orders[field->order] : "-",
			forms[field->form], schema_rank(field->number));
		add_rest(lines, field->refers, field->order, &field->codes);
		for (size_t k = 0; k < field->part_count; k++) {
			const struct schema_part *part = &field->parts[k];

			add(lines, "%u.%u.%u %s.%s.%s part - %s -",
				type->number, field->number, part->number,
				type->name, field->name, part->name,
				forms[part->form]);
			add_rest(lines, part->refers, ORDER_LATEST,
				&part->codes);
		}
	}
}

static void
what_was_published_is_unchanged(void **state)
{
	static const char path[] = "tests/proto/schema.golden";
	static struct lines lines;
	const struct schema *schema = schema_roadbook();
	FILE *golden = fopen(path, "r");
	char *at = lines.text;
	char expected[256];

	(void)state;
	assert_non_null(golden);
	for (size_t i = 0; i < schema->type_count; i++)
		add_type(&lines, &schema->types[i]);
	while (fgets(expected, sizeof expected, golden)) {
		size_t size = strcspn(at, "\n") + 1;

		if (strncmp(at, expected, size) != 0 || expected[size] != '\0')
			fail_msg("%s has\n\t%sand the schema\n\t%.*s"
				 "What is published never changes; to add a "
				 "field, add its line.",
				path, expected, (int)size, at);
		at += size;
	}
	(void)fclose(golden); /* only read */
	if (*at) {
		(void)fputs(at, stderr); /* fail_msg() would cut it */
		fail_msg("%s lacks these; to add a field, add its line", path);
	}
}

/* Lookups. */

static void
finds_every_type_and_field_by_number_and_name(void **state)
{
	const struct schema *schema = schema_roadbook();

	(void)state;
	for (size_t i = 0; i < schema->type_count; i++) {
		const struct schema_type *type = &schema->types[i];

		assert_ptr_equal(schema_type(schema, type->number), type);
		assert_ptr_equal(schema_type_named(schema, type->name), type);
		for (size_t k = 0; k < type->field_count; k++) {
			const struct schema_field *field = &type->fields[k];

			assert_ptr_equal(
				schema_field(type, field->number), field);
			assert_ptr_equal(
				schema_field_named(type, field->name), field);
		}
	}
}

static void
finds_nothing_that_is_not_there(void **state)
{
	const struct schema *schema = schema_roadbook();
	const struct schema_type *account = shipped(TYPE_ACCOUNT);

	(void)state;
	assert_null(schema_type(schema, 0));
	assert_null(schema_type(schema, 15));
	assert_null(schema_type(schema, UINT32_MAX));
	assert_null(schema_type_named(schema, "invoice"));
	assert_null(schema_field(account, 0));
	assert_null(schema_field(account, 3));
	assert_null(schema_field(account, UINT32_MAX));
	assert_null(schema_field_named(account, "colour"));
	assert_null(
		schema_part_named(schema_field_named(account, "uscc"), "text"));
}

static void
finds_a_code_by_itself_and_by_either_label(void **state)
{
	const struct schema_codes *codes =
		&schema_field_named(shipped(TYPE_VISIT), "status")->codes;
	const struct schema_code *done = &codes->list[2];

	(void)state;
	assert_ptr_equal(schema_code_find(codes, "done"), done);
	assert_ptr_equal(schema_code_find(codes, "Done"), done);
	assert_ptr_equal(schema_code_find(codes, "完成"), done);
	assert_null(schema_code_find(codes, "don"));
	assert_null(schema_code_find(codes, ""));
}

static void
times_and_money_have_parts(void **state)
{
	const struct schema_part *parts;
	struct schema_field field = {.form = FORM_TIME};

	(void)state;
	assert_int_equal(schema_parts(&field, &parts), 2);
	assert_string_equal(parts[0].name, "utc_ms");
	assert_string_equal(parts[1].name, "offset_minutes");
	field.form = FORM_MONEY;
	assert_int_equal(schema_parts(&field, &parts), 2);
	assert_string_equal(parts[0].name, "amount");
	assert_string_equal(parts[1].name, "currency");
	assert_ptr_equal(schema_part_named(&field, "currency"), &parts[1]);
	field.form = FORM_INT;
	assert_int_equal(schema_parts(&field, &parts), 0);
}

static void
marks_are_marks_in_every_type_and_joined_in_one(void **state)
{
	(void)state;
	assert_true(schema_is_mark(TYPE_VISIT, SCHEMA_ARCHIVED));
	assert_true(schema_is_mark(4711, SCHEMA_MOVED));
	assert_true(schema_is_mark(SCHEMA_ALIAS, SCHEMA_JOINED));
	assert_false(schema_is_mark(TYPE_VISIT, SCHEMA_JOINED));
	assert_false(schema_is_mark(TYPE_VISIT, 9));
}

/*
 * Broken rules. A small good schema: a directory type and one of each other
 * kind of type. A test spoils it in one way.
 */
struct small {
	struct schema_code codes[2];
	struct schema_part parts[2];
	struct schema_part body[1];
	struct schema_field alias[1];
	struct schema_field user[1];
	struct schema_field shop[6];
	struct schema_field note[1];
	struct schema_type types[4];
	struct schema schema;
};

enum { ARCHIVED, NAME, OWNER, STATE, PHONES, SPEND }; /* in shop */

static void
good_small(struct small *s)
{
	struct small good = {
		.codes = {{"open", "Open", "营业"},
			{"closed", "Closed", "停业"}},
		.parts = {{1, "amount", "Amount", "金额", .form = FORM_AMOUNT},
			{2, "currency", "Currency", "币种", .form = FORM_OPEN}},
		.body = {{1, "text", "Text", "内容", .form = FORM_PROSE}},
		.alias = {{5, "joined", "Joined", "已合并", .form = FORM_BOOL}},
		.user = {{7, "login", "Login", "登录名", .form = FORM_TEXT}},
		.shop =
			{
				[ARCHIVED] = {1, "archived", "Archived",
					"已归档", .form = FORM_BOOL},
				[NAME] = {5, "name", "Name", "名称",
					.form = FORM_TEXT},
				[OWNER] = {9, "owner_id", "Owner", "责任人",
					.form = FORM_REF, .refers = 3,
					.parent = true},
				[STATE] = {13, "state", "State", "状态",
					.form = FORM_CODE,
					.order = ORDER_HIGHEST},
				[PHONES] = {17, "phones", "Phones", "电话",
					.kind = KIND_SET, .form = FORM_TEXT},
				[SPEND] = {21, "spend", "Spend", "采购额",
					.form = FORM_TUPLE, .part_count = 2},
			},
		.note = {{5, "body", "Content", "内容", .kind = KIND_ONCE,
			.form = FORM_TUPLE, .part_count = 1}},
		.types = {{1, "alias", "Alias", "合并", .field_count = 1},
			{3, "user", "User", "用户", .directory = true,
				.field_count = 1},
			{16, "shop", "Shop", "门店", .title = "name",
				.field_count = 6},
			{17, "note", "Note", "记录", .immutable = true,
				.field_count = 1}},
	};

	*s = good;
	s->shop[STATE].codes = (struct schema_codes){s->codes, 2};
	s->shop[SPEND].parts = s->parts;
	s->note[0].parts = s->body;
	s->types[0].fields = s->alias;
	s->types[1].fields = s->user;
	s->types[2].fields = s->shop;
	s->types[3].fields = s->note;
	s->schema = (struct schema){s->types, 4};
}

static void
accepts_a_small_schema(void **state)
{
	struct schema_fault fault = {0};
	struct small s;

	(void)state;
	good_small(&s);
	if (!schema_check(&s.schema, &fault))
		fail_msg("%s: %s.%s", fault.rule, fault.type,
			fault.field ? fault.field : "");
}

/* Spoils a good schema, expects the rule (its beginning) and the place. */
#define REFUSES(spoil, rule_, type_, field_)                                   \
	do {                                                                   \
		struct schema_fault fault = {0};                               \
		struct small s;                                                \
                                                                               \
		good_small(&s);                                                \
		spoil;                                                         \
		assert_false(schema_check(&s.schema, &fault));                 \
		assert_string_equal(fault.rule, rule_);                        \
		assert_string_equal(fault.type ? fault.type : "-", type_);     \
		assert_string_equal(fault.field ? fault.field : "-", field_);  \
	} while (0)

static void
refuses_bad_types(void **state)
{
	(void)state;
	REFUSES(s.types[0].number = 0, "a type's number is in bounds", "alias",
		"-");
	REFUSES(s.types[3].number = SCHEMA_NUMBER_MAX + 1,
		"a type's number is in bounds", "note", "-");
	REFUSES(s.types[3].number = 16, "types ascend by number", "note", "-");
	REFUSES(s.types[3].name = "shop", "types have different names", "shop",
		"-");
	REFUSES(s.types[3].name = NULL, "a type's name is lower-case ASCII",
		"-", "-");
	REFUSES(s.types[3].zh = "", "a type has a label in both languages",
		"note", "-");
	REFUSES(s.types[3].field_count = 0, "a type has fields", "note", "-");
	REFUSES(s.types[2].title = "phones", "a title is a field of text",
		"shop", "-");
	REFUSES(s.types[2].title_else = "nothing", "a title is a field of text",
		"shop", "-");
	REFUSES((s.types[2].title_else = "name", s.types[2].title = NULL),
		"a second title comes after a first", "shop", "-");
	REFUSES((s.types[1].number = 1, s.types[1].field_count = 1,
			s.schema.types = &s.types[1], s.schema.type_count = 1),
		"type 1 has the mark `joined` and nothing else", "user", "-");
	REFUSES(s.types[3].name = "shop_phones", "a set's table is no type's",
		"shop", "phones");
}

static void
refuses_names_that_are_not_lower_case_ascii(void **state)
{
	static const char *const bad[] = {
		"", "Name", "1st", "_x", "x_", "a__b", "a-b", "a b", "名称"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		REFUSES(s.shop[NAME].name = bad[i],
			"a field's name is lower-case ASCII", "shop", bad[i]);
}

static void
refuses_bad_fields(void **state)
{
	(void)state;
	REFUSES(s.shop[SPEND].number = SCHEMA_NUMBER_MAX + 1,
		"a field's number is in bounds", "shop", "spend");
	REFUSES(s.shop[OWNER].number = 5, "fields ascend by number", "shop",
		"owner_id");
	REFUSES(s.shop[NAME].number = 3, "numbers below 5 are kept for marks",
		"shop", "name");
	REFUSES(s.shop[NAME].name = "id", "`id` is the record's own", "shop",
		"id");
	REFUSES(s.shop[NAME].en = NULL, "a field has a label in both languages",
		"shop", "name");
	REFUSES(s.shop[NAME].form = FORM_AMOUNT,
		"a field's form is one for fields", "shop", "name");
	REFUSES(s.shop[NAME].name = "state",
		"the fields of a type have different names", "shop", "state");
	REFUSES(s.shop[NAME].name = "owner",
		"a reference's flag is no other field's", "shop", "owner_id");
	REFUSES(s.shop[NAME].name = "spend_currency",
		"a part's column is no other field's", "shop", "spend");
}

static void
refuses_bad_merging(void **state)
{
	(void)state;
	REFUSES(s.shop[PHONES].order = ORDER_ASK,
		"only a put field has an order", "shop", "phones");
	REFUSES(s.shop[NAME].order = ORDER_HIGHEST,
		"what has a highest is a code or a bool", "shop", "name");
	REFUSES(s.shop[NAME].parent = true,
		"a parent is a put field that refers", "shop", "name");
	REFUSES(s.shop[OWNER].kind = KIND_SET,
		"a parent is a put field that refers", "shop", "owner_id");
	REFUSES(s.shop[ARCHIVED].name = "removed", "a mark has its own name",
		"shop", "removed");
	REFUSES(s.shop[ARCHIVED].form = FORM_INT,
		"a mark is a put field, latest, of bool", "shop", "archived");
	REFUSES(s.alias[0].kind = KIND_ONCE,
		"a mark is a put field, latest, of bool", "alias", "joined");
}

static void
refuses_bad_references(void **state)
{
	(void)state;
	REFUSES(s.shop[OWNER].refers = 99,
		"a reference refers to a type, which alias is not", "shop",
		"owner_id");
	REFUSES(s.shop[OWNER].refers = SCHEMA_ALIAS,
		"a reference refers to a type, which alias is not", "shop",
		"owner_id");
	REFUSES(s.shop[NAME].refers = 3, "only a reference refers", "shop",
		"name");
	REFUSES((s.user[0].form = FORM_REF, s.user[0].refers = 16),
		"the directory refers to itself only", "user", "login");
}

static void
refuses_bad_lists(void **state)
{
	static const char ambiguous[] = "no word of a list means two codes";

	(void)state;
	REFUSES(s.shop[STATE].codes.count = 0, "a closed list has codes",
		"shop", "state");
	REFUSES((s.shop[NAME].codes = s.shop[STATE].codes),
		"only a code or an open list has codes", "shop", "name");
	REFUSES(s.codes[1].code = "営業",
		"a code is ASCII letters, digits and _", "shop", "state");
	REFUSES(s.codes[1].code = "", "a code is ASCII letters, digits and _",
		"shop", "state");
	REFUSES(s.codes[1].zh = NULL, "a code has a label in both languages",
		"shop", "state");
	REFUSES(s.codes[1].code = "open", ambiguous, "shop", "state");
	REFUSES(s.codes[1].code = "OPEN", ambiguous, "shop", "state");
	REFUSES(s.codes[1].en = "Open", ambiguous, "shop", "state");
	REFUSES(s.codes[1].zh = "营业", ambiguous, "shop", "state");
	REFUSES(s.codes[1].zh = "open", ambiguous, "shop", "state");
}

static void
refuses_bad_parts(void **state)
{
	(void)state;
	REFUSES(s.shop[SPEND].part_count = 0,
		"a tuple has 1 to SCHEMA_PART_MAX parts", "shop", "spend");
	REFUSES(s.shop[SPEND].part_count = SCHEMA_PART_MAX + 1,
		"a tuple has 1 to SCHEMA_PART_MAX parts", "shop", "spend");
	REFUSES((s.shop[NAME].parts = s.parts, s.shop[NAME].part_count = 1),
		"only a tuple has parts", "shop", "name");
	REFUSES(s.parts[0].number = 0, "a part's number is in bounds", "shop",
		"spend");
	REFUSES(s.parts[1].number = 1, "parts ascend by number", "shop",
		"spend");
	REFUSES(s.parts[1].name = "amount",
		"the parts of a tuple have different names", "shop", "spend");
	REFUSES(s.parts[1].name = "Currency",
		"a part's name is lower-case ASCII", "shop", "spend");
	REFUSES(s.parts[1].en = "", "a part has a label in both languages",
		"shop", "spend");
	REFUSES(s.parts[1].form = FORM_MONEY, "a part is a scalar", "shop",
		"spend");
	REFUSES(s.parts[1].form = FORM_TUPLE, "a part is a scalar", "shop",
		"spend");
	REFUSES(s.parts[1].form = FORM_CODE, "a closed list has codes", "shop",
		"spend");
	REFUSES(s.parts[1].name = "unit",
		"an amount has a part `currency`, an open list", "shop",
		"spend");
}

static void
refuses_bad_immutable_types(void **state)
{
	static const char rule[] =
		"an immutable type has marks and one `body`, a once tuple";

	(void)state;
	REFUSES(s.note[0].name = "content", rule, "note", "content");
	REFUSES(s.note[0].kind = KIND_PUT, rule, "note", "body");
	REFUSES((s.note[0] = s.shop[ARCHIVED]), rule, "note", "-");
	REFUSES(s.body[0].name = "id", "a part of a body has a name of its own",
		"note", "body");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shipped_schema_keeps_its_rules),
		cmocka_unit_test(types_have_the_numbers_that_were_published),
		cmocka_unit_test(each_number_gives_the_intended_writer_rank),
		cmocka_unit_test(business_types_have_both_marks),
		cmocka_unit_test(four_references_keep_their_record_open),
		cmocka_unit_test(a_visit_done_ranks_above_one_cancelled),
		cmocka_unit_test(what_was_published_is_unchanged),
		cmocka_unit_test(finds_every_type_and_field_by_number_and_name),
		cmocka_unit_test(finds_nothing_that_is_not_there),
		cmocka_unit_test(finds_a_code_by_itself_and_by_either_label),
		cmocka_unit_test(times_and_money_have_parts),
		cmocka_unit_test(
			marks_are_marks_in_every_type_and_joined_in_one),
		cmocka_unit_test(accepts_a_small_schema),
		cmocka_unit_test(refuses_bad_types),
		cmocka_unit_test(refuses_names_that_are_not_lower_case_ascii),
		cmocka_unit_test(refuses_bad_fields),
		cmocka_unit_test(refuses_bad_merging),
		cmocka_unit_test(refuses_bad_references),
		cmocka_unit_test(refuses_bad_lists),
		cmocka_unit_test(refuses_bad_parts),
		cmocka_unit_test(refuses_bad_immutable_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
