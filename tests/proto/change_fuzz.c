/* What is decoded can be walked, and encoded again is the same bytes. */

#include <stdlib.h>
#include <string.h>

#include "proto/change.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
check(bool claim)
{
	if (!claim)
		abort();
}

static void *
room_for(size_t count, size_t size)
{
	void *room = calloc(count + 1, size);

	check(room != NULL);
	return room;
}

/* Keys of `about` that this version does not know are not written again. */
static bool
knows_about(const struct change *c)
{
	const uint8_t *start = c->unseen.bytes + c->unseen.size;
	struct unpack about;
	uint32_t count;

	unpack_init(&about, start,
		(size_t)(c->whole.bytes + c->whole.size - start));
	check(unpack_map(&about, UINT32_MAX, &count));
	return count ==
		(c->origin_log ? 1u : 0u) + (c->ordered_by ? 1u : 0u) +
		(c->told_ms ? 1u : 0u);
}

static void
encode_again(const struct change *c, struct seen_entry *seen,
	struct unseen_entry *unseen, struct operation *operations)
{
	struct change_draft draft = {.at = c->at,
		.offset = c->offset,
		.seen = seen,
		.unseen = unseen,
		.origin_log = c->origin_log,
		.origin_seq = c->origin_seq,
		.ordered_by = c->ordered_by,
		.told_ms = c->told_ms,
		.operations = operations};
	struct change_cursor at_seen = {0}, at_unseen = {0};
	struct change_walk walk = {0};
	struct pack pack;
	uint8_t *copy = room_for(c->whole.size, 1);

	while (change_next_seen(c, &at_seen, &seen[draft.seen_count].log,
		&seen[draft.seen_count].seq))
		draft.seen_count++;
	while (change_next_unseen(c, &at_unseen,
		&unseen[draft.unseen_count].log,
		&unseen[draft.unseen_count].first,
		&unseen[draft.unseen_count].last))
		draft.unseen_count++;
	while (change_next_operation(
		c, &walk, &operations[draft.operation_count]))
		draft.operation_count++;

	pack_init(&pack, copy, c->whole.size);
	change_encode(&pack, &draft);
	if (knows_about(c)) {
		check(!pack.overflow && pack.size == c->whole.size);
		check(memcmp(copy, c->whole.bytes, pack.size) == 0);
	}
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct unpack unpack;
	struct change c;
	/* An operation takes two bytes at least, an entry more. */
	struct seen_entry *seen = room_for(size / 2, sizeof *seen);
	struct unseen_entry *unseen = room_for(size / 2, sizeof *unseen);
	struct operation *operations = room_for(size / 2, sizeof *operations);

	unpack_init(&unpack, bytes, size);
	while (!unpack_done(&unpack) &&
		change_decode(&c, &unpack) == STATUS_OK) {
		check(c.whole.bytes >= bytes && unpack.at <= bytes + size);
		encode_again(&c, seen, unseen, operations);
	}
	free(seen);
	free(unseen);
	free(operations);
	return 0;
}
