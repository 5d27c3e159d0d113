/* A copied store's second branch: who tells the hub, and when it is told. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <sodium.h>

#include "tests/sync/nodes.h"

static struct node *hub, *rep, *twin, *manager;
static int forks;
static int64_t parted;
static uint8_t parted_log[LOG_BYTES];

/* The hub writes down by itself what follows: nothing may be open. */
static void
forked(void *self, const uint8_t *territory, const uint8_t *log, int64_t last)
{
	struct node *node = self;

	assert_memory_equal(territory, id_of(LINXI), ID_BYTES);
	assert_int_equal(node->store->begin(node->store->self), STATUS_OK);
	assert_int_equal(node->store->commit(node->store->self), STATUS_OK);
	memcpy(parted_log, log, LOG_BYTES);
	if (forks++ == 0 || last < parted)
		parted = last;
}

/* The twin has the rep's keys, and the rep's first change. */
static int
setup(void **state)
{
	(void)state;
	hub = node_new(50, 0);
	rep = node_new(60, REP);
	twin = node_new(60, REP);
	manager = node_new(70, MANAGER);
	hub_found(hub);
	hub_add_device(hub, rep);
	hub_add_device(hub, manager);
	node_introduce(rep, hub);
	node_introduce(twin, hub);
	node_introduce(manager, hub);
	hub->host.forked = forked;
	(void)sync_nodes(rep, hub);
	node_write(rep, LINXI, GRANT_LINXI, 1, "before");
	(void)sync_nodes(rep, hub);
	(void)sync_nodes(twin, hub);
	(void)sync_nodes(manager, hub);
	assert_int_equal(node_kept(twin, LINXI), 1);
	assert_int_equal(node_kept(manager, LINXI), 1);
	forks = 0;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	node_free(hub);
	node_free(rep);
	node_free(twin);
	node_free(manager);
	return 0;
}

/* Both write the second change of their log. */
static void
part_ways(void)
{
	node_write(rep, LINXI, GRANT_LINXI, 1, "one machine");
	node_write(twin, LINXI, GRANT_LINXI, 1, "the other");
}

static void
a_branch_that_a_colleague_has_is_proven_to_the_hub(void **state)
{
	(void)state;
	part_ways();
	(void)sync_nodes(twin, manager);
	assert_int_equal(node_kept(manager, LINXI), 2);
	(void)sync_nodes(rep, hub);
	assert_int_equal(forks, 0);
	assert_int_equal(sync_nodes(manager, hub).refusal, (int)VERDICT_FORK);
	assert_int_equal(forks, 1);
	assert_int_equal(parted, 1);
	assert_memory_equal(parted_log, rep->device, ID_BYTES);
}

static void
so_is_a_longer_one(void **state)
{
	(void)state;
	part_ways();
	node_write(twin, LINXI, GRANT_LINXI, 1, "and more");
	(void)sync_nodes(twin, manager);
	(void)sync_nodes(rep, hub);
	(void)sync_nodes(manager, hub);
	assert_int_equal(forks, 2); /* a segment each; the least counts */
	assert_int_equal(parted, 1);
}

/* The hub ended it before it knew of another branch: what counts is longer. */
static void
so_is_one_that_ends_below_a_cut_off(void **state)
{
	(void)state;
	node_write(rep, LINXI, GRANT_LINXI, 1, "one machine");
	node_write(rep, LINXI, GRANT_LINXI, 1, "and more");
	node_write(twin, LINXI, GRANT_LINXI, 1, "the other");
	(void)sync_nodes(twin, manager);
	(void)sync_nodes(rep, hub);
	hub_add_cutoff(
		hub, 0x41, rep->device, id_of(GRANT_LINXI), id_of(LINXI), 3);
	(void)sync_nodes(manager, hub);
	assert_int_equal(node_applied(hub, LINXI), 3);
	assert_int_equal(node_kept(manager, LINXI), 2);
	assert_true(forks > 0);
	assert_int_equal(parted, 1);
}

/*
 * Both reach the cut-off, and only its segment's name tells them apart: they
 * are not equal, and whoever has the other branch tells the hub, or is the hub,
 * which was restored.
 */
static void
so_is_one_that_reaches_a_cut_off_of_the_other(void **state)
{
	(void)state;
	for (int beyond = 0; beyond <= 1; beyond++) {
		part_ways();
		for (int i = 0; i < beyond; i++)
			node_write(twin, LINXI, GRANT_LINXI, 2, "and more");
		(void)sync_nodes(twin, manager);
		(void)sync_nodes(rep, hub);
		hub_add_cutoff(hub, 0x41, rep->device, id_of(GRANT_LINXI),
			id_of(LINXI), 2);
		assert_false(sync_nodes(manager, hub).same);
		assert_true(forks > 0);
		assert_int_equal(parted, 1);
		(void)teardown(state);
		(void)setup(state);
	}
}

