#include "world.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t company[32];
static uint8_t secret[crypto_sign_SECRETKEYBYTES];
static uint8_t public[crypto_sign_PUBLICKEYBYTES];

static bool
fail(struct world *world, const char *problem)
{
	(void)snprintf(world->problem, sizeof world->problem, "%s", problem);
	return false;
}

static int
change_compare(const void *left, const void *right)
{
	const struct vector_change *a = left, *b = right;
	int order = memcmp(a->log, b->log, LOG_BYTES);

	return order ? order : (a->seq > b->seq) - (a->seq < b->seq);
}

static int
seen_compare(const void *left, const void *right)
{
	const struct seen_entry *a = left, *b = right;

	return memcmp(a->log, b->log, LOG_BYTES);
}

static int
unseen_compare(const void *left, const void *right)
{
	const struct unseen_entry *a = left, *b = right;
	int order = memcmp(a->log, b->log, LOG_BYTES);

	return order ? order : (a->first > b->first) - (a->first < b->first);
}

static int
operations_compare(const void *left, const void *right)
{
	return operation_compare(left, right);
}

static const uint8_t *
log_id(struct names *names, const char *name)
{
	uint8_t *id = arena_take(&names->arena, LOG_BYTES);

	names_log(names, name, id);
	return id;
}

/*
 * What is new in the full context `ctx`, against `known`, the greatest of each
 * log so far: the encoding only grows (MERGE W1).
 */
static void
make_seen(struct names *names, struct change_draft *draft, json_t *known,
	json_t *ctx, const char *own)
{
	struct seen_entry *list =
		arena_take(&names->arena, json_object_size(ctx) * sizeof *list);
	const char *log;
	json_t *seq;

	json_object_foreach(ctx, log, seq)
	{
		json_int_t n = json_integer_value(seq);

		if (strcmp(log, own) == 0 ||
			n <= json_integer_value(json_object_get(known, log)))
			continue;
		json_object_set(known, log, seq);
		list[draft->seen_count++] =
			(struct seen_entry){log_id(names, log), n};
	}
	qsort(list, draft->seen_count, sizeof *list, seen_compare);
	draft->seen = list;
}

/* What a context no longer has of what the log's context had before. */
static size_t
add_shrunk(struct names *names, struct unseen_entry *list, json_t *known,
	const json_t *ctx)
{
	const char *log;
	json_t *before;
	size_t count = 0;

	json_object_foreach(known, log, before)
	{
		json_int_t now = json_integer_value(json_object_get(ctx, log));

		if (now < json_integer_value(before))
			list[count++] =
				(struct unseen_entry){log_id(names, log),
					now + 1, json_integer_value(before)};
	}
	return count;
}

static void
make_unseen(struct names *names, struct change_draft *draft, json_t *known,
	const json_t *object)
{
	const json_t *unseen = json_object_get(object, "unseen");
	struct unseen_entry *list = arena_take(&names->arena,
		(json_array_size(unseen) + json_object_size(known)) *
			sizeof *list);
	size_t count, kept = 0, i;
	json_t *range;

	count = add_shrunk(names, list, known, json_object_get(object, "ctx"));
	json_array_foreach(unseen, i, range)
	{
		struct unseen_entry entry = {
			log_id(names,
				json_string_value(json_array_get(range, 0))),
			json_integer_value(json_array_get(range, 1)),
			json_integer_value(json_array_get(range, 2))};

		if (entry.first < 1)
			entry.first = 1;
		if (entry.first <= entry.last)
			list[count++] = entry;
	}
	qsort(list, count, sizeof *list, unseen_compare);
	for (i = 0; i < count; i++) {
		struct unseen_entry *last = kept ? &list[kept - 1] : NULL;

		if (last && memcmp(last->log, list[i].log, LOG_BYTES) == 0 &&
			list[i].first <= last->last) {
			if (last->last < list[i].last)
				last->last = list[i].last;
			continue;
		}
		list[kept++] = list[i];
	}
	draft->unseen = list;
	draft->unseen_count = kept;
}

