#ifndef TESTS_SIM_HISTORIES_H
#define TESTS_SIM_HISTORIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * All causal histories of a few logs and changes: for each change, what its
 * author had applied when writing. Contexts are closed, as an honest author's
 * are (MERGE W1): who has seen a change has seen what that one had.
 *
 * Logs may be renamed without changing what is live, so one history of each
 * such family is enough: of three logs and six changes 2,209 for 13,078. What
 * does depend on names and ranks, the order of siblings, is for the caller to
 * vary.
 */
enum { HISTORY_LOGS_MAX = 4, HISTORY_CHANGES_MAX = 7 };

struct history_change {
	uint8_t log;
	uint8_t seq;
	uint8_t seen[HISTORY_LOGS_MAX]; /* own log: seq - 1 */
};

/* Changes in an order in which each stands after all that it has seen. */
struct history {
	uint8_t log_count;
	uint8_t change_count;
	struct history_change changes[HISTORY_CHANGES_MAX];
};

struct histories {
	struct history *list; /* free() */
	size_t count;
};

/*
 * The histories of at most `logs` logs and exactly `changes` changes;
 * `renamed`: one of each family that renaming logs makes equal.
 */
struct histories histories_all(uint8_t logs, uint8_t changes, bool renamed);

/*
 * Calls `found` with every order of delivery: indexes of changes, each after
 * all that it has seen. False from `found` stops, and is returned.
 */
typedef bool history_order_cb(void *self, const uint8_t *order);
bool history_orders(
	const struct history *history, history_order_cb *found, void *self);

#endif
