#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/call.h"
#include "client/node/hub/leases.h"
#include "client/node/leased.h"
#include "client/node/peers.h"
#include "client/node/vault.h"
#include "proto/bytes.h"
#include "sync/alloc.h"
#include "tests/sim/folder.h"
#include "tests/sim/hubs.h"
#include "tests/sim/laptop.h"
#include "tests/sim/ledger.h"
#include "tests/sim/plant.h"
#include "tests/sim/restore.h"
#include "tests/sim/shipped.h"
#include "tests/sim/wipe.h"

enum { STEPS_MANY = 1 << 20, DAYS_MAX = 6 };

static char dir[] = "/nowhere/sim";

/* ---- what is true ---- */

int64_t
lease_true_ms(const struct world *world)
{
	return world->now_ms + world->days_ms;
}

struct laptop *
laptop_of(const struct sim_node *node)
{
	struct laptop *all = node->world->laptops;

	return !all || node->hub || node->hostile || node->wiping
		? NULL
		: &all[node->number];
}

static void
key_of(const struct sim_node *node, uint8_t first, uint8_t key[static 32])
{
	memset(key, node->number + 1, 32);
	key[0] = first;
}

const uint8_t *
laptop_user_key(const struct sim_node *node)
{
	static uint8_t key[VAULT_USER_KEY_SIZE];

	key_of(node, 'u', key);
	return key;
}

static int64_t
up_ms(const struct sim_node *node, const struct laptop *l)
{
	return lease_true_ms(node->world) - l->booted_ms;
}

/* A time that the device certainly knows, whatever its clock says. */
static int64_t
known_ms(const struct sim_node *node, const struct laptop *l)
{
	int64_t up = up_ms(node, l);

	if (!l->floor_ms)
		return 0;
	return l->floor_ms +
		(l->boot == l->floor_boot ? up - l->floor_up_ms : up);
}

void
lease_rebooted(struct sim_node *node)
{
	struct laptop *l = laptop_of(node);

	if (!l)
		return;
	l->boot++;
	l->boots++;
	l->booted_ms = lease_true_ms(node->world);
}

void
lease_clock_set(struct sim_node *node)
{
	struct laptop *l = laptop_of(node);

	if (l)
		l->sets++;
}

/* ---- what the shipped files are handed ---- */

void __wrap_lease_now(struct lease_now *now);
int64_t __real_lease_clock_look(
	struct lease_clock *clock, const struct lease_now *now);
int64_t __wrap_lease_clock_look(
	struct lease_clock *clock, const struct lease_now *now);
int __wrap_crypto_pwhash_argon2id(unsigned char *out,
	unsigned long long out_size, const char *text,
	unsigned long long text_size, const unsigned char *salt,
	unsigned long long passes, size_t memory, int algorithm);

void
__wrap_lease_now(struct lease_now *now)
{
	const struct sim_node *node = shipped_lent();
	const struct laptop *l = laptop_of(node);

	memset(now, 0, sizeof *now);
	now->wall_ms = node_now(node);
	if (!l)
		return;
	now->up_ms = up_ms(node, l);
	store32(now->boot, l->boot + 1);
}

int64_t
__wrap_lease_clock_look(struct lease_clock *clock, const struct lease_now *now)
{
	int64_t passed = __real_lease_clock_look(clock, now);

	if (plant == PLANT_LEASE_BY_CLOCK)
		clock->seen_ms = now->wall_ms;
	return passed;
}

/* Passphrases are not tried here, so theirs need not be slow. */
int
__wrap_crypto_pwhash_argon2id(unsigned char *out, unsigned long long out_size,
	const char *text, unsigned long long text_size,
	const unsigned char *salt, unsigned long long passes, size_t memory,
	int algorithm)
{
	(void)passes;
	(void)memory;
	(void)algorithm;
	return crypto_generichash(out, (size_t)out_size, (const uint8_t *)text,
		text_size, salt, 16);
}

char **
peers_hub_urls(struct node *node)
{
	static const char url[] = "tcp://hub:1";
	char **urls = alloc(2 * sizeof *urls);

	(void)node; /* one address for all hubs */
	urls[0] = alloc_copy(url, sizeof url);
	urls[1] = NULL;
	return urls;
}

void
peers_free_urls(char **urls)
{
	for (size_t i = 0; urls[i]; i++)
		free(urls[i]);
	free(urls);
}

