/*
 * Writing records: which territory and grant a record is written under, what
 * a form must have, and the marks that open an archived record again (MERGE
 * W6). What an honest author then writes is territory_write().
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/copied.h"
#include "client/node/keys.h"
#include "client/node/node.h"
#include "client/node/placed.h"
#include "client/node/rules.h"
#include "client/node/view.h"
#include "client/text/text.h"
#include "proto/pack.h"
#include "sync/alloc.h"
#include "sync/erasures.h"

static const uint8_t packed_false[] = {0xc2};

/* The operations of one change, gathered over edits of one territory. */
struct gathered {
	struct territory *territory;
	struct write_operation *operations;
	size_t *fields; /* index of the edit that each came from */
	size_t count;
	size_t room;
};

static void
gather(struct gathered *g, const struct write_operation *operation, size_t edit)
{
	if (g->count == g->room) {
		g->room = g->room ? g->room * 2 : 32;
		g->operations = alloc_again(
			g->operations, g->room * sizeof *g->operations);
		g->fields = alloc_again(g->fields, g->room * sizeof *g->fields);
	}
	g->fields[g->count] = edit;
	g->operations[g->count++] = *operation;
}

static bool
gathered_has(const struct gathered *g, uint32_t type, const uint8_t *id,
	size_t id_size, uint32_t field)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct write_operation *o = &g->operations[i];

		if (o->type == type && o->field == field &&
			o->id_size == id_size && !memcmp(o->id, id, id_size))
			return true;
	}
	return false;
}

/* ---- where a record goes ---- */

/* node_record_territory(), and whether it is archived there. */
static bool
find_record(struct node *node, uint32_t type, const uint8_t *id, size_t id_size,
	uint8_t out[static ID_BYTES], bool *archived)
{
	struct record record = {0};
	struct shown shown;
	bool found = false;

	for (uint32_t i = 0; i < node->territory_count; i++) {
		struct territory *t = node->territories[i];

		if (t == node->directory ||
			territory_record(t, type, id, id_size, &record,
				&shown) != STATUS_OK ||
			!record_exists(&record))
			continue;
		/* Of a record that moved, the one that it moved to. */
		if (!found || !shown.moved) {
			memcpy(out, territory_id(t), ID_BYTES);
			*archived = shown.archived;
		}
		found = true;
		if (!shown.moved)
			break;
	}
	record_clear(&record);
	return found;
}

bool
node_record_territory(struct node *node, uint32_t type, const uint8_t *id,
	size_t id_size, uint8_t out[static ID_BYTES])
{
	bool archived;

	return find_record(node, type, id, id_size, out, &archived);
}

bool
node_place(struct node *node, struct placed *placed, uint32_t type,
	const uint8_t id[static ID_BYTES], uint8_t out[static ID_BYTES])
{
	bool fresh;
	struct placed_record *record = placed_at(placed, type, id, &fresh);

	if (fresh)
		record->known = record->looked = find_record(node, type, id,
			ID_BYTES, record->territory, &record->archived);
	if (record->known)
		memcpy(out, record->territory, ID_BYTES);
	return record->known;
}

/* The id in a reference's value, or NULL. */
static const uint8_t *
reference_of(uint32_t refers, enum schema_form form, struct pack_view value)
{
	struct unpack unpack;
	const uint8_t *id;

	if (form != FORM_REF || !refers)
		return NULL;
	unpack_init(&unpack, value.bytes, value.size);
	return unpack_exact(&unpack, ID_BYTES, &id) ? id : NULL;
}

typedef bool reference_cb(
	void *self, uint32_t refers, const uint8_t *id, const char *name);

/*
 * Calls `found` for each reference to a business record that an edit sets,
 * the parts of an immutable record's body included; false stops it.
 */
