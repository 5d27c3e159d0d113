#ifndef CLIENT_NODE_WHY_H
#define CLIENT_NODE_WHY_H

#include "client/node/view.h"

/*
 * Why a field shows what it shows:
 *
 *     {"type":…, "record":…, "field":…, "shown":…,
 *      "order":"latest|highest|senior|ask|once|set",
 *      "explanation": a sentence in the language of the command,
 *      "versions":[{"value":…, "user":…, "device":…, "time":…,
 *                   "rank":"rep|manager|hq", "live":…}…]}
 *
 * Live versions first, best first; then what they replaced, latest first. NULL
 * when the disk refuses.
 */
json_t *node_why_json(struct node *node, const struct found_record *found,
	const struct schema_field *field);

#endif
