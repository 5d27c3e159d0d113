#ifndef TESTS_SIM_AMBUSH_H
#define TESTS_SIM_AMBUSH_H

#include "proto/message.h"
#include "tests/sim/world.h"

/* What the hostile device answers to those who dial it (hostile.h). */
enum ambush {
	AMBUSH_FORGED,  /* it has everything: segments of forge.h */
	AMBUSH_SWALLOW, /* it keeps all that it is given, and does not */
	AMBUSH_SAME,    /* it is in step */
	AMBUSH_OTHER,   /* what nobody asked for */
	AMBUSH_MORE,    /* there is always more, and never anything */
	AMBUSH_NOISE,
	AMBUSH_REFUSAL,
	AMBUSH_SILENCE,
	AMBUSHES,
};

/* Packs the answer. False: it says nothing. */
bool ambush_answer(struct world *world, enum ambush ambush,
	struct message *request, struct pack *pack);

#endif
