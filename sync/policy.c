#include "sync/policy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/id.h"
#include "proto/key.h"
#include "proto/schema.h"
#include "sync/policy_inside.h"
#include "sync/unsealed.h"

static const uint8_t none[ID_BYTES];

const struct hub *
policy_hub(const struct policy *p, const uint8_t *device)
{
	for (uint32_t i = 0; i < p->hub_count; i++)
		if (same(p->hubs[i].device, device))
			return &p->hubs[i];
	return NULL;
}

struct policy *
policy_new(const uint8_t *company)
{
	struct policy *p = alloc(sizeof *p);

	id_derive(
		p->directory, "roadbook/directory/1", company, COMPANY_ID_SIZE);
	memcpy(p->directory_entry.id, p->directory, ID_BYTES);
	p->directory_entry.kind = POLICY_DIRECTORY;
	p->directory_entry.name = "directory";
	return p;
}

void
policy_free(struct policy *policy)
{
	if (!policy)
		return;
	facts_clear(&policy->facts);
	erasures_clear(&policy->erasures);
	free(policy->hubs);
	free(policy->revoked);
	free(policy);
}

const uint8_t *
policy_directory(const struct policy *policy)
{
	return policy->directory;
}

void
policy_add_hub(
	struct policy *policy, const uint8_t *device, const uint8_t *sign_key)
{
	struct hub *hub;

	if (policy_hub(policy, device) || policy->hub_count == POLICY_HUBS_MAX)
		return;
	policy->hubs = alloc_again(
		policy->hubs, (policy->hub_count + 1) * sizeof *policy->hubs);
	hub = &policy->hubs[policy->hub_count++];
	memcpy(hub->device, device, ID_BYTES);
	memcpy(hub->sign_key, sign_key, sizeof hub->sign_key);
}

void
policy_restrict(struct policy *policy, const uint8_t *device)
{
	memcpy(policy->restricted, device ? device : none, ID_BYTES);
}

const uint8_t *
policy_hub_key_at(const struct policy *policy, uint32_t index)
{
	return index < policy->hub_count ? policy->hubs[index].sign_key : NULL;
}

enum status
policy_take_order(struct policy *policy, const uint8_t *company_key,
	const uint8_t *bytes, size_t size)
{
	struct policy *p = policy;
	struct order order;
	enum status status;

	if (size == p->order_size && memcmp(bytes, p->order_bytes, size) == 0)
		return STATUS_ABSENT;
	status = order_decode(&order, bytes, size, company_key);
	if (status != STATUS_OK)
		return status;
	if (order.number <= p->order.number)
		return STATUS_ABSENT;
	p->order = order;
	memcpy(p->order_bytes, bytes, size);
	p->order_size = size;
	for (uint32_t i = 0; i < order.hub_count; i++) {
		uint8_t device[ID_BYTES];

		device_id(device, order.hubs[i].sign_key);
		policy_add_hub(p, device, order.hubs[i].sign_key);
	}
	return STATUS_OK;
}

void
policy_forget_order(struct policy *policy)
{
	memset(&policy->order, 0, sizeof policy->order);
	policy->order_size = 0;
}

const struct order *
policy_order(const struct policy *policy)
{
	return &policy->order;
}

struct pack_view
policy_order_bytes(const struct policy *policy)
{
	return (struct pack_view){policy->order_bytes, policy->order_size};
}

const struct order_hub *
policy_former_hub(const struct policy *p, const uint8_t *device)
{
	const struct hub *hub =
		p->order.hub_count ? policy_hub(p, device) : NULL;

	return hub ? order_hub(&p->order, hub->sign_key) : NULL;
}

bool
policy_is_former_hub(const struct policy *policy, const uint8_t *device)
{
	return policy_former_hub(policy, device) != NULL;
}

enum status
policy_load(struct policy *policy, struct store *store, uint32_t directory)
{
	struct facts facts;
	enum status status = facts_load(&facts, store, directory);

	if (status != STATUS_OK)
		return status;
	facts_clear(&policy->facts);
	policy->facts = facts;
	return erasures_load(&policy->erasures, store, directory);
}

const struct erasures *
policy_erasures(const struct policy *policy)
{
	return &policy->erasures;
}

