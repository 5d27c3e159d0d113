#include "client/node/hub/erasure_orders.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/hub/revoke.h"
#include "client/node/instant.h"
#include "client/node/view.h"
#include "client/store/setting.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"
#include "sync/erasures.h"

static const char create[] =
	"CREATE TABLE IF NOT EXISTS _erasure(number INTEGER PRIMARY KEY, "
	"erasure BLOB NOT NULL UNIQUE, contact BLOB NOT NULL, "
	"ordered_by BLOB NOT NULL, at INTEGER NOT NULL, reason TEXT)";
static const char create_records[] =
	"CREATE TABLE IF NOT EXISTS _erased(type INTEGER NOT NULL, "
	"id BLOB NOT NULL, erasure BLOB NOT NULL, PRIMARY KEY(type, id)) "
	"WITHOUT ROWID";
static const char create_scanned[] =
	"CREATE TABLE IF NOT EXISTS _erased_to(place BLOB NOT NULL, "
	"log BLOB NOT NULL, last INTEGER NOT NULL, PRIMARY KEY(place, log)) "
	"WITHOUT ROWID";
static const char create_confirmed[] =
	"CREATE TABLE IF NOT EXISTS _erasure_confirmed(device BLOB NOT NULL, "
	"erasure BLOB NOT NULL, at INTEGER NOT NULL, "
	"PRIMARY KEY(device, erasure)) WITHOUT ROWID";

static bool
take_id(sqlite3_stmt *s, int at, uint8_t out[static ID_BYTES])
{
	if (sqlite3_column_bytes(s, at) != ID_BYTES)
		return false;
	memcpy(out, sqlite3_column_blob(s, at), ID_BYTES);
	return true;
}

enum status
erasure_orders_add(struct node *node, const uint8_t *order,
	const uint8_t *contact, const char *reason)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"INSERT INTO _erasure(erasure, contact, ordered_by, at, "
		"reason) VALUES(?1, ?2, ?3, ?4, ?5)");

	if (!s)
		return STATUS_FAILED;
	setting_bind(s, 1, order, ID_BYTES);
	setting_bind(s, 2, contact, ID_BYTES);
	setting_bind(s, 3, node->ordered_by, ID_BYTES);
	(void)sqlite3_bind_int64(s, 4, node_now_ms());
	if (reason)
		(void)sqlite3_bind_text(s, 5, reason, -1, SQLITE_TRANSIENT);
	return setting_run(s);
}

enum status
erasure_orders_add_record(struct node *node, const uint8_t *order,
	uint32_t type, const uint8_t *id, size_t id_size)
{
	sqlite3_stmt *s = setting_prepare(node->store, create_records,
		"INSERT OR IGNORE INTO _erased VALUES(?1, ?2, ?3)");

	if (!s)
		return STATUS_FAILED;
	(void)sqlite3_bind_int64(s, 1, type);
	setting_bind(s, 2, id, id_size);
	setting_bind(s, 3, order, ID_BYTES);
	return setting_run(s);
}

enum status
erasure_orders_records(struct node *node, struct erase_found *found)
{
	sqlite3_stmt *s = setting_prepare(
		node->store, create_records, "SELECT type, id FROM _erased");
	int step;

	if (!s)
		return STATUS_FAILED;
	while ((step = sqlite3_step(s)) == SQLITE_ROW) {
		size_t size = (size_t)sqlite3_column_bytes(s, 1);

		if (size <= RECORD_ID_MAX)
			erase_found_add(found,
				(uint32_t)sqlite3_column_int64(s, 0),
				sqlite3_column_blob(s, 1), size, NULL);
	}
	(void)sqlite3_finalize(s); /* the step said it already */
	return step == SQLITE_DONE ? STATUS_OK : STATUS_FAILED;
}

