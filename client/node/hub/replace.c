#include "client/node/hub/replace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/hub/certify.h"
#include "client/node/hub/directory.h"
#include "client/store/setting.h"
#include "proto/pack.h"
#include "proto/schema_roadbook.h"

static const char create[] =
	"CREATE TABLE IF NOT EXISTS _fork(territory BLOB NOT NULL, "
	"log BLOB NOT NULL, last INTEGER NOT NULL, "
	"PRIMARY KEY(territory, log)) WITHOUT ROWID";

/* Where the branches of the log part; INT64_MAX: there is one. */
static int64_t
fork_of(struct node *node, const uint8_t *territory, const uint8_t *log)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"SELECT last FROM _fork WHERE territory = ?1 AND log = ?2");
	int64_t last = INT64_MAX;

	if (!s)
		return last;
	(void)sqlite3_bind_blob(s, 1, territory, ID_BYTES, SQLITE_TRANSIENT);
	(void)sqlite3_bind_blob(s, 2, log, LOG_BYTES, SQLITE_TRANSIENT);
	if (sqlite3_step(s) == SQLITE_ROW)
		last = sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s); /* only read */
	return last;
}

static void
note_fork(struct node *node, const uint8_t *territory, const uint8_t *log,
	int64_t last)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"INSERT INTO _fork VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE "
		"SET last = min(last, excluded.last)");

	if (!s)
		return; /* it is pushed again */
	(void)sqlite3_bind_blob(s, 1, territory, ID_BYTES, SQLITE_TRANSIENT);
	(void)sqlite3_bind_blob(s, 2, log, LOG_BYTES, SQLITE_TRANSIENT);
	(void)sqlite3_bind_int64(s, 3, last);
	(void)sqlite3_step(s);     /* likewise */
	(void)sqlite3_finalize(s); /* likewise */
}

static const uint8_t no_id[ID_BYTES];

/* A cut-off of a log; or, without a territory, the ending of the device. */
static void
draft_cutoff(struct directory_draft *draft, struct territory *t,
	const uint8_t *log, int64_t last)
{
	uint8_t bytes[256], id[ID_BYTES], name[SEGMENT_NAME_SIZE];
	bool named = t && territory_segment_name(t, log, last, name);
	struct pack pack;

	node_new_id(id);
	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, named || !t ? 5 : 4);
	pack_integer(&pack, CUTOFF_TERRITORY);
	pack_bytes(&pack, t ? territory_id(t) : no_id, ID_BYTES);
	pack_integer(&pack, CUTOFF_DEVICE);
	pack_bytes(&pack, log, ID_BYTES);
	pack_integer(&pack, CUTOFF_GRANT);
	pack_bytes(&pack, t ? log + ID_BYTES : no_id, ID_BYTES);
	pack_integer(&pack, CUTOFF_LAST);
	pack_integer(&pack, last);
	if (named) {
		pack_integer(&pack, CUTOFF_SEGMENT);
		pack_bytes(&pack, name, SEGMENT_NAME_SIZE);
	} else if (!t) {
		pack_integer(&pack, CUTOFF_REPLACED);
		pack_bool(&pack, true);
	}
	directory_value(draft, TYPE_CUTOFF, id, CUTOFF_BODY, &pack);
}

static enum status
draft_logs(struct node *node, struct territory *t, const uint8_t *device,
	struct directory_draft *draft)
{
	struct store *store = node->store;
	struct store_log *logs = NULL;
	uint32_t count = 0;
	enum status status =
		store->logs(store->self, territory_number(t), &logs, &count);

	for (uint32_t i = 0; i < count; i++) {
		const struct store_log *log = &logs[i];
		int64_t part = fork_of(node, territory_id(t), log->id);
		int64_t cut =
			policy_cut(node->policy, territory_id(t), log->id);
		/* One that has ended before stays where it is, or sooner. */
		int64_t last = cut == INT64_MAX ? log->kept : cut;

		if (part < last)
			last = part;
		/*
		 * It is listed again: what a lost hub's clock, ahead of ours,
		 * says of its listing would be later than this ending, which
		 * would then have found the log unlisted, and taken all of it.
		 */
		if (memcmp(log->id, device, ID_BYTES) == 0 &&
			(log->kept > 0 || cut != INT64_MAX))
			draft_cutoff(draft, t, log->id, last);
		free(logs[i].context);
	}
	free(logs);
	return status;
}

