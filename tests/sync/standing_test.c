/*
 * sync/session_standing: certificates that the hub renews, and what the company
 * orders about its hubs, told ahead of anything else.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/schema_roadbook.h"
#include "tests/sync/nodes.h"

enum { COMPANY_SEED = 1, ISSUER_SEED = 101, OTHER_ISSUER_SEED = 102 };

static void
keys_of(uint8_t seed_byte, uint8_t *public_key, uint8_t *secret)
{
	uint8_t seed[crypto_sign_SEEDBYTES];

	memset(seed, seed_byte, sizeof seed);
	(void)crypto_sign_seed_keypair(public_key, secret, seed);
}

/* Credentials of the node by that issuing key, good up to `expires`. */
static void
certify(const struct node *node, uint8_t issuer_seed, uint64_t expires,
	uint8_t out[static CREDENTIALS_SIZE])
{
	uint8_t root[SIGNING_KEY_SIZE], root_secret[SIGNING_SECRET_SIZE];
	uint8_t issuer[SIGNING_KEY_SIZE], issuer_secret[SIGNING_SECRET_SIZE];
	struct certificate c = {.kind = CERTIFICATE_ISSUER,
		.serial = 10,
		.not_before_ms = 5,
		.expires_ms = NODES_NOW * 2};

	keys_of(COMPANY_SEED, root, root_secret);
	keys_of(issuer_seed, issuer, issuer_secret);
	company_id(c.company, root);
	memcpy(c.signing_key, issuer, sizeof issuer);
	memcpy(c.issuer, root, sizeof root);
	certificate_encode(out, &c, root_secret);
	c.kind = node->is_hub ? CERTIFICATE_HUB : CERTIFICATE_DEVICE;
	c.expires_ms = expires;
	memcpy(c.subject, node->device, ID_BYTES);
	memcpy(c.user, node->user, ID_BYTES);
	memcpy(c.signing_key, node->sign_key, SIGNING_KEY_SIZE);
	memcpy(c.link_key, node->link_key, LINK_KEY_SIZE);
	memcpy(c.issuer, issuer, sizeof issuer);
	certificate_encode(out + CERTIFICATE_SIZE, &c, issuer_secret);
}

/* The office: a hub, a rep and somebody else, who know each other. */
static struct node *hub, *rep, *other;
static uint8_t fresh[CREDENTIALS_SIZE_MAX]; /* what the rep is to be given */
static enum status verdict;                 /* … or why not */
static uint32_t asked, renewals, orders;
static uint8_t told[CREDENTIALS_SIZE_MAX];

static enum status
renew(void *self, const struct credentials *peer, uint8_t *credentials,
	size_t *size)
{
	(void)self;
	asked++;
	/* As it would be found at each request: once is enough. */
	if (verdict != STATUS_OK || peer->device.expires_ms >= NODES_NOW)
		return verdict == STATUS_OK ? STATUS_ABSENT : verdict;
	memcpy(credentials, fresh, sizeof fresh);
	*size = sizeof fresh;
	return STATUS_OK;
}

static enum status
renewed(void *self, const uint8_t *credentials, size_t size)
{
	(void)self;
	assert_int_equal(size, sizeof told);
	memcpy(told, credentials, size);
	renewals++;
	return STATUS_OK;
}

static enum status
order(void *self, const uint8_t *bytes, size_t size)
{
	struct node *node = self;
	enum status status =
		policy_take_order(node->policy, node->company_key, bytes, size);

	if (status == STATUS_OK) {
		orders++;
		node_refresh(node);
		node_refresh(node); /* out of what is left of the directory */
	}
	return status;
}

static int
setup(void **state)
{
	(void)state;
	if (sodium_init() < 0)
		return 1;
	hub = node_new(10, 0);
	rep = node_new(20, REP);
	other = node_new(30, REP);
	hub_found(hub);
	hub_add_device(hub, rep);
	hub_add_device(hub, other);
	hub->host.renew = renew;
	rep->host.renewed = renewed;
	hub->host.order = rep->host.order = other->host.order = order;
	node_introduce(rep, hub);
	node_introduce(other, hub);
	node_give(rep, hub, policy_directory(hub->policy));
	node_give(other, hub, policy_directory(hub->policy));
	certify(rep, ISSUER_SEED, NODES_NOW + 1000, fresh);
	memcpy(fresh + CREDENTIALS_SIZE, hub->credentials + CERTIFICATE_SIZE,
		CERTIFICATE_SIZE);
	verdict = STATUS_OK;
	asked = renewals = orders = 0;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	node_free(hub);
	node_free(rep);
	node_free(other);
	return 0;
}

