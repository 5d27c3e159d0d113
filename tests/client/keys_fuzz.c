/* Any bytes as a key file: only whole, undamaged ones are taken. */

#include <stdlib.h>

#include <sodium.h>

#include "client/node/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct node_keys keys;

	if (node_keys_decode(&keys, bytes, size) && size != NODE_KEYS_FILE_SIZE)
		abort();
	return 0;
}
