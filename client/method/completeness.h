#ifndef CLIENT_METHOD_COMPLETENESS_H
#define CLIENT_METHOD_COMPLETENESS_H

#include <stdbool.h>
#include <stddef.h>

#include "client/method/day.h"
#include "client/method/figure.h"
#include "proto/change.h"

/*
 * How much is known of an account, in 100 points (DOMAIN 3.14). Where DOMAIN
 * gives points to several facts together, the split is Roadbook's default, as
 * the whole table is (P). A fact older than COMPLETENESS_OLD_DAYS counts half.
 */
enum { COMPLETENESS_OLD_DAYS = 365, COMPLETENESS_POINTS = 100 };

enum completeness_item {
	/* identity and address 8 */
	KNOWN_LEGAL_NAME, /* 3 */
	KNOWN_USCC,       /* 3 */
	KNOWN_ADDRESS,    /* 2 */
	/* structure 7 */
	KNOWN_PARENT,      /* 3: a parent, or the kind says that it has none */
	KNOWN_DEPARTMENTS, /* 4: departments of three contacts */
	/* decision chain 20 */
	KNOWN_KDM,           /* 6 */
	KNOWN_KI,            /* 4 */
	KNOWN_KU,            /* 4 */
	KNOWN_LINKS,         /* 3: two links */
	KNOWN_DECISION_MODE, /* 3 */
	/* the share of contacts with a rating of the last 12 months */
	KNOWN_RATINGS, /* 12 */
	/* strategy 10 */
	KNOWN_MISSION,        /* 3 */
	KNOWN_STRATEGY_LONG,  /* 3 */
	KNOWN_STRATEGY_SHORT, /* 2 */
	KNOWN_CHALLENGES,     /* 2 */
	/* SWOT and their rivals 6 */
	KNOWN_SWOT,            /* 3 */
	KNOWN_CUSTOMER_RIVALS, /* 3: two of them */
	/* competitors there 10 */
	KNOWN_COMPETITOR, /* 10: three of the seven questions */
	/* purchasing 6 */
	KNOWN_SPEND,  /* 2 */
	KNOWN_POLICY, /* 2 */
	KNOWN_CERT,   /* 2 */
	/* commercial 8 */
	KNOWN_CREDIT,       /* 3 */
	KNOWN_CONTRACT,     /* 3 */
	KNOWN_THREE_YEARS,  /* 2 */
	KNOWN_REQUIREMENTS, /* 3 */
	KNOWN_PLAN,         /* 10: reviewed within 90 days */
	COMPLETENESS_ITEMS,
};

/* "legal_name" …, for JSON; English for people, T() is taken of it. */
const char *completeness_code(enum completeness_item item);
const char *completeness_label(enum completeness_item item);
int completeness_points(enum completeness_item item);

struct completeness_fact {
	bool kept; /* this version keeps records that could tell */
	bool known;
	int32_t day; /* when it was learnt; DAY_NONE: not dated, as new */
	uint8_t by[ID_BYTES]; /* who wrote it; zero when nobody in particular */
};

struct completeness_facts {
	struct completeness_fact item[COMPLETENESS_ITEMS];
	/* KNOWN_RATINGS: of so many active contacts, so many are rated. */
	int contacts, contacts_rated;
};

struct completeness {
	struct figure score; /* 10000 is all of the 100 points */
	int attainable;      /* points that this version has records for */
	/* Of the facts known, the share that `owner` wrote. */
	struct figure by_owner;
	int facts;
};

/* owner: ID_BYTES, or NULL when the account has none. */
struct completeness completeness_of(const struct completeness_facts *facts,
	const uint8_t *owner, int32_t as_of);

/* Whether a fact is so old that it counts half. */
bool completeness_old(const struct completeness_fact *fact, int32_t as_of);

#endif
