#include "sync/policy_facts.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_BYTES = 32 };

static const uint8_t none[ID_BYTES];

/* What the directory's types and fields are numbered here. */
struct numbers {
	uint32_t user, user_login, user_name;
	uint32_t device, device_user, device_key, device_link_key, device_name;
	uint32_t device_replaces;
	uint32_t territory, territory_name, territory_parent, territory_kind;
	uint32_t grant, grant_user, grant_territory, grant_role, grant_until;
	uint32_t cutoff, cutoff_body;
	uint32_t part_territory, part_device, part_grant, part_last;
	uint32_t part_stolen, part_segment;
	uint32_t part_replaced;
	uint32_t address, address_url;
	uint32_t ending, ending_grant;
};

/* How many of each there is room for. */
struct rooms {
	uint32_t territories, users, devices, grants, cutoffs, addresses;
	uint32_t endings;
};

struct loading {
	struct facts facts;
	struct rooms rooms;
	struct numbers numbers;
	struct store_log *logs; /* names, for ties */
	uint32_t log_count;
	const struct record *record;
};

static uint32_t
type_number(const struct schema *schema, const char *name)
{
	const struct schema_type *type = schema_type_named(schema, name);

	return type ? type->number : 0;
}

/* Zero, which no field has, when the schema does not have it. */
static uint32_t
field_number(
	const struct schema *schema, const char *type_name, const char *name)
{
	const struct schema_type *type = schema_type_named(schema, type_name);
	const struct schema_field *field =
		type ? schema_field_named(type, name) : NULL;

	return field ? field->number : 0;
}

static uint32_t
cutoff_part(const struct schema *schema, const char *name)
{
	const struct schema_type *type = schema_type_named(schema, "cutoff");
	const struct schema_field *body =
		type ? schema_field_named(type, "body") : NULL;
	const struct schema_part *part =
		body ? schema_part_named(body, name) : NULL;

	return part ? part->number : 0;
}

static void
find_numbers(struct numbers *n, const struct schema *schema)
{
	n->user = type_number(schema, "user");
	n->user_login = field_number(schema, "user", "login");
	n->user_name = field_number(schema, "user", "name");
	n->device = type_number(schema, "device");
	n->device_user = field_number(schema, "device", "user_id");
	n->device_key = field_number(schema, "device", "sign_key");
	n->device_link_key = field_number(schema, "device", "link_key");
	n->device_name = field_number(schema, "device", "name");
	n->device_replaces = field_number(schema, "device", "replaces_id");
	n->territory = type_number(schema, "territory");
	n->territory_name = field_number(schema, "territory", "name");
	n->territory_parent = field_number(schema, "territory", "parent_id");
	n->territory_kind = field_number(schema, "territory", "kind");
	n->grant = type_number(schema, "grant");
	n->grant_user = field_number(schema, "grant", "user_id");
	n->grant_territory = field_number(schema, "grant", "territory_id");
	n->grant_role = field_number(schema, "grant", "role");
	n->grant_until = field_number(schema, "grant", "until");
	n->cutoff = type_number(schema, "cutoff");
	n->cutoff_body = field_number(schema, "cutoff", "body");
	n->part_territory = cutoff_part(schema, "territory_id");
	n->part_device = cutoff_part(schema, "device_id");
	n->part_grant = cutoff_part(schema, "grant_id");
	n->part_last = cutoff_part(schema, "last");
	n->part_stolen = cutoff_part(schema, "stolen");
	n->part_segment = cutoff_part(schema, "segment");
	n->ending = type_number(schema, "ending");
	n->ending_grant = field_number(schema, "ending", "grant_id");
	n->part_replaced = cutoff_part(schema, "replaced");
	n->address = type_number(schema, "hub_address");
	n->address_url = field_number(schema, "hub_address", "url");
}

