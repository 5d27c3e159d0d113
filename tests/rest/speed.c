#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/rest/trials.h"

/*
 * What sealing and opening a page costs: with the cipher that was taken, and
 * with the one that needs hardware of its own. For README.md of client/store;
 * no test.
 */

enum { PAGE_MAX = 16384, ROUNDS = 4000 };

static const uint8_t key[32] = {1};
static uint8_t page[PAGE_MAX], sealed[PAGE_MAX], tag[16], nonce[24];
static crypto_aead_aes256gcm_state state;

static double
seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* always there */
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int
xchacha(size_t size)
{
	randombytes_buf(nonce, sizeof nonce);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
		sealed, tag, NULL, page, size, NULL, 0, NULL, nonce, key);
	return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
		page, NULL, sealed, size, tag, NULL, 0, nonce, key);
}

/* A counter, since 96 bits by chance repeat too soon. */
static int
aes_gcm(size_t size)
{
	sodium_increment(nonce, 12);
	(void)crypto_aead_aes256gcm_encrypt_detached_afternm(
		sealed, tag, NULL, page, size, NULL, 0, NULL, nonce, &state);
	return crypto_aead_aes256gcm_decrypt_detached_afternm(
		page, NULL, sealed, size, tag, NULL, 0, nonce, &state);
}

static double
microseconds(int (*cipher)(size_t size), size_t size)
{
	double start = seconds();

	for (int i = 0; i < ROUNDS; i++)
		assert(cipher(size) == 0);
	return (seconds() - start) * 1e6 / ROUNDS;
}

void
speed_trial(void)
{
	bool hardware = crypto_aead_aes256gcm_is_available();

	if (hardware)
		(void)crypto_aead_aes256gcm_beforenm(&state, key); /* is 0 */
	for (size_t size = 4096; size <= PAGE_MAX; size *= 2) {
		printf("page of %zu, sealed and opened: XChaCha20-Poly1305 "
		       "%.1f us",
			size, microseconds(xchacha, size));
		if (hardware)
			printf(", AES-256-GCM %.1f us",
				microseconds(aes_gcm, size));
		putchar('\n');
	}
}
