/* What must hold at the end, when all is healed and everybody has met. */

#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"
#include "sync/territory_internal.h"
#include "tests/sim/beside.h"
#include "tests/sim/erase.h"
#include "tests/sim/hubs.h"
#include "tests/sim/lease.h"
#include "tests/sim/ledger.h"
#include "tests/sim/survive.h"
#include "tests/sim/wipe.h"
#include "tests/sim/world.h"

/* Whether the node must hold what the hub holds of the territory. */
static bool
must_hold(struct world *world, const struct sim_node *node,
	const struct territory *t)
{
	int place = place_of(territory_id(t));

	if (node->number == world->hostile || node->hub || node->wiping ||
		!hubs_know(world, node) ||
		ledger_revoked(world->ledger, node->device, INT64_MAX))
		return false;
	return place < 0 ||
		ledger_may_read(world->ledger, node->user, place, INT64_MAX);
}

static void
trace_wait(void *self, const struct territory_wait *wait)
{
	const struct territory *t = self;
	const struct world *world = ((struct sim_node *)t->rules.self)->world;

	world_trace(world,
		"waits: log of device %02x%02x, grant %02x: %lld of %lld, for "
		"%lld of device %02x%02x, grant %02x",
		wait->log[0], wait->log[1], wait->log[LOG_BYTES - 1],
		(long long)wait->applied, (long long)wait->kept,
		(long long)wait->needs_seq,
		wait->needs_log ? wait->needs_log[0] : 0,
		wait->needs_log ? wait->needs_log[1] : 0,
		wait->needs_log ? wait->needs_log[LOG_BYTES - 1] : 0);
}

/* What is kept and applied, and what waits for what. */
static void
trace_logs(
	const struct world *world, struct sim_node *node, struct territory *t)
{
	for (uint32_t i = 0; i < t->logs.count; i++) {
		const struct log_state *log = &t->states[i];

		world_trace(world,
			"node %d: log of device %02x%02x, grant %02x: kept "
			"%lld, last %lld, applied %lld, cut %lld, rank %d",
			node->number, log->saved.id[0], log->saved.id[1],
			log->saved.id[LOG_BYTES - 1],
			(long long)log->saved.kept, (long long)log->last,
			(long long)log->saved.applied,
			(long long)(log->cut == INT64_MAX ? -1 : log->cut),
			log->rank);
	}
	if (territory_waiting(t, trace_wait, t) != STATUS_OK)
		world_trace(world, "what waits cannot be told");
}

static void
check_converged(struct world *world, struct sim_node *node, struct territory *t,
	const uint8_t *digest)
{
	struct territory *theirs = sim_territory(node, territory_id(t), true);
	int place = place_of(territory_id(t));
	const char *name = place < 0 ? "the directory" : places[place].name;
	uint8_t own[32];

	if (!theirs) {
		world_fail(world, "node %d cannot open %s", node->number, name);
		return;
	}
	for (uint32_t i = 0; i < t->logs.count; i++) {
		const struct store_log *log = &t->states[i].saved;
		uint32_t number = log_find(theirs, log->id);
		int64_t applied = number == LOG_NONE
			? 0
			: theirs->states[number].saved.applied;
		const struct ledger_log *l = ledger_log(
			world->ledger, territory_id(t), log->id, false);

		if (applied != log->applied) {
			world_fail(world,
				"after healing node %d has applied %lld of %s "
				"by node %d, the hub %lld",
				node->number, (long long)applied, name,
				l ? l->author : -1, (long long)log->applied);
			trace_logs(world, &world->nodes[0], t);
			trace_logs(world, node, theirs);
			return;
		}
	}
	if (territory_digest(theirs, own) != STATUS_OK ||
		memcmp(own, digest, sizeof own) != 0)
		world_fail(world,
			"after healing the digest of %s differs at node %d",
			name, node->number);
}

/*
 * What the hub itself wrote may wait there to be sealed, when nobody is left
 * who comes: all are shut out, and a receipt was the last to be written.
 */
static int64_t
kept_of(const struct territory *t, uint32_t number, bool own)
{
	if (number == LOG_NONE)
		return 0;
	return own ? t->states[number].last : t->states[number].saved.kept;
}

/*
 * The hub keeps all that was acknowledged, whoever wrote it and whatever became
 * of them, and has applied it up to its log's cut. What a stolen device had is
 * thrown away without being asked for.
 */