/* The hub that named it was lost, and the next one has the other branch. */
static void
so_is_one_that_a_restored_hub_has(void **state)
{
	uint8_t log[LOG_BYTES], theirs[DIGEST_BYTES], ours[DIGEST_BYTES];
	const uint8_t *name;

	(void)state;
	part_ways();
	(void)sync_nodes(twin, manager);
	(void)sync_nodes(rep, hub);
	hub_add_cutoff(
		hub, 0x41, rep->device, id_of(GRANT_LINXI), id_of(LINXI), 2);
	memcpy(log, rep->device, ID_BYTES);
	memcpy(log + ID_BYTES, id_of(GRANT_LINXI), ID_BYTES);
	name = policy_cut_segment(hub->policy, id_of(LINXI), log);
	assert_non_null(name);
	node_give(manager, hub, policy_directory(hub->policy));
	territory_compare_digest(node_territory(hub, id_of(LINXI)), ours);
	territory_compare_digest(node_territory(manager, id_of(LINXI)), theirs);
	assert_memory_not_equal(ours, theirs, DIGEST_BYTES);
}

/* Of a log that has ended before the branches part there is nothing to tell. */
static void
beyond_an_end_nothing_is_proven(void **state)
{
	(void)state;
	part_ways();
	(void)sync_nodes(twin, manager);
	(void)sync_nodes(rep, hub);
	hub_add_cutoff(
		hub, 0x41, rep->device, id_of(GRANT_LINXI), id_of(LINXI), 1);
	(void)sync_nodes(manager, hub);
	assert_int_equal(forks, 0);
	assert_int_equal(node_applied(manager, LINXI), 1);
}

/* Whoever has the same of it pushes nothing twice. */
static void
a_log_that_goes_on_is_no_fork(void **state)
{
	struct session_report report;

	(void)state;
	node_write(rep, LINXI, GRANT_LINXI, 1, "more");
	(void)sync_nodes(rep, manager);
	report = sync_nodes(manager, hub);
	assert_int_equal(report.state, SESSION_SETTLED);
	assert_int_equal(report.sent.changes, 1);
	assert_int_equal(forks, 0);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static uint8_t new_secret[SIGNING_SECRET_SIZE], new_link_key[LINK_KEY_SIZE];
static bool is_copied;
static int given;

static void
copied(void *self, const uint8_t *device)
{
	const struct node *node = self;

	is_copied = memcmp(device, node->device, ID_BYTES) == 0;
}

static bool
replacement(void *self, const uint8_t **sign_secret, uint8_t *link_key)
{
	(void)self;
	*sign_secret = new_secret;
	memcpy(link_key, new_link_key, sizeof new_link_key);
	return is_copied;
}

static enum status
replaced(void *self, const uint8_t *credentials, size_t size)
{
	(void)self;
	given += credentials && size;
	return STATUS_OK;
}

static enum status
replace(void *self, const uint8_t *device, const uint8_t *sign_key,
	const uint8_t *link_key, uint8_t *credentials, size_t *size,
	uint8_t *user, char *login, size_t login_room)
{
	(void)device;
	return hub->host.enrol(self, NULL, sign_key, link_key, "laptop",
		credentials, size, user, login, login_room);
}

static bool
has_erased(void *self, uint8_t *digest)
{
	(void)self;
	memset(digest, 7, DIGEST_BYTES);
	return true;
}

/* What it tells ahead of its requests is not answered. */
static void
one_that_has_erased_is_given_new_keys(void **state)
{
	uint8_t seed[crypto_sign_SEEDBYTES] = {0xc7};
	uint8_t public[SIGNING_KEY_SIZE],
		link_secret[LINK_SECRET_SIZE] = {0xc8};

	(void)state;
	(void)crypto_sign_seed_keypair(public, new_secret, seed);
	(void)crypto_scalarmult_base(new_link_key, link_secret);
	memcpy(hub->invited, rep->user, ID_BYTES);
	hub->host.replace = replace;
	twin->host.copied = copied;
	twin->host.replacement = replacement;
	twin->host.replaced = replaced;
	twin->host.erased = has_erased;
	hub_add_replaced(hub, 0x42, rep->device);
	assert_int_equal(sync_nodes(twin, hub).state, SESSION_SETTLED);
	assert_true(is_copied);
	assert_int_equal(given, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(a_branch_that_a_colleague_has_is_proven_to_the_hub),
		FRESH(so_is_a_longer_one),
		FRESH(so_is_one_that_ends_below_a_cut_off),
		FRESH(so_is_one_that_reaches_a_cut_off_of_the_other),
		FRESH(so_is_one_that_a_restored_hub_has),
		FRESH(beyond_an_end_nothing_is_proven),
		FRESH(a_log_that_goes_on_is_no_fork),
		FRESH(one_that_has_erased_is_given_new_keys),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests_name("copied", tests, NULL, NULL);
}
