#ifndef SYNC_OUTBOX_H
#define SYNC_OUTBOX_H

#include <stddef.h>
#include <stdint.h>

/*
 * Frames on their way out of one connection, as the bytes of the wire. While
 * some are being sent more may be put behind them; those go together, next.
 */
struct queue {
	uint8_t *bytes;
	size_t size;
	size_t capacity;
};

struct outbox {
	struct queue going; /* from going_at on: not yet the system's */
	size_t going_at;
	struct queue waiting;
};

/* Frees what the outbox holds. */
void outbox_clear(struct outbox *outbox);

/* Puts a frame with its header behind the others. */
void outbox_put(struct outbox *outbox, const uint8_t *bytes, size_t size);

/* Bytes in it. */
size_t outbox_size(const struct outbox *outbox);

/*
 * The bytes that go next, as many as can; NULL when there are none. They stay
 * where they are until outbox_sent() and another outbox_next().
 */
uint8_t *outbox_next(struct outbox *outbox, size_t *size);

/* Says that the system took `size` bytes of outbox_next(). */
void outbox_sent(struct outbox *outbox, size_t size);

#endif
