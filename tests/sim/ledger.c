/* The simulation's own account of who wrote what, and of the directory. */

#include <stdlib.h>
#include <string.h>

#include "proto/schema.h"
#include "sync/alloc.h"
#include "sync/territory_internal.h"
#include "tests/sim/check.h"
#include "tests/sim/ledger.h"
#include "tests/sim/world.h"

struct ledger *
ledger_new(void)
{
	return alloc(sizeof(struct ledger));
}

static void
change_clear(struct ledger_change *change)
{
	for (uint32_t i = 0; i < change->operation_count; i++)
		free(change->operations[i].value);
	free(change->operations);
	free(change->context);
	free(change->unseen);
	memset(change, 0, sizeof *change);
}

void
ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return;
	for (uint32_t i = 0; i < ledger->log_count; i++) {
		struct ledger_log *log = ledger->logs[i];

		for (int64_t seq = 0; seq <= log->last; seq++)
			change_clear(&log->changes[seq]);
		free(log->changes);
		free(log);
	}
	free(ledger->logs);
	free(ledger->facts);
	free(ledger->erased);
	free(ledger);
}

uint32_t
ledger_log_count(const struct ledger *ledger)
{
	return ledger->log_count;
}

struct ledger_log *
ledger_log_at(struct ledger *ledger, uint32_t index)
{
	return ledger->logs[index];
}

uint32_t
ledger_index(const struct ledger *ledger, const uint8_t *territory,
	const uint8_t *log)
{
	for (uint32_t i = 0; i < ledger->log_count; i++)
		if (memcmp(ledger->logs[i]->id, log, LOG_BYTES) == 0 &&
			memcmp(ledger->logs[i]->territory, territory,
				ID_BYTES) == 0)
			return i;
	return UINT32_MAX;
}

static struct ledger_log *
add_log(struct ledger *ledger, const uint8_t *territory, const uint8_t *log)
{
	struct ledger_log *fresh = alloc(sizeof *fresh);

	memcpy(fresh->territory, territory, ID_BYTES);
	memcpy(fresh->id, log, LOG_BYTES);
	fresh->room = 16;
	fresh->changes = alloc(fresh->room * sizeof *fresh->changes);
	ledger->logs = alloc_again(ledger->logs,
		(ledger->log_count + 1) * sizeof(struct ledger_log *));
	ledger->logs[ledger->log_count++] = fresh;
	return fresh;
}

struct ledger_log *
ledger_log(struct ledger *ledger, const uint8_t *territory, const uint8_t *log,
	bool make)
{
	uint32_t index = ledger_index(ledger, territory, log);

	if (index != UINT32_MAX)
		return ledger->logs[index];
	return make ? add_log(ledger, territory, log) : NULL;
}

struct ledger_log *
ledger_written(struct ledger *ledger, const uint8_t *territory,
	const uint8_t *log, const struct sim_node *node)
{
	for (uint32_t i = 0; i < ledger->log_count; i++) {
		struct ledger_log *l = ledger->logs[i];

		if (l->incarnation == node->incarnation &&
			memcmp(l->id, log, LOG_BYTES) == 0 &&
			memcmp(l->territory, territory, ID_BYTES) == 0)
			return l;
	}
	return NULL;
}

struct ledger_log *
ledger_branch(struct ledger *ledger, const uint8_t *territory,
	const uint8_t *log, const struct sim_node *node, int64_t seq)
{
	struct ledger_log *main = ledger_log(ledger, territory, log, true);
	struct ledger_log *own = ledger_written(ledger, territory, log, node);

	/* Nobody went on in it before: it is this copy's now. */
	if (!own && main->last < seq) {
		main->incarnation = node->incarnation;
		main->author = node->number;
		own = main;
	}
	if (!own) {
		own = add_log(ledger, territory, log);
		own->branch = true;
		own->incarnation = node->incarnation;
		if (!main->forked_at || main->forked_at > seq)
			main->forked_at = seq;
		own->forked_at = main->forked_at;
	}
	own->author = node->number;
	return own;
}

