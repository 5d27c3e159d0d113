#ifndef CLIENT_HANDOVER_INVENTORY_H
#define CLIENT_HANDOVER_INVENTORY_H

#include <jansson.h>

#include "client/method/account.h"

/* What somebody has to do with, out of the facts of the method. */

/*
 * Whether the account is theirs to hand over: they own it, hold one of its
 * people, were there, owe something there; or nobody owns it.
 */
bool inventory_involved(const struct dossier *facts,
	const struct dossier_account *account, const uint8_t *user);

/*
 * Who has to be met by the next one: whose role weighs in the bus factor, and
 * those of whom the user was contact owner.
 */
bool inventory_key_contact(const struct dossier *facts,
	const struct dossier_contact *contact, const uint8_t *user);

/*
 * The account with its bus factor, and what is only theirs: tell_account(),
 * tell_coverage(), "sole" (nobody else holds any of its people), and
 * "sole_contacts" (names of those whom only they hold).
 */
json_t *inventory_account(const struct dossier *facts,
	const struct dossier_account *account, const uint8_t *user,
	int32_t as_of);

/*
 * When the account's contact was last met on or after `since`, by `by`, or
 * (NULL) by anybody but `from`; DAY_NONE: not yet.
 */
int32_t inventory_met(const struct dossier *facts,
	const struct dossier_contact *contact, int32_t since, int32_t as_of,
	const uint8_t *by, const uint8_t *from);

#endif