static void
expire(struct node *node)
{
	certify(node, ISSUER_SEED, NODES_NOW - 1, node->credentials);
	node->credentials_size = CREDENTIALS_SIZE;
}

static void
the_hub_renews_one_that_has_expired_and_goes_on(void **state)
{
	struct session_report report;

	(void)state;
	expire(rep);
	node_write(rep, LINXI, GRANT_LINXI, 1, "a");
	report = sync_nodes(rep, hub);
	assert_int_equal(report.state, SESSION_SETTLED);
	assert_int_equal(renewals, 1);
	assert_memory_equal(told, fresh, sizeof fresh);
	assert_true(nodes_agree(rep, hub, LINXI));

	/* With what it was given nothing is left to be renewed. */
	memcpy(rep->credentials, told, sizeof told);
	rep->credentials_size = sizeof told;
	report = sync_nodes(rep, hub);
	assert_int_equal(report.state, SESSION_SETTLED);
	assert_int_equal(renewals, 1);
}

static void
one_that_is_not_renewed_gets_nothing(void **state)
{
	struct session_report report;

	(void)state;
	expire(rep);
	verdict = STATUS_REFUSED;
	node_write(rep, LINXI, GRANT_LINXI, 1, "a");
	report = sync_nodes(rep, hub);
	assert_int_equal(report.state, SESSION_BROKEN);
	assert_int_equal(report.problem, SESSION_REFUSED);
	assert_int_equal(renewals, 0);
	assert_int_equal(node_kept(hub, LINXI), 0);
}

static void
a_revoked_one_is_not_even_asked_about(void **state)
{
	struct session_report report;

	(void)state;
	expire(rep);
	hub_add_cutoff(hub, 0x51, rep->device, NULL, NULL, 0);
	report = sync_nodes(rep, hub);
	assert_int_equal(report.state, SESSION_BROKEN);
	assert_int_equal(asked + renewals, 0);
}

static void
a_peer_takes_none_that_has_expired(void **state)
{
	struct session_report report;

	(void)state;
	expire(rep);
	report = sync_nodes(rep, other);
	assert_int_equal(report.state, SESSION_BROKEN);
	assert_int_equal(report.problem, SESSION_REFUSED);
}

static void
nobody_but_the_hub_renews(void **state)
{
	struct session_report report;

	(void)state;
	expire(rep);
	other->host.renew = renew;
	report = sync_nodes(rep, other);
	assert_int_equal(report.state, SESSION_BROKEN);
	assert_int_equal(report.problem, SESSION_NOT_GENUINE);
	assert_int_equal(renewals, 0);
}

static void
credentials_for_another_device_are_not_taken(void **state)
{
	struct session_report report;

	(void)state;
	/* By other keys: the session with them is over, and nothing is kept. */
	expire(rep);
	certify(other, ISSUER_SEED, NODES_NOW + 1000, fresh);
	report = sync_nodes(rep, hub);
	assert_int_equal(report.state, SESSION_BROKEN);
	assert_int_equal(renewals, 0);
}

static struct order
order_ending(const struct node *former, int64_t last)
{
	struct order o = {.number = 1, .signed_ms = NODES_NOW};
	struct order_hub entry = {.last = (uint64_t)last};

	memcpy(entry.sign_key, former->sign_key, SIGNING_KEY_SIZE);
	memset(entry.name, last ? 1 : 0, sizeof entry.name);
	assert_true(order_add_hub(&o, &entry));
	return o;
}

/* As if that node had been told it by somebody. */
static void
give_order(struct node *node, const struct order *o)
{
	uint8_t root[SIGNING_KEY_SIZE], root_secret[SIGNING_SECRET_SIZE];
	uint8_t bytes[ORDER_SIZE_MAX];
	size_t size;

	keys_of(COMPANY_SEED, root, root_secret);
	size = order_encode(bytes, o, root_secret);
	assert_int_equal(order(node, bytes, size), STATUS_OK);
	orders = 0;
}

static void
an_order_goes_from_either_side_to_the_other(void **state)
{
	struct order o = order_ending(hub, 3);

	(void)state;
	give_order(rep, &o);
	assert_int_equal(sync_nodes(rep, other).state, SESSION_SETTLED);
	assert_int_equal(orders, 1);
	assert_true(policy_is_former_hub(other->policy, hub->device));

	o.number = 2;
	give_order(other, &o);
	assert_int_equal(sync_nodes(rep, other).state, SESSION_SETTLED);
	assert_int_equal(orders, 1);
	assert_int_equal(policy_order(rep->policy)->number, 2);
	/* Known to both, it is news to nobody. */
	assert_int_equal(sync_nodes(rep, other).state, SESSION_SETTLED);
	assert_int_equal(orders, 1);
}

