#include "tests/sim/hubs.h"

#include <stdio.h>
#include <string.h>

#include "client/node/hub/succession.h"
#include "client/node/standing.h"
#include "client/store/setting.h"
#include "sync/alloc.h"
#include "sync/territory_internal.h"
#include "tests/sim/erase.h"
#include "tests/sim/ledger.h"
#include "tests/sim/plant.h"
#include "tests/sim/restore.h"
#include "tests/sim/shipped.h"

/* What setting up a hub leaves in its database. */
static void
write_settings(struct world *world, struct sim_node *hub)
{
	static const uint8_t yes = 1;
	struct store *store = hub->store;

	if (setting_set(store, "company_key", company_key_of_all(),
		    SIGNING_KEY_SIZE) != STATUS_OK ||
		setting_set(store, "credentials", hub->credentials,
			hub->credentials_size) != STATUS_OK ||
		setting_set(store, "user", hub->user, ID_BYTES) != STATUS_OK ||
		setting_set(store, "hub", &yes, sizeof yes) != STATUS_OK)
		world_fail(world, "the hub cannot be set up");
}

void
hubs_found(struct world *world)
{
	struct sim_node *hub = &world->nodes[0];

	write_settings(world, hub);
	ledger_begin_term(world->ledger, hub->device);
}

void
hubs_remember(struct world *world)
{
	if (!world->yesterday)
		world->yesterday = disk_new();
	disk_copy(world->yesterday, world->nodes[0].disk);
}

static int
first_old(const struct world *world)
{
	int i = 1;

	while (i < world->node_count && !world->nodes[i].hub)
		i++;
	return i;
}

bool
hubs_restoring(const struct world *world)
{
	return world->nodes[0].shipped.restoring;
}

bool
hubs_may_replace(const struct world *world)
{
	return world->yesterday && !hubs_restoring(world) &&
		world->ledger->term_count < TERMS_MAX &&
		world->node_count < WORLD_NODES_ALL;
}

int
hubs_old(const struct world *world)
{
	int i = first_old(world);

	while (i < world->node_count &&
		!(world->nodes[i].hub && world->nodes[i].up))
		i++;
	return i < world->node_count ? i : -1;
}

/* ---- another machine ---- */

static void
move_aside(struct world *world)
{
	int to = world->node_count++;
	struct ledger *ledger = world->ledger;

	world->nodes[to] = world->nodes[0];
	world->nodes[to].number = to;
	for (uint32_t i = 0; i < ledger->log_count; i++)
		if (ledger->logs[i]->author == 0)
			ledger->logs[i]->author = to;
}

/* The database of the copy becomes that of the new machine. */
static bool
take_copy(struct world *world, struct sim_node *hub)
{
	struct setup setup = {.hub = true};
	char path[32], reason[256];
	struct store *store = NULL;
	enum status status;
	bool rebuild;

	disk_copy(hub->disk, world->yesterday);
	(void)snprintf(path, sizeof path, "%snode.db", disk_path(hub->disk));
	memcpy(setup.company_key, company_key_of_all(),
		sizeof setup.company_key);
	memcpy(setup.credentials, hub->credentials, hub->credentials_size);
	setup.credentials_size = hub->credentials_size;
	if (store_sqlite_open_sealed(&store, path, node_store_key(),
		    hub->schema, &rebuild, reason, sizeof reason) != STATUS_OK)
		return false;
	status = succession_prepare(store, &setup, true);
	store_sqlite_close(store);
	return status == STATUS_OK;
}

static int64_t
held(struct sim_node *node, const struct ledger_log *log)
{
	struct territory *t =
		node->up ? sim_territory(node, log->territory, false) : NULL;
	uint32_t number = t ? log_find(t, log->id) : LOG_NONE;

	return number == LOG_NONE ? 0 : t->states[number].last;
}

/*
 * What a lost hub had and nobody else has is lost with it: its author handed
 * it over, and forgot it. A device that was stolen throws away what it has of
 * others, too: it is nobody who has it. So what is lost with a lost hub and a
 * stolen laptop is not looked for, however it was lost.
 */
