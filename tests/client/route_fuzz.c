/*
 * Any request line: an address leads to a command line in which nothing that
 * was given stands as an option, or nowhere. And any headers of access.
 */

#include <stdlib.h>
#include <string.h>

#include "client/page/access.h"
#include "client/page/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The next text up to a line's end; NULL when there is none. */
static char *
next(char **rest)
{
	return *rest ? strsep(rest, "\n") : NULL;
}

/* Behind "--" all is what was given; before it, only what we know. */
static void
check_words(const struct route *route)
{
	if (route->word_count > ROUTE_WORDS_MAX ||
		route->words[route->word_count] != NULL)
		abort();
	for (int i = 0; i < route->word_count; i++) {
		const char *word = route->words[i];

		if (strcmp(word, "--") == 0)
			break;
		if (strncmp(word, "--dir", 5) == 0 && i < 3)
			abort();
		if (i > 3 && strncmp(word, "--", 2) != 0)
			abort(); /* an argument among the options */
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct route route;
	char *text = malloc(size + 1), *rest = text;
	const char *method, *path, *name;
	char cookie[65];

	if (!text)
		abort();
	memcpy(text, bytes, size);
	text[size] = '\0';
	method = next(&rest);
	path = next(&rest);
	route_read(&route, method, path ? path : "");
	while ((name = next(&rest))) {
		const char *value = next(&rest);

		(void)route_query(&route, name, value ? value : "");
		(void)access_host(name, 80);
		(void)access_origin(name, 80);
		(void)access_cookie(name, "roadbook_80", cookie, sizeof cookie);
	}
	if (route.kind == ROUTE_COMMAND) {
		route_done(&route);
		check_words(&route);
	}
	free(text);
	return 0;
}