static enum status
draft_ending(struct node *node, const struct policy_device *old,
	struct directory_draft *draft)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; status == STATUS_OK && i < node->territory_count;
		i++)
		if (node->territories[i] != node->directory)
			status = draft_logs(
				node, node->territories[i], old->id, draft);
	if (status == STATUS_OK)
		draft_cutoff(draft, NULL, old->id, 0);
	return status;
}

/* Its logs end here, in a change of the directory of its own. */
static void
end_forked(struct node *node, const struct policy_device *device)
{
	struct directory_draft draft = {0};
	struct problem problem = {0};

	if (draft_ending(node, device, &draft) == STATUS_OK)
		(void)directory_write(node, &draft, &problem); /* or later */
	else
		directory_clear(&draft);
}

static enum status
record(struct node *node, const struct policy_device *old,
	const uint8_t *sign_key, const uint8_t *link_key)
{
	struct directory_draft draft = {0};
	struct problem problem = {0};
	uint8_t id[ID_BYTES];
	enum status status = STATUS_OK;

	device_id(id, sign_key);
	directory_bytes(
		&draft, TYPE_DEVICE, id, DEVICE_USER, old->user, ID_BYTES);
	directory_bytes(&draft, TYPE_DEVICE, id, DEVICE_SIGN_KEY, sign_key,
		SIGNING_KEY_SIZE);
	directory_bytes(&draft, TYPE_DEVICE, id, DEVICE_LINK_KEY, link_key,
		LINK_KEY_SIZE);
	directory_once_text(&draft, TYPE_DEVICE, id, DEVICE_KIND, "device");
	directory_bytes(
		&draft, TYPE_DEVICE, id, DEVICE_REPLACES, old->id, ID_BYTES);
	if (*old->name)
		directory_text(&draft, TYPE_DEVICE, id, DEVICE_NAME, old->name);
	if (!old->revoked)
		status = draft_ending(node, old, &draft);
	if (status != STATUS_OK) {
		directory_clear(&draft);
		return status;
	}
	return directory_write(node, &draft, &problem) ? STATUS_OK
						       : STATUS_FAILED;
}

enum status
hub_session_replace(void *self, const uint8_t *device, const uint8_t *sign_key,
	const uint8_t *link_key, uint8_t *credentials, size_t *size,
	uint8_t *user, char *login, size_t login_room)
{
	struct node *node = self;
	const struct policy_device *old = policy_device(node->policy, device);
	const struct policy_device *fresh;
	const struct policy_user *who;
	uint8_t id[ID_BYTES], owner[ID_BYTES];
	enum status status = STATUS_OK;

	if (node->restoring || *size < CREDENTIALS_SIZE_MAX)
		return STATUS_FAILED;
	if (!old || (old->revoked && !old->replaced))
		return STATUS_REFUSED;
	device_id(id, sign_key);
	memcpy(owner, old->user, ID_BYTES);
	fresh = policy_device(node->policy, id);
	if (!fresh)
		status = record(node, old, sign_key, link_key);
	else if (fresh->revoked || memcmp(fresh->user, owner, ID_BYTES) != 0 ||
		memcmp(fresh->link_key, link_key, LINK_KEY_SIZE) != 0)
		status = STATUS_REFUSED;
	if (status != STATUS_OK)
		return status;
	who = policy_user(node->policy, owner);
	(void)snprintf(login, login_room, "%s", who ? who->login : "");
	memcpy(user, owner, ID_BYTES);
	certify_device(node, owner, sign_key, link_key, (uint64_t)node_now_ms(),
		credentials);
	*size = CREDENTIALS_SIZE_MAX;
	return STATUS_OK;
}

void
hub_session_forked(struct node *node, const uint8_t *territory,
	const uint8_t *log, int64_t last)
{
	const struct policy_device *device = policy_device(node->policy, log);
	struct directory_draft draft = {0};
	struct problem problem = {0};

	note_fork(node, territory, log, last);
	/* What hubs wrote, the company's order is about. */
	if (!device || node->restoring || policy_is_hub(node->policy, log))
		return;
	/* Wherever they part, two stores go on under one device's keys. */
	if (!device->revoked) {
		end_forked(node, device);
		return;
	}
	if (policy_cut(node->policy, territory, log) <= last)
		return;
	/* Its end is recorded: the branches part earlier than that. */
	draft_cutoff(&draft, node_territory(node, territory, false), log, last);
	(void)directory_write(node, &draft, &problem); /* or the next time */
}
