/* Changes of one log, one after the other, and what their author knew. */

#include <stdlib.h>
#include <string.h>

#include "sync/territory_internal.h"

void
reader_clear(struct reader *reader)
{
	free(reader->raw);
	memset(reader, 0, sizeof *reader);
}

/* Opens the segment that holds `seq`; the reader stands before its first. */
static enum status
open_segment(struct territory *territory, struct reader *reader,
	uint32_t number, int64_t seq)
{
	struct store *store = territory->store;
	struct pack_view bytes;
	struct segment segment;
	enum status status;

	status = store->segment_read(
		store->self, territory->number, number, seq, &bytes);
	if (status != STATUS_OK)
		return status;
	if (segment_fields(&segment, bytes.bytes, bytes.size) != STATUS_OK ||
		seq < segment.first || seq >= segment.first + segment.count)
		return STATUS_MALFORMED;
	reader->raw = alloc(segment.raw_size);
	reader->raw_size = segment.raw_size;
	status = segment_unseal(&segment, reader->raw);
	if (status == STATUS_FAILED)
		alloc_failed();
	if (status != STATUS_OK) {
		reader_clear(reader);
		return status;
	}
	/* Unsealing went through all of its changes. */
	unpack_init_again(&reader->at, reader->raw, reader->raw_size);
	reader->seq = segment.first - 1;
	reader->last = segment.first + segment.count - 1;
	return STATUS_OK;
}

static enum status
open_pending(struct territory *territory, struct reader *reader,
	uint32_t number, int64_t seq)
{
	struct store *store = territory->store;
	struct pack_view bytes;
	enum status status;

	status = store->pending_read(
		store->self, territory->number, number, seq, &bytes);
	if (status != STATUS_OK)
		return status;
	reader->raw = alloc_copy(bytes.bytes, bytes.size);
	reader->raw_size = bytes.size;
	unpack_init(&reader->at, reader->raw, reader->raw_size);
	reader->seq = seq - 1;
	reader->last = seq;
	return STATUS_OK;
}

enum status
reader_read(struct territory *territory, struct reader *reader, uint32_t number,
	int64_t seq, const struct change **change)
{
	enum status status = STATUS_OK;

	if (!reader->raw || seq < reader->seq || seq > reader->last) {
		reader_clear(reader);
		if (seq <= territory->states[number].saved.kept)
			status = open_segment(territory, reader, number, seq);
		else
			status = open_pending(territory, reader, number, seq);
	}
	while (status == STATUS_OK && reader->seq < seq) {
		status = change_decode(&reader->change, &reader->at);
		reader->seq++;
	}
	if (status != STATUS_OK) {
		reader_clear(reader);
		return status;
	}
	*change = &reader->change;
	return STATUS_OK;
}

/* Makes the list of what is known reach `number`. */
static void
context_reach(int64_t **seen, uint32_t *count, uint32_t number)
{
	if (number < *count)
		return;
	*seen = alloc_again(*seen, (number + 1) * sizeof **seen);
	memset(*seen + *count, 0, (number + 1 - *count) * sizeof **seen);
	*count = number + 1;
}

void
context_advance(const struct territory *territory, uint32_t own, int64_t seq,
	const struct change *change, int64_t **seen, uint32_t *count)
{
	struct change_cursor cursor = {0};
	const uint8_t *log;
	int64_t known;

	while (change_next_seen(change, &cursor, &log, &known)) {
		uint32_t number = log_find(territory, log);

		if (number == LOG_NONE || number == own)
			continue;
		context_reach(seen, count, number);
		if ((*seen)[number] < known)
			(*seen)[number] = known;
	}
	context_reach(seen, count, own);
	(*seen)[own] = seq - 1;
}

static int
range_compare(const void *left, const void *right)
{
	const struct unseen_range *a = left, *b = right;

	if (a->log != b->log)
		return a->log < b->log ? -1 : 1;
	return (a->first > b->first) - (a->first < b->first);
}

void
unseen_sort(struct unseen_range *list, uint32_t count)
{
	if (count > 1)
		qsort(list, count, sizeof *list, range_compare);
}

uint32_t
unseen_read(const struct territory *territory, const struct change *change,
	struct unseen_range **list, uint32_t *room)
{
	struct change_cursor cursor = {0};
	int64_t first, last;
	const uint8_t *log;
	uint32_t count = 0;

	while (change_next_unseen(change, &cursor, &log, &first, &last)) {
		uint32_t number = log_find(territory, log);

		if (number == LOG_NONE)
			continue;
		if (count == *room) {
			*room = *room ? *room * 2 : 8;
			*list = alloc_again(*list, *room * sizeof **list);
		}
		(*list)[count++] = (struct unseen_range){number, first, last};
	}
	unseen_sort(*list, count);
	return count;
}
