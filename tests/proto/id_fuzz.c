/* Any text: never a crash, and an id that was read is written the same. */

#include <stdlib.h>
#include <string.h>

#include "proto/id.h"

enum { TEXT_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char text[TEXT_MAX + 1], formatted[ID_TEXT_SIZE];
	uint8_t id[ID_SIZE], again[ID_SIZE];

	if (size > TEXT_MAX)
		return 0;
	memcpy(text, bytes, size);
	text[size] = '\0';
	if (id_parse(id, text) != STATUS_OK)
		return 0;

	id_format(formatted, id);
	if (id_parse(again, formatted) != STATUS_OK ||
		memcmp(id, again, ID_SIZE) != 0)
		abort();
	return 0;
}
