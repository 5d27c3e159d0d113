#ifndef SYNC_POLICY_H
#define SYNC_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/change.h"
#include "proto/order.h"
#include "proto/status.h"
#include "sync/store.h"
#include "sync/territory.h"

/*
 * Who may do what, out of the directory's records and nothing else (DESIGN 6,
 * MERGE R1, R2): which logs count and with which rank, who is given what,
 * whose keys are whose. The facts that a verdict uses are write-once.
 *
 * Cut-offs are records of type `cutoff`: of one log (device, grant) with the
 * last change that counts; with device zero, the grant has ended: its logs
 * that are not listed end at 0; with grant zero, the device is revoked, the
 * same for its logs. Listed means by the time of that ending; of several the
 * least holds.
 *
 * A friendly ending takes two steps: a record `ending` tells the grant's user
 * to write no more under it and to hand over what there is, the cut-offs
 * follow. A grant that is ending opens its territory all the same, and what
 * was written under it counts.
 */
struct policy;

/* `company` is company_id(); the directory's territory derives from it. */
struct policy *policy_new(const uint8_t *company);
void policy_free(struct policy *policy);

/* ID_BYTES: the id of the company's directory territory. */
const uint8_t *policy_directory(const struct policy *policy);

/*
 * A hub's own device, known by its certificate: its logs are under grant 0
 * and count in the directory and in `management` territories. Kept over
 * policy_load().
 */
void policy_add_hub(
	struct policy *policy, const uint8_t *device, const uint8_t *sign_key);

/*
 * The device is given the directory and nothing else, whatever it is granted;
 * NULL: no device is. For a hub that is being restored.
 */
void policy_restrict(struct policy *policy, const uint8_t *device);

/* The signing key of each that is known, in no order; NULL ends. */
enum { POLICY_HUBS_MAX = 64 }; /* and no more are */
const uint8_t *policy_hub_key_at(const struct policy *policy, uint32_t index);

/*
 * What the company says of its hubs (proto/order.h); number 0 while it said
 * nothing. The former ones count in the directory up to the change that it
 * names, and are revoked. An order with a lower number than the one known is
 * STATUS_ABSENT, as is the same again; one that is none of this company's
 * STATUS_MALFORMED or STATUS_FORGED. Kept over policy_load(). After STATUS_OK
 * the directory is to be settled.
 */
MUST_USE enum status policy_take_order(struct policy *policy,
	const uint8_t *company_key, const uint8_t *bytes, size_t size);
/* As if none was ever taken; the keys of hubs that it named stay known. */
void policy_forget_order(struct policy *policy);
const struct order *policy_order(const struct policy *policy);
/* Its bytes, to be passed on; empty while there is none. */
struct pack_view policy_order_bytes(const struct policy *policy);
/* Whether the device is a hub that was replaced. */
bool policy_is_former_hub(const struct policy *policy, const uint8_t *device);

/* Reads the directory's records anew: after opening and after each change. */
MUST_USE enum status policy_load(
	struct policy *policy, struct store *store, uint32_t directory);

/* RANK_*, RULES_UNKNOWN or RULES_NEVER; and the cut, INT64_MAX for none. */
int policy_rank(const struct policy *policy, const uint8_t *territory,
	const uint8_t *log);
int64_t policy_cut(const struct policy *policy, const uint8_t *territory,
	const uint8_t *log);
/*
 * The name of the segment that ends at the cut, as the hub had it when it
 * recorded that; NULL when there is no cut, or it tells none.
 */
const uint8_t *policy_cut_segment(const struct policy *policy,
	const uint8_t *territory, const uint8_t *log);
/* What is erased (erasures.h); the policy's, until the next policy_load(). */
const struct erasures *policy_erasures(const struct policy *policy);
/* The same four as the rules of a territory; they refer to `policy`. */
struct territory_rules policy_rules(struct policy *policy);

/* Ed25519 public key of a device or hub; NULL when it is not known. */
const uint8_t *policy_device_key(
	const struct policy *policy, const uint8_t *device);
/* The user of a device; NULL for a hub or when not known. */
const uint8_t *policy_device_user(
	const struct policy *policy, const uint8_t *device);
bool policy_is_hub(const struct policy *policy, const uint8_t *device);
bool policy_is_revoked(const struct policy *policy, const uint8_t *device);
/*
 * Revoked, but only since its store was found to be a copy: the same person
 * goes on under other keys.
 */
bool policy_is_replaced(const struct policy *policy, const uint8_t *device);
bool policy_is_stolen(const struct policy *policy, const uint8_t *device);
/*
 * A segment of the directory that was given to the device alone, though what is
 * here does not reach as far. True: it revokes the device, which is remembered,
 * also over policy_load(), and counts like the directory itself: not beyond the
 * end of a former hub (orders).
 */
bool policy_hear_revocation(struct policy *policy, const struct schema *schema,
	const struct segment *segment, const uint8_t *device);
/*
 * The change that revoked the device, by the number of its log in the
 * directory; the first of several. False when it is not revoked.
 */
