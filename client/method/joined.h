#ifndef CLIENT_METHOD_JOINED_H
#define CLIENT_METHOD_JOINED_H

#include "client/method/dossier.h"

/*
 * Accounts that were found to be one (MERGE R18): of those that joins connect,
 * the smallest id survives. Nothing is rewritten; who reads resolves.
 */
struct joined {
	uint8_t (*ids)[ID_BYTES];  /* ascending, each once */
	uint8_t (*root)[ID_BYTES]; /* of each: the survivor */
	size_t count;
};

/* Out of pairs of ids, in `arena`. */
struct joined joined_of(
	const uint8_t (*pairs)[2][ID_BYTES], size_t count, struct arena *arena);

/* The survivor; the id itself when it was joined with nothing. */
const uint8_t *joined_root(const struct joined *joined, const uint8_t *id);

/*
 * Gives everything in the dossier to the survivors and leaves the others out.
 * A survivor takes what it lacks from the joined one with the next id: name,
 * tier, owner, facts. Before dossier_settle().
 */
void joined_resolve(const struct joined *joined, struct dossier *facts);

#endif
