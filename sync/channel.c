#include "sync/channel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "sync/alloc.h"

enum { RECORD_LAST = 0, RECORD_MORE = 1, RECORD_END = 2 };

enum stage {
	STAGE_HELLO,   /* message 1 is to come */
	STAGE_ANSWER,  /* message 2 is to come */
	STAGE_CLOSING, /* message 3 is to come */
	STAGE_OPEN,
	STAGE_ENDED, /* the peer said so */
	STAGE_BROKEN,
};

/* A message on its way out; the end is one without bytes. */
struct outgoing {
	struct outgoing *next;
	uint8_t *bytes;
	size_t size;
	size_t sent;
};

struct channel {
	bool initiator;
	bool has_keys; /* `send` and `receive` are there */
	enum stage stage;
	struct noise_handshake handshake;
	struct noise_cipher send;
	struct noise_cipher receive;

	uint8_t company_key[SIGNING_KEY_SIZE];
	uint8_t link_secret[LINK_SECRET_SIZE];
	uint8_t own[CREDENTIALS_SIZE_MAX];
	size_t own_size;
	bool own_genuine; /* what stands in own was verified */
	struct hello hello;
	uint8_t psk[NOISE_PSK_SIZE];
	channel_psk_cb *find_psk;
	void *find_self;
	bool take_expired;
	uint8_t ephemeral_secret[NOISE_KEY_SIZE];
	bool has_ephemeral;

	bool has_peer;
	struct credentials peer;
	uint8_t peer_link_key[LINK_KEY_SIZE];
	uint8_t hash[NOISE_HASH_SIZE];

	/* The message that is coming in. */
	uint8_t *in;
	size_t in_size;
	size_t in_max;
	size_t next_max;
	bool in_whole;

	/* A handshake's frame goes first, then the queue. */
	uint8_t *ready;
	size_t ready_size;
	struct outgoing *first;
	struct outgoing *last;
	uint32_t queued;
	size_t queued_bytes;
	bool ending; /* the end is queued */
	uint8_t *frame;
};

static void
begin_handshake(struct channel *c)
{
	uint8_t prologue[HELLO_PROLOGUE_SIZE_MAX];
	struct noise_options options = {
		.initiator = c->initiator,
		.psk = c->hello.mode == HELLO_ENROL ? c->psk : NULL,
		.prologue = prologue,
		.static_secret = c->link_secret,
		.ephemeral_secret =
			c->has_ephemeral ? c->ephemeral_secret : NULL,
	};

	options.prologue_size =
		hello_prologue(prologue, &c->hello, c->company_key);
	noise_handshake_init(&c->handshake, &options);
}

static void
write_hello(struct channel *c)
{
	uint8_t message[NOISE_HANDSHAKE_OVERHEAD_MAX];
	enum status status;

	begin_handshake(c);
	status = noise_handshake_write(
		&c->handshake, message, &c->hello.message_size, NULL, 0);
	assert(status == STATUS_OK); /* there is no key of a peer yet */
	c->hello.message = message;
	c->ready = alloc(HELLO_SIZE_MAX);
	c->ready_size = hello_encode(c->ready, &c->hello, c->company_key);
	c->hello.message = NULL;
	c->stage = STAGE_ANSWER;
}

struct channel *
channel_new(const struct channel_options *options)
{
	struct channel *c = alloc(sizeof *c);

	assert(options->credentials_size <= sizeof c->own);
	c->initiator = options->initiator;
	memcpy(c->company_key, options->company_key, sizeof c->company_key);
	memcpy(c->link_secret, options->link_secret, sizeof c->link_secret);
	if (options->credentials)
		memcpy(c->own, options->credentials, options->credentials_size);
	c->own_size = options->credentials ? options->credentials_size : 0;
	c->find_psk = options->find_psk;
	c->find_self = options->find_self;
	c->take_expired = options->take_expired;
	c->in_max = c->next_max = options->message_max;
	if (options->ephemeral_secret) {
		c->has_ephemeral = true;
		memcpy(c->ephemeral_secret, options->ephemeral_secret,
			sizeof c->ephemeral_secret);
	}
	if (options->invitation) {
		assert(c->initiator && options->psk);
		c->hello.mode = HELLO_ENROL;
		memcpy(c->hello.invitation, options->invitation, ID_SIZE);
		memcpy(c->psk, options->psk, sizeof c->psk);
	}
	if (c->initiator)
		write_hello(c);
	return c;
}

