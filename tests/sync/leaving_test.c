/*
 * People come and go at random: granted, ended in friendship, shut out, granted
 * anew, heard of or not; late changes are accepted or not. At the end everybody
 * holds the same, nothing waits, nothing that was written is lost, and whoever
 * may not keep a territory has nothing of it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "sync/alloc.h"
#include "sync/carry.h"
#include "tests/sync/nodes.h"

enum { PEOPLE = 4, BOSS = PEOPLE - 1, STEPS = 70, SEEDS = 30, LATE_MAX = 512 };

static const uint8_t users[PEOPLE] = {REP, OTHER, 0x26, MANAGER};

struct world {
	uint64_t random;
	struct node *hub;
	struct node *people[PEOPLE];
	uint8_t next_id; /* of grants and cut-offs */
	uint32_t written;
	bool revoked[PEOPLE];
	int accepted, rejected, endings, revocations, regrants;
};

static struct world *playing; /* for the hosts' callbacks */

static uint32_t
draw(struct world *w, uint32_t below)
{
	w->random = w->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(w->random >> 33) % below;
}

/* ---- what a node does with what it owes, as client/node/owed.c ---- */

static bool
may_keep(const struct node *node, struct territory *t)
{
	return policy_may_read(node->policy, node->device, territory_id(t));
}

static bool
is_directory(const struct node *node, struct territory *t)
{
	return memcmp(territory_id(t), policy_directory(node->policy),
		       ID_BYTES) == 0;
}

static void
note_late(void *self, const uint8_t *log, int64_t first, int64_t last)
{
	bool *any = self;

	(void)log;
	(void)first;
	(void)last;
	*any = true;
}

static bool
has_late(struct territory *t)
{
	bool any = false;

	assert_int_equal(territory_late(t, note_late, &any), STATUS_OK);
	return any;
}

static void
host_owed(void *self, void (*found)(void *found_self, const uint8_t *territory),
	void *found_self)
{
	struct node *node = self;

	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i]; i++)
		if (!is_directory(node, node->territories[i]) &&
			(!may_keep(node, node->territories[i]) ||
				has_late(node->territories[i])))
			found(found_self, territory_id(node->territories[i]));
}

static void
host_handed_over(void *self, const uint8_t *territory)
{
	struct node *node = self;
	struct territory *t = node_territory(node, territory);
	int i = 0, last = 0;

	if (may_keep(node, t))
		return;
	assert_int_equal(node->store->territory_drop(node->store->self,
				 territory_number(t), node->device),
		STATUS_OK);
	while (node->territories[i] != t)
		i++;
	while (node->territories[last + 1])
		last++;
	node->territories[i] = node->territories[last];
	node->territories[last] = NULL;
	territory_free(t);
}

/* Own changes of a log that has ended come back with a new grant. */
static void
host_copied(void *self, const uint8_t *device)
{
	(void)self;
	(void)device;
	fail_msg("a device that came back is taken for a copy");
}

/* ---- what the hub does, as client/node/hub ---- */

/* Lists the logs with that device or grant, then ends it. */
static void
cut(struct world *w, const uint8_t *device, const uint8_t *grant)
{
	struct store *store = w->hub->store;
	struct territory *t = node_territory(w->hub, id_of(LINXI));
	struct store_log *logs;
	uint32_t count;

	assert_int_equal(
		store->logs(store->self, territory_number(t), &logs, &count),
		STATUS_OK);
	for (uint32_t i = 0; i < count; i++) {
		if (device ? !memcmp(logs[i].id, device, ID_BYTES)
			   : !memcmp(logs[i].id + ID_BYTES, grant, ID_BYTES))
			hub_add_cutoff(w->hub, w->next_id++, logs[i].id,
				logs[i].id + ID_BYTES, id_of(LINXI),
				logs[i].kept);
		free(logs[i].context);
	}
	free(logs);
	hub_add_cutoff(w->hub, w->next_id++, device, grant, NULL, 0);
}

static const struct policy_grant *
grant_of(const struct node *hub, uint8_t user)
{
	const struct policy_grant *g;

	for (uint32_t i = 0; (g = policy_grant_at(hub->policy, i)); i++)
		if (!g->ended && !memcmp(g->user, id_of(user), ID_BYTES) &&
			!memcmp(g->territory, id_of(LINXI), ID_BYTES))
			return g;
	return NULL;
}

