/* What is decoded is canonical, and its lists are as long as it says. */

#include <stdlib.h>

#include "proto/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
check(bool claim)
{
	if (!claim)
		abort();
}

static uint32_t
walk_list(struct message *m)
{
	struct territory_digest digest;
	enum message_verdict verdict;
	struct pack_view segment;
	const uint8_t *renewal;
	uint32_t count = 0;

	if (m->kind == MESSAGE_COMPARED || m->kind == MESSAGE_MOVED)
		while (message_next_digest(m, &digest))
			count++;
	if (m->kind == MESSAGE_PUSHED)
		while (message_next_verdict(m, &verdict))
			count++;
	if (m->kind == MESSAGE_PUSH || m->kind == MESSAGE_PULLED)
		while (message_next_segment(m, &segment))
			count++;
	if (m->kind == MESSAGE_LEASED)
		while (message_next_renewal(m, &renewal))
			count++;
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct frontier_entry entry;
	struct message m;
	uint32_t count = 0;

	if (message_decode(&m, bytes, size) != STATUS_OK)
		return 0;
	check(pack_valid(bytes, size));
	check(walk_list(&m) == m.count && unpack_done(&m.list));
	while (message_next_frontier(&m, &entry))
		count++;
	check(count == m.frontier_count && unpack_done(&m.frontier));
	return 0;
}
