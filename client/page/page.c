#include "client/page/page.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/page/access.h"
#include "client/page/api.h"
#include "client/page/events.h"
#include "client/page/files.h"
#include "client/page/kept.h"
#include "client/page/late_httpd.h"
#include "client/store/search_index.h"
#include "sync/alloc.h"

enum {
	CONNECTIONS_MAX = 64,
	CONNECTION_MEMORY = 1 << 16, /* headers of one request */
	IDLE_S = 120,
	TURN_MS = 1000,
};

struct page {
	struct MHD_Daemon *daemon;
	struct access *access;
	struct api api;
	struct events *events;
	uint16_t port;
	int changes; /* of the store, that were told */
};

static struct page *current;

struct page *
page_current(void)
{
	return current;
}

/* One request, from its first header to its answer. */
struct request {
	struct route route;
	char *body;
	size_t body_size;
	bool too_long;
};

/* ---- answers ---- */

/* Of every answer: nothing is fetched, framed, sniffed or told elsewhere. */
static const char *const common_headers[][2] = {
	{"Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; "
		"img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
		"form-action 'none'; frame-ancestors 'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
};

static enum MHD_Result
send_response(struct MHD_Connection *connection, int status, const char *type,
	struct MHD_Response *response)
{
	enum MHD_Result sent;

	if (!response)
		return MHD_NO;
	for (size_t i = 0; i < sizeof common_headers / sizeof *common_headers;
		i++)
		(void)MHD_add_response_header(
			response, common_headers[i][0], common_headers[i][1]);
	(void)MHD_add_response_header(
		response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	/* Files too: an upgraded program has others under their names. */
	(void)MHD_add_response_header(
		response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	sent = MHD_queue_response(connection, (unsigned)status, response);
	MHD_destroy_response(response);
	return sent;
}

static const char *
in_language(enum language language, const char *english)
{
	enum language own = text_language();
	const char *text;

	text_set_language(language);
	text = text_of(english);
	text_set_language(own);
	return text;
}

/*
 * A page for a person whom this browser does not let in, or who went astray:
 * in both languages, since nobody said which. `english` goes as it is.
 */
static enum MHD_Result
send_line(struct MHD_Connection *connection, int status, const char *english)
{
	static const char form[] =
		"<!doctype html><html lang=\"zh-CN\"><head>"
		"<meta charset=\"utf-8\"><meta name=\"viewport\" "
		"content=\"width=device-width, initial-scale=1\">"
		"<meta name=\"color-scheme\" content=\"light dark\">"
		"<title>路书 Roadbook</title>"
		"<link rel=\"icon\" href=\"/icon.svg\">"
		"<link rel=\"stylesheet\" href=\"/page.css\"></head><body>"
		"<main class=\"main broken\"><h1>路书 Roadbook</h1>"
		"<p class=\"note\">%s</p>"
		"<p class=\"note\" lang=\"en\">%s</p></main></body></html>\n";
	char text[2048];

	(void)snprintf(text, sizeof text, form,
		in_language(LANGUAGE_ZH, english),
		in_language(LANGUAGE_EN, english));
	return send_response(connection, status, "text/html; charset=utf-8",
		MHD_create_response_from_buffer(
			strlen(text), text, MHD_RESPMEM_MUST_COPY));
}

static enum MHD_Result
send_answer(struct MHD_Connection *connection, struct api_answer *answer)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		answer->body_size, answer->body, MHD_RESPMEM_MUST_FREE);

	answer->body = NULL; /* the response's from here */
	if (response && answer->shown)
		(void)MHD_add_response_header(
			response, "Roadbook-Shown", answer->shown);
	return send_response(
		connection, answer->status, "application/json", response);
}

static enum MHD_Result
send_problem(struct MHD_Connection *connection, int status, enum exit_code code,
	const char *message)
{
	struct api_answer answer = {0};
	struct problem problem = {0};
	enum MHD_Result sent;

	(void)problem_set(&problem, code, "%s", message);
	api_problem(&answer, &problem);
	answer.status = status;
	sent = send_answer(connection, &answer);
	api_answer_clear(&answer);
	return sent;
}

static enum MHD_Result
send_file(struct MHD_Connection *connection, const char *path)
{
	if (strcmp(path, "/") == 0)
		path = "/index.html";
	for (const struct page_file *f = page_files; f->path; f++)
		if (strcmp(path, f->path) == 0)
			return send_response(connection, MHD_HTTP_OK, f->type,
				MHD_create_response_from_buffer(f->size,
					(void *)(uintptr_t)f->bytes,
					MHD_RESPMEM_PERSISTENT));
	return send_line(connection, MHD_HTTP_NOT_FOUND,
		N_("there is nothing at this address"));
}

/* ---- who may ---- */

static const char *
header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Whether a page of another origin made the browser send this. */
static bool
is_foreign(
	const struct page *page, struct MHD_Connection *connection, bool writes)
{
	const char *origin = header(connection, MHD_HTTP_HEADER_ORIGIN);
	const char *site = header(connection, "Sec-Fetch-Site");

	if (origin ? !access_origin(origin, page->port) : writes)
		return true;
	/* "none": typed, or a link from outside of the browser. */
	return site && strcmp(site, "same-origin") != 0 &&
		strcmp(site, "none") != 0;
}

/* Trades a link for a cookie, and goes on without the link in the address. */
static enum MHD_Result
enter(struct page *page, struct MHD_Connection *connection, const char *secret)
{
	char cookie[ACCESS_COOKIE_SIZE] = "";
	bool known = access_known(page->access,
		header(connection, MHD_HTTP_HEADER_COOKIE), node_now_ms());
	struct MHD_Response *response;

	if (!access_redeem(page->access, secret, node_now_ms(), cookie) &&
		!known)
		return send_line(connection, MHD_HTTP_FORBIDDEN,
			N_("this link was used already; roadbook open prints a "
			   "fresh one"));
	response = MHD_create_response_from_buffer(
		0, NULL, MHD_RESPMEM_PERSISTENT);
	if (response && *cookie)
		(void)MHD_add_response_header(
			response, MHD_HTTP_HEADER_SET_COOKIE, cookie);
	if (response)
		(void)MHD_add_response_header(
			response, MHD_HTTP_HEADER_LOCATION, "/");
	return send_response(
		connection, MHD_HTTP_SEE_OTHER, "text/plain", response);
}

/* MHD_NO as long as nothing is refused and the request goes on. */
static enum MHD_Result
refuse(struct page *page, struct MHD_Connection *connection,
	const struct route *route, const char *method)
{
	bool writes = strcmp(method, "GET") != 0;
	const char *type = header(connection, MHD_HTTP_HEADER_CONTENT_TYPE);

	if (!access_host(header(connection, MHD_HTTP_HEADER_HOST), page->port))
		return send_problem(connection, MHD_HTTP_FORBIDDEN,
			EXIT_REFUSED,
			T("this page is reached as 127.0.0.1 only"));
	if (route->kind == ROUTE_FILE)
		return MHD_NO;
	if (is_foreign(page, connection, writes))
		return send_problem(connection, MHD_HTTP_FORBIDDEN,
			EXIT_REFUSED, T("another page asked for this"));
	if (!access_known(page->access,
		    header(connection, MHD_HTTP_HEADER_COOKIE), node_now_ms()))
		return send_problem(connection, MHD_HTTP_UNAUTHORIZED,
			EXIT_REFUSED,
			T("open the page with the link that roadbook open "
			  "prints"));
	if (writes && route->kind != ROUTE_METHOD &&
		strcmp(method, "DELETE") != 0 &&
		(!type || strncmp(type, "application/json", 16) != 0))
		return send_problem(connection, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
			EXIT_USAGE, T("this takes application/json"));
	return MHD_NO;
}

/* ---- a request ---- */

static enum MHD_Result
take_query(void *self, enum MHD_ValueKind kind, const char *name,
	const char *value)
{
	struct route *route = self;

	(void)kind;
	if (route->kind != ROUTE_COMMAND)
		return MHD_YES;
	if (!route_query(route, name, value ? value : ""))
		route->kind = ROUTE_NONE;
	return MHD_YES;
}

static enum MHD_Result
answer_file(
	struct page *page, struct MHD_Connection *connection, const char *path)
{
	const char *secret = MHD_lookup_connection_value(
		connection, MHD_GET_ARGUMENT_KIND, "t");

	if (strcmp(path, "/") != 0)
		return send_file(connection, path);
	if (secret)
		return enter(page, connection, secret);
	if (!access_known(page->access,
		    header(connection, MHD_HTTP_HEADER_COOKIE), node_now_ms()))
		return send_line(connection, MHD_HTTP_UNAUTHORIZED,
			N_("open the page with the link that roadbook open "
			   "prints"));
	return send_file(connection, path);
}

static enum MHD_Result
answer_api(struct page *page, struct MHD_Connection *connection,
	struct request *request)
{
	const char *language = header(connection, "Roadbook-Language");
	struct api_request asked = {.route = &request->route,
		.language = language && strcmp(language, "zh") == 0
			? LANGUAGE_ZH
			: LANGUAGE_EN,
		.shown = header(connection, "Roadbook-Shown"),
		.body = request->body ? request->body : "",
		.body_size = request->body_size};
	struct api_answer answer = {0};
	enum MHD_Result sent;
	int before;

	if (request->too_long)
		return send_problem(connection, MHD_HTTP_CONTENT_TOO_LARGE,
			EXIT_USAGE, T("this is too long"));
	(void)MHD_get_connection_values(
		connection, MHD_GET_ARGUMENT_KIND, take_query, &request->route);
	page->api.quiet = false;
	before = search_index_news(page->api.node->store);
	api_answer(&page->api, &asked, &answer);
	/* No more than its own: what the peers brought is still to be told. */
	if (page->api.quiet)
		page->changes +=
			search_index_news(page->api.node->store) - before;
	sent = send_answer(connection, &answer);
	api_answer_clear(&answer);
	return sent;
}

static enum MHD_Result
answer_events(struct page *page, struct MHD_Connection *connection)
{
	struct MHD_Response *response = events_listen(page->events, connection);

	if (!response)
		return send_problem(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
			EXIT_FAILED, T("too many pages are open"));
	return send_response(
		connection, MHD_HTTP_OK, "text/event-stream", response);
}

static void
take_body(struct request *request, const char *bytes, size_t size)
{
	if (request->too_long || size > API_BODY_MAX - request->body_size) {
		request->too_long = true;
		return;
	}
	request->body = alloc_again(request->body, request->body_size + size);
	memcpy(request->body + request->body_size, bytes, size);
	request->body_size += size;
}

/* libmicrohttpd's: once with the headers, then with the body, then at its end.
 */
static enum MHD_Result
handle(void *self, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *bytes,
	size_t *size, void **state)
{
	struct page *page = self;
	struct request *request = *state;

	(void)version;
	if (!request) {
		*state = request = alloc(sizeof *request);
		route_read(&request->route, method, url);
		/* What is refused is not waited for. */
		(void)refuse(page, connection, &request->route, method);
		return MHD_YES;
	}
	if (*size) {
		take_body(request, bytes, *size);
		*size = 0;
		return MHD_YES;
	}
	if (request->route.kind == ROUTE_FILE)
		return answer_file(page, connection, url);
	if (request->route.kind == ROUTE_EVENTS)
		return answer_events(page, connection);
	return answer_api(page, connection, request);
}

static void
completed(void *self, struct MHD_Connection *connection, void **state,
	enum MHD_RequestTerminationCode code)
{
	struct request *request = *state;

	(void)self;
	(void)connection;
	(void)code;
	if (request)
		free(request->body);
	free(request);
	*state = NULL;
}

/* ---- running ---- */

struct page *
page_new(const struct page_options *options, struct problem *problem)
{
	struct page *page;
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons(options->port),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
	const union MHD_DaemonInfo *info;

	if (!late_httpd_load(problem))
		return NULL;
	page = alloc(sizeof *page);
	page->api = (struct api){.node = options->node,
		.run = options->run,
		.run_self = options->run_self};
	page->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle,
		page, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
		MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_END);
	if (!page->daemon) {
		problem_set(problem, EXIT_FAILED,
			T("the page cannot be served at 127.0.0.1:%u: %s"),
			(unsigned)options->port, strerror(errno));
		problem_hint(problem,
			T("leave --http out, and the system picks a port"));
		free(page);
		return NULL;
	}
	info = MHD_get_daemon_info(page->daemon, MHD_DAEMON_INFO_BIND_PORT);
	page->port = info ? info->port : options->port;
	page->access = access_new(options->node->store, page->port);
	page->events = events_new();
	page->changes = search_index_news(options->node->store);
	current = page;
	return page;
}

