#include "proto/certificate.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "proto/bytes.h"

enum {
	AT_VERSION = 0,
	AT_KIND = 1,
	AT_COMPANY = 2,
	AT_SUBJECT = AT_COMPANY + COMPANY_ID_SIZE,
	AT_USER = AT_SUBJECT + ID_SIZE,
	AT_SERIAL = AT_USER + ID_SIZE,
	AT_SIGNING_KEY = AT_SERIAL + 8,
	AT_LINK_KEY = AT_SIGNING_KEY + SIGNING_KEY_SIZE,
	AT_NOT_BEFORE = AT_LINK_KEY + LINK_KEY_SIZE,
	AT_EXPIRES = AT_NOT_BEFORE + 8,
	AT_ISSUER = AT_EXPIRES + 8,
	AT_SIGNATURE = AT_ISSUER + SIGNING_KEY_SIZE,
};

static_assert((int)AT_SIGNATURE == (int)CERTIFICATE_SIGNED_SIZE, "the layout");

static const char purpose[] = "roadbook/certificate/1";

enum { TO_SIGN_SIZE = sizeof purpose + CERTIFICATE_SIGNED_SIZE };

/* What the signature covers: the purpose with its zero, then the fields. */
static void
prepare_to_sign(uint8_t out[static TO_SIGN_SIZE],
	const uint8_t fields[static CERTIFICATE_SIGNED_SIZE])
{
	memcpy(out, purpose, sizeof purpose);
	memcpy(out + sizeof purpose, fields, CERTIFICATE_SIGNED_SIZE);
}

/* The fields that each kind has, and no others. */
static bool
fields_fit_kind(const struct certificate *c)
{
	bool user = !id_is_zero(c->user);
	bool subject = !id_is_zero(c->subject);
	bool link = !sodium_is_zero(c->link_key, LINK_KEY_SIZE);

	switch (c->kind) {
	case CERTIFICATE_ISSUER:
		return !user && !subject && !link;
	case CERTIFICATE_DEVICE:
		return user && subject && link;
	case CERTIFICATE_HUB:
		return !user && subject && link;
	}
	return false;
}

/* An issuer that mixed up its devices has made no certificate. */
static bool
subject_fits_key(const struct certificate *c)
{
	uint8_t id[ID_SIZE];

	if (c->kind == CERTIFICATE_ISSUER)
		return true; /* it has none */
	device_id(id, c->signing_key);
	return memcmp(c->subject, id, ID_SIZE) == 0;
}

static bool
well_formed(const struct certificate *c)
{
	return fields_fit_kind(c) && subject_fits_key(c) &&
		c->not_before_ms <= c->expires_ms;
}

static bool
signature_genuine(const uint8_t bytes[static CERTIFICATE_SIZE])
{
	uint8_t to_verify[TO_SIGN_SIZE];

	prepare_to_sign(to_verify, bytes);
	return crypto_sign_verify_detached(bytes + AT_SIGNATURE, to_verify,
		       sizeof to_verify, bytes + AT_ISSUER) == 0;
}

void
certificate_encode(uint8_t out[static CERTIFICATE_SIZE],
	const struct certificate *certificate,
	const uint8_t secret[static SIGNING_SECRET_SIZE])
{
	const struct certificate *c = certificate;
	uint8_t to_sign[TO_SIGN_SIZE];

	assert(well_formed(c));
	assert(memcmp(c->issuer, secret + crypto_sign_SEEDBYTES,
		       SIGNING_KEY_SIZE) == 0);

	out[AT_VERSION] = CERTIFICATE_VERSION;
	out[AT_KIND] = (uint8_t)c->kind;
	memcpy(out + AT_COMPANY, c->company, COMPANY_ID_SIZE);
	memcpy(out + AT_SUBJECT, c->subject, ID_SIZE);
	memcpy(out + AT_USER, c->user, ID_SIZE);
	store64(out + AT_SERIAL, c->serial);
	memcpy(out + AT_SIGNING_KEY, c->signing_key, SIGNING_KEY_SIZE);
	memcpy(out + AT_LINK_KEY, c->link_key, LINK_KEY_SIZE);
	store64(out + AT_NOT_BEFORE, c->not_before_ms);
	store64(out + AT_EXPIRES, c->expires_ms);
	memcpy(out + AT_ISSUER, c->issuer, SIGNING_KEY_SIZE);

	prepare_to_sign(to_sign, out);
	crypto_sign_detached(
		out + AT_SIGNATURE, NULL, to_sign, sizeof to_sign, secret);
}

