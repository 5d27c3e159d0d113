#include "client/node/peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/hub/hub.h"
#include "client/node/keys.h"
#include "client/node/remembered.h"
#include "client/store/setting.h"
#include "sync/alloc.h"

/* While more than this waits in a link, a session's frames wait in it. */
enum { OUTBOUND_LOW = 1 << 20, BLOCKED_POLL_MS = 5, EVENTS_PER_TURN = 64 };

struct peer {
	uint64_t connection;
	struct session *session;
	struct peer_result *result; /* of one that we dialled; or NULL */
	char url[LINK_URL_MAX];     /* that we dialled; or "" */
	bool trusted;
	bool blocked; /* frames wait for the link to take more */
};

struct peers {
	struct node *node;
	struct link *link;
	struct session_host host;
	struct peer *list;
	uint32_t count;
};

/* ---- what sessions ask of the node ---- */

static struct territory *
host_territory(void *self, const uint8_t *id, bool make)
{
	return node_territory(self, id, make);
}

static enum status
host_seal(void *self)
{
	return node_seal(self);
}

static enum status
host_directory_changed(void *self)
{
	return node_directory_changed(self);
}

static void
host_hub_time(void *self, int64_t now_ms)
{
	struct node *node = self;

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
	node_reload(self);
}

static struct session_host
host_of(struct node *node)
{
	struct session_host host = {.self = node,
		.store = node->store,
		.policy = node->policy,
		.territory = host_territory,
		.seal = host_seal,
		.directory_changed = host_directory_changed,
		.hub_time = host_hub_time,
		.rolled_back = host_rolled_back};

	if (node->hub) {
		host.invitation = hub_session_invitation;
		host.enrol = hub_session_enrol;
	}
	return host;
}

const struct session_host *
peers_host(struct peers *peers)
{
	return &peers->host;
}