static bool
make_operations(
	struct world *world, struct change_draft *draft, const json_t *ops)
{
	struct names *names = world->names;
	size_t count = json_array_size(ops);
	struct operation *list =
		arena_take(&names->arena, count * sizeof *list);

	for (size_t i = 0; i < count; i++)
		list[i] = names_operation(
			names, json_array_get(ops, i), draft->at);
	if (names->problem)
		return fail(world, names->problem);
	qsort(list, count, sizeof *list, operations_compare);
	for (size_t i = 1; i < count; i++)
		if (operation_compare(&list[i - 1], &list[i]) == 0)
			return fail(world, "two operations on one register");
	draft->operations = list;
	draft->operation_count = count;
	return true;
}

static bool
seal(struct world *world, struct vector_change *change,
	const struct change_draft *draft, const uint8_t *previous,
	uint8_t *name)
{
	struct segment_draft segment = {.company = company,
		.secret = secret,
		.territory = (const uint8_t *)"................",
		.log = change->log,
		.first = change->seq,
		.count = 1,
		.previous = previous};
	struct arena *arena = &world->names->arena;
	struct pack pack;
	uint8_t *raw;

	pack_init(&pack, NULL, 0);
	change_encode(&pack, draft);
	if (pack.size > CHANGE_SIZE_MAX)
		return fail(world, "a change that is too large");
	raw = arena_take(arena, pack.size);
	segment.raw = raw;
	segment.raw_size = (uint32_t)pack.size;
	pack_init(&pack, raw, segment.raw_size);
	change_encode(&pack, draft);
	change->segment = arena_take(arena, segment_room(segment.raw_size));
	return segment_seal(change->segment, &change->segment_size, name,
		       &segment) == STATUS_OK ||
		fail(world, "a change that cannot be sealed");
}

static bool
make_change(struct world *world, struct vector_change *change, json_t *object,
	json_t *known, const uint8_t *previous, uint8_t *name)
{
	struct change_draft draft = {
		.at = json_integer_value(json_object_get(object, "at"))};

	if (draft.at < 0 || draft.at > CHANGE_TIME_MAX)
		return fail(world, "a time out of bounds");
	make_seen(world->names, &draft, known, json_object_get(object, "ctx"),
		names_log_name(world->names, change->log));
	make_unseen(world->names, &draft, known, object);
	return make_operations(world, &draft, json_object_get(object, "ops")) &&
		seal(world, change, &draft, previous, name);
}

static json_t *
object_of(json_t *list, const char *id)
{
	json_t *object;
	size_t i;

	json_array_foreach(list, i, object)
	{
		char text[256];

		(void)snprintf(text, sizeof text, "%s%lld",
			json_string_value(json_object_get(object, "log")),
			(long long)json_integer_value(
				json_object_get(object, "seq")));
		if (strcmp(text, id) == 0)
			return object;
	}
	return NULL;
}

/* Seals the changes of each log in order, as far as they follow each other. */
static bool
make_changes(struct world *world, json_t *list)
{
	uint8_t previous[SEGMENT_NAME_SIZE], name[SEGMENT_NAME_SIZE];
	json_t *known = json_object();
	bool good = true;

	for (size_t i = 0; good && i < world->count; i++) {
		struct vector_change *change = &world->changes[i];
		bool follows = i && change->seq == change[-1].seq + 1 &&
			change[-1].segment &&
			memcmp(change->log, change[-1].log, LOG_BYTES) == 0;

		if (change->seq != 1 && !follows)
			continue;
		if (change->seq == 1) {
			memset(previous, 0, sizeof previous);
			json_object_clear(known);
		}
		good = make_change(world, change, object_of(list, change->id),
			known, previous, name);
		memcpy(previous, name, sizeof previous);
	}
	json_decref(known);
	return good;
}

