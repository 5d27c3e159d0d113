#include "client/node/hub/erase_find.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/keys.h"
#include "client/node/late_gather.h"
#include "proto/erase.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"
#include "sync/erasures.h"
#include "sync/unsealed.h"

/* Shorter ones stand in every other word. */
enum { WORD_MIN = 4 };

struct finding {
	struct node *node;
	const struct erase_options *options;
	struct erase_found *found;
	struct territory *at; /* that is being read */
	struct late_gather gather;
	struct word {
		uint8_t *bytes;
		size_t size;
	} * words; /* of the person */
	size_t word_count;
	struct erase_record first; /* that goes, of the segment at hand */
	bool everywhere;           /* whatever the options say */
};

/* ---- lists ---- */

static bool
same_record(const struct erase_record *a, uint32_t type, const uint8_t *id,
	size_t id_size)
{
	return a->type == type && a->id_size == id_size &&
		memcmp(a->id, id, id_size) == 0;
}

static bool
is_listed(const struct erase_found *found, uint32_t type, const uint8_t *id,
	size_t id_size)
{
	for (size_t i = 0; i < found->record_count; i++)
		if (same_record(&found->records[i], type, id, id_size))
			return true;
	return false;
}

void
erase_found_add(struct erase_found *found, uint32_t type, const uint8_t *id,
	size_t id_size, const uint8_t *about)
{
	struct erase_record *record;

	if (is_listed(found, type, id, id_size))
		return;
	found->records = alloc_again(found->records,
		(found->record_count + 1) * sizeof *found->records);
	record = &found->records[found->record_count++];
	*record = (struct erase_record){.type = type, .id_size = id_size};
	memcpy(record->id, id, id_size);
	if (about)
		memcpy(record->about, about, ID_BYTES);
}

static void
add_place(struct erase_place **list, size_t *count, const uint8_t *territory,
	uint32_t type, const uint8_t *id, size_t id_size)
{
	struct erase_place *place;

	for (size_t i = 0; i < *count; i++)
		if (!memcmp((*list)[i].territory, territory, ID_BYTES) &&
			same_record(&(*list)[i].record, type, id, id_size))
			return;
	*list = alloc_again(*list, (*count + 1) * sizeof **list);
	place = &(*list)[(*count)++];
	*place = (struct erase_place){
		.record = {.type = type, .id_size = id_size}};
	memcpy(place->territory, territory, ID_BYTES);
	memcpy(place->record.id, id, id_size);
}

void
erase_found_clear(struct erase_found *found)
{
	for (size_t i = 0; i < found->segment_count; i++)
		free(found->segments[i].bytes);
	free(found->records);
	free(found->places);
	free(found->copies);
	free(found->segments);
	free(found->mentions);
	memset(found, 0, sizeof *found);
}

/* ---- what is a person's own ---- */

static bool
refers_to_contact(const struct schema_field *field)
{
	if (field->form == FORM_REF)
		return field->required && field->refers == TYPE_CONTACT;
	return false;
}

/* The part of a rating's body that names the contact it rates. */
static const struct schema_part *
rated(const struct schema_type *type, const struct schema_field *field)
{
	return type->number == TYPE_RELATIONSHIP_RATING &&
			field->form == FORM_TUPLE
		? schema_part_named(field, "contact_id")
		: NULL;
}

bool
erase_is_own_type(const struct schema *schema, uint32_t number)
{
	const struct schema_type *type = schema_type(schema, number);

	if (number == TYPE_CONTACT)
		return true;
	for (uint32_t i = 0; type && i < type->field_count; i++)
		if (refers_to_contact(&type->fields[i]) ||
			rated(type, &type->fields[i]))
			return true;
	return false;
}