/* The order of MERGE R6: (time, log, seq), logs as bytes. */
static int
compare_versions(const struct loading *loading, const struct version *a,
	const struct version *b)
{
	static const uint8_t unnamed[LOG_BYTES];
	const uint8_t *x = unnamed, *y = unnamed;
	int order;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	if (a->log < loading->log_count)
		x = loading->logs[a->log].id;
	if (b->log < loading->log_count)
		y = loading->logs[b->log].id;
	order = memcmp(x, y, LOG_BYTES);
	if (order != 0)
		return order;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static const struct reg *
find_reg(const struct loading *loading, uint32_t field, enum schema_kind kind)
{
	struct reg *reg;

	if (field == 0)
		return NULL;
	reg = record_find(
		loading->record, field, kind, (struct pack_view){NULL, 0});
	return reg && reg->version_count > 0 ? reg : NULL;
}

/* What is shown of a field (MERGE R5): the least first write, else latest. */
static bool
shown(const struct loading *loading, uint32_t field, enum schema_kind kind,
	struct unpack *value)
{
	const struct reg *reg = find_reg(loading, field, kind);
	const struct version *best;

	if (!reg)
		return false;
	best = &reg->versions[0];
	for (uint32_t i = 1; i < reg->version_count; i++) {
		int order = compare_versions(loading, &reg->versions[i], best);

		if (kind == KIND_ONCE ? order < 0 : order > 0)
			best = &reg->versions[i];
	}
	unpack_init(value, best->value.bytes, best->value.size);
	return true;
}

/* A write-once field of `size` bytes; false when it holds anything else. */
static bool
shown_bytes(const struct loading *loading, uint32_t field, size_t size,
	uint8_t *out)
{
	struct unpack value;
	const uint8_t *bytes;

	if (!shown(loading, field, KIND_ONCE, &value) ||
		!unpack_exact(&value, size, &bytes))
		return false;
	memcpy(out, bytes, size);
	return true;
}

/* "" when it holds no text. NUL in it ends it: it is a name for people. */
static const char *
shown_text(struct loading *loading, uint32_t field, enum schema_kind kind)
{
	struct unpack value;
	struct pack_view text;
	char *copy;

	if (!shown(loading, field, kind, &value) ||
		!unpack_text(&value, SCHEMA_TEXT_MAX, &text))
		return "";
	copy = arena_take(&loading->facts.arena, text.size + 1);
	memcpy(copy, text.bytes, text.size);
	return copy;
}

static bool
archived(const struct loading *loading)
{
	const struct reg *reg = find_reg(loading, SCHEMA_ARCHIVED, KIND_PUT);

	if (!reg)
		return false;
	for (uint32_t i = 0; i < reg->version_count; i++) {
		struct unpack value;
		bool mark;

		unpack_init(&value, reg->versions[i].value.bytes,
			reg->versions[i].value.size);
		if (!unpack_bool(&value, &mark) || !mark)
			return false;
	}
	return true;
}

/* The list with zeroed room for one more at its end. */
static void *
with_room(void *list, uint32_t count, uint32_t *room, size_t size)
{
	if (count == *room) {
		*room = *room ? *room * 2 : 16;
		list = alloc_again(list, *room * size);
	}
	memset((uint8_t *)list + count * size, 0, size);
	return list;
}

static void
add_territory(struct loading *l)
{
	struct facts *f = &l->facts;
	const char *name = shown_text(l, l->numbers.territory_name, KIND_PUT);
	const char *kind = shown_text(l, l->numbers.territory_kind, KIND_ONCE);
	struct policy_territory *t;

	f->territories = with_room(f->territories, f->territory_count,
		&l->rooms.territories, sizeof *t);
	t = &f->territories[f->territory_count++];
	memcpy(t->id, l->record->id, ID_BYTES);
	if (!shown_bytes(l, l->numbers.territory_parent, ID_BYTES, t->parent))
		memset(t->parent, 0, ID_BYTES);
	/* A kind that this program does not know is the one that opens less. */
	t->kind = strcmp(kind, "field") == 0 ? POLICY_FIELD : POLICY_MANAGEMENT;
	t->name = name;
	if (name[0] == '\0' && memcmp(t->parent, none, ID_BYTES) == 0)
		t->name = "/";
}

static void
add_user(struct loading *l)
{
	struct facts *f = &l->facts;
	struct policy_user *u;

	f->users =
		with_room(f->users, f->user_count, &l->rooms.users, sizeof *u);
	u = &f->users[f->user_count++];
	memcpy(u->id, l->record->id, ID_BYTES);
	u->login = shown_text(l, l->numbers.user_login, KIND_ONCE);
	u->name = shown_text(l, l->numbers.user_name, KIND_PUT);
}

static void
add_device(struct loading *l)
{
	struct facts *f = &l->facts;
	uint8_t key[KEY_BYTES];
	struct policy_device *d;

	if (!shown_bytes(l, l->numbers.device_key, KEY_BYTES, key))
		return; /* half a record: the rest is to come */
	f->devices = with_room(
		f->devices, f->device_count, &l->rooms.devices, sizeof *d);
	d = &f->devices[f->device_count++];
	memcpy(d->id, l->record->id, ID_BYTES);
	memcpy(d->sign_key, key, KEY_BYTES);
	if (!shown_bytes(l, l->numbers.device_link_key, KEY_BYTES, d->link_key))
		memset(d->link_key, 0, KEY_BYTES);
	/* A hub's has none. */
	(void)shown_bytes(l, l->numbers.device_user, ID_BYTES, d->user);
	if (!shown_bytes(l, l->numbers.device_replaces, ID_BYTES, d->replaces))
		memset(d->replaces, 0, ID_BYTES);
	d->name = shown_text(l, l->numbers.device_name, KIND_PUT);
}

static int
role_of(const char *code)
{
	static const char *const roles[] = {[ROLE_REP] = "rep",
		[ROLE_MANAGER] = "manager",
		[ROLE_HQ] = "hq",
		[ROLE_ADMIN] = "admin"};

	for (int role = ROLE_REP; role <= ROLE_ADMIN; role++)
		if (strcmp(code, roles[role]) == 0)
			return role;
	return 0;
}

static void
add_grant(struct loading *l)
{
	struct facts *f = &l->facts;
	uint8_t user[ID_BYTES], territory[ID_BYTES];
	const char *role = shown_text(l, l->numbers.grant_role, KIND_ONCE);
	const char *until = shown_text(l, l->numbers.grant_until, KIND_PUT);
	struct policy_grant *g;

	if (!shown_bytes(l, l->numbers.grant_user, ID_BYTES, user) ||
		!shown_bytes(
			l, l->numbers.grant_territory, ID_BYTES, territory) ||
		role[0] == '\0')
		return;
	f->grants = with_room(
		f->grants, f->grant_count, &l->rooms.grants, sizeof *g);
	g = &f->grants[f->grant_count++];
	memcpy(g->id, l->record->id, ID_BYTES);
	memcpy(g->user, user, ID_BYTES);
	memcpy(g->territory, territory, ID_BYTES);
	g->role = role_of(role);
	g->until = until;
}

static void
add_ending(struct loading *l)
{
	struct facts *f = &l->facts;
	const struct reg *reg = find_reg(l, l->numbers.ending_grant, KIND_ONCE);
	struct policy_ending ending;

	if (!reg ||
		!shown_bytes(
			l, l->numbers.ending_grant, ID_BYTES, ending.grant))
		return;
	ending.time = reg->versions[0].time;
	f->endings = with_room(
		f->endings, f->ending_count, &l->rooms.endings, sizeof ending);
	f->endings[f->ending_count++] = ending;
}

static bool
read_part(struct unpack *value, const struct numbers *n,
	struct policy_cutoff *cutoff, int *parts)
{
	struct pack_view skipped;
	const uint8_t *id = NULL;
	uint8_t *to;
	int64_t number;

	if (!unpack_integer(value, 0, INT64_MAX, &number))
		return false;
	if (number == n->part_last) {
		(*parts)++;
		return unpack_integer(value, 0, INT64_MAX, &cutoff->last);
	}
	if (number == n->part_stolen && n->part_stolen)
		return unpack_bool(value, &cutoff->stolen);
	if (number == n->part_replaced)
		return unpack_bool(value, &cutoff->replaced);
	if (number == n->part_segment && n->part_segment) {
		if (!unpack_exact(value, SEGMENT_NAME_SIZE, &id))
			return false;
		memcpy(cutoff->segment, id, SEGMENT_NAME_SIZE);
		return true;
	}
	if (number == n->part_territory)
		to = cutoff->territory;
	else if (number == n->part_device)
		to = cutoff->device;
	else if (number == n->part_grant)
		to = cutoff->grant;
	else
		return unpack_value(value, &skipped); /* a newer program's */
	if (!unpack_exact(value, ID_BYTES, &id))
		return false;
	memcpy(to, id, ID_BYTES);
	(*parts)++;
	return true;
}

/* An id that is left out is a zero one; a cut-off without `last` is none. */
static bool
read_cutoff(struct pack_view body, const struct numbers *n,
	struct policy_cutoff *cutoff)
{
	struct unpack value;
	uint32_t pairs;
	int parts = 0;

	memset(cutoff, 0, sizeof *cutoff);
	cutoff->last = -1;
	unpack_init(&value, body.bytes, body.size);
	if (!unpack_map(&value, SCHEMA_VALUE_MAX, &pairs))
		return false;
	for (; pairs > 0; pairs--)
		if (!read_part(&value, n, cutoff, &parts))
			return false;
	return cutoff->last >= 0 &&
		(memcmp(cutoff->device, none, ID_BYTES) != 0 ||
			memcmp(cutoff->grant, none, ID_BYTES) != 0);
}

bool
facts_read_cutoff(const struct schema *schema, struct pack_view body,
	struct policy_cutoff *cutoff)
{
	struct numbers numbers;

	find_numbers(&numbers, schema);
	return read_cutoff(body, &numbers, cutoff);
}

/* Two contents under one id are two cut-offs: the least holds anyway. */
static void
add_cutoffs(struct loading *l)
{
	struct facts *f = &l->facts;
	const struct reg *reg = find_reg(l, l->numbers.cutoff_body, KIND_ONCE);
	struct policy_cutoff cutoff;

	for (uint32_t i = 0; reg && i < reg->version_count; i++) {
		if (!read_cutoff(reg->versions[i].value, &l->numbers, &cutoff))
			continue;
		cutoff.log = reg->versions[i].log;
		cutoff.seq = reg->versions[i].seq;
		cutoff.time = reg->versions[i].time;
		f->cutoffs = with_room(f->cutoffs, f->cutoff_count,
			&l->rooms.cutoffs, sizeof cutoff);
		f->cutoffs[f->cutoff_count++] = cutoff;
	}
}

static void
add_address(struct loading *l)
{
	struct facts *f = &l->facts;
	const char *url = shown_text(l, l->numbers.address_url, KIND_ONCE);
	struct policy_address *a;

	if (url[0] == '\0' || archived(l))
		return;
	f->addresses = with_room(
		f->addresses, f->address_count, &l->rooms.addresses, sizeof *a);
	a = &f->addresses[f->address_count++];
	memcpy(a->id, l->record->id, ID_BYTES);
	a->url = url;
}

static enum status
add_record(void *self, struct record *record)
{
	struct loading *l = self;
	const struct numbers *n = &l->numbers;

	l->record = record;
	if (record->id_size != ID_BYTES || record->type == 0)
		return STATUS_OK;
	if (record->type == n->territory)
		add_territory(l);
	else if (record->type == n->user)
		add_user(l);
	else if (record->type == n->device)
		add_device(l);
	else if (record->type == n->grant)
		add_grant(l);
	else if (record->type == n->cutoff)
		add_cutoffs(l);
	else if (record->type == n->address)
		add_address(l);
	else if (record->type == n->ending)
		add_ending(l);
	return STATUS_OK;
}

/* Every entry begins with its id. */
static int
compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, ID_BYTES);
}

