/*
 * proto/noise: agrees with the public vectors byte for byte, and lets nothing
 * through that was touched on the way.
 */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/noise.h"
#include "tests/proto/noise_vectors.h"

enum { ROOM = 512 };

static int
setup(void **state)
{
	(void)state;
	return sodium_init() < 0;
}

static size_t
from_hex(uint8_t *out, size_t room, const char *hex)
{
	size_t size = 0;

	assert_int_equal(
		sodium_hex2bin(out, room, hex, strlen(hex), NULL, &size, NULL),
		0);
	return size;
}

/* One side of a vector's handshake. */
static void
begin_vector(struct noise_handshake *h, const struct vector *v, bool initiator)
{
	uint8_t static_secret[NOISE_KEY_SIZE], ephemeral[NOISE_KEY_SIZE];
	uint8_t psk[NOISE_PSK_SIZE], prologue[64];
	struct noise_options options = {
		.initiator = initiator,
		.psk = v->psk ? psk : NULL,
		.prologue = prologue,
		.prologue_size =
			from_hex(prologue, sizeof prologue, v->prologue),
		.static_secret = static_secret,
		.ephemeral_secret = ephemeral,
	};

	if (v->psk)
		from_hex(psk, sizeof psk, v->psk);
	from_hex(static_secret, sizeof static_secret,
		initiator ? v->initiator_static : v->responder_static);
	from_hex(ephemeral, sizeof ephemeral,
		initiator ? v->initiator_ephemeral : v->responder_ephemeral);
	noise_handshake_init(h, &options);
}

static void
play_handshake_message(const struct vector *v, size_t index,
	struct noise_handshake *from, struct noise_handshake *to)
{
	uint8_t payload[ROOM], expected[ROOM], message[ROOM], read[ROOM];
	size_t payload_size, expected_size, size;

	payload_size =
		from_hex(payload, sizeof payload, v->messages[index].payload);
	expected_size = from_hex(
		expected, sizeof expected, v->messages[index].ciphertext);

	assert_int_equal(noise_handshake_write(
				 from, message, &size, payload, payload_size),
		STATUS_OK);
	assert_int_equal(size, expected_size);
	assert_memory_equal(message, expected, size);

	assert_int_equal(noise_handshake_read(to, read, &size, message, size),
		STATUS_OK);
	assert_int_equal(size, payload_size);
	assert_memory_equal(read, payload, size);
}

static void
play_record(const struct vector *v, size_t index, struct noise_cipher *send,
	struct noise_cipher *receive)
{
	uint8_t payload[ROOM], expected[ROOM], record[ROOM];
	size_t payload_size, expected_size;

	payload_size =
		from_hex(payload, sizeof payload, v->messages[index].payload);
	expected_size = from_hex(
		expected, sizeof expected, v->messages[index].ciphertext);

	assert_int_equal(expected_size, payload_size + NOISE_TAG_SIZE);
	assert_int_equal(
		noise_cipher_encrypt(send, record, payload, payload_size),
		STATUS_OK);
	assert_memory_equal(record, expected, expected_size);
	/* In place, as a session does it. */
	assert_int_equal(
		noise_cipher_decrypt(receive, record, record, expected_size),
		STATUS_OK);
	assert_memory_equal(record, payload, payload_size);
}

static void
agrees_with_the_public_vectors(void **state)
{
	(void)state;
	for (size_t n = 0; n < VECTOR_COUNT; n++) {
		const struct vector *v = &vectors[n];
		struct noise_handshake h[2]; /* the initiator's first */
		struct noise_cipher send[2], receive[2];
		uint8_t hash[NOISE_HASH_SIZE];

		begin_vector(&h[0], v, true);
		begin_vector(&h[1], v, false);
		for (size_t i = 0; i < NOISE_MESSAGES; i++)
			play_handshake_message(
				v, i, &h[i % 2], &h[(i + 1) % 2]);

		from_hex(hash, sizeof hash, v->handshake_hash);
		for (size_t side = 0; side < 2; side++) {
			assert_true(noise_handshake_done(&h[side]));
			assert_memory_equal(noise_handshake_hash(&h[side]),
				hash, sizeof hash);
			noise_handshake_split(
				&h[side], &send[side], &receive[side]);
		}
		for (size_t i = NOISE_MESSAGES; i < VECTOR_MESSAGES; i++)
			play_record(v, i, &send[i % 2], &receive[(i + 1) % 2]);
	}
}

