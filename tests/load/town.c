#include "tests/load/town.h"

#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/node/folder.h"
#include "client/node/hub/certify.h"
#include "client/node/hub/directory.h"
#include "client/node/hub/hub.h"
#include "client/node/setup.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

enum {
	DRAFT_MAX = 2000, /* operations in one change of the directory */
	ACCOUNT_SHORT_NAME = 9,
	VISIT_ACCOUNT = 5,
	VISIT_GOAL = 49,
	VISIT_RESULT = 57,
};

static void
must(bool good, const struct problem *problem)
{
	if (good)
		return;
	(void)fprintf(stderr, "%s (%s)\n", problem->message, problem->hint);
	exit(EXIT_FAILURE);
}

static void
must_ok(enum status status)
{
	struct problem problem = {.message = "the store failed"};

	must(status == STATUS_OK, &problem);
}

/* ---- the directory ---- */

static void
draft_room(struct node *hub, struct directory_draft *draft)
{
	struct problem problem;

	if (draft->count >= DRAFT_MAX)
		must(directory_write(hub, draft, &problem), &problem);
}

static void
add_place(struct node *hub, struct directory_draft *draft, uint32_t number,
	const uint8_t *id)
{
	const struct policy_territory *root =
		policy_territory_path(hub->policy, "/");
	char name[32];

	(void)snprintf(name, sizeof name, "place%u", number);
	directory_text(draft, TYPE_TERRITORY, id, TERRITORY_NAME, name);
	directory_bytes(draft, TYPE_TERRITORY, id, TERRITORY_PARENT, root->id,
		ID_BYTES);
	directory_once_text(draft, TYPE_TERRITORY, id, TERRITORY_KIND, "field");
	draft_room(hub, draft);
}

static void
add_rep(struct node *hub, struct directory_draft *draft, uint32_t number,
	const struct town_rep *rep)
{
	const uint8_t *grant = rep->log + ID_BYTES;
	char login[32];

	(void)snprintf(login, sizeof login, "rep%u", number);
	directory_once_text(draft, TYPE_USER, rep->user, USER_LOGIN, login);
	directory_bytes(draft, TYPE_DEVICE, rep->device, DEVICE_USER, rep->user,
		ID_BYTES);
	directory_bytes(draft, TYPE_DEVICE, rep->device, DEVICE_SIGN_KEY,
		rep->sign_key, SIGNING_KEY_SIZE);
	directory_bytes(draft, TYPE_DEVICE, rep->device, DEVICE_LINK_KEY,
		rep->link_key, LINK_KEY_SIZE);
	directory_once_text(
		draft, TYPE_DEVICE, rep->device, DEVICE_KIND, "device");
	directory_bytes(
		draft, TYPE_GRANT, grant, GRANT_USER, rep->user, ID_BYTES);
	directory_bytes(draft, TYPE_GRANT, grant, GRANT_TERRITORY, rep->place,
		ID_BYTES);
	directory_once_text(draft, TYPE_GRANT, grant, GRANT_ROLE, "rep");
	draft_room(hub, draft);
}

/* As the hub does it when a device enrols. */
static void
certify(struct node *hub, struct town_rep *rep)
{
	uint64_t now = (uint64_t)node_now_ms();
	struct certificate c = {.kind = CERTIFICATE_DEVICE,
		.serial = now,
		.not_before_ms = now - HUB_CERTIFICATE_EARLY_MS,
		.expires_ms = now + HUB_CERTIFICATE_EARLY_MS};
	uint8_t *out = rep->credentials;

	memcpy(c.company, hub->company, COMPANY_ID_SIZE);
	memcpy(c.subject, rep->device, ID_BYTES);
	memcpy(c.user, rep->user, ID_BYTES);
	memcpy(c.signing_key, rep->sign_key, SIGNING_KEY_SIZE);
	memcpy(c.link_key, rep->link_key, LINK_KEY_SIZE);
	memcpy(c.issuer, node_keys_issuing_public(hub->keys), SIGNING_KEY_SIZE);
	memcpy(out, hub->credentials, CERTIFICATE_SIZE);
	certificate_encode(
		out + CERTIFICATE_SIZE, &c, hub->keys->issuing_secret);
	memcpy(out + 2 * (size_t)CERTIFICATE_SIZE,
		hub->credentials + CERTIFICATE_SIZE, CERTIFICATE_SIZE);
}

static void
make_rep(struct node *hub, struct town_rep *rep, const uint8_t *place)
{
	(void)crypto_sign_keypair(rep->sign_key, rep->sign_secret);
	randombytes_buf(rep->link_secret, LINK_SECRET_SIZE);
	(void)crypto_scalarmult_base(rep->link_key, rep->link_secret);
	device_id(rep->device, rep->sign_key);
	node_new_id(rep->user);
	node_new_id(rep->account);
	memcpy(rep->place, place, ID_BYTES);
	memcpy(rep->log, rep->device, ID_BYTES);
	node_new_id(rep->log + ID_BYTES);
	certify(hub, rep);
}

