#include "tests/sim/counts.h"

#include <inttypes.h>

void
counts_add(struct world_counts *to, const struct world_counts *more)
{
#define ADD(name, text) to->name += more->name;
	WORLD_COUNTS(ADD)
#undef ADD
}

void
counts_print(const struct world_counts *counts)
{
	const char *before = "";

#define PRINT(name, text)                                                      \
	printf("%s%" PRIu64 " " text, before, counts->name);                   \
	before = ", ";
	WORLD_COUNTS(PRINT)
#undef PRINT
}