static void
a_lower_number_changes_nothing(void **state)
{
	struct order o = order_ending(hub, 3), none = {.number = 1};

	(void)state;
	o.number = 2;
	give_order(rep, &o);
	give_order(other, &none);
	assert_int_equal(sync_nodes(other, rep).state, SESSION_SETTLED);
	assert_int_equal(policy_order(rep->policy)->number, 2);
	assert_int_equal(policy_order(other->policy)->number, 2);
}

static void
what_a_former_hub_wrote_beyond_its_end_counts_no_more(void **state)
{
	struct order o;

	(void)state;
	assert_non_null(policy_user_login(rep->policy, "other"));
	/* Six territories and users, then rep, manager, other. */
	o = order_ending(hub, 7);
	give_order(rep, &o);
	assert_non_null(policy_user_login(rep->policy, "manager"));
	assert_null(policy_user_login(rep->policy, "other"));
	assert_int_equal(policy_cut(rep->policy, policy_directory(rep->policy),
				 (uint8_t[LOG_BYTES]){0}),
		INT64_MAX);
}

static void
a_former_hub_is_told_the_order_and_nothing_else(void **state)
{
	struct order o = order_ending(hub, 14);
	struct session_report report;

	(void)state;
	give_order(rep, &o);
	node_write(rep, LINXI, GRANT_LINXI, 1, "a");
	report = sync_nodes(rep, hub);
	assert_int_equal(report.state, SESSION_BROKEN);
	assert_int_equal(report.problem, SESSION_PEER_REVOKED);
	assert_int_equal(orders, 1);
	assert_true(policy_is_revoked(hub->policy, hub->device));
	assert_int_equal(node_kept(hub, LINXI), 0);
	/* Now it knows, and says so to whoever dials it unaware. */
	report = sync_nodes(other, hub);
	assert_int_equal(report.state, SESSION_BROKEN);
	assert_int_equal(node_kept(hub, LINXI), 0);
	/* … who was told, too. */
	assert_true(policy_is_former_hub(other->policy, hub->device));
}

/* What the rep knows of the former hub's directory beyond its end. */
static bool has_late;

static bool
late(void *self)
{
	(void)self; /* the rep */
	return has_late;
}

static void
late_told(void *self)
{
	(void)self;
	has_late = false;
}

static void
write_again(void *self, const uint8_t *territory)
{
	(void)territory; /* the directory */
	hub_add_cutoff(self, 0x52, NULL, id_of(GRANT_LINXI), NULL, 0);
}

/* The rep's grant had ended, and opens nothing until the rep calls again. */
static void
what_a_new_hub_writes_again_comes_back_in_the_same_session(void **state)
{
	struct node *fresh_hub = node_new(50, 0);
	const uint8_t *directory = policy_directory(hub->policy);
	const struct frontier_entry *kept;
	struct order o;
	uint32_t count;

	(void)state;
	node_introduce(fresh_hub, hub);
	node_introduce(rep, fresh_hub);
	node_give(fresh_hub, hub, directory);
	territory_frontier(node_territory(fresh_hub, directory), &kept, &count);
	o = order_ending(hub, kept[0].last);
	hub_add_cutoff(hub, 0x51, NULL, id_of(GRANT_LINXI), NULL, 0);
	node_give(rep, hub, directory);
	assert_true(policy_grant(rep->policy, id_of(GRANT_LINXI))->ended);
	give_order(fresh_hub, &o);
	hub_add_device(fresh_hub, fresh_hub);
	fresh_hub->host.quarantined = write_again;
	rep->host.late = late;
	rep->host.late_told = late_told;
	has_late = true;
	assert_int_equal(sync_nodes(rep, fresh_hub).state, SESSION_SETTLED);
	assert_false(has_late);
	assert_true(policy_grant(rep->policy, id_of(GRANT_LINXI))->ended);
	node_free(fresh_hub);
}

/*
 * It follows what the device has, and waits for what the former hub had written
 * last, which a device that is shut out is given no more (simulator, seed
 * 4151).
 */
