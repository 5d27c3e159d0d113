/* sync/frame: what cuts frames out of a stream. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "proto/bytes.h"
#include "sync/frame.h"
#include "sync/link.h"

enum { CUT_SIZES = 4 };
static const size_t cut_sizes[CUT_SIZES] = {1, 5, 256, 2};

static size_t
good_stream(uint8_t *out)
{
	size_t at = 0;

	for (size_t i = 0; i < CUT_SIZES; i++) {
		store32(out + at, (uint32_t)cut_sizes[i]);
		memset(out + at + FRAME_HEADER_SIZE, (int)i, cut_sizes[i]);
		at += FRAME_HEADER_SIZE + cut_sizes[i];
	}
	return at;
}

static void
feed(struct frame_cutter *cutter, const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		size_t room;
		uint8_t *to = frame_room(cutter, &room);
		size_t part = size < room ? size : room;

		assert_true(room > 0);
		memcpy(to, bytes, part);
		frame_arrived(cutter, part);
		frame_check(cutter);
		bytes += part;
		size -= part;
	}
}

static void
a_frame_cut_at_every_byte_arrives_whole(void **state)
{
	uint8_t stream[512];
	size_t size = good_stream(stream);

	(void)state;
	for (size_t cut = 0; cut <= size; cut++) {
		struct frame_cutter cutter;
		const uint8_t *frame;
		size_t frame_size;

		frame_init(&cutter);
		feed(&cutter, stream, cut);
		assert_true(frame_cut(&cutter, 256));
		feed(&cutter, stream + cut, size - cut);
		assert_true(frame_cut(&cutter, 256));
		assert_int_equal(cutter.count, CUT_SIZES);
		for (size_t i = 0; i < CUT_SIZES; i++) {
			assert_true(frame_take(&cutter, &frame, &frame_size));
			assert_int_equal(frame_size, cut_sizes[i]);
			assert_int_equal(frame[0], i);
			assert_int_equal(frame[frame_size - 1], i);
			frame_check(&cutter);
		}
		assert_false(frame_take(&cutter, &frame, &frame_size));
		frame_clear(&cutter);
	}
}

static void
frames_that_come_byte_by_byte_arrive_whole(void **state)
{
	struct frame_cutter cutter;
	uint8_t stream[512];
	size_t size = good_stream(stream);
	const uint8_t *frame;
	size_t frame_size;
	size_t taken = 0;

	(void)state;
	frame_init(&cutter);
	for (size_t i = 0; i < size; i++) {
		feed(&cutter, stream + i, 1);
		assert_true(frame_cut(&cutter, 256));
		while (frame_take(&cutter, &frame, &frame_size))
			assert_int_equal(frame_size, cut_sizes[taken++]);
	}
	assert_int_equal(taken, CUT_SIZES);
	frame_clear(&cutter);
}

static void
a_size_over_the_limit_is_refused_as_soon_as_it_is_known(void **state)
{
	static const uint32_t bad[] = {0, 257, 0x80000000u, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct frame_cutter cutter;
		uint8_t header[FRAME_HEADER_SIZE];

		frame_init(&cutter);
		store32(header, bad[i]);
		feed(&cutter, header, 3);
		assert_true(frame_cut(&cutter, 256));
		feed(&cutter, header + 3, 1);
		assert_false(frame_cut(&cutter, 256));
		assert_int_equal(cutter.capacity, FRAME_ROOM_MIN);
		frame_clear(&cutter);
	}
}

static void
frames_before_a_refused_one_can_be_taken(void **state)
{
	struct frame_cutter cutter;
	uint8_t stream[512];
	size_t size = good_stream(stream);
	const uint8_t *frame;

	(void)state;
	frame_init(&cutter);
	feed(&cutter, stream, size);
	assert_false(frame_cut(&cutter, 255));
	assert_true(frame_take(&cutter, &frame, &size));
	assert_true(frame_take(&cutter, &frame, &size));
	assert_false(frame_take(&cutter, &frame, &size));

	/* And with more allowed, so can the rest. */
	assert_true(frame_cut(&cutter, 256));
	assert_true(frame_take(&cutter, &frame, &size));
	assert_int_equal(size, 256);
	frame_clear(&cutter);
}

static void
the_buffer_holds_twice_what_came_at_most_and_shrinks_again(void **state)
{
	static uint8_t big[FRAME_HEADER_SIZE + LINK_FRAME_MAX];
	struct frame_cutter cutter;
	const uint8_t *frame;
	size_t size;

	(void)state;
	frame_init(&cutter);
	store32(big, LINK_FRAME_MAX);
	for (size_t i = 0; i < sizeof big; i++) {
		feed(&cutter, big + i, 1);
		assert_true(cutter.capacity <= FRAME_ROOM_MIN ||
			cutter.capacity <= 2 * (i + 1));
	}
	assert_true(frame_cut(&cutter, LINK_FRAME_MAX));
	assert_true(frame_take(&cutter, &frame, &size));
	for (int i = 0; i < 10; i++)
		(void)frame_room(&cutter, &size);
	assert_int_equal(cutter.capacity, FRAME_ROOM_MIN);
	frame_clear(&cutter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_cut_at_every_byte_arrives_whole),
		cmocka_unit_test(frames_that_come_byte_by_byte_arrive_whole),
		cmocka_unit_test(
			a_size_over_the_limit_is_refused_as_soon_as_it_is_known),
		cmocka_unit_test(frames_before_a_refused_one_can_be_taken),
		cmocka_unit_test(
			the_buffer_holds_twice_what_came_at_most_and_shrinks_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
