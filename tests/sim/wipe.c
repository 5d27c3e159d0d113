#include "tests/sim/wipe.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/handed_over.h"
#include "client/node/hub/receipts.h"
#include "client/node/wipe.h"
#include "sync/territory_internal.h"
#include "tests/sim/folder.h"
#include "tests/sim/hubs.h"
#include "tests/sim/ledger.h"
#include "tests/sim/network.h"
#include "tests/sim/plant.h"
#include "tests/sim/restore.h"
#include "tests/sim/shipped.h"

/* ---- going ---- */

enum { STEPS_MAX = 24 };

static const uint32_t all_of_it =
	1u << FOLDER_VAULT | 1u << FOLDER_KEYS | 1u << FOLDER_DATABASE;

static void
begin_steps(struct world *world, struct sim_node *node)
{
	struct random chance = world_chance(world, CHANCE_DISK, node->number);

	folder_enter(node,
		world_has(world, FAULT_POWER) && random_once_in(&chance, 2)
			? random_below(&chance, 8)
			: STEPS_MAX,
		false);
}

static void
end_steps(struct world *world, struct sim_node *node)
{
	if (!folder_leave())
		world->counts.power_cuts++;
	if (!(node->folder & 1u << FOLDER_DATABASE) && !node->wiped) {
		node->wiped = true;
		world->counts.wipes++;
		world_trace(world, "node %d: is erased", node->number);
	}
}

static int64_t
kept_by(struct sim_node *hub, const struct ledger_log *log)
{
	struct territory *t = sim_territory(hub, log->territory, false);
	uint32_t number = t ? log_find(t, log->id) : LOG_NONE;

	return number == LOG_NONE ? 0 : t->states[number].saved.kept;
}

/* Nobody but a hub's word shuts out, and what it wrote is with the hub. */
static void
check_due(struct world *world, struct sim_node *node)
{
	const struct ledger *ledger = world->ledger;
	bool stolen = policy_is_stolen(node->policy, node->device);
	bool shut_out = false;

	for (uint32_t i = 0; i < ledger->fact_count; i++)
		shut_out = shut_out ||
			(ledger->facts[i].kind == FACT_REVOKED &&
				memcmp(ledger->facts[i].log, node->device,
					ID_BYTES) == 0);
	if (!shut_out)
		world_fail(world,
			"node %d erases itself, and no hub shut it out",
			node->number);
	for (uint32_t i = 0; i < ledger->log_count && !stolen; i++) {
		const struct ledger_log *log = ledger->logs[i];
		int64_t seq = kept_by(&world->nodes[0], log) + 1;

		/* What was dropped, check_acknowledged() looks for. */
		if (log->author != node->number || log->forked_at ||
			log->incarnation != node->incarnation ||
			!sim_territory(node, log->territory, false))
			continue;
		for (; seq <= log->last; seq++)
			if (log->changes[seq].acknowledged)
				world_fail(world,
					"node %d erases itself, and has not "
					"handed over change %lld",
					node->number, (long long)seq);
	}
}

static void
sign(struct sim_node *node)
{
	struct node *n = shipped_lend(node);
	struct handed_over tally = handed_over_read(n);
	struct receipt receipt = {.at_ms = (uint64_t)node_now(node),
		.order = policy_is_stolen(node->policy, node->device)
			? RECEIPT_STOLEN
			: RECEIPT_REVOKED,
		.handed_over = tally.changes,
		.lost = tally.lost};

	memcpy(receipt.company, n->company, COMPANY_ID_SIZE);
	memcpy(receipt.device, node->device, ID_BYTES);
	receipt_encode(node->receipt, &receipt, node->sign_secret);
	node->receipt_waits = true;
	if (receipt.order == RECEIPT_REVOKED && receipt.lost)
		world_fail(node->world,
			"node %d was not stolen, and says that it has lost "
			"%llu changes",
			node->number, (unsigned long long)receipt.lost);
}

static bool
is_due(struct sim_node *node)
{
	struct node *n = shipped_lend(node);
	bool due;

	if (plant == PLANT_WIPES_EARLY)
		return policy_is_revoked(node->policy, node->device) &&
			!policy_is_replaced(node->policy, node->device);
	n->keys->sealed = true;
	due = wipe_due(n);
	n->keys->sealed = false;
	return due;
}

void
wipe_when_due(struct world *world, struct sim_node *node)
{
	if (!(world->options.faults & FAULT_WIPE) || node->hub ||
		node->hostile || !node->up || node->crashed ||
		disk_dead(node->disk) || folder_entered() || !is_due(node))
		return;
	check_due(world, node);
	sign(node);
	/* The program ends; what is open of it is closed at the step's end. */
	disk_kill(node->disk);
	begin_steps(world, node);
	node->folder |= all_of_it;
	/* Before `wiped` is there nothing has begun; afterwards it goes on. */
	if (folder_step())
		node->wiping = true;
	(void)folder_leave(); /* it has */
	world_trace(world, "node %d: is to be erased", node->number);
}

