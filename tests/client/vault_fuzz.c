/* Any bytes as a key file: what is taken asks for bounded work. */

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "client/node/vault.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
look(const uint8_t *bytes, size_t size)
{
	struct vault vault;

	if (!vault_decode(&vault, bytes, size))
		return;
	if (size != VAULT_SIZE || vault.passes < 1 ||
		vault.passes > VAULT_PASSES_MAX ||
		vault.memory_mib > VAULT_MEMORY_MIB_MAX)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t whole[VAULT_SIZE];

	if (sodium_init() < 0)
		abort();
	look(bytes, size);
	if (size != VAULT_SIZE)
		return 0;
	/* What lies behind the sum. */
	memcpy(whole, bytes, sizeof whole);
	(void)crypto_generichash(
		whole + VAULT_SIZE - 32, 32, whole, VAULT_SIZE - 32, NULL, 0);
	look(whole, sizeof whole);
	return 0;
}