static bool
each_reference(const struct node *node, const struct edit *edit,
	reference_cb *found, void *self)
{
	for (size_t i = 0; i < edit->operation_count; i++) {
		const struct edit_operation *o = &edit->operations[i];
		const struct schema_field *f = o->field;
		const struct schema_type *type =
			schema_type(node->schema, f->refers);
		const uint8_t *id = reference_of(f->refers, f->form, o->value);
		struct unpack unpack;
		uint32_t pairs;

		if (id && type && !type->directory &&
			!found(self, f->refers, id, f->name))
			return false;
		if (!edit->type->immutable || f->kind != KIND_ONCE)
			continue;
		unpack_init(&unpack, o->value.bytes, o->value.size);
		if (!unpack_map(&unpack, SCHEMA_PART_MAX, &pairs))
			continue;
		for (uint32_t p = 0; p < pairs; p++) {
			int64_t number;
			struct pack_view value;

			if (!unpack_integer(&unpack, 1, 255, &number) ||
				!unpack_value(&unpack, &value))
				break;
			for (size_t k = 0; k < f->part_count; k++) {
				const struct schema_part *part = &f->parts[k];

				id = part->number == number
					? reference_of(part->refers, part->form,
						  value)
					: NULL;
				type = schema_type(node->schema, part->refers);
				if (id && type && !type->directory &&
					!found(self, part->refers, id,
						part->name))
					return false;
			}
		}
	}
	return true;
}

struct placing {
	struct node *node;
	struct placed *placed; /* this write's records so far, too */
	uint8_t territory[ID_BYTES];
	bool found;
	bool known;
	char name[64];
};

/* The first reference whose record is known here decides. */
static bool
place_by_reference(
	void *self, uint32_t refers, const uint8_t *id, const char *name)
{
	struct placing *p = self;

	(void)snprintf(p->name, sizeof p->name, "%s", name);
	p->found = true;
	p->known = node_place(p->node, p->placed, refers, id, p->territory);
	return !p->known;
}

static bool
lies_below(const struct policy *policy, const uint8_t *above,
	const struct policy_territory *t)
{
	for (int depth = 0; t && depth < 64; depth++) {
		if (!memcmp(t->parent, above, ID_BYTES))
			return true;
		t = policy_territory(policy, t->parent);
	}
	return false;
}

/* The device's only grant's territory, if nothing lies below it. */
static bool
place_by_grant(struct node *node, uint8_t out[static ID_BYTES])
{
	const struct policy_grant *only = NULL;
	const struct policy_grant *g;
	const struct policy_territory *t;

	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++) {
		if (memcmp(g->user, node->user, ID_BYTES) || g->ended ||
			g->role == ROLE_ADMIN)
			continue;
		if (only && memcmp(only->territory, g->territory, ID_BYTES))
			return false;
		only = g;
	}
	if (!only)
		return false;
	for (uint32_t i = 0; (t = policy_territory_at(node->policy, i)); i++)
		if (t->kind == POLICY_FIELD &&
			lies_below(node->policy, only->territory, t))
			return false;
	memcpy(out, only->territory, ID_BYTES);
	return true;
}

static bool
list_choices(struct node *node, struct problem *problem)
{
	char choices[sizeof problem->hint] = "";
	const struct policy_territory *t;
	size_t used = 0;
	uint8_t grant[ID_BYTES];

	for (uint32_t i = 0; (t = policy_territory_at(node->policy, i)); i++) {
		char path[POLICY_PATH_MAX];
		int n;

		if (t->kind != POLICY_FIELD ||
			policy_write_grant(node->policy, node->user, t->id,
				grant) == RANK_NONE)
			continue;
		n = snprintf(choices + used, sizeof choices - used,
			"%s--territory %s", used ? ", " : "",
			policy_path(node->policy, t->id, path));
		if (n < 0 || (size_t)n >= sizeof choices - used)
			break;
		used += (size_t)n;
	}
	if (!used) {
		problem_set(problem, EXIT_REFUSED,
			T("no grant lets you write anywhere"));
		return problem_hint(problem,
			T("ask head office for one, then: roadbook sync"));
	}
	problem_set(problem, EXIT_USAGE,
		T("it is not clear which territory this goes into"));
	return problem_hint(problem, "%s", choices);
}

