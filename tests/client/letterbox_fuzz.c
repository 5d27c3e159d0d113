/*
 * Any bytes as a letterbox, and any letters with right sums, as a fuzzer does
 * not make one: each that is given lies within the bytes, in its order.
 */

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "client/node/letterbox.h"
#include "proto/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const uint8_t user_key[VAULT_USER_KEY_SIZE] = {7};

struct walk {
	const uint8_t *bytes;
	size_t size;
	uint64_t count;
};

static void
found(void *self, uint64_t number, const uint8_t *sealed, size_t size)
{
	static const uint8_t secret[LETTERBOX_KEY_SIZE] = {5};
	struct walk *w = self;
	size_t letter_size;

	if (number != ++w->count || sealed < w->bytes ||
		sealed + size > w->bytes + w->size)
		abort();
	free(letterbox_unseal(sealed, size, secret, &letter_size));
}

static void
look(const uint8_t *bytes, size_t size)
{
	struct walk walk = {bytes, size, 0};
	struct letterbox box;

	if (letterbox_read(&box, bytes, size, user_key, found, &walk) &&
		(box.count != walk.count || box.size > size ||
			box.rest != (box.size < size)))
		abort();
}

/* Puts the sums right, as far as the letters are cut well. */
static void
mend(uint8_t *bytes, size_t size)
{
	uint8_t key[32], sum[32] = {0};

	memcpy(bytes, "RBO1", 4);
	(void)crypto_kdf_derive_from_key(
		key, sizeof key, 1, "rbkletrs", user_key);
	for (size_t at = LETTERBOX_HEAD_SIZE; size - at >= LETTER_HEAD_SIZE;) {
		uint8_t *letter = bytes + at;
		uint32_t sealed = load32(letter);
		crypto_generichash_state state;

		if (sealed > size - at - LETTER_HEAD_SIZE)
			return;
		(void)crypto_generichash_init(&state, key, 32, 32);
		(void)crypto_generichash_update(&state, sum, 32);
		(void)crypto_generichash_update(
			&state, bytes + 4, LETTERBOX_ID_SIZE);
		(void)crypto_generichash_update(&state, letter, 12);
		(void)crypto_generichash_update(
			&state, letter + LETTER_HEAD_SIZE, sealed);
		(void)crypto_generichash_final(&state, sum, 32);
		memcpy(letter + 12, sum, 32);
		at += LETTER_HEAD_SIZE + sealed;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t *copy;

	if (sodium_init() < 0)
		abort();
	look(bytes, size);
	if (size < LETTERBOX_HEAD_SIZE)
		return 0;
	copy = malloc(size);
	if (!copy)
		abort();
	memcpy(copy, bytes, size);
	mend(copy, size);
	look(copy, size);
	free(copy);
	return 0;
}
