#include "client/method/brief.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/method/read_row.h"
#include "client/node/view.h"
#include "proto/schema_roadbook.h"

struct briefing {
	struct node *node;
	const struct dossier *facts;
	const struct account_figures *figures;
	struct arena *arena;
	int32_t as_of;
	uint32_t territory; /* the store's number */
	enum status status;
};

static void
put(json_t *json, const char *name, json_t *value)
{
	json_object_set_new(json, name, value);
}

/* ---- people and chain ---- */

static json_t *
held_by(const struct account_figures *f, const struct account_person *p)
{
	json_t *list = json_array();

	for (size_t u = 0; u < f->user_count; u++)
		if (p->held_by >> u & 1)
			json_array_append_new(
				list, json_string(f->users[u]->login));
	return list;
}

/* Where the person stands at the customer, as in the schema. */
static json_t *
level_of(const struct dossier_contact *c)
{
	static const char *const codes[COVERAGE_LEVELS] = {
		[COVERAGE_EXEC] = "exec",
		[COVERAGE_MGMT] = "mgmt",
		[COVERAGE_WORKING] = "working",
	};

	return c->level < 0 ? json_null() : json_string(codes[c->level]);
}

/* How far the role asks the relation to be; null: nothing is asked. */
static json_t *
target_of(const struct dossier_contact *c)
{
	int place = coverage_target(c->role);
	const struct scale_level *level =
		place ? scale_at(SCALE_KEY5, place) : NULL;

	return level ? json_string(level->code) : json_null();
}

/* Whose friend the person is, while the attitude counts as the rival's. */
static json_t *
rival_of(const struct relation *attitude)
{
	const char *name =
		attitude->rating ? attitude->rating->competitor : NULL;

	return name && *name && attitude->counts &&
			strcmp(attitude->counts->code, "CR4") == 0
		? json_string(name)
		: json_null();
}

static json_t *
people(const struct briefing *b)
{
	json_t *list = json_array();

	for (size_t i = 0; i < b->figures->person_count; i++) {
		const struct account_person *p = &b->figures->people[i];
		const struct dossier_contact *c = p->contact;
		json_t *json = json_pack("{s:o, s:s, s:s, s:s}", "id",
			tell_id(c->id), "name", c->name, "title", c->title,
			"department", c->department);

		put(json, "key_role",
			c->role ? json_string(key_role_code(c->role))
				: json_null());
		put(json, "level", level_of(c));
		put(json, "target", target_of(c));
		put(json, "key", tell_relation(b->facts, &p->key));
		put(json, "attitude", tell_relation(b->facts, &p->attitude));
		put(json, "rival", rival_of(&p->attitude));
		put(json, "contradiction", json_boolean(p->contradiction));
		put(json, "met", tell_day(p->met));
		put(json, "held_by", held_by(b->figures, p));
		json_array_append_new(list, json);
	}
	return list;
}

/* A name of the account's people; NULL for somebody else. */
static const char *
contact_name(const struct briefing *b, const uint8_t *id)
{
	size_t count;
	const struct dossier_contact *list =
		dossier_contacts(b->facts, b->figures->account->id, &count);

	for (size_t i = 0; i < count; i++)
		if (memcmp(list[i].id, id, ID_BYTES) == 0)
			return list[i].name;
	return NULL;
}

/* Somebody of another account is named by a look into the tables. */
static json_t *
name_of(const struct briefing *b, const uint8_t *id)
{
	const char *name = contact_name(b, id);
	char title[VIEW_TITLE_SIZE];

	if (name)
		return json_string(name);
	node_title(b->node, schema_type(b->node->schema, TYPE_CONTACT), id,
		ID_BYTES, title);
	return json_string(title);
}

static json_t *
chain(const struct briefing *b)
{
	json_t *list = json_array();

	for (size_t i = 0; i < b->figures->person_count; i++) {
		const struct dossier_contact *from =
			b->figures->people[i].contact;
		size_t count;
		const struct dossier_link *links =
			dossier_links(b->facts, from->id, &count);

		for (size_t k = 0; k < count; k++)
			json_array_append_new(list,
				json_pack("{s:o, s:o, s:s, s:s, s:o, s:o, s:b, "
					  "s:s}",
					"id", tell_id(links[k].id), "from_id",
					tell_id(from->id), "from", from->name,
					"kind", links[k].kind, "to_id",
					tell_id(links[k].to), "to",
					name_of(b, links[k].to), "formal",
					links[k].formal, "confidence",
					links[k].confidence));
	}
	return list;
}

/* ---- visits ---- */

struct noting {
	struct read_row row;
	json_t *list;
};

