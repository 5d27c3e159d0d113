#ifndef CLIENT_HANDOVER_RECORD_H
#define CLIENT_HANDOVER_RECORD_H

#include "client/handover/succession.h"
#include "client/method/brief.h"

/*
 * Handovers as records in the territories' `management` compartments, written
 * by the hub: one an account and leaver, its id derived from the two, so that
 * to write it again changes nothing. It keeps the brief as it read on the day,
 * in the language of the command, and the days of the checks.
 */
enum { HANDOVER_CHECKS = 3, HANDOVER_CHECK_DAYS = 30 };

struct handover_order {
	const struct succession *succession;
	int32_t today;
	const char *reason; /* code or label of handover.reason; NULL: none */
};

/* EXIT_USAGE: the schema has no such reason. NULL is fine. */
bool handover_reason_valid(const char *reason, struct problem *problem);

/*
 * In the open transaction, after the directory handed the territories on and
 * made the compartments (hub_compartment_draft()). Adds to *written how many
 * were not there yet.
 */
bool handover_write_all(struct node *node, const struct handover_order *order,
	uint32_t *written, struct problem *problem);

/* The field that keeps a section of the brief; NULL: it is not kept. */
const char *handover_brief_field(enum brief_section section);

void handover_id(const uint8_t *account, const uint8_t *from,
	uint8_t out[static ID_BYTES]);

#endif
