#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <sodium.h>

#include "tests/sync/nodes.h"

struct company {
	struct node *hub;
	struct node *rep;
	struct node *manager;
};

static struct company company;

static int
found(void **state)
{
	company.hub = node_new(50, 0);
	company.rep = node_new(60, REP);
	company.manager = node_new(70, MANAGER);
	hub_found(company.hub);
	hub_add_device(company.hub, company.rep);
	hub_add_device(company.hub, company.manager);
	*state = &company;
	return 0;
}

static int
close(void **state)
{
	(void)state;
	node_free(company.hub);
	node_free(company.rep);
	node_free(company.manager);
	return 0;
}

/* The rank of a log of that device under that grant; 0 is the hub's grant. */
static int
rank(const uint8_t *territory, const uint8_t *device, uint8_t grant)
{
	uint8_t log[LOG_BYTES] = {0};

	memcpy(log, device, ID_BYTES);
	if (grant)
		memcpy(log + ID_BYTES, id_of(grant), ID_BYTES);
	return policy_rank(company.hub->policy, territory, log);
}

static int64_t
cut(uint8_t territory, const uint8_t *device, uint8_t grant)
{
	uint8_t log[LOG_BYTES];

	memcpy(log, device, ID_BYTES);
	memcpy(log + ID_BYTES, id_of(grant), ID_BYTES);
	return policy_cut(company.hub->policy, id_of(territory), log);
}

static bool
reads(const struct node *node, uint8_t territory)
{
	return policy_may_read(
		company.hub->policy, node->device, id_of(territory));
}

static void
the_rank_is_the_grants_role_there_and_below(void **state)
{
	struct company *c = *state;

	assert_int_equal(
		rank(id_of(LINXI), c->rep->device, GRANT_LINXI), RANK_REP);
	assert_int_equal(rank(id_of(LINXI), c->manager->device, GRANT_EAST),
		RANK_MANAGER);
	assert_int_equal(rank(id_of(EAST), c->manager->device, GRANT_EAST),
		RANK_MANAGER);
	assert_int_equal(rank(id_of(MARGINS), c->manager->device, GRANT_EAST),
		RANK_MANAGER);
}

static void
a_grant_that_does_not_fit_never_counts(void **state)
{
	struct company *c = *state;

	hub_add_grant(c->hub, 0x34, REP, EAST, "rep");
	hub_add_grant(c->hub, 0x35, REP, ROOT, "admin");
	/* of somebody else, beside, above, management, admin */
	assert_int_equal(
		rank(id_of(LINXI), c->rep->device, GRANT_EAST), RULES_NEVER);
	assert_int_equal(
		rank(id_of(WEST), c->rep->device, GRANT_LINXI), RULES_NEVER);
	assert_int_equal(
		rank(id_of(EAST), c->rep->device, GRANT_LINXI), RULES_NEVER);
	assert_int_equal(
		rank(id_of(MARGINS), c->rep->device, 0x34), RULES_NEVER);
	assert_int_equal(rank(id_of(LINXI), c->rep->device, 0x35), RULES_NEVER);
	assert_int_equal(rank(policy_directory(c->hub->policy), c->rep->device,
				 GRANT_LINXI),
		RULES_NEVER);
}

static void
what_is_not_heard_of_is_unknown(void **state)
{
	struct company *c = *state;

	assert_int_equal(
		rank(id_of(LINXI), c->rep->device, 0x77), RULES_UNKNOWN);
	assert_int_equal(
		rank(id_of(LINXI), id_of(0x78), GRANT_LINXI), RULES_UNKNOWN);
	assert_int_equal(
		rank(id_of(0x79), c->rep->device, GRANT_LINXI), RULES_UNKNOWN);
	/* Its parent is still to come, and may be the one that is granted. */
	hub_add_territory(c->hub, 0x15, 0x7a, "lost", "field");
	assert_int_equal(
		rank(id_of(0x15), c->rep->device, GRANT_LINXI), RULES_UNKNOWN);
}

