/* What a copied store does with what its former keys had typed. */

#include "tests/client/office.h"

#include "client/node/copied.h"
#include "client/node/hub/grants.h"
#include "client/node/hub/replace.h"
#include "client/node/view.h"
#include "proto/credentials.h"
#include "proto/schema_roadbook.h"

/* rep1's laptop has typed an account's name, and nobody has it. */
struct scene {
	struct office office;
	struct node *rep;
	uint8_t account[ID_BYTES];
};

static void
type_name(struct node *node, const uint8_t *id)
{
	const struct schema_type *type =
		schema_type(node->schema, TYPE_ACCOUNT);
	struct problem problem = {0};
	uint8_t bytes[64];
	struct pack pack;
	struct edit_operation operation = {
		schema_field_named(type, "legal_name"), OPERATION_PUT, {0}};
	struct edit edit = {.type = type,
		.id_size = ID_BYTES,
		.is_new = true,
		.operations = &operation,
		.operation_count = 1};
	struct edit_result result;

	pack_init(&pack, bytes, sizeof bytes);
	pack_text(&pack, "鑫澜集团");
	operation.value = (struct pack_view){bytes, pack.size};
	memcpy(edit.id, id, ID_BYTES);
	office_good(node_begin(node, &problem), &problem);
	office_good(node_write(node, &edit, 1, &result, &problem), &problem);
	office_good(node_commit(node, &problem), &problem);
}

/* As when a session finds that another machine goes on under these keys. */
static void
replace_keys(struct scene *s)
{
	uint8_t link_key[LINK_KEY_SIZE], user[ID_BYTES];
	uint8_t credentials[CREDENTIALS_SIZE_MAX];
	size_t size = sizeof credentials;
	const uint8_t *secret;
	char login[64];

	copied_mark(s->rep);
	assert_true(copied_replacement(s->rep, &secret, link_key));
	assert_int_equal(
		hub_session_replace(s->office.hub, s->rep->device,
			secret + SIGNING_SECRET_SIZE - SIGNING_KEY_SIZE,
			link_key, credentials, &size, user, login,
			sizeof login),
		STATUS_OK);
	assert_int_equal(copied_replaced(s->rep, credentials, size), STATUS_OK);
}

static int
open_scene(void **state)
{
	static struct scene s;

	office_open(&s.office);
	s.rep = office_device(&s.office, "rep");
	node_new_id(s.account);
	type_name(s.rep, s.account);
	*state = &s;
	return 0;
}

static int
close_scene(void **state)
{
	struct scene *s = *state;

	office_close(&s->office);
	return 0;
}

/* How many changes stand in the logs of that device in east/linxi. */
static int64_t
typed_by(struct node *node, const uint8_t *device)
{
	const uint8_t *id =
		policy_territory_path(node->policy, "east/linxi")->id;
	struct territory *t = node_territory(node, id, false);
	const struct merge_logs *logs = territory_logs(t);
	int64_t *applied, found = 0;
	uint32_t count;

	territory_applied(t, &applied, &count);
	for (uint32_t i = 0; i < count; i++)
		if (memcmp(logs->list[i].id, device, ID_BYTES) == 0)
			found += applied[i];
	free(applied);
	return found;
}

static void
carry(struct scene *s)
{
	struct problem problem = {0};

	office_carry(s->office.hub, s->rep);
	office_good(node_begin(s->rep, &problem), &problem);
	assert_int_equal(copied_carry(s->rep), STATUS_OK);
	office_good(node_commit(s->rep, &problem), &problem);
}

static void
what_was_typed_goes_on_under_the_new_keys(void **state)
{
	struct scene *s = *state;
	uint8_t former[ID_BYTES];

	memcpy(former, s->rep->device, ID_BYTES);
	assert_int_equal(typed_by(s->rep, former), 1);
	replace_keys(s);
	carry(s);
	assert_int_equal(typed_by(s->rep, former), 0);
	assert_int_equal(typed_by(s->rep, s->rep->device), 1);
}

/*
 * The grant that it was typed under has ended, and what is left is ending. It
 * would stay under keys that seal nothing, and the ending never be over.
 */
static void
what_was_typed_is_handed_over_under_a_grant_that_is_ending(void **state)
{
	struct scene *s = *state;
	struct hub_grant rep = {"rep1", "east/linxi", "rep", NULL},
			 manager = {"rep1", "east/linxi", "manager", NULL};
	struct node *hub = s->office.hub;
	struct problem problem = {0};
	uint8_t former[ID_BYTES];
	uint32_t count;

	memcpy(former, s->rep->device, ID_BYTES);
	office_good(hub_grant(hub, &manager, &problem), &problem);
	replace_keys(s);
	office_good(hub_end_grant(hub, &rep, true, &count, &problem), &problem);
	office_good(hub_end_grant(hub, &manager, false, &count, &problem),
		&problem);
	carry(s);
	assert_int_equal(typed_by(s->rep, former), 0);
	assert_int_equal(typed_by(s->rep, s->rep->device), 1);
}

#define SCENE(test)                                                            \
	cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(what_was_typed_goes_on_under_the_new_keys),
		SCENE(what_was_typed_is_handed_over_under_a_grant_that_is_ending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
