#include "tests/sim/restore.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/copied.h"
#include "client/node/hub/certify.h"
#include "client/node/hub/replace.h"
#include "client/node/hub/restore.h"
#include "client/node/keys.h"
#include "client/store/setting.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"
#include "sync/territory_internal.h"
#include "tests/sim/facts.h"
#include "tests/sim/hubs.h"
#include "tests/sim/ledger.h"
#include "tests/sim/plant.h"
#include "tests/sim/shipped.h"

/* ---- keys, in memory where the program has a file ---- */

struct node_keys *
node_keys_new(bool hub)
{
	struct node_keys *keys = alloc(sizeof *keys);
	uint8_t public[SIGNING_KEY_SIZE];
	uint8_t seed[crypto_sign_SEEDBYTES] = {0xc0};
	uint32_t number = ++shipped_lent()->world->keys_made;

	(void)hub; /* a laptop's */
	/* What is random here is among 64 (random.c): never the same twice. */
	memcpy(seed + 1, &number, sizeof number);
	(void)crypto_sign_seed_keypair(public, keys->sign_secret, seed);
	memcpy(keys->link_secret, seed, sizeof keys->link_secret);
	return keys;
}

void
node_keys_free(struct node_keys *keys)
{
	/* Those of a node that was lent are no file's. */
	if (!shipped_lent() || keys != &shipped_lent()->keys)
		free(keys);
}

const uint8_t *
node_keys_sign_public(const struct node_keys *keys)
{
	return keys->sign_secret + SIGNING_SECRET_SIZE - SIGNING_KEY_SIZE;
}

const uint8_t *
node_keys_issuing_public(const struct node_keys *keys)
{
	return keys->issuing_secret + SIGNING_SECRET_SIZE - SIGNING_KEY_SIZE;
}

void
node_keys_link_public(
	const struct node_keys *keys, uint8_t out[static LINK_KEY_SIZE])
{
	(void)crypto_scalarmult_base(out, keys->link_secret);
}

/* What is in memory outlives the program, as its file does. */
bool
node_keys_save(
	const struct node_keys *keys, const char *path, struct problem *problem)
{
	(void)problem;
	return keys && path;
}

/* There is no file: restore_recall() looks at what is in memory. */
bool
node_keys_load_sealed(struct node_keys **out, const char *path,
	const uint8_t *data_key, struct problem *problem)
{
	(void)path;
	(void)data_key;
	(void)problem;
	*out = NULL;
	return false;
}

/* ---- what the shipped files write goes into the ledger ---- */

static struct sim_node *writer; /* whose shipped files write */
static struct ledger_log *written_log;
static int64_t written_seq;

enum status __real_territory_write(struct territory *territory,
	struct write *write, int64_t *seq, size_t *refused);
enum status __wrap_territory_write(struct territory *territory,
	struct write *write, int64_t *seq, size_t *refused);

void
restore_write(struct sim_node *node)
{
	writer = node;
	written_log = NULL;
}

void
restore_acknowledge(void)
{
	if (written_log)
		ledger_acknowledge(written_log, written_seq);
}

enum status
__wrap_territory_write(struct territory *territory, struct write *write,
	int64_t *seq, size_t *refused)
{
	struct ledger *ledger = writer ? writer->world->ledger : NULL;
	struct ledger_seen *context;
	uint32_t count;
	enum status status;

	if (!writer)
		return __real_territory_write(territory, write, seq, refused);
	context = ledger_context(ledger, territory, write->log, &count);
	status = __real_territory_write(territory, write, seq, refused);
	if (status != STATUS_OK || *seq == 0) {
		free(context);
		return status;
	}
	if (territory == writer->directory)
		facts_note(
			ledger, ledger_term(ledger, write->log), *seq, write);
	(void)ledger_wrote(writer->world, writer, territory, write->log, *seq,
		context, count, write);
	written_log = ledger_written(
		ledger, territory_id(territory), write->log, writer);
	written_seq = *seq;
	return status;
}

/* ---- what they ask of the program ---- */

void
certify_device(struct node *hub, const uint8_t *user, const uint8_t *sign_key,
	const uint8_t *link_key, uint64_t now_ms,
	uint8_t out[static CREDENTIALS_SIZE_MAX])
{
	(void)now_ms; /* they hold for as long as a run */
	node_certify(out, user, sign_key, link_key, false);
	memcpy(out + CREDENTIALS_SIZE, hub->credentials + CERTIFICATE_SIZE,
		CERTIFICATE_SIZE);
}

