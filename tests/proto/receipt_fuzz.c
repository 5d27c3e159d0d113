/*
 * Any bytes as a receipt, and any bytes under its signature, as a fuzzer does
 * not get past one: never a crash, and what was read is written the same.
 */

#include <stdlib.h>

#include "proto/receipt.h"
#include "tests/proto/company.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The bytes as what stands before the signature, of the right device. */
static void
decode_signed(
	const uint8_t *bytes, const struct keys *device, const uint8_t *company)
{
	static const char purpose[] = "roadbook/wipe/1";
	uint8_t to_sign[sizeof purpose + RECEIPT_SIGNED_SIZE];
	uint8_t encoded[RECEIPT_SIZE], again[RECEIPT_SIZE];
	struct receipt receipt;

	memcpy(encoded, bytes, RECEIPT_SIGNED_SIZE);
	memcpy(encoded + 1, company, COMPANY_ID_SIZE);
	device_id(encoded + 33, device->signing_key);
	memcpy(encoded + RECEIPT_SIGNED_SIZE - SIGNING_KEY_SIZE,
		device->signing_key, SIGNING_KEY_SIZE);
	memcpy(to_sign, purpose, sizeof purpose);
	memcpy(to_sign + sizeof purpose, encoded, RECEIPT_SIGNED_SIZE);
	crypto_sign_detached(encoded + RECEIPT_SIGNED_SIZE, NULL, to_sign,
		sizeof to_sign, device->signing_secret);
	if (receipt_decode(&receipt, encoded, sizeof encoded, company) !=
		STATUS_OK)
		return;
	receipt_encode(again, &receipt, device->signing_secret);
	if (memcmp(again, encoded, sizeof again) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t id[COMPANY_ID_SIZE];
	struct keys company, device;
	struct receipt receipt;

	keys_from_seed(&company, COMPANY_SEED);
	keys_from_seed(&device, DEVICE_SEED);
	company_id(id, company.signing_key);
	if (receipt_decode(&receipt, bytes, size, id) == STATUS_OK &&
		size != RECEIPT_SIZE)
		abort();
	if (size >= RECEIPT_SIGNED_SIZE)
		decode_signed(bytes, &device, id);
	return 0;
}
