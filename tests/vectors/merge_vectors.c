/*
 * merge_vectors FILE runs a file of the form of MERGE section 6 through the
 * shipped merge and store: every delivery, checkpoint and `author` entry of
 * every case. After a delivery the territory is also projected again, which
 * must change nothing.
 *
 * The cases deliver changes early, again, and out of order within a log (A2
 * before A1). A territory keeps a log's segments in the order of the log only,
 * so this tool seals one segment a change, holds back a change until all of
 * its log before it were delivered, and adds what it holds back to the lists
 * `waiting` (within its cut) and `quarantined` (beyond it) as the model does.
 * All else that is compared is read back from the store.
 *
 * A context is sent as the difference to that of the log's change before and
 * can only grow (MERGE W1). Where a case lets one shrink, what it no longer
 * has is sent as `unseen` (R7), which covers as little and, the change before
 * being applied, waits for no more.
 *
 * Exit status: 0 all passed, 1 a case differs, 2 usage or an unreadable file.
 */

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/store_sqlite.h"
#include "merge_vectors/view.h"

enum { DIFFERENCE_SIZE = 2000, DIGEST_SIZE = 32 };

/* One case under way. */
struct run {
	const char *name;
	json_t *test;
	struct names names;
	struct world world;
	uint32_t territories; /* so many were begun */
	bool failed;
};

static void
complain(struct run *run, const char *where, const char *what)
{
	printf("FAIL %s\n  %s: %s\n", run->name, where, what);
	run->failed = true;
}

static void
compare(struct run *run, const char *where, const json_t *want)
{
	static char text[DIFFERENCE_SIZE];
	json_t *got = view_make(&run->world);

	if (!got)
		complain(run, where, run->world.problem);
	else if (view_differs(got, want, text, sizeof text))
		complain(run, where, text);
	json_decref(got);
}

/* What must hold after item `after` of a delivery; NULL for nothing. */
static json_t *
expectation(const struct run *run, size_t delivery, size_t after, bool end)
{
	json_t *points = json_object_get(run->test, "checkpoints"), *point;
	size_t i;

	json_array_foreach(points, i,
		point) if (json_integer_value(json_object_get(point,
				   "delivery")) == (json_int_t)delivery &&
		json_integer_value(json_object_get(point, "after")) ==
			(json_int_t)after) return json_object_get(point,
		"expect");
	return end ? json_object_get(run->test, "expect") : NULL;
}

/* Projecting again changes neither the digest nor what is shown. */
static void
check_rebuild(struct run *run, const char *where)
{
	uint8_t before[DIGEST_SIZE], after[DIGEST_SIZE];
	json_t *state = view_make(&run->world);
	char again[128];

	(void)snprintf(again, sizeof again, "%s, rebuilt", where);
	if (!state ||
		territory_digest(run->world.territory, before) != STATUS_OK ||
		!world_rebuild(&run->world) ||
		territory_digest(run->world.territory, after) != STATUS_OK)
		complain(run, again, run->world.problem);
	else if (memcmp(before, after, sizeof before) != 0)
		complain(run, again, "another digest");
	else
		compare(run, again, state);
	json_decref(state);
}

static void
run_items(struct run *run, size_t delivery, const json_t *items)
{
	size_t count = json_array_size(items);
	char where[96] = "before any item";

	for (size_t i = 0; i < count && !run->failed; i++) {
		const char *item = json_string_value(json_array_get(items, i));
		json_t *want;

		(void)snprintf(where, sizeof where,
			"delivery %zu after item %zu, %.24s", delivery, i + 1,
			item ? item : "?");
		if (!item || !world_deliver(&run->world, item)) {
			complain(run, where, run->world.problem);
			return;
		}
		want = expectation(run, delivery, i + 1, i + 1 == count);
		if (want)
			compare(run, where, want);
	}
	if (!run->failed)
		check_rebuild(run, where);
}

static void
run_deliveries(struct run *run)
{
	json_t *deliveries = json_object_get(run->test, "deliveries"), *items;
	size_t i;

	json_array_foreach(deliveries, i, items)
	{
		if (world_begin(&run->world, ++run->territories,
			    json_object_get(run->test, "granted")))
			run_items(run, i, items);
		else
			complain(run, "beginning", run->world.problem);
		world_end(&run->world);
		if (run->failed)
			return;
	}
}