bool
erasure_orders_of(struct node *node, uint32_t type, const uint8_t *id,
	size_t id_size, uint8_t out[static ID_BYTES])
{
	sqlite3_stmt *s = setting_prepare(node->store, create_records,
		"SELECT erasure FROM _erased WHERE type = ?1 AND id = ?2");
	bool found;

	if (!s)
		return false;
	(void)sqlite3_bind_int64(s, 1, type);
	setting_bind(s, 2, id, id_size);
	found = sqlite3_step(s) == SQLITE_ROW && take_id(s, 0, out);
	(void)sqlite3_finalize(s); /* only read */
	return found;
}

void
erasure_orders_last(struct node *node, uint8_t out[static ID_BYTES])
{
	const struct erasures *told = policy_erasures(node->policy);
	int64_t time = -1;

	memset(out, 0, ID_BYTES);
	for (uint32_t i = 0; i < told->mark_count; i++)
		if (told->marks[i].time > time) {
			time = told->marks[i].time;
			memcpy(out, told->marks[i].order, ID_BYTES);
		}
}

bool
erasure_orders_find_contact(
	struct node *node, const char *text, uint8_t out[static ID_BYTES])
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"SELECT contact, erasure FROM _erasure ORDER BY number");
	uint8_t contact[ID_BYTES];
	bool found = false;

	while (s && !found && sqlite3_step(s) == SQLITE_ROW)
		found = take_id(s, 0, contact) &&
			view_id_means(contact, text) && take_id(s, 1, out);
	(void)sqlite3_finalize(s); /* only read */
	return found;
}

/* ---- how far logs were looked through ---- */

/*
 * No device's log, and the first of a territory: its `last` is how many marks
 * were looked for.
 */
static const uint8_t of_marks[LOG_BYTES];

enum status
erasure_orders_scanned(struct node *node, const uint8_t *territory,
	struct erasure_place **list, size_t *count)
{
	sqlite3_stmt *s = setting_prepare(node->store, create_scanned,
		"SELECT place, log, last FROM _erased_to "
		"WHERE place = ifnull(?1, place) ORDER BY place, log");
	const struct erasures *told = policy_erasures(node->policy);
	bool for_all = false;
	size_t room = 0;
	int step;

	*list = NULL;
	*count = 0;
	if (!s)
		return STATUS_FAILED;
	if (territory)
		setting_bind(s, 1, territory, ID_BYTES);
	while ((step = sqlite3_step(s)) == SQLITE_ROW) {
		struct erasure_place *place;

		if (*count == room) {
			room = room * 2 + 16;
			*list = alloc_again(*list, room * sizeof **list);
		}
		place = &(*list)[*count];
		if (!take_id(s, 0, place->territory) ||
			sqlite3_column_bytes(s, 1) != LOG_BYTES)
			continue;
		memcpy(place->log, sqlite3_column_blob(s, 1), LOG_BYTES);
		place->last = sqlite3_column_int64(s, 2);
		/* The directory may tell of marks that another hub made. */
		if (!*count ||
			memcmp(place->territory, place[-1].territory, ID_BYTES))
			for_all = (memcmp(place->log, of_marks, LOG_BYTES)
						  ? 0
						  : place->last) ==
				erasures_marked(told, place->territory);
		if (!for_all)
			place->last = 0;
		(*count)++;
	}
	(void)sqlite3_finalize(s); /* the step said it already */
	if (step == SQLITE_DONE)
		return STATUS_OK;
	free(*list);
	*list = NULL;
	return STATUS_FAILED;
}

static int
compare_places(const void *a, const void *b)
{
	const struct erasure_place *x = a, *y = b;
	int order = memcmp(x->territory, y->territory, ID_BYTES);

	return order ? order : memcmp(x->log, y->log, LOG_BYTES);
}

int64_t
erasure_orders_scanned_to(const struct erasure_place *list, size_t count,
	const uint8_t *territory, const uint8_t *log)
{
	struct erasure_place wanted = {.last = 0};
	const struct erasure_place *found;

	if (!count)
		return 0;
	memcpy(wanted.territory, territory, ID_BYTES);
	memcpy(wanted.log, log, LOG_BYTES);
	found = bsearch(&wanted, list, count, sizeof *list, compare_places);
	return found ? found->last : 0;
}

