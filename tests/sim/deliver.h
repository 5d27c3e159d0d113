#ifndef TESTS_SIM_DELIVER_H
#define TESTS_SIM_DELIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sync/merge.h"
#include "tests/sim/oracle.h"

/*
 * The merge without a store, and the oracle beside it: a world is a set of
 * changes; sides are replicas that were brought its changes in one order or
 * another, each a few records in memory and a frontier.
 */
enum {
	WORLD_LOGS_MAX = 5,
	WORLD_CHANGES_MAX = 16,
	WORLD_RANGES_MAX = 3,
	WORLD_OPERATIONS_MAX = 8,
	WORLD_RECORDS_MAX = 8,
};

struct world_change {
	uint32_t log;
	int64_t seq;
	int64_t seen[WORLD_LOGS_MAX]; /* own log: seq - 1 */
	struct unseen_range unseen[WORLD_RANGES_MAX];
	uint32_t unseen_count;
	struct operation operations[WORLD_OPERATIONS_MAX];
	uint32_t operation_count;
};

struct world {
	const struct schema *schema;
	struct merge_log logs[WORLD_LOGS_MAX];
	int64_t cuts[WORLD_LOGS_MAX]; /* INT64_MAX: none */
	uint32_t log_count;
	struct world_change changes[WORLD_CHANGES_MAX];
	uint32_t change_count;
};

/* Hands all of it to the oracle, which is emptied first. */
const struct oracle_view *world_tell(
	const struct world *world, struct oracle *oracle);

/* A zeroed one is an empty replica. */
struct side {
	int64_t applied[WORLD_LOGS_MAX];
	struct record records[WORLD_RECORDS_MAX];
	size_t record_count;
};

void side_reset(struct side *side); /* keeps memory */
void side_clear(struct side *side);

/* Whether the side can apply the change now, and has not (R2, R3). */
bool side_wants(const struct side *side, const struct world *world,
	const struct world_change *change);
/* Applies a change that it wants. */
void side_apply(struct side *side, const struct world *world,
	const struct world_change *change);

/*
 * Where the side, which has applied all that it can of the world, differs from
 * the oracle: the first difference in words, or NULL. Sorts the registers.
 */
const char *side_differs(struct side *side, const struct world *world,
	const struct oracle_view *view);

/*
 * A text that two sides have in common when they hold the same: frontier, live
 * versions, and the past of write-once registers, whatever the order of
 * delivery. The caller's: free().
 */
char *side_text(struct side *side, const struct world *world);

/* Whether the operation's value is live: an oracle_live_cb on a struct held. */
struct held {
	const struct side *side;
	const struct world *world;
};
bool side_holds(void *held, const uint8_t *log, int64_t seq,
	const struct operation *operation);

/* Prints the world, to see a difference by. */
void world_print(const struct world *world);

#endif
