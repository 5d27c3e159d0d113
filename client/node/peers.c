#include "client/node/peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/hub/hub.h"
#include "client/node/keys.h"
#include "client/node/remembered.h"
#include "client/node/watchers.h"
#include "client/store/setting.h"
#include "sync/alloc.h"

enum {
	/* While more than this waits in a link, a session's frames wait. */
	OUTBOUND_LOW = 1 << 20,
	BLOCKED_POLL_MS = 5,
	EVENTS_PER_TURN = 64,
	TURN_MS = 1000,
	SEAL_MS = 2000, /* what is written goes this much later */
	BUCKETS_MIN = 64,
};

struct peer {
	struct peers *peers;
	struct session_host host; /* that its session talks to */
	uint64_t connection;
	struct peer *next; /* in its bucket */
	struct session *session;
	struct peer_result *result; /* of one that we dialled; or NULL */
	char *url;                  /* that we dialled; or NULL */
	bool trusted;
	bool blocked; /* frames wait for the link to take more */
	bool noted;   /* a peer that watches us, once it does */
	uint32_t rounds;
	struct watcher watcher;
	/* In peers->waiting; those that we dialled in peers->dialled, too. */
	bool waits;
	struct peer *next_waiting, **waiting_link;
	struct peer *next_dialled, **dialled_link;
};

struct peers {
	struct node *node;
	struct link *link;
	struct peer **buckets; /* by connection */
	size_t bucket_count;
	uint32_t count;
	/*
	 * The few of thousands that want something at a time: a turn looks at
	 * these and no others.
	 */
	struct peer *waiting;
	struct peer *dialled;
	struct watchers watchers;
	int64_t seal_at_ms; /* 0: nothing to seal */
};

/* ---- who has to be looked at ---- */

/* Once it is looked at and wants nothing more, it leaves the list. */
static void
attend(struct peer *peer)
{
	struct peers *peers = peer->peers;

	if (peer->waits)
		return;
	peer->waits = true;
	peer->next_waiting = peers->waiting;
	peer->waiting_link = &peers->waiting;
	if (peer->next_waiting)
		peer->next_waiting->waiting_link = &peer->next_waiting;
	peers->waiting = peer;
}

static void
leave_alone(struct peer *peer)
{
	if (!peer->waits)
		return;
	peer->waits = false;
	*peer->waiting_link = peer->next_waiting;
	if (peer->next_waiting)
		peer->next_waiting->waiting_link = peer->waiting_link;
}

static void
list_dialled(struct peer *peer)
{
	struct peers *peers = peer->peers;

	peer->next_dialled = peers->dialled;
	peer->dialled_link = &peers->dialled;
	if (peer->next_dialled)
		peer->next_dialled->dialled_link = &peer->next_dialled;
	peers->dialled = peer;
}

static void
unlist_dialled(struct peer *peer)
{
	if (!peer->dialled_link)
		return;
	*peer->dialled_link = peer->next_dialled;
	if (peer->next_dialled)
		peer->next_dialled->dialled_link = peer->dialled_link;
}

/* ---- what moved ---- */

struct moving {
	const struct peer *by; /* it knows; NULL: it moved here */
	const uint8_t *territory;
};

static void
tell_watcher(void *self, void *who)
{
	const struct moving *moving = self;
	struct peer *peer = who;

	if (peer == moving->by)
		return;
	session_moved(peer->session, moving->territory);
	attend(peer);
}

static void
tell_others(
	struct peers *peers, const struct peer *by, const uint8_t *territory)
{
	struct moving moving = {by, territory};

	watchers_each(&peers->watchers, territory, tell_watcher, &moving);
	for (struct peer *p = peers->dialled; p; p = p->next_dialled)
		tell_watcher(&moving, p);
}

static bool
anybody_watches(const struct peers *peers)
{
	const struct peer *p = peers->dialled;

	while (p && !session_report(p->session)->watching)
		p = p->next_dialled;
	return p || peers->watchers.count > 0;
}

void
peers_wrote(struct peers *peers)
{
	if (!peers->seal_at_ms && anybody_watches(peers))
		peers->seal_at_ms = node_now_ms() + SEAL_MS;
}