static void
note_rank(struct world *world, const json_t *object)
{
	json_object_set(world->ranks,
		json_string_value(json_object_get(object, "log")),
		json_object_get(object, "rank"));
}

static bool
take_change(struct world *world, const json_t *object)
{
	struct vector_change *change = &world->changes[world->count++];
	const char *log = json_string_value(json_object_get(object, "log"));

	if (!log)
		return fail(world, "a change without a log");
	names_log(world->names, log, change->log);
	change->seq = json_integer_value(json_object_get(object, "seq"));
	change->id = names_dot(world->names, change->log, change->seq);
	note_rank(world, object);
	return change->seq >= 1 || fail(world, "a change without a number");
}

bool
world_init(struct world *world, struct names *names, struct store *store,
	json_t *test)
{
	json_t *list = json_object_get(test, "changes"), *object;
	size_t i;

	memset(world, 0, sizeof *world);
	(void)crypto_sign_seed_keypair(public, secret, company);
	world->names = names;
	world->store = store;
	world->ranks = json_object();
	world->changes = arena_take(
		&names->arena, json_array_size(list) * sizeof *world->changes);
	world->delivered = arena_take(&names->arena, json_array_size(list));
	json_array_foreach(
		list, i, object) if (!take_change(world, object)) return false;
	qsort(world->changes, world->count, sizeof *world->changes,
		change_compare);
	json_array_foreach(json_object_get(test, "author"), i, object)
		note_rank(world, object);
	if (names->problem)
		return fail(world, names->problem);
	return make_changes(world, list);
}

void
world_clear(struct world *world)
{
	json_decref(world->ranks);
}

static int
rule_rank(void *self, const uint8_t *territory, const uint8_t *log)
{
	struct world *world = self;
	const char *name = names_log_name(world->names, log);
	const json_t *rank = json_object_get(world->ranks, name);

	(void)territory;
	if (!rank || (world->granted && !json_object_get(world->granted, name)))
		return RULES_UNKNOWN;
	return (int)json_integer_value(rank);
}

int64_t
world_cut(const struct world *world, const uint8_t *log)
{
	const json_t *cut =
		json_object_get(world->cuts, names_log_name(world->names, log));

	return cut ? json_integer_value(cut) : INT64_MAX;
}

static int64_t
rule_cut(void *self, const uint8_t *territory, const uint8_t *log)
{
	(void)territory;
	return world_cut(self, log);
}

bool
world_begin(struct world *world, uint32_t number, json_t *granted)
{
	const struct territory_rules rules = {world, rule_rank, rule_cut, NULL};
	uint8_t id[ID_BYTES] = {0};
	json_t *name;
	size_t i;

	memcpy(id, &number, sizeof number);
	memset(world->delivered, 0, world->count);
	world->cuts = json_object();
	world->granted = granted ? json_object() : NULL;
	json_array_foreach(granted, i, name) json_object_set_new(
		world->granted, json_string_value(name), json_true());
	if (world->store->begin(world->store->self) != STATUS_OK ||
		territory_open(&world->territory, world->store, &rules, id) !=
			STATUS_OK ||
		world->store->commit(world->store->self) != STATUS_OK)
		return fail(world, "the store does not open a territory");
	return true;
}

void
world_end(struct world *world)
{
	territory_free(world->territory);
	json_decref(world->cuts);
	json_decref(world->granted);
	world->territory = NULL;
	world->cuts = world->granted = NULL;
}

/*
 * The segments were sealed for a territory of all dots; they are the same for
 * every territory of the store, so only the view of them is turned.
 */
