#include "replica.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "memory_store.h"

#define FIELDS(list) .fields = list, .field_count = sizeof list / sizeof *list

static const struct schema_field alias_fields[] = {
	{SCHEMA_JOINED, "joined", "Joined", "J", .form = FORM_BOOL},
};

static const struct schema_field account_fields[] = {
	{SCHEMA_ARCHIVED, "archived", "Archived", "A", .form = FORM_BOOL},
	{SCHEMA_MOVED, "moved", "Moved", "M", .form = FORM_BOOL},
	{F_NAME, "name", "Name", "N", .form = FORM_TEXT},
	{F_LEGAL, "legal", "Legal", "L", .order = ORDER_ASK, .form = FORM_TEXT},
	{F_OWNER, "owner", "Owner", "O", .order = ORDER_SENIOR,
		.form = FORM_TEXT},
	{F_PHONES, "phones", "Phones", "P", .kind = KIND_SET,
		.form = FORM_TEXT},
	{F_TIER, "tier", "Tier", "T", .form = FORM_TEXT},
	{F_SOURCE, "source", "Source", "S", .kind = KIND_ONCE,
		.form = FORM_TEXT},
};

static const struct schema_field old_account_fields[] = {
	{SCHEMA_ARCHIVED, "archived", "Archived", "A", .form = FORM_BOOL},
	{F_NAME, "name", "Name", "N", .form = FORM_TEXT},
};

static const struct schema_field contact_fields[] = {
	{SCHEMA_ARCHIVED, "archived", "Archived", "A", .form = FORM_BOOL},
	{F_ACCOUNT, "account_id", "Account", "K", .form = FORM_REF,
		.refers = T_ACCOUNT, .parent = true},
};

static const struct schema_type types[] = {
	{SCHEMA_ALIAS, "alias", "Alias", "A", FIELDS(alias_fields)},
	{T_ACCOUNT, "account", "Account", "K", FIELDS(account_fields)},
	{T_CONTACT, "contact", "Contact", "C", FIELDS(contact_fields)},
};

static const struct schema_type old_types[] = {
	{T_ACCOUNT, "account", "Account", "K", FIELDS(old_account_fields)},
};

const struct schema replica_schema = {types, sizeof types / sizeof *types};
const struct schema replica_schema_old = {
	old_types, sizeof old_types / sizeof *old_types};

const uint8_t replica_company[32] = {7};
static const uint8_t territory_id_bytes[ID_BYTES] = {1};

static uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
static uint8_t secret_key[crypto_sign_SECRETKEYBYTES];

const uint8_t *
replica_key(void *self, const uint8_t *device)
{
	(void)self;
	(void)device;
	return public_key;
}

const uint8_t *
replica_log(char letter)
{
	static uint8_t logs[128][LOG_BYTES];

	memset(logs[(int)letter], letter, LOG_BYTES);
	return logs[(int)letter];
}

const uint8_t *
replica_id(char letter)
{
	static uint8_t ids[128][ID_BYTES];

	memset(ids[(int)letter], letter, ID_BYTES);
	return ids[(int)letter];
}

static int
rank(void *self, const uint8_t *territory, const uint8_t *log)
{
	const struct replica *r = self;

	(void)territory;
	if (log[0] >= 128 || r->unknown[log[0]])
		return RULES_UNKNOWN;
	if (r->never[log[0]])
		return RULES_NEVER;
	return log[0] == 'H'    ? RANK_HQ
		: log[0] == 'M' ? RANK_MANAGER
				: RANK_REP;
}

static int64_t
cut(void *self, const uint8_t *territory, const uint8_t *log)
{
	const struct replica *r = self;

	(void)territory;
	return log[0] < 128 ? r->cuts[log[0]] : INT64_MAX;
}

