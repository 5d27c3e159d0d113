#ifndef CLIENT_NODE_GIVE_UP_H
#define CLIENT_NODE_GIVE_UP_H

#include <stdbool.h>

#include "client/text/text.h"

/*
 * The two ways in which a process ends in the middle of its work: there is no
 * memory, or the disk no longer gives back what lies on it. Either is one
 * error on stderr and exit code 1. What was committed is safe on disk, what
 * was not is undone by the next one that opens the store.
 */

/*
 * Before anything else of SQLite and Jansson is called: both end the process
 * when they get no memory (sync/alloc.h), since both have calls that cannot
 * say so: a column comes back as if it were NULL, a member is missing from a
 * document. A program that does not call this (a test) sees SQLite's error.
 */
void give_up_start(void);

/*
 * How it is said from here on: as JSON or as text, in the language at the
 * time of the call.
 */
void give_up_as(bool json);

/* Prints the problem and ends the process. */
_Noreturn void give_up(const struct problem *problem);

#endif
