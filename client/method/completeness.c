#include "client/method/completeness.h"

#include <string.h>

#include "client/text/text.h"

static const struct {
	const char *code;
	const char *label;
	int points;
} items[COMPLETENESS_ITEMS] = {
	[KNOWN_LEGAL_NAME] = {"legal_name", N_("legal name"), 3},
	[KNOWN_USCC] = {"uscc", N_("credit code"), 3},
	[KNOWN_ADDRESS] = {"address", N_("address"), 2},
	[KNOWN_PARENT] = {"parent", N_("parent or group"), 3},
	[KNOWN_DEPARTMENTS] = {"departments",
		N_("departments of three contacts"), 4},
	[KNOWN_KDM] = {"kdm", N_("key decision maker"), 6},
	[KNOWN_KI] = {"ki", N_("key influencer"), 4},
	[KNOWN_KU] = {"ku", N_("key user"), 4},
	[KNOWN_LINKS] = {"links", N_("two links of the decision chain"), 3},
	[KNOWN_DECISION_MODE] = {"decision_mode", N_("how they decide"), 3},
	[KNOWN_RATINGS] = {"ratings", N_("relationships rated this year"), 12},
	[KNOWN_MISSION] = {"mission", N_("mission"), 3},
	[KNOWN_STRATEGY_LONG] = {"strategy_long", N_("long-term strategy"), 3},
	[KNOWN_STRATEGY_SHORT] = {"strategy_short", N_("short-term strategy"),
		2},
	[KNOWN_CHALLENGES] = {"challenges", N_("challenges"), 2},
	[KNOWN_SWOT] = {"swot", N_("strengths and weaknesses"), 3},
	[KNOWN_CUSTOMER_RIVALS] = {"customer_rivals", N_("two of their rivals"),
		3},
	[KNOWN_COMPETITOR] = {"competitor", N_("our competitors there"), 10},
	[KNOWN_SPEND] = {"category_spend", N_("yearly spend"), 2},
	[KNOWN_POLICY] = {"purchase_policy", N_("purchasing policy"), 2},
	[KNOWN_CERT] = {"supplier_cert", N_("supplier certification"), 2},
	[KNOWN_CREDIT] = {"credit", N_("credit terms"), 3},
	[KNOWN_CONTRACT] = {"contract", N_("contract"), 3},
	[KNOWN_THREE_YEARS] = {"three_years", N_("figures of three years"), 2},
	[KNOWN_REQUIREMENTS] = {"requirements", N_("special conditions"), 3},
	[KNOWN_PLAN] = {"plan", N_("plan under review"), 10},
};

const char *
completeness_code(enum completeness_item item)
{
	return items[item].code;
}

const char *
completeness_label(enum completeness_item item)
{
	return items[item].label;
}

int
completeness_points(enum completeness_item item)
{
	return items[item].points;
}

bool
completeness_old(const struct completeness_fact *fact, int32_t as_of)
{
	return fact->day != DAY_NONE &&
		(int64_t)as_of - fact->day > COMPLETENESS_OLD_DAYS;
}

struct completeness
completeness_of(const struct completeness_facts *facts, const uint8_t *owner,
	int32_t as_of)
{
	struct completeness c = {0};
	int64_t halves = 0; /* half points, of all but the ratings */
	int64_t rated = 0, of = facts->contacts > 0 ? facts->contacts : 1;
	int64_t by_owner = 0;

	for (int i = 0; i < COMPLETENESS_ITEMS; i++) {
		const struct completeness_fact *fact = &facts->item[i];

		if (fact->kept)
			c.attainable += items[i].points;
		if (!fact->kept || !fact->known)
			continue;
		c.facts++;
		if (owner && memcmp(fact->by, owner, ID_BYTES) == 0)
			by_owner++;
		if (i == KNOWN_RATINGS)
			rated = facts->contacts_rated;
		else
			halves += (int64_t)items[i].points *
				(completeness_old(fact, as_of) ? 1 : 2);
	}
	/* Points = halves / 2 + 12 * rated / of, rounded once. */
	c.score = figure_of(
		halves * of + 2 * (int64_t)items[KNOWN_RATINGS].points * rated,
		2 * of * COMPLETENESS_POINTS);
	c.by_owner = figure_of(by_owner, c.facts);
	return c;
}
