#include "tests/sync/nodes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/credentials.h"
#include "proto/id.h"
#include "proto/schema_roadbook.h"
#include "proto/token.h"
#include "sync/alloc.h"
#include "sync/erasures.h"
#include "tests/sync/memory_store.h"

enum { COMPANY_SEED = 1, ISSUER_SEED = 2 };

/* For tests: what must not fail ends the program where it does. */
static void
must(enum status status)
{
	if (status != STATUS_OK) {
		fprintf(stderr, "nodes: %s\n", status_text(status));
		abort();
	}
}

const uint8_t *
id_of(uint8_t byte)
{
	static uint8_t ids[256][ID_BYTES];

	memset(ids[byte], byte, ID_BYTES);
	return ids[byte];
}

static void
keys_of(uint8_t seed_byte, uint8_t *public, uint8_t *secret)
{
	uint8_t seed[crypto_sign_SEEDBYTES];

	memset(seed, seed_byte, sizeof seed);
	(void)crypto_sign_seed_keypair(public, secret, seed);
}

static void
certify(struct node *node, uint8_t *out, uint8_t company_seed)
{
	uint8_t root[SIGNING_KEY_SIZE], root_secret[SIGNING_SECRET_SIZE];
	uint8_t issuer[SIGNING_KEY_SIZE], issuer_secret[SIGNING_SECRET_SIZE];
	struct certificate c = {.kind = CERTIFICATE_ISSUER,
		.serial = NODES_NOW - 10,
		.not_before_ms = NODES_NOW - 20,
		.expires_ms = NODES_NOW * 2};

	keys_of(company_seed, root, root_secret);
	keys_of((uint8_t)(company_seed + 100), issuer, issuer_secret);
	company_id(c.company, root);
	memcpy(c.signing_key, issuer, sizeof issuer);
	memcpy(c.issuer, root, sizeof root);
	certificate_encode(out, &c, root_secret);

	c.kind = node->is_hub ? CERTIFICATE_HUB : CERTIFICATE_DEVICE;
	memcpy(c.subject, node->device, ID_BYTES);
	memcpy(c.user, node->user, ID_BYTES);
	memcpy(c.signing_key, node->sign_key, SIGNING_KEY_SIZE);
	memcpy(c.link_key, node->link_key, LINK_KEY_SIZE);
	memcpy(c.issuer, issuer, sizeof issuer);
	certificate_encode(out + CERTIFICATE_SIZE, &c, issuer_secret);
}

static struct territory *
host_territory(void *self, const uint8_t *id, bool make)
{
	struct node *node = self;
	struct territory_rules rules = policy_rules(node->policy);
	int i = 0;

	for (; i < NODE_TERRITORIES_MAX && node->territories[i]; i++)
		if (memcmp(territory_id(node->territories[i]), id, ID_BYTES) ==
			0)
			return node->territories[i];
	if (!make || i == NODE_TERRITORIES_MAX)
		return NULL;
	must(territory_open(&node->territories[i], node->store, &rules, id));
	return node->territories[i];
}

struct territory *
node_territory(struct node *node, const uint8_t *id)
{
	return host_territory(node, id, true);
}

/* Sealing happens when the tests write. */
static enum status
host_seal(void *self)
{
	struct node *node = self;

	node->seals++;
	return STATUS_OK;
}

void
node_refresh(struct node *node)
{
	struct territory *directory =
		node_territory(node, policy_directory(node->policy));

	must(policy_load(
		node->policy, node->store, territory_number(directory)));
	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i]; i++)
		must(territory_settle(node->territories[i], NULL));
}

static enum status
host_seal_one(void *self, const uint8_t *territory)
{
	struct node *node = self;
	struct territory *t = node_territory(node, territory);
	uint32_t segments;

	if (!territory_pending(t))
		return STATUS_OK;
	node->seals++;
	return territory_seal(
		t, node->late_log, node->company, node->sign_secret, &segments);
}

static void
host_pending(void *self, void (*found)(void *self, const uint8_t *territory),
	void *found_self)
{
	struct node *node = self;

	for (int i = 0; i < NODE_TERRITORIES_MAX && node->territories[i]; i++)
		if (territory_pending(node->territories[i]))
			found(found_self, territory_id(node->territories[i]));
}