static void
the_hub_writes_the_directory_and_management(void **state)
{
	struct company *c = *state;
	const uint8_t *hub = c->hub->device;
	const uint8_t *directory = policy_directory(c->hub->policy);

	assert_int_equal(rank(directory, hub, 0), RANK_HQ);
	assert_int_equal(rank(id_of(MARGINS), hub, 0), RANK_HQ);
	assert_int_equal(rank(id_of(LINXI), hub, 0), RULES_NEVER);
	assert_int_equal(rank(directory, id_of(0x7b), 0), RULES_UNKNOWN);
	assert_int_equal(rank(directory, c->rep->device, 0), RULES_NEVER);
	assert_true(policy_is_hub(c->hub->policy, hub));
	assert_true(reads(c->hub, LINXI) && reads(c->hub, MARGINS));
}

static void
reading_follows_the_grants_until_they_end(void **state)
{
	struct company *c = *state;

	assert_true(reads(c->rep, LINXI));
	assert_false(reads(c->rep, EAST) || reads(c->rep, WEST));
	assert_false(reads(c->rep, MARGINS));
	assert_true(reads(c->manager, EAST) && reads(c->manager, LINXI));
	assert_true(reads(c->manager, MARGINS));
	assert_false(reads(c->manager, WEST) || reads(c->manager, ROOT));

	hub_add_cutoff(c->hub, 0x41, NULL, id_of(GRANT_EAST), NULL, 0);
	assert_false(reads(c->manager, EAST) || reads(c->manager, LINXI));
	assert_true(reads(c->rep, LINXI));
	assert_true(policy_may_read(c->hub->policy, c->manager->device,
		policy_directory(c->hub->policy)));
}

static void
a_revoked_device_reads_nothing(void **state)
{
	struct company *c = *state;

	assert_false(policy_is_revoked(c->hub->policy, c->rep->device));
	hub_add_cutoff(c->hub, 0x41, c->rep->device, NULL, NULL, 0);
	assert_true(policy_is_revoked(c->hub->policy, c->rep->device));
	assert_true(policy_device(c->hub->policy, c->rep->device)->revoked);
	assert_false(reads(c->rep, LINXI));
	assert_false(policy_may_read(c->hub->policy, c->rep->device,
		policy_directory(c->hub->policy)));
	/* Its log's rank stays, what counts of it is for the cut to say. */
	assert_int_equal(
		rank(id_of(LINXI), c->rep->device, GRANT_LINXI), RANK_REP);
}

static void
the_least_cut_holds_and_logs_not_listed_end_at_nothing(void **state)
{
	struct company *c = *state;
	const uint8_t *rep = c->rep->device;

	assert_true(cut(LINXI, rep, GRANT_LINXI) == INT64_MAX);
	hub_add_cutoff(c->hub, 0x41, rep, id_of(GRANT_LINXI), id_of(LINXI), 9);
	assert_int_equal(cut(LINXI, rep, GRANT_LINXI), 9);
	hub_add_cutoff(c->hub, 0x42, rep, id_of(GRANT_LINXI), id_of(LINXI), 7);
	hub_add_cutoff(c->hub, 0x43, rep, id_of(GRANT_LINXI), id_of(LINXI), 8);
	assert_int_equal(cut(LINXI, rep, GRANT_LINXI), 7);
	assert_true(cut(WEST, rep, GRANT_LINXI) == INT64_MAX);

	hub_add_cutoff(c->hub, 0x44, rep, NULL, NULL, 0);
	assert_int_equal(cut(LINXI, rep, GRANT_LINXI), 7);
	assert_int_equal(cut(WEST, rep, GRANT_LINXI), 0);
	/* What the ending had recorded as 0, a later listing does not raise. */
	hub_add_cutoff(c->hub, 0x46, rep, id_of(GRANT_LINXI), id_of(WEST), 5);
	assert_int_equal(cut(WEST, rep, GRANT_LINXI), 0);
	hub_add_cutoff(c->hub, 0x45, NULL, id_of(GRANT_EAST), NULL, 0);
	assert_int_equal(cut(LINXI, c->manager->device, GRANT_EAST), 0);
}

