/* What is shown of a record, and what of it is in the inbox: R9 to R19. */

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/bytes.h"
#include "sync/merge.h"

static const size_t dot_bytes = LOG_BYTES + 8;

static bool
is_true(struct pack_view value)
{
	return value.size == 1 && value.bytes[0] == 0xc3;
}

static bool
values_equal(struct pack_view a, struct pack_view b)
{
	return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
}

static bool
reg_is_mark(const struct record *record, const struct reg *reg)
{
	return reg->kind == KIND_PUT &&
		schema_is_mark(record->type, reg->field);
}

static const struct reg *
mark_find(const struct record *record, uint32_t field)
{
	const struct pack_view none = {NULL, 0};
	const struct reg *reg = record_find(record, field, KIND_PUT, none);

	return reg && reg->version_count ? reg : NULL;
}

static bool
holds_true(const struct reg *mark)
{
	for (uint32_t i = 0; i < mark->version_count; i++)
		if (is_true(mark->versions[i].value))
			return true;
	return false;
}

/* Whether some live `true` knew of the dot, or was written with it. */
static bool
mark_covers(const struct reg *mark, uint32_t log, int64_t seq)
{
	for (uint32_t i = 0; i < mark->version_count; i++) {
		const struct version *m = &mark->versions[i];

		if (!is_true(m->value))
			continue;
		if (m->log == log && m->seq == seq)
			return true;
		if (m->knowledge && knowledge_covers(m->knowledge, log, seq))
			return true;
	}
	return false;
}

/* What a mark has to have seen, gathered; `list` lies in the arena. */
struct unseen_list {
	const struct merge_logs *logs;
	const struct reg *mark;
	struct unseen_version *list;
	uint32_t count;
	uint32_t room;
	struct arena *arena;
};

static void
unseen_add(struct unseen_list *unseen, const struct unseen_version *version)
{
	if (mark_covers(unseen->mark, version->dot.log, version->dot.seq))
		return;
	if (unseen->count == unseen->room) {
		uint32_t room = unseen->room ? unseen->room * 2 : 4;
		struct unseen_version *larger =
			arena_take(unseen->arena, room * sizeof *larger);

		if (unseen->count)
			memcpy(larger, unseen->list,
				unseen->count * sizeof *larger);
		unseen->list = larger;
		unseen->room = room;
	}
	unseen->list[unseen->count++] = *version;
}

/* Every live version of the record but those of its marks. */
static void
unseen_add_row(struct unseen_list *unseen, const struct record *record)
{
	struct unseen_version version = {
		.type = record->type, .id_size = record->id_size};

	memcpy(version.id, record->id, sizeof version.id);
	for (uint32_t i = 0; i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];

		if (reg_is_mark(record, reg))
			continue;
		version.field = reg->field;
		for (uint32_t k = 0; k < reg->version_count; k++) {
			version.dot = (struct dot){
				reg->versions[k].log, reg->versions[k].seq};
			unseen_add(unseen, &version);
		}
	}
}

static void
unseen_add_outside(struct unseen_list *unseen,
	const struct outside_version *outside, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct unseen_version version = {.dot = outside[i].dot,
			.type = outside[i].type,
			.id_size = outside[i].id_size,
			.field = outside[i].field};

		memcpy(version.id, outside[i].id, sizeof version.id);
		unseen_add(unseen, &version);
	}
}

/* A version with its log's id, so that plain qsort() can order a list. */
struct keyed {
	const uint8_t *log;
	struct unseen_version version;
};

static int
keyed_compare(const void *left, const void *right)
{
	const struct keyed *a = left, *b = right;
	const struct unseen_version *v = &a->version, *w = &b->version;
	int order = memcmp(a->log, b->log, LOG_BYTES);

	if (order == 0)
		order = (v->dot.seq > w->dot.seq) - (v->dot.seq < w->dot.seq);
	if (order == 0)
		order = (v->type > w->type) - (v->type < w->type);
	if (order == 0)
		order = memcmp(v->id, w->id, sizeof v->id);
	if (order == 0)
		order = (v->field > w->field) - (v->field < w->field);
	return order;
}

/* By (log, seq), each entry once: elements of one set share theirs. */
static void
unseen_sort(struct unseen_list *unseen)
{
	struct keyed *keyed;
	uint32_t kept = 0;

	if (unseen->count < 2)
		return;
	keyed = arena_take(unseen->arena, unseen->count * sizeof *keyed);
	for (uint32_t i = 0; i < unseen->count; i++) {
		keyed[i].log = unseen->logs->list[unseen->list[i].dot.log].id;
		keyed[i].version = unseen->list[i];
	}
	qsort(keyed, unseen->count, sizeof *keyed, keyed_compare);
	for (uint32_t i = 0; i < unseen->count; i++)
		if (i == 0 || keyed_compare(&keyed[i - 1], &keyed[i]) != 0)
			unseen->list[kept++] = keyed[i].version;
	unseen->count = kept;
}

