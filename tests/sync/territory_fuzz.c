/*
 * Any bytes at all as the changes of a validly sealed segment, which is what a
 * device with a grant can send: never a crash, and projecting again gives the
 * same state.
 */

#include <stdlib.h>
#include <string.h>

#include "replica.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { CHANGES_MAX = 8 };

/* How many changes the bytes hold, so that good ones get into the segment. */
static uint32_t
count_changes(const uint8_t *bytes, size_t size)
{
	struct change change;
	struct unpack unpack;
	uint32_t count = 0;

	unpack_init(&unpack, bytes, size);
	while (!unpack_done(&unpack) && count < CHANGES_MAX &&
		change_decode(&change, &unpack) == STATUS_OK)
		count++;
	return count ? count : 1;
}

/* Something for the bytes to meet: their logs, records and marks. */
static void
write_before(struct replica *replica)
{
	static const char logs[] = "AM";

	(void)replica_write(replica, 'A',
		replica_text(OPERATION_PUT, T_ACCOUNT, 'x', F_NAME, "one"));
	(void)replica_write(replica, 'A',
		replica_text(OPERATION_INIT, T_ACCOUNT, 'x', F_SOURCE, "s"));
	(void)replica_write(
		replica, 'M', replica_mark(T_ACCOUNT, 'x', 1, true));
	(void)replica_write(replica, 'A', replica_parent('c', 'x'));
	replica_seal(replica, logs);
}

static void
digest(struct replica *replica, uint8_t *out)
{
	if (territory_digest(replica->territory, out) != STATUS_OK)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t name[SEGMENT_NAME_SIZE], before[32], after[32];
	struct replica replica;

	if (size == 0 || size > 4096)
		return 0;
	replica_open(&replica, &replica_schema);
	write_before(&replica);
	(void)replica_keep_raw(&replica, 'C', 1, count_changes(bytes, size),
		NULL, bytes, (uint32_t)size, name);
	replica_settle(&replica);
	digest(&replica, before);
	if (territory_rebuild(replica.territory) != STATUS_OK)
		abort();
	digest(&replica, after);
	if (memcmp(before, after, sizeof before) != 0)
		abort();
	replica_close(&replica);
	return 0;
}
