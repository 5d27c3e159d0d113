#ifndef SYNC_CHANNEL_H
#define SYNC_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/credentials.h"
#include "proto/hello.h"
#include "proto/status.h"

/*
 * Frames <-> messages, over Noise: whole messages go in and come out, what
 * travels is encrypted, and a frame that was altered, dropped, repeated,
 * swapped or cut ends it all. No I/O and no clock.
 *
 *     frame 1  i -> r  hello (proto/hello.h)
 *     frame 2  r -> i  Noise message 2: the responder's credentials; to an
 *                      invitation that is not good, and one byte more, which
 *                      ends it there
 *     frame 3  i -> r  Noise message 3: the initiator's credentials, nothing
 *                      when it enrols
 *     then     both    records: a byte that says what it is, and data
 *                      0  the last record of a message
 *                      1  a record of a message, more follow
 *                      2  the end: nothing comes after it; no data
 *
 * A record has data of 1 to CHANNEL_DATA_MAX bytes, but for the end's. Without
 * the end a link that is gone was cut.
 *
 * What a peer can make us hold: before the handshake is done nothing but the
 * channel itself; then one incoming message up to the limit, held as it comes
 * and not as it is announced, and one frame.
 */
struct channel;

enum {
	CHANNEL_FRAME_MAX = NOISE_RECORD_MAX,
	CHANNEL_FRAME_EARLY_MAX = 4096, /* until the handshake is done */
	CHANNEL_DATA_MAX = NOISE_PAYLOAD_MAX - 1,
};

/* A responder's: the psk of an invitation, false when it is not good. */
typedef bool channel_psk_cb(void *self, const uint8_t *invitation,
	uint8_t psk[static NOISE_PSK_SIZE]);

/* All of it is copied. */
struct channel_options {
	bool initiator;
	const uint8_t *company_key; /* SIGNING_KEY_SIZE */
	const uint8_t *link_secret; /* LINK_SECRET_SIZE */
	const uint8_t *credentials; /* NULL for an initiator that enrols */
	size_t credentials_size;
	const uint8_t *invitation; /* an initiator that enrols, else NULL */
	const uint8_t *psk;        /* … and its psk */
	channel_psk_cb *find_psk;  /* a responder that enrols, else NULL */
	void *find_self;
	/*
	 * A responder: the hub takes an initiator whose certificate has
	 * expired, to renew it. What it may do meanwhile is not said here.
	 */
	bool take_expired;
	size_t message_max; /* of messages that come in; see channel_limit() */
	const uint8_t *ephemeral_secret; /* tests only, else NULL */
};

/* An initiator's hello is ready at once. The caller frees it. */
struct channel *channel_new(const struct channel_options *options);
void channel_free(struct channel *channel);
/*
 * The credentials that it was given have been verified: what of them a peer
 * shows, too, the issuing key's and the hub's certificates, is not again.
 */
void channel_own_genuine(struct channel *channel);

enum channel_event {
	CHANNEL_NOTHING, /* taken; there is no more to it yet */
	/*
	 * The peer's credentials are checked: channel_peer(). An initiator's
	 * message 3 is ready to be sent.
	 */
	CHANNEL_OPENED,
	CHANNEL_MESSAGE, /* a whole message: channel_take() */
	CHANNEL_ENDED,   /* the peer said that nothing more comes */
};

/*
 * Takes a whole frame; `now_ms` is for certificates (credentials.h).
 *
 * STATUS_OK         *event says what came of it.
 * STATUS_MALFORMED  not what may come here, or over a limit.
 * STATUS_FORGED     altered on the way, out of order, not of our company.
 * STATUS_REFUSED    the peer's certificate is not good now; it is known whose
 *                   it is, and a responder can still tell it.
 * STATUS_ABSENT     the invitation is not good (both sides learn it).
 *
 * On others than STATUS_OK it takes nothing more.
 */
MUST_USE enum status channel_receive(struct channel *channel, uint64_t now_ms,
	const uint8_t *frame, size_t size, enum channel_event *event);

/* The message that came: the caller's from here, to free(). */
uint8_t *channel_take(struct channel *channel, size_t *size);

/* Queues a message of 1 byte or more, which is the channel's from here. */
void channel_send(struct channel *channel, uint8_t *message, size_t size);
/* Queues the end. Nothing may be sent after it. */
void channel_end(struct channel *channel);
/* Forgets what is queued, but for the rest of a message that has begun. */
void channel_silence(struct channel *channel);

/*
 * The next frame, or STATUS_ABSENT. The bytes are the channel's, good until
 * the next call. STATUS_REFUSED: the cipher is used up.
 */
MUST_USE enum status channel_next_frame(
	struct channel *channel, const uint8_t **frame, size_t *size);

/* Bytes of messages that are queued, and messages that are not yet sent. */
size_t channel_queued_bytes(const struct channel *channel);
uint32_t channel_queued(const struct channel *channel);
/* Whether a message has been sent in part, and its rest is to follow. */
bool channel_mid_message(const struct channel *channel);
/* Whether there is nothing left for channel_next_frame(). */
bool channel_idle(const struct channel *channel);

/* The most that an incoming message may have, from the next one on. */
void channel_limit(struct channel *channel, size_t message_max);

/* Whether both sides have keys: messages can go. */
bool channel_is_open(const struct channel *channel);

/* Of the hello; good once CHANNEL_OPENED came. */
enum hello_mode channel_mode(const struct channel *channel);
const uint8_t *channel_invitation(const struct channel *channel);

/*
 * Who the peer is: NULL before it is proven, and for an initiator that enrols
 * until channel_introduce().
 */
const struct credentials *channel_peer(const struct channel *channel);
/* The peer's static key and the handshake's hash; good once it is open. */
const uint8_t *channel_peer_link_key(const struct channel *channel);
const uint8_t *channel_hash(const struct channel *channel);

/*
 * A responder: the peer is from now on the one that these credentials name,
 * which it was just given. The status is credentials_decode()'s.
 */
MUST_USE enum status channel_introduce(struct channel *channel, uint64_t now_ms,
	const uint8_t *credentials, size_t size);

#endif
