/* Any text as a request or an answer: what is taken has no slip in it. */

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "client/node/recovery.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The text that these bytes are, with the check that fits them. */
static void
look(const char *prefix, const uint8_t *bytes, size_t size, bool request)
{
	uint8_t whole[RECOVERY_REQUEST_SIZE], check[32];
	char text[RECOVERY_TEXT_SIZE];
	struct recovery_request taken;
	uint8_t sealed[RECOVERY_SEALED_SIZE];

	memcpy(whole, bytes, size - 8);
	(void)crypto_generichash(check, sizeof check, whole, size - 8, NULL, 0);
	memcpy(whole + size - 8, check, 8);
	memcpy(text, prefix, 5);
	(void)sodium_bin2base64(text + 5, sizeof text - 5, whole, size,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	if (request ? !recovery_request_decode(&taken, text, strlen(text))
		    : !recovery_answer_decode(sealed, text, strlen(text)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct recovery_request request;
	uint8_t sealed[RECOVERY_SEALED_SIZE];

	if (sodium_init() < 0)
		abort();
	(void)recovery_request_decode(&request, (const char *)bytes, size);
	(void)recovery_answer_decode(sealed, (const char *)bytes, size);
	if (size >= RECOVERY_REQUEST_SIZE)
		look("rbq1-", bytes, RECOVERY_REQUEST_SIZE, true);
	if (size >= RECOVERY_ANSWER_SIZE)
		look("rba1-", bytes, RECOVERY_ANSWER_SIZE, false);
	return 0;
}
