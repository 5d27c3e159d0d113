#include "client/node/remembered.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/instant.h"
#include "client/store/setting.h"
#include "sync/alloc.h"

static const char create[] =
	"CREATE TABLE IF NOT EXISTS _peer("
	"name TEXT PRIMARY KEY, device BLOB, peer TEXT NOT NULL, "
	"url TEXT NOT NULL, last_sync INTEGER, total INTEGER NOT NULL, "
	"error TEXT NOT NULL)";

static const char create_seen[] =
	"CREATE TABLE IF NOT EXISTS _seen(device BLOB PRIMARY KEY, "
	"at INTEGER NOT NULL) WITHOUT ROWID";

/* Whoever proved who it is was heard, whatever came of it. */
static void
note_seen(struct node *node, const uint8_t *device, int64_t at_ms)
{
	sqlite3_stmt *s = setting_prepare(node->store, create_seen,
		"INSERT INTO _seen VALUES(?1, ?2) ON CONFLICT(device) "
		"DO UPDATE SET at = excluded.at");

	if (!s)
		return; /* only a memory */
	(void)sqlite3_bind_blob(s, 1, device, ID_BYTES, SQLITE_TRANSIENT);
	(void)sqlite3_bind_int64(s, 2, at_ms);
	(void)sqlite3_step(s);     /* only a memory */
	(void)sqlite3_finalize(s); /* likewise */
}

static int64_t
ask_time(struct node *node, const char *made, const char *sql,
	const uint8_t *device)
{
	sqlite3_stmt *s = setting_prepare(node->store, made, sql);
	int64_t when = 0;

	if (!s)
		return 0;
	(void)sqlite3_bind_blob(s, 1, device, ID_BYTES, SQLITE_TRANSIENT);
	if (sqlite3_step(s) == SQLITE_ROW)
		when = sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s); /* only read */
	return when;
}

int64_t
remembered_seen(struct node *node, const uint8_t *device)
{
	return ask_time(node, create_seen,
		"SELECT at FROM _seen WHERE device = ?1", device);
}

int64_t
remembered_in_step(struct node *node, const uint8_t *device)
{
	return ask_time(node, create,
		"SELECT max(last_sync) FROM _peer WHERE device = ?1", device);
}

/*
 * Changes of the territories that both read, as far as they are kept or
 * pending here. A peer that settled with us had as many.
 */
static int64_t
shared_total(struct node *node, const uint8_t *device)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < node->territory_count; i++) {
		struct territory *t = node->territories[i];

		if (device &&
			!policy_may_read(node->policy, device, territory_id(t)))
			continue;
		total += territory_lacking_changes(t, NULL, 0) +
			territory_pending(t);
	}
	return (int64_t)total;
}

/* Also one that goes on, and holds the same as far as it was told. */
static bool
in_step(const struct session_report *report)
{
	return report->state == SESSION_SETTLED ||
		report->state == SESSION_WATCHING ||
		(report->state == SESSION_OPEN && report->watching);
}

static const char *
error_of(const struct peer_result *result)
{
	if (result->unreachable)
		return N_("it does not answer");
	if (result->report.forks)
		return N_("a device was copied or restored: its log stands "
			  "differently there");
	if (result->report.refused)
		return N_("it did not take everything: roadbook sync tells");
	if (in_step(&result->report))
		return "";
	return peers_problem_text(result->report.problem);
}

/* What is to be written of one peer. */
struct memory {
	struct memory *next;
	char name[LINK_URL_MAX]; /* its address, or its device's id */
	bool dialled;            /* by us, at that address */
	uint8_t device[ID_BYTES];
	char peer[64];
	int64_t seen_ms;    /* when it proved who it is; 0: it did not */
	int64_t in_step_ms; /* 0: not this time */
	int64_t total;
	const char *error; /* static */
};

/* False: strangers who knocked are not peers. */
static bool
memory_of(struct memory *memory, struct node *node, const char *url,
	const struct peer_result *result)
{
	const struct session_report *report = &result->report;

	if (!*url && (id_is_zero(report->peer) || !report->trusted))
		return false;
	memory->dialled = *url != '\0';
	memcpy(memory->device, report->peer, ID_BYTES);
	if (*url)
		(void)snprintf(memory->name, sizeof memory->name, "%s", url);
	else
		id_format(memory->name, report->peer);
	(void)snprintf(memory->peer, sizeof memory->peer, "%s", result->peer);
	if (report->trusted && !id_is_zero(report->peer))
		memory->seen_ms = node_now_ms();
	if (in_step(report)) {
		memory->in_step_ms = node_now_ms();
		memory->total = shared_total(node, report->peer);
	}
	memory->error = error_of(result);
	return true;
}