static bool
take_note(void *self, const struct query_row *row)
{
	struct noting *n = self;
	uint8_t corrects[ID_BYTES];
	json_t *entry;
	size_t i;

	n->row.row = row;
	read_id(&n->row, "corrects", corrects);
	/* A correction stands in the place of what it corrects. */
	json_array_foreach(n->list, i, entry)
	{
		json_t *id = tell_id(corrects);
		bool corrected = json_equal(json_object_get(entry, "id"), id);

		json_decref(id);
		if (corrected) {
			json_array_remove(n->list, i);
			break;
		}
	}
	json_array_append_new(n->list,
		json_pack("{s:o, s:s, s:s}", "id", tell_id(row->id), "kind",
			read_text(&n->row, "kind"), "text",
			read_text(&n->row, "text")));
	return true;
}

static json_t *
notes(struct briefing *b, const struct dossier_visit *visit)
{
	const struct schema_type *type =
		schema_type(b->node->schema, TYPE_VISIT_NOTE);
	uint8_t bytes[ID_BYTES + 2];
	struct pack pack;
	struct query_filter filter = {
		.field = schema_field_named(type, "body")};
	struct query_options options = {.type = TYPE_VISIT_NOTE,
		.territories = {&b->territory, 1},
		.filters = &filter,
		.filter_count = 1,
		.order = QUERY_OLDEST};
	struct noting noting = {.row = {.node = b->node, .arena = b->arena},
		.list = json_array()};
	enum status status;

	pack_init(&pack, bytes, sizeof bytes);
	pack_bytes(&pack, visit->id, ID_BYTES);
	filter.part = schema_part_named(filter.field, "visit_id");
	filter.value = (struct pack_view){bytes, pack.size};
	status = query_rows(b->node->store, &options, take_note, &noting);
	if (status != STATUS_OK)
		b->status = status;
	return noting.list;
}

static json_t *
visit_json(struct briefing *b, const struct dossier_visit *v)
{
	json_t *contacts = json_array(), *us = json_array();

	for (size_t i = 0; i < v->contact_count; i++)
		json_array_append_new(contacts, name_of(b, v->contacts[i]));
	for (size_t i = 0; i < v->attendee_count; i++)
		json_array_append_new(
			us, json_string(tell_login(b->facts, v->attendees[i])));
	return json_pack("{s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:o}", "id",
		tell_id(v->id), "on", tell_day(v->day), "type", v->type, "goal",
		v->goal, "result", v->result, "contacts", contacts, "us", us,
		"notes", notes(b, v));
}

static json_t *
last_visits(struct briefing *b)
{
	json_t *list = json_array();
	size_t count;
	const struct dossier_visit *visits =
		dossier_visits(b->facts, b->figures->account->id, &count);

	for (size_t i = 0; i < count && json_array_size(list) < BRIEF_VISITS;
		i++)
		if (visits[i].done && visits[i].day != DAY_NONE &&
			visits[i].day <= b->as_of)
			json_array_append_new(list, visit_json(b, &visits[i]));
	return list;
}

/* ---- promises, conflicts, what is unconfirmed ---- */

static json_t *
promises(const struct briefing *b)
{
	json_t *list = json_array();
	size_t count;
	const struct due *due = due_promises(
		b->facts, b->figures->account->id, true, b->arena, &count);

	for (size_t i = 0; i < count; i++)
		json_array_append_new(
			list, tell_due(b->facts, &due[i], b->as_of));
	return list;
}

struct conflicting {
	const struct briefing *b;
	json_t *list;
};

/* Whether the record is the account or belongs to it. */
static bool
belongs(const struct briefing *b, const uint8_t *id)
{
	const uint8_t *account = b->figures->account->id;
	const struct dossier_visit *visits;
	const struct dossier_action *actions;
	size_t count;

	if (memcmp(account, id, ID_BYTES) == 0 || contact_name(b, id))
		return true;
	visits = dossier_visits(b->facts, account, &count);
	for (size_t i = 0; i < count; i++)
		if (memcmp(visits[i].id, id, ID_BYTES) == 0)
			return true;
	actions = dossier_actions(b->facts, account, &count);
	for (size_t i = 0; i < count; i++)
		if (memcmp(actions[i].id, id, ID_BYTES) == 0)
			return true;
	return false;
}

static bool
take_conflict(void *self, const struct query_conflict *conflict)
{
	struct conflicting *c = self;
	const struct schema_type *type =
		schema_type(c->b->node->schema, conflict->type);
	char field[VIEW_FIELD_SIZE], id[2 * CONFLICT_ID_BYTES + 1];

	if (conflict->record_size != ID_BYTES ||
		!belongs(c->b, conflict->record))
		return true;
	view_field_name(type, conflict->field, field);
	(void)sodium_bin2hex(id, sizeof id, conflict->id, sizeof conflict->id);
	json_array_append_new(c->list,
		json_pack("{s:s, s:s, s:o, s:s, s:b}", "id", id, "type",
			type ? type->name : "", "record",
			tell_id(conflict->record), "field", field, "undecided",
			conflict->undecided));
	return true;
}

