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

struct pair {
	struct node *hub;
	struct node *rep;
	struct channel *initiator;
	struct channel *responder;
};

static bool
find_psk(void *self, const uint8_t *invitation,
	uint8_t psk[static NOISE_PSK_SIZE])
{
	(void)self;
	memset(psk, 7, NOISE_PSK_SIZE);
	return invitation[0] == INVITATION_GOOD;
}

static struct channel_options
options_of(const struct node *node, bool initiator)
{
	return (struct channel_options){
		.initiator = initiator,
		.company_key = node->company_key,
		.link_secret = node->link_secret,
		.credentials = node->credentials,
		.credentials_size = node->credentials_size,
		.find_psk = initiator ? NULL : find_psk,
		.message_max = 1 << 20,
	};
}

/* The status of passing one frame on; STATUS_AGAIN when there was none. */
static enum status
pass(struct channel *from, struct channel *to, enum channel_event *event)
{
	const uint8_t *frame;
	size_t size;

	*event = CHANNEL_NOTHING;
	if (channel_next_frame(from, &frame, &size) != STATUS_OK)
		return STATUS_AGAIN;
	return channel_receive(to, NODES_NOW, frame, size, event);
}

static int
make_pair(void **state)
{
	struct pair *p = alloc(sizeof *p);
	struct channel_options with;

	p->hub = node_new(50, 0);
	p->rep = node_new(60, REP);
	with = options_of(p->rep, true);
	p->initiator = channel_new(&with);
	with = options_of(p->hub, false);
	p->responder = channel_new(&with);
	*state = p;
	return 0;
}

static int
make_open_pair(void **state)
{
	enum channel_event event;
	struct pair *p;

	(void)make_pair(state);
	p = *state;
	assert_int_equal(pass(p->initiator, p->responder, &event), STATUS_OK);
	assert_int_equal(pass(p->responder, p->initiator, &event), STATUS_OK);
	assert_int_equal(event, CHANNEL_OPENED);
	assert_int_equal(pass(p->initiator, p->responder, &event), STATUS_OK);
	assert_int_equal(event, CHANNEL_OPENED);
	return 0;
}

static int
free_pair(void **state)
{
	struct pair *p = *state;

	channel_free(p->initiator);
	channel_free(p->responder);
	node_free(p->hub);
	node_free(p->rep);
	free(p);
	return 0;
}

static void
each_side_learns_who_the_other_is(void **state)
{
	struct pair *p = *state;

	assert_memory_equal(channel_peer(p->responder)->device.subject,
		p->rep->device, ID_BYTES);
	assert_memory_equal(channel_peer(p->initiator)->device.subject,
		p->hub->device, ID_BYTES);
	assert_int_equal(
		channel_peer(p->initiator)->device.kind, CERTIFICATE_HUB);
	assert_memory_equal(channel_hash(p->initiator),
		channel_hash(p->responder), NOISE_HASH_SIZE);
	assert_memory_equal(channel_peer_link_key(p->responder),
		p->rep->link_key, LINK_KEY_SIZE);
}

static void
messages_of_any_size_arrive_whole(void **state)
{
	static const size_t sizes[] = {1, 2, CHANNEL_DATA_MAX - 1,
		CHANNEL_DATA_MAX, CHANNEL_DATA_MAX + 1, 2 * CHANNEL_DATA_MAX,
		(1 << 20) - 1, 1 << 20};
	struct pair *p = *state;

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		uint8_t *sent = alloc(sizes[i]), *copy, *came;
		enum channel_event event = CHANNEL_NOTHING;
		size_t size;

		memset(sent, (int)i + 1, sizes[i]);
		copy = alloc_copy(sent, sizes[i]);
		channel_send(p->initiator, sent, sizes[i]);
		assert_int_equal(channel_queued_bytes(p->initiator), sizes[i]);
		while (event == CHANNEL_NOTHING)
			assert_int_equal(
				pass(p->initiator, p->responder, &event),
				STATUS_OK);
		assert_int_equal(event, CHANNEL_MESSAGE);
		came = channel_take(p->responder, &size);
		assert_int_equal(size, sizes[i]);
		assert_memory_equal(came, copy, size);
		assert_true(channel_idle(p->initiator));
		free(came);
		free(copy);
	}
}

