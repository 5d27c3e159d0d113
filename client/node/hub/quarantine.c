#include "client/node/hub/quarantine.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/late.h"
#include "client/node/late_own.h"
#include "proto/schema_roadbook.h"
#include "sync/carry.h"

/* A record's value stays well below SCHEMA_VALUE_MAX. */
enum { PIECE_MAX = 64 * 1024 };

static bool
disk_failed(struct node *node, struct problem *problem)
{
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		store_sqlite_problem(node->store));
}

void
hub_compartment_draft(struct node *node, struct directory_draft *draft,
	const uint8_t *territory, uint8_t id[static ID_BYTES])
{
	const struct policy_territory *t =
		policy_territory(node->policy, territory);

	if (t && t->kind == POLICY_MANAGEMENT) {
		memcpy(id, territory, ID_BYTES);
		return;
	}
	/* Ascending by id, so the first is the oldest. */
	for (uint32_t i = 0; (t = policy_territory_at(node->policy, i)); i++)
		if (t->kind == POLICY_MANAGEMENT &&
			!memcmp(t->parent, territory, ID_BYTES)) {
			memcpy(id, t->id, ID_BYTES);
			return;
		}
	id_derive(id, "roadbook/management/1", territory, ID_BYTES);
	directory_text(draft, TYPE_TERRITORY, id, TERRITORY_NAME, "management");
	directory_bytes(draft, TYPE_TERRITORY, id, TERRITORY_PARENT, territory,
		ID_BYTES);
	directory_once_text(
		draft, TYPE_TERRITORY, id, TERRITORY_KIND, "management");
}

bool
hub_compartment(struct node *node, const uint8_t *territory,
	uint8_t id[static ID_BYTES], struct problem *problem)
{
	struct directory_draft draft = {0};

	hub_compartment_draft(node, &draft, territory, id);
	return !draft.count || directory_write(node, &draft, problem);
}

struct range {
	uint8_t log[LOG_BYTES];
	int64_t first, last;
};

struct ranges {
	const struct policy *policy;
	const uint8_t *in_step; /* the device that is; or NULL */
	struct range *list;
	size_t count;
};

static const uint8_t no_id[ID_BYTES];

/* Whether what a copied store became may still bring it under its new keys. */
static bool
may_bring(const struct ranges *ranges, const uint8_t *former)
{
	const struct policy_device *d;

	if (!policy_is_replaced(ranges->policy, former))
		return false;
	if (ranges->in_step &&
		late_same_machine(ranges->policy, ranges->in_step, former))
		return false;
	for (uint32_t i = 0; (d = policy_device_at(ranges->policy, i)); i++)
		if (!d->revoked &&
			late_same_machine(ranges->policy, d->id, former))
			return true;
	return false;
}

/* The late changes of one log being written down. */
struct writing {
	struct node *node;
	const uint8_t *territory;
	const uint8_t *log;
	struct territory *from;
	struct territory *compartment;
	int64_t last; /* that nobody carried over */
};

static bool
is_written(const struct writing *w, const uint8_t *id)
{
	struct record record = {0};
	struct shown shown;
	bool written = territory_record(w->compartment, TYPE_QUARANTINE, id,
			       ID_BYTES, &record, &shown) == STATUS_OK &&
		record_exists(&record);

	record_clear(&record);
	return written;
}

static void
pack_part(struct pack *pack, int part, const void *bytes, size_t size)
{
	pack_integer(pack, part);
	pack_bytes(pack, bytes, size);
}

static enum status
write_piece(const struct writing *w, int64_t seq, uint32_t piece,
	uint32_t pieces, const uint8_t *bytes, size_t size)
{
	uint8_t id[ID_BYTES], log[LOG_BYTES] = {0};
	uint8_t *value = alloc(size + 256);
	int64_t now = node_now_ms(), written;
	size_t refused;
	struct pack pack;
	struct write_operation operation = {.type = TYPE_QUARANTINE,
		.id = id,
		.id_size = ID_BYTES,
		.field = QUARANTINE_BODY,
		.kind = OPERATION_INIT,
		.time = -1};
	struct write write = {.log = log,
		.at = now,
		.offset = node_offset(now),
		.operations = &operation,
		.operation_count = 1};
	enum status status;

	late_id(w->territory, w->log, seq, piece, id);
	memcpy(log, w->node->device, ID_BYTES);
	pack_init(&pack, value, size + 256);
	pack_map(&pack, 7);
	pack_part(&pack, QUARANTINE_TERRITORY, w->territory, ID_BYTES);
	pack_part(&pack, QUARANTINE_DEVICE, w->log, ID_BYTES);
	pack_part(&pack, QUARANTINE_GRANT, w->log + ID_BYTES, ID_BYTES);
	pack_integer(&pack, QUARANTINE_SEQ);
	pack_integer(&pack, seq);
	pack_integer(&pack, QUARANTINE_PIECE);
	pack_integer(&pack, piece);
	pack_integer(&pack, QUARANTINE_PIECES);
	pack_integer(&pack, pieces);
	pack_part(&pack, QUARANTINE_CHANGE, bytes, size);
	operation.value = (struct pack_view){value, pack.size};
	status = territory_write(w->compartment, &write, &written, &refused);
	free(value);
	return status == STATUS_REFUSED ? STATUS_OK : status;
}