static json_t *
conflicts(struct briefing *b)
{
	struct conflicting c = {.b = b, .list = json_array()};
	struct query_territories here = {&b->territory, 1};
	enum status status =
		query_conflicts(b->node->store, here, NULL, take_conflict, &c);

	if (status != STATUS_OK)
		b->status = status;
	return c.list;
}

static void
add_unconfirmed(const struct briefing *b, json_t *list, const char *contact,
	enum scale scale, const struct relation *r)
{
	json_t *json;

	if (!r->rating || !r->unconfirmed)
		return;
	json = tell_relation(b->facts, r);
	put(json, "contact", contact ? json_string(contact) : json_null());
	put(json, "scale", json_string(scale_code(scale)));
	json_array_append_new(list, json);
}

static json_t *
unconfirmed(const struct briefing *b)
{
	json_t *list = json_array();

	for (size_t i = 0; i < b->figures->person_count; i++) {
		const struct account_person *p = &b->figures->people[i];

		add_unconfirmed(b, list, p->contact->name, SCALE_KEY5, &p->key);
		add_unconfirmed(
			b, list, p->contact->name, SCALE_CR, &p->attitude);
	}
	add_unconfirmed(b, list, NULL, SCALE_ORG4, &b->figures->organisation);
	add_unconfirmed(b, list, NULL, SCALE_GEN4, &b->figures->general);
	return list;
}

static json_t *
intel(const struct briefing *b, bool exit_note)
{
	static const char prefix[] = "exit_";
	json_t *list = json_array();
	size_t count;
	const struct dossier_intel *all =
		dossier_intel(b->facts, b->figures->account->id, &count);

	for (size_t i = 0; i < count; i++) {
		bool is_exit = strncmp(all[i].category, prefix,
				       sizeof prefix - 1) == 0;

		if (is_exit == exit_note && !all[i].corrected &&
			(all[i].expires == DAY_NONE ||
				all[i].expires >= b->as_of) &&
			(all[i].observed == DAY_NONE ||
				all[i].observed <= b->as_of))
			json_array_append_new(list,
				json_pack("{s:o, s:s, s:s, s:o}", "id",
					tell_id(all[i].id), "category",
					all[i].category, "text", all[i].text,
					"observed_on",
					tell_day(all[i].observed)));
	}
	return list;
}

static json_t *
build(struct briefing *b)
{
	json_t *brief = tell_frame(b->facts, b->as_of);
	json_t *account = tell_account(b->facts, b->figures->account);

	tell_cadence(account, &b->figures->cadence);
	tell_visits(account, b->figures);
	tell_coverage(account, b->figures);
	tell_completeness(account, b->figures, b->as_of);
	put(account, "organisation",
		tell_relation(b->facts, &b->figures->organisation));
	put(account, "general", tell_relation(b->facts, &b->figures->general));
	put(brief, "account", account);
	put(brief, "people", people(b));
	put(brief, "chain", chain(b));
	put(brief, "visits", last_visits(b));
	put(brief, "promises", promises(b));
	put(brief, "conflicts", conflicts(b));
	put(brief, "unconfirmed", unconfirmed(b));
	put(brief, "exit_note", intel(b, true));
	put(brief, "intel", intel(b, false));
	return brief;
}

/* The territory alone that the account stands in: what is told is of it. */
static bool
read_account(struct node *node, const uint8_t *account, struct dossier *facts,
	struct problem *problem)
{
	uint8_t territory[ID_BYTES];
	struct read_scope scope = {
		.territory = territory, .account = account, .exactly = true};

	if (!node_record_territory(
		    node, TYPE_ACCOUNT, account, ID_BYTES, territory))
		return problem_set(problem, EXIT_NOT_FOUND,
			T("there is no such %s"), "account");
	return read_dossier(node, &scope, facts, problem);
}

json_t *
brief_json(struct node *node, const uint8_t *account, int32_t as_of,
	struct problem *problem)
{
	struct dossier facts = {0};
	struct arena arena = {0};
	struct account_figures figures;
	struct briefing b = {.node = node,
		.facts = &facts,
		.figures = &figures,
		.arena = &arena,
		.as_of = as_of};
	json_t *brief = NULL;

	if (read_account(node, account, &facts, problem) &&
		!facts.account_count) {
		(void)problem_set(problem, EXIT_NOT_FOUND,
			T("the account is archived, or was handed over"));
		(void)problem_hint(problem,
			T("roadbook account unarchive takes it out again"));
	} else if (facts.account_count) {
		figures = account_figures(
			&facts, &facts.accounts[0], as_of, &arena);
		b.territory =
			facts.territories[facts.accounts[0].territory].number;
		brief = build(&b);
		if (b.status != STATUS_OK) {
			json_decref(brief);
			brief = NULL;
			(void)problem_set(problem, EXIT_FAILED,
				T("%s/node.db: %s"), node->dir,
				store_sqlite_problem(node->store));
		}
	}
	arena_clear(&arena);
	dossier_clear(&facts);
	return brief;
}
