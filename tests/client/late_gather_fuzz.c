/*
 * The bodies of records on late changes as any bytes, a batch of them: whether
 * each is taken or left out, what comes of them adds up, and what is told to be
 * a change is read as far as it is one.
 *
 * A body is led in by its size (two bytes, big end first) and a byte that says
 * what it is: odd a decision, even a piece; the rest of it the record's id.
 */

#include <stdlib.h>
#include <string.h>

#include "client/node/late_gather.h"

static void
check(bool holds)
{
	if (!holds)
		abort();
}

static void
read_change(const struct late *late)
{
	struct change_walk walk = {0};
	struct change_cursor cursor = {0};
	struct operation operation;
	struct change change;
	struct unpack unpack;
	const uint8_t *log;
	int64_t seq;

	unpack_init(&unpack, late->bytes, late->size);
	if (change_decode(&change, &unpack) != STATUS_OK)
		return;
	while (change_next_seen(&change, &cursor, &log, &seq))
		check(seq > 0);
	while (change_next_operation(&change, &walk, &operation))
		check(operation.id_size <= RECORD_ID_MAX);
}

static void
check_late(const struct late *late)
{
	check(late->seq >= 0 && late->seq <= CHANGE_SEQ_MAX);
	check(late->carried_seq >= 0 && late->carried_seq <= CHANGE_SEQ_MAX);
	check(late->verdict == LATE_OPEN || late->verdict == LATE_REJECTED ||
		late->verdict == LATE_ACCEPTED);
	check(late->bytes || late->size == 0);
	check(late->verdict != LATE_OPEN || !late->reason);
	if (late->bytes)
		read_change(late);
}

/* In their order, and each place once. */
static void
check_order(const struct late *a, const struct late *b)
{
	int order = memcmp(a->territory, b->territory, ID_BYTES);

	if (order == 0)
		order = memcmp(a->log, b->log, LOG_BYTES);
	check(order < 0 || (order == 0 && a->seq < b->seq));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const uint8_t compartment[ID_BYTES] = {7};
	struct late_gather gather = {0};
	struct late_list list;
	size_t at = 0;

	while (size - at >= 3) {
		size_t body = (size_t)bytes[at] << 8 | bytes[at + 1];
		uint8_t what = bytes[at + 2], id[ID_BYTES] = {what >> 1};
		uint8_t log[LOG_BYTES] = {what};
		struct pack_view view;

		at += 3;
		if (body > size - at)
			body = size - at;
		view = (struct pack_view){bytes + at, body};
		if (what & 1)
			late_gather_decision(&gather, what, log, view);
		else
			late_gather_piece(&gather, id, compartment, view);
		at += body;
	}
	late_gather_list(&gather, &list);
	check(list.count <= gather.piece_count);
	for (size_t i = 0; i < list.count; i++) {
		check_late(&list.list[i]);
		if (i)
			check_order(&list.list[i - 1], &list.list[i]);
	}
	late_gather_clear(&gather);
	late_clear(&list);
	return 0;
}
