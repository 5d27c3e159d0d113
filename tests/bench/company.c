#include "tests/bench/company.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "client/node/hub/hub.h"
#include "client/node/hub/quota.h"
#include "client/node/keys.h"
#include "client/node/placed.h"
#include "client/node/setup.h"
#include "client/node/vault.h"
#include "proto/segment.h"
#include "sync/alloc.h"
#include "tests/bench/fatal.h"

static const char territory_path[] = "east";

enum { PLACE_PATH = 32, PUSHED_MAX_MB = 100000 };

static char *
folder_of(const char *dir, const char *who)
{
	return folder_file(dir, who);
}

/* Of every node of an encrypted company. */
static const struct passphrase word = {.size = 8, .text = "bench123"};
static bool encrypted;

void
company_encrypt(bool sealed)
{
	encrypted = sealed;
}

/* The data key of an encrypted node, NULL of a plain one: sodium_free(). */
static uint8_t *
open_vault(const char *folder)
{
	struct problem problem = {0};
	struct vault vault;
	uint8_t *key;

	if (!vault_is_in(folder))
		return NULL;
	key = vault_data_key_room();
	need(vault_load(&vault, folder, &problem) &&
			vault_open(&vault, &word, key, &problem),
		&problem);
	return key;
}

struct node *
company_open(const char *dir, const char *who)
{
	struct problem problem = {0};
	struct node_keys *keys = NULL;
	struct node *node = NULL;
	char *folder = folder_of(dir, who), *path = folder_file(folder, "keys");
	uint8_t *key = open_vault(folder);

	need(node_keys_load_sealed(&keys, path, key, &problem), &problem);
	sodium_free(key);
	need(node_open_with(&node, folder, keys, work_schema(), 0, &problem),
		&problem);
	free(path);
	free(folder);
	return node;
}

/* The directory, handed to a new device. */
static void
carry_directory(struct node *hub, struct node *to)
{
	struct problem problem = {0};
	struct territory_walk walk = {0};
	struct pack_view bytes;

	if (node_seal(hub) != STATUS_OK)
		fatal("the hub does not seal");
	need(node_begin(to, &problem), &problem);
	while (territory_lacking(hub->directory, NULL, 0, &walk, &bytes) ==
		STATUS_OK) {
		struct segment segment;
		enum message_verdict verdict;

		if (segment_view(&segment, bytes.bytes, bytes.size) !=
				STATUS_OK ||
			territory_keep(to->directory, &segment, bytes.bytes,
				false, &verdict) != STATUS_OK)
			fatal("the directory is not taken");
	}
	if (territory_settle(to->directory, NULL) != STATUS_OK ||
		node_directory_changed(to) != STATUS_OK)
		fatal("the directory is not applied");
	need(node_commit(to, &problem), &problem);
}

static void
make_device(struct node *hub, const char *dir, const char *who)
{
	struct problem problem = {0};
	const char *url = "tcp://127.0.0.1:1";
	struct hub_invitation invitation = {.login = who,
		.territory = territory_path,
		.role = "rep",
		.urls = &url,
		.url_count = 1};
	struct node_keys *keys = node_keys_new(false);
	char *folder = folder_of(dir, who);
	struct setup setup = {
		.dir = folder, .keys = keys, .schema = work_schema()};
	char text[TOKEN_TEXT_SIZE], login[64];
	uint8_t id[ID_BYTES], device[ID_BYTES], link_key[LINK_KEY_SIZE];
	struct node *node = NULL;
	struct token token;
	uint8_t *key;

	need(folder_make(folder, &problem), &problem);
	need(hub_user_add(hub, who, NULL, id, &problem), &problem);
	need(hub_invite(hub, &invitation, text, &problem), &problem);
	if (token_decode(&token, text) != STATUS_OK)
		fatal("the invitation is no token");
	node_keys_link_public(keys, link_key);
	setup.credentials_size = sizeof setup.credentials;
	if (hub_session_enrol(hub, token.id, node_keys_sign_public(keys),
		    link_key, who, setup.credentials, &setup.credentials_size,
		    setup.user, login, sizeof login) != STATUS_OK)
		fatal("%s is not enrolled", who);
	/* What is pushed here takes others years. */
	device_id(device, node_keys_sign_public(keys));
	need(quota_set(NULL, hub, device, PUSHED_MAX_MB, &problem), &problem);
	memcpy(setup.company_key, token.company_key, SIGNING_KEY_SIZE);
	if (encrypted) {
		key = vault_prepare(
			folder, &word, token.company_key, id, &problem);
		need(key != NULL, &problem);
		node_keys_seal(keys, key);
		sodium_free(key);
	}
	need(setup_node(&setup, &node, &problem), &problem);
	need(setup_done(&setup, &problem), &problem);
	carry_directory(hub, node);
	node_close(node);
	node_keys_free(keys);
	token_clear(&token);
	free(folder);
}

