#include "client/node/late.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/instant.h"
#include "client/node/late_own.h"
#include "client/node/view.h"
#include "proto/bytes.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

void
late_id(const uint8_t *territory, const uint8_t *log, int64_t seq,
	uint32_t piece, uint8_t out[static ID_BYTES])
{
	uint8_t place[ID_BYTES + LOG_BYTES + 8 + 4];

	memcpy(place, territory, ID_BYTES);
	memcpy(place + ID_BYTES, log, LOG_BYTES);
	store64(place + ID_BYTES + LOG_BYTES, (uint64_t)seq);
	store32(place + ID_BYTES + LOG_BYTES + 8, piece);
	id_derive(out, "roadbook/quarantine/1", place, sizeof place);
}

/* ---- reading the records ---- */

struct piece {
	struct late late; /* what it says of its change; no bytes */
	uint32_t index, count;
	uint8_t *bytes;
	size_t size;
};

struct loading {
	struct node *node;
	const uint8_t *compartment;
	const struct merge_logs *logs;
	struct piece *pieces;
	size_t piece_count;
	struct late *decisions; /* by `id`, that of what was decided on */
	size_t decision_count;
};

static bool
part_bytes(struct pack_view body, int part, void *out, size_t size)
{
	struct unpack unpack;
	const uint8_t *bytes;
	uint32_t pairs;

	unpack_init(&unpack, body.bytes, body.size);
	if (!unpack_map(&unpack, SCHEMA_PART_MAX, &pairs))
		return false;
	for (; pairs > 0; pairs--) {
		struct pack_view skipped;
		int64_t number;

		if (!unpack_integer(&unpack, 1, 255, &number))
			return false;
		if (number != part) {
			if (!unpack_value(&unpack, &skipped))
				return false;
			continue;
		}
		if (!unpack_exact(&unpack, size, &bytes))
			return false;
		memcpy(out, bytes, size);
		return true;
	}
	return false;
}

/* The part's value, whatever it is; no bytes: not there. */
static struct pack_view
part_value(struct pack_view body, int part)
{
	struct pack_view value = {NULL, 0};
	struct unpack unpack;
	uint32_t pairs;

	unpack_init(&unpack, body.bytes, body.size);
	if (!unpack_map(&unpack, SCHEMA_PART_MAX, &pairs))
		return value;
	for (; pairs > 0; pairs--) {
		struct pack_view found;
		int64_t number;

		if (!unpack_integer(&unpack, 1, 255, &number) ||
			!unpack_value(&unpack, &found))
			return value;
		if (number == part)
			return found;
	}
	return value;
}

static bool
part_integer(struct pack_view body, int part, int64_t most, int64_t *out)
{
	struct pack_view value = part_value(body, part);
	struct unpack unpack;

	unpack_init(&unpack, value.bytes, value.size);
	return value.size && unpack_integer(&unpack, 0, most, out);
}

static void
add_piece(struct loading *l, const struct record *record, struct pack_view body)
{
	struct piece piece = {.index = 0};
	struct pack_view value = part_value(body, QUARANTINE_CHANGE), bytes;
	struct unpack unpack;
	int64_t index, count;

	unpack_init(&unpack, value.bytes, value.size);
	if (!part_bytes(body, QUARANTINE_TERRITORY, piece.late.territory,
		    ID_BYTES) ||
		!part_bytes(
			body, QUARANTINE_DEVICE, piece.late.log, ID_BYTES) ||
		!part_bytes(body, QUARANTINE_GRANT, piece.late.log + ID_BYTES,
			ID_BYTES) ||
		!part_integer(body, QUARANTINE_SEQ, CHANGE_SEQ_MAX,
			&piece.late.seq) ||
		!part_integer(body, QUARANTINE_PIECE, UINT16_MAX, &index) ||
		!part_integer(body, QUARANTINE_PIECES, UINT16_MAX, &count) ||
		index >= count || !value.size ||
		!unpack_bytes(&unpack, SCHEMA_VALUE_MAX, &bytes))
		return; /* not one of the hub's */
	memcpy(piece.late.id, record->id, ID_BYTES);
	memcpy(piece.late.compartment, l->compartment, ID_BYTES);
	piece.index = (uint32_t)index;
	piece.count = (uint32_t)count;
	piece.bytes = alloc_copy(bytes.bytes, bytes.size);
	piece.size = bytes.size;
	l->pieces = alloc_again(
		l->pieces, (l->piece_count + 1) * sizeof *l->pieces);
	l->pieces[l->piece_count++] = piece;
}

