#include "client/node/hub/succession.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/carry.h"
#include "client/node/copied.h"
#include "client/node/hub/certify.h"
#include "client/node/hub/directory.h"
#include "client/node/keys.h"
#include "client/node/standing.h"
#include "client/store/setting.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

static bool
disk_refused(struct node *node, struct problem *problem)
{
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		store_sqlite_problem(node->store));
}

/* ---- its beginning ---- */

/* The hubs that vouched for what the copy holds, as the new one knows them. */
static enum status
remember_hubs(struct store *store, const uint8_t *company_key)
{
	uint8_t credentials[3 * CERTIFICATE_SIZE],
		issuers[ORDER_KEYS_MAX * SIGNING_KEY_SIZE];
	uint8_t hubs[POLICY_HUBS_MAX * SIGNING_KEY_SIZE];
	size_t size = setting_get(
		store, "credentials", credentials, sizeof credentials);
	size_t known = setting_get(store, "hubs", hubs, sizeof hubs);
	size_t ended = setting_get(store, "issuers", issuers, sizeof issuers);
	struct certificate issuer, hub;

	if (size < CREDENTIALS_SIZE ||
		certificate_decode(&issuer, credentials, CERTIFICATE_SIZE) !=
			STATUS_OK ||
		certificate_decode(&hub, credentials + CERTIFICATE_SIZE,
			CERTIFICATE_SIZE) != STATUS_OK ||
		hub.kind != CERTIFICATE_HUB ||
		certificate_chain_origin(company_key, &issuer, &hub) !=
			STATUS_OK)
		return STATUS_MALFORMED;
	if (known + SIGNING_KEY_SIZE > sizeof hubs ||
		ended + SIGNING_KEY_SIZE > sizeof issuers)
		return STATUS_FAILED;
	memcpy(hubs + known, hub.signing_key, SIGNING_KEY_SIZE);
	memcpy(issuers + ended, issuer.signing_key, SIGNING_KEY_SIZE);
	if (setting_set(store, "hubs", hubs, known + SIGNING_KEY_SIZE) !=
		STATUS_OK)
		return STATUS_FAILED;
	return setting_set(store, "issuers", issuers, ended + SIGNING_KEY_SIZE);
}

static enum status
write_settings(struct store *store, const struct setup *setup)
{
	static const uint8_t yes = 1, no = 0;
	enum status status = setting_set(store, "company_key",
		setup->company_key, sizeof setup->company_key);

	if (status == STATUS_OK)
		status = setting_set(store, "credentials", setup->credentials,
			setup->credentials_size);
	if (status == STATUS_OK)
		status = setting_set(
			store, "user", setup->user, sizeof setup->user);
	if (status == STATUS_OK)
		status = setting_set(store, "hub", &yes, sizeof yes);
	if (status == STATUS_OK) /* what the copy was is over */
		status = setting_set(store, "copied", &no, sizeof no);
	return status == STATUS_OK
		? setting_set(store, "restoring", &yes, sizeof yes)
		: status;
}

enum status
succession_prepare(struct store *store, const struct setup *setup, bool is_copy)
{
	enum status status =
		is_copy ? remember_hubs(store, setup->company_key) : STATUS_OK;

	return status == STATUS_OK ? write_settings(store, setup) : status;
}

/*
 * What the old hub had written and not sealed is in its copy alone. It leaves
 * the old log, which would be taken for a branch, and waits under the new one.
 */
static enum status
carry_pending_of(struct node *node, struct territory *t, uint32_t number,
	const struct store_log *old)
{
	struct store *store = node->store;
	uint8_t own[LOG_BYTES] = {0};
	struct carry *carry;
	enum status status;
	uint32_t written;

	memcpy(own, node->device, ID_BYTES);
	carry = carry_take(t, old->id, old->kept, INT64_MAX, &status);
	if (!carry)
		return status;
	status = carry_drop_pending(t, store, number);
	if (status == STATUS_OK)
		status = node_directory_changed(node);
	if (status == STATUS_OK)
		status = carry_write(t, carry, own, &written);
	if (status == STATUS_OK)
		status = node_directory_changed(node);
	carry_free(carry);
	return status;
}

/* Of the hubs before this one; nobody else writes in a hub's folder. */
static enum status
carry_pending_in(struct node *node, struct territory *t)
{
	struct store *store = node->store;
	struct store_log *logs = NULL;
	uint32_t count = 0;
	enum status status =
		store->logs(store->self, territory_number(t), &logs, &count);

	for (uint32_t i = 0; i < count; i++) {
		if (status == STATUS_OK &&
			policy_is_hub(node->policy, logs[i].id) &&
			memcmp(logs[i].id, node->device, ID_BYTES) != 0)
			status = carry_pending_of(node, t, i, &logs[i]);
		free(logs[i].context);
	}
	free(logs);
	return status;
}

