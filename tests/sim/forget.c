/* What must hold of whoever may not keep a territory any more. */

#include <string.h>

#include "proto/schema_roadbook.h"
#include "sync/territory_internal.h"
#include "tests/sim/hubs.h"
#include "tests/sim/ledger.h"
#include "tests/sim/world.h"

/*
 * The hub awaits a device, and one of two machines that have its keys was
 * there. What the other one wrote comes too late, and is kept beyond the cut:
 * check_end() looks for it.
 */
static bool
is_on_two_machines(const struct world *world, const struct ledger_log *log)
{
	for (int i = 0; i < world->node_count; i++)
		if (i != log->author &&
			memcmp(world->nodes[i].device, log->id, ID_BYTES) == 0)
			return true;
	return false;
}

/*
 * A hub was lost with an erasure that nobody fetched: until its author has
 * handed the original over, the log is told as if it ended there.
 */
static bool
waits_for_erasure(struct world *world, const struct ledger_log *log)
{
	struct territory *t = sim_territory(
		&world->nodes[log->author], log->territory, false);

	return t && world->ledger->term_count > 1 &&
		territory_owes_erasure(t, log->id);
}

void
check_drained(struct world *world, const uint8_t *grant)
{
	struct sim_node *hub = &world->nodes[0];

	for (uint32_t i = 0; i < world->ledger->log_count; i++) {
		const struct ledger_log *log = world->ledger->logs[i];
		const struct sim_node *author = &world->nodes[log->author];
		struct territory *t;
		uint32_t number;
		int64_t kept, last;

		if (memcmp(log->id + ID_BYTES, grant, ID_BYTES) != 0 ||
			author->hostile || log->forked_at || log->branch ||
			is_on_two_machines(world, log) ||
			waits_for_erasure(world, log) ||
			ledger_revoked(
				world->ledger, author->device, INT64_MAX))
			continue;
		t = sim_territory(hub, log->territory, false);
		number = t ? log_find(t, log->id) : LOG_NONE;
		kept = number == LOG_NONE ? 0 : t->states[number].saved.kept;
		/* What lies beyond an earlier cut-off is owed until it goes. */
		last = ledger_cut(
			world->ledger, log->territory, log->id, INT64_MAX);
		if (last > log->last)
			last = log->last;
		if (kept < last && log->changes[last].acknowledged)
			world_fail(world,
				"grant %02x ends in friendship while node %d "
				"has change %lld, and the hub %lld",
				grant[ID_BYTES - 1], log->author,
				(long long)last, (long long)kept);
	}
}

/*
 * What records of a territory look like in a file: draft_some_id(). Whatever
 * tables, indexes, free pages and the WAL hold, they are the same bytes.
 */
static bool
lies_on_disk(const struct sim_node *node, const struct place *place)
{
	static const uint8_t types[] = {TYPE_ACCOUNT, TYPE_CONTACT, TYPE_VISIT};

	for (size_t i = 0; i < sizeof types; i++) {
		uint8_t id[ID_BYTES - 1];

		memset(id, 0xa0 + types[i], sizeof id);
		id[12] = 0;
		id[13] = place->id[0];
		id[14] = 0;
		if (disk_holds(node->disk, id, sizeof id))
			return true;
	}
	return false;
}

void
check_forgotten(struct world *world, struct sim_node *node)
{
	bool revoked = ledger_revoked(world->ledger, node->device, INT64_MAX);

	if (node->hostile || node->hub || !hubs_know(world, node))
		return;
	/* The hub has one branch of a log: who has another one keeps it. */
	if (node->was_copy)
		return;
	for (int i = 0; i < WORLD_TERRITORIES && !world->failed; i++) {
		if (!revoked &&
			ledger_may_read(
				world->ledger, node->user, i, INT64_MAX))
			continue;
		world->counts.checks++;
		if (sim_territory(node, places[i].id, false))
			world_fail(world,
				"after healing node %d still has %s, on which "
				"it has no grant",
				node->number, places[i].name);
		else if (lies_on_disk(node, &places[i]))
			world_fail(world,
				"node %d forgot %s, and something of it lies "
				"on its disk",
				node->number, places[i].name);
	}
}
