#include "sync/frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "sync/alloc.h"

void
frame_init(struct frame_cutter *cutter)
{
	*cutter = (struct frame_cutter){0};
}

void
frame_clear(struct frame_cutter *cutter)
{
	free(cutter->bytes);
	frame_init(cutter);
}

static void
resize(struct frame_cutter *cutter, size_t capacity)
{
	cutter->bytes = alloc_again(cutter->bytes, capacity);
	cutter->capacity = capacity;
}

/* Moves what is left to the front, over what has been taken. */
static void
compact(struct frame_cutter *cutter)
{
	if (cutter->at < cutter->size)
		memmove(cutter->bytes, cutter->bytes + cutter->at,
			cutter->size - cutter->at);
	cutter->whole -= cutter->at;
	cutter->size -= cutter->at;
	cutter->at = 0;
}

uint8_t *
frame_room(struct frame_cutter *cutter, size_t *size)
{
	if (cutter->at > 0 &&
		cutter->capacity - cutter->size < cutter->capacity / 2)
		compact(cutter);
	if (cutter->size == cutter->capacity)
		resize(cutter,
			cutter->capacity ? cutter->capacity * 2
					 : FRAME_ROOM_MIN);

	/* After a burst, back to a small buffer; not at once, as more of the
	 * burst may come. */
	if (cutter->size == 0 && cutter->capacity > FRAME_ROOM_MIN &&
		cutter->last_size < cutter->capacity / 4)
		resize(cutter, cutter->capacity / 2);

	*size = cutter->capacity - cutter->size;
	return cutter->bytes + cutter->size;
}

void
frame_arrived(struct frame_cutter *cutter, size_t size)
{
	assert(size <= cutter->capacity - cutter->size);
	cutter->size += size;
	cutter->last_size = size;
}

bool
frame_cut(struct frame_cutter *cutter, size_t limit)
{
	for (;;) {
		size_t left = cutter->size - cutter->whole;
		size_t size;

		if (left < FRAME_HEADER_SIZE)
			return true;
		size = load32(cutter->bytes + cutter->whole);
		if (size == 0 || size > limit)
			return false;
		if (left - FRAME_HEADER_SIZE < size)
			return true;
		cutter->whole += FRAME_HEADER_SIZE + size;
		cutter->count++;
	}
}

bool
frame_take(struct frame_cutter *cutter, const uint8_t **bytes, size_t *size)
{
	if (cutter->count == 0)
		return false;
	*size = load32(cutter->bytes + cutter->at);
	*bytes = cutter->bytes + cutter->at + FRAME_HEADER_SIZE;
	cutter->at += FRAME_HEADER_SIZE + *size;
	cutter->count--;
	return true;
}

void
frame_discard(struct frame_cutter *cutter)
{
	cutter->at = cutter->whole = cutter->size = cutter->count = 0;
}

void
frame_check(const struct frame_cutter *cutter)
{
	size_t at = cutter->at;

	assert(cutter->at <= cutter->whole);
	assert(cutter->whole <= cutter->size);
	assert(cutter->size <= cutter->capacity);
	for (size_t i = 0; i < cutter->count; i++)
		at += FRAME_HEADER_SIZE + load32(cutter->bytes + at);
	assert(at == cutter->whole);
}
