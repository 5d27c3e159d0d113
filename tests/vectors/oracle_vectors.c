/*
 * oracle_vectors FILE runs a file of the form of MERGE section 6 through the
 * simulator's oracle: what it says after each delivery and at each checkpoint
 * must be what the case expects. Left out are `author`, which is no merge, and
 * `aliases`, which the view makes of the joined edges.
 *
 * Exit status: 0 all passed, 1 a case differs, 2 usage or an unreadable file.
 */

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "merge_vectors/view.h"
#include "tests/sim/oracle.h"

enum { DIFFERENCE_SIZE = 2000, SEEN_MAX = 64, OPERATIONS_MAX = 64 };

struct run {
	const char *name;
	json_t *test;
	struct names names;
	struct oracle *oracle;
	json_t *delivered; /* ids of changes, each once */
	bool failed;
};

static void
complain(struct run *run, const char *where, const char *what)
{
	printf("FAIL %s\n  %s: %s\n", run->name, where, what);
	run->failed = true;
}

static const char *
text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static int64_t
number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* The change of the case that `id` names: "A2". */
static json_t *
find_change(const struct run *run, const char *id)
{
	json_t *changes = json_object_get(run->test, "changes"), *change;
	char own[80];
	size_t i;

	json_array_foreach(changes, i, change)
	{
		(void)snprintf(own, sizeof own, "%s%lld",
			text_of(change, "log"),
			(long long)number_of(change, "seq"));
		if (strcmp(own, id) == 0)
			return change;
	}
	return NULL;
}

static const uint8_t *
log_id(struct run *run, const char *name)
{
	uint8_t *log = arena_take(&run->names.arena, LOG_BYTES);

	names_log(&run->names, name, log);
	return log;
}

static void
tell_change(struct run *run, const char *id)
{
	struct seen_entry seen[SEEN_MAX];
	struct unseen_entry unseen[SEEN_MAX];
	struct operation operations[OPERATIONS_MAX];
	json_t *change = find_change(run, id), *value;
	struct oracle_change told = {
		.seen = seen, .unseen = unseen, .operations = operations};
	const char *key;
	size_t i;

	if (!change) {
		complain(run, id, "no such change");
		return;
	}
	told.log = log_id(run, text_of(change, "log"));
	told.seq = number_of(change, "seq");
	json_object_foreach(json_object_get(change, "ctx"), key, value)
	{
		assert(told.seen_count < SEEN_MAX);
		if (strcmp(key, text_of(change, "log")) != 0)
			seen[told.seen_count++] = (struct seen_entry){
				log_id(run, key), json_integer_value(value)};
	}
	json_array_foreach(json_object_get(change, "unseen"), i, value)
	{
		assert(told.unseen_count < SEEN_MAX);
		unseen[told.unseen_count++] = (struct unseen_entry){
			log_id(run,
				json_string_value(json_array_get(value, 0))),
			json_integer_value(json_array_get(value, 1)),
			json_integer_value(json_array_get(value, 2))};
	}
	json_array_foreach(json_object_get(change, "ops"), i, value)
	{
		assert(told.operation_count < OPERATIONS_MAX);
		operations[told.operation_count++] = names_operation(
			&run->names, value, number_of(change, "at"));
	}
	oracle_change(run->oracle, &told);
}

static void
grant(struct run *run, const char *log)
{
	json_t *changes = json_object_get(run->test, "changes"), *change;
	size_t i;

	json_array_foreach(changes, i,
		change) if (strcmp(text_of(change, "log"), log) == 0)
		oracle_grant(run->oracle, log_id(run, log),
			(int)number_of(change, "rank"));
}

static void
begin(struct run *run)
{
	json_t *granted = json_object_get(run->test, "granted"), *entry;
	size_t i;

	oracle_reset(run->oracle);
	json_array_clear(run->delivered);
	json_array_foreach(granted, i, entry)
		grant(run, json_string_value(entry));
	json_array_foreach(json_object_get(run->test, "changes"), i,
		entry) if (!granted) grant(run, text_of(entry, "log"));
}

/* `A2`, `cut:A=2` or `grant:B`. */
static void
deliver(struct run *run, const char *item)
{
	const char *sign = strchr(item, '=');
	json_t *entry;
	size_t i;

	if (strncmp(item, "cut:", 4) == 0 && sign) {
		char *log = arena_copy(
			&run->names.arena, item + 4, (size_t)(sign - item) - 3);

		log[sign - item - 4] = '\0';
		oracle_cut(run->oracle, log_id(run, log),
			strtoll(sign + 1, NULL, 10));
	} else if (strncmp(item, "grant:", 6) == 0) {
		grant(run, item + 6);
	} else {
		json_array_foreach(run->delivered, i,
			entry) if (strcmp(json_string_value(entry), item) ==
			0) return;
		json_array_append_new(run->delivered, json_string(item));
		tell_change(run, item);
	}
}

static json_t *
dot_json(struct run *run, const uint8_t *log, int64_t seq)
{
	return json_string(names_dot(&run->names, log, seq));
}

