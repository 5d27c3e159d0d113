#ifndef CLIENT_NODE_RESTORE_H
#define CLIENT_NODE_RESTORE_H

#include "client/node/backup.h"

/*
 * Makes a node of a device's backup, in a folder without one (DESIGN 4). It is
 * a copy (copied.h): it reads at once and has the old device's keys only to ask
 * the hub for new ones, at its first sync; until then it writes nothing. So the
 * machine that the backup was made on may still be there, and may have gone on.
 *
 * `data_key` is that of the backup's vault. The node is encrypted under
 * `passphrase`, and a key that no other node has; NULL: it is plain. Killed, it
 * leaves a folder in which it can be tried again. EXIT_USAGE: the backup is a
 * hub's (hub/restore.h); EXIT_AMBIGUOUS: the folder holds a node already.
 */
bool node_restore(struct node **out, const char *dir,
	const struct backup_end *end, const char *file,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE],
	const struct passphrase *passphrase, struct problem *problem);

#endif
