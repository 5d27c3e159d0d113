/*
 * The access matrix: whoever asks, of whatever territory, whatever way, of the
 * hub and of a peer that holds everything, gets what the table says and no
 * byte more. No cell of it is empty.
 */

#include "tests/sync/caller.h"

#include <stdio.h>

#include <sodium.h>

#include "proto/token.h"

/* What the asker's grant stands for, or what became of it. */
enum standing {
	GRANTED,
	ENDING,
	ENDED,
	NOT_YET,
	REVOKED,
	STOLEN,
	UNKNOWN, /* a good certificate, and the directory has not heard of it */
};

/*
 * The grant is on east/linxi; the columns are how territories stand to that:
 * itself, above, below, beside, management below, management beside, elsewhere.
 *
 *     y  all of it
 *     h  handing over, to the hub alone: told nothing but what they told
 *     -  nothing
 */
enum { COLUMNS = 7, RIVER = 0x15, SECRETS = 0x16, HEDONG = 0x17 };
static const uint8_t columns[COLUMNS] = {
	LINXI, EAST, RIVER, HEDONG, SECRETS, MARGINS, WEST};

static const struct row {
	const char *role;
	enum standing standing;
	const char *cells;
} rows[] = {
	{"rep", GRANTED, "y-y----"},
	{"manager", GRANTED, "y-y-y--"},
	{"hq", GRANTED, "y-y-y--"},
	{"admin", GRANTED, "-------"},
	{"rep", ENDING, "y-y----"},
	{"manager", ENDING, "y-y-y--"},
	{"hq", ENDING, "y-y-y--"},
	{"admin", ENDING, "-------"},
	{"rep", ENDED, "h-h----"},
	{"manager", ENDED, "h-h-h--"},
	{"hq", ENDED, "h-h-h--"},
	{"admin", ENDED, "-------"},
	{"rep", NOT_YET, "-------"},
	{"manager", NOT_YET, "-------"},
	{"hq", NOT_YET, "-------"},
	{"admin", NOT_YET, "-------"},
	{"rep", REVOKED, "h-h----"},
	{"manager", REVOKED, "h-h-h--"},
	{"hq", REVOKED, "h-h-h--"},
	{"admin", REVOKED, "-------"},
	{"rep", STOLEN, "-------"},
	{"manager", STOLEN, "-------"},
	{"hq", STOLEN, "-------"},
	{"admin", STOLEN, "-------"},
	{"rep", UNKNOWN, "-------"},
	{"manager", UNKNOWN, "-------"},
	{"hq", UNKNOWN, "-------"},
	{"admin", UNKNOWN, "-------"},
};

enum { RELAY = 0x24, GRANT_ROOT = 0x34, GRANT_ASKER = 0x35, ASKER = 0x25 };

struct company {
	struct node *hub, *relay, *asker;
	const struct row *row;
	struct node *responder; /* hub or relay */
	uint8_t territory;
	char cell;
};

static void
open_row(struct company *c, const struct row *row)
{
	*c = (struct company){.row = row};
	c->hub = node_new(50, 0);
	c->relay = node_new(60, RELAY);
	c->asker = node_new(70, ASKER);
	hub_found(c->hub);
	hub_add_territory(c->hub, RIVER, LINXI, "river", "field");
	hub_add_territory(c->hub, SECRETS, LINXI, "secrets", "management");
	hub_add_territory(c->hub, HEDONG, EAST, "hedong", "field");
	hub_add_user(c->hub, RELAY, "relay");
	hub_add_user(c->hub, ASKER, "asker");
	hub_add_grant(c->hub, GRANT_ROOT, RELAY, ROOT, "hq");
	hub_add_device(c->hub, c->relay);
	node_introduce(c->relay, c->hub);
	node_introduce(c->asker, c->hub);
	if (row->standing != UNKNOWN)
		hub_add_device(c->hub, c->asker);
	if (row->standing != NOT_YET)
		hub_add_grant(c->hub, GRANT_ASKER, ASKER, LINXI, row->role);
	assert_int_equal(sync_nodes(c->relay, c->hub).state, SESSION_SETTLED);
	for (int i = 0; i < COLUMNS; i++)
		node_write(c->relay, columns[i], GRANT_ROOT, 1, "Secret Co");
	assert_int_equal(sync_nodes(c->relay, c->hub).state, SESSION_SETTLED);
	if (row->standing == ENDING)
		hub_add_ending(c->hub, 0x41, id_of(GRANT_ASKER));
	if (row->standing == ENDED)
		hub_add_cutoff(c->hub, 0x41, NULL, id_of(GRANT_ASKER), NULL, 0);
	if (row->standing == REVOKED)
		hub_add_cutoff(c->hub, 0x41, c->asker->device, NULL, NULL, 0);
	if (row->standing == STOLEN)
		hub_add_stolen(c->hub, 0x41, c->asker->device);
	assert_int_equal(sync_nodes(c->relay, c->hub).state, SESSION_SETTLED);
}