bool policy_revocation(const struct policy *policy, const uint8_t *device,
	uint32_t *log, int64_t *seq);

/*
 * Whether a device may be given the territory: the directory to every
 * employee's device, others by a grant of its user on them or above, a
 * `management` one to manager and hq only; a hub everything. Nothing to a
 * revoked device.
 */
bool policy_may_read(const struct policy *policy, const uint8_t *device,
	const uint8_t *territory);

/*
 * Whether a device that may not read the territory may all the same hand the
 * hub what it has of it: its user was granted it once, and the device was not
 * reported stolen.
 */
bool policy_may_hand_over(const struct policy *policy, const uint8_t *device,
	const uint8_t *territory);

/*
 * The grant under which the user writes there: the highest rank, of equals
 * the oldest (smallest id), none that is ending. Returns the rank and fills in
 * grant[ID_BYTES]; RANK_NONE when there is none.
 */
int policy_write_grant(const struct policy *policy, const uint8_t *user,
	const uint8_t *territory, uint8_t *grant);
/*
 * The same among all that have not ended: for what was typed before, and still
 * has to be handed over under one that is ending.
 */
int policy_hand_over_grant(const struct policy *policy, const uint8_t *user,
	const uint8_t *territory, uint8_t *grant);

/* Every territory that a device may read, the directory included, by id. */
typedef void policy_territory_cb(void *self, const uint8_t *territory);
void policy_readable(const struct policy *policy, const uint8_t *device,
	policy_territory_cb *found, void *self);

/* Walking the facts for lists and names. NULL ends; views into the policy. */
enum { POLICY_FIELD, POLICY_MANAGEMENT, POLICY_DIRECTORY };
enum { ROLE_REP = 1, ROLE_MANAGER = 2, ROLE_HQ = 3, ROLE_ADMIN = 4 };

struct policy_territory {
	uint8_t id[ID_BYTES];
	uint8_t parent[ID_BYTES]; /* zero for the root `/` */
	int kind;
	const char *name; /* the last part of its path; "/" for the root */
};

struct policy_user {
	uint8_t id[ID_BYTES];
	const char *login;
	const char *name; /* "" when none was given */
};

struct policy_device {
	uint8_t id[ID_BYTES];
	uint8_t user[ID_BYTES];
	uint8_t sign_key[32];
	uint8_t link_key[32]; /* zero when none was written */
	const char *name;
	bool revoked;
	bool stolen;
	bool replaced; /* revoked, since its store was a copy, and only so */
	uint8_t replaces[ID_BYTES]; /* the device that it was; or zero */
	/* What it signed when it erased itself (proto/receipt.h), or NULL. */
	const uint8_t *receipt;
	/* The last one of a backup that was opened, or NULL. */
	const uint8_t *backup_receipt;
};

struct policy_grant {
	uint8_t id[ID_BYTES];
	uint8_t user[ID_BYTES];
	uint8_t territory[ID_BYTES];
	int role;
	bool ended;
	int64_t ending_ms; /* told to end then; 0: it was not */
	const char *until; /* YYYY-MM-DD, or "" */
};

/* For how long devices may open what they keep without a word of the hub. */
struct policy_lease {
	int64_t days;  /* 1 to POLICY_LEASE_DAYS_MAX; 0: there are no leases */
	int64_t grace; /* days from locking to erasing, 0 to the same */
	bool wipe;     /* they erase themselves then; else they stay locked */
};
enum { POLICY_LEASE_DAYS_MAX = 3650 };
struct policy_lease policy_lease(const struct policy *policy);

const struct policy_territory *policy_territory_at(
	const struct policy *policy, uint32_t index);
const struct policy_user *policy_user_at(
	const struct policy *policy, uint32_t index);
const struct policy_device *policy_device_at(
	const struct policy *policy, uint32_t index);
const struct policy_grant *policy_grant_at(
	const struct policy *policy, uint32_t index);
/* The hub addresses that are recorded, oldest first; NULL at the end. */
const char *policy_hub_address_at(const struct policy *policy, uint32_t index);

const struct policy_territory *policy_territory(
	const struct policy *policy, const uint8_t *id);
const struct policy_user *policy_user(
	const struct policy *policy, const uint8_t *id);
const struct policy_user *policy_user_login(
	const struct policy *policy, const char *login);
const struct policy_device *policy_device(
	const struct policy *policy, const uint8_t *id);
const struct policy_grant *policy_grant(
	const struct policy *policy, const uint8_t *id);

/* Whether the territory is that one or lies below it. */
bool policy_lies_in(const struct policy *policy, const uint8_t *territory,
	const uint8_t *above);

/*
 * A territory's path ("east/linxi", "/" for the root, "directory") into
 * `out`; a loop or a missing parent ends it with "?". Returns `out`.
 */
enum { POLICY_PATH_MAX = 512 };
char *policy_path(const struct policy *policy, const uint8_t *territory,
	char out[static POLICY_PATH_MAX]);
/* The territory with that path, or NULL. "/" and a leading / are understood. */
const struct policy_territory *policy_territory_path(
	const struct policy *policy, const char *path);

#endif
