/* proto/message: each kind reads back, and nothing else is one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/proto/examples.h"

enum { ROOM = 2 << 20 };

static uint8_t room[ROOM];
static const uint8_t filler[MESSAGE_SIZE_MAX]; /* what stands in segments */

static int
setup(void **state)
{
	(void)state;
	return sodium_init() < 0;
}

static struct pack
begin(void)
{
	struct pack pack;

	pack_init(&pack, room, sizeof room);
	return pack;
}

/* Decodes an exact-size copy, so that a sanitizer sees a read past the end. */
static enum status
decode_bytes(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = test_malloc(size ? size : 1);
	struct message m;
	enum status status;

	if (size)
		memcpy(copy, bytes, size);
	status = message_decode(&m, copy, size);
	test_free(copy);
	return status;
}

static void
assert_decodes(const struct pack *pack, enum status status)
{
	assert_false(pack->overflow);
	assert_int_equal(decode_bytes(pack->out, pack->size), status);
}

static struct message
example(enum message_kind kind)
{
	struct pack pack = begin();
	struct message m;

	example_message(&pack, kind);
	assert_int_equal(message_decode(&m, pack.out, pack.size), STATUS_OK);
	assert_int_equal(m.kind, kind);
	return m;
}

static void
assert_text(struct pack_view view, const char *text)
{
	assert_int_equal(view.size, strlen(text));
	assert_memory_equal(view.bytes, text, view.size);
}

static void
assert_frontier(struct message *m)
{
	struct frontier_entry entry;

	assert_int_equal(m->frontier_count, 2);
	assert_true(message_next_frontier(m, &entry));
	assert_true(entry.log[0] == 0x20 && entry.last == 3 &&
		entry.name[31] == 0x50);
	assert_true(message_next_frontier(m, &entry));
	assert_true(entry.log[31] == 0x21 && entry.last == 70000);
	assert_false(message_next_frontier(m, &entry));
}

static void
reads_back_enrolling(void **state)
{
	struct message m = example(MESSAGE_ENROL);

	(void)state;
	assert_int_equal(m.request, 1);
	assert_memory_equal(m.sign_key, example_id(0x71), 32);
	assert_true(m.proof[0] == 0x70 && m.proof[63] == 0x70);
	assert_text(m.text, "Wei’s laptop");

	m = example(MESSAGE_ENROLLED);
	assert_int_equal(m.credentials.size, 24);
	assert_int_equal(m.credentials.bytes[23], 0x72);
	assert_memory_equal(m.user, example_id(0x40), ID_BYTES);
	assert_text(m.text, "wei");
}

static void
reads_back_comparing(void **state)
{
	struct message m = example(MESSAGE_COMPARE);
	struct territory_digest digest;

	(void)state;
	assert_memory_equal(m.digest, example_id(0x60), DIGEST_BYTES);

	m = example(MESSAGE_COMPARED);
	assert_true(m.now == 1795305600000 && !m.same && m.count == 2);
	assert_true(message_next_digest(&m, &digest));
	assert_true(digest.territory[0] == 0x10 && digest.digest[15] == 0x60);
	assert_true(message_next_digest(&m, &digest));
	assert_int_equal(digest.territory[15], 0x11);
	assert_false(message_next_digest(&m, &digest));
}

static void
reads_back_watching(void **state)
{
	struct message m = example(MESSAGE_WATCH);
	struct territory_digest digest;

	(void)state;
	assert_true(m.request == 6 && m.count == 0);

	m = example(MESSAGE_MOVED);
	assert_true(m.request == 0 && m.count == 2);
	assert_true(message_next_digest(&m, &digest));
	assert_true(digest.territory[0] == 0x10 && digest.digest[15] == 0x60);
	assert_true(message_next_digest(&m, &digest));
	assert_false(message_next_digest(&m, &digest));
}

static void
reads_back_pulling(void **state)
{
	struct message m = example(MESSAGE_PULL);
	struct pack_view bytes;
	struct segment s;

	(void)state;
	assert_true(m.request == 3 && m.budget == 65536);
	assert_memory_equal(m.territory, example_id(0x10), ID_BYTES);
	assert_frontier(&m);

	m = example(MESSAGE_PULLED);
	assert_true(m.more && m.count == 1);
	assert_frontier(&m);
	assert_true(message_next_segment(&m, &bytes));
	assert_int_equal(segment_decode(&s, bytes.bytes, bytes.size,
				 example_company, example_key, NULL),
		STATUS_OK);
	assert_false(message_next_segment(&m, &bytes));
}

