#ifndef CLIENT_NODE_WIPE_H
#define CLIENT_NODE_WIPE_H

#include "client/node/node.h"

/*
 * An encrypted device that was shut out (revoked, not replaced) erases itself,
 * once head office has what it owed (owed.h), or at once when it was reported
 * stolen: the key file is overwritten and removed, then all else. Without it
 * whatever the disk still has of the rest opens with no passphrase.
 *
 *     receipt       is signed and written (last_word.h)
 *     wiped         is written: from here on it goes on at every start
 *     vault         is overwritten and removed
 *     the rest      likewise
 *     receipt       goes to the hub, and is forgotten; or by a later sync
 *
 * `wiped` stays, a line of text with the device's id and the time, so that who
 * comes later is told what happened; a new node may be made in the folder. What
 * shuts a device out is a change of the directory that the hub signed and that
 * names it (policy.h): nobody else's word starts this, and no clock, but for a
 * company whose leases say that devices erase themselves, days after they were
 * locked (lease.h).
 * A disk may keep old blocks, a backup is a file of its own, and a program that
 * was altered does nothing of the kind.
 */

/* Whether an open node is to go: nothing that it holds waits for the hub. */
bool wipe_due(const struct node *node);

/*
 * The node in `dir`, closed by now, goes. False with *problem when the disk
 * refuses, or somebody has it open; it goes on at the next start.
 */
bool wipe_node(const char *dir, const uint8_t device[static ID_BYTES],
	struct problem *problem);

/*
 * Before a folder's node is opened: goes on with what was cut short. False with
 * EXIT_REFUSED when the node in it was erased, and says so.
 */
bool wipe_settle(const char *dir, struct problem *problem);

/*
 * Before a new node is made there: what is left of the old one goes, and then
 * what tells of it. False with *problem: the disk refuses.
 */
bool wipe_forget(const char *dir, struct problem *problem);

#endif