static void
a_message_over_the_limit_is_refused_at_the_record_that_exceeds_it(void **state)
{
	struct pair *p = *state;
	enum channel_event event;

	channel_limit(p->responder, CHANNEL_DATA_MAX + 10);
	channel_send(p->initiator, alloc(CHANNEL_DATA_MAX + 11),
		CHANNEL_DATA_MAX + 11);
	assert_int_equal(pass(p->initiator, p->responder, &event), STATUS_OK);
	assert_int_equal(
		pass(p->initiator, p->responder, &event), STATUS_MALFORMED);
	/* It takes nothing more. */
	channel_send(p->initiator, alloc(1), 1);
	assert_int_equal(
		pass(p->initiator, p->responder, &event), STATUS_MALFORMED);
}

static void
nothing_comes_after_the_end(void **state)
{
	struct pair *p = *state;
	enum channel_event event;
	const uint8_t *frame;
	size_t size;
	uint8_t copy[64];

	channel_end(p->initiator);
	assert_int_equal(
		channel_next_frame(p->initiator, &frame, &size), STATUS_OK);
	assert_true(size < sizeof copy);
	memcpy(copy, frame, size);
	assert_int_equal(
		channel_receive(p->responder, NODES_NOW, copy, size, &event),
		STATUS_OK);
	assert_int_equal(event, CHANNEL_ENDED);
	assert_int_equal(
		channel_receive(p->responder, NODES_NOW, copy, size, &event),
		STATUS_MALFORMED);
}

static void
silence_lets_a_message_that_began_go_on(void **state)
{
	struct pair *p = *state;
	enum channel_event event;
	uint8_t *came;
	size_t size;

	channel_send(p->initiator, alloc(100000), 100000);
	channel_send(p->initiator, alloc(200), 200);
	assert_int_equal(pass(p->initiator, p->responder, &event), STATUS_OK);
	channel_silence(p->initiator);
	channel_send(p->initiator, alloc(300), 300);
	assert_int_equal(pass(p->initiator, p->responder, &event), STATUS_OK);
	assert_int_equal(event, CHANNEL_MESSAGE);
	came = channel_take(p->responder, &size);
	free(came);
	assert_int_equal(size, 100000);
	assert_int_equal(pass(p->initiator, p->responder, &event), STATUS_OK);
	came = channel_take(p->responder, &size);
	free(came);
	assert_int_equal(size, 300);
}

static void
keys_are_replaced_after_many_records(void **state)
{
	struct pair *p = *state;

	for (uint32_t i = 0; i < NOISE_REKEY_RECORDS + 2; i++) {
		enum channel_event event;
		size_t size;

		channel_send(p->responder, alloc(1), 1);
		assert_int_equal(
			pass(p->responder, p->initiator, &event), STATUS_OK);
		free(channel_take(p->initiator, &size));
	}
}

static void
early_frames_are_small_ones(void **state)
{
	struct pair *p = *state;
	static uint8_t frame[CHANNEL_FRAME_EARLY_MAX + 1];
	enum channel_event event;

	/* It begins with what can be a key: only its size is against it. */
	memset(frame, 9, sizeof frame);
	assert_int_equal(channel_receive(p->responder, NODES_NOW, frame,
				 sizeof frame, &event),
		STATUS_MALFORMED);
	assert_int_equal(channel_receive(p->initiator, NODES_NOW, frame,
				 sizeof frame, &event),
		STATUS_MALFORMED);
	assert_true(channel_idle(p->responder));
}

static void
a_stranger_is_told_nothing(void **state)
{
	struct pair *p = *state;
	struct node *stranger = node_new_of(9, 60, REP);
	struct channel_options with = options_of(stranger, true);
	struct channel *channel = channel_new(&with);
	enum channel_event event;

	assert_int_equal(pass(channel, p->responder, &event), STATUS_FORGED);
	assert_true(channel_idle(p->responder));
	channel_free(channel);
	node_free(stranger);
}