/* The contact that this operation makes the record be about, or NULL. */
static const uint8_t *
contact_of(const struct schema *schema, const struct operation *operation)
{
	const struct schema_type *type = schema_type(schema, operation->type);
	const struct schema_field *field =
		type ? schema_field(type, operation->field) : NULL;
	const struct schema_part *part;
	const uint8_t *id = NULL;
	struct unpack value;
	uint32_t pairs;

	if (!field)
		return NULL;
	unpack_init(&value, operation->value.bytes, operation->value.size);
	if (refers_to_contact(field))
		return unpack_exact(&value, ID_BYTES, &id) ? id : NULL;
	part = rated(type, field);
	if (!part || !unpack_map(&value, SCHEMA_PART_MAX, &pairs))
		return NULL;
	for (; pairs > 0; pairs--) {
		struct pack_view skipped;
		int64_t number;

		if (!unpack_integer(&value, 1, 255, &number))
			return NULL;
		if (number == part->number)
			return unpack_exact(&value, ID_BYTES, &id) ? id : NULL;
		if (!unpack_value(&value, &skipped))
			return NULL;
	}
	return NULL;
}

/* Listed, or marked in the territory at hand. */
static bool
is_erased(const struct finding *f, uint32_t type, const uint8_t *id,
	size_t id_size)
{
	return is_listed(f->found, type, id, id_size) ||
		(f->options->marked &&
			erasures_mark(policy_erasures(f->node->policy),
				territory_id(f->at), type, id, id_size));
}

/* ---- the person's words ---- */

static void
add_word(struct finding *f, struct pack_view text)
{
	if (text.size < WORD_MIN)
		return;
	for (size_t i = 0; i < f->word_count; i++)
		if (f->words[i].size == text.size &&
			!memcmp(f->words[i].bytes, text.bytes, text.size))
			return;
	f->words =
		alloc_again(f->words, (f->word_count + 1) * sizeof *f->words);
	f->words[f->word_count++] =
		(struct word){alloc_copy(text.bytes, text.size), text.size};
}

/* Names, numbers and addresses: what a colleague would write, too. */
static void
take_words(struct finding *f, const struct operation *operation)
{
	static const char *const fields[] = {"name", "phones", "mobiles",
		"emails", "wechat", "primary_phone"};
	const struct schema_type *type =
		schema_type(f->node->schema, operation->type);
	const struct schema_field *field =
		type ? schema_field(type, operation->field) : NULL;
	struct pack_view text;
	struct unpack value;
	uint32_t pairs;
	int64_t part;
	bool names = false;

	if (operation->type != TYPE_CONTACT || !field || !f->options->words)
		return;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		names = names || strcmp(field->name, fields[i]) == 0;
	if (!names)
		return;
	unpack_init(&value, operation->value.bytes, operation->value.size);
	if (field->form != FORM_TUPLE) {
		if (unpack_text(&value, SCHEMA_PROSE_MAX, &text))
			add_word(f, text);
		return;
	}
	/* The first part is the number or address. */
	if (unpack_map(&value, SCHEMA_PART_MAX, &pairs) && pairs &&
		unpack_integer(&value, 1, 1, &part) &&
		unpack_text(&value, SCHEMA_PROSE_MAX, &text))
		add_word(f, text);
}

static bool
speaks(const struct finding *f, struct pack_view value)
{
	for (size_t i = 0; i < f->word_count; i++)
		if (memmem(value.bytes, value.size, f->words[i].bytes,
			    f->words[i].size))
			return true;
	return false;
}

/* ---- reading ---- */

typedef enum status change_cb(struct finding *f, const struct change *change);

/* What cannot be read was signed so by a buggy device: nothing shows of it. */
static enum status
each_change(struct finding *f, const struct segment *segment, change_cb *found)
{
	uint8_t *raw = unsealed(segment);
	enum status status = STATUS_OK;
	struct unpack unpack;
	struct change change;

	if (!raw)
		return STATUS_OK;
	unpack_init(&unpack, raw, segment->raw_size);
	for (uint32_t i = 0; status == STATUS_OK && i < segment->count &&
		change_decode(&change, &unpack) == STATUS_OK;
		i++)
		status = found(f, &change);
	free(raw);
	return status;
}

static int64_t
from(void *self, const uint8_t *log)
{
	const struct finding *f = self;

	return f->options->from && !f->everywhere
		? f->options->from(f->options->self, territory_id(f->at), log)
		: 1;
}

