#include "sync/session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/token.h"
#include "sync/alloc.h"
#include "sync/own.h"
#include "sync/session_parts.h"

static bool
find_psk(void *self, const uint8_t *invitation,
	uint8_t psk[static NOISE_PSK_SIZE])
{
	const struct session *s = self;

	return s->host->invitation(s->host->self, invitation, psk);
}

/* Who we are, out of our own credentials. */
static bool
know_self(struct session *s, const struct session_options *options)
{
	struct own fresh = {0};
	struct own *own = options->own ? options->own : &fresh;

	if (!options->credentials) {
		device_id(s->self, s->sign_secret + SIGNING_KEY_SIZE);
		return true;
	}
	if (own_verify(own, options->credentials, options->credentials_size,
		    s->company_key, s->link_key) != STATUS_OK)
		return false;
	memcpy(s->self, own->credentials.device.subject, ID_BYTES);
	session_meet(s, &own->credentials);
	channel_own_genuine(s->channel);
	return true;
}

static void
open_channel(struct session *s, const struct session_options *options)
{
	uint8_t psk[TOKEN_PSK_SIZE];
	struct channel_options with = {
		.initiator = s->initiator,
		.company_key = s->company_key,
		.link_secret = options->link_secret,
		.credentials = options->credentials,
		.credentials_size = options->credentials_size,
		.message_max = MESSAGE_SIZE_MAX,
	};

	if (options->invitation_id) {
		token_psk(psk, options->invitation_secret);
		with.invitation = options->invitation_id;
		with.psk = psk;
	}
	if (!s->initiator && s->host->invitation) {
		with.find_psk = find_psk;
		with.find_self = s;
	}
	with.take_expired = !s->initiator && s->host->renew;
	s->channel = channel_new(&with);
	sodium_memzero(psk, sizeof psk);
}

struct session *
session_new(const struct session_options *options)
{
	struct session *s = alloc(sizeof *s);

	assert(options->credentials || options->invitation_id);
	assert(!options->invitation_id || options->initiator);
	assert(options->credentials_size <= CREDENTIALS_SIZE_MAX);
	s->report.detail = "";
	s->report.login = "";
	s->host = options->host;
	s->store = options->host->store;
	s->policy = options->host->policy;
	s->initiator = options->initiator;
	s->hub = options->hub;
	s->directory_only = options->directory_only;
	s->inviting = options->initiator && options->invite_id;
	if (s->inviting) {
		memcpy(s->invite_id, options->invite_id, ID_BYTES);
		memcpy(s->invite_secret, options->invite_secret,
			TOKEN_SECRET_SIZE);
	}
	s->wants_watch = options->initiator && options->watch &&
		!options->directory_only;
	s->trusted_now_ms = options->trusted_now_ms;
	memcpy(s->company_key, options->company_key, sizeof s->company_key);
	company_id(s->company, s->company_key);
	(void)crypto_scalarmult_base(s->link_key, options->link_secret);
	if (options->invitation_id) {
		s->enrolling = true;
		memcpy(s->sign_secret, options->sign_secret,
			sizeof s->sign_secret);
		s->device_name = alloc_copy(
			options->device_name, strlen(options->device_name) + 1);
	}
	open_channel(s, options);
	if (!know_self(s, options))
		session_break(s, SESSION_FAILED,
			"this device's own credentials are damaged");
	return s;
}

void
session_free(struct session *session)
{
	if (!session)
		return;
	initiator_clear(session);
	watch_clear(session);
	shares_clear(&session->shares);
	channel_free(session->channel);
	free(session->device_name);
	sodium_memzero(session, sizeof *session);
	free(session);
}

void
session_set_now(struct session *s, int64_t now_ms)
{
	s->now_ms = now_ms;
	/* The hub's clock is the one that counts. */
	if (s->hub && now_ms > s->trusted_now_ms)
		s->trusted_now_ms = now_ms;
}

bool
session_is_broken(const struct session *s)
{
	return s->report.state == SESSION_BROKEN;
}

