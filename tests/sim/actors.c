#include "tests/sim/actors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/schema_roadbook.h"
#include "sync/alloc.h"
#include "sync/territory_internal.h"
#include "tests/sim/draft.h"
#include "tests/sim/erase.h"
#include "tests/sim/ledger.h"

enum { IMPORT_MAX = 12 }; /* changes of one transaction */

static void
some_text(struct draft *d, const struct schema_codes *codes)
{
	static const char *const texts[] = {"linxi", "\xe6\x9e\x97\xe6\xba\xaa",
		"a", "b", "", "2026-07-01"};

	if (codes->count)
		pack_text(&d->pack,
			codes->list[random_below(draft_chance(d),
					    (uint32_t)codes->count)]
				.code);
	else
		pack_text(&d->pack, texts[random_below(draft_chance(d), 6)]);
}

static void
some_scalar(struct draft *d, enum schema_form form,
	const struct schema_codes *codes, uint32_t refers)
{
	uint8_t id[ID_BYTES];

	switch (form) {
	case FORM_BOOL:
		pack_bool(&d->pack, random_below(draft_chance(d), 2));
		return;
	case FORM_INT:
	case FORM_AMOUNT:
		pack_integer(&d->pack,
			(int64_t)random_below(draft_chance(d), 4) - 1);
		return;
	case FORM_REF:
	case FORM_BYTES:
		draft_some_id(d, refers, id);
		pack_bytes(&d->pack, id, sizeof id);
		return;
	case FORM_TEXT:
	case FORM_PROSE:
	case FORM_DATE:
	case FORM_CODE:
	case FORM_OPEN:
	case FORM_TIME:
	case FORM_MONEY:
	case FORM_TUPLE:
		break;
	}
	some_text(d, codes);
}

/* What people write of a person who may be erased can be told from all else. */
static bool
some_words(struct draft *d, uint32_t type, const struct schema_field *f,
	const uint8_t *id)
{
	char words[40];

	if (!(d->world->options.faults & FAULT_ERASE) || type != TYPE_CONTACT ||
		(f->form != FORM_TEXT && f->form != FORM_PROSE) ||
		f->codes.count || random_once_in(draft_chance(d), 3))
		return false;
	erase_words(id, words);
	pack_text(&d->pack, words);
	return true;
}

static void
some_value(struct draft *d, uint32_t type, const struct schema_field *f,
	const uint8_t *id)
{
	const struct schema_part *parts;
	size_t count = schema_parts(f, &parts);

	(void)draft_value(d);
	if (some_words(d, type, f, id))
		return;
	if (count == 0) {
		some_scalar(d, f->form, &f->codes, f->refers);
		return;
	}
	pack_map(&d->pack, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		pack_integer(&d->pack, parts[i].number);
		some_scalar(d, parts[i].form, &parts[i].codes, parts[i].refers);
	}
}

/* ---- what forms do ---- */

static bool
is_archived(struct draft *d, uint32_t type, const uint8_t *id)
{
	struct record record = {0};
	struct shown shown;
	bool archived = territory_record(d->territory, type, id, ID_BYTES,
				&record, &shown) == STATUS_OK &&
		shown.archived;

	record_clear(&record);
	return archived;
}

static void
mark(struct draft *d, uint32_t type, const uint8_t *id, uint32_t field, bool on)
{
	pack_bool(draft_value(d), on);
	draft_add(d, type, id, ID_BYTES, field, OPERATION_PUT);
}

/* MERGE W6: what is written to, or under, an archived record opens it. */
static void
open_again(struct draft *d)
{
	size_t count = d->count;

	for (size_t i = 0; i < count; i++) {
		const struct write_operation *o = &d->operations[i];
		const struct schema_field *f = schema_field(
			schema_type(schema_roadbook(), o->type), o->field);
		const uint8_t *parent;
		struct unpack unpack;

		if (o->id_size == ID_BYTES && is_archived(d, o->type, o->id))
			mark(d, o->type, o->id, SCHEMA_ARCHIVED, false);
		unpack_init(&unpack, o->value.bytes, o->value.size);
		if (f && f->parent && o->kind == OPERATION_PUT &&
			unpack_exact(&unpack, ID_BYTES, &parent) &&
			is_archived(d, f->refers, parent))
			mark(d, f->refers, parent, SCHEMA_ARCHIVED, false);
	}
}

