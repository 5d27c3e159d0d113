/* Any bytes as a key file: only whole, undamaged ones are taken. */

#include <stdlib.h>

#include <sodium.h>

#include "client/node/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const uint8_t data_key[NODE_DATA_KEY_SIZE] = {1};
	struct node_keys keys;

	if (sodium_init() < 0)
		abort();
	if (node_keys_decode_sealed(&keys, bytes, size, data_key) &&
		size != NODE_KEYS_SEALED_SIZE)
		abort();
	if (node_keys_decode(&keys, bytes, size) && size != NODE_KEYS_FILE_SIZE)
		abort();
	return 0;
}
