#include "proto/erase.h"

#include <string.h>

enum { HEAD_ITEMS = 5 }; /* ahead of a change's records */

/* One record after the other, as the bytes that it is. */
struct records {
	const struct change *change;
	struct change_walk walk;
	struct operation at; /* its first operation: type and id */
	struct pack_view bytes;
};

static bool
next_record(struct records *r)
{
	const uint8_t *from =
		r->walk.started ? r->walk.records.at : r->change->records.bytes;
	struct operation more;

	if (!change_next_operation(r->change, &r->walk, &r->at))
		return false;
	while (r->walk.items_left > 0 &&
		change_next_operation(r->change, &r->walk, &more))
		;
	r->bytes =
		(struct pack_view){from, (size_t)(r->walk.records.at - from)};
	return true;
}

/* The items ahead of the records. */
static struct pack_view
head_of(const struct change *change)
{
	struct unpack unpack;
	uint32_t count;

	unpack_init(&unpack, change->whole.bytes, change->whole.size);
	if (!unpack_array(&unpack, HEAD_ITEMS, UINT32_MAX, &count))
		return (struct pack_view){NULL, 0}; /* it was decoded */
	return (struct pack_view){
		unpack.at, (size_t)(change->records.bytes - unpack.at)};
}

static bool
same_bytes(struct pack_view a, struct pack_view b)
{
	return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
}

uint32_t
erase_records(struct pack *pack, const struct change *change,
	erase_record_cb *goes, void *self)
{
	struct records r = {.change = change};
	struct pack_view head = head_of(change);
	uint32_t gone = 0;

	while (next_record(&r))
		if (goes(self, r.at.type, r.at.id, r.at.id_size))
			gone++;
	pack_array(pack, HEAD_ITEMS + change->record_count - gone);
	pack_raw(pack, head.bytes, head.size);
	r = (struct records){.change = change};
	while (next_record(&r))
		if (!goes(self, r.at.type, r.at.id, r.at.id_size))
			pack_raw(pack, r.bytes.bytes, r.bytes.size);
	return gone;
}

bool
erase_follows(const struct change *left, const struct change *whole,
	erase_record_cb *gone, void *self)
{
	struct records l = {.change = left}, w = {.change = whole};
	bool more = next_record(&l);

	if (!same_bytes(head_of(left), head_of(whole)))
		return false;
	/* Both ascend, so the first that is equal is the one. */
	while (next_record(&w)) {
		if (more && same_bytes(l.bytes, w.bytes))
			more = next_record(&l);
		else if (gone)
			(void)gone(self, w.at.type, w.at.id, w.at.id_size);
	}
	return !more;
}
