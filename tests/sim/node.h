#ifndef TESTS_SIM_NODE_H
#define TESTS_SIM_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/node/keys.h"
#include "client/node/node.h"
#include "proto/credentials.h"
#include "proto/key.h"
#include "proto/receipt.h"
#include "sync/agent.h"
#include "sync/session.h"
#include "tests/sim/disk.h"

/*
 * A node of the simulated company: the shipped store on a simulated disk, the
 * shipped policy and territories on that, and what sessions ask of their host,
 * as client/node does it.
 *
 *     off --> up --> (power cut, crash, disk failure) --> off
 *
 * Its keys, credentials and disk outlive that; the rest is made anew by
 * node_start().
 */
enum {
	NODE_TERRITORIES_MAX = 16,
	COMPANY_SEED = 1,
	ISSUER_SEED = 2,
};

enum folder_file {
	FOLDER_VAULT,
	FOLDER_LEASE,
	FOLDER_LETTERS,
	FOLDER_KEYS,
	FOLDER_DATABASE,
	FOLDER_WIPED,
	FOLDER_FILES,
};

/* … and what is in it, where something reads that. */
struct folder_content {
	uint8_t *bytes;
	size_t size;
};

struct world;

struct sim_node {
	struct world *world;
	int number; /* the hub is 0 */
	bool hub;
	bool hostile;
	bool stale;    /* hostile: it goes by an old directory */
	bool late;     /* it joins when the others are long at work */
	bool by_power; /* what its disk will die of */
	bool seals;    /* what was written will be sealed soon */
	uint8_t sign_key[SIGNING_KEY_SIZE];
	uint8_t sign_secret[SIGNING_SECRET_SIZE];
	uint8_t link_key[LINK_KEY_SIZE];
	uint8_t link_secret[LINK_SECRET_SIZE];
	uint8_t device[ID_BYTES];
	uint8_t user[ID_BYTES]; /* zero at the hub */
	uint8_t credentials[CREDENTIALS_SIZE_MAX];
	size_t credentials_size;
	int64_t clock_offset; /* how wrong its clock is */
	struct disk *disk;
	const struct schema *schema;

	bool up;
	bool crashed; /* a reload failed, where the program aborts */
	struct store *store;
	struct policy *policy;
	struct territory *territories[NODE_TERRITORIES_MAX];
	struct territory *directory;
	struct session_host host;
	int64_t hub_time_ms;
	struct agent agent; /* when to sync with the hub */
	/* A folder that was copied (restore.h): the copy, and its keys. */
	struct disk *backup;
	uint8_t *backup_identity;
	const struct schema *backup_schema;
	bool restored; /* nobody writes here before it was in step */
	bool copy;     /* there is, or was, another of its store */
	bool was_copy; /* … at any time */
	/* One that erases itself (wipe.h): */
	bool wiping, wiped;
	uint32_t folder; /* bits by enum folder_file: what is there */
	struct folder_content contents[FOLDER_FILES];
	bool locked; /* by its lease (lease.h): it is off, and may be asked */
	bool receipt_waits;
	int receipt_term; /* of the hub that took it */
	uint8_t receipt[RECEIPT_SIZE];
	int incarnation;       /* which copy of its store is written on */
	struct node_keys keys; /* a hub's, for `shipped` */
	struct node shipped;   /* as client/node sees it (shipped.h) */
};

/* Keys from the seed; credentials without the hub's certificate. */
void node_init(struct sim_node *node, struct world *world, int number,
	const uint8_t *user);
/* An issuer's certificate and one of a device or hub: CREDENTIALS_SIZE. */
void node_certify(uint8_t *out, const uint8_t *user, const uint8_t *sign_key,
	const uint8_t *link_key, bool hub);
/* It knows the hub from now on, as after enrolling. */
void node_introduce(struct sim_node *node, const struct sim_node *hub);
void node_clear(struct sim_node *node);

/* Opens what is on its disk. False when that fails: it is off. */
bool node_start(struct sim_node *node);
/* Closes it; the disk keeps what it has. */
void node_stop(struct sim_node *node);

int64_t node_now(const struct sim_node *node);
const uint8_t *company_id_of_all(void);
const uint8_t *company_key_of_all(void);
/* What stores are encrypted with; NULL: they are not. */
const uint8_t *node_store_key(void);
void node_company_secret(uint8_t secret[static SIGNING_SECRET_SIZE]);
void node_issuing_secret(uint8_t secret[static SIGNING_SECRET_SIZE]);

struct territory *sim_territory(
	struct sim_node *node, const uint8_t *id, bool make);
struct session_options node_options(struct sim_node *node, bool initiator);

/*
 * Rolls the store back and loads again what is in memory; when that fails the
 * node has crashed.
 */
void sim_rollback(struct sim_node *node);
enum status sim_seal(struct sim_node *node);
/* The same inside of an open transaction. */
enum status sim_seal_inside(struct sim_node *node);
enum status sim_directory_changed(struct sim_node *node);

/* Whether the nodes' stores are encrypted; set before there is one. */
extern bool node_sealed;

/* The store's template: an empty database of the schema. */
const struct disk *template_disk(const struct schema *schema);
void templates_free(void);

/* The shipped schema as an older program had it. */
const struct schema *schema_older(void);

#endif
