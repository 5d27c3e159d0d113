#ifndef PROTO_CERTIFICATE_H
#define PROTO_CERTIFICATE_H

#include <stdint.h>

#include "proto/id.h"
#include "proto/key.h"
#include "proto/status.h"

/*
 * A certificate says that keys are those of a device of the company. There are
 * two levels: the company's root key, which is kept offline, signs an issuing
 * key for head office, and the issuing key signs the certificates of devices.
 * So a hub that is lost or stolen is replaced with the root key, and no device
 * has to enrol again.
 *
 *     offset  size  field
 *          0     1  version, 1
 *          1     1  kind, see enum certificate_kind
 *          2    32  company, see company_id()
 *         34    16  subject: device_id() of the signing key; issuer: zero
 *         50    16  user; issuer and hub: zero
 *         66     8  serial: milliseconds since 1970 at issue
 *         74    32  signing key (Ed25519)
 *        106    32  link key (X25519, the Noise static key); issuer: zero
 *        138     8  not before, milliseconds since 1970
 *        146     8  expires, milliseconds since 1970
 *        154    32  issuer: the key that signed this
 *        186    64  signature by the issuer over "roadbook/certificate/1", a
 *                   zero byte, and everything before it
 *
 * Integers are big-endian. There are no optional parts: a byte string either
 * is a certificate or it is not.
 *
 * A certificate opens links and does nothing else. What its device has signed
 * stays signed after it has expired.
 */

enum {
	CERTIFICATE_VERSION = 1,
	CERTIFICATE_SIGNED_SIZE = 186,
	CERTIFICATE_SIZE = CERTIFICATE_SIGNED_SIZE + SIGNATURE_SIZE,
};

enum certificate_kind {
	CERTIFICATE_ISSUER = 1, /* an issuing key, signed by the company's */
	CERTIFICATE_DEVICE = 2, /* a device of a user, signed by an issuer */
	CERTIFICATE_HUB = 3,    /* the hub's own device, likewise */
};

struct certificate {
	enum certificate_kind kind;
	uint8_t company[COMPANY_ID_SIZE];
	uint8_t subject[ID_SIZE];
	uint8_t user[ID_SIZE];
	uint64_t serial;
	uint8_t signing_key[SIGNING_KEY_SIZE];
	uint8_t link_key[LINK_KEY_SIZE];
	uint64_t not_before_ms;
	uint64_t expires_ms;
	uint8_t issuer[SIGNING_KEY_SIZE];
};

/*
 * Writes the certificate, signed with `secret`, whose public half is
 * certificate->issuer. Cannot fail: one that certificate_decode() would not
 * take is a bug in the caller.
 */
void certificate_encode(uint8_t out[static CERTIFICATE_SIZE],
	const struct certificate *certificate,
	const uint8_t secret[static SIGNING_SECRET_SIZE]);

/*
 * Reads a certificate, which need not be trusted. What is filled in here was
 * signed by the issuer it states. Who that issuer is, and whether the
 * certificate is good today, tells certificate_chain_check() and nothing else.
 *
 * STATUS_OK         *certificate is filled in.
 * STATUS_MALFORMED  another size, version or kind; a field zero that must not
 *                   be, or not zero that must be; a subject that is not the id
 *                   of the signing key; expired before it begins.
 * STATUS_FORGED     not signed by the issuer it states.
 *
 * *certificate is written only on STATUS_OK.
 */
MUST_USE enum status certificate_decode(
	struct certificate *certificate, const uint8_t *bytes, size_t size);

/*
 * Certificates that certificate_decode() has passed, one behind the other: a
 * signature that was genuine once is so for ever.
 */
struct certificates_known {
	const uint8_t *list;
	size_t count;
};

/* The same; one that is among those known, byte for byte, is genuine. */
MUST_USE enum status certificate_decode_known(struct certificate *certificate,
	const uint8_t *bytes, size_t size,
	const struct certificates_known *known);

/*
 * Both certificates were decoded; do they lead from the company's key to the
 * device, and are they good now? A device here is one of a user or the hub's.
 *
 * `now_ms` is the hub's clock at the hub, and elsewhere the latest time that
 * the hub told: never the reader's own clock, which anybody can set. Since
 * the hub's word is what counts, the serials of the two certificates count
 * too, as times at which they were signed: a reader who has not heard from
 * the hub for a week does not take a certificate of yesterday for one of the
 * future. A certificate is good from not_before_ms to expires_ms, both
 * included.
 *
 * STATUS_OK       the device's certificate is good.
 * STATUS_FORGED   not of this company, whatever else it may be.
 * STATUS_REFUSED  the company's, but one of the two has expired or is not
 *                 good yet.
 */
MUST_USE enum status certificate_chain_check(
	const uint8_t company_key[static SIGNING_KEY_SIZE],
	const struct certificate *issuer, const struct certificate *device,
	uint64_t now_ms);

/*
 * As certificate_chain_check(), without the dates: STATUS_OK or
 * STATUS_FORGED. For what outlives its certificate, as the hub's own changes
 * do.
 */
MUST_USE enum status certificate_chain_origin(
	const uint8_t company_key[static SIGNING_KEY_SIZE],
	const struct certificate *issuer, const struct certificate *device);

#endif
