#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/token.h"
#include "sync/alloc.h"
#include "sync/channel.h"
#include "tests/sync/nodes.h"

/*
 * A peer that has good keys and lies in what it says: one who answers a pull,
 * one who is dialled, and one who enrols.
 */

enum { HUB, REP_NODE, MANAGER_NODE, OTHER_NODE, NODES };

static struct node *nodes[NODES];

static void
settle(struct node *initiator, struct node *responder)
{
	struct session_report report = sync_nodes(initiator, responder);

	assert_int_equal(report.state, SESSION_SETTLED);
}

/* A node of the company that knows its directory. */
static struct node *
employ(uint8_t seed, uint8_t user)
{
	struct node *node = node_new(seed, user);

	hub_add_device(nodes[HUB], node);
	node_introduce(node, nodes[HUB]);
	settle(node, nodes[HUB]);
	return node;
}

static int
found(void **state)
{
	(void)state;
	nodes[HUB] = node_new(50, 0);
	hub_found(nodes[HUB]);
	nodes[REP_NODE] = employ(60, REP);
	nodes[OTHER_NODE] = employ(80, OTHER);
	nodes[MANAGER_NODE] = employ(70, MANAGER);
	return 0;
}

static int
dissolve(void **state)
{
	(void)state;
	for (int i = 0; i < NODES; i++)
		node_free(nodes[i]);
	return 0;
}

/* ---- one who answers ---- */

/* What a pull of linxi is answered, the first so many times. */
struct lie {
	struct node *from; /* its first segment of */
	uint8_t territory;
	uint32_t times; /* so often in an answer */
	uint32_t answers;
	bool spoiled; /* the last byte of a signature is wrong */
	bool silent;  /* a compare is not answered */
};

static void
pack_lie(struct pack *pack, uint32_t request, const struct lie *lie)
{
	struct territory_walk walk = {0};
	struct pack_view segment;

	assert_int_equal(territory_lacking(node_territory(lie->from,
						   id_of(lie->territory)),
				 NULL, 0, &walk, &segment),
		STATUS_OK);
	message_pulled(pack, request, id_of(LINXI), lie->answers > 1, NULL, 0,
		lie->times);
	for (uint32_t i = 0; i < lie->times; i++)
		message_segment(pack, segment.bytes, segment.size);
	if (lie->spoiled)
		pack->out[pack->size - 1] ^= 1;
}

/* But for the lie it is honest, so that what is taken is seen at the end. */
static void
answer_by_hand(
	struct channel *channel, const struct message *message, struct lie *lie)
{
	uint8_t digest[DIGEST_BYTES] = {1};
	struct territory_digest list = {id_of(LINXI), digest};
	bool lies = lie->answers > 0;
	struct pack pack;

	if (lie->silent && message->kind == MESSAGE_COMPARE)
		return;
	pack_init(&pack, alloc(MESSAGE_SIZE_MAX), MESSAGE_SIZE_MAX);
	if (message->kind == MESSAGE_COMPARE) {
		message_compared(
			&pack, message->request, NODES_NOW, !lies, &list, lies);
	} else if (message->kind == MESSAGE_PUSH) {
		enum message_verdict had = VERDICT_HAD;

		assert_int_equal(message->count, 1);
		message_pushed(&pack, message->request, &had, 1);
	} else if (lies) {
		pack_lie(&pack, message->request, lie);
		lie->answers--;
	} else {
		message_pulled(&pack, message->request, id_of(LINXI), false,
			NULL, 0, 0);
	}
	assert_false(pack.overflow);
	channel_send(channel, pack.out, pack.size);
}

/* What goes out of the session; the message in it, if there is one. */
static uint8_t *
hear(struct session *session, struct channel *channel, size_t *size)
{
	uint8_t *message = NULL;
	enum channel_event event;
	const uint8_t *frame;

	while (session_next_frame(session, NODES_NOW, &frame, size) ==
		STATUS_OK) {
		assert_int_equal(channel_receive(channel, NODES_NOW, frame,
					 *size, &event),
			STATUS_OK);
		if (event == CHANNEL_MESSAGE) {
			free(message);
			message = channel_take(channel, size);
			break;
		}
	}
	return message;
}

