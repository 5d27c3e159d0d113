#include "client/handover/record.h"

#include <stdlib.h>
#include <string.h>

#include "client/handover/inventory.h"
#include "client/method/brief.h"
#include "client/method/read.h"
#include "client/node/hub/quarantine.h"
#include "client/node/typed.h"
#include "proto/schema_roadbook.h"

enum { OPERATIONS_MAX = 4096 };

/* One record being put together. */
struct writing {
	struct node *node;
	const struct schema_type *type;
	struct arena arena;
	uint8_t id[ID_BYTES];
	struct write_operation operations[OPERATIONS_MAX];
	size_t count;
};

void
handover_id(const uint8_t *account, const uint8_t *from,
	uint8_t out[static ID_BYTES])
{
	uint8_t both[2 * ID_BYTES];

	memcpy(both, account, ID_BYTES);
	memcpy(both + ID_BYTES, from, ID_BYTES);
	id_derive(out, "roadbook/handover/1", both, sizeof both);
}

bool
handover_reason_valid(const char *reason, struct problem *problem)
{
	const struct schema_field *field = schema_field_named(
		schema_type(schema_roadbook(), TYPE_HANDOVER), "reason");

	if (!reason || schema_code_find(&field->codes, reason))
		return true;
	problem_set(problem, EXIT_USAGE, T("there is no reason %s"), reason);
	return problem_hint(problem,
		"--reason resigned|dismissed|retired|transfer|promotion|"
		"absence|other");
}

static void
add(struct writing *w, const char *name, struct pack_view value)
{
	const struct schema_field *field = schema_field_named(w->type, name);
	struct write_operation *o = &w->operations[w->count];

	if (w->count == OPERATIONS_MAX)
		return; /* more promises than anybody keeps: left out */
	*o = (struct write_operation){.type = TYPE_HANDOVER,
		.id = w->id,
		.id_size = ID_BYTES,
		.field = field->number,
		.kind = field->kind == KIND_ONCE  ? OPERATION_INIT
			: field->kind == KIND_SET ? OPERATION_ADD
						  : OPERATION_PUT,
		.value = value,
		.time = -1};
	w->count++;
}

static void
add_id(struct writing *w, const char *name, const uint8_t *id)
{
	uint8_t bytes[ID_BYTES + 8];
	struct pack pack;

	pack_init(&pack, bytes, sizeof bytes);
	pack_bytes(&pack, id, ID_BYTES);
	add(w, name,
		(struct pack_view){
			arena_copy(&w->arena, bytes, pack.size), pack.size});
}

/* As a person would type it; what is no such value was checked before. */
static void
add_typed(struct writing *w, const char *name, const char *text)
{
	struct problem unused;
	struct pack_view value;

	if (text && *text &&
		node_typed_value(w->node, schema_field_named(w->type, name),
			name, text, &w->arena, &value, &unused))
		add(w, name, value);
}

static void
add_day(struct writing *w, const char *name, int32_t day)
{
	char text[DAY_TEXT_SIZE];

	day_text(day, text);
	add_typed(w, name, text);
}

/* Prose, cut where it is too long, between two characters. */
static void
add_prose(struct writing *w, const char *name, char *text)
{
	size_t size = strlen(text);

	if (size > SCHEMA_PROSE_MAX) {
		size = SCHEMA_PROSE_MAX;
		while (size && ((unsigned char)text[size] & 0xc0) == 0x80)
			size--;
		text[size] = '\0';
	}
	add_typed(w, name, text);
	free(text);
}

const char *
handover_brief_field(enum brief_section section)
{
	static const char *const fields[BRIEF_SECTIONS] = {
		[BRIEF_PEOPLE] = "brief_people",
		[BRIEF_CHAIN] = "brief_chain",
		[BRIEF_LAST_VISITS] = "brief_visits",
		[BRIEF_PROMISES] = "brief_promises",
		[BRIEF_CONFLICTS] = "brief_conflicts",
		[BRIEF_UNCONFIRMED] = "brief_unconfirmed",
		[BRIEF_EXIT_NOTE] = "brief_exit_note",
	};

	return fields[section];
}

static void
add_brief(struct writing *w, const json_t *brief)
{
	for (enum brief_section s = 0; s < BRIEF_SECTIONS; s++)
		if (handover_brief_field(s))
			add_prose(w, handover_brief_field(s),
				brief_text(brief, s));
}

