#ifndef TESTS_CLIENT_OFFICE_H
#define TESTS_CLIENT_OFFICE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "client/node/hub/hub.h"
#include "client/node/setup.h"
#include "client/node/view.h"
#include "proto/schema_roadbook.h"
#include "proto/segment.h"
#include "proto/token.h"

/*
 * A company in a temporary folder for tests: its hub and devices of reps of
 * `east/linxi`, without a link. office_carry() takes everything that one node
 * has and another may have across, as a sync would.
 */
enum { OFFICE_DEVICES = 3 };

struct office {
	char dir[64];
	struct node *hub;
	struct node *devices[OFFICE_DEVICES];
	int count;
};

static void
office_good(bool good, const struct problem *problem)
{
	if (!good)
		print_error("%s (%s)\n", problem->message, problem->hint);
	assert_true(good);
}

/* Hands over the segments of one territory. */
static void
office_carry_territory(struct node *from, struct node *to, const uint8_t *id)
{
	struct territory *source = node_territory(from, id, false);
	struct territory *target = node_territory(to, id, true);
	const struct frontier_entry *theirs;
	uint32_t count;
	struct territory_walk walk = {0};
	struct pack_view bytes;

	if (!source || !target)
		return;
	territory_frontier(target, &theirs, &count);
	while (territory_lacking(source, theirs, count, &walk, &bytes) ==
		STATUS_OK) {
		struct segment segment;
		enum message_verdict verdict;

		assert_int_equal(
			segment_view(&segment, bytes.bytes, bytes.size),
			STATUS_OK);
		assert_int_equal(territory_keep(target, &segment, bytes.bytes,
					 false, &verdict),
			STATUS_OK);
		assert_int_equal(verdict, VERDICT_KEPT);
		territory_frontier(target, &theirs, &count);
	}
	assert_int_equal(territory_settle(target, NULL), STATUS_OK);
}

static void
office_carry(struct node *from, struct node *to)
{
	struct problem problem = {0};
	uint32_t count = from->territory_count;

	assert_int_equal(node_seal(from), STATUS_OK);
	office_good(node_begin(to, &problem), &problem);
	office_carry_territory(from, to, territory_id(from->directory));
	assert_int_equal(node_directory_changed(to), STATUS_OK);
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *id = territory_id(from->territories[i]);

		if (from->territories[i] != from->directory &&
			policy_may_read(to->policy, to->device, id))
			office_carry_territory(from, to, id);
	}
	office_good(node_commit(to, &problem), &problem);
}

/* Another device of rep1, rep2, …, with a grant on east/linxi. */
static struct node *
office_device(struct office *office, const char *role)
{
	struct problem problem = {0};
	char dir[96], login[16], name[64];
	const char *url = "tcp://10.0.0.1:7447";
	struct hub_invitation invitation = {.login = login,
		.territory = "east/linxi",
		.role = role,
		.urls = &url,
		.url_count = 1};
	struct node_keys *keys = node_keys_new(false);
	struct setup setup = {.dir = dir, .keys = keys};
	char text[TOKEN_TEXT_SIZE];
	struct token token;
	uint8_t user[ID_BYTES], link_key[LINK_KEY_SIZE];
	struct node *node = NULL;

	(void)snprintf(login, sizeof login, "rep%d", office->count + 1);
	(void)snprintf(dir, sizeof dir, "%s/%s", office->dir, login);
	office_good(folder_make(dir, &problem), &problem);
	office_good(hub_user_add(office->hub, login, NULL, user, &problem),
		&problem);
	office_good(
		hub_invite(office->hub, &invitation, text, &problem), &problem);
	assert_int_equal(token_decode(&token, text), STATUS_OK);
	node_keys_link_public(keys, link_key);
	assert_int_equal(hub_session_enrol(office->hub, token.id,
				 node_keys_sign_public(keys), link_key, "test",
				 setup.credentials, &setup.credentials_size,
				 setup.user, name, sizeof name),
		STATUS_OK);
	memcpy(setup.company_key, token.company_key, SIGNING_KEY_SIZE);
	office_good(setup_node(&setup, &node, &problem), &problem);
	office_good(setup_done(&setup, &problem), &problem);
	node_keys_free(keys);
	token_clear(&token);
	office_carry(office->hub, node);
	office->devices[office->count++] = node;
	return node;
}

static void
office_open(struct office *office)
{
	struct problem problem = {0};
	char dir[96], *key = NULL;
	uint8_t id[ID_BYTES];
	struct hub_init_options options = {
		.dir = dir, .company = "云泽泓策", .admin = "admin"};

	assert_int_not_equal(sodium_init(), -1);
	*office = (struct office){.dir = "/tmp/roadbook_test_XXXXXX"};
	assert_non_null(mkdtemp(office->dir));
	(void)snprintf(dir, sizeof dir, "%s/hub", office->dir);
	office_good(hub_init(&options, &key, id, &problem), &problem);
	free(key);
	office_good(node_open(&office->hub, dir, 0, &problem), &problem);
	office_good(hub_order_as(office->hub, NULL, &problem), &problem);
	office_good(hub_territory_add(
			    office->hub, "east/linxi", false, id, &problem),
		&problem);
}

/* A field of an account, new or not, as a person writes it. */
static inline void
office_write_account(struct node *node, const uint8_t *id, bool is_new,
	const char *field, const char *text)
{
	const struct schema_type *type =
		schema_type(node->schema, TYPE_ACCOUNT);
	struct problem problem = {0};
	uint8_t bytes[256];
	struct pack pack;
	struct edit_operation operation = {
		schema_field_named(type, field), OPERATION_PUT, {0}};
	struct edit edit = {.type = type,
		.id_size = ID_BYTES,
		.is_new = is_new,
		.operations = &operation,
		.operation_count = 1};
	struct edit_result result;

	pack_init(&pack, bytes, sizeof bytes);
	pack_text(&pack, text);
	operation.value = (struct pack_view){bytes, pack.size};
	memcpy(edit.id, id, ID_BYTES);
	office_good(node_begin(node, &problem), &problem);
	office_good(node_write(node, &edit, 1, &result, &problem), &problem);
	office_good(node_commit(node, &problem), &problem);
}

static int
office_remove(
	const char *path, const struct stat *s, int kind, struct FTW *walk)
{
	(void)s;
	(void)kind;
	(void)walk;
	return remove(path);
}

static void
office_close(struct office *office)
{
	for (int i = 0; i < office->count; i++)
		node_close(office->devices[i]);
	node_close(office->hub);
	(void)nftw(office->dir, office_remove, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
