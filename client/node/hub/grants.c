#include "client/node/hub/grants.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/node/hub/cutoffs.h"
#include "client/node/hub/hub.h"
#include "client/node/hub/succession.h"
#include "client/node/typed.h"
#include "client/store/setting.h"
#include "proto/schema_roadbook.h"

static const char *const roles[] = {NULL, "rep", "manager", "hq", "admin"};

static int
role_of(const char *text)
{
	const struct schema_type *type =
		schema_type(schema_roadbook(), TYPE_GRANT);
	const struct schema_field *field = schema_field(type, GRANT_ROLE);
	const struct schema_code *code = schema_code_find(&field->codes, text);

	for (int role = ROLE_REP; role <= ROLE_ADMIN; role++)
		if (code && strcmp(code->code, roles[role]) == 0)
			return role;
	return 0;
}

/* A day as people type it; "" takes one back. */
static bool
read_day(struct node *node, const char *text, struct problem *problem)
{
	const struct schema_type *type =
		schema_type(schema_roadbook(), TYPE_GRANT);
	struct arena arena = {0};
	struct pack_view value;
	bool good = !text || !*text ||
		node_typed_value(node, schema_field(type, GRANT_UNTIL),
			"--until", text, &arena, &value, problem);

	arena_clear(&arena);
	return good;
}

static bool
fits(const struct policy_grant *g, const uint8_t *user,
	const uint8_t *territory, int role)
{
	return !g->ended && !memcmp(g->user, user, ID_BYTES) &&
		(!territory || !memcmp(g->territory, territory, ID_BYTES)) &&
		(!role || g->role == role);
}

/* The territory and role that were named; NULL and 0 where none was. */
static bool
read_names(struct node *node, const struct hub_grant *grant,
	const struct policy_territory **territory, int *role,
	struct problem *problem)
{
	*territory = NULL;
	*role = 0;
	if (grant->territory) {
		*territory =
			policy_territory_path(node->policy, grant->territory);
		if (!*territory || (*territory)->kind == POLICY_DIRECTORY) {
			problem_set(problem, EXIT_NOT_FOUND,
				T("there is no territory %s"),
				grant->territory);
			return problem_hint(problem,
				"roadbook hub territory add %s",
				grant->territory);
		}
	}
	if (grant->role) {
		*role = role_of(grant->role);
		if (!*role) {
			problem_set(problem, EXIT_USAGE,
				T("there is no role %s"), grant->role);
			return problem_hint(
				problem, "--role rep|manager|hq|admin");
		}
	}
	return read_day(node, grant->until, problem);
}

static void
draft_until(struct directory_draft *draft, const uint8_t *id,
	const struct policy_grant *there, const char *until)
{
	if (until && strcmp(there ? there->until : "", until) != 0)
		directory_text(draft, TYPE_GRANT, id, GRANT_UNTIL, until);
}

bool
grant_draft(struct node *node, struct directory_draft *draft,
	const struct policy_user *user, const struct hub_grant *grant,
	struct problem *problem)
{
	struct hub_grant whole = *grant;
	const struct policy_territory *territory;
	const struct policy_grant *g;
	uint8_t id[ID_BYTES];
	int role;

	if (!whole.role)
		whole.role = "rep";
	if (!whole.territory && role_of(whole.role) == ROLE_ADMIN)
		whole.territory = "/";
	if (!whole.territory) {
		problem_set(problem, EXIT_USAGE,
			T("a role needs a territory to hold for"));
		return problem_hint(problem, "--territory PATH");
	}
	if (!read_names(node, &whole, &territory, &role, problem))
		return false;
	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++)
		if (fits(g, user->id, territory->id, role) && !g->ending_ms) {
			draft_until(draft, g->id, g, whole.until);
			return true;
		}
	node_new_id(id);
	directory_bytes(draft, TYPE_GRANT, id, GRANT_USER, user->id, ID_BYTES);
	directory_bytes(draft, TYPE_GRANT, id, GRANT_TERRITORY, territory->id,
		ID_BYTES);
	directory_once_text(draft, TYPE_GRANT, id, GRANT_ROLE, roles[role]);
	draft_until(draft, id, NULL, whole.until);
	return true;
}

static const struct policy_user *
find_user(struct node *node, const char *login, struct problem *problem)
{
	const struct policy_user *user = policy_user_login(node->policy, login);

	if (user)
		return user;
	problem_set(problem, EXIT_NOT_FOUND, T("there is no user %s"), login);
	problem_hint(problem, "roadbook hub user add %s", login);
	return NULL;
}

bool
hub_grant(struct node *node, const struct hub_grant *grant,
	struct problem *problem)
{
	const struct policy_user *user = find_user(node, grant->login, problem);
	struct directory_draft draft = {0};