static int
compare_cutoffs(const void *a, const void *b)
{
	const struct policy_cutoff *x = a, *y = b;
	int order = memcmp(x->device, y->device, ID_BYTES);

	if (order == 0)
		order = memcmp(x->grant, y->grant, ID_BYTES);
	if (order == 0)
		order = memcmp(x->territory, y->territory, ID_BYTES);
	if (order == 0)
		order = x->last < y->last ? -1 : x->last > y->last;
	/* One that names its segment goes before one that does not. */
	return order ? order
		     : memcmp(y->segment, x->segment, SEGMENT_NAME_SIZE);
}

static int
compare_granted(const void *a, const void *b)
{
	const struct policy_grant *x = *(const struct policy_grant *const *)a;
	const struct policy_grant *y = *(const struct policy_grant *const *)b;
	int order = memcmp(x->user, y->user, ID_BYTES);

	if (order == 0)
		order = memcmp(x->territory, y->territory, ID_BYTES);
	return order != 0 ? order : memcmp(x->id, y->id, ID_BYTES);
}

static void
sort(void *list, uint32_t count, size_t size,
	int (*compare)(const void *, const void *))
{
	if (count > 1)
		qsort(list, count, size, compare);
}

/* A device's revocations stand side by side: one that says so is enough. */
static bool
is_stolen(const struct facts *f, const struct policy_cutoff *revocation)
{
	const struct policy_cutoff *end;

	if (!revocation)
		return false;
	end = f->cutoffs + f->cutoff_count;
	for (const struct policy_cutoff *c = revocation;
		c < end && !memcmp(c->device, revocation->device, ID_BYTES) &&
		!memcmp(c->grant, none, ID_BYTES);
		c++)
		if (c->stolen)
			return true;
	return false;
}