static void
host_in_step(void *self, struct session *by)
{
	struct node *hub = self;
	const uint8_t *user = session_report(by)->peer_user;
	const struct policy_grant *g = grant_of(hub, user[0]);
	uint8_t id[ID_BYTES];

	if (!g || !g->ending_ms)
		return;
	memcpy(id, g->id, ID_BYTES);
	cut(playing, NULL, id);
}

static void
open_world(struct world *w, uint64_t seed)
{
	*w = (struct world){.random = seed * 2 + 1, .next_id = 0x80};
	playing = w;
	w->hub = node_new(50, 0);
	w->hub->host.in_step = host_in_step;
	hub_found(w->hub);
	hub_add_user(w->hub, 0x26, "third");
	hub_add_grant(w->hub, 0x35, OTHER, LINXI, "rep");
	hub_add_grant(w->hub, 0x36, 0x26, LINXI, "rep");
	for (int i = 0; i < PEOPLE; i++) {
		w->people[i] = node_new((uint8_t)(60 + 10 * i), users[i]);
		w->people[i]->host.owed = host_owed;
		w->people[i]->host.handed_over = host_handed_over;
		w->people[i]->host.copied = host_copied;
		hub_add_device(w->hub, w->people[i]);
		node_introduce(w->people[i], w->hub);
	}
	for (int i = 0; i < PEOPLE; i++)
		(void)sync_nodes(w->people[i], w->hub);
}

static void
close_world(struct world *w)
{
	for (int i = 0; i < PEOPLE; i++)
		node_free(w->people[i]);
	node_free(w->hub);
}

/* ---- what happens ---- */

static void
somebody_writes(struct world *w)
{
	struct node *node = w->people[draw(w, PEOPLE)];
	uint8_t grant[ID_BYTES];
	char name[32];

	if (policy_is_revoked(node->policy, node->device) ||
		policy_write_grant(node->policy, node->user, id_of(LINXI),
			grant) == RANK_NONE)
		return;
	(void)snprintf(name, sizeof name, "Name %u", ++w->written);
	node_write(node, LINXI, grant[0], draw(w, 4), name);
}

/* Whether its device is let in and there is a way to shut it out for good. */
static void
the_admin_acts(struct world *w)
{
	uint32_t who = draw(w, BOSS);
	const struct policy_grant *g = grant_of(w->hub, users[who]);

	if (w->next_id > 0xe0 || w->revoked[who])
		return;
	if (!g) {
		w->regrants++;
		hub_add_grant(w->hub, w->next_id++, users[who], LINXI, "rep");
	} else if (draw(w, 3) == 0) {
		w->revocations++;
		w->revoked[who] = true;
		cut(w, w->people[who]->device, NULL);
	} else if (!g->ending_ms) {
		w->endings++;
		hub_add_ending(w->hub, w->next_id++, g->id);
	}
}

static void
step(struct world *w)
{
	switch (draw(w, 10)) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		somebody_writes(w);
		break;
	case 5:
	case 6:
		(void)sync_nodes(w->people[draw(w, PEOPLE)], w->hub);
		break;
	case 7:
	case 8:
		(void)sync_nodes(
			w->people[draw(w, PEOPLE)], w->people[draw(w, PEOPLE)]);
		break;
	default:
		the_admin_acts(w);
	}
}

static void
everybody_calls_the_hub(struct world *w)
{
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < PEOPLE; i++)
			(void)sync_nodes(w->people[i], w->hub);
}

/* ---- late changes, as they would lie in records ---- */

struct lateness {
	struct world *world;
	uint8_t log[LOG_BYTES];
	struct pack_view changes[LATE_MAX];
	size_t count;
	struct carried carried[LATE_MAX];
	size_t carried_count;
	uint8_t logs[LATE_MAX][LOG_BYTES]; /* that have some */
	int64_t first[LATE_MAX], last[LATE_MAX];
	size_t log_count;
};

static void
note_log(void *self, const uint8_t *log, int64_t first, int64_t last)
{
	struct lateness *l = self;

	memcpy(l->logs[l->log_count], log, LOG_BYTES);
	l->first[l->log_count] = first;
	l->last[l->log_count++] = last;
}

static enum status
keep_change(void *self, int64_t seq, const struct change *change)
{
	struct lateness *l = self;

	(void)seq;
	l->changes[l->count].bytes =
		alloc_copy(change->whole.bytes, change->whole.size);
	l->changes[l->count++].size = change->whole.size;
	return STATUS_OK;
}

