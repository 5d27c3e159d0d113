#ifndef TESTS_SIM_PLANT_H
#define TESTS_SIM_PLANT_H

#include "sync/territory.h"

/*
 * Bugs that can be put back in, to see that the simulator finds them. They are
 * planted around the shipped code and not in it: in what the core is handed,
 * or by the linker's --wrap around one of its functions.
 */
enum plant {
	PLANT_NONE,
	PLANT_IGNORED_SIBLING,
	PLANT_FRONTIER_BEFORE_COMMIT,
	PLANT_SHORT_CONTEXT,
	PLANT_CUT_BY_CLOCK,
	PLANT_LOST_PENDING,
	PLANT_NO_SIGNATURE,
	PLANT_NO_GRANT,
	PLANT_UNSEEN_IGNORED,
	PLANT_RANK_IGNORED,
	PLANT_NO_SYNC,
	PLANT_REBUILD_KEEPS,
	PLANT_KEEPS_ALL,
	PLANT_FORGETS_EARLY,
	PLANT_CARRY_COVERS,
	PLANT_COPY_GOES_ON,
	PLANT_FORGETS_ENDINGS,
	PLANT_OLD_HUB_OBEYED,
	PLANT_ERASED_STAYS,
	PLANT_ERASED_IN_FILE,
	PLANT_WIPES_EARLY,
	PLANT_LEASE_BY_CLOCK,
	PLANT_LETTERS_TWICE,
	PLANTS,
};

extern enum plant plant;

/* PLANTS when there is none of that name. */
enum plant plant_named(const char *name);
const char *plant_name(enum plant which);
const char *plant_text(enum plant which);

struct sim_node;
struct store;

/* The rules of a node's territories. */
struct territory_rules plant_rules(struct sim_node *node);
/* A store that was opened. */
void plant_store(struct store *store);

#endif
