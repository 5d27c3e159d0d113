#include "tests/sim/shipped.h"

#include <sodium.h>
#include <string.h>

#include "client/node/owed.h"
#include "client/store/setting.h"
#include "tests/sim/check.h"
#include "tests/sim/hubs.h"
#include "tests/sim/plant.h"
#include "tests/sim/world.h"

/* ---- the simulated node as client/node sees it ---- */

static struct sim_node *
sim_of(struct node *node)
{
	return (struct sim_node *)(void *)((uint8_t *)node -
		offsetof(struct sim_node, shipped));
}

/* To whom it was lent last, whose clock it reads. */
static struct sim_node *lent;

struct node *
shipped_lend(struct sim_node *node)
{
	static char nowhere[] = "/nowhere/sim";
	struct node *n = &node->shipped;

	n->dir = nowhere;
	n->store = node->store;
	n->schema = node->schema;
	n->policy = node->policy;
	n->hub = node->hub;
	memcpy(n->company_key, company_key_of_all(), sizeof n->company_key);
	if (node->hub) {
		memcpy(node->keys.sign_secret, node->sign_secret,
			SIGNING_SECRET_SIZE);
		memcpy(node->keys.link_secret, node->link_secret,
			LINK_SECRET_SIZE);
		node_issuing_secret(node->keys.issuing_secret);
	}
	memcpy(n->company, company_id_of_all(), sizeof n->company);
	memcpy(n->device, node->device, ID_BYTES);
	memcpy(n->user, node->user, ID_BYTES);
	n->keys = &node->keys;
	n->directory = node->directory;
	memcpy(n->credentials, node->credentials, node->credentials_size);
	n->credentials_size = node->credentials_size;
	lent = node;
	n->territories = node->territories;
	n->territory_count = 0;
	while (n->territory_count < NODE_TERRITORIES_MAX &&
		node->territories[n->territory_count])
		n->territory_count++;
	return n;
}

struct sim_node *
shipped_lent(void)
{
	return lent;
}

/* What became of those that it was lent with: the others were closed. */
static void
take_back(struct sim_node *node, uint32_t lent_count)
{
	uint32_t gone = lent_count - node->shipped.territory_count;

	node->world->counts.forgotten += gone;
	if (gone)
		world_trace(node->world, "node %d: forgets %u territories",
			node->number, gone);
}

/* ---- what it asks of node.c ---- */

bool
node_begin(struct node *node, struct problem *problem)
{
	(void)problem; /* nobody reads it here */
	return node->store->begin(node->store->self) == STATUS_OK;
}

void
node_rollback(struct node *node)
{
	sim_rollback(sim_of(node));
}

bool
node_commit(struct node *node, struct problem *problem)
{
	(void)problem;
	if ((!node->is_taking || plant == PLANT_LETTERS_TWICE ||
		    setting_set(node->store, node_taken_name, &node->taking,
			    sizeof node->taking) == STATUS_OK) &&
		node->store->commit(node->store->self) == STATUS_OK)
		return true;
	node_rollback(node);
	return false;
}

struct territory *
node_territory(struct node *node, const uint8_t *id, bool make)
{
	return sim_territory(sim_of(node), id, make);
}

enum status
node_directory_changed(struct node *node)
{
	return sim_directory_changed(sim_of(node));
}

enum status
node_seal(struct node *node)
{
	return sim_seal(sim_of(node));
}

enum status
node_seal_inside(struct node *node)
{
	return sim_seal_inside(sim_of(node));
}

int64_t
node_now_ms(void)
{
	return node_now(lent);
}

int32_t
node_offset(int64_t now_ms)
{
	(void)now_ms; /* the same all year */
	return 480;
}

void
node_new_id(uint8_t id[static ID_BYTES])
{
	randombytes_buf(id, ID_BYTES);
}

/* ---- what the simulation asks of it ---- */

void
shipped_recall(struct sim_node *node)
{
	node->shipped.unclean = true; /* as when it was opened */
	node_recall_revoked(shipped_lend(node));
}

/* Whatever is about to be dropped is the hub's by now; whether late changes may
 * be. */
static bool
expect_dropped(struct sim_node *node)
{
	bool late = false;

	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i]; i++) {
		struct territory *t = node->territories[i];

		if (t == node->directory)
			continue;
		/* Late, and to be erased: it goes when the hub has it. */
		late = late || (!node->hub && territory_owes_erasure(t, NULL));
		if (!policy_may_read(
			    node->policy, node->device, territory_id(t)) ||
			(!node->hub && territory_owes_erasure(t, NULL)))
			ledger_forgets(node->world, node, territory_id(t));
	}
	return late;
}

void
shipped_tidy(struct sim_node *node)
{
	struct problem problem = {0};
	struct node *n;
	uint32_t count;
	bool drops;

	if (node->hostile)
		return; /* it keeps what it has */
	drops = expect_dropped(node);
	n = shipped_lend(node);
	count = n->territory_count;
	/* What the disk refuses is tried again after the next conversation. */
	(void)node_tidy(n, &problem);
	take_back(node, count);
	if (drops)
		hubs_note_lost(node->world);
}

/* For a planted bug: what is owed is dropped instead. */
static void
drop_all(struct sim_node *node)
{
	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i];) {
		uint8_t id[ID_BYTES];

		memcpy(id, territory_id(node->territories[i]), ID_BYTES);
		if (node->territories[i] != node->directory &&
			!policy_may_read(node->policy, node->device, id))
			shipped_handed_over(node, id);
		/* Another one is in its place when it was dropped. */
		if (node->territories[i] &&
			memcmp(territory_id(node->territories[i]), id,
				ID_BYTES) == 0)
			i++;
	}
}

void
shipped_owed(void *self,
	void (*found)(void *found_self, const uint8_t *territory),
	void *found_self)
{
	struct sim_node *node = self;

	if (plant == PLANT_FORGETS_EARLY)
		drop_all(node);
	else
		node_owed(shipped_lend(node), found, found_self);
}

void
shipped_handed_over(void *self, const uint8_t *territory)
{
	struct sim_node *node = self;
	struct problem problem = {0};
	struct node *n;
	uint32_t count;

	(void)expect_dropped(node);
	if (plant == PLANT_KEEPS_ALL)
		return;
	n = shipped_lend(node);
	count = n->territory_count;
	(void)node_handed_over(n, territory, &problem);
	take_back(node, count);
}

void
shipped_revoked(void *self, const uint8_t *bytes, size_t size)
{
	struct sim_node *node = self;
	struct problem problem = {0};

	(void)node_note_revoked(shipped_lend(node), bytes, size, &problem);
}
