/*
 * Sessions that watch, in memory and on a clock of their own: who is told
 * what, when, and what comes of it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "sync/alloc.h"
#include "sync/channel.h"
#include "sync/compare.h"
#include "tests/sync/nodes.h"

enum { DAY_MS = 24 * 3600 * 1000 };

/* A link: what the two ends hand each other, and how much of it there was. */
struct line {
	struct session *client;
	struct session *server;
	uint32_t frames;
	uint32_t from_server;
};

struct office {
	struct node *hub, *rep, *manager, *other;
	int64_t now;
	struct line lines[4];
	uint32_t line_count;
	/* What the hub's sessions said. */
	uint32_t told_node;
	uint32_t watched;
};

static struct office *running; /* for the host's callbacks */

/* As a node does: everybody else is told. */
static void
host_moved(void *self, struct session *by, const uint8_t *territory)
{
	struct node *node = self;
	struct office *o = running;

	o->told_node++;
	for (uint32_t i = 0; i < o->line_count; i++) {
		struct line *line = &o->lines[i];

		if (node == o->hub && line->server && line->server != by)
			session_moved(line->server, territory);
	}
}

static void
host_watches(void *self, struct session *by, const struct shares *shares)
{
	(void)self;
	(void)by;
	running->watched = shares->count;
}

static int
open_office(void **state)
{
	struct office *o = alloc(sizeof *o);
	struct node **nodes[] = {&o->rep, &o->manager, &o->other};

	o->hub = node_new(50, 0);
	o->rep = node_new(60, REP);
	o->manager = node_new(70, MANAGER);
	o->other = node_new(80, OTHER);
	o->now = NODES_NOW;
	hub_found(o->hub);
	o->hub->host.moved = host_moved;
	o->hub->host.watches = host_watches;
	running = o;
	for (size_t i = 0; i < 3; i++) {
		hub_add_device(o->hub, *nodes[i]);
		node_introduce(*nodes[i], o->hub);
	}
	*state = o;
	return 0;
}

static void
hang_up(struct line *line)
{
	session_free(line->client);
	session_free(line->server);
	*line = (struct line){0};
}

static int
close_office(void **state)
{
	struct office *o = *state;

	for (uint32_t i = 0; i < o->line_count; i++)
		hang_up(&o->lines[i]);
	node_free(o->hub);
	node_free(o->rep);
	node_free(o->manager);
	node_free(o->other);
	free(o);
	return 0;
}

static bool
pass_on(struct office *o, struct session *from, struct session *to,
	uint32_t *count)
{
	const uint8_t *frame;
	size_t size;
	bool any = false;

	while (session_next_frame(from, o->now, &frame, &size) == STATUS_OK) {
		enum status status;

		any = true;
		++*count;
		status = session_receive(to, o->now, frame, size);
		(void)status; /* the report tells */
	}
	return any;
}

/* Carries until all are quiet, the time standing still. */
static void
carry_all(struct office *o)
{
	bool any = true;

	while (any) {
		any = false;
		for (uint32_t i = 0; i < o->line_count; i++) {
			struct line *line = &o->lines[i];

			if (!line->client || !line->server)
				continue;
			if (pass_on(o, line->client, line->server,
				    &line->frames))
				any = true;
			if (pass_on(o, line->server, line->client,
				    &line->from_server))
				any = true;
		}
	}
}

static bool
tick(struct office *o, struct session *session)
{
	if (!session || session_wait_ms(session, o->now) != 0)
		return false;
	session_tick(session, o->now);
	return true;
}

/* Whatever is due now, and what comes of it. */
static void
turn(struct office *o)
{
	bool any = true;

	carry_all(o);
	while (any) {
		any = false;
		for (uint32_t i = 0; i < o->line_count; i++) {
			any |= tick(o, o->lines[i].client);
			any |= tick(o, o->lines[i].server);
		}
		carry_all(o);
	}
}

