/* Any bytes as what a kernel tells: no more than two bits of news. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "client/node/network.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (network_read(bytes, size) > (NETWORK_WENT | NETWORK_CAME))
		abort();
	return 0;
}
