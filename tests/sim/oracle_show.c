#include "tests/sim/oracle_parts.h"

#include <string.h>

/* Step 5: the order of R5. */

static bool
is_true(struct pack_view value)
{
	return value.size == 1 && value.bytes[0] == 0xc3;
}

static bool
is_false(struct pack_view value)
{
	return value.size == 1 && value.bytes[0] == 0xc2;
}

/* MERGE 1: a boolean put field with one number in every type. */
static bool
is_mark(uint32_t type, uint32_t field, enum schema_kind kind)
{
	return kind == KIND_PUT &&
		(field == SCHEMA_ARCHIVED || field == SCHEMA_MOVED ||
			(field == SCHEMA_JOINED && type == SCHEMA_ALIAS));
}

/* The field, if the schema has it as this kind (R17); else NULL. */
static const struct schema_field *
declared(const struct oracle *oracle, uint32_t type, uint32_t field,
	enum schema_kind kind)
{
	const struct schema_type *known = schema_type(oracle->schema, type);
	const struct schema_field *found =
		known ? schema_field(known, field) : NULL;

	return found && found->kind == kind ? found : NULL;
}

/* R5: the declared rank of a value; what is unknown is below all known. */
static int64_t
declared_rank(const struct schema_field *field, struct pack_view value)
{
	struct unpack unpack;
	struct pack_view text;

	if (field->form == FORM_BOOL && value.size == 1 &&
		(value.bytes[0] == 0xc2 || value.bytes[0] == 0xc3))
		return value.bytes[0] == 0xc3;
	unpack_init(&unpack, value.bytes, value.size);
	if (field->form == FORM_BOOL ||
		!unpack_text(&unpack, SCHEMA_VALUE_MAX, &text))
		return -1;
	for (size_t i = 0; i < field->codes.count; i++) {
		const char *code = field->codes.list[i].code;

		if (oracle_compare_bytes(text.bytes, text.size,
			    (const uint8_t *)code, strlen(code)) == 0)
			return (int64_t)i;
	}
	return -1;
}

/* (time, log, seq): total, since a dot comes once (R6). */
static int
compare_times(const struct write *a, const struct write *b)
{
	int order =
		oracle_compare_numbers(a->operation->time, b->operation->time);

	if (order == 0)
		order = memcmp(a->change->log, b->change->log, LOG_BYTES);
	if (order == 0)
		order = oracle_compare_numbers(a->change->seq, b->change->seq);
	return order;
}

/* Whether `a` stands before `b`, two live versions of one register. */
static bool
stands_before(const struct oracle *oracle, const struct write *a,
	const struct write *b)
{
	uint32_t type = a->operation->type, number = a->operation->field;
	const struct schema_field *field =
		declared(oracle, type, number, a->kind);
	int order = 0;

	if (a->kind == KIND_ONCE)
		return compare_times(a, b) < 0;
	if (is_mark(type, number, a->kind))
		order = is_false(a->operation->value) -
			is_false(b->operation->value);
	else if (a->kind == KIND_PUT && field && field->order == ORDER_HIGHEST)
		order = oracle_compare_numbers(
			declared_rank(field, a->operation->value),
			declared_rank(field, b->operation->value));
	else if (a->kind == KIND_PUT && field && field->order == ORDER_SENIOR)
		order = oracle_compare_numbers(
			a->log->is.rank, b->log->is.rank);
	if (order == 0)
		order = compare_times(a, b);
	return order > 0;
}

void
oracle_show_register(struct oracle *oracle, struct oracle_register *reg,
	const struct write *writes, size_t count)
{
	struct oracle_version *versions =
		oracle_take(&oracle->derived, count * sizeof *versions);

	*reg = (struct oracle_register){
		.field = writes->operation->field,
		.kind = writes->kind,
		.versions = versions,
	};
	if (reg->kind == KIND_SET)
		reg->element = writes->operation->value;
	for (size_t i = 0; i < count; i++) {
		const struct operation *operation = writes[i].operation;
		size_t place = 0; /* as many as stand before it */

		if (!oracle_is_live(&writes[i]))
			continue;
		for (size_t j = 0; j < count; j++)
			if (j != i && oracle_is_live(&writes[j]) &&
				stands_before(oracle, &writes[j], &writes[i]))
				place++;
		versions[place] = (struct oracle_version){
			.log = writes[i].change->log,
			.seq = writes[i].change->seq,
			.time = operation->time,
			.value = operation->value,
		};
		reg->version_count++;
	}
}

