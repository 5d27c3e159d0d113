#include "client/node/standing.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/owed.h"
#include "client/store/setting.h"
#include "client/store/store_sqlite.h"
#include "proto/credentials.h"
#include "sync/alloc.h"

enum { HUB_SIZE = SIGNING_KEY_SIZE };

/* The hub's own logs are vouched for by its certificate. */
static void
add_certified_hub(struct node *node)
{
	struct certificate issuer, hub;
	const uint8_t *at = node->credentials;
	size_t last = node->credentials_size < CERTIFICATE_SIZE
		? 0
		: node->credentials_size - CERTIFICATE_SIZE;

	if (certificate_decode(&issuer, at, CERTIFICATE_SIZE) == STATUS_OK &&
		certificate_decode(&hub, at + last, CERTIFICATE_SIZE) ==
			STATUS_OK &&
		hub.kind == CERTIFICATE_HUB &&
		certificate_chain_origin(node->company_key, &issuer, &hub) ==
			STATUS_OK)
		policy_add_hub(node->policy, hub.subject, hub.signing_key);
}

/* Those that were met, each proven then: their signing keys. */
static void
add_met_hubs(struct node *node)
{
	uint8_t keys[POLICY_HUBS_MAX * HUB_SIZE];
	size_t size = setting_get(node->store, "hubs", keys, sizeof keys);

	for (size_t at = 0; at + HUB_SIZE <= size; at += HUB_SIZE) {
		uint8_t device[ID_BYTES];

		device_id(device, keys + at);
		policy_add_hub(node->policy, device, keys + at);
	}
}

/* Damaged, it is told again by the next who knows it. */
static void
take_order(struct node *node, const uint8_t *order, size_t size)
{
	enum status status =
		policy_take_order(node->policy, node->company_key, order, size);

	(void)status;
}

void
standing_load(struct node *node)
{
	uint8_t order[ORDER_SIZE_MAX];
	size_t size = setting_get(node->store, "order", order, sizeof order);
	uint8_t restoring = 0;

	if (setting_get(
		    node->store, "restoring", &restoring, sizeof restoring) &&
		restoring && node->hub)
		standing_set_restoring(node, true);
	add_certified_hub(node);
	add_met_hubs(node);
	if (size)
		take_order(node, order, size);
}

/* It is the one that is kept, or none is. */
static void
recall_order(struct node *node, const uint8_t *kept, size_t size)
{
	policy_forget_order(node->policy);
	if (size)
		take_order(node, kept, size);
}

enum status
standing_rolled_back(struct node *node)
{
	struct pack_view known = policy_order_bytes(node->policy);
	uint8_t *kept = NULL;
	size_t size = 0;
	enum status status =
		store_sqlite_setting_get(node->store, "order", &kept, &size);

	if (status != STATUS_OK && status != STATUS_ABSENT)
		return status;
	/* Most often nothing was said of it. */
	if (size != known.size ||
		(size && memcmp(kept, known.bytes, size) != 0))
		recall_order(node, kept, size);
	free(kept);
	return STATUS_OK;
}

void
standing_set_restoring(struct node *node, bool restoring)
{
	node->restoring = restoring;
	policy_restrict(node->policy, restoring ? node->device : NULL);
}

enum status
standing_note_issuer(struct node *node, const struct certificate *issuer)
{
	uint8_t keys[ORDER_KEYS_MAX * HUB_SIZE];
	size_t size;
	enum status status =
		setting_read(node->store, "issuers", keys, sizeof keys, &size);

	if (status == STATUS_FAILED)
		return status;
	for (size_t at = 0; at + HUB_SIZE <= size; at += HUB_SIZE)
		if (memcmp(keys + at, issuer->signing_key, HUB_SIZE) == 0)
			return STATUS_OK;
	if (size + HUB_SIZE > sizeof keys)
		return STATUS_OK; /* they run out by themselves */
	memcpy(keys + size, issuer->signing_key, HUB_SIZE);
	return setting_set(node->store, "issuers", keys, size + HUB_SIZE);
}

