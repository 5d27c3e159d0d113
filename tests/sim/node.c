#include "tests/sim/node.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/standing.h"
#include "client/store/setting.h"
#include "client/store/store_sqlite.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"
#include "tests/sim/erase.h"
#include "tests/sim/folder.h"
#include "tests/sim/hubs.h"
#include "tests/sim/lease.h"
#include "tests/sim/ledger.h"
#include "tests/sim/live.h"
#include "tests/sim/office.h"
#include "tests/sim/plant.h"
#include "tests/sim/restore.h"
#include "tests/sim/shipped.h"
#include "tests/sim/world.h"

/* Clocks jump by ten years, so certificates last longer. */
static const int64_t certificate_life_ms = (int64_t)40 * 366 * 86400000;

static void
keys_of(uint8_t seed_byte, uint8_t *public, uint8_t *secret)
{
	uint8_t seed[crypto_sign_SEEDBYTES];

	memset(seed, seed_byte, sizeof seed);
	(void)crypto_sign_seed_keypair(public, secret, seed);
}

const uint8_t *
company_key_of_all(void)
{
	static uint8_t key[SIGNING_KEY_SIZE];
	static bool known;
	uint8_t secret[SIGNING_SECRET_SIZE];

	if (!known)
		keys_of(COMPANY_SEED, key, secret);
	known = true;
	return key;
}

void
node_company_secret(uint8_t secret[static SIGNING_SECRET_SIZE])
{
	uint8_t key[SIGNING_KEY_SIZE];

	keys_of(COMPANY_SEED, key, secret);
}

/* One for all hubs: certificates do not expire here. */
void
node_issuing_secret(uint8_t secret[static SIGNING_SECRET_SIZE])
{
	static uint8_t known[SIGNING_SECRET_SIZE];
	uint8_t key[SIGNING_KEY_SIZE];

	if (known[SIGNING_SECRET_SIZE - 1] == 0)
		keys_of(ISSUER_SEED, key, known);
	memcpy(secret, known, SIGNING_SECRET_SIZE);
}

const uint8_t *
company_id_of_all(void)
{
	static uint8_t id[COMPANY_ID_SIZE];
	static bool known;

	if (!known)
		company_id(id, company_key_of_all());
	known = true;
	return id;
}

void
node_certify(uint8_t *out, const uint8_t *user, const uint8_t *sign_key,
	const uint8_t *link_key, bool hub)
{
	uint8_t root[SIGNING_KEY_SIZE], root_secret[SIGNING_SECRET_SIZE];
	uint8_t issuer[SIGNING_KEY_SIZE], issuer_secret[SIGNING_SECRET_SIZE];
	struct certificate c = {.kind = CERTIFICATE_ISSUER,
		.serial = WORLD_START_MS,
		.not_before_ms = WORLD_START_MS - certificate_life_ms,
		.expires_ms = WORLD_START_MS + certificate_life_ms};

	keys_of(COMPANY_SEED, root, root_secret);
	keys_of(ISSUER_SEED, issuer, issuer_secret);
	company_id(c.company, root);
	memcpy(c.signing_key, issuer, sizeof issuer);
	memcpy(c.issuer, root, sizeof root);
	certificate_encode(out, &c, root_secret);

	c.kind = hub ? CERTIFICATE_HUB : CERTIFICATE_DEVICE;
	device_id(c.subject, sign_key);
	memcpy(c.user, user, ID_BYTES);
	memcpy(c.signing_key, sign_key, SIGNING_KEY_SIZE);
	memcpy(c.link_key, link_key, LINK_KEY_SIZE);
	memcpy(c.issuer, issuer, sizeof issuer);
	certificate_encode(out + CERTIFICATE_SIZE, &c, issuer_secret);
}

/* ---- schemas and templates ---- */

enum { TYPES_MAX = 64 };

/* Without the last third of the fields of what people work with. */
const struct schema *
schema_older(void)
{
	static struct schema_type types[TYPES_MAX];
	static struct schema older;
	const struct schema *now = schema_roadbook();

	if (older.types)
		return &older;
	for (size_t i = 0; i < now->type_count && i < TYPES_MAX; i++) {
		const struct schema_type *type = &now->types[i];

		if (type->number == TYPE_POSITION)
			continue; /* unknown as a whole */
		types[older.type_count] = *type;
		if (!type->directory && !type->immutable &&
			type->field_count > 6)
			types[older.type_count].field_count -=
				type->field_count / 3;
		older.type_count++;
	}
	older.types = types;
	return &older;
}