/* The path of a territory of a company that has many. */
static void
place_path(char out[static PLACE_PATH], uint32_t place)
{
	(void)snprintf(out, PLACE_PATH, "%s/place%04u", territory_path, place);
}

static void
make_places(struct node *hub, uint32_t places)
{
	struct problem problem = {0};
	uint8_t id[ID_BYTES];

	need(hub_territory_add(hub, territory_path, false, id, &problem),
		&problem);
	for (uint32_t i = 0; places > 1 && i < places; i++) {
		char path[PLACE_PATH];

		place_path(path, i);
		need(hub_territory_add(hub, path, false, id, &problem),
			&problem);
	}
}

void
company_make(const char *dir, uint32_t places)
{
	struct problem problem = {0};
	char *folder = folder_of(dir, "hub"), *key = NULL;
	struct hub_init_options options = {.dir = folder,
		.company = "bench",
		.admin = "admin",
		.passphrase = encrypted ? &word : NULL};
	uint8_t id[ID_BYTES];
	struct node *hub;

	need(hub_init(&options, &key, id, &problem), &problem);
	hub = company_open(dir, "hub");
	need(hub_order_as(hub, NULL, &problem), &problem);
	make_places(hub, places);
	make_device(hub, dir, "rep1");
	make_device(hub, dir, "rep2");
	node_close(hub);
	free(key);
	free(folder);
}

/* ---- writing as the program does ---- */

/* Room for the encoded values of one transaction. */
struct encoded {
	uint8_t *bytes;
	size_t room;
	struct pack pack;
};

static struct pack_view
encode(struct encoded *to, enum work_form form, const struct work_value *value)
{
	size_t before = to->pack.size;

	if (form == WORK_NUMBER)
		pack_integer(&to->pack, value->number);
	else if (form == WORK_REFERENCE)
		pack_bytes(&to->pack, value->bytes, value->size);
	else
		pack_text_view(&to->pack, value->bytes, value->size);
	if (to->pack.overflow)
		fatal("a transaction is larger than expected");
	return (struct pack_view){to->bytes + before, to->pack.size - before};
}

/*
 * Edits of one transaction, and what they point to. Who writes many remembers
 * from one to the next where records are, as an import does; a person who
 * writes one has nothing to remember.
 */
struct edits {
	struct edit *list;
	struct edit_operation *operations;
	struct edit_result *results;
	struct encoded values;
	struct placed placed;
	uint32_t count, operation_count;
};

static void
commit(struct node *node, struct edits *e, bool sealed)
{
	struct problem problem = {0};

	if (e->count == 1)
		placed_clear(&e->placed);
	need(node_begin(node, &problem), &problem);
	need(node_write_placed(
		     node, e->list, e->count, e->results, &e->placed, &problem),
		&problem);
	need(node_commit(node, &problem), &problem);
	if (sealed && node_seal(node) != STATUS_OK)
		fatal("it does not seal");
}

enum { VALUE_ROOM = 2048 };

static struct edits
edits_new(uint32_t each)
{
	struct edits e = {.list = alloc(each * sizeof *e.list),
		.operations = alloc(each * WORK_COLUMNS * sizeof *e.operations),
		.results = alloc(each * sizeof *e.results)};

	e.values.room = (size_t)each * VALUE_ROOM;
	e.values.bytes = alloc(e.values.room);
	return e;
}

static void
edits_clear(struct edits *e)
{
	e->count = e->operation_count = 0;
	pack_init(&e->values.pack, e->values.bytes, e->values.room);
}

static void
edits_free(struct edits *e)
{
	free(e->list);
	free(e->operations);
	free(e->results);
	free(e->values.bytes);
	placed_clear(&e->placed);
}