static json_t *
dots_json(struct run *run, const struct oracle_register *reg)
{
	json_t *dots = json_array();

	for (size_t i = 0; i < reg->version_count; i++)
		json_array_append_new(dots,
			dot_json(run, reg->versions[i].log,
				reg->versions[i].seq));
	return dots;
}

static json_t *
versions_json(struct run *run, const struct oracle_register *reg)
{
	json_t *versions = json_array();

	for (size_t i = 0; i < reg->version_count; i++)
		json_array_append_new(versions,
			json_pack("[oo]",
				dot_json(run, reg->versions[i].log,
					reg->versions[i].seq),
				names_value(reg->versions[i].value)));
	return versions;
}

static void
append_under(json_t *out, const char *part, const char *name, json_t *entry)
{
	json_t *object = json_object_get(out, part), *list;

	if (!object) {
		object = json_object();
		json_object_set_new(out, part, object);
	}
	list = json_object_get(object, name);
	if (!list) {
		list = json_array();
		json_object_set_new(object, name, list);
	}
	json_array_append_new(list, entry);
}

static bool
is_declared(struct run *run, uint32_t type, const struct oracle_register *reg)
{
	const struct schema_type *known = schema_type(&run->names.schema, type);
	const struct schema_field *field =
		known ? schema_field(known, reg->field) : NULL;

	return field && field->kind == reg->kind;
}

static bool
mark_shown(const struct oracle_record *record, uint32_t field)
{
	return field == SCHEMA_ARCHIVED ? record->archived
		: field == SCHEMA_MOVED ? record->moved
					: record->joined;
}

static void
add_register(struct run *run, json_t *out, const struct oracle_record *record,
	const struct oracle_register *reg)
{
	const char *name = names_field(&run->names, record->type, reg->field);
	bool known = is_declared(run, record->type, reg);
	json_t *entry;

	if (reg->kind == KIND_PUT && schema_is_mark(record->type, reg->field)) {
		json_object_set_new(out, name,
			json_boolean(mark_shown(record, reg->field)));
		return;
	}
	if (reg->kind == KIND_SET) {
		append_under(out, known ? "sets" : "unknown", name,
			json_pack("[oo]", names_value(reg->element),
				dots_json(run, reg)));
		return;
	}
	entry = json_pack("{s:o,s:o}", "shown",
		names_value(reg->versions[0].value), "versions",
		versions_json(run, reg));
	if (known) {
		json_object_set_new(
			json_object_get(out, "fields"), name, entry);
		return;
	}
	json_object_set_new(entry, "kind",
		json_string(reg->kind == KIND_ONCE ? "init" : "put"));
	append_under(out, "unknown", name, entry);
}

static json_t *
unseen_json(struct run *run, const struct oracle_entry *entry)
{
	json_t *dots = json_array();

	for (size_t i = 0; i < entry->unseen_count; i++) {
		const struct oracle_unseen *unseen = &entry->unseen[i];

		/* A change may have written several of them. */
		if (i == 0 || unseen->seq != unseen[-1].seq ||
			memcmp(unseen->log, unseen[-1].log, LOG_BYTES) != 0)
			json_array_append_new(
				dots, dot_json(run, unseen->log, unseen->seq));
	}
	return dots;
}

static void
add_entry(struct run *run, json_t *inbox, const struct oracle_record *record,
	const struct oracle_entry *entry)
{
	const struct oracle_register *reg = record->registers;
	bool mark = schema_is_mark(record->type, entry->field);
	json_t *out;

	/* The vectors have no entry for two movers alone. */
	if (!entry->siblings && !entry->mark)
		return;
	while (reg->field != entry->field || reg->kind != entry->kind)
		reg++;
	out = json_pack("{s:s,s:s,s:s,s:s,s:o,s:o}", "record",
		names_record(&run->names, record->type, record->id), "field",
		names_field(&run->names, record->type, entry->field), "why",
		mark ? "mark" : "siblings", "state",
		entry->undecided ? "undecided" : "settled", "shown",
		mark ? json_boolean(mark_shown(record, entry->field))
		     : names_value(reg->versions[0].value),
		"dots", dots_json(run, reg));
	if (mark)
		json_object_set_new(out, "unseen", unseen_json(run, entry));
	json_array_append_new(inbox, out);
}

static json_t *
with_state(struct run *run, enum oracle_state one, enum oracle_state other)
{
	json_t *list = json_array(), *id;
	size_t i;

	json_array_foreach(run->delivered, i, id)
	{
		json_t *change = find_change(run, json_string_value(id));
		enum oracle_state is = oracle_state(run->oracle,
			log_id(run, text_of(change, "log")),
			number_of(change, "seq"));

		if (is == one || is == other)
			json_array_append(list, id);
	}
	return list;
}