static bool
is_management(const struct policy *policy, const uint8_t *territory)
{
	const struct policy_territory *t = policy_territory(policy, territory);

	return t && t->kind == POLICY_MANAGEMENT;
}

/* Finds the territory that an edit goes to. */
static bool
place(struct node *node, const struct edit *edit, struct placed *placed,
	uint8_t out[static ID_BYTES], struct problem *problem)
{
	struct placing p = {.node = node, .placed = placed};

	if (!edit->is_new) {
		if (edit->territory)
			memcpy(out, edit->territory, ID_BYTES);
		else if (!node_record_territory(node, edit->type->number,
				 edit->id, edit->id_size, out))
			return problem_set(problem, EXIT_NOT_FOUND,
				T("there is no such %s"), edit->type->name);
		return true;
	}
	(void)each_reference(node, edit, place_by_reference, &p);
	if (p.found && !p.known && !edit->territory) {
		problem_set(problem, EXIT_NOT_FOUND,
			T("what --%s refers to is not on this device"), p.name);
		return problem_hint(
			problem, T("sync first, or name its --territory"));
	}
	/* What management keeps to itself speaks of records that others see. */
	if (p.found && edit->territory &&
		is_management(node->policy, edit->territory)) {
		memcpy(out, edit->territory, ID_BYTES);
		return true;
	}
	if (p.known && edit->territory &&
		memcmp(p.territory, edit->territory, ID_BYTES)) {
		char path[POLICY_PATH_MAX];

		problem_set(problem, EXIT_USAGE,
			T("it belongs to the territory of what it refers to: "
			  "%s"),
			policy_path(node->policy, p.territory, path));
		return problem_hint(
			problem, T("leave --territory out, or name that one"));
	}
	if (p.known || edit->territory) {
		memcpy(out, p.known ? p.territory : edit->territory, ID_BYTES);
		return true;
	}
	return place_by_grant(node, out) || list_choices(node, problem);
}

/* ---- what a form must have ---- */

static const struct edit_operation *
operation_on(const struct edit *edit, const char *field)
{
	for (size_t i = 0; field && i < edit->operation_count; i++)
		if (!strcmp(edit->operations[i].field->name, field))
			return &edit->operations[i];
	return NULL;
}

static const struct edit_operation *
operation_of(const struct edit *edit, const struct schema_field *field)
{
	for (size_t i = 0; i < edit->operation_count; i++)
		if (edit->operations[i].field->number == field->number)
			return &edit->operations[i];
	return NULL;
}

static bool
has_part(const struct pack_view body, uint32_t number)
{
	struct unpack unpack;
	uint32_t pairs;

	unpack_init(&unpack, body.bytes, body.size);
	if (!unpack_map(&unpack, SCHEMA_PART_MAX, &pairs))
		return false;
	for (uint32_t i = 0; i < pairs; i++) {
		int64_t key;
		struct pack_view value;

		if (!unpack_integer(&unpack, 1, 255, &key) ||
			!unpack_value(&unpack, &value))
			return false;
		if (key == number)
			return true;
	}
	return false;
}

/* Field names become flags by dashes, references without their _id. */
static void
flag_of(const char *name, char out[static 80])
{
	size_t size = strlen(name);

	if (size > 3 && !strcmp(name + size - 3, "_id"))
		size -= 3;
	if (size > 79)
		size = 79;
	memcpy(out, name, size);
	out[size] = '\0';
	for (char *at = out; *at; at++)
		if (*at == '_')
			*at = '-';
}

static bool
missing(const struct schema_type *type, const char *name, const char *label,
	struct problem *problem)
{
	char flag[80];

