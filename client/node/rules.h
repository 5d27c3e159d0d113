#ifndef CLIENT_NODE_RULES_H
#define CLIENT_NODE_RULES_H

#include "client/node/node.h"

/*
 * What the method asks of a record beyond what the schema can say, where a
 * person (or a file) writes it. Merging knows none of this: what a peer sent
 * is kept and shown, and counts or does not (client/method).
 *
 * A rating (DOMAIN 2.2) is of a contact or of an account, its level is one of
 * its scale, and the two highest levels of a scale ask for evidence.
 *
 * False with EXIT_USAGE and what to do. Edits that are not new pass.
 */
bool rules_hold(const struct edit *edit, struct problem *problem);

#endif
