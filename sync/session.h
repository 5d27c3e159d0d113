#ifndef SYNC_SESSION_H
#define SYNC_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/credentials.h"
#include "proto/message.h"
#include "proto/status.h"
#include "sync/own.h"
#include "sync/policy.h"
#include "sync/territory.h"

/*
 * One conversation with one peer, from hello to "we hold the same".
 *
 * A session does no I/O of its own. Frames come in through session_receive()
 * and leave through session_next_frame(); time comes in as an argument. So the
 * same calls in the same order give the same frames (but for ephemeral keys).
 *
 *     hello --> compare --> directory --> territories --> settled
 *       |          |            |              |
 *       +----------+------------+--------------+--------> broken
 *
 * An initiator that watches is not over when it has settled:
 *
 *     … settled --> watching --(something moved, here or there)--> a round
 *                      ^                                              |
 *                      +----------------------------------------------+
 *
 * until session_end(), or the link ends. What moved is said to a session with
 * session_moved(): it remembers which territories, nothing else. What follows,
 * and when, is up to session_tick(): a responder tells its peer, once in
 * SESSION_TELL_MS at most; an initiator goes through them, in a round. A peer
 * that does not know `watch` leaves the initiator settled, as without.
 *
 * The initiator drives; the responder answers. Whatever was acknowledged was
 * committed before. Both check certificate, revocation and grants at each
 * request, not once.
 *
 * What a peer can make a session hold, whatever it claims: before the handshake
 * is done, a few KiB. After it, in a responder, one incoming message (1 MiB)
 * and answers that the peer does not read, SESSION_UNREAD_MAX and one more
 * message; in an initiator, one incoming message, one that is being stored, the
 * requests in flight (as many bytes as SESSION_UNREAD_MAX), and for each of
 * SESSION_EXCHANGES_MAX territories two frontiers of MESSAGE_LOGS_MAX entries.
 * Both: the list of territories, and of those that moved, at most
 * MESSAGE_TERRITORIES_MAX each.
 */
struct session;

enum {
	SESSION_REQUESTS_MAX = 8,  /* in flight; a responder breaks at more */
	SESSION_PUSHES_MAX = 4,    /* of those */
	SESSION_EXCHANGES_MAX = 3, /* territories at a time */
	SESSION_UNREAD_MAX = 4 << 20,
	SESSION_BUNDLE_MAX = SEGMENT_SIZE_MAX, /* segments in one message */
	SESSION_ENROL_MAX = 4096, /* any message before a device enrolled */
	SESSION_PASSES_MAX = 4,   /* over all territories, while things move */
	SESSION_UNKNOWN_MAX = 1024, /* segments of unknown devices */
	/* Of a session that watches: */
	SESSION_TELL_MS = 200, /* between two tellings; between two rounds */
	SESSION_PING_MS = 30 * 1000,     /* `watch` is sent again */
	SESSION_COMPARE_MS = 180 * 1000, /* … and a compare with it */
};

struct shares; /* sync/compare.h */

/*
 * What a session asks of its node. It is called on the node's one thread. The
 * calls that write open and commit their own transaction.
 */
