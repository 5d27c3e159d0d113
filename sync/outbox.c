#include "sync/outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "sync/alloc.h"
#include "sync/frame.h"

enum {
	ROOM_MIN = 512,
	ROOM_KEPT = 16384, /* an empty queue gives back more than that */
};

static void
reserve(struct queue *queue, size_t size)
{
	size_t capacity = queue->capacity ? queue->capacity : ROOM_MIN;

	while (capacity - queue->size < size)
		capacity *= 2;
	if (capacity != queue->capacity) {
		queue->bytes = alloc_again(queue->bytes, capacity);
		queue->capacity = capacity;
	}
}

static void
empty(struct queue *queue)
{
	queue->size = 0;
	if (queue->capacity > ROOM_KEPT) {
		free(queue->bytes);
		*queue = (struct queue){0};
	}
}

void
outbox_clear(struct outbox *outbox)
{
	free(outbox->going.bytes);
	free(outbox->waiting.bytes);
	*outbox = (struct outbox){0};
}

void
outbox_put(struct outbox *outbox, const uint8_t *bytes, size_t size)
{
	struct queue *queue = &outbox->waiting;

	reserve(queue, FRAME_HEADER_SIZE + size);
	store32(queue->bytes + queue->size, (uint32_t)size);
	memcpy(queue->bytes + queue->size + FRAME_HEADER_SIZE, bytes, size);
	queue->size += FRAME_HEADER_SIZE + size;
}

size_t
outbox_size(const struct outbox *outbox)
{
	return outbox->going.size - outbox->going_at + outbox->waiting.size;
}

uint8_t *
outbox_next(struct outbox *outbox, size_t *size)
{
	if (outbox->going_at == outbox->going.size) {
		struct queue sent = outbox->going;

		empty(&sent);
		outbox->going = outbox->waiting;
		outbox->going_at = 0;
		outbox->waiting = sent;
	}
	*size = outbox->going.size - outbox->going_at;
	return *size ? outbox->going.bytes + outbox->going_at : NULL;
}

void
outbox_sent(struct outbox *outbox, size_t size)
{
	assert(size <= outbox->going.size - outbox->going_at);
	outbox->going_at += size;
}