static void
say(struct session *session, struct channel *channel)
{
	enum status status = STATUS_OK;
	const uint8_t *frame;
	size_t size;

	while (status == STATUS_OK &&
		channel_next_frame(channel, &frame, &size) == STATUS_OK)
		status = session_receive(session, NODES_NOW, frame, size);
}

/* How a session of the manager's ends that asks the liar for linxi. */
static enum session_problem
ask_a_liar(struct lie lie)
{
	const struct node *hub = nodes[HUB];
	struct session_options options =
		node_options(nodes[MANAGER_NODE], true);
	struct channel_options with = {
		.company_key = hub->company_key,
		.link_secret = hub->link_secret,
		.credentials = hub->credentials,
		.credentials_size = hub->credentials_size,
		.message_max = MESSAGE_SIZE_MAX,
	};
	struct session *session = session_new(&options);
	struct channel *channel = channel_new(&with);
	enum session_problem problem;

	for (int turns = 0; turns < 12; turns++) {
		struct message message;
		size_t size;
		uint8_t *bytes = hear(session, channel, &size);

		if (bytes) {
			assert_int_equal(message_decode(&message, bytes, size),
				STATUS_OK);
			answer_by_hand(channel, &message, &lie);
			free(bytes);
		}
		say(session, channel);
	}
	problem = session_report(session)->problem;
	session_free(session);
	channel_free(channel);
	return problem;
}

/* The manager may read all of east, and had asked for linxi. */
static void
an_answer_about_another_territory_breaks_the_initiator(void **state)
{
	struct node *manager = nodes[MANAGER_NODE];
	struct node *twin = employ(71, MANAGER);

	(void)state;
	settle(manager, nodes[HUB]);
	node_write(twin, EAST, GRANT_EAST, 1, "Eastern Glass");
	assert_int_equal(ask_a_liar((struct lie){.from = twin,
				 .territory = EAST,
				 .times = 1,
				 .answers = 1}),
		SESSION_MALFORMED);
	assert_int_equal(node_kept(manager, EAST), 0);
	node_free(twin);

	node_write(nodes[OTHER_NODE], WEST, GRANT_WEST, 1, "Western Steel");
	assert_int_equal(ask_a_liar((struct lie){.from = nodes[OTHER_NODE],
				 .territory = WEST,
				 .times = 1,
				 .answers = 1}),
		SESSION_MALFORMED);
	assert_int_equal(node_kept(manager, WEST), 0);
	assert_int_equal(node_kept(manager, LINXI), 0);
}

/* One who calls and has something to seal asks for two things at once. */
static void
an_answer_out_of_turn_breaks_the_initiator(void **state)
{
	struct node *manager = nodes[MANAGER_NODE];

	(void)state;
	settle(manager, nodes[HUB]);
	node_seals_late(manager);
	manager->seals = 0;
	node_write(manager, LINXI, GRANT_EAST, 1, "Dahua");
	/* "The same" as what is nobody's, while the pull is under way. */
	assert_int_equal(ask_a_liar((struct lie){0}), SESSION_MALFORMED);
	/* What was pulled before the list. */
	assert_int_equal(
		ask_a_liar((struct lie){.silent = true}), SESSION_MALFORMED);
	assert_int_equal(manager->seals, 0);
}

static void
an_answer_with_a_forged_segment_breaks_the_initiator(void **state)
{
	struct node *manager = nodes[MANAGER_NODE];
	struct lie lie = {.from = nodes[REP_NODE],
		.territory = LINXI,
		.times = 1,
		.answers = 1,
		.spoiled = true};

	(void)state;
	node_write(nodes[REP_NODE], LINXI, GRANT_LINXI, 1, "Linxi Paper");
	assert_int_equal(ask_a_liar(lie), SESSION_NOT_GENUINE);
	assert_int_equal(node_kept(manager, LINXI), 0);
	lie.spoiled = false;
	assert_int_equal(ask_a_liar(lie), SESSION_FINE);
	assert_int_equal(node_kept(manager, LINXI), 1);
}

