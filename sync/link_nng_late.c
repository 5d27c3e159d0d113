/*
 * libnng, loaded when a link is made: most commands make none, and with the
 * Mbed TLS that it brings along it would be a tenth of the time they take to
 * start. What the link uses of nng is defined here, and leads into it.
 */

#include <assert.h>

#include "sync/library.h"
#include "sync/link_nng_inside.h"

/* clang-format off */
#define EACH(USE) \
	USE(nng_aio_alloc) \
	USE(nng_aio_count) \
	USE(nng_aio_free) \
	USE(nng_aio_get_output) \
	USE(nng_aio_result) \
	USE(nng_aio_set_iov) \
	USE(nng_aio_set_timeout) \
	USE(nng_aio_stop) \
	USE(nng_sleep_aio) \
	USE(nng_stream_close) \
	USE(nng_stream_free) \
	USE(nng_stream_get_addr) \
	USE(nng_stream_recv) \
	USE(nng_stream_send) \
	USE(nng_stream_dialer_alloc) \
	USE(nng_stream_dialer_close) \
	USE(nng_stream_dialer_dial) \
	USE(nng_stream_dialer_free) \
	USE(nng_stream_dialer_set_bool) \
	USE(nng_stream_listener_alloc) \
	USE(nng_stream_listener_accept) \
	USE(nng_stream_listener_close) \
	USE(nng_stream_listener_free) \
	USE(nng_stream_listener_get_int) \
	USE(nng_stream_listener_listen) \
	USE(nng_stream_listener_set_bool)
/* clang-format on */

#define POINTER(name) __typeof__(&(name)) name;
static struct {
	EACH(POINTER)
} late;

#define NAME(name) #name,
static const char *const names[] = {EACH(NAME)};
static_assert(sizeof late == sizeof names, "a pointer each");

bool
link_nng_load(void)
{
	static bool loaded;

	loaded = loaded ||
		library_load(NNG_LIBRARY, names, sizeof names / sizeof *names,
			&late);
	return loaded;
}

int
nng_aio_alloc(nng_aio **out, void (*done)(void *), void *self)
{
	return late.nng_aio_alloc(out, done, self);
}

size_t
nng_aio_count(nng_aio *aio)
{
	return late.nng_aio_count(aio);
}

void
nng_aio_free(nng_aio *aio)
{
	late.nng_aio_free(aio);
}

void *
nng_aio_get_output(nng_aio *aio, unsigned index)
{
	return late.nng_aio_get_output(aio, index);
}

int
nng_aio_result(nng_aio *aio)
{
	return late.nng_aio_result(aio);
}

int
nng_aio_set_iov(nng_aio *aio, unsigned count, const nng_iov *iov)
{
	return late.nng_aio_set_iov(aio, count, iov);
}

void
nng_aio_set_timeout(nng_aio *aio, nng_duration ms)
{
	late.nng_aio_set_timeout(aio, ms);
}

void
nng_aio_stop(nng_aio *aio)
{
	late.nng_aio_stop(aio);
}

void
nng_sleep_aio(nng_duration ms, nng_aio *aio)
{
	late.nng_sleep_aio(ms, aio);
}

void
nng_stream_close(nng_stream *stream)
{
	late.nng_stream_close(stream);
}

void
nng_stream_free(nng_stream *stream)
{
	late.nng_stream_free(stream);
}

int
nng_stream_get_addr(nng_stream *stream, const char *name, nng_sockaddr *address)
{
	return late.nng_stream_get_addr(stream, name, address);
}

void
nng_stream_recv(nng_stream *stream, nng_aio *aio)
{
	late.nng_stream_recv(stream, aio);
}

void
nng_stream_send(nng_stream *stream, nng_aio *aio)
{
	late.nng_stream_send(stream, aio);
}

int
nng_stream_dialer_alloc(nng_stream_dialer **out, const char *url)
{
	return late.nng_stream_dialer_alloc(out, url);
}

void
nng_stream_dialer_close(nng_stream_dialer *dialer)
{
	late.nng_stream_dialer_close(dialer);
}

void
nng_stream_dialer_dial(nng_stream_dialer *dialer, nng_aio *aio)
{
	late.nng_stream_dialer_dial(dialer, aio);
}

void
nng_stream_dialer_free(nng_stream_dialer *dialer)
{
	late.nng_stream_dialer_free(dialer);
}

int
nng_stream_dialer_set_bool(
	nng_stream_dialer *dialer, const char *name, bool value)
{
	return late.nng_stream_dialer_set_bool(dialer, name, value);
}

int
nng_stream_listener_alloc(nng_stream_listener **out, const char *url)
{
	return late.nng_stream_listener_alloc(out, url);
}

void
nng_stream_listener_accept(nng_stream_listener *listener, nng_aio *aio)
{
	late.nng_stream_listener_accept(listener, aio);
}

void
nng_stream_listener_close(nng_stream_listener *listener)
{
	late.nng_stream_listener_close(listener);
}

void
nng_stream_listener_free(nng_stream_listener *listener)
{
	late.nng_stream_listener_free(listener);
}

int
nng_stream_listener_get_int(
	nng_stream_listener *listener, const char *name, int *value)
{
	return late.nng_stream_listener_get_int(listener, name, value);
}

int
nng_stream_listener_listen(nng_stream_listener *listener)
{
	return late.nng_stream_listener_listen(listener);
}

int
nng_stream_listener_set_bool(
	nng_stream_listener *listener, const char *name, bool value)
{
	return late.nng_stream_listener_set_bool(listener, name, value);
}