/* What an `author` entry asks for and got. */
struct authoring {
	struct run *run;
	const json_t *entry;
	uint8_t log[LOG_BYTES];
	int64_t seq;
	json_t *written; /* the change, in the form of a case */
};

static json_t *
context_json(struct authoring *a, const struct knowledge *knew)
{
	struct world *world = &a->run->world;
	const struct merge_logs *logs = territory_logs(world->territory);
	json_t *context = json_object();

	for (uint32_t i = 0; i < knew->seen_count; i++)
		if (knew->seen[i] > 0 &&
			memcmp(logs->list[i].id, a->log, LOG_BYTES) != 0)
			json_object_set_new(context,
				names_log_name(world->names, logs->list[i].id),
				json_integer(knew->seen[i]));
	return context;
}

static json_t *
unseen_json(struct authoring *a, const struct change *change)
{
	struct change_cursor cursor = {0};
	json_t *list = json_array();
	int64_t first, last;
	const uint8_t *log;

	while (change_next_unseen(change, &cursor, &log, &first, &last))
		json_array_append_new(list,
			json_pack("[s,I,I]",
				names_log_name(a->run->world.names, log),
				(json_int_t)first, (json_int_t)last));
	return list;
}

/* The entry's own operations as they were written, those left out left out. */
static json_t *
operations_json(struct authoring *a, const struct change *change)
{
	struct names *names = a->run->world.names;
	json_t *list = json_array(), *asked;
	size_t i, written = 0;

	json_array_foreach(json_object_get(a->entry, "ops"), i, asked)
	{
		struct operation wanted =
			names_operation(names, asked, change->at);
		struct change_walk walk = {0};
		struct operation o;

		while (change_next_operation(change, &walk, &o)) {
			json_t *copy;

			if (operation_compare(&wanted, &o) != 0)
				continue;
			copy = json_deep_copy(asked);
			if (o.time != change->at)
				json_object_set_new(
					copy, "time", json_integer(o.time));
			json_array_append_new(list, copy);
			written++;
		}
	}
	return list;
}

static enum status
take_written(
	void *self, const struct change *change, const struct knowledge *knew)
{
	struct authoring *a = self;
	json_t *unseen = unseen_json(a, change);

	a->written = json_pack("{s:s,s:I,s:I,s:O,s:o,s:o}", "log",
		names_log_name(a->run->world.names, a->log), "seq",
		(json_int_t)a->seq, "at", (json_int_t)change->at, "rank",
		json_object_get(a->entry, "rank"), "ctx", context_json(a, knew),
		"ops", operations_json(a, change));
	if (json_array_size(unseen))
		json_object_set(a->written, "unseen", unseen);
	json_decref(unseen);
	return STATUS_OK;
}

static struct unseen_range *
make_unseen(struct authoring *a, uint32_t *count)
{
	struct world *world = &a->run->world;
	const struct merge_logs *logs = territory_logs(world->territory);
	const json_t *list = json_object_get(a->entry, "unseen");
	struct unseen_range *ranges =
		alloc(json_array_size(list) * sizeof *ranges);
	json_t *range;
	size_t i;

	*count = 0;
	json_array_foreach(list, i, range)
	{
		uint8_t log[LOG_BYTES];

		names_log(world->names,
			json_string_value(json_array_get(range, 0)), log);
		for (uint32_t k = 0; k < logs->count; k++)
			if (memcmp(logs->list[k].id, log, LOG_BYTES) == 0)
				ranges[(*count)++] = (struct unseen_range){k,
					json_integer_value(
						json_array_get(range, 1)),
					json_integer_value(
						json_array_get(range, 2))};
	}
	return ranges;
}

/*
 * Writes; an operation that is refused (W5) is taken out and the rest written,
 * as the model does.
 */
static enum status
write_until_accepted(struct authoring *a, struct write *write)
{
	struct territory *territory = a->run->world.territory;
	enum status status;
	size_t refused;

	for (;;) {
		status = territory_write(territory, write, &a->seq, &refused);
		if (status != STATUS_REFUSED ||
			refused >= write->operation_count)
			return status;
		write->operation_count--;
		memmove(write->operations + refused,
			write->operations + refused + 1,
			(write->operation_count - refused) *
				sizeof *write->operations);
	}
}

