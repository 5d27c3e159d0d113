/* What is to be written of a row: the rule of import.h. */

#include <stdlib.h>
#include <string.h>

#include "client/exchange/import_inside.h"
#include "client/node/view.h"

struct deciding {
	struct territory *territory;
	struct store *store;
	const struct record *record; /* NULL: a new one */
	const struct shown *shown;
	struct import_memory *memory; /* NULL, of a new one: it has no key */
	import_skip_cb *skip;
	void *self;
	struct import_decision *out;
};

static enum operation_kind
operation_of(enum schema_kind kind)
{
	return kind == KIND_PUT     ? OPERATION_PUT
		: kind == KIND_ONCE ? OPERATION_INIT
				    : OPERATION_ADD;
}

static bool
equal(struct pack_view a, struct pack_view b)
{
	return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
}

static void
write_value(struct deciding *d, const struct import_value *v)
{
	d->out->operations[d->out->operation_count++] =
		(struct edit_operation){.field = v->field,
			.kind = operation_of(v->field->kind),
			.value = v->value};
}

static void
remember(struct deciding *d, const struct import_value *v,
	const uint8_t hash[static IMPORT_HASH_SIZE])
{
	if (import_memory_has(d->memory, v->field->number, hash))
		return;
	import_memory_put(
		d->memory, v->field->number, hash, v->field->kind != KIND_SET);
	d->out->remember = true;
}

static bool
undecided(const struct deciding *d, uint32_t field)
{
	for (uint32_t i = 0; i < d->shown->conflict_count; i++)
		if (d->shown->conflicts[i].field == field &&
			d->shown->conflicts[i].undecided)
			return true;
	return false;
}

/* ---- the past ---- */

/* When a value and the source's last word were last written. */
struct past {
	const struct import_value *value;
	const uint8_t *word; /* its hash, or NULL */
	size_t at;           /* counts entries */
	size_t value_at;     /* 0: never */
	size_t word_at;
};

static enum status
look_at(void *self, const struct history_entry *entry)
{
	struct past *past = self;
	const struct operation *o = &entry->operation;
	const struct schema_field *field = past->value->field;
	uint8_t hash[IMPORT_HASH_SIZE];

	past->at++;
	if (o->field != field->number || o->kind != operation_of(field->kind) ||
		!entry->counted)
		return STATUS_OK;
	if (equal(o->value, past->value->value))
		past->value_at = past->at;
	if (!past->word)
		return STATUS_OK;
	import_hash(hash, o->value);
	if (memcmp(hash, past->word, sizeof hash) == 0)
		past->word_at = past->at;
	return STATUS_OK;
}

/* Whether one change wrote all that lives in the record. */
static bool
one_change_lives(const struct record *record)
{
	const struct version *first = NULL;

	for (uint32_t i = 0; i < record->reg_count; i++)
		for (uint32_t k = 0; k < record->regs[i].version_count; k++) {
			const struct version *v = &record->regs[i].versions[k];

			if (!first)
				first = v;
			if (v->log != first->log || v->seq != first->seq)
				return false;
		}
	return true;
}

/*
 * Whether the value was written before, and after the source's last word as
 * far as that is known: then what replaced it is somebody's edit.
 */
static bool
was_replaced(struct deciding *d, const struct import_value *v,
	const uint8_t *word, bool *answer)
{
	struct past past = {.value = v, .word = word};
	const struct record *r = d->record;
	struct dot *dots = NULL;
	uint32_t count = 0;
	enum status status = d->store->history(d->store->self,
		territory_number(d->territory), r->type, r->id, r->id_size,
		&dots, &count);

	free(dots);
	*answer = false;
	if (status != STATUS_OK)
		return false;
	/* Written once, as a whole: what is not there never was. */
	if (count == 0 && one_change_lives(r))
		return true;
	status = territory_history(
		d->territory, r->type, r->id, r->id_size, look_at, &past);
	*answer = past.value_at > past.word_at;
	return status == STATUS_OK;
}

/* ---- fields ---- */

static bool
decide_mark(struct deciding *d, const struct import_value *v)
{
	struct unpack unpack;
	bool archived = false;
	bool shown = d->record && d->shown->archived;

	unpack_init(&unpack, v->value.bytes, v->value.size);
	if (!unpack_bool(&unpack, &archived))
		return true;
	if (archived != shown)
		write_value(d, v);
	return true;
}

static bool
decide_once(struct deciding *d, const struct import_value *v,
	struct pack_view shown, const uint8_t hash[static IMPORT_HASH_SIZE])
{
	if (shown.size && !equal(shown, v->value)) {
		d->skip(d->self, v->field);
		return true;
	}
	if (!shown.size)
		write_value(d, v);
	remember(d, v, hash);
	return true;
}

static bool
decide_put(struct deciding *d, const struct import_value *v,
	struct pack_view shown, const uint8_t hash[static IMPORT_HASH_SIZE])
{
	uint8_t shown_hash[IMPORT_HASH_SIZE];
	const uint8_t *word = import_memory_of(d->memory, v->field->number);
	bool replaced = false;

	if (equal(shown, v->value)) {
		remember(d, v, hash);
		return true;
	}
	import_hash(shown_hash, shown);
	if (!word || memcmp(word, shown_hash, sizeof shown_hash) != 0) {
		if (!was_replaced(d, v, word, &replaced))
			return false;
	}
	if (!replaced)
		write_value(d, v);
	remember(d, v, hash);
	return true;
}

static bool
decide_element(struct deciding *d, const struct import_value *v,
	const uint8_t hash[static IMPORT_HASH_SIZE])
{
	const struct reg *reg =
		record_find(d->record, v->field->number, KIND_SET, v->value);
	bool replaced = false;

	if (!reg || !reg->version_count) {
		if (!was_replaced(d, v, NULL, &replaced))
			return false;
		if (!replaced)
			write_value(d, v);
	}
	remember(d, v, hash);
	return true;
}

static bool
decide(struct deciding *d, const struct import_value *v)
{
	uint32_t field = v->field->number;
	uint8_t hash[IMPORT_HASH_SIZE];

	if (field == SCHEMA_ARCHIVED)
		return decide_mark(d, v);
	if (!d->memory) {
		write_value(d, v);
		return true;
	}
	import_hash(hash, v->value);
	if (!d->record) {
		write_value(d, v);
		remember(d, v, hash);
		return true;
	}
	if (undecided(d, field)) {
		d->skip(d->self, v->field);
		return true;
	}
	if (import_memory_has(d->memory, field, hash))
		return true;
	if (v->field->kind == KIND_SET)
		return decide_element(d, v, hash);
	if (v->field->kind == KIND_ONCE)
		return decide_once(d, v, view_value(d->record, v->field), hash);
	return decide_put(d, v, view_value(d->record, v->field), hash);
}

bool
import_decide(struct territory *territory, struct store *store,
	const struct record *record, const struct shown *shown,
	const struct import_value *values, size_t count,
	struct import_memory *memory, struct arena *arena, import_skip_cb *skip,
	void *self, struct import_decision *decision)
{
	struct deciding d = {.territory = territory,
		.store = store,
		.record = record,
		.shown = shown,
		.memory = memory,
		.skip = skip,
		.self = self,
		.out = decision};

	*decision = (struct import_decision){
		.operations = arena_take(
			arena, count * sizeof *decision->operations)};
	for (size_t i = 0; i < count; i++)
		if (!decide(&d, &values[i]))
			return false;
	return true;
}
