/*
 * sync/link.h over nng streams, tcp:// and ipc://. With
 * link_nng_listen.c the one that knows nng, and only what 1.5 and 1.12 have in
 * common.
 *
 * nng calls us back on its own threads. What runs there cuts frames, counts
 * them and puts the connection into the queue of those that are ready; the
 * rest is the owner's, inside link_wait(): handing out, timing out, closing,
 * freeing. One mutex guards everything; no nng call that reads or writes is
 * made under it, and no connection is closed or freed on nng's threads. What a
 * connection may do, and for how long, is decided in sync/peer.h.
 */

#include "sync/link_nng_inside.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "sync/address.h"
#include "sync/alloc.h"
#include "sync/monotonic.h"
#include "sync/waker.h"

enum {
	LAST_WORDS_MS = 100, /* see hang_up() */
	SWEEP_MS = 100,      /* how late a time-out may be noticed */
};

uint64_t
link_nng_now_ms(struct link *link)
{
	return link->now_ms(link->clock);
}

/*
 * Puts a connection for which there is something to do at the end of the
 * queue, unless it is in it.
 */
void
link_nng_make_ready(struct connection *c)
{
	struct link *link = c->link;

	if (c->is_ready || !peer_is_ready(&c->peer))
		return;
	c->is_ready = true;
	c->next_ready = NULL;
	*link->last_ready = c;
	link->last_ready = &c->next_ready;
	if (!link->signalled) {
		link->signalled = true;
		waker_raise(link->descriptor);
	}
}

static struct connection *
take_ready(struct link *link)
{
	struct connection *c = link->first_ready;

	if (!c)
		return NULL;
	link->first_ready = c->next_ready;
	if (!link->first_ready)
		link->last_ready = &link->first_ready;
	c->is_ready = false;
	return c;
}

/* A new deadline; that an old one moved away sweep() finds out. */
void
link_nng_sweep_by(struct link *link, uint64_t deadline_ms)
{
	if (deadline_ms < link->sweep_ms)
		link->sweep_ms = deadline_ms;
}

static struct connection *
next_connection(struct link *link, struct connection *c)
{
	return (struct connection *)roster_next(
		&link->connections, c ? &c->entry : NULL);
}

/* The one that the owner knows by this number. */
static struct connection *
find(struct link *link, uint64_t number)
{
	struct connection *c =
		(struct connection *)roster_find(&link->connections, number);

	return c && !c->peer.leaving ? c : NULL;
}

static struct connection *
lock_and_find(struct link *link, uint64_t number)
{
	(void)pthread_mutex_lock(&link->mutex);
	return find(link, number);
}

/*
 * Reading and sending: prepare_x() decides and sets up, under the mutex; when
 * it says true the caller lets go of the mutex and calls nng.
 */

static void
hand_over(nng_aio *aio, uint8_t *bytes, size_t size)
{
	nng_iov iov = {.iov_buf = bytes, .iov_len = size};
	int failed = nng_aio_set_iov(aio, 1, &iov);

	assert(failed == 0); /* only with more than a few parts */
	(void)failed;
}

static void send_cb(void *self);

/* Reads on unless more than `most` frames wait. */
bool
link_nng_prepare_receive(struct connection *c, size_t most)
{
	size_t size;
	uint8_t *room =
		peer_receive(&c->peer, most, link_nng_now_ms(c->link), &size);

	if (room)
		hand_over(c->receiver, room, size);
	return room != NULL;
}

static bool
prepare_send(struct connection *c)
{
	size_t size;
	uint8_t *bytes = peer_send(&c->peer, link_nng_now_ms(c->link), &size);

	if (bytes && !c->sender &&
		link_nng_or_die(nng_aio_alloc(&c->sender, send_cb, c)) != 0) {
		c->peer.sending = false;
		c->peer.broken = true;
		return false;
	}
	if (bytes)
		hand_over(c->sender, bytes, size);
	return bytes != NULL;
}

/*
 * The connection failed to read. On a local socket nng reports a hang-up that
 * it sees together with the last bytes without reading these; asking again
 * gets them. With a time limit, as some versions never answer.
 */
static void
hang_up(struct connection *c)
{
	if (c->local && !c->hung_up) {
		c->hung_up = true;
		nng_aio_set_timeout(c->receiver, LAST_WORDS_MS);
	} else if (!c->peer.reason) {
		c->peer.reason = link_reason_closed;
	}
}

