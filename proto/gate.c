#include "proto/gate.h"

#include <assert.h>

#include <sodium.h>

#include "proto/purpose.h"

static_assert(GATE_SIZE == crypto_generichash_BYTES_MIN, "libsodium");
static_assert(GATE_SIZE == crypto_verify_16_BYTES, "libsodium");

void
gate_make(uint8_t out[static GATE_SIZE],
	const uint8_t company_key[static SIGNING_KEY_SIZE],
	const uint8_t *bytes, size_t size)
{
	uint8_t key[PURPOSE_HASH_SIZE];

	purpose_hash(key, "roadbook/gate/1", company_key, SIGNING_KEY_SIZE);
	crypto_generichash(out, GATE_SIZE, bytes, size, key, sizeof key);
	sodium_memzero(key, sizeof key);
}

bool
gate_check(const uint8_t gate[static GATE_SIZE],
	const uint8_t company_key[static SIGNING_KEY_SIZE],
	const uint8_t *bytes, size_t size)
{
	uint8_t expected[GATE_SIZE];

	gate_make(expected, company_key, bytes, size);
	return crypto_verify_16(expected, gate) == 0;
}
