/* Late changes carried over into a log that counts: MERGE R20. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <sodium.h>

#include "proto/schema_roadbook.h"
#include "sync/carry.h"
#include "tests/sync/nodes.h"

struct company {
	struct node *hub, *rep, *manager;
};

static struct company company;
static const uint8_t account[ID_BYTES] = {0xac, [15] = 1};

/* Everybody has the rep's first change, and the log is cut behind it. */
static int
found(void **state)
{
	struct company *c = &company;

	c->hub = node_new(50, 0);
	c->rep = node_new(60, REP);
	c->manager = node_new(70, MANAGER);
	hub_found(c->hub);
	hub_add_device(c->hub, c->rep);
	hub_add_device(c->hub, c->manager);
	node_introduce(c->rep, c->hub);
	node_introduce(c->manager, c->hub);
	(void)sync_nodes(c->rep, c->hub);
	node_write(c->rep, LINXI, GRANT_LINXI, 1, "First");
	(void)sync_nodes(c->rep, c->hub);
	hub_add_cutoff(c->hub, 0x41, c->rep->device, id_of(GRANT_LINXI),
		id_of(LINXI), 1);
	(void)sync_nodes(c->manager, c->hub);
	assert_int_equal(node_applied(c->manager, LINXI), 1);
	*state = c;
	return 0;
}

static int
close(void **state)
{
	struct company *c = *state;

	node_free(c->hub);
	node_free(c->rep);
	node_free(c->manager);
	return 0;
}

/* A late change of the rep's, as it lies in a record. */
struct late {
	uint8_t bytes[512];
	size_t size;
};

static void
write_change(struct late *late, int64_t at, const char *name, const char *tier,
	const struct seen_entry *seen, const struct unseen_entry *unseen)
{
	uint8_t values[128];
	struct pack value, pack;
	struct operation operations[2];
	struct change_draft draft = {.at = at,
		.seen = seen,
		.seen_count = seen ? 1 : 0,
		.unseen = unseen,
		.unseen_count = unseen ? 1 : 0,
		.operations = operations,
		.operation_count = tier ? 2 : 1};
	size_t first;
	const struct schema_type *type =
		schema_type(schema_roadbook(), TYPE_ACCOUNT);

	pack_init(&value, values, sizeof values);
	pack_text(&value, name);
	first = value.size;
	if (tier)
		pack_text(&value, tier);
	for (size_t i = 0; i < 2; i++)
		operations[i] = (struct operation){.type = TYPE_ACCOUNT,
			.id = account,
			.id_size = ID_BYTES,
			.field = schema_field_named(
				type, i ? "tier" : "short_name")
					 ->number,
			.kind = OPERATION_PUT,
			.time = at,
			.value = {values + (i ? first : 0),
				i ? value.size - first : first}};
	pack_init(&pack, late->bytes, sizeof late->bytes);
	change_encode(&pack, &draft);
	assert_false(pack.overflow);
	late->size = pack.size;
}

static void
write_late(struct late *late, int64_t at, const char *name, const char *tier,
	const struct seen_entry *seen)
{
	write_change(late, at, name, tier, seen, NULL);
}

static void
log_of(uint8_t out[static LOG_BYTES], const struct node *node, uint8_t grant)
{
	memcpy(out, node->device, ID_BYTES);
	memcpy(out + ID_BYTES, id_of(grant), ID_BYTES);
}

/* The manager carries the last of `count` changes over, from the cut on. */
static enum status
carry_over_of(struct company *c, const struct node *author, int64_t cut,
	const struct late *late, size_t count, const struct carried *carried,
	size_t carried_count, int64_t *seq, uint32_t *left_out)
{
	uint8_t own[LOG_BYTES], origin[LOG_BYTES];
	struct pack_view changes[4];
	struct carry carry = {.log = own,
		.at = NODES_NOW + 500,
		.origin_log = origin,
		.origin_seq = cut + (int64_t)count,
		.changes = changes,
		.change_count = count,
		.carried = carried,
		.carried_count = carried_count};

	for (size_t i = 0; i < count; i++)
		changes[i] = (struct pack_view){late[i].bytes, late[i].size};
	log_of(own, c->manager, GRANT_EAST);
	log_of(origin, author, GRANT_LINXI);
	return territory_carry(node_territory(c->manager, id_of(LINXI)), &carry,
		seq, left_out);
}