/* Its changes that nobody has go with it. */
static void
note_lost(struct world *world, const struct sim_node *node)
{
	for (uint32_t i = 0; i < world->ledger->log_count; i++) {
		struct ledger_log *log = world->ledger->logs[i];
		int64_t seq;

		if (log->author != node->number)
			continue;
		log->forgotten = true;
		seq = world->nodes[0].up ? kept_by(&world->nodes[0], log) : 0;
		while (++seq <= log->last)
			log->changes[seq].acknowledged = false;
	}
}

void
wipe_by_lease(struct world *world, struct sim_node *node)
{
	struct receipt receipt = {
		.at_ms = (uint64_t)node_now(node), .order = RECEIPT_LEASE};

	memcpy(receipt.company, company_id_of_all(), COMPANY_ID_SIZE);
	memcpy(receipt.device, node->device, ID_BYTES);
	receipt_encode(node->receipt, &receipt, node->sign_secret);
	node->receipt_waits = true;
	node->locked = false;
	node->folder |= all_of_it;
	node->wiping = true;
	note_lost(world, node);
	hubs_note_lost(world); /* it may have been the last to have something */
	world_trace(world, "node %d: is to be erased, its lease is over",
		node->number);
}

/* ---- the receipt ---- */

static void
deliver(struct world *world, struct sim_node *node)
{
	struct sim_node *hub = &world->nodes[0];
	struct random chance =
		world_chance(world, CHANCE_NETWORK, node->number);
	enum status status;

	if (!hub->up || hub->crashed || disk_dead(hub->disk) ||
		hub->shipped.restoring ||
		network_parted(world, node->number, 0) ||
		(world_has(world, FAULT_LOSS) && random_once_in(&chance, 4)))
		return;
	restore_write(hub);
	status = hub_session_receipt(
		shipped_lend(hub), node->device, node->receipt);
	if (status == STATUS_OK)
		restore_acknowledge();
	restore_write(NULL);
	/* The answer may be lost: then it is given once more. */
	if (status != STATUS_OK ||
		(world_has(world, FAULT_LOSS) && random_once_in(&chance, 4)))
		return;
	node->receipt_waits = false;
	node->receipt_term = world->ledger->term_count;
	world->counts.receipts++;
	world_trace(
		world, "node %d: its receipt is with the hub", node->number);
}

bool
wipe_settled(struct world *world, struct sim_node *node)
{
	static char dir[] = "/nowhere/sim";
	struct problem problem = {0};

	if (node->wiping && !node->wiped) {
		begin_steps(world, node);
		/* Only what has begun goes on by itself. */
		if (node->folder & 1u << FOLDER_WIPED)
			(void)wipe_settle(dir, &problem);
		else
			(void)wipe_node(dir, node->device, &problem);
		end_steps(world, node);
	}
	if (node->wiped && node->receipt_waits)
		deliver(world, node);
	return !node->wiping;
}

bool
wipe_unfinished(const struct sim_node *node)
{
	return node->wiping && (!node->wiped || node->receipt_waits);
}

/* ---- what must hold ---- */

void
wipe_check(struct world *world, struct sim_node *node)
{
	const struct policy *hub = world->nodes[0].policy;
	const struct policy_device *d = policy_device(hub, node->device);

	if (!(world->options.faults & (FAULT_WIPE | FAULT_LEASE)) ||
		node->hub || node->hostile || !hubs_know(world, node))
		return;
	world->counts.checks++;
	if (!node->wiping) {
		if (world->options.faults & FAULT_WIPE && node->up &&
			!node->was_copy && d && d->revoked && !d->replaced)
			world_fail(world,
				"after healing node %d is shut out, and has "
				"not erased itself",
				node->number);
		return;
	}
	if (!node->wiped || node->folder & ~(1u << FOLDER_WIPED))
		world_fail(world, "after healing node %d is half erased",
			node->number);
	else if (node->receipt_waits && d)
		/* Whom only a lost hub let in, nobody knows any more. */
		world_fail(world, "the hub did not take the receipt of node %d",
			node->number);
	/*
	 * A hub that was lost since may have lost it, too; of two machines with
	 * the same keys the first one's stands.
	 */
	else if (node->receipt_term == world->ledger->term_count &&
		(!d || !d->receipt ||
			(!node->was_copy &&
				memcmp(d->receipt, node->receipt,
					RECEIPT_SIZE) != 0)))
		world_fail(world,
			"the hub has no receipt of node %d, which it took",
			node->number);
}
