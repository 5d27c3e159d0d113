#include "client/node/hub/erase.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/hub/directory.h"
#include "client/node/hub/erasure_orders.h"
#include "client/node/hub/quarantine.h"
#include "client/node/list.h"
#include "client/node/owed.h"
#include "proto/schema_roadbook.h"
#include "sync/erasures.h"

static bool
disk_failed(struct node *node, struct problem *problem)
{
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		store_sqlite_problem(node->store));
}

/* ---- planning ---- */

static bool
is_erased_already(struct node *node, const char *text, struct problem *problem)
{
	uint8_t order[ID_BYTES];
	char id[ID_TEXT_SIZE];

	if (!erasure_orders_find_contact(node, text, order))
		return false;
	id_format(id, order);
	problem_set(problem, EXIT_AMBIGUOUS,
		T("the data of contact %s is erased already"), text);
	problem_hint(problem, "roadbook hub erasures %s", id);
	return true;
}

static bool
add_also(struct node *node, const struct hub_erasure *erasure,
	struct erase_found *found, struct problem *problem)
{
	for (size_t i = 0; i < erasure->also_count; i++) {
		struct found_record record;

		if (!node_find(node, NULL, erasure->also[i], &record, problem))
			return false;
		if (record.type->directory || record.type->made ||
			record.type->number == TYPE_ACCOUNT) {
			problem_set(problem, EXIT_REFUSED,
				T("%s is not erased with a person"),
				erasure->also[i]);
			return problem_hint(problem,
				T("what people wrote of them is: visits, "
				  "notes, actions, handovers"));
		}
		erase_found_add(found, record.type->number, record.id,
			record.id_size, NULL);
	}
	return true;
}

bool
hub_erase_plan(struct node *node, const struct hub_erasure *erasure,
	struct erase_found *found, struct problem *problem)
{
	const struct erase_options options = {.words = true};
	struct found_record contact;

	memset(found, 0, sizeof *found);
	if (is_erased_already(node, erasure->contact, problem))
		return false;
	if (!node_find(node, schema_type(node->schema, TYPE_CONTACT),
		    erasure->contact, &contact, problem))
		return false;
	erase_found_add(found, TYPE_CONTACT, contact.id, contact.id_size, NULL);
	if (!add_also(node, erasure, found, problem))
		return false;
	return (node_seal(node) == STATUS_OK &&
		       erase_find(node, found, &options) == STATUS_OK) ||
		disk_failed(node, problem);
}

/* ---- writing it ---- */

static void
pack_part(struct pack *pack, int part, const void *bytes, size_t size)
{
	pack_integer(pack, part);
	pack_bytes(pack, bytes, size);
}

static void
draft_mark(struct directory_draft *draft, const uint8_t *order,
	const struct erase_place *place)
{
	uint8_t id[ID_BYTES], bytes[128], mark[ERASURE_MARK_SIZE];
	struct pack pack;

	erasure_mark_make(mark, place->territory, place->record.type,
		place->record.id, place->record.id_size);
	node_new_id(id);
	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, 3);
	pack_part(&pack, ERASURE_TERRITORY, place->territory, ID_BYTES);
	pack_part(&pack, ERASURE_MARK, mark, sizeof mark);
	pack_part(&pack, ERASURE_ORDER, order, ID_BYTES);
	directory_value(draft, TYPE_ERASURE, id, ERASURE_BODY, &pack);
}

static void
draft_replacement(struct directory_draft *draft, const uint8_t *order,
	const struct erase_segment *e)
{
	uint8_t id[ID_BYTES], bytes[256];
	struct pack pack;

	replacement_id(id, e->territory, e->log, e->first, e->replaces);
	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, 7);
	pack_part(&pack, REPLACEMENT_TERRITORY, e->territory, ID_BYTES);
	pack_part(&pack, REPLACEMENT_DEVICE, e->log, ID_BYTES);
	pack_part(&pack, REPLACEMENT_GRANT, e->log + ID_BYTES, ID_BYTES);
	pack_integer(&pack, REPLACEMENT_FIRST);
	pack_integer(&pack, e->first);
	pack_part(&pack, REPLACEMENT_REPLACES, e->replaces, SEGMENT_NAME_SIZE);
	pack_part(&pack, REPLACEMENT_NAME, e->name, SEGMENT_NAME_SIZE);
	pack_part(&pack, REPLACEMENT_ORDER, order, ID_BYTES);
	directory_put(draft, TYPE_REPLACEMENT, id, REPLACEMENT_BODY, &pack);
}

