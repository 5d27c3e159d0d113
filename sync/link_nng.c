/*
 * sync/link.h over nng streams, tcp:// and ipc://. The one file that knows
 * nng, and only what 1.5 and 1.12 have in common.
 *
 * nng calls us back on its own threads. What runs there cuts frames, counts
 * them and puts the connection into the queue of those that are ready; the
 * rest is the owner's, inside link_wait(): handing out, timing out, closing,
 * freeing. One mutex guards everything; no nng call that reads or writes is
 * made under it, and no connection is closed or freed on nng's threads.
 *
 *     dialling --> open --> announced --> ended (reason) --> freed
 *                               |                              ^
 *                               +--> leaving (link_close) -----+
 *
 * Nothing is read or sent before the connection was announced, which is thus
 * also how fast the owner wants new ones.
 */

#include "sync/link_nng.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <nng/nng.h>

#include "proto/bytes.h"
#include "sync/alloc.h"
#include "sync/frame.h"

enum {
	BACKLOG = 4096,      /* nng's 128 makes a crowd wait for seconds */
	DIAL_MS = 10000,     /* a SYN is repeated after 1, 3 and 7 seconds */
	LINGER_MS = 5000,    /* for link_close() */
	LAST_WORDS_MS = 100, /* see hang_up() */
	REST_MIN_MS = 10,    /* after an accept that failed */
	REST_MAX_MS = 100,
	SWEEP_MS = 100,     /* how late a time-out may be noticed */
	QUEUE_KEPT = 16384, /* bytes of room an empty queue keeps */
	BUCKETS_MIN = 64,
};

struct queue {
	uint8_t *bytes;
	size_t size;
	size_t capacity;
};

struct connection {
	struct link *link;
	uint64_t number;
	struct connection *next; /* in its bucket */
	struct connection *next_ready;
	bool is_ready;

	nng_stream_dialer *dialer; /* NULL: accepted */
	nng_stream *stream;        /* NULL: still dialling */
	nng_aio *receiver;         /* also dials */
	nng_aio *sender;
	bool receiving; /* the aio is nng's, and the room in `in` */
	bool sending;   /* the aio is nng's, and `going` */

	bool local; /* ipc:// */
	bool trusted;
	bool announced;
	bool too_long; /* the next frame is, while not trusted */
	bool mute;     /* we end it: what waits is not handed out */
	bool hung_up;  /* see hang_up() */
	bool broken;   /* nothing can be sent any more */
	bool leaving;  /* after link_close() */
	const char *reason;

	struct frame_cutter in;
	struct queue going; /* from going_at on: not yet the system's */
	size_t going_at;
	struct queue waiting; /* what is queued meanwhile; goes next, at once */

	uint64_t since_ms;    /* dial, connect or link_close(), the latest */
	uint64_t heard_ms;    /* something came, or we listen again */
	uint64_t progress_ms; /* something went, or began to wait */
};

struct listener {
	struct link *link;
	struct listener *next;
	nng_stream_listener *listener;
	nng_aio *accepter;
	bool local;
	nng_duration rest_ms; /* not 0: the aio only waits, or waited last */
	bool resting;
};

struct link {
	pthread_mutex_t mutex;
	int descriptor; /* an eventfd: the owner has something to do */
	bool signalled;
	atomic_bool woken;

	struct listener *listeners;
	struct connection **buckets; /* by number */
	size_t bucket_count;         /* a power of 2 */
	size_t connection_count;
	size_t untrusted; /* accepted ones */
	uint64_t last_number;

	struct connection *first_ready;
	struct connection **last_ready;

	uint64_t sweep_ms;             /* no time is up before this */
	uint8_t frame[LINK_FRAME_MAX]; /* the one handed out */

	uint64_t (*now_ms)(void *self);
	void *clock;
};

