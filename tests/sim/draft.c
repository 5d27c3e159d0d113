#include "tests/sim/draft.h"

#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"
#include "sync/territory_internal.h"
#include "tests/sim/ledger.h"

void
actors_id(uint8_t *id, uint8_t kind, uint32_t number)
{
	memset(id, kind, ID_BYTES);
	id[12] = (uint8_t)(number >> 24);
	id[13] = (uint8_t)(number >> 16);
	id[14] = (uint8_t)(number >> 8);
	id[15] = (uint8_t)number;
}

struct random *
draft_chance(const struct draft *d)
{
	return &d->world->random;
}

bool
draft_begin(struct draft *d, struct world *world, struct sim_node *node,
	struct territory *territory)
{
	memset(d, 0, offsetof(struct draft, bytes));
	d->world = world;
	d->node = node;
	d->territory = territory;
	d->unseen = NULL;
	d->unseen_count = 0;
	pack_init(&d->pack, d->bytes, sizeof d->bytes);
	memcpy(d->log, node->device, ID_BYTES);
	if (node->hub) {
		memset(d->log + ID_BYTES, 0, ID_BYTES);
		d->rank = RANK_HQ;
	} else {
		d->rank = policy_write_grant(node->policy, node->user,
			territory_id(territory), d->log + ID_BYTES);
	}
	return d->rank != RANK_NONE &&
		!policy_is_revoked(node->policy, node->device);
}

const uint8_t *
draft_keep(struct draft *d, const uint8_t *id, size_t size)
{
	const uint8_t *at = d->pack.out + d->pack.size;

	pack_raw(&d->pack, id, size);
	return at;
}

struct pack *
draft_value(struct draft *d)
{
	d->value_at = d->pack.size;
	return &d->pack;
}

static bool
same_register(const struct write_operation *a, const struct write_operation *b)
{
	bool set = a->kind == OPERATION_ADD || a->kind == OPERATION_DEL;
	bool other = b->kind == OPERATION_ADD || b->kind == OPERATION_DEL;

	if (a->type != b->type || a->field != b->field ||
		a->id_size != b->id_size || set != other ||
		(!set && a->kind != b->kind) ||
		memcmp(a->id, b->id, a->id_size) != 0)
		return false;
	return !set ||
		(a->value.size == b->value.size &&
			memcmp(a->value.bytes, b->value.bytes, a->value.size) ==
				0);
}

void
draft_add(struct draft *d, uint32_t type, const uint8_t *id, size_t id_size,
	uint32_t field, enum operation_kind kind)
{
	struct write_operation o = {type, id, id_size, field, kind,
		{d->bytes + d->value_at, d->pack.size - d->value_at}, -1};

	if (d->pack.overflow || d->count == DRAFT_OPERATIONS_MAX)
		return;
	for (size_t i = 0; i < d->count; i++)
		if (same_register(&d->operations[i], &o))
			return;
	d->operations[d->count++] = o;
}

bool
draft_write(struct draft *d, int64_t *seq)
{
	struct ledger *ledger = d->world->ledger;
	uint32_t context_count;
	struct ledger_seen *context =
		ledger_context(ledger, d->territory, d->log, &context_count);
	struct write write = {.log = d->log,
		.at = node_now(d->node),
		.offset = 480,
		.operations = d->operations,
		.operation_count = d->count,
		.unseen = d->unseen,
		.unseen_count = d->unseen_count};
	size_t refused;
	enum status status;

	if (d->node->hub)
		write.ordered_by = d->node->device;
	status = territory_write(d->territory, &write, seq, &refused);
	if (status != STATUS_OK || *seq == 0) {
		free(context);
		return status == STATUS_OK;
	}
	d->world->counts.writes++;
	d->world->counts.operations++;
	return ledger_wrote(d->world, d->node, d->territory, d->log, *seq,
		context, context_count, &write);
}

/* What is written in the directory holds at the hub at once. */
static bool
told(struct draft *d)
{
	return d->territory != d->node->directory ||
		sim_directory_changed(d->node) == STATUS_OK;
}

int64_t
draft_commit(struct draft *d)
{
	struct store *store = d->node->store;
	int64_t seq = 0;

	if (d->count == 0 || store->begin(store->self) != STATUS_OK)
		return 0;
	if (!draft_write(d, &seq) || !told(d) ||
		store->commit(store->self) != STATUS_OK) {
		sim_rollback(d->node);
		return 0;
	}
	if (seq)
		ledger_acknowledge(
			ledger_written(d->world->ledger,
				territory_id(d->territory), d->log, d->node),
			seq);
	return seq;
}

static uint32_t
number_of(const struct draft *d)
{
	const uint8_t *id = territory_id(d->territory);

	return (uint32_t)id[0] << 16;
}

void
draft_some_id(struct draft *d, uint32_t type, uint8_t *id)
{
	actors_id(id, (uint8_t)(0xa0 + type),
		number_of(d) + random_below(draft_chance(d), DRAFT_RECORDS));
}
