#ifndef CLIENT_METHOD_TELL_H
#define CLIENT_METHOD_TELL_H

#include <jansson.h>

#include "client/method/account.h"
#include "client/method/due.h"

/*
 * Figures as JSON: ratios in basis points under names that end in `_bp`, null
 * for what is not known, days as YYYY-MM-DD, codes as in the schema, users by
 * login. Nothing in it depends on the node, the reader's language or a clock;
 * so two nodes whose frontiers are equal print it equal.
 */

/*
 * {"as_of", "scope": {"territories", "accounts"}, "freshness":
 * [{"territory", "user", "device", "last_change"}]}: what every figure comes
 * with. last_change is when the author of a log made its last change that is
 * applied here. When this node last met the hub is its own affair and stands
 * in `roadbook status`.
 */
json_t *tell_frame(const struct dossier *facts, int32_t as_of);

/* {"id", "name", "territory", "tier", "owner"} */
json_t *tell_account(
	const struct dossier *facts, const struct dossier_account *account);

/* Adds to an account's object. */
void tell_coverage(json_t *json, const struct account_figures *figures);
void tell_cadence(json_t *json, const struct cadence *cadence);
void tell_visits(json_t *json, const struct account_figures *figures);
void tell_completeness(
	json_t *json, const struct account_figures *figures, int32_t as_of);

/*
 * {"level", "rated_on", "rated_by", "stale", "unconfirmed", "counts_as",
 * "raters", "spread"}, or null.
 */
json_t *tell_relation(
	const struct dossier *facts, const struct relation *relation);

json_t *tell_due(
	const struct dossier *facts, const struct due *due, int32_t as_of);

/* The pieces. */
json_t *tell_day(int32_t day); /* null for DAY_NONE */
json_t *tell_figure(struct figure figure);
json_t *tell_id(const uint8_t *id);
/* A login; "?" for who is not in the directory here, "" for nobody. */
const char *tell_login(const struct dossier *facts, const uint8_t *user);
const char *tell_tier(enum tier tier);

/*
 * A code's label in the language of the command, by the name of the field or
 * part that holds it; the code itself when the schema does not have it.
 */
const char *tell_label(uint32_t type, const char *name, const char *code);

#endif