static uint64_t
monotonic_ms(void *self)
{
	struct timespec now = {0};

	(void)self;
	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t
now_ms(struct link *link)
{
	return link->now_ms(link->clock);
}

/* nng's threads and a signal handler come here too. */
static void
make_readable(struct link *link)
{
	uint64_t one = 1;
	int kept = errno;

	/* Fails only when it is readable 2^64 times already. */
	while (write(link->descriptor, &one, sizeof one) < 0 && errno == EINTR)
		continue;
	errno = kept;
}

/* Puts the connection at the end of the queue, unless it is in it. */
static void
make_ready(struct connection *c)
{
	struct link *link = c->link;

	if (c->is_ready)
		return;
	c->is_ready = true;
	c->next_ready = NULL;
	*link->last_ready = c;
	link->last_ready = &c->next_ready;
	if (!link->signalled) {
		link->signalled = true;
		make_readable(link);
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
static void
sweep_by(struct link *link, uint64_t deadline_ms)
{
	if (deadline_ms < link->sweep_ms)
		link->sweep_ms = deadline_ms;
}

/* Connections by number. */

static struct connection **
bucket(struct link *link, uint64_t number)
{
	return &link->buckets[number & (link->bucket_count - 1)];
}

static void
grow_buckets(struct link *link)
{
	struct connection **old = link->buckets;
	size_t old_count = link->bucket_count;

	link->bucket_count = old_count * 2;
	link->buckets = alloc(link->bucket_count * sizeof(*link->buckets));
	for (size_t i = 0; i < old_count; i++) {
		for (struct connection *c = old[i], *next; c; c = next) {
			struct connection **to = bucket(link, c->number);

			next = c->next;
			c->next = *to;
			*to = c;
		}
	}
	free(old);
}

static void
insert(struct link *link, struct connection *c)
{
	struct connection **to;

	if (link->connection_count == link->bucket_count)
		grow_buckets(link);
	c->number = ++link->last_number;
	to = bucket(link, c->number);
	c->next = *to;
	*to = c;
	link->connection_count++;
}

static void
take_out(struct link *link, struct connection *c)
{
	struct connection **at = bucket(link, c->number);

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	link->connection_count--;
}

/* The one that the owner knows by this number. */
static struct connection *
find(struct link *link, uint64_t number)
{
	struct connection *c = *bucket(link, number);

	while (c && c->number != number)
		c = c->next;
	return c && !c->leaving ? c : NULL;
}

/* Bytes that wait to go out. */

static void
queue_reserve(struct queue *queue, size_t size)
{
	size_t capacity = queue->capacity ? queue->capacity : 512;

	while (capacity - queue->size < size)
		capacity *= 2;
	if (capacity != queue->capacity) {
		queue->bytes = alloc_resized(queue->bytes, capacity);
		queue->capacity = capacity;
	}
}

static void
queue_frame(struct queue *queue, const uint8_t *bytes, size_t size)
{
	queue_reserve(queue, FRAME_HEADER_SIZE + size);
	store32(queue->bytes + queue->size, (uint32_t)size);
	memcpy(queue->bytes + queue->size + FRAME_HEADER_SIZE, bytes, size);
	queue->size += FRAME_HEADER_SIZE + size;
}

static void
queue_empty(struct queue *queue)
{
	queue->size = 0;
	if (queue->capacity > QUEUE_KEPT) {
		free(queue->bytes);
		*queue = (struct queue){0};
	}
}

static size_t
outbound(const struct connection *c)
{
	return c->going.size - c->going_at + c->waiting.size;
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

/* Reads on unless more than `most` frames wait. */
static bool
prepare_receive(struct connection *c, size_t most)
{
	uint8_t *room;
	size_t size;

	if (!c->announced || c->receiving || c->reason || c->too_long ||
		c->in.count > most)
		return false;
	room = frame_room(&c->in, &size);
	hand_over(c->receiver, room, size);
	c->receiving = true;
	c->heard_ms = now_ms(c->link);
	return true;
}

static bool
prepare_send(struct connection *c)
{
	if (!c->announced || c->sending || c->reason || c->broken)
		return false;
	if (c->going_at == c->going.size) {
		struct queue sent = c->going;

		queue_empty(&sent);
		c->going = c->waiting;
		c->going_at = 0;
		c->waiting = sent;
	}
	if (c->going.size == 0)
		return false;
	hand_over(c->sender, c->going.bytes + c->going_at,
		c->going.size - c->going_at);
	c->sending = true;
	c->progress_ms = now_ms(c->link);
	return true;
}

static size_t
frame_limit(const struct connection *c)
{
	return c->trusted ? LINK_FRAME_MAX : LINK_FRAME_EARLY_MAX;
}

/*
 * The connection failed to read. On a local socket nng reports a hang-up that
 * it sees together with the last bytes without reading these; asking again
 * gets them. With a time limit, as some versions never answer.
 */
static void
hang_up(struct connection *c)
{
	if (!c->local || c->hung_up) {
		c->reason = link_reason_closed;
		make_ready(c);
		return;
	}
	c->hung_up = true;
	nng_aio_set_timeout(c->receiver, LAST_WORDS_MS);
}

static void
dialled(struct connection *c, int failed)
{
	if (failed) {
		c->reason = link_reason_unreachable;
	} else {
		c->stream = nng_aio_get_output(c->receiver, 0);
		c->since_ms = now_ms(c->link);
		sweep_by(c->link, c->since_ms + LINK_HANDSHAKE_MS);
	}
	make_ready(c);
}

static void
arrived(struct connection *c, size_t size)
{
	frame_arrived(&c->in, size);
	c->heard_ms = now_ms(c->link);
	if (c->leaving) {
		/* Read all the same: unread bytes would make the system take
		 * back what we sent last. */
		frame_discard(&c->in);
		return;
	}
	c->too_long = !frame_cut(&c->in, frame_limit(c));
	if (c->in.count > 0 || c->too_long)
		make_ready(c);
}

static void
receive_cb(void *self)
{
	struct connection *c = self;
	int failed = nng_aio_result(c->receiver);
	bool again;

	(void)pthread_mutex_lock(&c->link->mutex);
	c->receiving = false;
	if (!c->stream)
		dialled(c, failed);
	else if (failed)
		hang_up(c);
	else
		arrived(c, nng_aio_count(c->receiver));
	again = prepare_receive(c, LINK_WINDOW - 1);
	(void)pthread_mutex_unlock(&c->link->mutex);

	if (again)
		nng_stream_recv(c->stream, c->receiver);
}

static void
send_cb(void *self)
{
	struct connection *c = self;
	int failed = nng_aio_result(c->sender);
	bool again;

	(void)pthread_mutex_lock(&c->link->mutex);
	c->sending = false;
	if (failed)
		/* Reading ends it, after what the peer said last. */
		c->broken = true;
	else
		c->going_at += nng_aio_count(c->sender);
	again = prepare_send(c);
	if (c->leaving && !again)
		make_ready(c);
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
	if (c->stream)
		nng_stream_free(c->stream);
	if (c->dialer)
		nng_stream_dialer_free(c->dialer);
	nng_aio_free(c->receiver);
	nng_aio_free(c->sender);
	frame_clear(&c->in);
	free(c->going.bytes);
	free(c->waiting.bytes);
	free(c);
}

static struct connection *
connection_new(struct link *link, bool local)
{
	struct connection *c = alloc(sizeof *c);

	c->link = link;
	c->local = local;
	frame_init(&c->in);
	if (nng_aio_alloc(&c->receiver, receive_cb, c) != 0 ||
		nng_aio_alloc(&c->sender, send_cb, c) != 0) {
		connection_free(c);
		return NULL;
	}
	return c;
}

/* Time. */

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* When the patience with this connection ends. */
static uint64_t
deadline(const struct connection *c, uint64_t now)
{
	uint64_t at_ms;

	if (c->leaving)
		return c->since_ms + LINGER_MS;
	if (!c->stream)
		return c->since_ms + DIAL_MS;
	if (!c->trusted)
		at_ms = c->since_ms + LINK_HANDSHAKE_MS;
	else /* not receiving, it is we who do not listen */
		at_ms = (c->receiving ? c->heard_ms : now) + LINK_IDLE_MS;
	if (outbound(c) > 0 && c->announced)
		at_ms = earlier(at_ms, c->progress_ms + LINK_STALL_MS);
	return at_ms;
}

static void
end(struct connection *c, const char *reason)
{
	c->mute = true;
	c->reason = reason;
	make_ready(c);
}

/* Ends the connections whose time is up. */
static void
sweep(struct link *link)
{
	uint64_t now = now_ms(link);
	uint64_t next = UINT64_MAX;

	if (now < link->sweep_ms)
		return;
	for (size_t i = 0; i < link->bucket_count; i++) {
		struct connection *c = link->buckets[i];

		for (; c; c = c->next) {
			uint64_t at_ms;

			if (c->reason)
				continue;
			at_ms = deadline(c, now);
			if (at_ms <= now)
				end(c,
					c->stream ? link_reason_silent
						  : link_reason_unreachable);
			else
				next = earlier(next, at_ms);
		}
	}
	/* Not for each of ten thousand connections a walk over them all. */
	link->sweep_ms = next > now + SWEEP_MS ? next : now + SWEEP_MS;
}

/* Accepting. */

static struct connection *
welcome(struct listener *listener, nng_stream *stream)
{
	struct link *link = listener->link;
	struct connection *c;

	if (link->untrusted >= LINK_UNTRUSTED_MAX)
		return NULL;
	c = connection_new(link, listener->local);
	if (!c)
		return NULL;
	c->stream = stream;
	c->since_ms = now_ms(link);
	link->untrusted++;
	insert(link, c);
	sweep_by(link, c->since_ms + LINK_HANDSHAKE_MS);
	make_ready(c);
	return c;
}

static void
accepted(struct listener *listener)
{
	struct link *link = listener->link;
	nng_stream *stream = nng_aio_get_output(listener->accepter, 0);
	struct connection *c;

	(void)pthread_mutex_lock(&link->mutex);
	c = welcome(listener, stream);
	(void)pthread_mutex_unlock(&link->mutex);
	if (!c)
		/* Nothing runs on it yet, so nng lets us do it right here. */
		nng_stream_free(stream);
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
		listener->rest_ms = 0;
		accepted(listener);
	}
	listener->resting = false;
	nng_stream_listener_accept(listener->listener, listener->accepter);
}

static void
listener_free(struct listener *listener)
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

/* Addresses. */

static const char tcp_scheme[] = "tcp://";
static const char ipc_scheme[] = "ipc://";

static bool
is_local(const char *url)
{
	return strncmp(url, ipc_scheme, sizeof ipc_scheme - 1) == 0;
}

/* The port of tcp://HOST:PORT; -1 when it is not such an address. */
static int
url_port(const char *url)
{
	const char *host = url + sizeof tcp_scheme - 1;
	const char *colon = strrchr(url, ':');
	int port = 0;

	if (strncmp(url, tcp_scheme, sizeof tcp_scheme - 1) != 0 ||
		colon <= host || colon[1] == '\0')
		return -1;
	for (const char *digit = colon + 1; *digit; digit++) {
		if (*digit < '0' || *digit > '9')
			return -1;
		port = port * 10 + *digit - '0';
		if (port > UINT16_MAX)
			return -1;
	}
	return port;
}

static bool
is_address(const char *url, int port_min)
{
	size_t size = strlen(url);

	if (size + sizeof "65535" > LINK_URL_MAX)
		return false;
	if (is_local(url))
		return size > sizeof ipc_scheme - 1 &&
			size - (sizeof ipc_scheme - 1) <
			sizeof((struct sockaddr_un *)0)->sun_path;
	return url_port(url) >= port_min;
}

/* Whether `fd` listens for this ipc:// path, or else for this port. */
static bool
is_listening(int fd, const char *url, int port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} at = {0};
	socklen_t size = sizeof at;
	socklen_t on_size = sizeof(int);
	int on = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &on_size) != 0 ||
		!on || getsockname(fd, &at.any, &size) != 0)
		return false;
	if (at.any.sa_family == AF_INET)
		return ntohs(at.in.sin_port) == port;
	if (at.any.sa_family == AF_INET6)
		return ntohs(at.in6.sin6_port) == port;
	return at.any.sa_family == AF_UNIX && is_local(url) &&
		strcmp(at.un.sun_path, url + sizeof ipc_scheme - 1) == 0;
}

