#include "proto/purpose.h"

#include <string.h>

#include <sodium.h>

void
purpose_hash(uint8_t out[static PURPOSE_HASH_SIZE], const char *purpose,
	const uint8_t *bytes, size_t size)
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, PURPOSE_HASH_SIZE);
	crypto_generichash_update(
		&state, (const uint8_t *)purpose, strlen(purpose) + 1);
	crypto_generichash_update(&state, bytes, size);
	crypto_generichash_final(&state, out, PURPOSE_HASH_SIZE);

	/* The bytes may have been a secret. */
	sodium_memzero(&state, sizeof state);
}