static char *
part_text(struct pack_view body, int part)
{
	struct pack_view value = part_value(body, part), text;
	struct unpack unpack;
	char *copy;

	unpack_init(&unpack, value.bytes, value.size);
	if (!value.size || !unpack_text(&unpack, SCHEMA_PROSE_MAX, &text))
		return NULL;
	copy = alloc(text.size + 1);
	memcpy(copy, text.bytes, text.size);
	return copy;
}

static void
add_decision(
	struct loading *l, const struct version *version, struct pack_view body)
{
	struct late d = {.decided_ms = version->time};
	char *verdict = part_text(body, DECISION_VERDICT);

	if (verdict && strcmp(verdict, "accepted") == 0)
		d.verdict = LATE_ACCEPTED;
	else if (verdict && strcmp(verdict, "rejected") == 0)
		d.verdict = LATE_REJECTED;
	free(verdict);
	if (d.verdict == LATE_OPEN ||
		!part_bytes(body, DECISION_QUARANTINE, d.id, ID_BYTES))
		return;
	memcpy(d.decided_log, l->logs->list[version->log].id, LOG_BYTES);
	if (part_bytes(body, DECISION_DEVICE, d.carried_log, ID_BYTES) &&
		part_bytes(body, DECISION_GRANT, d.carried_log + ID_BYTES,
			ID_BYTES))
		(void)part_integer(body, DECISION_SEQ, CHANGE_SEQ_MAX,
			&d.carried_seq); /* else it carried nothing */
	d.reason = part_text(body, DECISION_REASON);
	l->decisions = alloc_again(
		l->decisions, (l->decision_count + 1) * sizeof *l->decisions);
	l->decisions[l->decision_count++] = d;
}

static enum status
take_record(void *self, struct record *record)
{
	struct loading *l = self;
	bool late = record->type == TYPE_QUARANTINE;
	struct reg *reg;

	if (record->id_size != ID_BYTES ||
		(!late && record->type != TYPE_QUARANTINE_DECISION))
		return STATUS_OK;
	reg = record_find(record, late ? QUARANTINE_BODY : DECISION_BODY,
		KIND_ONCE, (struct pack_view){NULL, 0});
	for (uint32_t i = 0; reg && i < reg->version_count; i++)
		if (late)
			add_piece(l, record, reg->versions[i].value);
		else
			add_decision(
				l, &reg->versions[i], reg->versions[i].value);
	return STATUS_OK;
}

/* ---- putting them together ---- */

static int
compare_places(const struct late *a, const struct late *b)
{
	int order = memcmp(a->territory, b->territory, ID_BYTES);

	if (order == 0)
		order = memcmp(a->log, b->log, LOG_BYTES);
	return order ? order : (a->seq > b->seq) - (a->seq < b->seq);
}

static int
compare_pieces(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;
	int order = compare_places(&a->late, &b->late);

	return order ? order : (a->index > b->index) - (a->index < b->index);
}

/* Those from `at` on that are of one change; returns how many. */
static size_t
join(struct late *late, const struct piece *pieces, size_t left)
{
	size_t count = 1, size = pieces[0].size;
	uint32_t wanted = 0;

	while (count < left &&
		compare_places(&pieces[count].late, &pieces[0].late) == 0)
		size += pieces[count++].size;
	*late = pieces[0].late;
	late->bytes = alloc(size);
	for (size_t i = 0; i < count; i++) {
		if (pieces[i].index != wanted)
			continue; /* one twice, or one is missing */
		memcpy(late->bytes + late->size, pieces[i].bytes,
			pieces[i].size);
		late->size += pieces[i].size;
		wanted++;
	}
	if (wanted == pieces[0].count)
		return count;
	free(late->bytes);
	late->bytes = NULL;
	late->size = 0;
	return count;
}