/* The order under which something goes that was found later. */
struct carrying {
	struct node *node;
	const struct erase_found *found;
	const uint8_t *order; /* a new one; NULL: each under its own */
	const char *reason;
};

static const struct erase_record *
listed(const struct erase_found *found, const struct erase_record *record)
{
	for (size_t i = 0; i < found->record_count; i++) {
		const struct erase_record *r = &found->records[i];

		if (r->type == record->type && r->id_size == record->id_size &&
			!memcmp(r->id, record->id, r->id_size))
			return r;
	}
	return record;
}

static void
order_of(const struct carrying *c, const uint8_t *territory,
	const struct erase_record *record, uint8_t out[static ID_BYTES])
{
	const struct erasures *told = policy_erasures(c->node->policy);
	const struct erase_record *r = listed(c->found, record);
	const struct erasure_mark *mark;

	if (c->order) {
		memcpy(out, c->order, ID_BYTES);
		return;
	}
	mark = erasures_mark(told, territory, r->type, r->id, r->id_size);
	if (!mark && !id_is_zero(r->about))
		mark = erasures_mark(
			told, territory, TYPE_CONTACT, r->about, ID_BYTES);
	if (mark)
		memcpy(out, mark->order, ID_BYTES);
	else if (!erasure_orders_of(c->node, r->type, r->id, r->id_size, out) &&
		!erasure_orders_of(
			c->node, TYPE_CONTACT, r->about, ID_BYTES, out))
		erasure_orders_last(c->node, out);
}

/* Made for one that was lost, it is of the same order. */
static void
order_of_segment(const struct carrying *c, const struct erase_segment *e,
	uint8_t out[static ID_BYTES])
{
	const struct replacement *told =
		erasures_of(policy_erasures(c->node->policy), e->territory,
			e->log, e->first, e->replaces);

	if (e->again && told)
		memcpy(out, told->order, ID_BYTES);
	else
		order_of(c, e->territory, &e->record, out);
}

/* Of what is marked already nothing is said again. */
static void
draft_all(const struct carrying *c, struct directory_draft *draft)
{
	const struct erasures *told = policy_erasures(c->node->policy);
	const struct erase_found *found = c->found;
	uint8_t order[ID_BYTES];

	for (size_t i = 0; i < found->place_count; i++) {
		const struct erase_place *p = &found->places[i];

		if (erasures_mark(told, p->territory, p->record.type,
			    p->record.id, p->record.id_size))
			continue;
		order_of(c, p->territory, &p->record, order);
		draft_mark(draft, order, p);
	}
	for (size_t i = 0; i < found->segment_count; i++) {
		const struct erase_segment *e = &found->segments[i];

		order_of_segment(c, e, order);
		draft_replacement(draft, order, e);
	}
}

static enum status
swap(struct node *node, const struct erase_segment *e)
{
	struct territory *t = node_territory(node, e->territory, false);
	enum message_verdict verdict = VERDICT_FORGED;
	struct segment segment;

	if (!t || segment_view(&segment, e->bytes, e->size) != STATUS_OK ||
		territory_keep(t, &segment, e->bytes, true, &verdict) !=
			STATUS_OK)
		return STATUS_FAILED;
	/* Made again of this hub's own, it may be that very one. */
	return verdict == VERDICT_KEPT || verdict == VERDICT_HAD
		? STATUS_OK
		: STATUS_FAILED;
}