/* Goes on for so long, in steps of 10 ms. */
static void
pass_time(struct office *o, int64_t ms)
{
	for (int64_t end = o->now + ms; o->now < end;) {
		o->now += 10;
		turn(o);
	}
}

static struct line *
dials(struct office *o, struct node *node, bool watch)
{
	struct session_options a = node_options(node, true);
	struct session_options b = node_options(o->hub, false);
	struct line *line = &o->lines[o->line_count++];

	a.watch = watch;
	*line = (struct line){
		.client = session_new(&a), .server = session_new(&b)};
	turn(o);
	return line;
}

static struct line *
watches(struct office *o, struct node *node)
{
	struct line *line = dials(o, node, true);

	assert_int_equal(session_report(line->client)->state, SESSION_WATCHING);
	assert_true(session_report(line->client)->watching);
	assert_true(session_report(line->server)->watching);
	assert_false(session_over(line->client));
	assert_false(session_over(line->server));
	pass_time(o, SESSION_TELL_MS);
	return line;
}

static void
what_one_pushes_the_other_is_told_and_pulls(void **state)
{
	struct office *o = *state;
	struct line *rep = watches(o, o->rep),
		    *manager = watches(o, o->manager);
	uint32_t rounds = session_report(manager->client)->rounds;

	node_write(o->rep, LINXI, GRANT_LINXI, 1, "Linxi Paper");
	session_moved(rep->client, id_of(LINXI));
	turn(o);
	assert_int_equal(node_applied(o->hub, LINXI), 1);
	assert_int_equal(node_applied(o->manager, LINXI), 1);
	assert_true(nodes_agree(o->rep, o->manager, LINXI));
	assert_int_equal(session_report(manager->client)->rounds, rounds + 1);
	assert_int_equal(session_report(manager->client)->received.changes,
		session_report(manager->server)->sent.changes);
	assert_int_equal(session_report(rep->client)->state, SESSION_WATCHING);
	assert_int_equal(session_report(rep->client)->sent.changes, 1);
}

static void
whoever_pushed_is_not_told_of_it(void **state)
{
	struct office *o = *state;
	struct line *rep = watches(o, o->rep);
	uint32_t heard = rep->from_server;

	node_write(o->rep, LINXI, GRANT_LINXI, 1, "Linxi Paper");
	session_moved(rep->client, id_of(LINXI));
	pass_time(o, 2000);
	assert_int_equal(o->told_node, 1);
	/* The answers to its pull and its push. */
	assert_int_equal(rep->from_server, heard + 2);
	assert_int_equal(session_report(rep->client)->received.changes,
		session_report(rep->server)->sent.changes);
}

static void
what_moves_in_a_burst_is_told_once(void **state)
{
	struct office *o = *state;
	struct line *rep = watches(o, o->rep);
	const uint8_t *directory = policy_directory(o->hub->policy);
	uint32_t heard = rep->from_server;

	for (uint32_t i = 0; i < 100; i++) {
		session_moved(rep->server, id_of(LINXI));
		session_moved(rep->server, policy_directory(o->hub->policy));
	}
	/* Nothing of it is new to the rep: told, and left at that. */
	turn(o);
	assert_int_equal(rep->from_server, heard + 1);
	for (uint32_t i = 0; i < 100; i++)
		session_moved(rep->server, directory);
	turn(o);
	assert_int_equal(rep->from_server, heard + 1);
	pass_time(o, SESSION_TELL_MS - 10);
	assert_int_equal(rep->from_server, heard + 1);
	pass_time(o, 10);
	assert_int_equal(rep->from_server, heard + 2);
	pass_time(o, 5000);
	assert_int_equal(rep->from_server, heard + 2);
}

