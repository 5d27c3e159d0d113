#ifndef PROTO_NOISE_H
#define PROTO_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/status.h"

/*
 * The Noise Protocol Framework (revision 34), as much of it as we use:
 *
 *     Noise_XX_25519_ChaChaPoly_BLAKE2b       between devices of a company
 *     Noise_XXpsk3_25519_ChaChaPoly_BLAKE2b   to enrol one, with the secret of
 *                                             an invitation as its psk
 *
 *     message          XX                XXpsk3
 *     1  i -> r        e                 e
 *     2  r -> i        e, ee, s, es      e, ee, s, es
 *     3  i -> r        s, se             s, se, psk
 *
 * The one who dials is the initiator. A handshake takes three messages, each
 * of which can carry a payload; then noise_handshake_split() gives each side
 * two ciphers, one a direction, for the records that follow:
 *
 *     init --write/read--> done --split--> ciphers
 *       |
 *       +--any failure--> broken: wiped, good for noise_handshake_clear() only
 *
 * What a payload is worth: anybody on the way can read or replace that of
 * message 1 (XXpsk3 covers it, under a key that all can compute). That of
 * message 2 is encrypted to whoever sent message 1, that of message 3 to the
 * owner of the static key in message 2 alone.
 *
 * Who the peer is: a static key is proven to be its sender's once the message
 * that brought it was read, but *whose* key it is no handshake tells; see
 * proto/credentials.h. With a psk, the responder knows that the initiator
 * holds it once message 3 was read; the initiator knows the same of the
 * responder with the first record that it decrypts.
 *
 * Nothing is allocated: the structs are the caller's, and their members are
 * nobody else's business. Calls out of turn are bugs and end in an assertion.
 * sodium_init() has been called before any of this.
 */

enum {
	NOISE_KEY_SIZE = 32, /* X25519: the public and the secret half */
	NOISE_PSK_SIZE = 32,
	NOISE_HASH_SIZE = 64,
	NOISE_TAG_SIZE = 16,
	NOISE_RECORD_MAX = 65535, /* a record or a handshake message */
	NOISE_PAYLOAD_MAX = NOISE_RECORD_MAX - NOISE_TAG_SIZE,
	NOISE_MESSAGES = 3,

	/* Message 2 is the longest: e, s and its tag, the payload's tag. */
	NOISE_HANDSHAKE_OVERHEAD_MAX = 2 * NOISE_KEY_SIZE + 2 * NOISE_TAG_SIZE,
	NOISE_HANDSHAKE_PAYLOAD_MAX =
		NOISE_RECORD_MAX - NOISE_HANDSHAKE_OVERHEAD_MAX,

	/* A direction's key is replaced after so many records. */
	NOISE_REKEY_RECORDS = 65536,
};

/* One direction of a connection. */
struct noise_cipher {
	uint8_t key[NOISE_KEY_SIZE];
	uint64_t counter; /* records so far: the next one's nonce */
};

struct noise_handshake {
	const struct noise_pattern *pattern; /* NULL: broken or cleared */
	bool initiator;
	bool encrypted; /* `cipher` has a key */
	bool split;
	unsigned next; /* message to be written or read, from 0 */
	struct noise_cipher cipher;
	uint8_t chaining_key[NOISE_HASH_SIZE];
	uint8_t hash[NOISE_HASH_SIZE];
	uint8_t psk[NOISE_PSK_SIZE];
	uint8_t static_secret[NOISE_KEY_SIZE];
	uint8_t static_public[NOISE_KEY_SIZE];
	uint8_t ephemeral_secret[NOISE_KEY_SIZE];
	uint8_t ephemeral_public[NOISE_KEY_SIZE];
	uint8_t remote_static[NOISE_KEY_SIZE];
	uint8_t remote_ephemeral[NOISE_KEY_SIZE];
};

/* All of it is copied: the pointers need to hold for the call only. */
struct noise_options {
	bool initiator;
	const uint8_t *psk; /* NOISE_PSK_SIZE bytes for XXpsk3; NULL for XX */
	const uint8_t *prologue; /* what both sides must agree on beforehand */
	size_t prologue_size;
	const uint8_t *static_secret; /* NOISE_KEY_SIZE bytes */

	/*
	 * NULL, which makes a random one. Only a test gives NOISE_KEY_SIZE
	 * bytes: an ephemeral key used twice is a broken handshake.
	 */
	const uint8_t *ephemeral_secret;
};

