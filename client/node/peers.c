#include "client/node/peers_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/had.h"
#include "client/node/hub/certify.h"
#include "client/node/keys.h"
#include "client/node/leased.h"
#include "client/node/owed.h"
#include "client/node/remembered.h"
#include "client/store/setting.h"
#include "client/store/store_sqlite.h"
#include "sync/alloc.h"

enum {
	/* While more than this waits in a link, a session's frames wait. */
	OUTBOUND_LOW = 256 << 10,
	BLOCKED_POLL_MS = 5,
	REMEMBER_MS = 500, /* how late it is written who was here */
	EVENTS_PER_TURN = 64,
	BUCKETS_MIN = 64,
	/*
	 * What a hub keeps of its file in memory; the rest is its sessions'.
	 * Encrypted, it keeps more: what it reads again, it decrypts again.
	 */
	HUB_CACHE_KIB = 4096,
};

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

struct peer *
peer_add(struct peers *peers, uint64_t connection)
{
	struct peer *peer = alloc(sizeof *peer);

	if (peers->count >= peers->bucket_count)
		grow(peers);
	peer->peers = peers;
	peer->connection = connection;
	peer->watcher.who = peer;
	peer_make_host(peer);
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

void
peer_remove(struct peer *peer)
{
	struct peers *peers = peer->peers;
	struct peer **link = bucket_of(peers, peer->connection);

	while (*link != peer)
		link = &(*link)->next;
	*link = peer->next;
	peers->count--;
	peers->sessions -= peer->proved;
	peer_leave_alone(peer);
	peer_unlist(peer);
	peer_unname(peer);
	stranger_gone(peer);
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
	if (peers->link) {
		peers->quota = node->hub ? quota_new() : NULL;
		return peers;
	}
	free(peers);
	problem_set(problem, EXIT_FAILED,
		T("the system gives no more sockets or memory, or libnng is "
		  "missing"));
	return NULL;
}

void
peers_free(struct peers *peers)
{
	if (!peers)
		return;
	for (size_t i = 0; i < peers->bucket_count; i++)
		while (peers->buckets[i])
			peer_remove(peers->buckets[i]);
	free(peers->buckets);
	watchers_clear(&peers->watchers);
	peers_remember(peers);
	quota_free(peers->quota);
	limits_free(peers->limits);
	link_free(peers->link);
	free(peers);
}

bool
peers_listen(struct peers *peers, const char *url, char *actual,
	struct problem *problem)
{
	enum status status;

	strangers_begin(peers);
	if (peers->node->hub && !node_keys_data_key(peers->node->keys))
		store_sqlite_cache(peers->node->store, HUB_CACHE_KIB);
	status = link_listen(peers->link, url, actual);
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

struct quota *
peers_quota(struct peers *peers)
{
	return peers->quota;
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

/* It verifies signatures: now and then, and not for every stranger. */
static void
certify_now_and_then(struct peers *peers)
{
	enum { EVERY_MS = 60 * 1000 };
	int64_t now_ms = node_now_ms(), age = now_ms - peers->certified_ms;

	if (age >= 0 && age < EVERY_MS)
		return;
	certify_own(peers->node, (uint64_t)now_ms);
	peers->certified_ms = now_ms;
}

static struct session_options
options_of(struct peers *peers, bool initiator)
{
	struct node *node = peers->node;

	if (node->hub)
		certify_now_and_then(peers);
	return (struct session_options){.initiator = initiator,
		.company_key = node->company_key,
		.link_secret = node->keys->link_secret,
		.credentials = node->credentials,
		.credentials_size = node->credentials_size,
		.own = &peers->own,
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

/* When the disk refuses, it is tried again after the next conversation. */
static void
tidy(struct node *node)
{
	struct problem problem;

	(void)node_tidy(node, &problem);
	leased_follow(node);
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
	if (peer->url)
		remembered_note(node, url, result);
	else
		remembered_later(&peer->peers->remembered, node, result);
	had_note(node, &result->report);
	tidy(node);
	if (result->report.peer_is_hub && result->report.rounds > 0)
		remember_address(node, url);
}

void
peer_over(struct peer *peer, const char *reason)
{
	note_peer(peer, true, reason);
	peer_remove(peer);
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
 * Who does not take its answers is not asked for more questions. One that we
 * dialled is: both could wait for each other.
 */
static void
block(struct peer *peer, bool blocked)
{
	if (peer->blocked != blocked && !peer->url)
		link_hold(peer->peers->link, peer->connection, blocked);
	peer->blocked = blocked;
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

	peer_attend(peer);
	for (;;) {
		if (link_outbound(link, peer->connection) > OUTBOUND_LOW) {
			block(peer, true);
			return;
		}
		if (session_next_frame(peer->session, node_now_ms(), &frame,
			    &size) != STATUS_OK)
			break;
		if (!link_send(link, peer->connection, frame, size))
			return; /* LINK_CLOSED follows */
	}
	block(peer, false);
	if (session_over(peer->session)) {
		link_close(link, peer->connection);
		peer_over(peer, NULL);
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
		if (!stranger_proved(peer))
			return;
	}
	flush(peer);
}

void
peer_begin(struct peer *peer, const struct link_event *event)
{
	struct session_options options = options_of(peer->peers, false);

	options.host = &peer->host;
	peer->session = session_new(&options);
	take_frame(peer, event);
}

static void
take_event(struct peers *peers, const struct link_event *event)
{
	struct peer *peer = peer_of(peers, event->connection);

	switch (event->kind) {
	case LINK_NOTHING:
		return;
	case LINK_ACCEPTED:
		stranger_came(peers, event);
		return;
	case LINK_CONNECTED:
		if (peer)
			flush(peer);
		return;
	case LINK_FRAME:
		if (peer && peer->session)
			take_frame(peer, event);
		else if (peer)
			stranger_said(peer, event);
		return;
	case LINK_CLOSED:
		if (peer && !peer->session) {
			peer_remove(peer);
		} else if (peer) {
			session_closed(peer->session);
			peer_over(peer, event->reason);
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

void
peers_remember(struct peers *peers)
{
	remembered_write(&peers->remembered, peers->node, peers->quota);
}

/* How long until there is something to be written; what is due is. */
static int
remember_due(struct peers *peers)
{
	int64_t age = node_now_ms() - peers->remembered.since_ms;

	if (!peers->remembered.since_ms)
		return TURN_MS;
	/* Negative: the clock was set back. */
	if (age >= 0 && age < REMEMBER_MS)
		return (int)(REMEMBER_MS - age);
	peers_remember(peers);
	return TURN_MS;
}

/* Looks at those that wait; how long until the next one wants to be. */
static int
look_around(struct peers *peers)
{
	int wait = peers_seal_due(peers);
	int64_t turn = strangers_wait_ms(peers);
	int memory = remember_due(peers);
	struct peer *next;

	if (memory < wait)
		wait = memory;

	if (turn >= 0 && turn < wait)
		wait = (int)turn;

	for (struct peer *peer = peers->waiting; peer; peer = next) {
		next = peer->next_waiting;
		look_at(peer);
	}
	for (struct peer *peer = peers->waiting; peer; peer = next) {
		int64_t own = peer_wait_ms(peer);

		next = peer->next_waiting;
		if (own < 0)
			peer_leave_alone(peer);
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
	strangers_admit(peers);
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
	peer = peer_add(peers, connection);
	options->host = &peer->host;
	peer->session = session_new(options);
	peer->result = result;
	peer->url = alloc_copy(url, strlen(url) + 1);
	peer_list(peer);
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

bool
peers_invite(struct peers *peers, const char *url, const uint8_t *id,
	const uint8_t *secret, struct peer_result *result,
	struct problem *problem)
{
	struct session_options options = options_of(peers, true);

	options.invite_id = id;
	options.invite_secret = secret;
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
peers_hang_up(struct peers *peers, const struct peer_result *result)
{
	struct peer *next;

	for (struct peer *p = peers->dialled; p; p = next) {
		next = p->next_dialled;
		if (p->result != result)
			continue;
		session_closed(p->session);
		link_close(peers->link, p->connection);
		peer_remove(p);
	}
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
