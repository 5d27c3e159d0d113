#ifndef TESTS_REST_TRIALS_H
#define TESTS_REST_TRIALS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/rest/trial.h"

/* The trials; each prints a line of what it found. True when all is well. */

/*
 * Cuts the power, or ends the program, `points` times in the midst of work,
 * recovery included, and looks at what is there. Each failure of the first few
 * is told with the point at which it came.
 */
bool crash_trial(
	enum trial_mode mode, bool plain, uint64_t seed, uint32_t points);

/* The n-th call on the disk fails, once or from then on: n = 1, 2, 3 … */
bool disk_trial(enum trial_mode mode, uint64_t seed, uint32_t step);

/* SQLite's n-th request for memory likewise. memory_prepare() comes first. */
void memory_prepare(void);
bool memory_trial(enum trial_mode mode, uint64_t seed, uint32_t step);

/*
 * Every `step`-th bit of a small database flipped: what is read is right, or
 * reading fails. Each of its pages in the place of each other one, too.
 */
bool flip_trial(uint64_t seed, uint32_t step);

/* Nothing that was written is in any byte that the disk was ever given. */
bool secret_trial(enum trial_mode mode, uint64_t seed);

/* CPU time of sealing a page and opening it, by cipher and size of page. */
void speed_trial(void);

#endif