const uint8_t *
policy_device_key(const struct policy *policy, const uint8_t *device)
{
	const struct hub *hub = policy_hub(policy, device);
	const struct policy_device *d;

	if (hub)
		return hub->sign_key;
	d = policy_device(policy, device);
	return d ? d->sign_key : NULL;
}

const uint8_t *
policy_device_user(const struct policy *policy, const uint8_t *device)
{
	const struct policy_device *d = policy_device(policy, device);

	if (!d || same(d->user, none))
		return NULL;
	return d->user;
}

bool
policy_is_hub(const struct policy *policy, const uint8_t *device)
{
	return policy_hub(policy, device) != NULL;
}

static bool
revocation_counts(const struct policy *p, const struct revoked *revoked)
{
	const struct order_hub *former = policy_former_hub(p, revoked->hub);

	return !former || revoked->seq <= (int64_t)former->last;
}

/* Whether one that was heard counts, and says so; or says that it is stolen. */
static bool
was_heard(const struct policy *p, const uint8_t *device, bool stolen)
{
	for (uint32_t i = 0; i < p->revoked_count; i++)
		if (same(p->revoked[i].device, device) &&
			(!stolen || p->revoked[i].stolen) &&
			revocation_counts(p, &p->revoked[i]))
			return true;
	return false;
}

static void
add_revoked(struct policy *policy, const struct revoked *revoked)
{
	for (uint32_t i = 0; i < policy->revoked_count; i++)
		if (same(policy->revoked[i].device, revoked->device) &&
			same(policy->revoked[i].hub, revoked->hub) &&
			policy->revoked[i].seq == revoked->seq)
			return;
	policy->revoked = alloc_again(policy->revoked,
		(policy->revoked_count + 1) * sizeof *policy->revoked);
	policy->revoked[policy->revoked_count++] = *revoked;
}

/* Whether a change of the directory revokes the device. */
static bool
revokes(const struct schema *schema, const struct change *change,
	const uint8_t *device, bool *stolen)
{
	const struct schema_type *type = schema_type_named(schema, "cutoff");
	struct change_walk walk = {0};
	struct operation operation;
	struct policy_cutoff cutoff;
	bool found = false;

	*stolen = false;
	while (type && change_next_operation(change, &walk, &operation)) {
		if (operation.type != type->number ||
			operation.kind != OPERATION_INIT ||
			!facts_read_cutoff(schema, operation.value, &cutoff) ||
			!same(cutoff.device, device) ||
			!same(cutoff.grant, none))
			continue;
		found = true;
		*stolen |= cutoff.stolen;
	}
	return found;
}

bool
policy_hear_revocation(struct policy *policy, const struct schema *schema,
	const struct segment *segment, const uint8_t *device)
{
	struct revoked revoked = {.seq = segment->first};
	uint8_t *raw = unsealed(segment);
	bool found = false;
	struct unpack unpack;
	struct change change;

	if (!raw)
		return false;
	memcpy(revoked.device, device, ID_BYTES);
	memcpy(revoked.hub, segment->log, ID_BYTES);
	unpack_init(&unpack, raw, segment->raw_size);
	for (; revoked.seq < segment->first + segment->count; revoked.seq++) {
		if (change_decode(&change, &unpack) != STATUS_OK)
			break;
		if (!revokes(schema, &change, device, &revoked.stolen))
			continue;
		add_revoked(policy, &revoked);
		found = true;
	}
	free(raw);
	return found;
}

bool
policy_is_revoked(const struct policy *policy, const uint8_t *device)
{
	return was_heard(policy, device, false) ||
		facts_cutoff(&policy->facts, device, none, NULL) ||
		policy_is_former_hub(policy, device);
}

bool
policy_is_replaced(const struct policy *policy, const uint8_t *device)
{
	const struct policy_device *d = policy_device(policy, device);

	return d && d->replaced;
}

bool
policy_is_stolen(const struct policy *policy, const uint8_t *device)
{
	const struct policy_device *d = policy_device(policy, device);

	return was_heard(policy, device, true) || (d && d->stolen);
}

