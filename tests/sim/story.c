#include "tests/sim/story.h"

#include <string.h>

#include "sync/territory_internal.h"
#include "tests/sim/actors.h"
#include "tests/sim/ledger.h"
#include "tests/sim/office.h"

enum { LINXI = 2, WRITES_MAX = 12 };

static void
write_some(struct world *world, int node)
{
	uint32_t count = 1 + random_below(&world->random, WRITES_MAX);

	for (uint32_t i = 0; i < count && !world->failed; i++)
		actors_act(world, &world->nodes[node]);
}

/* Changes of others that the node keeps in the territory. */
static int64_t
has_of_others(struct world *world, int node)
{
	struct sim_node *n = &world->nodes[node];
	struct territory *t = sim_territory(n, places[LINXI].id, false);
	int64_t kept = 0;

	for (uint32_t i = 0; t && i < t->logs.count; i++)
		if (memcmp(t->states[i].saved.id, n->device, ID_BYTES) != 0)
			kept += t->states[i].saved.kept;
	return kept;
}

static int64_t
last_of_leaver(struct world *world, int node)
{
	struct sim_node *n = &world->nodes[node];
	struct territory *t = sim_territory(n, places[LINXI].id, false);
	int64_t last = 0;

	for (uint32_t i = 0; t && i < t->logs.count; i++)
		if (memcmp(t->states[i].saved.id,
			    world->nodes[STORY_LEAVER].device, ID_BYTES) == 0)
			last = t->states[i].saved.kept;
	return last;
}

/* Somebody who knows gives the leaver nothing, whoever dials. */
static void
meets_one_who_knows(struct world *world, int who)
{
	int64_t before = has_of_others(world, STORY_LEAVER);

	world_meet(world, STORY_LEAVER, who);
	world_meet(world, who, STORY_LEAVER);
	if (has_of_others(world, STORY_LEAVER) != before)
		world_fail(world, "node %d knew, and gave the leaver something",
			who);
	world->counts.checks++;
}

static void
an_ordinary_week(struct world *world)
{
	for (int round = 0; round < 2; round++)
		for (int i = 1; i < STORY_NODES; i++) {
			write_some(world, i);
			world_meet(world, i, 0);
		}
	for (int i = 1; i < STORY_NODES; i++)
		world_meet(world, i, 0);
}

/* Away from the hub, with visits that only a colleague gets to see. */
static void
offline(struct world *world)
{
	write_some(world, STORY_LEAVER);
	world_meet(world, STORY_LEAVER, STORY_COLLEAGUE);
	write_some(world, STORY_COLLEAGUE);
	write_some(world, STORY_LEAVER);
}

void
story_play(struct world *world)
{
	int64_t known;

	an_ordinary_week(world);
	offline(world);
	/* Two have heard at once, and two, the colleague's laptops, have not.
	 */
	known = last_of_leaver(world, 0);
	office_offboard(world, STORY_LEAVER, STORY_SUCCESSOR, LINXI);
	world_meet(world, STORY_MANAGER, 0);
	world_meet(world, STORY_SUCCESSOR, 0);
	meets_one_who_knows(world, STORY_MANAGER);
	meets_one_who_knows(world, STORY_SUCCESSOR);
	write_some(world, STORY_LEAVER);
	world_meet(world, STORY_LAPTOP, STORY_LEAVER);
	write_some(world, STORY_LAPTOP);
	write_some(world, STORY_SUCCESSOR);
	if (!world->failed && last_of_leaver(world, STORY_LAPTOP) <= known)
		world_trace(world, "nobody who had not heard met the leaver");
	/* They hear of it from a colleague, and not from the hub. */
	world_meet(world, STORY_COLLEAGUE, STORY_MANAGER);
	world_meet(world, STORY_LAPTOP, STORY_SUCCESSOR);
	meets_one_who_knows(world, STORY_COLLEAGUE);
	meets_one_who_knows(world, STORY_LAPTOP);
	/* Then the leaver calls, and hands over what there is. */
	world_meet(world, STORY_LEAVER, 0);
}

/* All of an account, brief or promise is what the hub has of it. */
void
story_check_end(struct world *world)
{
	struct territory *at_hub =
		sim_territory(&world->nodes[0], places[LINXI].id, false);
	struct territory *successors = sim_territory(
		&world->nodes[STORY_SUCCESSOR], places[LINXI].id, false);
	uint8_t a[32], b[32];

	world->counts.checks++;
	if (!at_hub || !successors ||
		territory_digest(at_hub, a) != STATUS_OK ||
		territory_digest(successors, b) != STATUS_OK ||
		memcmp(a, b, sizeof a) != 0)
		world_fail(world, "who follows has not what the leaver left");
	if (sim_territory(&world->nodes[STORY_LEAVER], places[LINXI].id, false))
		world_fail(world, "the leaver still has the territory");
	if (world->counts.accepted + world->counts.rejected == 0)
		world_fail(world, "nothing of the leaver's came too late");
}
