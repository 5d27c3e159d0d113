#include <string.h>

#include <sodium.h>

#include "sync/alloc.h"
#include "sync/session_parts.h"

/*
 * A store that was restored from a copy, or a cloned machine, goes on under the
 * same keys as another one did, or does: two branches of one log. The device
 * finds out when it meets changes of its own that it does not hold. It seals
 * nothing more; the hub is shown its branch, if it has one, and gives it new
 * keys (DESIGN 4).
 */

static const char purpose[] = "roadbook/replace/1";

enum {
	COPIED_ROOM = 256,
	PROOF_SIZE = sizeof purpose + NOISE_HASH_SIZE + LINK_KEY_SIZE,
};

/* What was forgotten when a grant ended comes back with the next one. */
bool
session_own_open(
	const struct session *s, const uint8_t *territory, const uint8_t *log)
{
	return memcmp(log, s->self, ID_BYTES) == 0 &&
		policy_cut(s->policy, territory, log) == INT64_MAX;
}

void
copied_note(struct session *s)
{
	s->report.own_ahead = true;
	if (s->host->copied)
		s->host->copied(s->host->self, s->self);
}

static const struct frontier_entry *
entry_of(const struct frontier_entry *list, uint32_t count, const uint8_t *log)
{
	for (uint32_t i = 0; i < count; i++)
		if (memcmp(list[i].log, log, LOG_BYTES) == 0)
			return &list[i];
	return NULL;
}

static bool
at_a_cut(const struct frontier_entry *entry)
{
	return sodium_is_zero(entry->name, SEGMENT_NAME_SIZE);
}

/*
 * Whether they hold changes of this log that are not here, or others in the
 * same places. Of a log that goes on here the walk finds that out.
 */
static bool
parts(const struct frontier_entry *ours, const struct frontier_entry *theirs)
{
	int64_t last = ours ? ours->last : 0;

	if (at_a_cut(theirs) || (ours && at_a_cut(ours)))
		return false;
	return theirs->last > last ||
		(theirs->last == last &&
			memcmp(theirs->name, ours->name, SEGMENT_NAME_SIZE) !=
				0);
}

/*
 * Whether they hold more of the log than is here, all of which counts, and gave
 * none of it though asked for all: they stand on another branch, below whose
 * cut-off the one here ends.
 */
static bool
withheld(const struct frontier_entry *ours, const struct frontier_entry *theirs)
{
	return at_a_cut(theirs) && !at_a_cut(ours) && theirs->last > ours->last;
}

/* Whether both reach the cut, and one of us not by the segment it names. */
static bool
astray(const struct session *s, const uint8_t *territory,
	const struct frontier_entry *ours, const struct frontier_entry *theirs)
{
	return at_a_cut(theirs) != at_a_cut(ours) &&
		theirs->last == ours->last &&
		policy_cut(s->policy, territory, ours->log) == ours->last;
}

/*
 * Of whose log it is told where the branches part: of one's own; and to the
 * hub, which ends it, of anybody's. It may have ended: before the hub knew of
 * this branch, and then too late.
 */
static bool
may_prove(const struct session *s, const uint8_t *territory, const uint8_t *log)
{
	return session_own_open(s, territory, log) ||
		(s->report.peer_is_hub && !session_is_directory(s, territory));
}

void
copied_look(struct session *s, struct exchange *x)
{
	struct territory *territory =
		s->host->territory(s->host->self, x->territory, false);
	const struct frontier_entry *theirs = frontier_views(&x->theirs);
	const struct frontier_entry *list = NULL;
	uint32_t count = 0, i = 0;

	x->looked = true;
	if (territory)
		territory_frontier(territory, &list, &count);
	while (i < x->theirs.count) {
		uint8_t log[LOG_BYTES];
		const struct frontier_entry *ours;
		bool parted, ahead;

		memcpy(log, theirs[i].log, LOG_BYTES);
		/* It goes on here: an erasure in it is what is missing. */
		if (territory && territory_owes_erasure(territory, log)) {
			i++;
			continue;
		}
		ours = entry_of(list, count, log);
		ahead = may_prove(s, x->territory, log) &&
			parts(ours, &theirs[i]);
		parted = ours && may_prove(s, x->territory, log) &&
			(ahead || withheld(ours, &theirs[i]) ||
				astray(s, x->territory, ours, &theirs[i]) ||
				(theirs[i].last < ours->last &&
					!at_a_cut(&theirs[i]) &&
					!territory_goes_on(
						territory, &theirs[i], false)));
		i++;
		if ((ahead || parted) && session_own_open(s, x->territory, log))
			copied_note(s);
		if (!parted)
			continue;
		/* All of it is pushed: the verdicts prove where they part. */
		frontier_drop(&x->theirs, log);
		theirs = frontier_views(&x->theirs);
		if (territory)
			territory_frontier(territory, &list, &count);
		i--;
	}
}

static void
send_replace(struct session *s, const uint8_t *sign_secret)
{
	uint8_t to_sign[PROOF_SIZE], proof[SIGNATURE_SIZE];
	uint8_t *bytes = alloc(COPIED_ROOM);
	struct pack pack;

	memcpy(to_sign, purpose, sizeof purpose);
	memcpy(to_sign + sizeof purpose, channel_hash(s->channel),
		NOISE_HASH_SIZE);
	memcpy(to_sign + sizeof purpose + NOISE_HASH_SIZE, s->new_link_key,
		LINK_KEY_SIZE);
	(void)crypto_sign_detached(
		proof, NULL, to_sign, sizeof to_sign, sign_secret);
	memcpy(s->sign_secret, sign_secret, sizeof s->sign_secret);
	s->replacing = true;
	pack_init(&pack, bytes, COPIED_ROOM);
	message_replace(&pack, session_await(s, MESSAGE_ENROLLED, NULL, 0),
		sign_secret + SIGNING_SECRET_SIZE - SIGNING_KEY_SIZE,
		s->new_link_key, proof);
	session_send(s, bytes, &pack);
}

