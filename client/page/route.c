#include "client/page/route.h"

#include <stdio.h>
#include <string.h>

#include "proto/schema_roadbook.h"

enum { PARTS_MAX = 4, FLAG_MAX = 80 };

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

const char *const route_list_names[] = {
	"limit", "offset", "territory", "archived", "count", NULL};

/* The three behind one another, kept in the route; NULL: no room. */
static char *
keep(struct route *route, const char *a, const char *b, const char *c)
{
	size_t room = sizeof route->text - route->text_size;
	char *at = route->text + route->text_size;
	int size = snprintf(at, room, "%s%s%s", a, b, c);

	if (size < 0 || (size_t)size >= room)
		return NULL;
	route->text_size += (size_t)size + 1;
	return at;
}

static bool
add_word(struct route *route, const char *a, const char *b, const char *c)
{
	/* The last places are for what a person gave. */
	if (route->word_count == ROUTE_WORDS_MAX - ROUTE_GIVEN_MAX - 1)
		return false;
	route->words[route->word_count] = keep(route, a, b, c);
	return route->words[route->word_count++] != NULL;
}

static void
give(struct route *route, const char *text)
{
	char *kept = keep(route, text, "", "");

	if (kept && route->given_count < ROUTE_GIVEN_MAX)
		route->given[route->given_count++] = kept;
	else
		route->kind = ROUTE_NONE;
}

static void
command(struct route *route, const char *noun, const char *verb)
{
	bool fits = add_word(route, "roadbook", "", "") &&
		add_word(route, noun, "", "") &&
		(!verb || add_word(route, verb, "", "")) &&
		add_word(route, "--json", "", "");

	route->kind = fits ? ROUTE_COMMAND : ROUTE_NONE;
}

void
route_done(struct route *route)
{
	static char dashes[] = "--";

	if (route->given_count)
		route->words[route->word_count++] = dashes;
	for (size_t i = 0; i < route->given_count; i++)
		route->words[route->word_count++] = route->given[i];
	route->words[route->word_count] = NULL;
}

static bool
take_id(struct route *route, const char *id)
{
	if (!*id || strlen(id) >= sizeof route->id)
		return false;
	memcpy(route->id, id, strlen(id) + 1);
	return true;
}

/* The method, of those that the address takes. */
static bool
is(struct route *route, const char *method, const char *wanted)
{
	route->kind = ROUTE_METHOD;
	return strcmp(method, wanted) == 0;
}

/* What is told of one record beside itself. */
static bool
has_verb(const struct schema_type *type, const char *verb)
{
	return strcmp(verb, "history") == 0 ||
		(type->number == TYPE_ACCOUNT && strcmp(verb, "brief") == 0);
}

static void
read_record(
	struct route *route, const char *method, char *parts[], size_t count)
{
	const char *name = route->type->name;

	if (count == 1) {
		if (is(route, method, "GET"))
			command(route, name, "list");
		else if (strcmp(method, "POST") == 0)
			route->kind = ROUTE_ADD;
		return;
	}
	if (!take_id(route, parts[1]))
		return;
	if (count == 2) {
		if (is(route, method, "GET")) {
			command(route, name, "show");
			give(route, parts[1]);
			route->shows = true;
		} else if (strcmp(method, "PATCH") == 0) {
			route->kind = ROUTE_SET;
		}
		return;
	}
	if (count != 3 || !has_verb(route->type, parts[2]))
		return;
	if (is(route, method, "GET")) {
		command(route, name, parts[2]);
		give(route, parts[1]);
	}
}

static void
read_draft(struct route *route, const char *method, const char *name)
{
	if (!take_id(route, name))
		return;
	if (is(route, method, "GET"))
		route->kind = ROUTE_DRAFT_GET;
	else if (strcmp(method, "PUT") == 0)
		route->kind = ROUTE_DRAFT_PUT;
	else if (strcmp(method, "DELETE") == 0)
		route->kind = ROUTE_DRAFT_DELETE;
}

/* Addresses of one word that take one method. */
static const struct {
	const char *name;
	const char *method;
	enum route_kind kind;
} simple[] = {
	{"batch", "POST", ROUTE_BATCH},
	{"sync", "POST", ROUTE_SYNC},
	{"read", "POST", ROUTE_READ},
	{"user", "GET", ROUTE_USERS},
	{"device", "GET", ROUTE_DEVICES},
	{"territory", "GET", ROUTE_TERRITORIES},
	{"schema", "GET", ROUTE_SCHEMA},
	{"openapi.json", "GET", ROUTE_OPENAPI},
	{"events", "GET", ROUTE_EVENTS},
};

static bool
read_simple(struct route *route, const char *method, const char *name)
{
	for (size_t i = 0; i < sizeof simple / sizeof *simple; i++) {
		if (strcmp(name, simple[i].name) != 0)
			continue;
		if (is(route, method, simple[i].method))
			route->kind = simple[i].kind;
		return true;
	}
	return false;
}

static void
read_conflicts(
	struct route *route, const char *method, char *parts[], size_t count)
{
	if (count == 1 && is(route, method, "GET")) {
		command(route, "conflicts", NULL);
		route->shows = true;
	} else if (count == 2 && take_id(route, parts[1]) &&
		is(route, method, "POST")) {
		route->kind = ROUTE_RESOLVE;
	}
}