/*
 * nng has no option for the backlog, and no call that names its descriptor;
 * but listening again on that descriptor changes it. Where there is no /proc
 * a crowd waits longer, that is all.
 */
static void
raise_backlog(const char *url, int port)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;

	while (folder && (entry = readdir(folder)) != NULL) {
		char *rest_of_name;
		int fd = (int)strtol(entry->d_name, &rest_of_name, 10);

		if (*rest_of_name == '\0' && is_listening(fd, url, port))
			(void)listen(fd, BACKLOG); /* stays as it was */
	}
	if (folder)
		(void)closedir(folder); /* only read */
}

static void
write_actual(char *actual, const char *url, int port)
{
	int host_size = (int)(strrchr(url, ':') - url);

	if (is_local(url))
		(void)snprintf(actual, LINK_URL_MAX, "%s", url);
	else
		(void)snprintf(
			actual, LINK_URL_MAX, "%.*s:%d", host_size, url, port);
}

/* What the owner calls, in the order of the header. */

struct link *
link_nng_new(void)
{
	struct link *link = alloc(sizeof *link);

	link->descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (link->descriptor < 0) {
		free(link);
		return NULL;
	}
	(void)pthread_mutex_init(&link->mutex, NULL); /* cannot fail */
	link->bucket_count = BUCKETS_MIN;
	link->buckets = alloc(link->bucket_count * sizeof(*link->buckets));
	link->last_ready = &link->first_ready;
	link->sweep_ms = UINT64_MAX;
	link->now_ms = monotonic_ms;
	return link;
}

