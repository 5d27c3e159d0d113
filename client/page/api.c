#include "client/page/api.h"
#include "client/text/text_stream.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/addresses.h"
#include "client/node/hub/people.h"
#include "client/node/serve.h"
#include "client/node/shown.h"
#include "client/node/status.h"
#include "client/page/decide.h"
#include "client/page/describe.h"
#include "client/page/kept.h"
#include "client/page/write.h"
#include "client/store/setting.h"
#include "sync/alloc.h"

enum { DRAFT_NAME_MAX = 40, QUERY_MAX = 4096 };

/* The status of HTTP that says the same as an exit code (DESIGN 10). */
static int
status_of(enum exit_code code)
{
	switch (code) {
	case EXIT_DONE:
		return 200;
	case EXIT_USAGE:
		return 400;
	case EXIT_NOT_FOUND:
		return 404;
	case EXIT_AMBIGUOUS:
		return 409;
	case EXIT_REFUSED:
		return 403;
	case EXIT_UNREACHABLE:
		return 502;
	case EXIT_LOCKED:
		return 423;
	case EXIT_FAILED:
		break;
	}
	return 500;
}

static void
answer_json(struct api_answer *answer, int status, json_t *json)
{
	answer->status = status;
	answer->body = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	if (!answer->body)
		abort(); /* all text here is UTF-8: out of memory */
	answer->body_size = strlen(answer->body);
	json_decref(json);
}

void
api_problem(struct api_answer *answer, const struct problem *problem)
{
	answer_json(answer, status_of(problem->code),
		json_pack("{s:{s:s, s:s, s:s}}", "error", "code",
			exit_code_name(problem->code), "message",
			problem->message, "hint", problem->hint));
}

void
api_answer_clear(struct api_answer *answer)
{
	free(answer->body);
	free(answer->shown);
	memset(answer, 0, sizeof *answer);
}

/* ---- commands ---- */

static void
run_command(struct api *api, const struct api_request *request,
	struct api_answer *answer)
{
	struct local_request command = {.argv = request->route->words,
		.cwd = "/",
		.language = request->language,
		.zone = getenv("TZ")};
	struct text_stream out_text, err_text;
	FILE *out, *err;
	enum exit_code code;

	route_done(request->route);
	if (kept_find(api, request, answer))
		return;
	out = text_stream_open(&out_text);
	err = text_stream_open(&err_text);
	command.argc = request->route->word_count;
	code = api->run(api->run_self, &command, out, err);
	(void)fclose(out); /* memory only */
	(void)fclose(err);
	answer->status = status_of(code);
	answer->body = code == EXIT_DONE ? out_text.bytes : err_text.bytes;
	answer->body_size = code == EXIT_DONE ? out_text.size : err_text.size;
	free(code == EXIT_DONE ? err_text.bytes : out_text.bytes);
	if (code == EXIT_DONE && request->route->shows)
		answer->shown = shown_now(api->node);
	kept_note(api, request, answer);
}

/* ---- the directory, for people who are not head office ---- */

static json_t *
users_json(struct node *node)
{
	const struct policy_user *u;
	json_t *list = json_array();

	for (uint32_t i = 0; (u = policy_user_at(node->policy, i)); i++) {
		char id[ID_TEXT_SIZE];

		id_format(id, u->id);
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s, s:b}", "id", id, "login",
				u->login, "name", u->name, "self",
				!memcmp(u->id, node->user, ID_BYTES)));
	}
	return list;
}

/* Those that this user may write in, and the ones they may read. */
static json_t *
territories_json(struct node *node)
{
	const struct policy_territory *t;
	json_t *list = json_array();

	for (uint32_t i = 0; (t = policy_territory_at(node->policy, i)); i++) {
		char path[POLICY_PATH_MAX];
		uint8_t grant[ID_BYTES];
		int rank = policy_write_grant(
			node->policy, node->user, t->id, grant);

		if (!policy_may_read(node->policy, node->device, t->id))
			continue;
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s, s:b}", "territory",
				policy_path(node->policy, t->id, path), "kind",
				t->kind == POLICY_FIELD ? "field"
							: "management",
				"role", status_role_code(rank), "writable",
				t->kind == POLICY_FIELD && rank != RANK_NONE));
	}
	return list;
}

/* ---- drafts: words that are no record yet ---- */

static bool
draft_name(const struct route *route, char out[static DRAFT_NAME_MAX])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";

	if (strspn(route->id, letters) != strlen(route->id))
		return false;
	return snprintf(out, DRAFT_NAME_MAX, "page draft %s", route->id) <
		DRAFT_NAME_MAX;
}

static void
draft_get(struct api *api, const char *name, struct api_answer *answer)
{
	char *text = alloc(API_DRAFT_MAX);
	size_t size = setting_get(api->node->store, name, text, API_DRAFT_MAX);
	json_t *json = json_loadb(text, size, 0, NULL);

	free(text);
	answer_json(answer, 200, json ? json : json_null());
}

