#include "tests/sim/actors.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/schema_roadbook.h"
#include "sync/alloc.h"
#include "sync/territory_internal.h"
#include "tests/sim/ledger.h"

enum {
	RECORDS = 5, /* of a type in a territory: few, so people meet */
	OPERATIONS_MAX = 24,
	BYTES_MAX = 8192,
	IMPORT_MAX = 12, /* changes of one transaction */
};

void
actors_id(uint8_t *id, uint8_t kind, uint32_t number)
{
	memset(id, kind, ID_BYTES);
	id[12] = (uint8_t)(number >> 24);
	id[13] = (uint8_t)(number >> 16);
	id[14] = (uint8_t)(number >> 8);
	id[15] = (uint8_t)number;
}

/* ---- a change under way ---- */

struct draft {
	struct world *world;
	struct sim_node *node;
	struct territory *territory;
	uint8_t log[LOG_BYTES];
	int rank;
	struct write_operation operations[OPERATIONS_MAX];
	size_t count;
	uint8_t bytes[BYTES_MAX]; /* ids and values */
	struct pack pack;
	size_t value_at;
	struct unseen_range *unseen;
	uint32_t unseen_count;
};

static struct random *
chance(const struct draft *d)
{
	return &d->world->random;
}

/* Under which grant the node writes there; false: under none. */
static bool
draft_begin(struct draft *d, struct world *world, struct sim_node *node,
	struct territory *territory)
{
	memset(d, 0, offsetof(struct draft, bytes));
	d->world = world;
	d->node = node;
	d->territory = territory;
	d->unseen = NULL;
	d->unseen_count = 0;
	pack_init(&d->pack, d->bytes, sizeof d->bytes);
	memcpy(d->log, node->device, ID_BYTES);
	if (node->hub) {
		memset(d->log + ID_BYTES, 0, ID_BYTES);
		d->rank = RANK_HQ;
	} else {
		d->rank = policy_write_grant(node->policy, node->user,
			territory_id(territory), d->log + ID_BYTES);
	}
	return d->rank != RANK_NONE;
}

static const uint8_t *
keep_id(struct draft *d, const uint8_t *id, size_t size)
{
	const uint8_t *at = d->pack.out + d->pack.size;

	pack_raw(&d->pack, id, size);
	return at;
}

static struct pack *
value(struct draft *d)
{
	d->value_at = d->pack.size;
	return &d->pack;
}

static bool
same_register(const struct write_operation *a, const struct write_operation *b)
{
	bool set = a->kind == OPERATION_ADD || a->kind == OPERATION_DEL;
	bool other = b->kind == OPERATION_ADD || b->kind == OPERATION_DEL;

	if (a->type != b->type || a->field != b->field ||
		a->id_size != b->id_size || set != other ||
		(!set && a->kind != b->kind) ||
		memcmp(a->id, b->id, a->id_size) != 0)
		return false;
	return !set ||
		(a->value.size == b->value.size &&
			memcmp(a->value.bytes, b->value.bytes, a->value.size) ==
				0);
}

/* Adds an operation with the value that was packed; none on one register. */
static void
add(struct draft *d, uint32_t type, const uint8_t *id, size_t id_size,
	uint32_t field, enum operation_kind kind)
{
	struct write_operation o = {type, id, id_size, field, kind,
		{d->bytes + d->value_at, d->pack.size - d->value_at}, -1};

	if (d->pack.overflow || d->count == OPERATIONS_MAX)
		return;
	for (size_t i = 0; i < d->count; i++)
		if (same_register(&d->operations[i], &o))
			return;
	d->operations[d->count++] = o;
}

/* Writes it in the open transaction. False: it was refused, or failed. */
static bool
draft_write(struct draft *d, int64_t *seq)
{
	struct ledger *ledger = d->world->ledger;
	uint32_t context_count;
	struct ledger_seen *context =
		ledger_context(ledger, d->territory, d->log, &context_count);
	struct write write = {.log = d->log,
		.at = node_now(d->node),
		.offset = 480,
		.operations = d->operations,
		.operation_count = d->count,
		.unseen = d->unseen,
		.unseen_count = d->unseen_count};
	size_t refused;
	enum status status;

	if (d->node->hub)
		write.ordered_by = d->node->device;
	status = territory_write(d->territory, &write, seq, &refused);
	if (status != STATUS_OK || *seq == 0) {
		free(context);
		return status == STATUS_OK;
	}
	d->world->counts.writes++;
	return ledger_wrote(d->world, d->node, d->territory, d->log, *seq,
		context, context_count, &write);
}