/* The place of a change, emptied. */
static struct ledger_change *
change_at(struct ledger_log *log, int64_t seq)
{
	while ((size_t)seq >= log->room) {
		log->changes = alloc_again(
			log->changes, log->room * 2 * sizeof *log->changes);
		memset(log->changes + log->room, 0,
			log->room * sizeof *log->changes);
		log->room *= 2;
	}
	for (int64_t i = seq; i <= log->last; i++)
		change_clear(&log->changes[i]);
	log->last = seq;
	return &log->changes[seq];
}

void
ledger_truncate(struct ledger_log *log, int64_t last)
{
	for (int64_t i = last + 1; i <= log->last; i++)
		change_clear(&log->changes[i]);
	if (last < log->last)
		log->last = last;
}

/* ---- what an author had applied ---- */

struct ledger_seen *
ledger_context(struct ledger *ledger, struct territory *territory,
	const uint8_t *own_log, uint32_t *count)
{
	const struct merge_logs *logs = territory_logs(territory);
	struct ledger_seen *list = alloc(logs->count * sizeof *list);

	*count = 0;
	for (uint32_t i = 0; i < logs->count; i++) {
		int64_t applied = territory->states[i].saved.applied;
		uint32_t index = ledger_index(
			ledger, territory_id(territory), logs->list[i].id);

		if (applied == 0 || index == UINT32_MAX ||
			memcmp(logs->list[i].id, own_log, LOG_BYTES) == 0)
			continue;
		list[(*count)++] = (struct ledger_seen){index, 1, applied};
	}
	return list;
}

/* MERGE W1: never lower than that of the log's change before. */
static void
inherit_context(struct ledger_log *log, struct ledger_change *change)
{
	const struct ledger_change *before =
		&log->changes[change - log->changes - 1];

	for (uint32_t i = 0; i < before->context_count; i++) {
		const struct ledger_seen *old = &before->context[i];
		uint32_t k = 0;

		while (k < change->context_count &&
			change->context[k].log != old->log)
			k++;
		if (k == change->context_count) {
			change->context = alloc_again(change->context,
				(k + (size_t)1) * sizeof *change->context);
			change->context[change->context_count++] = *old;
		} else if (change->context[k].last < old->last) {
			change->context[k].last = old->last;
		}
	}
}

static void
take_operations(struct ledger_change *to, const struct change *change)
{
	struct change_walk walk = {0};
	struct operation o;

	while (change_next_operation(change, &walk, &o)) {
		struct ledger_operation *kept;

		to->operations = alloc_again(to->operations,
			(to->operation_count + (size_t)1) *
				sizeof *to->operations);
		kept = &to->operations[to->operation_count++];
		*kept = (struct ledger_operation){.type = o.type,
			.id_size = (uint32_t)o.id_size,
			.field = o.field,
			.kind = o.kind,
			.time = o.time,
			.value = alloc_copy(o.value.bytes, o.value.size),
			.value_size = (uint32_t)o.value.size};
		memcpy(kept->id, o.id, o.id_size);
	}
}

/* ---- the bytes of a change, caught on their way to the disk ---- */

static struct {
	uint8_t *bytes;
	size_t size;
} caught;

static enum status (*watched_append)(
	void *, uint32_t, uint32_t, int64_t, struct pack_view);

static enum status
watching_append(void *self, uint32_t territory, uint32_t log, int64_t seq,
	struct pack_view change)
{
	free(caught.bytes);
	caught.bytes = alloc_copy(change.bytes, change.size);
	caught.size = change.size;
	return watched_append(self, territory, log, seq, change);
}

void
ledger_watch(struct store *store)
{
	watched_append = store->pending_append;
	store->pending_append = watching_append;
}

