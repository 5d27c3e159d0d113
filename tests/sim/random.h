#ifndef TESTS_SIM_RANDOM_H
#define TESTS_SIM_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers from a seed, the same on every machine. A simulation draws from
 * several streams of them, so that leaving out one kind of fault changes as
 * little as can be of the rest.
 */
struct random {
	uint64_t state;
};

void random_init(struct random *random, uint64_t seed, uint64_t stream);
uint64_t random_next(struct random *random);
/* 0 to `below` - 1; 0 for 0. */
uint32_t random_below(struct random *random, uint32_t below);
/* Once in `of` times. */
bool random_once_in(struct random *random, uint32_t of);
void random_bytes(struct random *random, void *out, size_t size);

/* From here on libsodium's randombytes are drawn from `random`. */
void random_replace_sodium(struct random *random);

#endif