struct session_host {
	void *self;
	struct store *store;
	struct policy *policy;
	/*
	 * The opened territory; with `make` it is opened even though nothing
	 * of it was ever kept here. NULL: unknown, or it failed. All writes to
	 * it happen inside a transaction that the session opens.
	 */
	struct territory *(*territory)(
		void *self, const uint8_t *id, bool make);
	/* Seals what is pending everywhere, in a transaction of its own. */
	enum status (*seal)(void *self);
	/*
	 * The directory has new changes applied: load the policy, settle every
	 * territory. Called inside the session's transaction.
	 */
	enum status (*directory_changed)(void *self);
	/* The hub told its time: for judging expiry. */
	void (*hub_time)(void *self, int64_t now_ms);
	/*
	 * Takes a company order (policy_take_order) in a transaction of its
	 * own: settles the directory, keeps the bytes, rolls back and forgets
	 * on failure. The status is policy_take_order()'s, or STATUS_FAILED.
	 * NULL: orders are passed over.
	 */
	enum status (*order)(void *self, const uint8_t *bytes, size_t size);
	/*
	 * Hub only, else NULL. Whether the peer's certificate is to be renewed:
	 * STATUS_OK with its new credentials (*size is the room before and the
	 * size after), STATUS_ABSENT when there is no need, STATUS_REFUSED when
	 * the device is not one of the directory's. Called at each request.
	 */
	enum status (*renew)(void *self, const struct credentials *peer,
		uint8_t *credentials, size_t *size);
	/*
	 * The hub renewed this device's credentials, which were checked: keep
	 * them. NULL: they are passed over.
	 */
	enum status (*renewed)(
		void *self, const uint8_t *credentials, size_t size);
	/* After a rollback: forget what is in memory of the store. */
	void (*rolled_back)(void *self);
	/*
	 * Hub only, else NULL. The PSK of an invitation (32 bytes), false when
	 * it is not known or no longer good.
	 */
	bool (*invitation)(void *self, const uint8_t *id, uint8_t *psk);
	/*
	 * Hub only. Redeems an invitation for device keys, idempotently, and
	 * commits it; writes credentials (issuer's, the new device's and the
	 * hub's own certificate; *size is the room before and the size after),
	 * user id and login. STATUS_REFUSED when it was redeemed by other keys
	 * or has expired.
	 */
	enum status (*enrol)(void *self, const uint8_t *invitation,
		const uint8_t *sign_key, const uint8_t *link_key,
		const char *name, uint8_t *credentials, size_t *size,
		uint8_t *user, char *login, size_t login_room);
	/*
	 * This device's store is a copy: changes of its own are out there that
	 * it does not hold, or it was told so. It seals nothing more from here
	 * on. NULL: nothing follows from that. `device` is who it was when the
	 * session began: another session may have brought new keys meanwhile.
	 */
	void (*copied)(void *self, const uint8_t *device);
	/*
	 * Whether what the log has here from change `first` on, and the hub
	 * refuses since it has another branch, was written on this machine and
	 * is nowhere else yet: under its keys, or under those it had, and not
	 * carried over. NULL: under its keys.
	 */
	bool (*own_branch)(void *self, const uint8_t *territory,
		const uint8_t *log, int64_t first);
	/*
	 * A device whose store is a copy: the keys that it goes on with (the
	 * signing secret, and the public half of the link's), which outlive a
	 * crash. False when it is none. Asked when all is in step with the hub.
	 */
	bool (*replacement)(
		void *self, const uint8_t **sign_secret, uint8_t *link_key);
	/*
	 * The hub took them: the credentials, which were checked, and the keys
	 * are this device's from here on; the session is over.
	 */
	enum status (*replaced)(
		void *self, const uint8_t *credentials, size_t size);
	/*
	 * Hub only, else NULL: takes the new keys of a device, idempotently,
	 * closes its logs, and commits it. As enrol; STATUS_REFUSED when it is
	 * not known, or revoked.
	 */
	enum status (*replace)(void *self, const uint8_t *device,
		const uint8_t *sign_key, const uint8_t *link_key,
		uint8_t *credentials, size_t *size, uint8_t *user, char *login,
		size_t login_room);
	/*
	 * Hub only, else NULL: notes an invitation for another device of the
	 * device's own user, idempotently, and commits it; *expires_ms is when
	 * it ends. STATUS_REFUSED: there may be none, or the id is another's.
	 */
	enum status (*invite)(void *self, const uint8_t *device,
		const uint8_t *invitation, const uint8_t *secret,
		int64_t *expires_ms);
	/*
	 * Hub only, or NULL. A genuine segment was pushed whose place another
	 * has: the author's log parts from ours after change `last`.
	 */
	void (*forked)(void *self, const uint8_t *territory, const uint8_t *log,
		int64_t last);
	/*
	 * Whether all that the directory says is erased is gone here, to the
	 * last byte of the disk; *digest (erasures_digest) is of what it says.
	 * False when nothing ever was erased. NULL: it is never told.
	 */
	bool (*erased)(void *self, uint8_t *digest);
	/* Hub only, else NULL: a device says so. */
	void (*heard_erased)(
		void *self, const uint8_t *device, const uint8_t *digest);
	/*
	 * Whether something of the directory is kept here beyond the end of a
	 * former hub's log that the hub was not offered yet; and that it was
	 * now. Both or neither may be NULL.
	 */
	bool (*late)(void *self);
	void (*late_told)(void *self);
	/*
	 * Seals what is pending of one territory, after it was compared with
	 * the peer (MERGE W8). NULL: seal() is called before.
	 */
	enum status (*seal_one)(void *self, const uint8_t *territory);
	/*
	 * Calls `found` with each territory that has something to be sealed;
	 * goes with seal_one().
	 */
	void (*pending)(void *self,
		void (*found)(void *found_self, const uint8_t *territory),
		void *found_self);
	/*
	 * The session kept something new of the territory, and committed it:
	 * other sessions that are concerned want session_moved(). May be NULL.
	 */
	void (*moved)(void *self, struct session *by, const uint8_t *territory);
	/*
	 * A responder: whether the device may push so many bytes more today.
	 * They are counted when it may. NULL: as many as it likes.
	 */
	bool (*may_push)(void *self, const uint8_t *device, uint64_t size);
	/*
	 * A responder's peer watches these territories from now on, and no
	 * others. May be NULL.
	 */
	void (*watches)(
		void *self, struct session *by, const struct shares *shares);
	/*
	 * Hub only; may be NULL. The peer of a responder was found to hold the
	 * same as we, the directory and all that was pending there included.
	 */
	void (*in_step)(void *self, struct session *by);
	/*
	 * Hub only; may be NULL. Something beyond a cut-off was kept of the
	 * territory, and committed.
	 */
	void (*quarantined)(void *self, const uint8_t *territory);
	/*
	 * What the hub is to be offered though it is not shared: territories
	 * that are held without a grant, and those in which something lies
	 * beyond a cut-off. Called when all that is shared is in step with the
	 * hub. May be NULL.
	 */
	void (*owed)(void *self,
		void (*found)(void *found_self, const uint8_t *territory),
		void *found_self);
	/* The hub has all of it now, or had it. */
	void (*handed_over)(void *self, const uint8_t *territory);
	/*
	 * The hub gave this device the change that revokes it, out of the
	 * order of its log: a whole segment, genuine. May be NULL.
	 */
	void (*revoked)(void *self, const uint8_t *bytes, size_t size);
	/*
	 * An initiator: whether the peer is to be asked for renewals of leases
	 * (proto/lease.h), and which: those issued later than *since. Asked
	 * when all is in step. May be NULL.
	 */
	bool (*lease_wanted)(void *self, int64_t *since);
	/*
	 * Calls `found` with each renewal, LEASE_SIZE bytes, that the device is
	 * to be given, MESSAGE_RENEWALS_MAX at most. NULL: there are none.
	 */
	void (*leases)(void *self, const uint8_t *device, int64_t since,
		void (*found)(void *found_self, const uint8_t *renewal),
		void *found_self);
	/*
	 * The peer gave these; nothing of them was checked. `issuer` is the
	 * peer's, which the company signed; `now_ms` is the hub's time when it
	 * gave them itself, else 0. Goes with lease_wanted().
	 */
	void (*leased)(void *self, struct message *renewals,
		const struct certificate *issuer, int64_t now_ms);
	/*
	 * Hub only, else NULL: keeps the receipt of this device, which was
	 * shut out, and commits it. STATUS_REFUSED: it is none of it.
	 */
	enum status (*receipt)(
		void *self, const uint8_t *device, const uint8_t *receipt);
};

