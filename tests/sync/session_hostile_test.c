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
#include "tests/sync/caller.h"
#include "tests/sync/nodes.h"

/*
 * What somebody on the way, or a peer who does not keep to the rules, can do
 * to a session: break it, and nothing else.
 */

struct company {
	struct node *hub;
	struct node *rep;
	struct node *manager;
	struct node *other;
};

static struct session_report
settles(struct node *initiator, struct node *responder)
{
	struct session_report report = sync_nodes(initiator, responder);

	assert_int_equal(report.problem, SESSION_FINE);
	assert_int_equal(report.state, SESSION_SETTLED);
	return report;
}

static int
found_company(void **state)
{
	struct company *c = alloc(sizeof *c);
	struct node **nodes[] = {&c->rep, &c->manager, &c->other};

	c->hub = node_new(50, 0);
	c->rep = node_new(60, REP);
	c->manager = node_new(70, MANAGER);
	c->other = node_new(80, OTHER);
	hub_found(c->hub);
	for (size_t i = 0; i < 3; i++) {
		hub_add_device(c->hub, *nodes[i]);
		node_introduce(*nodes[i], c->hub);
	}
	for (size_t i = 0; i < 3; i++)
		(void)settles(*nodes[i], c->hub);
	*state = c;
	return 0;
}

static int
close_company(void **state)
{
	struct company *c = *state;

	node_free(c->hub);
	node_free(c->rep);
	node_free(c->manager);
	node_free(c->other);
	free(c);
	return 0;
}

/* What is done to one frame. */
enum harm { FLIP, DROP, REPEAT, TRUNCATE, EXTEND, SWAP };

struct attack {
	struct company *company;
	enum harm harm;
	uint32_t frame;
	size_t byte;
	bool done;
	bool to_responder;
	int64_t kept_before; /* by the one that the frame goes to */
	size_t frame_size;
	uint8_t *stashed; /* SWAP */
	size_t stashed_size;
};

static int64_t
kept_by(const struct attack *attack)
{
	return node_kept(attack->to_responder ? attack->company->manager
					      : attack->company->rep,
		LINXI);
}

static int
swap(struct attack *attack, struct passing *passing)
{
	if (!attack->stashed && passing->number == attack->frame) {
		attack->stashed = alloc_copy(passing->bytes, passing->size);
		attack->stashed_size = passing->size;
		attack->to_responder = passing->from_initiator;
		attack->kept_before = kept_by(attack);
		return 0;
	}
	if (!attack->stashed || attack->done ||
		passing->from_initiator != attack->to_responder)
		return 1;
	attack->done = true;
	/* The later one first, then the earlier. */
	if (session_receive(passing->to, NODES_NOW, passing->bytes,
		    passing->size) == STATUS_OK)
		deliver(passing->to, attack->stashed, attack->stashed_size);
	return 0;
}

static int
harm_frame(void *self, struct passing *passing)
{
	struct attack *attack = self;

	if (attack->harm == SWAP)
		return swap(attack, passing);
	if (passing->number != attack->frame)
		return 1;
	attack->done = true;
	attack->to_responder = passing->from_initiator;
	attack->kept_before = kept_by(attack);
	attack->frame_size = passing->size;
	switch (attack->harm) {
	case FLIP:
		passing->bytes[attack->byte % passing->size] ^=
			(uint8_t)(1u << attack->byte % 8);
		return 1;
	case DROP:
		return 0;
	case REPEAT:
		return 2;
	case TRUNCATE:
		passing->size--;
		return 1;
	case EXTEND:
		passing->bytes[passing->size++] = 0;
		return 1;
	case SWAP:
		break;
	}
	return 1;
}

/* Rep and manager, each with something new; false: there is no such frame. */
static bool
survives(struct attack *attack)
{
	struct company *c = attack->company;
	struct session_options a = node_options(c->rep, true);
	struct session_options b = node_options(c->manager, false);
	struct session *x = session_new(&a), *y = session_new(&b);
	const struct session_report *hit;

	(void)carry(x, y, harm_frame, attack);
	session_closed(x);
	session_closed(y);
	hit = session_report(attack->to_responder ? y : x);
	if (attack->done) {
		assert_int_not_equal(hit->problem, SESSION_FINE);
		assert_int_equal(hit->state, SESSION_BROKEN);
		if (attack->harm != REPEAT) /* the first one is as it was */
			assert_int_equal(kept_by(attack), attack->kept_before);
	}
	session_free(x);
	session_free(y);
	free(attack->stashed);
	return attack->done;
}

