#ifndef SYNC_UNSEALED_H
#define SYNC_UNSEALED_H

#include <stdint.h>

#include "proto/segment.h"

/*
 * The changes of a segment, raw_size bytes; the caller's to free. NULL when
 * its author, a buggy one, has signed what cannot be unpacked. Without memory
 * the program ends, as in alloc().
 */
uint8_t *unsealed(const struct segment *segment);

#endif
