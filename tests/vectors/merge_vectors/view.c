#include "view.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/store_sqlite.h"

struct viewing {
	struct world *world;
	struct names *names;
	const struct merge_logs *logs;
	json_t *records, *inbox;
	/* The record at hand. */
	const struct record *record;
	const struct shown *shown;
	const char *name;
};

static json_t *
dot_json(struct viewing *v, uint32_t log, int64_t seq)
{
	return json_string(names_dot(v->names, v->logs->list[log].id, seq));
}

static int
text_compare(const void *left, const void *right)
{
	const char *const *a = left, *const *b = right;

	return strcmp(*a, *b);
}

/* Sorts an array of strings; consumes the reference, gives a new one. */
static json_t *
strings_sorted(json_t *list)
{
	size_t count = json_array_size(list), i;
	const char **texts = alloc(count * sizeof *texts);
	json_t *sorted = json_array(), *text;

	json_array_foreach(list, i, text) texts[i] = json_string_value(text);
	qsort(texts, count, sizeof *texts, text_compare);
	for (i = 0; i < count; i++)
		json_array_append_new(sorted, json_string(texts[i]));
	free(texts);
	json_decref(list);
	return sorted;
}

static json_t *
value_entry(struct viewing *v, const struct reg *reg)
{
	json_t *versions = json_array();

	for (uint32_t i = 0; i < reg->version_count; i++) {
		const struct version *version = &reg->versions[i];

		json_array_append_new(versions,
			json_pack("[oo]",
				dot_json(v, version->log, version->seq),
				names_value(version->value)));
	}
	return json_pack("{s:o,s:o}", "shown",
		names_value(reg->versions[0].value), "versions", versions);
}

static json_t *
element_entry(struct viewing *v, const struct reg *reg)
{
	json_t *dots = json_array();

	for (uint32_t i = 0; i < reg->version_count; i++)
		json_array_append_new(dots,
			dot_json(
				v, reg->versions[i].log, reg->versions[i].seq));
	return json_pack(
		"[oo]", names_value(reg->element), strings_sorted(dots));
}

/* An entry with what it is sorted by. */
struct sortable {
	char *key;
	json_t *entry;
};

static int
sortable_compare(const void *left, const void *right)
{
	const struct sortable *a = left, *b = right;

	return strcmp(a->key, b->key);
}

/* Elements by their canonical JSON; of unknown fields init, put, then set. */
static char *
entry_key(json_t *entry)
{
	char *canonical, *key;

	if (json_is_object(entry)) {
		const char *kind =
			json_string_value(json_object_get(entry, "kind"));

		return alloc_copy(kind, strlen(kind) + 1);
	}
	canonical = names_canonical(json_array_get(entry, 0));
	key = alloc(strlen(canonical) + 5);
	(void)sprintf(key, "set %s", canonical);
	free(canonical);
	return key;
}

static void
entries_sort(json_t *list)
{
	size_t count = json_array_size(list), i;
	struct sortable *sorted = alloc(count * sizeof *sorted);
	json_t *entry;

	json_array_foreach(list, i, entry) sorted[i] =
		(struct sortable){entry_key(entry), json_incref(entry)};
	qsort(sorted, count, sizeof *sorted, sortable_compare);
	for (i = 0; i < count; i++) {
		json_array_set_new(list, i, sorted[i].entry);
		free(sorted[i].key);
	}
	free(sorted);
}

static void
append_under(json_t *object, const char *name, json_t *entry)
{
	json_t *list = json_object_get(object, name);

	if (!list) {
		list = json_array();
		json_object_set_new(object, name, list);
	}
	json_array_append_new(list, entry);
}

static bool
is_mark(const struct record *record, const struct reg *reg)
{
	return reg->kind == KIND_PUT &&
		schema_is_mark(record->type, reg->field);
}

static bool
is_known(const struct viewing *v, const struct reg *reg)
{
	const struct schema_type *type =
		schema_type(&v->names->schema, v->record->type);
	const struct schema_field *field =
		type ? schema_field(type, reg->field) : NULL;

	return field && field->kind == reg->kind;
}

