#include "sync/alloc.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t room;
	alignas(max_align_t) uint8_t bytes[];
};

/* The first block of an arena, and the largest that is not for one piece. */
enum { BLOCK_FIRST = 2016, BLOCK_MOST = 4080 };

static const char own_line[] = "error: out of memory\n";
static const char *said_line = own_line;

void
alloc_set_line(const char *line)
{
	said_line = line ? line : own_line;
}

_Noreturn void
alloc_failed(void)
{
	/* Who cannot even be told this sees the exit code. */
	ssize_t written = write(STDERR_FILENO, said_line, strlen(said_line));

	(void)written;
	_exit(1);
}

static void *
or_die(void *p)
{
	if (!p)
		alloc_failed();
	return p;
}

void *
alloc(size_t size)
{
	return or_die(calloc(1, size ? size : 1));
}

void *
alloc_again(void *old, size_t size)
{
	return or_die(realloc(old, size ? size : 1));
}

void *
alloc_copy(const void *bytes, size_t size)
{
	void *copy = or_die(malloc(size ? size : 1));

	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

/* `size`, rounded up, of whatever was there before. */
static void *
take(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	size_t step = alignof(max_align_t);
	void *piece;

	size = (size + step - 1) / step * step;
	if (!block || block->room - block->used < size) {
		size_t room = block ? BLOCK_MOST : BLOCK_FIRST;

		if (room < size)
			room = size;

		block = or_die(malloc(sizeof *block + room));
		block->next = arena->blocks;
		block->used = 0;
		block->room = room;
		arena->blocks = block;
	}
	piece = block->bytes + block->used;
	block->used += size;
	return piece;
}

void *
arena_take(struct arena *arena, size_t size)
{
	void *piece = take(arena, size);

	if (size)
		memset(piece, 0, size);
	return piece;
}

void *
arena_copy(struct arena *arena, const void *bytes, size_t size)
{
	void *copy = take(arena, size);

	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

void
arena_reset(struct arena *arena)
{
	struct arena_block *keep = arena->blocks;

	if (!keep)
		return;
	for (struct arena_block *next = keep->next; next;) {
		struct arena_block *block = next;

		next = block->next;
		free(block);
	}
	keep->next = NULL;
	keep->used = 0;
}

void
arena_clear(struct arena *arena)
{
	arena_reset(arena);
	free(arena->blocks);
	arena->blocks = NULL;
}