/* What the hub makes of credentials that have expired when they are shown. */
static enum status
shown_too_late(struct pair *p, bool take_expired)
{
	struct channel_options with = options_of(p->hub, false);
	enum channel_event event = CHANNEL_NOTHING;
	enum status status;
	const uint8_t *frame;
	size_t size;

	with.take_expired = take_expired;
	channel_free(p->responder);
	p->responder = channel_new(&with);
	assert_int_equal(pass(p->initiator, p->responder, &event), STATUS_OK);
	assert_int_equal(pass(p->responder, p->initiator, &event), STATUS_OK);
	assert_int_equal(
		channel_next_frame(p->initiator, &frame, &size), STATUS_OK);
	status = channel_receive(
		p->responder, NODES_NOW * 2 + 1, frame, size, &event);
	assert_true((event == CHANNEL_OPENED) == (status == STATUS_OK));
	return status;
}

static void
who_does_not_renew_takes_no_expired_credentials(void **state)
{
	assert_int_equal(shown_too_late(*state, false), STATUS_REFUSED);
}

static void
who_renews_takes_expired_credentials(void **state)
{
	assert_int_equal(shown_too_late(*state, true), STATUS_OK);
}

/* Shows credentials that are those of another key. */
static void
borrowed_credentials_are_forged(void **state)
{
	struct pair *p = *state;
	struct node *thief = node_new(99, OTHER);
	struct channel_options with = options_of(p->rep, true);
	struct channel *channel;
	enum channel_event event;

	with.link_secret = thief->link_secret;
	channel = channel_new(&with);
	assert_int_equal(pass(channel, p->responder, &event), STATUS_OK);
	assert_int_equal(pass(p->responder, channel, &event), STATUS_OK);
	assert_int_equal(pass(channel, p->responder, &event), STATUS_FORGED);
	assert_null(channel_peer(p->responder));
	channel_free(channel);
	node_free(thief);
}

/* The same from the other end: who calls is not taken in either. */
static void
whoever_answers_with_borrowed_credentials_is_told_nothing(void **state)
{
	struct pair *p = *state;
	struct node *thief = node_new(99, OTHER);
	struct channel_options with = options_of(p->hub, false);
	struct channel *channel;
	enum channel_event event;

	with.link_secret = thief->link_secret;
	channel = channel_new(&with);
	assert_int_equal(pass(p->initiator, channel, &event), STATUS_OK);
	assert_int_equal(pass(channel, p->initiator, &event), STATUS_FORGED);
	assert_null(channel_peer(p->initiator));
	assert_false(channel_is_open(p->initiator));
	assert_true(channel_idle(p->initiator));
	channel_free(channel);
	node_free(thief);
}

static void
an_invitation_opens_with_its_psk_only(void **state)
{
	for (int psk_byte = 6; psk_byte <= 7; psk_byte++) {
		struct pair *p;
		uint8_t psk[NOISE_PSK_SIZE];
		struct channel_options with;
		struct channel *channel;
		enum channel_event event;

		(void)make_pair(state);
		p = *state;
		memset(psk, psk_byte, sizeof psk);
		with = options_of(p->rep, true);
		with.credentials = NULL;
		with.credentials_size = 0;
		with.invitation = id_of(INVITATION_GOOD);
		with.psk = psk;
		channel = channel_new(&with);
		assert_int_equal(
			pass(channel, p->responder, &event), STATUS_OK);
		assert_int_equal(
			pass(p->responder, channel, &event), STATUS_OK);
		assert_int_equal(pass(channel, p->responder, &event),
			psk_byte == 7 ? STATUS_OK : STATUS_FORGED);
		assert_null(channel_peer(p->responder));
		channel_free(channel);
		(void)free_pair(state);
	}
}

static void
an_unknown_invitation_is_told_so_by_the_hub(void **state)
{
	struct pair *p = *state;
	uint8_t psk[NOISE_PSK_SIZE] = {7};
	struct channel_options with = options_of(p->rep, true);
	struct channel *channel;
	enum channel_event event;

	with.credentials = NULL;
	with.credentials_size = 0;
	with.invitation = id_of(8);
	with.psk = psk;
	channel = channel_new(&with);
	assert_int_equal(pass(channel, p->responder, &event), STATUS_ABSENT);
	assert_int_equal(pass(p->responder, channel, &event), STATUS_ABSENT);
	channel_free(channel);
}

