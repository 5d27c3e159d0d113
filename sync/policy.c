#include "sync/policy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/id.h"
#include "proto/key.h"
#include "proto/schema.h"
#include "sync/erasures.h"
#include "sync/policy_facts.h"

static const uint8_t none[ID_BYTES];

struct hub {
	uint8_t device[ID_BYTES];
	uint8_t sign_key[32];
};

struct revoked {
	uint8_t device[ID_BYTES];
	bool stolen;
};

struct policy {
	uint8_t directory[ID_BYTES];
	struct facts facts;
	struct erasures erasures;
	struct hub *hubs;
	uint32_t hub_count;
	struct policy_territory directory_entry;
	struct revoked *revoked;
	uint32_t revoked_count;
	uint8_t restricted[ID_BYTES]; /* zero: none */
	struct order order;
	uint8_t order_bytes[ORDER_SIZE_MAX];
	size_t order_size;
};

static bool
same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, ID_BYTES) == 0;
}

/* An entry of a list that ascends by the id that each begins with, or NULL. */
static const void *
find(const void *list, uint32_t count, size_t size, const uint8_t *id)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const uint8_t *entry = (const uint8_t *)list + middle * size;
		int order = memcmp(entry, id, ID_BYTES);

		if (order == 0)
			return entry;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static const struct policy_territory *
find_territory(const struct policy *p, const uint8_t *id)
{
	return find(p->facts.territories, p->facts.territory_count,
		sizeof *p->facts.territories, id);
}

static const struct policy_grant *
find_grant(const struct policy *p, const uint8_t *id)
{
	return find(p->facts.grants, p->facts.grant_count,
		sizeof *p->facts.grants, id);
}

static const struct hub *
find_hub(const struct policy *p, const uint8_t *device)
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

	if (find_hub(policy, device) || policy->hub_count == POLICY_HUBS_MAX)
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

/* What the company said of a hub that it has replaced, or NULL. */
static const struct order_hub *
former_hub(const struct policy *p, const uint8_t *device)
{
	const struct hub *hub = p->order.hub_count ? find_hub(p, device) : NULL;

	return hub ? order_hub(&p->order, hub->sign_key) : NULL;
}