static void
add_reg(struct viewing *v, const struct reg *reg, json_t *fields, json_t *sets,
	json_t *other)
{
	const char *name = names_field(v->names, v->record->type, reg->field);
	json_t *entry;

	if (reg->version_count == 0)
		return;
	if (reg->kind == KIND_SET) {
		append_under(is_known(v, reg) ? sets : other, name,
			element_entry(v, reg));
		return;
	}
	entry = value_entry(v, reg);
	if (is_known(v, reg)) {
		json_object_set_new(fields, name, entry);
		return;
	}
	json_object_set_new(entry, "kind",
		json_string(reg->kind == KIND_ONCE ? "init" : "put"));
	append_under(other, name, entry);
}

static void
add_marks(struct viewing *v, json_t *out)
{
	for (uint32_t i = 0; i < v->record->reg_count; i++) {
		const struct reg *reg = &v->record->regs[i];
		bool on = v->shown->archived;

		if (!is_mark(v->record, reg) || reg->version_count == 0)
			continue;
		if (reg->field == SCHEMA_MOVED)
			on = v->shown->moved;
		if (reg->field == SCHEMA_JOINED)
			on = v->shown->joined;
		json_object_set_new(out,
			names_field(v->names, v->record->type, reg->field),
			json_boolean(on));
	}
}

static void
set_if_any(json_t *out, const char *name, json_t *object)
{
	const char *key;
	json_t *list;

	json_object_foreach(object, key, list) entries_sort(list);
	if (json_object_size(object))
		json_object_set(out, name, object);
	json_decref(object);
}

static void
add_record(struct viewing *v)
{
	json_t *fields = json_object(), *sets = json_object();
	json_t *other = json_object(), *out = json_object();

	for (uint32_t i = 0; i < v->record->reg_count; i++)
		if (!is_mark(v->record, &v->record->regs[i]))
			add_reg(v, &v->record->regs[i], fields, sets, other);
	json_object_set_new(out, "fields", fields);
	set_if_any(out, "sets", sets);
	set_if_any(out, "unknown", other);
	add_marks(v, out);
	json_object_set_new(v->records, v->name, out);
}

/* The register whose versions a conflict is about. */
static const struct reg *
conflict_reg(const struct viewing *v, const struct conflict *conflict)
{
	const struct pack_view none = {NULL, 0};
	const struct reg *reg = NULL;

	if (conflict->why == CONFLICT_SIBLINGS) {
		reg = record_find(v->record, conflict->field, KIND_ONCE, none);
		if (reg && !is_known(v, reg))
			reg = NULL;
	}
	return reg ? reg
		   : record_find(v->record, conflict->field, KIND_PUT, none);
}

static json_t *
unseen_json(struct viewing *v, const struct conflict *conflict)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < conflict->unseen_count; i++) {
		const struct dot *dot = &conflict->unseen[i].dot;

		/* One dot may be in several registers. */
		if (i == 0 || dot->log != conflict->unseen[i - 1].dot.log ||
			dot->seq != conflict->unseen[i - 1].dot.seq)
			json_array_append_new(
				list, dot_json(v, dot->log, dot->seq));
	}
	return list;
}

static json_t *
shown_json(struct viewing *v, const struct conflict *conflict,
	const struct reg *reg)
{
	if (conflict->why == CONFLICT_SIBLINGS)
		return names_value(reg->versions[0].value);
	if (conflict->field == SCHEMA_MOVED)
		return json_boolean(v->shown->moved);
	if (conflict->field == SCHEMA_JOINED)
		return json_boolean(v->shown->joined);
	return json_boolean(v->shown->archived);
}

