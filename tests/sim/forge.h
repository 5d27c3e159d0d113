#ifndef TESTS_SIM_FORGE_H
#define TESTS_SIM_FORGE_H

#include "tests/sim/world.h"

/* What the hostile device signs: segments that are not as they should be. */
enum attack {
	ATTACK_FORGED,    /* in the name of another device's log */
	ATTACK_FORK,      /* two with one number, each for somebody else */
	ATTACK_GAP,       /* nothing before it */
	ATTACK_CLAIM,     /* of a territory that it has no grant on */
	ATTACK_DIRECTORY, /* of the hub's territory */
	ATTACK_BOMB,      /* unpacks to a mebibyte, which it may say or not */
	ATTACK_CUT_SHORT,
	ATTACK_NOISE, /* no segment at all */
	SEGMENT_ATTACKS,
	/* Not segments, but questions: */
	ATTACK_PULL = SEGMENT_ATTACKS, /* of a territory not its own */
	ATTACK_COMPARE,
	ATTACK_FLOOD, /* many at once, and it does not read the answers */
	ATTACKS,
};

/* NULL when it cannot be made now. The caller's to free. */
uint8_t *forge(struct world *world, enum attack attack, size_t *size);

/* The territory where it may write, and its log there; NULL: none now. */
struct territory *forge_territory(struct world *world, uint8_t *log);
/* One change on an account of the territory; its size. */
size_t forge_change(struct world *world, const struct territory *t,
	const struct change_draft *like, uint32_t field, uint8_t *out,
	size_t room);
/* Signed with its own key, whoever's log that is. The caller's to free. */
uint8_t *forge_seal(const struct sim_node *mole, const uint8_t *territory,
	const uint8_t *log, int64_t first, const uint8_t *previous,
	const uint8_t *raw, size_t raw_size, size_t *size);

#endif
