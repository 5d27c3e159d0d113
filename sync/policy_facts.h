#ifndef SYNC_POLICY_FACTS_H
#define SYNC_POLICY_FACTS_H

#include "sync/alloc.h"
#include "sync/policy.h"

/*
 * The facts of a directory, as policy_facts.c reads them out of its records
 * and policy.c judges by them. Within sync/policy only.
 */

/* The least cut-off that was recorded of a log, a grant or a device. */
struct policy_cutoff {
	uint8_t device[ID_BYTES];
	uint8_t grant[ID_BYTES];
	uint8_t territory[ID_BYTES];
	int64_t last;
	/* The segment that ends there; zero: it was not told. */
	uint8_t segment[SEGMENT_NAME_SIZE];
	bool stolen;
	bool replaced; /* of a device's ending: its store was a copy */
	/* When the directory recorded it: its log there, number and time. */
	uint32_t log;
	int64_t seq;
	int64_t time;
};

/* A grant that is told to end. */
struct policy_ending {
	uint8_t grant[ID_BYTES];
	int64_t time;
};

struct policy_address {
	uint8_t id[ID_BYTES];
	const char *url;
};

struct facts {
	struct arena arena;                   /* what the names point into */
	struct policy_territory *territories; /* ascending by id, as all */
	struct policy_user *users;
	struct policy_device *devices;
	struct policy_grant *grants;
	struct policy_cutoff *cutoffs; /* by device, grant, territory, last */
	struct policy_address *addresses;
	struct policy_ending *endings;
	/* The grants again, ascending by user, then territory, then id. */
	const struct policy_grant **granted;
	uint32_t territory_count;
	uint32_t user_count;
	uint32_t device_count;
	uint32_t grant_count;
	uint32_t cutoff_count;
	uint32_t address_count;
	uint32_t ending_count;
};

/* Reads them; on another status than STATUS_OK there is nothing to clear. */
MUST_USE enum status facts_load(
	struct facts *facts, struct store *store, uint32_t directory);
void facts_clear(struct facts *facts);

/*
 * The cut-off that a `cutoff` record's body tells; false: none. Its place in
 * the directory is not filled in.
 */
bool facts_read_cutoff(const struct schema *schema, struct pack_view body,
	struct policy_cutoff *cutoff);

/* The one with that id, or NULL. */
const struct policy_territory *facts_territory(
	const struct facts *facts, const uint8_t *id);
const struct policy_user *facts_user(
	const struct facts *facts, const uint8_t *id);
const struct policy_device *facts_device(
	const struct facts *facts, const uint8_t *id);
const struct policy_grant *facts_grant(
	const struct facts *facts, const uint8_t *id);

/*
 * The first cut-off with these ids, or NULL; `territory` NULL for that of any
 * territory.
 */
const struct policy_cutoff *facts_cutoff(const struct facts *facts,
	const uint8_t *device, const uint8_t *grant, const uint8_t *territory);

#endif