bool node_sealed;

/* One key is as good as many: no node ever reads another's disk. */
const uint8_t *
node_store_key(void)
{
	static const uint8_t key[32] = {'s', 'i', 'm'};

	return node_sealed ? key : NULL;
}

static struct {
	const struct schema *schema;
	struct disk *disk;
} templates[2];

const struct disk *
template_disk(const struct schema *schema)
{
	struct store *store;
	char path[32], reason[256];
	bool rebuild;
	int i = 0;

	for (; templates[i].disk; i++)
		if (templates[i].schema == schema)
			return templates[i].disk;
	templates[i].schema = schema;
	templates[i].disk = disk_new();
	(void)snprintf(
		path, sizeof path, "%snode.db", disk_path(templates[i].disk));
	if (store_sqlite_open_sealed(&store, path, node_store_key(), schema,
		    &rebuild, reason, sizeof reason) != STATUS_OK) {
		fprintf(stderr, "sim: %s\n", reason);
		abort();
	}
	store_sqlite_close(store);
	return templates[i].disk;
}

void
templates_free(void)
{
	for (int i = 0; i < 2; i++) {
		disk_free(templates[i].disk);
		templates[i].disk = NULL;
	}
}

/* ---- what sessions ask of their host ---- */

int64_t
node_now(const struct sim_node *node)
{
	return node->world->now_ms + node->world->days_ms + node->clock_offset;
}

struct territory *
sim_territory(struct sim_node *node, const uint8_t *id, bool make)
{
	struct territory_rules rules = plant_rules(node);
	int i = 0;

	for (; i < NODE_TERRITORIES_MAX && node->territories[i]; i++)
		if (memcmp(territory_id(node->territories[i]), id, ID_BYTES) ==
			0)
			return node->territories[i];
	if (!make || i == NODE_TERRITORIES_MAX)
		return NULL;
	if (territory_open(&node->territories[i], node->store, &rules, id) !=
		STATUS_OK)
		node->territories[i] = NULL;
	return node->territories[i];
}

static struct territory *
host_territory(void *self, const uint8_t *id, bool make)
{
	return sim_territory(self, id, make);
}

/* The program ends there; what the step still asks of it writes nothing. */
static void
crash(struct sim_node *node)
{
	node->crashed = true;
	disk_kill(node->disk);
}

static void
reload(struct sim_node *node)
{
	/* What is projected goes by what order and directory say. */
	if (standing_rolled_back(shipped_lend(node)) != STATUS_OK ||
		policy_load(node->policy, node->store,
			territory_number(node->directory)) != STATUS_OK)
		crash(node);
	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i]; i++)
		if (territory_reload(node->territories[i]) != STATUS_OK)
			crash(node);
}

void
sim_rollback(struct sim_node *node)
{
	node->store->rollback(node->store->self);
	reload(node);
}

static enum status
seal_territory(struct sim_node *node, struct territory *t)
{
	const struct merge_logs *logs = territory_logs(t);
	enum status status = STATUS_OK;

	for (uint32_t i = 0; status == STATUS_OK && i < logs->count; i++) {
		uint32_t segments;

		if (memcmp(logs->list[i].id, node->device, ID_BYTES) != 0)
			continue;
		status = territory_seal(t, logs->list[i].id,
			company_id_of_all(), node->sign_secret, &segments);
		logs = territory_logs(t);
	}
	return status;
}

/* Of all territories, or of this one; a copy seals nothing. */
static enum status
seal_some(struct sim_node *node, struct territory *only)
{
	enum status status;
	uint64_t pending = 0;

	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i]; i++)
		pending += territory_pending(node->territories[i]);
	if (!pending || node->shipped.copied || node->shipped.restoring)
		return STATUS_OK;
	status = node->store->begin(node->store->self);
	if (status != STATUS_OK)
		return status;
	for (int i = 0; status == STATUS_OK && i < NODE_TERRITORIES_MAX &&
		node->territories[i];
		i++)
		if (!only || only == node->territories[i])
			status = seal_territory(node, node->territories[i]);
	if (status == STATUS_OK)
		status = node->store->commit(node->store->self);
	if (status != STATUS_OK)
		sim_rollback(node);
	return status;
}

enum status
sim_seal(struct sim_node *node)
{
	return seal_some(node, NULL);
}