static enum status
carry_over(struct company *c, const struct late *late, size_t count,
	const struct carried *carried, size_t carried_count, int64_t *seq,
	uint32_t *left_out)
{
	return carry_over_of(c, c->rep, 1, late, count, carried, carried_count,
		seq, left_out);
}

/* The values that live in a field of the account at the manager, shown first.
 */
static uint32_t
live(struct company *c, const char *field, char first[static 32])
{
	const struct schema_type *type =
		schema_type(schema_roadbook(), TYPE_ACCOUNT);
	struct record record = {0};
	struct shown shown;
	struct unpack unpack;
	struct pack_view text;
	const struct reg *reg;
	uint32_t count = 0;

	assert_int_equal(
		territory_record(node_territory(c->manager, id_of(LINXI)),
			TYPE_ACCOUNT, account, ID_BYTES, &record, &shown),
		STATUS_OK);
	reg = record_find(&record, schema_field_named(type, field)->number,
		KIND_PUT, (struct pack_view){NULL, 0});
	memset(first, 0, 32);
	if (reg && reg->version_count) {
		count = reg->version_count;
		unpack_init(&unpack, reg->versions[0].value.bytes,
			reg->versions[0].value.size);
		assert_true(unpack_text(&unpack, 31, &text));
		memcpy(first, text.bytes, text.size);
	}
	record_clear(&record);
	return count;
}

static void
what_its_author_had_seen_is_superseded(void **state)
{
	struct company *c = *state;
	struct late late[1];
	uint32_t left_out;
	char text[32];
	int64_t seq;

	write_late(&late[0], NODES_NOW + 100, "Late", NULL, NULL);
	assert_int_equal(
		carry_over(c, late, 1, NULL, 0, &seq, &left_out), STATUS_OK);
	assert_int_equal(seq, 1);
	assert_int_equal(left_out, 0);
	assert_int_equal(live(c, "short_name", text), 1);
	assert_string_equal(text, "Late");
}

static void
what_its_author_had_not_seen_stays_beside_it(void **state)
{
	struct company *c = *state;
	struct late late[1];
	uint32_t left_out;
	char text[32];
	int64_t seq;

	node_write(c->manager, LINXI, GRANT_EAST, 1, "Newer");
	write_late(&late[0], NODES_NOW - 100, "Late", NULL, NULL);
	assert_int_equal(
		carry_over(c, late, 1, NULL, 0, &seq, &left_out), STATUS_OK);
	assert_int_equal(live(c, "short_name", text), 2);
	/* Its time is the old one, so it does not win the tie. */
	assert_string_equal(text, "Newer");
}

static void
one_that_had_seen_more_covers_more(void **state)
{
	struct company *c = *state;
	uint8_t own[LOG_BYTES];
	struct seen_entry seen = {own, 1};
	struct late late[1];
	uint32_t left_out;
	char text[32];
	int64_t seq;

	log_of(own, c->manager, GRANT_EAST);
	node_write(c->manager, LINXI, GRANT_EAST, 1, "Newer");
	write_late(&late[0], NODES_NOW + 100, "Late", NULL, &seen);
	assert_int_equal(
		carry_over(c, late, 1, NULL, 0, &seq, &left_out), STATUS_OK);
	assert_int_equal(live(c, "short_name", text), 1);
	assert_string_equal(text, "Late");
}

