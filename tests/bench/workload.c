#include "tests/bench/workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"

const char *const work_names[WORK_TABLES] = {"account", "contact", "visit"};

const struct work_column work_columns[WORK_TABLES][WORK_COLUMNS] = {
	{{"name", WORK_TEXT, false}, {"industry", WORK_TEXT, false},
		{"region", WORK_TEXT, false}, {"tier", WORK_TEXT, false},
		{"phone", WORK_TEXT, false}, {"address", WORK_TEXT, false},
		{"note", WORK_TEXT, false}},
	{{"account_id", WORK_REFERENCE, true}, {"name", WORK_TEXT, false},
		{"title", WORK_TEXT, false}, {"phone", WORK_TEXT, false},
		{"email", WORK_TEXT, false}, {"role", WORK_TEXT, false},
		{"note", WORK_TEXT, false}},
	{{"account_id", WORK_REFERENCE, true},
		{"contact_id", WORK_REFERENCE, false},
		{"rep", WORK_TEXT, false}, {"visited_at", WORK_NUMBER, false},
		{"purpose", WORK_TEXT, false}, {"outcome", WORK_TEXT, false},
		{"note", WORK_TEXT, false}},
};

enum { CHUNK_SIZE = 1 << 20, TEXT_MAX = 4096 };

struct work_chunk {
	struct work_chunk *next;
	size_t used;
	char bytes[CHUNK_SIZE];
};

struct generator {
	struct workload *out;
	uint64_t state;
	uint64_t ms; /* of the next id */
	char text[TEXT_MAX];
	size_t size; /* of text so far */
};

/* xorshift64* */
static uint64_t
draw(struct generator *g)
{
	g->state ^= g->state << 13;
	g->state ^= g->state >> 7;
	g->state ^= g->state << 17;
	return g->state * 2685821657736338717u;
}

static uint32_t
below(struct generator *g, uint32_t limit)
{
	return (uint32_t)((draw(g) >> 33) % limit);
}

/* What was gathered in g->text, kept. */
static struct work_value
keep(struct generator *g)
{
	struct work_chunk *chunk = g->out->chunks;
	struct work_value value = {.size = (uint32_t)g->size};

	if (!chunk || chunk->used + g->size > CHUNK_SIZE) {
		chunk = alloc(sizeof *chunk);
		chunk->next = g->out->chunks;
		g->out->chunks = chunk;
	}
	value.bytes = memcpy(chunk->bytes + chunk->used, g->text, g->size);
	chunk->used += g->size;
	g->size = 0;
	return value;
}

static void
add(struct generator *g, const char *bytes, size_t size)
{
	memcpy(g->text + g->size, bytes, size);
	g->size += size;
}

static void
add_text(struct generator *g, const char *text)
{
	add(g, text, strlen(text));
}

/* A Chinese character: one of some hundred common ones, now and then another */
static void
add_han(struct generator *g)
{
	uint32_t c = 0x4e00 +
		(below(g, 16) == 0 ? below(g, 8000)
				   : below(g, 500) * 13 % 8000);
	const char bytes[3] = {(char)(0xe0 | c >> 12),
		(char)(0x80 | (c >> 6 & 63)), (char)(0x80 | (c & 63))};

	add(g, bytes, sizeof bytes);
}

static struct work_value
hans(struct generator *g, uint32_t count)
{
	while (count--)
		add_han(g);
	return keep(g);
}

/* Runs of Chinese and of English, of about so many characters together. */
static struct work_value
note(struct generator *g, size_t characters)
{
	static const char *const words[] = {"the", "customer", "asked", "for",
		"pricing", "on", "unit", "delivery", "next", "week", "follow",
		"up", "demo", "contract", "budget", "approved", "pending",
		"review", "manager", "interested", "sample", "quote", "sent",
		"competitor", "visit", "service", "issue", "stock", "order",
		"repeat", "quarter", "meeting", "confirmed", "delayed",
		"training", "installation"};
	size_t at = 0;

	while (at < characters) {
		if (below(g, 2)) {
			uint32_t run = 6 + below(g, 14);

			for (; run && at < characters; run--, at++)
				add_han(g);
			if (at < characters) {
				add_text(g, "，");
				at++;
			}
		} else {
			uint32_t run = 2 + below(g, 5);

			for (; run && at < characters; run--) {
				const char *word = words[below(g, 36)];

				add_text(g, word);
				add_text(g, " ");
				at += strlen(word) + 1;
			}
		}
	}
	return keep(g);
}

/* A name out of syllables. */
static struct work_value
name(struct generator *g, uint32_t syllables)
{
	static const char *const list[] = {"an", "bei", "chang", "da", "er",
		"feng", "guo", "hua", "jin", "kang", "li", "ming", "nan", "ou",
		"ping", "qing", "rui", "shan", "tian", "wei", "xin", "yuan",
		"zhong", "bao"};

	for (uint32_t i = 0; i < syllables; i++) {
		size_t start = g->size;

		add_text(g, list[below(g, 24)]);
		if (i == 0 || below(g, 3) == 0)
			g->text[start] = (char)(g->text[start] - 32);
		if (below(g, 3) == 0 && i + 1 < syllables)
			add_text(g, " ");
	}
	return keep(g);
}