static void
found_directory(struct town *town, struct node *hub)
{
	uint8_t *places = alloc(town->place_count * (size_t)ID_BYTES);
	struct directory_draft draft = {0};
	struct problem problem = {0};

	for (uint32_t i = 0; i < town->place_count; i++) {
		node_new_id(places + i * (size_t)ID_BYTES);
		add_place(hub, &draft, i, places + i * (size_t)ID_BYTES);
	}
	for (uint32_t i = 0; i < town->rep_count; i++) {
		make_rep(hub, &town->reps[i],
			places + i % town->place_count * (size_t)ID_BYTES);
		add_rep(hub, &draft, i, &town->reps[i]);
	}
	must(directory_write(hub, &draft, &problem), &problem);
	must_ok(node_seal(hub));
	free(places);
}

/* ---- what the reps hold ---- */

/* Hands over what `to` lacks of the territory. */
static void
carry(struct node *from, struct node *to, const uint8_t *id)
{
	struct territory *source = node_territory(from, id, false);
	struct territory *target = node_territory(to, id, true);
	struct territory_walk walk = {0};
	struct pack_view bytes;

	while (source &&
		territory_lacking(source, NULL, 0, &walk, &bytes) ==
			STATUS_OK) {
		struct segment segment;
		enum message_verdict verdict;

		must_ok(segment_view(&segment, bytes.bytes, bytes.size));
		must_ok(territory_keep(
			target, &segment, bytes.bytes, false, &verdict));
	}
	must_ok(territory_settle(target, NULL));
}

static struct node *
make_field(struct town *town, struct node *hub)
{
	struct node_keys *keys = node_keys_new(false);
	char *dir = folder_file(town->dir, "field");
	struct setup setup = {.dir = dir,
		.keys = keys,
		.credentials_size = 3 * (size_t)CERTIFICATE_SIZE};
	struct problem problem = {0};
	struct node *field = NULL;

	must(folder_make(dir, &problem), &problem);
	memcpy(setup.company_key, hub->company_key, SIGNING_KEY_SIZE);
	memcpy(setup.credentials, town->reps[0].credentials,
		sizeof setup.credentials);
	memcpy(setup.user, town->reps[0].user, ID_BYTES);
	must(setup_node(&setup, &field, &problem), &problem);
	/* The reps' disks are not what is measured. */
	(void)sqlite3_exec(store_sqlite_handle(field->store),
		"PRAGMA synchronous=OFF", NULL, NULL, NULL);
	must(node_begin(field, &problem), &problem);
	carry(hub, field, territory_id(hub->directory));
	must_ok(node_directory_changed(field));
	must(node_commit(field, &problem), &problem);
	node_keys_free(keys);
	free(dir);
	return field;
}

struct day {
	struct town *town;
	struct town_rep *rep;
	struct territory *place;
	struct write_operation operations[4];
	size_t count;
	uint8_t bytes[512];
	struct pack pack;
};

static void
add(struct day *day, uint32_t type, const uint8_t *id, uint32_t field,
	size_t start)
{
	day->operations[day->count++] = (struct write_operation){type, id,
		ID_BYTES, field, OPERATION_PUT,
		{day->bytes + start, day->pack.size - start}, -1};
}

static void
add_text(struct day *day, uint32_t type, const uint8_t *id, uint32_t field,
	const char *text)
{
	size_t start = day->pack.size;

	pack_text(&day->pack, text);
	add(day, type, id, field, start);
}

static void
begin_change(struct day *day)
{
	day->count = 0;
	pack_init(&day->pack, day->bytes, sizeof day->bytes);
}

static void
end_change(struct day *day)
{
	struct write write = {.log = day->rep->log,
		.at = node_now_ms(),
		.operations = day->operations,
		.operation_count = day->count};
	size_t refused;
	int64_t seq;

	must_ok(territory_write(day->place, &write, &seq, &refused));
}

static void
write_visit(struct day *day, uint32_t number)
{
	uint8_t id[ID_BYTES];
	char goal[64];

	node_new_id(id);
	begin_change(day);
	pack_bytes(&day->pack, day->rep->account, ID_BYTES);
	add(day, TYPE_VISIT, id, VISIT_ACCOUNT, 0);
	(void)snprintf(goal, sizeof goal, "拜访 %u：了解设备更新计划", number);
	add_text(day, TYPE_VISIT, id, VISIT_GOAL, goal);
	add_text(day, TYPE_VISIT, id, VISIT_RESULT, "advanced");
	end_change(day);
}

