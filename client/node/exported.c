#include "client/node/exported.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/hub/hub.h"
#include "client/node/hub/quarantine.h"
#include "client/store/query.h"
#include "proto/pack.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

enum { BODY_SIZE = 256 };

static bool
disk_failed(struct node *node, struct problem *problem)
{
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		store_sqlite_problem(node->store));
}

/* Of which something is taken out. */
struct part {
	const struct schema_type *type;
	const uint8_t *territory;
	uint64_t records;
};

bool
exported_type(const struct schema_type *type)
{
	return !type->directory && !type->made && type->number != SCHEMA_ALIAS;
}

/* `territory` NULL: that in which it stands. */
static struct pack_view
body_of(const struct exported *e, const struct part *part,
	const uint8_t *territory, uint8_t bytes[static BODY_SIZE])
{
	struct pack pack;

	pack_init(&pack, bytes, BODY_SIZE);
	pack_map(&pack, territory ? 4 : 3);
	pack_integer(&pack, EXPORTED_TYPE);
	pack_text(&pack, part->type->name);
	pack_integer(&pack, EXPORTED_RECORDS);
	pack_integer(&pack, (int64_t)part->records);
	pack_integer(&pack, EXPORTED_FORMAT);
	pack_text(&pack, e->format);
	if (territory) {
		pack_integer(&pack, EXPORTED_TERRITORY);
		pack_bytes(&pack, territory, ID_BYTES);
	}
	return (struct pack_view){bytes, pack.size};
}

static bool
write_note(struct node *node, const struct exported *e, const struct part *part,
	struct problem *problem)
{
	const struct schema_type *type =
		schema_type(node->schema, TYPE_EXPORTED);
	uint8_t bytes[BODY_SIZE];
	struct edit_operation operation = {
		.field = schema_field(type, EXPORTED_BODY),
		.kind = OPERATION_INIT,
		.value = body_of(e, part, NULL, bytes)};
	struct edit edit = {.type = type,
		.id_size = ID_BYTES,
		.is_new = true,
		.territory = part->territory,
		.operations = &operation,
		.operation_count = 1};
	struct edit_result result;

	node_new_id(edit.id);
	return node_write(node, &edit, 1, &result, problem);
}

/* Under the hub's own log, in the compartment, which is there. */
static bool
write_hub_note(struct node *node, const struct exported *e,
	const struct part *part, struct problem *problem)
{
	uint8_t id[ID_BYTES], compartment[ID_BYTES], log[LOG_BYTES] = {0};
	uint8_t bytes[BODY_SIZE];
	int64_t now = node_now_ms(), seq;
	size_t refused;
	struct write_operation operation = {.type = TYPE_EXPORTED,
		.id = id,
		.id_size = ID_BYTES,
		.field = EXPORTED_BODY,
		.kind = OPERATION_INIT,
		.value = body_of(e, part, part->territory, bytes),
		.time = -1};
	struct write write = {.log = log,
		.at = now,
		.offset = node_offset(now),
		.operations = &operation,
		.operation_count = 1,
		.ordered_by = node->ordered_by};
	struct directory_draft none = {0};
	struct territory *t;

	hub_compartment_draft(node, &none, part->territory, compartment);
	directory_clear(&none);
	t = node_territory(node, compartment, true);
	node_new_id(id);
	memcpy(log, node->device, ID_BYTES);
	return (t && territory_write(t, &write, &seq, &refused) == STATUS_OK) ||
		disk_failed(node, problem);
}

static bool
add_part(struct node *node, const struct exported *e,
	const struct schema_type *type, uint32_t number, struct part *part,
	struct problem *problem)
{
	struct query_options query = {.type = type->number,
		.territories = {&number, 1},
		.archived = e->archived,
		.moved = e->archived};

	*part = (struct part){type, node_territory_id(node, number), 0};
	if (!part->territory ||
		(e->territory &&
			memcmp(part->territory, e->territory, ID_BYTES)))
		return true;
	return query_count(node->store, &query, &part->records) == STATUS_OK ||
		disk_failed(node, problem);
}

/* One for each type and territory that has some. */
static bool
count_parts(struct node *node, const struct exported *e, struct part **parts,
	uint32_t *count, struct problem *problem)
{
	const struct schema *schema = node->schema;
	uint32_t *numbers, territories;
	bool counted = true;

	node_readable(node, &numbers, &territories);
	*parts = alloc((schema->type_count * territories + 1) * sizeof **parts);
	for (size_t k = 0; k < schema->type_count; k++) {
		const struct schema_type *type = &schema->types[k];

		if (e->type ? type != e->type : !exported_type(type))
			continue;
		for (uint32_t i = 0; counted && i < territories; i++) {
			struct part *part = &(*parts)[*count];

			counted = add_part(
				node, e, type, numbers[i], part, problem);
			*count += counted && part->records > 0;
		}
	}
	free(numbers);
	return counted;
}

/* Makes the compartments, which is a change of the directory of its own. */
static bool
prepare_hub(struct node *node, const struct exported *e,
	const struct part *parts, uint32_t count, struct problem *problem)
{
	uint8_t id[ID_BYTES];

	if (!hub_order_as(node, e->as, problem))
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!hub_compartment(node, parts[i].territory, id, problem))
			return false;
	return true;
}

static bool
write_notes(struct node *node, const struct exported *e,
	const struct part *parts, uint32_t count, struct problem *problem)
{
	bool noted = true;

	if (!node_begin(node, problem))
		return false;
	for (uint32_t i = 0; noted && i < count; i++)
		noted = (node->hub ? write_hub_note : write_note)(
			node, e, &parts[i], problem);
	if (noted)
		return node_commit(node, problem);
	node_rollback(node);
	return false;
}

bool
exported_note(
	struct node *node, const struct exported *e, struct problem *problem)
{
	struct part *parts = NULL;
	uint32_t count = 0;
	bool noted = count_parts(node, e, &parts, &count, problem) &&
		(!node->hub || prepare_hub(node, e, parts, count, problem)) &&
		write_notes(node, e, parts, count, problem);

	free(parts);
	return noted;
}