static void
add_conflict(struct viewing *v, const struct conflict *conflict)
{
	const struct reg *reg = conflict_reg(v, conflict);
	json_t *dots = json_array(), *entry;

	for (uint32_t i = 0; i < reg->version_count; i++)
		json_array_append_new(dots,
			dot_json(
				v, reg->versions[i].log, reg->versions[i].seq));
	entry = json_pack("{s:s,s:s,s:s,s:s,s:o,s:o}", "record", v->name,
		"field",
		names_field(v->names, v->record->type, conflict->field), "why",
		conflict->why == CONFLICT_MARK ? "mark" : "siblings", "state",
		conflict->undecided ? "undecided" : "settled", "shown",
		shown_json(v, conflict, reg), "dots", dots);
	if (conflict->why == CONFLICT_MARK)
		json_object_set_new(entry, "unseen", unseen_json(v, conflict));
	json_array_append_new(v->inbox, entry);
}

/* Whether the store has saved the inbox that is shown. */
static bool
inbox_was_saved(const struct viewing *v)
{
	sqlite3 *db = store_sqlite_handle(v->world->store);
	sqlite3_stmt *statement = NULL;
	uint32_t count = 0;
	bool same;

	if (sqlite3_prepare_v2(db,
		    "SELECT field, why, undecided, id FROM _conflict WHERE"
		    " territory = ? AND type = ? AND record = ?"
		    " ORDER BY field",
		    -1, &statement, NULL) != SQLITE_OK)
		return false;
	(void)sqlite3_bind_int64(
		statement, 1, territory_number(v->world->territory));
	(void)sqlite3_bind_int64(statement, 2, v->record->type);
	(void)sqlite3_bind_blob(statement, 3, v->record->id,
		(int)v->record->id_size, SQLITE_STATIC);
	same = true;
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const struct conflict *c = &v->shown->conflicts[count];
		const char *why =
			(const char *)sqlite3_column_text(statement, 1);

		if (count++ >= v->shown->conflict_count ||
			sqlite3_column_int64(statement, 0) != c->field ||
			strcmp(why,
				c->why == CONFLICT_MARK ? "mark"
							: "siblings") != 0 ||
			sqlite3_column_int(statement, 2) != c->undecided ||
			memcmp(sqlite3_column_blob(statement, 3), c->id,
				CONFLICT_ID_BYTES) != 0) {
			same = false;
			break;
		}
	}
	(void)sqlite3_finalize(statement);
	return same && count == v->shown->conflict_count;
}

/* Ids of all records, gathered before any is looked at closely. */
struct listing {
	struct listed {
		uint32_t type;
		uint8_t id[RECORD_ID_MAX];
		size_t id_size;
	} * list;
	size_t count;
};

static enum status
list_record(void *self, struct record *record)
{
	struct listing *listing = self;
	struct listed *entry;

	listing->list = alloc_again(
		listing->list, (listing->count + 1) * sizeof *listing->list);
	entry = &listing->list[listing->count++];
	entry->type = record->type;
	entry->id_size = record->id_size;
	memcpy(entry->id, record->id, record->id_size);
	return STATUS_OK;
}

static bool
add_listed(struct viewing *v, const struct listed *at, struct record *record)
{
	struct world *world = v->world;
	struct shown shown;

	if (territory_record(world->territory, at->type, at->id, at->id_size,
		    record, &shown) != STATUS_OK) {
		(void)snprintf(world->problem, sizeof world->problem,
			"a record cannot be read");
		return false;
	}
	v->record = record;
	v->shown = &shown;
	v->name = names_record(v->names, at->type, at->id);
	add_record(v);
	for (uint32_t i = 0; i < shown.conflict_count; i++)
		add_conflict(v, &shown.conflicts[i]);
	if (inbox_was_saved(v))
		return true;
	(void)snprintf(world->problem, sizeof world->problem,
		"%s: the inbox that was saved is not the one shown", v->name);
	return false;
}