static void
dialled(struct connection *c, int failed)
{
	if (link_nng_or_die(failed) != 0) {
		peer_give_up(&c->peer);
	} else {
		c->stream = nng_aio_get_output(c->receiver, 0);
		c->peer.connected = true;
		c->peer.since_ms = link_nng_now_ms(c->link);
		link_nng_sweep_by(
			c->link, c->peer.since_ms + LINK_HANDSHAKE_MS);
	}
}

static void
receive_cb(void *self)
{
	struct connection *c = self;
	int failed = nng_aio_result(c->receiver);
	bool again;

	(void)pthread_mutex_lock(&c->link->mutex);
	c->peer.receiving = false;
	if (!c->peer.connected)
		dialled(c, failed);
	else if (failed)
		hang_up(c);
	else
		peer_received(&c->peer, nng_aio_count(c->receiver),
			link_nng_now_ms(c->link));
	again = link_nng_prepare_receive(c, LINK_WINDOW - 1);
	link_nng_make_ready(c);
	(void)pthread_mutex_unlock(&c->link->mutex);

	if (again)
		nng_stream_recv(c->stream, c->receiver);
}

/* The system took so many bytes. */
static void
sent(struct connection *c, size_t size)
{
	outbox_sent(&c->peer.out, size);
	c->link->outbound -= size;
}

static void
send_cb(void *self)
{
	struct connection *c = self;
	int failed = nng_aio_result(c->sender);
	bool again;

	(void)pthread_mutex_lock(&c->link->mutex);
	c->peer.sending = false;
	if (failed)
		/* Reading ends it, after what the peer said last. */
		c->peer.broken = true;
	else
		sent(c, nng_aio_count(c->sender));
	again = prepare_send(c);
	link_nng_make_ready(c);
	(void)pthread_mutex_unlock(&c->link->mutex);

	if (again)
		nng_stream_send(c->stream, c->sender);
}

/* Only the owner's thread gets here, and without the mutex. */
static void
connection_free(struct connection *c)
{
	if (!c)
		return;
	if (c->dialer)
		nng_stream_dialer_close(c->dialer);
	/* Whatever runs on these ends here; after the first of them a stream
	 * that was still being dialled is known. */
	if (c->receiver)
		nng_aio_stop(c->receiver);
	if (c->sender)
		nng_aio_stop(c->sender);
	if (c->stream) {
		/* Or epoll tells nng's thread of it again and again, until
		 * the one that frees has come to it: slowly, then. */
		nng_stream_close(c->stream);
		nng_stream_free(c->stream);
	}
	if (c->dialer)
		nng_stream_dialer_free(c->dialer);
	/* One that never was among the others is freed under the mutex. */
	if (c->entry.number) {
		(void)pthread_mutex_lock(&c->link->mutex);
		c->link->outbound -= outbox_size(&c->peer.out);
		(void)pthread_mutex_unlock(&c->link->mutex);
	}
	nng_aio_free(c->receiver);
	nng_aio_free(c->sender);
	peer_clear(&c->peer);
	free(c);
}

int
link_nng_or_die(int code)
{
	if (code == NNG_ENOMEM)
		alloc_failed();
	return code;
}

struct connection *
link_nng_connection_new(struct link *link, bool local)
{
	struct connection *c = alloc(sizeof *c);

	c->link = link;
	c->local = local;
	if (link_nng_or_die(nng_aio_alloc(&c->receiver, receive_cb, c)) != 0) {
		connection_free(c);
		return NULL;
	}
	return c;
}

/* Ends the connections whose time is up. */
static void
sweep(struct link *link)
{
	uint64_t now = link_nng_now_ms(link);
	uint64_t next = UINT64_MAX;
	struct connection *c;

	if (now < link->sweep_ms)
		return;
	for (c = next_connection(link, NULL); c; c = next_connection(link, c)) {
		uint64_t at_ms;

		if (c->peer.reason)
			continue;
		at_ms = peer_deadline(&c->peer, now);
		if (at_ms <= now) {
			peer_give_up(&c->peer);
			link_nng_make_ready(c);
		} else if (at_ms < next) {
			next = at_ms;
		}
	}
	/* Not for each of ten thousand connections a walk over them all. */
	link->sweep_ms = next > now + SWEEP_MS ? next : now + SWEEP_MS;
}

/* What the owner calls, in the order of the header. */

struct link *
link_nng_new(void)
{
	struct link *link;

	if (!link_nng_load())
		return NULL;
	link = alloc(sizeof *link);
	link->descriptor = waker_open();
	if (link->descriptor < 0) {
		free(link);
		return NULL;
	}
	(void)pthread_mutex_init(&link->mutex, NULL); /* cannot fail */
	roster_init(&link->connections);
	link->last_ready = &link->first_ready;
	link->untrusted_max = LINK_UNTRUSTED_MAX;
	link->sweep_ms = UINT64_MAX;
	link->now_ms = monotonic_ms;
	return link;
}

