#ifndef TESTS_SIM_ERASE_H
#define TESTS_SIM_ERASE_H

#include "tests/sim/draft.h"

/*
 * A person's data is erased, by the shipped client/node/hub/erase.c,
 * erase_find.c and erasure_orders.c at the hub, and client/node/owed.c and
 * sync/erased.c on every node.
 *
 *     ordered --> marked in the directory, replaced at the hub
 *             --> (each node: hears, leaves out, takes the replacements,
 *                  cleans its file) --> confirmed
 */

/* The admin has the data of some contact erased, at times a visit with it. */
void erase_somebody(struct world *world);
/*
 * What a hub does of itself now and then: whatever came late about somebody who
 * is erased, and what nobody brought the erasure of. Whether there was any.
 */
bool erase_duties(struct world *world);
/* The same for one territory, or with NULL all, of that hub. */
bool erase_late(struct sim_node *hub, const uint8_t *territory);

/* The hub's count of what it marked as erased; it grows with each mark. */
uint64_t erase_marks(const struct world *world);

/* Whether the new hub has not heard of an erasure that somebody may have. */
bool erase_unheard(struct world *world);

/* What sessions ask (sync/session.h: erased, heard_erased). */
bool erase_told(void *self, uint8_t *digest);
void erase_heard(void *self, const uint8_t *device, const uint8_t *digest);

/*
 * Whether an operation counts for nobody who knows so much of the directory: it
 * is erased, or was by its author before it was sealed, so that it never was.
 */
struct ledger;
struct ledger_log;
struct ledger_operation;
bool erase_left_out(const struct ledger *ledger, struct territory *territory,
	const struct ledger_log *log, int64_t seq,
	const struct ledger_operation *operation, int64_t known);

/* The words of a person: a text that stands in no other's records. */
void erase_words(const uint8_t *contact, char out[static 40]);
/*
 * What must hold at the end of who knows of all erasures: nothing of any is in
 * a log, sealed or not, late or not, in a table, or anywhere on the disk, and
 * the hub knows that; what is not confirmed is open there.
 */
void erase_check(struct world *world, struct sim_node *node);

#endif
