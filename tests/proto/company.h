#ifndef TESTS_PROTO_COMPANY_H
#define TESTS_PROTO_COMPANY_H

/*
 * A company for the tests of proto, the same in every run: its root key, an
 * issuing key, the device of a user and the hub's. A test spoils what it is
 * about. The examples of proto/README are made from it, too.
 */

#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include "proto/certificate.h"
#include "proto/credentials.h"
#include "proto/noise.h"

enum {
	COMPANY_SEED = 1, /* a key's seed is 32 times such a byte */
	ISSUER_SEED = 2,
	DEVICE_SEED = 3,
	HUB_SEED = 4,
	STRANGER_SEED = 5,
	INITIATOR_EPHEMERAL_SEED = 6,
	RESPONDER_EPHEMERAL_SEED = 7,
};

/* 12:00 on the 22nd of November 2026, in UTC. */
static const uint64_t company_now = 1795348800000;

struct keys {
	uint8_t signing_key[SIGNING_KEY_SIZE];
	uint8_t signing_secret[SIGNING_SECRET_SIZE];
	uint8_t link_key[LINK_KEY_SIZE];
	uint8_t link_secret[LINK_SECRET_SIZE];
};

static inline void
keys_from_seed(struct keys *keys, int seed_byte)
{
	uint8_t seed[crypto_sign_SEEDBYTES];

	memset(seed, seed_byte, sizeof seed);
	(void)crypto_sign_seed_keypair(
		keys->signing_key, keys->signing_secret, seed);
	memset(keys->link_secret, seed_byte + 0x10, LINK_SECRET_SIZE);
	(void)crypto_scalarmult_base(keys->link_key, keys->link_secret);
}

/* A certificate by the company (for an issuer) or by its issuer, valid now. */
static inline struct certificate
company_certificate(enum certificate_kind kind)
{
	static const int seeds[] = {[CERTIFICATE_ISSUER] = ISSUER_SEED,
		[CERTIFICATE_DEVICE] = DEVICE_SEED,
		[CERTIFICATE_HUB] = HUB_SEED};
	struct certificate c = {.kind = kind,
		.serial = company_now - 1000,
		.not_before_ms = company_now - 2000,
		.expires_ms = company_now + 90ull * 24 * 3600 * 1000};
	struct keys company, issuer, subject;

	keys_from_seed(&company, COMPANY_SEED);
	keys_from_seed(&issuer, ISSUER_SEED);
	keys_from_seed(&subject, seeds[kind]);

	company_id(c.company, company.signing_key);
	memcpy(c.signing_key, subject.signing_key, SIGNING_KEY_SIZE);
	memcpy(c.issuer, issuer.signing_key, SIGNING_KEY_SIZE);
	if (kind == CERTIFICATE_ISSUER) {
		memcpy(c.issuer, company.signing_key, SIGNING_KEY_SIZE);
		return c;
	}
	device_id(c.subject, subject.signing_key);
	memcpy(c.link_key, subject.link_key, LINK_KEY_SIZE);
	if (kind == CERTIFICATE_DEVICE)
		memset(c.user, 0x2a, ID_SIZE);
	return c;
}

/* Encodes it, signed by the one of the two whose key it states. */
static inline void
company_sign(uint8_t out[static CERTIFICATE_SIZE], const struct certificate *c)
{
	static const int seeds[] = {COMPANY_SEED, ISSUER_SEED, DEVICE_SEED,
		HUB_SEED, STRANGER_SEED};
	struct keys keys;

	for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
		keys_from_seed(&keys, seeds[i]);
		if (memcmp(keys.signing_key, c->issuer, SIGNING_KEY_SIZE) == 0)
			break;
	}
	certificate_encode(out, c, keys.signing_secret);
}

/* The bytes of a good certificate. */
static inline void
company_encoded(
	uint8_t out[static CERTIFICATE_SIZE], enum certificate_kind kind)
{
	struct certificate c = company_certificate(kind);

	company_sign(out, &c);
}

/* Good credentials, without a certificate to introduce the hub. */
static inline void
company_credentials(
	uint8_t out[static CREDENTIALS_SIZE], enum certificate_kind kind)
{
	company_encoded(out, CERTIFICATE_ISSUER);
	company_encoded(out + CERTIFICATE_SIZE, kind);
}

#endif
