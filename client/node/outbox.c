#include "client/node/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/had.h"
#include "client/node/history.h"
#include "client/node/instant.h"
#include "client/node/operation.h"
#include "client/node/view.h"
#include "proto/bytes.h"
#include "sync/alloc.h"
#include "sync/carry.h"

/* A change that waits; its bytes lie in the arena. */
struct waiting {
	struct territory *territory;
	uint32_t log; /* its number there */
	int64_t seq;
	bool sealed;
	int64_t at;
	int32_t offset;
	struct pack_view bytes;
	uint8_t id[ID_BYTES];
};

struct outbox_list {
	struct node *node;
	struct arena arena;
	struct waiting *list;
	size_t count;
	/* Of the log that is being read. */
	struct territory *territory;
	uint32_t log;
	int64_t kept;
};

static const uint8_t *
log_id(const struct waiting *w)
{
	return territory_logs(w->territory)->list[w->log].id;
}

static void
make_id(struct waiting *w)
{
	uint8_t place[ID_BYTES + LOG_BYTES + 8];

	memcpy(place, territory_id(w->territory), ID_BYTES);
	memcpy(place + ID_BYTES, log_id(w), LOG_BYTES);
	store64(place + ID_BYTES + LOG_BYTES, (uint64_t)w->seq);
	id_derive(w->id, "roadbook/outbox/1", place, sizeof place);
}

/* ---- reading them ---- */

static enum status
take_change(void *self, int64_t seq, const struct change *change)
{
	struct outbox_list *o = self;
	struct waiting *w;

	o->list = alloc_again(o->list, (o->count + 1) * sizeof *o->list);
	w = &o->list[o->count++];
	*w = (struct waiting){.territory = o->territory,
		.log = o->log,
		.seq = seq,
		.sealed = seq <= o->kept,
		.at = change->at,
		.offset = change->offset};
	w->bytes = (struct pack_view){
		arena_copy(&o->arena, change->whole.bytes, change->whole.size),
		change->whole.size};
	make_id(w);
	return STATUS_OK;
}

static int64_t
kept_of(struct territory *territory, const uint8_t *log)
{
	const struct frontier_entry *list;
	uint32_t count;

	territory_kept(territory, &list, &count);
	for (uint32_t i = 0; i < count; i++)
		if (!memcmp(list[i].log, log, LOG_BYTES))
			return list[i].last;
	return 0;
}

static enum status
read_log(struct outbox_list *o, uint32_t number)
{
	uint8_t log[LOG_BYTES];
	int64_t had;

	memcpy(log, territory_logs(o->territory)->list[number].id, LOG_BYTES);
	had = had_hub(o->node, territory_id(o->territory), log);
	o->log = number;
	o->kept = kept_of(o->territory, log);
	/* Never in step since that is remembered: what is sealed may be there.
	 */
	return carry_read(o->territory, log, (had < 0 ? o->kept : had) + 1,
		INT64_MAX, take_change, o);
}

static int
compare_latest(const void *left, const void *right)
{
	const struct waiting *a = left, *b = right;

	if (a->at != b->at)
		return a->at < b->at ? 1 : -1;
	return (a->seq < b->seq) - (a->seq > b->seq);
}

static void
outbox_list_clear(struct outbox_list *o)
{
	arena_clear(&o->arena);
	free(o->list);
}

static bool
load(struct outbox_list *o, struct node *node, struct problem *problem)
{
	enum status status = STATUS_OK;
	uint32_t count;
	struct territory **open = node_business(node, &count);

	*o = (struct outbox_list){.node = node};
	for (uint32_t i = 0; i < count && !node->hub; i++) {
		const struct merge_logs *logs = territory_logs(open[i]);

		o->territory = open[i];
		for (uint32_t k = 0; status == STATUS_OK && k < logs->count;
			k++)
			if (!memcmp(logs->list[k].id, node->device, ID_BYTES))
				status = read_log(o, k);
	}
	free(open);
	if (o->count > 1)
		qsort(o->list, o->count, sizeof *o->list, compare_latest);
	if (status == STATUS_OK)
		return true;
	outbox_list_clear(o);
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		store_sqlite_problem(node->store));
}

/* ---- what still stands of one ---- */

