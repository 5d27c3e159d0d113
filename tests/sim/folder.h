#ifndef TESTS_SIM_FOLDER_H
#define TESTS_SIM_FOLDER_H

#include "tests/sim/world.h"

/*
 * What lies in a laptop's folder beside its database, in memory: the shipped
 * files of client/node read and write it as files of "/nowhere/sim". Each
 * write, renaming and removal is a step; the power may go between any two, or
 * in the middle of what is appended.
 */

/*
 * From here on it is the folder of this node; after so many steps its power
 * goes. `full`: what is written finds no room.
 */
void folder_enter(struct sim_node *node, uint32_t steps, bool full);
/* False: the power went meanwhile. */
bool folder_leave(void);
/* Somebody is in one. */
bool folder_entered(void);
/* One step of another kind; false: the power is gone. */
bool folder_step(void);

const char *folder_name(enum folder_file file);
bool folder_holds(const struct sim_node *node, enum folder_file file);
void folder_put(struct sim_node *node, enum folder_file file,
	const uint8_t *bytes, size_t size);
void folder_clear(struct sim_node *node);

#endif
