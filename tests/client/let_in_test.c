/* Whom the old hub lets in and shuts out after its end. */

#include "client/node/hub/directory.h"
#include "client/node/hub/restore.h"
#include "client/node/hub/revoke.h"
#include "client/node/hub/succession.h"
#include "proto/schema_roadbook.h"
#include "tests/client/office.h"

/* The office's hub was replaced by a copy of it, and does not know. */
struct replaced {
	struct office office;
	struct node *hub; /* the new one */
	char dir[96];
	char root[96];
};

static struct replaced all;

/* Another machine takes over from what the one in that folder held. */
static void
restore(struct replaced *r, const char *from, const char *name)
{
	struct problem problem = {0};
	struct hub_restore_options options = {
		.dir = r->dir, .root_file = r->root, .from = from};
	uint8_t device[ID_BYTES];

	(void)snprintf(r->dir, sizeof r->dir, "%s/%s", r->office.dir, name);
	(void)snprintf(
		r->root, sizeof r->root, "%s/hub.company.key", r->office.dir);
	office_good(hub_restore(&options, device, &problem), &problem);
	office_good(node_open(&r->hub, r->dir, 0, &problem), &problem);
}

static void
replace(struct replaced *r)
{
	struct problem problem = {0};
	char old[96];

	(void)snprintf(old, sizeof old, "%s/hub", r->office.dir);
	assert_int_equal(node_seal(r->office.hub), STATUS_OK);
	node_close(r->office.hub);
	restore(r, old, "new");
	office_good(node_open(&r->office.hub, old, 0, &problem), &problem);
	office_good(hub_order_as(r->office.hub, NULL, &problem), &problem);
}

/* What the old hub wrote since comes to the new one, as a device brings it. */
static void
bring(struct replaced *r)
{
	struct territory *from = r->office.hub->directory;
	struct problem problem = {0};
	const struct frontier_entry *theirs;
	struct territory_walk walk = {.beyond = true};
	struct pack_view bytes;
	uint32_t count;

	assert_int_equal(node_seal(r->office.hub), STATUS_OK);
	office_good(node_begin(r->hub, &problem), &problem);
	territory_kept(r->hub->directory, &theirs, &count);
	while (territory_lacking(from, theirs, count, &walk, &bytes) ==
		STATUS_OK) {
		struct segment segment;
		enum message_verdict verdict;

		assert_int_equal(
			segment_view(&segment, bytes.bytes, bytes.size),
			STATUS_OK);
		assert_int_equal(territory_keep(r->hub->directory, &segment,
					 bytes.bytes, true, &verdict),
			STATUS_OK);
		assert_int_equal(verdict, VERDICT_QUARANTINED);
		territory_kept(r->hub->directory, &theirs, &count);
	}
	office_good(node_commit(r->hub, &problem), &problem);
}

/* What comes while it is restored waits for that to be done. */
static void
take(struct replaced *r)
{
	struct problem problem = {0};

	assert_int_equal(
		hub_take_endings(r->hub, &problem), !r->hub->restoring);
}

static int
setup(void **state)
{
	(void)state;
	memset(&all, 0, sizeof all);
	office_open(&all.office);
	(void)office_device(&all.office, "rep");
	replace(&all);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	node_close(all.hub);
	office_close(&all.office);
	return 0;
}

static void
done(bool stolen)
{
	struct problem problem = {0};

	office_good(hub_restore_done(all.hub, all.root, stolen, &problem),
		&problem);
}

/* Where the log of the device under its user's grant ends, of `east/linxi`. */
static int64_t
cut_of(const struct node *device)
{
	const struct policy_territory *t =
		policy_territory_path(all.hub->policy, "east/linxi");
	uint8_t log[LOG_BYTES];
	const struct policy_grant *g;

	memcpy(log, device->device, ID_BYTES);
	assert_non_null(t);
	for (uint32_t i = 0; (g = policy_grant_at(all.hub->policy, i)); i++)
		if (memcmp(g->user, device->user, ID_BYTES) == 0)
			memcpy(log + ID_BYTES, g->id, ID_BYTES);
	return policy_cut(all.hub->policy, t->id, log);
}

