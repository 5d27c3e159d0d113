#include "client/node/hub/leases.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/hub/directory.h"
#include "client/node/keys.h"
#include "client/node/lease_clock.h"
#include "client/store/setting.h"
#include "proto/lease.h"
#include "proto/message.h"
#include "proto/schema_roadbook.h"

enum { MASTER_SIZE = 32, COLLEAGUES_MS = 12 * 3600 * 1000 };

static const char master_name[] = "lease_master";
static const char purpose[] = "roadbook/lease-secret/1";

/* ---- the policy ---- */

static void
put_number(struct directory_draft *draft, const uint8_t *company,
	uint32_t field, int64_t number)
{
	uint8_t bytes[16];
	struct pack pack;

	pack_init(&pack, bytes, sizeof bytes);
	pack_integer(&pack, number);
	directory_put(draft, TYPE_COMPANY, company, field, &pack);
}

bool
leases_set(struct node *node, const struct policy_lease *policy,
	struct problem *problem)
{
	struct directory_draft draft = {0};
	uint8_t company[ID_BYTES];

	if (policy->days < 0 || policy->days > POLICY_LEASE_DAYS_MAX ||
		policy->grace < 0 || policy->grace > POLICY_LEASE_DAYS_MAX) {
		problem_set(problem, EXIT_USAGE,
			T("a lease has 1 to %d days, its grace 0 to as many"),
			(int)POLICY_LEASE_DAYS_MAX);
		return problem_hint(problem, "--days 14 --grace 3 --then lock");
	}
	if (policy->wipe && policy->grace < 1) {
		/* A clock that jumps must not erase anything. */
		problem_set(problem, EXIT_USAGE,
			T("what is to be erased has a day of grace or more"));
		return problem_hint(problem, "--grace 3");
	}
	id_derive(company, "roadbook/company-record/1", node->company,
		COMPANY_ID_SIZE);
	put_number(&draft, company, COMPANY_LEASE_DAYS, policy->days);
	put_number(&draft, company, COMPANY_LEASE_GRACE, policy->grace);
	directory_text(&draft, TYPE_COMPANY, company, COMPANY_LEASE_THEN,
		policy->wipe ? "wipe" : "lock");
	return directory_write(node, &draft, problem);
}

/* ---- renewals ---- */

static void
secret_of(const uint8_t *master, const uint8_t *device, uint8_t *secret)
{
	uint8_t bytes[sizeof purpose + ID_BYTES];

	memcpy(bytes, purpose, sizeof purpose);
	memcpy(bytes + sizeof purpose, device, ID_BYTES);
	(void)crypto_generichash(secret, LEASE_SECRET_SIZE, bytes, sizeof bytes,
		master, MASTER_SIZE); /* sizes are in bounds */
}

struct giving {
	struct node *node;
	int64_t now_ms;
	struct policy_lease policy;
	const uint8_t *master;
	void (*found)(void *self, const uint8_t *renewal);
	void *self;
	const uint8_t *asker;
	const struct policy_device *colleague; /* that is looked at */
	bool shares;
	uint32_t count;
};

static bool
in_good_standing(const struct policy_device *device)
{
	return !device->revoked && !id_is_zero(device->user) &&
		!sodium_is_zero(device->link_key, sizeof device->link_key);
}

static void
give(struct giving *g, const struct policy_device *device)
{
	struct lease_renewal renewal = {.issued_ms = (uint64_t)g->now_ms};
	uint8_t bytes[LEASE_SIZE], *secret;

	if (!in_good_standing(device) || g->count == MESSAGE_RENEWALS_MAX ||
		g->now_ms <= 0)
		return;
	if (g->policy.days)
		renewal.locks_ms =
			(uint64_t)(g->now_ms + g->policy.days * LEASE_DAY_MS);
	if (g->policy.days && g->policy.wipe)
		renewal.wipes_ms = renewal.locks_ms +
			(uint64_t)(g->policy.grace * LEASE_DAY_MS);
	memcpy(renewal.company, g->node->company, COMPANY_ID_SIZE);
	memcpy(renewal.device, device->id, ID_BYTES);
	secret = sodium_malloc(LEASE_SECRET_SIZE);
	if (!secret)
		alloc_failed();
	secret_of(g->master, device->id, secret);
	if (lease_seal(renewal.sealed, secret, device->link_key) == STATUS_OK) {
		lease_encode(bytes, &renewal, g->node->keys->issuing_secret);
		g->found(g->self, bytes);
		g->count++;
	}
	sodium_free(secret);
}

static void
look_at_territory(void *self, const uint8_t *territory)
{
	struct giving *g = self;
	const struct policy *policy = g->node->policy;

	if (memcmp(territory, policy_directory(policy), ID_BYTES) != 0 &&
		policy_may_read(policy, g->colleague->id, territory))
		g->shares = true;
}

void
leases_give(struct node *node, const uint8_t *device, int64_t since,
	int64_t now_ms, void (*found)(void *self, const uint8_t *renewal),
	void *self)
{
	const struct policy_device *d = policy_device(node->policy, device);
	uint8_t *master = sodium_malloc(MASTER_SIZE);
	struct giving g = {.node = node,
		.now_ms = now_ms,
		.policy = policy_lease(node->policy),
		.master = master,
		.found = found,
		.self = self,
		.asker = device};

	if (!master)
		alloc_failed();
	/* One that is being restored, or was replaced, speaks for nobody. */
	if (d && !node->restoring &&
		!policy_is_revoked(node->policy, node->device) &&
		setting_by_chance(node->store, master_name, master,
			MASTER_SIZE) == STATUS_OK) {
		give(&g, d);
		for (uint32_t i = 0; g.policy.days && g.count &&
			since < now_ms - COLLEAGUES_MS &&
			(g.colleague = policy_device_at(node->policy, i));
			i++) {
			if (memcmp(g.colleague->id, device, ID_BYTES) == 0 ||
				!in_good_standing(g.colleague))
				continue;
			g.shares = false;
			policy_readable(
				node->policy, device, look_at_territory, &g);
			if (g.shares)
				give(&g, g.colleague);
		}
	}
	sodium_free(master);
}