static void
check_acknowledged(struct world *world, struct ledger_log *log)
{
	struct sim_node *hub = &world->nodes[0];
	struct sim_node *author = &world->nodes[log->author];
	struct territory *t = sim_territory(hub, log->territory, false);
	uint32_t number = t ? log_find(t, log->id) : LOG_NONE;
	int64_t applied =
		number == LOG_NONE ? 0 : t->states[number].saved.applied;
	int64_t cut =
		ledger_cut(world->ledger, log->territory, log->id, INT64_MAX);
	int64_t kept = kept_of(t, number, author == hub);
	int place = place_of(log->territory);

	/* What an old hub said after its end, hubs_check_end() looks for. */
	if (author->hostile || (author->hub && author->number != 0) ||
		author->locked || /* for `hub recover` */
		!hubs_know(world, author) ||
		ledger_stolen(world->ledger, author->device))
		return;
	/* What a copy had not sealed is carried over under another number. */
	if (log->forked_at || author->was_copy ||
		policy_is_replaced(hub->policy, log->id)) {
		check_survives(world, log);
		return;
	}
	/* Beyond a cut-off as well: it is in quarantine then. */
	for (int64_t seq = log->last; seq > kept; seq--)
		if (log->changes[seq].acknowledged) {
			world_fail(world,
				"after healing the hub does not keep change "
				"%lld of node %d in %s, which was acknowledged",
				(long long)seq, log->author,
				place < 0 ? "the directory"
					  : places[place].name);
			return;
		}
	for (int64_t seq = applied + 1; seq <= log->last && seq <= cut; seq++)
		if (log->changes[seq].acknowledged) {
			trace_logs(world, hub, t);
			world_fail(world,
				"after healing the hub has not applied change "
				"%lld of node %d in %s, which was acknowledged",
				(long long)seq, log->author,
				place < 0 ? "the directory"
					  : places[place].name);
			return;
		}
}

/* ---- history ---- */

struct looking {
	const struct ledger_operation *operation;
	const uint8_t *log;
	int64_t seq;
	const struct merge_logs *logs;
	bool found;
};

static enum status
look(void *self, const struct history_entry *entry)
{
	struct looking *l = self;
	const struct ledger_operation *o = l->operation;

	if (entry->dot.seq == l->seq && entry->operation.field == o->field &&
		entry->operation.kind == o->kind &&
		entry->operation.value.size == o->value_size &&
		memcmp(entry->operation.value.bytes, o->value, o->value_size) ==
			0 &&
		memcmp(l->logs->list[entry->dot.log].id, l->log, LOG_BYTES) ==
			0)
		l->found = true;
	return STATUS_OK;
}

enum { HISTORIES = 6 };

/* That some operations of applied changes are in their records' history. */
static void
check_histories(struct world *world)
{
	struct ledger *ledger = world->ledger;

	for (int i = 0; i < HISTORIES && ledger->log_count; i++) {
		struct ledger_log *log = ledger->logs[random_below(
			&world->random, ledger->log_count)];
		struct territory *t =
			sim_territory(&world->nodes[0], log->territory, false);
		uint32_t number = t ? log_find(t, log->id) : LOG_NONE;
		struct looking looking = {.log = log->id};
		const struct ledger_change *c;
		uint32_t applied;

		if (number == LOG_NONE || log->forked_at ||
			t->states[number].saved.applied == 0)
			continue;
		applied = (uint32_t)t->states[number].saved.applied;
		looking.seq = 1 + random_below(&world->random, applied);
		c = &log->changes[looking.seq];
		if (c->operation_count == 0)
			continue;
		looking.operation = &c->operations[random_below(
			&world->random, c->operation_count)];
		if (ledger_erased(ledger, log->territory,
			    looking.operation->type, looking.operation->id,
			    looking.operation->id_size, LEDGER_EVER))
			continue;
		looking.logs = territory_logs(t);
		if (territory_history(t, looking.operation->type,
			    looking.operation->id, looking.operation->id_size,
			    look, &looking) != STATUS_OK ||
			!looking.found) {
			world_fail(world,
				"change %lld of node %d is not in the history "
				"of the record that it wrote (type %u, field "
				"%u)",
				(long long)looking.seq, log->author,
				looking.operation->type,
				looking.operation->field);
			return;
		}
	}
}

/* ---- rebuild and verify ---- */

static void
check_rebuild(struct world *world, struct sim_node *node)
{
	struct store *store = node->store;

	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i]; i++) {
		struct territory *t = node->territories[i];
		uint8_t before[32], after[32];

		if (territory_digest(t, before) != STATUS_OK ||
			store->begin(store->self) != STATUS_OK ||
			territory_rebuild(t) != STATUS_OK ||
			store->commit(store->self) != STATUS_OK ||
			territory_digest(t, after) != STATUS_OK) {
			world_fail(
				world, "node %d cannot rebuild", node->number);
			return;
		}
		if (memcmp(before, after, sizeof before) != 0) {
			world_fail(world,
				"a rebuild changes a digest at node %d",
				node->number);
			return;
		}
	}
}

struct verifying {
	struct world *world;
	const struct sim_node *node;
	const struct territory *territory;
};

