#ifndef TESTS_SIM_STORY_H
#define TESTS_SIM_STORY_H

#include "tests/sim/world.h"

/*
 * A rep leaves: what `sim --story` plays instead of whatever happens. Three
 * reps, one of them with two laptops, a manager, the hub. The leaver is offline
 * with visits that nobody has; colleagues meet them who have not heard; who
 * follows had no grant there. How much everybody writes, and when, is drawn
 * from the seed. Then all is healed and compared, as in any run.
 */
enum {
	STORY_MANAGER = 1,
	STORY_COLLEAGUE = 2,
	STORY_LEAVER = 3,
	STORY_LAPTOP = 4, /* the colleague's other one */
	STORY_SUCCESSOR = 5,
	STORY_NODES = 6,
};

void story_play(struct world *world);
/* After healing, besides what must hold of any run. */
void story_check_end(struct world *world);

#endif