void
replica_open(struct replica *r, const struct schema *schema)
{
	const struct territory_rules rules = {r, rank, cut, NULL};
	const uint8_t seed[crypto_sign_SEEDBYTES] = {3};
	enum status status;

	(void)crypto_sign_seed_keypair(public_key, secret_key, seed);
	memset(r, 0, sizeof *r);
	for (size_t i = 0; i < 128; i++)
		r->cuts[i] = INT64_MAX;
	r->now_ms = 1763000000000;
	r->store = memory_store_new(schema);
	status = territory_open(
		&r->territory, r->store, &rules, territory_id_bytes);
	assert(status == STATUS_OK);
}

void
replica_close(struct replica *r)
{
	territory_free(r->territory);
	memory_store_free(r->store);
}

uint32_t
replica_log_number(struct replica *r, char letter)
{
	const struct merge_logs *logs = territory_logs(r->territory);
	uint32_t number = 0;

	while (number < logs->count &&
		memcmp(logs->list[number].id, replica_log(letter), LOG_BYTES) !=
			0)
		number++;
	assert(number < logs->count);
	return number;
}

/* Values live until 64 more were made. */
static struct pack
value_begin(void)
{
	static uint8_t ring[64][128];
	static unsigned next;
	struct pack pack;

	pack_init(&pack, ring[next++ % 64], sizeof ring[0]);
	return pack;
}

static struct write_operation
operation(enum operation_kind kind, uint32_t type, char id, uint32_t field,
	const struct pack *value)
{
	return (struct write_operation){type, replica_id(id), ID_BYTES, field,
		kind, {value->out, value->size}, -1};
}

struct write_operation
replica_text(enum operation_kind kind, uint32_t type, char id, uint32_t field,
	const char *text)
{
	struct pack value = value_begin();

	if (text)
		pack_text(&value, text);
	else
		pack_nil(&value);
	return operation(kind, type, id, field, &value);
}

struct write_operation
replica_mark(uint32_t type, char id, uint32_t field, bool on)
{
	struct pack value = value_begin();

	pack_bool(&value, on);
	return operation(OPERATION_PUT, type, id, field, &value);
}

struct write_operation
replica_parent(char contact, char account)
{
	struct pack value = value_begin();

	pack_bytes(&value, replica_id(account), ID_BYTES);
	return operation(OPERATION_PUT, T_CONTACT, contact, F_ACCOUNT, &value);
}

struct write_operation
replica_joined(char smaller, char greater, bool on)
{
	static uint8_t ids[128][RECORD_ID_MAX];
	struct write_operation joined =
		replica_mark(SCHEMA_ALIAS, smaller, SCHEMA_JOINED, on);
	uint8_t *id = ids[(int)greater];

	memset(id, smaller, ID_BYTES);
	memset(id + ID_BYTES, greater, ID_BYTES);
	joined.id = id;
	joined.id_size = RECORD_ID_MAX;
	return joined;
}

enum status
replica_write_all(struct replica *r, char log, struct write_operation *list,
	size_t count, const struct unseen_range *unseen, uint32_t unseen_count,
	int64_t *seq)
{
	struct write write = {.log = replica_log(log),
		.at = r->now_ms += 1000,
		.operations = list,
		.operation_count = count,
		.unseen = unseen,
		.unseen_count = unseen_count};
	size_t refused;

	return territory_write(r->territory, &write, seq, &refused);
}

int64_t
replica_write(struct replica *r, char log, struct write_operation one)
{
	int64_t seq = 0;
	enum status status = replica_write_all(r, log, &one, 1, NULL, 0, &seq);

	assert(status == STATUS_OK);
	return seq;
}

void
replica_seal(struct replica *r, const char *logs)
{
	for (; *logs; logs++) {
		uint32_t segments;
		enum status status =
			territory_seal(r->territory, replica_log(*logs),
				replica_company, secret_key, &segments);

		assert(status == STATUS_OK);
	}
}

void
replica_settle(struct replica *r)
{
	enum status status = territory_settle(r->territory, NULL);

	assert(status == STATUS_OK);
}

