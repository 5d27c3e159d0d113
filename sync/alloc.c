#include "sync/alloc.h"

#include <stdio.h>
#include <stdlib.h>

static void *
or_abort(void *memory, size_t size)
{
	if (!memory) {
		(void)fprintf(stderr, "roadbook: no memory for %zu bytes\n",
			size); /* nobody left to tell if this fails */
		abort();
	}
	return memory;
}

void *
alloc(size_t size)
{
	return or_abort(calloc(1, size), size);
}

void *
alloc_resized(void *old, size_t size)
{
	return or_abort(realloc(old, size), size);
}