static void
a_later_one_covers_the_copy_of_an_earlier_one(void **state)
{
	struct company *c = *state;
	struct carried carried = {.origin_seq = 2, .seq = 1};
	struct late late[2];
	uint32_t left_out;
	char text[32];
	int64_t seq;

	write_late(&late[0], NODES_NOW + 100, "Late", NULL, NULL);
	write_late(&late[1], NODES_NOW + 50, "Later", NULL, NULL);
	assert_int_equal(
		carry_over(c, late, 1, NULL, 0, &seq, &left_out), STATUS_OK);
	/* As if nobody knew that the first was carried over: both stay. */
	assert_int_equal(
		carry_over(c, late, 2, NULL, 0, &seq, &left_out), STATUS_OK);
	assert_int_equal(live(c, "short_name", text), 2);
	log_of(carried.origin_log, c->rep, GRANT_LINXI);
	log_of(carried.log, c->manager, GRANT_EAST);
	assert_int_equal(carry_over(c, late, 2, &carried, 1, &seq, &left_out),
		STATUS_OK);
	assert_int_equal(seq, 3);
	/* The second copy was nobody's knowledge, so it is still there. */
	assert_int_equal(live(c, "short_name", text), 2);
	assert_string_equal(text, "Later");
}

/*
 * A colleague's log that ended before its first change has no number at the
 * manager: the only trace of it is the copy (simulator, seed 4260).
 */
static void
one_that_had_seen_a_log_that_is_not_here_covers_its_copy(void **state)
{
	struct company *c = *state;
	struct node *colleague = node_new(80, REP);
	uint8_t log[LOG_BYTES];
	struct seen_entry seen = {log, 1};
	struct carried carried = {.origin_seq = 1, .seq = 1};
	struct late early[1], late[1];
	uint32_t left_out;
	char text[32];
	int64_t seq;

	hub_add_device(c->hub, colleague);
	hub_add_cutoff(c->hub, 0x42, colleague->device, id_of(GRANT_LINXI),
		id_of(LINXI), 0);
	(void)sync_nodes(c->manager, c->hub);
	log_of(log, colleague, GRANT_LINXI);
	write_late(&early[0], NODES_NOW + 100, "Early", NULL, NULL);
	assert_int_equal(carry_over_of(c, colleague, 0, early, 1, NULL, 0, &seq,
				 &left_out),
		STATUS_OK);
	assert_int_equal(seq, 1);
	assert_int_equal(live(c, "short_name", text), 2);

	memcpy(carried.origin_log, log, LOG_BYTES);
	log_of(carried.log, c->manager, GRANT_EAST);
	write_late(&late[0], NODES_NOW + 50, "Late", NULL, &seen);
	assert_int_equal(carry_over(c, late, 1, &carried, 1, &seq, &left_out),
		STATUS_OK);
	assert_int_equal(live(c, "short_name", text), 1);
	assert_string_equal(text, "Late");
	node_free(colleague);
}

/* A form that was opened before its own author's earlier change (MERGE R7). */
static void
a_copy_that_the_authors_form_had_not_shown_stays_beside_it(void **state)
{
	struct company *c = *state;
	uint8_t origin[LOG_BYTES];
	struct unseen_entry unseen = {origin, 2, 2};
	struct carried carried = {.origin_seq = 2, .seq = 1};
	struct late late[2];
	uint32_t left_out;
	char text[32];
	int64_t seq;

	log_of(origin, c->rep, GRANT_LINXI);
	write_late(&late[0], NODES_NOW + 50, "Late", NULL, NULL);
	write_change(&late[1], NODES_NOW + 100, "Later", NULL, NULL, &unseen);
	assert_int_equal(
		carry_over(c, late, 1, NULL, 0, &seq, &left_out), STATUS_OK);
	log_of(carried.origin_log, c->rep, GRANT_LINXI);
	log_of(carried.log, c->manager, GRANT_EAST);
	assert_int_equal(carry_over(c, late, 2, &carried, 1, &seq, &left_out),
		STATUS_OK);
	assert_int_equal(live(c, "short_name", text), 2);
	assert_string_equal(text, "Later");
}

