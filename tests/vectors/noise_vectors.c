/*
 * noise_vectors FILE: runs a file of public Noise test vectors, in the JSON
 * form that cacophony introduced, through proto/noise. Each vector of one of
 * our two handshakes is played in both roles, each role alone against what the
 * file says that the other one wrote. Vectors of other handshakes are counted
 * and left out; so is whatever a vector does not state.
 *
 * Exit status: 0 all passed; 1 something failed or the file is no good; 2
 * wrong usage.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <sodium.h>

#include "proto/noise.h"

/* What the file has in hexadecimal, in bytes. */
struct bytes {
	bool given;
	size_t size;
	uint8_t data[NOISE_RECORD_MAX];
};

/* What one role of a vector brings along. */
struct role {
	const char *name;
	bool initiator;
	struct bytes prologue, static_secret, ephemeral_secret, psk;
	struct bytes remote_static;
};

struct connection {
	struct noise_handshake handshake;
	struct noise_cipher send, receive;
};

enum outcome { PASSED, FAILED, SKIPPED, OUTCOMES };

/* Says where a vector fails, and is false so that the caller can return it. */
static bool __attribute__((format(printf, 2, 3)))
fail(const char *name, const char *format, ...)
{
	va_list arguments;

	printf("%s: ", name);
	va_start(arguments, format);
	(void)vprintf(format, arguments); /* like the others: see main() */
	va_end(arguments);
	printf("\n");
	return false;
}

/* Reads a string of hexadecimal. */
static bool
read_hex(struct bytes *out, const json_t *value)
{
	const char *hex = json_string_value(value);

	out->given = true;
	return hex &&
		sodium_hex2bin(out->data, sizeof out->data, hex, strlen(hex),
			NULL, &out->size, NULL) == 0;
}

/*
 * Reads the member `key` of a vector, which need not be there. `size` is the
 * one it must have, or 0 for any. False, with a line, when it is wrong.
 */
static bool
read_member(struct bytes *out, const char *name, const json_t *vector,
	const char *key, size_t size)
{
	const json_t *value = json_object_get(vector, key);

	memset(out, 0, sizeof *out);
	if (!value)
		return true;
	if (!read_hex(out, value))
		return fail(name, "%s is not hexadecimal", key);
	if (size && out->size != size)
		return fail(name, "%s has %zu bytes and not %zu", key,
			out->size, size);
	return true;
}

/* Reads the psk: one in a list if the handshake has one, else none. */
static bool
read_psk(struct bytes *out, const char *name, const json_t *vector,
	const char *key, bool wanted)
{
	const json_t *list = json_object_get(vector, key);

	memset(out, 0, sizeof *out);
	if (!list)
		return true;
	if (!json_is_array(list))
		return fail(name, "%s is not a list", key);
	if (json_array_size(list) == 0)
		return true;
	if (!wanted || json_array_size(list) != 1)
		return fail(
			name, "%s has %zu keys", key, json_array_size(list));
	if (!read_hex(out, json_array_get(list, 0)) ||
		out->size != NOISE_PSK_SIZE)
		return fail(
			name, "%s is not one of %d bytes", key, NOISE_PSK_SIZE);
	return true;
}

static bool
read_role(struct role *role, const char *name, const json_t *vector,
	bool initiator, bool psk)
{
	static const char *const keys[2][5] = {
		{"resp_prologue", "resp_static", "resp_ephemeral", "resp_psks",
			"resp_remote_static"},
		{"init_prologue", "init_static", "init_ephemeral", "init_psks",
			"init_remote_static"},
	};
	const char *const *key = keys[initiator];

	role->name = initiator ? "initiator" : "responder";
	role->initiator = initiator;
	return read_member(&role->prologue, name, vector, key[0], 0) &&
		read_member(&role->static_secret, name, vector, key[1],
			NOISE_KEY_SIZE) &&
		read_member(&role->ephemeral_secret, name, vector, key[2],
			NOISE_KEY_SIZE) &&
		read_psk(&role->psk, name, vector, key[3], psk) &&
		read_member(&role->remote_static, name, vector, key[4],
			NOISE_KEY_SIZE);
}

