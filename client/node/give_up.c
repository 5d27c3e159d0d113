#include "client/node/give_up.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sync/alloc.h"

static sqlite3_mem_methods sqlite_own;
static bool as_json;

static void *
sqlite_malloc(int size)
{
	void *p = sqlite_own.xMalloc(size);

	if (!p)
		alloc_failed();
	return p;
}

static void *
sqlite_realloc(void *old, int size)
{
	void *p = sqlite_own.xRealloc(old, size);

	if (!p)
		alloc_failed();
	return p;
}

void
give_up_start(void)
{
	sqlite3_mem_methods methods;

	json_set_alloc_funcs(alloc, free);
	/* These can fail only when SQLite runs already. */
	(void)sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_own);
	methods = sqlite_own;
	methods.xMalloc = sqlite_malloc;
	methods.xRealloc = sqlite_realloc;
	(void)sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

void
give_up_as(bool json)
{
	static char line[256];
	const char *message = T("out of memory");

	as_json = json;
	/* Both fit; nothing of this text needs escaping in JSON. */
	if (json)
		(void)snprintf(line, sizeof line,
			"{\"error\": {\"code\": \"%s\", \"message\": \"%s\", "
			"\"hint\": \"\"}}\n",
			exit_code_name(EXIT_FAILED), message);
	else
		(void)snprintf(
			line, sizeof line, "%s%s\n", T("error: "), message);
	alloc_set_line(line);
}

_Noreturn void
give_up(const struct problem *problem)
{
	if (as_json) {
		json_t *json = json_pack("{s:{s:s, s:s, s:s}}", "error", "code",
			exit_code_name(problem->code), "message",
			problem->message, "hint", problem->hint);

		(void)json_dumpf(json, stderr, JSON_PRESERVE_ORDER);
		(void)fputc('\n', stderr);
	} else {
		(void)fprintf(stderr, "%s%s\n", T("error: "), problem->message);
	}
	_exit((int)problem->code);
}
