#ifndef SYNC_MONOTONIC_H
#define SYNC_MONOTONIC_H

#include <stdint.h>

/*
 * Milliseconds of a clock that nobody sets, for time-outs; the core is handed
 * it by its edge. The argument is not used: it makes this a clock as
 * link_nng_set_clock() takes one.
 */
uint64_t monotonic_ms(void *self);

#endif
