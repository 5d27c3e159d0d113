/*
 * For tests/golden/make alone: loaded by LD_PRELOAD, it writes down every
 * secret of 32 random bytes that the program draws, after the X25519 key that
 * it is the secret of, so that a recorded handshake can be played again. The
 * line goes to the file ROADBOOK_RANDOM.
 */

#include <dlfcn.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum { SECRET_SIZE = 32 };

void
randombytes_buf(void *const out, const size_t size)
{
	void (*own)(void *, size_t) = dlsym(RTLD_NEXT, "randombytes_buf");
	const char *path = getenv("ROADBOOK_RANDOM");
	char secret[SECRET_SIZE * 2 + 1], key[SECRET_SIZE * 2 + 1];
	unsigned char bytes[SECRET_SIZE];
	FILE *file;

	own(out, size);
	if (size != SECRET_SIZE || !path || !(file = fopen(path, "a")))
		return;
	(void)crypto_scalarmult_base(bytes, out);
	(void)fprintf(file, "%s %s\n",
		sodium_bin2hex(key, sizeof key, bytes, SECRET_SIZE),
		sodium_bin2hex(secret, sizeof secret, out, SECRET_SIZE));
	(void)fclose(file);
}
