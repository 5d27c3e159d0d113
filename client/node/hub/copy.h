#ifndef CLIENT_NODE_HUB_COPY_H
#define CLIENT_NODE_HUB_COPY_H

#include "client/node/keys.h"

/*
 * Takes the database of a lost hub out of what there is of it: its folder or
 * the node.db in one (plain, or encrypted with its `vault` beside it), or a
 * backup (client/node/backup.h). The company's root secret opens what is
 * encrypted. It becomes the node.db in `dir`, under `key` (NULL: plain); what
 * it was taken from is left as it is.
 *
 * EXIT_NOT_FOUND: there is no such file; EXIT_REFUSED: of another company;
 * EXIT_USAGE: the backup of a device; EXIT_LOCKED: a hub runs there.
 */
bool hub_copy_take(const char *from, const char *dir,
	const uint8_t root_secret[static SIGNING_SECRET_SIZE],
	const uint8_t *key, struct problem *problem);

#endif
