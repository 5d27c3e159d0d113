#include "client/node/hub/cutoffs.h"

#include <stdlib.h>
#include <string.h>

#include "proto/schema_roadbook.h"

static const uint8_t none[ID_BYTES];

static void
pack_part(struct pack *pack, int part, const void *bytes, size_t size)
{
	pack_integer(pack, part);
	pack_bytes(pack, bytes, size);
}

static void
draft_log(struct directory_draft *draft, const uint8_t *territory,
	const struct store_log *log)
{
	uint8_t id[ID_BYTES], bytes[256];
	struct pack pack;

	node_new_id(id);
	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, log->kept ? 5 : 4);
	pack_part(&pack, CUTOFF_TERRITORY, territory, ID_BYTES);
	pack_part(&pack, CUTOFF_DEVICE, log->id, ID_BYTES);
	pack_part(&pack, CUTOFF_GRANT, log->id + ID_BYTES, ID_BYTES);
	pack_integer(&pack, CUTOFF_LAST);
	pack_integer(&pack, log->kept);
	if (log->kept)
		pack_part(&pack, CUTOFF_SEGMENT, log->kept_name,
			SEGMENT_NAME_SIZE);
	directory_value(draft, TYPE_CUTOFF, id, CUTOFF_BODY, &pack);
}

/* The device or the grant itself; the other id is zero. */
static void
draft_ending(struct directory_draft *draft, const uint8_t *device,
	const uint8_t *grant, bool stolen, const char *reason)
{
	uint8_t id[ID_BYTES], bytes[256];
	struct pack pack;

	node_new_id(id);
	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, 4u + (stolen ? 1u : 0u) + (reason ? 1u : 0u));
	pack_part(&pack, CUTOFF_TERRITORY, none, ID_BYTES);
	pack_part(&pack, CUTOFF_DEVICE, device, ID_BYTES);
	pack_part(&pack, CUTOFF_GRANT, grant, ID_BYTES);
	pack_integer(&pack, CUTOFF_LAST);
	pack_integer(&pack, 0);
	if (stolen) {
		pack_integer(&pack, CUTOFF_STOLEN);
		pack_bool(&pack, true);
	}
	if (reason) {
		pack_integer(&pack, CUTOFF_REASON);
		pack_text(&pack, reason);
	}
	directory_value(draft, TYPE_CUTOFF, id, CUTOFF_BODY, &pack);
}

/* What of a log's name is asked for: its device or its grant. */
static enum status
draft_logs(struct node *node, struct directory_draft *draft, size_t at,
	const uint8_t *wanted)
{
	struct store *store = node->store;

	for (uint32_t i = 0; i < node->territory_count; i++) {
		struct territory *t = node->territories[i];
		struct store_log *logs = NULL;
		uint32_t count = 0;
		enum status status;

		if (t == node->directory)
			continue;
		status = store->logs(
			store->self, territory_number(t), &logs, &count);
		if (status != STATUS_OK)
			return status;
		for (uint32_t k = 0; k < count; k++) {
			if (!memcmp(logs[k].id + at, wanted, ID_BYTES))
				draft_log(draft, territory_id(t), &logs[k]);
			free(logs[k].context);
		}
		free(logs);
	}
	return STATUS_OK;
}

enum status
cutoffs_draft_device(struct node *node, struct directory_draft *draft,
	const uint8_t *device, bool stolen, const char *reason)
{
	draft_ending(draft, device, none, stolen, reason);
	return draft_logs(node, draft, 0, device);
}

enum status
cutoffs_draft_grant(
	struct node *node, struct directory_draft *draft, const uint8_t *grant)
{
	draft_ending(draft, none, grant, false, NULL);
	return draft_logs(node, draft, ID_BYTES, grant);
}
