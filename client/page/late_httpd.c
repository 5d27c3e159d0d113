#include "client/page/late_httpd.h"

#include <assert.h>
#include <dlfcn.h>
#include <microhttpd.h>
#include <stdarg.h>

#include "sync/library.h"

/* What is used of it. */
/* clang-format off */
#define EACH(USE) \
	USE(MHD_add_response_header) \
	USE(MHD_create_response_from_buffer) \
	USE(MHD_create_response_from_callback) \
	USE(MHD_destroy_response) \
	USE(MHD_get_connection_values) \
	USE(MHD_get_daemon_info) \
	USE(MHD_get_timeout) \
	USE(MHD_lookup_connection_value) \
	USE(MHD_queue_response) \
	USE(MHD_resume_connection) \
	USE(MHD_run) \
	USE(MHD_start_daemon_va) \
	USE(MHD_stop_daemon) \
	USE(MHD_suspend_connection)
/* clang-format on */

#define POINTER(name) __typeof__(&(name)) name;
static struct {
	EACH(POINTER)
} late;

#define NAME(name) #name,
static const char *const names[] = {EACH(NAME)};
static_assert(sizeof late == sizeof names, "a pointer each");

bool
late_httpd_load(struct problem *problem)
{
	static bool loaded;

	loaded = loaded ||
		library_load(HTTPD_LIBRARY, names, sizeof names / sizeof *names,
			&late);
	if (!loaded)
		problem_set(problem, EXIT_FAILED,
			T("the page cannot be served: %s is missing, or there "
			  "is no memory for it: %s"),
			HTTPD_LIBRARY, dlerror());
	return loaded;
}

enum MHD_Result
MHD_add_response_header(
	struct MHD_Response *response, const char *name, const char *content)
{
	return late.MHD_add_response_header(response, name, content);
}

struct MHD_Response *
MHD_create_response_from_buffer(
	size_t size, void *buffer, enum MHD_ResponseMemoryMode mode)
{
	return late.MHD_create_response_from_buffer(size, buffer, mode);
}

struct MHD_Response *
MHD_create_response_from_callback(uint64_t size, size_t block_size,
	MHD_ContentReaderCallback read, void *self,
	MHD_ContentReaderFreeCallback done)
{
	return late.MHD_create_response_from_callback(
		size, block_size, read, self, done);
}

void
MHD_destroy_response(struct MHD_Response *response)
{
	late.MHD_destroy_response(response);
}

int
MHD_get_connection_values(struct MHD_Connection *connection,
	enum MHD_ValueKind kind, MHD_KeyValueIterator take, void *self)
{
	return late.MHD_get_connection_values(connection, kind, take, self);
}

const char *
MHD_lookup_connection_value(struct MHD_Connection *connection,
	enum MHD_ValueKind kind, const char *key)
{
	return late.MHD_lookup_connection_value(connection, kind, key);
}

enum MHD_Result
MHD_queue_response(struct MHD_Connection *connection, unsigned int status,
	struct MHD_Response *response)
{
	return late.MHD_queue_response(connection, status, response);
}

void
MHD_suspend_connection(struct MHD_Connection *connection)
{
	late.MHD_suspend_connection(connection);
}

void
MHD_resume_connection(struct MHD_Connection *connection)
{
	late.MHD_resume_connection(connection);
}

struct MHD_Daemon *
MHD_start_daemon(unsigned int flags, uint16_t port,
	MHD_AcceptPolicyCallback accept, void *accept_self,
	MHD_AccessHandlerCallback handle, void *self, ...)
{
	struct MHD_Daemon *daemon;
	va_list options;

	va_start(options, self);
	daemon = late.MHD_start_daemon_va(
		flags, port, accept, accept_self, handle, self, options);
	va_end(options);
	return daemon;
}

void
MHD_stop_daemon(struct MHD_Daemon *daemon)
{
	late.MHD_stop_daemon(daemon);
}

const union MHD_DaemonInfo *
MHD_get_daemon_info(
	struct MHD_Daemon *daemon, enum MHD_DaemonInfoType kind, ...)
{
	return late.MHD_get_daemon_info(daemon, kind);
}

enum MHD_Result
MHD_get_timeout(struct MHD_Daemon *daemon, MHD_UNSIGNED_LONG_LONG *timeout)
{
	return late.MHD_get_timeout(daemon, timeout);
}

enum MHD_Result
MHD_run(struct MHD_Daemon *daemon)
{
	return late.MHD_run(daemon);
}
