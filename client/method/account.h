#ifndef CLIENT_METHOD_ACCOUNT_H
#define CLIENT_METHOD_ACCOUNT_H

#include "client/method/dossier.h"
#include "client/method/holders.h"

/*
 * All figures of one account on one day, out of the facts. Pure: equal facts
 * and an equal day give equal figures.
 *
 * What is dated after the day does not count (visits, ratings, memberships,
 * assignments, facts about the customer). What has no date, such as a tier or
 * a role, is what it is now, and so are the directory's grants.
 *
 * Somebody has left an account when no grant opens it to them any more, or
 * when it was assigned away from them on or after the day of what they wrote,
 * and not back since.
 */

/* Visits are looked at that far back for what was planned and effective. */
enum { ACCOUNT_VISITS_DAYS = 180 };

struct account_person {
	const struct dossier_contact *contact;
	struct relation key;      /* KEY5 */
	struct relation attitude; /* CR */
	bool contradiction;       /* an opponent whom KEY5 has at K3 or more */
	int32_t met;              /* when last; DAY_NONE: never */
	int32_t met_in_person;
	/* Its own target; days 0 where the account's is all there is. */
	struct cadence cadence;
	uint64_t held_by; /* bits of `holders` of the account */
};

struct account_figures {
	const struct dossier_account *account;
	struct account_person *people; /* active ones, key roles first */
	size_t person_count;
	/* Who holds anybody, as they were found: HOLDERS_USERS_MAX at most. */
	const struct dossier_user *users[HOLDERS_USERS_MAX];
	size_t user_count;

	struct coverage coverage;
	struct figure levels; /* 3.6 f */
	struct holders holders;
	bool backup; /* 3.13 b: a backup who was there with somebody */
	struct relation organisation; /* ORG4, of the account */
	struct relation general;      /* GEN4, of the account */
	bool gap_known;               /* 3.6 e: BSH, of the account */
	int gap;

	struct cadence cadence;
	int32_t next_by; /* promised on the last visit; DAY_NONE */
	int visits_planned, visits_done, visits_effective;
	struct figure plan;      /* done of planned */
	struct figure effective; /* effective of done */

	struct completeness_facts known;
	struct completeness completeness;
};

/* The people lie in `arena`. */
struct account_figures account_figures(const struct dossier *facts,
	const struct dossier_account *account, int32_t as_of,
	struct arena *arena);

/*
 * Of these figures `cadence`, `next_by`, what counts visits and, of people,
 * when they were met and their cadence; the rest is zero. The people lie in
 * `arena`.
 */
struct account_figures account_cadences(const struct dossier *facts,
	const struct dossier_account *account, int32_t as_of,
	struct arena *arena);

/* Whether the user no longer has the account for what they wrote that day. */
bool account_left(const struct dossier *facts,
	const struct dossier_account *account, const uint8_t *user, int32_t day,
	int32_t as_of);

/*
 * The ratings of a contact of the account (NULL: of the account itself) with
 * `left` filled in, in `arena`.
 */
const struct relation_rating *account_ratings(const struct dossier *facts,
	const struct dossier_account *account, const uint8_t *contact,
	int32_t as_of, struct arena *arena, size_t *count);

#endif
