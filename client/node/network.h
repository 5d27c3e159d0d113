#ifndef CLIENT_NODE_NETWORK_H
#define CLIENT_NODE_NETWORK_H

#include <stddef.h>

/*
 * Whether the machine's network went or came, as the kernel tells (rtnetlink):
 * who was in a tunnel has a network again seconds before the next attempt to
 * reach head office is due. Nothing is asked and nothing is sent.
 */

enum {
	NETWORK_WENT = 1, /* an address or a link is not there any more */
	NETWORK_CAME = 2, /* one is there, or still is */
};

/*
 * A descriptor that can be read when there is news; -1 where the kernel tells
 * programs nothing (Android does not): nothing depends on it.
 */
int network_open(void);

/* What was told since the last call: bits; nothing for a descriptor of -1. */
unsigned network_news(int descriptor);

/*
 * The same of what the kernel wrote. Addresses that hold on one link only do
 * not count: they come and go with each container and bridge.
 */
unsigned network_read(const void *bytes, size_t size);

void network_close(int descriptor);

#endif