static void
read_quarantine(
	struct route *route, const char *method, char *parts[], size_t count)
{
	if (count == 1 && is(route, method, "GET")) {
		command(route, "quarantine", "list");
	} else if (count == 1 && strcmp(method, "POST") == 0) {
		route->kind = ROUTE_DECIDE;
	} else if (count == 2 && is(route, method, "GET")) {
		command(route, "quarantine", "show");
		give(route, parts[1]);
	}
}

static void
read_outbox(
	struct route *route, const char *method, char *parts[], size_t count)
{
	if (count == 1 && is(route, method, "GET")) {
		command(route, "outbox", "list");
	} else if (count == 2 && is(route, method, "POST")) {
		command(route, "outbox", "withdraw");
		give(route, parts[1]);
	}
}

/* Commands of one word that only read; their options come with the query. */
static bool
is_reading(const char *name)
{
	static const char *const names[] = {
		"status", "search", "due", "promises", "coverage", "honesty"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static void
read_parts(struct route *route, const char *method, char *parts[], size_t count)
{
	const struct schema_type *type =
		schema_type_named(schema_roadbook(), parts[0]);

	if (count == 1 && read_simple(route, method, parts[0]))
		return;
	if (type && type->number == TYPE_QUARANTINE) {
		read_quarantine(route, method, parts, count);
	} else if (type && !type->directory && type->number != SCHEMA_ALIAS) {
		route->type = type;
		read_record(route, method, parts, count);
	} else if (strcmp(parts[0], "conflicts") == 0) {
		read_conflicts(route, method, parts, count);
	} else if (strcmp(parts[0], "outbox") == 0) {
		read_outbox(route, method, parts, count);
	} else if (strcmp(parts[0], "invitation") == 0 && count == 1) {
		if (is(route, method, "POST"))
			command(route, "device", "invite");
	} else if (strcmp(parts[0], "invitation") == 0 && count == 2) {
		if (is(route, method, "POST")) {
			command(route, "device", "withdraw");
			give(route, parts[1]);
		}
	} else if (strcmp(parts[0], "address") == 0 && count == 1) {
		if (is(route, method, "GET"))
			command(route, "address", "list");
		else if (strcmp(method, "POST") == 0)
			route->kind = ROUTE_ADDRESS;
	} else if (strcmp(parts[0], "draft") == 0 && count == 2) {
		read_draft(route, method, parts[1]);
	} else if (count == 1 && is_reading(parts[0])) {
		if (is(route, method, "GET"))
			command(route, parts[0], NULL);
	} else if (strcmp(parts[0], "why") == 0 && count == 3) {
		if (is(route, method, "GET")) {
			command(route, "why", NULL);
			give(route, parts[1]);
			give(route, parts[2]);
		}
	}
}

void
route_read(struct route *route, const char *method, const char *path)
{
	static const char api[] = "/api/";
	char copy[ROUTE_TEXT_MAX];
	char *parts[PARTS_MAX] = {copy};
	size_t count = 1;

	memset(route, 0, sizeof *route);
	if (strncmp(path, api, sizeof api - 1) != 0) {
		if (is(route, method, "GET"))
			route->kind = ROUTE_FILE;
		return;
	}
	path += sizeof api - 1;
	if (strlen(path) >= sizeof copy)
		return;
	memcpy(copy, path, strlen(path) + 1);
	for (char *at = copy; *at; at++) {
		if (*at != '/')
			continue;
		if (count == PARTS_MAX)
			return;
		*at = '\0';
		parts[count++] = at + 1;
	}
	for (size_t i = 0; i < count; i++)
		if (!*parts[i])
			return;
	read_parts(route, method, parts, count);
}

/* ---- the query ---- */

/* Whether a list's name goes by itself, without a value. */
static bool
is_switch(const char *name)
{
	return strcmp(name, "archived") == 0 || strcmp(name, "count") == 0 ||
		strcmp(name, "all") == 0 || strcmp(name, "visits") == 0;
}

/* As flags are called: dashes, and a reference without its _id. */
static bool
flag_of(const char *name, char flag[static FLAG_MAX])
{
	size_t size = strlen(name);

	if (size + 3 > FLAG_MAX || strspn(name, name_letters) != size || !size)
		return false;
	memcpy(flag, name, size + 1);
	if (size > 3 && strcmp(flag + size - 3, "_id") == 0)
		flag[size - 3] = '\0';
	for (char *at = flag; *at; at++)
		if (*at == '_')
			*at = '-';
	return true;
}

bool
route_query(struct route *route, const char *name, const char *value)
{
	char flag[FLAG_MAX];

	if (route->kind != ROUTE_COMMAND || !value)
		return false;
	if (strcmp(route->words[1], "search") == 0 && strcmp(name, "q") == 0) {
		give(route, value);
		return route->kind == ROUTE_COMMAND;
	}
	if (!flag_of(name, flag))
		return false;
	if (is_switch(name))
		return add_word(route, "--", flag, "");
	memmove(flag + 2, flag, strlen(flag) + 1);
	memcpy(flag, "--", 2);
	return add_word(route, flag, "=", value);
}