enum status
sim_seal_inside(struct sim_node *node)
{
	enum status status = STATUS_OK;

	if (node->shipped.copied || node->shipped.restoring)
		return STATUS_OK;
	for (int i = 0; status == STATUS_OK && i < NODE_TERRITORIES_MAX &&
		node->territories[i];
		i++)
		status = seal_territory(node, node->territories[i]);
	return status;
}

static enum status
host_seal(void *self)
{
	return sim_seal(self);
}

static void
open_one(void *self, const uint8_t *id)
{
	(void)sim_territory(self, id, true); /* asked for again when needed */
}

enum status
sim_directory_changed(struct sim_node *node)
{
	enum status status = policy_load(
		node->policy, node->store, territory_number(node->directory));

	if (status != STATUS_OK)
		return status;
	policy_readable(node->policy, node->device, open_one, node);
	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i]; i++) {
		if (node->territories[i] == node->directory)
			continue;
		status = territory_settle(node->territories[i], NULL);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

static enum status
host_directory_changed(void *self)
{
	struct sim_node *node = self;
	enum status status;

	/* Once it knows its own grant it does not care for more. */
	if (node->stale && node->hub_time_ms > WORLD_START_MS + 60000)
		return STATUS_OK;
	status = standing_save_hubs(shipped_lend(node));
	if (status == STATUS_OK)
		status = sim_directory_changed(node);
	return status == STATUS_OK ? restore_carry(node) : status;
}

static void
host_hub_time(void *self, int64_t now_ms)
{
	struct sim_node *node = self;

	if (now_ms <= node->hub_time_ms)
		return;
	node->hub_time_ms = now_ms;
	/* When it is not written, the next word of the hub will be. */
	if (setting_set(node->store, "hub_time", &now_ms, sizeof now_ms) !=
		STATUS_OK)
		return;
}

static void
host_rolled_back(void *self)
{
	struct sim_node *node = self;

	if (plant == PLANT_FRONTIER_BEFORE_COMMIT)
		return;
	reload(node);
}

static void
host_moved(void *self, struct session *by, const uint8_t *territory)
{
	struct sim_node *node = self;

	/* Nobody is told of it before. */
	if (node->hub)
		erase_late(node, territory);
	live_moved(node->world, node, by, territory);
}

static enum status
host_seal_one(void *self, const uint8_t *id)
{
	struct territory *t = host_territory(self, id, false);

	return t && territory_pending(t) ? seal_some(self, t) : STATUS_OK;
}

static void
host_pending(void *self,
	void (*found)(void *found_self, const uint8_t *territory),
	void *found_self)
{
	struct sim_node *node = self;

	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i] &&
		!node->shipped.copied;
		i++)
		if (territory_pending(node->territories[i]))
			found(found_self, territory_id(node->territories[i]));
}

static void
host_in_step(void *self, struct session *by)
{
	struct sim_node *node = self;

	hubs_in_step(node);
	office_in_step(node->world, node, session_report(by)->peer);
}

struct session_options
node_options(struct sim_node *node, bool initiator)
{
	return (struct session_options){
		.host = &node->host,
		.initiator = initiator,
		.company_key = company_key_of_all(),
		.link_secret = node->link_secret,
		.credentials = node->credentials,
		.credentials_size = node->credentials_size,
		.hub = node->hub,
		.trusted_now_ms =
			node->hub ? node_now(node) : node->hub_time_ms,
	};
}

/* ---- its life ---- */

void
node_init(struct sim_node *node, struct world *world, int number,
	const uint8_t *user)
{
	/* Each hub has keys of its own. */
	int spread = number ? 0 : 60 * world->ledger->term_count;

	memset(node, 0, sizeof *node);
	node->world = world;
	node->number = number;
	node->incarnation = number;
	node->hub = number == 0;
	if (user)
		memcpy(node->user, user, ID_BYTES);
	keys_of((uint8_t)(10 + number + spread), node->sign_key,
		node->sign_secret);
	memset(node->link_secret, 100 + number + spread, LINK_SECRET_SIZE);
	(void)crypto_scalarmult_base(node->link_key, node->link_secret);
	device_id(node->device, node->sign_key);
	node_certify(node->credentials, node->user, node->sign_key,
		node->link_key, node->hub);
	node->credentials_size = CREDENTIALS_SIZE;
	node->schema = schema_roadbook();
	node->hub_time_ms = WORLD_START_MS;
	node->disk = disk_new();
	agent_init(&node->agent, WORLD_START_MS);
}