void
node_seals_late(struct node *node)
{
	node->seals_late = true;
	node->host.seal_one = host_seal_one;
	node->host.pending = host_pending;
}

static enum status
host_directory_changed(void *self)
{
	struct node *node = self;

	node->directory_changes++;
	node_refresh(node);
	return STATUS_OK;
}

static void
host_hub_time(void *self, int64_t now_ms)
{
	struct node *node = self;

	node->hub_time = now_ms;
}

static void
host_rolled_back(void *self)
{
	struct node *node = self;

	node->rollbacks++;
}

static bool
host_invitation(void *self, const uint8_t *id, uint8_t *psk)
{
	uint8_t secret[TOKEN_SECRET_SIZE];

	(void)self;
	if (memcmp(id, id_of(INVITATION_GOOD), ID_BYTES) != 0)
		return false;
	memset(secret, INVITATION_GOOD, sizeof secret);
	token_psk(psk, secret);
	return true;
}

static enum status
host_enrol(void *self, const uint8_t *invitation, const uint8_t *sign_key,
	const uint8_t *link_key, const char *name, uint8_t *credentials,
	size_t *size, uint8_t *user, char *login, size_t login_room)
{
	struct node *hub = self;
	struct node fresh = {.is_hub = false};

	(void)invitation;
	(void)name;
	if (hub->redeemed &&
		memcmp(hub->redeemed_key, sign_key, SIGNING_KEY_SIZE) != 0)
		return STATUS_REFUSED;
	memcpy(fresh.sign_key, sign_key, SIGNING_KEY_SIZE);
	memcpy(fresh.link_key, link_key, LINK_KEY_SIZE);
	memcpy(fresh.user, hub->invited, ID_BYTES);
	device_id(fresh.device, sign_key);
	if (!hub->redeemed)
		hub_add_device(hub, &fresh);
	hub->redeemed = true;
	memcpy(hub->redeemed_key, sign_key, SIGNING_KEY_SIZE);
	certify(&fresh, credentials, COMPANY_SEED);
	memcpy(credentials + CREDENTIALS_SIZE,
		hub->credentials + CERTIFICATE_SIZE, CERTIFICATE_SIZE);
	*size = CREDENTIALS_SIZE_MAX;
	memcpy(user, fresh.user, ID_BYTES);
	(void)snprintf(login, login_room, "rep");
	return STATUS_OK;
}

struct node *
node_new_of(uint8_t company_seed, uint8_t seed, uint8_t user)
{
	struct node *node = alloc(sizeof *node);
	uint8_t root_secret[SIGNING_SECRET_SIZE];

	keys_of(company_seed, node->company_key, root_secret);
	company_id(node->company, node->company_key);
	keys_of(seed, node->sign_key, node->sign_secret);
	memset(node->link_secret, seed + 1, LINK_SECRET_SIZE);
	(void)crypto_scalarmult_base(node->link_key, node->link_secret);
	device_id(node->device, node->sign_key);
	node->is_hub = user == 0;
	if (user)
		memcpy(node->user, id_of(user), ID_BYTES);
	certify(node, node->credentials, company_seed);
	node->credentials_size = CREDENTIALS_SIZE;
	node->store = memory_store_new(schema_roadbook());
	node->policy = policy_new(node->company);
	node->clock = NODES_NOW;
	node->host = (struct session_host){
		.self = node,
		.store = node->store,
		.policy = node->policy,
		.territory = host_territory,
		.seal = host_seal,
		.directory_changed = host_directory_changed,
		.hub_time = host_hub_time,
		.rolled_back = host_rolled_back,
		.invitation = node->is_hub ? host_invitation : NULL,
		.enrol = node->is_hub ? host_enrol : NULL,
	};
	if (node->is_hub)
		policy_add_hub(node->policy, node->device, node->sign_key);
	return node;
}

struct node *
node_new(uint8_t seed, uint8_t user)
{
	return node_new_of(COMPANY_SEED, seed, user);
}

void
node_free(struct node *node)
{
	if (!node)
		return;
	for (int i = 0; i < NODE_TERRITORIES_MAX; i++)
		territory_free(node->territories[i]);
	policy_free(node->policy);
	memory_store_free(node->store);
	free(node);
}