void
page_free(struct page *page)
{
	if (!page)
		return;
	/* A suspended connection cannot be ended. */
	events_end(page->events);
	MHD_stop_daemon(page->daemon);
	events_free(page->events);
	access_free(page->access);
	kept_clear(&page->api);
	free(page);
	current = NULL;
}

int
page_descriptor(const struct page *page)
{
	return MHD_get_daemon_info(page->daemon, MHD_DAEMON_INFO_EPOLL_FD)
		->epoll_fd;
}

int
page_turn(void *self)
{
	struct page *page = self;
	MHD_UNSIGNED_LONG_LONG wait_ms;
	int changes;

	(void)MHD_run(page->daemon); /* fails for want of memory only */
	changes = search_index_news(page->api.node->store);
	if (changes != page->changes) {
		page->changes = changes;
		events_changed(page->events);
	}
	if (events_turn(page->events, node_now_ms()))
		(void)MHD_run(page->daemon);
	if (MHD_get_timeout(page->daemon, &wait_ms) != MHD_YES ||
		wait_ms > TURN_MS)
		return TURN_MS;
	return (int)wait_ms;
}

void
page_link(struct page *page, char out[static PAGE_LINK_SIZE])
{
	char secret[ACCESS_LINK_SIZE];

	access_link(page->access, secret);
	(void)snprintf(out, PAGE_LINK_SIZE, "http://127.0.0.1:%u/?t=%s",
		(unsigned)page->port, secret);
}

bool
page_read_address(const char *text, uint16_t *port, struct problem *problem)
{
	static const char *const hosts[] = {"127.0.0.1:", "localhost:", ""};
	char *end;
	unsigned long number;

	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		size_t size = strlen(hosts[i]);

		if (strncmp(text, hosts[i], size) != 0 || text[size] < '0' ||
			text[size] > '9')
			continue;
		number = strtoul(text + size, &end, 10);
		if (*end || number > UINT16_MAX)
			continue;
		*port = (uint16_t)number;
		return true;
	}
	problem_set(problem, EXIT_USAGE,
		T("the page is for this machine alone: not %s"), text);
	return problem_hint(problem, "--http 127.0.0.1:8420");
}
