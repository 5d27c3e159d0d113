#include "client/node/copied.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/node/carry.h"
#include "client/node/folder.h"
#include "client/node/keys.h"
#include "client/store/setting.h"
#include "proto/credentials.h"
#include "sync/alloc.h"

enum { FORMER_MAX = 32 };

static const char create[] =
	"CREATE TABLE IF NOT EXISTS _carried(territory BLOB NOT NULL, "
	"log BLOB NOT NULL, after INTEGER NOT NULL, "
	"PRIMARY KEY(territory, log)) WITHOUT ROWID";

/* The new keys are this device's; the file's name follows. */
static void
take_over(struct node *node)
{
	char *next = folder_file(node->dir, "keys.next");
	char *final = folder_file(node->dir, "keys");

	/* When it fails, opening the node tries again. */
	(void)rename(next, final);
	free(next);
	free(final);
	node_keys_free(node->keys);
	node->keys = node->next_keys;
	node->next_keys = NULL;
	device_id(node->device, node_keys_sign_public(node->keys));
}

void
copied_load(struct node *node)
{
	char *next = folder_file(node->dir, "keys.next");
	uint8_t copied = 0, device[ID_BYTES];
	struct problem problem = {0};
	struct certificate own;

	(void)setting_get(node->store, "copied", &copied, sizeof copied);
	node->copied = copied != 0;
	if (!node->hub && access(next, F_OK) == 0 &&
		node_keys_load_sealed(&node->next_keys, next,
			node_keys_data_key(node->keys), &problem) &&
		node->credentials_size >= CREDENTIALS_SIZE &&
		certificate_decode(&own, node->credentials + CERTIFICATE_SIZE,
			CERTIFICATE_SIZE) == STATUS_OK) {
		device_id(device, node_keys_sign_public(node->next_keys));
		if (memcmp(own.subject, device, ID_BYTES) == 0)
			take_over(node);
	}
	free(next);
}

void
copied_mark(struct node *node, const uint8_t *device)
{
	static const uint8_t yes = 1;
	enum status status;

	/* What is said of keys that it had says nothing of those it has. */
	if (node->copied || memcmp(device, node->device, ID_BYTES) != 0)
		return;
	node->copied = true;
	/* Not written, it is found out again at the next sync. */
	status = setting_set(node->store, "copied", &yes, sizeof yes);
	(void)status;
}

bool
copied_replacement(
	struct node *node, const uint8_t **sign_secret, uint8_t *link_key)
{
	struct problem problem = {0};
	char *next;

	if (!node->copied || node->hub)
		return false;
	if (!node->next_keys) {
		struct node_keys *fresh = node_keys_new(false);

		node_keys_seal(fresh, node_keys_data_key(node->keys));
		next = folder_file(node->dir, "keys.next");
		(void)unlink(next); /* one that could not be read */
		if (node_keys_save(fresh, next, &problem))
			node->next_keys = fresh;
		else
			node_keys_free(fresh);
		free(next);
	}
	if (!node->next_keys)
		return false;
	*sign_secret = node->next_keys->sign_secret;
	node_keys_link_public(node->next_keys, link_key);
	return true;
}

static enum status
write_replaced(struct node *node, const uint8_t *credentials, size_t size)
{
	static const uint8_t no = 0;
	uint8_t former[FORMER_MAX * ID_BYTES];
	size_t had = setting_get(node->store, "former", former, sizeof former);
	enum status status;

	/* What the oldest of so many had written was carried over long ago. */
	if (had == sizeof former) {
		had -= ID_BYTES;
		memmove(former, former + ID_BYTES, had);
	}
	memcpy(former + had, node->device, ID_BYTES);
	status = setting_set(node->store, "former", former, had + ID_BYTES);
	if (status == STATUS_OK)
		status = setting_set(
			node->store, "credentials", credentials, size);
	return status == STATUS_OK
		? setting_set(node->store, "copied", &no, sizeof no)
		: status;
}

enum status
copied_replaced(struct node *node, const uint8_t *credentials, size_t size)
{
	struct problem problem = {0};
	enum status status;

	if (!node->next_keys || size > sizeof node->credentials ||
		!node_begin(node, &problem))
		return STATUS_FAILED;
	status = write_replaced(node, credentials, size);
	if (status != STATUS_OK) {
		node_rollback(node);
		return STATUS_FAILED;
	}
	if (!node_commit(node, &problem))
		return STATUS_FAILED;
	memcpy(node->credentials, credentials, size);
	node->credentials_size = size;
	node->copied = false;
	take_over(node);
	return STATUS_OK;
}

/* ---- carrying over ---- */