void
session_break(
	struct session *s, enum session_problem problem, const char *detail)
{
	if (session_is_broken(s))
		return; /* the first reason is the one that tells */
	s->report.state = SESSION_BROKEN;
	s->report.problem = problem;
	s->report.detail = detail;
	/* Whoever is revoked gets no more, not even the rest of a message. */
	if (problem == SESSION_PEER_REVOKED && channel_mid_message(s->channel))
		s->mute = true;
	channel_silence(s->channel);
	initiator_clear(s);
	watch_clear(s);
}

void
session_refuse(struct session *s, enum session_problem problem,
	const char *detail, uint32_t request, enum message_failure failure)
{
	struct pack pack;
	uint8_t *bytes;

	if (session_is_broken(s))
		return;
	session_break(s, problem, detail);
	if (s->initiator || !channel_is_open(s->channel))
		return;
	bytes = alloc(MESSAGE_TEXT_MAX + 64);
	pack_init(&pack, bytes, MESSAGE_TEXT_MAX + 64);
	message_failed(&pack, request, failure, detail);
	session_send(s, bytes, &pack);
	channel_end(s->channel);
}

void
session_settle(struct session *s)
{
	s->report.state = SESSION_SETTLED;
	if (s->initiator)
		channel_end(s->channel);
}

static bool
is_left(struct store *store, const uint8_t *territory)
{
	int64_t last;

	return store->log_left(store->self, territory, NULL, &last) ==
		STATUS_OK &&
		last > 0;
}

/* What the hub has not, nobody is known to have: see territory_came_back(). */
static enum status
take_back(struct session *s)
{
	struct store *store = s->store;
	enum status status = STATUS_OK;

	if (!is_left(store, NULL))
		return STATUS_OK;
	for (uint32_t i = 0; status == STATUS_OK && i < s->shares.count; i++) {
		const uint8_t *id = s->shares.list[i].territory;
		struct territory *t;

		if (!is_left(store, id))
			continue;
		status = store->begin(store->self);
		if (status != STATUS_OK)
			break;
		t = s->host->territory(s->host->self, id, true);
		status = t ? territory_came_back(t) : STATUS_FAILED;
		if (status == STATUS_OK)
			status = store->commit(store->self);
		else
			store->rollback(store->self);
	}
	return status;
}

void
session_in_step(struct session *s)
{
	bool revoked = policy_is_revoked(s->policy, s->self);

	/* What the disk refuses is done the next time. */
	if (!revoked && s->report.peer_is_hub)
		(void)take_back(s);
	/*
	 * A copy offers what it owes under its new keys, also when there were
	 * none to be had today. Who is shut out gets none.
	 */
	if (!revoked && copied_begin(s)) {
		s->report.rounds++;
		return;
	}
	if ((revoked || !s->report.own_ahead) && owed_begin(s))
		return;
	if (revoked) {
		session_break(
			s, SESSION_REVOKED, "this device has been revoked");
		return;
	}
	s->report.rounds++;
	if (invite_begin(s) || lease_begin(s))
		return;
	session_rest(s);
}

void
session_rest(struct session *s)
{
	s->lease_asked = false;
	if (s->wants_watch)
		watch_rest(s);
	else
		session_settle(s);
}

void
session_send(struct session *s, uint8_t *bytes, const struct pack *pack)
{
	assert(!pack->overflow && pack->size <= MESSAGE_SIZE_MAX);
	channel_send(s->channel, bytes, pack->size);
}

static bool
has_expired(const struct session *s, const struct certificate *certificate)
{
	return (uint64_t)s->trusted_now_ms > certificate->expires_ms;
}

bool
session_peer_is_good(struct session *s, uint32_t request)
{
	const struct credentials *peer = channel_peer(s->channel);

	if (!peer || has_expired(s, &peer->device) ||
		has_expired(s, &peer->issuer) ||
		standing_ended(s, &peer->issuer)) {
		session_refuse(s, SESSION_EXPIRED,
			"the peer's certificate has expired", request,
			FAILURE_REFUSED);
		return false;
	}
	if (!s->shut_out && policy_is_revoked(s->policy, s->report.peer)) {
		session_refuse(s, SESSION_PEER_REVOKED,
			"the device has been revoked", request,
			FAILURE_REVOKED);
		return false;
	}
	return true;
}

