#ifndef SYNC_SESSION_PARTS_H
#define SYNC_SESSION_PARTS_H

#include "proto/token.h"
#include "sync/channel.h"
#include "sync/compare.h"
#include "sync/session.h"

/*
 * The inside of a session, shared by the files that make it up and by nobody
 * else:
 *
 *     session.c            its life: handshake, frames, breaking, the report
 *     session_initiator.c  what the one who dialled does: it drives
 *     session_exchange.c   one territory brought in step by an initiator
 *     session_responder.c  what the other does: it answers
 *     session_watch.c      either side once it watches: what moved, and when
 *     session_owed.c       what goes to the hub though it is not shared, and
 *                          what a device that is shut out is answered
 *     session_standing.c   company orders and renewed certificates, unasked
 *     session_copied.c     a restored or cloned store: noticing it, new keys
 *     session_invite.c     an invitation for another device of one's own
 *     session_lease.c      renewals of leases; the receipt of a wipe
 *     session_segments.c   segments into messages, and out of them to be kept
 */

/*
 * One territory being brought in step, by an initiator. What is pulled for a
 * dropped one is thrown away.
 */
enum exchange_stage {
	EXCHANGE_FREE,
	EXCHANGE_PULLING,
	EXCHANGE_PUSHING,
	EXCHANGE_DROPPED,
};

struct exchange {
	enum exchange_stage stage;
	uint8_t territory[ID_BYTES];
	struct frontier ours;   /* kept here, and what is on its way */
	struct frontier theirs; /* what they keep, for pushing */
	struct territory_walk walk;
	uint32_t pushes; /* in flight */
	bool walked;     /* nothing is left to be pushed */
	bool owed;       /* to the hub; nothing is pulled */
	bool unkept;     /* some of it the hub did not keep */
	bool looked;     /* see copied_look() */
	bool sealed;     /* see seal_one() of the host */
};

/* A request that waits for its answer. */
struct awaited {
	uint32_t request;
	enum message_kind answer;
	struct exchange *exchange; /* NULL for enrol and compare */
	uint32_t segments;         /* that were pushed */
	uint64_t others;           /* of an owed one: bits, owed_others() */
	uint32_t depth;            /* which round trip it is, see the report */
};

/*
 * The territories that an initiator goes through at a time. Those of PASS_MOVED
 * are the ones that somebody said had moved: nothing is compared for them.
 * PASS_OWED comes last, with the hub.
 */
enum pass {
	PASS_NONE,
	PASS_DIRECTORY,
	PASS_TERRITORIES,
	PASS_MOVED,
	PASS_OWED,
};

/*
 * Territories that moved, each once, ascending; those beyond
 * MESSAGE_TERRITORIES_MAX are found by the next compare. A zeroed one is empty.
 */
struct news {
	uint8_t (*list)[ID_BYTES];
	uint32_t count;
	uint32_t room;
};

void news_add(struct news *news, const uint8_t *territory);
bool news_has(const struct news *news, const uint8_t *territory);
void news_clear(struct news *news);

/* Of a session whose peer tells it what moves, or is told. */
struct watching {
	struct news news; /* not told yet; not gone through yet */
	bool anything;    /* an initiator: it may be anywhere */
	bool began;       /* an initiator: `watch` was sent once */
	int64_t told_ms;  /* last telling; last round's end */
	int64_t asked_ms; /* an initiator: `watch` was sent */
	int64_t compared_ms;
};

struct session {
	struct session_report report;
	const struct session_host *host;
	struct store *store;
	struct policy *policy;
	struct channel *channel;
	bool initiator;
	bool hub;
	bool directory_only;
	bool wants_watch; /* an initiator, once it has settled */
	bool closed;      /* the link is gone */
	/* The hub's: its peer was revoked when it came (session_owed.c). */
	bool shut_out;
	bool mute; /* not even the rest of a message goes out */
	int64_t trusted_now_ms;
	int64_t now_ms; /* of the call that is being served */
	uint8_t company_key[SIGNING_KEY_SIZE];
	uint8_t company[COMPANY_ID_SIZE];
	uint8_t link_key[LINK_KEY_SIZE]; /* public */
	uint8_t self[ID_BYTES];          /* this device */
	char text[MESSAGE_TEXT_MAX + 1]; /* what report.detail may point to */
	struct shares shares;