static void
draft_set(struct api *api, const char *name, const char *text, size_t size,
	struct api_answer *answer)
{
	struct problem problem = {0};

	api->quiet = true;
	if (setting_set(api->node->store, name, text, size) == STATUS_OK) {
		answer_json(answer, 200, json_pack("{s:b}", "kept", size > 0));
		return;
	}
	(void)problem_set(&problem, EXIT_FAILED, T("%s/node.db: %s"),
		api->node->dir, store_sqlite_problem(api->node->store));
	api_problem(answer, &problem);
}

static void
answer_draft(struct api *api, const struct api_request *request,
	const json_t *body, struct api_answer *answer)
{
	char name[DRAFT_NAME_MAX];
	struct problem problem = {0};

	if (!draft_name(request->route, name) ||
		request->body_size > API_DRAFT_MAX) {
		(void)problem_set(&problem, EXIT_USAGE,
			T("\"%s\" does not belong there"), request->route->id);
		api_problem(answer, &problem);
	} else if (request->route->kind == ROUTE_DRAFT_GET) {
		draft_get(api, name, answer);
	} else if (request->route->kind == ROUTE_DRAFT_DELETE || !body) {
		draft_set(api, name, "", 0, answer);
	} else {
		draft_set(api, name, request->body, request->body_size, answer);
	}
}

/* ---- writing ---- */

static bool
add_one(struct api *api, const struct route *route, const json_t *body,
	json_t **record, struct problem *problem)
{
	json_t *batch = json_pack("[{s:O}]", route->type->name, body);
	json_t *records = NULL;
	bool added = write_batch(api->node, batch, &records, problem);

	if (added)
		*record = json_incref(json_array_get(records, 0));
	json_decref(records);
	json_decref(batch);
	return added;
}

/* {"add":URL} or {"remove":URL}, as the command; a setting, no record. */
static bool
write_address(struct api *api, const json_t *body, json_t **result,
	struct problem *problem)
{
	const char *add = json_string_value(json_object_get(body, "add"));
	const char *removed =
		json_string_value(json_object_get(body, "remove"));
	bool done;

	if (json_object_size(body) != 1 || (!add && !removed))
		return problem_set(problem, EXIT_USAGE,
			T("{\"add\":URL} or {\"remove\":URL} says which "
			  "address is meant"));
	done = add ? addresses_add(api->node, add, problem)
		   : addresses_remove(api->node, removed, problem);
	if (done && add)
		serve_sync_now();
	if (done)
		*result = addresses_json(api->node);
	return done;
}

static void
answer_write(struct api *api, const struct api_request *request,
	const json_t *body, struct api_answer *answer)
{
	const struct route *route = request->route;
	struct problem problem = {0};
	json_t *result = NULL;
	bool done;
	int status = 200;

	if (route->kind == ROUTE_ADD) {
		done = add_one(api, route, body, &result, &problem);
		status = 201;
	} else if (route->kind == ROUTE_BATCH) {
		done = write_batch(api->node, body, &result, &problem);
		status = 201;
	} else if (route->kind == ROUTE_SET) {
		done = write_set(api->node, route->type, route->id, body,
			request->shown, &result, &problem);
	} else if (route->kind == ROUTE_ADDRESS) {
		done = write_address(api, body, &result, &problem);
	} else if (route->kind == ROUTE_DECIDE) {
		done = decide_late(api->node, body, &result, &problem);
	} else {
		done = write_resolve(api->node, route->id, body, request->shown,
			&result, &problem);
	}
	if (!done) {
		api_problem(answer, &problem);
		return;
	}
	answer_json(answer, status, result);
	answer->shown = shown_now(api->node);
}

/* ---- several at once ---- */

/* The hex digit's value; -1: it is none. */
static int
digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Decodes %xx and + in place; false when it is no such text. */
static bool
decode_percent(char *text)
{
	char *out = text;

	for (const char *at = text; *at; at++) {
		int high, low;

		if (*at == '+') {
			*out++ = ' ';
			continue;
		}
		if (*at != '%') {
			*out++ = *at;
			continue;
		}
		high = digit(at[1]);
		low = high < 0 ? -1 : digit(at[2]);
		if (low < 0 || high + low == 0)
			return false;
		*out++ = (char)(high * 16 + low);
		at += 2;
	}
	*out = '\0';
	return true;
}

