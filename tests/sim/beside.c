#include "tests/sim/beside.h"

#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"
#include "sync/territory_internal.h"
#include "tests/sim/erase.h"
#include "tests/sim/ledger.h"
#include "tests/sim/oracle.h"

/* ---- what the oracle is given ---- */

static struct seen_entry *
seen_of(const struct ledger *ledger, const struct ledger_change *c)
{
	struct seen_entry *list = alloc(c->context_count * sizeof *list);

	for (uint32_t i = 0; i < c->context_count; i++)
		list[i] =
			(struct seen_entry){ledger->logs[c->context[i].log]->id,
				c->context[i].last};
	return list;
}

static struct unseen_entry *
unseen_of(const struct ledger *ledger, const struct ledger_change *c)
{
	struct unseen_entry *list = alloc(c->unseen_count * sizeof *list);

	for (uint32_t i = 0; i < c->unseen_count; i++)
		list[i] = (struct unseen_entry){
			ledger->logs[c->unseen[i].log]->id, c->unseen[i].first,
			c->unseen[i].last};
	return list;
}

/* What is erased nobody wrote, for who knows so much of the directory. */
static struct operation *
operations_of(const struct ledger *ledger, struct territory *t,
	const struct ledger_log *log, int64_t seq, int64_t known,
	uint32_t *count)
{
	const struct ledger_change *c = &log->changes[seq];
	struct operation *list = alloc(c->operation_count * sizeof *list);

	*count = 0;
	for (uint32_t i = 0; i < c->operation_count; i++) {
		const struct ledger_operation *o = &c->operations[i];

		if (erase_left_out(ledger, t, log, seq, o, known))
			continue;
		list[(*count)++] = (struct operation){.type = o->type,
			.id = o->id,
			.id_size = o->id_size,
			.field = o->field,
			.kind = o->kind,
			.time = o->time,
			.value = {o->value, o->value_size}};
	}
	return list;
}

static void
tell_change(struct oracle *oracle, const struct ledger *ledger,
	struct territory *t, const struct ledger_log *log, int64_t seq,
	int64_t known)
{
	const struct ledger_change *c = &log->changes[seq];
	struct seen_entry *seen = seen_of(ledger, c);
	struct unseen_entry *unseen = unseen_of(ledger, c);
	uint32_t count;
	struct operation *operations =
		operations_of(ledger, t, log, seq, known, &count);
	struct oracle_change change = {.log = log->id,
		.seq = seq,
		.seen = seen,
		.seen_count = c->context_count,
		.unseen = unseen,
		.unseen_count = c->unseen_count,
		.operations = operations,
		.operation_count = count};

	oracle_change(oracle, &change);
	free(seen);
	free(unseen);
	free(operations);
}

/*
 * Every log of the territory, with its changes up to what the node has
 * applied. False: it cannot be told, since a fork is among them.
 */
static bool
tell(struct world *world, struct oracle *oracle, struct sim_node *node,
	struct territory *t)
{
	struct ledger *ledger = world->ledger;
	int64_t told = directory_applied(node);

	for (uint32_t i = 0; i < t->logs.count; i++) {
		const struct log_state *state = &t->states[i];
		const struct ledger_log *log = ledger_log(
			ledger, territory_id(t), state->saved.id, false);

		if (!log || state->saved.applied == 0)
			continue;
		if (log->forked_at && state->saved.applied >= log->forked_at)
			return false;
		oracle_grant(oracle, log->id, log->rank);
		for (int64_t seq = 1; seq <= state->saved.applied; seq++)
			tell_change(oracle, ledger, t, log, seq, told);
	}
	/* Cuts of logs that the node has nothing of count, too. */
	for (uint32_t i = 0; i < ledger->log_count; i++) {
		const struct ledger_log *log = ledger->logs[i];
		int64_t cut = ledger_cut(ledger, log->territory, log->id, told);

		if (cut != INT64_MAX &&
			memcmp(log->territory, territory_id(t), ID_BYTES) == 0)
			oracle_cut(oracle, log->id, cut);
	}
	return true;
}

/* ---- comparing ---- */