static enum status
note_scanned(struct node *node, const uint8_t *territory, const uint8_t *log,
	int64_t last, const struct erasure_place *list, size_t count)
{
	sqlite3_stmt *s;

	if (erasure_orders_scanned_to(list, count, territory, log) == last)
		return STATUS_OK;
	s = setting_prepare(node->store, create_scanned,
		"INSERT INTO _erased_to VALUES(?1, ?2, ?3) "
		"ON CONFLICT DO UPDATE SET last = excluded.last");
	if (!s)
		return STATUS_FAILED;
	setting_bind(s, 1, territory, ID_BYTES);
	setting_bind(s, 2, log, LOG_BYTES);
	(void)sqlite3_bind_int64(s, 3, last);
	return setting_run(s);
}

enum status
erasure_orders_note_scanned(struct node *node, struct territory *territory,
	const struct erasure_place *list, size_t count)
{
	const uint8_t *id = territory_id(territory);
	const struct frontier_entry *logs;
	uint32_t log_count;
	enum status status = note_scanned(node, id, of_marks,
		erasures_marked(policy_erasures(node->policy), id), list,
		count);

	territory_kept(territory, &logs, &log_count);
	for (uint32_t i = 0; status == STATUS_OK && i < log_count; i++)
		status = note_scanned(
			node, id, logs[i].log, logs[i].last, list, count);
	return status;
}

/* ---- who has carried them out ---- */

/* The next order behind `at` in a list by order; marks of one stand apart. */
static int
compare_orders(const void *a, const void *b)
{
	const struct erasure_mark *x = *(const struct erasure_mark *const *)a;
	const struct erasure_mark *y = *(const struct erasure_mark *const *)b;
	int order = memcmp(x->order, y->order, ID_BYTES);

	return order ? order : (x->time > y->time) - (x->time < y->time);
}

/*
 * The marks by order, of one the oldest first; ids of orders begin with their
 * time. The list is the caller's.
 */
static const struct erasure_mark **
marks_by_order(const struct erasures *told)
{
	const struct erasure_mark **list =
		alloc((told->mark_count + (size_t)1) * sizeof(void *));

	for (uint32_t i = 0; i < told->mark_count; i++)
		list[i] = &told->marks[i];
	if (told->mark_count > 1)
		qsort(list, told->mark_count, sizeof(void *), compare_orders);
	return list;
}

static enum status
confirm_one(struct node *node, const uint8_t *device, const uint8_t *order)
{
	sqlite3_stmt *s = setting_prepare(node->store, create_confirmed,
		"INSERT OR IGNORE INTO _erasure_confirmed VALUES(?1, ?2, ?3)");

	if (!s)
		return STATUS_FAILED;
	setting_bind(s, 1, device, ID_BYTES);
	setting_bind(s, 2, order, ID_BYTES);
	(void)sqlite3_bind_int64(s, 3, node_now_ms());
	return setting_run(s);
}

enum status
erasure_orders_confirm(
	struct node *node, const uint8_t *device, const uint8_t *digest)
{
	const struct erasures *told = policy_erasures(node->policy);
	uint8_t ours[ERASURES_DIGEST_SIZE];
	const struct erasure_mark **marks;
	enum status status = STATUS_OK;

	erasures_digest(told, ours);
	/* It speaks of less than there is by now: it will again. */
	if (memcmp(digest, ours, sizeof ours) != 0)
		return STATUS_OK;
	marks = marks_by_order(told);
	for (uint32_t i = 0; status == STATUS_OK && i < told->mark_count; i++)
		if (i == 0 ||
			memcmp(marks[i]->order, marks[i - 1]->order, ID_BYTES))
			status = confirm_one(node, device, marks[i]->order);
	free(marks);
	return status;
}