void
ledger_forget_caught(void)
{
	free(caught.bytes);
	caught.bytes = NULL;
	caught.size = 0;
}

bool
ledger_wrote(struct world *world, struct sim_node *node,
	struct territory *territory, const uint8_t *log, int64_t seq,
	struct ledger_seen *context, uint32_t context_count,
	const struct write *write)
{
	struct ledger_log *l = ledger_branch(
		world->ledger, territory_id(territory), log, node, seq);
	const struct merge_logs *logs = territory_logs(territory);
	struct ledger_change *c;
	struct unpack unpack;
	struct change change;

	l->rank = territory->states[log_find(territory, log)].rank;
	unpack_init(&unpack, caught.bytes, caught.size);
	if (change_decode(&change, &unpack) != STATUS_OK) {
		world_fail(world, "an author wrote a malformed change");
		free(context);
		return false;
	}
	c = change_at(l, seq);
	c->written = true;
	c->context = context;
	c->context_count = context_count;
	inherit_context(l, c);
	take_operations(c, &change);
	c->unseen = alloc(write->unseen_count * sizeof *c->unseen);
	for (uint32_t i = 0; i < write->unseen_count; i++) {
		const struct unseen_range *r = &write->unseen[i];
		uint32_t index = ledger_index(world->ledger,
			territory_id(territory), logs->list[r->log].id);

		if (index != UINT32_MAX)
			c->unseen[c->unseen_count++] =
				(struct ledger_seen){index, r->first, r->last};
	}
	return true;
}

/* ---- late changes that were carried over ---- */

struct original {
	const struct ledger *ledger;
	const struct ledger_log *log;
	uint32_t index; /* of the log */
	int64_t seq;
	const struct carry *carry;
};

static bool
lies_in(const struct ledger_seen *list, uint32_t count, uint32_t log,
	int64_t seq)
{
	for (uint32_t i = 0; i < count; i++)
		if (list[i].log == log && list[i].first <= seq &&
			seq <= list[i].last)
			return true;
	return false;
}

static bool
original_covers(const struct original *o, uint32_t log, int64_t seq)
{
	const struct ledger_change *c = &o->log->changes[o->seq];

	if (lies_in(c->unseen, c->unseen_count, log, seq))
		return false;
	return log == o->index
		? seq < o->seq
		: lies_in(c->context, c->context_count, log, seq);
}

/* The same of what carries another one over. */
static bool
covers_copy(const struct original *o, uint32_t log, int64_t seq)
{
	const struct ledger_log *l = o->ledger->logs[log];

	for (size_t i = 0; i < o->carry->carried_count; i++) {
		const struct carried *k = &o->carry->carried[i];

		if (k->seq == seq && memcmp(k->log, l->id, LOG_BYTES) == 0)
			return original_covers(o,
				ledger_index(
					o->ledger, l->territory, k->origin_log),
				k->origin_seq);
	}
	return false;
}

static void
add_uncovered(struct ledger_change *c, const struct original *o, uint32_t log,
	int64_t last)
{
	for (int64_t seq = 1; seq <= last; seq++) {
		struct ledger_seen *before = c->unseen_count
			? &c->unseen[c->unseen_count - 1]
			: NULL;

		if (original_covers(o, log, seq) || covers_copy(o, log, seq))
			continue;
		if (before && before->log == log && before->last == seq - 1) {
			before->last = seq;
			continue;
		}
		c->unseen = alloc_again(c->unseen,
			(c->unseen_count + (size_t)1) * sizeof *c->unseen);
		c->unseen[c->unseen_count++] =
			(struct ledger_seen){log, seq, seq};
	}
}

