#include "tests/sim/erase.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/hub/erase.h"
#include "client/node/hub/erasure_orders.h"
#include "client/node/hub/quarantine.h"
#include "client/node/late.h"
#include "client/node/list.h"
#include "client/node/owed.h"
#include "proto/schema_roadbook.h"
#include "sync/carry.h"
#include "sync/erasures.h"
#include "sync/territory_internal.h"
#include "tests/sim/hubs.h"
#include "tests/sim/ledger.h"
#include "tests/sim/restore.h"
#include "tests/sim/shipped.h"

void
erase_words(const uint8_t *contact, char out[static 40])
{
	(void)snprintf(out, 40, "person of %02x, number %02x", contact[13],
		contact[15]);
}

/* ---- what the shipped files ask of the program ---- */

/* Only whole ids are asked for, of records that the place has. */
bool
node_find(struct node *node, const struct schema_type *type, const char *text,
	struct found_record *found, struct problem *problem)
{
	struct record record = {0};
	struct shown shown;
	bool is = false;

	(void)problem; /* nobody reads it here */
	memset(found, 0, sizeof *found);
	found->id_size = ID_BYTES;
	if (id_parse(found->id, text) != STATUS_OK)
		return false;
	found->type =
		type ? type : schema_type(node->schema, found->id[0] - 0xa0u);
	for (uint32_t i = 0; found->type && !is && i < node->territory_count;
		i++)
		is = territory_record(node->territories[i], found->type->number,
			     found->id, ID_BYTES, &record,
			     &shown) == STATUS_OK &&
			record_exists(&record);
	record_clear(&record);
	return is;
}

bool
view_id_means(const uint8_t *id, const char *text)
{
	uint8_t meant[ID_BYTES];

	return id_parse(meant, text) == STATUS_OK &&
		memcmp(meant, id, ID_BYTES) == 0;
}

/*
 * Of quarantine only the hub's segments are played, so there are no late
 * changes that were written down.
 */
void
late_clear(struct late_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->list[i].bytes);
		free(list->list[i].reason);
	}
	free(list->list);
	memset(list, 0, sizeof *list);
}

bool
hub_quarantine_all(struct node *node, struct problem *problem)
{
	(void)problem;
	return node->hub;
}

/* ---- orders ---- */

static bool
may_order(const struct sim_node *hub)
{
	return hub->hub && hub->up && !hub->crashed && !disk_dead(hub->disk) &&
		!hub->shipped.restoring;
}

static void
some_record(struct world *world, uint32_t type, const struct place *place,
	char text[static ID_TEXT_SIZE])
{
	uint8_t id[ID_BYTES];

	actors_id(id, (uint8_t)(0xa0 + type),
		((uint32_t)place->id[0] << 16) +
			random_below(&world->random, DRAFT_RECORDS));
	id_format(text, id);
}

/* Each that has a mark is one that somebody wrote. */
static void
expect_facts(struct world *world, const struct erase_found *found)
{
	for (size_t i = 0; i < found->place_count; i++) {
		const struct erase_place *p = &found->places[i];

		if (!ledger_erased(world->ledger, p->territory, p->record.type,
			    p->record.id, (uint32_t)p->record.id_size,
			    INT64_MAX))
			world_fail(world,
				"an erasure marks a record of type %u that "
				"nobody wrote",
				p->record.type);
	}
}

enum { LOOKS = 12 };

void
erase_somebody(struct world *world)
{
	struct sim_node *hub = &world->nodes[0];
	const struct place *place = NULL;
	char contact[ID_TEXT_SIZE], visit[ID_TEXT_SIZE];
	const char *also = visit;
	struct hub_erasure erasure = {
		.contact = contact, .also = &also, .reason = "asked for it"};
	struct erase_found found = {.record_count = 0};
	struct problem problem = {0};
	uint8_t order[ID_BYTES];
	bool done;

	if (!may_order(hub))
		return;
	/* Some contacts nobody has written yet. */
	for (int i = 0; i < LOOKS; i++) {
		struct found_record is;

		place = &places[random_below(
			&world->random, WORLD_TERRITORIES)];
		some_record(world, TYPE_CONTACT, place, contact);
		if (node_find(shipped_lend(hub), NULL, contact, &is, &problem))
			break;
	}
	some_record(world, TYPE_VISIT, place, visit);
	erasure.also_count = random_once_in(&world->random, 3);
	restore_write(hub);
	done = hub_erase(shipped_lend(hub), &erasure, &found, order, &problem);
	if (done) {
		restore_acknowledge();
		expect_facts(world, &found);
		world->counts.erasures++;
		world->counts.operations++;
		world_trace(world, "admin: contact %s is erased, %zu segments",
			contact, found.segment_count);
	}
	restore_write(NULL);
	erase_found_clear(&found);
}