struct node *
laptop_enter(struct sim_node *node)
{
	struct world *world = node->world;
	struct random chance =
		world_chance(world, CHANCE_DISK, 32 + node->number);
	bool power =
		world_has(world, FAULT_POWER) && random_once_in(&chance, 48);
	uint32_t steps = power ? random_below(&chance, 8) : STEPS_MANY;
	struct node *n = shipped_lend(node);

	folder_enter(node, steps,
		world_has(world, FAULT_FULL) && random_once_in(&chance, 24));
	memcpy(node->keys.sign_secret, node->sign_secret, SIGNING_SECRET_SIZE);
	memcpy(node->keys.link_secret, node->link_secret, LINK_SECRET_SIZE);
	node->keys.sealed = true;
	key_of(node, 'd', node->keys.data_key);
	return n;
}

void
laptop_leave(struct sim_node *node)
{
	node->keys.sealed = false;
	if (folder_leave())
		return;
	if (node->up) {
		node->by_power = true;
		disk_kill(node->disk);
	} else {
		node->world->counts.power_cuts++;
		lease_rebooted(node);
	}
}

/* ---- its file ---- */

static int64_t told; /* what the hub said the time is, while that is taken */

static void
note_renewed(struct sim_node *node, struct laptop *l, const struct lease *lease)
{
	if (lease->issued_ms > l->issued_ms) {
		node->world->counts.renewed++;
	} else if (lease->secret_count && l->issued_ms && !l->open) {
		world_fail(node->world,
			"node %d: a lease that was over opens again, and "
			"nobody renewed it",
			node->number);
	}
	if (lease->secret_count ||
		(!l->open && l->issued_ms == lease->issued_ms))
		return;
	l->locked_ms = lease_true_ms(node->world);
	l->sets = l->boots = 0;
	node->world->counts.run_out++;
	world_trace(node->world, "node %d: its lease is over", node->number);
}

void
lease_saved(struct sim_node *node)
{
	const struct folder_content *c = &node->contents[FOLDER_LEASE];
	struct laptop *l = laptop_of(node);
	struct lease *lease = lease_new();
	int64_t up;

	if (!l ||
		!lease_file_decode(
			lease, c->bytes, c->size, laptop_user_key(node))) {
		world_fail(node->world, "node %d: its lease cannot be read",
			node->number);
		lease_free(lease);
		return;
	}
	up = up_ms(node, l);
	note_renewed(node, l, lease);
	if (told && lease->clock.seen_ms == told)
		l->floor_ms = told;
	else if (lease->clock.up_ms != up)
		up = -1; /* the clock was not looked at */
	else
		l->floor_ms = known_ms(node, l);
	if (up >= 0) {
		l->floor_up_ms = up;
		l->floor_boot = l->boot;
	}
	if (lease->issued_ms > l->issued_ms &&
		(int64_t)lease->issued_ms > l->floor_ms)
		l->floor_ms = (int64_t)lease->issued_ms;
	l->issued_ms = lease->issued_ms;
	l->locks_ms = lease->locks_ms;
	l->open = lease->secret_count > 0;
	lease_free(lease);
}

void
lease_removed(struct sim_node *node)
{
	struct laptop *l = laptop_of(node);

	if (!l)
		return;
	l->issued_ms = l->locks_ms = 0;
	l->floor_ms = 0;
}

/* ---- the policy ---- */

static void
set_policy(struct world *world)
{
	struct sim_node *hub = &world->nodes[0];
	struct random *random = &world->random;
	struct policy_lease policy = {.days = 1 + random_below(random, 8),
		.grace = 1 + random_below(random, 3)};
	struct problem problem = {0};

	policy.wipe = random_once_in(random, 4);
	if (random_once_in(random, 8))
		policy = (struct policy_lease){.days = 0};
	if (!hub->up || hub->crashed || disk_dead(hub->disk) ||
		hubs_restoring(world))
		return;
	restore_write(hub);
	if (leases_set(shipped_lend(hub), &policy, &problem)) {
		restore_acknowledge();
		world_trace(world,
			"admin: leases of %lld days, %lld of grace%s",
			(long long)policy.days, (long long)policy.grace,
			policy.wipe ? ", then wiped" : "");
	}
	restore_write(NULL);
}