static void
free_outgoing(struct outgoing *out)
{
	free(out->bytes);
	free(out);
}

void
channel_own_genuine(struct channel *c)
{
	c->own_genuine = true;
}

void
channel_free(struct channel *channel)
{
	if (!channel)
		return;
	while (channel->first) {
		struct outgoing *next = channel->first->next;

		free_outgoing(channel->first);
		channel->first = next;
	}
	noise_handshake_clear(&channel->handshake);
	noise_cipher_clear(&channel->send);
	noise_cipher_clear(&channel->receive);
	free(channel->ready);
	free(channel->in);
	free(channel->frame);
	sodium_memzero(channel, sizeof *channel);
	free(channel);
}

bool
channel_mid_message(const struct channel *channel)
{
	return channel->first && channel->first->sent > 0;
}

void
channel_silence(struct channel *channel)
{
	struct outgoing *keep = channel->first;
	struct outgoing *out;

	free(channel->ready);
	channel->ready = NULL;
	if (!keep)
		return;
	/* What has begun goes on, or the next message would be read as it. */
	if (keep->sent == 0)
		keep = NULL;
	out = keep ? keep->next : channel->first;
	while (out) {
		struct outgoing *next = out->next;

		free_outgoing(out);
		out = next;
	}
	if (keep)
		keep->next = NULL;
	channel->first = channel->last = keep;
	channel->queued = keep ? 1 : 0;
	channel->queued_bytes = keep ? keep->size : 0;
	channel->ending = false;
}

/* The next Noise message, with a payload, as the next frame to go. */
static enum status
write_handshake(struct channel *c, const uint8_t *payload, size_t size)
{
	enum status status;

	free(c->ready);
	c->ready = alloc(size + NOISE_HANDSHAKE_OVERHEAD_MAX);
	status = noise_handshake_write(
		&c->handshake, c->ready, &c->ready_size, payload, size);
	if (status != STATUS_OK) {
		free(c->ready);
		c->ready = NULL;
	}
	return status;
}

/* Whose the static key is that the handshake brought. */
static enum status
check_credentials(
	struct channel *c, uint64_t now_ms, const uint8_t *bytes, size_t size)
{
	struct credentials_options options = {
		.company_key = c->company_key,
		.link_key = c->peer_link_key,
		.now_ms = now_ms,
		.known = {c->own,
			c->own_genuine ? c->own_size / CERTIFICATE_SIZE : 0},
	};
	enum status status;

	status = credentials_decode(&c->peer, bytes, size, &options);
	if (status == STATUS_OK || status == STATUS_REFUSED)
		c->has_peer = true;
	return status;
}

static void
keep_peer_key(struct channel *c)
{
	memcpy(c->peer_link_key, noise_handshake_remote_static(&c->handshake),
		sizeof c->peer_link_key);
}

static void
take_keys(struct channel *c)
{
	memcpy(c->hash, noise_handshake_hash(&c->handshake), sizeof c->hash);
	noise_handshake_split(&c->handshake, &c->send, &c->receive);
	noise_handshake_clear(&c->handshake);
	sodium_memzero(c->psk, sizeof c->psk);
	c->has_keys = true;
}

/* Message 2 that says: the invitation is not good. */
static enum status
turn_away(struct channel *c)
{
	uint8_t payload[CREDENTIALS_SIZE_MAX + 1];
	enum status status;

	memcpy(payload, c->own, c->own_size);
	payload[c->own_size] = 0;
	status = write_handshake(c, payload, c->own_size + 1);
	return status == STATUS_OK ? STATUS_ABSENT : status;
}

static enum status
receive_hello(struct channel *c, const uint8_t *frame, size_t size)
{
	uint8_t payload[HELLO_SIZE_MAX];
	size_t payload_size;
	bool good = true;
	enum status status;

	status = hello_decode(&c->hello, frame, size, c->company_key);
	if (status == STATUS_REFUSED)
		return STATUS_FORGED; /* a stranger, told nothing */
	if (status != STATUS_OK)
		return status;
	if (c->hello.mode == HELLO_ENROL && !c->find_psk)
		return STATUS_MALFORMED;
	if (c->hello.mode == HELLO_ENROL)
		good = c->find_psk(c->find_self, c->hello.invitation, c->psk);
	begin_handshake(c);
	status = noise_handshake_read(&c->handshake, payload, &payload_size,
		c->hello.message, c->hello.message_size);
	c->hello.message = NULL; /* the frame is the caller's */
	if (status != STATUS_OK)
		return status;
	if (payload_size != 0)
		return STATUS_MALFORMED;
	if (!good)
		return turn_away(c);
	c->stage = STAGE_CLOSING;
	return write_handshake(c, c->own, c->own_size);
}