static bool
keep(struct world *world, const struct vector_change *change)
{
	enum message_verdict verdict;
	struct segment segment;

	if (segment_view(&segment, change->segment, change->segment_size) !=
		STATUS_OK)
		return fail(world, "a segment is malformed");
	segment.territory = territory_id(world->territory);
	if (territory_keep(world->territory, &segment, change->segment, true,
		    &verdict) != STATUS_OK)
		return fail(world, "keeping a segment failed");
	if (verdict != VERDICT_KEPT && verdict != VERDICT_QUARANTINED &&
		verdict != VERDICT_HAD) {
		(void)snprintf(world->problem, sizeof world->problem,
			"%s is not kept: verdict %d", change->id, verdict);
		return false;
	}
	return true;
}

/*
 * Marks the change as delivered, then keeps what now follows without a gap in
 * its log. One that came before keeps its turn, whose repetition is HAD.
 */
static bool
deliver_change(struct world *world, size_t index)
{
	size_t first = index;

	world->delivered[index] = true;
	while (first &&
		memcmp(world->changes[first - 1].log, world->changes[index].log,
			LOG_BYTES) == 0)
		first--;
	for (size_t i = first; i < world->count && world->delivered[i] &&
		world->changes[i].segment &&
		memcmp(world->changes[i].log, world->changes[index].log,
			LOG_BYTES) == 0;
		i++)
		if (i >= index && !keep(world, &world->changes[i]))
			return false;
	return true;
}

static bool
deliver_cut(struct world *world, const char *text)
{
	const char *equals = strrchr(text, '=');
	char name[LOG_BYTES + 1] = {0};
	json_int_t last;
	json_t *before;

	if (!equals || equals - text > LOG_BYTES)
		return fail(world, "a cut without a log or number");
	memcpy(name, text, (size_t)(equals - text));
	last = (json_int_t)strtoll(equals + 1, NULL, 10);
	before = json_object_get(world->cuts, name);
	if (!before || json_integer_value(before) > last)
		json_object_set_new(world->cuts, name, json_integer(last));
	return true;
}

static bool
take_item(struct world *world, const char *item)
{
	if (strncmp(item, "cut:", 4) == 0)
		return deliver_cut(world, item + 4);
	if (strncmp(item, "grant:", 6) == 0) {
		if (world->granted)
			json_object_set_new(
				world->granted, item + 6, json_true());
		return true;
	}
	for (size_t i = 0; i < world->count; i++)
		if (strcmp(world->changes[i].id, item) == 0)
			return deliver_change(world, i);
	return fail(world, "an item that names no change");
}

bool
world_held_back(const struct world *world, size_t index)
{
	const struct vector_change *change = &world->changes[index];

	if (!world->delivered[index])
		return false;
	if (!change->segment)
		return true;
	for (size_t i = index; i-- > 0 &&
		memcmp(world->changes[i].log, change->log, LOG_BYTES) == 0;)
		if (!world->delivered[i])
			return true;
	return false;
}

bool
world_deliver(struct world *world, const char *item)
{
	struct store *store = world->store;

	if (store->begin(store->self) != STATUS_OK)
		return fail(world, "the store does not begin");
	if (!take_item(world, item)) {
		store->rollback(store->self);
		return false;
	}
	if (territory_settle(world->territory, NULL) != STATUS_OK ||
		store->commit(store->self) != STATUS_OK)
		return fail(world, "settling failed");
	return true;
}

bool
world_rebuild(struct world *world)
{
	struct store *store = world->store;

	if (store->begin(store->self) != STATUS_OK ||
		territory_rebuild(world->territory) != STATUS_OK ||
		store->commit(store->self) != STATUS_OK)
		return fail(world, "rebuilding failed");
	return true;
}

int64_t
world_applied(struct world *world, const uint8_t *log)
{
	const struct merge_logs *logs = territory_logs(world->territory);
	int64_t *frontier, applied = 0;
	uint32_t count;

	territory_applied(world->territory, &frontier, &count);
	for (uint32_t i = 0; i < count; i++)
		if (memcmp(logs->list[i].id, log, LOG_BYTES) == 0)
			applied = frontier[i];
	free(frontier);
	return applied;
}
