#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "sync/record.h"

static const uint8_t id[ID_BYTES] = {1};
static const struct pack_view none = {NULL, 0};

static struct pack_view
view(const char *text)
{
	return (struct pack_view){(const uint8_t *)text, strlen(text)};
}

static void
knows_what_lies_in_the_context_and_in_no_unseen_range(void **state)
{
	const int64_t seen[] = {5, 0, 9};
	const struct unseen_range unseen[] = {
		{0, 2, 3}, {2, 1, 1}, {2, 4, 6}, {2, 8, 8}};
	const struct knowledge knowledge = {seen, 3, unseen, 4};
	static const bool known[3][12] = {
		{[1] = true, [4] = true, [5] = true},
		{false},
		{[2] = true, [3] = true, [7] = true, [9] = true},
	};

	(void)state;
	for (uint32_t log = 0; log < 3; log++)
		for (int64_t seq = 1; seq < 12; seq++)
			assert_int_equal(knowledge_covers(&knowledge, log, seq),
				known[log][seq]);
	assert_false(knowledge_covers(&knowledge, 3, 1));
}

static void
keeps_registers_in_order_whatever_order_they_come_in(void **state)
{
	struct record record = {0};

	(void)state;
	record_reset(&record, 16, id, sizeof id);
	for (uint32_t i = 0; i < 100; i++)
		(void)record_reg(&record, 1 + i * 37 % 100, KIND_PUT, none);
	(void)record_reg(&record, 50, KIND_SET, view("b"));
	(void)record_reg(&record, 50, KIND_SET, view("a"));
	(void)record_reg(&record, 50, KIND_SET, view("ab"));
	(void)record_reg(&record, 50, KIND_SET, view("a"));
	(void)record_reg(&record, 50, KIND_ONCE, none);

	assert_int_equal(record.reg_count, 104);
	assert_int_equal(record.regs[49].kind, KIND_PUT);
	assert_int_equal(record.regs[50].kind, KIND_ONCE);
	assert_int_equal(record.regs[51].element.bytes[0], 'a');
	assert_int_equal(record.regs[52].element.size, 2);
	assert_int_equal(record.regs[53].element.bytes[0], 'b');
	for (uint32_t i = 1; i < record.reg_count; i++)
		assert_true(record.regs[i - 1].field <= record.regs[i].field);
	assert_non_null(record_find(&record, 100, KIND_PUT, none));
	assert_null(record_find(&record, 101, KIND_PUT, none));
	record_clear(&record);
}

static void
a_version_owns_what_it_holds(void **state)
{
	char value[] = "value";
	int64_t seen[] = {7};
	const struct knowledge knowledge = {seen, 1, NULL, 0};
	struct record record = {0};
	struct version *version;

	(void)state;
	record_reset(&record, 16, id, sizeof id);
	version = reg_add(&record, record_reg(&record, 1, KIND_PUT, none),
		&(struct version){
			.value = view(value), .knowledge = &knowledge});
	memset(value, 'x', sizeof value);
	seen[0] = 0;

	assert_memory_equal(version->value.bytes, "value", 5);
	assert_int_equal(version->knowledge->seen[0], 7);
	record_clear(&record);
}

static void
exists_by_a_live_version(void **state)
{
	struct record record = {0};
	struct reg *reg;

	(void)state;
	record_reset(&record, 16, id, sizeof id);
	reg = record_reg(&record, 1, KIND_PUT, none);
	assert_false(record_exists(&record));
	(void)reg_add(&record, reg, &(struct version){.value = view("v")});
	assert_true(record_exists(&record));
	/* Its own id is a fine one to start again with. */
	record_reset(&record, record.type, record.id, record.id_size);
	assert_false(record_exists(&record));
	assert_memory_equal(record.id, id, sizeof id);
	record_clear(&record);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			knows_what_lies_in_the_context_and_in_no_unseen_range),
		cmocka_unit_test(
			keeps_registers_in_order_whatever_order_they_come_in),
		cmocka_unit_test(a_version_owns_what_it_holds),
		cmocka_unit_test(exists_by_a_live_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