static void
close_row(struct company *c)
{
	node_free(c->hub);
	node_free(c->relay);
	node_free(c->asker);
}

static bool
shut_out(const struct company *c)
{
	return c->row->standing == REVOKED || c->row->standing == STOLEN;
}

/* An answer that says no, in the way that this row is told so. */
static void
assert_refused(const struct company *c, const struct message *answer)
{
	bool at_hub = c->responder == c->hub;

	assert_int_equal(answer->kind, MESSAGE_FAILED);
	assert_int_equal(answer->failure,
		shut_out(c) && !at_hub ? FAILURE_REVOKED : FAILURE_REFUSED);
}

static bool
may_hand_over(const struct company *c)
{
	return c->cell == 'h' && c->responder == c->hub;
}

static void
compare_names_it(struct company *c)
{
	static const uint8_t nothing[DIGEST_BYTES];
	static const uint8_t no_digest[DIGEST_BYTES] = {1};
	struct territory_digest entry;
	struct caller caller;
	struct message answer;
	struct pack pack;
	bool named = false;

	call(&caller, c->asker, c->responder);
	begin(&pack);
	message_compare(&pack, 1, nothing);
	answer = ask(&caller, &pack);
	if (shut_out(c) && c->responder != c->hub) {
		assert_refused(c, &answer);
		hang_up(&caller);
		return;
	}
	assert_int_equal(answer.kind, MESSAGE_COMPARED);
	while (message_next_digest(&answer, &entry)) {
		named |=
			!memcmp(entry.territory, id_of(c->territory), ID_BYTES);
		/* Not even how the directory stands. */
		if (shut_out(c))
			assert_memory_equal(
				entry.digest, no_digest, DIGEST_BYTES);
	}
	assert_int_equal(named, c->cell == 'y');
	if (shut_out(c))
		assert_int_equal(answer.count, 1);
	hang_up(&caller);
}

static void
pull_gives_it(struct company *c)
{
	struct caller caller;
	struct message answer;
	struct pack pack;

	call(&caller, c->asker, c->responder);
	begin(&pack);
	message_pull(
		&pack, 2, id_of(c->territory), MESSAGE_BUDGET_MAX, NULL, 0);
	answer = ask(&caller, &pack);
	if (c->cell == 'y') {
		assert_int_equal(answer.kind, MESSAGE_PULLED);
		assert_true(answer.count >= 1);
		assert_int_equal(answer.frontier_count, 1);
	} else if (may_hand_over(c)) {
		assert_int_equal(answer.kind, MESSAGE_PULLED);
		assert_int_equal(answer.count, 0);
		assert_int_equal(answer.frontier_count, 0);
		assert_false(answer.more);
	} else {
		assert_refused(c, &answer);
	}
	hang_up(&caller);
}

/* What the first segment of the relay's log is called. */
static void
name_of_first(struct company *c, const uint8_t *log,
	uint8_t name[static SEGMENT_NAME_SIZE])
{
	struct territory *t = node_territory(c->relay, id_of(c->territory));
	struct territory_walk walk = {0};
	struct segment segment = {0};
	struct pack_view bytes;

	do {
		assert_int_equal(territory_lacking(t, NULL, 0, &walk, &bytes),
			STATUS_OK);
		assert_int_equal(
			segment_view(&segment, bytes.bytes, bytes.size),
			STATUS_OK);
	} while (memcmp(segment.log, log, LOG_BYTES) != 0);
	assert_int_equal(segment.first + segment.count - 1, 1);
	memcpy(name, segment.name, SEGMENT_NAME_SIZE);
}