static void
edit_field(struct draft *d, const struct schema_type *type,
	const struct schema_field *f, const uint8_t *id)
{
	enum operation_kind kind = f->kind == KIND_PUT ? OPERATION_PUT
		: f->kind == KIND_ONCE                 ? OPERATION_INIT
						       : OPERATION_ADD;

	if (schema_rank(f->number) > d->rank ||
		schema_is_mark(type->number, f->number))
		return;
	if (kind == OPERATION_ADD && random_once_in(draft_chance(d), 3))
		kind = OPERATION_DEL;
	if (kind == OPERATION_PUT && random_once_in(draft_chance(d), 10))
		pack_nil(draft_value(d));
	else
		some_value(d, type->number, f, id);
	draft_add(d, type->number, id, ID_BYTES, f->number, kind);
}

static const struct schema_type *
some_type(struct draft *d)
{
	static const uint32_t types[] = {TYPE_ACCOUNT, TYPE_ACCOUNT,
		TYPE_CONTACT, TYPE_POSITION, TYPE_VISIT, TYPE_VISIT_NOTE};

	return schema_type(d->node->schema == schema_roadbook()
			? schema_roadbook()
			: d->node->schema,
		types[random_below(draft_chance(d), 6)]);
}

/* A few fields of a record. Those at the front of a type are met more. */
static void
edit_record(struct draft *d, const struct schema_type *type)
{
	uint32_t fields = 1 + random_below(draft_chance(d), 4);
	uint8_t bytes[ID_BYTES];
	const uint8_t *id;

	if (!type)
		return; /* an older program does not know it */
	draft_some_id(d, type->number, bytes);
	if (type->immutable && !random_once_in(draft_chance(d), 4))
		random_bytes(draft_chance(d), bytes + 8, 4); /* a new one */
	id = draft_keep(d, bytes, sizeof bytes);
	for (uint32_t i = 0; i < fields; i++) {
		uint32_t count = (uint32_t)type->field_count;
		uint32_t below = random_below(draft_chance(d), 2) && count > 8
			? 8
			: count;

		edit_field(d, type,
			&type->fields[random_below(draft_chance(d), below)],
			id);
	}
}

static void
archive(struct draft *d)
{
	static const uint32_t types[] = {
		TYPE_ACCOUNT, TYPE_CONTACT, TYPE_VISIT};
	uint32_t type = types[random_below(draft_chance(d), 3)];
	uint8_t bytes[ID_BYTES];

	draft_some_id(d, type, bytes);
	d->world->counts.archived++;
	mark(d, type, draft_keep(d, bytes, sizeof bytes), SCHEMA_ARCHIVED,
		!random_once_in(draft_chance(d), 4));
}

/* A record was moved away by a manager. */
static void
move(struct draft *d)
{
	uint8_t bytes[ID_BYTES];

	if (d->rank < RANK_MANAGER)
		return;
	draft_some_id(d, TYPE_ACCOUNT, bytes);
	mark(d, TYPE_ACCOUNT, draft_keep(d, bytes, sizeof bytes), SCHEMA_MOVED,
		random_below(draft_chance(d), 2));
}

static void
join(struct draft *d)
{
	uint8_t ids[2][ID_BYTES], both[RECORD_ID_MAX];
	int order;

	draft_some_id(d, TYPE_ACCOUNT, ids[0]);
	draft_some_id(d, TYPE_ACCOUNT, ids[1]);
	order = memcmp(ids[0], ids[1], ID_BYTES);
	if (order == 0)
		return;
	memcpy(both, ids[order < 0 ? 0 : 1], ID_BYTES);
	memcpy(both + ID_BYTES, ids[order < 0 ? 1 : 0], ID_BYTES);
	{
		const uint8_t *id = draft_keep(d, both, sizeof both);

		d->world->counts.joined++;
		pack_bool(draft_value(d), !random_once_in(draft_chance(d), 3));
		draft_add(d, TYPE_ALIAS, id, RECORD_ID_MAX, SCHEMA_JOINED,
			OPERATION_PUT);
	}
}

/* Picks one of the values of each conflict that the record has. */
static void
resolve_record(struct draft *d, uint32_t type, const uint8_t *id)
{
	struct record record = {0};
	struct shown shown = {0};

	if (territory_record(d->territory, type, id, ID_BYTES, &record,
		    &shown) != STATUS_OK)
		shown.conflict_count = 0;
	for (uint32_t i = 0; i < shown.conflict_count; i++) {
		const struct conflict *c = &shown.conflicts[i];
		const struct reg *reg = record_find(&record, c->field, KIND_PUT,
			(struct pack_view){NULL, 0});
		const struct version *v;

		if (c->why != CONFLICT_SIBLINGS || !reg ||
			reg->version_count == 0 ||
			schema_rank(c->field) > d->rank)
			continue;
		v = &reg->versions[random_below(
			draft_chance(d), reg->version_count)];
		pack_raw(draft_value(d), v->value.bytes, v->value.size);
		draft_add(d, type, id, ID_BYTES, c->field, OPERATION_PUT);
		d->world->counts.resolved++;
	}
	record_clear(&record);
}