	flag_of(name, flag);
	problem_set(problem, EXIT_USAGE, T("%s needs %s"),
		text_pick(type->en, type->zh), label);
	return problem_hint(problem, "--%s", flag);
}

static bool
complete(const struct edit *edit, struct problem *problem)
{
	const struct schema_type *type = edit->type;

	if (!edit->is_new)
		return true;
	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_field *f = &type->fields[i];
		const struct edit_operation *o = f->required || type->immutable
			? operation_of(edit, f)
			: NULL;

		if (f->required && !o && !type->immutable)
			return missing(type, f->name, text_pick(f->en, f->zh),
				problem);
		for (size_t k = 0; type->immutable && k < f->part_count; k++) {
			const struct schema_part *part = &f->parts[k];

			if (part->required &&
				(!o || !has_part(o->value, part->number)))
				return missing(type, part->name,
					text_pick(part->en, part->zh), problem);
		}
	}
	if (type->named && !operation_on(edit, type->title) &&
		!operation_on(edit, type->title_else)) {
		char flag[80], other[80];

		flag_of(type->title, flag);
		flag_of(type->title_else, other);
		problem_set(problem, EXIT_USAGE, T("%s needs a name"),
			text_pick(type->en, type->zh));
		return problem_hint(problem, T("--%s or --%s"), flag, other);
	}
	return rules_hold(edit, problem);
}

/* ---- the change ---- */

static struct gathered *
gathered_of(struct node *node, struct gathered *all, size_t *count,
	const uint8_t *territory)
{
	for (size_t i = 0; i < *count; i++)
		if (!memcmp(territory_id(all[i].territory), territory,
			    ID_BYTES))
			return &all[i];
	all[*count] = (struct gathered){
		.territory = node_territory(node, territory, true)};
	return all[*count].territory ? &all[(*count)++] : NULL;
}

static bool
is_archived(
	struct territory *t, uint32_t type, const uint8_t *id, size_t id_size)
{
	struct record record = {0};
	struct shown shown;
	bool archived = territory_record(t, type, id, id_size, &record,
				&shown) == STATUS_OK &&
		shown.archived;

	record_clear(&record);
	return archived;
}

/* Whether it is archived in the territory that the write goes to. */
static bool
is_archived_there(const struct gathered *g, struct placed *placed,
	uint32_t type, const uint8_t *id, size_t id_size)
{
	const uint8_t *territory = territory_id(g->territory);
	struct placed_record *record;
	bool fresh;

	if (id_size != ID_BYTES)
		return is_archived(g->territory, type, id, id_size);
	record = placed_at(placed, type, id, &fresh);
	if (fresh) {
		record->known = true;
		memcpy(record->territory, territory, ID_BYTES);
	}
	if (!record->known || memcmp(record->territory, territory, ID_BYTES))
		return is_archived(g->territory, type, id, id_size);
	if (!record->looked)
		record->archived = is_archived(g->territory, type, id, id_size);
	record->looked = true;
	return record->archived;
}

/* MERGE W6: what is written to, or under, an archived record opens it. */
static bool
open_again(struct gathered *g, struct placed *placed, uint32_t type,
	const uint8_t *id, size_t id_size, size_t edit)
{
	struct write_operation opened = {.type = type,
		.id = id,
		.id_size = id_size,
		.field = SCHEMA_ARCHIVED,
		.kind = OPERATION_PUT,
		.value = {packed_false, sizeof packed_false},
		.time = -1};

	struct placed_record *record;
	bool fresh;

	if (!is_archived_there(g, placed, type, id, id_size) ||
		gathered_has(g, type, id, id_size, SCHEMA_ARCHIVED))
		return false;
	gather(g, &opened, edit);
	if (id_size == ID_BYTES) {
		record = placed_at(placed, type, id, &fresh);
		record->archived = false;
	}
	return true;
}