static int
dot_compare(const void *a, const void *b)
{
	return memcmp(a, b, dot_bytes);
}

/*
 * The id of an entry in the inbox: it names exactly these live versions, so
 * what a person saw there cannot have changed under their pick (R10).
 */
static void
conflict_id(uint8_t *id, const struct merge_logs *logs,
	const struct record *record, const struct reg *reg, struct arena *arena)
{
	static const char purpose[] = "roadbook/conflict/1";
	uint8_t *dots = arena_take(arena, reg->version_count * dot_bytes);
	crypto_generichash_state state;
	uint8_t hash[32], number[4];

	for (uint32_t i = 0; i < reg->version_count; i++) {
		const struct version *v = &reg->versions[i];

		memcpy(dots + i * dot_bytes, logs->list[v->log].id, LOG_BYTES);
		store64(dots + i * dot_bytes + LOG_BYTES, (uint64_t)v->seq);
	}
	qsort(dots, reg->version_count, dot_bytes, dot_compare);

	(void)crypto_generichash_init(&state, NULL, 0, sizeof hash);
	(void)crypto_generichash_update(
		&state, (const uint8_t *)purpose, sizeof purpose);
	store32(number, record->type);
	(void)crypto_generichash_update(&state, number, sizeof number);
	(void)crypto_generichash_update(&state, record->id, record->id_size);
	store32(number, reg->field);
	(void)crypto_generichash_update(&state, number, sizeof number);
	(void)crypto_generichash_update(
		&state, dots, reg->version_count * dot_bytes);
	(void)crypto_generichash_final(&state, hash, sizeof hash);
	memcpy(id, hash, CONFLICT_ID_BYTES);
}

/* What every step of showing one record looks at. */
struct showing {
	struct shown *shown;
	const struct schema_type *type; /* NULL: unknown */
	const struct merge_logs *logs;
	const struct record *record;
	const struct outside_version *outside;
	uint32_t outside_count;
	uint32_t room;
};

static struct conflict *
conflict_add(struct showing *showing, const struct reg *reg)
{
	struct shown *shown = showing->shown;
	struct conflict *conflict;

	if (shown->conflict_count == showing->room) {
		uint32_t room = showing->room ? showing->room * 2 : 2;
		struct conflict *larger =
			arena_take(shown->arena, room * sizeof *larger);

		if (shown->conflict_count)
			memcpy(larger, shown->conflicts,
				shown->conflict_count * sizeof *larger);
		shown->conflicts = larger;
		showing->room = room;
	}
	conflict = &shown->conflicts[shown->conflict_count++];
	conflict->field = reg->field;
	conflict_id(conflict->id, showing->logs, showing->record, reg,
		shown->arena);
	return conflict;
}

static bool
siblings_differ(const struct reg *reg)
{
	for (uint32_t i = 1; i < reg->version_count; i++)
		if (!values_equal(
			    reg->versions[0].value, reg->versions[i].value))
			return true;
	return false;
}

/* R10. A field that the schema does not know waits for an upgrade. */
static void
show_siblings(struct showing *showing, const struct reg *reg)
{
	const struct schema_field *field;
	struct conflict *conflict;

	if (reg->kind == KIND_SET || !siblings_differ(reg))
		return;
	field = showing->type ? schema_field(showing->type, reg->field) : NULL;
	if (!field || field->kind != reg->kind)
		return;
	conflict = conflict_add(showing, reg);
	conflict->why = CONFLICT_SIBLINGS;
	conflict->undecided =
		field->kind == KIND_PUT && field->order == ORDER_ASK;
}

/* R12, R18, R19: what a mark must have seen to hold against it. */
static void
gather_unseen(const struct showing *showing, struct unseen_list *unseen)
{
	bool alias = showing->record->type == SCHEMA_ALIAS;
	uint32_t field = unseen->mark->field;

	if (field != SCHEMA_JOINED)
		unseen_add_row(unseen, showing->record);
	if (field == (alias ? SCHEMA_JOINED : SCHEMA_ARCHIVED))
		unseen_add_outside(
			unseen, showing->outside, showing->outside_count);
	unseen_sort(unseen);
}

static void
show_mark(struct showing *showing, const struct reg *mark)
{
	struct unseen_list unseen = {.logs = showing->logs,
		.mark = mark,
		.arena = showing->shown->arena};
	bool on = is_true(mark->versions[0].value);
	struct conflict *conflict;

	if (!holds_true(mark))
		return;
	gather_unseen(showing, &unseen);
	if (mark->field == SCHEMA_ARCHIVED)
		showing->shown->archived = on && unseen.count == 0;
	else if (mark->field == SCHEMA_MOVED)
		showing->shown->moved = on;
	else
		showing->shown->joined = on;
	if (on && unseen.count == 0)
		return;
	conflict = conflict_add(showing, mark);
	conflict->why = CONFLICT_MARK;
	conflict->unseen = unseen.list;
	conflict->unseen_count = unseen.count;
}