static json_t *
view_json(struct run *run)
{
	const struct oracle_view *view = oracle_view(run->oracle);
	json_t *records = json_object(), *inbox = json_array();
	json_t *applied = json_object(), *late, *state;

	for (size_t i = 0; i < view->record_count; i++) {
		const struct oracle_record *record = &view->records[i];
		json_t *out = json_pack("{s:{}}", "fields");

		for (size_t j = 0; j < record->register_count; j++)
			add_register(run, out, record, &record->registers[j]);
		for (size_t j = 0; j < record->inbox_count; j++)
			add_entry(run, inbox, record, &record->inbox[j]);
		json_object_set_new(records,
			names_record(&run->names, record->type, record->id),
			out);
	}
	for (size_t i = 0; i < view->log_count; i++)
		if (view->logs[i].applied > 0)
			json_object_set_new(applied,
				names_log_name(&run->names, view->logs[i].id),
				json_integer(view->logs[i].applied));
	late = with_state(run, ORACLE_BEYOND, ORACLE_BEYOND);
	state = json_pack("{s:o,s:o,s:o,s:o}", "applied", applied, "records",
		records, "inbox", inbox, "waiting",
		with_state(run, ORACLE_WAITS, ORACLE_NO_GRANT));
	if (json_array_size(late) > 0)
		json_object_set(state, "quarantined", late);
	json_decref(late);
	return state;
}

struct sortable {
	char *key;
	json_t *entry;
};

static int
compare_keys(const void *left, const void *right)
{
	const struct sortable *a = left, *b = right;

	return strcmp(a->key, b->key);
}

static void
sort_list(json_t *list)
{
	size_t count = json_array_size(list), i;
	struct sortable *sorted = alloc((count + 1) * sizeof *sorted);
	json_t *entry;

	json_array_foreach(list, i, entry) sorted[i] =
		(struct sortable){names_canonical(entry), json_incref(entry)};
	qsort(sorted, count, sizeof *sorted, compare_keys);
	for (i = 0; i < count; i++) {
		json_array_set_new(list, i, sorted[i].entry);
		free(sorted[i].key);
	}
	free(sorted);
}

/* Where order says nothing, one order for both sides. */
static void
sort_state(json_t *state)
{
	static const char *const parts[] = {"sets", "unknown"};
	json_t *record, *list, *entry;
	const char *name, *key;
	size_t i;

	sort_list(json_object_get(state, "inbox"));
	sort_list(json_object_get(state, "waiting"));
	sort_list(json_object_get(state, "quarantined"));
	json_object_foreach(json_object_get(state, "records"), name, record)
	{
		for (size_t p = 0; p < 2; p++) {
			json_object_foreach(
				json_object_get(record, parts[p]), key, list)
			{
				json_array_foreach(list, i, entry)
					sort_list(json_array_get(entry, 1));
				sort_list(list);
			}
		}
	}
}

static void
compare(struct run *run, const char *where, json_t *expected)
{
	static char text[DIFFERENCE_SIZE];
	json_t *got = view_json(run), *want = json_deep_copy(expected);

	(void)json_object_del(want, "aliases"); /* there or not */
	sort_state(got);
	sort_state(want);
	if (view_differs(got, want, text, sizeof text))
		complain(run, where, text);
	json_decref(got);
	json_decref(want);
}

/* What must hold after item `after` of a delivery; NULL for nothing. */
static json_t *
expectation(const struct run *run, size_t delivery, size_t after, bool end)
{
	json_t *points = json_object_get(run->test, "checkpoints"), *point;
	size_t i;

	json_array_foreach(points, i, point)
	{
		if (number_of(point, "delivery") == (int64_t)delivery &&
			number_of(point, "after") == (int64_t)after)
			return json_object_get(point, "expect");
	}
	return end ? json_object_get(run->test, "expect") : NULL;
}

static void
run_delivery(struct run *run, size_t delivery, json_t *items)
{
	json_t *item;
	size_t i;

	begin(run);
	json_array_foreach(items, i, item)
	{
		json_t *want = expectation(
			run, delivery, i + 1, i + 1 == json_array_size(items));
		char where[64];

		deliver(run, json_string_value(item));
		(void)snprintf(where, sizeof where, "delivery %zu after %zu",
			delivery, i + 1);
		if (want)
			compare(run, where, want);
	}
}

static bool
run_case(json_t *test, json_t *schema)
{
	struct run run = {.name = text_of(test, "name"),
		.test = test,
		.delivered = json_array()};
	json_t *own = json_object_get(test, "schema"), *items;
	size_t i;

	names_init(&run.names, own ? own : schema, test);
	run.oracle = oracle_new(&run.names.schema);
	json_array_foreach(json_object_get(test, "deliveries"), i, items)
		run_delivery(&run, i, items);
	if (run.names.problem)
		complain(&run, "the case", run.names.problem);
	oracle_free(run.oracle);
	names_clear(&run.names);
	json_decref(run.delivered);
	return !run.failed;
}

int
main(int argc, char **argv)
{
	json_error_t error;
	json_t *file, *test;
	size_t failed = 0, i;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: oracle_vectors FILE\n");
		return 2;
	}
	file = json_load_file(argv[1], 0, &error);
	if (!file) {
		(void)fprintf(stderr, "%s: %s\n", argv[1], error.text);
		return 2;
	}
	json_array_foreach(json_object_get(file, "cases"), i, test)
	{
		if (!run_case(test, json_object_get(file, "schema")))
			failed++;
	}
	printf("%zu cases, %zu failed\n", i, failed);
	json_decref(file);
	return failed ? 1 : 0;
}