static void
gather_edit(struct gathered *g, struct placed *placed, const struct edit *edit,
	size_t index, struct edit_result *result)
{
	for (size_t i = 0; i < edit->operation_count; i++) {
		const struct edit_operation *o = &edit->operations[i];
		struct write_operation w = {.type = edit->type->number,
			.id = edit->id,
			.id_size = edit->id_size,
			.field = o->field->number,
			.kind = o->kind,
			.value = o->value,
			.time = -1};

		gather(g, &w, index);
	}
	if (!edit->is_new && edit->operation_count)
		result->reopened = open_again(g, placed, edit->type->number,
			edit->id, edit->id_size, index);
	for (size_t i = 0; i < edit->operation_count; i++) {
		const struct edit_operation *o = &edit->operations[i];
		const uint8_t *parent = o->field->parent
			? reference_of(
				  o->field->refers, o->field->form, o->value)
			: NULL;

		if (parent)
			result->reopened_parent |= open_again(g, placed,
				o->field->refers, parent, ID_BYTES, index);
	}
}

static bool
too_low(const struct edit *edit, uint32_t field, int rank,
	struct problem *problem)
{
	const struct schema_field *f = schema_field(edit->type, field);
	int needed = schema_rank(field);

	problem_set(problem, EXIT_REFUSED,
		T("%s may only be written by %s, and you are %s there"),
		f ? text_pick(f->en, f->zh) : "?",
		needed == RANK_HQ ? T("head office") : T("a manager"),
		rank == RANK_MANAGER ? T("a manager") : T("a rep"));
	return problem_hint(problem, T("ask one of them to write it"));
}

/* A person's data was erased: what is written to it would count nowhere. */
static bool
erased(const struct edit *edit, struct problem *problem)
{
	char id[VIEW_SHORT_SIZE];

	view_short_id(edit->id, edit->id_size, id);
	problem_set(problem, EXIT_REFUSED,
		T("head office erased the data of %s …%s"),
		text_pick(edit->type->en, edit->type->zh), id);
	return problem_hint(
		problem, T("what they agree to be kept again is a new record"));
}

static bool
no_grant(struct node *node, const uint8_t *territory, struct problem *problem)
{
	char path[POLICY_PATH_MAX];

	if (policy_is_revoked(node->policy, node->device)) {
		problem_set(
			problem, EXIT_REFUSED, T("this device is shut out"));
		return problem_hint(problem, T("ask head office"));
	}

	problem_set(problem, EXIT_REFUSED,
		node->hub ? T("the hub reads %s and does not write there")
			  : T("you have no grant on %s"),
		policy_path(node->policy, territory, path));
	return problem_hint(
		problem, T("ask head office for a grant, then: roadbook sync"));
}

bool
node_choose_territory(struct node *node, uint8_t out[static ID_BYTES],
	struct problem *problem)
{
	return place_by_grant(node, out) || list_choices(node, problem);
}

bool
node_edit_allowed(struct node *node, const struct edit *edit,
	const uint8_t *territory, struct problem *problem)
{
	uint8_t grant[ID_BYTES];
	int rank =
		policy_write_grant(node->policy, node->user, territory, grant);

	if (rank == RANK_NONE)
		return no_grant(node, territory, problem);
	for (size_t i = 0; i < edit->operation_count; i++)
		if (schema_rank(edit->operations[i].field->number) > rank)
			return too_low(edit, edit->operations[i].field->number,
				rank, problem);
	return complete(edit, problem);
}

static bool
write_gathered(struct node *node, struct gathered *g, const struct edit *edits,
	struct edit_result *results, struct problem *problem)
{
	const uint8_t *territory = territory_id(g->territory);
	uint8_t log[LOG_BYTES];
	int64_t now = node_now_ms(), seq;
	size_t refused = 0;
	const struct edit *first = &edits[g->fields[0]];
	struct write write = {.log = log,
		.at = now,
		.offset = node_offset(now),
		.operations = g->operations,
		.operation_count = g->count,
		.unseen = first->unseen,
		.unseen_count = first->unseen_count,
		.told_ms = node->hub ? 0 : node->hub_time_ms};
	int rank = policy_write_grant(
		node->policy, node->user, territory, log + ID_BYTES);
	enum status status;