void
link_nng_set_clock(
	struct link *link, uint64_t (*clock_ms)(void *self), void *self)
{
	assert(!link->listeners && link->connections.count == 0);
	link->now_ms = clock_ms;
	link->clock = self;
}

void
link_free(struct link *link)
{
	struct connection *c;

	if (!link)
		return;
	/* First those who could add connections. */
	for (struct listener *l = link->listeners, *next; l; l = next) {
		next = l->next;
		link_nng_listener_free(l);
	}
	/* Then nobody gets into the queue while its members go. */
	(void)pthread_mutex_lock(&link->mutex);
	for (c = next_connection(link, NULL); c; c = next_connection(link, c))
		c->is_ready = true;
	(void)pthread_mutex_unlock(&link->mutex);
	while ((c = next_connection(link, NULL)) != NULL) {
		roster_remove(&link->connections, &c->entry);
		connection_free(c);
	}
	roster_clear(&link->connections);
	waker_close(link->descriptor);
	(void)pthread_mutex_destroy(&link->mutex);
	free(link);
}

enum status
link_dial(struct link *link, const char *url, uint64_t *connection)
{
	struct connection *c;

	if (!address_valid(url, 1))
		return STATUS_MALFORMED;
	c = link_nng_connection_new(link, address_local(url));
	if (!c ||
		link_nng_or_die(nng_stream_dialer_alloc(&c->dialer, url)) !=
			0) {
		connection_free(c);
		return STATUS_FAILED;
	}
	if (!c->local)
		(void)nng_stream_dialer_set_bool(
			c->dialer, NNG_OPT_TCP_NODELAY, true);

	(void)pthread_mutex_lock(&link->mutex);
	peer_init(&c->peer, true, link_nng_now_ms(link));
	roster_add(&link->connections, &c->entry);
	link_nng_sweep_by(link, c->peer.since_ms + PEER_DIAL_MS);
	*connection = c->entry.number;
	(void)pthread_mutex_unlock(&link->mutex);

	nng_stream_dialer_dial(c->dialer, c->receiver);
	return STATUS_OK;
}

/* Ends the one that has taken nothing for the longest time. */
static void
shed(struct link *link)
{
	struct connection *worst = NULL;
	struct connection *c;

	for (c = next_connection(link, NULL); c; c = next_connection(link, c))
		if (outbox_size(&c->peer.out) > 0 && !c->peer.reason &&
			(!worst ||
				c->peer.progress_ms < worst->peer.progress_ms))
			worst = c;
	if (!worst)
		return;
	peer_end(&worst->peer, link_reason_overrun);
	link_nng_make_ready(worst);
}

bool
link_send(struct link *link, uint64_t connection, const uint8_t *bytes,
	size_t size)
{
	struct connection *c;
	bool queued = false;
	bool go = false;

	assert(size >= 1 && size <= LINK_FRAME_MAX);
	c = lock_and_find(link, connection);
	if (!c || c->peer.reason || c->peer.broken)
		goto out;
	if (outbox_size(&c->peer.out) + FRAME_HEADER_SIZE + size >
		LINK_OUTBOUND_MAX) {
		peer_end(&c->peer, link_reason_overrun);
		link_nng_make_ready(c);
		goto out;
	}
	if (outbox_size(&c->peer.out) == 0) {
		c->peer.progress_ms = link_nng_now_ms(link);
		link_nng_sweep_by(link, c->peer.progress_ms + LINK_STALL_MS);
	}
	outbox_put(&c->peer.out, bytes, size);
	link->outbound += FRAME_HEADER_SIZE + size;
	if (link->outbound > LINK_OUTBOUND_ALL_MAX)
		shed(link);
	queued = !c->peer.reason;
	go = prepare_send(c);
out:
	(void)pthread_mutex_unlock(&link->mutex);
	if (go)
		nng_stream_send(c->stream, c->sender);
	return queued;
}

size_t
link_outbound(struct link *link, uint64_t connection)
{
	struct connection *c;
	size_t size;

	c = lock_and_find(link, connection);
	size = c ? outbox_size(&c->peer.out) : 0;
	(void)pthread_mutex_unlock(&link->mutex);
	return size;
}

void
link_trust(struct link *link, uint64_t connection)
{
	struct connection *c = lock_and_find(link, connection);

	if (c && !c->peer.trusted) {
		c->peer.trusted = true;
		c->peer.heard_ms = link_nng_now_ms(link);
		if (!c->dialer)
			link->untrusted--;
	}
	(void)pthread_mutex_unlock(&link->mutex);
}