/* Some may be of devices that a newer directory names; not this many. */
static void
too_much_of_unknown_devices_breaks_the_initiator(void **state)
{
	/* It is of the same company by another directory, of its own making. */
	struct node *hub = node_new(50, 0), *unknown = node_new(99, REP);
	struct lie lie = {.from = unknown,
		.territory = LINXI,
		.times = MESSAGE_SEGMENTS_MAX,
		.answers = SESSION_UNKNOWN_MAX / MESSAGE_SEGMENTS_MAX};

	(void)state;
	hub_found(hub);
	hub_add_device(hub, unknown);
	node_introduce(unknown, hub);
	node_give(unknown, hub, policy_directory(hub->policy));
	node_write(unknown, LINXI, GRANT_LINXI, 1, "Nobody's");
	assert_int_equal(ask_a_liar(lie), SESSION_FINE);
	lie.answers++;
	assert_int_equal(ask_a_liar(lie), SESSION_NOT_GENUINE);
	assert_int_equal(node_kept(nodes[MANAGER_NODE], LINXI), 0);
	node_free(unknown);
	node_free(hub);
}

/* ---- one who is dialled ---- */

/* Not even the credentials of who called, which go last. */
static void
a_peer_known_to_be_revoked_does_not_learn_who_called(void **state)
{
	const struct node *manager = nodes[MANAGER_NODE];
	struct session_options options = node_options(nodes[REP_NODE], true);
	struct channel_options with = {
		.company_key = manager->company_key,
		.link_secret = manager->link_secret,
		.credentials = manager->credentials,
		.credentials_size = manager->credentials_size,
		.message_max = MESSAGE_SIZE_MAX,
	};
	struct session *session;
	struct channel *channel;
	size_t size;

	(void)state;
	hub_add_cutoff(nodes[HUB], 0x41, manager->device, NULL, NULL, 0);
	settle(nodes[REP_NODE], nodes[HUB]);
	session = session_new(&options);
	channel = channel_new(&with);
	assert_null(hear(session, channel, &size));
	say(session, channel);
	assert_null(hear(session, channel, &size));
	assert_false(channel_is_open(channel));
	assert_null(channel_peer(channel));
	assert_int_equal(
		session_report(session)->problem, SESSION_PEER_REVOKED);
	session_free(session);
	channel_free(channel);
}

/* A whole session that enrols, with somebody who may be no hub. */
static struct session_report
enrol_with(struct node *fresh, struct node *responder)
{
	uint8_t secret[TOKEN_SECRET_SIZE];
	struct session_options asks = node_options(fresh, true);
	struct session_options answers = node_options(responder, false);
	struct session *initiator, *other;
	struct session_report report;

	memset(secret, INVITATION_GOOD, sizeof secret);
	asks.credentials = NULL;
	asks.credentials_size = 0;
	asks.invitation_id = id_of(INVITATION_GOOD);
	asks.invitation_secret = secret;
	asks.sign_secret = fresh->sign_secret;
	asks.device_name = "laptop";
	asks.directory_only = true;
	initiator = session_new(&asks);
	other = session_new(&answers);
	(void)carry(initiator, other, NULL, NULL);
	report = *session_report(initiator);
	session_free(initiator);
	session_free(other);
	return report;
}

static enum status
never_enrols(void *self, const uint8_t *invitation, const uint8_t *sign_key,
	const uint8_t *link_key, const char *name, uint8_t *credentials,
	size_t *size, uint8_t *user, char *login, size_t login_room)
{
	(void)self, (void)invitation, (void)sign_key, (void)link_key;
	(void)name, (void)credentials, (void)size, (void)user, (void)login;
	(void)login_room;
	fail_msg("it was asked for a certificate");
	return STATUS_FAILED;
}

/* A colleague who saw the invitation waits at the hub's address. */
static void
a_device_that_is_no_hub_is_not_asked_to_enrol(void **state)
{
	struct node *fresh = node_new(90, REP);
	struct node *colleague = nodes[OTHER_NODE];

	(void)state;
	colleague->host.invitation = nodes[HUB]->host.invitation;
	colleague->host.enrol = never_enrols;
	assert_int_equal(
		enrol_with(fresh, colleague).problem, SESSION_NOT_GENUINE);
	node_free(fresh);
}