/* ---- sessions ---- */

/*
 * What it forgot with a grant comes back, open, when a new hub has not heard of
 * the grant's end yet: it does not hold its own, and must not go on in it.
 */
static bool
may_lack_its_own(const struct sim_node *node)
{
	const struct ledger *ledger = node->world->ledger;

	for (uint32_t i = 0; i < ledger->log_count; i++)
		if (ledger->logs[i]->author == node->number &&
			ledger->logs[i]->forgotten)
			return ledger->term_count > 1;
	return false;
}

void
restore_copied(void *self, const uint8_t *device)
{
	struct sim_node *node = self;

	/* Whose power has just gone looks at what is no longer there. */
	if (node->hostile || node->crashed)
		return;
	if (plant == PLANT_COPY_GOES_ON) {
		node->restored = false;
		return;
	}
	/* It may be that of keys which another session has replaced. */
	if (!node->copy && !may_lack_its_own(node) &&
		memcmp(device, node->device, ID_BYTES) == 0)
		world_fail(node->world,
			"node %d was told that its store is a copy",
			node->number);
	copied_mark(shipped_lend(node), device);
}

bool
restore_own_branch(
	void *self, const uint8_t *territory, const uint8_t *log, int64_t first)
{
	return copied_own_branch(shipped_lend(self), territory, log, first);
}

bool
restore_replacement(void *self, const uint8_t **sign_secret, uint8_t *link_key)
{
	return copied_replacement(shipped_lend(self), sign_secret, link_key);
}

/* It is another device from now on, of the same person. */
static void
adopt(struct sim_node *node, struct node_keys *keys)
{
	memcpy(node->sign_secret, keys->sign_secret, SIGNING_SECRET_SIZE);
	memcpy(node->sign_key, node_keys_sign_public(keys), SIGNING_KEY_SIZE);
	memcpy(node->link_secret, keys->link_secret, LINK_SECRET_SIZE);
	node_keys_link_public(keys, node->link_key);
	device_id(node->device, node->sign_key);
	memcpy(node->credentials, node->shipped.credentials,
		node->shipped.credentials_size);
	node->credentials_size = node->shipped.credentials_size;
	node->restored = false;
	node->copy = false;
	node->world->counts.replaced++;
	world_trace(node->world, "node %d: has new keys", node->number);
}

enum status
restore_replaced(void *self, const uint8_t *credentials, size_t size)
{
	struct sim_node *node = self;
	struct node *n = shipped_lend(node);
	enum status status = copied_replaced(n, credentials, size);

	if (status != STATUS_OK)
		return status;
	adopt(node, n->keys);
	node_keys_free(n->keys);
	n->keys = NULL;
	return STATUS_OK;
}

void
restore_recall(struct sim_node *node)
{
	struct node *n = &node->shipped;
	uint8_t copied = 0, device[ID_BYTES];
	struct certificate own;
	size_t size = setting_get(node->store, "credentials", n->credentials,
		sizeof n->credentials);

	(void)setting_get(node->store, "copied", &copied, sizeof copied);
	n->copied = copied != 0;
	if (!n->next_keys || size < CREDENTIALS_SIZE ||
		certificate_decode(&own, n->credentials + CERTIFICATE_SIZE,
			CERTIFICATE_SIZE) != STATUS_OK)
		return;
	device_id(device, node_keys_sign_public(n->next_keys));
	if (memcmp(own.subject, device, ID_BYTES) != 0)
		return;
	n->credentials_size = size;
	adopt(node, n->next_keys);
	node_keys_free(n->next_keys);
	n->next_keys = NULL;
}

enum status
restore_replace(void *self, const uint8_t *device, const uint8_t *sign_key,
	const uint8_t *link_key, uint8_t *credentials, size_t *size,
	uint8_t *user, char *login, size_t login_room)
{
	struct sim_node *hub = self;
	enum status status;

	writer = hub;
	written_log = NULL;
	status = hub_session_replace(shipped_lend(hub), device, sign_key,
		link_key, credentials, size, user, login, login_room);
	writer = NULL;
	if (status == STATUS_OK && written_log)
		ledger_acknowledge(written_log, written_seq);
	return status;
}