/* Two sides of a handshake that would succeed; tests spoil it. */
struct pair {
	struct noise_handshake initiator, responder;
};

static const uint8_t initiator_secret[NOISE_KEY_SIZE] = {1};
static const uint8_t responder_secret[NOISE_KEY_SIZE] = {2};
static const uint8_t good_psk[NOISE_PSK_SIZE] = {3};

static void
begin(struct pair *pair, bool psk)
{
	struct noise_options options = {.initiator = true,
		.psk = psk ? good_psk : NULL,
		.prologue = (const uint8_t *)"prologue",
		.prologue_size = 8,
		.static_secret = initiator_secret};

	noise_handshake_init(&pair->initiator, &options);
	options.initiator = false;
	options.static_secret = responder_secret;
	noise_handshake_init(&pair->responder, &options);
}

/* Begins again the responder's side, after a test changed its options. */
static void
begin_responder(struct pair *pair, const uint8_t *psk, const char *prologue)
{
	struct noise_options options = {.initiator = false,
		.psk = psk,
		.prologue = (const uint8_t *)prologue,
		.prologue_size = strlen(prologue),
		.static_secret = responder_secret};

	noise_handshake_init(&pair->responder, &options);
}

/* What happens to one of the messages on the way. */
struct spoiling {
	size_t message;
	size_t at;
	uint8_t mask;
	size_t cut; /* bytes missing at its end */
};

/*
 * Passes message `index` on, and sets *size to its size. Returns what became
 * of it, on either side.
 */
static enum status
pass(struct pair *pair, size_t index, const struct spoiling *spoiling,
	size_t *size)
{
	struct noise_handshake *from =
		index % 2 ? &pair->responder : &pair->initiator;
	struct noise_handshake *to =
		index % 2 ? &pair->initiator : &pair->responder;
	uint8_t message[ROOM], payload[ROOM];
	size_t payload_size, cut = 0;
	enum status status;

	status = noise_handshake_write(
		from, message, size, (const uint8_t *)"payload", 7);
	if (status != STATUS_OK)
		return status;
	if (spoiling && spoiling->message == index) {
		message[spoiling->at] ^= spoiling->mask;
		cut = spoiling->cut;
	}
	return noise_handshake_read(
		to, payload, &payload_size, message, *size - cut);
}

/* Passes all messages, up to the first that is refused. */
static enum status
run(struct pair *pair, const struct spoiling *spoiling)
{
	enum status status = STATUS_OK;
	size_t size;

	for (size_t i = 0; i < NOISE_MESSAGES && status == STATUS_OK; i++)
		status = pass(pair, i, spoiling, &size);
	return status;
}

static size_t
message_size(bool psk, size_t index)
{
	struct pair pair;
	size_t size = 0;

	begin(&pair, psk);
	for (size_t i = 0; i <= index; i++)
		assert_int_equal(pass(&pair, i, NULL, &size), STATUS_OK);
	return size;
}

static void
tells_both_sides_who_the_other_is(void **state)
{
	uint8_t key[NOISE_KEY_SIZE];
	struct pair pair;

	(void)state;
	begin(&pair, false);
	assert_int_equal(run(&pair, NULL), STATUS_OK);
	crypto_scalarmult_base(key, initiator_secret);
	assert_memory_equal(noise_handshake_remote_static(&pair.responder), key,
		sizeof key);
	crypto_scalarmult_base(key, responder_secret);
	assert_memory_equal(noise_handshake_remote_static(&pair.initiator), key,
		sizeof key);
	assert_memory_equal(noise_handshake_hash(&pair.initiator),
		noise_handshake_hash(&pair.responder), NOISE_HASH_SIZE);
}

static void
says_whose_turn_it_is(void **state)
{
	struct pair pair;
	size_t size;

	(void)state;
	begin(&pair, false);
	for (size_t i = 0; i < NOISE_MESSAGES; i++) {
		assert_int_equal(noise_handshake_writes_next(&pair.initiator),
			i % 2 == 0);
		assert_int_equal(
			noise_handshake_writes_next(&pair.responder), i % 2);
		assert_false(noise_handshake_done(&pair.initiator));
		assert_int_equal(pass(&pair, i, NULL, &size), STATUS_OK);
	}
	assert_true(noise_handshake_done(&pair.initiator));
	assert_true(noise_handshake_done(&pair.responder));
	assert_false(noise_handshake_writes_next(&pair.initiator));
	assert_false(noise_handshake_writes_next(&pair.responder));
}