void
node_introduce(struct sim_node *node, const struct sim_node *hub)
{
	memcpy(node->credentials + CREDENTIALS_SIZE,
		hub->credentials + CERTIFICATE_SIZE, CERTIFICATE_SIZE);
	node->credentials_size = CREDENTIALS_SIZE_MAX;
}

void
node_clear(struct sim_node *node)
{
	node_stop(node);
	restore_clear(node);
	folder_clear(node);
	disk_free(node->disk);
	node->disk = NULL;
}

static bool
open_store(struct sim_node *node, bool *rebuild)
{
	char path[32], reason[256];

	(void)snprintf(path, sizeof path, "%snode.db", disk_path(node->disk));
	if (store_sqlite_open_sealed(&node->store, path, node_store_key(),
		    node->schema, rebuild, reason, sizeof reason) != STATUS_OK)
		return false;
	plant_store(node->store);
	(void)setting_get(node->store, "hub_time", &node->hub_time_ms,
		sizeof node->hub_time_ms);
	return true;
}

static enum status
rebuild_all(struct sim_node *node)
{
	struct store *store = node->store;
	enum status status = store->begin(store->self);

	if (status == STATUS_OK)
		status = territory_rebuild(node->directory);
	if (status == STATUS_OK)
		status = policy_load(
			node->policy, store, territory_number(node->directory));
	if (status == STATUS_OK)
		policy_readable(node->policy, node->device, open_one, node);
	for (int i = 0; status == STATUS_OK && i < NODE_TERRITORIES_MAX &&
		node->territories[i];
		i++)
		if (node->territories[i] != node->directory)
			status = territory_rebuild(node->territories[i]);
	if (status == STATUS_OK)
		status = store_sqlite_rebuilt(store);
	return status == STATUS_OK ? store->commit(store->self) : status;
}

static bool
open_views(struct sim_node *node, bool rebuild)
{
	node->policy = policy_new(company_id_of_all());
	standing_load(shipped_lend(node));
	shipped_recall(node);
	restore_recall(node);
	node->directory =
		sim_territory(node, policy_directory(node->policy), true);
	if (!node->directory ||
		policy_load(node->policy, node->store,
			territory_number(node->directory)) != STATUS_OK)
		return false;
	setting_territories(node->store, open_one, node);
	policy_readable(node->policy, node->device, open_one, node);
	return !rebuild || rebuild_all(node) == STATUS_OK;
}

bool
node_start(struct sim_node *node)
{
	bool rebuild = false;

	assert(!node->up && !node->store);
	node->crashed = false;
	node->seals = false;
	node->hub_time_ms = WORLD_START_MS;
	if (!open_store(node, &rebuild))
		return false;
	node->host = (struct session_host){
		.self = node,
		.store = node->store,
		.territory = host_territory,
		.seal = host_seal,
		.directory_changed = host_directory_changed,
		.hub_time = host_hub_time,
		.rolled_back = host_rolled_back,
		.moved = host_moved,
		.copied = restore_copied,
		.own_branch = restore_own_branch,
		.seal_one = host_seal_one,
		.pending = host_pending,
		.owed = shipped_owed,
		.handed_over = shipped_handed_over,
		.revoked = shipped_revoked,
		.order = node->stale ? NULL : hubs_order,
	};
	if (node->hub) {
		node->host.in_step = host_in_step;
		node->host.replace = restore_replace;
		node->host.forked = restore_forked;
		node->host.quarantined = hubs_quarantined;
		node->host.heard_erased = erase_heard;
	} else if (!node->hostile) {
		node->host.erased = erase_told;
		node->host.late = hubs_late;
		node->host.late_told = hubs_late_told;
		node->host.replacement = restore_replacement;
		node->host.replaced = restore_replaced;
	}
	lease_host(node);
	if (node->hostile)
		node->host.owed = NULL; /* it keeps what it has */
	node->up = true;
	if (!open_views(node, rebuild)) {
		node_stop(node);
		return false;
	}
	node->host.policy = node->policy;
	return true;
}

void
node_stop(struct sim_node *node)
{
	for (int i = 0; i < NODE_TERRITORIES_MAX; i++) {
		territory_free(node->territories[i]);
		node->territories[i] = NULL;
	}
	policy_free(node->policy);
	store_sqlite_close(node->store);
	node->directory = NULL;
	node->policy = NULL;
	node->store = NULL;
	node->up = false;
}