/* What is written in the directory holds at the hub at once. */
static bool
told(struct draft *d)
{
	return d->territory != d->node->directory ||
		node_directory_changed(d->node) == STATUS_OK;
}

/* A transaction of one change. Its number; 0 when nothing was written. */
static int64_t
draft_commit(struct draft *d)
{
	struct store *store = d->node->store;
	int64_t seq = 0;

	if (d->count == 0 || store->begin(store->self) != STATUS_OK)
		return 0;
	if (!draft_write(d, &seq) || !told(d) ||
		store->commit(store->self) != STATUS_OK) {
		node_rollback(d->node);
		return 0;
	}
	if (seq)
		ledger_acknowledge(
			ledger_log(d->world->ledger, territory_id(d->territory),
				d->log, false),
			seq);
	return seq;
}

/* ---- values ---- */

static uint32_t
number_of(const struct draft *d)
{
	const uint8_t *id = territory_id(d->territory);

	return (uint32_t)id[0] << 16;
}

/* One of the few records of a type in this territory. */
static void
some_id(struct draft *d, uint32_t type, uint8_t *id)
{
	actors_id(id, (uint8_t)(0xa0 + type),
		number_of(d) + random_below(chance(d), RECORDS));
}

static void
some_text(struct draft *d, const struct schema_codes *codes)
{
	static const char *const texts[] = {"linxi", "\xe6\x9e\x97\xe6\xba\xaa",
		"a", "b", "", "2026-07-01"};

	if (codes->count)
		pack_text(&d->pack,
			codes->list[random_below(
					    chance(d), (uint32_t)codes->count)]
				.code);
	else
		pack_text(&d->pack, texts[random_below(chance(d), 6)]);
}