/* A changed message 1 may be read in XX; then message 2 is refused. */
static void
refuses_every_flipped_byte_of_every_message(void **state)
{
	static const uint8_t masks[] = {0x01, 0x80, 0xff};

	(void)state;
	for (int psk = 0; psk < 2; psk++)
		for (size_t index = 0; index < NOISE_MESSAGES; index++) {
			size_t size = message_size(psk, index);

			for (size_t i = 0; i < size * sizeof masks; i++) {
				struct spoiling spoiling = {.message = index,
					.at = i / sizeof masks,
					.mask = masks[i % sizeof masks]};
				struct pair pair;

				begin(&pair, psk);
				assert_int_not_equal(
					run(&pair, &spoiling), STATUS_OK);
			}
		}
}

static void
refuses_every_cut_of_every_message(void **state)
{
	(void)state;
	for (int psk = 0; psk < 2; psk++)
		for (size_t index = 0; index < NOISE_MESSAGES; index++) {
			size_t size = message_size(psk, index);

			for (size_t cut = 1; cut <= size; cut++) {
				struct spoiling spoiling = {
					.message = index, .cut = cut};
				struct pair pair;

				begin(&pair, psk);
				assert_int_not_equal(
					run(&pair, &spoiling), STATUS_OK);
			}
		}
}

static void
refuses_a_message_longer_than_noise_has(void **state)
{
	static uint8_t message[NOISE_RECORD_MAX + 1], payload[sizeof message];
	struct pair pair;
	size_t size;

	(void)state;
	begin(&pair, false);
	message[0] = 9;
	assert_int_equal(noise_handshake_read(&pair.responder, payload, &size,
				 message, sizeof message),
		STATUS_MALFORMED);
}

static void
is_wiped_when_it_breaks(void **state)
{
	static const struct noise_handshake wiped;
	struct spoiling spoiling = {.message = 1, .at = 70, .mask = 1};
	struct pair pair;

	(void)state;
	begin(&pair, true);
	assert_int_equal(run(&pair, &spoiling), STATUS_FORGED);
	assert_memory_equal(&pair.initiator, &wiped, sizeof wiped);
	assert_false(noise_handshake_done(&pair.initiator));
	assert_false(noise_handshake_writes_next(&pair.initiator));
	noise_handshake_clear(&pair.initiator);
}

static void
refuses_another_psk_or_none(void **state)
{
	static const uint8_t other_psk[NOISE_PSK_SIZE] = {4};
	struct pair pair;

	(void)state;
	begin(&pair, true);
	begin_responder(&pair, other_psk, "prologue");
	assert_int_equal(run(&pair, NULL), STATUS_FORGED);

	begin(&pair, true);
	begin_responder(&pair, NULL, "prologue");
	assert_int_not_equal(run(&pair, NULL), STATUS_OK);

	begin(&pair, false);
	begin_responder(&pair, good_psk, "prologue");
	assert_int_not_equal(run(&pair, NULL), STATUS_OK);
}

static void
refuses_another_prologue(void **state)
{
	struct pair pair;

	(void)state;
	begin(&pair, false);
	begin_responder(&pair, NULL, "Prologue");
	assert_int_equal(run(&pair, NULL), STATUS_FORGED);

	begin(&pair, false);
	begin_responder(&pair, NULL, "");
	assert_int_equal(run(&pair, NULL), STATUS_FORGED);
}

/*
 * All points of low order that X25519 can be given, two of them in another
 * form as well (cr.yp.to/ecdh.html#validate): each makes a shared secret of
 * zeros, whatever our key is. The highest bit does not count, so that each can
 * come with and without.
 */
static const char *const low_order[] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

enum { LOW_ORDER_COUNT = 2 * sizeof low_order / sizeof *low_order };

static void
low_order_key(uint8_t out[static NOISE_KEY_SIZE], size_t index)
{
	from_hex(out, NOISE_KEY_SIZE, low_order[index / 2]);
	if (index % 2)
		out[NOISE_KEY_SIZE - 1] |= 0x80;
}