static enum status
seal(struct peers *peers)
{
	struct node *node = peers->node;
	uint8_t *ids = alloc(node->territory_count * (size_t)ID_BYTES);
	uint32_t count = 0;
	enum status status;

	peers->seal_at_ms = 0;
	for (uint32_t i = 0; i < node->territory_count; i++)
		if (territory_pending(node->territories[i]))
			memcpy(ids + count++ * (size_t)ID_BYTES,
				territory_id(node->territories[i]), ID_BYTES);
	status = count ? node_seal(node) : STATUS_OK;
	for (uint32_t i = 0; status == STATUS_OK && i < count; i++)
		tell_others(peers, NULL, ids + i * (size_t)ID_BYTES);
	free(ids);
	return status;
}

/* How long until there is something to seal; what is due is sealed. */
static int
seal_what_is_due(struct peers *peers)
{
	int64_t wait = peers->seal_at_ms - node_now_ms();

	if (!peers->seal_at_ms)
		return TURN_MS;
	/* Longer than it ever is: the clock was set back. */
	if (wait > 0 && wait <= SEAL_MS)
		return (int)wait;
	if (seal(peers) != STATUS_OK)
		return TURN_MS; /* the next that asks for it is told */
	return TURN_MS;
}

/* ---- what sessions ask of the node ---- */

static struct node *
node_of(void *self)
{
	const struct peer *peer = self;

	return peer->peers->node;
}

static struct territory *
host_territory(void *self, const uint8_t *id, bool make)
{
	return node_territory(node_of(self), id, make);
}

static enum status
host_seal(void *self)
{
	const struct peer *peer = self;

	return seal(peer->peers);
}

static enum status
host_directory_changed(void *self)
{
	return node_directory_changed(node_of(self));
}

static void
host_hub_time(void *self, int64_t now_ms)
{
	struct node *node = node_of(self);

	if (now_ms <= node->hub_time_ms)
		return;
	node->hub_time_ms = now_ms;
	/* When it is not written, the next word of the hub will be. */
	if (setting_set(node->store, "hub_time", &now_ms, sizeof now_ms) !=
		STATUS_OK)
		return;
}

static void
host_rolled_back(void *self)
{
	node_reload(node_of(self));
}

static void
host_moved(void *self, struct session *by, const uint8_t *territory)
{
	const struct peer *peer = self;

	(void)by; /* its peer's */
	tell_others(peer->peers, peer, territory);
}

static void
host_watches(void *self, struct session *by, const struct shares *shares)
{
	struct peer *peer = self;

	(void)by; /* its peer's */
	watchers_set(&peer->peers->watchers, &peer->watcher, shares);
}

static bool
host_invitation(void *self, const uint8_t *id, uint8_t *psk)
{
	return hub_session_invitation(node_of(self), id, psk);
}

static enum status
host_enrol(void *self, const uint8_t *invitation, const uint8_t *sign_key,
	const uint8_t *link_key, const char *name, uint8_t *credentials,
	size_t *size, uint8_t *user, char *login, size_t login_room)
{
	const struct peer *peer = self;
	enum status status = hub_session_enrol(peer->peers->node, invitation,
		sign_key, link_key, name, credentials, size, user, login,
		login_room);

	peers_wrote(peer->peers); /* the device, into the directory */
	return status;
}

static void
make_host(struct peer *peer)
{
	struct node *node = peer->peers->node;

	peer->host = (struct session_host){.self = peer,
		.store = node->store,
		.policy = node->policy,
		.territory = host_territory,
		.seal = host_seal,
		.directory_changed = host_directory_changed,
		.hub_time = host_hub_time,
		.rolled_back = host_rolled_back,
		.moved = host_moved,
		.watches = host_watches};
	if (node->hub) {
		peer->host.invitation = host_invitation;
		peer->host.enrol = host_enrol;
	}
}

/* ---- those that there are ---- */

static struct peer **
bucket_of(struct peers *peers, uint64_t connection)
{
	return &peers->buckets[connection & (peers->bucket_count - 1)];
}

static void
put_peer(struct peers *peers, struct peer *peer)
{
	struct peer **bucket = bucket_of(peers, peer->connection);

	peer->next = *bucket;
	*bucket = peer;
}

static void
grow(struct peers *peers)
{
	struct peer **old = peers->buckets;
	size_t old_count = peers->bucket_count;

	peers->bucket_count = old_count ? old_count * 2 : BUCKETS_MIN;
	peers->buckets = alloc(peers->bucket_count * sizeof(struct peer *));
	for (size_t i = 0; i < old_count; i++)
		while (old[i]) {
			struct peer *peer = old[i];

			old[i] = peer->next;
			put_peer(peers, peer);
		}
	free(old);
}

