#ifndef SYNC_LINK_H
#define SYNC_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/status.h"

/*
 * All that replication asks of a network: connections that carry frames, in
 * both directions, in order, unchanged or not at all. sync/link_nng.c answers
 * with nng streams; a simulator answers from memory.
 *
 * On the wire a frame is its size in 4 bytes, big-endian, then its bytes.
 *
 * A link is used by one thread. It hands out what happened as events, one at
 * a time and fair: a connection whose frame was handed out goes to the end of
 * the queue. Reading from a connection stops while LINK_WINDOW of its frames
 * wait to be taken (back-pressure per connection).
 */
struct link;

enum {
	LINK_FRAME_MAX = 65535,      /* one Noise record */
	LINK_FRAME_EARLY_MAX = 4096, /* until link_trust() */
	LINK_WINDOW = 8,
	LINK_URL_MAX = 256,
	LINK_OUTBOUND_MAX = 4 << 20,      /* bytes queued to one connection */
	LINK_OUTBOUND_ALL_MAX = 48 << 20, /* … and to all of them together */
	LINK_UNTRUSTED_MAX = 64,          /* connections before link_trust() */
	LINK_HANDSHAKE_MS = 5000,         /* from connect to link_trust() */
	LINK_ADDRESS_SIZE = 16,
	LINK_STALL_MS = 30000, /* outbound bytes without progress */
	LINK_IDLE_MS = 90000,  /* nothing received, after link_trust() */
};

enum link_event_kind {
	LINK_NOTHING, /* the time was up, or link_wake() was called */
	/*
	 * Somebody dialled us: a new connection. `bytes` is from where: the
	 * LINK_ADDRESS_SIZE bytes of an IPv6 address, those of IPv4 mapped
	 * into it; zero for ipc://.
	 */
	LINK_ACCEPTED,
	LINK_CONNECTED, /* a link_dial() succeeded */
	LINK_FRAME,     /* `bytes` came in on the connection */
	LINK_CLOSED, /* the connection is gone; its number means nothing now */
};

struct link_event {
	enum link_event_kind kind;
	uint64_t connection; /* a number never used twice; 0 for LINK_NOTHING */
	const uint8_t *bytes; /* the link's, until the next call */
	size_t size;
	const char *reason; /* LINK_CLOSED: why, one of link_reason_*; static */
};

/* Reasons of LINK_CLOSED, compared as pointers or printed. */
extern const char link_reason_unreachable[]; /* a dial that never connected */
extern const char link_reason_closed[];      /* the other side hung up */
extern const char link_reason_too_long[];    /* a frame over the limit */
extern const char link_reason_silent[];      /* handshake, idle or stall time */
extern const char link_reason_crowded[];     /* too many untrusted ones */
extern const char link_reason_overrun[];     /* over LINK_OUTBOUND_MAX */
extern const char link_reason_replaced[];    /* never the link's own */

/* A link over nng streams (sync/link_nng.c); NULL when the system refuses. */
struct link *link_nng_new(void);

/* Ends every connection and listener without further events. NULL is fine. */
void link_free(struct link *link);

/*
 * Listens on `url`: tcp://HOST:PORT, port 0 for one that the system picks,
 * or ipc://PATH. Writes the address with the port in use to `actual`
 * (LINK_URL_MAX bytes). STATUS_FAILED: in use or not permitted;
 * STATUS_MALFORMED: not such an address.
 */
MUST_USE enum status link_listen(
	struct link *link, const char *url, char *actual);

/*
 * Starts to dial `url`. *connection is its number; LINK_CONNECTED or
 * LINK_CLOSED follows. STATUS_MALFORMED: not an address.
 */
MUST_USE enum status link_dial(
	struct link *link, const char *url, uint64_t *connection);

/*
 * Queues a frame of 1 to LINK_FRAME_MAX bytes, copied. False when the
 * connection is gone or its queue is over LINK_OUTBOUND_MAX; it is then
 * closed and LINK_CLOSED follows. Over LINK_OUTBOUND_ALL_MAX the one that has
 * taken nothing for the longest time is closed likewise.
 */
bool link_send(struct link *link, uint64_t connection, const uint8_t *bytes,
	size_t size);

/* Bytes queued to the connection and not yet handed to the system. */
size_t link_outbound(struct link *link, uint64_t connection);

/*
 * Lifts the limits that hold before the peer has proven who it is. Early
 * enough when it comes before the link_wait() after the frame that proved it,
 * however long the frames are that came right behind.
 */
void link_trust(struct link *link, uint64_t connection);

/* The time until link_trust() begins anew and is so long, for one connection.
 */
void link_patience(
	struct link *link, uint64_t connection, uint32_t patience_ms);

/* How many may be accepted and not trusted, LINK_UNTRUSTED_MAX at first. */
void link_crowd(struct link *link, uint32_t untrusted_max);

/*
 * Holds the connection's frames back, or not any more: none is handed out, and
 * reading stops as it does while LINK_WINDOW of them wait. For who does not
 * take its answers.
 */
void link_hold(struct link *link, uint64_t connection, bool hold);

/* Closes after what is queued has gone (5 s at most); no event follows. */
void link_close(struct link *link, uint64_t connection);

/* Waits up to `timeout_ms` for the next event. */
void link_wait(struct link *link, int timeout_ms, struct link_event *event);

/* Ends a link_wait() at once; from any thread or a signal handler. */
void link_wake(struct link *link);

/*
 * A descriptor that is readable while link_wait() has something to hand out,
 * for a poll() over this and other things. The link's own. Time-outs are
 * noticed by link_wait() alone, so call it every second all the same.
 */
int link_descriptor(struct link *link);

#endif