/* All beyond number *after was; INT64_MAX: nothing. STATUS_OK or _FAILED. */
static enum status
find_carried(struct node *node, const uint8_t *territory, const uint8_t *log,
	int64_t *after)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"SELECT after FROM _carried WHERE territory = ?1 AND log = ?2");
	int step;

	if (!s)
		return STATUS_FAILED;
	(void)sqlite3_bind_blob(s, 1, territory, ID_BYTES, SQLITE_TRANSIENT);
	(void)sqlite3_bind_blob(s, 2, log, LOG_BYTES, SQLITE_TRANSIENT);
	step = sqlite3_step(s);
	*after = step == SQLITE_ROW ? sqlite3_column_int64(s, 0) : INT64_MAX;
	(void)sqlite3_finalize(s); /* only read */
	return step == SQLITE_ROW || step == SQLITE_DONE ? STATUS_OK
							 : STATUS_FAILED;
}

static enum status
note_carried(struct node *node, const uint8_t *territory, const uint8_t *log,
	int64_t after)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"INSERT OR REPLACE INTO _carried VALUES(?1, ?2, ?3)");
	enum status status;

	if (!s)
		return STATUS_FAILED;
	(void)sqlite3_bind_blob(s, 1, territory, ID_BYTES, SQLITE_TRANSIENT);
	(void)sqlite3_bind_blob(s, 2, log, LOG_BYTES, SQLITE_TRANSIENT);
	(void)sqlite3_bind_int64(s, 3, after);
	status = sqlite3_step(s) == SQLITE_DONE ? STATUS_OK : STATUS_FAILED;
	(void)sqlite3_finalize(s); /* the step said it already */
	return status;
}

static bool
counts(struct node *node, struct territory *t, const uint8_t *log)
{
	const uint8_t *id = territory_id(t);

	return policy_rank(node->policy, id, log) >= 0 &&
		policy_cut(node->policy, id, log) == INT64_MAX &&
		territory_may_write(t, log, false);
}

/* The log to go on in: under the same grant, or under what there is now. */
static bool
successor(struct node *node, struct territory *t, const uint8_t *old,
	uint8_t log[static LOG_BYTES])
{
	const uint8_t *id = territory_id(t);

	memcpy(log, node->device, ID_BYTES);
	memcpy(log + ID_BYTES, old + ID_BYTES, ID_BYTES);
	if (counts(node, t, log))
		return true;
	/* Where all are ending it is among what there is to be handed over. */
	return (policy_write_grant(node->policy, node->user, id,
			log + ID_BYTES) != RANK_NONE ||
		       policy_hand_over_grant(node->policy, node->user, id,
			       log + ID_BYTES) != RANK_NONE) &&
		counts(node, t, log);
}

/* The log of these keys under the old grant, when that has ended for them. */
static bool
late_successor(struct node *node, struct territory *t, const uint8_t *old,
	uint8_t log[static LOG_BYTES])
{
	memcpy(log, node->device, ID_BYTES);
	memcpy(log + ID_BYTES, old + ID_BYTES, ID_BYTES);
	return !policy_is_revoked(node->policy, node->device) &&
		policy_cut(node->policy, territory_id(t), log) != INT64_MAX &&
		territory_may_write(t, log, true);
}

/* What is carried over of one log, and into which. */
struct moving {
	struct carry *carry; /* or NULL */
	uint8_t log[LOG_BYTES];
};

static enum status
take_log(struct node *node, struct territory *t, uint32_t number,
	const struct store_log *old, struct moving *moving)
{
	const uint8_t *id = territory_id(t);
	int64_t cut = policy_cut(node->policy, id, old->id), before;
	int64_t after = cut < old->kept ? cut : old->kept;
	enum status status;
	bool goes_on;

	/* Until the hub's word about the old log is here it may yet move. */
	if (cut == INT64_MAX)
		return STATUS_OK;
	/*
	 * It may, later, too: the hub had heard of another branch of the log,
	 * and what seemed to count does not. When the disk refuses: not now.
	 */
	status = find_carried(node, id, old->id, &before);
	if (status != STATUS_OK || before <= after)
		return STATUS_OK;
	goes_on = successor(node, t, old->id, moving->log);
	if (!goes_on && !late_successor(node, t, old->id, moving->log))
		return STATUS_OK;
	moving->carry = carry_take(t, old->id, after, before, &status);
	/* What was not sealed is nowhere else: the hub decides on it. */
	if (moving->carry && goes_on &&
		!carry_fits(moving->carry, old->kept,
			policy_rank(node->policy, id, moving->log))) {
		goes_on = false;
		if (!late_successor(node, t, old->id, moving->log)) {
			carry_free(moving->carry);
			moving->carry = NULL;
			return STATUS_OK;
		}
	}
	if (moving->carry && !goes_on)
		carry_late(moving->carry);
	if (status == STATUS_OK)
		status = note_carried(node, id, old->id, after);
	if (status == STATUS_OK && moving->carry)
		status = carry_drop_pending(t, node->store, number);
	return status;
}

