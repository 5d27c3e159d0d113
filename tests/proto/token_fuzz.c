/*
 * Any text, and any bytes with a right check around them, as a fuzzer does
 * not get past that: never a crash, and a token that was read is written the
 * same.
 */

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/purpose.h"
#include "proto/token.h"

enum { TEXT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Returns whether it was a token. */
static bool
decode(const char *text, char out[static TOKEN_TEXT_SIZE])
{
	struct token token;

	if (token_decode(&token, text) != STATUS_OK)
		return false;
	for (size_t i = 0; i < token.address_count; i++)
		if (!token_address_valid(token.addresses[i]))
			abort();
	token_encode(out, &token);
	return true;
}

static void
decode_checked(const uint8_t *bytes, size_t size)
{
	char text[TOKEN_TEXT_SIZE] = "rb1-", again[TOKEN_TEXT_SIZE];
	uint8_t binary[TOKEN_BINARY_MAX], hash[PURPOSE_HASH_SIZE];

	if (size > sizeof binary - TOKEN_CHECK_SIZE)
		return;
	memcpy(binary, bytes, size);
	purpose_hash(hash, "roadbook/token/1", bytes, size);
	memcpy(binary + size, hash, TOKEN_CHECK_SIZE);
	sodium_bin2base64(text + 4, sizeof text - 4, binary,
		size + TOKEN_CHECK_SIZE,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	if (decode(text, again) && strcmp(text, again) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char text[TEXT_MAX + 1], again[TOKEN_TEXT_SIZE];

	if (size > TEXT_MAX)
		return 0;
	memcpy(text, bytes, size);
	text[size] = '\0';
	(void)decode(text, again); /* white space apart, see the test */
	decode_checked(bytes, size);
	return 0;
}
