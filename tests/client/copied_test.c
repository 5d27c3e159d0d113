/* What a copied store carries over under its new keys, and what has to wait. */

#include "client/node/copied.h"
#include "client/node/hub/grants.h"
#include "client/node/hub/replace.h"
#include "client/node/view.h"
#include "proto/credentials.h"
#include "proto/schema_roadbook.h"
#include "tests/client/office.h"

static struct office office;
static struct node *manager;
static uint8_t territory[ID_BYTES];

static int
setup(void **state)
{
	(void)state;
	office_open(&office);
	manager = office_device(&office, "manager");
	memcpy(territory,
		policy_territory_path(manager->policy, "east/linxi")->id,
		ID_BYTES);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	office_close(&office);
	return 0;
}

/* An account, and a manager's word about it or NULL; it is not sealed. */
static void
write_account(const char *tier)
{
	const struct schema_type *type =
		schema_type(manager->schema, TYPE_ACCOUNT);
	const char *const texts[] = {"临溪鑫澜汽车零部件集团", tier};
	const char *const fields[] = {"legal_name", "tier"};
	struct edit_operation operations[2];
	struct problem problem = {0};
	uint8_t bytes[2][256];
	struct edit edit = {.type = type,
		.id_size = ID_BYTES,
		.is_new = true,
		.operations = operations,
		.operation_count = tier ? 2 : 1};
	struct edit_result result;

	for (size_t i = 0; i < edit.operation_count; i++) {
		struct pack pack;

		pack_init(&pack, bytes[i], sizeof bytes[i]);
		pack_text(&pack, texts[i]);
		operations[i] = (struct edit_operation){
			schema_field_named(type, fields[i]), OPERATION_PUT,
			{bytes[i], pack.size}};
	}
	node_new_id(edit.id);
	office_good(node_begin(manager, &problem), &problem);
	office_good(node_write(manager, &edit, 1, &result, &problem), &problem);
	office_good(node_commit(manager, &problem), &problem);
}

/* An account that the hub has; the log that it went into. */
static void
hand_in_an_account(uint8_t log[static LOG_BYTES])
{
	memcpy(log, manager->device, ID_BYTES);
	(void)policy_write_grant(
		manager->policy, manager->user, territory, log + ID_BYTES);
	write_account(NULL);
	assert_int_equal(node_seal(manager), STATUS_OK);
	office_carry(manager, office.hub);
}

/* As when the hub finds that another machine goes on under the same keys. */
static void
get_new_keys(void)
{
	const uint8_t *secret;
	uint8_t link_key[LINK_KEY_SIZE], user[ID_BYTES];
	uint8_t credentials[CREDENTIALS_SIZE_MAX];
	size_t size = sizeof credentials;
	char login[64];

	copied_mark(manager, manager->device);
	assert_true(copied_replacement(manager, &secret, link_key));
	assert_int_equal(
		hub_session_replace(office.hub, manager->device,
			secret + SIGNING_SECRET_SIZE - SIGNING_KEY_SIZE,
			link_key, credentials, &size, user, login,
			sizeof login),
		STATUS_OK);
	assert_int_equal(
		copied_replaced(manager, credentials, size), STATUS_OK);
}

/* The hub's directory comes, and what follows from it. */
static void
hear(void)
{
	struct problem problem = {0};

	office_carry(office.hub, manager);
	office_good(node_begin(manager, &problem), &problem);
	assert_int_equal(copied_carry(manager), STATUS_OK);
	office_good(node_commit(manager, &problem), &problem);
}

/* How many changes count here, and how many wait to be sealed. */
static int64_t
applied(void)
{
	struct territory *t = node_territory(manager, territory, false);
	int64_t *list, sum = 0;
	uint32_t count;

	territory_applied(t, &list, &count);
	for (uint32_t i = 0; i < count; i++)
		sum += list[i];
	free(list);
	return sum;
}

static int64_t
pending(void)
{
	return (int64_t)territory_pending(
		node_territory(manager, territory, false));
}

static void
become_rep(void)
{
	struct problem problem = {0};
	struct hub_grant as_manager = {
		.login = "rep1", .territory = "east/linxi", .role = "manager"};
	struct hub_grant as_rep = {
		.login = "rep1", .territory = "east/linxi", .role = "rep"};
	uint32_t count;

	office_good(hub_grant(office.hub, &as_rep, &problem), &problem);
	office_good(
		hub_end_grant(office.hub, &as_manager, true, &count, &problem),
		&problem);
}

static void
what_was_typed_goes_on_under_the_new_keys(void **state)
{
	(void)state;
	write_account(NULL);
	get_new_keys();
	hear();
	assert_int_equal(applied(), 1);
	assert_int_equal(pending(), 1);
}

static void
a_lower_grant_that_may_write_it_is_good_for_it(void **state)
{
	(void)state;
	write_account(NULL);
	get_new_keys();
	become_rep();
	hear();
	assert_int_equal(applied(), 1);
	assert_int_equal(pending(), 1);
}

/*
 * The grant that it was typed under has ended, and what is left is ending. It
 * would stay under keys that seal nothing, and the ending never be over.
 */
static void
a_grant_that_is_ending_is_good_for_handing_it_over(void **state)
{
	struct hub_grant as_rep = {
		.login = "rep1", .territory = "east/linxi", .role = "rep"};
	struct problem problem = {0};
	uint32_t count;

	(void)state;
	write_account(NULL);
	get_new_keys();
	become_rep();
	office_good(hub_end_grant(office.hub, &as_rep, false, &count, &problem),
		&problem);
	hear();
	assert_int_equal(applied(), 1);
	assert_int_equal(pending(), 1);
}

