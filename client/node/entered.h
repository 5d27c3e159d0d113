#ifndef CLIENT_NODE_ENTERED_H
#define CLIENT_NODE_ENTERED_H

#include <jansson.h>

#include "client/node/view.h"

/*
 * When a visit was written down, and what proves it. The author's clock is a
 * claim: whoever sets it back may write a visit of last week today. So beside
 * the claim stands a window, made of what others know:
 *
 *     not before   the hub's time when the device and the grant were written
 *                  in the directory; or the latest time that the hub had told
 *                  the author; or when a colleague, by the colleague's clock,
 *                  made the newest change that the author had seen. The
 *                  author's program states what it was told and had seen; who
 *                  sets a clock back does not reach that, who writes another
 *                  program would not state more than it must.
 *     not after    when a colleague, by the colleague's clock, made the first
 *                  change that had seen it.
 *     here         when this node came to keep it, by its own clock.
 *
 * The first two come out of the logs alone: nodes whose frontiers are equal
 * tell them equal. The last is this node's own affair and is told as that; the
 * hub's is the one that counts most, and the hub tells it to who asks there,
 * since it may write nothing in a field territory. What the author's own clock
 * says elsewhere proves nothing, but it can contradict itself.
 *
 * This informs and blocks nothing. Two people who agree on a lie, and a wrong
 * clock of a colleague, are not found out.
 */

/* Whose clock a moment is by. */
struct entered_bound {
	int64_t at_ms;      /* UTC; 0: there is none */
	const uint8_t *log; /* the colleague's; NULL: the hub's */
	bool told;          /* by the hub to the author */
};

struct entered {
	uint8_t visit[ID_BYTES];
	uint32_t territory; /* number */
	/*
	 * The change that first said on which day the visit was, or made it
	 * where none did. Of one that was carried over (MERGE R20) `log` and
	 * `seq` are the original's, at_ms is when that was written, and
	 * nothing is known of what its author had seen.
	 */
	const uint8_t *log; /* LOG_BYTES */
	int64_t seq;
	bool carried;
	int64_t at_ms; /* the claim: by the author's clock */
	int32_t offset;
	struct entered_bound after, before;
	int64_t here_ms; /* 0: pending here, or from before receipts were kept
			  */
	bool own; /* written on this device: here is when it was sealed */
	/*
	 * An earlier change of the same log is dated this much later, or the
	 * hub had told a time this much later, when that is more than
	 * ENTERED_BACK_MS: the clock was set back. Else 0.
	 */
	int64_t back_ms;
	/* Changes that the same person made to it ENTERED_EDIT_MS later. */
	uint32_t late_edits;
	int64_t last_edit_ms;
};

enum { ENTERED_BACK_MS = 10 * 60 * 1000, ENTERED_EDIT_HOURS = 48 };
#define ENTERED_EDIT_MS (ENTERED_EDIT_HOURS * 3600 * INT64_C(1000))

/* Ascending by id. A zeroed one is empty. */
struct entered_list {
	struct entered *list;
	size_t count;
	struct arena arena;
};

/*
 * Every visit of the territory, or the one alone. It reads all changes of the
 * territory. False when the disk refuses; clear in any case.
 */
MUST_USE bool entered_load(struct node *node, struct territory *territory,
	const uint8_t *only, struct entered_list *entered);
void entered_clear(struct entered_list *entered);
/* NULL: not there. */
const struct entered *entered_find(
	const struct entered_list *entered, const uint8_t *visit);

/*
 * {"user", "device", "claimed", "carried_over" (if so),
 * "not_before": {"at", "by", "why": grant | told | seen} or null,
 * "not_after": {"at", "by", "why": seen} or null,
 * "clock_back_minutes" (if so), "late_edits", "last_edit" (if any),
 * "here": {"at", "how": written | received, "node"} or null}
 *
 * All but `here` is equal on nodes whose frontiers are.
 */
json_t *entered_json(struct node *node, const struct entered *entered);

#endif
