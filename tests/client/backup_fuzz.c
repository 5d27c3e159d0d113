/* Any bytes as the end of a backup: what is taken fits the file's size. */

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "client/node/backup.h"
#include "client/store/page_seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
look(const uint8_t *bytes, uint64_t size)
{
	struct backup_end end;

	if (backup_decode(&end, bytes, size) &&
		(end.pages == 0 ||
			end.pages * PAGE_SEAL_SIZE + BACKUP_END_SIZE != size))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	enum { VAULT_AT = 48, CHECKED = VAULT_SIZE - 32 };
	uint8_t end[BACKUP_END_SIZE] = {0};
	uint64_t whole = 0;

	if (sodium_init() < 0)
		abort();
	/* The file's size comes first. */
	for (size_t i = 0; i < 8 && i < size; i++)
		whole |= (uint64_t)bytes[i] << (8 * i);
	if (size <= 8)
		return 0;
	bytes += 8;
	size -= 8;
	memcpy(end, bytes, size < sizeof end ? size : sizeof end);
	look(end, whole);
	/* What lies behind the sum of the vault. */
	(void)crypto_generichash(
		end + VAULT_AT + CHECKED, 32, end + VAULT_AT, CHECKED, NULL, 0);
	look(end, whole);
	return 0;
}
