#include "tests/sim/check.h"

#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"
#include "sync/territory_internal.h"
#include "tests/sim/erase.h"
#include "tests/sim/ledger.h"
#include "tests/sim/restore.h"
#include "tests/sim/world.h"

/* ---- what must be live, out of the ledger (MERGE R4, R11, R14, R16) ---- */

/* One operation of a register, or one live version of it. */
struct item {
	uint32_t type;
	const uint8_t *id;
	uint32_t id_size;
	uint32_t field;
	enum schema_kind kind;
	const uint8_t *element; /* of a set */
	uint32_t element_size;
	const uint8_t *log; /* LOG_BYTES */
	int64_t seq;
	int64_t time;
	const uint8_t *value;
	uint32_t value_size;
	/* Of an operation: */
	uint32_t log_index;
	enum operation_kind operation;
	const struct ledger_change *change;
	bool gone;
};

struct items {
	struct item *list;
	size_t count, room;
};

static struct item *
items_add(struct items *items)
{
	if (items->count == items->room) {
		items->room = items->room * 2 + 64;
		items->list = alloc_again(
			items->list, items->room * sizeof *items->list);
	}
	memset(&items->list[items->count], 0, sizeof *items->list);
	return &items->list[items->count++];
}

static int
compare_bytes(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	size_t less = a_size < b_size ? a_size : b_size;
	int order = less ? memcmp(a, b, less) : 0;

	return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int
compare_registers(const struct item *a, const struct item *b)
{
	int order;

	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	order = compare_bytes(a->id, a->id_size, b->id, b->id_size);
	if (order)
		return order;
	if (a->field != b->field)
		return a->field < b->field ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return compare_bytes(
		a->element, a->element_size, b->element, b->element_size);
}

static int
compare_items(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	int order = compare_registers(a, b);

	if (!order)
		order = memcmp(a->log, b->log, LOG_BYTES);
	return order ? order : (a->seq > b->seq) - (a->seq < b->seq);
}

static void
items_sort(struct items *items)
{
	if (items->count)
		qsort(items->list, items->count, sizeof *items->list,
			compare_items);
}

static bool
in_ranges(const struct ledger_seen *list, uint32_t count, uint32_t log,
	int64_t seq)
{
	for (uint32_t i = 0; i < count; i++)
		if (list[i].log == log && seq >= list[i].first &&
			seq <= list[i].last)
			return true;
	return false;
}

/* R4: whether the author of `by` knew `of`. */
static bool
covers(const struct item *by, const struct item *of)
{
	const struct ledger_change *c = by->change;

	if (in_ranges(c->unseen, c->unseen_count, of->log_index, of->seq))
		return false;
	if (by->log_index == of->log_index)
		return of->seq < by->seq;
	return in_ranges(c->context, c->context_count, of->log_index, of->seq);
}

static bool
values_equal(const struct item *a, const struct item *b)
{
	return compare_bytes(
		       a->value, a->value_size, b->value, b->value_size) == 0;
}

static void supersede(struct item *list, size_t count);

/*
 * R11: of the earlier firsts that an init covers, those not covered by another
 * of them; if they hold exactly one value, it is void. Earlier ones are judged
 * first: who covers is judged after all whom it covers.
 */
static bool
is_void(const struct item *list, const bool *counts, size_t count, size_t at)
{
	const struct item *first = NULL;

	for (size_t i = 0; i < count; i++) {
		bool covered = false;

		if (!counts[i] || i == at || !covers(&list[at], &list[i]))
			continue;
		for (size_t k = 0; k < count && !covered; k++)
			covered = counts[k] && k != i && k != at &&
				covers(&list[at], &list[k]) &&
				covers(&list[k], &list[i]);
		if (covered)
			continue;
		if (first && !values_equal(first, &list[i]))
			return false;
		first = &list[i];
	}
	return first != NULL;
}

static void
judge_inits(struct item *list, size_t count)
{
	bool *counts = alloc(count * sizeof *counts);
	bool *judged = alloc(count * sizeof *judged);
	size_t left = count, kept = 0;

	while (left > 0) {
		size_t before = left;

		for (size_t i = 0; i < count; i++) {
			bool ready = !judged[i];

			for (size_t k = 0; ready && k < count; k++)
				ready = k == i || judged[k] ||
					!covers(&list[i], &list[k]);
			if (!ready)
				continue;
			counts[i] = !is_void(list, counts, count, i);
			judged[i] = true;
			left--;
		}
		if (left == before)
			break; /* claims in a circle are never applied */
	}
	for (size_t i = 0; i < count; i++)
		list[i].gone = !counts[i];
	for (size_t i = 0; i < count; i++)
		if (!list[i].gone)
			kept++;
	if (kept)
		supersede(list, count);
	free(counts);
	free(judged);
}

/* Marks what is covered by another operation of the register. */
static void
supersede(struct item *list, size_t count)
{
	bool *covered = alloc(count * sizeof *covered);

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count && !covered[i]; k++)
			covered[i] = k != i && !list[k].gone &&
				covers(&list[k], &list[i]);
	for (size_t i = 0; i < count; i++)
		list[i].gone = list[i].gone || covered[i] ||
			list[i].operation == OPERATION_DEL;
	free(covered);
}