static void
write_memory(struct node *node, const struct memory *memory)
{
	static const char sql[] =
		"INSERT INTO _peer VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) "
		"ON CONFLICT(name) DO UPDATE SET "
		"device = coalesce(excluded.device, device), "
		"peer = CASE excluded.peer WHEN '' THEN peer "
		"ELSE excluded.peer END, "
		"last_sync = coalesce(excluded.last_sync, last_sync), "
		"total = max(total, excluded.total), error = excluded.error";
	sqlite3_stmt *s = setting_prepare(node->store, create, sql);

	if (memory->seen_ms)
		note_seen(node, memory->device, memory->seen_ms);
	if (!s)
		return; /* only a memory: the sync itself is on disk */
	(void)sqlite3_bind_text(s, 1, memory->name, -1, SQLITE_TRANSIENT);
	if (!id_is_zero(memory->device))
		(void)sqlite3_bind_blob(
			s, 2, memory->device, ID_BYTES, SQLITE_TRANSIENT);
	(void)sqlite3_bind_text(s, 3, memory->peer, -1, SQLITE_TRANSIENT);
	(void)sqlite3_bind_text(s, 4, memory->dialled ? memory->name : "", -1,
		SQLITE_TRANSIENT);
	if (memory->in_step_ms)
		(void)sqlite3_bind_int64(s, 5, memory->in_step_ms);
	(void)sqlite3_bind_int64(s, 6, memory->total);
	(void)sqlite3_bind_text(s, 7, memory->error, -1, SQLITE_TRANSIENT);
	(void)sqlite3_step(s);     /* only a memory */
	(void)sqlite3_finalize(s); /* likewise */
}

void
remembered_note(
	struct node *node, const char *url, const struct peer_result *result)
{
	struct memory memory = {0};

	if (memory_of(&memory, node, url, result))
		write_memory(node, &memory);
}

void
remembered_later(struct remembered *remembered, struct node *node,
	const struct peer_result *result)
{
	struct memory *memory = alloc(sizeof *memory);

	if (!memory_of(memory, node, "", result)) {
		free(memory);
		return;
	}
	if (!remembered->first) {
		remembered->last = &remembered->first;
		remembered->since_ms = node_now_ms();
	}
	*remembered->last = memory;
	remembered->last = &memory->next;
}

void
remembered_write(
	struct remembered *remembered, struct node *node, struct quota *quota)
{
	struct store *store = node->store;
	bool some = remembered->first || (quota && quota_changed(quota));
	bool began = some && store->begin(store->self) == STATUS_OK;

	while (remembered->first) {
		struct memory *memory = remembered->first;

		remembered->first = memory->next;
		if (began)
			write_memory(node, memory);
		free(memory);
	}
	remembered->since_ms = 0;
	if (!began)
		return;
	if ((quota && quota_write(quota, node) != STATUS_OK) ||
		store->commit(store->self) != STATUS_OK)
		store->rollback(store->self);
}

json_t *
peers_json(struct node *node)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"SELECT peer, url, last_sync, total, error, device "
		"FROM _peer ORDER BY url = '', last_sync DESC, name");
	json_t *list = json_array();

	while (s && sqlite3_step(s) == SQLITE_ROW) {
		const uint8_t *device = sqlite3_column_bytes(s, 5) == ID_BYTES
			? sqlite3_column_blob(s, 5)
			: NULL;
		int64_t waits =
			shared_total(node, device) - sqlite3_column_int64(s, 3);
		const char *error = (const char *)sqlite3_column_text(s, 4);
		char when[INSTANT_TEXT_SIZE] = "";

		if (sqlite3_column_type(s, 2) != SQLITE_NULL)
			instant_text(sqlite3_column_int64(s, 2),
				node_offset(sqlite3_column_int64(s, 2)), when);
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:o, s:I, s:o}", "peer",
				sqlite3_column_text(s, 0), "url",
				sqlite3_column_text(s, 1), "last_sync",
				*when ? json_string(when) : json_null(),
				"to_send", (json_int_t)(waits > 0 ? waits : 0),
				"error",
				*error ? json_string(T(error)) : json_null()));
	}
	(void)sqlite3_finalize(s); /* only read; NULL is fine */
	return list;
}