/* Of several decisions one that accepts holds, else the last. */
static void
take_decision(struct late *late, struct late *d)
{
	if (d->verdict < late->verdict ||
		(d->verdict == late->verdict &&
			d->decided_ms < late->decided_ms))
		return;
	free(late->reason);
	late->verdict = d->verdict;
	late->decided_ms = d->decided_ms;
	late->reason = d->reason;
	d->reason = NULL;
	memcpy(late->decided_log, d->decided_log, LOG_BYTES);
	memcpy(late->carried_log, d->carried_log, LOG_BYTES);
	late->carried_seq = d->carried_seq;
}

/* What its own machine carried over is decided on by that. */
static void
take_own(struct node *node, struct late *late)
{
	struct territory *t = node_territory(node, late->territory, false);
	struct unpack unpack;
	struct change change;
	struct late_own own;

	unpack_init(&unpack, late->bytes, late->size);
	if (late->verdict != LATE_OPEN || !late->bytes || !t ||
		change_decode(&change, &unpack) != STATUS_OK ||
		!late_own_find(node, t, late->log, late->seq, &change, &own))
		return;
	late->verdict = LATE_ACCEPTED;
	late->decided_ms = own.at;
	late->carried_seq = own.seq;
	memcpy(late->decided_log, own.log, LOG_BYTES);
	memcpy(late->carried_log, own.log, LOG_BYTES);
}

static void
put_together(struct loading *l, struct late_list *list)
{
	if (l->piece_count > 1)
		qsort(l->pieces, l->piece_count, sizeof *l->pieces,
			compare_pieces);
	list->list = alloc(l->piece_count * sizeof *list->list);
	for (size_t at = 0; at < l->piece_count;)
		at += join(&list->list[list->count++], l->pieces + at,
			l->piece_count - at);
	for (size_t i = 0; i < l->decision_count; i++)
		for (size_t k = 0; k < list->count; k++)
			if (!memcmp(list->list[k].id, l->decisions[i].id,
				    ID_BYTES))
				take_decision(&list->list[k], &l->decisions[i]);
	for (size_t k = 0; k < list->count; k++)
		take_own(l->node, &list->list[k]);
}

static void
loading_clear(struct loading *l)
{
	for (size_t i = 0; i < l->piece_count; i++)
		free(l->pieces[i].bytes);
	for (size_t i = 0; i < l->decision_count; i++)
		free(l->decisions[i].reason);
	free(l->pieces);
	free(l->decisions);
}

bool
late_load(struct node *node, struct late_list *list, struct problem *problem)
{
	struct loading l = {.node = node};
	struct store *store = node->store;
	enum status status = STATUS_OK;
	uint32_t count;
	struct territory **open = node_business(node, &count);

	*list = (struct late_list){0};
	for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
		const struct policy_territory *t =
			policy_territory(node->policy, territory_id(open[i]));

		if (!t || t->kind != POLICY_MANAGEMENT)
			continue;
		l.compartment = t->id;
		l.logs = territory_logs(open[i]);
		status = store->records(store->self, territory_number(open[i]),
			take_record, &l);
	}
	free(open);
	if (status == STATUS_OK)
		put_together(&l, list);
	else
		problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"),
			node->dir, store_sqlite_problem(node->store));
	loading_clear(&l);
	return status == STATUS_OK;
}

void
late_clear(struct late_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->list[i].bytes);
		free(list->list[i].reason);
	}
	free(list->list);
	*list = (struct late_list){0};
}

bool
late_find(const struct late_list *list, const char *text, size_t *index,
	struct problem *problem)
{
	size_t found = 0;

	for (size_t i = 0; i < list->count; i++)
		if (view_id_means(list->list[i].id, text)) {
			*index = i;
			found++;
		}
	if (found == 1)
		return true;
	problem_set(problem, found ? EXIT_AMBIGUOUS : EXIT_NOT_FOUND,
		found ? T("%s is more than one late change")
		      : T("there is no late change %s"),
		text);
	return problem_hint(problem, "roadbook quarantine list");
}