static int64_t
confirmed_at(struct node *node, const uint8_t *device, const uint8_t *order)
{
	sqlite3_stmt *s = setting_prepare(node->store, create_confirmed,
		"SELECT at FROM _erasure_confirmed WHERE device = ?1 "
		"AND erasure = ?2");
	int64_t at = 0;

	if (!s)
		return 0;
	setting_bind(s, 1, device, ID_BYTES);
	setting_bind(s, 2, order, ID_BYTES);
	if (sqlite3_step(s) == SQLITE_ROW)
		at = sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s); /* only read */
	return at;
}

/* ---- as people see them ---- */

bool
erasure_orders_find(struct node *node, const char *text,
	uint8_t out[static ID_BYTES], struct problem *problem)
{
	const struct erasures *told = policy_erasures(node->policy);
	uint32_t count = 0;

	for (uint32_t i = 0; i < told->mark_count; i++) {
		const uint8_t *order = told->marks[i].order;

		if (!view_id_means(order, text) ||
			(count && !memcmp(out, order, ID_BYTES)))
			continue;
		memcpy(out, order, ID_BYTES);
		count++;
	}
	if (count == 1)
		return true;
	if (count)
		problem_set(problem, EXIT_AMBIGUOUS,
			T("%s is more than one erasure"), text);
	else
		problem_set(problem, EXIT_NOT_FOUND,
			T("there is no erasure %s"), text);
	return problem_hint(problem, "roadbook hub erasures");
}

static json_t *
id_json(const uint8_t *id)
{
	char text[ID_TEXT_SIZE];

	id_format(text, id);
	return json_string(text);
}

