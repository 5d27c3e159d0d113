#include "tests/sim/survive.h"

#include <string.h>

#include "sync/carry.h"
#include "sync/territory_internal.h"
#include "tests/sim/world.h"

/* Operations of one change, some of which were found. */
struct search {
	const struct ledger *ledger;
	const uint8_t *territory;
	const struct ledger_change *change;
	int rank;
	uint64_t found; /* bits, of the first 64 */
};

enum { OPERATIONS_LOOKED_AT = 64 };

static bool
says(const struct ledger_operation *wanted, const struct operation *o)
{
	return o->type == wanted->type && o->field == wanted->field &&
		o->kind == wanted->kind && o->id_size == wanted->id_size &&
		memcmp(o->id, wanted->id, o->id_size) == 0 &&
		o->value.size == wanted->value_size &&
		memcmp(o->value.bytes, wanted->value, o->value.size) == 0;
}

static enum status
look(void *self, int64_t seq, const struct change *change)
{
	struct search *s = self;
	struct change_walk walk = {.started = false};
	struct operation o;

	(void)seq; /* whichever */
	while (change_next_operation(change, &walk, &o))
		for (uint32_t i = 0; i < s->change->operation_count &&
			i < OPERATIONS_LOOKED_AT;
			i++)
			if (says(&s->change->operations[i], &o))
				s->found |= (uint64_t)1 << i;
	return STATUS_OK;
}

static bool
is_all_there(const struct search *s)
{
	for (uint32_t i = 0;
		i < s->change->operation_count && i < OPERATIONS_LOOKED_AT;
		i++) {
		const struct ledger_operation *o = &s->change->operations[i];

		/*
		 * What may not be written, removes, or is erased need not be
		 * again.
		 */
		if (!(s->found >> i & 1) && (int)(o->field % 4) <= s->rank &&
			o->kind != OPERATION_DEL &&
			!ledger_erased(s->ledger, s->territory, o->type, o->id,
				o->id_size, LEDGER_EVER))
			return false;
	}
	return true;
}

static bool
survives(struct world *world, const struct ledger_log *log, int64_t seq)
{
	struct search search = {.ledger = world->ledger,
		.territory = log->territory,
		.change = &log->changes[seq],
		.rank = log->rank};

	for (int i = 0; i < world->node_count; i++) {
		struct sim_node *node = &world->nodes[i];
		struct territory *t =
			sim_territory(node, log->territory, false);

		/*
		 * The hub, an old one, of which a device that was shut out is
		 * not told that it was replaced, or one that carries its own
		 * when it can.
		 */
		if (!t || (!node->hub && !node->copy && i != log->author))
			continue;
		for (uint32_t k = 0; k < t->logs.count; k++)
			if (carry_read(t, t->states[k].saved.id, 1,
				    CHANGE_SEQ_MAX, look, &search) != STATUS_OK)
				world_fail(world, "node %d cannot be read", i);
		if (is_all_there(&search))
			return true;
	}
	return false;
}

void
check_survives(struct world *world, const struct ledger_log *log)
{
	int place = place_of(log->territory);

	for (int64_t seq = 1; seq <= log->last && !world->failed; seq++) {
		if (!log->changes[seq].written ||
			!log->changes[seq].acknowledged)
			continue;
		world->counts.checks++;
		if (!survives(world, log, seq))
			world_fail(world,
				"after healing change %lld of node %d in %s, "
				"which was acknowledged, is in no log: its "
				"store was copied",
				(long long)seq, log->author,
				place < 0 ? "the directory"
					  : places[place].name);
	}
}
