#include "tests/sim/decide.h"

#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"
#include "tests/sim/ledger.h"

enum { LATE_MAX = 48, SOME = 6 };

/* The late changes of one log, as the hub has them. */
struct late {
	struct world *world;
	struct territory *at_hub;
	struct sim_node *boss;
	const struct ledger_log *origin;
	int64_t first;
	struct pack_view changes[LATE_MAX];
	size_t count;
	uint32_t left; /* how many decisions are still to be made */
};

static void
note_decision(struct late *l, const struct carried *carried)
{
	struct world *world = l->world;
	struct decision *d;

	world->decisions = alloc_again(world->decisions,
		(world->decision_count + 1) * sizeof *world->decisions);
	d = &world->decisions[world->decision_count++];
	memcpy(d->territory, l->origin->territory, ID_BYTES);
	d->carried = *carried;
}

static bool
is_decided(const struct late *l, int64_t seq)
{
	const struct world *world = l->world;

	for (size_t i = 0; i < world->decision_count; i++) {
		const struct decision *d = &world->decisions[i];

		if (d->carried.origin_seq == seq &&
			memcmp(d->carried.origin_log, l->origin->id,
				LOG_BYTES) == 0 &&
			memcmp(d->territory, l->origin->territory, ID_BYTES) ==
				0)
			return true;
	}
	return false;
}

/* Those that were accepted in the territory; the caller's to free. */
static struct carried *
known_carried(const struct late *l, size_t *count)
{
	const struct world *world = l->world;
	struct carried *list = alloc(world->decision_count * sizeof *list);

	*count = 0;
	for (size_t i = 0; i < world->decision_count; i++)
		if (world->decisions[i].carried.seq &&
			memcmp(world->decisions[i].territory,
				l->origin->territory, ID_BYTES) == 0)
			list[(*count)++] = world->decisions[i].carried;
	return list;
}

/* Writes it, in the open transaction, and tells the ledger. */
static enum status
carry_over(struct late *l, struct carry *carry, struct carried *done)
{
	struct world *world = l->world;
	struct territory *t =
		sim_territory(l->boss, l->origin->territory, true);
	struct carried *known = known_carried(l, &carry->carried_count);
	uint32_t context_count, left_out;
	struct ledger_seen *context;
	enum status status = STATUS_FAILED;

	carry->carried = known;
	if (t) {
		context = ledger_context(
			world->ledger, t, carry->log, &context_count);
		status = territory_carry(t, carry, &done->seq, &left_out);
		if (status == STATUS_OK && done->seq)
			ledger_carried(world, l->boss, t, carry, done->seq,
				context, context_count, l->origin);
		else
			free(context);
	}
	free(known);
	return status;
}

static void
accept(struct late *l, size_t index)
{
	struct world *world = l->world;
	struct store *store = l->boss->store;
	struct carried done = {.origin_seq = l->first + (int64_t)index};
	struct carry carry = {.log = done.log,
		.at = node_now(l->boss),
		.offset = 480,
		.origin_log = l->origin->id,
		.origin_seq = done.origin_seq,
		.changes = l->changes,
		.change_count = index + 1};
	enum status status;

	memcpy(done.origin_log, l->origin->id, LOG_BYTES);
	memcpy(done.log, l->boss->device, ID_BYTES);
	(void)policy_write_grant(l->boss->policy, l->boss->user,
		l->origin->territory, done.log + ID_BYTES);
	if (store->begin(store->self) != STATUS_OK)
		return;
	status = carry_over(l, &carry, &done);
	if (status != STATUS_OK || store->commit(store->self) != STATUS_OK) {
		sim_rollback(l->boss);
		if (world->healing && status != STATUS_OK)
			world_fail(world,
				"node %d cannot accept change %lld of node %d "
				"(%d)",
				l->boss->number, (long long)done.origin_seq,
				l->origin->author, (int)status);
		return;
	}
	if (done.seq)
		ledger_acknowledge(
			ledger_written(world->ledger, l->origin->territory,
				done.log, l->boss),
			done.seq);
	world->counts.accepted++;
	note_decision(l, &done);
	world_trace(world, "node %d: accepts change %lld of node %d, as %lld",
		l->boss->number, (long long)done.origin_seq, l->origin->author,
		(long long)done.seq);
}

