#include <string.h>

#include "client/store/cipher_inside.h"

int
cipher_torn_frame(uint8_t page[static PAGE_SEAL_SIZE])
{
	memset(page, 0, PAGE_SEAL_SIZE);
	return SQLITE_OK;
}

bool
cipher_torn_header(uint8_t *out, int size, sqlite3_int64 at)
{
	uint8_t header[PAGE_HEADER_SIZE];

	if (at != 0 || size > PAGE_HEADER_SIZE)
		return false;
	page_header_stand_in(header);
	memcpy(out, header, (size_t)size);
	return true;
}