static struct peer *
add_peer(struct peers *peers, uint64_t connection)
{
	struct peer *peer = alloc(sizeof *peer);

	if (peers->count >= peers->bucket_count)
		grow(peers);
	peer->peers = peers;
	peer->connection = connection;
	peer->watcher.who = peer;
	make_host(peer);
	put_peer(peers, peer);
	peers->count++;
	return peer;
}

static struct peer *
peer_of(struct peers *peers, uint64_t connection)
{
	struct peer *peer =
		peers->bucket_count ? *bucket_of(peers, connection) : NULL;

	while (peer && peer->connection != connection)
		peer = peer->next;
	return peer;
}

static void
remove_peer(struct peer *peer)
{
	struct peers *peers = peer->peers;
	struct peer **link = bucket_of(peers, peer->connection);

	while (*link != peer)
		link = &(*link)->next;
	*link = peer->next;
	peers->count--;
	leave_alone(peer);
	unlist_dialled(peer);
	watchers_remove(&peers->watchers, &peer->watcher);
	session_free(peer->session);
	free(peer->url);
	free(peer);
}

struct peers *
peers_new(struct node *node, struct problem *problem)
{
	struct peers *peers = alloc(sizeof *peers);

	peers->node = node;
	peers->link = link_nng_new();
	if (peers->link)
		return peers;
	free(peers);
	problem_set(
		problem, EXIT_FAILED, T("the system gives no more sockets"));
	return NULL;
}

void
peers_free(struct peers *peers)
{
	if (!peers)
		return;
	for (size_t i = 0; i < peers->bucket_count; i++)
		while (peers->buckets[i])
			remove_peer(peers->buckets[i]);
	free(peers->buckets);
	watchers_clear(&peers->watchers);
	link_free(peers->link);
	free(peers);
}

bool
peers_listen(struct peers *peers, const char *url, char *actual,
	struct problem *problem)
{
	enum status status = link_listen(peers->link, url, actual);

	if (status == STATUS_OK)
		return true;
	if (status == STATUS_MALFORMED) {
		problem_set(problem, EXIT_USAGE, T("%s is no address"), url);
		return problem_hint(
			problem, "tcp://127.0.0.1:0, tcp://0.0.0.0:7447");
	}
	problem_set(problem, EXIT_FAILED,
		T("%s cannot be listened at: in use, or not permitted"), url);
	return problem_hint(
		problem, T("take another port; 0 lets the system pick one"));
}

int
peers_descriptor(struct peers *peers)
{
	return link_descriptor(peers->link);
}

uint32_t
peers_count(const struct peers *peers)
{
	return peers->count;
}

uint32_t
peers_watching(const struct peers *peers)
{
	return peers->watchers.count;
}

/* ---- conversations ---- */

static struct session_options
options_of(struct peers *peers, bool initiator)
{
	struct node *node = peers->node;

	return (struct session_options){.initiator = initiator,
		.company_key = node->company_key,
		.link_secret = node->keys->link_secret,
		.credentials = node->credentials,
		.credentials_size = node->credentials_size,
		.hub = node->hub,
		.trusted_now_ms =
			node->hub ? node_now_ms() : node->hub_time_ms};
}

static void
name_peer(struct node *node, const struct session_report *report, char *out,
	size_t room)
{
	const struct policy_user *user =
		policy_user(node->policy, report->peer_user);
	char id[ID_TEXT_SIZE];

	if (report->peer_is_hub) {
		(void)snprintf(out, room, "hub");
	} else if (user) {
		(void)snprintf(out, room, "%s", user->login);
	} else if (!id_is_zero(report->peer)) {
		id_format(id, report->peer);
		(void)snprintf(out, room, "%s", id);
	} else {
		out[0] = '\0';
	}
}

/* Tried first the next time; when it is not written, it is found again. */
static void
remember_address(struct node *node, const char *url)
{
	if (*url &&
		setting_set(node->store, "hub_address", url, strlen(url) + 1) !=
			STATUS_OK)
		return;
}