void
node_introduce(struct node *node, const struct node *hub)
{
	memcpy(node->credentials + CREDENTIALS_SIZE,
		hub->credentials + CERTIFICATE_SIZE, CERTIFICATE_SIZE);
	node->credentials_size = CREDENTIALS_SIZE_MAX;
	policy_add_hub(node->policy, hub->device, hub->sign_key);
}

/* What a record is written with: values packed one after the other. */
struct writing {
	struct write_operation operations[8];
	size_t count;
	uint8_t bytes[512];
	struct pack pack;
	uint32_t type;
	const uint8_t *id;
};

static void
begin_writing(struct writing *w, uint32_t type, const uint8_t *id)
{
	w->count = 0;
	w->type = type;
	w->id = id;
	pack_init(&w->pack, w->bytes, sizeof w->bytes);
}

/* The value is what was packed since `start`. */
static void
add_value(struct writing *w, uint32_t field, enum operation_kind kind,
	size_t start)
{
	assert(!w->pack.overflow);
	w->operations[w->count++] =
		(struct write_operation){w->type, w->id, ID_BYTES, field, kind,
			{w->bytes + start, w->pack.size - start}, -1};
}

static void
add_text(struct writing *w, uint32_t field, enum operation_kind kind,
	const char *text)
{
	size_t start = w->pack.size;

	pack_text(&w->pack, text);
	add_value(w, field, kind, start);
}

static void
add_bytes(struct writing *w, uint32_t field, const uint8_t *bytes, size_t size)
{
	size_t start = w->pack.size;

	pack_bytes(&w->pack, bytes, size);
	add_value(w, field, OPERATION_INIT, start);
}

static void
write_sealed(struct node *node, struct territory *territory, const uint8_t *log,
	struct write_operation *operations, size_t count)
{
	struct write write = {.log = log,
		.at = node->clock++,
		.operations = operations,
		.operation_count = count};
	size_t refused;
	uint32_t segments;
	int64_t seq = 0;

	must(territory_write(territory, &write, &seq, &refused));
	assert(seq > 0);
	memcpy(node->late_log, log, LOG_BYTES);
	if (node->seals_late)
		return;
	must(territory_seal(
		territory, log, node->company, node->sign_secret, &segments));
}

static void
end_writing(struct node *hub, struct writing *w)
{
	uint8_t log[LOG_BYTES] = {0};

	memcpy(log, hub->device, ID_BYTES);
	write_sealed(hub, node_territory(hub, policy_directory(hub->policy)),
		log, w->operations, w->count);
	node_refresh(hub);
}

void
hub_add_territory(struct node *hub, uint8_t id, uint8_t parent,
	const char *name, const char *kind)
{
	struct writing w;

	begin_writing(&w, TYPE_TERRITORY, id_of(id));
	add_text(&w, TERRITORY_NAME, OPERATION_PUT, name);
	if (parent)
		add_bytes(&w, TERRITORY_PARENT, id_of(parent), ID_BYTES);
	add_text(&w, TERRITORY_KIND, OPERATION_INIT, kind);
	end_writing(hub, &w);
}

void
hub_add_user(struct node *hub, uint8_t id, const char *login)
{
	struct writing w;

	begin_writing(&w, TYPE_USER, id_of(id));
	add_text(&w, USER_LOGIN, OPERATION_INIT, login);
	add_text(&w, USER_NAME, OPERATION_PUT, login);
	end_writing(hub, &w);
}

void
hub_add_device(struct node *hub, const struct node *device)
{
	struct writing w;

	begin_writing(&w, TYPE_DEVICE, device->device);
	add_bytes(&w, DEVICE_USER, device->user, ID_BYTES);
	add_bytes(&w, DEVICE_SIGN_KEY, device->sign_key, SIGNING_KEY_SIZE);
	add_bytes(&w, DEVICE_LINK_KEY, device->link_key, LINK_KEY_SIZE);
	add_text(&w, DEVICE_NAME, OPERATION_PUT, "laptop");
	add_text(&w, DEVICE_KIND, OPERATION_INIT, "device");
	end_writing(hub, &w);
}