/* Something new on each, never the same twice. */
static void
write_both(struct company *c, uint32_t serial)
{
	node_write(c->rep, LINXI, GRANT_LINXI, 2 * serial, "From the rep");
	node_write(c->manager, LINXI, GRANT_EAST, 2 * serial + 1, "And back");
}

/* Flips that byte of that frame. False: there is no such byte. */
static bool
flip(void **state, uint32_t frame, size_t byte, uint32_t run)
{
	struct attack attack = {.harm = FLIP, .frame = frame, .byte = byte};
	struct company *c;

	if (run % 100 == 99) { /* short logs, short times */
		(void)close_company(state);
		(void)found_company(state);
	}
	c = attack.company = *state;
	write_both(c, run);
	if (!survives(&attack))
		return false;
	if (run % 4 == 0) { /* a retry is half of the time this takes */
		(void)settles(c->rep, c->manager);
		assert_true(nodes_agree(c->rep, c->manager, LINXI));
	}
	return byte < attack.frame_size;
}

static void
every_flipped_byte_breaks_it_and_a_clean_retry_completes(void **state)
{
	uint32_t runs = 0, frame = 0;
	size_t byte;

	do {
		for (byte = 0; flip(state, frame, byte, runs++); byte++)
			continue;
		frame++;
	} while (byte > 0);
	assert_true(runs > 2000);
}

static void
frames_lost_repeated_cut_and_swapped_break_it(void **state)
{
	struct company *c = *state;
	uint32_t account = 0;

	for (enum harm harm = DROP; harm <= SWAP; harm++) {
		uint32_t broken = 0;

		for (uint32_t frame = 0; frame < 24; frame++) {
			struct attack attack = {
				.company = c, .harm = harm, .frame = frame};

			/* More than one frame in a row, each way. */
			node_write_much(
				c->rep, LINXI, GRANT_LINXI, account++, 90000);
			node_write_much(c->manager, LINXI, GRANT_EAST,
				account++, 90000);
			broken += survives(&attack);
			(void)settles(c->rep, c->manager);
		}
		/* Few frames follow one of their own direction. */
		assert_true(broken >= (harm == SWAP ? 2 : 8));
	}
	assert_true(nodes_agree(c->rep, c->manager, LINXI));
}

/* All that a node keeps of a territory, as segments of a message. */
static uint32_t
pack_kept(struct pack *pack, struct node *node, const uint8_t *territory,
	uint32_t skip)
{
	struct territory_walk walk = {0};
	struct pack_view bytes;
	uint32_t count = 0;

	while (territory_lacking(node_territory(node, territory), NULL, 0,
		       &walk, &bytes) == STATUS_OK)
		if (count++ >= skip)
			message_segment(pack, bytes.bytes, bytes.size);
	return count - skip;
}

/* The verdict on pushing what `from` keeps, by a caller. */
static enum message_verdict
push_verdict(struct caller *caller, struct node *from, uint8_t territory,
	uint32_t skip)
{
	enum message_verdict verdict = VERDICT_MALFORMED;
	struct message answer;
	struct pack pack;

	begin(&pack);
	message_push(&pack, 7, 1);
	assert_int_equal(pack_kept(&pack, from, id_of(territory), skip), 1);
	answer = ask(caller, &pack);
	assert_int_equal(answer.kind, MESSAGE_PUSHED);
	assert_int_equal(answer.request, 7);
	assert_true(message_next_verdict(&answer, &verdict));
	return verdict;
}

/* Asks for a territory that is not to be had. */
static void
pull_is_refused(struct caller *caller, uint8_t territory)
{
	struct message answer;
	struct pack pack;

	begin(&pack);
	message_pull(&pack, 3, id_of(territory), 1000, NULL, 0);
	answer = ask(caller, &pack);
	assert_int_equal(answer.kind, MESSAGE_FAILED);
	assert_int_equal(answer.failure, FAILURE_REFUSED);
}

static void
asking_for_a_territory_without_a_grant_is_refused(void **state)
{
	struct company *c = *state;
	struct caller caller;
	struct pack pack;

	node_write(c->other, WEST, GRANT_WEST, 1, "Western Steel");
	(void)settles(c->other, c->hub);
	call(&caller, c->rep, c->hub);
	pull_is_refused(&caller, WEST);
	pull_is_refused(&caller, EAST);
	/* It may go on with what it may have. */
	begin(&pack);
	message_pull(&pack, 4, id_of(LINXI), 1000, NULL, 0);
	assert_int_equal(ask(&caller, &pack).kind, MESSAGE_PULLED);
	hang_up(&caller);
}

