#ifndef SYNC_ALLOC_H
#define SYNC_ALLOC_H

#include <stddef.h>

/*
 * Small memory. Running out of it is not a status worth carrying: these print
 * a line and abort, and what was committed is safe on disk. Sizes that come
 * from a peer are bounded before anything is asked for here.
 */
void *alloc(size_t size);                  /* zeroed */
void *alloc_again(void *old, size_t size); /* realloc */
void *alloc_copy(const void *bytes, size_t size);

/*
 * An arena gives pieces that live until it is reset or cleared; they are
 * aligned for anything and zeroed. A zeroed struct arena is an empty one.
 */
struct arena {
	struct arena_block *blocks;
};

void *arena_take(struct arena *arena, size_t size);
void *arena_copy(struct arena *arena, const void *bytes, size_t size);
void arena_reset(struct arena *arena); /* keeps one block for the next use */
void arena_clear(struct arena *arena);

#endif