static void
a_revocation_that_is_the_first_word_of_a_new_hub_is_heard(void **state)
{
	struct node *fresh_hub = node_new(50, 0);
	const uint8_t *directory = policy_directory(hub->policy);
	const struct frontier_entry *kept;
	struct order o;
	uint32_t count;

	(void)state;
	node_introduce(fresh_hub, hub);
	node_introduce(rep, fresh_hub);
	hub_add_user(hub, 0x24, "unheard");
	node_give(fresh_hub, hub, directory);
	territory_frontier(node_territory(fresh_hub, directory), &kept, &count);
	o = order_ending(hub, kept[0].last);
	give_order(fresh_hub, &o);
	hub_add_cutoff(fresh_hub, 0x53, rep->device, NULL, NULL, 0);
	assert_false(policy_is_revoked(rep->policy, rep->device));
	assert_int_equal(sync_nodes(rep, fresh_hub).problem, SESSION_REVOKED);
	assert_true(policy_is_revoked(rep->policy, rep->device));
	node_free(fresh_hub);
}

/* It was given that change alone, and remembers it (simulator, seed 5683). */
static void
a_revocation_beyond_a_former_hubs_end_counts_no_more(void **state)
{
	struct order o = order_ending(hub, 14);

	(void)state;
	hub_add_user(hub, 0x24, "unheard");
	hub_add_cutoff(hub, 0x53, rep->device, NULL, NULL, 0);
	assert_int_equal(sync_nodes(rep, hub).problem, SESSION_REVOKED);
	assert_true(policy_is_revoked(rep->policy, rep->device));
	give_order(rep, &o);
	assert_false(policy_is_revoked(rep->policy, rep->device));
}

static void
certificates_of_an_ended_issuing_key_open_nothing(void **state)
{
	struct order o = {.number = 1, .signed_ms = 5};
	struct order_key entry = {.ends_ms = NODES_NOW - 1};
	uint8_t secret[SIGNING_SECRET_SIZE];

	(void)state;
	keys_of(ISSUER_SEED, entry.key, secret);
	assert_true(order_add_key(&o, &entry));
	give_order(other, &o);
	assert_int_equal(sync_nodes(rep, other).state, SESSION_BROKEN);

	certify(rep, OTHER_ISSUER_SEED, NODES_NOW + 1000, rep->credentials);
	rep->credentials_size = CREDENTIALS_SIZE;
	assert_int_equal(sync_nodes(rep, other).state, SESSION_BROKEN);
	/* The other's own, too, has to be by a key that still counts. */
	certify(other, OTHER_ISSUER_SEED, NODES_NOW + 1000, other->credentials);
	other->credentials_size = CREDENTIALS_SIZE;
	assert_int_equal(sync_nodes(rep, other).state, SESSION_SETTLED);
}

static void
an_order_that_is_not_the_companys_ends_the_session(void **state)
{
	uint8_t key[SIGNING_KEY_SIZE], secret[SIGNING_SECRET_SIZE];
	uint8_t bytes[ORDER_SIZE_MAX];
	struct order o = order_ending(hub, 3);
	struct node *liar = node_new(40, REP);
	size_t size;

	(void)state;
	hub_add_device(hub, liar);
	node_introduce(liar, hub);
	node_give(liar, hub, policy_directory(hub->policy));
	/* It believes in another company's key. */
	keys_of(9, key, secret);
	size = order_encode(bytes, &o, secret);
	assert_int_equal(
		policy_take_order(liar->policy, key, bytes, size), STATUS_OK);
	assert_int_equal(sync_nodes(rep, liar).problem, SESSION_NOT_GENUINE);
	assert_int_equal(policy_order(rep->policy)->number, 0);
	assert_int_equal(sync_nodes(liar, rep).state, SESSION_BROKEN);
	assert_int_equal(policy_order(rep->policy)->number, 0);
	node_free(liar);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(the_hub_renews_one_that_has_expired_and_goes_on),
		FRESH(one_that_is_not_renewed_gets_nothing),
		FRESH(a_revoked_one_is_not_even_asked_about),
		FRESH(a_peer_takes_none_that_has_expired),
		FRESH(nobody_but_the_hub_renews),
		FRESH(credentials_for_another_device_are_not_taken),
		FRESH(an_order_goes_from_either_side_to_the_other),
		FRESH(a_lower_number_changes_nothing),
		FRESH(what_a_former_hub_wrote_beyond_its_end_counts_no_more),
		FRESH(a_former_hub_is_told_the_order_and_nothing_else),
		FRESH(what_a_new_hub_writes_again_comes_back_in_the_same_session),
		FRESH(a_revocation_that_is_the_first_word_of_a_new_hub_is_heard),
		FRESH(a_revocation_beyond_a_former_hubs_end_counts_no_more),
		FRESH(certificates_of_an_ended_issuing_key_open_nothing),
		FRESH(an_order_that_is_not_the_companys_ends_the_session),
	};

	return cmocka_run_group_tests_name("standing", tests, NULL, NULL);
}
