#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/cli/commands.h"
#include "client/cli/fields.h"

/* A command line of a record command, and what its flags come to. */
struct typed {
	struct cli cli;
	struct node node;
	struct arena arena;
	struct edit_operation *operations;
	size_t count;
	bool ok;
};

static const struct schema_type *
type_named(const char *name)
{
	return schema_type_named(schema_roadbook(), name);
}

/* Words up to a NULL, after "roadbook". */
static void
type_in(struct typed *t, const struct record *present, const char **words)
{
	char *argv[16] = {(char *)(uintptr_t) "roadbook"};
	int argc = 1;

	*t = (struct typed){0};
	t->cli.served = true; /* keeps the language */
	t->node.schema = schema_roadbook();
	t->cli.node = &t->node;
	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
	t->ok = cli_parse(&t->cli, argc, argv) != NULL &&
		fields_operations(&t->cli, fields_type(&t->cli), present,
			&t->arena, &t->operations, &t->count);
}

#define TYPE_IN(t, present, ...)                                               \
	type_in(t, present, (const char *[]){__VA_ARGS__, NULL})

static void
clear(struct typed *t)
{
	cli_clear(&t->cli);
	arena_clear(&t->arena);
}

static void
finds_every_flag_that_it_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < schema_roadbook()->type_count; i++) {
		const struct schema_type *type = &schema_roadbook()->types[i];

		for (size_t k = 0; k < type->field_count; k++) {
			const struct schema_field *f = &type->fields[k];
			char name[FIELDS_FLAG_MAX];
			struct field_flag flag;

			if (schema_is_mark(type->number, f->number) ||
				type->immutable)
				continue;
			fields_flag_name(f->name, f->form, name);
			assert_true(fields_flag(type, name, &flag));
			assert_ptr_equal(flag.field, f);
			assert_false(flag.remove);
		}
	}
}

static void
drops_the_id_of_references_and_takes_dashes(void **state)
{
	char name[FIELDS_FLAG_MAX];

	(void)state;
	fields_flag_name("account_id", FORM_REF, name);
	assert_string_equal(name, "account");
	fields_flag_name("external_ids", FORM_TEXT, name);
	assert_string_equal(name, "external-ids");
}

static void
knows_parts_of_immutable_records_and_no_marks(void **state)
{
	struct field_flag flag;

	(void)state;
	assert_true(fields_flag(type_named("visit_note"), "text", &flag));
	assert_string_equal(flag.part->name, "text");
	assert_true(fields_flag(type_named("visit_note"), "visit", &flag));
	assert_false(fields_flag(type_named("visit_note"), "body", &flag));
	assert_false(fields_flag(type_named("account"), "archived", &flag));
}

static void
makes_operations_of_flags(void **state)
{
	struct typed t;

	(void)state;
	TYPE_IN(&t, NULL, "account", "add", "--legal-name", "甲", "--phones",
		"1", "--phones=2", "--phones", "1", "--industry", "汽配",
		"--source", "web");
	assert_true(t.ok);
	assert_int_equal(t.count, 5);
	assert_int_equal(t.operations[0].kind, OPERATION_PUT);
	assert_int_equal(t.operations[1].kind, OPERATION_ADD);
	assert_int_equal(t.operations[3].value.size,
		1 + strlen("auto_parts")); /* the code, not the label */
	assert_int_equal(t.operations[4].kind, OPERATION_INIT);
	clear(&t);
}

static void
takes_elements_out_and_clears(void **state)
{
	struct typed t;
	struct record present = {0};
	const uint8_t id[ID_BYTES] = {1};
	const uint8_t one[] = {0xa1, '1'}, two[] = {0xa1, '2'};
	const struct schema_field *phones =
		schema_field_named(type_named("account"), "phones");
	const struct pack_view elements[] = {
		{one, sizeof one}, {two, sizeof two}};

	(void)state;
	record_reset(&present, type_named("account")->number, id, sizeof id);
	for (size_t i = 0; i < 2; i++) {
		struct version version = {.seq = 1, .value = elements[i]};
		struct reg *reg = record_reg(
			&present, phones->number, KIND_SET, elements[i]);

		(void)reg_add(&present, reg, &version);
	}
	TYPE_IN(&t, &present, "account", "set", "x", "--clear", "phones",
		"--phones", "2", "--clear", "简称", "--remove-website", "w");
	assert_true(t.ok);
	assert_int_equal(t.count, 4);
	assert_int_equal(t.operations[0].kind, OPERATION_ADD);
	assert_int_equal(t.operations[1].kind, OPERATION_DEL);
	/* 1 goes, 2 is kept: it is typed in the same command. */
	assert_int_equal(t.operations[2].kind, OPERATION_DEL);
	assert_memory_equal(t.operations[2].value.bytes, one, sizeof one);
	assert_int_equal(t.operations[3].kind, OPERATION_PUT);
	assert_int_equal(t.operations[3].value.bytes[0], 0xc0);
	clear(&t);
	record_clear(&present);
}