static void
some_scalar(struct draft *d, enum schema_form form,
	const struct schema_codes *codes, uint32_t refers)
{
	uint8_t id[ID_BYTES];

	switch (form) {
	case FORM_BOOL:
		pack_bool(&d->pack, random_below(chance(d), 2));
		return;
	case FORM_INT:
	case FORM_AMOUNT:
		pack_integer(&d->pack, (int64_t)random_below(chance(d), 4) - 1);
		return;
	case FORM_REF:
	case FORM_BYTES:
		some_id(d, refers, id);
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

static void
some_value(struct draft *d, const struct schema_field *f)
{
	const struct schema_part *parts;
	size_t count = schema_parts(f, &parts);

	(void)value(d);
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
	pack_bool(value(d), on);
	add(d, type, id, ID_BYTES, field, OPERATION_PUT);
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
	if (kind == OPERATION_ADD && random_once_in(chance(d), 3))
		kind = OPERATION_DEL;
	if (kind == OPERATION_PUT && random_once_in(chance(d), 10))
		pack_nil(value(d));
	else
		some_value(d, f);
	add(d, type->number, id, ID_BYTES, f->number, kind);
}

static const struct schema_type *
some_type(struct draft *d)
{
	static const uint32_t types[] = {TYPE_ACCOUNT, TYPE_ACCOUNT,
		TYPE_CONTACT, TYPE_POSITION, TYPE_VISIT, TYPE_VISIT_NOTE};

	return schema_type(d->node->schema == schema_roadbook()
			? schema_roadbook()
			: d->node->schema,
		types[random_below(chance(d), 6)]);
}

/* A few fields of a record. Those at the front of a type are met more. */
static void
edit_record(struct draft *d, const struct schema_type *type)
{
	uint32_t fields = 1 + random_below(chance(d), 4);
	uint8_t bytes[ID_BYTES];
	const uint8_t *id;

	if (!type)
		return; /* an older program does not know it */
	some_id(d, type->number, bytes);
	if (type->immutable && !random_once_in(chance(d), 4))
		random_bytes(chance(d), bytes + 8, 4); /* a new one */
	id = keep_id(d, bytes, sizeof bytes);
	for (uint32_t i = 0; i < fields; i++) {
		uint32_t count = (uint32_t)type->field_count;
		uint32_t below =
			random_below(chance(d), 2) && count > 8 ? 8 : count;

		edit_field(d, type,
			&type->fields[random_below(chance(d), below)], id);
	}
}

static void
archive(struct draft *d)
{
	static const uint32_t types[] = {
		TYPE_ACCOUNT, TYPE_CONTACT, TYPE_VISIT};
	uint32_t type = types[random_below(chance(d), 3)];
	uint8_t bytes[ID_BYTES];

	some_id(d, type, bytes);
	mark(d, type, keep_id(d, bytes, sizeof bytes), SCHEMA_ARCHIVED,
		!random_once_in(chance(d), 4));
}

/* A record was moved away by a manager. */
static void
move(struct draft *d)
{
	uint8_t bytes[ID_BYTES];

	if (d->rank < RANK_MANAGER)
		return;
	some_id(d, TYPE_ACCOUNT, bytes);
	mark(d, TYPE_ACCOUNT, keep_id(d, bytes, sizeof bytes), SCHEMA_MOVED,
		random_below(chance(d), 2));
}

static void
join(struct draft *d)
{
	uint8_t ids[2][ID_BYTES], both[RECORD_ID_MAX];
	int order;

	some_id(d, TYPE_ACCOUNT, ids[0]);
	some_id(d, TYPE_ACCOUNT, ids[1]);
	order = memcmp(ids[0], ids[1], ID_BYTES);
	if (order == 0)
		return;
	memcpy(both, ids[order < 0 ? 0 : 1], ID_BYTES);
	memcpy(both + ID_BYTES, ids[order < 0 ? 1 : 0], ID_BYTES);
	{
		const uint8_t *id = keep_id(d, both, sizeof both);

		pack_bool(value(d), !random_once_in(chance(d), 3));
		add(d, TYPE_ALIAS, id, RECORD_ID_MAX, SCHEMA_JOINED,
			OPERATION_PUT);
	}
}

/* Picks one of the values of a conflict, if the record has any. */
static void
resolve(struct draft *d, const struct schema_type *type)
{
	struct record record = {0};
	struct shown shown;
	uint8_t bytes[ID_BYTES];
	const uint8_t *id;

	if (!type)
		return;
	some_id(d, type->number, bytes);
	id = keep_id(d, bytes, sizeof bytes);
	if (territory_record(d->territory, type->number, id, ID_BYTES, &record,
		    &shown) == STATUS_OK)
		for (uint32_t i = 0; i < shown.conflict_count; i++) {
			const struct conflict *c = &shown.conflicts[i];
			const struct reg *reg = record_find(&record, c->field,
				KIND_PUT, (struct pack_view){NULL, 0});
			const struct version *v;

			if (c->why != CONFLICT_SIBLINGS || !reg ||
				reg->version_count == 0 ||
				schema_rank(c->field) > d->rank)
				continue;
			v = &reg->versions[random_below(
				chance(d), reg->version_count)];
			pack_raw(value(d), v->value.bytes, v->value.size);
			add(d, type->number, id, ID_BYTES, c->field,
				OPERATION_PUT);
			d->world->counts.resolved++;
		}
	record_clear(&record);
}

/* ---- forms that are open for a while ---- */

static struct form {
	bool open;
	uint8_t territory[ID_BYTES];
	int64_t *frontier;
	uint32_t count;
} forms[WORLD_NODES_MAX + 1];

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
	uint32_t count = 1 + random_below(chance(d), IMPORT_MAX);
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
			node_rollback(d->node);
			return;
		}
		first = first ? first : seq;
		last = seq ? seq : last;
	}
	if (store->commit(store->self) != STATUS_OK) {
		node_rollback(d->node);
		return;
	}
	log = ledger_log(
		d->world->ledger, territory_id(d->territory), d->log, false);
	for (int64_t seq = first; seq && seq <= last; seq++)
		ledger_acknowledge(log, seq);
}

static void
fill(struct draft *d)
{
	uint32_t pick = random_below(chance(d), 100);

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
		resolve(d, some_type(d));
	}
}