/* Without its secrets, a role cannot be played against the file. */
static bool
playable(const struct role *role, bool psk)
{
	return role->static_secret.given && role->ephemeral_secret.given &&
		role->psk.given == psk;
}

/* Writes message `index`, as a handshake message or as a record. */
static enum status
write_message(struct connection *c, size_t index, uint8_t *out, size_t *size,
	const struct bytes *payload)
{
	if (index < NOISE_MESSAGES)
		return noise_handshake_write(
			&c->handshake, out, size, payload->data, payload->size);
	*size = payload->size + NOISE_TAG_SIZE;
	return noise_cipher_encrypt(
		&c->send, out, payload->data, payload->size);
}

/* Reads message `index`, likewise. */
static enum status
read_message(struct connection *c, size_t index, uint8_t *out, size_t *size,
	const struct bytes *message)
{
	if (index < NOISE_MESSAGES)
		return noise_handshake_read(
			&c->handshake, out, size, message->data, message->size);
	*size = message->size - NOISE_TAG_SIZE;
	return noise_cipher_decrypt(
		&c->receive, out, message->data, message->size);
}

/* Plays one message in one role: writes it if it is its turn, else reads. */
static bool
play_message(const char *name, const struct role *role, struct connection *c,
	size_t index, const json_t *message)
{
	static struct bytes payload, ciphertext;
	static uint8_t out[NOISE_RECORD_MAX];
	const struct bytes *expected;
	bool writes = role->initiator == (index % 2 == 0);
	enum status status;
	size_t size = 0;

	if (!read_hex(&payload, json_object_get(message, "payload")) ||
		!read_hex(&ciphertext, json_object_get(message, "ciphertext")))
		return fail(name,
			"message %zu: payload or ciphertext is not hexadecimal",
			index + 1);
	if (payload.size > NOISE_HANDSHAKE_PAYLOAD_MAX)
		return fail(name, "message %zu: too long", index + 1);

	expected = writes ? &ciphertext : &payload;
	status = writes ? write_message(c, index, out, &size, &payload)
			: read_message(c, index, out, &size, &ciphertext);
	if (status != STATUS_OK)
		return fail(name, "message %zu: %s cannot %s it: %s", index + 1,
			role->name, writes ? "write" : "read",
			status_text(status));
	if (size != expected->size || memcmp(out, expected->data, size) != 0)
		return fail(name, "message %zu: %s %s other bytes", index + 1,
			role->name, writes ? "writes" : "reads");
	return true;
}

/* What both sides know once the handshake is done; then the ciphers. */
static bool
finish_handshake(const char *name, const struct role *role,
	struct connection *c, const struct bytes *hash)
{
	if (hash->given &&
		memcmp(noise_handshake_hash(&c->handshake), hash->data,
			NOISE_HASH_SIZE) != 0)
		return fail(name, "%s has another handshake hash", role->name);
	if (role->remote_static.given &&
		memcmp(noise_handshake_remote_static(&c->handshake),
			role->remote_static.data, NOISE_KEY_SIZE) != 0)
		return fail(name, "%s met another static key", role->name);
	noise_handshake_split(&c->handshake, &c->send, &c->receive);
	return true;
}