static void
a_busy_hour_costs_no_more_than_its_time(void **state)
{
	struct office *o = *state;
	struct line *rep = watches(o, o->rep);
	uint32_t heard;

	hub_add_grant(o->hub, 0x38, MANAGER, LINXI, "manager");
	(void)watches(o, o->manager);
	pass_time(o, 1000);
	heard = rep->from_server;
	for (uint32_t i = 0; i < 100; i++) {
		node_write(o->manager, LINXI, GRANT_EAST, i, "Dahua");
		session_moved(o->lines[1].client, id_of(LINXI));
		pass_time(o, 20);
	}
	pass_time(o, 1000);
	/* Two seconds: a telling and a pull's answer each 200 ms. */
	assert_true(rep->from_server - heard <= 2 * (2000 / 200 + 2));
	assert_true(nodes_agree(o->rep, o->manager, LINXI));
	assert_int_equal(node_applied(o->rep, LINXI), 100);
}

static void
what_was_not_granted_is_not_told(void **state)
{
	struct office *o = *state;
	struct line *rep = watches(o, o->rep);
	uint32_t heard = rep->from_server;

	node_write(o->hub, MARGINS, 0, 1, "Walk away at 12 %");
	session_moved(rep->server, id_of(MARGINS));
	session_moved(rep->server, id_of(WEST));
	session_moved(rep->server, id_of(EAST));
	pass_time(o, 5000);
	assert_int_equal(rep->from_server, heard);
	assert_int_equal(node_kept(o->rep, MARGINS), 0);
	assert_int_equal(o->watched, 2); /* linxi, and the directory */
}

static void
a_grant_that_is_new_opens_its_territory_at_once(void **state)
{
	struct office *o = *state;
	struct line *rep = watches(o, o->rep);

	(void)watches(o, o->other);
	node_write(o->other, WEST, GRANT_WEST, 2, "Western Steel");
	session_moved(o->lines[1].client, id_of(WEST));
	pass_time(o, 1000);
	assert_int_equal(node_kept(o->rep, WEST), 0);

	hub_add_grant(o->hub, 0x38, REP, WEST, "rep");
	session_moved(rep->server, policy_directory(o->hub->policy));
	pass_time(o, 1000);
	assert_true(node_kept(o->rep, WEST) > 0);
	assert_true(nodes_agree(o->rep, o->hub, WEST));
	assert_int_equal(o->watched, 3);
}

static void
a_revoked_device_is_told_that_and_nothing_else(void **state)
{
	struct office *o = *state;
	struct line *rep = watches(o, o->rep);
	struct line *manager = watches(o, o->manager);
	int64_t kept = node_kept(o->rep, LINXI);

	hub_add_cutoff(o->hub, 0x41, o->rep->device, NULL, NULL, 0);
	node_write(o->manager, LINXI, GRANT_EAST, 2, "Dahua");
	session_moved(manager->client, id_of(LINXI));
	pass_time(o, 1000);
	assert_int_equal(node_applied(o->hub, LINXI), 1);
	assert_int_equal(
		session_report(rep->server)->problem, SESSION_PEER_REVOKED);
	assert_int_equal(session_report(rep->client)->problem, SESSION_REVOKED);
	assert_int_equal(node_kept(o->rep, LINXI), kept);
	assert_true(session_over(rep->server));
}

static void
a_revoked_device_is_found_out_by_its_ping(void **state)
{
	struct office *o = *state;
	struct line *rep = watches(o, o->rep);

	hub_add_cutoff(o->hub, 0x41, o->rep->device, NULL, NULL, 0);
	pass_time(o, SESSION_PING_MS);
	assert_int_equal(session_report(rep->client)->problem, SESSION_REVOKED);
}

static void
a_watch_every_half_minute_keeps_the_link_alive(void **state)
{
	struct office *o = *state;
	struct line *rep = watches(o, o->rep);
	uint32_t sent = rep->frames, heard = rep->from_server;

	pass_time(o, SESSION_COMPARE_MS + SESSION_PING_MS);
	/* Seven of them, and one compare. */
	assert_int_equal(rep->frames, sent + 8);
	assert_int_equal(rep->from_server, heard + 8);
	assert_int_equal(session_report(rep->client)->state, SESSION_WATCHING);
	assert_int_equal(o->rep->hub_time, NODES_NOW + SESSION_COMPARE_MS);
}