static bool
has_operation(
	const struct ledger_change *c, const struct ledger_operation *wanted)
{
	for (uint32_t i = 0; i < c->operation_count; i++) {
		const struct ledger_operation *o = &c->operations[i];

		if (o->type == wanted->type && o->id_size == wanted->id_size &&
			memcmp(o->id, wanted->id, o->id_size) == 0 &&
			o->field == wanted->field && o->kind == wanted->kind &&
			o->time == wanted->time &&
			o->value_size == wanted->value_size &&
			memcmp(o->value, wanted->value, o->value_size) == 0)
			return true;
	}
	return false;
}

/* The same operations: none left out that counts, none added. */
static bool
says_the_same(const struct ledger_change *copy, const struct original *o)
{
	const struct ledger_change *c = &o->log->changes[o->seq];

	for (uint32_t i = 0; i < copy->operation_count; i++)
		if (!has_operation(c, &copy->operations[i]))
			return false;
	for (uint32_t i = 0; i < c->operation_count; i++)
		/* What removes what is not there need not be said again. */
		if ((int)(c->operations[i].field % 4) <= o->log->rank &&
			c->operations[i].kind != OPERATION_DEL &&
			!has_operation(copy, &c->operations[i]) &&
			!ledger_erased(o->ledger, o->log->territory,
				c->operations[i].type, c->operations[i].id,
				c->operations[i].id_size, LEDGER_EVER))
			return false;
	return true;
}

void
ledger_carried(struct world *world, const struct sim_node *node,
	struct territory *territory, const struct carry *carry, int64_t seq,
	struct ledger_seen *context, uint32_t context_count,
	const struct ledger_log *origin)
{
	struct ledger *ledger = world->ledger;
	struct ledger_log *l = ledger_branch(
		ledger, territory_id(territory), carry->log, node, seq);
	struct original original = {.ledger = ledger,
		.log = origin,
		.index = ledger_index(ledger, origin->territory, origin->id),
		.seq = carry->origin_seq,
		.carry = carry};
	struct ledger_change *c = change_at(l, seq);
	struct unpack unpack;
	struct change change;

	l->rank = territory->states[log_find(territory, carry->log)].rank;
	c->written = true;
	c->context = context;
	c->context_count = context_count;
	unpack_init(&unpack, caught.bytes, caught.size);
	if (change_decode(&change, &unpack) != STATUS_OK) {
		world_fail(world, "a malformed change was carried over");
		return;
	}
	take_operations(c, &change);
	for (uint32_t i = 0; i < context_count; i++)
		add_uncovered(c, &original, context[i].log, context[i].last);
	add_uncovered(c, &original, ledger_index(ledger, l->territory, l->id),
		seq - 1);
	inherit_context(l, c);
	if (!says_the_same(c, &original))
		world_fail(world,
			"change %lld of node %d was carried over as another",
			(long long)carry->origin_seq, origin->author);
}

void
ledger_acknowledge(struct ledger_log *log, int64_t seq)
{
	log->changes[seq].acknowledged = true;
}

void
ledger_add_raw(struct world *world, struct ledger_log *log, int64_t seq,
	const struct change *change)
{
	struct change_cursor cursor = {0};
	struct ledger_change *c = change_at(log, seq);
	const uint8_t *id;
	int64_t first, last;

	c->written = true;
	take_operations(c, change);
	while (change_next_seen(change, &cursor, &id, &last)) {
		uint32_t index =
			ledger_index(world->ledger, log->territory, id);

		if (index == UINT32_MAX)
			continue;
		c->context = alloc_again(c->context,
			(c->context_count + (size_t)1) * sizeof *c->context);
		c->context[c->context_count++] =
			(struct ledger_seen){index, 1, last};
	}
	inherit_context(log, c);
	cursor = (struct change_cursor){0};
	while (change_next_unseen(change, &cursor, &id, &first, &last)) {
		uint32_t index =
			ledger_index(world->ledger, log->territory, id);

		if (index == UINT32_MAX)
			continue;
		c->unseen = alloc_again(c->unseen,
			(c->unseen_count + (size_t)1) * sizeof *c->unseen);
		c->unseen[c->unseen_count++] =
			(struct ledger_seen){index, first, last};
	}
}

