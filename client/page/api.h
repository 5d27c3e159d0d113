#ifndef CLIENT_PAGE_API_H
#define CLIENT_PAGE_API_H

#include <stdbool.h>
#include <stddef.h>

#include "client/node/local.h"
#include "client/page/route.h"

/* An answer that is given again (client/page/kept.h). */
struct api_kept {
	char *words; /* of the command; malloc'ed, NULL: nothing is kept */
	char *body;  /* malloc'ed */
	size_t body_size;
	enum language language;
	int news; /* what search_index_news() said */
	int64_t day;
};

enum { API_KEPT = 3 };

/* Answers requests below /api/ on an open node. */
struct api {
	struct node *node;
	local_run *run; /* answers a command line, as for another process */
	void *run_self;
	/* A draft was kept or dropped: nothing for others to look at. */
	bool quiet;
	struct api_kept kept[API_KEPT];
};

struct api_request {
	struct route *route;
	enum language language;
	const char *shown; /* what the form was shown at, or NULL */
	const char *body;
	size_t body_size;
};

struct api_answer {
	int status; /* of HTTP */
	char *body; /* JSON; malloc'ed */
	size_t body_size;
	char *shown; /* the frontier it was read at; malloc'ed, or NULL */
};

enum { API_BODY_MAX = 1 << 20, API_DRAFT_MAX = 1 << 16, API_READ_MAX = 64 };

/* The route's command line is finished by this. */
void api_answer(struct api *api, const struct api_request *request,
	struct api_answer *answer);
void api_answer_clear(struct api_answer *answer);

/* {"error":{"code","message","hint"}} with the status of its exit code. */
void api_problem(struct api_answer *answer, const struct problem *problem);

#endif
