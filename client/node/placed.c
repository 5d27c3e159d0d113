#include "client/node/placed.h"

#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"

enum { ROOM_FIRST = 64 };

/* The record's place, or the empty one where it goes. */
static struct placed_record *
place_of(const struct placed *placed, uint32_t type, const uint8_t *id)
{
	/* The end of a UUIDv7 is random; what is made here is nobody's attack.
	 */
	size_t at = type;

	for (size_t i = ID_BYTES - 4; i < ID_BYTES; i++)
		at = at * 257 + id[i];
	for (;; at++) {
		struct placed_record *record =
			&placed->list[at & (placed->room - 1)];

		if (!record->type ||
			(record->type == type &&
				!memcmp(record->id, id, ID_BYTES)))
			return record;
	}
}

static void
grow(struct placed *placed)
{
	struct placed old = *placed;

	placed->room = old.room ? old.room * 2 : ROOM_FIRST;
	placed->list = alloc(placed->room * sizeof *placed->list);
	for (size_t i = 0; i < old.room; i++)
		if (old.list[i].type)
			*place_of(placed, old.list[i].type, old.list[i].id) =
				old.list[i];
	free(old.list);
}

struct placed_record *
placed_at(struct placed *placed, uint32_t type,
	const uint8_t id[static ID_BYTES], bool *fresh)
{
	struct placed_record *record;

	if (placed->count * 2 >= placed->room)
		grow(placed);
	record = place_of(placed, type, id);
	*fresh = !record->type;
	if (*fresh) {
		record->type = type;
		memcpy(record->id, id, ID_BYTES);
		placed->count++;
	}
	return record;
}

void
placed_clear(struct placed *placed)
{
	free(placed->list);
	*placed = (struct placed){0};
}