bool
succession_begin(struct node *node, struct problem *problem)
{
	enum status status = STATUS_OK;

	if (!node_begin(node, problem))
		return false;
	for (uint32_t i = 0; status == STATUS_OK && i < node->territory_count;
		i++)
		status = carry_pending_in(node, node->territories[i]);
	if (status == STATUS_OK)
		return node_commit(node, problem);
	disk_refused(node, problem);
	node_rollback(node);
	return false;
}

/* ---- the end of restoring ---- */

/* Where the directory log of a hub ends here. */
static void
find_end(struct node *node, const uint8_t *device, struct order_hub *hub)
{
	const struct frontier_entry *kept;
	uint32_t count;

	territory_frontier(node->directory, &kept, &count);
	for (uint32_t i = 0; i < count; i++)
		if (memcmp(kept[i].log, device, ID_BYTES) == 0) {
			hub->last = (uint64_t)kept[i].last;
			memcpy(hub->name, kept[i].name, SEGMENT_NAME_SIZE);
		}
}

/* Every hub that was known, but for this one, and every issuing key. */
static bool
gather(struct node *node, bool stolen, struct order *order)
{
	uint8_t issuers[ORDER_KEYS_MAX * SIGNING_KEY_SIZE];
	uint64_t now = (uint64_t)node_now_ms();
	size_t size =
		setting_get(node->store, "issuers", issuers, sizeof issuers);
	const uint8_t *key;

	*order = *policy_order(node->policy);
	order->number++;
	order->signed_ms = now;
	for (uint32_t i = 0; (key = policy_hub_key_at(node->policy, i)); i++) {
		struct order_hub hub = {.last = 0};
		uint8_t device[ID_BYTES];

		device_id(device, key);
		if (memcmp(device, node->device, ID_BYTES) == 0 ||
			order_hub(order, key))
			continue;
		memcpy(hub.sign_key, key, SIGNING_KEY_SIZE);
		find_end(node, device, &hub);
		if (!order_add_hub(order, &hub))
			return false;
	}
	for (size_t at = 0; at + SIGNING_KEY_SIZE <= size;
		at += SIGNING_KEY_SIZE) {
		struct order_key ended = {
			.ends_ms = stolen ? now : now + HUB_CERTIFICATE_MS};

		memcpy(ended.key, issuers + at, SIGNING_KEY_SIZE);
		if (memcmp(ended.key, node_keys_issuing_public(node->keys),
			    SIGNING_KEY_SIZE) != 0 &&
			!order_add_key(order, &ended))
			return false;
	}
	return true;
}

static enum status
write_done(struct node *node, const uint8_t *bytes, size_t size, bool stolen)
{
	static const uint8_t no = 0;
	uint8_t was_stolen = stolen;
	enum status status =
		policy_take_order(node->policy, node->company_key, bytes, size);

	if (status == STATUS_OK)
		status = standing_write_order(node);
	if (status == STATUS_OK)
		status = setting_set(node->store, "restoring", &no, sizeof no);
	if (status == STATUS_OK)
		status = setting_set(
			node->store, "stolen", &was_stolen, sizeof was_stolen);
	return status;
}

static bool
finish(struct node *node, const uint8_t *secret, bool stolen,
	struct problem *problem)
{
	uint8_t bytes[ORDER_SIZE_MAX];
	struct order order;
	size_t size;

	/* What could not be read, the commit finds out. */
	if (!node_begin(node, problem))
		return false;
	if (!gather(node, stolen, &order)) {
		node_rollback(node);
		return problem_set(problem, EXIT_FAILED,
			T("this company's hub was replaced as often as can be "
			  "told"));
	}
	size = order_encode(bytes, &order, secret);
	if (write_done(node, bytes, size, stolen) != STATUS_OK) {
		disk_refused(node, problem);
		node_rollback(node);
		return false;
	}
	if (!node_commit(node, problem))
		return false;
	standing_set_restoring(node, false);
	return true;
}

/* The new hub is a device of the directory, as the old one was. */
static bool
write_device(struct node *node, struct problem *problem)
{
	struct directory_draft draft = {0};
	uint8_t link_key[LINK_KEY_SIZE];

	node_keys_link_public(node->keys, link_key);
	directory_bytes(&draft, TYPE_DEVICE, node->device, DEVICE_SIGN_KEY,
		node_keys_sign_public(node->keys), SIGNING_KEY_SIZE);
	directory_bytes(&draft, TYPE_DEVICE, node->device, DEVICE_LINK_KEY,
		link_key, LINK_KEY_SIZE);
	directory_once_text(
		&draft, TYPE_DEVICE, node->device, DEVICE_KIND, "hub");
	return directory_write(node, &draft, problem);
}

