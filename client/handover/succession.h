#ifndef CLIENT_HANDOVER_SUCCESSION_H
#define CLIENT_HANDOVER_SUCCESSION_H

#include "client/node/node.h"

/*
 * Who leaves, what they have, and who follows them where: as an admin typed
 * it, `--to LOGIN` or `--to LOGIN=TERRITORY,TERRITORY`.
 */

struct succession_grant {
	uint8_t id[ID_BYTES];
	uint8_t territory[ID_BYTES];
	int role;
	bool ended; /* by an earlier run */
};

struct succession_heir {
	uint8_t user[ID_BYTES];
	char *login;
	uint8_t territory[ID_BYTES]; /* zero: what nobody else is named for */
};

struct succession {
	uint8_t user[ID_BYTES];
	char *login;
	/* Live ones; when there are none, those that were handed over. */
	struct succession_grant *grants;
	size_t grant_count;
	struct succession_heir *heirs;
	size_t heir_count;
};

/*
 * EXIT_NOT_FOUND: no such user or territory; EXIT_USAGE: a territory that they
 * do not have, one named twice, who leaves as their own successor.
 * succession_clear() in any case.
 */
bool succession_read(struct node *node, const char *login,
	const char *const *to, size_t to_count, struct succession *out,
	struct problem *problem);
void succession_clear(struct succession *succession);

/* Who follows there: the nearest territory that was named; NULL: nobody. */
const struct succession_heir *succession_heir(const struct node *node,
	const struct succession *succession, const uint8_t *territory);
/* The strongest of their grants that opens the territory, admins' aside. */
const struct succession_grant *succession_grant(const struct node *node,
	const struct succession *succession, const uint8_t *territory);

/* Paths of their field territories that nobody follows them in. */
json_t *succession_open(
	const struct node *node, const struct succession *succession);

#endif