/* Takes what is to be carried of the logs of one device that it was. */
static enum status
take_device(struct node *node, struct territory *t, const uint8_t *device,
	const struct store_log *logs, uint32_t count, struct moving *moving,
	uint32_t *taken)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; status == STATUS_OK && i < count; i++)
		if (memcmp(logs[i].id, device, ID_BYTES) == 0)
			status = take_log(
				node, t, i, &logs[i], &moving[(*taken)++]);
	return status;
}

/*
 * All is taken before anything is written: what is written names what was
 * applied, and must not name changes that are dropped a moment later. The hub
 * may have others in their places. The oldest of the devices goes first.
 */
static enum status
carry_in(struct node *node, struct territory *t, const uint8_t *former,
	size_t size)
{
	struct store *store = node->store;
	struct store_log *logs = NULL;
	struct moving *moving;
	uint32_t count = 0, taken = 0, written;
	enum status status =
		store->logs(store->self, territory_number(t), &logs, &count);

	moving = alloc(count * sizeof *moving);
	for (size_t at = 0; status == STATUS_OK && at + ID_BYTES <= size;
		at += ID_BYTES)
		status = take_device(
			node, t, former + at, logs, count, moving, &taken);
	for (uint32_t i = 0; i < taken; i++) {
		if (status == STATUS_OK && moving[i].carry)
			status = carry_write(
				t, moving[i].carry, moving[i].log, &written);
		carry_free(moving[i].carry);
	}
	for (uint32_t i = 0; i < count; i++)
		free(logs[i].context);
	free(moving);
	free(logs);
	return status;
}

/*
 * A clone of one that was replaced has that one's new keys, too. Where the
 * grant has ended it never meets what the other wrote under them, but the end
 * of that log is told: it lies beyond what is here.
 */
static bool
has_twin(struct node *node, struct territory *t)
{
	const uint8_t *id = territory_id(t);
	const struct frontier_entry *list;
	uint32_t count;

	if (policy_may_read(node->policy, node->device, id))
		return false;
	territory_kept(t, &list, &count);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t log[LOG_BYTES];
		int64_t cut;

		memcpy(log, node->device, ID_BYTES);
		memcpy(log + ID_BYTES, list[i].log + ID_BYTES, ID_BYTES);
		cut = policy_cut(node->policy, id, log);
		if (cut != INT64_MAX && cut > 0 &&
			!territory_keeps(t, log, cut))
			return true;
	}
	return false;
}

enum status
copied_carry(struct node *node)
{
	uint8_t former[FORMER_MAX * ID_BYTES];
	size_t size = setting_get(node->store, "former", former, sizeof former);
	enum status status = STATUS_OK;

	for (uint32_t i = 0; size && !node->copied && i < node->territory_count;
		i++)
		if (node->territories[i] != node->directory &&
			has_twin(node, node->territories[i]))
			copied_mark(node, node->device);
	/* Nothing is written under these keys: the next ones carry it. */
	if (node->copied || size == 0)
		return STATUS_OK;
	for (uint32_t i = 0; status == STATUS_OK && i < node->territory_count;
		i++)
		if (node->territories[i] != node->directory)
			status = carry_in(
				node, node->territories[i], former, size);
	return status;
}

bool
copied_own_branch(struct node *node, const uint8_t *territory,
	const uint8_t *log, int64_t first)
{
	uint8_t former[FORMER_MAX * ID_BYTES];
	size_t size;
	int64_t after;

	if (memcmp(log, node->device, ID_BYTES) == 0 ||
		setting_read(node->store, "former", former, sizeof former,
			&size) == STATUS_FAILED)
		return true;
	for (size_t at = 0; at + ID_BYTES <= size; at += ID_BYTES)
		if (memcmp(log, former + at, ID_BYTES) == 0)
			return find_carried(node, territory, log, &after) !=
				STATUS_OK ||
				first <= after;
	return false;
}

bool
copied_may_write(struct node *node, struct problem *problem)
{
	if (!node->copied)
		return true;
	problem_set(problem, EXIT_REFUSED,
		T("this folder was restored from a copy, or cloned: another "
		  "machine went on under its keys"));
	if (node->hub)
		return problem_hint(problem,
			T("stop it, and make a hub of it with roadbook --dir "
			  "NEW hub restore --from THIS"));
	return problem_hint(problem,
		T("roadbook sync, with the hub in reach: it gives this device "
		  "keys of its own, and nothing is lost"));
}