bool
erase_late(struct sim_node *hub, const uint8_t *territory)
{
	struct problem problem = {0};
	uint64_t before;
	bool any;

	if (!may_order(hub) || !policy_erasures(hub->policy)->mark_count)
		return false;
	before = policy_erasures(hub->policy)->generation;
	restore_write(hub);
	/* What the disk refuses is done another time. */
	(void)hub_erase_late(shipped_lend(hub), territory, &problem);
	restore_write(NULL);
	any = policy_erasures(hub->policy)->generation != before;
	hub->world->counts.erased_late += any;
	return any;
}

bool
erase_duties(struct world *world)
{
	return erase_late(&world->nodes[0], NULL);
}

uint64_t
erase_marks(const struct world *world)
{
	return policy_erasures(world->nodes[0].policy)->generation;
}

bool
erase_unheard(struct world *world)
{
	struct ledger *ledger = world->ledger;
	int64_t known = directory_applied(&world->nodes[0]);

	for (uint32_t i = 0; i < ledger->erased_count; i++)
		if (!ledger_knows(ledger, &ledger->erased[i], known))
			return true;
	return false;
}

/* ---- what is left of it ---- */

struct looking {
	struct world *world;
	const struct sim_node *node;
	const uint8_t *territory;
	bool found;
};

static bool
is_erased(const struct looking *l, uint32_t type, const uint8_t *id,
	size_t id_size)
{
	return ledger_erased(l->world->ledger, l->territory, type, id,
		(uint32_t)id_size, INT64_MAX);
}

static enum status
look_at_change(void *self, int64_t seq, const struct change *change)
{
	struct looking *l = self;
	struct change_walk walk = {0};
	struct operation o;

	while (change_next_operation(change, &walk, &o))
		if (is_erased(l, o.type, o.id, o.id_size)) {
			l->found = true;
			world_fail(l->world,
				"node %d keeps change %lld with a record of "
				"type %u that is erased",
				l->node->number, (long long)seq, o.type);
		}
	return STATUS_OK;
}

static enum status
look_at_record(void *self, struct record *record)
{
	struct looking *l = self;

	if (is_erased(l, record->type, record->id, record->id_size)) {
		l->found = true;
		world_fail(l->world,
			"node %d has a record of type %u that is erased",
			l->node->number, record->type);
	}
	return STATUS_OK;
}

struct parting {
	struct territory *hub; /* as the hub has it */
	const uint8_t *log;
	int64_t from; /* the first change that the hub has otherwise */
};

static enum status
part_at(void *self, const struct segment *segment)
{
	struct parting *p = self;
	uint8_t name[SEGMENT_NAME_SIZE];

	if (memcmp(segment->log, p->log, LOG_BYTES) == 0 &&
		segment->first < p->from &&
		territory_keeps(p->hub, p->log, segment->first) &&
		(!territory_segment_name(p->hub, p->log,
			 segment->first + segment->count - 1, name) ||
			memcmp(name, segment->name, sizeof name) != 0))
		p->from = segment->first;
	return STATUS_OK;
}

/*
 * The branch of a copied store that the hub did not take is nobody's to erase,
 * at whoever has it: it lies beyond the end of its log when that device was
 * given new keys, or, where the hub has something else, beside it.
 */
static int64_t
looked_to(const struct sim_node *node, struct territory *t,
	const struct log_state *log)
{
	struct parting p = {
		.hub = sim_territory(
			&node->world->nodes[0], territory_id(t), false),
		.log = log->saved.id,
		.from = CHANGE_SEQ_MAX,
	};
	int64_t to = policy_is_replaced(node->policy, log->saved.id)
		? log->cut
		: CHANGE_SEQ_MAX;

	if (p.hub && territory_segments(t, NULL, part_at, &p) != STATUS_OK)
		world_fail(node->world, "node %d cannot be read", node->number);
	return p.from <= to ? p.from - 1 : to;
}

/* What the logs and tables of the node say. */
static void
look_through(struct world *world, struct sim_node *node)
{
	struct store *store = node->store;

	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i] &&
		!world->failed;
		i++) {
		struct territory *t = node->territories[i];
		struct looking l = {.world = world,
			.node = node,
			.territory = territory_id(t)};

		if (t == node->directory)
			continue;
		for (uint32_t k = 0; k < t->logs.count; k++)
			if (carry_read(t, t->states[k].saved.id, 1,
				    looked_to(node, t, &t->states[k]),
				    look_at_change, &l) != STATUS_OK)
				world_fail(world, "node %d cannot be read",
					node->number);
		if (store->records(store->self, territory_number(t),
			    look_at_record, &l) != STATUS_OK)
			world_fail(
				world, "node %d cannot be read", node->number);
	}
}