static json_t *
hex_json(const uint8_t *bytes, size_t size)
{
	char text[2 * SEGMENT_NAME_SIZE + 1] = "";

	for (size_t i = 0; i < size && i < SEGMENT_NAME_SIZE; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return json_string(text);
}

static json_t *
time_json(int64_t ms)
{
	char text[INSTANT_TEXT_SIZE];

	instant_text(ms, node_offset(ms), text);
	return json_string(text);
}

/* Whether a grant of the device's user ever opened the territory. */
static bool
was_granted(const struct policy *policy, const struct policy_device *d,
	const uint8_t *territory)
{
	const struct policy_territory *t = policy_territory(policy, territory);
	const struct policy_grant *g;

	for (uint32_t i = 0; t && (g = policy_grant_at(policy, i)); i++)
		if (!memcmp(g->user, d->user, ID_BYTES) &&
			g->role != ROLE_ADMIN &&
			(t->kind != POLICY_MANAGEMENT || g->role != ROLE_REP) &&
			policy_lies_in(policy, territory, g->territory))
			return true;
	return false;
}

struct telling {
	struct node *node;
	const struct erasures *told;
	const uint8_t *order;
	uint8_t (*territories)[ID_BYTES];
	size_t territory_count;
};

static void
add_territory(struct telling *t, const uint8_t *id)
{
	for (size_t i = 0; i < t->territory_count; i++)
		if (!memcmp(t->territories[i], id, ID_BYTES))
			return;
	t->territories = alloc_again(t->territories,
		(t->territory_count + 1) * sizeof *t->territories);
	memcpy(t->territories[t->territory_count++], id, ID_BYTES);
}

static json_t *
device_json(struct telling *t, const struct policy_device *d)
{
	const struct policy_user *u = policy_user(t->node->policy, d->user);
	int64_t at = confirmed_at(t->node, d->id, t->order);
	json_t *json =
		json_pack("{s:o, s:s, s:s, s:s}", "device", id_json(d->id),
			"user", u ? u->login : "?", "name", d->name, "state",
			at                   ? "confirmed"
				: d->revoked ? "shut_out"
					     : "open");

	if (at)
		json_object_set_new(json, "at", time_json(at));
	return json;
}

/* A copied machine goes on under its new keys, and is asked under these. */
static json_t *
devices_json(struct telling *t, json_int_t *open)
{
	const struct policy *policy = t->node->policy;
	const struct policy_device *d;
	json_t *list = json_array();

	*open = 0;
	for (uint32_t i = 0; (d = policy_device_at(policy, i)); i++) {
		bool concerned = false;

		for (size_t k = 0; k < t->territory_count; k++)
			concerned = concerned ||
				was_granted(policy, d, t->territories[k]);
		if (!concerned || policy_is_hub(policy, d->id) || d->replaced)
			continue;
		if (!d->revoked && !confirmed_at(t->node, d->id, t->order))
			(*open)++;
		json_array_append_new(list, device_json(t, d));
	}
	return list;
}

static json_t *
segments_json(struct telling *t)
{
	json_t *list = json_array();
	char path[POLICY_PATH_MAX];

	for (uint32_t i = 0; i < t->told->count; i++) {
		const struct replacement *r = &t->told->list[i];

		if (memcmp(r->order, t->order, ID_BYTES) != 0)
			continue;
		json_array_append_new(list,
			json_pack("{s:s, s:o, s:o, s:I, s:o, s:o}", "territory",
				policy_path(
					t->node->policy, r->territory, path),
				"device", id_json(r->log), "grant",
				id_json(r->log + ID_BYTES), "first",
				(json_int_t)r->first, "replaces",
				hex_json(r->replaces, SEGMENT_NAME_SIZE),
				"name", hex_json(r->name, SEGMENT_NAME_SIZE)));
	}
	return list;
}

/* What this hub knows of it by itself. */
static void
add_own(struct telling *t, json_t *json)
{
	sqlite3_stmt *s = setting_prepare(t->node->store, create,
		"SELECT contact, ordered_by, reason FROM _erasure "
		"WHERE erasure = ?1");
	uint8_t id[ID_BYTES];

	if (!s)
		return;
	setting_bind(s, 1, t->order, ID_BYTES);
	if (sqlite3_step(s) == SQLITE_ROW) {
		const char *reason = (const char *)sqlite3_column_text(s, 2);

		if (take_id(s, 0, id))
			json_object_set_new(json, "contact", id_json(id));
		if (take_id(s, 1, id)) {
			const struct policy_user *u =
				policy_user(t->node->policy, id);

			json_object_set_new(
				json, "by", json_string(u ? u->login : "hub"));
		}
		if (reason)
			json_object_set_new(
				json, "reason", json_string(reason));
	}
	(void)sqlite3_finalize(s); /* only read */
}

/* One order: its marks are `count` from `marks` on. */
static json_t *
order_json(struct node *node, const struct erasure_mark *const *marks,
	uint32_t count)
{
	struct telling t = {.node = node,
		.told = policy_erasures(node->policy),
		.order = marks[0]->order};
	json_t *territories = json_array(), *json, *devices;
	char path[POLICY_PATH_MAX];
	json_int_t open;

	for (uint32_t i = 0; i < count; i++)
		add_territory(&t, marks[i]->territory);
	for (size_t i = 0; i < t.territory_count; i++)
		json_array_append_new(territories,
			json_string(policy_path(
				node->policy, t.territories[i], path)));
	devices = devices_json(&t, &open);
	json = json_pack("{s:o, s:o, s:I, s:o, s:o, s:o, s:I}", "order",
		id_json(t.order), "at", time_json(marks[0]->time), "records",
		(json_int_t)count, "territories", territories, "segments",
		segments_json(&t), "devices", devices, "open", open);
	add_own(&t, json);
	free(t.territories);
	return json;
}

json_t *
erasure_orders_json(struct node *node, const uint8_t *order)
{
	const struct erasures *told = policy_erasures(node->policy);
	const struct erasure_mark **marks = marks_by_order(told);
	json_t *list = json_array();
	uint32_t next;

	for (uint32_t i = 0; i < told->mark_count; i = next) {
		for (next = i + 1; next < told->mark_count &&
			!memcmp(marks[next]->order, marks[i]->order, ID_BYTES);
			next++)
			;
		if (!order || !memcmp(order, marks[i]->order, ID_BYTES))
			json_array_append_new(
				list, order_json(node, marks + i, next - i));
	}
	free(marks);
	return list;
}
