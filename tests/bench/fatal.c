#include "tests/bench/fatal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
fatal(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	(void)fputs("bench: ", stderr);
	(void)vfprintf(stderr, format, list);
	(void)fputc('\n', stderr);
	va_end(list);
	exit(1);
}

void
need(bool good, const struct problem *problem)
{
	if (!good)
		fatal("%s", problem->message);
}
