#include "proto/noise.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

/*
 * The names in the comments of the kind MixKey() are those of the
 * specification, section 5, which this file follows step by step.
 */

static_assert(NOISE_KEY_SIZE == crypto_scalarmult_BYTES, "libsodium");
static_assert(NOISE_KEY_SIZE == crypto_scalarmult_SCALARBYTES, "libsodium");
static_assert(NOISE_KEY_SIZE == crypto_aead_chacha20poly1305_ietf_KEYBYTES,
	"libsodium");
static_assert(NOISE_TAG_SIZE == crypto_aead_chacha20poly1305_ietf_ABYTES,
	"libsodium");
static_assert(NOISE_HASH_SIZE == crypto_generichash_BYTES_MAX, "libsodium");

enum {
	BLOCK_SIZE = 128, /* BLAKE2b's, for HMAC */
	NONCE_SIZE = crypto_aead_chacha20poly1305_ietf_NPUBBYTES,
	OUTPUTS_MAX = 3, /* of HKDF() */
	TOKENS_MAX = 4,  /* of one message */
};

/* In the names of a Diffie-Hellman the initiator's key comes first. */
enum token {
	TOKEN_END,
	TOKEN_E,
	TOKEN_S,
	TOKEN_EE,
	TOKEN_ES,
	TOKEN_SE,
	TOKEN_PSK,
};

struct noise_pattern {
	char name[NOISE_HASH_SIZE]; /* zeros behind it: the first hash */
	bool psk;
	enum token tokens[NOISE_MESSAGES][TOKENS_MAX + 1];
};

static const struct noise_pattern xx = {
	.name = "Noise_XX_25519_ChaChaPoly_BLAKE2b",
	.psk = false,
	.tokens = {{TOKEN_E}, {TOKEN_E, TOKEN_EE, TOKEN_S, TOKEN_ES},
		{TOKEN_S, TOKEN_SE}},
};

static const struct noise_pattern xxpsk3 = {
	.name = "Noise_XXpsk3_25519_ChaChaPoly_BLAKE2b",
	.psk = true,
	.tokens = {{TOKEN_E}, {TOKEN_E, TOKEN_EE, TOKEN_S, TOKEN_ES},
		{TOKEN_S, TOKEN_SE, TOKEN_PSK}},
};

/* A single step of HMAC: BLAKE2b of the masked key and the bytes. */
static void
hash_behind_pad(uint8_t out[static NOISE_HASH_SIZE],
	const uint8_t key[static NOISE_HASH_SIZE], uint8_t mask,
	const uint8_t *bytes, size_t size)
{
	crypto_generichash_state state;
	uint8_t pad[BLOCK_SIZE];

	memset(pad, mask, sizeof pad);
	for (size_t i = 0; i < NOISE_HASH_SIZE; i++)
		pad[i] ^= key[i];

	crypto_generichash_init(&state, NULL, 0, NOISE_HASH_SIZE);
	crypto_generichash_update(&state, pad, sizeof pad);
	crypto_generichash_update(&state, bytes, size);
	crypto_generichash_final(&state, out, NOISE_HASH_SIZE);
	sodium_memzero(&state, sizeof state);
	sodium_memzero(pad, sizeof pad);
}

/* HMAC as in RFC 2104, which is what Noise asks for: not a keyed BLAKE2b. */
static void
hmac(uint8_t out[static NOISE_HASH_SIZE],
	const uint8_t key[static NOISE_HASH_SIZE], const uint8_t *bytes,
	size_t size)
{
	uint8_t inner[NOISE_HASH_SIZE];

	hash_behind_pad(inner, key, 0x36, bytes, size);
	hash_behind_pad(out, key, 0x5c, inner, sizeof inner);
	sodium_memzero(inner, sizeof inner);
}

/* HKDF() */
static void
hkdf(uint8_t out[][NOISE_HASH_SIZE], size_t count,
	const uint8_t chaining_key[static NOISE_HASH_SIZE],
	const uint8_t *input, size_t input_size)
{
	uint8_t key[NOISE_HASH_SIZE];
	uint8_t step[NOISE_HASH_SIZE + 1]; /* the output before, a number */

	assert(count <= OUTPUTS_MAX);
	hmac(key, chaining_key, input, input_size);
	for (size_t i = 0; i < count; i++) {
		step[NOISE_HASH_SIZE] = (uint8_t)(i + 1);
		if (i == 0) {
			hmac(out[i], key, step + NOISE_HASH_SIZE, 1);
			continue;
		}
		memcpy(step, out[i - 1], NOISE_HASH_SIZE);
		hmac(out[i], key, step, sizeof step);
	}
	sodium_memzero(key, sizeof key);
	sodium_memzero(step, sizeof step);
}