/* A certificate for the right link key and somebody else's signing key. */
static enum status
enrols_another(void *self, const uint8_t *invitation, const uint8_t *sign_key,
	const uint8_t *link_key, const char *name, uint8_t *credentials,
	size_t *size, uint8_t *user, char *login, size_t login_room)
{
	struct node *helper = node_new(50, 0), *another = node_new(91, REP);
	enum status status;

	(void)self, (void)sign_key;
	hub_found(helper);
	memcpy(helper->invited, id_of(REP), ID_BYTES);
	status = helper->host.enrol(helper, invitation, another->sign_key,
		link_key, name, credentials, size, user, login, login_room);
	node_free(another);
	node_free(helper);
	return status;
}

static void
credentials_of_another_device_are_not_taken(void **state)
{
	struct node *fresh = node_new(90, REP);
	struct session_report report;

	(void)state;
	nodes[HUB]->host.enrol = enrols_another;
	report = enrol_with(fresh, nodes[HUB]);
	assert_int_equal(report.problem, SESSION_NOT_GENUINE);
	assert_false(report.enrolled);
	node_free(fresh);
}

/* What the hub answers to a compare of the rep's that comes at `now_ms`. */
static enum message_kind
ask_hub_at(int64_t now_ms)
{
	static const uint8_t digest[DIGEST_BYTES];
	const struct node *rep = nodes[REP_NODE];
	struct session_options options = node_options(nodes[HUB], false);
	struct channel_options with = {
		.initiator = true,
		.company_key = rep->company_key,
		.link_secret = rep->link_secret,
		.credentials = rep->credentials,
		.credentials_size = rep->credentials_size,
		.message_max = MESSAGE_SIZE_MAX,
	};
	struct session *session = session_new(&options);
	struct channel *channel = channel_new(&with);
	struct message answer;
	const uint8_t *frame;
	uint8_t *bytes;
	struct pack pack;
	size_t size;

	say(session, channel);
	assert_null(hear(session, channel, &size));
	say(session, channel);
	assert_true(session_report(session)->trusted);
	pack_init(&pack, alloc(MESSAGE_SIZE_MAX), MESSAGE_SIZE_MAX);
	message_compare(&pack, 1, digest);
	channel_send(channel, pack.out, pack.size);
	assert_int_equal(channel_next_frame(channel, &frame, &size), STATUS_OK);
	if (session_receive(session, now_ms, frame, size) != STATUS_OK)
		assert_int_equal(
			session_report(session)->problem, SESSION_EXPIRED);
	bytes = hear(session, channel, &size);
	assert_non_null(bytes);
	assert_int_equal(message_decode(&answer, bytes, size), STATUS_OK);
	free(bytes);
	session_free(session);
	channel_free(channel);
	return answer.kind;
}

/* Certificates of this company are good until twice NODES_NOW. */
static void
a_certificate_that_expires_ends_a_session_that_is_open(void **state)
{
	(void)state;
	assert_int_equal(ask_hub_at(NODES_NOW * 2), MESSAGE_COMPARED);
	assert_int_equal(ask_hub_at(NODES_NOW * 2 + 1), MESSAGE_FAILED);
}

/* ---- one who enrols ---- */

/* What the hub answers to the one message of who holds an invitation. */
static struct message
answer_to_invited(struct node *fresh,
	void (*write)(struct pack *pack, const struct node *fresh,
		const uint8_t *hash),
	uint8_t **answer)
{
	struct session_options options = node_options(nodes[HUB], false);
	uint8_t secret[TOKEN_SECRET_SIZE], psk[TOKEN_PSK_SIZE];
	struct channel_options with = {
		.initiator = true,
		.company_key = fresh->company_key,
		.link_secret = fresh->link_secret,
		.invitation = id_of(INVITATION_GOOD),
		.psk = psk,
		.message_max = MESSAGE_SIZE_MAX,
	};
	struct session *session = session_new(&options);
	struct channel *channel;
	struct message message;
	struct pack pack;
	size_t size;

	memset(secret, INVITATION_GOOD, sizeof secret);
	token_psk(psk, secret);
	channel = channel_new(&with);
	say(session, channel);
	assert_null(hear(session, channel, &size));
	say(session, channel);
	assert_true(channel_is_open(channel));
	pack_init(&pack, alloc(MESSAGE_SIZE_MAX), MESSAGE_SIZE_MAX);
	write(&pack, fresh, channel_hash(channel));
	channel_send(channel, pack.out, pack.size);
	say(session, channel);
	*answer = hear(session, channel, &size);
	assert_non_null(*answer);
	assert_int_equal(message_decode(&message, *answer, size), STATUS_OK);
	session_free(session);
	channel_free(channel);
	return message;
}