/* ---- the directory ---- */

void
ledger_fact(struct ledger *ledger, const struct fact *fact)
{
	ledger->facts = alloc_again(ledger->facts,
		(ledger->fact_count + 1) * sizeof *ledger->facts);
	ledger->facts[ledger->fact_count++] = *fact;
}

void
ledger_begin_term(struct ledger *ledger, const uint8_t *device)
{
	struct term *term = &ledger->terms[ledger->term_count++];

	memcpy(term->device, device, ID_BYTES);
	term->end = INT64_MAX;
}

int
ledger_term(const struct ledger *ledger, const uint8_t *device)
{
	int term = 0;

	while (term + 1 < ledger->term_count &&
		memcmp(ledger->terms[term].device, device, ID_BYTES) != 0)
		term++;
	return term;
}

bool
ledger_knows(
	const struct ledger *ledger, const struct fact *fact, int64_t known)
{
	if (known == INT64_MAX)
		return fact->seq <= ledger->terms[fact->term].end;
	return fact->seq <= (known >> (fact->term * TERM_BITS) &
				    (((int64_t)1 << TERM_BITS) - 1));
}

static void
forget_facts(struct fact *list, uint32_t *count, int term, int64_t seq)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < *count; i++)
		if (list[i].seq < seq || list[i].term != term)
			list[kept++] = list[i];
	*count = kept;
}

void
ledger_forget_facts(struct ledger *ledger, int term, int64_t seq)
{
	forget_facts(ledger->facts, &ledger->fact_count, term, seq);
	forget_facts(ledger->erased, &ledger->erased_count, term, seq);
}

void
ledger_erase(struct ledger *ledger, const struct fact *fact)
{
	ledger->erased = alloc_again(ledger->erased,
		(ledger->erased_count + (size_t)1) * sizeof *ledger->erased);
	ledger->erased[ledger->erased_count++] = *fact;
}

bool
ledger_erased(const struct ledger *ledger, const uint8_t *territory,
	uint32_t type, const uint8_t *id, uint32_t id_size, int64_t known)
{
	for (uint32_t i = 0; i < ledger->erased_count; i++) {
		const struct fact *f = &ledger->erased[i];

		if (f->type == type && f->id_size == id_size &&
			memcmp(f->id, id, id_size) == 0 &&
			memcmp(f->territory, territory, ID_BYTES) == 0 &&
			(known == LEDGER_EVER ||
				ledger_knows(ledger, f, known)))
			return true;
	}
	return false;
}

/* When that was written; what nobody came to write yet is the latest. */
static int64_t
time_of(const struct ledger *ledger, const struct fact *fact)
{
	const uint8_t *hub = ledger->terms[fact->term].device;

	for (uint32_t i = 0; i < ledger->log_count; i++) {
		const struct ledger_log *l = ledger->logs[i];

		if (place_of(l->territory) < 0 && fact->seq <= l->last &&
			memcmp(l->id, hub, ID_BYTES) == 0 &&
			l->changes[fact->seq].operation_count > 0)
			return l->changes[fact->seq].operations[0].time;
	}
	return INT64_MAX;
}

static bool
is_cut_of(const struct fact *fact, const uint8_t *territory, const uint8_t *log)
{
	return fact->kind == FACT_CUT &&
		memcmp(fact->log, log, LOG_BYTES) == 0 &&
		memcmp(fact->territory, territory, ID_BYTES) == 0;
}

static bool
is_end_of(const struct fact *fact, const uint8_t *log)
{
	return (fact->kind == FACT_END &&
		       memcmp(fact->log + ID_BYTES, log + ID_BYTES, ID_BYTES) ==
			       0) ||
		(fact->kind == FACT_REVOKED &&
			memcmp(fact->log, log, ID_BYTES) == 0);
}

