#ifndef TESTS_BENCH_FATAL_H
#define TESTS_BENCH_FATAL_H

#include <stdbool.h>

#include "client/text/text.h"

/* A benchmark that cannot go on says why in a line and ends with 1. */
_Noreturn void fatal(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/* Unless it is good: fatal with the problem. */
void need(bool good, const struct problem *problem);

#endif
