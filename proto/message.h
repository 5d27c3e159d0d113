#ifndef PROTO_MESSAGE_H
#define PROTO_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/lease.h"
#include "proto/order.h"
#include "proto/pack.h"
#include "proto/receipt.h"
#include "proto/segment.h"
#include "proto/status.h"

/*
 * What two nodes say inside a Noise session. A message is one msgpack array
 * [kind, request, …]; an answer repeats the number of its request. Every
 * request is idempotent: an answer is a statement of durable state.
 *
 *  1 enrol     [sign key 32, proof 64, device name]        initiator, XXpsk3
 *  2 enrolled  [credentials, user id, login]
 *  3 compare   [digest 16]
 *  4 compared  [now ms, same, [territory 16, digest 16, …]]
 *  5 pull      [territory 16, budget, frontier]
 *  6 pulled    [territory 16, more, frontier, [segment, …]]
 *  7 push      [[segment, …]]
 *  8 pushed    [[verdict, …]]        one for each segment, in order
 *  9 watch     []                                   initiator, again and again
 * 10 moved     [[territory 16, digest 16, …]]       unasked: request 0
 * 11 failed    [code, text]          the request could not be answered
 * 12 order     [company order]       unasked: request 0, see proto/order.h
 * 13 renewed   [credentials]         unasked: request 0, from the hub
 * 14 replace   [sign key 32, link key 32, proof 64]
 * 15 invite    [invitation 16, secret 16]    to the hub, for the same user
 * 16 invited   [expires ms]
 * 17 erased    [digest 16]           unasked: request 0, to the hub
 * 20 lease     [since ms]            renewals that were issued later than that
 * 21 leased    [now ms, [renewal, …]]                   see proto/lease.h
 * 22 receipt   [receipt]             to the hub: this device was erased
 * 23 received  []
 *
 * digest of compare: over every shared territory's, sorted by id (see
 * sync/frontier.h). A frontier is [log 32, last, name 32, …], ascending.
 * In compared, the list holds every shared territory when `same` is false,
 * ascending, else nothing. A watch is answered at once by a moved without
 * entries; from then on the responder tells, unasked, which territories moved
 * and the digest of each now, ascending. `proof` signs "roadbook/enrol/1", a
 * zero byte and the handshake hash with the device's new key. A replace is a
 * device's that found its store to be a copy: it is answered by enrolled; its
 * proof signs "roadbook/replace/1", a zero byte, the handshake hash and the new
 * link key, likewise. An erased is over all erasures of the directory that the
 * device knows (sync/erasures.h): it has carried them out, and nothing of them
 * is left on its disk.
 *
 * Each array has exactly the items above, and codes outside the lists below
 * are refused: new ones need a new version in the handshake.
 */

enum {
	MESSAGE_SIZE_MAX = 1 << 20,
	MESSAGE_SEGMENTS_MAX = 1024,
	MESSAGE_TERRITORIES_MAX = 8192,
	MESSAGE_LOGS_MAX = 8192,
	MESSAGE_TEXT_MAX = 1024,
	MESSAGE_CREDENTIALS_MAX = 2048,
	MESSAGE_RENEWALS_MAX = 1024,
	MESSAGE_BUDGET_MAX = SEGMENT_SIZE_MAX, /* bytes of segments, a pull */
	DIGEST_BYTES = 16,
};

enum message_kind {
	MESSAGE_ENROL = 1,
	MESSAGE_ENROLLED = 2,
	MESSAGE_COMPARE = 3,
	MESSAGE_COMPARED = 4,
	MESSAGE_PULL = 5,
	MESSAGE_PULLED = 6,
	MESSAGE_PUSH = 7,
	MESSAGE_PUSHED = 8,
	MESSAGE_WATCH = 9,
	MESSAGE_MOVED = 10,
	MESSAGE_FAILED = 11,
	MESSAGE_ORDER = 12,
	MESSAGE_RENEWED = 13,
	MESSAGE_REPLACE = 14,
	MESSAGE_INVITE = 15,
	MESSAGE_INVITED = 16,
	MESSAGE_ERASED = 17,
	MESSAGE_LEASE = 20,
	MESSAGE_LEASED = 21,
	MESSAGE_RECEIPT = 22,
	MESSAGE_RECEIVED = 23,
};

enum message_verdict {
	VERDICT_KEPT = 0,
	VERDICT_HAD = 1,
	VERDICT_QUARANTINED = 2, /* beyond its log's cut-off; hub only */
	VERDICT_NO_GRANT = 3,    /* you, or its author, may not write there */
	VERDICT_UNKNOWN = 4,     /* its device is not known here yet */
	VERDICT_GAP = 5,         /* what comes before it is missing here */
	VERDICT_FORK = 6,        /* another segment has its place */
	VERDICT_FORGED = 7,
	VERDICT_MALFORMED = 8,
};

enum message_failure {
	FAILURE_REFUSED = 1, /* no grant for that */
	FAILURE_REVOKED = 2, /* this device is shut out */
	FAILURE_MALFORMED = 3,
	FAILURE_BUSY = 4,
	FAILURE_TOKEN = 5, /* invitation unknown, expired or used elsewhere */
	FAILURE_INTERNAL = 6,
	FAILURE_COPIED = 7, /* your keys were replaced: ask for new ones */
};