static void
the_list_of_territories_names_shared_ones_only(void **state)
{
	static const uint8_t nothing[DIGEST_BYTES];
	struct company *c = *state;
	struct territory_digest entry;
	struct caller caller;
	struct message answer;
	struct pack pack;

	call(&caller, c->rep, c->manager);
	begin(&pack);
	message_compare(&pack, 1, nothing);
	answer = ask(&caller, &pack);
	assert_int_equal(answer.kind, MESSAGE_COMPARED);
	assert_int_equal(answer.count, 2);
	while (message_next_digest(&answer, &entry))
		assert_true(
			memcmp(entry.territory, id_of(LINXI), ID_BYTES) == 0 ||
			memcmp(entry.territory,
				policy_directory(c->rep->policy),
				ID_BYTES) == 0);
	hang_up(&caller);
}

static void
pushing_without_a_grant_is_not_kept(void **state)
{
	struct company *c = *state;
	struct caller caller;

	node_write(c->other, WEST, GRANT_WEST, 1, "Western Steel");
	call(&caller, c->rep, c->hub);
	assert_int_equal(
		push_verdict(&caller, c->other, WEST, 0), VERDICT_NO_GRANT);
	assert_int_equal(node_kept(c->hub, WEST), 0);
	hang_up(&caller);
	call(&caller, c->other, c->hub);
	assert_int_equal(
		push_verdict(&caller, c->other, WEST, 0), VERDICT_KEPT);
	assert_int_equal(push_verdict(&caller, c->other, WEST, 0), VERDICT_HAD);
	hang_up(&caller);
}

/* The hub has an answer of its own for who has no grant; peers have none. */
static void
a_peer_gives_nothing_to_whom_it_was_not_granted(void **state)
{
	struct company *c = *state;
	struct caller caller;

	node_write(c->manager, EAST, GRANT_EAST, 1, "Eastern Glass");
	call(&caller, c->rep, c->manager);
	pull_is_refused(&caller, EAST);
	hang_up(&caller);
}

/* The manager may have all of east; a rep of linxi neither gives nor takes it,
 * even where a copy was left from before. */
static void
a_node_gives_and_keeps_only_what_it_has_a_grant_on_itself(void **state)
{
	struct company *c = *state;
	struct caller caller;

	node_write(c->manager, EAST, GRANT_EAST, 1, "Eastern Glass");
	call(&caller, c->manager, c->rep);
	assert_int_equal(
		push_verdict(&caller, c->manager, EAST, 0), VERDICT_NO_GRANT);
	assert_int_equal(node_kept(c->rep, EAST), 0);
	hang_up(&caller);

	node_give(c->rep, c->manager, id_of(EAST));
	assert_int_equal(node_kept(c->rep, EAST), 1);
	call(&caller, c->manager, c->rep);
	pull_is_refused(&caller, EAST);
	hang_up(&caller);
}

/*
 * A node with these keys that believes to be of that user, by a directory of
 * its own making: so it writes what nobody granted.
 */
static struct node *
deluded_node(uint8_t seed, uint8_t user)
{
	struct node *liar = node_new(50, 0), *node = node_new(seed, user);

	hub_found(liar);
	hub_add_device(liar, node);
	node_introduce(node, liar);
	node_give(node, liar, policy_directory(liar->policy));
	node_free(liar);
	return node;
}

static void
writing_under_the_grant_of_somebody_else_is_not_kept(void **state)
{
	struct company *c = *state;
	struct node *deluded = deluded_node(60, OTHER); /* the rep's keys */
	struct caller caller;

	node_write(deluded, WEST, GRANT_WEST, 1, "Mine now");
	call(&caller, c->other, c->hub);
	assert_int_equal(
		push_verdict(&caller, deluded, WEST, 0), VERDICT_NO_GRANT);
	assert_int_equal(node_kept(c->hub, WEST), 0);
	hang_up(&caller);
	node_free(deluded);
}

