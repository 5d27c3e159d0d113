#include "client/method/cadence.h"

#include <string.h>

enum { AMBER_BP = 10000, RED_BP = 15000 };

enum tier
tier_of(const char *code, size_t size)
{
	static const char *const codes[] = {[TIER_NONE] = "none",
		[TIER_GENERAL] = "general",
		[TIER_MAJOR] = "major",
		[TIER_KEY] = "key",
		[TIER_STRATEGIC] = "strategic"};

	for (int tier = TIER_GENERAL; tier <= TIER_STRATEGIC; tier++)
		if (strlen(codes[tier]) == size &&
			memcmp(codes[tier], code, size) == 0)
			return (enum tier)tier;
	return TIER_NONE;
}

int
cadence_tier_days(enum tier tier)
{
	static const int days[] = {[TIER_NONE] = CADENCE_GENERAL_DAYS,
		[TIER_GENERAL] = CADENCE_GENERAL_DAYS,
		[TIER_MAJOR] = CADENCE_MAJOR_DAYS,
		[TIER_KEY] = CADENCE_KEY_DAYS,
		[TIER_STRATEGIC] = CADENCE_STRATEGIC_DAYS};

	return days[tier];
}

const char *
light_code(enum light light)
{
	static const char *const codes[] = {"green", "amber", "red", "never"};

	return codes[light];
}

struct cadence
cadence_of(int tier_days, int64_t own_days, int32_t last, int32_t as_of)
{
	struct cadence c = {.target_days = tier_days,
		.last = last,
		.due = DAY_NONE,
		.light = LIGHT_NEVER};

	if (own_days > 0 && own_days < tier_days)
		c.target_days = (int)own_days;
	if (last == DAY_NONE)
		return c;
	c.days = (int64_t)as_of - last;
	c.due = last + c.target_days;
	c.overdue = figure_of(c.days, c.target_days);
	if (c.days * FIGURE_ONE >= (int64_t)RED_BP * c.target_days)
		c.light = LIGHT_RED;
	else if (c.days * FIGURE_ONE >= (int64_t)AMBER_BP * c.target_days)
		c.light = LIGHT_AMBER;
	else
		c.light = LIGHT_GREEN;
	return c;
}

bool
cadence_effective(const struct cadence_visit *v)
{
	return v->done && v->present && v->goal && v->result &&
		(v->advanced || v->commitment);
}