struct frontier_entry {
	const uint8_t *log;  /* LOG_BYTES */
	int64_t last;        /* number of the log's last kept change */
	const uint8_t *name; /* SEGMENT_NAME_SIZE: of its last kept segment */
};

struct territory_digest {
	const uint8_t *territory;
	const uint8_t *digest;
};

/* Views into what was decoded; lists are walked by message_next_*. */
struct message {
	enum message_kind kind;
	uint32_t request;

	const uint8_t *sign_key, *proof; /* enrol, replace */
	const uint8_t *link_key;         /* replace */
	struct pack_view text;        /* enrol name, enrolled login, failed */
	struct pack_view credentials; /* enrolled, renewed */
	struct pack_view order;       /* order */
	const uint8_t *user;          /* enrolled */
	const uint8_t *digest;        /* compare, erased */
	int64_t now;                  /* compared, leased */
	int64_t since;                /* lease */
	const uint8_t *receipt;       /* receipt: RECEIPT_SIZE bytes */
	int64_t expires;              /* invited */
	const uint8_t *invitation;    /* invite */
	const uint8_t *secret;        /* invite */
	bool same;                    /* compared */
	bool more;                    /* pulled */
	const uint8_t *territory;     /* pull, pulled */
	uint32_t budget;              /* pull */
	uint32_t count;               /* of the list */
	struct unpack list;      /* digests, segments, verdicts, renewals */
	uint32_t frontier_count; /* pull, pulled */
	struct unpack frontier;
	enum message_failure failure; /* failed */
};

/* Checks all of a message. STATUS_OK or STATUS_MALFORMED. */
MUST_USE enum status message_decode(
	struct message *message, const uint8_t *bytes, size_t size);

/* Each takes the next entry of a list; false at the end. */
bool message_next_digest(
	struct message *message, struct territory_digest *entry);
bool message_next_segment(struct message *message, struct pack_view *segment);
bool message_next_verdict(
	struct message *message, enum message_verdict *verdict);
bool message_next_frontier(
	struct message *message, struct frontier_entry *entry);
/* LEASE_SIZE bytes each. */
bool message_next_renewal(struct message *message, const uint8_t **renewal);

/*
 * Writers; the caller makes sure that MESSAGE_SIZE_MAX is room enough.
 * Disorder, and text over MESSAGE_TEXT_MAX or not UTF-8, is a bug in the caller
 * (asserted).
 */
void message_enrol(struct pack *pack, uint32_t request, const uint8_t *sign_key,
	const uint8_t *proof, const char *name);
void message_enrolled(struct pack *pack, uint32_t request,
	struct pack_view credentials, const uint8_t *user, const char *login);
void message_compare(
	struct pack *pack, uint32_t request, const uint8_t *digest);
void message_compared(struct pack *pack, uint32_t request, int64_t now,
	bool same, const struct territory_digest *list, uint32_t count);
void message_pull(struct pack *pack, uint32_t request, const uint8_t *territory,
	uint32_t budget, const struct frontier_entry *frontier, uint32_t count);
/* Its segments follow: message_segment() `segments` times. */
void message_pulled(struct pack *pack, uint32_t request,
	const uint8_t *territory, bool more,
	const struct frontier_entry *frontier, uint32_t count,
	uint32_t segments);
void message_push(struct pack *pack, uint32_t request, uint32_t segments);
void message_segment(struct pack *pack, const uint8_t *bytes, size_t size);
void message_pushed(struct pack *pack, uint32_t request,
	const enum message_verdict *verdicts, uint32_t count);
void message_watch(struct pack *pack, uint32_t request);
/* `request` 0: nobody asked, something moved. */
void message_moved(struct pack *pack, uint32_t request,
	const struct territory_digest *list, uint32_t count);
void message_failed(struct pack *pack, uint32_t request,
	enum message_failure failure, const char *text);
void message_replace(struct pack *pack, uint32_t request,
	const uint8_t *sign_key, const uint8_t *link_key, const uint8_t *proof);
void message_invite(struct pack *pack, uint32_t request,
	const uint8_t *invitation, const uint8_t *secret);
void message_invited(struct pack *pack, uint32_t request, int64_t expires);
void message_lease(struct pack *pack, uint32_t request, int64_t since);
/* `renewals` are so many of LEASE_SIZE bytes, one behind the other. */
void message_leased(struct pack *pack, uint32_t request, int64_t now,
	const uint8_t *renewals, uint32_t count);
void message_receipt(struct pack *pack, uint32_t request,
	const uint8_t receipt[static RECEIPT_SIZE]);
void message_received(struct pack *pack, uint32_t request);
/* Nobody asks for these: request 0. */
void message_erased(struct pack *pack, const uint8_t *digest);
void message_order(struct pack *pack, struct pack_view order);
void message_renewed(struct pack *pack, struct pack_view credentials);

#endif
