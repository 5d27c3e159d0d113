#ifndef CLIENT_METHOD_SCALE_H
#define CLIENT_METHOD_SCALE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The scales of relationship ratings (DOMAIN 2.2), kept apart: they run in
 * opposite directions and mean different things, so no function here turns one
 * into another. A level is known by its code, which belongs to one scale.
 */
enum scale {
	SCALE_CR,      /* 001: attitude; CR1 is best */
	SCALE_KEY5,    /* 004: key relationship; K5 is best */
	SCALE_GEN4,    /* 004: general relationship */
	SCALE_ORG4,    /* 004: organisational relationship */
	SCALE_BSH,     /* 000: buy-sell hierarchy */
	SCALE_KAM5,    /* 003: stage of key account management */
	SCALE_SUPPORT, /* 003: degree of support */
	SCALE_INVOLVE, /* 003: degree of involvement, which is not support */
	SCALES,
};

struct scale_level {
	const char *code; /* as in the schema */
	enum scale scale;
	int ordinal; /* higher is better, as DOMAIN numbers it */
	int place;   /* from 1 for the lowest of its scale, without gaps */
	bool top;    /* one of the two highest: it asks for evidence */
};

/* The level of a code; NULL for one that this version does not know. */
const struct scale_level *scale_level(const char *code, size_t size);
/* The level at a place of a scale, or NULL. */
const struct scale_level *scale_at(enum scale scale, int place);
/* "KEY5", as in the schema. */
const char *scale_code(enum scale scale);

/*
 * One level lower, as what nobody stands behind any more is counted (DOMAIN
 * 3.6a, 4 e); NULL is below the lowest. Of CR only support is lowered: a
 * former owner's opponent is one until somebody says otherwise.
 */
const struct scale_level *scale_below(const struct scale_level *level);

#endif
