#ifndef TESTS_SIM_HOSTILE_H
#define TESTS_SIM_HOSTILE_H

#include "tests/sim/world.h"

/*
 * A device of the company, with keys and a grant, that does not keep to the
 * rules. It syncs like any other, for a whole run by an old directory perhaps;
 * at times it dials somebody for one of the attacks of forge.h, or writes what
 * wild.h tells; and who dials it may fall into an ambush:
 *
 *     it says that it holds everything, and gives segments of forge.h for it
 *     it says that it has kept what it was given, and has not
 *     it is in step, whatever the other asks
 *     answers to what nobody asked, of other territories, of a wrong number
 *     there is always more to come, and never anything
 *     noise, a refusal, or nothing
 */
struct hostile_talk;

/* Picks an attack and dials somebody for it, or writes. */
void hostile_act(struct world *world);
/* How it answers who dials it: NULL for an honest session. */
struct hostile_talk *hostile_answer(struct world *world);

void hostile_talk_free(struct hostile_talk *talk);
/* `sender_directory` is how much of the directory the sender knew. */
void hostile_talk_receive(struct world *world, struct hostile_talk *talk,
	int64_t sender_directory, const uint8_t *frame, size_t size);
bool hostile_talk_next(
	struct hostile_talk *talk, const uint8_t **frame, size_t *size);
bool hostile_talk_over(const struct hostile_talk *talk);
/* It reads nothing more: what the other says stays there. */
bool hostile_talk_deaf(const struct hostile_talk *talk);

#endif
