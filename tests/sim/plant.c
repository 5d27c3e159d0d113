#include "tests/sim/plant.h"

#include <string.h>

#include "sync/merge.h"
#include "sync/policy.h"
#include "tests/sim/node.h"
#include "tests/sim/world.h"

enum plant plant;

static const struct {
	const char *name;
	const char *text;
} plants[PLANTS] = {
	[PLANT_NONE] = {"none", "nothing is planted"},
	[PLANT_IGNORED_SIBLING] = {"ignored-sibling",
		"a write drops the siblings it had not seen"},
	[PLANT_FRONTIER_BEFORE_COMMIT] = {"frontier-before-commit",
		"what was rolled back stays in the frontier in memory"},
	[PLANT_SHORT_CONTEXT] = {"short-context",
		"the last entry of a context is not sent"},
	[PLANT_CUT_BY_CLOCK] = {"cut-by-clock",
		"a cut-off holds once the reader's clock is past its time"},
	[PLANT_LOST_PENDING] = {"lost-pending",
		"one unsealed change in sixteen is not written"},
	[PLANT_NO_SIGNATURE] = {"no-signature",
		"segments are taken without a look at their signature"},
	[PLANT_NO_GRANT] = {"no-grant", "a peer may read what it asks for"},
	[PLANT_UNSEEN_IGNORED] = {"unseen-ignored",
		"what the person had not seen is overwritten"},
	[PLANT_RANK_IGNORED] = {"rank-ignored",
		"a field's least rank is not looked at"},
	[PLANT_NO_SYNC] = {"no-sync",
		"a commit is told before the disk has it"},
	[PLANT_REBUILD_KEEPS] = {"rebuild-keeps",
		"projecting again leaves the old rows in place"},
	[PLANT_KEEPS_ALL] = {"keeps-all",
		"a territory without a grant is handed over, and kept"},
	[PLANT_COPY_GOES_ON] = {"copy-goes-on",
		"a restored laptop writes on under its old keys"},
	[PLANT_CARRY_COVERS] = {"carry-covers",
		"what is carried over covers all that its carrier has"},
	[PLANT_FORGETS_ENDINGS] = {"forgets-endings",
		"a restored hub does not write again what others bring back"},
	[PLANT_OLD_HUB_OBEYED] = {"old-hub-obeyed",
		"the company's order about a hub that was replaced is passed "
		"over"},
	[PLANT_ERASED_STAYS] = {"erased-stays",
		"an erasure is taken, and what it replaces stays"},
	[PLANT_ERASED_IN_FILE] = {"erased-in-file",
		"the file is not cleaned of what was erased"},
	[PLANT_WIPES_EARLY] = {"wipes-early",
		"a laptop that is shut out erases itself, whatever it owes"},
	[PLANT_LEASE_BY_CLOCK] = {"lease-by-clock",
		"a lease goes by the machine's clock alone"},
	[PLANT_LETTERS_TWICE] = {"letters-twice",
		"that a letter was written is not written down"},
	[PLANT_FORGETS_EARLY] = {"forgets-early",
		"a territory without a grant is dropped, not handed over"},
};

enum plant
plant_named(const char *name)
{
	for (int i = 0; i < PLANTS; i++)
		if (strcmp(plants[i].name, name) == 0)
			return (enum plant)i;
	return PLANTS;
}

const char *
plant_name(enum plant which)
{
	return plants[which].name;
}

const char *
plant_text(enum plant which)
{
	return plants[which].text;
}

/* ---- in what the core is handed ---- */

static int
rank_by_policy(void *self, const uint8_t *territory, const uint8_t *log)
{
	const struct sim_node *node = self;

	return policy_rank(node->policy, territory, log);
}

static int64_t
cut_by_policy(void *self, const uint8_t *territory, const uint8_t *log)
{
	const struct sim_node *node = self;

	if (plant == PLANT_CUT_BY_CLOCK &&
		node_now(node) < node->world->last_cut_ms)
		return INT64_MAX;
	return policy_cut(node->policy, territory, log);
}

static const struct erasures *
erasures_by_policy(void *self)
{
	const struct sim_node *node = self;

	return policy_erasures(node->policy);
}

static const uint8_t *
segment_by_policy(void *self, const uint8_t *territory, const uint8_t *log)
{
	const struct sim_node *node = self;

	return policy_cut_segment(node->policy, territory, log);
}

struct territory_rules
plant_rules(struct sim_node *node)
{
	return (struct territory_rules){node, rank_by_policy, cut_by_policy,
		segment_by_policy, erasures_by_policy};
}

static enum status (*real_pending_append)(
	void *, uint32_t, uint32_t, int64_t, struct pack_view);