struct session_options {
	const struct session_host *host; /* outlives the session */
	bool initiator;
	const uint8_t *company_key; /* Ed25519, 32 bytes; copied */
	const uint8_t *link_secret; /* X25519 static, 32 bytes; copied */
	const uint8_t *credentials; /* ours; copied; NULL when enrolling */
	size_t credentials_size;
	struct own *own; /* what was found of them before; or NULL */
	bool hub;        /* we are the hub: quarantine, hold everything */
	/* An initiator that enrols: the invitation, else NULL. */
	const uint8_t *invitation_id;     /* 16 bytes */
	const uint8_t *invitation_secret; /* 16 bytes */
	const uint8_t *sign_secret;       /* the new device's Ed25519, 64 */
	const char *device_name;
	/*
	 * The latest time known: the hub's last word or our clock, whichever is
	 * later, for certificates (they are never judged by a reader's clock
	 * alone going backwards).
	 */
	int64_t trusted_now_ms;
	/* An initiator that wants the directory only (as `init` does). */
	bool directory_only;
	/* An initiator that stays when it has settled. */
	bool watch;
	/*
	 * An initiator that asks the hub, when all is in step, to note this
	 * invitation for another device of its own user: id and secret, 16
	 * bytes each; copied. Else NULL. It does not watch.
	 */
	const uint8_t *invite_id;
	const uint8_t *invite_secret;
};

enum session_state {
	SESSION_HELLO,
	SESSION_OPEN, /* exchanging; or a responder at rest */
	/* An initiator that has settled, and goes on. */
	SESSION_WATCHING,
	/*
	 * Done, and the end is said: both hold the same, but for what `forks`
	 * and `refused` of the report tell.
	 */
	SESSION_SETTLED,
	SESSION_BROKEN, /* session_problem() says why */
};