/* Of what is erased nothing counts, for who knows so much of the directory. */
static void
gather_log(struct items *items, const struct ledger *ledger, uint32_t index,
	struct territory *t, int64_t known)
{
	const struct ledger_log *log = ledger->logs[index];
	int64_t applied = t->states[log_find(t, log->id)].saved.applied;

	for (int64_t seq = 1; seq <= applied && seq <= log->last; seq++) {
		const struct ledger_change *c = &log->changes[seq];

		for (uint32_t i = 0; i < c->operation_count; i++) {
			const struct ledger_operation *o = &c->operations[i];
			struct item *item;

			if ((int)(o->field % 4) > log->rank ||
				erase_left_out(ledger, t, log, seq, o, known))
				continue;
			item = items_add(items);
			*item = (struct item){.type = o->type,
				.id = o->id,
				.id_size = o->id_size,
				.field = o->field,
				.log = log->id,
				.seq = seq,
				.time = o->time,
				.value = o->value,
				.value_size = o->value_size,
				.log_index = index,
				.operation = o->kind,
				.change = c};
			item->kind = o->kind == OPERATION_PUT ? KIND_PUT
				: o->kind == OPERATION_INIT   ? KIND_ONCE
							      : KIND_SET;
			if (item->kind == KIND_SET) {
				item->element = o->value;
				item->element_size = o->value_size;
			}
		}
	}
}

static void
reduce(struct items *items)
{
	size_t kept = 0;

	items_sort(items);
	for (size_t i = 0; i < items->count;) {
		size_t end = i + 1;

		while (end < items->count &&
			compare_registers(&items->list[i], &items->list[end]) ==
				0)
			end++;
		if (items->list[i].kind == KIND_ONCE)
			judge_inits(items->list + i, end - i);
		else
			supersede(items->list + i, end - i);
		i = end;
	}
	for (size_t i = 0; i < items->count; i++)
		if (!items->list[i].gone)
			items->list[kept++] = items->list[i];
	items->count = kept;
}

/* ---- what a node holds ---- */

struct gathering {
	struct items items;
	struct arena arena; /* copies of what the store shows in passing */
	const struct merge_logs *logs;
};

static enum status
gather_record(void *self, struct record *record)
{
	struct gathering *g = self;
	const uint8_t *id = arena_copy(&g->arena, record->id, record->id_size);

	for (uint32_t i = 0; i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];

		for (uint32_t k = 0; k < reg->version_count; k++) {
			const struct version *v = &reg->versions[k];
			struct pack_view value =
				reg->kind == KIND_SET ? reg->element : v->value;
			struct item *item = items_add(&g->items);

			*item = (struct item){.type = record->type,
				.id = id,
				.id_size = record->id_size,
				.field = reg->field,
				.kind = reg->kind,
				.log = g->logs->list[v->log].id,
				.seq = v->seq,
				.time = v->time,
				.value = arena_copy(
					&g->arena, value.bytes, value.size),
				.value_size = (uint32_t)value.size};
			if (reg->kind == KIND_SET) {
				item->element = item->value;
				item->element_size = item->value_size;
			}
		}
	}
	return STATUS_OK;
}

static void
fail_item(struct world *world, const struct sim_node *node, struct territory *t,
	const struct item *item, const char *what)
{
	const struct ledger_log *log =
		ledger_log(world->ledger, territory_id(t), item->log, false);
	int place = place_of(territory_id(t));

	world_fail(world,
		"node %d, %s: %s: type %u field %u kind %d, change %lld of "
		"the log of node %d under grant %02x",
		node->number, place < 0 ? "directory" : places[place].name,
		what, item->type, item->field, (int)item->kind,
		(long long)item->seq, log ? log->author : -1,
		item->log[LOG_BYTES - 1]);
}

struct tracing {
	struct world *world;
	struct territory *territory;
};

