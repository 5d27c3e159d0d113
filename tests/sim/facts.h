#ifndef TESTS_SIM_FACTS_H
#define TESTS_SIM_FACTS_H

#include "tests/sim/ledger.h"

/*
 * What a change of the directory says of grants, endings and erasures goes into
 * the ledger: change `seq` of the hub in that term.
 */
void facts_note(struct ledger *ledger, int term, int64_t seq,
	const struct write *write);

#endif