/* Whether the register still has the version that this operation made. */
static bool
stands(struct node *node, const struct waiting *w, const struct operation *op)
{
	const struct schema_type *type = schema_type(node->schema, op->type);
	struct found_record found = {.type = type,
		.id_size = op->id_size,
		.territory = territory_number(w->territory)};
	struct record record = {0};
	struct shown shown = {0};
	bool live = false;

	if (!type)
		return false;
	memcpy(found.id, op->id, op->id_size);
	/* Of what is put away nothing stands but that it is. */
	if (node_load(node, &found, &record, &shown) &&
		(!shown.archived || op->field == SCHEMA_ARCHIVED))
		for (uint32_t i = 0; !live && i < record.reg_count; i++) {
			const struct reg *reg = &record.regs[i];

			if (reg->field != op->field)
				continue;
			for (uint32_t k = 0; k < reg->version_count; k++)
				live = live ||
					(reg->versions[k].log == w->log &&
						reg->versions[k].seq == w->seq);
		}
	/* What was removed from a set leaves no version. */
	live = live || (op->kind == OPERATION_DEL && !shown.archived);
	record_clear(&record);
	return live;
}

static bool
decode(const struct waiting *w, struct change *change)
{
	struct unpack unpack;

	unpack_init(&unpack, w->bytes.bytes, w->bytes.size);
	return change_decode(change, &unpack) == STATUS_OK;
}

static json_t *
waiting_json(struct node *node, const struct waiting *w)
{
	char id[ID_TEXT_SIZE], path[POLICY_PATH_MAX], when[INSTANT_TEXT_SIZE];
	json_t *operations = json_array();
	struct change_walk walk = {0};
	struct operation op;
	struct change change;
	bool any = false, whole = decode(w, &change);
	json_int_t count = 0;

	id_format(id, w->id);
	instant_text(w->at, w->offset, when);
	/* A batch of an import has thousands: they are counted. */
	for (; whole && change_next_operation(&change, &walk, &op); count++) {
		bool told = count < OUTBOX_OPERATIONS_MAX;
		bool live = (told || !any) && stands(node, w, &op);

		any = any || live;
		if (told) {
			json_t *json = operation_json(node, &op);

			json_object_set_new(json, "stands", json_boolean(live));
			json_array_append_new(operations, json);
		}
	}
	return json_pack("{s:s, s:s, s:s, s:I, s:b, s:o, s:b, s:I, s:o}", "id",
		id, "territory",
		policy_path(node->policy, territory_id(w->territory), path),
		"time", when, "bytes", (json_int_t)w->bytes.size, "sealed",
		w->sealed, "with",
		w->sealed ? had_by_json(node, territory_id(w->territory),
				    log_id(w), w->seq)
			  : json_array(),
		"withdrawable", any && !w->sealed, "operation_count", count,
		"operations", operations);
}

json_t *
outbox_json(struct node *node, int64_t limit, struct problem *problem)
{
	struct outbox_list o;
	json_t *changes;
	json_int_t bytes = 0, count;

	if (!load(&o, node, problem))
		return NULL;
	changes = json_array();
	for (size_t i = 0; i < o.count; i++) {
		bytes += (json_int_t)o.list[i].bytes.size;
		if ((int64_t)i < limit)
			json_array_append_new(
				changes, waiting_json(node, &o.list[i]));
	}
	count = (json_int_t)o.count;
	outbox_list_clear(&o);
	return json_pack("{s:I, s:I, s:o}", "count", count, "bytes", bytes,
		"changes", changes);
}

/* ---- taking one back ---- */

struct withdrawing {
	struct node *node;
	const struct waiting *change;
	struct arena arena;
	struct edit *edits; /* one a record */
	size_t count;
	struct problem *problem;
};

/* The edit of its record; made when it is the record's first operation. */
static struct edit *
edit_of(struct withdrawing *w, const struct operation *op,
	const struct change *change)
{
	struct edit *edit;
	size_t room = 1;
	struct change_walk walk = {0};
	struct operation one;

	for (size_t i = 0; i < w->count; i++)
		if (w->edits[i].type->number == op->type &&
			w->edits[i].id_size == op->id_size &&
			!memcmp(w->edits[i].id, op->id, op->id_size))
			return &w->edits[i];
	while (change_next_operation(change, &walk, &one))
		room++;
	w->edits = alloc_again(w->edits, (w->count + 1) * sizeof *w->edits);
	edit = &w->edits[w->count++];
	*edit = (struct edit){.type = schema_type(w->node->schema, op->type),
		.id_size = op->id_size,
		.territory = territory_id(w->change->territory),
		.operations = arena_take(
			&w->arena, room * sizeof(struct edit_operation))};
	memcpy(edit->id, op->id, op->id_size);
	return edit;
}

static void
add_operation(struct withdrawing *w, struct edit *edit, uint32_t field,
	enum operation_kind kind, struct pack_view value)
{
	/* It was made above: ours to write. */
	struct edit_operation *list =
		(struct edit_operation *)(uintptr_t)edit->operations;

	list[edit->operation_count++] = (struct edit_operation){
		.field = schema_field(edit->type, field),
		.kind = kind,
		.value = {arena_copy(&w->arena, value.bytes, value.size),
			value.size}};
}

