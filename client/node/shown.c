#include "client/node/shown.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "proto/pack.h"
#include "sync/alloc.h"

/*
 * As msgpack, in base64url: [1, device, [[territory, [seq…]]…]].
 */
enum {
	VERSION = 1,
	TEXT_MAX = 1 << 15,
	TERRITORIES_MAX = 1 << 12,
	LOGS_MAX = 1 << 14,
	BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
};

static void
pack_shown(struct pack *pack, struct node *node, struct territory **list,
	uint32_t count)
{
	pack_array(pack, 3);
	pack_integer(pack, VERSION);
	pack_bytes(pack, node->device, ID_BYTES);
	pack_array(pack, count);
	for (uint32_t i = 0; i < count; i++) {
		int64_t *frontier;
		uint32_t logs;

		territory_applied(list[i], &frontier, &logs);
		pack_array(pack, 2);
		pack_bytes(pack, territory_id(list[i]), ID_BYTES);
		pack_array(pack, logs);
		for (uint32_t k = 0; k < logs; k++)
			pack_integer(pack, frontier[k]);
		free(frontier);
	}
}

char *
shown_now(struct node *node)
{
	uint32_t count;
	struct territory **list = node_business(node, &count);
	struct pack pack;
	uint8_t *bytes;
	char *text;
	size_t size;

	pack_init(&pack, NULL, 0);
	pack_shown(&pack, node, list, count);
	bytes = alloc(pack.size);
	pack_init(&pack, bytes, pack.size);
	pack_shown(&pack, node, list, count);
	size = sodium_base64_encoded_len(pack.size, BASE64);
	text = alloc(size);
	(void)sodium_bin2base64(text, size, bytes, pack.size, BASE64);
	free(bytes);
	free(list);
	return text;
}

/* The frontier of the territory, if the text has it. */
static bool
read_shown(struct unpack *u, const struct node *node, const uint8_t *territory,
	struct arena *arena, int64_t **frontier, uint32_t *logs)
{
	int64_t version;
	const uint8_t *id;
	uint32_t count, parts;

	if (!unpack_array(u, 3, 3, &count) ||
		!unpack_integer(u, VERSION, VERSION, &version) ||
		!unpack_exact(u, ID_BYTES, &id) ||
		memcmp(id, node->device, ID_BYTES) != 0 ||
		!unpack_array(u, 0, TERRITORIES_MAX, &count))
		return false;
	for (; count; count--) {
		uint32_t here;
		int64_t *seqs;

		if (!unpack_array(u, 2, 2, &parts) ||
			!unpack_exact(u, ID_BYTES, &id) ||
			!unpack_array(u, 0, LOGS_MAX, &here))
			return false;
		seqs = arena_take(arena, (here + 1) * sizeof *seqs);
		for (uint32_t i = 0; i < here; i++)
			if (!unpack_integer(u, 0, INT64_MAX, &seqs[i]))
				return false;
		if (memcmp(id, territory, ID_BYTES) == 0) {
			*frontier = seqs;
			*logs = here;
		}
	}
	return unpack_done(u);
}

bool
shown_unseen(struct node *node, const char *shown, const uint8_t *territory,
	struct unseen_range **ranges, uint32_t *count)
{
	struct territory *t = node_territory(node, territory, false);
	size_t text_size = strlen(shown), size;
	struct arena arena = {0};
	int64_t *frontier = NULL;
	uint32_t logs = 0;
	uint8_t *bytes;
	struct unpack u;
	bool read = false;

	if (!t || text_size > TEXT_MAX)
		return false;
	bytes = alloc(text_size + 1);
	if (sodium_base642bin(bytes, text_size, shown, text_size, NULL, &size,
		    NULL, BASE64) == 0) {
		unpack_init(&u, bytes, size);
		read = read_shown(
			&u, node, territory, &arena, &frontier, &logs);
	}
	if (read)
		territory_unseen_since(t, frontier, logs, ranges, count);
	free(bytes);
	arena_clear(&arena);
	return read;
}