static enum status
trace_knowledge(
	void *self, const struct change *change, const struct knowledge *knew)
{
	const struct tracing *tracing = self;
	struct territory *t = tracing->territory;

	(void)change;
	for (uint32_t i = 0; i < knew->seen_count && i < t->logs.count; i++)
		world_trace(tracing->world, "    here: knew log %u to %lld",
			ledger_index(tracing->world->ledger, t->id,
				t->states[i].saved.id),
			(long long)knew->seen[i]);
	for (uint32_t i = 0; i < knew->unseen_count; i++)
		world_trace(tracing->world,
			"    here: but not log %u %lld to %lld",
			ledger_index(tracing->world->ledger, t->id,
				t->states[knew->unseen[i].log].saved.id),
			(long long)knew->unseen[i].first,
			(long long)knew->unseen[i].last);
	return STATUS_OK;
}

static void
trace_change(struct world *world, struct territory *t, const struct item *item)
{
	struct tracing tracing = {world, t};
	uint32_t number = log_find(t, item->log);

	if (number != LOG_NONE &&
		territory_change(t, number, item->seq, trace_knowledge,
			&tracing) != STATUS_OK)
		world_trace(world, "    here: not to be read");
}

/* What the ledger knows of the register, for whoever looks for the reason. */
static void
trace_register(struct world *world, struct territory *t, const struct item *of,
	int64_t known)
{
	struct items items = {0};

	if (!world->trace)
		return;
	for (uint32_t i = 0; i < t->logs.count; i++) {
		uint32_t index = ledger_index(
			world->ledger, territory_id(t), t->states[i].saved.id);

		if (index != UINT32_MAX)
			gather_log(&items, world->ledger, index, t, known);
	}
	for (size_t i = 0; i < items.count; i++) {
		const struct item *item = &items.list[i];

		if (compare_registers(item, of) != 0)
			continue;
		world_trace(world,
			"register: log %u (node %d) change %lld, kind %d, "
			"time %lld",
			item->log_index,
			world->ledger->logs[item->log_index]->author,
			(long long)item->seq, (int)item->operation,
			(long long)item->time);
		for (uint32_t k = 0; k < item->change->context_count; k++)
			world_trace(world, "    knew log %u to %lld",
				item->change->context[k].log,
				(long long)item->change->context[k].last);
		trace_change(world, t, item);
		for (uint32_t k = 0; k < item->change->unseen_count; k++)
			world_trace(world, "    but not log %u %lld to %lld",
				item->change->unseen[k].log,
				(long long)item->change->unseen[k].first,
				(long long)item->change->unseen[k].last);
	}
	free(items.list);
}

static void
compare_states(struct world *world, struct sim_node *node, struct territory *t,
	const struct items *expected, const struct items *found)
{
	size_t e = 0, f = 0;

	while (!world->failed && (e < expected->count || f < found->count)) {
		const struct item *x = &expected->list[e];
		const struct item *y = &found->list[f];
		int order = e == expected->count ? 1
			: f == found->count      ? -1
						 : compare_items(x, y);

		if (order < 0)
			fail_item(world, node, t, x,
				"a version is lost that nobody superseded");
		else if (order > 0)
			fail_item(world, node, t, y,
				"a version is there that must not be");
		else if (!values_equal(x, y))
			fail_item(world, node, t, x, "its value is another");
		else if (x->time != y->time)
			fail_item(world, node, t, x, "its time is another");
		if (world->failed)
			trace_register(world, t, order > 0 ? y : x,
				directory_applied(node));
		e++;
		f++;
	}
}

static int64_t
pack_terms(struct sim_node *node, bool kept)
{
	const struct ledger *ledger = node->world->ledger;
	int64_t known = 0;

	for (int i = 0; node->up && i < ledger->term_count; i++) {
		uint8_t log[LOG_BYTES] = {0};
		const struct store_log *saved;
		uint32_t number;

		memcpy(log, ledger->terms[i].device, ID_BYTES);
		number = log_find(node->directory, log);
		if (number == LOG_NONE)
			continue;
		saved = &node->directory->states[number].saved;
		known |= (kept ? saved->kept : saved->applied)
			<< (i * TERM_BITS);
	}
	return known;
}

int64_t
directory_applied(struct sim_node *node)
{
	return pack_terms(node, false);
}

int64_t
directory_kept(struct sim_node *node)
{
	return pack_terms(node, true);
}