void
restore_forked(
	void *self, const uint8_t *territory, const uint8_t *log, int64_t last)
{
	struct sim_node *hub = self;

	world_trace(hub->world,
		"node %d: the log of device %02x%02x, grant %02x, forks at "
		"%lld",
		hub->number, log[0], log[1], log[LOG_BYTES - 1],
		(long long)last);
	writer = hub;
	hub_session_forked(shipped_lend(hub), territory, log, last);
	writer = NULL;
}

enum status
restore_carry(struct sim_node *node)
{
	enum status status;

	if (node->hub || node->hostile)
		return STATUS_OK;
	writer = node;
	status = copied_carry(shipped_lend(node));
	writer = NULL;
	return status;
}

/* ---- the folder ---- */

enum {
	IDENTITY_AT = offsetof(struct sim_node, sign_key),
	IDENTITY_SIZE = offsetof(struct sim_node, clock_offset) - IDENTITY_AT,
};

void
restore_remember(struct sim_node *node)
{
	if (!node->backup) {
		node->backup = disk_new();
		node->backup_identity = alloc(IDENTITY_SIZE);
	}
	disk_copy(node->backup, node->disk);
	memcpy(node->backup_identity, (const uint8_t *)node + IDENTITY_AT,
		IDENTITY_SIZE);
	node->backup_schema = node->schema;
}

static int64_t
held(struct sim_node *node, const struct ledger_log *log)
{
	struct territory *t = sim_territory(node, log->territory, false);
	uint32_t number = t ? log_find(t, log->id) : LOG_NONE;

	return number == LOG_NONE ? 0 : t->states[number].last;
}

bool
restore_folder(struct sim_node *node)
{
	if (!node->backup)
		return false;
	disk_copy(node->disk, node->backup);
	memcpy((uint8_t *)node + IDENTITY_AT, node->backup_identity,
		IDENTITY_SIZE);
	node->schema = node->backup_schema;
	node_keys_free(node->shipped.next_keys);
	node->shipped.next_keys = NULL;
	node->shipped.copied = false;
	node->restored = true;
	node->copy = node->was_copy = true;
	node->incarnation += WORLD_NODES_ALL;
	return true;
}

int
restore_clone(struct world *world, struct sim_node *node)
{
	struct sim_node *twin = &world->nodes[world->node_count];

	memset(twin, 0, sizeof *twin);
	twin->world = world;
	twin->number = world->node_count++;
	twin->incarnation = twin->number;
	memcpy((uint8_t *)twin + IDENTITY_AT,
		(const uint8_t *)node + IDENTITY_AT, IDENTITY_SIZE);
	twin->schema = node->schema;
	twin->hub_time_ms = WORLD_START_MS;
	twin->disk = disk_new();
	disk_copy(twin->disk, node->disk);
	twin->copy = twin->was_copy = true;
	node->copy = node->was_copy = true;
	return twin->number;
}

void
restore_clear(struct sim_node *node)
{
	disk_free(node->backup);
	free(node->backup_identity);
	node_keys_free(node->shipped.next_keys);
	node->backup = NULL;
	node->backup_identity = NULL;
	node->shipped.next_keys = NULL;
}

void
restore_note_lost(struct world *world, struct sim_node *node)
{
	for (uint32_t i = 0; i < world->ledger->log_count; i++) {
		struct ledger_log *log = world->ledger->logs[i];

		if (log->author != node->number ||
			log->incarnation == node->incarnation)
			continue;
		for (int64_t seq = held(node, log) + 1; seq <= log->last; seq++)
			log->changes[seq].acknowledged = false;
	}
	hubs_note_lost(world);
}

/* Whether somebody holds, or may hold, more of the log than so much. */
static bool
goes_on_elsewhere(
	struct world *world, const struct ledger_log *log, int64_t last)
{
	for (int k = 0; k < world->node_count; k++)
		if (!world->nodes[k].up || held(&world->nodes[k], log) > last)
			return true;
	return false;
}

void
restore_in_step(struct world *world, struct sim_node *node)
{
	for (uint32_t i = 0; i < world->ledger->log_count; i++) {
		struct ledger_log *log = world->ledger->logs[i];
		int64_t last = held(node, log);

		if (log->author == node->number && last < log->last &&
			memcmp(log->id, node->device, ID_BYTES) == 0 &&
			!goes_on_elsewhere(world, log, last))
			ledger_truncate(log, last);
	}
	node->restored = false;
}
