#ifndef TESTS_SIM_HOSTILE_H
#define TESTS_SIM_HOSTILE_H

#include "tests/sim/world.h"

/*
 * A device of the company, with keys and a grant, that does not keep to the
 * rules. It syncs like any other and at times does one of these instead:
 *
 *     a segment in the name of another device's log
 *     two segments with one number, each told to somebody else
 *     a segment that leaves a gap before it
 *     a claim on a territory that it has no grant on, and on the directory
 *     a segment that unpacks to more than it says
 *     changes from the year 287396 (the last that a change can hold)
 *     a pull of a territory that it has no grant on
 *     for a whole run, an old directory: it goes on with whom it should not
 *     segments cut short, and noise
 */
struct hostile_talk;

/* Picks one and dials somebody for it. */
void hostile_act(struct world *world);

void hostile_talk_free(struct hostile_talk *talk);
/* `sender_directory` is how much of the directory the sender knew. */
void hostile_talk_receive(struct world *world, struct hostile_talk *talk,
	int64_t sender_directory, const uint8_t *frame, size_t size);
bool hostile_talk_next(
	struct hostile_talk *talk, const uint8_t **frame, size_t *size);
bool hostile_talk_over(const struct hostile_talk *talk);

#endif