/* Whether the frontier itself may be; *known: it says what must be live. */
static bool
check_frontier(struct world *world, struct sim_node *node, struct territory *t,
	bool *known)
{
	int64_t seq = directory_applied(node);

	*known = true;
	for (uint32_t i = 0; i < t->logs.count; i++) {
		const struct log_state *state = &t->states[i];
		int64_t applied = state->saved.applied;
		const struct ledger_log *log = ledger_log(
			world->ledger, territory_id(t), state->saved.id, false);

		if (state->saved.kept && !log) {
			world_fail(world,
				"node %d keeps a log that nobody wrote",
				node->number);
			return false;
		}
		/*
		 * Nothing waits but what somebody wrote, so that is its bound.
		 * What was forgotten here and lost with a hub is written on
		 * from its beginning; that hub still has the other.
		 */
		if (log && !log->forked_at && !log->forgotten &&
			state->saved.kept > log->last) {
			world_fail(world,
				"node %d keeps change %lld of the log of node "
				"%d, which nobody wrote",
				node->number, (long long)state->saved.kept,
				log->author);
			return false;
		}
		if (applied == 0)
			continue;
		if (!log ||
			(applied > log->last && !log->forked_at &&
				!log->forgotten)) {
			world_fail(world,
				"node %d has applied change %lld of a log "
				"(device %02x%02x, grant %02x) that nobody "
				"wrote",
				node->number, (long long)applied,
				state->saved.id[0], state->saved.id[1],
				state->saved.id[LOG_BYTES - 1]);
			return false;
		}
		if (applied > ledger_cut(world->ledger, territory_id(t),
				      state->saved.id, seq)) {
			world_fail(world,
				"node %d has applied change %lld of the log "
				"of node %d beyond its cut-off",
				node->number, (long long)applied, log->author);
			return false;
		}
		if (log->forked_at && applied >= log->forked_at)
			*known = false;
	}
	return true;
}

void
check_state(struct world *world, struct sim_node *node, struct territory *t)
{
	struct gathering found = {.logs = territory_logs(t)};
	struct items expected = {0};
	struct store *store = node->store;
	int64_t directory = directory_applied(node);
	bool known;

	if (world->failed || node->stale ||
		!check_frontier(world, node, t, &known) || !known)
		return;
	world->counts.checks++;
	for (uint32_t i = 0; i < t->logs.count; i++) {
		uint32_t index = ledger_index(
			world->ledger, territory_id(t), t->states[i].saved.id);

		if (index != UINT32_MAX)
			gather_log(
				&expected, world->ledger, index, t, directory);
	}
	reduce(&expected);
	if (store->records(store->self, territory_number(t), gather_record,
		    &found) == STATUS_OK) {
		items_sort(&found.items);
		compare_states(world, node, t, &expected, &found.items);
	}
	free(expected.list);
	free(found.items.list);
	arena_clear(&found.arena);
}

void
check_node(struct world *world, struct sim_node *node)
{
	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i]; i++)
		check_state(world, node, node->territories[i]);
}

/* ---- what came, and from whom ---- */

static int64_t
foreign_kept(const struct sim_node *node, const struct territory *t)
{
	int64_t kept = 0;

	for (uint32_t i = 0; i < t->logs.count; i++)
		if (memcmp(t->states[i].saved.id, node->device, ID_BYTES) != 0)
			kept += t->states[i].saved.kept;
	return kept;
}

void
check_holdings(struct sim_node *node, struct holdings *holdings)
{
	memset(holdings, 0, sizeof *holdings);
	memcpy(holdings->device, node->device, ID_BYTES);
	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i]; i++) {
		memcpy(holdings->territory[i],
			territory_id(node->territories[i]), ID_BYTES);
		holdings->kept[i] = foreign_kept(node, node->territories[i]);
		holdings->count++;
	}
}

static int64_t
kept_before(const struct holdings *holdings, const struct territory *t)
{
	for (int i = 0; i < holdings->count; i++)
		if (memcmp(holdings->territory[i], t->id, ID_BYTES) == 0)
			return holdings->kept[i];
	return 0;
}