static enum status
losing_pending_append(void *self, uint32_t territory, uint32_t log, int64_t seq,
	struct pack_view change)
{
	if (seq % 16 == 15)
		return STATUS_OK;
	return real_pending_append(self, territory, log, seq, change);
}

static enum status
keeping_clear(void *self, uint32_t territory)
{
	(void)self;
	(void)territory;
	return STATUS_OK;
}

static enum status
keeping_replace(void *self, uint32_t territory, uint32_t log,
	const struct segment *segment, const uint8_t *bytes)
{
	(void)self;
	(void)territory;
	(void)log;
	(void)segment;
	(void)bytes;
	return STATUS_OK;
}

static enum status
keeping_scrub(void *self)
{
	(void)self;
	return STATUS_OK;
}

void
plant_store(struct store *store)
{
	if (plant == PLANT_LOST_PENDING) {
		real_pending_append = store->pending_append;
		store->pending_append = losing_pending_append;
	}
	if (plant == PLANT_REBUILD_KEEPS)
		store->territory_clear = keeping_clear;
	if (plant == PLANT_ERASED_STAYS)
		store->segment_replace = keeping_replace;
	if (plant == PLANT_ERASED_IN_FILE)
		store->scrub = keeping_scrub;
}

/* ---- around functions of the core ---- */

bool __real_merge_operation(struct record *record,
	const struct merge_change *change, const struct operation *operation);
bool __wrap_merge_operation(struct record *record,
	const struct merge_change *change, const struct operation *operation);
void __real_change_encode(struct pack *pack, const struct change_draft *draft);
void __wrap_change_encode(struct pack *pack, const struct change_draft *draft);
enum status __real_segment_decode(struct segment *segment, const uint8_t *bytes,
	size_t size, const uint8_t *company, segment_key_cb *key,
	void *key_self);
enum status __wrap_segment_decode(struct segment *segment, const uint8_t *bytes,
	size_t size, const uint8_t *company, segment_key_cb *key,
	void *key_self);
bool __real_policy_may_read(const struct policy *policy, const uint8_t *device,
	const uint8_t *territory);
bool __wrap_policy_may_read(const struct policy *policy, const uint8_t *device,
	const uint8_t *territory);
bool __real_knowledge_covers(
	const struct knowledge *knowledge, uint32_t log, int64_t seq);
bool __wrap_knowledge_covers(
	const struct knowledge *knowledge, uint32_t log, int64_t seq);
int __real_schema_rank(uint32_t field_number);
int __wrap_schema_rank(uint32_t field_number);

bool
__wrap_merge_operation(struct record *record, const struct merge_change *change,
	const struct operation *operation)
{
	bool counted = __real_merge_operation(record, change, operation);
	struct reg *reg;

	if (plant != PLANT_IGNORED_SIBLING || operation->kind != OPERATION_PUT)
		return counted;
	reg = record_find(record, operation->field, KIND_PUT, operation->value);
	if (counted && reg && reg->version_count > 1) {
		reg->versions[0] = reg->versions[reg->version_count - 1];
		reg->version_count = 1;
	}
	return counted;
}

void
__wrap_change_encode(struct pack *pack, const struct change_draft *draft)
{
	struct change_draft shorter = *draft;

	if (plant == PLANT_SHORT_CONTEXT && shorter.seen_count)
		shorter.seen_count--;
	if (plant == PLANT_CARRY_COVERS && shorter.origin_log)
		shorter.unseen_count = 0;
	__real_change_encode(pack, &shorter);
}

enum status
__wrap_segment_decode(struct segment *segment, const uint8_t *bytes,
	size_t size, const uint8_t *company, segment_key_cb *key,
	void *key_self)
{
	if (plant == PLANT_NO_SIGNATURE)
		return segment_view(segment, bytes, size);
	return __real_segment_decode(
		segment, bytes, size, company, key, key_self);
}

bool
__wrap_policy_may_read(const struct policy *policy, const uint8_t *device,
	const uint8_t *territory)
{
	return plant == PLANT_NO_GRANT ||
		__real_policy_may_read(policy, device, territory);
}

bool
__wrap_knowledge_covers(
	const struct knowledge *knowledge, uint32_t log, int64_t seq)
{
	struct knowledge all = *knowledge;

	if (plant == PLANT_UNSEEN_IGNORED)
		all.unseen_count = 0;
	return __real_knowledge_covers(&all, log, seq);
}

int
__wrap_schema_rank(uint32_t field_number)
{
	return plant == PLANT_RANK_IGNORED ? 0
					   : __real_schema_rank(field_number);
}
