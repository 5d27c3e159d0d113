/* A folder that was copied: new keys, and what it had written goes with them.
 */

#include "tests/client/office.h"

#include "client/node/copied.h"
#include "client/node/hub/grants.h"
#include "client/node/hub/replace.h"
#include "client/node/owed.h"
#include "client/node/view.h"
#include "client/store/setting.h"
#include "proto/credentials.h"
#include "proto/schema_roadbook.h"

/*
 * rep1's folder is copied. The original goes on and is heard of by the hub;
 * the copy wrote something of its own before it knew that it was one.
 */
struct scene {
	struct office office;
	struct node *original, *copy;
	char dir[96]; /* the copy's */
	uint8_t linxi[ID_BYTES];
};

static void
write_account(struct node *node, uint8_t first, const char *name)
{
	const uint8_t id[ID_BYTES] = {first};

	office_write_account(node, id, true, "short_name", name);
}

static void
copy_file(const char *from, const char *to, const char *name)
{
	char source[160], target[160], bytes[4096];
	FILE *in, *out;
	size_t size;

	(void)snprintf(source, sizeof source, "%s/%s", from, name);
	(void)snprintf(target, sizeof target, "%s/%s", to, name);
	in = fopen(source, "rb");
	if (!in)
		return;
	out = fopen(target, "wb");
	assert_non_null(out);
	while ((size = fread(bytes, 1, sizeof bytes, in)) > 0)
		assert_int_equal(fwrite(bytes, 1, size, out), size);
	assert_int_equal(fclose(out), 0);
	(void)fclose(in);
}

/* Of a node that is closed: its WAL is in its database. */
static void
copy_folder(const char *from, const char *to)
{
	struct problem problem = {0};

	office_good(folder_make(to, &problem), &problem);
	copy_file(from, to, "node.db");
	copy_file(from, to, "keys");
}

static int
open_scene(void **state)
{
	struct scene *s = calloc(1, sizeof *s);
	struct problem problem = {0};
	char from[96];

	assert_non_null(s);
	office_open(&s->office);
	s->original = office_device(&s->office, "rep");
	memcpy(s->linxi,
		policy_territory_path(s->original->policy, "east/linxi")->id,
		ID_BYTES);
	write_account(s->original, 1, "两边都有");
	office_carry(s->original, s->office.hub);
	(void)snprintf(from, sizeof from, "%s", s->original->dir);
	(void)snprintf(s->dir, sizeof s->dir, "%s/copy", s->office.dir);
	node_close(s->original);
	copy_folder(from, s->dir);
	office_good(node_open(&s->original, from, 0, &problem), &problem);
	office_good(node_open(&s->copy, s->dir, 0, &problem), &problem);
	s->office.devices[0] = s->original;
	*state = s;
	return 0;
}

static int
close_scene(void **state)
{
	struct scene *s = *state;

	node_close(s->copy);
	office_close(&s->office);
	free(s);
	return 0;
}

static void
open_again(struct scene *s)
{
	struct problem problem = {0};

	node_close(s->copy);
	office_good(node_open(&s->copy, s->dir, 0, &problem), &problem);
}

