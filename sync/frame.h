#ifndef SYNC_FRAME_H
#define SYNC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Cuts a stream of bytes, in whatever pieces it comes, into frames: a size in
 * 4 bytes, big-endian, then that many bytes. Pure memory: knows no network.
 *
 *     bytes        at            whole        size        capacity
 *       |  taken    | whole frames |  a begun   |   room     |
 *       |           |  (count)     |  frame     |            |
 *
 * at <= whole <= size <= capacity. The buffer grows with what has arrived, to
 * twice that at most, and never because of what a size claims.
 */
struct frame_cutter {
	uint8_t *bytes;
	size_t capacity;
	size_t at;
	size_t whole;
	size_t size;
	size_t count;
	size_t last_size; /* of the last piece that arrived */
};

enum {
	FRAME_HEADER_SIZE = 4,
	FRAME_ROOM_MIN = 2048, /* what a connection at rest costs */
};

void frame_init(struct frame_cutter *cutter);

/* Frees what the cutter holds. */
void frame_clear(struct frame_cutter *cutter);

/*
 * Where the next *size bytes, 1 at least, may be written. Good until the next
 * frame_room() or frame_discard(); the other calls leave it alone, so frames
 * may be taken while a read into it is under way.
 */
uint8_t *frame_room(struct frame_cutter *cutter, size_t *size);

/* Says that `size` bytes were written at the start of frame_room(). */
void frame_arrived(struct frame_cutter *cutter, size_t size);

/*
 * Counts the frames that are whole by now. False when the next one is empty
 * or longer than `limit`, as soon as its size is known; those before it are
 * counted and can be taken, and a later call may allow more.
 */
bool frame_cut(struct frame_cutter *cutter, size_t limit);

/*
 * The oldest whole frame; false when there is none. *bytes belongs to the
 * cutter and is good until the next frame_room() or frame_discard().
 */
bool frame_take(
	struct frame_cutter *cutter, const uint8_t **bytes, size_t *size);

/* Forgets all bytes, also those of a begun frame. */
void frame_discard(struct frame_cutter *cutter);

/* Asserts what the drawing above says. For tests. */
void frame_check(const struct frame_cutter *cutter);

#endif
