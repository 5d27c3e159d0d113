#include "client/method/scale.h"

#include <string.h>

/* From the lowest of each scale. */
static const struct scale_level levels[] = {
	{"CR5", SCALE_CR, 0, 1, false},
	{"CR4", SCALE_CR, 1, 2, false},
	{"CR3", SCALE_CR, 3, 3, false},
	{"CR2", SCALE_CR, 4, 4, true},
	{"CR1", SCALE_CR, 5, 5, true},
	{"K1", SCALE_KEY5, 1, 1, false},
	{"K2", SCALE_KEY5, 2, 2, false},
	{"K3", SCALE_KEY5, 3, 3, false},
	{"K4", SCALE_KEY5, 4, 4, true},
	{"K5", SCALE_KEY5, 5, 5, true},
	{"poor", SCALE_GEN4, 1, 1, false},
	{"fair", SCALE_GEN4, 2, 2, false},
	{"good", SCALE_GEN4, 3, 3, true},
	{"excellent", SCALE_GEN4, 4, 4, true},
	{"vendor", SCALE_ORG4, 1, 1, false},
	{"supplier", SCALE_ORG4, 2, 2, false},
	{"key_supplier", SCALE_ORG4, 3, 3, true},
	{"strategic_partner", SCALE_ORG4, 4, 4, true},
	{"BSH1", SCALE_BSH, 1, 1, false},
	{"BSH2", SCALE_BSH, 2, 2, false},
	{"BSH3", SCALE_BSH, 3, 3, false},
	{"BSH4", SCALE_BSH, 4, 4, true},
	{"BSH5", SCALE_BSH, 5, 5, true},
	{"PRE", SCALE_KAM5, 1, 1, false},
	{"EARLY", SCALE_KAM5, 2, 2, false},
	{"MID", SCALE_KAM5, 3, 3, false},
	{"PARTNER", SCALE_KAM5, 4, 4, true},
	{"SYNERGY", SCALE_KAM5, 5, 5, true},
	{"support_low", SCALE_SUPPORT, 1, 1, false},
	{"support_mid", SCALE_SUPPORT, 2, 2, true},
	{"support_high", SCALE_SUPPORT, 3, 3, true},
	{"involve_low", SCALE_INVOLVE, 1, 1, false},
	{"involve_mid", SCALE_INVOLVE, 2, 2, true},
	{"involve_high", SCALE_INVOLVE, 3, 3, true},
};

enum { LEVELS = sizeof levels / sizeof *levels, NEUTRAL = 3 };

const struct scale_level *
scale_level(const char *code, size_t size)
{
	for (size_t i = 0; i < LEVELS; i++)
		if (strlen(levels[i].code) == size &&
			memcmp(levels[i].code, code, size) == 0)
			return &levels[i];
	return NULL;
}

const struct scale_level *
scale_at(enum scale scale, int place)
{
	for (size_t i = 0; i < LEVELS; i++)
		if (levels[i].scale == scale && levels[i].place == place)
			return &levels[i];
	return NULL;
}

const char *
scale_code(enum scale scale)
{
	static const char *const codes[SCALES] = {"CR", "KEY5", "GEN4", "ORG4",
		"BSH", "KAM5", "SUPPORT", "INVOLVE"};

	return codes[scale];
}

const struct scale_level *
scale_below(const struct scale_level *level)
{
	if (level->scale == SCALE_CR && level->ordinal <= NEUTRAL)
		return level;
	return scale_at(level->scale, level->place - 1);
}
