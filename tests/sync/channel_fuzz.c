#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "sync/alloc.h"
#include "sync/channel.h"
#include "tests/sync/nodes.h"

/*
 * The first byte says where the rest comes in: 0 as the hello, 1 as message 2,
 * 2 as message 3, 3 as a record's bytes on the wire, 4 as what a peer with the
 * keys puts into its records, each led by its size in a byte.
 */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct node *hub, *rep;

static struct channel *
make(const struct node *node, bool initiator)
{
	struct channel_options with = {
		.initiator = initiator,
		.company_key = node->company_key,
		.link_secret = node->link_secret,
		.credentials = node->credentials,
		.credentials_size = node->credentials_size,
		.message_max = 1000,
	};

	return channel_new(&with);
}

static void
pass(struct channel *from, struct channel *to)
{
	enum channel_event event;
	const uint8_t *frame;
	size_t size;

	if (channel_next_frame(from, &frame, &size) != STATUS_OK ||
		channel_receive(to, NODES_NOW, frame, size, &event) !=
			STATUS_OK)
		abort();
}

/* A peer with keys of its own, as channel.c does it but without its rules. */
static void
open_by_hand(struct channel *responder, struct noise_cipher *send)
{
	uint8_t prologue[HELLO_PROLOGUE_SIZE_MAX], frame[4096], payload[4096];
	uint8_t message[HELLO_MESSAGE_SIZE_MAX + NOISE_HANDSHAKE_OVERHEAD_MAX];
	struct hello hello = {.mode = HELLO_SESSION, .message = message};
	struct noise_options with = {.initiator = true,
		.prologue = prologue,
		.static_secret = rep->link_secret};
	struct noise_handshake handshake;
	struct noise_cipher receive;
	enum channel_event event;
	const uint8_t *answer;
	size_t size, ignored;
	enum status status;

	with.prologue_size = hello_prologue(prologue, &hello, rep->company_key);
	noise_handshake_init(&handshake, &with);
	status = noise_handshake_write(
		&handshake, message, &hello.message_size, NULL, 0);
	assert(status == STATUS_OK);
	size = hello_encode(frame, &hello, rep->company_key);
	status = channel_receive(responder, NODES_NOW, frame, size, &event);
	assert(status == STATUS_OK);
	status = channel_next_frame(responder, &answer, &size);
	assert(status == STATUS_OK);
	status = noise_handshake_read(
		&handshake, payload, &ignored, answer, size);
	assert(status == STATUS_OK);
	status = noise_handshake_write(&handshake, frame, &size,
		rep->credentials, rep->credentials_size);
	assert(status == STATUS_OK);
	status = channel_receive(responder, NODES_NOW, frame, size, &event);
	assert(status == STATUS_OK && event == CHANNEL_OPENED);
	noise_handshake_split(&handshake, send, &receive);
	noise_handshake_clear(&handshake);
}

static void
records(struct channel *responder, const uint8_t *bytes, size_t size)
{
	struct noise_cipher send;

	open_by_hand(responder, &send);
	while (size > 0) {
		uint8_t record[256 + NOISE_TAG_SIZE];
		size_t part = bytes[0] < size - 1 ? bytes[0] : size - 1;
		enum channel_event event;
		enum status status;
		size_t whole;

		status = noise_cipher_encrypt(&send, record, bytes + 1, part);
		assert(status == STATUS_OK);
		bytes += 1 + part;
		size -= 1 + part;
		status = channel_receive(responder, NODES_NOW, record,
			part + NOISE_TAG_SIZE, &event);
		if (status != STATUS_OK)
			break;
		if (event == CHANNEL_MESSAGE) {
			free(channel_take(responder, &whole));
			assert(whole > 0 && whole <= 1000);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct channel *initiator, *responder;
	enum channel_event event;
	enum status status = STATUS_OK;

	if (!hub) {
		if (sodium_init() < 0)
			abort();
		hub = node_new(50, 0);
		rep = node_new(60, REP);
	}
	if (size == 0)
		return 0;
	initiator = make(rep, true);
	responder = make(hub, false);
	if (bytes[0] == 4) {
		records(responder, bytes + 1, size - 1);
	} else {
		if (bytes[0] >= 1)
			pass(initiator, responder);
		if (bytes[0] >= 2)
			pass(responder, initiator);
		if (bytes[0] >= 3)
			pass(initiator, responder);
		status = channel_receive(bytes[0] == 1 ? initiator : responder,
			NODES_NOW, bytes + 1, size - 1, &event);
		/* Nobody without the keys gets past any of them. */
		assert(status != STATUS_OK || bytes[0] == 0);
	}
	channel_free(initiator);
	channel_free(responder);
	return 0;
}