uint32_t
replica_send(struct replica *from, struct replica *to)
{
	const struct frontier_entry *theirs;
	struct territory_walk walk = {0};
	struct pack_view bytes;
	uint32_t theirs_count, kept = 0;

	territory_frontier(to->territory, &theirs, &theirs_count);
	while (territory_lacking(from->territory, theirs, theirs_count, &walk,
		       &bytes) == STATUS_OK) {
		enum message_verdict verdict;
		struct segment segment;
		enum status status;

		status = segment_decode(&segment, bytes.bytes, bytes.size,
			replica_company, replica_key, NULL);
		assert(status == STATUS_OK);
		status = territory_keep(
			to->territory, &segment, bytes.bytes, false, &verdict);
		assert(status == STATUS_OK);
		kept += verdict == VERDICT_KEPT;
		/* Keeping may move the list that we were given. */
		territory_frontier(to->territory, &theirs, &theirs_count);
	}
	replica_settle(to);
	return kept;
}

enum message_verdict
replica_keep_raw(struct replica *r, char log, int64_t first, uint32_t count,
	const uint8_t *previous, const uint8_t *raw, uint32_t size,
	uint8_t *name)
{
	static const uint8_t none[SEGMENT_NAME_SIZE];
	struct segment_draft draft = {.company = replica_company,
		.secret = secret_key,
		.territory = territory_id_bytes,
		.log = replica_log(log),
		.first = first,
		.count = count,
		.previous = previous ? previous : none,
		.raw = raw,
		.raw_size = size};
	uint8_t *out = malloc(segment_room(size));
	enum message_verdict verdict = VERDICT_MALFORMED;
	struct segment segment;
	enum status status;
	size_t sealed;

	assert(out);
	status = segment_seal(out, &sealed, name, &draft);
	assert(status == STATUS_OK);
	status = segment_decode(
		&segment, out, sealed, replica_company, replica_key, NULL);
	assert(status == STATUS_OK);
	status = territory_keep(r->territory, &segment, out, false, &verdict);
	assert(status == STATUS_OK);
	free(out);
	return verdict;
}

void
replica_record(struct replica *r, uint32_t type, char id, struct record *record,
	struct shown *shown)
{
	enum status status;

	memset(record, 0, sizeof *record);
	status = territory_record(
		r->territory, type, replica_id(id), ID_BYTES, record, shown);
	assert(status == STATUS_OK);
}

bool
replica_shows(struct replica *r, uint32_t type, char id, uint32_t field,
	const char *text)
{
	const struct pack_view none = {NULL, 0};
	struct unpack unpack;
	struct pack_view value;
	struct record record;
	const struct reg *reg;
	struct shown shown;
	bool same = !text;

	replica_record(r, type, id, &record, &shown);
	reg = record_find(&record, field, KIND_PUT, none);
	if (reg && reg->version_count) {
		unpack_init(&unpack, reg->versions[0].value.bytes,
			reg->versions[0].value.size);
		same = text && unpack_text(&unpack, 1000, &value) &&
			value.size == strlen(text) &&
			memcmp(value.bytes, text, value.size) == 0;
	}
	record_clear(&record);
	return same;
}

bool
replica_archived(struct replica *r, char account)
{
	struct record record;
	struct shown shown;

	replica_record(r, T_ACCOUNT, account, &record, &shown);
	record_clear(&record);
	return shown.archived;
}

uint32_t
replica_siblings(struct replica *r, uint32_t type, char id, uint32_t field)
{
	const struct pack_view none = {NULL, 0};
	struct record record;
	const struct reg *reg;
	struct shown shown;
	uint32_t count;

	replica_record(r, type, id, &record, &shown);
	reg = record_find(&record, field, KIND_PUT, none);
	if (!reg)
		reg = record_find(&record, field, KIND_ONCE, none);
	count = reg ? reg->version_count : 0;
	record_clear(&record);
	return count;
}

bool
replica_equal(struct replica *a, struct replica *b)
{
	uint8_t x[32], y[32];
	enum status status = territory_digest(a->territory, x);

	assert(status == STATUS_OK);
	status = territory_digest(b->territory, y);
	assert(status == STATUS_OK);
	return memcmp(x, y, sizeof x) == 0;
}
