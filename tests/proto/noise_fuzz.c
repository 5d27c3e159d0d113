/*
 * Any bytes in place of any message: the first byte says of which one, and of
 * which handshake. Never a crash, and from message 2 on never taken: nobody
 * without the keys can make it up.
 */

#include <stdlib.h>
#include <string.h>

#include "proto/noise.h"

enum { ROOM = 512, INPUT_MAX = 1024 };

/* Both sides, with some messages passed between them. */
struct pair {
	struct noise_handshake side[2]; /* the initiator's first */
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
pass_message(struct pair *pair, size_t index)
{
	uint8_t message[ROOM], payload[ROOM];
	size_t size;

	if (noise_handshake_write(&pair->side[index % 2], message, &size, NULL,
		    0) != STATUS_OK ||
		noise_handshake_read(&pair->side[(index + 1) % 2], payload,
			&size, message, size) != STATUS_OK)
		abort();
}

static void
begin(struct pair *pair, const uint8_t *psk, size_t passed)
{
	static const uint8_t statics[2][NOISE_KEY_SIZE] = {{1}, {2}};
	static const uint8_t ephemerals[2][NOISE_KEY_SIZE] = {{3}, {4}};

	for (int i = 0; i < 2; i++) {
		struct noise_options options = {.initiator = i == 0,
			.psk = psk,
			.static_secret = statics[i],
			.ephemeral_secret = ephemerals[i]};

		noise_handshake_init(&pair->side[i], &options);
	}
	for (size_t i = 0; i < passed; i++)
		pass_message(pair, i);
}

/* The bytes in place of message `index`. */
static void
read_message(struct pair *pair, size_t index, const uint8_t *bytes, size_t size)
{
	struct noise_handshake *reader = &pair->side[(index + 1) % 2];
	uint8_t payload[INPUT_MAX], message[ROOM];
	size_t payload_size, message_size;

	if (noise_handshake_read(reader, payload, &payload_size, bytes, size) !=
		STATUS_OK)
		return;
	if (index > 0 || payload_size > size)
		abort();

	/* Message 1 proves nothing; answering it may meet a bad key. */
	if (noise_handshake_write(reader, message, &message_size, NULL, 0) !=
			STATUS_OK &&
		reader->pattern)
		abort(); /* broken, and not wiped */
}

static void
read_record(struct pair *pair, const uint8_t *bytes, size_t size)
{
	struct noise_cipher send, receive;
	uint8_t payload[INPUT_MAX];

	noise_handshake_split(&pair->side[0], &send, &receive);
	if (noise_cipher_decrypt(&receive, payload, bytes, size) == STATUS_OK)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const uint8_t psk[NOISE_PSK_SIZE] = {5};
	static struct pair begun[2][NOISE_MESSAGES + 1];
	size_t with_psk, index;
	struct pair pair;

	if (size == 0 || size > INPUT_MAX)
		return 0;
	with_psk = bytes[0] & 1;
	index = (bytes[0] >> 1) % (NOISE_MESSAGES + 1);

	/* A hundred times faster than to begin anew for each input. */
	if (!begun[with_psk][index].side[0].pattern)
		begin(&begun[with_psk][index], with_psk ? psk : NULL, index);
	pair = begun[with_psk][index];

	if (index < NOISE_MESSAGES)
		read_message(&pair, index, bytes + 1, size - 1);
	else
		read_record(&pair, bytes + 1, size - 1);
	return 0;
}
