#include <stdlib.h>
#include <string.h>

#include "client/node/inbox.h"
#include "client/node/inbox_inside.h"
#include "client/node/shown.h"
#include "client/node/typed.h"
#include "sync/alloc.h"

/* What a resolve writes: an edit of one operation. */
struct resolving {
	struct node *node;
	int pick;
	const char *typed;
	struct arena arena;
	uint32_t found;
	/* Of the entry, copied: a record is loaded for the walk only. */
	const struct schema_type *type;
	uint8_t id[RECORD_ID_MAX];
	size_t id_size;
	uint8_t territory[ID_BYTES];
	struct edit_operation operation;
	uint32_t choices;
	struct pack_view picked;
};

static bool
take_entry(void *self, const struct inbox_entry *entry)
{
	struct resolving *r = self;
	const struct record *record = entry->record;
	const struct reg *reg = inbox_register(entry);

	if (r->found++ || !reg)
		return true;
	r->type = schema_type(r->node->schema, record->type);
	r->id_size = record->id_size;
	memcpy(r->id, record->id, record->id_size);
	memcpy(r->territory, territory_id(entry->territory), ID_BYTES);
	r->choices = reg->version_count;
	r->operation.field = r->type ? schema_field(r->type, reg->field) : NULL;
	r->operation.kind =
		reg->kind == KIND_ONCE ? OPERATION_INIT : OPERATION_PUT;
	if (r->pick >= 1 && (uint32_t)r->pick <= reg->version_count) {
		struct pack_view value = reg->versions[r->pick - 1].value;

		r->picked = (struct pack_view){
			arena_copy(&r->arena, value.bytes, value.size),
			value.size};
	}
	return true;
}

static bool
typed_value(struct resolving *r, struct problem *problem)
{
	static const uint8_t nil[] = {0xc0};
	const struct schema_field *field = r->operation.field;

	if (*r->typed)
		return node_typed_value(r->node, field, "--value", r->typed,
			&r->arena, &r->operation.value, problem);
	if (r->operation.kind == OPERATION_INIT)
		return problem_set(problem, EXIT_USAGE,
			T("%s cannot be cleared: its first value stands"),
			text_pick(field->en, field->zh));
	r->operation.value = (struct pack_view){nil, sizeof nil};
	return true;
}

static bool
choose(struct resolving *r, const char *id, struct problem *problem)
{
	if (r->found != 1) {
		problem_set(problem, EXIT_AMBIGUOUS,
			r->found ? T("several conflicts begin with %s")
				 : T("%s is not in the inbox (any more)"),
			id);
		return problem_hint(
			problem, T("roadbook conflicts lists what is open"));
	}
	if (!r->operation.field) {
		problem_set(problem, EXIT_FAILED,
			T("a newer Roadbook wrote this field, and this one "
			  "does not know it"));
		return problem_hint(
			problem, T("upgrade this device, then resolve it"));
	}
	if (!r->pick)
		return typed_value(r, problem);
	if (r->pick < 1 || (uint32_t)r->pick > r->choices)
		return problem_set(problem, EXIT_USAGE,
			T("--pick takes a number from 1 to %u"),
			(unsigned)r->choices);
	r->operation.value = r->picked;
	return true;
}

/* What came in since it was shown; nothing without `shown`. */
static bool
take_unseen(struct resolving *r, const char *shown,
	struct unseen_range **ranges, uint32_t *count, struct problem *problem)
{
	if (!shown || shown_unseen(r->node, shown, r->territory, ranges, count))
		return true;
	problem_set(problem, EXIT_USAGE,
		T("it is not clear which state this was decided on"));
	return problem_hint(problem, T("look at it again, then decide"));
}

bool
node_resolve(struct node *node, const char *id, int pick, const char *value,
	const char *shown, struct problem *problem)
{
	struct resolving r = {.node = node, .pick = pick, .typed = value};
	struct unseen_range *unseen = NULL;
	uint32_t unseen_count = 0;
	struct edit_result result;
	bool resolved;

	if (!inbox_each(node, id, take_entry, &r)) {
		arena_clear(&r.arena);
		return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"),
			node->dir, store_sqlite_problem(node->store));
	}
	resolved = choose(&r, id, problem) &&
		take_unseen(&r, shown, &unseen, &unseen_count, problem) &&
		node_begin(node, problem);
	if (resolved) {
		struct edit edit = {.type = r.type,
			.id_size = r.id_size,
			.territory = r.territory,
			.operations = &r.operation,
			.operation_count = 1,
			.unseen = unseen,
			.unseen_count = unseen_count};

		memcpy(edit.id, r.id, r.id_size);
		resolved = node_write(node, &edit, 1, &result, problem);
		if (!resolved)
			node_rollback(node);
		else
			resolved = node_commit(node, problem);
	}
	free(unseen);
	arena_clear(&r.arena);
	return resolved;
}