static bool
views_equal(struct pack_view a, struct pack_view b)
{
	return a.size == b.size &&
		(a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

static bool
registers_equal(const struct territory *t, const struct reg *reg,
	const struct oracle_register *expected)
{
	if (!reg || reg->version_count != expected->version_count)
		return false;
	for (uint32_t i = 0; i < reg->version_count; i++) {
		const struct version *v = &reg->versions[i];
		const struct oracle_version *e = &expected->versions[i];

		if (v->seq != e->seq || v->time != e->time ||
			memcmp(t->list[v->log].id, e->log, LOG_BYTES) != 0 ||
			(expected->kind != KIND_SET &&
				!views_equal(v->value, e->value)))
			return false;
	}
	return true;
}

/*
 * The core gives a mark one reason, which stands for its siblings, too; and
 * does not tell of two movers alone (README).
 */
static bool
inboxes_equal(const struct shown *shown, const struct oracle_record *expected)
{
	uint32_t at = 0;

	for (size_t i = 0; i < expected->inbox_count; i++) {
		const struct oracle_entry *e = &expected->inbox[i];
		const struct conflict *c;

		if (!e->siblings && !e->mark)
			continue;
		if (at == shown->conflict_count)
			return false;
		c = &shown->conflicts[at++];
		if (c->field != e->field)
			return false;
		if (c->why == CONFLICT_SIBLINGS &&
			(!e->siblings || c->undecided != e->undecided))
			return false;
	}
	return at == shown->conflict_count;
}

static const char *
difference(struct territory *t, const struct record *record,
	const struct shown *shown, const struct oracle_record *expected,
	uint32_t *field)
{
	for (size_t i = 0; i < expected->register_count; i++) {
		const struct oracle_register *e = &expected->registers[i];

		*field = e->field;
		if (!registers_equal(t,
			    record_find(record, e->field, e->kind, e->element),
			    e))
			return "versions, or their order";
	}
	*field = 0;
	if (shown->archived != expected->archived)
		return "whether it is archived";
	if (shown->moved != expected->moved)
		return "whether it has moved";
	if (shown->joined != expected->joined)
		return "whether they are joined";
	return inboxes_equal(shown, expected) ? NULL : "the inbox";
}

static void
compare_records(struct world *world, struct sim_node *node, struct territory *t,
	const struct oracle_view *view)
{
	struct record record = {0};
	struct shown shown;

	for (size_t i = 0; i < view->record_count && !world->failed; i++) {
		const struct oracle_record *e = &view->records[i];
		const char *what;
		uint32_t field;

		if (territory_record(t, e->type, e->id, e->id_size, &record,
			    &shown) != STATUS_OK) {
			world_fail(world, "a record cannot be read");
			break;
		}
		what = difference(t, &record, &shown, e, &field);
		if (what)
			world_fail(world,
				"node %d and the oracle differ on %s, type "
				"%u, field %u",
				node->number, what, e->type, field);
	}
	record_clear(&record);
}

/* What the change that the oracle lets wait had seen, and what is here. */
static void
trace_first(struct world *world, struct territory *t, const uint8_t *id,
	int64_t seq)
{
	struct ledger *ledger = world->ledger;
	const struct ledger_log *log =
		ledger_log(ledger, territory_id(t), id, false);

	if (!world->trace || !log || seq > log->last)
		return;
	world_trace(world,
		"change %lld of node %d, device %02x%02x, grant %02x",
		(long long)seq, log->author, id[0], id[1], id[LOG_BYTES - 1]);
	for (uint32_t i = 0; i < log->changes[seq].context_count; i++) {
		const struct ledger_seen *seen = &log->changes[seq].context[i];
		const struct ledger_log *of = ledger->logs[seen->log];
		uint32_t number = log_find(t, of->id);

		world_trace(world,
			"    knew device %02x%02x, grant %02x to %lld; applied "
			"here %lld, cut here %lld, in the ledger %lld",
			of->id[0], of->id[1], of->id[LOG_BYTES - 1],
			(long long)seen->last,
			number == LOG_NONE
				? 0LL
				: (long long)t->states[number].saved.applied,
			number == LOG_NONE ? -1LL
					   : (long long)t->states[number].cut,
			(long long)ledger_cut(
				ledger, of->territory, of->id, INT64_MAX));
	}
}

static void
compare_frontiers(struct world *world, const struct sim_node *node,
	struct territory *t, const struct oracle_view *view)
{
	for (size_t i = 0; i < view->log_count; i++) {
		const struct oracle_log *e = &view->logs[i];
		uint32_t number = log_find(t, e->id);

		if (number == LOG_NONE ||
			t->states[number].saved.applied == e->applied)
			continue;
		trace_first(world, t, e->id, e->applied + 1);
		world_fail(world,
			"node %d has applied %lld of a log of which "
			"the oracle says %lld",
			node->number,
			(long long)t->states[number].saved.applied,
			(long long)e->applied);
	}
}

void
check_beside_oracle(struct world *world, struct sim_node *node)
{
	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i] &&
		!world->failed;
		i++) {
		struct territory *t = node->territories[i];
		struct oracle *oracle = oracle_new(node->schema);

		if (tell(world, oracle, node, t)) {
			const struct oracle_view *view = oracle_view(oracle);

			compare_frontiers(world, node, t, view);
			compare_records(world, node, t, view);
		}
		oracle_free(oracle);
	}
}