/*
 * How many changes there are: of a log that they name at a number too low, by
 * its name there or by one that they made up.
 */
static void
pull_and_count(struct company *c, bool knows_name)
{
	uint8_t log[LOG_BYTES], name[SEGMENT_NAME_SIZE] = {0xee};
	struct frontier_entry asked = {log, 1, name}, told;
	struct caller caller;
	struct message answer;
	struct pack pack;
	char co[32];

	/* Who writes what stands there writes nothing. */
	(void)snprintf(co, sizeof co, "%s Co %d",
		c->responder == c->hub ? "Another" : "A Third", knows_name);
	node_write(c->relay, c->territory, GRANT_ROOT, 2, co);
	node_give(c->hub, c->relay, id_of(c->territory));
	memcpy(log, c->relay->device, ID_BYTES);
	memcpy(log + ID_BYTES, id_of(GRANT_ROOT), ID_BYTES);
	if (knows_name)
		name_of_first(c, log, name);
	call(&caller, c->asker, c->responder);
	begin(&pack);
	message_pull(
		&pack, 3, id_of(c->territory), MESSAGE_BUDGET_MAX, &asked, 1);
	answer = ask(&caller, &pack);
	if (c->cell == 'y') {
		assert_true(message_next_frontier(&answer, &told));
		assert_true(told.last > 1);
	} else if (may_hand_over(c)) {
		/* Their own words come back, where they are true. */
		assert_int_equal(answer.kind, MESSAGE_PULLED);
		assert_int_equal(answer.count, 0);
		assert_int_equal(answer.frontier_count, knows_name);
		if (!knows_name) {
			hang_up(&caller);
			return;
		}
		assert_true(message_next_frontier(&answer, &told));
		assert_memory_equal(told.log, log, LOG_BYTES);
		assert_int_equal(told.last, 1);
		assert_memory_equal(told.name, name, SEGMENT_NAME_SIZE);
	} else {
		assert_refused(c, &answer);
	}
	hang_up(&caller);
}

static void
pull_counts_it(struct company *c)
{
	pull_and_count(c, true);
}

static void
pull_counts_what_was_made_up(struct company *c)
{
	pull_and_count(c, false);
}

static void
push_is_taken(struct company *c)
{
	enum message_verdict verdict = VERDICT_MALFORMED;
	struct territory_walk walk = {0};
	struct pack_view bytes;
	struct caller caller;
	struct message answer;
	struct pack pack;

	assert_int_equal(
		territory_lacking(node_territory(c->relay, id_of(c->territory)),
			NULL, 0, &walk, &bytes),
		STATUS_OK);
	call(&caller, c->asker, c->responder);
	begin(&pack);
	message_push(&pack, 4, 1);
	message_segment(&pack, bytes.bytes, bytes.size);
	answer = ask(&caller, &pack);
	if (shut_out(c) && c->responder != c->hub) {
		assert_refused(c, &answer);
	} else {
		assert_int_equal(answer.kind, MESSAGE_PUSHED);
		assert_true(message_next_verdict(&answer, &verdict));
		assert_int_equal(verdict,
			c->cell == 'y' || may_hand_over(c) ? VERDICT_HAD
							   : VERDICT_NO_GRANT);
	}
	hang_up(&caller);
}

/* Takes what the session says of itself, and whether that names it. */
static bool
told_of_it(struct caller *caller, const struct company *c)
{
	struct territory_digest entry;
	struct message message;
	size_t size;
	bool named = false;

	exchange(caller, &size);
	if (size == 0)
		return false;
	assert_int_equal(
		message_decode(&message, caller->answer, size), STATUS_OK);
	assert_int_equal(message.kind, MESSAGE_MOVED);
	while (message_next_digest(&message, &entry))
		named |=
			!memcmp(entry.territory, id_of(c->territory), ID_BYTES);
	return named;
}