static void
make_nonce(uint8_t nonce[static NONCE_SIZE], uint64_t counter)
{
	memset(nonce, 0, NONCE_SIZE);
	for (int i = 0; i < 8; i++) /* little-endian, behind four zeros */
		nonce[4 + i] = (uint8_t)(counter >> (8 * i));
}

/* EncryptWithAd(), for a cipher that has a key and is not used up. */
static void
seal(struct noise_cipher *cipher, uint8_t *out, const uint8_t *ad,
	size_t ad_size, const uint8_t *in, size_t size)
{
	uint8_t nonce[NONCE_SIZE];

	make_nonce(nonce, cipher->counter);
	crypto_aead_chacha20poly1305_ietf_encrypt(
		out, NULL, in, size, ad, ad_size, NULL, nonce, cipher->key);
	cipher->counter++;
}

/* DecryptWithAd(), likewise, for at least a tag. False: not genuine. */
static bool
open_sealed(struct noise_cipher *cipher, uint8_t *out, const uint8_t *ad,
	size_t ad_size, const uint8_t *in, size_t size)
{
	uint8_t nonce[NONCE_SIZE];

	make_nonce(nonce, cipher->counter);
	if (crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, in, size,
		    ad, ad_size, nonce, cipher->key) != 0)
		return false;
	cipher->counter++;
	return true;
}

/* MixHash() */
static void
mix_hash(struct noise_handshake *h, const uint8_t *bytes, size_t size)
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, NOISE_HASH_SIZE);
	crypto_generichash_update(&state, h->hash, sizeof h->hash);
	crypto_generichash_update(&state, bytes, size);
	crypto_generichash_final(&state, h->hash, sizeof h->hash);
}

/* InitializeKey() */
static void
set_cipher_key(
	struct noise_cipher *cipher, const uint8_t key[static NOISE_HASH_SIZE])
{
	memcpy(cipher->key, key, NOISE_KEY_SIZE); /* its first half */
	cipher->counter = 0;
}

/* MixKey() */
static void
mix_key(struct noise_handshake *h, const uint8_t input[static NOISE_KEY_SIZE])
{
	uint8_t out[2][NOISE_HASH_SIZE];

	hkdf(out, 2, h->chaining_key, input, NOISE_KEY_SIZE);
	memcpy(h->chaining_key, out[0], NOISE_HASH_SIZE);
	set_cipher_key(&h->cipher, out[1]);
	h->encrypted = true;
	sodium_memzero(out, sizeof out);
}

/* MixKeyAndHash() */
static void
mix_key_and_hash(
	struct noise_handshake *h, const uint8_t input[static NOISE_PSK_SIZE])
{
	uint8_t out[3][NOISE_HASH_SIZE];

	hkdf(out, 3, h->chaining_key, input, NOISE_PSK_SIZE);
	memcpy(h->chaining_key, out[0], NOISE_HASH_SIZE);
	mix_hash(h, out[1], NOISE_HASH_SIZE);
	set_cipher_key(&h->cipher, out[2]);
	h->encrypted = true;
	sodium_memzero(out, sizeof out);
}

/* EncryptAndHash(); returns how many bytes it wrote. */
static size_t
encrypt_and_hash(
	struct noise_handshake *h, uint8_t *out, const uint8_t *in, size_t size)
{
	size_t out_size = size;

	if (h->encrypted) {
		seal(&h->cipher, out, h->hash, sizeof h->hash, in, size);
		out_size += NOISE_TAG_SIZE;
	} else if (size > 0) {
		memcpy(out, in, size);
	}
	mix_hash(h, out, out_size);
	return out_size;
}

/* DecryptAndHash() of `size` bytes, the tag among them once there is one. */
static bool
decrypt_and_hash(
	struct noise_handshake *h, uint8_t *out, const uint8_t *in, size_t size)
{
	if (h->encrypted) {
		if (!open_sealed(
			    &h->cipher, out, h->hash, sizeof h->hash, in, size))
			return false;
	} else if (size > 0) {
		memcpy(out, in, size);
	}
	mix_hash(h, in, size);
	return true;
}

static size_t
tag_size(const struct noise_handshake *h)
{
	return h->encrypted ? NOISE_TAG_SIZE : 0;
}

/* Psk handshakes mix in ephemeral keys, so that one psk is many keys. */
static void
mix_ephemeral(
	struct noise_handshake *h, const uint8_t key[static NOISE_KEY_SIZE])
{
	mix_hash(h, key, NOISE_KEY_SIZE);
	if (h->pattern->psk)
		mix_key(h, key);
}

