#ifndef CLIENT_METHOD_DUE_H
#define CLIENT_METHOD_DUE_H

#include "client/method/account.h"

/* What is to be done by when: whom to see, what was promised (DOMAIN 2.6,
 * 3.8 b). */

enum due_kind {
	DUE_ACCOUNT, /* the account is to be seen */
	DUE_CONTACT, /* a person is to be heard from, as often as they wish */
	DUE_FACE,    /* a decision maker is to be seen in person */
	DUE_NEXT,    /* the next contact was promised on the last visit */
	DUE_ACTION,  /* an open action */
	DUE_KINDS,
};

const char *due_kind_code(enum due_kind kind); /* "account" … "action" */

struct due {
	enum due_kind kind;
	const struct dossier_account *account; /* NULL: an action of none */
	const struct dossier_contact *contact; /* of CONTACT and FACE */
	const struct dossier_action *action;   /* of ACTION */
	struct cadence cadence;                /* of the first three */
	int32_t on; /* the as-of day for who was never seen; actions: maybe
		       DAY_NONE */
};

/*
 * Everything that falls due up to `until`, the earliest first; of one day by
 * kind, then by the account's name. Actions without a day are left out, and all
 * of them without `actions`. The list and what it points to lie in `arena` and
 * the facts.
 */
const struct due *due_list(const struct dossier *facts, int32_t as_of,
	int32_t until, bool actions, struct arena *arena, size_t *count);

/* How many accounts are among them for more than an action. */
size_t due_accounts(
	const struct dossier *facts, const struct due *list, size_t count);

/*
 * Open promises and, with `steps`, next steps that nobody is owed: what we
 * owe first, then what the customer owes, then the rest; each by day, those
 * without one last, then by account and id. Of one account, or of all (NULL).
 */
const struct due *due_promises(const struct dossier *facts,
	const uint8_t *account, bool steps, struct arena *arena, size_t *count);

#endif