void
hubs_note_lost(struct world *world)
{
	if (world->ledger->term_count == 1)
		return;
	for (uint32_t i = 0; i < world->ledger->log_count; i++) {
		struct ledger_log *log = world->ledger->logs[i];
		int64_t most = 0;

		if (!log->forgotten &&
			world->nodes[log->author].incarnation ==
				log->incarnation)
			continue;
		for (int k = 0; k < world->node_count; k++)
			if ((k == 0 || !world->nodes[k].hub) &&
				k != world->hostile &&
				!ledger_stolen(world->ledger,
					world->nodes[k].device) &&
				held(&world->nodes[k], log) > most)
				most = held(&world->nodes[k], log);
		/* What others hold may be the other branch. */
		if (log->forked_at && most >= log->forked_at)
			most = log->forked_at - 1;
		for (int64_t seq = most + 1; seq <= log->last; seq++)
			log->changes[seq].acknowledged = false;
	}
}

/* Devices that have handed over come again: the new hub knows of none. */
static void
forget_drained(struct ledger *ledger)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < ledger->fact_count; i++)
		if (ledger->facts[i].kind != FACT_DRAINED)
			ledger->facts[kept++] = ledger->facts[i];
	ledger->fact_count = kept;
}

void
hubs_replace(struct world *world)
{
	struct sim_node *hub = &world->nodes[0];
	struct problem problem = {0};
	bool begun;

	move_aside(world);
	node_init(hub, world, 0, NULL);
	if (!take_copy(world, hub) || !node_start(hub)) {
		world_fail(world, "a new hub cannot be made of the copy");
		return;
	}
	ledger_watch(hub->store);
	ledger_begin_term(world->ledger, hub->device);
	restore_write(hub);
	begun = succession_begin(shipped_lend(hub), &problem);
	restore_write(NULL);
	if (!begun)
		world_fail(world, "what the old hub had not sealed is lost");
	/* One from before a hub was replaced does not know of that. */
	hubs_clear(world);
	hubs_note_lost(world);
	forget_drained(world->ledger);
	world->counts.hubs_lost++;
	world_trace(world,
		"a new hub takes over, of yesterday; the old one "
		"is node %d",
		world->node_count - 1);
}

static void
note_ends(struct world *world)
{
	const struct order *order = policy_order(world->nodes[0].policy);

	for (int i = 0; i + 1 < world->ledger->term_count; i++) {
		struct term *term = &world->ledger->terms[i];

		for (uint32_t k = 0; k < order->hub_count; k++) {
			uint8_t device[ID_BYTES];

			device_id(device, order->hubs[k].sign_key);
			if (memcmp(device, term->device, ID_BYTES) == 0)
				term->end = (int64_t)order->hubs[k].last;
		}
	}
}

void
hubs_done(struct world *world, bool stolen)
{
	struct sim_node *hub = &world->nodes[0];
	uint8_t secret[SIGNING_SECRET_SIZE];
	struct problem problem = {0};
	bool done;

	if (!hub->up || hub->crashed || disk_dead(hub->disk) ||
		!hubs_restoring(world) || !policy_user_at(hub->policy, 0))
		return;
	/* A thief's erasures nobody takes over: README, what is not played. */
	stolen = stolen && !erase_unheard(world);
	node_company_secret(secret);
	restore_write(hub);
	done = succession_done(shipped_lend(hub), secret, stolen, &problem);
	restore_write(NULL);
	if (hubs_restoring(world))
		return; /* the disk refused: another time */
	note_ends(world);
	world_trace(world,
		"the new hub is in office%s, the old log ends at "
		"%lld%s",
		stolen ? ", the old one was stolen" : "",
		(long long)world->ledger->terms[world->ledger->term_count - 2]
			.end,
		done ? "" : ", but its device was not written");
}

/* ---- what must hold ---- */

static bool
is_ending(const struct fact *f)
{
	return f->kind == FACT_REVOKED || f->kind == FACT_END ||
		f->kind == FACT_CUT;
}

void
hubs_forget_unwritten(struct world *world)
{
	for (int i = 0; i < world->node_count; i++) {
		struct sim_node *hub = &world->nodes[i];
		uint8_t log[LOG_BYTES] = {0};
		uint32_t number;

		if (!hub->hub || !hub->up)
			continue;
		memcpy(log, hub->device, ID_BYTES);
		number = log_find(hub->directory, log);
		ledger_forget_facts(world->ledger,
			ledger_term(world->ledger, hub->device),
			(number == LOG_NONE
					? 0
					: hub->directory->states[number].last) +
				1);
	}
}