void
check_received(struct world *world, struct sim_node *node,
	const struct sim_node *sender, int64_t sender_directory,
	const struct holdings *before)
{
	const struct ledger *ledger = world->ledger;

	if (node->hub || node->crashed || disk_dead(node->disk) ||
		memcmp(before->device, node->device, ID_BYTES) != 0)
		return;
	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i]; i++) {
		struct territory *t = node->territories[i];
		int place = place_of(territory_id(t));

		if (t == node->directory ||
			foreign_kept(node, t) <= kept_before(before, t))
			continue;
		if (place < 0)
			world_fail(world,
				"node %d keeps a territory that nobody made",
				node->number);
		/* One that goes by an old directory asks by what that says. */
		else if (!node->stale &&
			!ledger_may_read(ledger, node->user, place,
				directory_applied(node)))
			world_fail(world,
				"node %d was given %s and has no grant on it",
				node->number, places[place].name);
		else if (!sender->hostile &&
			!ledger_may_read(
				ledger, node->user, place, sender_directory))
			world_fail(world,
				"node %d gave %s to node %d, which it knew to "
				"have no grant",
				sender->number, places[place].name,
				node->number);
		else if (sender->hostile)
			check_state(world, node, t);
	}
}

/* ---- after a restart ---- */

void
check_kept(struct world *world, struct sim_node *node)
{
	if (node->restored)
		restore_note_lost(world, node);
	for (uint32_t i = 0; i < world->ledger->log_count; i++) {
		struct ledger_log *log = world->ledger->logs[i];
		struct territory *t;
		uint32_t number;
		int64_t last = 0;

		/* What was handed over is looked for at the hub: end.c. */
		if (log->author != node->number || node->hostile ||
			log->forgotten || log->incarnation != node->incarnation)
			continue;
		t = sim_territory(node, log->territory, true);
		if (!t)
			continue; /* the disk refuses for now */
		number = log_find(t, log->id);
		if (number != LOG_NONE)
			last = t->states[number].last;
		if (node->restored)
			continue;
		for (int64_t seq = last + 1; seq <= log->last; seq++)
			if (log->changes[seq].acknowledged)
				world_fail(world,
					"node %d has lost change %lld of its "
					"own that was acknowledged",
					node->number, (long long)seq);
		if (world->failed)
			return;
		ledger_truncate(log, last);
		if (node->hub && t == node->directory)
			ledger_forget_facts(world->ledger,
				ledger_term(world->ledger, log->id), last + 1);
	}
}

/* ---- two nodes ---- */

/* Whether one leaves out what the other one does not know to be erased. */
static bool
erased_alike(struct world *world, struct sim_node *a, struct sim_node *b,
	const uint8_t *territory)
{
	const struct ledger *ledger = world->ledger;

	for (uint32_t i = 0; i < ledger->erased_count; i++) {
		const struct fact *f = &ledger->erased[i];

		if (memcmp(f->territory, territory, ID_BYTES) == 0 &&
			ledger_knows(ledger, f, directory_applied(a)) !=
				ledger_knows(ledger, f, directory_applied(b)))
			return false;
	}
	return true;
}

/* Whether both have applied the same, of logs that are not forked. */
static bool
frontiers_equal(struct world *world, struct territory *a, struct territory *b)
{
	uint32_t counted[2] = {0, 0};

	for (uint32_t i = 0; i < a->logs.count; i++) {
		const struct store_log *log = &a->states[i].saved;
		uint32_t number = log_find(b, log->id);
		const struct ledger_log *l = ledger_log(
			world->ledger, territory_id(a), log->id, false);

		if (log->applied == 0)
			continue;
		counted[0]++;
		if (number == LOG_NONE ||
			b->states[number].saved.applied != log->applied ||
			(l && l->forked_at && log->applied >= l->forked_at))
			return false;
	}
	for (uint32_t i = 0; i < b->logs.count; i++)
		counted[1] += b->states[i].saved.applied > 0;
	return counted[0] == counted[1];
}

static void
check_digests(struct world *world, struct sim_node *a, struct territory *x,
	struct sim_node *b, struct territory *y)
{
	uint8_t left[32], right[32];
	int place = place_of(territory_id(x));

	if (territory_digest(x, left) != STATUS_OK ||
		territory_digest(y, right) != STATUS_OK)
		return;
	world->counts.checks++;
	if (memcmp(left, right, sizeof left) != 0)
		world_fail(world,
			"nodes %d and %d have applied the same of %s and "
			"their digests differ",
			a->number, b->number,
			place < 0 ? "the directory" : places[place].name);
}

void
check_pair(struct world *world, struct sim_node *a, struct sim_node *b)
{
	if (!a->up || !b->up || a->crashed || b->crashed || a->stale ||
		b->stale)
		return;
	for (int i = 0; i < NODE_TERRITORIES_MAX && a->territories[i]; i++) {
		struct territory *x = a->territories[i];
		struct territory *y = sim_territory(b, territory_id(x), false);

		if (y && !world->failed && frontiers_equal(world, x, y) &&
			erased_alike(world, a, b, territory_id(x)))
			check_digests(world, a, x, b, y);
	}
}