static enum status
receive_answer(struct channel *c, uint64_t now_ms, const uint8_t *frame,
	size_t size, enum channel_event *event)
{
	uint8_t payload[CHANNEL_FRAME_EARLY_MAX];
	size_t payload_size;
	bool turned_away = false;
	enum status status;

	status = noise_handshake_read(
		&c->handshake, payload, &payload_size, frame, size);
	if (status != STATUS_OK)
		return status;
	keep_peer_key(c);
	if (c->hello.mode == HELLO_ENROL &&
		(payload_size == CREDENTIALS_SIZE + 1 ||
			payload_size == CREDENTIALS_SIZE_MAX + 1)) {
		turned_away = true;
		payload_size--;
	}
	status = check_credentials(c, now_ms, payload, payload_size);
	if (status != STATUS_OK)
		return status;
	if (turned_away)
		return STATUS_ABSENT;
	status = write_handshake(c, c->own, c->own_size);
	if (status != STATUS_OK)
		return status;
	take_keys(c);
	c->stage = STAGE_OPEN;
	*event = CHANNEL_OPENED;
	return STATUS_OK;
}

static enum status
receive_closing(struct channel *c, uint64_t now_ms, const uint8_t *frame,
	size_t size, enum channel_event *event)
{
	uint8_t payload[CHANNEL_FRAME_EARLY_MAX];
	size_t payload_size;
	enum status status;

	status = noise_handshake_read(
		&c->handshake, payload, &payload_size, frame, size);
	if (status != STATUS_OK)
		return status;
	keep_peer_key(c);
	take_keys(c);
	if (c->hello.mode == HELLO_ENROL && payload_size != 0)
		return STATUS_MALFORMED;
	if (c->hello.mode == HELLO_SESSION) {
		status = check_credentials(c, now_ms, payload, payload_size);
		if (status != STATUS_OK &&
			!(status == STATUS_REFUSED && c->take_expired))
			return status;
	}
	c->stage = STAGE_OPEN;
	*event = CHANNEL_OPENED;
	return STATUS_OK;
}

/* Decrypts the record to the end of the message that is coming in. */
static enum status
receive_record(struct channel *c, const uint8_t *frame, size_t size,
	enum channel_event *event)
{
	enum status status;
	size_t data;
	uint8_t *to, what;

	assert(!c->in_whole); /* the last message was taken */
	if (size <= NOISE_TAG_SIZE)
		return STATUS_MALFORMED;
	data = size - NOISE_TAG_SIZE - 1;
	c->in = alloc_again(c->in, c->in_size + 1 + data);
	to = c->in + c->in_size;
	status = noise_cipher_decrypt(&c->receive, to, frame, size);
	if (status != STATUS_OK)
		return status;

	what = to[0];
	if (what == RECORD_END && data == 0 && c->in_size == 0) {
		c->stage = STAGE_ENDED;
		*event = CHANNEL_ENDED;
		return STATUS_OK;
	}
	if (what > RECORD_MORE || data == 0 || data > c->in_max - c->in_size)
		return STATUS_MALFORMED;
	memmove(to, to + 1, data);
	c->in_size += data;
	if (what == RECORD_LAST) {
		c->in_whole = true;
		*event = CHANNEL_MESSAGE;
	}
	return STATUS_OK;
}

static enum status
receive(struct channel *c, uint64_t now_ms, const uint8_t *frame, size_t size,
	enum channel_event *event)
{
	switch (c->stage) {
	case STAGE_HELLO:
		return receive_hello(c, frame, size);
	case STAGE_ANSWER:
		return receive_answer(c, now_ms, frame, size, event);
	case STAGE_CLOSING:
		return receive_closing(c, now_ms, frame, size, event);
	case STAGE_OPEN:
		return receive_record(c, frame, size, event);
	case STAGE_ENDED:
	case STAGE_BROKEN:
		break;
	}
	return STATUS_MALFORMED; /* after the end nothing may come */
}