static void
a_gap_a_fork_and_a_stranger_are_told_apart(void **state)
{
	struct company *c = *state;
	struct node *twin = node_new(60, REP);
	struct node *stranger = deluded_node(65, REP);
	struct caller caller;

	node_introduce(twin, c->hub);
	(void)settles(twin, c->hub);
	node_write(c->rep, LINXI, GRANT_LINXI, 1, "First");
	node_write(c->rep, LINXI, GRANT_LINXI, 2, "Second");
	node_write(twin, LINXI, GRANT_LINXI, 3, "The twin's first");
	node_write(stranger, LINXI, GRANT_LINXI, 4, "Nobody's");
	call(&caller, c->rep, c->hub);
	assert_int_equal(push_verdict(&caller, c->rep, LINXI, 1), VERDICT_GAP);
	assert_int_equal(push_verdict(&caller, twin, LINXI, 0), VERDICT_KEPT);
	assert_int_equal(push_verdict(&caller, c->rep, LINXI, 1), VERDICT_FORK);
	assert_int_equal(session_report(caller.session)->forks, 1);
	assert_int_equal(
		push_verdict(&caller, stranger, LINXI, 0), VERDICT_UNKNOWN);
	assert_int_equal(node_kept(c->hub, LINXI), 1);
	hang_up(&caller);
	node_free(twin);
	node_free(stranger);
}

static void
a_fork_between_two_nodes_is_counted_and_does_not_stop_the_rest(void **state)
{
	struct company *c = *state;
	struct node *twin = node_new(60, REP);
	struct session_report report;

	node_introduce(twin, c->hub);
	(void)settles(twin, c->hub);
	node_write(c->rep, LINXI, GRANT_LINXI, 1, "First");
	(void)settles(c->rep, c->hub);
	node_write(twin, LINXI, GRANT_LINXI, 3, "The twin's first");
	node_write(c->manager, LINXI, GRANT_EAST, 4, "Dahua");
	(void)settles(c->manager, c->hub);
	report = settles(twin, c->hub);
	assert_false(report.same);
	assert_true(report.forks > 0);
	assert_int_equal(node_kept(twin, LINXI), 2);
	node_free(twin);
}

static void
altered_segments_are_forged_and_not_kept(void **state)
{
	struct company *c = *state;
	enum message_verdict verdict;
	struct caller caller;
	struct message answer;
	struct pack pack;

	node_write(c->rep, LINXI, GRANT_LINXI, 1, "First");
	call(&caller, c->rep, c->hub);
	begin(&pack);
	message_push(&pack, 1, 2);
	assert_int_equal(pack_kept(&pack, c->rep, id_of(LINXI), 0), 1);
	pack.out[pack.size - 1] ^= 1;
	message_segment(&pack, (const uint8_t *)"x", 1);
	answer = ask(&caller, &pack);
	assert_true(message_next_verdict(&answer, &verdict));
	assert_int_equal(verdict, VERDICT_FORGED);
	assert_true(message_next_verdict(&answer, &verdict));
	assert_int_equal(verdict, VERDICT_MALFORMED);
	assert_int_equal(node_kept(c->hub, LINXI), 0);
	hang_up(&caller);
}

static void
nonsense_is_answered_and_ends_it(void **state)
{
	struct company *c = *state;
	struct caller caller;
	struct message answer;
	struct pack pack;

	call(&caller, c->rep, c->hub);
	begin(&pack);
	pack_text(&pack, "hello");
	answer = ask(&caller, &pack);
	assert_int_equal(answer.kind, MESSAGE_FAILED);
	assert_int_equal(answer.failure, FAILURE_MALFORMED);
	assert_true(caller.ended);
	assert_int_equal(
		session_report(caller.session)->problem, SESSION_MALFORMED);
	hang_up(&caller);

	/* An answer is no request, and enrolling is for invitations. */
	call(&caller, c->rep, c->hub);
	begin(&pack);
	message_failed(&pack, 1, FAILURE_REFUSED, "no");
	answer = ask(&caller, &pack);
	assert_int_equal(answer.failure, FAILURE_MALFORMED);
	hang_up(&caller);
	call(&caller, c->rep, c->hub);
	begin(&pack);
	message_enrol(&pack, 1, c->rep->sign_key, c->rep->sign_secret, "x");
	answer = ask(&caller, &pack);
	assert_int_equal(answer.failure, FAILURE_MALFORMED);
	hang_up(&caller);
}

static void
more_requests_than_eight_unread_are_too_many(void **state)
{
	static const uint8_t nothing[DIGEST_BYTES];
	struct company *c = *state;
	struct caller caller;
	const uint8_t *frame;
	size_t size;
	uint32_t sent = 0;

	call(&caller, c->rep, c->hub);
	for (; sent < 9; sent++) {
		struct pack pack;

		begin(&pack);
		message_compare(&pack, sent, nothing);
		channel_send(caller.channel, pack.out, pack.size);
		assert_int_equal(
			channel_next_frame(caller.channel, &frame, &size),
			STATUS_OK);
		if (session_receive(caller.session, NODES_NOW, frame, size) !=
			STATUS_OK)
			break;
		assert_int_equal(session_busy(caller.session), sent + 1);
	}
	assert_int_equal(sent, SESSION_REQUESTS_MAX);
	hang_up(&caller);
}