static void
a_clock_that_was_set_back_keeps_nobody_waiting(void **state)
{
	struct office *o = *state;
	struct line *rep = watches(o, o->rep);
	uint32_t sent = rep->frames;

	o->now -= DAY_MS / 2;
	/* A watch and a compare. */
	turn(o);
	assert_int_equal(rep->frames, sent + 2);
	turn(o);
	assert_int_equal(rep->frames, sent + 2);
}

static void
nothing_is_lost_between_the_last_compare_and_the_watch(void **state)
{
	struct office *o = *state;
	struct session_options a = node_options(o->rep, true);
	struct session_options b = node_options(o->hub, false);
	struct line *line = &o->lines[o->line_count++];
	bool wrote = false;

	(void)sync_nodes(o->manager, o->hub);
	(void)sync_nodes(o->rep, o->hub);
	node_write(o->manager, LINXI, GRANT_EAST, 2, "Dahua");
	a.watch = true;
	*line = (struct line){
		.client = session_new(&a), .server = session_new(&b)};
	for (bool any = true; any;) {
		any = pass_on(o, line->client, line->server, &line->frames);
		if (pass_on(o, line->server, line->client, &line->from_server))
			any = true;
		/* It settled, and the watch is not with the hub yet. */
		if (session_report(line->client)->rounds == 1 && !wrote) {
			node_give(o->hub, o->manager, id_of(LINXI));
			wrote = true;
		}
	}
	assert_true(wrote);
	assert_int_equal(node_applied(o->rep, LINXI), 1);
}

static void
what_moves_at_both_ends_in_a_round_is_not_forgotten(void **state)
{
	struct office *o = *state;
	struct line *rep = watches(o, o->rep);
	const uint8_t *frame;
	size_t size;

	node_write(o->rep, LINXI, GRANT_LINXI, 1, "One");
	session_moved(rep->client, id_of(LINXI));
	session_tick(rep->client, o->now);
	/* The round has begun; it is not answered yet. */
	assert_int_equal(session_next_frame(rep->client, o->now, &frame, &size),
		STATUS_OK);
	assert_int_equal(
		session_receive(rep->server, o->now, frame, size), STATUS_OK);
	node_write(o->rep, LINXI, GRANT_LINXI, 2, "Two");
	session_moved(rep->client, id_of(LINXI));
	assert_int_equal(session_wait_ms(rep->client, o->now), -1);
	pass_time(o, 1000);
	assert_int_equal(node_applied(o->hub, LINXI), 2);
}

static void
it_ends_when_it_is_told_to_and_both_are_settled(void **state)
{
	struct office *o = *state;
	struct line *rep = watches(o, o->rep);

	session_end(rep->client);
	turn(o);
	assert_int_equal(session_report(rep->client)->state, SESSION_SETTLED);
	assert_int_equal(session_report(rep->server)->state, SESSION_SETTLED);
	assert_true(session_over(rep->client) && session_over(rep->server));
	session_moved(rep->client, NULL);
	session_moved(rep->server, NULL);
	assert_int_equal(session_wait_ms(rep->client, o->now), -1);
	assert_int_equal(session_wait_ms(rep->server, o->now), -1);
}

static void
a_link_that_is_lost_breaks_a_round_only(void **state)
{
	struct office *o = *state;
	struct line *rep = watches(o, o->rep);
	struct line *manager = watches(o, o->manager);

	session_closed(rep->client);
	session_closed(rep->server);
	assert_int_equal(session_report(rep->client)->problem, SESSION_FINE);
	assert_int_equal(session_report(rep->client)->state, SESSION_SETTLED);
	assert_int_equal(session_report(rep->server)->problem, SESSION_FINE);

	session_moved(manager->client, id_of(LINXI));
	session_tick(manager->client, o->now);
	session_closed(manager->client);
	assert_int_equal(
		session_report(manager->client)->problem, SESSION_CLOSED);
}

