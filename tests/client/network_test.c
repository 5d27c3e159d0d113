/* client/node/network: what the kernel tells of links and addresses. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "client/node/network.h"

struct told {
	uint8_t bytes[512];
	size_t size;
};

static void
tell(struct told *told, uint16_t type, const void *body, size_t size)
{
	struct nlmsghdr header = {.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + size),
		.nlmsg_type = type};

	memcpy(told->bytes + told->size, &header, sizeof header);
	memcpy(told->bytes + told->size + NLMSG_HDRLEN, body, size);
	told->size += NLMSG_ALIGN(NLMSG_HDRLEN + size);
}

static void
tell_address(struct told *told, uint16_t type, uint8_t scope)
{
	struct ifaddrmsg address = {.ifa_family = AF_INET, .ifa_scope = scope};

	tell(told, type, &address, sizeof address);
}

static void
tell_link(struct told *told, uint16_t type, unsigned flags)
{
	struct ifinfomsg link = {.ifi_flags = flags};

	tell(told, type, &link, sizeof link);
}

static void
an_address_comes_and_goes(void **state)
{
	struct told told = {0};

	(void)state;
	tell_address(&told, RTM_NEWADDR, RT_SCOPE_UNIVERSE);
	assert_int_equal(network_read(told.bytes, told.size), NETWORK_CAME);
	told.size = 0;
	tell_address(&told, RTM_DELADDR, RT_SCOPE_UNIVERSE);
	assert_int_equal(network_read(told.bytes, told.size), NETWORK_WENT);
}

static void
a_cable_is_drawn_and_put_in_again(void **state)
{
	struct told told = {0};

	(void)state;
	tell_link(&told, RTM_NEWLINK, IFF_UP);
	assert_int_equal(network_read(told.bytes, told.size), NETWORK_WENT);
	tell_link(&told, RTM_NEWLINK, IFF_UP | IFF_RUNNING);
	assert_int_equal(network_read(told.bytes, told.size),
		NETWORK_WENT | NETWORK_CAME);
	told.size = 0;
	tell_link(&told, RTM_DELLINK, IFF_UP | IFF_RUNNING);
	assert_int_equal(network_read(told.bytes, told.size), NETWORK_WENT);
}

static void
an_address_of_one_link_alone_is_no_news(void **state)
{
	struct told told = {0};

	(void)state;
	tell_address(&told, RTM_NEWADDR, RT_SCOPE_LINK);
	tell_address(&told, RTM_DELADDR, RT_SCOPE_LINK);
	tell(&told, RTM_NEWROUTE, "any", 3);
	assert_int_equal(network_read(told.bytes, told.size), 0);
}

static void
what_is_cut_short_is_read_up_to_there(void **state)
{
	struct told told = {0};
	size_t first;

	(void)state;
	tell_address(&told, RTM_DELADDR, RT_SCOPE_UNIVERSE);
	first = told.size;
	tell_address(&told, RTM_NEWADDR, RT_SCOPE_UNIVERSE);
	for (size_t size = 0; size <= told.size; size++) {
		/* Its own memory, so that a byte too many is found. */
		uint8_t *cut = malloc(size ? size : 1);
		unsigned expected = size < first ? 0
			: size < told.size       ? NETWORK_WENT
						 : NETWORK_WENT | NETWORK_CAME;

		assert_non_null(cut);
		memcpy(cut, told.bytes, size);
		assert_int_equal(network_read(cut, size), expected);
		free(cut);
	}
}

static void
without_a_descriptor_there_is_no_news(void **state)
{
	int descriptor = network_open();

	(void)state;
	assert_int_equal(network_news(-1), 0);
	(void)network_news(descriptor); /* whatever happens here meanwhile */
	network_close(descriptor);
	network_close(-1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_comes_and_goes),
		cmocka_unit_test(a_cable_is_drawn_and_put_in_again),
		cmocka_unit_test(an_address_of_one_link_alone_is_no_news),
		cmocka_unit_test(what_is_cut_short_is_read_up_to_there),
		cmocka_unit_test(without_a_descriptor_there_is_no_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
