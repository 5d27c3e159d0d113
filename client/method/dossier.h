#ifndef CLIENT_METHOD_DOSSIER_H
#define CLIENT_METHOD_DOSSIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/method/cadence.h"
#include "client/method/completeness.h"
#include "client/method/coverage.h"
#include "client/method/relation.h"
#include "proto/change.h"
#include "sync/alloc.h"

/*
 * A dossier: the records that the method reads, as plain structs: no SQL, no
 * schema, no clock. client/method/read.h fills them in from a node; tests write
 * them by hand.
 *
 * Lists are in an order that does not depend on the node: territories by path,
 * accounts by name and id, the rest as told at each; so what is computed and
 * printed from equal records is equal. Text is UTF-8, never NULL; a day that is
 * not known is DAY_NONE, an id that is not known zero. Everything lies in
 * `arena`.
 */

struct dossier_territory {
	uint8_t id[ID_BYTES];
	uint32_t number; /* the store's; differs between nodes */
	const char *path;
};

struct dossier_user {
	uint8_t id[ID_BYTES];
	const char *login;
	const char *name; /* the login where there is none */
	const bool *on;   /* by territory: a grant opens it to them */
};

struct dossier_account {
	uint8_t id[ID_BYTES];
	uint32_t territory; /* index */
	const char *name;
	enum tier tier;
	bool gone; /* lost or closed down: nobody has to go there */
	uint8_t owner[ID_BYTES];
	/* What it spends a year on what we sell, minor units; 0: not known. */
	int64_t spend;
	char spend_currency[4];
	/* Those of its facts that stand in its own fields. */
	struct completeness_fact known[COMPLETENESS_ITEMS];
};

struct dossier_contact {
	uint8_t id[ID_BYTES];
	uint8_t account[ID_BYTES];
	uint32_t territory;
	const char *name, *title, *department;
	int level; /* COVERAGE_EXEC … COVERAGE_WORKING, else -1 */
	enum key_role role;
	bool active;           /* neither left nor retired */
	int64_t interval_days; /* wished; 0: not known */
	/* Of role and department: who wrote them, and when. */
	struct completeness_fact role_known, department_known;
};

struct dossier_visit {
	uint8_t id[ID_BYTES];
	uint8_t account[ID_BYTES];
	uint32_t territory;
	const char *type, *goal, *result; /* codes, but the goal */
	int32_t day;                      /* that it was done on */
	int32_t planned;
	int32_t next_by;
	bool done, cancelled;
	bool face_to_face;
	bool commitment;
	bool place;                          /* where it was is known */
	const uint8_t (*contacts)[ID_BYTES]; /* present */
	size_t contact_count;
	/* Of us; who wrote it where nobody is named. */
	const uint8_t (*attendees)[ID_BYTES];
	size_t attendee_count;
};

struct dossier_rating {
	struct relation_rating rating; /* `left` is not filled in */
	uint8_t contact[ID_BYTES];     /* zero: of the account */
	uint8_t account[ID_BYTES];
	uint8_t corrects[ID_BYTES];
};

struct dossier_hold { /* contact_owner */
	uint8_t contact[ID_BYTES];
	uint8_t user[ID_BYTES];
	bool lead;
	int32_t since, until;
};

struct dossier_link {
	uint8_t id[ID_BYTES];
	uint8_t contact[ID_BYTES], to[ID_BYTES];
	const char *kind;
	bool formal;
	const char *confidence;
	struct completeness_fact known;
};

struct dossier_member {
	uint8_t id[ID_BYTES];
	uint8_t account[ID_BYTES];
	uint8_t user[ID_BYTES];
	const char *role;
	int32_t from, to;
	uint8_t corrects[ID_BYTES];
	bool corrected;
};

struct dossier_assignment {
	uint8_t id[ID_BYTES];
	uint8_t account[ID_BYTES];
	uint8_t from[ID_BYTES], to[ID_BYTES];
	int32_t effective;
	uint8_t corrects[ID_BYTES];
	bool corrected;
};

