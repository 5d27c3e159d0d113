/*
 * Any bytes as a certificate, and any fields under a right signature, as a
 * fuzzer does not get past one: never a crash, and a certificate that was
 * read is written the same.
 */

#include <stdlib.h>

#include "tests/proto/company.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The bytes as the fields of a certificate that the company has signed. */
static void
decode_signed(const uint8_t *bytes, size_t size)
{
	static const char purpose[] = "roadbook/certificate/1";
	uint8_t to_sign[sizeof purpose + CERTIFICATE_SIGNED_SIZE] = {0};
	uint8_t encoded[CERTIFICATE_SIZE], again[CERTIFICATE_SIZE];
	uint8_t *fields = to_sign + sizeof purpose;
	static struct keys keys;
	static bool ready;
	struct certificate c;

	if (size > CERTIFICATE_SIGNED_SIZE)
		size = CERTIFICATE_SIGNED_SIZE;
	if (!ready)
		keys_from_seed(&keys, COMPANY_SEED);
	ready = true;
	memcpy(to_sign, purpose, sizeof purpose);
	if (size)
		memcpy(fields, bytes, size);
	/* Nor does it find a hash. */
	if (fields[1] != CERTIFICATE_ISSUER)
		device_id(fields + 34, fields + 74);
	memcpy(fields + 154, keys.signing_key, SIGNING_KEY_SIZE);

	memcpy(encoded, fields, CERTIFICATE_SIGNED_SIZE);
	/* What no signature could help is not worth the time of one. */
	memset(encoded + CERTIFICATE_SIGNED_SIZE, 0, crypto_sign_BYTES);
	if (certificate_decode(&c, encoded, sizeof encoded) == STATUS_MALFORMED)
		return;
	crypto_sign_detached(encoded + CERTIFICATE_SIGNED_SIZE, NULL, to_sign,
		sizeof to_sign, keys.signing_secret);
	if (certificate_decode(&c, encoded, sizeof encoded) != STATUS_OK)
		return;
	certificate_encode(again, &c, keys.signing_secret);
	if (memcmp(again, encoded, sizeof again) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct certificate c;
	enum status status = certificate_decode(&c, bytes, size);

	if (status == STATUS_OK && size != CERTIFICATE_SIZE)
		abort();
	decode_signed(bytes, size);
	return 0;
}