/* How it stands, for who began it; nothing in it points into the session. */
static void
tell_result(const struct peer *peer, struct peer_result *result)
{
	const struct session_report *report = session_report(peer->session);

	result->report = *report;
	(void)snprintf(result->detail, sizeof result->detail, "%s",
		report->detail ? report->detail : "");
	result->report.detail = result->detail;
	if (report->enrolled && report->credentials &&
		report->credentials_size <= sizeof result->credentials) {
		result->credentials_size = report->credentials_size;
		memcpy(result->credentials, report->credentials,
			report->credentials_size);
		(void)snprintf(result->login, sizeof result->login, "%s",
			report->login);
	}
	result->report.credentials = NULL;
	result->report.login = NULL;
	name_peer(peer->peers->node, report, result->peer, sizeof result->peer);
}

/* Told to who began it, and remembered. */
static void
note_peer(struct peer *peer, bool over, const char *reason)
{
	struct node *node = peer->peers->node;
	struct peer_result local = {0};
	struct peer_result *result = peer->result ? peer->result : &local;
	const char *url = peer->url ? peer->url : "";

	tell_result(peer, result);
	result->over = over;
	result->reason = reason;
	result->unreachable = reason == link_reason_unreachable;
	remembered_note(node, url, result);
	if (result->report.peer_is_hub && result->report.rounds > 0)
		remember_address(node, url);
}

static void
end_peer(struct peer *peer, const char *reason)
{
	note_peer(peer, true, reason);
	remove_peer(peer);
}

/* One that goes on for hours is remembered each time it is in step. */
static void
note_progress(struct peer *peer)
{
	const struct session_report *report = session_report(peer->session);

	if (report->state == SESSION_WATCHING &&
		report->rounds != peer->rounds) {
		peer->rounds = report->rounds;
		note_peer(peer, false, NULL);
	} else if (!peer->url && report->watching && !peer->noted) {
		peer->noted = true;
		note_peer(peer, false, NULL);
	}
}

/*
 * Frames go while the link takes them; a session that is over is closed, and
 * its peer is gone.
 */
static void
flush(struct peer *peer)
{
	struct link *link = peer->peers->link;
	const uint8_t *frame;
	size_t size;

	peer->blocked = false;
	attend(peer);
	for (;;) {
		if (link_outbound(link, peer->connection) > OUTBOUND_LOW) {
			peer->blocked = true;
			return;
		}
		if (session_next_frame(peer->session, node_now_ms(), &frame,
			    &size) != STATUS_OK)
			break;
		if (!link_send(link, peer->connection, frame, size))
			return; /* LINK_CLOSED follows */
	}
	if (session_over(peer->session)) {
		link_close(link, peer->connection);
		end_peer(peer, NULL);
	} else {
		note_progress(peer);
	}
}

static void
take_frame(struct peer *peer, const struct link_event *event)
{
	/* A broken session may still have a last word: flush() sends it. */
	enum status status = session_receive(
		peer->session, node_now_ms(), event->bytes, event->size);

	(void)status; /* the report tells */
	if (!peer->trusted && session_report(peer->session)->trusted) {
		peer->trusted = true;
		link_trust(peer->peers->link, peer->connection);
	}
	flush(peer);
}

static void
accept_peer(struct peers *peers, uint64_t connection)
{
	struct session_options options = options_of(peers, false);
	struct peer *peer = add_peer(peers, connection);

	options.host = &peer->host;
	peer->session = session_new(&options);
}

static void
take_event(struct peers *peers, const struct link_event *event)
{
	struct peer *peer = peer_of(peers, event->connection);

	switch (event->kind) {
	case LINK_NOTHING:
		return;
	case LINK_ACCEPTED:
		accept_peer(peers, event->connection);
		return;
	case LINK_CONNECTED:
		if (peer)
			flush(peer);
		return;
	case LINK_FRAME:
		if (peer)
			take_frame(peer, event);
		return;
	case LINK_CLOSED:
		if (peer) {
			session_closed(peer->session);
			end_peer(peer, event->reason);
		}
		return;
	}
}

/* How long until it wants to be looked at again; negative: not by itself. */
static int64_t
peer_wait_ms(const struct peer *peer)
{
	if (peer->blocked)
		return BLOCKED_POLL_MS;
	return session_wait_ms(peer->session, node_now_ms());
}

static void
look_at(struct peer *peer)
{
	bool due = peer->blocked;

	if (session_wait_ms(peer->session, node_now_ms()) == 0) {
		session_tick(peer->session, node_now_ms());
		due = true;
	}
	if (due)
		flush(peer); /* it may be gone */
}