/*
 * Begins a handshake. From here on it holds secrets: end it with
 * noise_handshake_clear(), whatever becomes of it.
 */
void noise_handshake_init(
	struct noise_handshake *handshake, const struct noise_options *options);

/*
 * Writes the next message, with a payload of up to NOISE_HANDSHAKE_PAYLOAD_MAX
 * bytes (NULL with size 0 is fine), to `message`, which has room for
 * payload_size + NOISE_HANDSHAKE_OVERHEAD_MAX bytes and does not overlap it.
 *
 * STATUS_OK         *message_size is its size.
 * STATUS_MALFORMED  the peer's key is one that makes every shared secret the
 *                   same (a low-order point). The handshake is broken.
 */
MUST_USE enum status noise_handshake_write(struct noise_handshake *handshake,
	uint8_t *message, size_t *message_size, const uint8_t *payload,
	size_t payload_size);

/*
 * Reads the peer's next message, which need not be trusted. `payload` has room
 * for message_size bytes and does not overlap the message.
 *
 * STATUS_OK         the payload is there and *payload_size is its size.
 * STATUS_MALFORMED  too short, too long, or with a low-order point for a key.
 * STATUS_FORGED     not what the peer wrote, or it was written for another
 *                   prologue, psk or handshake.
 *
 * Other than on STATUS_OK the handshake is broken and the payload worthless.
 */
MUST_USE enum status noise_handshake_read(struct noise_handshake *handshake,
	uint8_t *payload, size_t *payload_size, const uint8_t *message,
	size_t message_size);

/* It is this side's turn to write. False once done, and when broken. */
bool noise_handshake_writes_next(const struct noise_handshake *handshake);

/* All three messages were written and read. */
bool noise_handshake_done(const struct noise_handshake *handshake);

/*
 * The peer's static public key: NOISE_KEY_SIZE bytes of the handshake's own.
 * There once the message with it was read: message 2 for the initiator,
 * message 3 for the responder.
 */
const uint8_t *noise_handshake_remote_static(
	const struct noise_handshake *handshake);

/*
 * A name for this one handshake, the same on both sides and never before:
 * NOISE_HASH_SIZE bytes of the handshake's own. There once it is done.
 */
const uint8_t *noise_handshake_hash(const struct noise_handshake *handshake);

/*
 * Makes the ciphers of a handshake that is done: `send` for the records that
 * this side writes, `receive` for those that it reads. Once only, as a second
 * pair would use the same keys and nonces again. The ciphers hold secrets:
 * end them with noise_cipher_clear().
 */
void noise_handshake_split(struct noise_handshake *handshake,
	struct noise_cipher *send, struct noise_cipher *receive);

/* Wipes it. Fine at any time, and twice. */
void noise_handshake_clear(struct noise_handshake *handshake);

/*
 * Encrypts up to NOISE_PAYLOAD_MAX bytes into a record of payload_size +
 * NOISE_TAG_SIZE bytes. `record` may be `payload` itself, with that much room;
 * otherwise the two do not overlap.
 *
 * After each NOISE_REKEY_RECORDS records the key is replaced on both sides
 * (Rekey() of the specification), so that one which is stolen from memory
 * opens nothing of before.
 *
 * STATUS_OK       the record is written.
 * STATUS_REFUSED  2^64 - 1 records were written with this cipher: it is used
 *                 up, and a new handshake is due.
 */
MUST_USE enum status noise_cipher_encrypt(struct noise_cipher *cipher,
	uint8_t *record, const uint8_t *payload, size_t payload_size);

/*
 * Decrypts a record into its record_size - NOISE_TAG_SIZE bytes of payload,
 * under the same rule on overlapping. Records are good in the order in which
 * they were written, each once.
 *
 * STATUS_OK         the payload is written.
 * STATUS_MALFORMED  too short or too long for a record.
 * STATUS_FORGED     not the record that the peer wrote at this place. Drop
 *                   the connection: there is no way to catch up.
 * STATUS_REFUSED    the cipher is used up, as above.
 *
 * Other than on STATUS_OK the payload is worthless.
 */
MUST_USE enum status noise_cipher_decrypt(struct noise_cipher *cipher,
	uint8_t *payload, const uint8_t *record, size_t record_size);

/* Wipes it. Fine at any time, and twice. */
void noise_cipher_clear(struct noise_cipher *cipher);

#endif
