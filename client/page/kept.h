#ifndef CLIENT_PAGE_KEPT_H
#define CLIENT_PAGE_KEPT_H

#include <stdint.h>

#include "client/page/api.h"

/*
 * The last answer of what looks at very much: `due`, `promises` and `outbox`.
 * It is given again as long as it would come out the same: nothing was written
 * since, by anybody, and the day is the same. Several screens ask for it, and a
 * sync that brings nothing does not make them wait.
 */

/* Whether it was kept; the answer is filled in if it was. */
bool kept_find(struct api *api, const struct api_request *request,
	struct api_answer *answer);
/* After the command ran. */
void kept_note(struct api *api, const struct api_request *request,
	const struct api_answer *answer);
void kept_clear(struct api *api);

#endif
