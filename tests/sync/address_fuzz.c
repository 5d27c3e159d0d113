/*
 * Any text as an address: one that is taken has a scheme, fits where it is
 * kept, and is still one with the greatest port.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "sync/address.h"
#include "sync/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char url[2 * LINK_URL_MAX], with_port[LINK_URL_MAX];

	if (size >= sizeof url)
		size = sizeof url - 1;
	if (size)
		memcpy(url, bytes, size);
	url[size] = '\0';

	if (!address_valid(url, 0)) {
		assert(!address_valid(url, 1));
		return 0;
	}
	assert(strlen(url) < LINK_URL_MAX);
	assert(address_local(url) || strncmp(url, "tcp://", 6) == 0);
	address_with_port(with_port, url, 65535);
	assert(strlen(with_port) < sizeof with_port);
	assert(address_valid(with_port, 1));
	assert(address_local(with_port) == address_local(url));
	return 0;
}
