#include "client/method/read_row.h"

#include <string.h>

static bool
named(const struct read_row *r, const char *name, struct pack_view *value)
{
	const struct schema_type *type = r->row->type;
	const struct schema_field *field = schema_field_named(type, name);

	if (field)
		return query_row_value(r->row, field, value);
	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_part *part =
			schema_part_named(&type->fields[i], name);

		if (part)
			return query_row_part(
				r->row, &type->fields[i], part, value);
	}
	return false;
}

static bool
text_of_value(struct pack_view value, struct pack_view *text)
{
	struct unpack unpack;

	unpack_init(&unpack, value.bytes, value.size);
	return unpack_text(&unpack, SCHEMA_VALUE_MAX, text);
}

const char *
read_text(const struct read_row *r, const char *name)
{
	struct pack_view value, text;
	char *copy;

	if (!named(r, name, &value) || !text_of_value(value, &text))
		return "";
	copy = arena_take(r->arena, text.size + 1);
	if (text.size)
		memcpy(copy, text.bytes, text.size);
	return copy;
}

int32_t
read_day(const struct read_row *r, const char *name)
{
	struct pack_view value, text;

	if (!named(r, name, &value) || !text_of_value(value, &text))
		return DAY_NONE;
	return day_of_text((const char *)text.bytes, text.size);
}

int32_t
read_time_day(const struct read_row *r, const char *name)
{
	struct pack_view value;
	struct unpack unpack;
	uint32_t pairs;
	int64_t key, ms, offset;

	if (!named(r, name, &value))
		return DAY_NONE;
	unpack_init(&unpack, value.bytes, value.size);
	if (!unpack_map(&unpack, SCHEMA_PART_MAX, &pairs) || pairs < 2 ||
		!unpack_integer(&unpack, 1, 1, &key) ||
		!unpack_integer(&unpack, INT64_MIN, INT64_MAX, &ms) ||
		!unpack_integer(&unpack, 2, 2, &key) ||
		!unpack_integer(&unpack, -24 * 60, 24 * 60, &offset))
		return DAY_NONE;
	return day_of_moment(ms, (int32_t)offset);
}

int64_t
read_integer(const struct read_row *r, const char *name)
{
	struct pack_view value;
	struct unpack unpack;
	int64_t number;

	if (!named(r, name, &value))
		return 0;
	unpack_init(&unpack, value.bytes, value.size);
	return unpack_integer(&unpack, INT64_MIN, INT64_MAX, &number) ? number
								      : 0;
}

bool
read_true(const struct read_row *r, const char *name)
{
	struct pack_view value;
	struct unpack unpack;
	bool truth = false;

	if (!named(r, name, &value))
		return false;
	unpack_init(&unpack, value.bytes, value.size);
	return unpack_bool(&unpack, &truth) && truth;
}

bool
read_any(const struct read_row *r, const char *name)
{
	struct pack_view value;

	return named(r, name, &value);
}

static bool
id_of_value(struct pack_view value, uint8_t id[static ID_BYTES])
{
	struct unpack unpack;
	const uint8_t *bytes;

	unpack_init(&unpack, value.bytes, value.size);
	if (!unpack_exact(&unpack, ID_BYTES, &bytes))
		return false;
	memcpy(id, bytes, ID_BYTES);
	return true;
}

void
read_id(const struct read_row *r, const char *name, uint8_t id[static ID_BYTES])
{
	struct pack_view value;

	if (!named(r, name, &value) || !id_of_value(value, id))
		memset(id, 0, ID_BYTES);
}

struct ids {
	uint8_t (*list)[ID_BYTES];
	size_t count;
};

static void
count_element(void *self, struct pack_view element)
{
	(void)element;
	++*(size_t *)self;
}

static void
take_element(void *self, struct pack_view element)
{
	struct ids *ids = self;

	if (id_of_value(element, ids->list[ids->count]))
		ids->count++;
}

const uint8_t (*read_ids(
	const struct read_row *r, const char *name, size_t *count))[ID_BYTES]
{
	const struct schema_field *field =
		schema_field_named(r->row->type, name);
	struct ids ids = {0};
	size_t room = 0;

	query_row_elements(r->row, field, count_element, &room);
	ids.list = arena_take(r->arena, (room + 1) * sizeof *ids.list);
	query_row_elements(r->row, field, take_element, &ids);
	*count = ids.count;
	return (const uint8_t(*)[ID_BYTES])ids.list;
}

/* ---- who wrote it ---- */

static const struct merge_log *
log_of(const struct read_row *r, uint32_t number)
{
	for (uint32_t i = 0; i < r->node->territory_count; i++) {
		struct territory *t = r->node->territories[i];
		const struct merge_logs *logs;

		if (territory_number(t) != r->row->territory)
			continue;
		logs = territory_logs(t);
		return number < logs->count ? &logs->list[number] : NULL;
	}
	return NULL;
}

struct completeness_fact
read_known(const struct read_row *r, const char *name)
{
	const struct schema_field *field =
		schema_field_named(r->row->type, name);
	struct completeness_fact fact = {.kept = true, .day = DAY_NONE};
	const struct version *newest = NULL;
	const struct merge_log *log;
	const uint8_t *user = NULL;
	struct pack_view value;

	for (uint32_t i = 0; i < r->row->record->reg_count; i++) {
		const struct reg *reg = &r->row->record->regs[i];

		if (reg->field == field->number && reg->kind == field->kind &&
			reg->version_count &&
			(!newest || reg->versions[0].time > newest->time))
			newest = &reg->versions[0];
	}
	if (!newest ||
		(field->kind != KIND_SET &&
			!query_row_value(r->row, field, &value)))
		return fact;
	fact.known = true;
	fact.day = day_of_moment(newest->time, 0);
	log = log_of(r, newest->log);
	if (log)
		user = policy_device_user(r->node->policy, log->id);
	if (user)
		memcpy(fact.by, user, ID_BYTES);
	return fact;
}
