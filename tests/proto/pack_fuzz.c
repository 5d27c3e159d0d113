/* What is accepted is canonical: written again, by either, it is the same. */

#include <stdlib.h>

#include "tests/proto/again.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct unpack unpack;
	struct pack pack;
	uint8_t *copy;

	if (!pack_valid(bytes, size))
		return 0;
	copy = malloc(size);
	if (!copy)
		abort();
	unpack_init(&unpack, bytes, size);
	pack_init(&pack, copy, size);
	if (!again_by_us(&unpack, &pack) || !unpack_done(&unpack) ||
		pack.overflow || pack.size != size ||
		memcmp(copy, bytes, size) != 0 || !again_by_oracle(bytes, size))
		abort();
	free(copy);
	return 0;
}