static uint32_t
accounts(struct node *node)
{
	uint32_t count = 0;
	sqlite3_stmt *statement;

	assert_int_equal(
		sqlite3_prepare_v2(store_sqlite_handle(node->store),
			"SELECT count(*) FROM account", -1, &statement, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	count = (uint32_t)sqlite3_column_int(statement, 0);
	(void)sqlite3_finalize(statement);
	return count;
}

/* What a session does for a copy at the hub (sync/session_copied.c). */
static enum status
be_replaced(struct scene *s, struct node *node)
{
	uint8_t credentials[CREDENTIALS_SIZE_MAX], link_key[LINK_KEY_SIZE],
		device[ID_BYTES], user[ID_BYTES];
	const uint8_t *secret;
	struct node_keys *next;
	char login[64];
	size_t size = sizeof credentials;
	enum status status;

	memcpy(device, node->device, ID_BYTES);
	assert_true(copied_replacement(node, &secret, link_key));
	next = node->next_keys;
	status = hub_session_replace(s->office.hub, device,
		node_keys_sign_public(next), link_key, credentials, &size, user,
		login, sizeof login);
	assert_int_equal(status, STATUS_OK);
	assert_string_equal(login, "rep1");
	return copied_replaced(node, credentials, size);
}

/* A session hears of the directory first, and carries over by what it says. */
static void
hear_directory(struct scene *s, struct node *node)
{
	struct problem problem = {0};

	assert_int_equal(node_seal(s->office.hub), STATUS_OK);
	office_good(node_begin(node, &problem), &problem);
	office_carry_territory(
		s->office.hub, node, territory_id(node->directory));
	assert_int_equal(node_directory_changed(node), STATUS_OK);
	assert_int_equal(copied_carry(node), STATUS_OK);
	office_good(node_commit(node, &problem), &problem);
}

static void
hear_and_carry(struct scene *s, struct node *node)
{
	hear_directory(s, node);
	office_carry(s->office.hub, node);
}

static void
a_copy_writes_nothing_more_until_it_has_keys_of_its_own(void **state)
{
	struct scene *s = *state;
	struct problem problem = {0};

	assert_true(copied_may_write(s->copy, &problem));
	copied_mark(s->copy, s->copy->device);
	assert_false(copied_may_write(s->copy, &problem));
	assert_int_equal(problem.code, EXIT_REFUSED);
	assert_true(problem.hint[0]);
	open_again(s);
	assert_false(copied_may_write(s->copy, &problem));
	assert_int_equal(be_replaced(s, s->copy), STATUS_OK);
	assert_true(copied_may_write(s->copy, &problem));
	open_again(s);
	assert_true(copied_may_write(s->copy, &problem));
}

static void
who_is_no_copy_asks_for_no_keys(void **state)
{
	struct scene *s = *state;
	uint8_t link_key[LINK_KEY_SIZE];
	const uint8_t *secret;

	assert_false(copied_replacement(s->original, &secret, link_key));
	/* Nor does the hub, which certifies itself. */
	copied_mark(s->office.hub, s->office.hub->device);
	assert_false(copied_replacement(s->office.hub, &secret, link_key));
	s->office.hub->copied = false;
}

static void
asks_for_the_same_keys_until_it_has_them(void **state)
{
	struct scene *s = *state;
	uint8_t link_key[2][LINK_KEY_SIZE], first[64];
	const uint8_t *secret;

	copied_mark(s->copy, s->copy->device);
	assert_true(copied_replacement(s->copy, &secret, link_key[0]));
	memcpy(first, secret, sizeof first);
	/* The hub may have written them down when the link was lost. */
	open_again(s);
	assert_true(copied_replacement(s->copy, &secret, link_key[1]));
	assert_memory_equal(secret, first, sizeof first);
	assert_memory_equal(link_key[0], link_key[1], LINK_KEY_SIZE);
}

static void
is_the_new_device_after_a_crash_before_the_file_had_its_name(void **state)
{
	struct scene *s = *state;
	uint8_t device[ID_BYTES];
	char keys[160], next[160];

	copied_mark(s->copy, s->copy->device);
	assert_int_equal(be_replaced(s, s->copy), STATUS_OK);
	memcpy(device, s->copy->device, ID_BYTES);
	assert_memory_not_equal(device, s->original->device, ID_BYTES);
	/* The credentials were written, the keys not yet renamed. */
	(void)snprintf(keys, sizeof keys, "%s/keys", s->dir);
	(void)snprintf(next, sizeof next, "%s/keys.next", s->dir);
	assert_int_equal(rename(keys, next), 0);
	copy_file(s->original->dir, s->dir, "keys");
	open_again(s);
	assert_memory_equal(s->copy->device, device, ID_BYTES);
}

static void
carries_what_it_wrote_over_once_and_keeps_the_originals(void **state)
{
	struct scene *s = *state;
	struct territory *t;

	write_account(s->original, 2, "原机写的");
	write_account(s->copy, 3, "副本写的");
	office_carry(s->original, s->office.hub);
	copied_mark(s->copy, s->copy->device);
	assert_int_equal(be_replaced(s, s->copy), STATUS_OK);
	hear_and_carry(s, s->copy);
	assert_int_equal(accounts(s->copy), 3);
	/* Said again by every sync, done once. */
	t = node_territory(s->copy, s->linxi, false);
	assert_int_equal(territory_pending(t), 1);
	hear_and_carry(s, s->copy);
	assert_int_equal(territory_pending(t), 1);
	open_again(s);
	office_carry(s->copy, s->office.hub);
	assert_int_equal(accounts(s->office.hub), 3);
	/* The keys of both ended: the original gets new ones, too. */
	write_account(s->original, 4, "原机又写的");
	copied_mark(s->original, s->original->device);
	assert_int_equal(be_replaced(s, s->original), STATUS_OK);
	hear_and_carry(s, s->original);
	assert_int_equal(accounts(s->original), 4);
	office_carry(s->original, s->office.hub);
	office_carry(s->office.hub, s->copy);
	assert_int_equal(accounts(s->office.hub), 4);
	assert_int_equal(accounts(s->copy), 4);
}

static void
waits_for_the_hubs_word_about_the_old_log(void **state)
{
	struct scene *s = *state;
	struct problem problem = {0};
	struct territory *t = node_territory(s->copy, s->linxi, true);

	write_account(s->copy, 3, "副本写的");
	copied_mark(s->copy, s->copy->device);
	assert_int_equal(be_replaced(s, s->copy), STATUS_OK);
	/* It has new keys, and no cut-off of the old ones yet. */
	office_good(node_begin(s->copy, &problem), &problem);
	assert_int_equal(copied_carry(s->copy), STATUS_OK);
	office_good(node_commit(s->copy, &problem), &problem);
	assert_int_equal(territory_pending(t), 1); /* where it was */
	assert_int_equal(accounts(s->copy), 2);
	hear_and_carry(s, s->copy);
	office_carry(s->copy, s->office.hub);
	assert_int_equal(accounts(s->office.hub), 2);
}

static void
a_second_copy_of_the_copy_is_one_as_well(void **state)
{
	struct scene *s = *state;
	uint8_t former[3 * ID_BYTES];

	copied_mark(s->copy, s->copy->device);
	assert_int_equal(be_replaced(s, s->copy), STATUS_OK);
	hear_and_carry(s, s->copy);
	write_account(s->copy, 3, "副本写的");
	office_carry(s->copy, s->office.hub);
	write_account(s->copy, 4, "又一份写的");
	copied_mark(s->copy, s->copy->device);
	assert_int_equal(be_replaced(s, s->copy), STATUS_OK);
	hear_and_carry(s, s->copy);
	assert_int_equal(
		setting_get(s->copy->store, "former", former, sizeof former),
		2 * ID_BYTES);
	assert_memory_equal(former, s->original->device, ID_BYTES);
	office_carry(s->copy, s->office.hub);
	assert_int_equal(accounts(s->office.hub), 3);
}

static void
count_late(void *self, const uint8_t *log, int64_t first, int64_t last)
{
	int64_t *count = self;

	(void)log;
	*count += last - first + 1;
}

/* It is given nothing of the territory any more, the twin's words neither. */
static void
knows_its_twin_by_the_end_of_their_log_when_the_grant_has_ended(void **state)
{
	struct scene *s = *state;
	struct hub_grant as_rep = {
		.login = "rep1", .territory = "east/linxi", .role = "rep"};
	struct problem problem = {0};
	struct node *twin;
	char dir[sizeof s->dir + 8];
	int64_t late = 0;
	uint32_t count;

	write_account(s->copy, 3, "副本写的");
	copied_mark(s->copy, s->copy->device);
	assert_int_equal(be_replaced(s, s->copy), STATUS_OK);
	(void)snprintf(dir, sizeof dir, "%s.twin", s->dir);
	node_close(s->copy);
	copy_folder(s->dir, dir);
	office_good(node_open(&s->copy, s->dir, 0, &problem), &problem);
	office_good(node_open(&twin, dir, 0, &problem), &problem);
	assert_memory_equal(twin->device, s->copy->device, ID_BYTES);
	hear_and_carry(s, twin);
	office_carry(twin, s->office.hub);
	office_good(
		hub_end_grant(s->office.hub, &as_rep, true, &count, &problem),
		&problem);
	hear_directory(s, twin);
	assert_false(twin->copied);
	assert_int_equal(
		territory_pending(node_territory(twin, s->linxi, false)), 0);
	hear_directory(s, s->copy);
	assert_true(s->copy->copied);
	/* What waited under the first keys is late under the third. */
	assert_int_equal(be_replaced(s, s->copy), STATUS_OK);
	hear_directory(s, s->copy);
	assert_false(s->copy->copied);
	assert_int_equal(
		territory_late(node_territory(s->copy, s->linxi, false),
			count_late, &late),
		STATUS_OK);
	assert_int_equal(late, 1);
	node_close(twin);
}

#define AT_A_COPY(name)                                                        \
	cmocka_unit_test_setup_teardown(name, open_scene, close_scene)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		AT_A_COPY(
			a_copy_writes_nothing_more_until_it_has_keys_of_its_own),
		AT_A_COPY(who_is_no_copy_asks_for_no_keys),
		AT_A_COPY(asks_for_the_same_keys_until_it_has_them),
		AT_A_COPY(
			is_the_new_device_after_a_crash_before_the_file_had_its_name),
		AT_A_COPY(
			carries_what_it_wrote_over_once_and_keeps_the_originals),
		AT_A_COPY(waits_for_the_hubs_word_about_the_old_log),
		AT_A_COPY(a_second_copy_of_the_copy_is_one_as_well),
		AT_A_COPY(
			knows_its_twin_by_the_end_of_their_log_when_the_grant_has_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
