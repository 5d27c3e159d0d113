/*
 * Any bytes as credentials, and good ones with a few bytes changed: never a
 * crash, and never taken unless they are the good ones.
 */

#include <stdlib.h>

#include "tests/proto/company.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static enum status
decode(const uint8_t *bytes, size_t size)
{
	struct keys company, device;
	struct credentials c;
	struct credentials_options options = {.now_ms = company_now};

	keys_from_seed(&company, COMPANY_SEED);
	keys_from_seed(&device, DEVICE_SEED);
	options.company_key = company.signing_key;
	options.link_key = device.link_key;
	return credentials_decode(&c, bytes, size, &options);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static uint8_t good[CREDENTIALS_SIZE];
	uint8_t spoiled[CREDENTIALS_SIZE];

	if (good[0] == 0)
		company_credentials(good, CERTIFICATE_DEVICE);
	if (decode(bytes, size) == STATUS_OK && size < CREDENTIALS_SIZE)
		abort();

	/* Each three bytes say where, and with what, to change the good. */
	memcpy(spoiled, good, sizeof good);
	for (size_t i = 0; i + 3 <= size && i < 30; i += 3)
		spoiled[(bytes[i] * 256u + bytes[i + 1]) % sizeof spoiled] ^=
			bytes[i + 2];
	if ((decode(spoiled, sizeof spoiled) == STATUS_OK) !=
		(memcmp(spoiled, good, sizeof good) == 0))
		abort();
	return 0;
}