/* Whether it stands among those, whose signatures were looked at. */
static bool
is_known(const struct certificates_known *known, const uint8_t *bytes)
{
	for (size_t i = 0; i < known->count; i++)
		if (memcmp(known->list + i * CERTIFICATE_SIZE, bytes,
			    CERTIFICATE_SIZE) == 0)
			return true;
	return false;
}

enum status
certificate_decode(
	struct certificate *certificate, const uint8_t *bytes, size_t size)
{
	const struct certificates_known none = {.count = 0};

	return certificate_decode_known(certificate, bytes, size, &none);
}

enum status
certificate_decode_known(struct certificate *certificate, const uint8_t *bytes,
	size_t size, const struct certificates_known *known)
{
	struct certificate c;

	if (size != CERTIFICATE_SIZE ||
		bytes[AT_VERSION] != CERTIFICATE_VERSION)
		return STATUS_MALFORMED;

	c.kind = (enum certificate_kind)bytes[AT_KIND];
	memcpy(c.company, bytes + AT_COMPANY, COMPANY_ID_SIZE);
	memcpy(c.subject, bytes + AT_SUBJECT, ID_SIZE);
	memcpy(c.user, bytes + AT_USER, ID_SIZE);
	c.serial = load64(bytes + AT_SERIAL);
	memcpy(c.signing_key, bytes + AT_SIGNING_KEY, SIGNING_KEY_SIZE);
	memcpy(c.link_key, bytes + AT_LINK_KEY, LINK_KEY_SIZE);
	c.not_before_ms = load64(bytes + AT_NOT_BEFORE);
	c.expires_ms = load64(bytes + AT_EXPIRES);
	memcpy(c.issuer, bytes + AT_ISSUER, SIGNING_KEY_SIZE);

	if (!well_formed(&c))
		return STATUS_MALFORMED;
	if (!is_known(known, bytes) && !signature_genuine(bytes))
		return STATUS_FORGED;

	*certificate = c;
	return STATUS_OK;
}

static bool
good_at(const struct certificate *c, uint64_t ms)
{
	return c->not_before_ms <= ms && ms <= c->expires_ms;
}

enum status
certificate_chain_check(const uint8_t company_key[static SIGNING_KEY_SIZE],
	const struct certificate *issuer, const struct certificate *device,
	uint64_t now_ms)
{
	enum status status =
		certificate_chain_origin(company_key, issuer, device);

	if (status != STATUS_OK)
		return status;

	if (now_ms < issuer->serial)
		now_ms = issuer->serial;
	if (now_ms < device->serial)
		now_ms = device->serial;
	return good_at(issuer, now_ms) && good_at(device, now_ms)
		? STATUS_OK
		: STATUS_REFUSED;
}

enum status
certificate_chain_origin(const uint8_t company_key[static SIGNING_KEY_SIZE],
	const struct certificate *issuer, const struct certificate *device)
{
	uint8_t company[COMPANY_ID_SIZE];

	company_id(company, company_key);
	if (issuer->kind != CERTIFICATE_ISSUER ||
		memcmp(issuer->company, company, sizeof company) != 0 ||
		memcmp(issuer->issuer, company_key, SIGNING_KEY_SIZE) != 0)
		return STATUS_FORGED;

	if (device->kind == CERTIFICATE_ISSUER ||
		memcmp(device->company, company, sizeof company) != 0 ||
		memcmp(device->issuer, issuer->signing_key, SIGNING_KEY_SIZE) !=
			0)
		return STATUS_FORGED;
	return STATUS_OK;
}
