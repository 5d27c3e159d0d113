/* client/node/late_gather: late changes out of the records that tell of them.
 */

#include "client/node/late_gather.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "proto/schema_roadbook.h"

static struct late_gather gather;
static struct late_list list;

static int
begin(void **state)
{
	(void)state;
	gather = (struct late_gather){0};
	list = (struct late_list){0};
	return 0;
}

static int
end(void **state)
{
	(void)state;
	late_gather_clear(&gather);
	late_clear(&list);
	return 0;
}

enum { BODY_SIZE = 512 };

static void
pack_part(struct pack *pack, int part, const void *bytes, size_t size)
{
	pack_integer(pack, part);
	pack_bytes(pack, bytes, size);
}

static size_t
piece_body(uint8_t out[static BODY_SIZE], int64_t seq, int64_t index,
	int64_t count, const char *text)
{
	static const uint8_t territory[ID_BYTES] = {1}, log[LOG_BYTES] = {2};
	struct pack pack;

	pack_init(&pack, out, BODY_SIZE);
	pack_map(&pack, 7);
	pack_part(&pack, QUARANTINE_TERRITORY, territory, ID_BYTES);
	pack_part(&pack, QUARANTINE_DEVICE, log, ID_BYTES);
	pack_part(&pack, QUARANTINE_GRANT, log + ID_BYTES, ID_BYTES);
	pack_integer(&pack, QUARANTINE_SEQ);
	pack_integer(&pack, seq);
	pack_integer(&pack, QUARANTINE_PIECE);
	pack_integer(&pack, index);
	pack_integer(&pack, QUARANTINE_PIECES);
	pack_integer(&pack, count);
	pack_part(&pack, QUARANTINE_CHANGE, text, strlen(text));
	return pack.size;
}

static size_t
decision_body(uint8_t out[static BODY_SIZE], uint8_t id, const char *verdict,
	const char *reason)
{
	const uint8_t of[ID_BYTES] = {id};
	struct pack pack;

	pack_init(&pack, out, BODY_SIZE);
	pack_map(&pack, 3);
	pack_part(&pack, DECISION_QUARANTINE, of, ID_BYTES);
	pack_integer(&pack, DECISION_VERDICT);
	pack_text(&pack, verdict);
	pack_integer(&pack, DECISION_REASON);
	pack_text(&pack, reason);
	return pack.size;
}

static void
tell_piece(
	uint8_t id, int64_t seq, int64_t index, int64_t count, const char *text)
{
	static const uint8_t compartment[ID_BYTES] = {9};
	const uint8_t record[ID_BYTES] = {id};
	uint8_t body[BODY_SIZE];
	size_t size = piece_body(body, seq, index, count, text);

	late_gather_piece(
		&gather, record, compartment, (struct pack_view){body, size});
}

static void
decide(uint8_t id, int64_t time_ms, const char *verdict, const char *reason)
{
	static const uint8_t log[LOG_BYTES] = {5};
	uint8_t body[BODY_SIZE];
	size_t size = decision_body(body, id, verdict, reason);

	late_gather_decision(
		&gather, time_ms, log, (struct pack_view){body, size});
}

static void
puts_pieces_together_in_whatever_order_they_come(void **state)
{
	(void)state;
	tell_piece(3, 8, 2, 3, "ring");
	tell_piece(1, 8, 0, 3, "late");
	tell_piece(2, 8, 1, 3, "ga");
	tell_piece(1, 8, 0, 3, "late"); /* twice is once */
	late_gather_list(&gather, &list);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.list[0].size, 10);
	assert_memory_equal(list.list[0].bytes, "lategaring", 10);
	assert_int_equal(list.list[0].compartment[0], 9);
}

static void
has_no_bytes_while_a_piece_is_missing(void **state)
{
	(void)state;
	tell_piece(1, 8, 0, 3, "late");
	tell_piece(3, 8, 2, 3, "ring");
	tell_piece(4, 9, 0, 1, "whole");
	late_gather_list(&gather, &list);
	assert_int_equal(list.count, 2);
	assert_null(list.list[0].bytes);
	assert_int_equal(list.list[0].size, 0);
	assert_int_equal(list.list[1].size, 5);
}

static void
leaves_out_what_is_no_such_body(void **state)
{
	static const uint8_t id[ID_BYTES] = {1};
	uint8_t body[BODY_SIZE];
	size_t size = piece_body(body, 8, 0, 1, "late");

	(void)state;
	for (size_t cut = 0; cut < size; cut++)
		late_gather_piece(
			&gather, id, id, (struct pack_view){body, cut});
	tell_piece(1, 8, 3, 3, "x"); /* one behind the last */
	tell_piece(1, -1, 0, 1, "x");
	assert_int_equal(gather.piece_count, 0);
	size = decision_body(body, 1, "accepted", "why");
	for (size_t cut = 0; cut < size; cut++)
		late_gather_decision(
			&gather, 1, body, (struct pack_view){body, cut});
	decide(1, 1, "perhaps", "");
	/* Cut behind its verdict it is one, of no reason. */
	for (size_t i = 0; i < gather.decision_count; i++)
		assert_null(gather.decisions[i].reason);
	late_gather_list(&gather, &list);
	assert_int_equal(list.count, 0);
}

static void
accepted_once_is_accepted_else_the_last_word_holds(void **state)
{
	(void)state;
	tell_piece(1, 8, 0, 1, "one");
	tell_piece(2, 9, 0, 1, "two");
	decide(1, 100, "accepted", "good");
	decide(1, 200, "rejected", "bad");
	decide(2, 200, "rejected", "second");
	decide(2, 100, "rejected", "first");
	late_gather_list(&gather, &list);
	assert_int_equal(list.list[0].verdict, LATE_ACCEPTED);
	assert_string_equal(list.list[0].reason, "good");
	assert_int_equal(list.list[1].verdict, LATE_REJECTED);
	assert_string_equal(list.list[1].reason, "second");
	assert_int_equal(list.list[1].decided_ms, 200);
}

#define GATHERING(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		GATHERING(puts_pieces_together_in_whatever_order_they_come),
		GATHERING(has_no_bytes_while_a_piece_is_missing),
		GATHERING(leaves_out_what_is_no_such_body),
		GATHERING(accepted_once_is_accepted_else_the_last_word_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