/* Why a session broke, for messages and exit codes. */
enum session_problem {
	SESSION_FINE,
	SESSION_NOT_GENUINE, /* bytes altered, or not of our company */
	SESSION_MALFORMED,
	SESSION_EXPIRED, /* a certificate */
	SESSION_REVOKED, /* we are shut out: the other side says so */
	SESSION_PEER_REVOKED,
	SESSION_REFUSED,     /* no grant for what was asked */
	SESSION_TOKEN,       /* invitation unknown, expired, used elsewhere */
	SESSION_BUSY,        /* too much at once, or for one day */
	SESSION_FAILED,      /* store failed here */
	SESSION_PEER_FAILED, /* … there */
	SESSION_CLOSED,      /* the link ended before the end was said */
};

struct session_traffic {
	uint64_t changes;
	uint64_t segments;
	uint64_t bytes; /* frames, as on the wire, handshake included */
};

struct session_report {
	enum session_state state;
	enum session_problem problem;
	const char *detail; /* English, static or the session's; may be "" */
	/*
	 * After the handshake: of an initiator, answers that had to be waited
	 * for, one after the other; of a responder, requests.
	 */
	uint32_t round_trips;
	struct session_traffic sent;
	struct session_traffic received;
	uint8_t peer[ID_BYTES]; /* device id, zero before it is proven */
	uint8_t peer_user[ID_BYTES];
	bool peer_is_hub;
	bool trusted;                 /* the handshake is done: link_trust() */
	uint32_t refused;             /* segments that the peer did not take */
	enum message_verdict refusal; /* the last such verdict */
	/* Logs that go on differently there: both branches stand (R20). */
	uint32_t forks;
	/*
	 * Segments of an unknown device among what was pulled: not kept, since
	 * nobody can tell whether they are genuine.
	 */
	uint32_t unknown;
	/*
	 * A segment of this very device came that it did not have: this store
	 * is an old copy and must not write on under its keys (DESIGN 4).
	 */
	bool own_ahead;
	/* The hub gave this device new keys: sync again. */
	bool replaced;
	/* The last compare found no difference. Else: forks, or refusals. */
	bool same;
	/* The peer tells us what moves; or, a responder's, we tell it. */
	bool watching;
	/* It was asked to tell and does not know how. */
	bool cannot_watch;
	/*
	 * How often an initiator came to hold the same: 1 when it has settled,
	 * one more after each round.
	 */
	uint32_t rounds;
	/* An initiator that enrolled. */
	bool enrolled;
	const uint8_t *credentials;
	size_t credentials_size;
	const char *login;
	/* Until when the invitation that was asked for is good; 0: it is not.
	 */
	int64_t invited_until_ms;
};

/* An initiator's first frame is ready at once. The caller frees it. */
struct session *session_new(const struct session_options *options);
void session_free(struct session *session);

/*
 * Takes one whole frame. On any status but STATUS_OK the session is broken;
 * what was stored before stays, nothing of this frame is applied.
 */
MUST_USE enum status session_receive(struct session *session, int64_t now_ms,
	const uint8_t *frame, size_t size);

/*
 * The next frame to send, or STATUS_ABSENT while there is none. The bytes
 * belong to the session and are good until the next call on it. A broken
 * session may still have a last frame that tells the peer why.
 *
 * What was pulled is stored here, when there is nothing more to send: so the
 * next request is under way meanwhile. Call until STATUS_ABSENT after each
 * session_receive(); the session may be broken then, see session_report().
 */
MUST_USE enum status session_next_frame(struct session *session, int64_t now_ms,
	const uint8_t **frame, size_t *size);

/*
 * The link is gone. A session that had settled, or was watching and in no
 * round, is settled; any other is broken.
 */
void session_closed(struct session *session);

/*
 * Something new is kept of the territory, or (NULL) there is something new
 * somewhere. Only remembers it, and only if the session watches.
 */
void session_moved(struct session *session, const uint8_t *territory);

/*
 * Does what is due in a session that watches. Frames may be ready then, and
 * the session may be broken.
 */
void session_tick(struct session *session, int64_t now_ms);

/*
 * How long until session_tick() has something to do: 0 for now, negative for
 * not before something else happens. A clock that was set back keeps nobody
 * waiting.
 */
int64_t session_wait_ms(const struct session *session, int64_t now_ms);

/* An initiator that watches has had enough: settled, and the end is said. */
void session_end(struct session *session);

/* Whether the session is over and all of its frames were taken. */
bool session_over(const struct session *session);

const struct session_report *session_report(const struct session *session);

/* How many requests are being answered or awaited (back-pressure). */
uint32_t session_busy(const struct session *session);

#endif