enum status
standing_save_hubs(struct node *node)
{
	uint8_t keys[POLICY_HUBS_MAX * HUB_SIZE], had[sizeof keys];
	const uint8_t *key;
	size_t size = 0;

	for (uint32_t i = 0; i < POLICY_HUBS_MAX &&
		(key = policy_hub_key_at(node->policy, i));
		i++, size += HUB_SIZE)
		memcpy(keys + size, key, HUB_SIZE);
	if (setting_get(node->store, "hubs", had, sizeof had) == size)
		return STATUS_OK; /* none is ever forgotten */
	return setting_set(node->store, "hubs", keys, size);
}

enum status
standing_renewed_here(
	struct node *node, const uint8_t *credentials, size_t size)
{
	enum status status;

	if (size > sizeof node->credentials)
		return STATUS_OK; /* a newer program's; ours go on */
	status = setting_set(node->store, "credentials", credentials, size);
	if (status != STATUS_OK)
		return status;
	memcpy(node->credentials, credentials, size);
	node->credentials_size = size;
	return standing_save_hubs(node);
}

/* What was offered to the hub before may be lost with it. */
static enum status
offer_again(struct node *node)
{
	static const int64_t none = 0;
	enum status status = node_offer_again(node);

	return status == STATUS_OK
		? setting_set(node->store, "late_told", &none, sizeof none)
		: status;
}

enum status
standing_write_order(struct node *node)
{
	struct pack_view order = policy_order_bytes(node->policy);
	enum status status =
		setting_set(node->store, "order", order.bytes, order.size);

	if (status == STATUS_OK)
		status = offer_again(node);
	if (status == STATUS_OK)
		status = standing_save_hubs(node);
	if (status == STATUS_OK)
		status = territory_settle(node->directory, NULL);
	if (status == STATUS_OK)
		status = node_directory_changed(node);
	return status == STATUS_OK ? STATUS_OK : STATUS_FAILED;
}

enum status
standing_order_here(struct node *node, const uint8_t *bytes, size_t size)
{
	struct pack_view known = policy_order_bytes(node->policy);
	uint8_t kept[ORDER_SIZE_MAX];
	struct problem problem = {0};
	enum status status;

	if (known.size)
		memcpy(kept, known.bytes, known.size);
	status =
		policy_take_order(node->policy, node->company_key, bytes, size);
	if (status != STATUS_OK)
		return status;
	if (!node_begin(node, &problem)) {
		recall_order(node, kept, known.size);
		return STATUS_FAILED;
	}
	status = standing_write_order(node);
	if (status == STATUS_OK && node_commit(node, &problem))
		return STATUS_OK;
	if (status != STATUS_OK)
		node_rollback(node);
	return STATUS_FAILED;
}

/* How many changes of the directory count no more. */
struct late {
	int64_t changes;
};

static void
add_late(void *self, const uint8_t *log, int64_t first, int64_t last)
{
	struct late *late = self;

	(void)log; /* whichever: there are few */
	late->changes += last - first + 1;
}

static int64_t
count_late(struct node *node)
{
	struct late late = {0};

	if (node->hub || policy_order(node->policy)->hub_count == 0 ||
		territory_late(node->directory, add_late, &late) != STATUS_OK)
		return 0;
	return late.changes;
}

bool
standing_has_late(struct node *node)
{
	int64_t told = 0, late = count_late(node);

	if (late == 0)
		return false;
	(void)setting_get(node->store, "late_told", &told, sizeof told);
	return told != late;
}

void
standing_late_told(struct node *node)
{
	int64_t late = count_late(node);
	/* Not written, it is offered again. */
	enum status status =
		setting_set(node->store, "late_told", &late, sizeof late);

	(void)status;
}