static void
add_facts(struct writing *w, const struct dossier *facts,
	const struct dossier_account *account, const uint8_t *from)
{
	size_t count;
	const struct dossier_contact *contacts =
		dossier_contacts(facts, account->id, &count);
	const struct dossier_action *actions;

	for (size_t i = 0; i < count; i++)
		if (inventory_key_contact(facts, &contacts[i], from))
			add_id(w, "key_contacts", contacts[i].id);
	actions = dossier_actions(facts, account->id, &count);
	for (size_t i = 0; i < count; i++)
		if (actions[i].open)
			add_id(w, "promises", actions[i].id);
}

static bool
is_written(struct territory *t, const uint8_t *id)
{
	struct record record = {0};
	struct shown shown;
	bool written = territory_record(t, TYPE_HANDOVER, id, ID_BYTES, &record,
			       &shown) == STATUS_OK &&
		record_exists(&record);

	record_clear(&record);
	return written;
}

static bool
disk_failed(struct node *node, struct problem *problem)
{
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		store_sqlite_problem(node->store));
}

static bool
put(struct writing *w, struct territory *compartment, struct problem *problem)
{
	uint8_t log[LOG_BYTES] = {0};
	int64_t now = node_now_ms(), seq;
	size_t refused;
	struct write write = {.log = log,
		.at = now,
		.offset = node_offset(now),
		.operations = w->operations,
		.operation_count = w->count,
		.ordered_by = w->node->ordered_by};

	memcpy(log, w->node->device, ID_BYTES);
	return territory_write(compartment, &write, &seq, &refused) ==
		STATUS_OK ||
		disk_failed(w->node, problem);
}

static bool
write_one(struct writing *w, const struct handover_order *order,
	const struct dossier *facts, const struct dossier_account *account,
	uint32_t *written, struct problem *problem)
{
	static const char *const checks[HANDOVER_CHECKS] = {
		"check_30_on", "check_60_on", "check_90_on"};
	const struct succession *s = order->succession;
	const uint8_t *territory = facts->territories[account->territory].id;
	const struct succession_heir *heir =
		succession_heir(w->node, s, territory);
	struct directory_draft none = {0};
	uint8_t compartment[ID_BYTES];
	struct territory *t;
	json_t *brief;

	hub_compartment_draft(w->node, &none, territory, compartment);
	directory_clear(&none); /* it is there by now */
	t = node_territory(w->node, compartment, true);
	if (!t)
		return disk_failed(w->node, problem);
	handover_id(account->id, s->user, w->id);
	if (!heir || is_written(t, w->id))
		return true;
	brief = brief_json(w->node, account->id, order->today, problem);
	if (!brief)
		return false;
	w->count = 0;
	add_id(w, "from_user_id", s->user);
	add_id(w, "to_user_id", heir->user);
	add_id(w, "handed_territory_id", territory);
	add_id(w, "account_id", account->id);
	add_typed(w, "reason", order->reason);
	add_typed(w, "status", "handed_over");
	add_day(w, "effective_on", order->today);
	for (int i = 0; i < HANDOVER_CHECKS; i++)
		add_day(w, checks[i],
			order->today + (i + 1) * HANDOVER_CHECK_DAYS);
	add_brief(w, brief);
	add_facts(w, facts, account, s->user);
	json_decref(brief);
	(*written)++;
	return put(w, t, problem);
}

bool
handover_write_all(struct node *node, const struct handover_order *order,
	uint32_t *written, struct problem *problem)
{
	struct read_scope all = {0};
	struct dossier facts = {0};
	struct writing *w = alloc(sizeof *w);
	bool done;

	w->node = node;
	w->type = schema_type(node->schema, TYPE_HANDOVER);
	done = read_dossier(node, &all, &facts, problem);
	for (size_t i = 0; done && i < facts.account_count; i++) {
		const struct dossier_account *a = &facts.accounts[i];
		const uint8_t *territory = facts.territories[a->territory].id;

		if (!succession_grant(node, order->succession, territory) ||
			!inventory_involved(&facts, a, order->succession->user))
			continue;
		done = write_one(w, order, &facts, a, written, problem);
		arena_reset(&w->arena);
	}
	arena_clear(&w->arena);
	free(w);
	dossier_clear(&facts);
	return done;
}