static void
count_late(void *self, const uint8_t *log, int64_t first, int64_t last)
{
	int64_t *count = self;

	if (memcmp(log, manager->device, ID_BYTES) == 0)
		*count += last - first + 1;
}

/*
 * It is on this disk and nowhere else, and stands in no other's way: under the
 * grant that has ended it is late, and the hub decides.
 */
static void
what_the_grant_may_not_write_is_not_lost_but_late(void **state)
{
	struct territory *t;
	int64_t late = 0;

	(void)state;
	write_account("a");
	get_new_keys();
	become_rep();
	hear();
	assert_int_equal(applied(), 0);
	assert_int_equal(pending(), 1);
	t = node_territory(manager, territory, false);
	assert_int_equal(territory_late(t, count_late, &late), STATUS_OK);
	assert_int_equal(late, 1);
	/* It is so after it was sealed, and opened again, too. */
	assert_int_equal(node_seal(manager), STATUS_OK);
	assert_int_equal(territory_reload(t), STATUS_OK);
	late = 0;
	assert_int_equal(territory_late(t, count_late, &late), STATUS_OK);
	assert_int_equal(late, 1);
	hear();
	assert_int_equal(applied(), 0);
}

/* Its clone was there first, and the directory tells of that. */
static void
what_new_keys_that_have_ended_may_not_write_waits_for_the_next(void **state)
{
	uint8_t clone_key[SIGNING_KEY_SIZE] = {1},
		link_key[LINK_KEY_SIZE] = {2};
	uint8_t credentials[CREDENTIALS_SIZE_MAX], user[ID_BYTES];
	size_t size = sizeof credentials;
	char login[64];

	(void)state;
	write_account(NULL);
	get_new_keys();
	assert_int_equal(hub_session_replace(office.hub, manager->device,
				 clone_key, link_key, credentials, &size, user,
				 login, sizeof login),
		STATUS_OK);
	hear();
	assert_int_equal(applied(), 0);
	assert_int_equal(pending(), 1);
	get_new_keys();
	hear();
	assert_int_equal(applied(), 1);
	assert_int_equal(pending(), 1);
}

/*
 * The hub had taken one change, and hears of another branch later: what had
 * seemed to count does not, and stands nowhere but here.
 */
static void
what_counts_no_more_since_its_log_is_forked_goes_on_too(void **state)
{
	uint8_t log[LOG_BYTES];
	struct problem problem = {0};

	(void)state;
	hand_in_an_account(log);
	write_account(NULL);
	get_new_keys();
	hear();
	assert_int_equal(applied(), 2);
	assert_int_equal(pending(), 1);
	assert_true(copied_own_branch(manager, territory, log, 1));
	assert_false(copied_own_branch(manager, territory, log, 2));
	hub_session_forked(office.hub, territory, log, 0);
	office_good(node_directory_changed(office.hub) == STATUS_OK, &problem);
	hear();
	assert_int_equal(applied(), 2);
	assert_int_equal(pending(), 2);
	assert_false(copied_own_branch(manager, territory, log, 1));
	hear();
	assert_int_equal(pending(), 2);
}

/* What the first had sealed, and what the second had not. */
static void
what_two_sets_of_keys_left_comes_in_one_go(void **state)
{
	uint8_t log[LOG_BYTES];

	(void)state;
	hand_in_an_account(log);
	get_new_keys();
	hear();
	write_account(NULL);
	hub_session_forked(office.hub, territory, log, 0);
	get_new_keys();
	hear();
	assert_int_equal(applied(), 2);
	assert_int_equal(pending(), 2);
}

/* What another machine wrote is that one's to carry. */
static void
a_branch_is_its_own_under_its_keys_and_nobody_elses(void **state)
{
	uint8_t log[LOG_BYTES] = {0};

	(void)state;
	memcpy(log, manager->device, ID_BYTES);
	assert_true(copied_own_branch(manager, territory, log, 1));
	log[0] ^= 1;
	assert_false(copied_own_branch(manager, territory, log, 1));
}

/* Another session of the old keys, that is still going on. */
static void
what_is_said_of_its_old_keys_is_over_with_them(void **state)
{
	uint8_t old[ID_BYTES];

	(void)state;
	memcpy(old, manager->device, ID_BYTES);
	get_new_keys();
	assert_memory_not_equal(old, manager->device, ID_BYTES);
	copied_mark(manager, old);
	assert_false(manager->copied);
	copied_mark(manager, manager->device);
	assert_true(manager->copied);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(what_was_typed_goes_on_under_the_new_keys),
		FRESH(a_lower_grant_that_may_write_it_is_good_for_it),
		FRESH(a_grant_that_is_ending_is_good_for_handing_it_over),
		FRESH(what_the_grant_may_not_write_is_not_lost_but_late),
		FRESH(what_new_keys_that_have_ended_may_not_write_waits_for_the_next),
		FRESH(what_counts_no_more_since_its_log_is_forked_goes_on_too),
		FRESH(what_two_sets_of_keys_left_comes_in_one_go),
		FRESH(a_branch_is_its_own_under_its_keys_and_nobody_elses),
		FRESH(what_is_said_of_its_old_keys_is_over_with_them),
	};

	return cmocka_run_group_tests_name("copied", tests, NULL, NULL);
}
