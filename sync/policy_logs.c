/* Which logs count, with which rank, and how far (MERGE R1, R2, R16). */

#include <sodium.h>

#include "sync/policy_inside.h"

static const uint8_t none[ID_BYTES];

/* The rank that a role gives in a territory of this kind, else RANK_NONE. */
int
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

	if (!policy_hub(p, log))
		return policy_device_user(p, log) ? RULES_NEVER : RULES_UNKNOWN;
	if (same(territory, p->directory))
		return RANK_HQ;
	t = facts_territory(&p->facts, territory);
	if (!t)
		return RULES_UNKNOWN;
	return t->kind == POLICY_MANAGEMENT ? RANK_HQ : RULES_NEVER;
}

int
policy_rank(const struct policy *policy, const uint8_t *territory,
	const uint8_t *log)
{
	const uint8_t *grant_id = log + ID_BYTES;
	const struct policy_territory *t =
		facts_territory(&policy->facts, territory);
	const struct policy_device *device = policy_device(policy, log);
	const struct policy_grant *grant =
		facts_grant(&policy->facts, grant_id);
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
		former = same(grant, none) ? policy_former_hub(policy, log)
					   : NULL;
		return former ? (int64_t)former->last : INT64_MAX;
	}
	if (ended_unlisted(f, log, none, listed))
		return 0; /* the device is revoked */
	if (!same(grant, none) && ended_unlisted(f, none, grant, listed))
		return 0; /* the grant has ended */
	return listed ? listed->last : INT64_MAX;
}

const uint8_t *
policy_cut_segment(const struct policy *policy, const uint8_t *territory,
	const uint8_t *log)
{
	const struct policy_cutoff *listed =
		facts_cutoff(&policy->facts, log, log + ID_BYTES, territory);

	if (!listed || sodium_is_zero(listed->segment, SEGMENT_NAME_SIZE) ||
		policy_cut(policy, territory, log) != listed->last)
		return NULL;
	return listed->segment;
}

static int
rules_rank(void *self, const uint8_t *territory, const uint8_t *log)
{
	return policy_rank(self, territory, log);
}

static int64_t
rules_cut(void *self, const uint8_t *territory, const uint8_t *log)
{
	return policy_cut(self, territory, log);
}

static const uint8_t *
rules_cut_segment(void *self, const uint8_t *territory, const uint8_t *log)
{
	return policy_cut_segment(self, territory, log);
}

struct territory_rules
policy_rules(struct policy *policy)
{
	return (struct territory_rules){
		policy, rules_rank, rules_cut, rules_cut_segment};
}
