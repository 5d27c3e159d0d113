#ifndef CLIENT_METHOD_READ_H
#define CLIENT_METHOD_READ_H

#include "client/method/dossier.h"
#include "client/node/node.h"

/*
 * Fills in facts from a node: the one file of the method that knows tables,
 * schema and directory.
 *
 * Archived records are left out, and those that moved to another territory.
 * Who wrote a fact is the user in whose log it stands. A visit is done when
 * its status says so, or when it has none and a day. Where a visit names
 * nobody of us, who wrote it was there. A rating without a rater is its
 * writer's.
 */

/* Which records: of all territories that are read here, or of fewer. */
struct read_scope {
	const uint8_t *territory; /* ID_BYTES, or NULL for all */
	bool exactly;           /* that one alone, without what lies below it */
	const uint8_t *account; /* ID_BYTES: it and its people alone, or NULL */
	bool actions; /* without `account`: actions alone, and their accounts */
	/*
	 * Without `account`: what due_list() looks at on the day `as_of`, its
	 * actions with `actions` only. For that it is as good as all of it; no
	 * other figure can be had from it.
	 */
	bool due;
	int32_t as_of;
};

/*
 * EXIT_FAILED when the disk refuses. dossier_clear() in any case; *facts is
 * zeroed first.
 */
bool read_dossier(struct node *node, const struct read_scope *scope,
	struct dossier *facts, struct problem *problem);

#endif