void
link_nng_set_clock(
	struct link *link, uint64_t (*clock_ms)(void *self), void *self)
{
	assert(!link->listeners && link->connection_count == 0);
	link->now_ms = clock_ms;
	link->clock = self;
}

void
link_free(struct link *link)
{
	if (!link)
		return;
	/* First those who could add connections. */
	for (struct listener *l = link->listeners, *next; l; l = next) {
		next = l->next;
		listener_free(l);
	}
	/* Then nobody gets into the queue while its members go. */
	(void)pthread_mutex_lock(&link->mutex);
	for (size_t i = 0; i < link->bucket_count; i++) {
		for (struct connection *c = link->buckets[i]; c; c = c->next)
			c->is_ready = true;
	}
	(void)pthread_mutex_unlock(&link->mutex);
	for (size_t i = 0; i < link->bucket_count; i++) {
		struct connection *c = link->buckets[i];

		for (struct connection *next; c; c = next) {
			next = c->next;
			connection_free(c);
		}
	}
	free(link->buckets);
	(void)close(link->descriptor); /* nothing is kept in it */
	(void)pthread_mutex_destroy(&link->mutex);
	free(link);
}

enum status
link_listen(struct link *link, const char *url, char *actual)
{
	struct listener *listener;
	int port = 0;

	if (!is_address(url, 0))
		return STATUS_MALFORMED;
	listener = alloc(sizeof *listener);
	listener->link = link;
	listener->local = is_local(url);
	if (nng_stream_listener_alloc(&listener->listener, url) != 0 ||
		nng_aio_alloc(&listener->accepter, accept_cb, listener) != 0)
		goto fail;
	if (!listener->local)
		/* On by default, which is not promised. */
		(void)nng_stream_listener_set_bool(
			listener->listener, NNG_OPT_TCP_NODELAY, true);
	if (nng_stream_listener_listen(listener->listener) != 0)
		goto fail;
	if (!listener->local &&
		nng_stream_listener_get_int(
			listener->listener, NNG_OPT_TCP_BOUND_PORT, &port) != 0)
		goto fail;

	raise_backlog(url, port);
	write_actual(actual, url, port);
	listener->next = link->listeners;
	link->listeners = listener;
	nng_stream_listener_accept(listener->listener, listener->accepter);
	return STATUS_OK;
fail:
	listener_free(listener);
	return STATUS_FAILED;
}