/* Step 6: marks and the inbox. */

static const struct oracle_register *
mark(const struct oracle_record *record, uint32_t field)
{
	for (size_t i = 0; i < record->register_count; i++)
		if (record->registers[i].field == field &&
			record->registers[i].kind == KIND_PUT)
			return &record->registers[i];
	return NULL;
}

static bool
shows_true(const struct oracle_register *reg)
{
	return reg && is_true(reg->versions[0].value);
}

static size_t
count_live_true(const struct oracle_register *reg)
{
	size_t count = 0;

	for (size_t i = 0; i < reg->version_count; i++)
		if (is_true(reg->versions[i].value))
			count++;
	return count;
}

static const struct oracle_change *
find_change(const struct oracle *oracle, const uint8_t *log, int64_t seq)
{
	return oracle_find_log(oracle, log)->changes[seq - 1];
}

/* R12: covered by some live `true`, or written in the same change. */
static bool
seen_by_a_true(const struct oracle *oracle, const struct oracle_register *reg,
	const struct oracle_version *version)
{
	for (size_t i = 0; i < reg->version_count; i++) {
		const struct oracle_version *by = &reg->versions[i];

		if (!is_true(by->value))
			continue;
		if (by->seq == version->seq &&
			memcmp(by->log, version->log, LOG_BYTES) == 0)
			return true;
		if (oracle_covers(find_change(oracle, by->log, by->seq),
			    version->log, version->seq))
			return true;
	}
	return false;
}

/* A list of versions that no live `true` of `mark` has seen. */
struct unseen_list {
	const struct oracle *oracle;
	const struct oracle_register *mark;
	struct oracle_unseen *list; /* room for all live versions there are */
	size_t count;
};

static int
compare_unseen(const struct oracle_unseen *a, const struct oracle_unseen *b)
{
	int order = memcmp(a->log, b->log, LOG_BYTES);

	if (order == 0)
		order = oracle_compare_numbers(a->seq, b->seq);
	if (order == 0)
		order = oracle_compare_numbers(a->type, b->type);
	if (order == 0)
		order = oracle_compare_bytes(
			a->id, a->id_size, b->id, b->id_size);
	if (order == 0)
		order = oracle_compare_numbers(a->field, b->field);
	return order;
}

/* Notes it in its place, once, if no live `true` has seen it. */
static void
note_unseen(struct unseen_list *unseen, const struct oracle_record *record,
	const struct oracle_register *reg, const struct oracle_version *version)
{
	const struct oracle_unseen entry = {
		.log = version->log,
		.seq = version->seq,
		.type = record->type,
		.id = record->id,
		.id_size = record->id_size,
		.field = reg->field,
	};
	size_t at = 0;

	if (seen_by_a_true(unseen->oracle, unseen->mark, version))
		return;
	while (at < unseen->count &&
		compare_unseen(&unseen->list[at], &entry) < 0)
		at++;
	if (at < unseen->count &&
		compare_unseen(&unseen->list[at], &entry) == 0)
		return;
	memmove(&unseen->list[at + 1], &unseen->list[at],
		(unseen->count++ - at) * sizeof entry);
	unseen->list[at] = entry;
}

/* Every live version of the record's registers other than marks. */
static void
note_row(struct unseen_list *unseen, const struct oracle_record *record)
{
	for (size_t i = 0; i < record->register_count; i++) {
		const struct oracle_register *reg = &record->registers[i];

		if (is_mark(record->type, reg->field, reg->kind))
			continue;
		for (size_t j = 0; j < reg->version_count; j++)
			note_unseen(unseen, record, reg, &reg->versions[j]);
	}
}

static struct unseen_list
unseen_list(struct oracle *oracle, const struct oracle_register *reg)
{
	return (struct unseen_list){
		.oracle = oracle,
		.mark = reg,
		.list = oracle_take(&oracle->derived,
			(oracle->write_count + 1) *
				sizeof(struct oracle_unseen)),
	};
}

/* R12, the record's children left aside. */
static bool
archived_alone(struct oracle *oracle, const struct oracle_record *record)
{
	const struct oracle_register *reg = mark(record, SCHEMA_ARCHIVED);
	struct unseen_list unseen;

	if (!shows_true(reg))
		return false;
	unseen = unseen_list(oracle, reg);
	note_row(&unseen, record);
	return unseen.count == 0;
}