static void
watch_tells_it(struct company *c)
{
	struct caller caller;
	struct message answer;
	struct pack pack;

	call(&caller, c->asker, c->responder);
	begin(&pack);
	message_watch(&pack, 5);
	answer = ask(&caller, &pack);
	if (shut_out(c)) {
		assert_int_equal(answer.kind, MESSAGE_FAILED);
		assert_int_equal(answer.failure, FAILURE_REVOKED);
	} else {
		assert_int_equal(answer.kind, MESSAGE_MOVED);
		assert_int_equal(answer.count, 0);
		session_moved(caller.session, id_of(c->territory));
		session_tick(caller.session, NODES_NOW + SESSION_TELL_MS);
		assert_int_equal(told_of_it(&caller, c), c->cell == 'y');
	}
	hang_up(&caller);
}

/* Who lets devices in is the hub's node; whoever is not that answers no. */
static void
invite_is_refused(struct company *c)
{
	static const uint8_t id[ID_BYTES], secret[TOKEN_SECRET_SIZE];
	struct caller caller;
	struct message answer;
	struct pack pack;

	call(&caller, c->asker, c->responder);
	begin(&pack);
	message_invite(&pack, 6, id, secret);
	answer = ask(&caller, &pack);
	assert_int_equal(answer.kind, MESSAGE_FAILED);
	assert_int_equal(answer.failure,
		shut_out(c) ? FAILURE_REVOKED : FAILURE_REFUSED);
	hang_up(&caller);
}

/* Renewals are for who is in good standing; here there are none to give. */
static void
lease_is_told(struct company *c)
{
	struct caller caller;
	struct message answer;
	struct pack pack;

	call(&caller, c->asker, c->responder);
	begin(&pack);
	message_lease(&pack, 7, 0);
	answer = ask(&caller, &pack);
	if (shut_out(c)) {
		assert_int_equal(answer.kind, MESSAGE_FAILED);
		assert_int_equal(answer.failure, FAILURE_REVOKED);
	} else {
		assert_int_equal(answer.kind, MESSAGE_LEASED);
		assert_int_equal(answer.count, 0);
	}
	hang_up(&caller);
}

/* It is heard of who is shut out, too, and nothing is said but no. */
static void
receipt_of_nothing_is_refused(struct company *c)
{
	static const uint8_t receipt[RECEIPT_SIZE];
	struct caller caller;
	struct message answer;
	struct pack pack;

	call(&caller, c->asker, c->responder);
	begin(&pack);
	message_receipt(&pack, 8, receipt);
	answer = ask(&caller, &pack);
	assert_int_equal(answer.kind, MESSAGE_FAILED);
	hang_up(&caller);
}

static void
try_cell(struct company *c)
{
	static const struct {
		const char *name;
		void (*try)(struct company *c);
	} requests[] = {{"compare", compare_names_it}, {"pull", pull_gives_it},
		{"push", push_is_taken}, {"watch", watch_tells_it},
		{"count", pull_counts_it},
		{"count by another name", pull_counts_what_was_made_up},
		{"invite", invite_is_refused}, {"lease", lease_is_told},
		{"receipt", receipt_of_nothing_is_refused}};

	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
		requests[i].try(c);
}

static void
every_cell_of_the_matrix_holds(void **state)
{
	uint32_t cells = 0;

	(void)state;
	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		struct company c;

		assert_int_equal(strlen(rows[r].cells), COLUMNS);
		open_row(&c, &rows[r]);
		for (int k = 0; k < COLUMNS; k++) {
			c.territory = columns[k];
			c.cell = rows[r].cells[k];
			c.responder = c.hub;
			try_cell(&c);
			c.responder = c.relay;
			try_cell(&c);
			cells += 2;
		}
		close_row(&c);
	}
	assert_int_equal(cells, sizeof rows / sizeof *rows * COLUMNS * 2);
}

/* ---- the directory, which a revoked device gets one segment of ---- */

