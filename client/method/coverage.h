#ifndef CLIENT_METHOD_COVERAGE_H
#define CLIENT_METHOD_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "client/method/figure.h"

/*
 * How well the people who decide are covered (DOMAIN 3.6 a, c, f).
 *
 * Weights and targets are defaults of Roadbook (DOMAIN marks them P), not
 * taken from a source.
 */
enum key_role {
	KEY_NONE,
	KEY_KDM, /* key decision maker: weight 3, target K4 */
	KEY_KI,  /* key influencer: weight 2, target K4 */
	KEY_KU,  /* key user: weight 1, target K3 */
	KEY_GATE,
	KEY_COACH,
	KEY_SPONSOR,
};

/* "KDM" … as in the schema; KEY_NONE for what is unknown. */
enum key_role key_role_of(const char *code, size_t size);
const char *key_role_code(enum key_role role); /* "" for KEY_NONE */

/* w of 3.6 a; 0 for other roles. */
int coverage_weight(enum key_role role);
/* T of 3.6 a, an ordinal of KEY5; 0 for other roles. */
int coverage_target(enum key_role role);

struct coverage_contact {
	enum key_role role;
	int key;      /* ordinal of KEY5 that counts; 0 when never rated */
	int attitude; /* ordinal of CR that counts; -1 when never rated */
};

struct coverage {
	/*
	 * 3.6 a: sum of w * min(L, T) over sum of w * T, over key decision
	 * makers, influencers and users. One of each is always expected: a
	 * role that nobody has stands in the sums with level 0.
	 */
	struct figure key;
	bool no_kdm, no_ki, no_ku; /* that role is missing */
	/*
	 * 3.6 c: support is the weight at CR1 and CR2, opposition at CR4 and
	 * CR5, neutral at CR3; balance = (support - opposition) / all of it,
	 * in basis points from -10000. People without a role weigh 1. Not
	 * known while nobody is rated.
	 */
	bool balance_known;
	int64_t balance_bp;
	bool kdm_opposes; /* a key decision maker at CR4 or CR5 */
};

struct coverage coverage_of(
	const struct coverage_contact *contacts, size_t count);

/* 3.6 f: of {exec, mgmt, working}, the share with somebody at K2 or more. */
enum { COVERAGE_EXEC, COVERAGE_MGMT, COVERAGE_WORKING, COVERAGE_LEVELS };
struct figure coverage_levels(const bool reached[static COVERAGE_LEVELS]);

#endif