/* Nothing in message 1 depends on it: the answer does. */
static void
refuses_an_initiator_with_a_key_of_low_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < LOW_ORDER_COUNT; i++) {
		uint8_t message[ROOM], payload[ROOM];
		struct pair pair;
		size_t size;

		begin(&pair, false);
		low_order_key(message, i);
		assert_int_equal(noise_handshake_read(&pair.responder, payload,
					 &size, message, NOISE_KEY_SIZE),
			STATUS_OK);
		assert_int_equal(noise_handshake_write(&pair.responder, message,
					 &size, NULL, 0),
			STATUS_MALFORMED);
		assert_false(noise_handshake_writes_next(&pair.responder));
	}
}

static void
refuses_a_responder_with_a_key_of_low_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < LOW_ORDER_COUNT; i++) {
		uint8_t message[ROOM] = {0}, payload[ROOM];
		struct pair pair;
		size_t size;

		begin(&pair, false);
		assert_int_equal(noise_handshake_write(&pair.initiator, message,
					 &size, NULL, 0),
			STATUS_OK);
		low_order_key(message, i);
		assert_int_equal(
			noise_handshake_read(&pair.initiator, payload, &size,
				message, NOISE_HANDSHAKE_OVERHEAD_MAX),
			STATUS_MALFORMED);
	}
}

/* A peer that says it has such a static key, and all else in order. */
static void
refuses_a_static_key_of_low_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < LOW_ORDER_COUNT; i++) {
		struct pair pair;
		size_t size;

		begin(&pair, false);
		assert_int_equal(pass(&pair, 0, NULL, &size), STATUS_OK);
		assert_int_equal(pass(&pair, 1, NULL, &size), STATUS_OK);
		low_order_key(pair.initiator.static_public, i);
		assert_int_equal(pass(&pair, 2, NULL, &size), STATUS_MALFORMED);
	}
}

/* The ciphers of a handshake that is done, one a side. */
static void
connect_ciphers(struct noise_cipher *send, struct noise_cipher *receive)
{
	struct noise_cipher unused[2];
	struct pair pair;

	begin(&pair, false);
	assert_int_equal(run(&pair, NULL), STATUS_OK);
	noise_handshake_split(&pair.initiator, send, &unused[0]);
	noise_handshake_split(&pair.responder, &unused[1], receive);
}

enum { RECORD_SIZE = 5 + NOISE_TAG_SIZE };

static void
write_record(struct noise_cipher *send, uint8_t record[static RECORD_SIZE])
{
	assert_int_equal(
		noise_cipher_encrypt(send, record, (const uint8_t *)"hello", 5),
		STATUS_OK);
}

static enum status
read_record(
	struct noise_cipher *receive, const uint8_t record[static RECORD_SIZE])
{
	uint8_t payload[RECORD_SIZE];
	enum status status =
		noise_cipher_decrypt(receive, payload, record, RECORD_SIZE);

	if (status == STATUS_OK)
		assert_memory_equal(payload, "hello", 5);
	return status;
}