void
hub_add_grant(struct node *hub, uint8_t id, uint8_t user, uint8_t territory,
	const char *role)
{
	struct writing w;

	begin_writing(&w, TYPE_GRANT, id_of(id));
	add_bytes(&w, GRANT_USER, id_of(user), ID_BYTES);
	add_bytes(&w, GRANT_TERRITORY, id_of(territory), ID_BYTES);
	add_text(&w, GRANT_ROLE, OPERATION_INIT, role);
	end_writing(hub, &w);
}

void
hub_add_cutoff(struct node *hub, uint8_t id, const uint8_t *device,
	const uint8_t *grant, const uint8_t *territory, int64_t last)
{
	static const uint8_t none[ID_BYTES];
	struct territory *t = territory ? node_territory(hub, territory) : NULL;
	uint8_t log[LOG_BYTES], name[SEGMENT_NAME_SIZE];
	struct writing w;
	bool named;

	memcpy(log, device ? device : none, ID_BYTES);
	memcpy(log + ID_BYTES, grant ? grant : none, ID_BYTES);
	named = t && territory_segment_name(t, log, last, name);
	begin_writing(&w, TYPE_CUTOFF, id_of(id));
	pack_map(&w.pack, named ? 5 : 4);
	pack_integer(&w.pack, CUTOFF_TERRITORY);
	pack_bytes(&w.pack, territory ? territory : none, ID_BYTES);
	pack_integer(&w.pack, CUTOFF_DEVICE);
	pack_bytes(&w.pack, device ? device : none, ID_BYTES);
	pack_integer(&w.pack, CUTOFF_GRANT);
	pack_bytes(&w.pack, grant ? grant : none, ID_BYTES);
	pack_integer(&w.pack, CUTOFF_LAST);
	pack_integer(&w.pack, last);
	if (named) {
		pack_integer(&w.pack, CUTOFF_SEGMENT);
		pack_bytes(&w.pack, name, sizeof name);
	}
	add_value(&w, CUTOFF_BODY, OPERATION_INIT, 0);
	end_writing(hub, &w);
}

/* The device ends, and the part says how. */
static void
add_ending(struct node *hub, uint8_t id, const uint8_t *device, int part)
{
	static const uint8_t none[ID_BYTES];
	struct writing w;

	begin_writing(&w, TYPE_CUTOFF, id_of(id));
	pack_map(&w.pack, 5);
	pack_integer(&w.pack, CUTOFF_TERRITORY);
	pack_bytes(&w.pack, none, ID_BYTES);
	pack_integer(&w.pack, CUTOFF_DEVICE);
	pack_bytes(&w.pack, device, ID_BYTES);
	pack_integer(&w.pack, CUTOFF_GRANT);
	pack_bytes(&w.pack, none, ID_BYTES);
	pack_integer(&w.pack, CUTOFF_LAST);
	pack_integer(&w.pack, 0);
	pack_integer(&w.pack, part);
	pack_bool(&w.pack, true);
	add_value(&w, CUTOFF_BODY, OPERATION_INIT, 0);
	end_writing(hub, &w);
}

void
hub_add_stolen(struct node *hub, uint8_t id, const uint8_t *device)
{
	add_ending(hub, id, device, CUTOFF_STOLEN);
}

void
hub_add_replaced(struct node *hub, uint8_t id, const uint8_t *device)
{
	add_ending(hub, id, device, CUTOFF_REPLACED);
}

void
hub_add_ending(struct node *hub, uint8_t id, const uint8_t *grant)
{
	struct writing w;

	begin_writing(&w, TYPE_ENDING, id_of(id));
	add_bytes(&w, ENDING_GRANT, grant, ID_BYTES);
	end_writing(hub, &w);
}

static void
add_part(struct writing *w, int part, const uint8_t *bytes, size_t size)
{
	pack_integer(&w->pack, part);
	pack_bytes(&w->pack, bytes, size);
}

void
hub_add_erasure(struct node *hub, uint8_t id, const uint8_t *territory,
	uint32_t type, const uint8_t *record)
{
	uint8_t mark[ERASURE_MARK_SIZE];
	struct writing w;

	erasure_mark_make(mark, territory, type, record, ID_BYTES);
	begin_writing(&w, TYPE_ERASURE, id_of(id));
	pack_map(&w.pack, 3);
	add_part(&w, ERASURE_TERRITORY, territory, ID_BYTES);
	add_part(&w, ERASURE_MARK, mark, sizeof mark);
	add_part(&w, ERASURE_ORDER, id_of(id), ID_BYTES);
	add_value(&w, ERASURE_BODY, OPERATION_INIT, 0);
	end_writing(hub, &w);
}

