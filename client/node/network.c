#include "client/node/network.h"

#include <net/if.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* After sys/socket.h, which they need. */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/* What the kernel writes at once is smaller. */
enum { NEWS_SIZE = 16 * 1024 };

int
network_open(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK,
		.nl_groups =
			RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
	int descriptor = socket(AF_NETLINK,
		SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (descriptor >= 0 &&
		bind(descriptor, (struct sockaddr *)&address, sizeof address) !=
			0) {
		network_close(descriptor);
		return -1;
	}
	return descriptor;
}

static unsigned
read_link(const uint8_t *bytes, size_t size, uint16_t type)
{
	struct ifinfomsg link;

	if (size < sizeof link)
		return 0;
	memcpy(&link, bytes, sizeof link);
	return type == RTM_NEWLINK && (link.ifi_flags & IFF_RUNNING)
		? NETWORK_CAME
		: NETWORK_WENT;
}

static unsigned
read_address(const uint8_t *bytes, size_t size, uint16_t type)
{
	struct ifaddrmsg address;

	if (size < sizeof address)
		return 0;
	memcpy(&address, bytes, sizeof address);
	if (address.ifa_scope == RT_SCOPE_LINK)
		return 0;
	return type == RTM_NEWADDR ? NETWORK_CAME : NETWORK_WENT;
}

unsigned
network_read(const void *bytes, size_t size)
{
	const uint8_t *at = bytes;
	unsigned news = 0;

	for (;;) {
		struct nlmsghdr header;
		size_t whole;

		if (size < sizeof header)
			return news;
		memcpy(&header, at, sizeof header);
		if (header.nlmsg_len < sizeof header || header.nlmsg_len > size)
			return news;
		if (header.nlmsg_type == RTM_NEWLINK ||
			header.nlmsg_type == RTM_DELLINK)
			news |= read_link(at + NLMSG_HDRLEN,
				header.nlmsg_len - sizeof header,
				header.nlmsg_type);
		if (header.nlmsg_type == RTM_NEWADDR ||
			header.nlmsg_type == RTM_DELADDR)
			news |= read_address(at + NLMSG_HDRLEN,
				header.nlmsg_len - sizeof header,
				header.nlmsg_type);
		whole = NLMSG_ALIGN((size_t)header.nlmsg_len);
		if (whole > size)
			return news;
		at += whole;
		size -= whole;
	}
}

unsigned
network_news(int descriptor)
{
	uint8_t bytes[NEWS_SIZE];
	unsigned news = 0;
	ssize_t size;

	if (descriptor < 0)
		return 0;
	/* It ends with EAGAIN, and with ENOBUFS, when some were lost: more
	 * will come. */
	while ((size = recv(descriptor, bytes, sizeof bytes, 0)) > 0)
		news |= network_read(bytes, (size_t)size);
	return news;
}

void
network_close(int descriptor)
{
	if (descriptor >= 0)
		(void)close(descriptor); /* nothing was written */
}
