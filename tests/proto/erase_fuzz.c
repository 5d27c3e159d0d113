/*
 * Of any change some records are taken, by the first byte: what is left is a
 * change that follows from the whole one, and holds none of them. Then the rest
 * is taken as two changes, one behind the other: the first follows from the
 * second only if it can be made of it.
 */

#include <stdlib.h>
#include <string.h>

#include "proto/erase.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
check(bool claim)
{
	if (!claim)
		abort();
}

static bool
by_byte(void *self, uint32_t type, const uint8_t *id, size_t id_size)
{
	const uint8_t *mask = self;

	return ((type ^ id[id_size - 1]) & *mask) != 0;
}

static bool
is_in(void *self, uint32_t type, const uint8_t *id, size_t id_size)
{
	const struct change *change = self;
	struct change_walk walk = {0};
	struct operation o;

	while (change_next_operation(change, &walk, &o))
		if (o.type == type && o.id_size == id_size &&
			memcmp(o.id, id, id_size) == 0)
			return true;
	return false;
}

static bool
is_not_in(void *self, uint32_t type, const uint8_t *id, size_t id_size)
{
	return !is_in(self, type, id, id_size);
}

/* The caller frees the bytes of what is left. */
static uint8_t *
erase(const struct change *whole, erase_record_cb *goes, void *self,
	struct change *left)
{
	uint8_t *out = malloc(whole->whole.size);
	struct unpack unpack;
	struct pack pack;
	uint32_t gone;

	check(out != NULL);
	pack_init(&pack, out, whole->whole.size);
	gone = erase_records(&pack, whole, goes, self);
	check(!pack.overflow);
	unpack_init(&unpack, out, pack.size);
	check(change_decode(left, &unpack) == STATUS_OK);
	check(unpack_done(&unpack));
	check(left->record_count + gone == whole->record_count);
	check(erase_follows(left, whole, NULL, NULL));
	return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct change first, second, left;
	struct change_walk walk = {0};
	struct operation o;
	struct unpack unpack;
	uint8_t mask, *out;

	if (size < 1)
		return 0;
	mask = bytes[0];
	unpack_init(&unpack, bytes + 1, size - 1);
	if (change_decode(&first, &unpack) != STATUS_OK)
		return 0;
	out = erase(&first, by_byte, &mask, &left);
	while (change_next_operation(&left, &walk, &o))
		check(!by_byte(&mask, o.type, o.id, o.id_size));
	free(out);

	if (change_decode(&second, &unpack) != STATUS_OK ||
		!erase_follows(&first, &second, NULL, NULL))
		return 0;
	out = erase(&second, is_not_in, &first, &left);
	check(left.whole.size == first.whole.size &&
		memcmp(left.whole.bytes, first.whole.bytes, left.whole.size) ==
			0);
	free(out);
	return 0;
}