/* An initiator whose key is at hand, so that it sends any record at all. */
static void
open_by_hand(struct pair *p, struct noise_cipher *send)
{
	const struct node *rep = p->rep;
	struct hello hello = {.mode = HELLO_SESSION};
	uint8_t prologue[HELLO_PROLOGUE_SIZE_MAX];
	uint8_t message[NOISE_HANDSHAKE_OVERHEAD_MAX];
	uint8_t frame[CHANNEL_FRAME_EARLY_MAX],
		payload[CHANNEL_FRAME_EARLY_MAX];
	struct noise_options with = {.initiator = true,
		.prologue = prologue,
		.static_secret = rep->link_secret};
	struct noise_handshake handshake;
	struct noise_cipher receive;
	enum channel_event event;
	const uint8_t *answer;
	size_t size;

	with.prologue_size = hello_prologue(prologue, &hello, rep->company_key);
	noise_handshake_init(&handshake, &with);
	assert_int_equal(noise_handshake_write(&handshake, message,
				 &hello.message_size, NULL, 0),
		STATUS_OK);
	hello.message = message;
	size = hello_encode(frame, &hello, rep->company_key);
	assert_int_equal(
		channel_receive(p->responder, NODES_NOW, frame, size, &event),
		STATUS_OK);
	assert_int_equal(
		channel_next_frame(p->responder, &answer, &size), STATUS_OK);
	assert_int_equal(
		noise_handshake_read(&handshake, payload, &size, answer, size),
		STATUS_OK);
	assert_int_equal(noise_handshake_write(&handshake, frame, &size,
				 rep->credentials, rep->credentials_size),
		STATUS_OK);
	assert_int_equal(
		channel_receive(p->responder, NODES_NOW, frame, size, &event),
		STATUS_OK);
	assert_int_equal(event, CHANNEL_OPENED);
	noise_handshake_split(&handshake, send, &receive);
}

static enum status
receive_by_hand(struct pair *p, struct noise_cipher *send, const char *plain,
	size_t size)
{
	uint8_t record[64];
	enum channel_event event;

	assert_true(size + NOISE_TAG_SIZE <= sizeof record);
	assert_int_equal(noise_cipher_encrypt(
				 send, record, (const uint8_t *)plain, size),
		STATUS_OK);
	return channel_receive(
		p->responder, NODES_NOW, record, size + NOISE_TAG_SIZE, &event);
}

/* 0 is a message's last record, 1 says that more comes, 2 is the end. */
static void
a_record_brings_something_or_is_the_end(void **state)
{
	static const struct {
		const char *first, *second;
		size_t first_size, second_size;
	} wrong[] = {
		{"\1", NULL, 1, 0},
		{"\0", NULL, 1, 0},
		{"\2x", NULL, 2, 0},
		{"\3x", NULL, 2, 0},
		{"", NULL, 0, 0},
		{"\1x", "\1", 2, 1},
		{"\1x", "\2", 2, 1},
	};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct noise_cipher send;
		enum status status;
		struct pair *p;

		(void)make_pair(state);
		p = *state;
		open_by_hand(p, &send);
		status = receive_by_hand(
			p, &send, wrong[i].first, wrong[i].first_size);
		if (wrong[i].second) {
			assert_int_equal(status, STATUS_OK);
			status = receive_by_hand(p, &send, wrong[i].second,
				wrong[i].second_size);
		}
		assert_int_equal(status, STATUS_MALFORMED);
		(void)free_pair(state);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define OPEN(name)                                                             \
	cmocka_unit_test_setup_teardown(name, make_open_pair, free_pair)
#define FRESH(name) cmocka_unit_test_setup_teardown(name, make_pair, free_pair)
		OPEN(each_side_learns_who_the_other_is),
		OPEN(messages_of_any_size_arrive_whole),
		OPEN(a_message_over_the_limit_is_refused_at_the_record_that_exceeds_it),
		OPEN(nothing_comes_after_the_end),
		OPEN(silence_lets_a_message_that_began_go_on),
		OPEN(keys_are_replaced_after_many_records),
		FRESH(early_frames_are_small_ones),
		FRESH(a_stranger_is_told_nothing),
		FRESH(who_does_not_renew_takes_no_expired_credentials),
		FRESH(who_renews_takes_expired_credentials),
		FRESH(borrowed_credentials_are_forged),
		FRESH(whoever_answers_with_borrowed_credentials_is_told_nothing),
		cmocka_unit_test(a_record_brings_something_or_is_the_end),
		cmocka_unit_test(an_invitation_opens_with_its_psk_only),
		FRESH(an_unknown_invitation_is_told_so_by_the_hub),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