	if (!user)
		return false;
	if (grant_draft(node, &draft, user, grant, problem))
		return directory_write(node, &draft, problem);
	directory_clear(&draft);
	return false;
}

/* ---- ending ---- */

/* Ids of grants; changes of the directory move the grants themselves. */
struct picked {
	uint8_t (*ids)[ID_BYTES];
	uint32_t count;
};

static void
pick(struct picked *picked, const struct policy_grant *grant)
{
	picked->ids = alloc_again(
		picked->ids, (picked->count + 1) * sizeof *picked->ids);
	memcpy(picked->ids[picked->count++], grant->id, ID_BYTES);
}

static bool
write_failed(struct node *node, struct problem *problem)
{
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		store_sqlite_problem(node->store));
}

static bool
begin_ending(
	struct node *node, const struct picked *picked, struct problem *problem)
{
	struct directory_draft draft = {0};

	for (uint32_t i = 0; i < picked->count; i++) {
		uint8_t id[ID_BYTES];

		id_derive(id, "roadbook/ending/1", picked->ids[i], ID_BYTES);
		directory_bytes(&draft, TYPE_ENDING, id, ENDING_GRANT,
			picked->ids[i], ID_BYTES);
	}
	return directory_write(node, &draft, problem);
}

static bool
end_now(struct node *node, const struct picked *picked, struct problem *problem)
{
	struct directory_draft draft = {0};

	for (uint32_t i = 0; i < picked->count; i++)
		if (cutoffs_draft_grant(node, &draft, picked->ids[i]) !=
			STATUS_OK) {
			directory_clear(&draft);
			return write_failed(node, problem);
		}
	return directory_write(node, &draft, problem);
}

static bool
is_picked(const struct picked *picked, const uint8_t *id)
{
	for (uint32_t i = 0; i < picked->count; i++)
		if (!memcmp(picked->ids[i], id, ID_BYTES))
			return true;
	return false;
}

/* Somebody has to be left who can grant. */
static bool
admin_left(struct node *node, const struct picked *picked)
{
	const struct policy_grant *g;

	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++)
		if (g->role == ROLE_ADMIN && !g->ended && !g->ending_ms &&
			!is_picked(picked, g->id))
			return true;
	return false;
}

static bool
end_picked(struct node *node, const struct hub_grant *grant, bool now,
	const struct picked *picked, struct problem *problem)
{
	if (!picked->count) {
		problem_set(problem, EXIT_NOT_FOUND, T("%s has no such grant"),
			grant->login);
		return problem_hint(problem, "roadbook hub users");
	}
	if (!admin_left(node, picked)) {
		problem_set(problem, EXIT_REFUSED,
			T("%s is the last administrator"), grant->login);
		return problem_hint(
			problem, "roadbook hub grant LOGIN --role admin");
	}
	if (now)
		return end_now(node, picked, problem);
	return begin_ending(node, picked, problem) &&
		hub_carry_out(node, node_now_ms(), problem);
}

bool
hub_end_grant(struct node *node, const struct hub_grant *grant, bool now,
	uint32_t *count, struct problem *problem)
{
	const struct policy_user *user = find_user(node, grant->login, problem);
	const struct policy_territory *territory;
	const struct policy_grant *g;
	struct picked picked = {0};
	bool done;
	int role;

	if (!user || !read_names(node, grant, &territory, &role, problem))
		return false;
	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++)
		if (fits(g, user->id, territory ? territory->id : NULL, role))
			pick(&picked, g);
	*count = picked.count;
	done = end_picked(node, grant, now, &picked, problem);
	free(picked.ids);
	return done;
}

/* ---- what the hub carries out by itself ---- */

static const char create[] =
	"CREATE TABLE IF NOT EXISTS _drained(grant_id BLOB NOT NULL, "
	"device BLOB NOT NULL, PRIMARY KEY(grant_id, device)) WITHOUT ROWID";

static bool
note_drained(struct node *node, const uint8_t *grant, const uint8_t *device)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"INSERT OR IGNORE INTO _drained VALUES(?1, ?2)");
	bool noted = s &&
		sqlite3_bind_blob(s, 1, grant, ID_BYTES, SQLITE_TRANSIENT) ==
			SQLITE_OK &&
		sqlite3_bind_blob(s, 2, device, ID_BYTES, SQLITE_TRANSIENT) ==
			SQLITE_OK &&
		sqlite3_step(s) == SQLITE_DONE;

	(void)sqlite3_finalize(s); /* repeats the error */
	return noted;
}

static bool
is_drained(struct node *node, const uint8_t *grant, const uint8_t *device)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"SELECT 1 FROM _drained WHERE grant_id = ?1 AND device = ?2");
	bool drained = s &&
		sqlite3_bind_blob(s, 1, grant, ID_BYTES, SQLITE_TRANSIENT) ==
			SQLITE_OK &&
		sqlite3_bind_blob(s, 2, device, ID_BYTES, SQLITE_TRANSIENT) ==
			SQLITE_OK &&
		sqlite3_step(s) == SQLITE_ROW;

	(void)sqlite3_finalize(s); /* only read */
	return drained;
}

