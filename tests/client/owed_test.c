/*
 * What a device forgets: after a territory was handed over, or the device
 * stolen, nothing of it is found in any byte of the folder.
 */

#include "tests/client/office.h"

#include "client/node/hub/grants.h"
#include "client/node/hub/revoke.h"
#include "client/node/owed.h"
#include "client/node/view.h"
#include "proto/schema_roadbook.h"

static const char secret[] = "临溪鑫澜汽车零部件集团";
static const char other[] = "临溪鑫澜集团（另一个说法）";

static void
write_name(struct node *node, const uint8_t *id, bool is_new, const char *name)
{
	office_write_account(node, id, is_new, "legal_name", name);
}

static bool
file_has(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *all;
	size_t count;
	bool found;

	if (!file)
		return false;
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	count = (size_t)ftell(file);
	rewind(file);
	all = alloc(count);
	assert_int_equal(fread(all, 1, count, file), count);
	(void)fclose(file);
	found = memmem(all, count, bytes, size) != NULL;
	free(all);
	return found;
}

/* In the database, its WAL and its index of that. */
static bool
folder_holds(const char *dir, const void *bytes, size_t size)
{
	static const char *const names[] = {
		"node.db", "node.db-wal", "node.db-shm"};
	bool found = false;

	for (size_t i = 0; i < 3; i++) {
		char path[160];

		(void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		found |= file_has(path, bytes, size);
	}
	return found;
}

struct scene {
	struct office office;
	struct node *rep;
	uint8_t account[ID_BYTES];
	uint8_t territory[ID_BYTES];
	char dir[128];
};

/* A record with siblings, history, an inbox entry and a pending change. */
static void
open_scene(struct scene *s)
{
	struct node *colleague;

	office_open(&s->office);
	s->rep = office_device(&s->office, "rep");
	colleague = office_device(&s->office, "rep");
	office_carry(s->office.hub, s->rep);
	(void)snprintf(s->dir, sizeof s->dir, "%s", s->rep->dir);
	memcpy(s->territory,
		policy_territory_path(s->rep->policy, "east/linxi")->id,
		ID_BYTES);
	node_new_id(s->account);
	write_name(s->rep, s->account, true, "先");
	office_carry(s->rep, colleague);
	write_name(s->rep, s->account, false, secret);
	write_name(colleague, s->account, false, other);
	office_carry(colleague, s->rep);
	write_name(s->rep, s->account, false, "后");
	assert_int_equal(node_seal(s->rep), STATUS_OK);
	assert_true(folder_holds(s->dir, secret, strlen(secret)));
	assert_true(folder_holds(s->dir, s->account, ID_BYTES));
}

static void
end_grant(struct scene *s)
{
	struct problem problem = {0};
	struct hub_grant grant = {.login = "rep1", .territory = "east/linxi"};
	uint32_t count;

	office_good(
		hub_end_grant(s->office.hub, &grant, true, &count, &problem),
		&problem);
	office_carry(s->office.hub, s->rep);
}

static void
assert_forgotten(struct scene *s)
{
	assert_null(node_territory(s->rep, s->territory, false));
	assert_false(folder_holds(s->dir, secret, strlen(secret)));
	assert_false(folder_holds(s->dir, other, strlen(other)));
	assert_false(folder_holds(s->dir, s->account, ID_BYTES));
}

static void
count_owed(void *self, const uint8_t *territory)
{
	int *count = self;

	(void)territory;
	(*count)++;
}

static void
what_was_handed_over_is_forgotten_to_the_last_byte(void **state)
{
	struct problem problem = {0};
	struct scene s = {.rep = NULL};
	int owed = 0;

	(void)state;
	open_scene(&s);
	end_grant(&s);
	/* It waits for the hub. */
	office_good(node_tidy(s.rep, &problem), &problem);
	assert_true(folder_holds(s.dir, secret, strlen(secret)));
	node_owed(s.rep, count_owed, &owed);
	assert_int_equal(owed, 1);
	office_good(node_handed_over(s.rep, s.territory, &problem), &problem);
	office_good(node_tidy(s.rep, &problem), &problem);
	assert_forgotten(&s);
	owed = 0;
	node_owed(s.rep, count_owed, &owed);
	assert_int_equal(owed, 0);
	office_close(&s.office);
}

static void
what_was_typed_meanwhile_is_handed_over_first(void **state)
{
	struct problem problem = {0};
	struct scene s = {.rep = NULL};

	(void)state;
	open_scene(&s);
	write_name(s.rep, s.account, false, "还没封存的");
	end_grant(&s);
	office_good(node_handed_over(s.rep, s.territory, &problem), &problem);
	assert_non_null(node_territory(s.rep, s.territory, false));
	assert_int_equal(node_seal(s.rep), STATUS_OK);
	office_good(node_handed_over(s.rep, s.territory, &problem), &problem);
	office_good(node_tidy(s.rep, &problem), &problem);
	assert_forgotten(&s);
	office_close(&s.office);
}

/* The power goes between the drop and the cleaning of the file. */
static void
an_interrupted_cleaning_is_done_at_the_next_opening(void **state)
{
	struct problem problem = {0};
	struct scene s = {.rep = NULL};

	(void)state;
	open_scene(&s);
	end_grant(&s);
	office_good(node_handed_over(s.rep, s.territory, &problem), &problem);
	node_close(s.rep);
	office_good(node_open(&s.rep, s.dir, 0, &problem), &problem);
	s.office.devices[0] = s.rep;
	assert_forgotten(&s);
	office_close(&s.office);
}

/* Its ending was undone: the hub that had written it is lost. */
static void
drop_and_open(struct scene *s)
{
	struct problem problem = {0};
	struct store *store = s->rep->store;
	uint32_t number =
		territory_number(node_territory(s->rep, s->territory, false));

	assert_int_equal(node_seal(s->rep), STATUS_OK);
	office_carry(s->rep, s->office.hub);
	office_good(node_begin(s->rep, &problem), &problem);
	assert_int_equal(
		store->territory_drop(store->self, number, s->rep->device),
		STATUS_OK);
	office_good(node_commit(s->rep, &problem), &problem);
	node_close(s->rep);
	office_good(node_open(&s->rep, s->dir, 0, &problem), &problem);
	s->office.devices[0] = s->rep;
}

static bool
may_write_name(struct scene *s, enum exit_code *code)
{
	const struct schema_type *type =
		schema_type(s->rep->schema, TYPE_ACCOUNT);
	struct problem problem = {0};
	const uint8_t name[] = {0xa1, 'x'};
	struct edit_operation operation = {
		schema_field_named(type, "legal_name"), OPERATION_PUT,
		{name, sizeof name}};
	struct edit edit = {.type = type,
		.id = {7},
		.id_size = ID_BYTES,
		.is_new = true,
		.operations = &operation,
		.operation_count = 1};
	struct edit_result result;
	bool written;

	office_good(node_begin(s->rep, &problem), &problem);
	written = node_write(s->rep, &edit, 1, &result, &problem);
	*code = problem.code;
	if (written)
		office_good(node_commit(s->rep, &problem), &problem);
	else
		node_rollback(s->rep);
	return written;
}

static void
what_was_forgotten_is_not_written_on_before_it_is_back(void **state)
{
	struct scene s = {.rep = NULL};
	enum exit_code code;

	(void)state;
	open_scene(&s);
	drop_and_open(&s);
	/* Its next change would be number 1 a second time. */
	assert_false(may_write_name(&s, &code));
	assert_int_equal(code, EXIT_REFUSED);
	office_carry(s.office.hub, s.rep);
	assert_true(may_write_name(&s, &code));
	office_carry(s.rep, s.office.hub);
	office_close(&s.office);
}

static void
or_the_hub_has_no_more_of_it(void **state)
{
	struct problem problem = {0};
	struct scene s = {.rep = NULL};
	enum exit_code code;
	struct territory *t;

	(void)state;
	open_scene(&s);
	drop_and_open(&s);
	assert_false(may_write_name(&s, &code));
	t = node_territory(s.rep, s.territory, true);
	/* A session in step with a hub that was restored from before. */
	office_good(node_begin(s.rep, &problem), &problem);
	assert_int_equal(territory_came_back(t), STATUS_OK);
	office_good(node_commit(s.rep, &problem), &problem);
	assert_true(may_write_name(&s, &code));
	office_close(&s.office);
}

/* … or before the drop was committed: it is owed, as before. */
static void
an_interrupted_drop_changes_nothing(void **state)
{
	struct problem problem = {0};
	struct scene s = {.rep = NULL};
	struct store *store;
	int owed = 0;

	(void)state;
	open_scene(&s);
	end_grant(&s);
	store = s.rep->store;
	assert_int_equal(store->begin(store->self), STATUS_OK);
	assert_int_equal(store->territory_drop(store->self,
				 territory_number(node_territory(
					 s.rep, s.territory, false)),
				 s.rep->device),
		STATUS_OK);
	node_rollback(s.rep);
	node_owed(s.rep, count_owed, &owed);
	assert_int_equal(owed, 1);
	assert_true(folder_holds(s.dir, secret, strlen(secret)));
	office_good(node_handed_over(s.rep, s.territory, &problem), &problem);
	office_good(node_tidy(s.rep, &problem), &problem);
	assert_forgotten(&s);
	office_close(&s.office);
}

static void
a_stolen_device_does_not_wait_for_the_hub(void **state)
{
	struct problem problem = {0};
	struct scene s = {.rep = NULL};
	struct hub_revocation revocation = {.who = "rep1", .stolen = true};
	uint32_t count;
	int owed = 0;

	(void)state;
	open_scene(&s);
	office_good(hub_revoke(s.office.hub, &revocation, &count, &problem),
		&problem);
	assert_int_equal(count, 1);
	office_carry(s.office.hub, s.rep);
	node_owed(s.rep, count_owed, &owed);
	assert_int_equal(owed, 0);
	office_good(node_tidy(s.rep, &problem), &problem);
	assert_forgotten(&s);
	office_close(&s.office);
}

/* ---- what the hub carries out on a day ---- */

static const struct policy_grant *
grant_of_rep(struct scene *s)
{
	const struct policy *policy = s->office.hub->policy;
	const uint8_t *user = policy_user_login(policy, "rep1")->id;
	const struct policy_grant *g;

	for (uint32_t i = 0; (g = policy_grant_at(policy, i)); i++)
		if (!memcmp(g->user, user, ID_BYTES))
			return g;
	return NULL;
}

static void
a_friendly_ending_is_over_after_fourteen_days_at_the_latest(void **state)
{
	const int64_t day = (int64_t)24 * 3600 * 1000;
	struct problem problem = {0};
	struct scene s = {.rep = NULL};
	struct hub_grant grant = {.login = "rep1", .territory = "east/linxi"};
	uint32_t count;
	int64_t began;

	(void)state;
	open_scene(&s);
	office_good(
		hub_end_grant(s.office.hub, &grant, false, &count, &problem),
		&problem);
	began = grant_of_rep(&s)->ending_ms;
	assert_true(began > 0);
	office_good(hub_carry_out(s.office.hub,
			    began + HUB_ENDING_DAYS * day - 1, &problem),
		&problem);
	assert_false(grant_of_rep(&s)->ended);
	office_good(hub_carry_out(s.office.hub, began + HUB_ENDING_DAYS * day,
			    &problem),
		&problem);
	assert_true(grant_of_rep(&s)->ended);
	office_close(&s.office);
}

static void
a_grant_ends_on_its_day_and_not_before(void **state)
{
	const int64_t noon = (int64_t)1893585600 * 1000; /* 2030-01-02 12:00 */
	const int64_t day = (int64_t)24 * 3600 * 1000;
	struct problem problem = {0};
	struct scene s = {.rep = NULL};
	struct hub_grant grant = {.login = "rep1",
		.territory = "east/linxi",
		.until = "2030-01-02"};

	(void)state;
	open_scene(&s);
	office_good(hub_grant(s.office.hub, &grant, &problem), &problem);
	office_good(
		hub_carry_out(s.office.hub, noon - day, &problem), &problem);
	assert_true(grant_of_rep(&s)->ending_ms == 0);
	office_good(hub_carry_out(s.office.hub, noon, &problem), &problem);
	assert_true(grant_of_rep(&s)->ending_ms != 0);
	/* Nobody else acts on it. */
	office_carry(s.office.hub, s.rep);
	assert_true(policy_may_read(s.rep->policy, s.rep->device, s.territory));
	office_close(&s.office);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_was_handed_over_is_forgotten_to_the_last_byte),
		cmocka_unit_test(what_was_typed_meanwhile_is_handed_over_first),
		cmocka_unit_test(
			an_interrupted_cleaning_is_done_at_the_next_opening),
		cmocka_unit_test(an_interrupted_drop_changes_nothing),
		cmocka_unit_test(
			what_was_forgotten_is_not_written_on_before_it_is_back),
		cmocka_unit_test(or_the_hub_has_no_more_of_it),
		cmocka_unit_test(a_stolen_device_does_not_wait_for_the_hub),
		cmocka_unit_test(
			a_friendly_ending_is_over_after_fourteen_days_at_the_latest),
		cmocka_unit_test(a_grant_ends_on_its_day_and_not_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