bool
succession_done(struct node *node, const uint8_t *secret, bool stolen,
	struct problem *problem)
{
	struct problem not_taken = {0};

	if (!finish(node, secret, stolen, problem))
		return false;
	/* What came while nothing was written; or when somebody is in step. */
	(void)hub_take_endings(node, &not_taken);
	return write_device(node, problem);
}

/* ---- what comes from beyond the former hubs' ends ---- */

static const uint8_t no_id[ID_BYTES];

/* The former hubs' logs, with where each ends. */
struct endings {
	struct node *node;
	enum status status;
	int64_t from_ms; /* what was written from then on is narrowed to them */
};

/* Whom only a former hub let in; what hubs there were, the order is about. */
static bool
is_let_in(struct node *node, const struct write_operation *operation)
{
	return operation->type == TYPE_DEVICE &&
		operation->id_size == ID_BYTES &&
		!policy_device(node->policy, operation->id) &&
		!policy_is_hub(node->policy, operation->id);
}

/* A thief's are not: nobody can take them back. */
static bool
is_erasing(const struct endings *e, const struct write_operation *operation)
{
	return e->from_ms != 0 &&
		(operation->type == TYPE_ERASURE ||
			operation->type == TYPE_REPLACEMENT);
}

/*
 * What shuts out, what was erased; and grants and devices that are new here,
 * each of which has ended before it began.
 */
static bool
is_kept(void *self, const struct write_operation *operation)
{
	const struct endings *e = self;

	return operation->type == TYPE_CUTOFF || is_erasing(e, operation) ||
		operation->type == TYPE_GRANT || is_let_in(e->node, operation);
}

/*
 * Written ahead of a grant that a former hub gave, or a device that it let in,
 * and that counts no more: what was written under it is late, and nobody's work
 * waits for it. Either id is zero.
 */
static enum status
end_before_it_began(struct node *node, const char *purpose,
	const uint8_t *device, const uint8_t *grant)
{
	uint8_t id[ID_BYTES], log[LOG_BYTES] = {0}, bytes[128];
	struct write_operation operation = {.type = TYPE_CUTOFF,
		.id = id,
		.id_size = ID_BYTES,
		.field = CUTOFF_BODY,
		.kind = OPERATION_INIT,
		.time = -1};
	int64_t now = node_now_ms(), seq;
	struct write write = {.log = log,
		.at = now,
		.offset = node_offset(now),
		.operations = &operation,
		.operation_count = 1};
	size_t refused;
	struct pack pack;
	enum status status;

	id_derive(id, purpose, device == no_id ? grant : device, ID_BYTES);
	memcpy(log, node->device, ID_BYTES);
	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, 4);
	pack_integer(&pack, CUTOFF_TERRITORY);
	pack_bytes(&pack, no_id, ID_BYTES);
	pack_integer(&pack, CUTOFF_DEVICE);
	pack_bytes(&pack, device, ID_BYTES);
	pack_integer(&pack, CUTOFF_GRANT);
	pack_bytes(&pack, grant, ID_BYTES);
	pack_integer(&pack, CUTOFF_LAST);
	pack_integer(&pack, 0);
	operation.value = (struct pack_view){bytes, pack.size};
	status = territory_write(node->directory, &write, &seq, &refused);
	/* Or it was written before. */
	return status == STATUS_REFUSED ? STATUS_OK : status;
}

static void
look_at_what_it_gave(void *self, const struct write_operation *operation)
{
	struct endings *e = self;

	if (e->status != STATUS_OK)
		return;
	if (operation->type == TYPE_GRANT &&
		operation->field == GRANT_TERRITORY &&
		!policy_grant(e->node->policy, operation->id))
		e->status = end_before_it_began(
			e->node, "roadbook/no-grant/1", no_id, operation->id);
	else if (operation->field == DEVICE_SIGN_KEY &&
		is_let_in(e->node, operation))
		e->status = end_before_it_began(
			e->node, "roadbook/no-device/1", operation->id, no_id);
}

/*
 * How far each was taken, written together with what was taken of it. The disk
 * may have refused that when it was brought, and nobody brings it twice.
 */
static const char create[] =
	"CREATE TABLE IF NOT EXISTS _taken(log BLOB PRIMARY KEY, "
	"last INTEGER NOT NULL) WITHOUT ROWID";