void
link_patience(struct link *link, uint64_t connection, uint32_t patience_ms)
{
	struct connection *c = lock_and_find(link, connection);

	if (c) {
		c->peer.since_ms = link_nng_now_ms(link);
		c->peer.patience_ms = patience_ms;
		link_nng_sweep_by(link, c->peer.since_ms + patience_ms);
	}
	(void)pthread_mutex_unlock(&link->mutex);
}

void
link_crowd(struct link *link, uint32_t untrusted_max)
{
	(void)pthread_mutex_lock(&link->mutex);
	link->untrusted_max = untrusted_max;
	(void)pthread_mutex_unlock(&link->mutex);
}

void
link_hold(struct link *link, uint64_t connection, bool hold)
{
	struct connection *c = lock_and_find(link, connection);

	if (c) {
		c->peer.held = hold;
		link_nng_make_ready(c);
	}
	(void)pthread_mutex_unlock(&link->mutex);
}

void
link_close(struct link *link, uint64_t connection)
{
	struct connection *c;
	bool receive = false;

	c = lock_and_find(link, connection);
	if (c) {
		peer_leave(&c->peer, link_nng_now_ms(link));
		link_nng_sweep_by(link, c->peer.since_ms + PEER_LINGER_MS);
		receive = link_nng_prepare_receive(c, LINK_WINDOW);
		link_nng_make_ready(c);
	}
	(void)pthread_mutex_unlock(&link->mutex);
	if (receive)
		nng_stream_recv(c->stream, c->receiver);
}

/* Gives one ready connection its turn; under the mutex, but for nng. */
static void
take_turn(struct connection *c, struct link_event *event)
{
	struct link *link = c->link;
	bool gone = peer_turn(&c->peer, event, link->frame);
	bool receive = !gone && link_nng_prepare_receive(c, LINK_WINDOW / 2);
	bool send = !gone && prepare_send(c);

	if (event->kind != LINK_NOTHING)
		event->connection = c->entry.number;
	if (!gone) {
		link_nng_make_ready(c);
	} else {
		roster_remove(&link->connections, &c->entry);
		if (!c->dialer && !c->peer.trusted)
			link->untrusted--;
		/* Nothing may put it into the queue again. */
		c->is_ready = true;
	}

	(void)pthread_mutex_unlock(&link->mutex);
	if (receive)
		nng_stream_recv(c->stream, c->receiver);
	if (send)
		nng_stream_send(c->stream, c->sender);
	if (gone)
		connection_free(c);
	(void)pthread_mutex_lock(&link->mutex);
}

/* The next event, or how long to sleep at most before another look. */
static int
next_event(struct link *link, int timeout_ms, struct link_event *event)
{
	struct connection *c;
	uint64_t now;

	(void)pthread_mutex_lock(&link->mutex);
	sweep(link);
	while (event->kind == LINK_NOTHING && (c = take_ready(link)) != NULL)
		take_turn(c, event);
	if (!link->first_ready) {
		link->signalled = false;
		waker_lower(link->descriptor);
	}
	now = link_nng_now_ms(link);
	if (link->sweep_ms <= now)
		timeout_ms = 0;
	else if (link->sweep_ms - now < (uint64_t)timeout_ms)
		timeout_ms = (int)(link->sweep_ms - now);
	(void)pthread_mutex_unlock(&link->mutex);
	return timeout_ms;
}

void
link_wait(struct link *link, int timeout_ms, struct link_event *event)
{
	uint64_t end_ms;

	assert(timeout_ms >= 0);
	end_ms = monotonic_ms(NULL) + (uint64_t)timeout_ms;
	*event = (struct link_event){.kind = LINK_NOTHING};
	for (;;) {
		struct pollfd readable = {
			.fd = link->descriptor, .events = POLLIN};
		int sleep_ms;
		uint64_t now;

		if (atomic_exchange(&link->woken, false))
			return;
		now = monotonic_ms(NULL);
		sleep_ms = next_event(
			link, now < end_ms ? (int)(end_ms - now) : 0, event);
		/* A wake that came before the descriptor was emptied. */
		if (event->kind != LINK_NOTHING ||
			atomic_exchange(&link->woken, false) || now >= end_ms)
			return;
		/* Interrupted or not, the loop looks again. */
		(void)poll(&readable, 1, sleep_ms);
	}
}

void
link_wake(struct link *link)
{
	atomic_store(&link->woken, true);
	waker_raise(link->descriptor);
}

int
link_descriptor(struct link *link)
{
	return link->descriptor;
}
