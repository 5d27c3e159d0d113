#include "proto/receipt.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "proto/bytes.h"
#include "proto/change.h"

enum {
	AT_VERSION = 0,
	AT_COMPANY = 1,
	AT_DEVICE = AT_COMPANY + COMPANY_ID_SIZE,
	AT_WHEN = AT_DEVICE + ID_SIZE,
	AT_ORDER = AT_WHEN + 8,
	AT_HANDED = AT_ORDER + 1,
	AT_LOST = AT_HANDED + 8,
	AT_KEY = AT_LOST + 8,
};

static_assert(
	(int)AT_KEY + SIGNING_KEY_SIZE == (int)RECEIPT_SIGNED_SIZE, "layout");

static const char purpose[] = "roadbook/wipe/1";

enum { TO_SIGN_SIZE = sizeof purpose + RECEIPT_SIGNED_SIZE };

/* The purpose with its zero, then what stands before the signature. */
static void
prepare_to_sign(uint8_t out[static TO_SIGN_SIZE], const uint8_t *bytes)
{
	memcpy(out, purpose, sizeof purpose);
	memcpy(out + sizeof purpose, bytes, RECEIPT_SIGNED_SIZE);
}

static bool
well_formed(const struct receipt *r)
{
	return r->at_ms <= (uint64_t)CHANGE_TIME_MAX &&
		r->handed_over <= (uint64_t)CHANGE_SEQ_MAX &&
		r->lost <= (uint64_t)CHANGE_SEQ_MAX &&
		r->order >= RECEIPT_REVOKED && r->order <= RECEIPT_BACKUP;
}

void
receipt_encode(uint8_t out[static RECEIPT_SIZE], const struct receipt *receipt,
	const uint8_t secret[static SIGNING_SECRET_SIZE])
{
	uint8_t to_sign[TO_SIGN_SIZE];

	assert(well_formed(receipt));
	out[AT_VERSION] = RECEIPT_VERSION;
	memcpy(out + AT_COMPANY, receipt->company, COMPANY_ID_SIZE);
	memcpy(out + AT_DEVICE, receipt->device, ID_SIZE);
	store64(out + AT_WHEN, receipt->at_ms);
	out[AT_ORDER] = (uint8_t)receipt->order;
	store64(out + AT_HANDED, receipt->handed_over);
	store64(out + AT_LOST, receipt->lost);
	memcpy(out + AT_KEY, secret + SIGNING_SECRET_SIZE - SIGNING_KEY_SIZE,
		SIGNING_KEY_SIZE);
	prepare_to_sign(to_sign, out);
	(void)crypto_sign_detached(out + RECEIPT_SIGNED_SIZE, NULL, to_sign,
		sizeof to_sign, secret); /* is 0 */
}

enum status
receipt_decode(struct receipt *receipt, const uint8_t *bytes, size_t size,
	const uint8_t company[static COMPANY_ID_SIZE])
{
	uint8_t to_verify[TO_SIGN_SIZE], device[ID_SIZE];
	struct receipt r;

	if (size != RECEIPT_SIZE || bytes[AT_VERSION] != RECEIPT_VERSION)
		return STATUS_MALFORMED;
	memcpy(r.company, bytes + AT_COMPANY, COMPANY_ID_SIZE);
	memcpy(r.device, bytes + AT_DEVICE, ID_SIZE);
	r.at_ms = load64(bytes + AT_WHEN);
	r.order = (enum receipt_order)bytes[AT_ORDER];
	r.handed_over = load64(bytes + AT_HANDED);
	r.lost = load64(bytes + AT_LOST);
	if (!well_formed(&r))
		return STATUS_MALFORMED;
	device_id(device, bytes + AT_KEY);
	prepare_to_sign(to_verify, bytes);
	if (memcmp(r.company, company, COMPANY_ID_SIZE) != 0 ||
		memcmp(r.device, device, ID_SIZE) != 0 ||
		crypto_sign_verify_detached(bytes + RECEIPT_SIGNED_SIZE,
			to_verify, sizeof to_verify, bytes + AT_KEY) != 0)
		return STATUS_FORGED;
	*receipt = r;
	return STATUS_OK;
}
