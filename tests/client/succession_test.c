/* What a new hub takes from beyond the end of the hub that it replaces. */

#include "tests/client/office.h"

#include "client/node/hub/grants.h"
#include "client/node/hub/restore.h"
#include "client/node/hub/succession.h"
#include "client/node/standing.h"

/*
 * A hub's disk is copied, the hub ends rep1's grant, which rep2's device hears
 * of, and is lost; another one is made of the copy. What that one lacks of the
 * directory comes once it is in office, and is in quarantine there.
 */
struct scene {
	struct office office;
	struct node *first; /* the hub that was lost */
	struct node *rep;
	uint8_t grant[ID_BYTES];
};

static void
replace_hub(struct office *office, struct node **first)
{
	struct problem problem = {0};
	char dir[96], from[96], root[128];
	uint8_t device[ID_BYTES];
	struct hub_restore_options options = {
		.dir = dir, .from = from, .root_file = root};

	(void)snprintf(dir, sizeof dir, "%s/new", office->dir);
	(void)snprintf(from, sizeof from, "%s/hub", office->dir);
	(void)snprintf(root, sizeof root, "%s.company.key", from);
	node_close(office->hub);
	office->hub = NULL;
	office_good(hub_restore(&options, device, &problem), &problem);
	office_good(node_open(first, from, 0, &problem), &problem);
	office_good(hub_order_as(*first, NULL, &problem), &problem);
	office_good(node_open(&office->hub, dir, 0, &problem), &problem);
	office_good(
		hub_restore_done(office->hub, root, false, &problem), &problem);
}

/* As a session of the hub keeps what lies beyond a cut-off. */
static void
bring_directory(struct node *from, struct node *hub)
{
	const struct frontier_entry *list;
	struct problem problem = {0};
	struct territory_walk walk = {.beyond = true};
	struct pack_view bytes;
	uint32_t count, quarantined = 0;

	office_good(node_begin(hub, &problem), &problem);
	territory_frontier(hub->directory, &list, &count);
	while (territory_lacking(from->directory, list, count, &walk, &bytes) ==
		STATUS_OK) {
		enum message_verdict verdict;
		struct segment segment;

		assert_int_equal(
			segment_view(&segment, bytes.bytes, bytes.size),
			STATUS_OK);
		assert_int_equal(territory_keep(hub->directory, &segment,
					 bytes.bytes, true, &verdict),
			STATUS_OK);
		quarantined += verdict == VERDICT_QUARANTINED;
		territory_frontier(hub->directory, &list, &count);
	}
	office_good(node_commit(hub, &problem), &problem);
	assert_true(quarantined > 0);
}

static int
open_scene(void **state)
{
	static struct scene s;
	struct hub_grant grant = {.login = "rep1", .territory = "east/linxi"};
	struct problem problem = {0};
	const struct policy_grant *g = NULL;
	uint32_t count;

	office_open(&s.office);
	s.rep = office_device(&s.office, "rep");
	(void)office_device(&s.office, "rep");
	for (uint32_t i = 0; (g = policy_grant_at(s.office.hub->policy, i));
		i++)
		if (memcmp(g->user, s.rep->user, ID_BYTES) == 0)
			memcpy(s.grant, g->id, ID_BYTES);
	assert_int_equal(node_seal(s.office.hub), STATUS_OK);
	replace_hub(&s.office, &s.first);
	office_good(hub_end_grant(s.first, &grant, true, &count, &problem),
		&problem);
	office_carry(s.first, s.office.devices[1]);
	bring_directory(s.office.devices[1], s.office.hub);
	*state = &s;
	return 0;
}

static int
close_scene(void **state)
{
	struct scene *s = *state;

	node_close(s->first);
	office_close(&s->office);
	return 0;
}

static bool
has_ended(const struct scene *s)
{
	return policy_grant(s->office.hub->policy, s->grant)->ended;
}

static int64_t
written(const struct node *hub)
{
	const struct frontier_entry *list;
	uint32_t count;
	int64_t last = (int64_t)territory_pending(hub->directory);

	territory_frontier(hub->directory, &list, &count);
	for (uint32_t i = 0; i < count; i++)
		last += list[i].last;
	return last;
}

static void
an_ending_that_was_heard_of_is_written_again(void **state)
{
	struct scene *s = *state;
	struct problem problem = {0};

	assert_false(has_ended(s));
	office_good(hub_take_endings(s->office.hub, &problem), &problem);
	assert_true(has_ended(s));
}

static enum status
refuse(void *self)
{
	(void)self; /* the disk is full */
	return STATUS_FAILED;
}

/* Whoever brought it was told that it is kept, and brings it no more. */
static void
what_the_disk_refused_is_taken_when_somebody_is_in_step(void **state)
{
	struct scene *s = *state;
	struct node *hub = s->office.hub;
	struct problem problem = {0};
	enum status (*commit)(void *self) = hub->store->commit;

	hub->store->commit = refuse;
	assert_false(hub_take_endings(hub, &problem));
	hub->store->commit = commit;
	assert_false(has_ended(s));
	office_good(hub_in_step(hub, s->office.devices[1]->device, &problem),
		&problem);
	assert_true(has_ended(s));
}

static void
nothing_is_taken_twice(void **state)
{
	struct scene *s = *state;
	struct node *hub = s->office.hub;
	struct problem problem = {0};
	int64_t before;

	office_good(hub_take_endings(hub, &problem), &problem);
	before = written(hub);
	office_good(hub_take_endings(hub, &problem), &problem);
	office_good(hub_in_step(hub, s->office.devices[1]->device, &problem),
		&problem);
	assert_int_equal(written(hub), before);
}

/* The device hears of the order that the new hub is in office. */
static enum status
tell_order(const struct scene *s)
{
	struct pack_view order = policy_order_bytes(s->office.hub->policy);

	return standing_order_here(s->rep, order.bytes, order.size);
}

static void
reopen_rep(struct scene *s)
{
	struct problem problem = {0};
	char *dir = strdup(s->rep->dir);

	node_close(s->rep);
	office_good(node_open(&s->rep, dir, 0, &problem), &problem);
	s->office.devices[0] = s->rep;
	free(dir);
}

/* Nor do its cuts count before it is kept. */
static void
an_order_that_the_disk_refused_is_news_when_it_is_told_again(void **state)
{
	struct scene *s = *state;
	struct store *store = s->rep->store;
	const uint8_t *former = s->first->device;
	uint64_t number = policy_order(s->office.hub->policy)->number;
	enum status (*begin)(void *self) = store->begin;
	enum status (*commit)(void *self) = store->commit;

	store->begin = refuse;
	assert_int_equal(tell_order(s), STATUS_FAILED);
	store->begin = begin;
	assert_false(policy_is_former_hub(s->rep->policy, former));

	store->commit = refuse;
	assert_int_equal(tell_order(s), STATUS_FAILED);
	store->commit = commit;
	assert_false(policy_is_former_hub(s->rep->policy, former));

	assert_int_equal(tell_order(s), STATUS_OK);
	assert_int_equal(tell_order(s), STATUS_ABSENT);
	reopen_rep(s);
	assert_int_equal(policy_order(s->rep->policy)->number, number);
	assert_true(policy_is_former_hub(s->rep->policy, former));
}

#define SCENE(test)                                                            \
	cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(an_ending_that_was_heard_of_is_written_again),
		SCENE(what_the_disk_refused_is_taken_when_somebody_is_in_step),
		SCENE(nothing_is_taken_twice),
		SCENE(an_order_that_the_disk_refused_is_news_when_it_is_told_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
