#include "client/node/exported.h"

#include <stdlib.h>
#include <string.h>

#include "client/store/query.h"
#include "proto/pack.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

static bool
write_note(struct node *node, const struct exported *e,
	const uint8_t *territory, uint64_t records, struct problem *problem)
{
	const struct schema_type *type =
		schema_type(node->schema, TYPE_EXPORTED);
	struct edit_operation operation = {
		.field = schema_field(type, EXPORTED_BODY),
		.kind = OPERATION_INIT};
	struct edit edit = {.type = type,
		.id_size = ID_BYTES,
		.is_new = true,
		.territory = territory,
		.operations = &operation,
		.operation_count = 1};
	struct edit_result result;
	uint8_t bytes[256];
	struct pack pack;

	node_new_id(edit.id);
	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, 3);
	pack_integer(&pack, EXPORTED_TYPE);
	pack_text(&pack, e->type->name);
	pack_integer(&pack, EXPORTED_RECORDS);
	pack_integer(&pack, (int64_t)records);
	pack_integer(&pack, EXPORTED_FORMAT);
	pack_text(&pack, e->format);
	operation.value = (struct pack_view){bytes, pack.size};
	return node_write(node, &edit, 1, &result, problem);
}

static bool
note_one(struct node *node, const struct exported *e, uint32_t number,
	struct problem *problem)
{
	struct query_options query = {.type = e->type->number,
		.territories = {&number, 1},
		.archived = e->archived,
		.moved = e->archived};
	const uint8_t *territory = node_territory_id(node, number);
	uint64_t records = 0;

	if (!territory ||
		query_count(node->store, &query, &records) != STATUS_OK)
		return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"),
			node->dir, store_sqlite_problem(node->store));
	return !records || write_note(node, e, territory, records, problem);
}

bool
exported_note(
	struct node *node, const struct exported *e, struct problem *problem)
{
	uint32_t *numbers, count;
	bool noted = true;

	if (node->hub)
		return true;
	if (!node_begin(node, problem))
		return false;
	node_readable(node, &numbers, &count);
	for (uint32_t i = 0; noted && i < count; i++) {
		const uint8_t *id = node_territory_id(node, numbers[i]);

		if (!e->territory ||
			(id && !memcmp(id, e->territory, ID_BYTES)))
			noted = note_one(node, e, numbers[i], problem);
	}
	free(numbers);
	if (noted)
		return node_commit(node, problem);
	node_rollback(node);
	return false;
}
