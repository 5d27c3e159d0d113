#include "client/method/figure.h"

#include <stdio.h>

struct figure
figure_of(int64_t part, int64_t whole)
{
	if (whole <= 0 || part < 0 || part > INT64_MAX / FIGURE_ONE / 4 ||
		whole > INT64_MAX / 4)
		return (struct figure){0};
	return (struct figure){
		.known = true,
		.bp = (part * FIGURE_ONE * 2 + whole) / (2 * whole),
	};
}

void
figure_text(struct figure figure, char out[static FIGURE_TEXT_SIZE])
{
	if (!figure.known)
		(void)snprintf(out, FIGURE_TEXT_SIZE, "–");
	else
		(void)snprintf(out, FIGURE_TEXT_SIZE, "%lld.%02lld %%",
			(long long)(figure.bp / 100),
			(long long)(figure.bp % 100));
}