static bool
add_records(struct viewing *v)
{
	struct world *world = v->world;
	struct store *store = world->store;
	struct listing listing = {NULL, 0};
	struct record record = {0};
	bool good;

	good = store->records(store->self, territory_number(world->territory),
		       list_record, &listing) == STATUS_OK;
	for (size_t i = 0; good && i < listing.count; i++)
		good = add_listed(v, &listing.list[i], &record);
	record_clear(&record);
	free(listing.list);
	return good;
}

static int
inbox_compare(const void *left, const void *right)
{
	json_t *const *a = left, *const *b = right;
	int order = strcmp(json_string_value(json_object_get(*a, "record")),
		json_string_value(json_object_get(*b, "record")));

	return order ? order
		     : strcmp(json_string_value(json_object_get(*a, "field")),
			       json_string_value(json_object_get(*b, "field")));
}

static json_t *
inbox_sorted(const json_t *inbox)
{
	size_t count = json_array_size(inbox);
	json_t **list = alloc(count * sizeof *list), *sorted = json_array();

	for (size_t i = 0; i < count; i++)
		list[i] = json_array_get(inbox, i);
	qsort(list, count, sizeof *list, inbox_compare);
	for (size_t i = 0; i < count; i++)
		json_array_append(sorted, list[i]);
	free(list);
	return sorted;
}

/* R18: the smallest id of everything that joined edges connect. */
static json_t *
make_aliases(const json_t *records)
{
	json_t *roots = json_object(), *aliases = json_object(), *record, *root;
	/* jansson's iterator wants it so; nothing is changed. */
	json_t *all = (json_t *)(uintptr_t)records;
	const char *name;
	bool moved = true;

	while (moved) {
		moved = false;
		json_object_foreach(all, name, record)
		{
			char a[LOG_BYTES + 1] = {0}, b[LOG_BYTES + 1] = {0};
			const char *least, *root_a, *root_b;

			if (!json_is_true(json_object_get(record, "joined")) ||
				sscanf(name, "alias/%32[^|]|%32s", a, b) != 2)
				continue;
			root_a = json_string_value(json_object_get(roots, a));
			root_b = json_string_value(json_object_get(roots, b));
			root_a = root_a ? root_a : a;
			root_b = root_b ? root_b : b;
			least = strcmp(root_a, root_b) < 0 ? root_a : root_b;
			if (strcmp(root_a, root_b) == 0 &&
				json_object_get(roots, a) &&
				json_object_get(roots, b))
				continue;
			root = json_string(least);
			json_object_set(roots, a, root);
			json_object_set(roots, b, root);
			json_decref(root);
			moved = true;
		}
	}
	json_object_foreach(roots, name,
		root) if (strcmp(name, json_string_value(root)) != 0)
		json_object_set(aliases, name, root);
	json_decref(roots);
	return aliases;
}

static void
wait_found(void *self, const struct territory_wait *wait)
{
	struct viewing *v = self;
	json_t *list = json_object_get(v->inbox, "waiting");

	for (int64_t seq = wait->applied + 1; seq <= wait->kept; seq++)
		json_array_append_new(
			list, json_string(names_dot(v->names, wait->log, seq)));
}

static void
late_found(void *self, const uint8_t *log, int64_t first, int64_t last)
{
	struct viewing *v = self;
	json_t *list = json_object_get(v->inbox, "quarantined");

	for (int64_t seq = first; seq <= last; seq++)
		json_array_append_new(
			list, json_string(names_dot(v->names, log, seq)));
}

/*
 * What the territory has kept it tells itself; what this tool holds back, as
 * its log has a gap before it, is added as the model has it.
 */
static bool
add_waiting(struct viewing *v, json_t *state)
{
	struct world *world = v->world;
	json_t *waiting = json_array(), *late = json_array();
	struct viewing lists = *v;

	lists.inbox =
		json_pack("{s:o,s:o}", "waiting", waiting, "quarantined", late);
	if (territory_waiting(world->territory, wait_found, &lists) !=
			STATUS_OK ||
		territory_late(world->territory, late_found, &lists) !=
			STATUS_OK)
		return false;
	for (size_t i = 0; i < world->count; i++) {
		const struct vector_change *change = &world->changes[i];
		json_t *list = change->seq > world_cut(world, change->log)
			? late
			: waiting;

		if (world_held_back(world, i))
			json_array_append_new(list, json_string(change->id));
	}
	json_object_set_new(
		state, "waiting", strings_sorted(json_incref(waiting)));
	if (json_array_size(late))
		json_object_set_new(state, "quarantined",
			strings_sorted(json_incref(late)));
	json_decref(lists.inbox);
	return true;
}