	/* An initiator that enrols. */
	uint8_t sign_secret[SIGNING_SECRET_SIZE];
	bool enrolling;
	/* The hub is asked for new keys: the link key of them. */
	bool replacing;
	uint8_t new_link_key[LINK_KEY_SIZE];
	char *device_name;
	bool lease_asked; /* renewals, and there is no answer yet */
	/* The hub is yet to be asked for this invitation. */
	bool inviting;
	uint8_t invite_id[ID_BYTES];
	uint8_t invite_secret[TOKEN_SECRET_SIZE];
	uint8_t credentials[MESSAGE_CREDENTIALS_MAX];
	char login[MESSAGE_TEXT_MAX + 1];

	/* An initiator. */
	uint32_t last_request;
	uint32_t given_up; /* answers up to this request's are let go */
	struct awaited awaited[SESSION_REQUESTS_MAX];
	uint32_t awaited_count;
	struct exchange exchanges[SESSION_EXCHANGES_MAX];
	enum pass pass;
	bool moved; /* in this pass something was kept, here or there */
	uint32_t passes;
	bool directory_done;
	bool owed_done;
	bool compared_ahead; /* behind the last pushes of this pass */
	bool compared_last;  /* nothing moved: it settles, whatever is told */
	bool late_told; /* the hub may give back what was lost with another */
	struct share *differing; /* territories to go through */
	uint32_t differing_count;
	uint32_t differing_next;

	struct watching watching;
	uint32_t standing_told; /* orders and renewals that were sent */
	uint64_t order_told;    /* number of the order that the peer was told */
	uint8_t erased_told[DIGEST_BYTES]; /* zero: the hub was told nothing */

	/* A pulled answer that is still to be stored. */
	uint8_t *held;
	size_t held_size;
	struct exchange *held_exchange;
};

/* session.c */

/* The time of the call that is being served. */
void session_set_now(struct session *s, int64_t now_ms);
/* It is broken now, for this reason; `detail` is static or s->text. */
void session_break(
	struct session *s, enum session_problem problem, const char *detail);
/* The same; a responder tells the peer, where it can. */
void session_refuse(struct session *s, enum session_problem problem,
	const char *detail, uint32_t request, enum message_failure failure);
bool session_is_broken(const struct session *s);
/* Done: the end is said and the session settled. */
void session_settle(struct session *s);
/* An initiator holds the same: it settles, or watches. */
void session_in_step(struct session *s);
/* The same, when nothing more is to be asked. */
void session_rest(struct session *s);
/*
 * Whether the peer is still one to talk to: certificate, revocation. When
 * it is not the session is refused, in answer to `request`.
 */
bool session_peer_is_good(struct session *s, uint32_t request);
/* Whether that device, the peer or this one, may be given the territory. */
bool session_may_read(const struct session *s, const uint8_t *device,
	const uint8_t *territory);
bool session_is_directory(const struct session *s, const uint8_t *territory);
/* The territories shared with the peer, as of now, into s->shares. */
void session_find_shares(struct session *s);
/* The credentials of the peer are known: they introduce it, and the hub. */
void session_meet(struct session *s, const struct credentials *credentials);
/* Sends what was packed; `bytes` was made for it and is the session's now. */
void session_send(struct session *s, uint8_t *bytes, const struct pack *pack);

/* session_segments.c */

/* Segments gathered for one message. A zeroed one is empty. */
struct bundle {
	uint8_t *bytes; /* as items of a message's list */
	size_t size;
	size_t room;
	uint32_t count;
	uint32_t most; /* that it takes; 0: MESSAGE_SEGMENTS_MAX */
	uint64_t changes;
	bool more; /* there are more than fit */
};