/* The manager decides on the last of those that were kept so far. */
static void
decide(struct lateness *l, int64_t seq)
{
	struct world *w = l->world;
	struct node *boss = w->people[BOSS];
	struct territory *t = node_territory(boss, id_of(LINXI));
	uint8_t own[LOG_BYTES];
	struct carry carry = {.log = own,
		.at = boss->clock++,
		.origin_log = l->log,
		.origin_seq = seq,
		.changes = l->changes,
		.change_count = l->count,
		.carried = l->carried,
		.carried_count = l->carried_count};
	struct carried *done = &l->carried[l->carried_count];
	uint32_t left_out, segments;
	int64_t written;

	if (draw(w, 3) == 0) {
		w->rejected++;
		return;
	}
	memcpy(own, boss->device, ID_BYTES);
	memcpy(own + ID_BYTES, id_of(GRANT_EAST), ID_BYTES);
	assert_int_equal(
		territory_carry(t, &carry, &written, &left_out), STATUS_OK);
	assert_int_equal(left_out, 0);
	assert_true(written > 0);
	w->accepted++;
	memcpy(done->origin_log, l->log, LOG_BYTES);
	memcpy(done->log, own, LOG_BYTES);
	done->origin_seq = seq;
	done->seq = written;
	l->carried_count++;
	assert_int_equal(territory_seal(t, own, boss->company,
				 boss->sign_secret, &segments),
		STATUS_OK);
}

static void
the_manager_decides(struct world *w)
{
	struct territory *t = node_territory(w->hub, id_of(LINXI));
	struct lateness *l = alloc(sizeof *l);

	l->world = w;
	assert_int_equal(territory_late(t, note_log, l), STATUS_OK);
	for (size_t i = 0; i < l->log_count; i++) {
		memcpy(l->log, l->logs[i], LOG_BYTES);
		for (int64_t seq = l->first[i]; seq <= l->last[i]; seq++) {
			assert_int_equal(
				carry_read(t, l->log, seq, seq, keep_change, l),
				STATUS_OK);
			decide(l, seq);
		}
		while (l->count)
			free((void *)(uintptr_t)l->changes[--l->count].bytes);
	}
	free(l);
}

/* ---- what must hold then ---- */

static void
note_wait(void *self, const struct territory_wait *wait)
{
	(void)self;
	(void)wait;
	fail_msg("something waits");
}

/* Only the logs of those who were shut out have an end that came too late. */
static void
late_of_the_revoked(void *self, const uint8_t *log, int64_t first, int64_t last)
{
	struct world *w = self;

	(void)first;
	(void)last;
	assert_true(policy_is_revoked(w->hub->policy, log));
}

static void
check(struct world *w)
{
	struct territory *at_hub = node_territory(w->hub, id_of(LINXI));

	assert_int_equal(territory_waiting(at_hub, note_wait, NULL), STATUS_OK);
	assert_int_equal(
		territory_late(at_hub, late_of_the_revoked, w), STATUS_OK);
	/* All that anybody ever wrote, and what was carried over of it. */
	assert_int_equal(
		node_kept(w->hub, LINXI), (int64_t)w->written + w->accepted);
	for (int i = 0; i < PEOPLE; i++) {
		struct node *node = w->people[i];

		if (!policy_may_read(
			    w->hub->policy, node->device, id_of(LINXI))) {
			assert_int_equal(node_kept(node, LINXI), 0);
			continue;
		}
		assert_int_equal(
			territory_waiting(node_territory(node, id_of(LINXI)),
				note_wait, NULL),
			STATUS_OK);
		assert_true(nodes_agree(node, w->hub, LINXI));
	}
}

static void
everybody_ends_in_step_whoever_came_and_went(void **state)
{
	int accepted = 0, rejected = 0, endings = 0, revocations = 0,
	    regrants = 0;

	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct world w;

		open_world(&w, seed);
		for (int i = 0; i < STEPS; i++)
			step(&w);
		everybody_calls_the_hub(&w);
		the_manager_decides(&w);
		everybody_calls_the_hub(&w);
		check(&w);
		accepted += w.accepted;
		rejected += w.rejected;
		endings += w.endings;
		revocations += w.revocations;
		regrants += w.regrants;
		close_world(&w);
	}
	/* All of it was played. */
	assert_true(accepted > 10 && rejected > 5);
	assert_true(endings > 10 && revocations > 10 && regrants > 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody_ends_in_step_whoever_came_and_went),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