static struct edit *
add_edit(struct edits *e, const struct node *node,
	const struct work_record *record)
{
	struct edit *edit = &e->list[e->count++];

	*edit = (struct edit){.type = schema_type(node->schema,
				      WORK_ACCOUNT_TYPE + record->table),
		.id_size = ID_BYTES,
		.operations = e->operations + e->operation_count};
	memcpy(edit->id, record->id, ID_BYTES);
	return edit;
}

static void
add_operation(struct edits *e, struct edit *edit, enum work_table table,
	uint32_t column, const struct work_value *value)
{
	e->operations[e->operation_count++] = (struct edit_operation){
		.field = schema_field(edit->type, WORK_FIELD + 4 * column),
		.kind = OPERATION_PUT,
		.value = encode(
			&e->values, work_columns[table][column].form, value)};
	edit->operation_count++;
}

/* `places`: ids of territories, one after the other, or NULL. */
static void
insert(struct node *node, const struct workload *work, uint32_t each,
	bool sealed, const uint8_t *places, uint32_t place_count)
{
	struct edits e = edits_new(each);

	edits_clear(&e);
	for (uint32_t i = 0; i < work->count; i++) {
		const struct work_record *r = &work->records[i];
		struct edit *edit = add_edit(&e, node, r);

		edit->is_new = true;
		/* The others go where the record is that they refer to. */
		if (places && r->table == WORK_ACCOUNT)
			edit->territory =
				places + (size_t)(i % place_count) * ID_BYTES;
		for (uint32_t k = 0; k < WORK_COLUMNS; k++)
			add_operation(&e, edit, r->table, k, &r->values[k]);
		if (e.count == each || i == work->count - 1) {
			commit(node, &e, sealed);
			edits_clear(&e);
		}
	}
	edits_free(&e);
}

void
company_insert(struct node *node, const struct workload *work, uint32_t each,
	bool sealed)
{
	insert(node, work, each, sealed, NULL, 0);
}

void
company_insert_spread(struct node *node, const struct workload *work,
	uint32_t each, uint32_t places)
{
	uint8_t *ids = alloc(places * (size_t)ID_BYTES);

	for (uint32_t i = 0; i < places; i++) {
		const struct policy_territory *territory;
		char path[PLACE_PATH];

		place_path(path, i);
		territory = policy_territory_path(node->policy, path);
		if (!territory)
			fatal("there is no territory %s", path);
		memcpy(ids + i * (size_t)ID_BYTES, territory->id, ID_BYTES);
	}
	insert(node, work, each, false, ids, places);
	free(ids);
}

void
company_update(struct node *node, const struct workload *work, int which,
	uint32_t each)
{
	struct edits e = edits_new(each);

	edits_clear(&e);
	for (uint32_t i = 0; i < work->update_count; i++) {
		const struct work_update *u = &work->updates[which][i];
		const struct work_record *r = &work->records[u->record];
		struct edit *edit = add_edit(&e, node, r);

		add_operation(&e, edit, r->table, u->column, &u->value);
		if (e.count == each || i == work->update_count - 1) {
			commit(node, &e, false);
			edits_clear(&e);
		}
	}
	edits_free(&e);
}

void
company_sync(struct node *node, const char *url, struct peer_result *out)
{
	struct problem problem = {0};
	struct peers *peers = peers_new(node, &problem);

	need(peers != NULL, &problem);
	need(peers_sync(peers, url, out, &problem), &problem);
	peers_free(peers);
	if (!out->report.same)
		fatal("the two do not hold the same after the sync");
}

/* ---- another process ---- */

static void
say(struct other *other, const char *order)
{
	char answer[8];
	size_t size = strlen(order);

	if (write(other->in, order, size) != (ssize_t)size ||
		read(other->out, answer, sizeof answer) <= 0)
		fatal("the other node is gone");
}

static void
read_url(struct other *other)
{
	ssize_t size = read(other->out, other->url, sizeof other->url - 1);

	if (size <= 1)
		fatal("the other node does not start");
	other->url[size - 1] = '\0'; /* the end of the line */
}

void
other_start(
	struct other *other, const char *dir, const char *who, uint32_t records)
{
	char number[16], self[] = "/proc/self/exe", option[] = "--node";
	char *place = alloc_copy(dir, strlen(dir) + 1);
	char *name = alloc_copy(who, strlen(who) + 1);
	char *const words[] = {self, option, place, name, number, NULL};
	posix_spawn_file_actions_t actions;
	int in[2], out[2];