bool
policy_revocation(const struct policy *policy, const uint8_t *device,
	uint32_t *log, int64_t *seq)
{
	const struct facts *f = &policy->facts;
	const struct policy_cutoff *c = facts_cutoff(f, device, none, NULL);
	const struct policy_cutoff *first = c;

	for (; c && c < f->cutoffs + f->cutoff_count &&
		same(c->device, device) && same(c->grant, none);
		c++)
		if (c->time < first->time)
			first = c;
	if (!first)
		return false;
	*log = first->log;
	*seq = first->seq;
	return true;
}

/*
 * The first grant of the user on exactly this territory; the others follow,
 * up to the end of facts.granted.
 */
static uint32_t
first_granted(
	const struct policy *p, const uint8_t *user, const uint8_t *territory)
{
	uint32_t low = 0, high = p->facts.grant_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct policy_grant *g = p->facts.granted[middle];
		int order = memcmp(g->user, user, ID_BYTES);

		if (order == 0)
			order = memcmp(g->territory, territory, ID_BYTES);
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Which grants are asked for: each takes in those above it. */
enum wanted { FOR_WRITING, FOR_READING, EVER };

static bool
is_wanted(const struct policy_grant *grant, enum wanted wanted)
{
	if (wanted == EVER)
		return true;
	return !grant->ended && (wanted == FOR_READING || !grant->ending_ms);
}

/* The user's best grant on the territory; RANK_NONE, and none, without one. */
static int
best_grant(const struct policy *policy, const uint8_t *user,
	const uint8_t *territory, enum wanted wanted, uint8_t *grant)
{
	const struct policy_territory *t =
		facts_territory(&policy->facts, territory);
	struct ascent ascent = {NULL, 0, false};
	const struct policy_grant *best = NULL;
	int best_rank = RANK_NONE;

	while (t && ascend(policy, &ascent, territory)) {
		uint32_t i = first_granted(policy, user, ascent.at->id);

		for (; i < policy->facts.grant_count; i++) {
			const struct policy_grant *g = policy->facts.granted[i];
			int rank = role_rank(g->role, t->kind);

			if (!same(g->user, user) ||
				!same(g->territory, ascent.at->id))
				break;
			if (!is_wanted(g, wanted) || rank == RANK_NONE ||
				rank < best_rank)
				continue;
			if (rank == best_rank &&
				memcmp(g->id, best->id, ID_BYTES) > 0)
				continue;
			best = g;
			best_rank = rank;
		}
	}
	if (best)
		memcpy(grant, best->id, ID_BYTES);
	return best_rank;
}

int
policy_write_grant(const struct policy *policy, const uint8_t *user,
	const uint8_t *territory, uint8_t *grant)
{
	return best_grant(policy, user, territory, FOR_WRITING, grant);
}

int
policy_hand_over_grant(const struct policy *policy, const uint8_t *user,
	const uint8_t *territory, uint8_t *grant)
{
	return best_grant(policy, user, territory, FOR_READING, grant);
}

bool
policy_may_read(const struct policy *policy, const uint8_t *device,
	const uint8_t *territory)
{
	const struct policy_device *d = policy_device(policy, device);
	uint8_t grant[ID_BYTES];

	if (policy_is_revoked(policy, device))
		return false;
	if (!same(territory, policy->directory) &&
		same(device, policy->restricted))
		return false;
	if (policy_is_hub(policy, device))
		return true;
	if (!d)
		return false;
	if (same(territory, policy->directory))
		return true;
	return best_grant(policy, d->user, territory, FOR_READING, grant) !=
		RANK_NONE;
}

bool
policy_may_hand_over(const struct policy *policy, const uint8_t *device,
	const uint8_t *territory)
{
	const struct policy_device *d = policy_device(policy, device);
	uint8_t grant[ID_BYTES];

	return d && !d->stolen && !same(territory, policy->directory) &&
		best_grant(policy, d->user, territory, EVER, grant) !=
		RANK_NONE;
}

void
policy_readable(const struct policy *policy, const uint8_t *device,
	policy_territory_cb *found, void *self)
{
	bool told = !policy_may_read(policy, device, policy->directory);

	for (uint32_t i = 0; i < policy->facts.territory_count; i++) {
		const uint8_t *id = policy->facts.territories[i].id;

		if (!told && memcmp(id, policy->directory, ID_BYTES) > 0) {
			found(self, policy->directory);
			told = true;
		}
		if (policy_may_read(policy, device, id))
			found(self, id);
	}
	if (!told)
		found(self, policy->directory);
}