enum status
link_dial(struct link *link, const char *url, uint64_t *connection)
{
	struct connection *c;

	if (!is_address(url, 1))
		return STATUS_MALFORMED;
	c = connection_new(link, is_local(url));
	if (!c || nng_stream_dialer_alloc(&c->dialer, url) != 0) {
		connection_free(c);
		return STATUS_FAILED;
	}
	if (!c->local)
		(void)nng_stream_dialer_set_bool(
			c->dialer, NNG_OPT_TCP_NODELAY, true);

	(void)pthread_mutex_lock(&link->mutex);
	c->since_ms = now_ms(link);
	c->receiving = true;
	insert(link, c);
	sweep_by(link, c->since_ms + DIAL_MS);
	*connection = c->number;
	(void)pthread_mutex_unlock(&link->mutex);

	nng_stream_dialer_dial(c->dialer, c->receiver);
	return STATUS_OK;
}

bool
link_send(struct link *link, uint64_t connection, const uint8_t *bytes,
	size_t size)
{
	struct connection *c;
	bool queued = false;
	bool go = false;

	assert(size >= 1 && size <= LINK_FRAME_MAX);
	(void)pthread_mutex_lock(&link->mutex);
	c = find(link, connection);
	if (!c || c->reason || c->broken)
		goto out;
	if (outbound(c) + FRAME_HEADER_SIZE + size > LINK_OUTBOUND_MAX) {
		end(c, link_reason_overrun);
		goto out;
	}
	if (outbound(c) == 0) {
		c->progress_ms = now_ms(link);
		sweep_by(link, c->progress_ms + LINK_STALL_MS);
	}
	queue_frame(&c->waiting, bytes, size);
	queued = true;
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

	(void)pthread_mutex_lock(&link->mutex);
	c = find(link, connection);
	size = c ? outbound(c) : 0;
	(void)pthread_mutex_unlock(&link->mutex);
	return size;
}

