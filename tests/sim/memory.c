#include "tests/sim/memory.h"

#include <malloc.h>
#include <stdlib.h>

/* Of the account that is open; what happens between two of them is nobody's. */
static int64_t held, most;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __real_free(void *old);
void __wrap_free(void *old);

void
memory_begin(const struct memory *memory)
{
	held = most = memory->held;
}

void
memory_end(struct memory *memory)
{
	memory->held = held;
	if (most > memory->most)
		memory->most = most;
}

static void *
took(void *p)
{
	held += (int64_t)malloc_usable_size(p);
	if (held > most)
		most = held;
	return p;
}

void *
__wrap_malloc(size_t size)
{
	return took(__real_malloc(size));
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return took(__real_calloc(count, size));
}

void *
__wrap_realloc(void *old, size_t size)
{
	int64_t before = (int64_t)malloc_usable_size(old);
	void *p = __real_realloc(old, size);

	if (p || size == 0)
		held -= before;
	return took(p);
}

void
__wrap_free(void *old)
{
	held -= (int64_t)malloc_usable_size(old);
	__real_free(old);
}