/* Else whoever had seen its work would wait for it for ever. */
static void
whom_it_lets_in_after_its_end_is_known_and_shut_out(void **state)
{
	const struct policy_device *d;
	struct node *late;

	(void)state;
	done(false);
	late = office_device(&all.office, "rep");
	assert_null(policy_device(all.hub->policy, late->device));
	bring(&all);
	take(&all);
	d = policy_device(all.hub->policy, late->device);
	assert_non_null(d);
	assert_true(d->revoked);
	assert_false(d->stolen);
	assert_false(d->replaced);
	assert_memory_equal(d->user, late->user, ID_BYTES);
	assert_int_equal(cut_of(late), 0);
	/* The one from before goes on. */
	assert_false(policy_is_revoked(
		all.hub->policy, all.office.devices[0]->device));
	assert_int_equal(cut_of(all.office.devices[0]), INT64_MAX);
}

static void
whom_it_lets_in_before_its_end_is_let_in(void **state)
{
	struct node *late;

	(void)state;
	late = office_device(&all.office, "rep");
	done(false);
	bring(&all);
	take(&all);
	assert_non_null(policy_device(all.hub->policy, late->device));
	assert_false(policy_is_revoked(all.hub->policy, late->device));
	assert_int_equal(cut_of(late), INT64_MAX);
}

/* Nobody knows since when somebody else had it. */
static void
whom_a_stolen_one_let_in_is_shut_out(void **state)
{
	struct node *late;

	(void)state;
	late = office_device(&all.office, "rep");
	done(true);
	bring(&all);
	take(&all);
	assert_non_null(policy_device(all.hub->policy, late->device));
	assert_true(policy_is_revoked(all.hub->policy, late->device));
	assert_int_equal(cut_of(late), 0);
}

/* What it says of a device that is here already is left out. */
static void
a_device_that_is_known_is_not_said_again(void **state)
{
	struct node *rep = all.office.devices[0];
	struct directory_draft draft = {0};
	struct problem problem = {0};

	(void)state;
	done(false);
	directory_text(
		&draft, TYPE_DEVICE, rep->device, DEVICE_NAME, "another name");
	office_good(
		directory_write(all.office.hub, &draft, &problem), &problem);
	bring(&all);
	take(&all);
	assert_string_equal(
		policy_device(all.hub->policy, rep->device)->name, "test");
	assert_false(policy_is_revoked(all.hub->policy, rep->device));
}

/* The third hub has heard of it before it was in office. */
static void
what_came_while_restoring_is_taken_when_that_is_done(void **state)
{
	struct node *rep = all.office.devices[0];
	struct problem problem = {0};
	struct hub_revocation revocation = {.who = "rep1"};
	char second[96];
	uint32_t count;

	(void)state;
	done(false);
	assert_int_equal(node_seal(all.hub), STATUS_OK);
	memcpy(second, all.dir, sizeof second);
	node_close(all.hub);
	restore(&all, second, "third");
	office_good(hub_revoke(all.office.hub, &revocation, &count, &problem),
		&problem);
	bring(&all);
	take(&all);
	assert_false(policy_is_revoked(all.hub->policy, rep->device));
	done(false);
	assert_true(policy_is_revoked(all.hub->policy, rep->device));
	assert_int_equal(cut_of(rep), 0);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(whom_it_lets_in_after_its_end_is_known_and_shut_out),
		FRESH(whom_it_lets_in_before_its_end_is_let_in),
		FRESH(whom_a_stolen_one_let_in_is_shut_out),
		FRESH(a_device_that_is_known_is_not_said_again),
		FRESH(what_came_while_restoring_is_taken_when_that_is_done),
	};

	return cmocka_run_group_tests_name("let_in", tests, NULL, NULL);
}