/* ---- showing ---- */

static const char *
kind_name(enum operation_kind kind)
{
	switch (kind) {
	case OPERATION_INIT:
		return "once";
	case OPERATION_ADD:
		return "add";
	case OPERATION_DEL:
		return "remove";
	case OPERATION_PUT:
		break;
	}
	return "set";
}

static json_t *
operation_json(struct node *node, const struct operation *o, int rank)
{
	const struct schema_type *type = schema_type(node->schema, o->type);
	const struct schema_field *field =
		type ? schema_field(type, o->field) : NULL;
	char id[VIEW_ID_SIZE], title[VIEW_TITLE_SIZE] = "";
	char name[VIEW_FIELD_SIZE];
	enum { VALUE_ROOM = 4096 };
	char *value = alloc(VALUE_ROOM);
	json_t *json;

	view_id(o->id, o->id_size, id);
	if (type)
		node_title(node, type, o->id, o->id_size, title);
	if (type)
		view_field_name(type, o->field, name);
	else
		(void)snprintf(name, sizeof name, "#%u", o->field);
	if (field)
		node_value_text(node, field, o->value, value, VALUE_ROOM);
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "type",
		type ? type->name : "?", "record", id, "title", title, "field",
		name, "kind", kind_name(o->kind), "value", value, "counts",
		rank >= schema_rank(o->field));
	free(value);
	return json;
}

static json_t *
operations_json(
	struct node *node, const struct late *late, const struct change *change)
{
	int rank = policy_rank(node->policy, late->territory, late->log);
	struct change_walk walk = {0};
	struct operation operation;
	json_t *list = json_array();

	while (change_next_operation(change, &walk, &operation))
		json_array_append_new(
			list, operation_json(node, &operation, rank));
	return list;
}

/* The titles of what it writes, each record once. */
static json_t *
subjects_json(json_t *operations)
{
	json_t *list = json_array(), *o, *seen = json_object();
	size_t i;

	json_array_foreach(operations, i, o)
	{
		const char *id =
			json_string_value(json_object_get(o, "record"));

		if (json_object_get(seen, id))
			continue;
		json_object_set_new(seen, id, json_true());
		json_array_append_new(list,
			json_pack("{s:O, s:O, s:O}", "type",
				json_object_get(o, "type"), "record",
				json_object_get(o, "record"), "title",
				json_object_get(o, "title")));
	}
	json_decref(seen);
	return list;
}

json_t *
late_json(struct node *node, const struct late *late, bool whole)
{
	static const char *const verdicts[] = {"open", "rejected", "accepted"};
	char id[ID_TEXT_SIZE], device[ID_TEXT_SIZE], path[POLICY_PATH_MAX],
		when[INSTANT_TEXT_SIZE];
	struct change change;
	struct unpack unpack;
	json_t *json;

	id_format(id, late->id);
	node_log_device(late->log, device);
	json = json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "id", id,
		"territory", policy_path(node->policy, late->territory, path),
		"user", node_log_user(node, late->log), "device", device,
		"change", (json_int_t)late->seq, "decision",
		verdicts[late->verdict]);
	if (late->verdict != LATE_OPEN) {
		instant_text(
			late->decided_ms, node_offset(late->decided_ms), when);
		json_object_set_new(json, "by",
			json_string(node_log_user(node, late->decided_log)));
		json_object_set_new(json, "decided", json_string(when));
	}
	if (late->reason)
		json_object_set_new(json, "reason", json_string(late->reason));
	unpack_init(&unpack, late->bytes, late->size);
	if (late->bytes && change_decode(&change, &unpack) == STATUS_OK) {
		json_t *operations = operations_json(node, late, &change);

		instant_text(change.at, change.offset, when);
		json_object_set_new(json, "time", json_string(when));
		json_object_set_new(json, "about", subjects_json(operations));
		if (whole)
			json_object_set(json, "operations", operations);
		json_decref(operations);
	}
	return json;
}
