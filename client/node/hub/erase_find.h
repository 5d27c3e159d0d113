#ifndef CLIENT_NODE_HUB_ERASE_FIND_H
#define CLIENT_NODE_HUB_ERASE_FIND_H

#include "client/node/node.h"

/*
 * What of a person stands where, out of every segment that the hub holds: what
 * counts, what was overwritten, what lies beyond cut-offs, and what of late
 * changes was written down for managers.
 *
 * A person's own are the contact's record and the records that are about that
 * contact alone: those of a type with a required reference to a contact
 * (positions, who holds it, links between two), and its ratings. A visit, an
 * action or a piece of intelligence that refers to the contact is a
 * colleague's: it stays, with a reference that leads nowhere. What a program
 * cannot tell, a name or a number of the person in somebody's words, is found
 * by its text and told as a mention.
 */

struct erase_record {
	uint32_t type;
	uint8_t id[RECORD_ID_MAX];
	size_t id_size;
	uint8_t about[ID_BYTES]; /* the contact, of what was found by it */
};

/* A record of a territory: one that goes, or one with a mention. */
struct erase_place {
	uint8_t territory[ID_BYTES];
	struct erase_record record;
};

/* A segment and the erasure that is to stand for it. */
struct erase_segment {
	uint8_t territory[ID_BYTES];
	uint8_t log[LOG_BYTES];
	int64_t first;
	uint32_t count;
	uint8_t replaces[SEGMENT_NAME_SIZE];
	uint8_t name[SEGMENT_NAME_SIZE];
	struct erase_record record; /* one that goes; type 0: only copies do */
	bool again; /* nothing more goes: in the place of one that was lost */
	uint8_t *bytes;
	size_t size;
};

struct erase_found {
	/* That go, wherever they stand; the contact is the first. */
	struct erase_record *records;
	size_t record_count;
	/* Where they stand, each once. */
	struct erase_place *places;
	size_t place_count;
	/* Late changes that speak of them, as they were written down. */
	struct erase_place *copies;
	size_t copy_count;
	struct erase_segment *segments;
	size_t segment_count;
	struct erase_place *mentions;
	size_t mention_count;
};

/* Adds a record that goes, once; `about` a contact, or NULL. */
void erase_found_add(struct erase_found *found, uint32_t type,
	const uint8_t *id, size_t id_size, const uint8_t *about);

/*
 * Fills in the rest for the records that were added, and adds those that are
 * about a contact among them. `marked`: what the directory
 * marks as erased goes as well. With `words`, mentions are looked for, else
 * there are none. Nothing may be pending (node_seal). STATUS_FAILED: the disk,
 * or a segment that holds some of it cannot be read.
 */
struct erase_options {
	bool marked;
	bool words;
	const uint8_t *territory; /* only there; NULL: everywhere */
	/* Of a log from this change on only; NULL: all of it. */
	int64_t (*from)(
		void *self, const uint8_t *territory, const uint8_t *log);
	void *self;
};
MUST_USE enum status erase_find(struct node *node, struct erase_found *found,
	const struct erase_options *options);
void erase_found_clear(struct erase_found *found);

/* Whether the type is a person's own, of that contact: its name in `field`. */
bool erase_is_own_type(const struct schema *schema, uint32_t type);

#endif