	if (rank == RANK_NONE || policy_is_revoked(node->policy, node->device))
		return no_grant(node, territory, problem);
	for (size_t i = 0; i < g->count; i++)
		if (erasures_mark(policy_erasures(node->policy), territory,
			    g->operations[i].type, g->operations[i].id,
			    g->operations[i].id_size))
			return erased(&edits[g->fields[i]], problem);
	for (size_t i = 0; i < g->count; i++)
		if (schema_rank(g->operations[i].field) > rank)
			return too_low(&edits[g->fields[i]],
				g->operations[i].field, rank, problem);
	memcpy(log, node->device, ID_BYTES);
	status = territory_write(g->territory, &write, &seq, &refused);
	if (status == STATUS_REFUSED && refused == g->count) {
		problem_set(problem, EXIT_REFUSED,
			T("what this device wrote here before is not all here "
			  "yet"));
		return problem_hint(problem, "roadbook sync");
	}
	if (status == STATUS_REFUSED) {
		const struct write_operation *o = &g->operations[refused];
		const struct schema_field *f = schema_field(
			schema_type(node->schema, o->type), o->field);

		problem_set(problem, EXIT_AMBIGUOUS,
			T("%s is set already, and its first value stands"),
			f ? text_pick(f->en, f->zh) : "?");
		return problem_hint(problem,
			T("for a correction, add a new record or a note"));
	}
	if (status != STATUS_OK)
		return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"),
			node->dir, store_sqlite_problem(node->store));
	for (size_t i = 0; seq && i < g->count; i++)
		results[g->fields[i]].written = true;
	return true;
}

/* Records that this very write makes are in no table yet. */
static void
remember(struct placed *placed, const struct edit *edit,
	const struct edit_result *result)
{
	struct placed_record *record;
	bool fresh;

	if (!edit->is_new || edit->id_size != ID_BYTES)
		return;
	record = placed_at(placed, edit->type->number, edit->id, &fresh);
	record->known = true;
	memcpy(record->territory, result->territory, ID_BYTES);
}

bool
node_write_placed(struct node *node, const struct edit *edits, size_t count,
	struct edit_result *results, struct placed *placed,
	struct problem *problem)
{
	struct gathered *all = alloc((count + 1) * sizeof *all);
	size_t territories = 0;
	bool written = copied_may_write(node, problem);

	memset(results, 0, count * sizeof *results);
	for (size_t i = 0; written && i < count; i++) {
		struct gathered *g = NULL;

		written = complete(&edits[i], problem) &&
			place(node, &edits[i], placed, results[i].territory,
				problem);
		if (written)
			g = gathered_of(
				node, all, &territories, results[i].territory);
		if (written && !g)
			written = problem_set(problem, EXIT_FAILED,
				T("%s/node.db: %s"), node->dir,
				store_sqlite_problem(node->store));
		if (!g)
			break;
		remember(placed, &edits[i], &results[i]);
		gather_edit(g, placed, &edits[i], i, &results[i]);
	}
	for (size_t i = 0; written && i < territories; i++)
		if (all[i].count)
			written = write_gathered(
				node, &all[i], edits, results, problem);
	for (size_t i = 0; i < territories; i++) {
		free(all[i].operations);
		free(all[i].fields);
	}
	free(all);
	return written;
}

bool
node_write(struct node *node, const struct edit *edits, size_t count,
	struct edit_result *results, struct problem *problem)
{
	struct placed placed = {0};
	bool written = node_write_placed(
		node, edits, count, results, &placed, problem);

	placed_clear(&placed);
	return written;
}