static json_t *
applied_json(struct viewing *v)
{
	json_t *applied = json_object();

	for (uint32_t i = 0; i < v->logs->count; i++) {
		const uint8_t *log = v->logs->list[i].id;
		int64_t seq = world_applied(v->world, log);

		if (seq > 0)
			json_object_set_new(applied,
				names_log_name(v->names, log),
				json_integer(seq));
	}
	return applied;
}

json_t *
view_make(struct world *world)
{
	struct viewing v = {.world = world,
		.names = world->names,
		.logs = territory_logs(world->territory),
		.records = json_object(),
		.inbox = json_array()};
	json_t *state = json_object(), *aliases;
	bool good;

	good = add_records(&v) && add_waiting(&v, state);
	aliases = make_aliases(v.records);
	json_object_set_new(state, "applied", applied_json(&v));
	json_object_set_new(state, "records", v.records);
	json_object_set_new(state, "inbox", inbox_sorted(v.inbox));
	if (json_object_size(aliases))
		json_object_set(state, "aliases", aliases);
	json_decref(aliases);
	json_decref(v.inbox);
	if (good)
		return state;
	json_decref(state);
	return NULL;
}

/* A path into JSON, as it is gone down. */
struct path {
	char *text;
	size_t size;
	char at[256];
};

static bool differs(
	struct path *path, size_t depth, const json_t *got, const json_t *want);

static bool
say(struct path *path, const json_t *got, const json_t *want)
{
	char *got_text = got ? names_canonical(got) : NULL;
	char *want_text = want ? names_canonical(want) : NULL;

	(void)snprintf(path->text, path->size, "%s: got %s, want %s", path->at,
		got_text ? got_text : "nothing",
		want_text ? want_text : "nothing");
	free(got_text);
	free(want_text);
	return true;
}

static bool
go_down(struct path *path, size_t depth, const char *step, const json_t *got,
	const json_t *want)
{
	(void)snprintf(path->at + depth, sizeof path->at - depth, "%s%s",
		depth ? " > " : "", step);
	return differs(path, strlen(path->at), got, want);
}

static bool
objects_differ(
	struct path *path, size_t depth, const json_t *got, const json_t *want)
{
	json_t *a = (json_t *)(uintptr_t)got, *b = (json_t *)(uintptr_t)want;
	const char *key;
	json_t *value;

	json_object_foreach(b, key,
		value) if (go_down(path, depth, key, json_object_get(a, key),
				   value)) return true;
	json_object_foreach(a, key,
		value) if (!json_object_get(b, key)) return go_down(path, depth,
		key, value, NULL);
	return false;
}

static bool
differs(struct path *path, size_t depth, const json_t *got, const json_t *want)
{
	char step[24];

	path->at[depth] = '\0';
	if (got && want && json_equal(got, want))
		return false;
	if (json_is_object(got) && json_is_object(want))
		return objects_differ(path, depth, got, want);
	if (!json_is_array(got) || !json_is_array(want) ||
		json_array_size(got) != json_array_size(want))
		return say(path, got, want);
	for (size_t i = 0; i < json_array_size(got); i++) {
		(void)snprintf(step, sizeof step, "%zu", i);
		if (go_down(path, depth, step, json_array_get(got, i),
			    json_array_get(want, i)))
			return true;
	}
	return false;
}

bool
view_differs(const json_t *got, const json_t *want, char *text, size_t size)
{
	struct path path = {.text = text, .size = size};

	return differs(&path, 0, got, want);
}