static enum status
write_entry(struct authoring *a)
{
	struct names *names = a->run->world.names;
	const json_t *ops = json_object_get(a->entry, "ops");
	size_t count = json_array_size(ops);
	struct write_operation *list =
		arena_take(&names->arena, count * sizeof *list);
	struct write write = {.log = a->log,
		.at = json_integer_value(json_object_get(a->entry, "at")),
		.operations = list,
		.operation_count = count};
	struct unseen_range *unseen = make_unseen(a, &write.unseen_count);
	enum status status;

	for (size_t i = 0; i < count; i++) {
		const json_t *object = json_array_get(ops, i);
		struct operation o = names_operation(names, object, write.at);

		list[i] = (struct write_operation){o.type, o.id, o.id_size,
			o.field, o.kind, o.value,
			json_object_get(object, "time") ? o.time : -1};
	}
	write.unseen = unseen;
	status = write_until_accepted(a, &write);
	free(unseen);
	return status;
}

static enum status
write_and_read(struct authoring *a)
{
	struct world *world = &a->run->world;
	const struct merge_logs *logs;
	enum status status;

	if (world->store->begin(world->store->self) != STATUS_OK)
		return STATUS_FAILED;
	status = write_entry(a);
	if (status != STATUS_OK) {
		world->store->rollback(world->store->self);
		return status;
	}
	status = world->store->commit(world->store->self);
	logs = territory_logs(world->territory);
	for (uint32_t i = 0; a->seq && i < logs->count; i++)
		if (memcmp(logs->list[i].id, a->log, LOG_BYTES) == 0)
			status = territory_change(
				world->territory, i, a->seq, take_written, a);
	return status;
}

static int
range_compare(const void *left, const void *right)
{
	json_t *const *a = left, *const *b = right;
	int order = strcmp(json_string_value(json_array_get(*a, 0)),
		json_string_value(json_array_get(*b, 0)));
	json_int_t x = json_integer_value(json_array_get(*a, 1));
	json_int_t y = json_integer_value(json_array_get(*b, 1));

	return order ? order : (x > y) - (x < y);
}

/* Adds a range; one that touches the last of its log makes that longer. */
static void
append_range(json_t *list, json_t *range)
{
	size_t count = json_array_size(list);
	json_t *last = count ? json_array_get(list, count - 1) : NULL;
	json_int_t end;

	if (!last ||
		!json_equal(
			json_array_get(last, 0), json_array_get(range, 0))) {
		json_array_append_new(list, json_deep_copy(range));
		return;
	}
	end = json_integer_value(json_array_get(last, 2));
	if (json_integer_value(json_array_get(range, 1)) > end + 1)
		json_array_append_new(list, json_deep_copy(range));
	else if (json_integer_value(json_array_get(range, 2)) > end)
		json_array_set(last, 2, json_array_get(range, 2));
}

/* A change whose unseen ranges ascend and lie apart, as they are sent. */
static json_t *
with_ranges_sorted(const json_t *change)
{
	json_t *copy = json_deep_copy(change);
	json_t *unseen = json_object_get(copy, "unseen");
	size_t count = json_array_size(unseen);
	json_t **sorted, *list;

	if (count == 0)
		return copy;
	sorted = alloc(count * sizeof *sorted);
	list = json_array();
	for (size_t i = 0; i < count; i++)
		sorted[i] = json_array_get(unseen, i);
	qsort(sorted, count, sizeof *sorted, range_compare);
	for (size_t i = 0; i < count; i++)
		append_range(list, sorted[i]);
	free(sorted);
	json_object_set_new(copy, "unseen", list);
	return copy;
}

static void
compare_written(struct authoring *a, const char *where)
{
	static char text[DIFFERENCE_SIZE];
	json_t *want = with_ranges_sorted(json_object_get(a->entry, "expect"));

	if (json_array_size(json_object_get(want, "ops")) == 0) {
		if (a->seq)
			complain(a->run, where, "wrote what says nothing new");
	} else if (!a->written) {
		complain(a->run, where, "nothing was written");
	} else if (view_differs(a->written, want, text, sizeof text)) {
		complain(a->run, where, text);
	}
	json_decref(want);
}