static void
refuses_every_flipped_bit_of_a_record(void **state)
{
	struct noise_cipher send, receive;
	uint8_t record[RECORD_SIZE];

	(void)state;
	connect_ciphers(&send, &receive);
	write_record(&send, record);
	for (size_t bit = 0; bit < sizeof record * 8; bit++) {
		record[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(read_record(&receive, record), STATUS_FORGED);
		record[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(read_record(&receive, record), STATUS_OK);
}

static void
refuses_records_dropped_repeated_or_reordered(void **state)
{
	struct noise_cipher send, receive;
	uint8_t first[RECORD_SIZE], second[RECORD_SIZE];

	(void)state;
	connect_ciphers(&send, &receive);
	write_record(&send, first);
	write_record(&send, second);

	assert_int_equal(read_record(&receive, second), STATUS_FORGED);
	assert_int_equal(read_record(&receive, first), STATUS_OK);
	assert_int_equal(read_record(&receive, first), STATUS_FORGED);
	assert_int_equal(read_record(&receive, second), STATUS_OK);
	assert_int_equal(read_record(&receive, second), STATUS_FORGED);
}

static void
refuses_a_record_sent_back_to_its_sender(void **state)
{
	struct noise_cipher send, receive;
	uint8_t record[RECORD_SIZE];
	struct pair pair;

	(void)state;
	begin(&pair, false);
	assert_int_equal(run(&pair, NULL), STATUS_OK);
	noise_handshake_split(&pair.initiator, &send, &receive);
	write_record(&send, record);
	assert_int_equal(read_record(&receive, record), STATUS_FORGED);
}

static void
refuses_records_of_impossible_sizes(void **state)
{
	static uint8_t record[NOISE_RECORD_MAX + 1], payload[sizeof record];
	struct noise_cipher send, receive;

	(void)state;
	connect_ciphers(&send, &receive);
	for (size_t size = 0; size < NOISE_TAG_SIZE; size++)
		assert_int_equal(
			noise_cipher_decrypt(&receive, payload, record, size),
			STATUS_MALFORMED);
	assert_int_equal(
		noise_cipher_decrypt(&receive, payload, record, sizeof record),
		STATUS_MALFORMED);
}

static void
carries_the_longest_and_the_empty_payload(void **state)
{
	static uint8_t bytes[NOISE_RECORD_MAX];
	struct noise_cipher send, receive;

	(void)state;
	connect_ciphers(&send, &receive);
	memset(bytes, 7, sizeof bytes);
	assert_int_equal(
		noise_cipher_encrypt(&send, bytes, bytes, NOISE_PAYLOAD_MAX),
		STATUS_OK);
	assert_int_equal(
		noise_cipher_decrypt(&receive, bytes, bytes, NOISE_RECORD_MAX),
		STATUS_OK);
	for (size_t i = 0; i < NOISE_PAYLOAD_MAX; i++)
		assert_int_equal(bytes[i], 7);

	assert_int_equal(
		noise_cipher_encrypt(&send, bytes, NULL, 0), STATUS_OK);
	assert_int_equal(
		noise_cipher_decrypt(&receive, bytes, bytes, NOISE_TAG_SIZE),
		STATUS_OK);
}

/* Rekey() by the library's own calls, against the one in the cipher. */
static void
replaces_the_key_after_each_so_many_records(void **state)
{
	static const uint8_t nonce[12] = {
		0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255};
	static const uint8_t zeros[NOISE_KEY_SIZE];
	struct noise_cipher send, receive;
	uint8_t key[NOISE_KEY_SIZE], expected[NOISE_KEY_SIZE + NOISE_TAG_SIZE];
	uint8_t record[RECORD_SIZE];

	(void)state;
	connect_ciphers(&send, &receive);
	for (int round = 1; round <= 2; round++) {
		memcpy(key, send.key, sizeof key);
		crypto_aead_chacha20poly1305_ietf_encrypt(expected, NULL, zeros,
			sizeof zeros, NULL, 0, NULL, nonce, key);
		for (int i = 0; i < NOISE_REKEY_RECORDS; i++) {
			assert_memory_equal(send.key, key, sizeof key);
			write_record(&send, record);
			assert_int_equal(
				read_record(&receive, record), STATUS_OK);
		}
		assert_memory_equal(send.key, expected, NOISE_KEY_SIZE);
		assert_memory_equal(receive.key, expected, NOISE_KEY_SIZE);
		assert_int_equal(send.counter, round * NOISE_REKEY_RECORDS);
	}
}

static void
refuses_to_go_on_when_its_counter_is_used_up(void **state)
{
	struct noise_cipher send, receive;
	uint8_t record[RECORD_SIZE];

	(void)state;
	connect_ciphers(&send, &receive);
	send.counter = receive.counter = UINT64_MAX - 1;
	write_record(&send, record);
	assert_int_equal(read_record(&receive, record), STATUS_OK);

	assert_int_equal(noise_cipher_encrypt(
				 &send, record, (const uint8_t *)"hello", 5),
		STATUS_REFUSED);
	assert_int_equal(read_record(&receive, record), STATUS_REFUSED);
}

/* The call is stopped by an assertion: tried in a process of its own. */
static void
assert_is_a_bug(void (*call)(struct pair *pair), struct pair *pair)
{
	int ended;
	pid_t child;

	(void)fflush(NULL); /* or the child would print it again */
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)signal(SIGABRT, SIG_DFL); /* cmocka has its own */
		(void)close(STDERR_FILENO);
		call(pair);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &ended, 0), child);
	assert_true(WIFSIGNALED(ended) && WTERMSIG(ended) == SIGABRT);
}

static void
initiator_writes(struct pair *pair)
{
	uint8_t message[ROOM];
	size_t size;
	enum status status = noise_handshake_write(
		&pair->initiator, message, &size, NULL, 0);

	(void)status; /* not reached */
}