static enum status
each_segment(struct finding *f, territory_segment_cb *found)
{
	struct node *node = f->node;
	enum status status = STATUS_OK;

	for (uint32_t i = 0; status == STATUS_OK && i < node->territory_count;
		i++) {
		f->at = node->territories[i];
		if (f->at != node->directory &&
			(!f->options->territory || f->everywhere ||
				!memcmp(territory_id(f->at),
					f->options->territory, ID_BYTES)))
			status = territory_segments(f->at, from, found, f);
	}
	return status;
}

/* The records that are about the person, and their words. */
static void
gather_change(struct finding *f, const struct change *change)
{
	struct change_walk walk = {0};
	struct operation o;

	while (change_next_operation(change, &walk, &o)) {
		const uint8_t *contact = contact_of(f->node->schema, &o);

		if (contact && is_erased(f, TYPE_CONTACT, contact, ID_BYTES))
			erase_found_add(
				f->found, o.type, o.id, o.id_size, contact);
		if (is_erased(f, o.type, o.id, o.id_size))
			take_words(f, &o);
		if (o.type == TYPE_QUARANTINE && o.field == QUARANTINE_BODY)
			late_gather_piece(
				&f->gather, o.id, territory_id(f->at), o.value);
	}
}

static enum status
gather_one(struct finding *f, const struct change *change)
{
	gather_change(f, change);
	return STATUS_OK;
}

static enum status
gather_segment(void *self, const struct segment *segment)
{
	return each_change(self, segment, gather_one);
}

/*
 * A change that came too late was written down in the `management` compartment
 * as it is. The hub writes it down again, as it reads by then.
 */
static void
find_copies(struct finding *f)
{
	struct late_list list;

	late_gather_list(&f->gather, &list);
	for (size_t i = 0; i < list.count; i++) {
		const struct late *late = &list.list[i];
		struct change_walk walk = {0};
		struct operation o;
		struct unpack unpack;
		struct change change;
		bool speaks_of = false;

		unpack_init(&unpack, late->bytes, late->bytes ? late->size : 0);
		f->at = node_territory(f->node, late->territory, false);
		if (!f->at || !late->bytes ||
			change_decode(&change, &unpack) != STATUS_OK)
			continue;
		gather_change(f, &change);
		while (change_next_operation(&change, &walk, &o))
			speaks_of = speaks_of ||
				is_erased(f, o.type, o.id, o.id_size);
		for (size_t p = 0; speaks_of && p < f->gather.piece_count;
			p++) {
			const struct late *piece = &f->gather.pieces[p].late;

			if (piece->seq == late->seq &&
				!memcmp(piece->log, late->log, LOG_BYTES) &&
				!memcmp(piece->territory, late->territory,
					ID_BYTES))
				add_place(&f->found->copies,
					&f->found->copy_count,
					piece->compartment, TYPE_QUARANTINE,
					piece->id, ID_BYTES);
		}
	}
	late_clear(&list);
}

static bool
goes(void *self, uint32_t type, const uint8_t *id, size_t id_size)
{
	struct finding *f = self;

	if (is_erased(f, type, id, id_size))
		return true;
	for (size_t i = 0; i < f->found->copy_count; i++) {
		const struct erase_place *copy = &f->found->copies[i];

		if (same_record(&copy->record, type, id, id_size) &&
			!memcmp(copy->territory, territory_id(f->at), ID_BYTES))
			return true;
	}
	return false;
}

/* Whether the segment at hand has something that goes; what it speaks of. */
static bool
look(struct finding *f, const struct change *change)
{
	struct erase_found *found = f->found;
	const uint8_t *territory = territory_id(f->at);
	struct change_walk walk = {0};
	struct operation o;
	bool any = false;

	while (change_next_operation(change, &walk, &o)) {
		if (is_erased(f, o.type, o.id, o.id_size)) {
			add_place(&found->places, &found->place_count,
				territory, o.type, o.id, o.id_size);
			f->first = (struct erase_record){
				.type = o.type, .id_size = o.id_size};
			memcpy(f->first.id, o.id, o.id_size);
			any = true;
		} else if (goes(f, o.type, o.id, o.id_size)) {
			any = true;
		} else if (speaks(f, o.value)) {
			add_place(&found->mentions, &found->mention_count,
				territory, o.type, o.id, o.id_size);
		}
	}
	return any;
}

