/*
 * Which edges of the program were taken: what clang's
 * -fsanitize-coverage=edge,inline-bool-flag,pc-table calls (the coverage
 * preset). When a process ends by itself and EDGES_DIR names a folder, it
 * leaves a file there: a line an edge, "PC entry taken", where entry is 1 for
 * the first of a function. The program is linked at a fixed address, so a PC
 * is what a symbolizer wants. tools/coverage reads them.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct edge {
	uintptr_t pc, is_entry;
};

void __sanitizer_cov_bool_flag_init(bool *begin, bool *end);
void __sanitizer_cov_pcs_init(const uintptr_t *begin, const uintptr_t *end);

static const bool *taken;
static size_t taken_count;
static const struct edge *edges;

static void
leave(void)
{
	const char *folder = getenv("EDGES_DIR");
	char path[PATH_MAX];
	FILE *file;

	if (!folder ||
		snprintf(path, sizeof path, "%s/%ld.edges", folder,
			(long)getpid()) >= (int)sizeof path)
		return;
	file = fopen(path, "w");
	if (!file)
		return;
	for (size_t i = 0; i < taken_count; i++)
		fprintf(file, "%lx %d %d\n", (unsigned long)edges[i].pc,
			edges[i].is_entry & 1 ? 1 : 0, taken[i]);
	(void)fclose(file); /* tools/coverage misses a file that is cut */
}

/* Called once for each object file, with the bounds of the whole program. */
void
__sanitizer_cov_bool_flag_init(bool *begin, bool *end)
{
	if (taken)
		return;
	taken = begin;
	taken_count = (size_t)(end - begin);
	if (atexit(leave) != 0)
		abort();
}

void
__sanitizer_cov_pcs_init(const uintptr_t *begin, const uintptr_t *end)
{
	(void)end; /* as many as there are flags */
	edges = (const struct edge *)(const void *)begin;
}
