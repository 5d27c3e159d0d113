#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "memory_store.h"
#include "replica.h"

/* What is applied in one settling, over more than one batch (sync/batch.c). */

enum { MANY = 600 }; /* records: more than a batch */

/* Each in a change of its own, under ids that no letter has. */
static void
write_many_contacts(struct replica *to, char account, uint8_t series)
{
	for (int i = 0; i < MANY; i++) {
		uint8_t id[ID_BYTES] = {
			0xee, series, (uint8_t)(i >> 8), (uint8_t)i};
		struct write_operation contact = replica_parent('c', account);

		contact.id = id;
		(void)replica_write(to, 'A', contact);
	}
}

static void
archive(struct replica *at, char account)
{
	(void)replica_write(at, 'A',
		replica_mark(T_ACCOUNT, account, SCHEMA_ARCHIVED, true));
}

static void
exchange(struct replica *a, struct replica *b)
{
	replica_seal(a, "A");
	replica_seal(b, "B");
	(void)replica_send(a, b);
	(void)replica_send(b, a);
}

/* In one change, over which it is remembered; one account is archived in it. */
static void
write_at_once(struct replica *to, char account, uint8_t series, char archived)
{
	static uint8_t ids[2 * MANY][ID_BYTES];
	static struct write_operation list[2 * MANY + 1];
	struct write_operation contact = replica_parent('c', account);
	int64_t seq;

	for (int i = 0; i < 2 * MANY; i++) {
		memcpy(ids[i],
			(uint8_t[ID_BYTES]){
				0xee, series, (uint8_t)(i >> 8), (uint8_t)i},
			ID_BYTES);
		list[i] = contact;
		list[i].id = ids[i];
	}
	list[2 * MANY] =
		replica_mark(T_ACCOUNT, archived, SCHEMA_ARCHIVED, true);
	assert_int_equal(
		replica_write_all(to, 'A', list, 2 * MANY + 1, NULL, 0, &seq),
		STATUS_OK);
}

static void
what_large_writes_remember_of_a_parent_ends_with_its_archiving(void **state)
{
	struct replica a, b;

	(void)state;
	replica_open(&a, &replica_schema);
	replica_open(&b, &replica_schema);
	(void)replica_write(&a, 'A',
		replica_text(OPERATION_PUT, T_ACCOUNT, 'x', F_NAME, "n"));
	write_at_once(&a, 'x', 1, 'y');
	write_at_once(&a, 'z', 2, 'x');
	assert_true(replica_archived(&a, 'x'));
	write_at_once(&a, 'x', 3, 'y');
	assert_false(replica_archived(&a, 'x'));
	exchange(&a, &b);

	assert_true(replica_equal(&a, &b));
	replica_close(&a);
	replica_close(&b);
}

static void
a_parent_that_was_looked_at_before_is_shown_anew(void **state)
{
	struct replica a, b, c;

	(void)state;
	replica_open(&a, &replica_schema);
	replica_open(&b, &replica_schema);
	replica_open(&c, &replica_schema);
	(void)replica_write(&a, 'A',
		replica_text(OPERATION_PUT, T_ACCOUNT, 'x', F_NAME, "n"));
	exchange(&a, &b);
	write_many_contacts(&a, 'x', 1);
	archive(&a, 'x');
	write_many_contacts(&a, 'y', 2);
	(void)replica_write(&b, 'B', replica_parent('c', 'x'));
	exchange(&a, &b);
	assert_false(replica_archived(&a, 'x'));

	/* All in one settling; the child that opens it again comes last. */
	(void)replica_send(&a, &c);
	assert_false(replica_archived(&c, 'x'));
	assert_int_equal(memory_store_conflicts(c.store), 1);
	assert_true(replica_equal(&a, &c));
	replica_close(&a);
	replica_close(&b);
	replica_close(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_parent_that_was_looked_at_before_is_shown_anew),
		cmocka_unit_test(
			what_large_writes_remember_of_a_parent_ends_with_its_archiving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
