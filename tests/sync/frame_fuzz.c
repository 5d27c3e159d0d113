/*
 * The frame cutter on any bytes in any pieces. The first byte picks the limit
 * and the size of the pieces; the rest is the stream. However it is cut, the
 * frames must be those that a plain walk over the whole stream finds.
 */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "proto/bytes.h"
#include "sync/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct walk {
	const uint8_t *stream;
	size_t size;
	size_t at;
	size_t limit;
};

/* Takes what is whole, and compares it with the stream. */
static void
take_all(struct frame_cutter *cutter, struct walk *walk)
{
	const uint8_t *frame;
	size_t size;

	while (frame_take(cutter, &frame, &size)) {
		const uint8_t *expected = walk->stream + walk->at;

		assert(walk->size - walk->at >= FRAME_HEADER_SIZE + size);
		assert(size == load32(expected));
		assert(size >= 1 && size <= walk->limit);
		assert(memcmp(frame, expected + FRAME_HEADER_SIZE, size) == 0);
		walk->at += FRAME_HEADER_SIZE + size;
		frame_check(cutter);
	}
}

/* What the next frame claims is why the cutter stopped here. */
static void
check_rest(const struct walk *walk, int refused)
{
	size_t left = walk->size - walk->at;
	size_t claimed;

	if (left < FRAME_HEADER_SIZE) {
		assert(!refused);
		return;
	}
	claimed = load32(walk->stream + walk->at);
	assert(refused == (claimed == 0 || claimed > walk->limit));
	assert(refused || claimed > left - FRAME_HEADER_SIZE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct frame_cutter cutter;
	struct walk walk;
	size_t piece;
	size_t fed = 0;
	int refused = 0;

	if (size < 1)
		return 0;
	walk = (struct walk){.stream = bytes + 1,
		.size = size - 1,
		.limit = bytes[0] & 1 ? 65535 : 64};
	piece = 1 + (bytes[0] >> 1);

	frame_init(&cutter);
	while (fed < walk.size && !refused) {
		size_t part = walk.size - fed < piece ? walk.size - fed : piece;
		size_t room;
		uint8_t *to = frame_room(&cutter, &room);

		part = part < room ? part : room;
		memcpy(to, walk.stream + fed, part);
		frame_arrived(&cutter, part);
		fed += part;
		frame_check(&cutter);
		assert(cutter.capacity <= FRAME_ROOM_MIN ||
			cutter.capacity <= 2 * fed);
		refused = !frame_cut(&cutter, walk.limit);
		frame_check(&cutter);
		/* Some wait, as when the owner is slow. */
		if (cutter.count > 3 || refused)
			take_all(&cutter, &walk);
	}
	take_all(&cutter, &walk);
	check_rest(&walk, refused);
	frame_clear(&cutter);
	return 0;
}