/*
 * What somebody at `theirs` lacks, from the walk on, up to `budget` bytes: one
 * segment at least. STATUS_OK or STATUS_FAILED.
 */
MUST_USE enum status bundle_fill(struct bundle *bundle,
	struct territory *territory, struct frontier *theirs,
	struct territory_walk *walk, size_t budget);
/* This one whole segment. */
void bundle_add(struct bundle *bundle, struct pack_view bytes);
void bundle_clear(struct bundle *bundle);

/*
 * Keeps the segments of a pushed or pulled message and applies what is ready,
 * in one transaction. A verdict for each; `moved` when any was new.
 *
 * `only` is the territory that was asked for, NULL for what a peer pushes: then
 * its grants are checked. Of what was asked for all must be genuine and of that
 * territory, else STATUS_MALFORMED or STATUS_FORGED, and none is kept.
 * STATUS_FAILED: rolled back.
 */
MUST_USE enum status session_keep(struct session *s, struct message *message,
	const uint8_t *only, enum message_verdict *verdicts, bool *moved);

/* session_owed.c */

/* A request of a device that was revoked before it came. */
void owed_answer_shut_out(struct session *s, struct message *message);
/* A pull of what the peer may not read but hand over. */
void owed_answer_pull(struct session *s, struct message *message);
/*
 * An initiator that is in step with the hub: whether there is something to hand
 * over, which is begun then.
 */
bool owed_begin(struct session *s);
/*
 * Of what was told of an owed territory: where the hub has another branch of a
 * log than is kept here. It is asked about all of it, and its verdicts tell.
 */
void owed_look(struct session *s, struct exchange *x);
/*
 * Which segments of a push, OWED_SEGMENTS_MAX at most, are by other people: the
 * first is bit 0. When the hub has another branch of their logs it is not on us
 * to keep this one: it takes none, and who wrote it carries it over (MERGE
 * R20).
 */
enum { OWED_SEGMENTS_MAX = 64 };
uint64_t owed_others(const struct session *s, const uint8_t *push, size_t size);
/* Whether the hub's verdict on one leaves it on us. */
bool owed_is_unkept(enum message_verdict verdict, bool others);
/*
 * Keeps in mind that this genuine segment of the directory, which does not
 * follow what is here, revokes this device: true when it does.
 */
bool owed_is_revocation(struct session *s, const struct segment *segment);

/* session_copied.c */

/*
 * An initiator has pulled all of a territory and knows where the peer stands:
 * looks whether its own logs there are what they were here.
 */
void copied_look(struct session *s, struct exchange *x);
/* Whether it is a log of this very device that no cut-off has closed. */
bool session_own_open(
	const struct session *s, const uint8_t *territory, const uint8_t *log);
/* A segment of such a log came that was not here. */
void copied_note(struct session *s);
/* All is in step: whether new keys are asked for, which was done then. */
bool copied_begin(struct session *s);
/* The peer said that this device was replaced. True: new keys are asked for. */
bool copied_told(struct session *s);
/* The answer came. */
void copied_enrolled(struct session *s, const struct message *message);
/* A responder is asked. */
void copied_asked(struct session *s, const struct message *message);
/* Whether the device was replaced, and has been told that. */
bool copied_refused(struct session *s, const struct message *message);

/* session_erased.c */

/* Tells the hub that what the directory erased is gone here, when it is. */
void erased_tell(struct session *s);
void erased_heard(struct session *s, const struct message *message);

/* session_standing.c */

/* Tells the peer what the company said, when that is newer than before. */
void standing_tell(struct session *s);
/* The same to a former hub, which is told nothing else: the session is over. */
void standing_tell_former(struct session *s);
/* A hub that was replaced tells it, refuses the request, and is over. */
void standing_replaced(struct session *s, uint32_t request);
/* The peer told it. False: the session is broken. */
bool standing_heard(struct session *s, const struct message *message);
/* Whether the company shut out the issuer of that certificate. */
bool standing_ended(const struct session *s, const struct certificate *issuer);
/* A hub's responder: renews the peer's certificate when it is time. */
void standing_renew(struct session *s);
/* An initiator: the hub did so. */
void standing_renewed(struct session *s, const struct message *message);

