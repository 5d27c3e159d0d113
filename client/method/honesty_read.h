#ifndef CLIENT_METHOD_HONESTY_READ_H
#define CLIENT_METHOD_HONESTY_READ_H

#include <jansson.h>

#include "client/method/dossier.h"
#include "client/method/honesty.h"
#include "client/node/node.h"

/*
 * The visits of a dossier with what can be said of how they were written down
 * (client/node/entered.h), and the figures of each person as JSON.
 *
 * A person's own are for that person; those of others are read by who is a
 * manager of the territory, and at head office. Nobody else is told of them.
 */

struct honesty_scope {
	int32_t since, until; /* the visits' days, both among them */
	const uint8_t *user;  /* of them alone, or NULL */
};

struct honesty_report {
	struct honesty_visit *visits; /* by (user, day, id) */
	size_t count;
	struct arena arena;
};

/*
 * Done visits of the dossier. EXIT_FAILED when the disk refuses. The dossier
 * outlives the report; honesty_clear() in any case.
 */
bool honesty_read(struct node *node, const struct dossier *facts,
	const struct honesty_scope *scope, struct honesty_report *report,
	struct problem *problem);
void honesty_clear(struct honesty_report *report);

/*
 * [{"user", "visits", "entry_lag": {"median_days", "p90_days", "late_bp"},
 * "proven_late", "entered_before_visit", "edited_after_48h", "without_place",
 * "without_note", "without_next_step", "same_text", "clock_set_back",
 * "here": {"visits", "median_days", "p90_days", "late_bp"}}…], by login; with
 * `each`, "flagged": [{"id", "account", "visited_on", "entered_on",
 * "not_before_on", "flags": [those names, and "late"]}…] as well.
 *
 * `here` is as this node received them: its own affair, and null where it
 * knows of no receipt. All else is equal where frontiers are.
 */
json_t *honesty_json(const struct dossier *facts,
	const struct honesty_report *report, bool each);

#endif