static void
reads_back_pushing_and_failing(void **state)
{
	struct message m = example(MESSAGE_PUSH);
	enum message_verdict verdict;
	struct pack_view bytes;

	(void)state;
	assert_int_equal(m.count, 1);
	assert_true(message_next_segment(&m, &bytes));
	assert_false(message_next_segment(&m, &bytes));

	m = example(MESSAGE_PUSHED);
	assert_true(message_next_verdict(&m, &verdict));
	assert_int_equal(verdict, VERDICT_KEPT);
	assert_true(message_next_verdict(&m, &verdict));
	assert_int_equal(verdict, VERDICT_GAP);
	assert_true(message_next_verdict(&m, &verdict));
	assert_false(message_next_verdict(&m, &verdict));

	m = example(MESSAGE_FAILED);
	assert_int_equal(m.failure, FAILURE_BUSY);
	assert_text(m.text, "try again later");
}

static void
refuses_every_cut_and_what_comes_after(void **state)
{
	(void)state;
	for (int kind = 1; kind < EXAMPLE_KINDS; kind++) {
		struct pack pack = begin();

		example_message(&pack, (enum message_kind)kind);
		for (size_t size = 0; size < pack.size; size++)
			assert_int_equal(
				decode_bytes(pack.out, size), STATUS_MALFORMED);
		if (pack.size == 0)
			continue;
		pack_nil(&pack);
		assert_decodes(&pack, STATUS_MALFORMED);
	}
}

