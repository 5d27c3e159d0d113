#include "client/node/hub/directory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/hub/succession.h"
#include "proto/pack.h"

static void
add(struct directory_draft *draft, uint32_t type, const uint8_t *id,
	uint32_t field, enum operation_kind kind, const struct pack *value)
{
	if (draft->count == draft->room) {
		draft->room = draft->room ? draft->room * 2 : 16;
		draft->operations = alloc_again(draft->operations,
			draft->room * sizeof *draft->operations);
	}
	draft->operations[draft->count++] = (struct write_operation){
		.type = type,
		.id = arena_copy(&draft->arena, id, ID_BYTES),
		.id_size = ID_BYTES,
		.field = field,
		.kind = kind,
		.value = {arena_copy(&draft->arena, value->out, value->size),
			value->size},
		.time = -1};
}

static void
add_text(struct directory_draft *draft, uint32_t type, const uint8_t *id,
	uint32_t field, enum operation_kind kind, const char *text)
{
	uint8_t bytes[SCHEMA_TEXT_MAX + 8];
	struct pack pack;

	pack_init(&pack, bytes, sizeof bytes);
	pack_text(&pack, text);
	assert(!pack.overflow); /* names were checked where they were typed */
	add(draft, type, id, field, kind, &pack);
}

void
directory_text(struct directory_draft *draft, uint32_t type, const uint8_t *id,
	uint32_t field, const char *text)
{
	add_text(draft, type, id, field, OPERATION_PUT, text);
}

void
directory_once_text(struct directory_draft *draft, uint32_t type,
	const uint8_t *id, uint32_t field, const char *text)
{
	add_text(draft, type, id, field, OPERATION_INIT, text);
}

void
directory_bytes(struct directory_draft *draft, uint32_t type, const uint8_t *id,
	uint32_t field, const void *value, size_t size)
{
	uint8_t bytes[128];
	struct pack pack;

	pack_init(&pack, bytes, sizeof bytes);
	pack_bytes(&pack, value, size);
	add(draft, type, id, field, OPERATION_INIT, &pack);
}

void
directory_put(struct directory_draft *draft, uint32_t type, const uint8_t *id,
	uint32_t field, const struct pack *value)
{
	assert(!value->overflow);
	add(draft, type, id, field, OPERATION_PUT, value);
}

void
directory_value(struct directory_draft *draft, uint32_t type, const uint8_t *id,
	uint32_t field, const struct pack *value)
{
	assert(!value->overflow);
	add(draft, type, id, field, OPERATION_INIT, value);
}

void
directory_clear(struct directory_draft *draft)
{
	free(draft->operations);
	arena_clear(&draft->arena);
	*draft = (struct directory_draft){0};
}

static enum status
write_change(struct node *node, struct directory_draft *draft)
{
	uint8_t log[LOG_BYTES] = {0};
	int64_t now = node_now_ms(), seq;
	size_t refused;
	struct write write = {.log = log,
		.at = now,
		.offset = node_offset(now),
		.operations = draft->operations,
		.operation_count = draft->count,
		.ordered_by = node->ordered_by};

	if (!draft->count)
		return STATUS_OK;
	memcpy(log, node->device, ID_BYTES);
	return territory_write(node->directory, &write, &seq, &refused);
}

/* What is written in the same transaction. */
struct together {
	const struct invitation *made, *redeemed;
	const uint8_t *sign_key; /* of who redeemed it */
	directory_also *also;
	enum status (*seal)(struct node *node);
	void *self;
};

static bool
write_all(struct node *node, struct directory_draft *draft,
	const struct together *with, struct problem *problem)
{
	enum status status;

	if (!hub_in_office(node, problem) || !node_begin(node, problem)) {
		directory_clear(draft);
		return false;
	}
	status = with->seal ? with->seal(node) : STATUS_OK;
	if (status == STATUS_OK)
		status = write_change(node, draft);
	if (status == STATUS_OK && draft->count)
		status = node_directory_changed(node);
	if (status == STATUS_OK && with->made)
		status = invitation_add(node, with->made);
	if (status == STATUS_OK && with->redeemed)
		status = invitation_redeem(
			node, with->redeemed->id, with->sign_key);
	directory_clear(draft);
	if (status == STATUS_OK && with->also &&
		!with->also(with->self, problem)) {
		node_rollback(node);
		return false;
	}
	if (status == STATUS_OK && with->seal)
		status = with->seal(node);
	if (status == STATUS_OK)
		return node_commit(node, problem);
	problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		status == STATUS_FAILED ? store_sqlite_problem(node->store)
					: status_text(status));
	node_rollback(node);
	return false;
}

bool
directory_write(struct node *node, struct directory_draft *draft,
	struct problem *problem)
{
	return write_all(node, draft, &(struct together){0}, problem);
}

bool
directory_write_also(struct node *node, struct directory_draft *draft,
	directory_also *also, enum status (*seal)(struct node *node),
	void *self, struct problem *problem)
{
	struct together with = {.also = also, .seal = seal, .self = self};

	return write_all(node, draft, &with, problem);
}

bool
directory_write_with(struct node *node, struct directory_draft *draft,
	const struct invitation *invitation, struct problem *problem)
{
	struct together with = {.made = invitation};

	return write_all(node, draft, &with, problem);
}

bool
directory_write_redeemed(struct node *node, struct directory_draft *draft,
	const struct invitation *invitation, const uint8_t *sign_key,
	struct problem *problem)
{
	struct together with = {.redeemed = invitation, .sign_key = sign_key};

	return write_all(node, draft, &with, problem);
}