void
link_trust(struct link *link, uint64_t connection)
{
	struct connection *c;

	(void)pthread_mutex_lock(&link->mutex);
	c = find(link, connection);
	if (c && !c->trusted) {
		c->trusted = true;
		c->heard_ms = now_ms(link);
		if (!c->dialer)
			link->untrusted--;
	}
	(void)pthread_mutex_unlock(&link->mutex);
}

void
link_close(struct link *link, uint64_t connection)
{
	struct connection *c;
	bool receive = false;

	(void)pthread_mutex_lock(&link->mutex);
	c = find(link, connection);
	if (c) {
		c->leaving = true;
		c->since_ms = now_ms(link);
		c->too_long = false;
		sweep_by(link, c->since_ms + LINGER_MS);
		if (!c->receiving)
			frame_discard(&c->in);
		receive = prepare_receive(c, LINK_WINDOW);
		if (!c->sending)
			make_ready(c);
	}
	(void)pthread_mutex_unlock(&link->mutex);
	if (receive)
		nng_stream_recv(c->stream, c->receiver);
}

enum turn { TURN_DONE, TURN_START, TURN_FREE };

static enum turn
hand_out_frame(struct connection *c, struct link_event *event)
{
	const uint8_t *bytes;
	size_t size;
	bool taken = frame_take(&c->in, &bytes, &size);

	assert(taken && size <= LINK_FRAME_MAX);
	(void)taken;
	/* A copy, so that reading can go on behind it. */
	memcpy(c->link->frame, bytes, size);
	*event = (struct link_event){.kind = LINK_FRAME,
		.connection = c->number,
		.bytes = c->link->frame,
		.size = size};
	if (c->in.count > 0 || c->too_long || c->reason)
		make_ready(c);
	return TURN_START;
}

/* One turn of a connection that was ready: one event at most. */
static enum turn
turn(struct connection *c, struct link_event *event)
{
	if (c->leaving)
		return c->reason || !c->sending ? TURN_FREE : TURN_DONE;
	if (c->stream && !c->announced) {
		c->announced = true;
		*event = (struct link_event){
			.kind = c->dialer ? LINK_CONNECTED : LINK_ACCEPTED,
			.connection = c->number};
		if (c->reason)
			make_ready(c);
		return TURN_START;
	}
	if (c->in.count > 0 && !c->mute)
		return hand_out_frame(c, event);
	if (c->too_long && !c->reason) {
		/* All before it was handed out: is the peer trusted now? */
		c->too_long = !frame_cut(&c->in, frame_limit(c));
		if (!c->too_long) {
			if (c->in.count > 0)
				make_ready(c);
			return TURN_START;
		}
		c->reason = link_reason_too_long;
	}
	if (!c->reason)
		return TURN_DONE;
	*event = (struct link_event){.kind = LINK_CLOSED,
		.connection = c->number,
		.reason = c->reason};
	return TURN_FREE;
}

/* Gives one ready connection its turn; under the mutex, but for nng. */
static void
take_turn(struct connection *c, struct link_event *event)
{
	struct link *link = c->link;
	enum turn next = turn(c, event);
	bool receive = false;
	bool send = false;

	if (next == TURN_START) {
		receive = prepare_receive(c, LINK_WINDOW / 2);
		send = prepare_send(c);
	} else if (next == TURN_FREE) {
		take_out(link, c);
		if (!c->dialer && !c->trusted)
			link->untrusted--;
		/* Nothing may put it into the queue again. */
		c->is_ready = true;
	}

	(void)pthread_mutex_unlock(&link->mutex);
	if (receive)
		nng_stream_recv(c->stream, c->receiver);
	if (send)
		nng_stream_send(c->stream, c->sender);
	if (next == TURN_FREE)
		connection_free(c);
	(void)pthread_mutex_lock(&link->mutex);
}

/* Empties the descriptor once there is nothing to do. */
static void
make_unreadable(struct link *link)
{
	uint64_t ignored;

	link->signalled = false;
	while (read(link->descriptor, &ignored, sizeof ignored) < 0 &&
		errno == EINTR)
		continue;
}

/* How long to sleep at most; 0 when there is an event or nothing to wait. */
static int
next_event(struct link *link, int timeout_ms, struct link_event *event)
{
	struct connection *c;
	uint64_t now;

	(void)pthread_mutex_lock(&link->mutex);
	sweep(link);
	while (event->kind == LINK_NOTHING && (c = take_ready(link)) != NULL)
		take_turn(c, event);
	if (!link->first_ready)
		make_unreadable(link);
	now = now_ms(link);
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
	make_readable(link);
}

int
link_descriptor(struct link *link)
{
	return link->descriptor;
}
