#ifndef CLIENT_CLI_ENTERED_TEXT_H
#define CLIENT_CLI_ENTERED_TEXT_H

#include "client/cli/record_text.h"

/*
 * `visit show`: the record as any, then the window in which it was provably
 * entered (client/node/entered.h), each bound with whose clock it is by. As
 * JSON the record with that as "entered".
 */
bool entered_show(struct cli *cli, const struct found_record *found);

#endif