/* Looks at those that wait; how long until the next one wants to be. */
static int
look_around(struct peers *peers)
{
	int wait = seal_what_is_due(peers);
	struct peer *next;

	for (struct peer *peer = peers->waiting; peer; peer = next) {
		next = peer->next_waiting;
		look_at(peer);
	}
	for (struct peer *peer = peers->waiting; peer; peer = next) {
		int64_t own = peer_wait_ms(peer);

		next = peer->next_waiting;
		if (own < 0)
			leave_alone(peer);
		else if (own < wait)
			wait = (int)own;
	}
	return wait;
}

int
peers_turn(struct peers *peers, int timeout_ms)
{
	struct link_event event;
	int wait = look_around(peers);

	if (timeout_ms > wait)
		timeout_ms = wait;
	for (int i = 0; i < EVENTS_PER_TURN; i++) {
		link_wait(peers->link, timeout_ms, &event);
		if (event.kind == LINK_NOTHING)
			break;
		take_event(peers, &event);
		timeout_ms = 0;
	}
	return look_around(peers);
}

static bool
dial(struct peers *peers, const char *url, struct session_options *options,
	struct peer_result *result, struct problem *problem)
{
	uint64_t connection;
	struct peer *peer;

	*result = (struct peer_result){0};
	if (strlen(url) >= LINK_URL_MAX ||
		link_dial(peers->link, url, &connection) != STATUS_OK) {
		problem_set(problem, EXIT_USAGE, T("%s is no address"), url);
		return problem_hint(problem, "tcp://HOST:PORT");
	}
	peer = add_peer(peers, connection);
	options->host = &peer->host;
	peer->session = session_new(options);
	peer->result = result;
	peer->url = alloc_copy(url, strlen(url) + 1);
	list_dialled(peer);
	return true;
}

bool
peers_dial(struct peers *peers, const char *url, struct peer_result *result,
	struct problem *problem)
{
	struct session_options options = options_of(peers, true);

	return dial(peers, url, &options, result, problem);
}

bool
peers_watch(struct peers *peers, const char *url, struct peer_result *result,
	struct problem *problem)
{
	struct session_options options = options_of(peers, true);

	options.watch = true;
	return dial(peers, url, &options, result, problem);
}

bool
peers_enrol(struct peers *peers, const char *url, const struct token *token,
	const char *device_name, struct peer_result *result,
	struct problem *problem)
{
	struct session_options options = options_of(peers, true);

	options.credentials = NULL;
	options.credentials_size = 0;
	options.invitation_id = token->id;
	options.invitation_secret = token->secret;
	options.sign_secret = peers->node->keys->sign_secret;
	options.device_name = device_name;
	options.directory_only = true;
	return dial(peers, url, &options, result, problem);
}

void
peers_forget(struct peers *peers, const struct peer_result *result)
{
	for (struct peer *p = peers->dialled; p; p = p->next_dialled)
		if (p->result == result)
			p->result = NULL;
}

void
peers_end(struct peers *peers)
{
	struct peer *next;

	for (struct peer *p = peers->dialled; p; p = next) {
		next = p->next_dialled;
		session_end(p->session);
		flush(p);
	}
}

/* ---- syncing and waiting for it ---- */

const char *
peers_problem_text(enum session_problem problem)
{
	switch (problem) {
	case SESSION_FINE:
		return N_("done");
	case SESSION_NOT_GENUINE:
		return N_("what came was altered on the way, or is not of this "
			  "company");
	case SESSION_MALFORMED:
		return N_(
			"it answers in a way that this program does not know");
	case SESSION_EXPIRED:
		return N_("a certificate has expired");
	case SESSION_REVOKED:
		return N_("this device is shut out");
	case SESSION_PEER_REVOKED:
		return N_("that device is shut out");
	case SESSION_REFUSED:
		return N_("it refused: no grant for what was asked");
	case SESSION_TOKEN:
		return N_("the invitation is unknown, has expired, or was used "
			  "by another device");
	case SESSION_FAILED:
		return N_("the disk here refused");
	case SESSION_PEER_FAILED:
		return N_("the other side could not do its part");
	case SESSION_CLOSED:
		return N_("the connection ended before it was done");
	}
	return N_("failed");
}