static void
a_revoked_device_is_given_its_revocation_alone(void **state)
{
	static const struct row row = {"rep", REVOKED, "h-h----"};
	struct company c;
	struct caller caller;
	struct message answer;
	struct pack_view bytes;
	struct segment segment;
	struct pack pack;

	(void)state;
	open_row(&c, &row);
	hub_add_user(c.hub, 0x28, "who came later");
	call(&caller, c.asker, c.hub);
	begin(&pack);
	message_pull(&pack, 2, policy_directory(c.hub->policy),
		MESSAGE_BUDGET_MAX, NULL, 0);
	answer = ask(&caller, &pack);
	assert_int_equal(answer.kind, MESSAGE_PULLED);
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.frontier_count, 0);
	assert_true(message_next_segment(&answer, &bytes));
	assert_int_equal(
		segment_view(&segment, bytes.bytes, bytes.size), STATUS_OK);
	assert_int_equal(segment.count, 1);
	hang_up(&caller);
	/* A peer that knows gives not even that. */
	call(&caller, c.asker, c.relay);
	begin(&pack);
	message_pull(&pack, 2, policy_directory(c.hub->policy),
		MESSAGE_BUDGET_MAX, NULL, 0);
	answer = ask(&caller, &pack);
	assert_int_equal(answer.kind, MESSAGE_FAILED);
	assert_int_equal(answer.failure, FAILURE_REVOKED);
	hang_up(&caller);
	close_row(&c);
}

static void
what_the_host_was_given(void *self, const uint8_t *bytes, size_t size)
{
	struct node *node = self;

	(void)bytes;
	node->rollbacks += size > 0 ? 1000 : 0; /* a mark of this test */
}

/* It never heard of anything: the segment does not follow what it has. */
static void
a_device_far_behind_learns_of_it_all_the_same(void **state)
{
	static const struct row row = {"rep", REVOKED, "h-h----"};
	struct session_report report;
	struct company c;

	(void)state;
	open_row(&c, &row);
	c.asker->host.revoked = what_the_host_was_given;
	report = sync_nodes(c.asker, c.hub);
	assert_int_equal(report.problem, SESSION_REVOKED);
	assert_true(policy_is_revoked(c.asker->policy, c.asker->device));
	assert_false(policy_is_stolen(c.asker->policy, c.asker->device));
	assert_int_equal(c.asker->rollbacks, 1000);
	assert_null(policy_user_login(c.asker->policy, "relay"));
	close_row(&c);
}

/* ---- a session that goes on while its peer is revoked ---- */

static void
a_live_session_gets_no_byte_once_the_other_side_knows(void **state)
{
	static const struct row row = {"rep", GRANTED, "y-y----"};
	struct company c;
	struct caller caller;
	struct message answer;
	struct pack pack;
	const uint8_t *frame;
	size_t size;

	(void)state;
	for (int at_hub = 0; at_hub < 2; at_hub++) {
		open_row(&c, &row);
		node_write_much(c.relay, LINXI, GRANT_ROOT, 9, 120000);
		node_give(c.hub, c.relay, id_of(LINXI));
		c.responder = at_hub ? c.hub : c.relay;
		call(&caller, c.asker, c.responder);
		begin(&pack);
		message_watch(&pack, 1);
		answer = ask(&caller, &pack);
		assert_int_equal(answer.kind, MESSAGE_MOVED);
		/* An answer of several frames is on its way, the first out. */
		begin(&pack);
		message_pull(
			&pack, 2, id_of(LINXI), MESSAGE_BUDGET_MAX, NULL, 0);
		channel_send(caller.channel, pack.out, pack.size);
		assert_int_equal(
			channel_next_frame(caller.channel, &frame, &size),
			STATUS_OK);
		deliver(caller.session, frame, size);
		assert_int_equal(session_next_frame(caller.session, NODES_NOW,
					 &frame, &size),
			STATUS_OK);
		hub_add_cutoff(c.hub, 0x41, c.asker->device, NULL, NULL, 0);
		node_give(c.relay, c.hub, policy_directory(c.hub->policy));
		assert_int_equal(session_next_frame(caller.session, NODES_NOW,
					 &frame, &size),
			STATUS_ABSENT);
		assert_int_equal(session_report(caller.session)->problem,
			SESSION_PEER_REVOKED);
		assert_true(session_over(caller.session));
		hang_up(&caller);
		close_row(&c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_of_the_matrix_holds),
		cmocka_unit_test(
			a_revoked_device_is_given_its_revocation_alone),
		cmocka_unit_test(a_device_far_behind_learns_of_it_all_the_same),
		cmocka_unit_test(
			a_live_session_gets_no_byte_once_the_other_side_knows),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