void
lease_administer(struct world *world)
{
	set_policy(world);
	world->counts.operations++;
}

void
lease_start(struct world *world)
{
	if (!(world->options.faults & FAULT_LEASE))
		return;
	world->laptops = alloc(WORLD_NODES_ALL * sizeof *world->laptops);
	for (int i = 0; i < WORLD_NODES_ALL; i++)
		world->laptops[i] = (struct laptop){
			.booted_ms = lease_true_ms(world) - 60000};
}

static void
ignore(void *self, const uint8_t *renewal)
{
	(void)self;
	(void)renewal;
}

static void
make_vault(struct world *world, struct sim_node *node)
{
	struct passphrase passphrase = {4, "1234"};
	uint8_t key[NODE_DATA_KEY_SIZE];
	struct problem problem = {0};
	struct vault vault;

	key_of(node, 'd', key);
	if (!vault_make(&vault, key, laptop_user_key(node), &passphrase,
		    company_key_of_all(), node->device, &problem))
		world_fail(world, "node %d: no vault", node->number);
	folder_put(node, FOLDER_VAULT, vault.bytes, sizeof vault.bytes);
}

void
lease_found(struct world *world)
{
	struct sim_node *hub = &world->nodes[0];

	if (!world->laptops)
		return;
	for (int i = 1; i < world->node_count; i++)
		if (laptop_of(&world->nodes[i]))
			make_vault(world, &world->nodes[i]);
	set_policy(world);
	/* What all renewals come from is made with the first one. */
	leases_give(shipped_lend(hub), world->nodes[1].device, 0, node_now(hub),
		ignore, NULL);
}

void
lease_clear(struct world *world)
{
	for (int i = 0; world->laptops && i < WORLD_NODES_ALL; i++)
		free(world->laptops[i].letters);
	free(world->laptops);
	world->laptops = NULL;
}

/* ---- opening ---- */

/* Its time came, and so much of the grace was counted by what can be counted.
 */
static void
erase(struct world *world, struct sim_node *node, const struct laptop *l)
{
	int64_t passed = lease_true_ms(world) - l->locked_ms +
		(int64_t)l->sets * LEASE_DAY_MS + (int64_t)l->boots * 3600000;

	if (passed < LEASE_DAY_MS)
		world_fail(world,
			"node %d erases itself %lld ms after it was locked",
			node->number, (long long)passed);
	world->counts.lease_wipes++;
	wipe_by_lease(world, node);
}

/* As client/cli/unlock.c: what follows from the time is written down. */
static enum lease_standing
judge(struct sim_node *node, struct lease *lease, struct vault *vault)
{
	uint8_t key[NODE_DATA_KEY_SIZE];
	const uint8_t *user_key = laptop_user_key(node);
	enum lease_standing standing;
	struct problem problem = {0};
	struct lease_now now;
	bool changed, whole = true;

	lease_now(&now);
	if (lease->secret_count && !vault_is_leased(vault))
		whole = vault_open_data(vault, user_key, NULL, key) &&
			vault_lease(vault, key, lease->secrets[0]) &&
			vault_save(vault, dir, &problem);
	standing = lease_judge(lease, &now, &changed);
	if (changed && whole)
		(void)lease_save(lease, dir, user_key, &problem);
	return standing;
}

/* Open: by what the disk has; locked: by nothing that it has. */
static void
check_opens(struct sim_node *node, const struct lease *lease,
	const struct vault *vault, bool opens)
{
	uint8_t key[NODE_DATA_KEY_SIZE], right[NODE_DATA_KEY_SIZE];
	const uint8_t *user_key = laptop_user_key(node);

	key_of(node, 'd', right);
	node->world->counts.checks++;
	if (opens &&
		(!lease_open(lease, vault, user_key, key) ||
			memcmp(key, right, sizeof key) != 0))
		world_fail(node->world,
			"node %d: its lease holds, and does not open it",
			node->number);
}

static void
check_time(struct sim_node *node)
{
	const struct laptop *l = laptop_of(node);

	if (l->issued_ms && l->locks_ms && l->floor_ms &&
		known_ms(node, l) >= (int64_t)l->locks_ms)
		world_fail(node->world,
			"node %d is open, and its lease was over %lld ms ago",
			node->number,
			(long long)(lease_true_ms(node->world) -
				(int64_t)l->locks_ms));
}