bool
session_is_directory(const struct session *s, const uint8_t *territory)
{
	return memcmp(territory, policy_directory(s->policy), ID_BYTES) == 0;
}

bool
session_may_read(const struct session *s, const uint8_t *device,
	const uint8_t *territory)
{
	/*
	 * Every device of the company reads the directory, also one that is so
	 * new that it is not in it yet. A peer that is revoked got no further.
	 */
	if (session_is_directory(s, territory))
		return true;
	return policy_may_read(s->policy, device, territory);
}

static struct territory *
opened_territory(void *self, const uint8_t *id)
{
	const struct session *s = self;

	return s->host->territory(s->host->self, id, false);
}

void
session_find_shares(struct session *s)
{
	shares_find(&s->shares, s->policy, s->self, s->report.peer,
		opened_territory, s);
}

void
session_meet(struct session *s, const struct credentials *credentials)
{
	const struct certificate *device = &credentials->device;

	if (device->kind == CERTIFICATE_HUB)
		policy_add_hub(s->policy, device->subject, device->signing_key);
	if (credentials->has_hub)
		policy_add_hub(s->policy, credentials->hub.subject,
			credentials->hub.signing_key);
}

/* The handshake is done, and who the peer is known, but for who enrols. */
static void
opened(struct session *s)
{
	const struct credentials *peer = channel_peer(s->channel);

	if (peer) {
		s->report.peer_is_hub = peer->device.kind == CERTIFICATE_HUB;
		memcpy(s->report.peer, peer->device.subject, ID_BYTES);
		memcpy(s->report.peer_user, peer->device.user, ID_BYTES);
		session_meet(s, peer);
	}
	s->report.state = SESSION_OPEN;
	s->report.trusted = true;
	s->shut_out = !s->initiator && s->hub && peer &&
		policy_is_revoked(s->policy, s->report.peer);
	if (s->initiator)
		initiator_opened(s);
	else
		responder_opened(s);
}

static void
received_message(struct session *s)
{
	size_t size;
	uint8_t *bytes = channel_take(s->channel, &size);

	if (s->initiator) {
		initiator_answer(s, bytes, size); /* which may hold it */
		return;
	}
	responder_request(s, bytes, size);
	free(bytes);
}

/* Whether nothing is lost by ending now. */
static bool
may_end(const struct session *s)
{
	switch (s->report.state) {
	case SESSION_WATCHING:
		/* It had settled before it asked to be told. */
		return !s->report.watching || initiator_rests(s);
	case SESSION_SETTLED:
		return true;
	case SESSION_OPEN:
		/* A peer that is told is at rest unless we know otherwise. */
		return !s->initiator && s->report.watching;
	case SESSION_HELLO:
	case SESSION_BROKEN:
		break;
	}
	return false;
}

static void
ended(struct session *s)
{
	if (s->initiator && !may_end(s))
		session_break(
			s, SESSION_CLOSED, "the peer ended before it was done");
	else if (s->report.state != SESSION_SETTLED)
		session_settle(s);
}

/* The channel did not take the frame. */
static void
frame_refused(struct session *s, enum status status)
{
	switch (status) {
	case STATUS_ABSENT:
		session_break(s, SESSION_TOKEN,
			"the invitation is not known or no longer good");
		break;
	case STATUS_REFUSED:
		session_refuse(s, SESSION_EXPIRED,
			"the peer's certificate is not good now", 0,
			FAILURE_REFUSED);
		break;
	case STATUS_FORGED:
		session_break(s, SESSION_NOT_GENUINE,
			"altered on the way, or not of this company");
		break;
	case STATUS_OK:
	case STATUS_AGAIN:
	case STATUS_MALFORMED:
	case STATUS_FAILED:
		session_break(s, SESSION_MALFORMED, "not a frame of Roadbook");
		break;
	}
}