/* What the field said before, or that it said nothing. */
static struct pack_view
before(struct withdrawing *w, const struct history *history,
	const struct operation *op)
{
	static const uint8_t nil[] = {0xc0}, no[] = {0xc2};
	struct dot dot = {w->change->log, w->change->seq};
	const struct history_item *item =
		history_find(history, dot, op->field, KIND_PUT);
	struct pack_view base;

	if (item &&
		history_base(history, item, w->node->schema, op->type,
			territory_logs(w->change->territory), &base))
		return base;
	return op->field == SCHEMA_ARCHIVED ? (struct pack_view){no, 1}
					    : (struct pack_view){nil, 1};
}

static bool
first_stands(struct withdrawing *w, const struct operation *op)
{
	const struct schema_field *field =
		schema_field(schema_type(w->node->schema, op->type), op->field);

	problem_set(w->problem, EXIT_REFUSED,
		T("%s cannot be cleared: its first value stands"),
		field ? text_pick(field->en, field->zh) : "");
	return false;
}

/* The opposite of one operation that stands. */
static bool
reverse(struct withdrawing *w, const struct change *change,
	const struct history *history, const struct operation *op)
{
	static const uint8_t yes[] = {0xc3};
	struct dot dot = {w->change->log, w->change->seq};
	struct edit *edit = edit_of(w, op, change);
	bool is_new = history->count && history->items[0].dot.log == dot.log &&
		history->items[0].dot.seq == dot.seq;

	if (is_new) { /* all of it at once */
		if (!edit->operation_count)
			add_operation(w, edit, SCHEMA_ARCHIVED, OPERATION_PUT,
				(struct pack_view){yes, 1});
		return true;
	}
	switch (op->kind) {
	case OPERATION_INIT:
		return first_stands(w, op);
	case OPERATION_ADD:
		add_operation(w, edit, op->field, OPERATION_DEL, op->value);
		return true;
	case OPERATION_DEL:
		add_operation(w, edit, op->field, OPERATION_ADD, op->value);
		return true;
	case OPERATION_PUT:
		break;
	}
	add_operation(
		w, edit, op->field, OPERATION_PUT, before(w, history, op));
	return true;
}

static bool
reverse_all(struct withdrawing *w, const struct change *change)
{
	struct change_walk walk = {0};
	struct operation op;
	bool good = true;

	while (good && change_next_operation(change, &walk, &op)) {
		struct history history = {0};

		if (!schema_type(w->node->schema, op.type) ||
			!stands(w->node, w->change, &op))
			continue;
		good = history_load(&history, w->change->territory, op.type,
			       op.id, op.id_size)
			? reverse(w, change, &history, &op)
			: problem_set(w->problem, EXIT_FAILED,
				  T("%s/node.db: %s"), w->node->dir,
				  store_sqlite_problem(w->node->store));
		history_clear(&history);
	}
	if (good && !w->count)
		return problem_set(w->problem, EXIT_AMBIGUOUS,
			T("it was written over since: nothing of it stands"));
	return good;
}

static bool
write_back(struct withdrawing *w)
{
	struct edit_result *results =
		arena_take(&w->arena, w->count * sizeof *results);

	if (!node_begin(w->node, w->problem))
		return false;
	if (node_write(w->node, w->edits, w->count, results, w->problem))
		return node_commit(w->node, w->problem);
	node_rollback(w->node);
	return false;
}

static const struct waiting *
find(const struct outbox_list *o, const char *text, struct problem *problem)
{
	const struct waiting *found = NULL;
	size_t count = 0;

	for (size_t i = 0; i < o->count; i++)
		if (view_id_means(o->list[i].id, text)) {
			found = &o->list[i];
			count++;
		}
	if (count == 1)
		return found;
	problem_set(problem, count ? EXIT_AMBIGUOUS : EXIT_NOT_FOUND,
		count ? T("%s is more than one change")
		      : T("no change %s waits here"),
		text);
	(void)problem_hint(problem, "roadbook outbox list");
	return NULL;
}

bool
outbox_withdraw(struct node *node, const char *id, uint32_t *withdrawn,
	struct problem *problem)
{
	struct withdrawing w = {.node = node, .problem = problem};
	struct outbox_list o;
	struct change change;
	bool done = false;

	if (!load(&o, node, problem))
		return false;
	w.change = find(&o, id, problem);
	if (w.change && w.change->sealed) {
		problem_set(problem, EXIT_REFUSED,
			T("it may have left this device: it is not taken back "
			  "from here"));
		problem_hint(problem, T("write it anew: the last one counts"));
	} else if (w.change && decode(w.change, &change)) {
		done = reverse_all(&w, &change) && write_back(&w);
	}
	*withdrawn = (uint32_t)w.count;
	free(w.edits);
	arena_clear(&w.arena);
	outbox_list_clear(&o);
	return done;
}