struct peers *
peers_new(struct node *node, struct problem *problem)
{
	struct peers *peers = alloc(sizeof *peers);

	peers->node = node;
	peers->host = host_of(node);
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
	for (uint32_t i = 0; i < peers->count; i++)
		session_free(peers->list[i].session);
	free(peers->list);
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

/* ---- conversations ---- */

static struct session_options
options_of(struct peers *peers, bool initiator)
{
	struct node *node = peers->node;

	return (struct session_options){.host = &peers->host,
		.initiator = initiator,
		.company_key = node->company_key,
		.link_secret = node->keys->link_secret,
		.credentials = node->credentials,
		.credentials_size = node->credentials_size,
		.hub = node->hub,
		.trusted_now_ms =
			node->hub ? node_now_ms() : node->hub_time_ms};
}

static struct peer *
add_peer(struct peers *peers, uint64_t connection, struct session *session)
{
	peers->list = alloc_again(
		peers->list, (peers->count + 1) * sizeof *peers->list);
	peers->list[peers->count] =
		(struct peer){.connection = connection, .session = session};
	return &peers->list[peers->count++];
}

static struct peer *
peer_of(struct peers *peers, uint64_t connection)
{
	for (uint32_t i = 0; i < peers->count; i++)
		if (peers->list[i].connection == connection)
			return &peers->list[i];
	return NULL;
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

/* The end of a conversation: told to who began it, and remembered. */
static void
end_peer(struct peers *peers, struct peer *peer, const char *reason)
{
	const struct session_report *report = session_report(peer->session);
	struct peer_result local = {0};
	struct peer_result *result = peer->result ? peer->result : &local;

	result->over = true;
	result->report = *report;
	result->reason = reason;
	result->unreachable = reason == link_reason_unreachable;
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
	name_peer(peers->node, report, result->peer, sizeof result->peer);
	remembered_note(peers->node, peer->url, result);
	if (report->peer_is_hub && report->state == SESSION_SETTLED)
		remember_address(peers->node, peer->url);
	session_free(peer->session);
	*peer = peers->list[--peers->count];
}

/* Frames go while the link takes them; a session that is over is closed. */
static void
flush(struct peers *peers, struct peer *peer)
{
	const uint8_t *frame;
	size_t size;

	peer->blocked = false;
	for (;;) {
		if (link_outbound(peers->link, peer->connection) >
			OUTBOUND_LOW) {
			peer->blocked = true;
			return;
		}
		if (session_next_frame(peer->session, node_now_ms(), &frame,
			    &size) != STATUS_OK)
			break;
		if (!link_send(peers->link, peer->connection, frame, size))
			return; /* LINK_CLOSED follows */
	}
	if (session_over(peer->session)) {
		link_close(peers->link, peer->connection);
		end_peer(peers, peer, NULL);
	}
}

static void
take_frame(
	struct peers *peers, struct peer *peer, const struct link_event *event)
{
	/* A broken session may still have a last word: flush() sends it. */
	enum status status = session_receive(
		peer->session, node_now_ms(), event->bytes, event->size);

	(void)status; /* the report tells */
	if (!peer->trusted && session_report(peer->session)->trusted) {
		peer->trusted = true;
		link_trust(peers->link, peer->connection);
	}
	flush(peers, peer);
}

static void
take_event(struct peers *peers, const struct link_event *event)
{
	struct peer *peer = peer_of(peers, event->connection);
	struct session_options options;

	switch (event->kind) {
	case LINK_NOTHING:
		return;
	case LINK_ACCEPTED:
		options = options_of(peers, false);
		(void)add_peer(peers, event->connection, session_new(&options));
		return;
	case LINK_CONNECTED:
		if (peer)
			flush(peers, peer);
		return;
	case LINK_FRAME:
		if (peer)
			take_frame(peers, peer, event);
		return;
	case LINK_CLOSED:
		if (peer) {
			session_closed(peer->session);
			end_peer(peers, peer, event->reason);
		}
		return;
	}
}

static bool
flush_blocked(struct peers *peers)
{
	bool blocked = false;

	for (uint32_t i = peers->count; i-- > 0;) {
		if (!peers->list[i].blocked)
			continue;
		flush(peers, &peers->list[i]);
		blocked |= i < peers->count && peers->list[i].blocked;
	}
	return blocked;
}

int
peers_turn(struct peers *peers, int timeout_ms)
{
	struct link_event event;
	bool blocked = flush_blocked(peers);

	if (blocked && timeout_ms > BLOCKED_POLL_MS)
		timeout_ms = BLOCKED_POLL_MS;
	for (int i = 0; i < EVENTS_PER_TURN; i++) {
		link_wait(peers->link, timeout_ms, &event);
		if (event.kind == LINK_NOTHING)
			break;
		take_event(peers, &event);
		timeout_ms = 0;
	}
	return blocked ? BLOCKED_POLL_MS : 1000;
}

static bool
dial(struct peers *peers, const char *url,
	const struct session_options *options, struct peer_result *result,
	struct problem *problem)
{
	uint64_t connection;
	struct peer *peer;

	*result = (struct peer_result){0};
	if (strlen(url) >= LINK_URL_MAX ||
		link_dial(peers->link, url, &connection) != STATUS_OK) {
		problem_set(problem, EXIT_USAGE, T("%s is no address"), url);
		return problem_hint(problem, "tcp://HOST:PORT");
	}
	peer = add_peer(peers, connection, session_new(options));
	peer->result = result;
	(void)snprintf(peer->url, sizeof peer->url, "%s", url);
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
	for (uint32_t i = 0; i < peers->count; i++)
		if (peers->list[i].result == result)
			peers->list[i].result = NULL;
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

static bool
sync_problem(const struct peer_result *result, const char *url,
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
	return sync_problem(result, url, problem);
}

static bool
sync_with(struct peers *peers, const char *url, struct peer_result *result,
	struct problem *problem)
{
	return peers_dial(peers, url, result, problem) &&
		peers_finish(peers, url, result, problem);
}

bool
peers_sync(struct peers *peers, const char *url, struct peer_result *result,
	struct problem *problem)
{
	char **urls;
	bool done = false;

	if (url)
		return sync_with(peers, url, result, problem);
	if (peers->node->hub) {
		problem_set(problem, EXIT_USAGE,
			T("this is the hub: name the address of a peer"));
		return problem_hint(problem, "roadbook sync tcp://HOST:PORT");
	}
	urls = peers_hub_urls(peers->node);
	if (!urls[0]) {
		problem_set(problem, EXIT_USAGE,
			T("no address of the hub is known"));
		problem_hint(problem, "roadbook sync tcp://HOST:PORT");
	}
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