static void
found_problem(void *self, const char *problem_en, const char *problem_zh,
	const uint8_t *log, int64_t seq, const struct operation *operation)
{
	const struct verifying *v = self;
	const struct sim_node *mole = v->world->hostile < 0
		? NULL
		: &v->world->nodes[v->world->hostile];

	(void)problem_zh;
	(void)operation;
	if (mole && memcmp(log, mole->device, ID_BYTES) == 0)
		return;
	/* One that was let in by a hub that is lost: it has to be invited. */
	if (v->world->ledger->term_count > 1 &&
		!policy_device_key(v->node->policy, log))
		return;
	/*
	 * Who keeps what it has; a copied store with the branch that no hub
	 * took; and an old hub, which nobody tells of what it had erased after
	 * its end.
	 */
	if (v->world->ledger->erased_count &&
		(v->node->hostile || v->node->was_copy ||
			(v->node->hub && v->node->number != 0)))
		return;
	world_fail(v->world, "verify at node %d, change %lld: %s",
		v->node->number, (long long)seq, problem_en);
}

static const uint8_t *
device_key(void *self, const uint8_t *device)
{
	return policy_device_key(self, device);
}

static void
check_verify(struct world *world, struct sim_node *node)
{
	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i]; i++) {
		struct verifying v = {world, node, node->territories[i]};

		if (territory_verify(node->territories[i], company_id_of_all(),
			    device_key, node->policy, found_problem,
			    &v) != STATUS_OK)
			world_fail(
				world, "node %d cannot verify", node->number);
	}
}

/* All who must hold it hold what the hub holds. */
static void
check_territory(struct world *world, struct territory *t)
{
	uint8_t digest[32];

	if (territory_digest(t, digest) != STATUS_OK)
		world_fail(world, "the hub cannot make a digest");
	for (int i = 1; i < world->node_count && !world->failed; i++)
		if (must_hold(world, &world->nodes[i], t))
			check_converged(world, &world->nodes[i], t, digest);
}

/*
 * A user with no device that is let in, or with one whose keys were lost with a
 * folder: nobody comes, and the hub ends by its own clock what is ending.
 */
static bool
nobody_comes(const struct world *world, const uint8_t *user)
{
	const struct policy_device *d;
	bool any = false;

	for (uint32_t i = 0; (d = policy_device_at(world->nodes[0].policy, i));
		i++) {
		int k = 1;

		if (d->revoked || memcmp(d->user, user, ID_BYTES) != 0)
			continue;
		any = true;
		while (k < world->node_count &&
			memcmp(world->nodes[k].device, d->id, ID_BYTES) != 0)
			k++;
		if (k == world->node_count || world->nodes[k].wiping)
			return true;
	}
	return !any;
}

/* Everybody has been there: no ending is still under way. */
static void
check_endings(struct world *world)
{
	const struct sim_node *hub = &world->nodes[0];
	const struct sim_node *mole =
		world->hostile < 0 ? NULL : &world->nodes[world->hostile];
	const struct policy_grant *g;

	for (uint32_t i = 0; (g = policy_grant_at(hub->policy, i)); i++)
		if (g->ending_ms && !g->ended &&
			!nobody_comes(world, g->user) &&
			(!mole || memcmp(g->user, mole->user, ID_BYTES) != 0))
			world_fail(world,
				"after healing grant %02x is still ending",
				g->id[ID_BYTES - 1]);
}

void
check_end(struct world *world)
{
	struct sim_node *hub = &world->nodes[0];
	int some =
		(int)random_below(&world->random, (uint32_t)world->node_count);

	for (int i = 0; i < world->node_count && !world->failed; i++)
		check_node(world, &world->nodes[i]);
	for (int k = 0; k < NODE_TERRITORIES_MAX && hub->territories[k]; k++)
		check_territory(world, hub->territories[k]);
	for (uint32_t i = 0; i < world->ledger->log_count && !world->failed;
		i++)
		check_acknowledged(world, world->ledger->logs[i]);
	for (int i = 1; i < world->node_count && !world->failed; i++)
		if (!world->nodes[i].locked)
			check_forgotten(world, &world->nodes[i]);
	for (int i = 1; i < world->node_count && !world->failed; i++)
		lease_check(world, &world->nodes[i]);
	for (int i = 1; i < world->node_count && !world->failed; i++)
		wipe_check(world, &world->nodes[i]);
	for (int i = 0; i < world->node_count && !world->failed; i++)
		if (i == 0 ||
			must_hold(world, &world->nodes[i], hub->directory))
			erase_check(world, &world->nodes[i]);
	if (!world->failed)
		check_endings(world);
	if (!world->failed)
		hubs_check_end(world);
	if (!world->failed)
		check_beside_oracle(world, hub);
	if (!world->failed && !world->nodes[some].stale &&
		world->nodes[some].up &&
		!ledger_revoked(
			world->ledger, world->nodes[some].device, INT64_MAX))
		check_beside_oracle(world, &world->nodes[some]);
	if (!world->failed)
		check_histories(world);
	for (int i = 0; i < world->node_count && !world->failed; i++) {
		if (world->nodes[i].stale)
			continue;
		check_verify(world, &world->nodes[i]);
		/*
		 * One that nobody heals may know less of who wrote something
		 * than when it applied it: the hub that had told is lost.
		 */
		if (!world->failed && !world->nodes[i].hostile &&
			(i == 0 || i == some))
			check_rebuild(world, &world->nodes[i]);
	}
}
