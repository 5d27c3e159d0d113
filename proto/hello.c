#include "proto/hello.h"

#include <assert.h>
#include <string.h>

enum {
	AT_MODE = GATE_SIZE,
	AT_INVITATION = AT_MODE + 1,
};

static const char purpose[] = "roadbook/1";

static_assert(HELLO_PROLOGUE_SIZE_MAX ==
		sizeof purpose + COMPANY_ID_SIZE + 1 + ID_SIZE,
	"the prologue begins with the purpose and its zero");

/* Noise message 1 without a payload, which XXpsk3 gives a tag nonetheless. */
static size_t
message_size(enum hello_mode mode)
{
	return mode == HELLO_ENROL ? NOISE_KEY_SIZE + NOISE_TAG_SIZE
				   : NOISE_KEY_SIZE;
}

/* Mode and invitation, as in the frame and in the prologue. */
static size_t
encode_mode(uint8_t *out, const struct hello *hello)
{
	out[0] = (uint8_t)hello->mode;
	if (hello->mode != HELLO_ENROL)
		return 1;
	memcpy(out + 1, hello->invitation, ID_SIZE);
	return 1 + ID_SIZE;
}

size_t
hello_prologue(uint8_t out[static HELLO_PROLOGUE_SIZE_MAX],
	const struct hello *hello,
	const uint8_t company_key[static SIGNING_KEY_SIZE])
{
	size_t at = sizeof purpose;

	memcpy(out, purpose, sizeof purpose);
	company_id(out + at, company_key);
	at += COMPANY_ID_SIZE;
	return at + encode_mode(out + at, hello);
}

size_t
hello_encode(uint8_t out[static HELLO_SIZE_MAX], const struct hello *hello,
	const uint8_t company_key[static SIGNING_KEY_SIZE])
{
	size_t at = AT_MODE;

	assert(hello->mode == HELLO_SESSION || hello->mode == HELLO_ENROL);
	assert(id_is_zero(hello->invitation) == (hello->mode == HELLO_SESSION));
	assert(hello->message_size == message_size(hello->mode));

	at += encode_mode(out + at, hello);
	memcpy(out + at, hello->message, hello->message_size);
	at += hello->message_size;
	gate_make(out, company_key, out + GATE_SIZE, at - GATE_SIZE);
	return at;
}

enum status
hello_decode(struct hello *hello, const uint8_t *bytes, size_t size,
	const uint8_t company_key[static SIGNING_KEY_SIZE])
{
	struct hello h = {.mode = HELLO_SESSION};
	size_t at = AT_INVITATION;

	if (size < AT_INVITATION || size > HELLO_SIZE_MAX)
		return STATUS_MALFORMED;
	if (!gate_check(
		    bytes, company_key, bytes + GATE_SIZE, size - GATE_SIZE))
		return STATUS_REFUSED;

	if (bytes[AT_MODE] == HELLO_ENROL) {
		h.mode = HELLO_ENROL;
		at += ID_SIZE;
	} else if (bytes[AT_MODE] != HELLO_SESSION) {
		return STATUS_MALFORMED;
	}
	if (size != at + message_size(h.mode))
		return STATUS_MALFORMED;
	if (h.mode == HELLO_ENROL) {
		memcpy(h.invitation, bytes + AT_INVITATION, ID_SIZE);
		if (id_is_zero(h.invitation))
			return STATUS_MALFORMED;
	}

	h.message = bytes + at;
	h.message_size = size - at;
	*hello = h;
	return STATUS_OK;
}