/* The earliest; 0 for none. They are few. */
static int64_t
ending_time(const struct facts *f, const uint8_t *grant)
{
	int64_t time = 0;

	for (uint32_t i = 0; i < f->ending_count; i++)
		if (!memcmp(f->endings[i].grant, grant, ID_BYTES) &&
			(!time || f->endings[i].time < time))
			time = f->endings[i].time;
	return time;
}

/* Whether each ending of the device says that its store was a copy. */
static bool
only_replaced(const struct facts *f, const uint8_t *device)
{
	const struct policy_cutoff *at = facts_cutoff(f, device, none, NULL);
	const struct policy_cutoff *end;

	if (!at)
		return false;
	end = f->cutoffs + f->cutoff_count;
	for (; at < end && memcmp(at->device, device, ID_BYTES) == 0 &&
		memcmp(at->grant, none, ID_BYTES) == 0;
		at++)
		if (!at->replaced)
			return false;
	return true;
}

static void
put_in_order(struct facts *f)
{
	sort(f->territories, f->territory_count, sizeof *f->territories,
		compare_ids);
	sort(f->users, f->user_count, sizeof *f->users, compare_ids);
	sort(f->devices, f->device_count, sizeof *f->devices, compare_ids);
	sort(f->grants, f->grant_count, sizeof *f->grants, compare_ids);
	sort(f->addresses, f->address_count, sizeof *f->addresses, compare_ids);
	sort(f->cutoffs, f->cutoff_count, sizeof *f->cutoffs, compare_cutoffs);

	for (uint32_t i = 0; i < f->device_count; i++) {
		const struct policy_cutoff *revocation =
			facts_cutoff(f, f->devices[i].id, none, NULL);

		f->devices[i].revoked = revocation != NULL;
		f->devices[i].stolen = is_stolen(f, revocation);
		f->devices[i].replaced = only_replaced(f, f->devices[i].id);
	}
	f->granted = alloc(f->grant_count * sizeof(const void *));
	for (uint32_t i = 0; i < f->grant_count; i++) {
		f->grants[i].ended =
			facts_cutoff(f, none, f->grants[i].id, NULL) != NULL;
		f->grants[i].ending_ms = ending_time(f, f->grants[i].id);
		f->granted[i] = &f->grants[i];
	}
	sort(f->granted, f->grant_count, sizeof(const void *), compare_granted);
}

