#include "tests/sim/random.h"

#include <sodium.h>
#include <string.h>

/* splitmix64 (Steele, Lea, Flood 2014): one addition, then mixing. */
static const uint64_t golden = 0x9e3779b97f4a7c15;

static uint64_t
mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

void
random_init(struct random *random, uint64_t seed, uint64_t stream)
{
	random->state = mix(seed + golden) ^ mix(mix(stream + golden));
}

uint64_t
random_next(struct random *random)
{
	random->state += golden;
	return mix(random->state);
}

uint32_t
random_below(struct random *random, uint32_t below)
{
	return (uint32_t)(((random_next(random) >> 32) * below) >> 32);
}

bool
random_once_in(struct random *random, uint32_t of)
{
	return random_below(random, of) == 0;
}

void
random_bytes(struct random *random, void *out, size_t size)
{
	uint8_t *at = out;

	for (size_t i = 0; i < size; i += 8) {
		uint64_t word = random_next(random);

		for (size_t k = i; k < size && k < i + 8; k++) {
			at[k] = (uint8_t)word;
			word >>= 8;
		}
	}
}

static struct random *for_sodium;

static const char *
sodium_name(void)
{
	return "sim";
}

static uint32_t
sodium_random(void)
{
	return (uint32_t)random_next(for_sodium);
}

enum { SECRET = 32, SECRETS = 64 };

/*
 * A secret key is one of a few, the same in every run: handshakes draw two each
 * and remember.c then knows most of what follows from them.
 */
static void
some_secret(uint8_t *out)
{
	struct random random;

	random_init(&random, random_below(for_sodium, SECRETS), SECRET);
	random_bytes(&random, out, SECRET);
}

static void
sodium_buffer(void *const out, const size_t size)
{
	if (size == SECRET)
		some_secret(out);
	else
		random_bytes(for_sodium, out, size);
}

void
random_replace_sodium(struct random *random)
{
	static randombytes_implementation implementation = {
		.implementation_name = sodium_name,
		.random = sodium_random,
		.buf = sodium_buffer,
	};

	for_sodium = random;
	(void)randombytes_set_implementation(&implementation);
}
