#ifndef CLIENT_METHOD_BRIEF_H
#define CLIENT_METHOD_BRIEF_H

#include <stdio.h>

#include "client/method/read.h"
#include "client/method/tell.h"

/*
 * What somebody needs who goes to a customer, or takes one over (DOMAIN 4 e,
 * 5): as one JSON object, and its sections as text made of that.
 *
 *     {"as_of", "scope", "freshness",
 *      "account": {tell_account(), cadence, visits, coverage, completeness},
 *      "people": [{"id", "name", "title", "department", "key_role",
 *        "level", "target", "key", "attitude", "rival", "contradiction",
 *        "met", "held_by"}],
 *      "chain": [{"id", "from_id", "from", "kind", "to_id", "to", "formal",
 *        "confidence"}],
 *      "visits": [the last five: {"id", "on", "type", "goal", "result",
 *        "contacts", "us", "notes": [{"kind", "text"}]}],
 *      "promises": [tell_due(): ours first, then theirs, then next steps],
 *      "conflicts": [{"id", "type", "record", "field", "undecided"}],
 *      "unconfirmed": [{"contact", "scale", "level", "rated_by", "rated_on",
 *        "counts_as"}],
 *      "exit_note", "intel": [{"category", "text", "observed_on"}]}
 *
 * `key` is KEY5 and `attitude` CR, as tell_relation() tells them; `level` is
 * "exec", "mgmt", "working" or null, `target` what the role asks of `key`, and
 * `rival` whose friend they are while `attitude` counts as CR4.
 */
enum { BRIEF_VISITS = 5 };

/* EXIT_FAILED when the disk refuses: NULL. */
json_t *brief_json(struct node *node, const uint8_t *account, int32_t as_of,
	struct problem *problem);

/* In the order in which a reader needs them. */
enum brief_section {
	BRIEF_PEOPLE,
	BRIEF_CHAIN,
	BRIEF_LAST_VISITS,
	BRIEF_PROMISES,
	BRIEF_CONFLICTS,
	BRIEF_UNCONFIRMED,
	BRIEF_EXIT_NOTE,
	BRIEF_INTEL,
	BRIEF_SECTIONS,
};

/* Its title, in the language of the command. */
const char *brief_title(enum brief_section section);

/*
 * The section as lines of text, in the language of the command; "" when it
 * has nothing to say. The caller's: free(). Nothing is escaped.
 */
char *brief_text(const json_t *brief, enum brief_section section);

#endif
