#ifndef SYNC_ALLOC_H
#define SYNC_ALLOC_H

#include <stddef.h>

/*
 * Small memory. Running out of it is no status worth carrying: these print a
 * line and abort; what the store has acknowledged is safe on disk. Whoever
 * takes a size from a peer bounds it before coming here.
 */

/* Zeroed; `size` is at least 1. The caller frees it with free(). */
void *alloc(size_t size) __attribute__((malloc, returns_nonnull));

/* `old`, which may be NULL, with room for `size` bytes, at least 1. */
void *alloc_resized(void *old, size_t size) __attribute__((returns_nonnull));

#endif