static void
write_edit(struct day *day)
{
	uint8_t random[6];
	char name[32] = "客户 ";

	randombytes_buf(random, sizeof random);
	(void)sodium_bin2hex(name + strlen(name), 2 * sizeof random + 1, random,
		sizeof random);
	begin_change(day);
	add_text(
		day, TYPE_ACCOUNT, day->rep->account, ACCOUNT_SHORT_NAME, name);
	end_change(day);
}

void
town_write(struct town *town, uint32_t first, uint32_t count, uint32_t visits,
	uint32_t edits)
{
	struct problem problem = {0};

	must(node_begin(town->field, &problem), &problem);
	for (uint32_t i = first; i < first + count; i++) {
		struct day day = {.town = town, .rep = &town->reps[i]};
		uint32_t segments;

		day.place = node_territory(town->field, day.rep->place, true);
		for (uint32_t k = 0; k < edits; k++)
			write_edit(&day);
		for (uint32_t k = 0; k < visits; k++)
			write_visit(&day, k);
		must_ok(territory_seal(day.place, day.rep->log,
			town->field->company, day.rep->sign_secret, &segments));
	}
	must(node_commit(town->field, &problem), &problem);
}

/* What the hub has of yesterday: an account in each place. */
static void
carry_yesterday(struct town *town, struct node *hub)
{
	struct problem problem = {0};

	town_write(town, 0, town->place_count, 0, 1);
	must(node_begin(hub, &problem), &problem);
	for (uint32_t i = 0; i < town->place_count; i++)
		carry(town->field, hub, town->reps[i].place);
	must(node_commit(hub, &problem), &problem);
}

/* ---- sessions ---- */

static struct territory *
host_territory(void *self, const uint8_t *id, bool make)
{
	struct town *town = self;

	return node_territory(town->field, id, make);
}

static struct territory *
blank_territory(void *self, const uint8_t *id, bool make)
{
	(void)self;
	(void)id;
	(void)make;
	return NULL;
}

static enum status
host_nothing(void *self)
{
	(void)self;
	return STATUS_OK;
}

static enum status
host_directory_changed(void *self)
{
	struct town *town = self;

	return node_directory_changed(town->field);
}

static void
host_hub_time(void *self, int64_t now_ms)
{
	(void)self;
	(void)now_ms;
}

static void
host_rolled_back(void *self)
{
	struct town *town = self;

	node_reload(town->field);
}

struct session_options
town_session(struct town *town, uint32_t rep)
{
	return (struct session_options){.host = &town->host,
		.initiator = true,
		.company_key = town->field->company_key,
		.link_secret = town->reps[rep].link_secret,
		.credentials = town->reps[rep].credentials,
		.credentials_size = sizeof town->reps[rep].credentials,
		.trusted_now_ms = node_now_ms()};
}

struct town *
town_new(const char *parent, uint32_t reps, uint32_t places)
{
	struct town *town = alloc(sizeof *town);
	char *dir = alloc(strlen(parent) + 32), *key = NULL;
	struct hub_init_options options = {
		.company = "云泽泓策", .admin = "admin"};
	struct problem problem = {0};
	uint8_t device[ID_BYTES];
	struct node *hub = NULL;

	(void)sprintf(dir, "%s/roadbook-load.XXXXXX", parent);
	if (!mkdtemp(dir)) {
		perror(dir);
		exit(EXIT_FAILURE);
	}
	town->dir = dir;
	options.dir = town->hub_dir = folder_file(dir, "hub");
	town->rep_count = reps;
	town->place_count = places;
	town->reps = alloc(reps * sizeof *town->reps);
	must(hub_init(&options, &key, device, &problem), &problem);
	free(key);
	must(node_open(&hub, options.dir, 0, &problem), &problem);
	must(hub_order_as(hub, NULL, &problem), &problem);
	found_directory(town, hub);
	town->field = make_field(town, hub);
	carry_yesterday(town, hub);
	node_close(hub);
	town->host = (struct session_host){.self = town,
		.store = town->field->store,
		.policy = town->field->policy,
		.territory = host_territory,
		.seal = host_nothing,
		.directory_changed = host_directory_changed,
		.hub_time = host_hub_time,
		.rolled_back = host_rolled_back};
	town->blank = town->host;
	town->blank.territory = blank_territory;
	return town;
}

static int
remove_one(const char *path, const struct stat *s, int kind, struct FTW *walk)
{
	(void)s;
	(void)kind;
	(void)walk;
	return remove(path);
}

void
town_free(struct town *town)
{
	node_close(town->field);
	(void)nftw(town->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(town->hub_dir);
	free(town->dir);
	free(town->reps);
	free(town);
}