bool
hubs_know(const struct world *world, const struct sim_node *node)
{
	const struct policy *hub = world->nodes[0].policy;

	if (world->ledger->term_count == 1)
		return true;
	/* Shut out by a hub that was lost, and nobody else heard of it. */
	if (node->wiping)
		return policy_is_revoked(hub, node->device);
	if (node->policy && policy_is_revoked(node->policy, node->device) &&
		!policy_is_revoked(hub, node->device))
		return false;
	return policy_device_key(hub, node->device);
}

void
hubs_note_heard(struct world *world)
{
	struct ledger *ledger = world->ledger;

	for (int i = 1; i < world->node_count; i++) {
		struct sim_node *node = &world->nodes[i];
		int64_t kept = directory_kept(node);

		/* Who is shut out is not listened to. */
		if (node->hub || node->hostile || !node->up ||
			ledger_revoked(ledger, node->device, kept) ||
			ledger_revoked(ledger, node->device, INT64_MAX))
			continue;
		for (uint32_t k = 0; k < ledger->fact_count; k++)
			if (is_ending(&ledger->facts[k]) &&
				ledger_knows(ledger, &ledger->facts[k], kept))
				ledger->facts[k].heard = true;
	}
}

static bool
holds(const struct policy *policy, const struct fact *f)
{
	const struct policy_grant *g;

	if (f->kind == FACT_REVOKED)
		return policy_is_revoked(policy, f->log);
	if (f->kind == FACT_CUT)
		return policy_cut(policy, f->territory, f->log) <= f->last;
	g = policy_grant(policy, f->log + ID_BYTES);
	return !g || g->ended;
}

/* Whether a device is left that is told of hubs; who is shut out is not. */
static bool
anybody_is_told(const struct world *world)
{
	for (int i = 1; i < world->node_count; i++)
		if (!world->nodes[i].hub && !world->nodes[i].hostile &&
			!world->nodes[i].wiping &&
			!policy_is_revoked(
				world->nodes[0].policy, world->nodes[i].device))
			return true;
	return false;
}

void
hubs_check_end(struct world *world)
{
	const struct sim_node *hub = &world->nodes[0];
	const struct ledger *ledger = world->ledger;

	for (uint32_t i = 0; i < ledger->fact_count && !world->failed; i++) {
		const struct fact *f = &ledger->facts[i];

		if (!f->heard)
			continue;
		world->counts.checks++;
		if (!holds(hub->policy, f))
			world_fail(world,
				"an ending that was heard of is undone: kind "
				"%d, change %lld of hub %d, device %02x%02x, "
				"grant %02x",
				(int)f->kind, (long long)f->seq, f->term,
				f->log[0], f->log[1], f->log[LOG_BYTES - 1]);
	}
	if (!anybody_is_told(world))
		return; /* an old hub has nobody to hear it from */
	for (int i = 1; i < world->node_count && !world->failed; i++)
		if (world->nodes[i].hub &&
			!policy_is_former_hub(
				world->nodes[i].policy, world->nodes[i].device))
			world_fail(world,
				"the old hub, node %d, does not know that it "
				"was replaced",
				i);
}

void
hubs_clear(struct world *world)
{
	disk_free(world->yesterday);
	world->yesterday = NULL;
}

/* ---- sessions ---- */

enum status
hubs_order(void *self, const uint8_t *bytes, size_t size)
{
	struct sim_node *node = self;

	if (plant == PLANT_OLD_HUB_OBEYED)
		return STATUS_ABSENT;
	return standing_order_here(shipped_lend(node), bytes, size);
}

bool
hubs_late(void *self)
{
	return standing_has_late(shipped_lend(self));
}

void
hubs_late_told(void *self)
{
	standing_late_told(shipped_lend(self));
}

void
hubs_in_step(struct sim_node *hub)
{
	struct problem problem = {0};

	if (plant == PLANT_FORGETS_ENDINGS)
		return;
	restore_write(hub);
	/* What the disk refuses is taken the next time. */
	(void)hub_take_endings(shipped_lend(hub), &problem);
	restore_write(NULL);
}

void
hubs_quarantined(void *self, const uint8_t *territory)
{
	struct sim_node *hub = self;

	/* decide.c looks at the others, too */
	if (memcmp(territory, policy_directory(hub->policy), ID_BYTES) == 0)
		hubs_in_step(hub);
	else
		erase_late(hub, territory);
}