static void
refuses_what_contradicts_itself(void **state)
{
	struct typed t;

	(void)state;
	TYPE_IN(&t, NULL, "account", "add", "--tier", "key", "--tier", "none");
	assert_false(t.ok);
	assert_int_equal(t.cli.problem.code, EXIT_USAGE);
	clear(&t);
	TYPE_IN(&t, NULL, "account", "set", "x", "--phones", "1",
		"--remove-phones", "1");
	assert_false(t.ok);
	clear(&t);
	TYPE_IN(&t, NULL, "account", "set", "x", "--tier", "key", "--clear",
		"tier");
	assert_false(t.ok);
	clear(&t);
	TYPE_IN(&t, NULL, "account", "set", "x", "--clear", "source");
	assert_false(t.ok);
	clear(&t);
}

static void
refuses_a_code_that_is_not_in_the_list_and_shows_the_list(void **state)
{
	struct typed t;

	(void)state;
	TYPE_IN(&t, NULL, "account", "add", "--position", "first");
	assert_false(t.ok);
	assert_int_equal(t.cli.problem.code, EXIT_USAGE);
	assert_non_null(strstr(t.cli.problem.hint, "leading"));
	clear(&t);
}

static void
refuses_empty_and_broken_text(void **state)
{
	struct typed t;

	(void)state;
	TYPE_IN(&t, NULL, "account", "add", "--legal-name", "");
	assert_false(t.ok);
	assert_int_equal(t.cli.problem.code, EXIT_USAGE);
	clear(&t);
	TYPE_IN(&t, NULL, "account", "add", "--legal-name", "\xff\xfe");
	assert_false(t.ok);
	assert_int_equal(t.cli.problem.code, EXIT_USAGE);
	clear(&t);
}

static void
makes_one_value_of_an_immutable_record(void **state)
{
	struct typed t;

	(void)state;
	TYPE_IN(&t, NULL, "visit_note", "add", "--kind", "fact", "--text",
		"一\n二");
	assert_true(t.ok);
	assert_int_equal(t.count, 1);
	assert_int_equal(t.operations[0].kind, OPERATION_INIT);
	assert_string_equal(t.operations[0].field->name, "body");
	/* Parts ascend whatever the order they were typed in. */
	assert_int_equal(t.operations[0].value.bytes[0], 0x82);
	assert_int_equal(t.operations[0].value.bytes[1], 2);
	assert_true(pack_valid(
		t.operations[0].value.bytes, t.operations[0].value.size));
	clear(&t);
}

static void
says_which_flag_was_meant(void **state)
{
	struct typed t;

	(void)state;
	TYPE_IN(&t, NULL, "visit", "add", "--acount", "x");
	assert_false(t.ok);
	assert_string_equal(t.cli.problem.hint, "did you mean --account?");
	clear(&t);
	TYPE_IN(&t, NULL, "visit", "add", "--account_id", "x");
	assert_string_equal(t.cli.problem.hint, "did you mean --account?");
	clear(&t);
	TYPE_IN(&t, NULL, "account", "list", "--limt", "3");
	assert_string_equal(t.cli.problem.hint, "did you mean --limit?");
	clear(&t);
}

static void
names_fields_by_name_flag_or_label(void **state)
{
	const struct schema_type *account = type_named("account");
	const struct schema_field *name =
		schema_field_named(account, "legal_name");

	(void)state;
	assert_ptr_equal(fields_named(account, "legal_name"), name);
	assert_ptr_equal(fields_named(account, "legal-name"), name);
	assert_ptr_equal(fields_named(account, "企业全称"), name);
	assert_ptr_equal(fields_named(account, "Legal name"), name);
	assert_null(fields_named(account, "legal"));
	assert_string_equal(
		fields_named(type_named("visit_note"), "kind")->name, "body");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_every_flag_that_it_names),
		cmocka_unit_test(drops_the_id_of_references_and_takes_dashes),
		cmocka_unit_test(knows_parts_of_immutable_records_and_no_marks),
		cmocka_unit_test(makes_operations_of_flags),
		cmocka_unit_test(takes_elements_out_and_clears),
		cmocka_unit_test(refuses_what_contradicts_itself),
		cmocka_unit_test(
			refuses_a_code_that_is_not_in_the_list_and_shows_the_list),
		cmocka_unit_test(refuses_empty_and_broken_text),
		cmocka_unit_test(makes_one_value_of_an_immutable_record),
		cmocka_unit_test(says_which_flag_was_meant),
		cmocka_unit_test(names_fields_by_name_flag_or_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