/* A locked disk is closed to whoever has the passphrase as well. */
static void
check_shut(struct sim_node *node)
{
	struct lease *lease = lease_new();
	struct problem problem = {0};
	struct vault vault;
	uint8_t key[NODE_DATA_KEY_SIZE];

	node->world->counts.checks++;
	if (lease_load(lease, dir, laptop_user_key(node), &problem) &&
		vault_load(&vault, dir, &problem) && !lease->secret_count &&
		(lease_open(lease, &vault, laptop_user_key(node), key) ||
			vault_open_data(
				&vault, laptop_user_key(node), NULL, key)))
		world_fail(node->world,
			"node %d is locked, and what it keeps can be opened",
			node->number);
	if (node->store)
		world_fail(
			node->world, "node %d is locked and up", node->number);
	lease_free(lease);
}

bool
lease_admits(struct world *world, struct sim_node *node)
{
	struct laptop *l = laptop_of(node);
	enum lease_standing standing = LEASE_HOLDS;
	struct problem problem = {0};
	struct lease *lease;
	struct vault vault;

	node->locked = false;
	if (!l)
		return true;
	(void)laptop_enter(node);
	if (folder_holds(node, FOLDER_LEASE)) {
		lease = lease_new();
		if (!lease_load(lease, dir, laptop_user_key(node), &problem) ||
			!vault_load(&vault, dir, &problem)) {
			world_fail(world, "node %d: %s", node->number,
				problem.message);
			lease_free(lease);
			laptop_leave(node);
			return false;
		}
		standing = judge(node, lease, &vault);
		check_opens(node, lease, &vault, standing == LEASE_HOLDS);
		lease_free(lease);
	}
	if (standing == LEASE_OVER)
		check_shut(node);
	laptop_leave(node);
	if (standing == LEASE_TO_WIPE)
		erase(world, node, l);
	else
		node->locked = standing != LEASE_HOLDS;
	return standing == LEASE_HOLDS;
}

/* It is open, and not any more: the program ends. */
static void
lock(struct world *world, struct sim_node *node)
{
	world_trace(world, "node %d: locks", node->number);
	disk_kill(node->disk);
}

static bool
alive(const struct sim_node *node)
{
	return node->up && !node->crashed && !disk_dead(node->disk);
}

static bool
still_holds(struct world *world, struct sim_node *node, bool follows)
{
	struct problem problem = {0};
	struct laptop *l = laptop_of(node);
	struct node *n;
	bool holds;

	if (!l || !alive(node) || folder_entered())
		return true;
	n = laptop_enter(node);
	if (follows)
		leased_follow(n);
	holds = leased_holds(n, &problem);
	if (holds)
		check_time(node);
	if (holds)
		letters_take(node, l);
	laptop_leave(node);
	if (!holds && alive(node))
		lock(world, node);
	return alive(node);
}

bool
lease_holds(struct world *world, struct sim_node *node)
{
	return still_holds(world, node, false);
}

void
lease_opened(struct world *world, struct sim_node *node)
{
	(void)still_holds(world, node, true);
}

void
lease_follow(struct world *world, struct sim_node *node)
{
	(void)world;
	if (!laptop_of(node) || !alive(node) || folder_entered())
		return;
	leased_follow(laptop_enter(node));
	laptop_leave(node);
}

/* ---- locked ---- */

struct asking {
	struct lease *lease;
	enum status status;
};

/* As client/cli/locked.c. */
static bool
take_answer(void *self, struct message *answer, const struct credentials *peer)
{
	bool hub = peer->device.kind == CERTIFICATE_HUB;
	struct asking *a = self;
	const uint8_t *bytes;
	struct lease_now now;

	lease_now(&now);
	while (message_next_renewal(answer, &bytes)) {
		enum status status = lease_take(a->lease, bytes, LEASE_SIZE,
			&peer->issuer, &now, hub ? answer->now : 0);

		if (status != STATUS_REFUSED)
			a->status = status;
	}
	if (a->status == STATUS_OK && hub)
		told = answer->now;
	return a->status == STATUS_OK && a->lease->secret_count;
}

