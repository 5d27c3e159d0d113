/* Reads everything that is kept again, as if it came from a stranger. */

#include <stdlib.h>
#include <string.h>

#include "sync/territory_internal.h"

struct verifying {
	struct territory *territory;
	const uint8_t *company;
	segment_key_cb *key;
	void *key_self;
	territory_verify_cb *found;
	void *self;
	/* Where the log at hand stands. */
	uint32_t number;
	int64_t seq;
	uint8_t name[SEGMENT_NAME_SIZE];
};

static void
report(const struct verifying *v, const char *en, const char *zh, int64_t seq,
	const struct operation *operation)
{
	v->found(v->self, en, zh, v->territory->states[v->number].saved.id, seq,
		operation);
}

static void
verify_change(
	const struct verifying *v, const struct change *change, int64_t seq)
{
	const struct log_state *log = &v->territory->states[v->number];
	struct change_walk walk = {0};
	struct operation operation;

	if (seq > log->saved.applied)
		return;
	while (change_next_operation(change, &walk, &operation))
		if (log->rank < schema_rank(operation.field))
			report(v, "its writer's rank is too low: not counted",
				"作者权限不足：该操作不计入", seq, &operation);
}

static enum status
verify_changes(const struct verifying *v, const struct segment *segment)
{
	uint8_t *raw = alloc(segment->raw_size);
	enum status status = segment_unseal(segment, raw);
	struct change change;
	struct unpack unpack;

	if (status == STATUS_FAILED)
		alloc_failed();
	unpack_init(&unpack, raw, segment->raw_size);
	for (uint32_t i = 0; status == STATUS_OK && i < segment->count; i++) {
		status = change_decode(&change, &unpack);
		if (status == STATUS_OK)
			verify_change(v, &change, segment->first + i);
	}
	free(raw);
	if (status != STATUS_MALFORMED)
		return status;
	report(v, "a segment holds no readable changes; its log ends there",
		"数据段无法解读；该日志到此为止", segment->first, NULL);
	return STATUS_OK;
}

/* False when nothing behind this segment can be looked at. */
static bool
verify_form(const struct verifying *v, enum status status)
{
	switch (status) {
	case STATUS_OK:
		return true;
	case STATUS_ABSENT:
		report(v, "the device of a segment is not known",
			"数据段的设备未知", v->seq, NULL);
		return false;
	case STATUS_FORGED:
		report(v, "a segment's signature is wrong", "数据段签名不符",
			v->seq, NULL);
		return false;
	case STATUS_AGAIN:
	case STATUS_MALFORMED:
	case STATUS_REFUSED:
	case STATUS_FAILED:
		break;
	}
	report(v, "a segment is damaged", "数据段已损坏", v->seq, NULL);
	return false;
}

static void
verify_place(const struct verifying *v, const struct segment *segment)
{
	const struct territory *t = v->territory;
	const uint8_t *log = t->states[v->number].saved.id;

	if (memcmp(segment->territory, t->id, ID_BYTES) != 0 ||
		memcmp(segment->log, log, LOG_BYTES) != 0 ||
		segment->first != v->seq)
		report(v, "a segment stands in another's place",
			"数据段位置不符", v->seq, NULL);
	else if (!erased_in_place(t, segment))
		report(v, "a segment is not what the directory tells of it",
			"数据段与目录所记不符", v->seq, NULL);
	else if (memcmp(segment->previous, v->name, SEGMENT_NAME_SIZE) != 0)
		report(v, "a segment does not follow the one before it",
			"数据段与前一段不衔接", v->seq, NULL);
}

/* The segment at v->seq, out of bytes that are ours; goes past it. */
static enum status
verify_segment(struct verifying *v, const uint8_t *bytes, size_t size)
{
	struct segment segment;
	enum status status;

	status = segment_decode(
		&segment, bytes, size, v->company, v->key, v->key_self);
	if (!verify_form(v, status) &&
		segment_view(&segment, bytes, size) != STATUS_OK)
		return STATUS_ABSENT;
	verify_place(v, &segment);
	status = verify_changes(v, &segment);
	if (segment.first != v->seq)
		return STATUS_ABSENT;
	v->seq = segment.first + segment.count;
	memcpy(v->name, segment.name, SEGMENT_NAME_SIZE);
	return status;
}

static enum status
verify_log(struct verifying *v)
{
	struct territory *t = v->territory;
	const struct store_log *saved = &t->states[v->number].saved;
	struct store *store = t->store;
	enum status status = STATUS_OK;

	v->seq = 1;
	memset(v->name, 0, sizeof v->name);
	while (status == STATUS_OK && v->seq <= saved->kept) {
		struct pack_view bytes;
		uint8_t *copy;

		status = store->segment_read(
			store->self, t->number, v->number, v->seq, &bytes);
		if (status == STATUS_ABSENT)
			report(v, "a segment is missing", "缺少数据段", v->seq,
				NULL);
		if (status != STATUS_OK)
			break;
		/* Finding a key may ask the store for other things. */
		copy = alloc_copy(bytes.bytes, bytes.size);
		status = verify_segment(v, copy, bytes.size);
		free(copy);
	}
	if (status == STATUS_OK &&
		(v->seq != saved->kept + 1 ||
			memcmp(v->name, saved->kept_name, SEGMENT_NAME_SIZE) !=
				0))
		report(v, "a log does not end where it is said to",
			"日志结尾与记录不符", saved->kept, NULL);
	return status == STATUS_FAILED ? status : STATUS_OK;
}

enum status
territory_verify(struct territory *t, const uint8_t *company,
	segment_key_cb *key, void *key_self, territory_verify_cb *found,
	void *self)
{
	struct verifying v = {.territory = t,
		.company = company,
		.key = key,
		.key_self = key_self,
		.found = found,
		.self = self};

	logs_refresh(t);
	for (uint32_t i = 0; i < t->logs.count; i++) {
		v.number = t->order[i];
		if (verify_log(&v) != STATUS_OK)
			return STATUS_FAILED;
	}
	return STATUS_OK;
}