static void
decide_log(struct late *l)
{
	struct carried rejected = {.seq = 0};

	memcpy(rejected.origin_log, l->origin->id, LOG_BYTES);
	for (size_t i = 0; i < l->count && l->left; i++) {
		rejected.origin_seq = l->first + (int64_t)i;
		if (is_decided(l, rejected.origin_seq))
			continue;
		l->left--;
		if (!random_once_in(&l->world->random, 3)) {
			accept(l, i);
		} else {
			l->world->counts.rejected++;
			note_decision(l, &rejected);
		}
		if (disk_dead(l->boss->disk) || l->boss->crashed)
			return;
	}
}

/* Whoever manages the territory, by what their own node knows. */
static struct sim_node *
boss_of(struct world *world, const uint8_t *territory)
{
	int first =
		(int)random_below(&world->random, (uint32_t)world->node_count);

	for (int i = 0; i < world->node_count; i++) {
		struct sim_node *node =
			&world->nodes[(first + i) % world->node_count];
		uint8_t log[LOG_BYTES];

		memcpy(log, node->device, ID_BYTES);
		if (node->up && !node->crashed && !disk_dead(node->disk) &&
			!node->hub && !node->hostile && !node->restored &&
			!policy_is_revoked(node->policy, node->device) &&
			policy_write_grant(node->policy, node->user, territory,
				log + ID_BYTES) >= RANK_MANAGER &&
			/* A lost hub had let it in, and nobody else knows. */
			policy_rank(node->policy, territory, log) >=
				RANK_MANAGER &&
			policy_cut(node->policy, territory, log) == INT64_MAX)
			return node;
	}
	return NULL;
}

static enum status
keep_change(void *self, int64_t seq, const struct change *change)
{
	struct late *l = self;

	(void)seq; /* one after the other */
	l->changes[l->count].bytes =
		alloc_copy(change->whole.bytes, change->whole.size);
	l->changes[l->count++].size = change->whole.size;
	return STATUS_OK;
}

static void
note_range(void *self, const uint8_t *log, int64_t first, int64_t last)
{
	struct late *l = self;
	const struct ledger_log *origin = ledger_log(
		l->world->ledger, territory_id(l->at_hub), log, false);

	(void)last; /* as far as there is room */
	if (l->origin || !origin || origin->forked_at ||
		l->world->nodes[origin->author].hostile)
		return;
	l->first = first;
	l->origin = origin;
	for (int64_t seq = first; seq < first + LATE_MAX; seq++)
		if (seq <= last && !is_decided(l, seq))
			return;
	l->origin = NULL; /* all of it was decided on */
}

/* One log of the territory; false when nothing of it is left. */
static bool
decide_in(struct world *world, struct territory *t, uint32_t count)
{
	struct late late = {.world = world, .at_hub = t, .left = count};
	enum status status = territory_late(t, note_range, &late);

	if (status == STATUS_OK && late.origin)
		late.boss = boss_of(world, late.origin->territory);
	if (!late.boss)
		return false;
	status = carry_read(t, late.origin->id, late.first,
		late.first + LATE_MAX - 1, keep_change, &late);
	if (status == STATUS_OK)
		decide_log(&late);
	while (late.count)
		free((void *)(uintptr_t)late.changes[--late.count].bytes);
	return true;
}

static bool
hub_works(const struct world *world)
{
	const struct sim_node *hub = &world->nodes[0];

	return hub->up && !hub->crashed && !disk_dead(hub->disk);
}

void
decide_some(struct world *world)
{
	struct sim_node *hub = &world->nodes[0];

	for (int i = 0; i < NODE_TERRITORIES_MAX && hub_works(world) &&
		hub->territories[i];
		i++)
		if (hub->territories[i] != hub->directory &&
			decide_in(world, hub->territories[i], SOME))
			return;
}

bool
decide_all(struct world *world)
{
	struct sim_node *hub = &world->nodes[0];
	bool any = false;

	for (int i = 0; i < NODE_TERRITORIES_MAX && hub->territories[i]; i++)
		while (hub->territories[i] != hub->directory &&
			!world->failed &&
			decide_in(world, hub->territories[i], LATE_MAX))
			any = true;
	return any;
}
