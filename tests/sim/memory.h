#ifndef TESTS_SIM_MEMORY_H
#define TESTS_SIM_MEMORY_H

#include <stdint.h>

/*
 * How much the core asks for, by the linker's --wrap around malloc and its
 * like: what the libraries take for themselves (SQLite's pages, zstd's tables)
 * is not among it. The sizes are the allocator's, so they are of this machine
 * and stay out of standard output.
 */
struct memory {
	int64_t held; /* now, of what went through between begin and end */
	int64_t most; /* at any moment */
};

/* Around a call into the core for the account; they do not nest. */
void memory_begin(const struct memory *memory);
void memory_end(struct memory *memory);

#endif