static struct work_value
pick(struct generator *g, const char *const *list, uint32_t count)
{
	add_text(g, list[below(g, count)]);
	return keep(g);
}

static struct work_value
numbered(struct generator *g, const char *before, int digits, uint32_t number,
	const char *after)
{
	int size = snprintf(g->text, sizeof g->text, "%s%0*u%s", before, digits,
		number, after);

	g->size = (size_t)size;
	return keep(g);
}

static const char *const industries[] = {"retail", "healthcare",
	"manufacturing", "finance", "education", "logistics", "energy", "food"};
static const char *const regions[] = {
	"North", "South", "East", "West", "Central", "华东", "华南", "华北"};
static const char *const tiers[] = {"A", "B", "C", "D"};
static const char *const roles[] = {
	"decision maker", "influencer", "user", "gatekeeper", "buyer"};
static const char *const titles[] = {"Manager", "Director", "Engineer", "Buyer",
	"CTO", "Owner", "采购经理", "主任"};
static const char *const purposes[] = {"intro", "follow-up", "demo",
	"negotiation", "support", "collection", "renewal", "survey"};
static const char *const outcomes[] = {"positive", "neutral", "negative",
	"no-show", "order placed", "需要跟进"};

static void
make_id(struct generator *g, uint8_t id[static ID_BYTES])
{
	uint64_t a, b;

	g->ms += below(g, 50);
	a = draw(g);
	b = draw(g);
	for (int i = 0; i < 6; i++)
		id[i] = (uint8_t)(g->ms >> (40 - 8 * i));
	id[6] = (uint8_t)(0x70 | (a >> 8 & 15));
	id[7] = (uint8_t)a;
	id[8] = (uint8_t)(0x80 | (a >> 20 & 63));
	id[9] = (uint8_t)(a >> 12);
	for (int i = 0; i < 6; i++)
		id[10 + i] = (uint8_t)(b >> (40 - 8 * i));
}

static struct work_value
reference(const struct work_record *record)
{
	return (struct work_value){
		.bytes = (const char *)record->id, .size = ID_BYTES};
}

static void
make_account(struct generator *g, struct work_record *r)
{
	struct work_value *v = r->values;

	v[0] = name(g, 4 + below(g, 3));
	v[1] = pick(g, industries, 8);
	v[2] = pick(g, regions, 8);
	v[3] = pick(g, tiers, 4);
	v[4] = numbered(g, "+86138", 8, below(g, 100000000), "");
	v[5] = hans(g, 12 + below(g, 10));
	v[6] = note(g, 60);
}

static void
make_contact(struct generator *g, struct work_record *r, uint32_t accounts)
{
	struct work_value *v = r->values;

	v[0] = reference(&g->out->records[below(g, accounts)]);
	v[1] = below(g, 2) ? hans(g, 2 + below(g, 2)) : name(g, 3);
	v[2] = pick(g, titles, 8);
	v[3] = numbered(g, "+86139", 8, below(g, 100000000), "");
	v[4] = numbered(g, "user", 1, below(g, 1000000), "@example.com");
	v[5] = pick(g, roles, 5);
	v[6] = note(g, 60);
}

static void
make_visit(struct generator *g, struct work_record *r, uint32_t accounts,
	uint32_t contacts)
{
	const struct work_record *contact =
		&g->out->records[accounts + below(g, contacts)];
	struct work_value *v = r->values;

	v[0] = contact->values[0];
	v[1] = reference(contact);
	v[2] = numbered(g, "rep", 3, below(g, 200), "");
	v[3].number = 1700000000000 + (int64_t)below(g, 2000000000) * 20;
	v[4] = pick(g, purposes, 8);
	v[5] = pick(g, outcomes, 6);
	v[6] = note(g, 200);
}

static void
make_records(struct generator *g)
{
	uint32_t count = g->out->count;
	uint32_t accounts = count / 20, contacts = count / 20 * 3;

	for (uint32_t i = 0; i < count; i++) {
		struct work_record *r = &g->out->records[i];

		make_id(g, r->id);
		r->table = i < accounts           ? WORK_ACCOUNT
			: i < accounts + contacts ? WORK_CONTACT
						  : WORK_VISIT;
		if (r->table == WORK_ACCOUNT)
			make_account(g, r);
		else if (r->table == WORK_CONTACT)
			make_contact(g, r, accounts);
		else
			make_visit(g, r, accounts, contacts);
	}
}

static uint32_t
updated_column(struct generator *g, enum work_table table)
{
	static const uint8_t columns[WORK_TABLES][4] = {
		{3, 4, 5, 6}, {2, 3, 5, 6}, {4, 5, 6, 0}};

	return columns[table][below(g, table == WORK_VISIT ? 3 : 4)];
}