struct dossier_action {
	uint8_t id[ID_BYTES];
	uint8_t account[ID_BYTES]; /* zero: of no account */
	uint8_t visit[ID_BYTES];   /* that it came from; zero: of none */
	uint32_t territory;
	const char *title, *kind, *status; /* codes, but the title */
	const char *owed_by; /* "us", "customer", "" a next step */
	uint8_t owner[ID_BYTES];
	int32_t due, promised;
	bool open;
};

struct dossier_intel {
	uint8_t id[ID_BYTES];
	uint8_t account[ID_BYTES];
	const char *category, *text;
	int32_t observed, expires;
	uint8_t corrects[ID_BYTES];
	bool corrected;
	struct completeness_fact known;
};

/* The last change that is applied of one log: how current all this is. */
struct dossier_log {
	uint32_t territory;
	uint8_t device[ID_BYTES];
	const char *user; /* login, "hub" or "?" */
	int64_t at_ms;    /* the author's clock */
	int32_t offset;   /* minutes east */
};

struct dossier {
	struct arena arena;
	struct dossier_territory *territories; /* by path */
	size_t territory_count;
	struct dossier_user *users; /* by id */
	size_t user_count;
	struct dossier_account *accounts; /* by (name, id) */
	size_t account_count;
	const struct dossier_account **by_id; /* the same, by id */
	struct dossier_contact *contacts;     /* by (account, name, id) */
	size_t contact_count;
	struct dossier_visit *visits; /* by (account, day, newest first, id) */
	size_t visit_count;
	struct dossier_rating *ratings; /* by (contact, account, id) */
	size_t rating_count;
	struct dossier_hold *holds; /* by (contact, user) */
	size_t hold_count;
	struct dossier_link *links; /* by (contact, to, id) */
	size_t link_count;
	struct dossier_member *members; /* by (account, user, id) */
	size_t member_count;
	struct dossier_assignment *assignments; /* by (account, day, id) */
	size_t assignment_count;
	struct dossier_action *actions; /* by (account, id) */
	size_t action_count;
	struct dossier_intel *intel; /* by (account, category, newest first) */
	size_t intel_count;
	struct dossier_log *logs; /* by (territory, latest first, device) */
	size_t log_count;
};

/* Brings every list into its order and marks what was corrected. */
void dossier_settle(struct dossier *facts);
void dossier_clear(struct dossier *facts);

/*
 * What belongs to an account or a contact: the first in its list and how many
 * follow each other. NULL with *count 0: nothing.
 */
const struct dossier_contact *dossier_contacts(
	const struct dossier *facts, const uint8_t *account, size_t *count);
const struct dossier_visit *dossier_visits(
	const struct dossier *facts, const uint8_t *account, size_t *count);
const struct dossier_rating *dossier_ratings(const struct dossier *facts,
	const uint8_t *contact, const uint8_t *account, size_t *count);
const struct dossier_hold *dossier_holds(
	const struct dossier *facts, const uint8_t *contact, size_t *count);
const struct dossier_link *dossier_links(
	const struct dossier *facts, const uint8_t *contact, size_t *count);
const struct dossier_member *dossier_members(
	const struct dossier *facts, const uint8_t *account, size_t *count);
const struct dossier_assignment *dossier_assignments(
	const struct dossier *facts, const uint8_t *account, size_t *count);
const struct dossier_action *dossier_actions(
	const struct dossier *facts, const uint8_t *account, size_t *count);
const struct dossier_intel *dossier_intel(
	const struct dossier *facts, const uint8_t *account, size_t *count);

const struct dossier_user *dossier_user(
	const struct dossier *facts, const uint8_t *id);
const struct dossier_account *dossier_account(
	const struct dossier *facts, const uint8_t *id);
/* Ids that are the same; one that is among `count` of them. */
bool dossier_same(const uint8_t *a, const uint8_t *b);
bool dossier_listed(
	const uint8_t (*ids)[ID_BYTES], size_t count, const uint8_t *id);
/* Whether a grant opens the account to the user. */
bool dossier_on(const struct dossier *facts,
	const struct dossier_account *account, const uint8_t *user);

#endif
