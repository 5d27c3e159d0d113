#ifndef SYNC_LINK_NNG_INSIDE_H
#define SYNC_LINK_NNG_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nng/nng.h>

#include "sync/link_nng.h"
#include "sync/peer.h"
#include "sync/roster.h"

/*
 * The inside of the link over nng, shared by the files that make it up and by
 * nobody else:
 *
 *     link_nng.c         connections: reading, sending, turns, time-outs
 *     link_nng_listen.c  listening and accepting
 *     link_nng_late.c    libnng, loaded when the first link is made
 */

struct connection {
	struct roster_entry entry;
	struct link *link;
	struct connection *next_ready;
	bool is_ready;

	nng_stream_dialer *dialer; /* NULL: accepted */
	nng_stream *stream;        /* NULL: still dialling */
	nng_aio *receiver;         /* also dials */
	nng_aio *sender;           /* NULL: nothing was sent yet */
	bool local;                /* ipc:// */
	bool hung_up;              /* see hang_up() */
	struct peer peer;
};

struct listener {
	struct link *link;
	struct listener *next;
	nng_stream_listener *listener;
	nng_aio *accepter;
	bool local;
	nng_duration rest_ms; /* how long it rested last */
	bool resting;         /* the aio only waits */
};

struct link {
	pthread_mutex_t mutex;
	int descriptor; /* a waker: the owner has something to do */
	bool signalled;
	atomic_bool woken;

	struct listener *listeners;
	struct roster connections;
	size_t untrusted; /* accepted ones */
	size_t untrusted_max;
	size_t outbound; /* bytes queued to all connections */

	struct connection *first_ready;
	struct connection **last_ready;

	uint64_t sweep_ms;             /* no time is up before this */
	uint8_t frame[LINK_FRAME_MAX]; /* the one handed out */

	uint64_t (*now_ms)(void *self);
	void *clock;
};

/* Under the mutex, but for the first. */

uint64_t link_nng_now_ms(struct link *link);
/*
 * Puts a connection for which there is something to do at the end of the
 * queue, unless it is in it.
 */
void link_nng_make_ready(struct connection *c);
/* A new deadline; that an old one moved away the sweep finds out. */
void link_nng_sweep_by(struct link *link, uint64_t deadline_ms);
/* Reads on, by the caller, unless more than `most` frames wait. */
bool link_nng_prepare_receive(struct connection *c, size_t most);
/* NULL when the system refuses. */
struct connection *link_nng_connection_new(struct link *link, bool local);

/*
 * As small memory elsewhere: nng's own is not worth carrying on without. Ends
 * the process for NNG_ENOMEM, else returns the code.
 */
int link_nng_or_die(int code);

/* Without the mutex; NULL is fine. */
void link_nng_listener_free(struct listener *listener);

/*
 * Loads libnng; nothing of it may be called before. False: it is not there, or
 * there is no memory for it. Later calls do nothing.
 */
bool link_nng_load(void);

#endif