/* session_watch.c */

/* An initiator, when it has settled and after each round. */
void watch_rest(struct session *s);
/* A moved came, asked for or not. */
void watch_heard(struct session *s, struct message *message);
/* Whether the failure says that the peer does not know how to tell. */
bool watch_unknown(const struct session *s, const struct message *message);
/* A responder. */
void watch_asked(struct session *s, const struct message *message);
/* A responder's peer was told what is shared: that is what it watches. */
void watch_shares(struct session *s);
void watch_clear(struct session *s);

/* session_initiator.c */
/* Does what can be done now: pushes, next territories, the pass's end. */
void initiator_go_on(struct session *s);
/* Whether no exchange is going on, and no compare. */
bool initiator_rests(const struct session *s);
void initiator_send_watch(struct session *s);
/* Seals what is pending, and compares everything, as at the start. */
void initiator_begin(struct session *s);
/* Goes through these territories, without a compare. */
void initiator_go_through(struct session *s, const struct news *news);
void initiator_opened(struct session *s);
void initiator_answer(struct session *s, uint8_t *bytes, size_t size);
void initiator_clear(struct session *s);
/* The peer sent what it may not. */
void initiator_malformed(struct session *s, const char *detail);
void initiator_failed(struct session *s); /* the store did */
/*
 * What a former hub wrote after its end counts no more, but a revocation among
 * it is not to be forgotten: whether the hub is to be shown one.
 */
bool initiator_has_late(const struct session *s);
/* Expects an answer; `exchange` NULL: of no territory. The request's number. */
uint32_t session_await(struct session *s, enum message_kind answer,
	struct exchange *exchange, uint32_t segments);

/* session_exchange.c */

/* Pulls the territory; not begun when it is no longer shared. */
void exchange_begin(
	struct session *s, struct exchange *x, const uint8_t *territory);
void exchange_end(struct exchange *x);
/* True: the message is held, and to be stored; else it is the caller's. */
bool exchange_pulled(struct session *s, struct exchange *x,
	struct message *message, uint8_t *bytes, size_t size);
/* Stores the answer that is held, and goes on. */
void exchange_store(struct session *s);
void exchange_forget_held(struct session *s);
/* Pushes what can be pushed now; ends the exchange when that was all. */
void exchange_push_on(struct session *s, struct exchange *x);
void exchange_pushed(struct session *s, const struct awaited *awaited,
	struct message *message);
/* What was begun ahead of the directory comes to nothing. */
void exchange_drop_ahead(struct session *s);
bool exchange_all_free(const struct session *s);
/* Whether all that is going on waits for verdicts on its last pushes. */
bool exchange_only_verdicts(const struct session *s);

/* session_responder.c */
/* Tells that this one request is refused; the session goes on. */
void responder_refuse(struct session *s, uint32_t request);
int64_t responder_time(const struct session *s);
void responder_send_pulled(struct session *s, const struct message *message,
	struct frontier *ours, struct bundle *bundle);
void responder_answer_push(struct session *s, struct message *message);
void responder_opened(struct session *s);
void responder_request(struct session *s, const uint8_t *bytes, size_t size);

/* session_invite.c */

/* Asks for the invitation that is wanted. False: none is, or it was. */
bool invite_begin(struct session *s);
void invite_answered(struct session *s, const struct message *message);
/* The hub's answer. */
void invite_asked(struct session *s, const struct message *message);

/* session_lease.c */

/* Asks for renewals if they are wanted. False: they are not. */
bool lease_begin(struct session *s);
void lease_answered(struct session *s, struct message *message);
/* Whether the failure says that the peer knows nothing of leases. */
bool lease_unknown(const struct session *s, const struct message *message);
/* A responder's answers. */
void lease_asked(struct session *s, const struct message *message);
void receipt_asked(struct session *s, const struct message *message);

#endif