static void
run_author(struct run *run, size_t number, const json_t *entry)
{
	struct authoring a = {.run = run, .entry = entry};
	json_t *after = json_object_get(entry, "after"), *item;
	char where[32];
	size_t i;

	(void)snprintf(where, sizeof where, "author %zu", number);
	json_array_foreach(after, i,
		item) if (!world_deliver(&run->world, json_string_value(item)))
	{
		complain(run, where, run->world.problem);
		return;
	}
	names_log(&run->names, json_string_value(json_object_get(entry, "log")),
		a.log);
	if (write_and_read(&a) != STATUS_OK)
		complain(run, where, "writing failed or was refused");
	else
		compare_written(&a, where);
	json_decref(a.written);
}

static void
run_authors(struct run *run)
{
	json_t *list = json_object_get(run->test, "author"), *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		if (run->failed)
			return;
		if (world_begin(&run->world, ++run->territories, NULL))
			run_author(run, i, entry);
		else
			complain(run, "beginning", run->world.problem);
		world_end(&run->world);
	}
}

static void
run_with_store(struct run *run, const char *path)
{
	struct store *store = NULL;
	char reason[256] = "";
	bool rebuild;

	if (store_sqlite_open(&store, path, &run->names.schema, &rebuild,
		    reason, sizeof reason) != STATUS_OK) {
		complain(run, "opening the store", reason);
		return;
	}
	/* Nothing here outlives the run, so nothing waits for the disk. */
	(void)sqlite3_exec(store_sqlite_handle(store),
		"PRAGMA synchronous = OFF", NULL, NULL, NULL);
	if (!world_init(&run->world, &run->names, store, run->test)) {
		complain(run, "reading the case", run->world.problem);
	} else {
		run_deliveries(run);
		run_authors(run);
	}
	world_clear(&run->world);
	store_sqlite_close(store);
}

static void
remove_store(const char *path)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
	char file[64];

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		(void)snprintf(file, sizeof file, "%s%s", path, ends[i]);
		(void)unlink(file); /* may not be there */
	}
}

static bool
run_case(json_t *test, json_t *schema, const char *path)
{
	struct run run = {.test = test};
	json_t *own = json_object_get(test, "schema");

	run.name = json_string_value(json_object_get(test, "name"));
	run.name = run.name ? run.name : "(a case without a name)";
	names_init(&run.names, own ? own : schema, test);
	if (run.names.problem)
		complain(&run, "reading the schema", run.names.problem);
	else
		run_with_store(&run, path);
	names_clear(&run.names);
	remove_store(path);
	return !run.failed;
}

/* Whether the file has the form of MERGE section 6 as a whole. */
static const char *
form_problem(const json_t *file)
{
	json_t *cases = json_object_get(file, "cases"), *test;
	size_t i;

	if (!json_is_object(file) || !json_is_array(cases))
		return "no list of cases";
	if (!json_is_object(json_object_get(file, "schema")))
		return "no schema";
	json_array_foreach(cases, i, test)
	{
		if (!json_is_array(json_object_get(test, "changes")))
			return "a case without changes";
		if (json_array_size(json_object_get(test, "deliveries")) &&
			!json_is_object(json_object_get(test, "expect")))
			return "a case without what to expect";
	}
	return NULL;
}

static int
run_file(const json_t *file, const char *path)
{
	json_t *cases = json_object_get(file, "cases"), *test;
	unsigned passed = 0, failed = 0;
	size_t i;

	json_array_foreach(cases, i, test)
	{
		if (run_case(test, json_object_get(file, "schema"), path))
			passed++;
		else
			failed++;
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed ? 1 : 0;
}

int
main(int argc, char **argv)
{
	char folder[] = "/tmp/merge_vectors.XXXXXX", path[48];
	const char *problem;
	json_error_t error;
	json_t *file;
	int result;

	if (argc != 2 || sodium_init() < 0) {
		(void)fprintf(stderr, "usage: merge_vectors FILE\n");
		return 2;
	}
	file = json_load_file(argv[1], 0, &error);
	if (!file) {
		(void)fprintf(stderr, "%s: line %d: %s\n", argv[1], error.line,
			error.text);
		return 2;
	}
	problem = form_problem(file);
	if (problem || !mkdtemp(folder)) {
		(void)fprintf(stderr, "%s: not merge vectors: %s\n", argv[1],
			problem ? problem : "no place for a store");
		json_decref(file);
		return 2;
	}
	(void)snprintf(path, sizeof path, "%s/case.db", folder);
	result = run_file(file, path);
	json_decref(file);
	(void)rmdir(folder);
	return result;
}