/*
 * Of these types only: a store finds what of a large one lies in a territory
 * by looking through all of it.
 */
static enum status
add_records(struct loading *loading, struct store *store, uint32_t directory)
{
	const struct numbers *n = &loading->numbers;
	const uint32_t types[] = {n->user, n->device, n->territory, n->grant,
		n->cutoff, n->address, n->ending};
	enum status status = STATUS_OK;

	for (size_t i = 0;
		status == STATUS_OK && i < sizeof types / sizeof *types; i++)
		if (types[i])
			status = store->records_of(store->self, directory,
				types[i], add_record, loading);
	return status;
}

enum status
facts_load(struct facts *facts, struct store *store, uint32_t directory)
{
	struct loading loading = {.log_count = 0};
	enum status status;

	find_numbers(&loading.numbers, store->schema);
	status = store->logs(
		store->self, directory, &loading.logs, &loading.log_count);
	if (status != STATUS_OK)
		return status;
	status = add_records(&loading, store, directory);
	for (uint32_t i = 0; i < loading.log_count; i++)
		free(loading.logs[i].context);
	free(loading.logs);
	if (status != STATUS_OK) {
		facts_clear(&loading.facts);
		return status;
	}
	put_in_order(&loading.facts);
	*facts = loading.facts;
	return STATUS_OK;
}