bool
copied_begin(struct session *s)
{
	const uint8_t *sign_secret = NULL;

	if (!s->initiator || !s->report.peer_is_hub || s->replacing ||
		s->enrolling || !s->host->replacement ||
		!s->host->replacement(
			s->host->self, &sign_secret, s->new_link_key))
		return false;
	send_replace(s, sign_secret);
	return true;
}

bool
copied_told(struct session *s)
{
	if (!s->report.peer_is_hub || s->replacing || !s->host->copied)
		return false;
	copied_note(s);
	initiator_clear(s);
	s->pass = PASS_NONE;
	return copied_begin(s);
}

void
copied_enrolled(struct session *s, const struct message *message)
{
	struct credentials_options with = {
		.company_key = s->company_key,
		.link_key = s->new_link_key,
		.now_ms = (uint64_t)s->trusted_now_ms,
	};
	struct pack_view bytes = message->credentials;
	struct credentials own;
	uint8_t device[ID_BYTES];
	enum status status =
		credentials_decode(&own, bytes.bytes, bytes.size, &with);

	device_id(device,
		s->sign_secret + SIGNING_SECRET_SIZE - SIGNING_KEY_SIZE);
	if ((status != STATUS_OK && status != STATUS_REFUSED) ||
		own.device.kind != CERTIFICATE_DEVICE ||
		memcmp(own.device.subject, device, ID_BYTES) != 0) {
		session_break(s, SESSION_NOT_GENUINE,
			"the credentials are not for this device");
		return;
	}
	if (s->host->replaced(s->host->self, bytes.bytes, bytes.size) !=
		STATUS_OK) {
		session_break(s, SESSION_FAILED, "the store failed");
		return;
	}
	s->report.replaced = true;
	session_settle(s);
}

/* ---- the hub ---- */

static bool
proof_holds(const struct session *s, const struct message *message)
{
	uint8_t signed_bytes[PROOF_SIZE];

	memcpy(signed_bytes, purpose, sizeof purpose);
	memcpy(signed_bytes + sizeof purpose, channel_hash(s->channel),
		NOISE_HASH_SIZE);
	memcpy(signed_bytes + sizeof purpose + NOISE_HASH_SIZE,
		message->link_key, LINK_KEY_SIZE);
	return crypto_sign_verify_detached(message->proof, signed_bytes,
		       sizeof signed_bytes, message->sign_key) == 0;
}

static void
send_enrolled(struct session *s, const struct message *message,
	const uint8_t *credentials, size_t size, const uint8_t *user,
	const char *login)
{
	size_t room = COPIED_ROOM + size + MESSAGE_TEXT_MAX;
	uint8_t *bytes = alloc(room);
	struct pack pack;

	pack_init(&pack, bytes, room);
	message_enrolled(&pack, message->request,
		(struct pack_view){credentials, size}, user, login);
	session_send(s, bytes, &pack);
}

void
copied_asked(struct session *s, const struct message *message)
{
	uint8_t credentials[MESSAGE_CREDENTIALS_MAX], user[ID_BYTES];
	char login[MESSAGE_TEXT_MAX + 1] = "";
	size_t size = sizeof credentials;
	enum status status = STATUS_REFUSED;

	if (!s->host->replace || !proof_holds(s, message)) {
		session_refuse(s, SESSION_MALFORMED,
			"the new device's proof does not hold",
			message->request, FAILURE_MALFORMED);
		return;
	}
	status = s->host->replace(s->host->self, s->report.peer,
		message->sign_key, message->link_key, credentials, &size, user,
		login, sizeof login);
	if (status == STATUS_OK)
		send_enrolled(s, message, credentials, size, user, login);
	else if (status == STATUS_REFUSED)
		session_refuse(s, SESSION_PEER_REVOKED,
			"the device has been revoked", message->request,
			FAILURE_REVOKED);
	else
		session_refuse(s, SESSION_FAILED, "the store failed",
			message->request, FAILURE_INTERNAL);
}

bool
copied_refused(struct session *s, const struct message *message)
{
	static const char text[] =
		"this device was replaced: its store is a copy";
	const struct policy_device *device =
		policy_device(s->policy, s->report.peer);
	const struct credentials *peer = channel_peer(s->channel);
	struct pack pack;
	uint8_t *bytes;

	if (!s->host->replace || !device || !device->replaced || !peer ||
		(uint64_t)s->trusted_now_ms > peer->device.expires_ms)
		return false;
	if (message->kind == MESSAGE_REPLACE) {
		copied_asked(s, message);
		return true;
	}
	/* What it tells ahead of its first request has no answer. */
	if (message->kind == MESSAGE_ERASED)
		return true;
	bytes = alloc(COPIED_ROOM);
	pack_init(&pack, bytes, COPIED_ROOM);
	message_failed(&pack, message->request, FAILURE_COPIED, text);
	session_send(s, bytes, &pack);
	return true;
}