	(void)snprintf(number, sizeof number, "%u", records);
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		fatal("pipe: %s", strerror(errno));
	if (posix_spawn_file_actions_init(&actions) != 0 ||
		posix_spawn_file_actions_adddup2(&actions, in[0], 0) != 0 ||
		posix_spawn_file_actions_adddup2(&actions, out[1], 1) != 0 ||
		posix_spawn(
			&other->pid, self, &actions, NULL, words, environ) != 0)
		fatal("no second process: %s", strerror(errno));
	(void)posix_spawn_file_actions_destroy(&actions); /* frees memory */
	(void)close(in[0]);
	(void)close(out[1]);
	other->in = in[1];
	other->out = out[0];
	free(place);
	free(name);
	read_url(other);
}

void
other_update(struct other *other, int which)
{
	say(other, which ? "1" : "0");
}

void
other_sync(struct other *other, const char *url)
{
	char order[LINK_URL_MAX + 2];

	(void)snprintf(order, sizeof order, "s%s\n", url);
	say(other, order);
}

double
other_cpu(const struct other *other)
{
	struct timespec time = {0};
	clockid_t clock;

	if (clock_getcpuclockid(other->pid, &clock) != 0 ||
		clock_gettime(clock, &time) != 0)
		fatal("the other node is gone");
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/*
 * What it had resident at most, of its own: ru_maxrss counts what the process
 * that started it had, too, since that is what it was before exec().
 */
static int64_t
memory_of(pid_t pid)
{
	char path[32], line[128];
	long long kib = -1;
	FILE *file;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	while (file && kib < 0 && fgets(line, sizeof line, file))
		if (sscanf(line, "VmHWM: %lld kB", &kib) != 1)
			kib = -1;
	if (file)
		(void)fclose(file);
	if (kib < 0)
		fatal("%s tells no VmHWM", path);
	return kib * 1024;
}

void
other_stop(struct other *other)
{
	int status = 0;

	other->memory_max = memory_of(other->pid);
	(void)close(other->in); /* which tells it to end */
	if (waitpid(other->pid, &status, 0) != other->pid ||
		!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fatal("the other node failed");
	(void)close(other->out);
}

/* Syncs with the address that stands in the rest of the line. */
static void
obey_sync(struct peers *peers)
{
	struct peer_result *result = alloc(sizeof *result);
	struct problem problem = {0};
	char url[LINK_URL_MAX] = "";
	size_t size = 0;

	while (read(0, url + size, 1) == 1 && url[size] != '\n')
		if (++size == sizeof url)
			fatal("the address does not end");
	url[size] = '\0';
	need(peers_sync(peers, url, result, &problem), &problem);
	if (!result->report.same)
		fatal("the two do not hold the same after the sync");
	free(result);
}

/* Carries out one order; false at the end of them. */
static bool
obey(struct node *node, struct peers *peers, struct workload **work,
	uint32_t records)
{
	char order;

	if (read(0, &order, 1) != 1)
		return false;
	if (order == 's') {
		obey_sync(peers);
	} else {
		if (!*work)
			*work = workload_new(records, 0);
		company_update(node, *work, order - '0', 1000);
	}
	return write(1, "ok\n", 3) == 3;
}

int
other_main(const char *dir, const char *who, uint32_t records)
{
	struct node *node = company_open(dir, who);
	struct problem problem = {0};
	struct peers *peers = peers_new(node, &problem);
	struct workload *work = NULL;
	struct pollfd fds[2] = {{.fd = 0, .events = POLLIN}};
	char url[LINK_URL_MAX];
	int wait_ms = 0;

	need(peers != NULL, &problem);
	need(peers_listen(peers, "tcp://127.0.0.1:0", url, &problem), &problem);
	(void)printf("%s\n", url);
	(void)fflush(stdout);
	fds[1] = (struct pollfd){
		.fd = peers_descriptor(peers), .events = POLLIN};
	for (;;) {
		if (poll(fds, 2, wait_ms) < 0)
			fatal("poll: %s", strerror(errno));
		if (fds[0].revents && !obey(node, peers, &work, records))
			break;
		wait_ms = peers_turn(peers, 0);
	}
	peers_free(peers);
	node_close(node);
	if (work)
		workload_free(work);
	return 0;
}
