/* sync/link.h over nng streams: listening, and accepting who dials. */

#include "sync/link_nng_inside.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sync/address.h"
#include "sync/alloc.h"

enum {
	REST_MIN_MS = 2, /* after an accept that failed */
	REST_MAX_MS = 100,
	BEHIND_REST_MS = 4, /* after one that was too many for nng */
	BEHIND_MAX = 2048,  /* descriptors beside those of connections */
};

/* Where it was dialled from; left zero when nobody can tell. */
static void
read_address(nng_stream *stream, uint8_t out[static LINK_ADDRESS_SIZE])
{
	nng_sockaddr from;

	if (nng_stream_get_addr(stream, NNG_OPT_REMADDR, &from) != 0)
		return;
	if (from.s_family == NNG_AF_INET) {
		out[10] = out[11] = 0xff;
		memcpy(out + 12, &from.s_in.sa_addr, 4);
	} else if (from.s_family == NNG_AF_INET6) {
		memcpy(out, from.s_in6.sa_addr, LINK_ADDRESS_SIZE);
	}
}

static struct connection *
welcome(struct listener *listener, nng_stream *stream)
{
	struct link *link = listener->link;
	struct connection *c;

	if (link->untrusted >= link->untrusted_max)
		return NULL;
	c = link_nng_connection_new(link, listener->local);
	if (!c)
		return NULL;
	c->stream = stream;
	peer_init(&c->peer, false, link_nng_now_ms(link));
	read_address(stream, c->peer.address);
	link->untrusted++;
	roster_add(&link->connections, &c->entry);
	link_nng_sweep_by(link, c->peer.since_ms + LINK_HANDSHAKE_MS);
	link_nng_make_ready(c);
	return c;
}

/*
 * How many descriptors are open: the lowest free one says so, as they are
 * dense. -1: none is free.
 */
static int
open_descriptors(const struct link *link)
{
	int lowest = fcntl(link->descriptor, F_DUPFD_CLOEXEC, 0);

	if (lowest >= 0)
		(void)close(lowest); /* nothing is kept in it */
	return lowest;
}

/*
 * False: nng is behind with closing. It takes two changes of thread for each
 * connection, and on a busy machine a flood would use up the descriptors.
 */
static bool
accepted(struct listener *listener)
{
	struct link *link = listener->link;
	nng_stream *stream = nng_aio_get_output(listener->accepter, 0);
	int descriptors = open_descriptors(link);
	struct connection *c;
	size_t known;

	(void)pthread_mutex_lock(&link->mutex);
	c = welcome(listener, stream);
	known = link->connections.count;
	(void)pthread_mutex_unlock(&link->mutex);
	if (!c) {
		/* Nothing runs on it yet, so nng lets us do it right here. */
		nng_stream_close(stream);
		nng_stream_free(stream);
	}
	return descriptors >= 0 && (size_t)descriptors < known + BEHIND_MAX;
}

/* Such an error (no descriptor left, say) would otherwise repeat at once. */
static void
rest(struct listener *listener)
{
	listener->rest_ms *= 2;
	if (listener->rest_ms < REST_MIN_MS)
		listener->rest_ms = REST_MIN_MS;
	if (listener->rest_ms > REST_MAX_MS)
		listener->rest_ms = REST_MAX_MS;
	listener->resting = true;
	nng_sleep_aio(listener->rest_ms, listener->accepter);
}

static void
accept_cb(void *self)
{
	struct listener *listener = self;
	int failed = nng_aio_result(listener->accepter);

	if (failed == NNG_ECLOSED || failed == NNG_ECANCELED)
		return; /* link_free() */
	if (failed && !listener->resting) {
		rest(listener);
		return;
	}
	if (!listener->resting) {
		bool in_time = accepted(listener);

		listener->rest_ms = in_time ? 0 : BEHIND_REST_MS / 2;
		if (!in_time) {
			rest(listener);
			return;
		}
	}
	listener->resting = false;
	nng_stream_listener_accept(listener->listener, listener->accepter);
}

void
link_nng_listener_free(struct listener *listener)
{
	if (!listener)
		return;
	if (listener->listener)
		nng_stream_listener_close(listener->listener);
	if (listener->accepter)
		nng_aio_stop(listener->accepter);
	nng_aio_free(listener->accepter);
	if (listener->listener)
		nng_stream_listener_free(listener->listener);
	free(listener);
}

enum status
link_listen(struct link *link, const char *url, char *actual)
{
	struct listener *listener;
	int port = 0;

	if (!address_valid(url, 0))
		return STATUS_MALFORMED;
	listener = alloc(sizeof *listener);
	listener->link = link;
	listener->local = address_local(url);
	if (link_nng_or_die(
		    nng_stream_listener_alloc(&listener->listener, url)) != 0 ||
		link_nng_or_die(nng_aio_alloc(
			&listener->accepter, accept_cb, listener)) != 0)
		goto fail;
	if (!listener->local)
		/* On by default, which is not promised. */
		(void)nng_stream_listener_set_bool(
			listener->listener, NNG_OPT_TCP_NODELAY, true);
	if (link_nng_or_die(nng_stream_listener_listen(listener->listener)) !=
		0)
		goto fail;
	if (!listener->local &&
		nng_stream_listener_get_int(
			listener->listener, NNG_OPT_TCP_BOUND_PORT, &port) != 0)
		goto fail;

	address_raise_backlog(url, port);
	address_with_port(actual, url, port);
	listener->next = link->listeners;
	link->listeners = listener;
	nng_stream_listener_accept(listener->listener, listener->accepter);
	return STATUS_OK;
fail:
	link_nng_listener_free(listener);
	return STATUS_FAILED;
}
