#ifndef TESTS_PROTO_AGAIN_H
#define TESTS_PROTO_AGAIN_H

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include <msgpack.h>

#include "proto/pack.h"

/*
 * Two ways to write a value again from what was read of it: by our own reader
 * and by msgpack-c's. Of canonical bytes both give the same bytes.
 */

static inline void
again_item(const struct pack_item *item, struct pack *pack)
{
	switch (item->kind) {
	case PACK_NIL:
		pack_nil(pack);
		break;
	case PACK_BOOL:
		pack_bool(pack, item->boolean);
		break;
	case PACK_INTEGER:
		pack_integer(pack, item->integer);
		break;
	case PACK_TEXT:
		pack_text_view(pack, item->bytes, item->size);
		break;
	case PACK_BYTES:
		pack_bytes(pack, item->bytes, item->size);
		break;
	case PACK_ARRAY:
		pack_array(pack, item->count);
		break;
	case PACK_MAP:
		pack_map(pack, item->count);
		break;
	default:
		assert(false);
	}
}

/* One value, item by item. */
static inline bool
again_by_us(struct unpack *unpack, struct pack *pack)
{
	for (uint64_t left = 1; left; left--) {
		enum pack_kind kind = PACK_NIL;
		bool seen = unpack_peek(unpack, &kind);
		struct pack_item item;

		if (!unpack_item(unpack, &item))
			return false;
		assert(seen && kind == item.kind);
		again_item(&item, pack);
		if (item.kind == PACK_ARRAY)
			left += item.count;
		if (item.kind == PACK_MAP)
			left += 2 * (uint64_t)item.count;
	}
	return true;
}

/* Whether msgpack-c reads one value out of all the bytes, and writes them. */
static inline bool
again_by_oracle(const uint8_t *bytes, size_t size)
{
	msgpack_unpacked result;
	msgpack_sbuffer out;
	msgpack_packer packer;
	size_t used = 0;
	bool same;

	msgpack_unpacked_init(&result);
	msgpack_sbuffer_init(&out);
	msgpack_packer_init(&packer, &out, msgpack_sbuffer_write);
	same = msgpack_unpack_next(&result, (const char *)bytes, size, &used) ==
			MSGPACK_UNPACK_SUCCESS &&
		used == size &&
		msgpack_pack_object(&packer, result.data) == 0 &&
		out.size == size && memcmp(out.data, bytes, size) == 0;
	msgpack_sbuffer_destroy(&out);
	msgpack_unpacked_destroy(&result);
	return same;
}

#endif