void
hub_add_replacement(struct node *hub, uint8_t id, const struct segment *erasure)
{
	struct writing w;

	begin_writing(&w, TYPE_REPLACEMENT, id_of(id));
	pack_map(&w.pack, 7);
	add_part(&w, REPLACEMENT_TERRITORY, erasure->territory, ID_BYTES);
	add_part(&w, REPLACEMENT_DEVICE, erasure->log, ID_BYTES);
	add_part(&w, REPLACEMENT_GRANT, erasure->log + ID_BYTES, ID_BYTES);
	pack_integer(&w.pack, REPLACEMENT_FIRST);
	pack_integer(&w.pack, erasure->first);
	add_part(&w, REPLACEMENT_REPLACES, erasure->name, SEGMENT_NAME_SIZE);
	add_part(&w, REPLACEMENT_NAME, erasure->own_name, SEGMENT_NAME_SIZE);
	add_part(&w, REPLACEMENT_ORDER, id_of(id), ID_BYTES);
	add_value(&w, REPLACEMENT_BODY, OPERATION_PUT, 0);
	end_writing(hub, &w);
}

void
hub_found(struct node *hub)
{
	hub_add_territory(hub, ROOT, 0, "/", "field");
	hub_add_territory(hub, EAST, ROOT, "east", "field");
	hub_add_territory(hub, LINXI, EAST, "linxi", "field");
	hub_add_territory(hub, MARGINS, EAST, "margins", "management");
	hub_add_territory(hub, WEST, ROOT, "west", "field");
	hub_add_user(hub, REP, "rep");
	hub_add_user(hub, MANAGER, "manager");
	hub_add_user(hub, OTHER, "other");
	hub_add_grant(hub, GRANT_LINXI, REP, LINXI, "rep");
	hub_add_grant(hub, GRANT_EAST, MANAGER, EAST, "manager");
	hub_add_grant(hub, GRANT_WEST, OTHER, WEST, "rep");
}

static void
write_account(struct node *node, uint8_t territory, uint8_t grant,
	uint32_t account, struct pack_view value, const char *field)
{
	const struct schema_type *type =
		schema_type_named(node->store->schema, "account");
	uint8_t log[LOG_BYTES], id[ID_BYTES] = {0xac};
	struct write_operation operation = {type->number, id, ID_BYTES,
		schema_field_named(type, field)->number, OPERATION_PUT, value,
		-1};

	id[12] = (uint8_t)(account >> 24);
	id[13] = (uint8_t)(account >> 16);
	id[14] = (uint8_t)(account >> 8);
	id[15] = (uint8_t)account;
	memcpy(log, node->device, ID_BYTES);
	if (grant)
		memcpy(log + ID_BYTES, id_of(grant), ID_BYTES);
	else
		memset(log + ID_BYTES, 0, ID_BYTES);
	write_sealed(node, node_territory(node, id_of(territory)), log,
		&operation, 1);
}

void
node_write(struct node *node, uint8_t territory, uint8_t grant,
	uint32_t account, const char *name)
{
	uint8_t bytes[256];
	struct pack pack;

	pack_init(&pack, bytes, sizeof bytes);
	pack_text(&pack, name);
	write_account(node, territory, grant, account,
		(struct pack_view){bytes, pack.size}, "short_name");
}

void
node_write_much(struct node *node, uint8_t territory, uint8_t grant,
	uint32_t account, size_t size)
{
	uint8_t seed[randombytes_SEEDBYTES] = {0};
	uint8_t *text = alloc(size), *bytes = alloc(size + 8);
	struct pack pack;

	memcpy(seed, &account, sizeof account);
	randombytes_buf_deterministic(text, size, seed);
	for (size_t i = 0; i < size; i++)
		text[i] = (uint8_t)('0' + text[i] % 64);
	pack_init(&pack, bytes, size + 8);
	pack_text_view(&pack, text, size);
	write_account(node, territory, grant, account,
		(struct pack_view){bytes, pack.size}, "short_name");
	free(text);
	free(bytes);
}