static bool
carry_out(void *self, struct problem *problem)
{
	struct carrying *c = self;
	struct node *node = c->node;
	const struct erase_found *found = c->found;
	enum status status = STATUS_OK;

	for (size_t i = 0; status == STATUS_OK && i < found->segment_count; i++)
		status = swap(node, &found->segments[i]);
	/* What went without a mark is shown anew. */
	for (uint32_t i = 0; status == STATUS_OK && i < node->territory_count;
		i++)
		if (node->territories[i] != node->directory)
			status = territory_settle(node->territories[i], NULL);
	if (status == STATUS_OK && c->order)
		status = erasure_orders_add(
			node, c->order, found->records[0].id, c->reason);
	for (size_t i = 0; status == STATUS_OK && i < found->record_count;
		i++) {
		const struct erase_record *r = &found->records[i];
		uint8_t order[ID_BYTES];

		order_of(c, policy_directory(node->policy), r, order);
		status = erasure_orders_add_record(
			node, order, r->type, r->id, r->id_size);
	}
	return status == STATUS_OK || disk_failed(node, problem);
}

static bool
write_all(struct carrying *c, struct problem *problem)
{
	struct directory_draft draft = {0};

	draft_all(c, &draft);
	return directory_write_also(
		c->node, &draft, carry_out, node_seal_inside, c, problem);
}

bool
hub_erase(struct node *node, const struct hub_erasure *erasure,
	struct erase_found *found, uint8_t order[static ID_BYTES],
	struct problem *problem)
{
	struct carrying c = {.node = node,
		.found = found,
		.order = order,
		.reason = erasure->reason};

	node_new_id(order);
	/* What too late changes said is written down again, without it. */
	return hub_erase_plan(node, erasure, found, problem) &&
		write_all(&c, problem) && hub_quarantine_all(node, problem) &&
		hub_erase_late(node, NULL, problem) && node_tidy(node, problem);
}

/* ---- what comes later ---- */

/* What nobody brought the erasure of, though it was told of, is made anew. */
struct scanned {
	struct node *node;
	struct erasure_place *list;
	size_t count;
};

static int64_t
scanned_to(void *self, const uint8_t *territory, const uint8_t *log)
{
	const struct scanned *s = self;
	struct territory *t = node_territory(s->node, territory, false);

	return t && territory_owes_erasure(t, log)
		? 1
		: erasure_orders_scanned_to(s->list, s->count, territory, log) +
			1;
}

static bool
note_scanned(const struct scanned *s, const uint8_t *territory,
	struct problem *problem)
{
	struct node *node = s->node;

	for (uint32_t i = 0; i < node->territory_count; i++) {
		struct territory *t = node->territories[i];

		if (t == node->directory ||
			(territory &&
				memcmp(territory_id(t), territory, ID_BYTES)))
			continue;
		if (erasure_orders_note_scanned(node, t, s->list, s->count) !=
			STATUS_OK)
			return disk_failed(node, problem);
	}
	return true;
}

bool
hub_erase_late(
	struct node *node, const uint8_t *territory, struct problem *problem)
{
	struct scanned scanned = {.node = node};
	const struct erase_options options = {.marked = true,
		.territory = territory,
		.from = scanned_to,
		.self = &scanned};
	struct erase_found found = {.record_count = 0};
	struct carrying c = {.node = node, .found = &found};
	uint8_t ordered_by[ID_BYTES];
	bool done;

	if (!policy_erasures(node->policy)->mark_count || node->restoring)
		return true;
	if (erasure_orders_scanned(node, territory, &scanned.list,
		    &scanned.count) != STATUS_OK ||
		erasure_orders_records(node, &found) != STATUS_OK ||
		node_seal(node) != STATUS_OK ||
		erase_find(node, &found, &options) != STATUS_OK) {
		free(scanned.list);
		erase_found_clear(&found);
		return disk_failed(node, problem);
	}
	/* Nobody orders it again. */
	memcpy(ordered_by, node->ordered_by, ID_BYTES);
	memset(node->ordered_by, 0, ID_BYTES);
	done = !found.segment_count || write_all(&c, problem);
	memcpy(node->ordered_by, ordered_by, ID_BYTES);
	if (done)
		done = note_scanned(&scanned, territory, problem);
	free(scanned.list);
	erase_found_clear(&found);
	return done;
}
