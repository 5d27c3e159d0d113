#include "proto/key.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "proto/purpose.h"

static_assert(SIGNING_KEY_SIZE == crypto_sign_PUBLICKEYBYTES, "libsodium");
static_assert(SIGNING_SECRET_SIZE == crypto_sign_SECRETKEYBYTES, "libsodium");
static_assert(SIGNATURE_SIZE == crypto_sign_BYTES, "libsodium");
static_assert(LINK_KEY_SIZE == crypto_scalarmult_BYTES, "libsodium");
static_assert(LINK_SECRET_SIZE == crypto_scalarmult_SCALARBYTES, "libsodium");
static_assert(
	(int)COMPANY_ID_SIZE == (int)PURPOSE_HASH_SIZE, "the hash as it is");

void
company_id(uint8_t out[static COMPANY_ID_SIZE],
	const uint8_t company_key[static SIGNING_KEY_SIZE])
{
	purpose_hash(out, "roadbook/company/1", company_key, SIGNING_KEY_SIZE);
}

void
device_id(uint8_t out[static ID_SIZE],
	const uint8_t signing_key[static SIGNING_KEY_SIZE])
{
	uint8_t hash[PURPOSE_HASH_SIZE];

	purpose_hash(hash, "roadbook/device/1", signing_key, SIGNING_KEY_SIZE);
	memcpy(out, hash, ID_SIZE);
}