static void
a_device_revoked_in_between_gets_no_further(void **state)
{
	static const uint8_t nothing[DIGEST_BYTES];
	struct company *c = *state;
	struct caller caller;
	struct message answer;
	struct pack pack;

	call(&caller, c->rep, c->hub);
	begin(&pack);
	message_compare(&pack, 1, nothing);
	assert_int_equal(ask(&caller, &pack).kind, MESSAGE_COMPARED);
	hub_add_cutoff(c->hub, 0x41, c->rep->device, NULL, NULL, 0);
	begin(&pack);
	message_pull(&pack, 2, id_of(LINXI), 1000, NULL, 0);
	answer = ask(&caller, &pack);
	assert_int_equal(answer.kind, MESSAGE_FAILED);
	assert_int_equal(answer.failure, FAILURE_REVOKED);
	assert_true(caller.ended);
	hang_up(&caller);
}

static void
what_a_device_pushes_that_was_revoked_in_between_is_not_kept(void **state)
{
	struct company *c = *state;
	struct caller caller;
	struct pack pack;

	node_write(c->rep, LINXI, GRANT_LINXI, 1, "Just typed");
	call(&caller, c->rep, c->hub);
	hub_add_cutoff(c->hub, 0x41, c->rep->device, NULL, NULL, 0);
	begin(&pack);
	message_push(&pack, 7, 1);
	assert_int_equal(pack_kept(&pack, c->rep, id_of(LINXI), 0), 1);
	assert_int_equal(ask(&caller, &pack).failure, FAILURE_REVOKED);
	assert_true(caller.ended);
	assert_int_equal(node_kept(c->hub, LINXI), 0);
	hang_up(&caller);
}

static void
what_is_beyond_a_cut_is_quarantined_at_the_hub_only(void **state)
{
	struct company *c = *state;
	struct caller caller;

	node_write(c->rep, LINXI, GRANT_LINXI, 1, "In time");
	(void)settles(c->rep, c->hub);
	node_write(c->rep, LINXI, GRANT_LINXI, 2, "Late");
	hub_add_cutoff(c->hub, 0x41, c->rep->device, id_of(GRANT_LINXI),
		id_of(LINXI), 1);
	(void)settles(c->manager, c->hub);
	call(&caller, c->manager, c->hub);
	assert_int_equal(
		push_verdict(&caller, c->rep, LINXI, 1), VERDICT_QUARANTINED);
	hang_up(&caller);
	assert_int_equal(node_kept(c->hub, LINXI), 2);
	assert_int_equal(node_applied(c->hub, LINXI), 1);
	call(&caller, c->hub, c->manager);
	assert_int_equal(
		push_verdict(&caller, c->rep, LINXI, 1), VERDICT_QUARANTINED);
	hang_up(&caller);
	assert_int_equal(node_kept(c->manager, LINXI), 1);
	/* It keeps nobody from being in step. */
	assert_true(settles(c->manager, c->hub).same);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, found_company, close_company)
		TEST(every_flipped_byte_breaks_it_and_a_clean_retry_completes),
		TEST(frames_lost_repeated_cut_and_swapped_break_it),
		TEST(asking_for_a_territory_without_a_grant_is_refused),
		TEST(a_peer_gives_nothing_to_whom_it_was_not_granted),
		TEST(the_list_of_territories_names_shared_ones_only),
		TEST(pushing_without_a_grant_is_not_kept),
		TEST(a_node_gives_and_keeps_only_what_it_has_a_grant_on_itself),
		TEST(writing_under_the_grant_of_somebody_else_is_not_kept),
		TEST(a_gap_a_fork_and_a_stranger_are_told_apart),
		TEST(a_fork_between_two_nodes_is_counted_and_does_not_stop_the_rest),
		TEST(altered_segments_are_forged_and_not_kept),
		TEST(nonsense_is_answered_and_ends_it),
		TEST(more_requests_than_eight_unread_are_too_many),
		TEST(a_device_revoked_in_between_gets_no_further),
		TEST(what_a_device_pushes_that_was_revoked_in_between_is_not_kept),
		TEST(what_is_beyond_a_cut_is_quarantined_at_the_hub_only),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
