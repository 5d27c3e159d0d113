/* Any bytes as the file of a root key: what is taken is a pair of keys. */

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "client/node/hub/root.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t secret[SIGNING_SECRET_SIZE], public_key[SIGNING_KEY_SIZE];

	if (sodium_init() < 0)
		abort();
	if (!root_decode((const char *)bytes, size, secret))
		return 0;
	(void)crypto_sign_ed25519_sk_to_pk(public_key, secret);
	if (memcmp(public_key, root_public(secret), sizeof public_key) != 0)
		abort();
	return 0;
}