void
facts_clear(struct facts *facts)
{
	free(facts->territories);
	free(facts->users);
	free(facts->devices);
	free(facts->grants);
	free(facts->cutoffs);
	free(facts->addresses);
	free(facts->endings);
	free(facts->granted);
	arena_clear(&facts->arena);
	memset(facts, 0, sizeof *facts);
}

/* An entry of a list that ascends by the id that each begins with, or NULL. */
static const void *
find(const void *list, uint32_t count, size_t size, const uint8_t *id)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const uint8_t *entry = (const uint8_t *)list + middle * size;
		int order = memcmp(entry, id, ID_BYTES);

		if (order == 0)
			return entry;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct policy_territory *
facts_territory(const struct facts *facts, const uint8_t *id)
{
	return find(facts->territories, facts->territory_count,
		sizeof *facts->territories, id);
}

const struct policy_user *
facts_user(const struct facts *facts, const uint8_t *id)
{
	return find(facts->users, facts->user_count, sizeof *facts->users, id);
}

const struct policy_device *
facts_device(const struct facts *facts, const uint8_t *id)
{
	return find(facts->devices, facts->device_count, sizeof *facts->devices,
		id);
}

const struct policy_grant *
facts_grant(const struct facts *facts, const uint8_t *id)
{
	return find(
		facts->grants, facts->grant_count, sizeof *facts->grants, id);
}

const struct policy_cutoff *
facts_cutoff(const struct facts *facts, const uint8_t *device,
	const uint8_t *grant, const uint8_t *territory)
{
	uint32_t low = 0, high = facts->cutoff_count;
	struct policy_cutoff wanted = {.last = INT64_MIN};
	const struct policy_cutoff *found;

	memcpy(wanted.device, device, ID_BYTES);
	memcpy(wanted.grant, grant, ID_BYTES);
	if (territory)
		memcpy(wanted.territory, territory, ID_BYTES);
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (compare_cutoffs(&facts->cutoffs[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == facts->cutoff_count)
		return NULL;
	found = &facts->cutoffs[low];
	if (memcmp(found->device, device, ID_BYTES) != 0 ||
		memcmp(found->grant, grant, ID_BYTES) != 0 ||
		(territory &&
			memcmp(found->territory, territory, ID_BYTES) != 0))
		return NULL;
	return found;
}
