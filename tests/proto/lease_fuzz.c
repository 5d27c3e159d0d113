/*
 * Any bytes as a renewal, and any bytes under a signature, as a fuzzer does not
 * get past one: never a crash, and what was read is written the same.
 */

#include <stdlib.h>

#include "proto/lease.h"
#include "tests/proto/company.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The bytes as what stands before the signature, under the right company. */
static void
decode_signed(
	const uint8_t *bytes, const struct keys *issuer, const uint8_t *company)
{
	static const char purpose[] = "roadbook/lease/1";
	uint8_t to_sign[sizeof purpose + LEASE_SIGNED_SIZE];
	uint8_t encoded[LEASE_SIZE], again[LEASE_SIZE];
	struct lease_renewal renewal;

	memcpy(encoded, bytes, LEASE_SIGNED_SIZE);
	memcpy(encoded + 1, company, COMPANY_ID_SIZE);
	memcpy(encoded + LEASE_SIGNED_SIZE - SIGNING_KEY_SIZE,
		issuer->signing_key, SIGNING_KEY_SIZE);
	memcpy(to_sign, purpose, sizeof purpose);
	memcpy(to_sign + sizeof purpose, encoded, LEASE_SIGNED_SIZE);
	crypto_sign_detached(encoded + LEASE_SIGNED_SIZE, NULL, to_sign,
		sizeof to_sign, issuer->signing_secret);
	if (lease_decode(&renewal, encoded, sizeof encoded, company) !=
		STATUS_OK)
		return;
	lease_encode(again, &renewal, issuer->signing_secret);
	if (memcmp(again, encoded, sizeof again) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t id[COMPANY_ID_SIZE], secret[LEASE_SECRET_SIZE];
	struct keys company, issuer;
	struct lease_renewal renewal;

	keys_from_seed(&company, COMPANY_SEED);
	keys_from_seed(&issuer, ISSUER_SEED);
	company_id(id, company.signing_key);
	if (lease_decode(&renewal, bytes, size, id) == STATUS_OK &&
		size != LEASE_SIZE)
		abort();
	if (size < LEASE_SIGNED_SIZE)
		return 0;
	decode_signed(bytes, &issuer, id);
	if (lease_unseal(secret, bytes + 73, issuer.link_secret) == STATUS_OK)
		abort(); /* nothing here was sealed to it */
	return 0;
}