static void
initiator_reads(struct pair *pair)
{
	uint8_t message[ROOM] = {9}, payload[ROOM];
	size_t size;
	enum status status = noise_handshake_read(
		&pair->initiator, payload, &size, message, sizeof message);

	(void)status; /* not reached */
}

static void
initiator_splits(struct pair *pair)
{
	struct noise_cipher send, receive;

	noise_handshake_split(&pair->initiator, &send, &receive);
}

static void
initiator_asks_who(struct pair *pair)
{
	(void)noise_handshake_remote_static(&pair->initiator);
}

static void
initiator_asks_for_the_hash(struct pair *pair)
{
	(void)noise_handshake_hash(&pair->initiator);
}

static void
calls_out_of_turn_are_bugs(void **state)
{
	struct pair pair;
	size_t size;

	(void)state;
	begin(&pair, false);
	assert_is_a_bug(initiator_reads, &pair);
	assert_is_a_bug(initiator_splits, &pair);
	assert_is_a_bug(initiator_asks_who, &pair);
	assert_is_a_bug(initiator_asks_for_the_hash, &pair);
	assert_int_equal(pass(&pair, 0, NULL, &size), STATUS_OK);
	assert_is_a_bug(initiator_writes, &pair);
	assert_int_equal(pass(&pair, 1, NULL, &size), STATUS_OK);
	assert_int_equal(pass(&pair, 2, NULL, &size), STATUS_OK);
	assert_is_a_bug(initiator_writes, &pair);
	assert_is_a_bug(initiator_reads, &pair);

	/* A second pair of ciphers would use nonces twice. */
	initiator_splits(&pair);
	assert_is_a_bug(initiator_splits, &pair);

	noise_handshake_clear(&pair.initiator);
	assert_is_a_bug(initiator_writes, &pair);
	assert_is_a_bug(initiator_reads, &pair);
	assert_is_a_bug(initiator_asks_who, &pair);
}

static void
leaves_no_secret_behind(void **state)
{
	static const struct noise_handshake wiped;
	static const struct noise_cipher wiped_cipher;
	struct noise_cipher send, receive;
	struct pair pair;

	(void)state;
	begin(&pair, true);
	assert_int_equal(run(&pair, NULL), STATUS_OK);
	noise_handshake_split(&pair.initiator, &send, &receive);
	assert_true(
		sodium_is_zero(pair.initiator.chaining_key, NOISE_HASH_SIZE));
	assert_true(sodium_is_zero(
		pair.initiator.ephemeral_secret, NOISE_KEY_SIZE));

	noise_handshake_clear(&pair.initiator);
	assert_memory_equal(&pair.initiator, &wiped, sizeof wiped);
	noise_cipher_clear(&send);
	assert_memory_equal(&send, &wiped_cipher, sizeof wiped_cipher);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_public_vectors),
		cmocka_unit_test(tells_both_sides_who_the_other_is),
		cmocka_unit_test(says_whose_turn_it_is),
		cmocka_unit_test(refuses_every_flipped_byte_of_every_message),
		cmocka_unit_test(refuses_every_cut_of_every_message),
		cmocka_unit_test(refuses_a_message_longer_than_noise_has),
		cmocka_unit_test(is_wiped_when_it_breaks),
		cmocka_unit_test(refuses_another_psk_or_none),
		cmocka_unit_test(refuses_another_prologue),
		cmocka_unit_test(refuses_an_initiator_with_a_key_of_low_order),
		cmocka_unit_test(refuses_a_responder_with_a_key_of_low_order),
		cmocka_unit_test(refuses_a_static_key_of_low_order),
		cmocka_unit_test(refuses_every_flipped_bit_of_a_record),
		cmocka_unit_test(refuses_records_dropped_repeated_or_reordered),
		cmocka_unit_test(refuses_a_record_sent_back_to_its_sender),
		cmocka_unit_test(refuses_records_of_impossible_sizes),
		cmocka_unit_test(carries_the_longest_and_the_empty_payload),
		cmocka_unit_test(replaces_the_key_after_each_so_many_records),
		cmocka_unit_test(refuses_to_go_on_when_its_counter_is_used_up),
		cmocka_unit_test(calls_out_of_turn_are_bugs),
		cmocka_unit_test(leaves_no_secret_behind),
	};

	return cmocka_run_group_tests_name("noise", tests, setup, NULL);
}