/* MixKey(DH()). False: the peer's key is of low order. */
static bool
mix_shared(struct noise_handshake *h, enum token token)
{
	bool initiator_static = token == TOKEN_SE;
	bool responder_static = token == TOKEN_ES;
	bool own_static = h->initiator ? initiator_static : responder_static;
	bool its_static = h->initiator ? responder_static : initiator_static;
	uint8_t shared[NOISE_KEY_SIZE];

	/* libsodium refuses a result of zeros, whatever point led to it. */
	if (crypto_scalarmult(shared,
		    own_static ? h->static_secret : h->ephemeral_secret,
		    its_static ? h->remote_static : h->remote_ephemeral) != 0)
		return false;
	mix_key(h, shared);
	sodium_memzero(shared, sizeof shared);
	return true;
}

/* The tokens that both sides process alike. */
static enum status
mix_token(struct noise_handshake *h, enum token token)
{
	if (token == TOKEN_PSK)
		mix_key_and_hash(h, h->psk);
	else if (!mix_shared(h, token))
		return STATUS_MALFORMED;
	return STATUS_OK;
}

/* Processes one token of a message; *at is how much of it is written. */
static enum status
write_token(struct noise_handshake *h, enum token token, uint8_t *message,
	size_t *at)
{
	if (token == TOKEN_E) {
		memcpy(message + *at, h->ephemeral_public, NOISE_KEY_SIZE);
		mix_ephemeral(h, h->ephemeral_public);
		*at += NOISE_KEY_SIZE;
		return STATUS_OK;
	}
	if (token == TOKEN_S) {
		*at += encrypt_and_hash(
			h, message + *at, h->static_public, NOISE_KEY_SIZE);
		return STATUS_OK;
	}
	return mix_token(h, token);
}

/* Processes one token of a message; *at is how much of it was read. */
static enum status
read_token(struct noise_handshake *h, enum token token, const uint8_t *message,
	size_t size, size_t *at)
{
	size_t needed = NOISE_KEY_SIZE;

	if (token != TOKEN_E && token != TOKEN_S)
		return mix_token(h, token);

	if (token == TOKEN_S)
		needed += tag_size(h);
	if (size - *at < needed)
		return STATUS_MALFORMED;
	if (token == TOKEN_E) {
		memcpy(h->remote_ephemeral, message + *at, NOISE_KEY_SIZE);
		mix_ephemeral(h, h->remote_ephemeral);
	} else if (!decrypt_and_hash(
			   h, h->remote_static, message + *at, needed)) {
		return STATUS_FORGED;
	}
	*at += needed;
	return STATUS_OK;
}

static enum status
read_message(struct noise_handshake *h, uint8_t *payload, size_t *payload_size,
	const uint8_t *message, size_t size)
{
	const enum token *token = h->pattern->tokens[h->next];
	size_t at = 0;

	if (size > NOISE_RECORD_MAX)
		return STATUS_MALFORMED;
	for (; *token != TOKEN_END; token++) {
		enum status status = read_token(h, *token, message, size, &at);

		if (status != STATUS_OK)
			return status;
	}
	if (size - at < tag_size(h))
		return STATUS_MALFORMED;
	if (!decrypt_and_hash(h, payload, message + at, size - at))
		return STATUS_FORGED;

	*payload_size = size - at - tag_size(h);
	return STATUS_OK;
}

void
noise_handshake_init(
	struct noise_handshake *handshake, const struct noise_options *options)
{
	struct noise_handshake *h = handshake;

	assert(options->static_secret);
	memset(h, 0, sizeof *h);
	h->pattern = options->psk ? &xxpsk3 : &xx;
	h->initiator = options->initiator;
	if (options->psk)
		memcpy(h->psk, options->psk, NOISE_PSK_SIZE);

	memcpy(h->static_secret, options->static_secret, NOISE_KEY_SIZE);
	(void)crypto_scalarmult_base(h->static_public, h->static_secret);
	if (options->ephemeral_secret)
		memcpy(h->ephemeral_secret, options->ephemeral_secret,
			NOISE_KEY_SIZE);
	else
		randombytes_buf(h->ephemeral_secret, NOISE_KEY_SIZE);
	(void)crypto_scalarmult_base(h->ephemeral_public, h->ephemeral_secret);

	memcpy(h->hash, h->pattern->name, NOISE_HASH_SIZE);
	memcpy(h->chaining_key, h->hash, NOISE_HASH_SIZE);
	mix_hash(h, options->prologue, options->prologue_size);
}

enum status
noise_handshake_write(struct noise_handshake *handshake, uint8_t *message,
	size_t *message_size, const uint8_t *payload, size_t payload_size)
{
	struct noise_handshake *h = handshake;
	const enum token *token;
	size_t at = 0;

	assert(noise_handshake_writes_next(h));
	assert(payload_size <= NOISE_HANDSHAKE_PAYLOAD_MAX);

	for (token = h->pattern->tokens[h->next]; *token != TOKEN_END;
		token++) {
		enum status status = write_token(h, *token, message, &at);

		if (status != STATUS_OK) {
			noise_handshake_clear(h);
			return status;
		}
	}
	at += encrypt_and_hash(h, message + at, payload, payload_size);
	h->next++;
	*message_size = at;
	return STATUS_OK;
}

