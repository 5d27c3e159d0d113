#ifndef SYNC_LINK_NNG_H
#define SYNC_LINK_NNG_H

#include "sync/link.h"

/*
 * For tests, so that none of them waits: the time-outs of `link` follow
 * `clock_ms` instead of the monotonic clock. Called from other threads too. To
 * be set before the first link_listen() or link_dial().
 */
void link_nng_set_clock(
	struct link *link, uint64_t (*clock_ms)(void *self), void *self);

#endif
