#include "sync/unsealed.h"

#include <stdlib.h>

#include "sync/alloc.h"

uint8_t *
unsealed(const struct segment *segment)
{
	uint8_t *raw = alloc(segment->raw_size);
	enum status status = segment_unseal(segment, raw);

	if (status == STATUS_FAILED)
		alloc_failed();
	if (status == STATUS_OK)
		return raw;
	free(raw);
	return NULL;
}