/* Whoever carries over lends nobody a rank. */
static void
what_the_authors_rank_did_not_allow_is_left_out(void **state)
{
	struct company *c = *state;
	struct late late[1];
	uint32_t left_out;
	char text[32];
	int64_t seq;

	write_late(&late[0], NODES_NOW + 100, "Late", "strategic", NULL);
	assert_int_equal(
		carry_over(c, late, 1, NULL, 0, &seq, &left_out), STATUS_OK);
	assert_int_equal(left_out, 1);
	assert_int_equal(live(c, "short_name", text), 1);
	assert_int_equal(live(c, "tier", text), 0);
}

static void
what_is_not_late_or_not_whole_is_refused(void **state)
{
	struct company *c = *state;
	uint8_t own[LOG_BYTES], origin[LOG_BYTES];
	struct pack_view change = {(const uint8_t *)"\xc0", 1};
	struct carry carry = {.log = own,
		.at = NODES_NOW,
		.origin_log = origin,
		.origin_seq = 2,
		.changes = &change,
		.change_count = 1};
	struct territory *t = node_territory(c->manager, id_of(LINXI));
	uint32_t left_out;
	int64_t seq;

	log_of(own, c->manager, GRANT_EAST);
	log_of(origin, c->rep, GRANT_LINXI);
	assert_int_equal(
		territory_carry(t, &carry, &seq, &left_out), STATUS_MALFORMED);
	carry.origin_seq = 3; /* the one before it is missing */
	assert_int_equal(
		territory_carry(t, &carry, &seq, &left_out), STATUS_AGAIN);
	carry.origin_seq = 1; /* that counts as it is */
	assert_int_equal(
		territory_carry(t, &carry, &seq, &left_out), STATUS_AGAIN);
	log_of(origin, c->manager, GRANT_EAST); /* nothing cuts this one */
	carry.origin_seq = 1;
	assert_int_equal(
		territory_carry(t, &carry, &seq, &left_out), STATUS_AGAIN);
	assert_int_equal(node_applied(c->manager, LINXI), 1);
}

/* A directory from before: it is a part of ours, and takes nothing back. */
static void
an_old_directory_takes_no_revocation_back(void **state)
{
	struct company *c = *state;
	struct node *deaf = node_new(80, MANAGER);

	hub_add_device(c->hub, deaf);
	node_introduce(deaf, c->hub);
	(void)sync_nodes(deaf, c->hub);
	hub_add_cutoff(c->hub, 0x42, c->rep->device, NULL, NULL, 0);
	(void)sync_nodes(c->manager, c->hub);
	assert_true(policy_is_revoked(c->manager->policy, c->rep->device));
	assert_false(policy_is_revoked(deaf->policy, c->rep->device));
	node_give(c->manager, deaf, policy_directory(deaf->policy));
	assert_true(policy_is_revoked(c->manager->policy, c->rep->device));
	assert_int_equal(sync_nodes(deaf, c->manager).state, SESSION_SETTLED);
	assert_true(policy_is_revoked(deaf->policy, c->rep->device));
	node_free(deaf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, found, close)
		TEST(what_its_author_had_seen_is_superseded),
		TEST(what_its_author_had_not_seen_stays_beside_it),
		TEST(one_that_had_seen_more_covers_more),
		TEST(a_later_one_covers_the_copy_of_an_earlier_one),
		TEST(one_that_had_seen_a_log_that_is_not_here_covers_its_copy),
		TEST(a_copy_that_the_authors_form_had_not_shown_stays_beside_it),
		TEST(what_the_authors_rank_did_not_allow_is_left_out),
		TEST(what_is_not_late_or_not_whole_is_refused),
		TEST(an_old_directory_takes_no_revocation_back),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