enum status
channel_receive(struct channel *channel, uint64_t now_ms, const uint8_t *frame,
	size_t size, enum channel_event *event)
{
	enum status status;

	*event = CHANNEL_NOTHING;
	if (size > (channel->stage < STAGE_OPEN ? CHANNEL_FRAME_EARLY_MAX
						: CHANNEL_FRAME_MAX))
		status = STATUS_MALFORMED;
	else
		status = receive(channel, now_ms, frame, size, event);
	if (status != STATUS_OK) {
		channel->stage = STAGE_BROKEN;
		free(channel->in);
		channel->in = NULL;
		channel->in_size = 0;
	}
	return status;
}

uint8_t *
channel_take(struct channel *channel, size_t *size)
{
	uint8_t *message = channel->in;

	assert(channel->in_whole);
	*size = channel->in_size;
	channel->in = NULL;
	channel->in_size = 0;
	channel->in_whole = false;
	channel->in_max = channel->next_max;
	return message;
}

static void
enqueue(struct channel *c, uint8_t *bytes, size_t size)
{
	struct outgoing *out = alloc(sizeof *out);

	assert(c->has_keys && !c->ending);
	out->bytes = bytes;
	out->size = size;
	if (c->last)
		c->last->next = out;
	else
		c->first = out;
	c->last = out;
	c->queued++;
	c->queued_bytes += size;
}

void
channel_send(struct channel *channel, uint8_t *message, size_t size)
{
	assert(message && size > 0);
	enqueue(channel, message, size);
}

void
channel_end(struct channel *channel)
{
	enqueue(channel, NULL, 0);
	channel->ending = true;
}

static void
drop_first(struct channel *c)
{
	struct outgoing *out = c->first;

	c->first = out->next;
	if (!c->first)
		c->last = NULL;
	c->queued--;
	c->queued_bytes -= out->size;
	free_outgoing(out);
}

static enum status
write_record(struct channel *c, size_t *size)
{
	struct outgoing *out = c->first;
	size_t left = out->size - out->sent;
	size_t data = left < CHANNEL_DATA_MAX ? left : CHANNEL_DATA_MAX;
	enum status status;

	c->frame = alloc_again(c->frame, 1 + data + NOISE_TAG_SIZE);
	c->frame[0] = data < left ? RECORD_MORE : RECORD_LAST;
	if (!out->bytes)
		c->frame[0] = RECORD_END;
	else
		memcpy(c->frame + 1, out->bytes + out->sent, data);
	status = noise_cipher_encrypt(&c->send, c->frame, c->frame, 1 + data);
	if (status != STATUS_OK)
		return status;
	*size = 1 + data + NOISE_TAG_SIZE;
	out->sent += data;
	if (out->sent == out->size)
		drop_first(c);
	return STATUS_OK;
}

enum status
channel_next_frame(struct channel *channel, const uint8_t **frame, size_t *size)
{
	enum status status = STATUS_OK;

	if (channel->ready) {
		free(channel->frame);
		channel->frame = channel->ready;
		*size = channel->ready_size;
		channel->ready = NULL;
	} else if (channel->first) {
		status = write_record(channel, size);
	} else {
		free(channel->frame); /* thousands of channels are at rest */
		channel->frame = NULL;
		status = STATUS_ABSENT;
	}
	*frame = channel->frame;
	return status;
}

size_t
channel_queued_bytes(const struct channel *channel)
{
	return channel->queued_bytes;
}

uint32_t
channel_queued(const struct channel *channel)
{
	return channel->queued;
}

bool
channel_idle(const struct channel *channel)
{
	return !channel->ready && !channel->first;
}

void
channel_limit(struct channel *channel, size_t message_max)
{
	channel->next_max = message_max;
	if (channel->in_size == 0)
		channel->in_max = message_max;
}

bool
channel_is_open(const struct channel *channel)
{
	return channel->has_keys;
}

enum hello_mode
channel_mode(const struct channel *channel)
{
	return channel->hello.mode;
}

const uint8_t *
channel_invitation(const struct channel *channel)
{
	return channel->hello.invitation;
}

const struct credentials *
channel_peer(const struct channel *channel)
{
	return channel->has_peer ? &channel->peer : NULL;
}

const uint8_t *
channel_peer_link_key(const struct channel *channel)
{
	return channel->peer_link_key;
}

const uint8_t *
channel_hash(const struct channel *channel)
{
	return channel->hash;
}

enum status
channel_introduce(struct channel *channel, uint64_t now_ms,
	const uint8_t *credentials, size_t size)
{
	return check_credentials(channel, now_ms, credentials, size);
}
