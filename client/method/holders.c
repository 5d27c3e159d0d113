#include "client/method/holders.h"

int
holders_weight(enum key_role role)
{
	enum { SPONSOR = 2 };

	if (role == KEY_SPONSOR)
		return SPONSOR;
	return role == KEY_KDM || role == KEY_KI ? coverage_weight(role) : 0;
}

struct search {
	const struct holders_contact *contacts;
	size_t count;
	int64_t total;
	uint64_t users; /* all that hold anything */
};

/* Whether less than half stays held when these have gone. */
static bool
falls(const struct search *s, uint64_t gone)
{
	int64_t held = 0;

	for (size_t i = 0; i < s->count; i++)
		if (s->contacts[i].by & ~gone)
			held += s->contacts[i].weight;
	return held * 2 < s->total;
}

/* Whether it falls by `left` more users, none before bit `from`. */
static bool
falls_by(const struct search *s, uint64_t gone, int from, int left)
{
	if (!left)
		return falls(s, gone);
	for (int u = from; u < HOLDERS_USERS_MAX; u++) {
		uint64_t bit = (uint64_t)1 << u;

		if ((s->users & bit) &&
			falls_by(s, gone | bit, u + 1, left - 1))
			return true;
	}
	return false;
}

static void
find_sole(const struct search *s, struct holders *holders)
{
	int64_t most = 0;

	for (int u = 0; u < HOLDERS_USERS_MAX; u++) {
		int64_t alone = 0;

		for (size_t i = 0; i < s->count; i++)
			if (s->contacts[i].by == (uint64_t)1 << u)
				alone += s->contacts[i].weight;
		if (alone > most) {
			most = alone;
			holders->sole_user = u;
		}
	}
	holders->sole_share = figure_of(most, s->total);
}

struct holders
holders_of(const struct holders_contact *contacts, size_t count)
{
	struct holders holders = {.bus_factor = -1, .sole_user = -1};
	struct search s = {.contacts = contacts, .count = count};

	for (size_t i = 0; i < count; i++) {
		s.total += contacts[i].weight;
		s.users |= contacts[i].by;
	}
	if (!s.total)
		return holders;
	holders.bus_factor = 0;
	while (holders.bus_factor <= HOLDERS_FACTOR_MAX &&
		!falls_by(&s, 0, 0, holders.bus_factor))
		holders.bus_factor++;
	find_sole(&s, &holders);
	return holders;
}
