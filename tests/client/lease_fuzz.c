/*
 * Any bytes as the file of a lease, and any bytes under its seal, as a fuzzer
 * does not get past one: what is taken is whole.
 */

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "client/node/lease.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
look(const uint8_t *bytes, size_t size, const uint8_t *user_key)
{
	struct lease *lease = lease_new();
	uint8_t again[LEASE_FILE_SIZE];
	struct lease_now now;
	bool changed;

	if (lease_file_decode(lease, bytes, size, user_key)) {
		if (size != LEASE_FILE_SIZE || lease->secret_count > 2 ||
			lease->credentials_size > sizeof lease->credentials ||
			lease->addresses_size > sizeof lease->addresses)
			abort();
		lease_file_encode(again, lease, user_key);
		if (!lease_file_decode(lease, again, sizeof again, user_key))
			abort();
		lease_now(&now);
		(void)lease_judge(lease, &now, &changed);
	}
	lease_free(lease);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const uint8_t user_key[VAULT_USER_KEY_SIZE] = {7};
	uint8_t sealed[LEASE_FILE_SIZE] = "RBL1", plain[LEASE_FILE_PLAIN] = {0};
	uint8_t key[32];

	if (sodium_init() < 0)
		abort();
	look(bytes, size, user_key);
	memcpy(plain, bytes, size < sizeof plain ? size : sizeof plain);
	(void)crypto_kdf_derive_from_key(
		key, sizeof key, 1, "rbklease", user_key);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + 28, NULL,
		plain, sizeof plain, sealed, 4, NULL, sealed + 4, key);
	look(sealed, sizeof sealed, user_key);
	return 0;
}
