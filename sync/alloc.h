#ifndef SYNC_ALLOC_H
#define SYNC_ALLOC_H

#include <stddef.h>

/*
 * Small memory. Running out of it is not a status worth carrying: these end
 * the process by alloc_failed(), and what was committed is safe on disk. Sizes
 * that come from a peer are bounded before anything is asked for here.
 */
void *alloc(size_t size);                  /* zeroed */
void *alloc_again(void *old, size_t size); /* realloc */
void *alloc_copy(const void *bytes, size_t size);

/*
 * There is no memory for what cannot be done without: says so in one line on
 * stderr, asking for no memory, and ends the process with exit code 1. Nothing
 * is flushed, and handlers of exit() do not run: they, too, may want memory.
 */
_Noreturn void alloc_failed(void);

/* The line to say, whole, with its end; it must stay there. NULL: our own. */
void alloc_set_line(const char *line);

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
