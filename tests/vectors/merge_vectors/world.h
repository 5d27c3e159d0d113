#ifndef TESTS_VECTORS_MERGE_VECTORS_WORLD_H
#define TESTS_VECTORS_MERGE_VECTORS_WORLD_H

#include <jansson.h>
#include <stdbool.h>

#include "names.h"
#include "sync/territory.h"

/*
 * The changes of a case, sealed once, one to a segment; and a territory that
 * is given them one by one.
 */
struct vector_change {
	const char *id; /* "A2" */
	uint8_t log[LOG_BYTES];
	int64_t seq;
	int rank;
	uint8_t *segment; /* NULL: what comes before it is in no change */
	size_t segment_size;
};

struct world {
	struct names *names;
	struct store *store;
	const uint8_t *territory_id;
	struct vector_change *changes; /* ascending by (log, seq) */
	size_t count;

	/* The replica at hand; world_begin() starts with an empty one. */
	struct territory *territory;
	bool *delivered; /* by change */
	json_t *granted; /* log names; NULL: all */
	json_t *cuts;    /* log name -> last */
	json_t *ranks;   /* log name -> rank: those of `author` too */
	char problem[160];
};

/* False with `problem` when a change cannot be said in the program's form. */
bool world_init(struct world *world, struct names *names, struct store *store,
	json_t *test);
void world_clear(struct world *world);

/* An empty replica of a new territory. */
bool world_begin(struct world *world, uint32_t number, json_t *granted);
void world_end(struct world *world);

/* Delivers `A2`, `cut:A=2` or `grant:B`; false with `problem`. */
bool world_deliver(struct world *world, const char *item);
/* Projects all of it again. */
bool world_rebuild(struct world *world);

/* Whether a change was delivered that cannot be kept yet: a gap before it. */
bool world_held_back(const struct world *world, size_t index);
/* The cut of a log; INT64_MAX when it has none. */
int64_t world_cut(const struct world *world, const uint8_t *log);
int64_t world_applied(struct world *world, const uint8_t *log);

#endif
