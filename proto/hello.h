#ifndef PROTO_HELLO_H
#define PROTO_HELLO_H

#include <stddef.h>
#include <stdint.h>

#include "proto/gate.h"
#include "proto/id.h"
#include "proto/key.h"
#include "proto/noise.h"
#include "proto/status.h"

/*
 * The hello is the first frame of a connection, from the one who dialled:
 *
 *     offset  size  field
 *          0    16  gate over everything after it, see proto/gate.h
 *         16     1  mode: 0 to open a session (XX), 1 to enrol (XXpsk3)
 *         17    16  mode 1 only: id of the invitation, not zero
 *          -     -  Noise message 1 with an empty payload: 32 bytes in mode 0,
 *                   48 in mode 1
 *
 * After it come Noise messages 2 and 3, a frame each and nothing before them:
 * message 2 carries the responder's credentials, message 3 the initiator's, or
 * nothing when it enrols, as it has none yet. See proto/credentials.h.
 *
 * The gate keeps strangers off but binds nothing. The prologue does: the
 * handshake succeeds only if both sides mean the same company, mode and
 * invitation.
 *
 *     "roadbook/1" 0, company_id(), mode, mode 1 only: id of the invitation
 */

enum hello_mode {
	HELLO_SESSION = 0, /* XX: both show credentials */
	HELLO_ENROL = 1,   /* XXpsk3: the initiator has an invitation */
};

enum {
	HELLO_MESSAGE_SIZE_MAX = NOISE_KEY_SIZE + NOISE_TAG_SIZE,
	HELLO_SIZE_MAX = GATE_SIZE + 1 + ID_SIZE + HELLO_MESSAGE_SIZE_MAX,
	HELLO_PROLOGUE_SIZE_MAX = 11 + COMPANY_ID_SIZE + 1 + ID_SIZE,
};

struct hello {
	enum hello_mode mode;
	uint8_t invitation[ID_SIZE]; /* HELLO_ENROL; otherwise zero */

	/*
	 * Noise message 1. When decoded, it leads into the frame, which
	 * someone else keeps alive.
	 */
	const uint8_t *message;
	size_t message_size;
};

/*
 * Writes the prologue of the handshake that a hello with this mode and
 * invitation begins; its message plays no part. Returns the size.
 */
size_t hello_prologue(uint8_t out[static HELLO_PROLOGUE_SIZE_MAX],
	const struct hello *hello,
	const uint8_t company_key[static SIGNING_KEY_SIZE]);

/*
 * Writes the frame, and returns its size. Cannot fail: a hello that
 * hello_decode() would not take is a bug in the caller.
 */
size_t hello_encode(uint8_t out[static HELLO_SIZE_MAX],
	const struct hello *hello,
	const uint8_t company_key[static SIGNING_KEY_SIZE]);

/*
 * Reads the first frame of a connection, which need not be trusted.
 *
 * STATUS_OK         *hello is filled in; the handshake can begin.
 * STATUS_REFUSED    whoever sent this does not know the company's key. Close
 *                   without a word.
 * STATUS_MALFORMED  the gate is right and what follows is not a hello; or too
 *                   short for a gate.
 *
 * *hello is written only on STATUS_OK.
 */
MUST_USE enum status hello_decode(struct hello *hello, const uint8_t *bytes,
	size_t size, const uint8_t company_key[static SIGNING_KEY_SIZE]);

#endif