/* A path with a query, as it stands in an address. */
static bool
read_address(struct route *route, char *address)
{
	char *query = strchr(address, '?');
	bool good;

	if (query)
		*query++ = '\0';
	good = decode_percent(address);
	if (good)
		route_read(route, "GET", address);
	for (char *rest = query, *one; good && (one = strsep(&rest, "&"));) {
		char *value = strchr(one, '=');

		if (value)
			*value++ = '\0';
		good = decode_percent(one) &&
			(!value || decode_percent(value)) &&
			route_query(route, one, value ? value : "");
	}
	return good && route->kind == ROUTE_COMMAND;
}

static json_t *
read_one(struct api *api, const struct api_request *outer, const char *text)
{
	struct route *route = alloc(sizeof *route);
	struct api_request request = *outer;
	struct api_answer answer = {0};
	char *address = alloc_copy(text, strlen(text) + 1);
	json_t *body = NULL;

	request.route = route;
	if (read_address(route, address)) {
		run_command(api, &request, &answer);
		body = json_loadb(
			answer.body, answer.body_size, JSON_DECODE_ANY, NULL);
	} else {
		answer.status = 404;
	}
	body = json_pack("{s:i, s:o}", "status", answer.status, "body",
		body ? body : json_null());
	api_answer_clear(&answer);
	free(address);
	free(route);
	return body;
}

static void
answer_read(struct api *api, const struct api_request *request,
	const json_t *body, struct api_answer *answer)
{
	struct problem problem = {0};
	json_t *list;
	const json_t *one;
	size_t i;

	if (!json_is_array(body) || json_array_size(body) > API_READ_MAX) {
		(void)problem_set(&problem, EXIT_USAGE,
			T("this takes a list of at most %d addresses"),
			API_READ_MAX);
		api_problem(answer, &problem);
		return;
	}
	list = json_array();
	json_array_foreach(body, i, one)
	{
		const char *text = json_string_value(one);

		json_array_append_new(
			list, read_one(api, request, text ? text : ""));
	}
	answer_json(answer, 200, list);
}

/* ---- all of them ---- */

static void
answer_body(struct api *api, const struct api_request *request,
	struct api_answer *answer)
{
	struct problem problem = {0};
	json_error_t error;
	json_t *body = json_loadb(request->body, request->body_size,
		JSON_REJECT_DUPLICATES, &error);

	if (!body && request->route->kind != ROUTE_DRAFT_DELETE) {
		(void)problem_set(&problem, EXIT_USAGE,
			T("this is not JSON: %s"), error.text);
		api_problem(answer, &problem);
	} else if (request->route->kind == ROUTE_DRAFT_PUT ||
		request->route->kind == ROUTE_DRAFT_DELETE) {
		answer_draft(api, request, body, answer);
	} else if (request->route->kind == ROUTE_READ) {
		answer_read(api, request, body, answer);
	} else {
		answer_write(api, request, body, answer);
	}
	json_decref(body);
}

static void
no_such_address(const struct api_request *request, struct api_answer *answer)
{
	struct problem problem = {0};

	(void)problem_set(&problem, EXIT_NOT_FOUND,
		T("there is nothing at this address"));
	api_problem(answer, &problem);
	if (request->route->kind == ROUTE_METHOD)
		answer->status = 405;
}

static void
answer_route(struct api *api, const struct api_request *request,
	struct api_answer *answer)
{
	switch (request->route->kind) {
	case ROUTE_COMMAND:
		run_command(api, request, answer);
		return;
	case ROUTE_ADD:
	case ROUTE_SET:
	case ROUTE_BATCH:
	case ROUTE_RESOLVE:
	case ROUTE_DECIDE:
	case ROUTE_ADDRESS:
	case ROUTE_READ:
	case ROUTE_DRAFT_PUT:
	case ROUTE_DRAFT_DELETE:
		answer_body(api, request, answer);
		return;
	case ROUTE_DRAFT_GET:
		answer_draft(api, request, NULL, answer);
		return;
	case ROUTE_SYNC:
		serve_sync_now();
		answer_json(answer, 202, json_pack("{s:b}", "asked", 1));
		return;
	case ROUTE_USERS:
		answer_json(answer, 200, users_json(api->node));
		return;
	case ROUTE_DEVICES:
		answer_json(answer, 200, people_devices_json(api->node));
		return;
	case ROUTE_TERRITORIES:
		answer_json(answer, 200, territories_json(api->node));
		return;
	case ROUTE_SCHEMA:
		answer_json(answer, 200, describe_schema(api->node->schema));
		return;
	case ROUTE_OPENAPI:
		answer_json(answer, 200, describe_openapi(api->node->schema));
		return;
	case ROUTE_NONE:
	case ROUTE_METHOD:
	case ROUTE_FILE:
	case ROUTE_EVENTS:
		break;
	}
	no_such_address(request, answer);
}

void
api_answer(struct api *api, const struct api_request *request,
	struct api_answer *answer)
{
	enum language own = text_language();

	text_set_language(request->language);
	answer_route(api, request, answer);
	text_set_language(own);
}
