#include "client/node/had.h"

#include <string.h>

#include "client/store/setting.h"

static const char create[] =
	"CREATE TABLE IF NOT EXISTS _had("
	"device BLOB, hub INTEGER NOT NULL, territory BLOB, log BLOB, "
	"last INTEGER NOT NULL, PRIMARY KEY(device, territory, log)) "
	"WITHOUT ROWID";

/* Another machine is the hub now: what the old one had, it may not have. */
static void
forget_former(struct node *node, const uint8_t *hub)
{
	enum status status;
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"DELETE FROM _had WHERE hub AND device <> ?1");

	if (s)
		setting_bind(s, 1, hub, ID_BYTES);
	status = setting_run(s); /* tried again the next time */
	(void)status;
}

/* What stands there already is not written again. */
static const char note[] = "INSERT INTO _had VALUES(?1, ?2, ?3, ?4, ?5) "
			   "ON CONFLICT(device, territory, log) DO UPDATE SET "
			   "last = excluded.last, hub = excluded.hub "
			   "WHERE last <> excluded.last OR hub <> excluded.hub";

/* This device's own logs of the territory. */
static void
note_territory(struct node *node, sqlite3_stmt *s, struct territory *t)
{
	const struct frontier_entry *list;
	uint32_t count;

	territory_kept(t, &list, &count);
	for (uint32_t i = 0; i < count; i++) {
		if (memcmp(list[i].log, node->device, ID_BYTES) != 0)
			continue;
		setting_bind(s, 3, territory_id(t), ID_BYTES);
		setting_bind(s, 4, list[i].log, LOG_BYTES);
		(void)sqlite3_bind_int64(s, 5, list[i].last);
		(void)sqlite3_step(s);  /* only a memory */
		(void)sqlite3_reset(s); /* likewise */
	}
}

static void
note_all(struct node *node, const struct session_report *report)
{
	sqlite3_stmt *s = setting_prepare(node->store, create, note);

	if (!s)
		return;
	setting_bind(s, 1, report->peer, ID_BYTES);
	(void)sqlite3_bind_int(s, 2, report->peer_is_hub);
	for (uint32_t i = 0; i < node->territory_count; i++)
		if (policy_may_read(node->policy, report->peer,
			    territory_id(node->territories[i])))
			note_territory(node, s, node->territories[i]);
	(void)sqlite3_finalize(s); /* only a memory */
}

void
had_note(struct node *node, const struct session_report *report)
{
	if (node->hub || id_is_zero(report->peer) || report->refused ||
		report->forks ||
		(report->state != SESSION_SETTLED &&
			report->state != SESSION_WATCHING) ||
		node->store->begin(node->store->self) != STATUS_OK)
		return;
	if (report->peer_is_hub)
		forget_former(node, report->peer);
	note_all(node, report);
	if (node->store->commit(node->store->self) != STATUS_OK)
		node_rollback(node);
}

int64_t
had_hub(struct node *node, const uint8_t *territory, const uint8_t *log)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"SELECT max(last) FROM _had "
		"WHERE hub AND territory = ?1 AND log = ?2");
	int64_t last = -1;

	if (!s)
		return last;
	setting_bind(s, 1, territory, ID_BYTES);
	setting_bind(s, 2, log, LOG_BYTES);
	if (sqlite3_step(s) == SQLITE_ROW &&
		sqlite3_column_type(s, 0) != SQLITE_NULL)
		last = sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s); /* only read */
	return last;
}

json_t *
had_by_json(struct node *node, const uint8_t *territory, const uint8_t *log,
	int64_t seq)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"SELECT device FROM _had WHERE NOT hub AND territory = ?1 "
		"AND log = ?2 AND last >= ?3 ORDER BY device");
	json_t *list = json_array();

	if (!s)
		return list;
	setting_bind(s, 1, territory, ID_BYTES);
	setting_bind(s, 2, log, LOG_BYTES);
	(void)sqlite3_bind_int64(s, 3, seq);
	while (sqlite3_step(s) == SQLITE_ROW) {
		const struct policy_device *device =
			sqlite3_column_bytes(s, 0) == ID_BYTES
			? policy_device(node->policy, sqlite3_column_blob(s, 0))
			: NULL;
		const struct policy_user *user = device && !device->revoked
			? policy_user(node->policy, device->user)
			: NULL;
		bool known = !user;
		json_t *one;
		size_t i;

		json_array_foreach(list, i, one) known =
			known || !strcmp(json_string_value(one), user->login);
		if (!known)
			json_array_append_new(list, json_string(user->login));
	}
	(void)sqlite3_finalize(s); /* only read */
	return list;
}