static struct work_value
new_value(struct generator *g, enum work_table table, uint32_t column)
{
	if (column == 6)
		return note(g, table == WORK_VISIT ? 200 : 60);
	if (table == WORK_VISIT)
		return column == 4 ? pick(g, purposes, 8)
				   : pick(g, outcomes, 6);
	if (table == WORK_CONTACT)
		return column == 2 ? pick(g, titles, 8)
			: column == 3
			? numbered(g, "+86139", 8, below(g, 100000000), "")
			: pick(g, roles, 5);
	return column == 3 ? pick(g, tiers, 4)
		: column == 4
		? numbered(g, "+86138", 8, below(g, 100000000), "")
		: hans(g, 12 + below(g, 10));
}

static bool
same(struct work_value a, struct work_value b)
{
	return a.size == b.size && !memcmp(a.bytes, b.bytes, a.size);
}

static void
shuffle(struct generator *g, struct work_update *list, uint32_t count)
{
	for (uint32_t i = count - 1; i > 0; i--) {
		uint32_t other = below(g, i + 1);
		struct work_update update = list[i];

		list[i] = list[other];
		list[other] = update;
	}
}

static void
make_updates(struct generator *g)
{
	struct workload *w = g->out;
	uint32_t count = w->update_count, common = count / 10;
	uint32_t *order = alloc(w->count * sizeof *order);
	struct work_update *a = w->updates[0], *b = w->updates[1];

	for (uint32_t i = 0; i < w->count; i++)
		order[i] = i;
	for (uint32_t i = w->count - 1; i > 0; i--) {
		uint32_t other = below(g, i + 1), at = order[i];

		order[i] = order[other];
		order[other] = at;
	}
	for (uint32_t i = 0; i < count; i++) {
		enum work_table table = w->records[order[i]].table;

		a[i].record = order[i];
		a[i].column = updated_column(g, table);
		a[i].value = new_value(g, table, a[i].column);
	}
	/* The last ones of the one are the first ones of the other. */
	for (uint32_t i = 0; i < count; i++) {
		const struct work_update *theirs =
			i < common ? &a[count - common + i] : NULL;
		enum work_table table;

		b[i].record = order[count - common + i];
		table = w->records[b[i].record].table;
		b[i].column =
			theirs ? theirs->column : updated_column(g, table);
		do
			b[i].value = new_value(g, table, b[i].column);
		while (theirs && same(b[i].value, theirs->value));
	}
	free(order);
	shuffle(g, a, count);
	shuffle(g, b, count);
}

struct workload *
workload_new(uint32_t count, uint32_t seed)
{
	struct workload *w = alloc(sizeof *w);
	struct generator g = {.out = w,
		.state = 88172645463325252 + seed,
		.ms = 1735689600000};

	w->count = count;
	w->update_count = count / 5;
	w->records = alloc(count * sizeof *w->records);
	for (int i = 0; i < WORK_NODES; i++)
		w->updates[i] = alloc(w->update_count * sizeof *w->updates[i]);
	make_records(&g);
	make_updates(&g);
	return w;
}

void
workload_free(struct workload *w)
{
	while (w->chunks) {
		struct work_chunk *next = w->chunks->next;

		free(w->chunks);
		w->chunks = next;
	}
	for (int i = 0; i < WORK_NODES; i++)
		free(w->updates[i]);
	free(w->records);
	free(w);
}

/* ---- as a schema ---- */

static struct schema_field fields[WORK_TABLES][WORK_COLUMNS];

static struct schema_type
type_of(enum work_table table)
{
	for (uint32_t i = 0; i < WORK_COLUMNS; i++) {
		const struct work_column *column = &work_columns[table][i];
		struct schema_field *field = &fields[table][i];

		*field = (struct schema_field){.number = WORK_FIELD + 4 * i,
			.name = column->name,
			.en = column->name,
			.zh = column->name,
			.kind = KIND_PUT,
			.order = ORDER_LATEST,
			.form = column->form == WORK_NUMBER      ? FORM_INT
				: column->form == WORK_REFERENCE ? FORM_REF
				: i == 6                         ? FORM_PROSE
								 : FORM_TEXT,
			.parent = column->indexed};
		if (column->form == WORK_REFERENCE)
			field->refers = WORK_ACCOUNT_TYPE + i;
	}
	return (struct schema_type){.number = WORK_ACCOUNT_TYPE + table,
		.name = work_names[table],
		.en = work_names[table],
		.zh = work_names[table],
		.title = table == WORK_VISIT ? "purpose" : "name",
		.fields = fields[table],
		.field_count = WORK_COLUMNS};
}

const struct schema *
work_schema(void)
{
	static struct schema_type types[32];
	static struct schema schema;
	const struct schema *all = schema_roadbook();

	if (schema.types)
		return &schema;
	for (size_t i = 0; i < all->type_count; i++)
		if (all->types[i].directory)
			types[schema.type_count++] = all->types[i];
	for (int i = 0; i < WORK_TABLES; i++)
		types[schema.type_count++] = type_of((enum work_table)i);
	schema.types = types;
	return &schema;
}