bool
policy_is_former_hub(const struct policy *policy, const uint8_t *device)
{
	return former_hub(policy, device) != NULL;
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

/*
 * The way from a territory up to the root, the territory itself first. It ends
 * at the root, at a parent that nobody told of (`lost`), and in a loop of
 * parents after as many steps as there are territories.
 */
struct ascent {
	const struct policy_territory *at;
	uint32_t steps;
	bool lost;
};

static bool
ascend(const struct policy *p, struct ascent *ascent, const uint8_t *territory)
{
	const uint8_t *next = ascent->at ? ascent->at->parent : territory;

	if (ascent->at && same(next, none))
		return false;
	if (ascent->steps++ > p->facts.territory_count)
		return false;
	ascent->at = find_territory(p, next);
	ascent->lost = !ascent->at;
	return ascent->at != NULL;
}

/* The rank that a role gives in a territory of this kind, else RANK_NONE. */
static int
role_rank(int role, int kind)
{
	switch (role) {
	case ROLE_REP:
		return kind == POLICY_MANAGEMENT ? RANK_NONE : RANK_REP;
	case ROLE_MANAGER:
		return RANK_MANAGER;
	case ROLE_HQ:
		return RANK_HQ;
	default: /* admin opens no business data */
		return RANK_NONE;
	}
}

/* A log under grant 0, as hubs write. */
static int
hub_rank(const struct policy *p, const uint8_t *territory, const uint8_t *log)
{
	const struct policy_territory *t;

	if (!find_hub(p, log))
		return policy_device_user(p, log) ? RULES_NEVER : RULES_UNKNOWN;
	if (same(territory, p->directory))
		return RANK_HQ;
	t = find_territory(p, territory);
	if (!t)
		return RULES_UNKNOWN;
	return t->kind == POLICY_MANAGEMENT ? RANK_HQ : RULES_NEVER;
}

int
policy_rank(const struct policy *policy, const uint8_t *territory,
	const uint8_t *log)
{
	const uint8_t *grant_id = log + ID_BYTES;
	const struct policy_territory *t = find_territory(policy, territory);
	const struct policy_device *device = policy_device(policy, log);
	const struct policy_grant *grant = find_grant(policy, grant_id);
	struct ascent ascent = {NULL, 0, false};
	int rank;

	if (same(grant_id, none))
		return hub_rank(policy, territory, log);
	if (same(territory, policy->directory))
		return RULES_NEVER;
	if (!t || !device || !grant)
		return RULES_UNKNOWN;
	rank = role_rank(grant->role, t->kind);
	if (rank == RANK_NONE || !same(grant->user, device->user))
		return RULES_NEVER;
	while (ascend(policy, &ascent, territory))
		if (same(ascent.at->id, grant->territory))
			return rank;
	/* The facts are write-once: what is missing may come, else never. */
	return ascent.lost ? RULES_UNKNOWN : RULES_NEVER;
}

/* Whether the directory had recorded `a` when it recorded `b`. */
static bool
recorded_by(const struct policy_cutoff *a, const struct policy_cutoff *b)
{
	return a->log == b->log ? a->seq <= b->seq : a->time <= b->time;
}

/*
 * Whether an ending (of the log's device, or of its grant) found the log not
 * listed: that recorded 0 for it, and what is listed later raises nothing,
 * since the least that was ever recorded holds (R2).
 */
static bool
ended_unlisted(const struct facts *f, const uint8_t *device,
	const uint8_t *grant, const struct policy_cutoff *listed)
{
	const struct policy_cutoff *ending =
		facts_cutoff(f, device, grant, NULL);
	const struct policy_cutoff *end;

	if (!ending)
		return false;
	end = f->cutoffs + f->cutoff_count;
	for (; ending < end && same(ending->device, device) &&
		same(ending->grant, grant);
		ending++) {
		const struct policy_cutoff *at = listed;
		bool known = false;

		for (; at && at < end && same(at->device, listed->device) &&
			same(at->grant, listed->grant) &&
			same(at->territory, listed->territory);
			at++)
			known |= recorded_by(at, ending);
		if (!known)
			return true;
	}
	return false;
}

int64_t
policy_cut(const struct policy *policy, const uint8_t *territory,
	const uint8_t *log)
{
	const uint8_t *grant = log + ID_BYTES;
	const struct facts *f = &policy->facts;
	const struct policy_cutoff *listed =
		facts_cutoff(f, log, grant, territory);
	const struct order_hub *former;

	/* In the directory no hub's record cuts a hub's log (R2). */
	if (same(territory, policy->directory)) {
		former = same(grant, none) ? former_hub(policy, log) : NULL;
		return former ? (int64_t)former->last : INT64_MAX;
	}
	if (ended_unlisted(f, log, none, listed))
		return 0; /* the device is revoked */
	if (!same(grant, none) && ended_unlisted(f, none, grant, listed))
		return 0; /* the grant has ended */
	return listed ? listed->last : INT64_MAX;
}

const uint8_t *
policy_device_key(const struct policy *policy, const uint8_t *device)
{
	const struct hub *hub = find_hub(policy, device);
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
	return find_hub(policy, device) != NULL;
}

static const struct revoked *
find_revoked(const struct policy *p, const uint8_t *device)
{
	for (uint32_t i = 0; i < p->revoked_count; i++)
		if (same(p->revoked[i].device, device))
			return &p->revoked[i];
	return NULL;
}

void
policy_add_revoked(struct policy *policy, const uint8_t *device, bool stolen)
{
	struct revoked *revoked;

	if (find_revoked(policy, device))
		return;
	policy->revoked = alloc_again(policy->revoked,
		(policy->revoked_count + 1) * sizeof *policy->revoked);
	revoked = &policy->revoked[policy->revoked_count++];
	memcpy(revoked->device, device, ID_BYTES);
	revoked->stolen = stolen;
}

bool
policy_is_revoked(const struct policy *policy, const uint8_t *device)
{
	return find_revoked(policy, device) ||
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
	const struct revoked *revoked = find_revoked(policy, device);
	const struct policy_device *d = policy_device(policy, device);

	return (revoked && revoked->stolen) || (d && d->stolen);
}

bool
policy_change_revokes(const struct schema *schema, const struct change *change,
	const uint8_t *device, bool *stolen)
{
	const struct schema_type *type = schema_type_named(schema, "cutoff");
	struct change_walk walk = {0};
	struct operation operation;
	struct policy_cutoff cutoff;
	bool revokes = false;

	while (type && change_next_operation(change, &walk, &operation)) {
		if (operation.type != type->number ||
			operation.kind != OPERATION_INIT ||
			!facts_read_cutoff(schema, operation.value, &cutoff) ||
			!same(cutoff.device, device) ||
			!same(cutoff.grant, none))
			continue;
		revokes = true;
		*stolen |= cutoff.stolen;
	}
	return revokes;
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
	const struct policy_territory *t = find_territory(policy, territory);
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

const struct policy_territory *
policy_territory_at(const struct policy *policy, uint32_t index)
{
	const struct facts *f = &policy->facts;

	return index < f->territory_count ? &f->territories[index] : NULL;
}

const struct policy_user *
policy_user_at(const struct policy *policy, uint32_t index)
{
	const struct facts *f = &policy->facts;

	return index < f->user_count ? &f->users[index] : NULL;
}

const struct policy_device *
policy_device_at(const struct policy *policy, uint32_t index)
{
	const struct facts *f = &policy->facts;

	return index < f->device_count ? &f->devices[index] : NULL;
}

const struct policy_grant *
policy_grant_at(const struct policy *policy, uint32_t index)
{
	const struct facts *f = &policy->facts;

	return index < f->grant_count ? &f->grants[index] : NULL;
}

const char *
policy_hub_address_at(const struct policy *policy, uint32_t index)
{
	const struct facts *f = &policy->facts;

	return index < f->address_count ? f->addresses[index].url : NULL;
}

const struct policy_territory *
policy_territory(const struct policy *policy, const uint8_t *id)
{
	if (same(id, policy->directory))
		return &policy->directory_entry;
	return find_territory(policy, id);
}

const struct policy_user *
policy_user(const struct policy *policy, const uint8_t *id)
{
	return find(policy->facts.users, policy->facts.user_count,
		sizeof *policy->facts.users, id);
}

const struct policy_user *
policy_user_login(const struct policy *policy, const char *login)
{
	for (uint32_t i = 0; i < policy->facts.user_count; i++)
		if (strcmp(policy->facts.users[i].login, login) == 0)
			return &policy->facts.users[i];
	return NULL;
}

const struct policy_grant *
policy_grant(const struct policy *policy, const uint8_t *id)
{
	return find_grant(policy, id);
}

bool
policy_lies_in(const struct policy *policy, const uint8_t *territory,
	const uint8_t *above)
{
	struct ascent ascent = {NULL, 0, false};

	while (ascend(policy, &ascent, territory))
		if (same(ascent.at->id, above))
			return true;
	return false;
}

const struct policy_device *
policy_device(const struct policy *policy, const uint8_t *id)
{
	return find(policy->facts.devices, policy->facts.device_count,
		sizeof *policy->facts.devices, id);
}

/*
 * Puts a part and the slash behind it ahead of what stands in `out` from
 * `start`; false when there is no room.
 */
static bool
put_ahead(char *out, size_t *start, const char *part, bool slash)
{
	size_t size = strlen(part);

	if (size + slash > *start)
		return false;
	if (slash)
		out[--*start] = '/';
	*start -= size;
	for (size_t i = 0; i < size; i++)
		out[*start + i] = part[i];
	return true;
}

char *
policy_path(const struct policy *policy, const uint8_t *territory,
	char out[static POLICY_PATH_MAX])
{
	char built[POLICY_PATH_MAX];
	size_t start = sizeof built - 1;
	struct ascent ascent = {NULL, 0, false};
	bool whole = false;

	built[start] = '\0';
	if (same(territory, policy->directory))
		return memcpy(out, "directory", sizeof "directory");
	while (ascend(policy, &ascent, territory)) {
		bool first = built[start] == '\0';

		whole = same(ascent.at->parent, none);
		if (whole && strcmp(ascent.at->name, "/") == 0 && !first)
			break; /* the root's name is not said */
		if (!put_ahead(built, &start, ascent.at->name, !first)) {
			whole = false;
			break;
		}
	}
	if (!whole) {
		/* There is always room for this: a part may give way. */
		if (start < 2)
			start = 2;
		(void)put_ahead(built, &start, "?", built[start] != '\0');
	}
	memcpy(out, built + start, sizeof built - start);
	return out;
}

const struct policy_territory *
policy_territory_path(const struct policy *policy, const char *path)
{
	char known[POLICY_PATH_MAX];

	if (strcmp(path, "directory") == 0)
		return &policy->directory_entry;
	if (path[0] == '/' && path[1] != '\0')
		path++;
	for (uint32_t i = 0; i < policy->facts.territory_count; i++) {
		const struct policy_territory *t =
			&policy->facts.territories[i];

		if (strcmp(policy_path(policy, t->id, known), path) == 0)
			return t;
	}
	return NULL;
}