/* Plays a whole vector in one role. */
static bool
play_role(const char *name, const struct role *role, const json_t *messages,
	const struct bytes *hash)
{
	struct connection c = {0};
	struct noise_options options = {
		.initiator = role->initiator,
		.psk = role->psk.given ? role->psk.data : NULL,
		.prologue = role->prologue.data,
		.prologue_size = role->prologue.size,
		.static_secret = role->static_secret.data,
		.ephemeral_secret = role->ephemeral_secret.data,
	};
	bool passed = true;

	noise_handshake_init(&c.handshake, &options);
	for (size_t i = 0; passed && i < json_array_size(messages); i++) {
		passed = play_message(
			name, role, &c, i, json_array_get(messages, i));
		if (passed && i + 1 == NOISE_MESSAGES)
			passed = finish_handshake(name, role, &c, hash);
	}
	noise_handshake_clear(&c.handshake);
	noise_cipher_clear(&c.send);
	noise_cipher_clear(&c.receive);
	return passed;
}

static bool
play_vector(const char *name, const json_t *vector, bool psk)
{
	static struct role roles[2];
	static struct bytes hash;
	const json_t *messages = json_object_get(vector, "messages");
	bool passed = true;
	int played = 0;

	if (!read_role(&roles[0], name, vector, true, psk) ||
		!read_role(&roles[1], name, vector, false, psk) ||
		!read_member(
			&hash, name, vector, "handshake_hash", NOISE_HASH_SIZE))
		return false;
	if (json_array_size(messages) < NOISE_MESSAGES)
		return fail(name, "fewer messages than a handshake has");

	for (int i = 0; i < 2; i++)
		if (playable(&roles[i], psk)) {
			passed &= play_role(name, &roles[i], messages, &hash);
			played++;
		}
	if (played == 0)
		return fail(name, "neither role has all its keys");
	return passed;
}

/* `number` counts from 1: a file may hold several vectors of one handshake. */
static enum outcome
run_vector(const json_t *vector, size_t number)
{
	const char *protocol =
		json_string_value(json_object_get(vector, "protocol_name"));
	char name[80];
	bool passed;

	(void)snprintf(name, sizeof name, "vector %zu, %s", number,
		protocol ? protocol : "unnamed"); /* a long one is cut */
	if (!protocol) {
		(void)fail(name, "no protocol_name");
		return FAILED;
	}
	if (strcmp(protocol, "Noise_XX_25519_ChaChaPoly_BLAKE2b") == 0)
		passed = play_vector(name, vector, false);
	else if (strcmp(protocol, "Noise_XXpsk3_25519_ChaChaPoly_BLAKE2b") == 0)
		passed = play_vector(name, vector, true);
	else
		return SKIPPED;
	return passed ? PASSED : FAILED;
}

/* Runs all vectors of the file; returns the exit status. */
static int
run_file(const json_t *file, const char *path)
{
	const json_t *vectors = json_object_get(file, "vectors");
	size_t counts[OUTCOMES] = {0};

	if (!json_is_array(vectors)) {
		(void)fprintf(stderr, "%s: no list of vectors\n", path);
		return 1;
	}
	for (size_t i = 0; i < json_array_size(vectors); i++)
		counts[run_vector(json_array_get(vectors, i), i + 1)]++;

	printf("%zu passed, %zu failed, %zu skipped\n", counts[PASSED],
		counts[FAILED], counts[SKIPPED]);
	return counts[FAILED] ? 1 : 0;
}

int
main(int argc, char **argv)
{
	json_error_t error;
	json_t *file;
	int exit_status;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: noise_vectors FILE\n");
		return 2;
	}
	if (sodium_init() < 0) {
		(void)fprintf(stderr, "noise_vectors: no libsodium\n");
		return 1;
	}
	file = json_load_file(argv[1], JSON_REJECT_DUPLICATES, &error);
	if (!file) {
		if (error.line > 0)
			(void)fprintf(stderr, "%s:%d: %s\n", argv[1],
				error.line, error.text);
		else
			(void)fprintf(
				stderr, "noise_vectors: %s\n", error.text);
		return 1;
	}
	exit_status = run_file(file, argv[1]);
	json_decref(file);
	if (fflush(stdout) != 0) {
		perror("noise_vectors");
		return 1;
	}
	return exit_status;
}