static struct territory *
somewhere(struct world *world, struct sim_node *node)
{
	const struct form *form = &forms[node->number];
	uint32_t pick = random_below(&world->random, WORLD_TERRITORIES);

	if (form->open && random_below(&world->random, 2))
		return node_territory(node, form->territory, false);
	/* The hub writes in management territories only. */
	if (node->hub)
		return node_territory(node, places[5].id, true);
	for (uint32_t i = 0; i < WORLD_TERRITORIES; i++) {
		const struct place *place =
			&places[(pick + i) % WORLD_TERRITORIES];
		uint8_t grant[ID_BYTES];

		if (policy_write_grant(node->policy, node->user, place->id,
			    grant) != RANK_NONE)
			return node_territory(node, place->id, true);
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

/* ---- head office ---- */

static void
put_text(struct draft *d, uint32_t type, const uint8_t *id, uint32_t field,
	enum operation_kind kind, const char *text)
{
	pack_text(value(d), text);
	add(d, type, id, ID_BYTES, field, kind);
}

static void
put_bytes(struct draft *d, uint32_t type, const uint8_t *id, uint32_t field,
	const uint8_t *bytes, size_t size)
{
	pack_bytes(value(d), bytes, size);
	add(d, type, id, ID_BYTES, field, OPERATION_INIT);
}

static void
put_cutoff(struct draft *d, const uint8_t *territory, const uint8_t *device,
	const uint8_t *grant, int64_t last)
{
	uint8_t id[ID_BYTES];
	const uint8_t *kept;

	random_bytes(chance(d), id, sizeof id);
	kept = keep_id(d, id, sizeof id);
	pack_map(value(d), 4);
	pack_integer(&d->pack, CUTOFF_TERRITORY);
	pack_bytes(&d->pack, territory, ID_BYTES);
	pack_integer(&d->pack, CUTOFF_DEVICE);
	pack_bytes(&d->pack, device, ID_BYTES);
	pack_integer(&d->pack, CUTOFF_GRANT);
	pack_bytes(&d->pack, grant, ID_BYTES);
	pack_integer(&d->pack, CUTOFF_LAST);
	pack_integer(&d->pack, last);
	add(d, TYPE_CUTOFF, kept, ID_BYTES, CUTOFF_BODY, OPERATION_INIT);
}

static bool
directory_begin(struct draft *d, struct world *world)
{
	struct sim_node *hub = &world->nodes[0];

	return hub->up && draft_begin(d, world, hub, hub->directory);
}

/* Facts stand in the ledger from before the commit: it may be in doubt. */
static int64_t
directory_commit(struct draft *d, struct fact *facts, size_t count)
{
	struct ledger *ledger = d->world->ledger;
	uint32_t number = log_find(d->territory, d->log);
	int64_t next =
		number == LOG_NONE ? 1 : d->territory->states[number].last + 1;

	ledger_forget_facts(ledger, next);
	for (size_t i = 0; i < count; i++) {
		facts[i].seq = next;
		ledger_fact(ledger, &facts[i]);
	}
	return draft_commit(d);
}

static const char *const roles[] = {"", "rep", "manager", "hq"};

static void
give(struct world *world, const uint8_t *user, int place, int rank)
{
	struct fact fact = {.kind = FACT_GRANT, .place = place, .rank = rank};
	struct draft d;

	if (!directory_begin(&d, world))
		return;
	world->counts.grants++;
	actors_id(fact.grant, 0x31, (uint32_t)world->counts.grants);
	memcpy(fact.user, user, ID_BYTES);
	put_bytes(&d, TYPE_GRANT, fact.grant, GRANT_USER, user, ID_BYTES);
	put_bytes(&d, TYPE_GRANT, fact.grant, GRANT_TERRITORY, places[place].id,
		ID_BYTES);
	put_text(&d, TYPE_GRANT, fact.grant, GRANT_ROLE, OPERATION_INIT,
		roles[rank]);
	if (directory_commit(&d, &fact, 1))
		world_trace(world, "admin: grant of %s to user %d, rank %d",
			places[place].name, user[15], rank);
}

static void
found_territories(struct world *world)
{
	for (int i = 0; i < WORLD_TERRITORIES; i++) {
		const struct place *p = &places[i];
		struct draft d;

		if (!directory_begin(&d, world))
			return;
		put_text(&d, TYPE_TERRITORY, p->id, TERRITORY_NAME,
			OPERATION_PUT, p->name);
		if (p->parent >= 0)
			put_bytes(&d, TYPE_TERRITORY, p->id, TERRITORY_PARENT,
				places[p->parent].id, ID_BYTES);
		put_text(&d, TYPE_TERRITORY, p->id, TERRITORY_KIND,
			OPERATION_INIT, p->management ? "management" : "field");
		(void)directory_commit(&d, NULL, 0);
	}
}

static void
found_user(struct world *world, const struct sim_node *node)
{
	char login[16];
	struct draft d;

	if (!directory_begin(&d, world))
		return;
	(void)snprintf(login, sizeof login, "user%d", node->user[15]);
	put_text(&d, TYPE_USER, node->user, USER_LOGIN, OPERATION_INIT, login);
	put_text(&d, TYPE_USER, node->user, USER_NAME, OPERATION_PUT, login);
	put_bytes(&d, TYPE_DEVICE, node->device, DEVICE_USER, node->user,
		ID_BYTES);
	put_bytes(&d, TYPE_DEVICE, node->device, DEVICE_SIGN_KEY,
		node->sign_key, SIGNING_KEY_SIZE);
	put_bytes(&d, TYPE_DEVICE, node->device, DEVICE_LINK_KEY,
		node->link_key, LINK_KEY_SIZE);
	put_text(&d, TYPE_DEVICE, node->device, DEVICE_NAME, OPERATION_PUT,
		"laptop");
	put_text(&d, TYPE_DEVICE, node->device, DEVICE_KIND, OPERATION_INIT,
		"device");
	(void)directory_commit(&d, NULL, 0);
}

void
actors_found(struct world *world)
{
	/* Who gets what, by the node's number; places overlap. */
	static const struct {
		int place, rank;
	} first[] = {{0, 0}, {1, RANK_MANAGER}, {2, RANK_REP}, {2, RANK_REP},
		{3, RANK_REP}, {4, RANK_REP}, {0, RANK_MANAGER}, {3, RANK_REP},
		{4, RANK_REP}, {2, RANK_REP}};

	found_territories(world);
	for (int i = 1; i < world->node_count; i++) {
		const struct sim_node *node = &world->nodes[i];

		found_user(world, node);
		if (i == world->hostile)
			give(world, node->user, 2, RANK_REP);
		else
			give(world, node->user, first[i].place, first[i].rank);
	}
}

/*
 * Whether a cut-off there closes a log earlier than it is closed already. One
 * that is listed after its device or grant has ended would open it again, up
 * to there, where others have gone on without it.
 */
static bool
lowers(struct world *world, const struct territory *t, const uint8_t *log,
	int64_t last)
{
	return last <
		ledger_cut(world->ledger, territory_id(t), log, INT64_MAX);
}

/*
 * Cut-offs for each log of a device (or under a grant) that the hub has, then
 * the word that there are no others.
 */
static void
cut_logs(struct draft *d, const uint8_t *device, const uint8_t *grant,
	struct fact *facts, size_t room, size_t *count)
{
	static const uint8_t none[ID_BYTES];
	struct sim_node *hub = d->node;

	for (int i = 0; i < NODE_TERRITORIES_MAX && hub->territories[i]; i++) {
		struct territory *t = hub->territories[i];

		for (uint32_t k = 0; k < t->logs.count; k++) {
			const struct log_state *log = &t->states[k];
			const uint8_t *id = log->saved.id;
			struct fact *f = &facts[*count];

			if (t == hub->directory || log->saved.kept == 0 ||
				*count + 1 == room ||
				!lowers(d->world, t, id, log->saved.kept) ||
				memcmp(device ? id : id + ID_BYTES,
					device ? device : grant, ID_BYTES) != 0)
				continue;
			put_cutoff(d, territory_id(t), id, id + ID_BYTES,
				log->saved.kept);
			*f = (struct fact){
				.kind = FACT_CUT, .last = log->saved.kept};
			memcpy(f->territory, territory_id(t), ID_BYTES);
			memcpy(f->log, id, LOG_BYTES);
			(*count)++;
		}
	}
	facts[*count] = (struct fact){.kind = device ? FACT_REVOKED : FACT_END};
	if (device)
		memcpy(facts[*count].log, device, ID_BYTES);
	else
		memcpy(facts[*count].log + ID_BYTES, grant, ID_BYTES);
	(*count)++;
	put_cutoff(d, none, device ? device : none, grant ? grant : none, 0);
}

enum { FACTS_MAX = 16 };

static void
cut(struct world *world, const uint8_t *device, const uint8_t *grant)
{
	struct fact facts[FACTS_MAX];
	size_t count = 0;
	struct draft d;

	if (!directory_begin(&d, world))
		return;
	cut_logs(&d, device, grant, facts, FACTS_MAX, &count);
	if (directory_commit(&d, facts, count)) {
		world->counts.cuts++;
		world->last_cut_ms = world->now_ms;
		world_trace(world, "admin: %s %02x ends, %zu logs",
			device ? "device" : "grant",
			device ? device[0] : grant[15], count - 1);
	}
}

/* One log alone, somewhere in what the hub has of it. */
static void
cut_one(struct world *world)
{
	struct ledger *ledger = world->ledger;
	struct fact fact = {.kind = FACT_CUT};
	struct ledger_log *log;
	struct territory *t;
	struct draft d;
	uint32_t number;

	if (!directory_begin(&d, world) || ledger_log_count(ledger) == 0)
		return;
	log = ledger_log_at(
		ledger, random_below(&world->random, ledger_log_count(ledger)));
	t = node_territory(d.node, log->territory, false);
	number = t ? log_find(t, log->id) : LOG_NONE;
	if (log->author == 0 || number == LOG_NONE || t == d.node->directory)
		return;
	fact.last = (int64_t)random_below(
		&world->random, (uint32_t)t->states[number].saved.kept + 1);
	if (!lowers(world, t, log->id, fact.last))
		return;
	memcpy(fact.territory, log->territory, ID_BYTES);
	memcpy(fact.log, log->id, LOG_BYTES);
	put_cutoff(
		&d, fact.territory, fact.log, fact.log + ID_BYTES, fact.last);
	if (directory_commit(&d, &fact, 1)) {
		world->counts.cuts++;
		world->last_cut_ms = world->now_ms;
		world_trace(world, "admin: a log of node %d is cut at %lld",
			log->author, (long long)fact.last);
	}
}

void
actors_administer(struct world *world)
{
	struct random *random = &world->random;
	uint32_t pick = random_below(random, 10);
	const struct sim_node *node = &world->nodes[1 +
		random_below(random, (uint32_t)world->node_count - 1)];

	if (pick < 4 && world_has(world, FAULT_GRANTS)) {
		give(world, node->user,
			(int)random_below(random, WORLD_TERRITORIES),
			random_below(random, 3) ? RANK_REP : RANK_MANAGER);
	} else if (pick < 6 && world_has(world, FAULT_CUTS)) {
		cut_one(world);
	} else if (pick < 8 && world_has(world, FAULT_CUTS) &&
		world->counts.grants) {
		uint8_t grant[ID_BYTES];

		actors_id(grant, 0x31,
			1 +
				random_below(random,
					(uint32_t)world->counts.grants));
		if (!ledger_grant_ended(world->ledger, grant, INT64_MAX))
			cut(world, NULL, grant);
	} else if (pick == 9 && world_has(world, FAULT_CUTS) &&
		!ledger_revoked(world->ledger, node->device, INT64_MAX) &&
		random_once_in(random, 3)) {
		cut(world, node->device, NULL);
	}
}

void
actors_cut_forks(struct world *world)
{
	for (uint32_t i = 0; i < ledger_log_count(world->ledger); i++) {
		struct ledger_log *log = ledger_log_at(world->ledger, i);
		struct fact fact = {.kind = FACT_CUT};
		struct draft d;

		if (!log->forked_at || !directory_begin(&d, world))
			continue;
		fact.last = log->forked_at - 1;
		if (fact.last >= ledger_cut(world->ledger, log->territory,
					 log->id, INT64_MAX))
			continue;
		memcpy(fact.territory, log->territory, ID_BYTES);
		memcpy(fact.log, log->id, LOG_BYTES);
		put_cutoff(&d, fact.territory, fact.log, fact.log + ID_BYTES,
			fact.last);
		if (!directory_commit(&d, &fact, 1))
			world_fail(world, "the hub cannot cut a fork");
	}
}