enum exit_code
peers_problem_code(enum session_problem problem)
{
	switch (problem) {
	case SESSION_FINE:
		return EXIT_DONE;
	case SESSION_EXPIRED:
	case SESSION_REVOKED:
	case SESSION_PEER_REVOKED:
	case SESSION_REFUSED:
	case SESSION_TOKEN:
		return EXIT_REFUSED;
	case SESSION_CLOSED:
		return EXIT_UNREACHABLE;
	case SESSION_NOT_GENUINE:
	case SESSION_MALFORMED:
	case SESSION_FAILED:
	case SESSION_PEER_FAILED:
		break;
	}
	return EXIT_FAILED;
}

bool
peers_problem(const struct peer_result *result, const char *url,
	struct problem *problem)
{
	enum session_problem why = result->report.problem;

	if (result->unreachable) {
		problem_set(problem, EXIT_UNREACHABLE, T("%s does not answer"),
			url);
		return problem_hint(problem,
			T("what you wrote is safe on this device; try again "
			  "when there is a network"));
	}
	problem_set(problem, peers_problem_code(why), "%s: %s", url,
		T(peers_problem_text(why)));
	if (why == SESSION_CLOSED)
		problem_hint(problem,
			T("what was acknowledged is kept; sync again"));
	else if (result->detail[0])
		problem_hint(problem, "%s", result->detail);
	return false;
}

bool
peers_finish(struct peers *peers, const char *url, struct peer_result *result,
	struct problem *problem)
{
	while (!result->over)
		(void)peers_turn(peers, 1000);
	if (result->report.state == SESSION_SETTLED)
		return true;
	return peers_problem(result, url, problem);
}

static bool
sync_with(struct peers *peers, const char *url, struct peer_result *result,
	struct problem *problem)
{
	return peers_dial(peers, url, result, problem) &&
		peers_finish(peers, url, result, problem);
}

char **
peers_hub_urls_known(struct node *node, struct problem *problem)
{
	char **urls;

	if (node->hub) {
		problem_set(problem, EXIT_USAGE,
			T("this is the hub: name the address of a peer"));
		problem_hint(problem, "roadbook sync tcp://HOST:PORT");
		return NULL;
	}
	urls = peers_hub_urls(node);
	if (urls[0])
		return urls;
	peers_free_urls(urls);
	problem_set(problem, EXIT_USAGE, T("no address of the hub is known"));
	problem_hint(problem, "roadbook sync tcp://HOST:PORT");
	return NULL;
}

bool
peers_sync(struct peers *peers, const char *url, struct peer_result *result,
	struct problem *problem)
{
	char **urls;
	bool done = false;

	if (url)
		return sync_with(peers, url, result, problem);
	urls = peers_hub_urls_known(peers->node, problem);
	if (!urls)
		return false;
	for (size_t i = 0; urls[i] && !done; i++) {
		done = sync_with(peers, urls[i], result, problem);
		if (!done && !result->unreachable)
			break;
	}
	peers_free_urls(urls);
	return done;
}

/* Adds an address that is not in the list yet. */
static char **
add_url(char **urls, const char *url)
{
	size_t count = 0;

	for (; urls[count]; count++)
		if (strcmp(urls[count], url) == 0)
			return urls;
	urls = alloc_again(urls, (count + 2) * sizeof *urls);
	urls[count] = alloc_copy(url, strlen(url) + 1);
	urls[count + 1] = NULL;
	return urls;
}

char **
peers_hub_urls(struct node *node)
{
	char tokens[TOKEN_ADDRESSES_MAX * (TOKEN_ADDRESS_MAX + 1)];
	char last[LINK_URL_MAX];
	size_t size =
		setting_get(node->store, "hub_address", last, sizeof last);
	const char *url;
	char **urls = alloc(sizeof *urls);

	if (size && last[size - 1] == '\0')
		urls = add_url(urls, last);
	for (uint32_t i = 0; (url = policy_hub_address_at(node->policy, i));
		i++)
		urls = add_url(urls, url);
	size = setting_get(
		node->store, "token_addresses", tokens, sizeof tokens);
	for (size_t at = 0; at < size && memchr(tokens + at, 0, size - at);
		at += strlen(tokens + at) + 1)
		urls = add_url(urls, tokens + at);
	return urls;
}

void
peers_free_urls(char **urls)
{
	for (size_t i = 0; urls[i]; i++)
		free(urls[i]);
	free(urls);
}
