#ifndef PROTO_LEASE_H
#define PROTO_LEASE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/id.h"
#include "proto/key.h"
#include "proto/status.h"

/*
 * A renewal says until when a device may open what it keeps, and brings what it
 * needs for that: the lease secret, which goes into the wrapping of the data
 * key (client/node/vault.h). The hub signs one for a device that is in good
 * standing; anybody may carry it to the device, and only that can open the
 * secret.
 *
 *     offset  size  field
 *          0     1  version, 1
 *          1    32  company, see company_id()
 *         33    16  device
 *         49     8  issued, milliseconds since 1970 by the hub's clock
 *         57     8  locks: reading is over then; 0: there is no lease
 *         65     8  wipes: what is kept goes then; 0: it only locks
 *         73    80  the lease secret (32), crypto_box_seal to the link key of
 *                   the device
 *        153    32  issuer: the key that signed this, of a hub's certificate
 *        185    64  signature by the issuer over "roadbook/lease/1", a zero
 *                   byte, and everything before it
 *
 * Integers are big-endian. The secret of a device is the same in all of its
 * renewals.
 */

enum {
	LEASE_VERSION = 1,
	LEASE_SECRET_SIZE = 32,
	LEASE_SEALED_SIZE = 48 + LEASE_SECRET_SIZE,
	LEASE_SIGNED_SIZE = 185,
	LEASE_SIZE = LEASE_SIGNED_SIZE + SIGNATURE_SIZE,
};

struct lease_renewal {
	uint8_t company[COMPANY_ID_SIZE];
	uint8_t device[ID_SIZE];
	uint64_t issued_ms;
	uint64_t locks_ms; /* 0, or later than issued_ms */
	uint64_t wipes_ms; /* 0, or locks_ms or later */
	uint8_t sealed[LEASE_SEALED_SIZE];
	uint8_t issuer[SIGNING_KEY_SIZE];
};

/*
 * Writes the renewal, signed with `issuing_secret`, whose public half goes in
 * as its issuer. Times out of order are a bug in the caller.
 */
void lease_encode(uint8_t out[static LEASE_SIZE],
	const struct lease_renewal *renewal,
	const uint8_t issuing_secret[static SIGNING_SECRET_SIZE]);

/*
 * Reads a renewal, which need not be trusted. What is filled in here was signed
 * by the issuer that it states; whether that is a hub's issuing key is to be
 * known from a certificate.
 *
 * STATUS_OK         *renewal is filled in.
 * STATUS_MALFORMED  another size or version; times out of order, or
 *                   beyond CHANGE_TIME_MAX.
 * STATUS_FORGED     not of this company, or not signed by the issuer it states.
 *
 * *renewal is written only on STATUS_OK.
 */
MUST_USE enum status lease_decode(struct lease_renewal *renewal,
	const uint8_t *bytes, size_t size,
	const uint8_t company[static COMPANY_ID_SIZE]);

/* Seals the secret to the device with that link key; STATUS_MALFORMED: the key
 * is none. */
MUST_USE enum status lease_seal(uint8_t sealed[static LEASE_SEALED_SIZE],
	const uint8_t secret[static LEASE_SECRET_SIZE],
	const uint8_t link_key[static LINK_KEY_SIZE]);

/* Opens it at the device. STATUS_FORGED: it is to another one. */
MUST_USE enum status lease_unseal(uint8_t secret[static LEASE_SECRET_SIZE],
	const uint8_t sealed[static LEASE_SEALED_SIZE],
	const uint8_t link_secret[static LINK_SECRET_SIZE]);

#endif