/* Unless its own machine carried it over. */
static enum status
note_last(void *self, int64_t seq, const struct change *late)
{
	struct writing *w = self;
	struct late_own own;

	if (!late_own_find(w->node, w->from, w->log, seq, late, &own))
		w->last = seq;
	return STATUS_OK;
}

static enum status
write_change(void *self, int64_t seq, const struct change *change)
{
	const struct writing *w = self;
	size_t size = change->whole.size;
	uint32_t pieces = (uint32_t)((size + PIECE_MAX - 1) / PIECE_MAX);
	enum status status = STATUS_OK;
	uint8_t id[ID_BYTES];

	/* The last piece tells that all of it is there. */
	late_id(w->territory, w->log, seq, pieces - 1, id);
	if (is_written(w, id))
		return STATUS_OK;
	for (uint32_t i = 0; status == STATUS_OK && i < pieces; i++) {
		size_t at = (size_t)i * PIECE_MAX;

		status =
			write_piece(w, seq, i, pieces, change->whole.bytes + at,
				size - at > PIECE_MAX ? PIECE_MAX : size - at);
	}
	return status;
}

static void
add_range(void *self, const uint8_t *log, int64_t first, int64_t last)
{
	struct ranges *ranges = self;
	struct range *range;

	/* A copied store carries its own over; here is what nobody did. */
	if (may_bring(ranges, log))
		return;
	ranges->list = alloc_again(
		ranges->list, (ranges->count + 1) * sizeof *ranges->list);
	range = &ranges->list[ranges->count++];
	memcpy(range->log, log, LOG_BYTES);
	range->first = first;
	range->last = last;
}

/*
 * Accepting one takes all that stand before it: their contexts are differences.
 * So of a copied store's log all is written up to the last that is missing.
 */
static enum status
write_range(struct writing *w, const struct range *range)
{
	enum status status = STATUS_OK;

	w->log = range->log;
	w->last = range->last;
	if (policy_is_replaced(w->node->policy, w->log)) {
		w->last = 0;
		status = carry_read(w->from, w->log, range->first, range->last,
			note_last, w);
	}
	return status == STATUS_OK ? carry_read(w->from, w->log, range->first,
					     w->last, write_change, w)
				   : status;
}

static bool
write_ranges(struct node *node, const uint8_t *territory,
	const struct ranges *ranges, struct problem *problem)
{
	struct writing w = {.node = node,
		.territory = territory,
		.from = node_territory(node, territory, false)};
	enum status status = STATUS_OK;
	uint8_t id[ID_BYTES];

	if (!hub_compartment(node, territory, id, problem) ||
		!node_begin(node, problem))
		return false;
	w.compartment = node_territory(node, id, true);
	if (!w.compartment)
		status = STATUS_FAILED;
	for (size_t i = 0; status == STATUS_OK && i < ranges->count; i++)
		status = write_range(&w, &ranges->list[i]);
	if (status == STATUS_OK)
		return node_commit(node, problem);
	disk_failed(node, problem);
	node_rollback(node);
	return false;
}

static bool
quarantine(struct node *node, const uint8_t *territory, const uint8_t *in_step,
	struct problem *problem)
{
	struct territory *t = node_territory(node, territory, false);
	struct ranges ranges = {.policy = node->policy, .in_step = in_step};
	bool done = true;

	if (!t || t == node->directory)
		return true;
	if (territory_late(t, add_range, &ranges) != STATUS_OK)
		done = disk_failed(node, problem);
	else if (ranges.count)
		done = write_ranges(node, territory, &ranges, problem);
	free(ranges.list);
	return done;
}

bool
hub_quarantine(
	struct node *node, const uint8_t *territory, struct problem *problem)
{
	return quarantine(node, territory, NULL, problem);
}

static bool
quarantine_all(
	struct node *node, const uint8_t *in_step, struct problem *problem)
{
	uint32_t count = node->territory_count;
	uint8_t *ids = alloc(count * (size_t)ID_BYTES);
	bool done = true;

	/* Compartments are opened meanwhile. */
	for (uint32_t i = 0; i < count; i++)
		memcpy(ids + i * (size_t)ID_BYTES,
			territory_id(node->territories[i]), ID_BYTES);
	for (uint32_t i = 0; done && i < count; i++)
		done = quarantine(
			node, ids + i * (size_t)ID_BYTES, in_step, problem);
	free(ids);
	return done;
}

bool
hub_quarantine_all(struct node *node, struct problem *problem)
{
	return quarantine_all(node, NULL, problem);
}

bool
hub_quarantine_in_step(
	struct node *node, const uint8_t *device, struct problem *problem)
{
	const struct policy_device *d = policy_device(node->policy, device);
	uint8_t id[ID_BYTES];

	if (!d || d->revoked || memcmp(d->replaces, no_id, ID_BYTES) == 0)
		return true;
	/* What is written may load the policy anew. */
	memcpy(id, device, ID_BYTES);
	return quarantine_all(node, id, problem);
}