static const uint8_t *
any_key(void *self, const uint8_t *device)
{
	const struct node *from = self;

	return memcmp(device, from->device, ID_BYTES) == 0
		? from->sign_key
		: policy_device_key(from->policy, device);
}

void
node_give(struct node *to, struct node *from, const uint8_t *territory)
{
	struct territory *source = node_territory(from, territory);
	struct territory *target = node_territory(to, territory);
	struct territory_walk walk = {0};
	struct pack_view bytes;

	while (territory_lacking(source, NULL, 0, &walk, &bytes) == STATUS_OK) {
		enum message_verdict verdict;
		struct segment segment;

		must(segment_decode(&segment, bytes.bytes, bytes.size,
			to->company, any_key, from));
		must(territory_keep(
			target, &segment, bytes.bytes, to->is_hub, &verdict));
	}
	must(territory_settle(target, NULL));
	if (memcmp(territory, policy_directory(to->policy), ID_BYTES) == 0)
		node_refresh(to);
}

int64_t
node_kept(struct node *node, uint8_t territory)
{
	struct store_log *logs = NULL;
	uint32_t count = 0;
	int64_t kept = 0;

	must(node->store->logs(node->store->self,
		territory_number(node_territory(node, id_of(territory))), &logs,
		&count));
	for (uint32_t i = 0; i < count; i++) {
		kept += logs[i].kept;
		free(logs[i].context);
	}
	free(logs);
	return kept;
}

int64_t
node_applied(struct node *node, uint8_t territory)
{
	int64_t *frontier = NULL, applied = 0;
	uint32_t count = 0;

	territory_applied(
		node_territory(node, id_of(territory)), &frontier, &count);
	for (uint32_t i = 0; i < count; i++)
		applied += frontier[i];
	free(frontier);
	return applied;
}

bool
nodes_agree(struct node *a, struct node *b, uint8_t territory)
{
	uint8_t x[32], y[32];

	must(territory_digest(node_territory(a, id_of(territory)), x));
	must(territory_digest(node_territory(b, id_of(territory)), y));
	return memcmp(x, y, sizeof x) == 0;
}

struct session_options
node_options(struct node *node, bool initiator)
{
	return (struct session_options){
		.host = &node->host,
		.initiator = initiator,
		.company_key = node->company_key,
		.link_secret = node->link_secret,
		.credentials = node->credentials,
		.credentials_size = node->credentials_size,
		.hub = node->is_hub,
		.trusted_now_ms = NODES_NOW,
	};
}

/* Passes on what one of them has to say. */
static bool
carry_one_way(struct session *from, struct session *to, bool from_initiator,
	uint32_t *count, tamper_cb *tamper, void *self)
{
	const uint8_t *frame;
	bool any = false;
	size_t size;

	while (session_next_frame(from, NODES_NOW, &frame, &size) ==
		STATUS_OK) {
		uint8_t *copy = alloc(size + 1);
		struct passing passing = {
			(*count)++, from_initiator, copy, size, to};
		int times = 1;

		any = true;
		memcpy(copy, frame, size);
		if (tamper)
			times = tamper(self, &passing);
		for (; times > 0; times--)
			if (session_receive(to, NODES_NOW, passing.bytes,
				    passing.size) != STATUS_OK)
				break;
		free(copy);
	}
	return any;
}

uint32_t
carry(struct session *initiator, struct session *responder, tamper_cb *tamper,
	void *self)
{
	uint32_t count = 0;
	bool any = true;

	while (any) {
		any = carry_one_way(
			initiator, responder, true, &count, tamper, self);
		if (carry_one_way(
			    responder, initiator, false, &count, tamper, self))
			any = true;
	}
	return count;
}

struct session_report
sync_nodes(struct node *initiator, struct node *responder)
{
	struct session_options a = node_options(initiator, true);
	struct session_options b = node_options(responder, false);
	struct session *x = session_new(&a), *y = session_new(&b);
	struct session_report report;

	(void)carry(x, y, NULL, NULL);
	session_closed(x);
	session_closed(y);
	report = *session_report(x);
	if (report.detail[0])
		report.detail = "broken";
	session_free(x);
	session_free(y);
	return report;
}