/* Whether a value is a reference to the record: its id as bytes. */
static bool
refers_to(struct pack_view value, const struct oracle_record *record)
{
	struct unpack unpack;
	struct pack_view id;

	unpack_init(&unpack, value.bytes, value.size);
	return unpack_bytes(&unpack, RECORD_ID_MAX, &id) &&
		oracle_compare_bytes(
			id.bytes, id.size, record->id, record->id_size) == 0;
}

/* R12: the live shown references of `child` to its parent `record`. */
static void
note_references(struct oracle *oracle, struct unseen_list *unseen,
	const struct oracle_record *record, const struct oracle_record *child)
{
	for (size_t i = 0; i < child->register_count; i++) {
		const struct oracle_register *reg = &child->registers[i];
		const struct schema_field *field =
			declared(oracle, child->type, reg->field, reg->kind);

		if (!field || !field->parent || field->refers != record->type ||
			!refers_to(reg->versions[0].value, record))
			continue;
		for (size_t j = 0; j < reg->version_count; j++)
			if (refers_to(reg->versions[j].value, record))
				note_unseen(
					unseen, child, reg, &reg->versions[j]);
	}
}

static void
note_children(struct oracle *oracle, struct unseen_list *unseen,
	const struct oracle_record *record)
{
	for (size_t i = 0; i < oracle->view.record_count; i++) {
		const struct oracle_record *child = &oracle->view.records[i];

		if (child != record && !archived_alone(oracle, child))
			note_references(oracle, unseen, record, child);
	}
}

/* R18: the row of the greater of the two ids, which comes second. */
static void
note_greater_row(struct oracle *oracle, struct unseen_list *unseen,
	const struct oracle_record *alias)
{
	const struct schema_type *account =
		schema_type_named(oracle->schema, "account");
	const struct oracle_record *row;

	if (!account || alias->id_size != RECORD_ID_MAX)
		return;
	row = oracle_record(
		&oracle->view, account->number, alias->id + ID_BYTES, ID_BYTES);
	if (row)
		note_row(unseen, row);
}

/* R10 */
static bool
holds_two_values(const struct oracle_register *reg)
{
	for (size_t i = 1; i < reg->version_count; i++)
		if (oracle_compare_views(reg->versions[0].value,
			    reg->versions[i].value) != 0)
			return true;
	return false;
}

/* R12, R18, R19: what a mark shows, and whether the inbox tells of it. */
static void
show_mark(struct oracle *oracle, struct oracle_record *record,
	const struct oracle_register *reg, struct oracle_entry *entry)
{
	struct unseen_list unseen = unseen_list(oracle, reg);
	bool shown = shows_true(reg);
	size_t live_true = count_live_true(reg);

	if (live_true == 0)
		return;
	if (reg->field == SCHEMA_ARCHIVED) {
		note_row(&unseen, record);
		note_children(oracle, &unseen, record);
		record->archived = shown && unseen.count == 0;
		entry->mark = !record->archived;
	} else if (reg->field == SCHEMA_MOVED) {
		note_row(&unseen, record);
		record->moved = shown;
		entry->mark = unseen.count > 0;
		entry->two_movers = live_true > 1;
	} else {
		note_greater_row(oracle, &unseen, record);
		record->joined = shown;
		entry->mark = unseen.count > 0;
	}
	if (entry->mark) {
		entry->unseen = unseen.list;
		entry->unseen_count = unseen.count;
	}
}

void
oracle_show_record(struct oracle *oracle, struct oracle_record *record)
{
	struct oracle_entry *inbox = oracle_take(
		&oracle->derived, record->register_count * sizeof *inbox);

	record->inbox = inbox;
	for (size_t i = 0; i < record->register_count; i++) {
		const struct oracle_register *reg = &record->registers[i];
		const struct schema_field *field =
			declared(oracle, record->type, reg->field, reg->kind);
		bool is_a_mark = is_mark(record->type, reg->field, reg->kind);
		struct oracle_entry entry = {
			.field = reg->field, .kind = reg->kind};

		if (is_a_mark)
			show_mark(oracle, record, reg, &entry);
		entry.siblings = reg->kind != KIND_SET &&
			(field || is_a_mark) && holds_two_values(reg);
		entry.undecided = entry.siblings && reg->kind == KIND_PUT &&
			field && field->order == ORDER_ASK;
		if (entry.siblings || entry.mark || entry.two_movers)
			inbox[record->inbox_count++] = entry;
	}
}