static void
write_compare(struct pack *pack, const struct node *fresh, const uint8_t *hash)
{
	static const uint8_t digest[DIGEST_BYTES];

	(void)fresh;
	(void)hash;
	message_compare(pack, 1, digest);
}

/* `proof_of` a key that is the device's, or another. */
static void
write_enrol(struct pack *pack, const uint8_t *hash, const struct node *named,
	const struct node *proves)
{
	static const char purpose[] = "roadbook/enrol/1";
	uint8_t to_sign[sizeof purpose + NOISE_HASH_SIZE];
	uint8_t proof[crypto_sign_BYTES];

	memcpy(to_sign, purpose, sizeof purpose);
	memcpy(to_sign + sizeof purpose, hash, NOISE_HASH_SIZE);
	crypto_sign_detached(
		proof, NULL, to_sign, sizeof to_sign, proves->sign_secret);
	message_enrol(pack, 1, named->sign_key, proof, "laptop");
}

static void
write_own(struct pack *pack, const struct node *fresh, const uint8_t *hash)
{
	write_enrol(pack, hash, fresh, fresh);
}

static void
write_others(struct pack *pack, const struct node *fresh, const uint8_t *hash)
{
	write_enrol(pack, hash, nodes[REP_NODE], fresh);
}

static void
write_old(struct pack *pack, const struct node *fresh, const uint8_t *hash)
{
	uint8_t of_another_session[NOISE_HASH_SIZE];

	memcpy(of_another_session, hash, NOISE_HASH_SIZE);
	of_another_session[0] ^= 1;
	write_enrol(pack, of_another_session, fresh, fresh);
}

static void
a_new_device_proves_its_signing_key_for_this_session(void **state)
{
	struct node *fresh = node_new(90, REP);
	struct message answer;
	uint8_t *bytes;

	(void)state;
	memcpy(nodes[HUB]->invited, id_of(REP), ID_BYTES);
	answer = answer_to_invited(fresh, write_others, &bytes);
	assert_int_equal(answer.kind, MESSAGE_FAILED);
	free(bytes);
	answer = answer_to_invited(fresh, write_old, &bytes);
	assert_int_equal(answer.kind, MESSAGE_FAILED);
	free(bytes);
	assert_false(nodes[HUB]->redeemed);
	answer = answer_to_invited(fresh, write_own, &bytes);
	assert_int_equal(answer.kind, MESSAGE_ENROLLED);
	assert_true(nodes[HUB]->redeemed);
	free(bytes);
	node_free(fresh);
}

static void
who_holds_an_invitation_may_enrol_and_ask_nothing_else(void **state)
{
	struct node *fresh = node_new(90, REP);
	struct message answer;
	uint8_t *bytes;

	(void)state;
	answer = answer_to_invited(fresh, write_compare, &bytes);
	assert_int_equal(answer.kind, MESSAGE_FAILED);
	assert_int_equal(answer.failure, FAILURE_MALFORMED);
	free(bytes);
	node_free(fresh);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, found, dissolve)
		TEST(an_answer_about_another_territory_breaks_the_initiator),
		TEST(an_answer_out_of_turn_breaks_the_initiator),
		TEST(an_answer_with_a_forged_segment_breaks_the_initiator),
		TEST(too_much_of_unknown_devices_breaks_the_initiator),
		TEST(a_peer_known_to_be_revoked_does_not_learn_who_called),
		TEST(a_device_that_is_no_hub_is_not_asked_to_enrol),
		TEST(credentials_of_another_device_are_not_taken),
		TEST(a_certificate_that_expires_ends_a_session_that_is_open),
		TEST(a_new_device_proves_its_signing_key_for_this_session),
		TEST(who_holds_an_invitation_may_enrol_and_ask_nothing_else),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