/*
 * Whether it is an erasure that was replaced by another one, which was lost
 * with the hub that made it (sync/erased.c): nothing that goes may be in it.
 */
static bool
is_stale(const struct finding *f, const struct segment *segment)
{
	const struct replacement *told = erasures_of(
		policy_erasures(f->node->policy), segment->territory,
		segment->log, segment->first, segment->name);

	return f->options->marked && segment->kind == SEGMENT_ERASURE && told &&
		memcmp(told->name, segment->own_name, SEGMENT_NAME_SIZE) != 0;
}

static void
seal_erasure(struct finding *f, const struct segment *segment,
	const struct pack *left, bool again)
{
	struct erase_found *found = f->found;
	struct segment_draft draft = {.company = f->node->company,
		.secret = f->node->keys->sign_secret,
		.territory = segment->territory,
		.log = segment->log,
		.first = segment->first,
		.count = segment->count,
		.previous = segment->previous,
		.raw = left->out,
		.raw_size = (uint32_t)left->size,
		.replaces = segment->name,
		.hub = f->node->device};
	struct erase_segment *e;

	found->segments = alloc_again(found->segments,
		(found->segment_count + 1) * sizeof *found->segments);
	e = &found->segments[found->segment_count++];
	*e = (struct erase_segment){.first = segment->first,
		.count = segment->count,
		.record = f->first,
		.again = again};
	memcpy(e->territory, segment->territory, ID_BYTES);
	memcpy(e->log, segment->log, LOG_BYTES);
	memcpy(e->replaces, segment->name, SEGMENT_NAME_SIZE);
	e->bytes = alloc(segment_room(draft.raw_size) + SEGMENT_ERASURE_SIZE);
	/* It has less to say than the one that fitted. */
	if (segment_seal(e->bytes, &e->size, e->name, &draft) != STATUS_OK)
		alloc_failed();
}

static enum status
replace_segment(void *self, const struct segment *segment)
{
	struct finding *f = self;
	struct unpack unpack;
	struct change change;
	struct pack left;
	uint8_t *raw, *out;
	bool any = false;

	raw = unsealed(segment);
	if (!raw)
		return STATUS_OK;
	f->first = (struct erase_record){.type = 0};
	out = alloc(segment->raw_size);
	pack_init(&left, out, segment->raw_size);
	unpack_init(&unpack, raw, segment->raw_size);
	for (uint32_t i = 0; i < segment->count; i++) {
		if (change_decode(&change, &unpack) != STATUS_OK)
			break; /* it was unsealed: it reads */
		any = look(f, &change) || any;
		(void)erase_records(&left, &change, goes, f);
	}
	if (any || is_stale(f, segment))
		seal_erasure(f, segment, &left, !any);
	free(out);
	free(raw);
	return STATUS_OK;
}

/* Until no more are found: one may be about a contact that is found later. */
static enum status
gather_all(struct finding *f)
{
	size_t before;
	enum status status;

	do {
		before = f->found->record_count;
		late_gather_clear(&f->gather);
		status = each_segment(f, gather_segment);
		if (status == STATUS_OK)
			find_copies(f);
	} while (status == STATUS_OK && f->found->record_count != before);
	return status;
}

enum status
erase_find(struct node *node, struct erase_found *found,
	const struct erase_options *options)
{
	struct finding f = {.node = node, .options = options, .found = found};
	size_t known = found->record_count;
	enum status status = gather_all(&f);

	/*
	 * That a record is about the person may come to be known when some of
	 * it was looked at already, and left.
	 */
	f.everywhere = found->record_count != known;
	if (status == STATUS_OK)
		status = each_segment(&f, replace_segment);
	for (size_t i = 0; i < f.word_count; i++)
		free(f.words[i].bytes);
	free(f.words);
	late_gather_clear(&f.gather);
	return status;
}
