/* References that the import has resolved before. */

#include <stdlib.h>
#include <string.h>

#include "client/exchange/import_inside.h"

/* What is in its place gives way: a large file has few accounts at a time. */
enum { PLACES = 1 << 14 };

struct known {
	bool used;
	uint32_t type;
	uint8_t hash[IMPORT_HASH_SIZE]; /* of the text */
	uint8_t id[ID_BYTES];
};

static struct known *
place_of(struct known *list, uint32_t type, const char *text,
	uint8_t hash[static IMPORT_HASH_SIZE])
{
	uint32_t at;

	import_hash(
		hash, (struct pack_view){(const uint8_t *)text, strlen(text)});
	memcpy(&at, hash, sizeof at);
	return &list[(at + type) % PLACES];
}

void
import_known_clear(struct import_known *known)
{
	free(known->list);
	known->list = NULL;
}

bool
import_known_get(const struct import_known *known, uint32_t type,
	const char *text, uint8_t id[static ID_BYTES])
{
	uint8_t hash[IMPORT_HASH_SIZE];
	const struct known *k;

	if (!known->list)
		return false;
	k = place_of(known->list, type, text, hash);
	if (!k->used || k->type != type ||
		memcmp(k->hash, hash, sizeof hash) != 0)
		return false;
	memcpy(id, k->id, ID_BYTES);
	return true;
}

void
import_known_put(struct import_known *known, uint32_t type, const char *text,
	const uint8_t id[static ID_BYTES])
{
	uint8_t hash[IMPORT_HASH_SIZE];
	struct known *k;

	if (!known->list)
		known->list = alloc(PLACES * sizeof *known->list);
	k = place_of(known->list, type, text, hash);
	k->used = true;
	k->type = type;
	memcpy(k->hash, hash, sizeof hash);
	memcpy(k->id, id, ID_BYTES);
}