/* Whether the directory had recorded `a` when it recorded `b`. */
static bool
recorded_by(
	const struct ledger *ledger, const struct fact *a, const struct fact *b)
{
	return a->term == b->term ? a->seq <= b->seq
				  : time_of(ledger, a) <= time_of(ledger, b);
}

/* Whether the log was listed when its device or grant was ended by that. */
static bool
was_listed(const struct ledger *ledger, const struct fact *end,
	const uint8_t *territory, const uint8_t *log, int64_t seq)
{
	for (uint32_t i = 0; i < ledger->fact_count; i++) {
		const struct fact *f = &ledger->facts[i];

		if (is_cut_of(f, territory, log) &&
			ledger_knows(ledger, f, seq) &&
			recorded_by(ledger, f, end))
			return true;
	}
	return false;
}

int64_t
ledger_cut(const struct ledger *ledger, const uint8_t *territory,
	const uint8_t *log, int64_t seq)
{
	int64_t cut = INT64_MAX;

	for (uint32_t i = 0; i < ledger->fact_count; i++) {
		const struct fact *f = &ledger->facts[i];

		if (!ledger_knows(ledger, f, seq))
			continue;
		if (is_cut_of(f, territory, log) && f->last < cut)
			cut = f->last;
		/* What is listed later raises nothing. */
		if (is_end_of(f, log) &&
			!was_listed(ledger, f, territory, log, seq))
			return 0;
	}
	return cut;
}

bool
ledger_revoked(const struct ledger *ledger, const uint8_t *device, int64_t seq)
{
	for (uint32_t i = 0; i < ledger->fact_count; i++)
		if (ledger->facts[i].kind == FACT_REVOKED &&
			ledger_knows(ledger, &ledger->facts[i], seq) &&
			memcmp(ledger->facts[i].log, device, ID_BYTES) == 0)
			return true;
	return false;
}

bool
ledger_stolen(const struct ledger *ledger, const uint8_t *device)
{
	for (uint32_t i = 0; i < ledger->fact_count; i++)
		if (ledger->facts[i].kind == FACT_STOLEN &&
			ledger_knows(ledger, &ledger->facts[i], INT64_MAX) &&
			memcmp(ledger->facts[i].log, device, ID_BYTES) == 0)
			return true;
	return false;
}

void
ledger_forgets(struct world *world, const struct sim_node *node,
	const uint8_t *territory)
{
	for (uint32_t i = 0; i < world->ledger->log_count; i++) {
		struct ledger_log *log = world->ledger->logs[i];

		if (log->author == node->number &&
			memcmp(log->territory, territory, ID_BYTES) == 0)
			log->forgotten = true;
	}
}

bool
ledger_grant_ended(
	const struct ledger *ledger, const uint8_t *grant, int64_t seq)
{
	for (uint32_t i = 0; i < ledger->fact_count; i++)
		if (ledger->facts[i].kind == FACT_END &&
			ledger_knows(ledger, &ledger->facts[i], seq) &&
			memcmp(ledger->facts[i].log + ID_BYTES, grant,
				ID_BYTES) == 0)
			return true;
	return false;
}

static bool
lies_under(int place, int above)
{
	for (; place >= 0; place = places[place].parent)
		if (place == above)
			return true;
	return false;
}

bool
ledger_may_read(const struct ledger *ledger, const uint8_t *user, int place,
	int64_t seq)
{
	for (uint32_t i = 0; i < ledger->fact_count; i++) {
		const struct fact *f = &ledger->facts[i];

		if (f->kind != FACT_GRANT || !ledger_knows(ledger, f, seq) ||
			memcmp(f->user, user, ID_BYTES) != 0 ||
			!lies_under(place, f->place) ||
			ledger_grant_ended(ledger, f->grant, seq))
			continue;
		if (!places[place].management || f->rank >= RANK_MANAGER)
			return true;
	}
	return false;
}
