/* Any bytes as a receipt that waits: what is taken is written the same. */

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "client/node/last_word.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
look(const uint8_t *bytes, size_t size)
{
	uint8_t again[LAST_WORD_SIZE];
	struct last_word word = {.credentials_size = 0}, read;

	if (!last_word_decode(&word, bytes, size))
		return;
	if (size != LAST_WORD_SIZE ||
		word.credentials_size > sizeof word.credentials ||
		(word.addresses_size &&
			word.addresses[word.addresses_size - 1] != '\0'))
		abort();
	last_word_encode(again, &word);
	if (!last_word_decode(&read, again, sizeof again) ||
		memcmp(read.receipt, word.receipt, RECEIPT_SIZE) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t whole[LAST_WORD_SIZE] = {0};

	if (sodium_init() < 0)
		abort();
	look(bytes, size);
	memcpy(whole, bytes, size < sizeof whole ? size : sizeof whole);
	memcpy(whole, "RBW1", 4);
	(void)crypto_generichash(whole + LAST_WORD_SIZE - 32, 32, whole,
		LAST_WORD_SIZE - 32, NULL, 0);
	look(whole, sizeof whole);
	return 0;
}