/* Free pages and the WAL have the same bytes as tables. */
static void
look_at_disk(struct world *world, const struct sim_node *node)
{
	const struct ledger *ledger = world->ledger;

	for (uint32_t i = 0; i < ledger->erased_count && !node_sealed; i++) {
		const struct fact *f = &ledger->erased[i];
		char words[40];

		if (f->type != TYPE_CONTACT ||
			!ledger_knows(ledger, f, INT64_MAX))
			continue;
		erase_words(f->id, words);
		world->counts.checks++;
		if (disk_holds(
			    node->disk, (const uint8_t *)words, strlen(words)))
			world_fail(world,
				"something of a person who is erased (%s) "
				"lies on the disk of node %d",
				words, node->number);
	}
}

/* Whether each order waits for the device's word; false: none does. */
static bool
is_open(struct world *world, const struct sim_node *node)
{
	json_t *orders =
		erasure_orders_json(shipped_lend(&world->nodes[0]), NULL);
	char id[ID_TEXT_SIZE];
	bool open = false;

	id_format(id, node->device);
	for (size_t i = 0; i < json_array_size(orders); i++) {
		json_t *devices =
			json_object_get(json_array_get(orders, i), "devices");

		for (size_t k = 0; k < json_array_size(devices); k++) {
			json_t *device = json_array_get(devices, k);

			if (!strcmp(json_string_value(
					    json_object_get(device, "device")),
				    id) &&
				!strcmp(json_string_value(json_object_get(
						device, "state")),
					"open"))
				open = true;
		}
	}
	json_decref(orders);
	return open;
}

void
erase_check(struct world *world, struct sim_node *node)
{
	uint8_t digest[ERASURES_DIGEST_SIZE];

	if (!world->ledger->erased_count ||
		!policy_erasures(world->nodes[0].policy)->mark_count)
		return;
	world->counts.checks++;
	look_through(world, node);
	/* One that was copied may keep a branch that is its own business. */
	if (!world->failed && !node->was_copy)
		look_at_disk(world, node);
	if (world->failed || node->hub || node->was_copy)
		return;
	if (!node_erased(shipped_lend(node), digest))
		world_fail(world,
			"after healing node %d has not carried out what is "
			"erased",
			node->number);
	else if (is_open(world, node))
		world_fail(world,
			"after healing the hub does not know that node %d has "
			"erased all",
			node->number);
}

struct sought {
	const struct ledger_operation *operation;
	bool found;
};

static enum status
seek(void *self, int64_t seq, const struct change *change)
{
	struct sought *s = self;
	struct change_walk walk = {0};
	struct operation o;

	(void)seq; /* the one that was asked for */
	while (change_next_operation(change, &walk, &o))
		s->found = s->found ||
			(o.type == s->operation->type &&
				o.id_size == s->operation->id_size &&
				!memcmp(o.id, s->operation->id, o.id_size));
	return STATUS_OK;
}

bool
erase_left_out(const struct ledger *ledger, struct territory *territory,
	const struct ledger_log *log, int64_t seq,
	const struct ledger_operation *operation, int64_t known)
{
	const struct ledger_operation *o = operation;
	struct sought sought = {.operation = o};

	if (ledger_erased(
		    ledger, log->territory, o->type, o->id, o->id_size, known))
		return true;
	if (!ledger_erased(ledger, log->territory, o->type, o->id, o->id_size,
		    LEDGER_EVER))
		return false;
	return carry_read(territory, log->id, seq, seq, seek, &sought) ==
		STATUS_OK &&
		!sought.found;
}

/* ---- sessions ---- */

/* What a device says of itself is so, at that moment. */
bool
erase_told(void *self, uint8_t *digest)
{
	struct sim_node *node = self;
	struct world *world = node->world;

	return !world->failed && node_erased(shipped_lend(node), digest);
}

void
erase_heard(void *self, const uint8_t *device, const uint8_t *digest)
{
	struct sim_node *hub = self;

	hub->world->counts.confirmed++;
	/* What is not written, the device says again. */
	if (erasure_orders_confirm(shipped_lend(hub), device, digest) !=
		STATUS_OK)
		world_trace(hub->world, "node %d: cannot write who erased",
			hub->number);
}
