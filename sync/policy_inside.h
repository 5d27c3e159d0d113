#ifndef SYNC_POLICY_INSIDE_H
#define SYNC_POLICY_INSIDE_H

#include <string.h>

#include "sync/erasures.h"
#include "sync/policy_facts.h"

/*
 * What the files behind sync/policy.h share: policy.c (the company's word,
 * who may do what), policy_logs.c (which logs count, and how far) and
 * policy_lists.c (finding and walking the facts, paths).
 */

struct hub {
	uint8_t device[ID_BYTES];
	uint8_t sign_key[32];
};

/* By the change of the directory, which is not applied here. */
struct revoked {
	uint8_t device[ID_BYTES];
	uint8_t hub[ID_BYTES]; /* the device that wrote it, and its number */
	int64_t seq;
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

static inline bool
same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, ID_BYTES) == 0;
}

/* The hub with that device, or NULL. */
const struct hub *policy_hub(const struct policy *p, const uint8_t *device);
/* What the company said of a hub that it has replaced, or NULL. */
const struct order_hub *policy_former_hub(
	const struct policy *p, const uint8_t *device);

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

bool ascend(const struct policy *p, struct ascent *ascent,
	const uint8_t *territory);

/* The rank that a role gives in a territory of this kind, else RANK_NONE. */
int role_rank(int role, int kind);

#endif