static void
who_does_not_watch_is_told_nothing(void **state)
{
	struct office *o = *state;
	struct session_options a = node_options(o->rep, true);
	struct session_options b = node_options(o->hub, false);
	struct session *x = session_new(&a), *y = session_new(&b);

	session_moved(x, id_of(LINXI));
	session_moved(y, id_of(LINXI));
	session_tick(y, o->now);
	assert_int_equal(session_wait_ms(x, o->now), -1);
	assert_int_equal(session_wait_ms(y, o->now), -1);
	session_free(x);
	session_free(y);
}

/* ---- a peer of our own making ---- */

struct actor {
	struct channel *channel;
	struct session *session;
	uint8_t digest[DIGEST_BYTES]; /* of its last compare */
	bool old;                     /* does not know watch */
	bool ended;
	uint32_t watches;
	uint32_t pulls;
};

static void
actor_send(struct actor *actor, const struct pack *pack)
{
	channel_send(
		actor->channel, alloc_copy(pack->out, pack->size), pack->size);
}

/* As a hub that holds the same as whoever asks. */
static void
actor_answer(struct actor *actor, const uint8_t *bytes, size_t size)
{
	uint8_t room[256];
	struct pack pack;
	struct message m;

	pack_init(&pack, room, sizeof room);
	if (actor->ended)
		return;
	assert_int_equal(message_decode(&m, bytes, size), STATUS_OK);
	if (m.kind == MESSAGE_COMPARE)
		message_compared(&pack, m.request, NODES_NOW, true, NULL, 0);
	if (m.kind == MESSAGE_PULL) {
		actor->pulls++;
		message_pulled(
			&pack, m.request, m.territory, false, NULL, 0, 0);
	}
	if (m.kind == MESSAGE_WATCH) {
		actor->watches++;
		if (actor->old)
			message_failed(&pack, 0, FAILURE_MALFORMED,
				"not a message of Roadbook");
		else
			message_moved(&pack, m.request, NULL, 0);
	}
	assert_true(pack.size > 0);
	actor_send(actor, &pack);
	if (m.kind == MESSAGE_WATCH && actor->old) {
		channel_end(actor->channel);
		actor->ended = true;
	}
}

/* One frame each way, at most; false: there was none. */
static bool
actor_hand_over(struct actor *actor, int64_t now)
{
	enum channel_event event = CHANNEL_NOTHING;
	const uint8_t *frame;
	bool any = false;
	size_t size;

	if (session_next_frame(actor->session, now, &frame, &size) ==
		STATUS_OK) {
		any = true;
		assert_int_equal(channel_receive(actor->channel, NODES_NOW,
					 frame, size, &event),
			STATUS_OK);
	}
	if (event == CHANNEL_MESSAGE) {
		uint8_t *bytes = channel_take(actor->channel, &size);

		actor_answer(actor, bytes, size);
		free(bytes);
	}
	if (channel_next_frame(actor->channel, &frame, &size) == STATUS_OK) {
		enum status status =
			session_receive(actor->session, now, frame, size);

		any = true;
		(void)status; /* the report tells */
	}
	return any;
}

static void
actor_carry(struct actor *actor, int64_t now)
{
	while (actor_hand_over(actor, now))
		;
}

static void
actor_open(struct actor *actor, struct office *o, bool watch)
{
	struct session_options options = node_options(o->rep, true);
	struct channel_options with = {
		.company_key = o->hub->company_key,
		.link_secret = o->hub->link_secret,
		.credentials = o->hub->credentials,
		.credentials_size = o->hub->credentials_size,
		.message_max = MESSAGE_SIZE_MAX,
	};

	(void)sync_nodes(o->rep, o->hub);
	options.watch = watch;
	actor->session = session_new(&options);
	actor->channel = channel_new(&with);
}