static bool
call(struct sim_node *node, struct lease *lease)
{
	struct asking asking = {.lease = lease, .status = STATUS_ABSENT};
	struct problem problem = {0};
	uint8_t request[32];
	struct pack pack;
	struct call call = {.url = "tcp://hub:1",
		.company_key = lease->company_key,
		.link_secret = lease->link_secret,
		.credentials = lease->credentials,
		.credentials_size = lease->credentials_size,
		.request = request,
		.answer = MESSAGE_LEASED};
	bool revoked;

	pack_init(&pack, request, sizeof request);
	message_lease(&pack, 1, (int64_t)lease->issued_ms);
	call.request_size = pack.size;
	if (!call_peer(&call, take_answer, &asking, &revoked, &problem))
		return false;
	(void)shipped_lend(node); /* the other one was, meanwhile */
	return lease_save(lease, dir, laptop_user_key(node), &problem);
}

bool
lease_ask(struct world *world, struct sim_node *node, int to)
{
	struct problem problem = {0};
	struct lease *lease;
	bool renewed;

	if (!laptop_of(node) || node->up || !node->locked ||
		world->nodes[to].hostile || to == node->number ||
		!lease_holds(world, &world->nodes[to]))
		return false;
	lease = lease_new();
	(void)laptop_enter(node);
	line_lay(world, node->number, to);
	renewed = lease_load(lease, dir, laptop_user_key(node), &problem) &&
		call(node, lease);
	told = 0;
	laptop_leave(node);
	lease_free(lease);
	world_trace(world, "node %d: asks node %d for a renewal: %s",
		node->number, to, renewed ? "has one" : "none");
	return renewed;
}

void
lease_type(struct world *world, struct sim_node *node)
{
	struct laptop *l = laptop_of(node);

	(void)world;
	if (!l || !node->locked || node->up)
		return;
	(void)laptop_enter(node);
	letters_type(node, l);
	laptop_leave(node);
}

/* ---- sessions ---- */

static bool
host_wanted(void *self, int64_t *since)
{
	struct sim_node *node = self;
	bool wanted;

	if (!laptop_of(node) || !alive(node) || folder_entered())
		return false;
	wanted = leased_wanted(laptop_enter(node), since);
	laptop_leave(node);
	return wanted;
}

static void
host_leased(void *self, struct message *renewals,
	const struct certificate *issuer, int64_t told_ms)
{
	struct sim_node *node = self;

	if (!laptop_of(node) || !alive(node))
		return;
	told = told_ms;
	leased_take(laptop_enter(node), renewals, issuer, told_ms);
	laptop_leave(node);
	told = 0;
}

struct giving {
	struct sim_node *hub;
	void (*found)(void *self, const uint8_t *renewal);
	void *self;
};

/* The hub in office renews nobody whom it shut out. */
static void
check_given(void *self, const uint8_t *renewal)
{
	struct giving *g = self;
	struct world *world = g->hub->world;
	const uint8_t *device = renewal + 1 + COMPANY_ID_SIZE;

	world->counts.checks++;
	if (g->hub->number == 0 &&
		ledger_revoked(
			world->ledger, device, directory_applied(g->hub)))
		world_fail(world,
			"the hub renews the lease of a device that is shut "
			"out");
	g->found(g->self, renewal);
}

static void
host_leases(void *self, const uint8_t *device, int64_t since,
	void (*found)(void *found_self, const uint8_t *renewal),
	void *found_self)
{
	struct sim_node *node = self, *before = shipped_lent();
	struct giving giving = {node, found, found_self};

	if (node->hub)
		leases_give(shipped_lend(node), device, since, node_now(node),
			check_given, &giving);
	else
		leased_give(
			shipped_lend(node), device, since, found, found_self);
	if (before)
		(void)shipped_lend(before);
}

void
lease_host(struct sim_node *node)
{
	if (!node->world->laptops || node->hostile)
		return;
	node->host.leases = host_leases;
	if (node->hub)
		return;
	node->host.lease_wanted = host_wanted;
	node->host.leased = host_leased;
}

/* ---- what must hold ---- */

void
lease_check(struct world *world, struct sim_node *node)
{
	const struct laptop *l = laptop_of(node);
	const struct policy_device *d =
		policy_device(world->nodes[0].policy, node->device);

	if (!l || !hubs_know(world, node) || !d || d->revoked)
		return;
	world->counts.checks++;
	if (node->locked || !node->up)
		world_fail(
			world, "after healing node %d is locked", node->number);
	letters_check(node, l);
}