/* An unknown invitation is answered by a frame that silence would forget. */
static void
turned_away(struct session *s)
{
	s->report.state = SESSION_BROKEN;
	s->report.problem = SESSION_TOKEN;
	s->report.detail = "the invitation is not known or no longer good";
}

static enum status
broken_status(const struct session *s)
{
	if (!session_is_broken(s))
		return STATUS_OK;
	switch (s->report.problem) {
	case SESSION_NOT_GENUINE:
		return STATUS_FORGED;
	case SESSION_MALFORMED:
		return STATUS_MALFORMED;
	case SESSION_FAILED:
		return STATUS_FAILED;
	case SESSION_FINE:
	case SESSION_EXPIRED:
	case SESSION_REVOKED:
	case SESSION_PEER_REVOKED:
	case SESSION_REFUSED:
	case SESSION_TOKEN:
	case SESSION_BUSY:
	case SESSION_PEER_FAILED:
	case SESSION_CLOSED:
		break;
	}
	return STATUS_REFUSED;
}

static void
dispatch(struct session *s, enum channel_event event)
{
	switch (event) {
	case CHANNEL_NOTHING:
		break;
	case CHANNEL_OPENED:
		opened(s);
		break;
	case CHANNEL_MESSAGE:
		received_message(s);
		break;
	case CHANNEL_ENDED:
		ended(s);
		break;
	}
}

enum status
session_receive(struct session *session, int64_t now_ms, const uint8_t *frame,
	size_t size)
{
	struct session *s = session;
	enum channel_event event;
	enum status status;

	session_set_now(s, now_ms);
	if (s->held)
		exchange_store(s);
	if (session_is_broken(s))
		return broken_status(s);
	s->report.received.bytes += size;
	status = channel_receive(
		s->channel, (uint64_t)s->trusted_now_ms, frame, size, &event);
	if (status == STATUS_OK)
		dispatch(s, event);
	else if (status == STATUS_ABSENT && !s->initiator)
		turned_away(s);
	else
		frame_refused(s, status);
	return broken_status(s);
}

enum status
session_next_frame(struct session *session, int64_t now_ms,
	const uint8_t **frame, size_t *size)
{
	enum status status;

	session->now_ms = now_ms;
	/*
	 * What waits to be sent to whoever was revoked meanwhile, is not; its
	 * new keys are, to whoever was replaced.
	 */
	if (session->report.trusted && !session_is_broken(session) &&
		!session->shut_out && !channel_idle(session->channel) &&
		policy_is_revoked(session->policy, session->report.peer) &&
		!policy_is_replaced(session->policy, session->report.peer))
		session_refuse(session, SESSION_PEER_REVOKED,
			"the device has been revoked", 0, FAILURE_REVOKED);
	if (session->mute)
		return STATUS_ABSENT;
	status = channel_next_frame(session->channel, frame, size);
	if (status == STATUS_ABSENT && session->held) {
		exchange_store(session);
		status = channel_next_frame(session->channel, frame, size);
	}
	if (status == STATUS_OK)
		session->report.sent.bytes += *size;
	else if (status != STATUS_ABSENT)
		session_break(session, SESSION_FAILED,
			"too many records for one session");
	return status == STATUS_OK ? STATUS_OK : STATUS_ABSENT;
}

void
session_closed(struct session *session)
{
	if (may_end(session))
		session->report.state = SESSION_SETTLED;
	else
		session_break(
			session, SESSION_CLOSED, "the connection was lost");
	session->closed = true;
}

bool
session_over(const struct session *session)
{
	return session->closed || session->mute ||
		(session->report.state >= SESSION_SETTLED &&
			channel_idle(session->channel));
}

const struct session_report *
session_report(const struct session *session)
{
	return &session->report;
}

uint32_t
session_busy(const struct session *session)
{
	if (!session->initiator)
		return channel_queued(session->channel);
	return session->awaited_count + (session->held ? 1 : 0);
}