static struct actor
actor_for(struct office *o, bool old)
{
	struct actor actor = {.old = old};

	actor_open(&actor, o, true);
	actor_carry(&actor, o->now);
	return actor;
}

static void
actor_clear(struct actor *actor)
{
	session_free(actor->session);
	channel_free(actor->channel);
}

static void
a_peer_that_cannot_watch_is_synced_with_as_ever(void **state)
{
	struct office *o = *state;
	struct actor actor = actor_for(o, true);
	const struct session_report *report = session_report(actor.session);

	assert_int_equal(actor.watches, 1);
	assert_int_equal(report->state, SESSION_SETTLED);
	assert_int_equal(report->problem, SESSION_FINE);
	assert_true(report->cannot_watch);
	assert_false(report->watching);
	assert_true(session_over(actor.session));
	session_closed(actor.session);
	assert_int_equal(report->state, SESSION_SETTLED);
	actor_clear(&actor);
}

static void
tell_stub(struct actor *actor, uint8_t territory, uint8_t digest)
{
	struct territory_digest entry = {id_of(territory), id_of(digest)};
	uint8_t room[256];
	struct pack pack;

	pack_init(&pack, room, sizeof room);
	message_moved(&pack, 0, &entry, 1);
	actor_send(actor, &pack);
}

static void
a_peer_that_tells_for_ever_costs_a_pull_each_200_ms(void **state)
{
	struct office *o = *state;
	struct actor actor = actor_for(o, false);

	assert_true(session_report(actor.session)->watching);
	for (int i = 0; i < 1000; i++) {
		o->now += 10;
		tell_stub(&actor, LINXI, (uint8_t)i);
		tell_stub(&actor, WEST, (uint8_t)i); /* not the rep's */
		actor_carry(&actor, o->now);
		if (session_wait_ms(actor.session, o->now) == 0)
			session_tick(actor.session, o->now);
		actor_carry(&actor, o->now);
	}
	assert_true(actor.pulls >= 45 && actor.pulls <= 51);
	assert_int_equal(
		session_report(actor.session)->state, SESSION_WATCHING);
	actor_clear(&actor);
}

static void
who_tells_without_being_asked_is_not_listened_to(void **state)
{
	struct office *o = *state;
	struct actor actor = {.session = NULL};

	actor_open(&actor, o, false);
	while (!channel_is_open(actor.channel))
		actor_hand_over(&actor, o->now);
	tell_stub(&actor, LINXI, 1);
	actor_carry(&actor, o->now);
	assert_int_equal(
		session_report(actor.session)->problem, SESSION_MALFORMED);
	actor_clear(&actor);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, open_office, close_office)
		TEST(what_one_pushes_the_other_is_told_and_pulls),
		TEST(whoever_pushed_is_not_told_of_it),
		TEST(what_moves_in_a_burst_is_told_once),
		TEST(a_busy_hour_costs_no_more_than_its_time),
		TEST(what_was_not_granted_is_not_told),
		TEST(a_grant_that_is_new_opens_its_territory_at_once),
		TEST(a_revoked_device_is_told_that_and_nothing_else),
		TEST(a_revoked_device_is_found_out_by_its_ping),
		TEST(a_watch_every_half_minute_keeps_the_link_alive),
		TEST(a_clock_that_was_set_back_keeps_nobody_waiting),
		TEST(nothing_is_lost_between_the_last_compare_and_the_watch),
		TEST(what_moves_at_both_ends_in_a_round_is_not_forgotten),
		TEST(it_ends_when_it_is_told_to_and_both_are_settled),
		TEST(a_link_that_is_lost_breaks_a_round_only),
		TEST(who_does_not_watch_is_told_nothing),
		TEST(a_peer_that_cannot_watch_is_synced_with_as_ever),
		TEST(a_peer_that_tells_for_ever_costs_a_pull_each_200_ms),
		TEST(who_tells_without_being_asked_is_not_listened_to),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
