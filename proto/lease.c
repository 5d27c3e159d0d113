#include "proto/lease.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#include "proto/bytes.h"
#include "proto/change.h"

enum {
	AT_VERSION = 0,
	AT_COMPANY = 1,
	AT_DEVICE = AT_COMPANY + COMPANY_ID_SIZE,
	AT_ISSUED = AT_DEVICE + ID_SIZE,
	AT_LOCKS = AT_ISSUED + 8,
	AT_WIPES = AT_LOCKS + 8,
	AT_SEALED = AT_WIPES + 8,
	AT_ISSUER = AT_SEALED + LEASE_SEALED_SIZE,
};

static_assert((int)AT_ISSUER + SIGNING_KEY_SIZE == (int)LEASE_SIGNED_SIZE,
	"the layout");
static_assert(
	(int)LEASE_SEALED_SIZE == (int)crypto_box_SEALBYTES + LEASE_SECRET_SIZE,
	"what a sealed box adds");

static const char purpose[] = "roadbook/lease/1";

enum { TO_SIGN_SIZE = sizeof purpose + LEASE_SIGNED_SIZE };

/* The purpose with its zero, then what stands before the signature. */
static void
prepare_to_sign(uint8_t out[static TO_SIGN_SIZE], const uint8_t *bytes)
{
	memcpy(out, purpose, sizeof purpose);
	memcpy(out + sizeof purpose, bytes, LEASE_SIGNED_SIZE);
}

static bool
in_order(const struct lease_renewal *r)
{
	if (r->issued_ms == 0 || r->issued_ms > CHANGE_TIME_MAX ||
		r->locks_ms > CHANGE_TIME_MAX || r->wipes_ms > CHANGE_TIME_MAX)
		return false;
	if (r->locks_ms == 0)
		return r->wipes_ms == 0;
	return r->locks_ms > r->issued_ms &&
		(r->wipes_ms == 0 || r->wipes_ms >= r->locks_ms);
}

void
lease_encode(uint8_t out[static LEASE_SIZE],
	const struct lease_renewal *renewal,
	const uint8_t issuing_secret[static SIGNING_SECRET_SIZE])
{
	uint8_t to_sign[TO_SIGN_SIZE];

	assert(in_order(renewal));
	out[AT_VERSION] = LEASE_VERSION;
	memcpy(out + AT_COMPANY, renewal->company, COMPANY_ID_SIZE);
	memcpy(out + AT_DEVICE, renewal->device, ID_SIZE);
	store64(out + AT_ISSUED, renewal->issued_ms);
	store64(out + AT_LOCKS, renewal->locks_ms);
	store64(out + AT_WIPES, renewal->wipes_ms);
	memcpy(out + AT_SEALED, renewal->sealed, LEASE_SEALED_SIZE);
	memcpy(out + AT_ISSUER,
		issuing_secret + SIGNING_SECRET_SIZE - SIGNING_KEY_SIZE,
		SIGNING_KEY_SIZE);
	prepare_to_sign(to_sign, out);
	(void)crypto_sign_detached(out + LEASE_SIGNED_SIZE, NULL, to_sign,
		sizeof to_sign, issuing_secret); /* is 0 */
}

enum status
lease_decode(struct lease_renewal *renewal, const uint8_t *bytes, size_t size,
	const uint8_t company[static COMPANY_ID_SIZE])
{
	uint8_t to_verify[TO_SIGN_SIZE];
	struct lease_renewal r;

	if (size != LEASE_SIZE || bytes[AT_VERSION] != LEASE_VERSION)
		return STATUS_MALFORMED;
	memcpy(r.company, bytes + AT_COMPANY, COMPANY_ID_SIZE);
	memcpy(r.device, bytes + AT_DEVICE, ID_SIZE);
	r.issued_ms = load64(bytes + AT_ISSUED);
	r.locks_ms = load64(bytes + AT_LOCKS);
	r.wipes_ms = load64(bytes + AT_WIPES);
	memcpy(r.sealed, bytes + AT_SEALED, LEASE_SEALED_SIZE);
	memcpy(r.issuer, bytes + AT_ISSUER, SIGNING_KEY_SIZE);
	if (!in_order(&r))
		return STATUS_MALFORMED;
	prepare_to_sign(to_verify, bytes);
	if (memcmp(r.company, company, COMPANY_ID_SIZE) != 0 ||
		crypto_sign_verify_detached(bytes + LEASE_SIGNED_SIZE,
			to_verify, sizeof to_verify, r.issuer) != 0)
		return STATUS_FORGED;
	*renewal = r;
	return STATUS_OK;
}

enum status
lease_seal(uint8_t sealed[static LEASE_SEALED_SIZE],
	const uint8_t secret[static LEASE_SECRET_SIZE],
	const uint8_t link_key[static LINK_KEY_SIZE])
{
	return crypto_box_seal(sealed, secret, LEASE_SECRET_SIZE, link_key) == 0
		? STATUS_OK
		: STATUS_MALFORMED;
}

enum status
lease_unseal(uint8_t secret[static LEASE_SECRET_SIZE],
	const uint8_t sealed[static LEASE_SEALED_SIZE],
	const uint8_t link_secret[static LINK_SECRET_SIZE])
{
	uint8_t link_key[LINK_KEY_SIZE];

	(void)crypto_scalarmult_base(link_key, link_secret); /* is 0 */
	return crypto_box_seal_open(secret, sealed, LEASE_SEALED_SIZE, link_key,
		       link_secret) == 0
		? STATUS_OK
		: STATUS_FORGED;
}
