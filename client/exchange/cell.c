#include "client/exchange/cell.h"

#include <string.h>

static size_t
backslashes(const char *text, size_t size)
{
	size_t count = 0;

	while (count < size && text[count] == '\\')
		count++;
	return count;
}

static void
put_backslashes(FILE *out, size_t count)
{
	while (count--)
		(void)fputc('\\', out); /* the stream remembers failing */
}

void
cell_put_element(FILE *out, const char *text, size_t size, bool first)
{
	if (!first)
		(void)fputc('|', out);
	for (size_t at = 0; at < size;) {
		size_t run = backslashes(text + at, size - at);

		at += run;
		put_backslashes(out, run);
		/* At the end a bar may follow, or nothing: doubled anyway. */
		if (at == size || text[at] == '|')
			put_backslashes(out, run);
		if (at == size)
			return;
		if (text[at] == '|')
			(void)fputc('\\', out);
		(void)fputc(text[at++], out);
	}
}

size_t
cell_next_element(const char **cell, size_t *size, char *out)
{
	const char *text = *cell;
	size_t at = 0, written = 0;

	while (at < *size) {
		size_t run = backslashes(text + at, *size - at);
		bool counts = at + run == *size || text[at + run] == '|';

		at += run;
		memset(out + written, '\\', run);
		written += counts ? run / 2 : run;
		if (at == *size) {
			written += run % 2; /* stands alone: itself */
			break;
		}
		if (text[at] == '|' && run % 2 == 0) {
			*cell = text + at + 1;
			*size -= at + 1;
			out[written] = '\0';
			return written;
		}
		out[written++] = text[at++];
	}
	*cell = NULL;
	*size = 0;
	out[written] = '\0';
	return written;
}
