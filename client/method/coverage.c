#include "client/method/coverage.h"

#include <string.h>

enum { NEUTRAL = 3, OPPONENT = 1 }; /* ordinals of CR */

static const struct {
	const char *code;
	int weight;
	int target;
} roles[] = {
	[KEY_NONE] = {"", 0, 0},
	[KEY_KDM] = {"KDM", 3, 4},
	[KEY_KI] = {"KI", 2, 4},
	[KEY_KU] = {"KU", 1, 3},
	[KEY_GATE] = {"GATE", 0, 0},
	[KEY_COACH] = {"COACH", 0, 0},
	[KEY_SPONSOR] = {"SPONSOR", 0, 0},
};

enum key_role
key_role_of(const char *code, size_t size)
{
	for (int role = KEY_KDM; role <= KEY_SPONSOR; role++)
		if (strlen(roles[role].code) == size &&
			memcmp(roles[role].code, code, size) == 0)
			return (enum key_role)role;
	return KEY_NONE;
}

const char *
key_role_code(enum key_role role)
{
	return roles[role].code;
}

int
coverage_weight(enum key_role role)
{
	return roles[role].weight;
}

int
coverage_target(enum key_role role)
{
	return roles[role].target;
}

struct sums {
	int64_t reached, wanted;
	int64_t support, neutral, opposition;
	bool has[KEY_SPONSOR + 1];
};

static void
add(struct sums *sums, const struct coverage_contact *c)
{
	int weight = coverage_weight(c->role);
	int target = coverage_target(c->role);

	sums->has[c->role] = true;
	sums->reached += (int64_t)weight * (c->key < target ? c->key : target);
	sums->wanted += (int64_t)weight * target;
	if (!weight)
		weight = 1; /* of attitude, everybody's counts */
	if (c->attitude < 0)
		return;
	if (c->attitude <= OPPONENT)
		sums->opposition += weight;
	else if (c->attitude <= NEUTRAL)
		sums->neutral += weight;
	else
		sums->support += weight;
}

/* Half up, away from what is smaller: -2.5 becomes -2. */
static int64_t
signed_bp(int64_t part, int64_t whole)
{
	int64_t twice = part * FIGURE_ONE * 2 + whole;
	int64_t by = 2 * whole;

	return twice / by - (twice % by < 0);
}

struct coverage
coverage_of(const struct coverage_contact *contacts, size_t count)
{
	struct coverage coverage = {0};
	struct sums sums = {0};
	int64_t rated;

	for (size_t i = 0; i < count; i++) {
		add(&sums, &contacts[i]);
		coverage.kdm_opposes |= contacts[i].role == KEY_KDM &&
			contacts[i].attitude >= 0 &&
			contacts[i].attitude <= OPPONENT;
	}
	coverage.no_kdm = !sums.has[KEY_KDM];
	coverage.no_ki = !sums.has[KEY_KI];
	coverage.no_ku = !sums.has[KEY_KU];
	for (int role = KEY_KDM; role <= KEY_KU; role++)
		if (!sums.has[role])
			sums.wanted += (int64_t)roles[role].weight *
				roles[role].target;
	coverage.key = figure_of(sums.reached, sums.wanted);
	rated = sums.support + sums.neutral + sums.opposition;
	if (rated) {
		coverage.balance_known = true;
		coverage.balance_bp =
			signed_bp(sums.support - sums.opposition, rated);
	}
	return coverage;
}

struct figure
coverage_levels(const bool reached[static COVERAGE_LEVELS])
{
	int64_t count = 0;

	for (int i = 0; i < COVERAGE_LEVELS; i++)
		count += reached[i];
	return figure_of(count, COVERAGE_LEVELS);
}