static void
reads_every_flipped_bit_canonically_or_not_at_all(void **state)
{
	(void)state;
	for (int kind = 1; kind < EXAMPLE_KINDS; kind++) {
		struct pack pack = begin();

		example_message(&pack, (enum message_kind)kind);
		for (size_t bit = 0; bit < pack.size * 8; bit++) {
			room[bit / 8] ^= (uint8_t)(1u << bit % 8);
			if (decode_bytes(room, pack.size) == STATUS_OK)
				assert_true(pack_valid(room, pack.size));
			room[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
}

static void
refuses_kinds_that_are_unknown(void **state)
{
	static const int64_t kinds[] = {0, 12, 13, -1, 127, 1000, INT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		for (uint32_t items = 2; items < 8; items++) {
			struct pack pack = begin();

			pack_array(&pack, items);
			pack_integer(&pack, kinds[i]);
			for (uint32_t k = 1; k < items; k++)
				pack_integer(&pack, 1);
			assert_decodes(&pack, STATUS_MALFORMED);
		}
}

static void
refuses_an_item_too_many(void **state)
{
	struct pack pack = begin();

	(void)state;
	pack_array(&pack, 4);
	pack_integer(&pack, MESSAGE_COMPARE);
	pack_integer(&pack, 1);
	pack_bytes(&pack, example_id(1), DIGEST_BYTES);
	pack_nil(&pack);
	assert_decodes(&pack, STATUS_MALFORMED);
}

static void
keeps_request_numbers_to_32_bits(void **state)
{
	static const struct {
		int64_t request;
		enum status status;
	} cases[] = {{0, STATUS_OK}, {UINT32_MAX, STATUS_OK},
		{(int64_t)UINT32_MAX + 1, STATUS_MALFORMED},
		{-1, STATUS_MALFORMED}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pack pack = begin();

		pack_array(&pack, 3);
		pack_integer(&pack, MESSAGE_COMPARE);
		pack_integer(&pack, cases[i].request);
		pack_bytes(&pack, example_id(1), DIGEST_BYTES);
		assert_decodes(&pack, cases[i].status);
	}
}

static void
refuses_codes_out_of_their_lists(void **state)
{
	(void)state;
	for (int64_t code = -2; code < 12; code++) {
		struct pack pack = begin();

		pack_array(&pack, 3);
		pack_integer(&pack, MESSAGE_PUSHED);
		pack_integer(&pack, 1);
		pack_array(&pack, 1);
		pack_integer(&pack, code);
		assert_decodes(&pack,
			code >= VERDICT_KEPT && code <= VERDICT_MALFORMED
				? STATUS_OK
				: STATUS_MALFORMED);

		pack = begin();
		pack_array(&pack, 4);
		pack_integer(&pack, MESSAGE_FAILED);
		pack_integer(&pack, 1);
		pack_integer(&pack, code);
		pack_text(&pack, "");
		assert_decodes(&pack,
			code >= FAILURE_REFUSED && code <= FAILURE_COPIED
				? STATUS_OK
				: STATUS_MALFORMED);
	}
}

static void
head(struct pack *pack, enum message_kind kind, uint32_t items)
{
	*pack = begin();
	pack_array(pack, items);
	pack_integer(pack, kind);
	pack_integer(pack, 1);
}

/* `count` logs; that at `falls` breaks the order. */
static enum status
decode_frontier(uint32_t count, uint32_t falls, int64_t last)
{
	struct pack pack;

	head(&pack, MESSAGE_PULL, 5);
	pack_bytes(&pack, example_id(1), ID_BYTES);
	pack_integer(&pack, 0);
	pack_array(&pack, count * 3);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t n = i == falls ? 0 : i;
		uint8_t log[LOG_BYTES] = {(uint8_t)(n >> 8), (uint8_t)n};

		pack_bytes(&pack, log, LOG_BYTES);
		pack_integer(&pack, last);
		pack_bytes(&pack, example_id(2), SEGMENT_NAME_SIZE);
	}
	return decode_bytes(pack.out, pack.size);
}

static void
keeps_a_frontier_in_order_and_bounds(void **state)
{
	(void)state;
	assert_int_equal(decode_frontier(0, UINT32_MAX, 1), STATUS_OK);
	assert_int_equal(
		decode_frontier(MESSAGE_LOGS_MAX, UINT32_MAX, 1), STATUS_OK);
	assert_int_equal(decode_frontier(MESSAGE_LOGS_MAX + 1, UINT32_MAX, 1),
		STATUS_MALFORMED);
	assert_int_equal(decode_frontier(2, 1, 1), STATUS_MALFORMED);
	assert_int_equal(decode_frontier(3, 2, 1), STATUS_MALFORMED);
	assert_int_equal(decode_frontier(2, UINT32_MAX, 0), STATUS_MALFORMED);
	assert_int_equal(
		decode_frontier(2, UINT32_MAX, CHANGE_SEQ_MAX), STATUS_OK);
	assert_int_equal(decode_frontier(2, UINT32_MAX, CHANGE_SEQ_MAX + 1),
		STATUS_MALFORMED);
}

static enum status
decode_compared(bool same, uint32_t count, uint32_t falls)
{
	struct pack pack;

	head(&pack, MESSAGE_COMPARED, 5);
	pack_integer(&pack, 5);
	pack_bool(&pack, same);
	pack_array(&pack, count * 2);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t n = i == falls ? 0 : i;
		uint8_t id[ID_BYTES] = {(uint8_t)(n >> 8), (uint8_t)n};

		pack_bytes(&pack, id, ID_BYTES);
		pack_bytes(&pack, example_id(2), DIGEST_BYTES);
	}
	return decode_bytes(pack.out, pack.size);
}

static void
keeps_territories_in_order_and_bounds(void **state)
{
	const uint32_t max = MESSAGE_TERRITORIES_MAX;

	(void)state;
	assert_int_equal(decode_compared(true, 0, UINT32_MAX), STATUS_OK);
	assert_int_equal(decode_compared(false, 0, UINT32_MAX), STATUS_OK);
	assert_int_equal(
		decode_compared(true, 1, UINT32_MAX), STATUS_MALFORMED);
	assert_int_equal(decode_compared(false, max, UINT32_MAX), STATUS_OK);
	assert_int_equal(
		decode_compared(false, max + 1, UINT32_MAX), STATUS_MALFORMED);
	assert_int_equal(decode_compared(false, 2, 1), STATUS_MALFORMED);
}

static void
refuses_segments_over_the_limits(void **state)
{
	struct pack pack;

	(void)state;
	for (uint32_t extra = 0; extra <= 1; extra++) {
		enum status status = extra ? STATUS_MALFORMED : STATUS_OK;

		head(&pack, MESSAGE_PUSH, 3);
		pack_array(&pack, MESSAGE_SEGMENTS_MAX + extra);
		for (uint32_t i = 0; i < MESSAGE_SEGMENTS_MAX + extra; i++)
			pack_bytes(&pack, "x", 1);
		assert_decodes(&pack, status);

		head(&pack, MESSAGE_PUSHED, 3);
		pack_array(&pack, MESSAGE_SEGMENTS_MAX + extra);
		for (uint32_t i = 0; i < MESSAGE_SEGMENTS_MAX + extra; i++)
			pack_integer(&pack, VERDICT_HAD);
		assert_decodes(&pack, status);

		head(&pack, MESSAGE_PUSH, 3);
		pack_array(&pack, 1);
		pack_bytes(&pack, filler, SEGMENT_SIZE_MAX + extra);
		assert_decodes(&pack, status);
	}
}

static void
refuses_texts_and_credentials_over_the_limits(void **state)
{
	(void)state;
	for (uint32_t extra = 0; extra <= 1; extra++) {
		enum status status = extra ? STATUS_MALFORMED : STATUS_OK;
		struct pack pack;

		head(&pack, MESSAGE_FAILED, 4);
		pack_integer(&pack, FAILURE_BUSY);
		pack_text_view(&pack, filler, MESSAGE_TEXT_MAX + extra);
		assert_decodes(&pack, status);

		head(&pack, MESSAGE_ENROLLED, 5);
		pack_bytes(&pack, filler, MESSAGE_CREDENTIALS_MAX + extra);
		pack_bytes(&pack, filler, ID_BYTES);
		pack_text(&pack, "");
		assert_decodes(&pack, status);

		head(&pack, MESSAGE_PULL, 5);
		pack_bytes(&pack, filler, ID_BYTES);
		pack_integer(&pack, (int64_t)MESSAGE_BUDGET_MAX + extra);
		pack_array(&pack, 0);
		assert_decodes(&pack, status);
	}
}

static void
refuses_a_message_over_the_limit(void **state)
{
	/* Two segments that fill it; their heads and the rest take 14. */
	const size_t first = SEGMENT_SIZE_MAX;
	const size_t rest = MESSAGE_SIZE_MAX - first - 14;

	(void)state;
	for (size_t extra = 0; extra <= 1; extra++) {
		struct pack pack;

		head(&pack, MESSAGE_PUSH, 3);
		pack_array(&pack, 2);
		pack_bytes(&pack, filler, first);
		pack_bytes(&pack, filler, rest + extra);
		assert_int_equal(pack.size, MESSAGE_SIZE_MAX + extra);
		assert_decodes(&pack, extra ? STATUS_MALFORMED : STATUS_OK);
	}
}

static void
refuses_claims_beyond_the_bytes_that_are_there(void **state)
{
	static const uint8_t bombs[][5] = {
		{0xdd, 0xff, 0xff, 0xff, 0xff}, {0xdf, 0xff, 0xff, 0xff, 0xff}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct pack pack;

		assert_int_equal(decode_bytes(bombs[i], 5), STATUS_MALFORMED);
		head(&pack, MESSAGE_PUSH, 3);
		pack_raw(&pack, bombs[i], 5);
		assert_decodes(&pack, STATUS_MALFORMED);
		head(&pack, MESSAGE_PULL, 5);
		pack_bytes(&pack, example_id(1), ID_BYTES);
		pack_integer(&pack, 1);
		pack_raw(&pack, bombs[i], 5);
		assert_decodes(&pack, STATUS_MALFORMED);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back_enrolling),
		cmocka_unit_test(reads_back_comparing),
		cmocka_unit_test(reads_back_watching),
		cmocka_unit_test(reads_back_pulling),
		cmocka_unit_test(reads_back_pushing_and_failing),
		cmocka_unit_test(refuses_every_cut_and_what_comes_after),
		cmocka_unit_test(
			reads_every_flipped_bit_canonically_or_not_at_all),
		cmocka_unit_test(refuses_kinds_that_are_unknown),
		cmocka_unit_test(refuses_an_item_too_many),
		cmocka_unit_test(keeps_request_numbers_to_32_bits),
		cmocka_unit_test(refuses_codes_out_of_their_lists),
		cmocka_unit_test(keeps_a_frontier_in_order_and_bounds),
		cmocka_unit_test(keeps_territories_in_order_and_bounds),
		cmocka_unit_test(refuses_segments_over_the_limits),
		cmocka_unit_test(refuses_texts_and_credentials_over_the_limits),
		cmocka_unit_test(refuses_a_message_over_the_limit),
		cmocka_unit_test(
			refuses_claims_beyond_the_bytes_that_are_there),
	};

	return cmocka_run_group_tests_name("message", tests, setup, NULL);
}