/* Every device of the user that is still let in. */
static bool
all_drained(struct node *node, const struct policy_grant *grant)
{
	const struct policy_device *d;

	for (uint32_t i = 0; (d = policy_device_at(node->policy, i)); i++)
		if (!memcmp(d->user, grant->user, ID_BYTES) && !d->revoked &&
			!is_drained(node, grant->id, d->id))
			return false;
	return true;
}

enum drained
hub_drained(struct node *node, const struct policy_device *device)
{
	enum drained drained = DRAINED_NOTHING_OWED;
	const struct policy_grant *g;

	for (uint32_t i = 0;
		!device->revoked && (g = policy_grant_at(node->policy, i));
		i++) {
		if (!g->ending_ms || g->ended ||
			memcmp(g->user, device->user, ID_BYTES))
			continue;
		if (!is_drained(node, g->id, device->id))
			return DRAINED_NOT_YET;
		drained = DRAINED_ALL;
	}
	return drained;
}

struct ordering {
	uint32_t field;
	uint8_t *who;
};

static enum status
note_order(void *self, const struct history_entry *entry)
{
	struct ordering *ordering = self;

	if (entry->operation.field == ordering->field && entry->ordered_by)
		memcpy(ordering->who, entry->ordered_by, ID_BYTES);
	return STATUS_OK;
}

/* In the name of who ordered that field of that record, the last one. */
static void
order_as_before(
	struct node *node, uint32_t type, const uint8_t *id, uint32_t field)
{
	struct ordering ordering = {field, node->ordered_by};

	memset(node->ordered_by, 0, ID_BYTES);
	/* Nobody's name is better than none of it done. */
	(void)!territory_history(
		node->directory, type, id, ID_BYTES, note_order, &ordering);
}

static bool
carry_out_one(struct node *node, const uint8_t *id, struct problem *problem)
{
	const struct policy_grant *g = policy_grant(node->policy, id);
	struct picked one = {0};
	uint8_t before[ID_BYTES], record[ID_BYTES];
	bool ending = g->ending_ms != 0, done;

	memcpy(before, node->ordered_by, ID_BYTES);
	id_derive(record, "roadbook/ending/1", id, ID_BYTES);
	if (ending)
		order_as_before(node, TYPE_ENDING, record, ENDING_GRANT);
	else
		order_as_before(node, TYPE_GRANT, id, GRANT_UNTIL);
	pick(&one, g);
	done = ending ? end_now(node, &one, problem)
		      : begin_ending(node, &one, problem);
	free(one.ids);
	memcpy(node->ordered_by, before, ID_BYTES);
	return done;
}

static bool
is_due(struct node *node, const struct policy_grant *g, int64_t now_ms,
	const char *today)
{
	int64_t most = (int64_t)HUB_ENDING_DAYS * 24 * 3600 * 1000;

	if (g->ended)
		return false;
	if (g->ending_ms)
		return now_ms - g->ending_ms >= most || all_drained(node, g);
	return *g->until && strcmp(g->until, today) <= 0;
}

static void
day_text(int64_t now_ms, char out[static 11])
{
	time_t seconds = (time_t)(now_ms / 1000);
	struct tm day;

	if (!localtime_r(&seconds, &day) ||
		strftime(out, 11, "%Y-%m-%d", &day) == 0)
		out[0] = '\0'; /* no such day: nothing is due by it */
}

/* What became due by this may go on in the next turn: an `until` does. */
bool
hub_carry_out(struct node *node, int64_t now_ms, struct problem *problem)
{
	const struct policy_grant *g;
	struct picked due = {0};
	char today[11];
	bool done = true;

	day_text(now_ms, today);
	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++)
		if (is_due(node, g, now_ms, today))
			pick(&due, g);
	for (uint32_t i = 0; done && i < due.count; i++)
		done = carry_out_one(node, due.ids[i], problem);
	free(due.ids);
	return done;
}

bool
hub_in_step(struct node *node, const uint8_t *device, struct problem *problem)
{
	const struct policy_device *d;
	const struct policy_grant *g;
	struct problem not_taken = {0};
	bool any = false;

	/* What the disk refused when it came; or once more, the next time. */
	(void)hub_take_endings(node, &not_taken);
	d = policy_device(node->policy, device);
	if (!d || d->revoked)
		return true;
	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++) {
		if (!g->ending_ms || g->ended ||
			memcmp(g->user, d->user, ID_BYTES))
			continue;
		if (!note_drained(node, g->id, device))
			return write_failed(node, problem);
		any = true;
	}
	return !any || hub_carry_out(node, node_now_ms(), problem);
}
