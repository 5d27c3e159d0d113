#ifndef TESTS_SIM_DRAFT_H
#define TESTS_SIM_DRAFT_H

#include "tests/sim/actors.h"

/*
 * A change under way: somebody at a node fills in a form, then saves it. What
 * is written goes through the shipped territory_write() and into the ledger.
 * One that has begun needs no end; `unseen` is the caller's to free.
 */
enum {
	DRAFT_OPERATIONS_MAX = 24,
	DRAFT_BYTES_MAX = 8192,
	DRAFT_RECORDS = 5, /* of a type in a territory: few, so people meet */
};

struct draft {
	struct world *world;
	struct sim_node *node;
	struct territory *territory;
	uint8_t log[LOG_BYTES];
	int rank;
	struct write_operation operations[DRAFT_OPERATIONS_MAX];
	size_t count;
	uint8_t bytes[DRAFT_BYTES_MAX]; /* ids and values */
	struct pack pack;
	size_t value_at;
	struct unseen_range *unseen;
	uint32_t unseen_count;
};

struct random *draft_chance(const struct draft *d);

/* Under which grant the node writes there; false: under none. */
bool draft_begin(struct draft *d, struct world *world, struct sim_node *node,
	struct territory *territory);

/* A copy of an id that lives as long as the draft. */
const uint8_t *draft_keep(struct draft *d, const uint8_t *id, size_t size);
/* Where the value of the next draft_add() is packed. */
struct pack *draft_value(struct draft *d);
/* Adds an operation with the value that was packed; none on one register. */
void draft_add(struct draft *d, uint32_t type, const uint8_t *id,
	size_t id_size, uint32_t field, enum operation_kind kind);

/* Writes it in the open transaction. False: it was refused, or failed. */
bool draft_write(struct draft *d, int64_t *seq);
/* A transaction of one change. Its number; 0 when nothing was written. */
int64_t draft_commit(struct draft *d);

/* One of the few records of a type in this territory. */
void draft_some_id(struct draft *d, uint32_t type, uint8_t *id);

#endif