void
merge_show(struct shown *shown, const struct schema *schema,
	const struct merge_logs *logs, const struct record *record,
	const struct outside_version *outside, uint32_t outside_count)
{
	struct showing showing = {.shown = shown,
		.type = schema_type(schema, record->type),
		.logs = logs,
		.record = record,
		.outside = outside,
		.outside_count = outside_count};
	struct arena *arena = shown->arena;

	memset(shown, 0, sizeof *shown);
	shown->arena = arena;
	for (uint32_t i = 0; i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];

		if (reg->version_count == 0)
			continue;
		if (reg_is_mark(record, reg))
			show_mark(&showing, reg);
		else
			show_siblings(&showing, reg);
	}
}

bool
merge_wants_outside(const struct record *record)
{
	const struct reg *mark = mark_find(record,
		record->type == SCHEMA_ALIAS ? SCHEMA_JOINED : SCHEMA_ARCHIVED);

	return mark && holds_true(mark);
}

static bool
row_covered(const struct record *record, const struct reg *mark)
{
	for (uint32_t i = 0; i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];

		if (reg_is_mark(record, reg))
			continue;
		for (uint32_t k = 0; k < reg->version_count; k++)
			if (!mark_covers(mark, reg->versions[k].log,
				    reg->versions[k].seq))
				return false;
	}
	return true;
}

bool
merge_closed_alone(const struct record *record)
{
	const struct reg *mark = mark_find(record, SCHEMA_ARCHIVED);

	return mark && is_true(mark->versions[0].value) &&
		row_covered(record, mark);
}

/* The id in a reference's value, or NULL. */
static const uint8_t *
reference(struct pack_view value)
{
	struct unpack unpack;
	const uint8_t *id;

	unpack_init(&unpack, value.bytes, value.size);
	return unpack_exact(&unpack, ID_BYTES, &id) ? id : NULL;
}

/*
 * The type that a register refers to as its record's parent and, in *id, the
 * parent that it shows; 0 when it does neither.
 */
static uint32_t
shown_parent(const struct schema_type *type, const struct reg *reg,
	const uint8_t **id)
{
	const struct schema_field *field;

	if (reg->kind != KIND_PUT || reg->version_count == 0)
		return 0;
	field = schema_field(type, reg->field);
	if (!field || !field->parent || field->kind != KIND_PUT)
		return 0;
	*id = reference(reg->versions[0].value);
	return *id ? field->refers : 0;
}

void
merge_parents(const struct schema *schema, const struct record *record,
	merge_parent_cb *found, void *self)
{
	const struct schema_type *type = schema_type(schema, record->type);
	const uint8_t *id;

	for (uint32_t i = 0; type && i < record->reg_count; i++) {
		uint32_t parent = shown_parent(type, &record->regs[i], &id);

		if (parent)
			found(self, parent, id);
	}
}

static void
find_references(const struct record *record, const struct reg *reg,
	merge_found_cb *found, void *self)
{
	struct outside_version version = {.type = record->type,
		.id_size = record->id_size,
		.field = reg->field};

	memcpy(version.id, record->id, sizeof version.id);
	for (uint32_t i = 0; i < reg->version_count; i++) {
		if (!values_equal(
			    reg->versions[i].value, reg->versions[0].value))
			continue;
		version.dot = (struct dot){
			reg->versions[i].log, reg->versions[i].seq};
		found(self, &version);
	}
}

void
merge_parent_versions(const struct schema *schema, const struct record *record,
	uint32_t parent_type, const uint8_t *parent_id, merge_found_cb *found,
	void *self)
{
	const struct schema_type *type = schema_type(schema, record->type);
	const uint8_t *id = NULL;

	for (uint32_t i = 0; type && i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];

		if (shown_parent(type, reg, &id) == parent_type && id &&
			memcmp(id, parent_id, ID_BYTES) == 0)
			find_references(record, reg, found, self);
	}
}

void
merge_row_versions(
	const struct record *record, merge_found_cb *found, void *self)
{
	struct outside_version version = {
		.type = record->type, .id_size = record->id_size};

	memcpy(version.id, record->id, sizeof version.id);
	for (uint32_t i = 0; i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];

		if (reg_is_mark(record, reg))
			continue;
		version.field = reg->field;
		for (uint32_t k = 0; k < reg->version_count; k++) {
			version.dot = (struct dot){
				reg->versions[k].log, reg->versions[k].seq};
			found(self, &version);
		}
	}
}
