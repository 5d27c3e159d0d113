#ifndef SYNC_PEER_H
#define SYNC_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sync/frame.h"
#include "sync/link.h"
#include "sync/outbox.h"

/*
 * What a link keeps of one connection, and what its limits make of it: when
 * to read, what to hand out, when patience ends. Knows no nng, no clock and
 * no threads: whoever holds a peer guards it.
 *
 *     dialling --> connected --> announced --> ended (reason) --> gone
 *                                    |                             ^
 *                                    +--> leaving (link_close) ----+
 *
 * Nothing is read or sent before the connection was announced, so its owner
 * decides how fast new ones come.
 */
struct peer {
	bool dialled; /* by us; else accepted */
	bool connected;
	bool announced;
	bool trusted;
	bool receiving; /* into the room of `in` */
	bool sending;   /* what is next in `out` */
	bool broken;    /* nothing can be sent any more */
	bool too_long;  /* the next frame is, while not trusted */
	bool mute;      /* we end it: what waits is not handed out */
	bool held;      /* frames wait until its owner wants them */
	bool leaving;   /* after link_close() */
	const char *reason;

	struct frame_cutter in;
	struct outbox out;

	uint8_t address[LINK_ADDRESS_SIZE]; /* of one that was accepted */
	uint32_t patience_ms; /* from since_ms on, before it is trusted */
	uint64_t since_ms;    /* dial, connect, … link_close(), the latest */
	uint64_t heard_ms;    /* something came, or we listen again */
	uint64_t progress_ms; /* something went, or began to wait */
};

enum {
	PEER_DIAL_MS = 10000, /* a SYN is repeated after 1, 3 and 7 seconds */
	PEER_LINGER_MS = 5000 /* for link_close() */
};

/* One that is dialled, or was accepted; zeroed before. */
void peer_init(struct peer *peer, bool dialled, uint64_t now_ms);
/* Frees what the peer holds. */
void peer_clear(struct peer *peer);

/* The room to read into; NULL: not now, or more than `most` frames wait. */
uint8_t *peer_receive(
	struct peer *peer, size_t most, uint64_t now_ms, size_t *size);

/* Says that `size` bytes came into that room. */
void peer_received(struct peer *peer, size_t size, uint64_t now_ms);

/* The bytes to send; NULL: not now, or none. */
uint8_t *peer_send(struct peer *peer, uint64_t now_ms, size_t *size);

/* Starts to leave: what is in `out` may go, what comes is forgotten. */
void peer_leave(struct peer *peer, uint64_t now_ms);

/* Ends it from our side: what waits is not handed out. */
void peer_end(struct peer *peer, const char *reason);

/* When the patience with it ends. */
uint64_t peer_deadline(const struct peer *peer, uint64_t now_ms);

/* Ends it for being silent, or not to be reached. */
void peer_give_up(struct peer *peer);

/* Whether peer_turn() has something to do. */
bool peer_is_ready(const struct peer *peer);

/*
 * One turn: writes one event, or none, but its number; true when the peer is
 * gone after it. A frame is copied to the LINK_FRAME_MAX bytes at `frame`, so
 * that reading can go on behind it.
 */
bool peer_turn(struct peer *peer, struct link_event *event, uint8_t *frame);

#endif