static void
writing_takes_the_highest_rank_and_of_equals_the_oldest(void **state)
{
	struct company *c = *state;
	uint8_t grant[ID_BYTES];

	assert_int_equal(policy_write_grant(c->hub->policy, id_of(OTHER),
				 id_of(LINXI), grant),
		RANK_NONE);
	hub_add_grant(c->hub, 0x36, REP, EAST, "manager");
	hub_add_grant(c->hub, 0x35, REP, ROOT, "manager");
	assert_int_equal(policy_write_grant(c->hub->policy, id_of(REP),
				 id_of(LINXI), grant),
		RANK_MANAGER);
	assert_memory_equal(grant, id_of(0x35), ID_BYTES);
	hub_add_cutoff(c->hub, 0x41, NULL, id_of(0x35), NULL, 0);
	assert_int_equal(policy_write_grant(c->hub->policy, id_of(REP),
				 id_of(LINXI), grant),
		RANK_MANAGER);
	assert_memory_equal(grant, id_of(0x36), ID_BYTES);
}

static void
paths_lead_there_and_back(void **state)
{
	struct company *c = *state;
	const struct policy *p = c->hub->policy;
	char path[POLICY_PATH_MAX];

	assert_string_equal(policy_path(p, id_of(LINXI), path), "east/linxi");
	assert_string_equal(policy_path(p, id_of(ROOT), path), "/");
	assert_string_equal(
		policy_path(p, policy_directory(p), path), "directory");
	assert_string_equal(policy_path(p, id_of(0x79), path), "?");
	assert_memory_equal(policy_territory_path(p, "/east/linxi")->id,
		id_of(LINXI), ID_BYTES);
	assert_memory_equal(
		policy_territory_path(p, "/")->id, id_of(ROOT), ID_BYTES);
	assert_int_equal(
		policy_territory_path(p, "directory")->kind, POLICY_DIRECTORY);
	assert_null(policy_territory_path(p, "linxi"));
	assert_string_equal(policy_user_login(p, "rep")->name, "rep");
}

static void
a_loop_of_parents_is_survived(void **state)
{
	struct company *c = *state;
	char path[POLICY_PATH_MAX];

	hub_add_territory(c->hub, 0x16, 0x17, "a", "field");
	hub_add_territory(c->hub, 0x17, 0x16, "b", "field");
	hub_add_territory(c->hub, 0x18, 0x18, "self", "field");
	assert_int_equal(
		rank(id_of(0x16), c->rep->device, GRANT_LINXI), RULES_NEVER);
	assert_false(reads(c->rep, 0x17) || reads(c->rep, 0x18));
	assert_int_equal(
		policy_path(c->hub->policy, id_of(0x16), path)[0], '?');
}

static void
count_one(void *self, const uint8_t *territory)
{
	uint32_t *count = self;

	(void)territory;
	(*count)++;
}

static void
readable_lists_them_all(void **state)
{
	struct company *c = *state;
	uint32_t count = 0;

	policy_readable(c->hub->policy, c->rep->device, count_one, &count);
	assert_int_equal(count, 2); /* linxi, directory */
	count = 0;
	policy_readable(c->hub->policy, c->manager->device, count_one, &count);
	assert_int_equal(count, 4); /* east, linxi, margins, directory */
	count = 0;
	policy_readable(c->hub->policy, c->hub->device, count_one, &count);
	assert_int_equal(count, 6);
	count = 0;
	policy_readable(c->hub->policy, id_of(0x7c), count_one, &count);
	assert_int_equal(count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, found, close)
		TEST(the_rank_is_the_grants_role_there_and_below),
		TEST(a_grant_that_does_not_fit_never_counts),
		TEST(what_is_not_heard_of_is_unknown),
		TEST(the_hub_writes_the_directory_and_management),
		TEST(reading_follows_the_grants_until_they_end),
		TEST(a_revoked_device_reads_nothing),
		TEST(the_least_cut_holds_and_logs_not_listed_end_at_nothing),
		TEST(writing_takes_the_highest_rank_and_of_equals_the_oldest),
		TEST(paths_lead_there_and_back),
		TEST(a_loop_of_parents_is_survived),
		TEST(readable_lists_them_all),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
