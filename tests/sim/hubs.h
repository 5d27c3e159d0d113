#ifndef TESTS_SIM_HUBS_H
#define TESTS_SIM_HUBS_H

#include "tests/sim/world.h"

/*
 * Hubs that follow each other, by the shipped client/node/hub/succession.c and
 * client/node/standing.c. Node 0 is the hub in office. When it is lost, a new
 * machine with yesterday's copy of its database takes that place; the old one
 * gets a number at the end, and comes back in its time, not knowing.
 *
 *     in office --(lost)--> restoring --(done)--> in office
 *                 the old one: off --> up, obeyed --> told, and silent
 */

/* The first hub takes office; it is up. */
void hubs_found(struct world *world);
/* The hub is off: its disk is copied. */
void hubs_remember(struct world *world);
/* Whether there is a copy, and room for one more hub. */
bool hubs_may_replace(const struct world *world);
/* The hub is off, and lost: another machine with the copy takes over. */
void hubs_replace(struct world *world);
bool hubs_restoring(const struct world *world);
/* `hub restore --done`; nothing happens while it is not up, or too early. */
void hubs_done(struct world *world, bool stolen);
/* The number of a hub that was replaced and is up; -1: there is none. */
int hubs_old(const struct world *world);

/*
 * After a hub was lost: what an author had handed over and forgotten, and now
 * nobody has any more, is not looked for. Called when somebody's disk is gone.
 */
void hubs_note_lost(struct world *world);
/* What a hub did not come to write is certain by now: it is up. */
void hubs_forget_unwritten(struct world *world);
/*
 * Whether the hub in office knows how the device stands: one that was let in
 * after the copy was made, and of which nobody told the new hub, has to be
 * invited anew; one that was shut out then goes on knowing that alone.
 */
bool hubs_know(const struct world *world, const struct sim_node *node);
/* All faults are over: what anybody heard of endings is to hold at the end. */
void hubs_note_heard(struct world *world);
void hubs_check_end(struct world *world);
void hubs_clear(struct world *world);

/* What sessions ask (sync/session.h: order, late, late_told, quarantined). */
enum status hubs_order(void *self, const uint8_t *bytes, size_t size);
bool hubs_late(void *self);
void hubs_late_told(void *self);
void hubs_quarantined(void *self, const uint8_t *territory);
/* Somebody is in step with the hub: it takes what former ones wrote. */
void hubs_in_step(struct sim_node *hub);

#endif