static int64_t
taken_of(struct node *node, const uint8_t *log)
{
	sqlite3_stmt *s = setting_prepare(
		node->store, create, "SELECT last FROM _taken WHERE log = ?1");
	int64_t last = 0;

	if (!s)
		return 0; /* nor will it be written */
	(void)sqlite3_bind_blob(s, 1, log, LOG_BYTES, SQLITE_TRANSIENT);
	if (sqlite3_step(s) == SQLITE_ROW)
		last = sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s); /* only read */
	return last;
}

static enum status
note_taken(struct node *node, const uint8_t *log, int64_t last)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"INSERT INTO _taken VALUES(?1, ?2) ON CONFLICT(log) DO UPDATE "
		"SET last = excluded.last");
	enum status status;

	if (!s)
		return STATUS_FAILED;
	(void)sqlite3_bind_blob(s, 1, log, LOG_BYTES, SQLITE_TRANSIENT);
	(void)sqlite3_bind_int64(s, 2, last);
	status = sqlite3_step(s) == SQLITE_DONE ? STATUS_OK : STATUS_FAILED;
	(void)sqlite3_finalize(s); /* the step said it already */
	return status;
}

/* territory_late() with the list copied: what it finds is written meanwhile. */
struct late_log {
	uint8_t log[LOG_BYTES];
	int64_t first, last;
};

struct late_logs {
	struct node *node;
	struct late_log *list;
	uint32_t count;
};

static void
add_late_log(void *self, const uint8_t *log, int64_t first, int64_t last)
{
	struct late_logs *logs = self;
	int64_t taken = taken_of(logs->node, log);

	if (taken >= last)
		return;
	logs->list =
		alloc_again(logs->list, (logs->count + 1) * sizeof *logs->list);
	memcpy(logs->list[logs->count].log, log, LOG_BYTES);
	logs->list[logs->count].first = first > taken ? first : taken + 1;
	logs->list[logs->count++].last = last;
}

static void
take_endings_of(struct endings *e, const struct late_log *late)
{
	struct node *node = e->node;
	uint8_t own[LOG_BYTES] = {0};
	struct carry *carry;
	uint32_t written;

	memcpy(own, node->device, ID_BYTES);
	carry = carry_take(node->directory, late->log, late->first - 1,
		INT64_MAX, &e->status);
	if (carry) {
		carry_operations(carry, e->from_ms, look_at_what_it_gave, e);
		carry_narrow(carry, e->from_ms, is_kept, e);
		if (e->status == STATUS_OK)
			e->status = carry_write(
				node->directory, carry, own, &written);
		carry_free(carry);
	}
	if (e->status == STATUS_OK)
		e->status = note_taken(node, late->log, late->last);
}

static bool
take_all(struct node *node, const struct late_logs *late,
	struct problem *problem)
{
	struct endings endings = {.node = node};
	uint8_t stolen = 0;

	(void)setting_get(node->store, "stolen", &stolen, sizeof stolen);
	if (!stolen)
		endings.from_ms =
			(int64_t)policy_order(node->policy)->signed_ms;
	if (!node_begin(node, problem))
		return false;
	for (uint32_t i = 0; endings.status == STATUS_OK && i < late->count;
		i++)
		take_endings_of(&endings, &late->list[i]);
	if (endings.status == STATUS_OK)
		endings.status = node_directory_changed(node);
	if (endings.status == STATUS_OK)
		return node_commit(node, problem);
	disk_refused(node, problem);
	node_rollback(node);
	return false;
}

bool
hub_take_endings(struct node *node, struct problem *problem)
{
	struct late_logs late = {.node = node};
	bool done;

	if (!hub_in_office(node, problem))
		return false;
	if (territory_late(node->directory, add_late_log, &late) != STATUS_OK) {
		free(late.list);
		return disk_refused(node, problem);
	}
	done = late.count == 0 || take_all(node, &late, problem);
	free(late.list);
	return done;
}

bool
hub_in_office(struct node *node, struct problem *problem)
{
	if (node->restoring) {
		problem_set(problem, EXIT_REFUSED,
			T("this hub is being restored: it takes back the "
			  "directory and writes nothing"));
		return problem_hint(problem,
			"roadbook hub restore --done --root-file FILE");
	}
	if (!copied_may_write(node, problem))
		return false;
	if (policy_is_former_hub(node->policy, node->device)) {
		problem_set(problem, EXIT_REFUSED,
			T("this hub was replaced by another machine"));
		return problem_hint(problem,
			T("what it holds is safe with the one that replaced "
			  "it; put this one away"));
	}
	return true;
}
