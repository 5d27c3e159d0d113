#include "client/page/kept.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/node.h"
#include "client/store/search_index.h"
#include "sync/alloc.h"

enum { DAY_MS = 24 * 60 * 60 * 1000, HTTP_OK = 200 };

static const char *const names[API_KEPT] = {"due", "promises", "outbox"};

/* Where the answer of this command is kept; NULL: it is not. */
static struct api_kept *
place(struct api *api, const struct api_request *request)
{
	const struct route *route = request->route;

	/* What writes is never the same. */
	if (route->word_count < 3 || strcmp(route->words[2], "withdraw") == 0)
		return NULL;
	for (size_t i = 0; i < API_KEPT; i++)
		if (strcmp(route->words[1], names[i]) == 0)
			return &api->kept[i];
	return NULL;
}

/* The reader's day, which is what these are as of. */
static int64_t
today(void)
{
	int64_t now = node_now_ms();

	return (now + (int64_t)node_offset(now) * 60000) / DAY_MS;
}

/* The words one after the other; malloc'ed. */
static char *
words_of(const struct route *route)
{
	size_t size = 1, used = 0;
	char *text;

	for (int i = 0; i < route->word_count; i++)
		size += strlen(route->words[i]) + 1;
	text = alloc(size);
	for (int i = 0; i < route->word_count; i++) {
		size_t length = strlen(route->words[i]);

		memcpy(text + used, route->words[i], length);
		used += length;
		text[used++] = '\n';
	}
	return text;
}

bool
kept_find(struct api *api, const struct api_request *request,
	struct api_answer *answer)
{
	const struct api_kept *kept = place(api, request);
	char *words;
	bool found;

	if (!kept || !kept->words ||
		kept->news != search_index_news(api->node->store) ||
		kept->day != today() || kept->language != request->language)
		return false;
	words = words_of(request->route);
	found = strcmp(words, kept->words) == 0;
	free(words);
	if (!found)
		return false;
	answer->status = HTTP_OK;
	answer->body = alloc_copy(kept->body, kept->body_size);
	answer->body_size = kept->body_size;
	return true;
}

static void
forget(struct api_kept *kept)
{
	free(kept->words);
	free(kept->body);
	*kept = (struct api_kept){0};
}

void
kept_note(struct api *api, const struct api_request *request,
	const struct api_answer *answer)
{
	struct api_kept *kept = place(api, request);

	if (!kept || answer->status != HTTP_OK || !answer->body_size)
		return;
	forget(kept);
	*kept = (struct api_kept){.words = words_of(request->route),
		.body = alloc_copy(answer->body, answer->body_size),
		.body_size = answer->body_size,
		.language = request->language,
		.news = search_index_news(api->node->store),
		.day = today()};
}

void
kept_clear(struct api *api)
{
	for (size_t i = 0; i < API_KEPT; i++)
		forget(&api->kept[i]);
}
