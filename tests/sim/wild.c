#include "tests/sim/wild.h"

#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"
#include "sync/territory_internal.h"
#include "tests/sim/forge.h"
#include "tests/sim/ledger.h"

static uint32_t
pick(struct world *world, uint32_t below)
{
	return random_below(&world->random, below);
}

void
wild_write(struct world *world)
{
	struct sim_node *mole = &world->nodes[world->hostile];
	struct store *store = mole->store;
	struct change_draft like = {.at = world->now_ms};
	struct seen_entry seen;
	uint8_t log[LOG_BYTES], raw[512], *bytes;
	struct territory *t = forge_territory(world, log);
	struct ledger_log *l;
	enum message_verdict verdict = VERDICT_MALFORMED;
	uint32_t number, field = 9;
	struct segment segment;
	struct change change;
	struct unpack unpack;
	size_t raw_size, size;
	static const uint8_t none[SEGMENT_NAME_SIZE];
	int64_t first = 1;

	if (!t || sim_seal(mole) != STATUS_OK)
		return;
	number = log_find(t, log);
	if (number != LOG_NONE)
		first = t->states[number].saved.kept + 1;
	/* Not when it waits itself, or is cut. */
	if (number != LOG_NONE &&
		(t->states[number].saved.applied + 1 != first ||
			t->states[number].cut < first))
		return;
	switch (pick(world, 3)) {
	case 0:
		like.at = CHANGE_TIME_MAX;
		break;
	case 1:
		field = 10; /* managers only */
		break;
	default:
		if (t->logs.count) {
			const struct log_state *of =
				&t->states[pick(world, t->logs.count)];

			if (memcmp(of->saved.id, mole->device, ID_BYTES) == 0)
				break;
			/* As much as it has, or a little more. */
			seen = (struct seen_entry){of->saved.id,
				of->saved.kept + 1 + pick(world, 3)};
			like.seen = &seen;
			like.seen_count = 1;
			if (number != LOG_NONE &&
				(uint32_t)(of - t->states) <
					t->states[number].saved.context_count &&
				t->states[number].saved.context[of -
					t->states] >= seen.seq)
				like.seen_count = 0;
		}
		break;
	}
	raw_size = forge_change(world, t, &like, field, raw, sizeof raw);
	bytes = forge_seal(mole, t->id, log, first,
		number == LOG_NONE ? none : t->states[number].saved.kept_name,
		raw, raw_size, &size);
	if (!bytes)
		return;
	l = ledger_log(world->ledger, t->id, log, true);
	l->author = l->incarnation = world->hostile;
	l->rank = policy_rank(mole->policy, t->id, log);
	unpack_init(&unpack, raw, raw_size);
	if (segment_view(&segment, bytes, size) == STATUS_OK &&
		change_decode(&change, &unpack) == STATUS_OK &&
		store->begin(store->self) == STATUS_OK) {
		ledger_add_raw(world, l, first, &change);
		if (territory_keep(t, &segment, bytes, false, &verdict) !=
				STATUS_OK ||
			territory_settle(t, NULL) != STATUS_OK ||
			store->commit(store->self) != STATUS_OK)
			sim_rollback(mole);
	}
	world_trace(world, "hostile: a wild change %lld, verdict %d",
		(long long)first, (int)verdict);
	free(bytes);
}