enum status
noise_handshake_read(struct noise_handshake *handshake, uint8_t *payload,
	size_t *payload_size, const uint8_t *message, size_t message_size)
{
	struct noise_handshake *h = handshake;
	enum status status;

	assert(h->pattern && !noise_handshake_done(h) &&
		!noise_handshake_writes_next(h));

	status = read_message(h, payload, payload_size, message, message_size);
	if (status != STATUS_OK) {
		noise_handshake_clear(h);
		return status;
	}
	h->next++;
	return STATUS_OK;
}

bool
noise_handshake_writes_next(const struct noise_handshake *handshake)
{
	const struct noise_handshake *h = handshake;

	/* The initiator writes messages 0 and 2. */
	return h->pattern && h->next < NOISE_MESSAGES &&
		h->initiator == (h->next % 2 == 0);
}

bool
noise_handshake_done(const struct noise_handshake *handshake)
{
	return handshake->pattern && handshake->next == NOISE_MESSAGES;
}

const uint8_t *
noise_handshake_remote_static(const struct noise_handshake *handshake)
{
	assert(handshake->pattern);
	assert(handshake->next >= (handshake->initiator ? 2 : 3));
	return handshake->remote_static;
}

const uint8_t *
noise_handshake_hash(const struct noise_handshake *handshake)
{
	assert(noise_handshake_done(handshake));
	return handshake->hash;
}

void
noise_handshake_split(struct noise_handshake *handshake,
	struct noise_cipher *send, struct noise_cipher *receive)
{
	struct noise_handshake *h = handshake;
	uint8_t out[2][NOISE_HASH_SIZE];

	assert(noise_handshake_done(h) && !h->split);

	/* The first is the one from the initiator to the responder. */
	hkdf(out, 2, h->chaining_key, NULL, 0);
	set_cipher_key(send, out[h->initiator ? 0 : 1]);
	set_cipher_key(receive, out[h->initiator ? 1 : 0]);
	sodium_memzero(out, sizeof out);

	/* What made these keys is not needed any more, and is not kept. */
	sodium_memzero(h->chaining_key, sizeof h->chaining_key);
	sodium_memzero(h->ephemeral_secret, sizeof h->ephemeral_secret);
	noise_cipher_clear(&h->cipher);
	h->split = true;
}

void
noise_handshake_clear(struct noise_handshake *handshake)
{
	sodium_memzero(handshake, sizeof *handshake);
}

static bool
used_up(const struct noise_cipher *cipher)
{
	return cipher->counter == UINT64_MAX; /* that nonce makes keys */
}

/*
 * Rekey(), when it is time: the beginning of what zeros encrypt to under the
 * nonce that no record has. The counter goes on.
 */
static void
rekey_when_due(struct noise_cipher *cipher)
{
	static const uint8_t zeros[NOISE_KEY_SIZE];
	uint8_t out[NOISE_KEY_SIZE + NOISE_TAG_SIZE];
	uint64_t counter = cipher->counter;

	if (counter % NOISE_REKEY_RECORDS != 0)
		return;
	cipher->counter = UINT64_MAX;
	seal(cipher, out, NULL, 0, zeros, sizeof zeros);
	memcpy(cipher->key, out, NOISE_KEY_SIZE);
	cipher->counter = counter;
	sodium_memzero(out, sizeof out);
}

enum status
noise_cipher_encrypt(struct noise_cipher *cipher, uint8_t *record,
	const uint8_t *payload, size_t payload_size)
{
	assert(payload_size <= NOISE_PAYLOAD_MAX);
	if (used_up(cipher))
		return STATUS_REFUSED;

	seal(cipher, record, NULL, 0, payload, payload_size);
	rekey_when_due(cipher);
	return STATUS_OK;
}

enum status
noise_cipher_decrypt(struct noise_cipher *cipher, uint8_t *payload,
	const uint8_t *record, size_t record_size)
{
	if (record_size < NOISE_TAG_SIZE || record_size > NOISE_RECORD_MAX)
		return STATUS_MALFORMED;
	if (used_up(cipher))
		return STATUS_REFUSED;
	if (!open_sealed(cipher, payload, NULL, 0, record, record_size))
		return STATUS_FORGED;

	rekey_when_due(cipher);
	return STATUS_OK;
}

void
noise_cipher_clear(struct noise_cipher *cipher)
{
	sodium_memzero(cipher, sizeof *cipher);
}