enum { INBOX_LOOKS = 8 };

/* Somebody goes through the inbox: a few records, until one has a conflict. */
static void
resolve(struct draft *d)
{
	for (int i = 0; i < INBOX_LOOKS && d->count == 0; i++) {
		const struct schema_type *type = some_type(d);
		uint8_t id[ID_BYTES];

		if (!type)
			continue;
		draft_some_id(d, type->number, id);
		resolve_record(d, type->number, draft_keep(d, id, sizeof id));
	}
}

/* ---- forms that are open for a while ---- */

static struct form {
	bool open;
	uint8_t territory[ID_BYTES];
	int64_t *frontier;
	uint32_t count;
} forms[WORLD_NODES_ALL];

void
actors_forget(struct world *world, int node)
{
	(void)world;
	free(forms[node].frontier);
	memset(&forms[node], 0, sizeof forms[node]);
}

static void
open_form(struct draft *d)
{
	struct form *form = &forms[d->node->number];

	actors_forget(d->world, d->node->number);
	form->open = true;
	memcpy(form->territory, territory_id(d->territory), ID_BYTES);
	territory_applied(d->territory, &form->frontier, &form->count);
}

static void
save_form(struct draft *d)
{
	struct form *form = &forms[d->node->number];

	territory_unseen_since(d->territory, form->frontier, form->count,
		&d->unseen, &d->unseen_count);
	actors_forget(d->world, d->node->number);
}

/* ---- acting ---- */

static void
import(struct draft *d)
{
	struct store *store = d->node->store;
	struct ledger_log *log;
	uint32_t count = 1 + random_below(draft_chance(d), IMPORT_MAX);
	int64_t first = 0, last = 0;

	if (store->begin(store->self) != STATUS_OK)
		return;
	for (uint32_t i = 0; i < count; i++) {
		struct draft one;
		int64_t seq = 0;

		if (!draft_begin(&one, d->world, d->node, d->territory))
			break;
		for (int k = 0; k < 3; k++)
			edit_record(&one, some_type(&one));
		open_again(&one);
		if (one.count == 0)
			continue;
		if (!draft_write(&one, &seq)) {
			sim_rollback(d->node);
			return;
		}
		first = first ? first : seq;
		last = seq ? seq : last;
	}
	if (store->commit(store->self) != STATUS_OK) {
		sim_rollback(d->node);
		return;
	}
	d->world->counts.imports++;
	log = ledger_written(
		d->world->ledger, territory_id(d->territory), d->log, d->node);
	for (int64_t seq = first; seq && seq <= last; seq++)
		ledger_acknowledge(log, seq);
}

static void
fill(struct draft *d)
{
	uint32_t pick = random_below(draft_chance(d), 100);

	if (pick < 60) {
		edit_record(d, some_type(d));
		open_again(d);
	} else if (pick < 72) {
		archive(d);
	} else if (pick < 75) {
		move(d);
	} else if (pick < 80) {
		join(d);
	} else {
		resolve(d);
	}
}

static struct territory *
somewhere(struct world *world, struct sim_node *node)
{
	const struct form *form = &forms[node->number];
	uint32_t pick = random_below(&world->random, WORLD_TERRITORIES);

	if (form->open && random_below(&world->random, 2))
		return sim_territory(node, form->territory, false);
	/* The hub writes in management territories only. */
	if (node->hub)
		return sim_territory(node, places[5].id, true);
	for (uint32_t i = 0; i < WORLD_TERRITORIES; i++) {
		const struct place *place =
			&places[(pick + i) % WORLD_TERRITORIES];
		uint8_t grant[ID_BYTES];

		if (policy_write_grant(node->policy, node->user, place->id,
			    grant) != RANK_NONE)
			return sim_territory(node, place->id, true);
	}
	return NULL;
}

void
actors_act(struct world *world, struct sim_node *node)
{
	struct territory *territory = somewhere(world, node);
	const struct form *form = &forms[node->number];
	struct draft d;

	if (!territory || !draft_begin(&d, world, node, territory))
		return;
	if (random_once_in(&world->random, 12)) {
		import(&d);
		return;
	}
	if (!form->open && random_once_in(&world->random, 4)) {
		open_form(&d);
		return;
	}
	fill(&d);
	if (form->open &&
		memcmp(form->territory, territory_id(territory), ID_BYTES) == 0)
		save_form(&d);
	(void)draft_commit(&d);
	free(d.unseen);
}
