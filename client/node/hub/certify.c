#include "client/node/hub/certify.h"

#include <string.h>

#include "client/node/standing.h"
#include "client/store/setting.h"

/* From a day ago, so that a clock that is a little behind takes it too. */
static void
hold(struct certificate *c, uint64_t now_ms, uint64_t for_ms)
{
	c->serial = now_ms;
	c->not_before_ms = now_ms - HUB_CERTIFICATE_EARLY_MS;
	c->expires_ms = now_ms + for_ms;
}

/* The hub's device by its issuing key, which holds no longer than `most`. */
static void
certify_hub_device(const uint8_t *company, const struct node_keys *keys,
	uint64_t now_ms, uint64_t most_ms, uint8_t *out)
{
	struct certificate c = {.kind = CERTIFICATE_HUB};

	hold(&c, now_ms, HUB_CERTIFICATE_MS);
	if (c.expires_ms > most_ms)
		c.expires_ms = most_ms;
	memcpy(c.company, company, COMPANY_ID_SIZE);
	memcpy(c.signing_key, node_keys_sign_public(keys), SIGNING_KEY_SIZE);
	device_id(c.subject, c.signing_key);
	node_keys_link_public(keys, c.link_key);
	memcpy(c.issuer, node_keys_issuing_public(keys), SIGNING_KEY_SIZE);
	certificate_encode(out, &c, keys->issuing_secret);
}

void
certify_hub(const uint8_t *company_key, const uint8_t *company_secret,
	const struct node_keys *keys, uint64_t now_ms,
	uint8_t out[static CREDENTIALS_SIZE])
{
	struct certificate issuer = {.kind = CERTIFICATE_ISSUER};

	hold(&issuer, now_ms, HUB_ISSUER_MS);
	company_id(issuer.company, company_key);
	memcpy(issuer.signing_key, node_keys_issuing_public(keys),
		SIGNING_KEY_SIZE);
	memcpy(issuer.issuer, company_key, SIGNING_KEY_SIZE);
	certificate_encode(out, &issuer, company_secret);
	certify_hub_device(issuer.company, keys, now_ms, issuer.expires_ms,
		out + CERTIFICATE_SIZE);
}

/*
 * The two certificates that the hub itself shows. Each session asks for them:
 * the same bytes are verified once.
 */
static bool
own_certificates(struct node *hub, struct certificate *issuer,
	struct certificate *device)
{
	const uint8_t *bytes = hub->credentials;
	struct certificates_known known = {
		hub->credentials_seen, CREDENTIALS_SIZE / CERTIFICATE_SIZE};

	if (!hub->hub || hub->credentials_size < CREDENTIALS_SIZE ||
		certificate_decode_known(
			issuer, bytes, CERTIFICATE_SIZE, &known) != STATUS_OK ||
		certificate_decode_known(device, bytes + CERTIFICATE_SIZE,
			CERTIFICATE_SIZE, &known) != STATUS_OK)
		return false;
	memcpy(hub->credentials_seen, bytes, CREDENTIALS_SIZE);
	return true;
}

uint64_t
certify_issuer_expires(struct node *hub)
{
	struct certificate issuer, device;

	return own_certificates(hub, &issuer, &device) ? issuer.expires_ms : 0;
}

void
certify_device(struct node *hub, const uint8_t *user, const uint8_t *sign_key,
	const uint8_t *link_key, uint64_t now_ms,
	uint8_t out[static CREDENTIALS_SIZE_MAX])
{
	struct certificate c = {.kind = CERTIFICATE_DEVICE};
	uint64_t most = certify_issuer_expires(hub);

	hold(&c, now_ms, HUB_CERTIFICATE_MS);
	/* Of an issuing key that has run out nothing is good anyway. */
	if (c.expires_ms > most && most >= c.not_before_ms)
		c.expires_ms = most;
	memcpy(c.company, hub->company, COMPANY_ID_SIZE);
	device_id(c.subject, sign_key);
	memcpy(c.user, user, ID_BYTES);
	memcpy(c.signing_key, sign_key, SIGNING_KEY_SIZE);
	memcpy(c.link_key, link_key, LINK_KEY_SIZE);
	memcpy(c.issuer, node_keys_issuing_public(hub->keys), SIGNING_KEY_SIZE);
	/* The issuer's and the hub's own stand in the hub's credentials. */
	memcpy(out, hub->credentials, CERTIFICATE_SIZE);
	certificate_encode(
		out + CERTIFICATE_SIZE, &c, hub->keys->issuing_secret);
	memcpy(out + CREDENTIALS_SIZE, hub->credentials + CERTIFICATE_SIZE,
		CERTIFICATE_SIZE);
}

/* Whether less than half of its time is left. */
static bool
is_old(const struct certificate *c, uint64_t now_ms)
{
	return now_ms > c->serial &&
		now_ms - c->serial > (c->expires_ms - c->serial) / 2;
}

void
certify_own(struct node *hub, uint64_t now_ms)
{
	uint8_t fresh[CREDENTIALS_SIZE];
	struct certificate issuer, device;

	if (!own_certificates(hub, &issuer, &device) ||
		!is_old(&device, now_ms) ||
		device.expires_ms >= issuer.expires_ms)
		return;
	memcpy(fresh, hub->credentials, CERTIFICATE_SIZE);
	certify_hub_device(hub->company, hub->keys, now_ms, issuer.expires_ms,
		fresh + CERTIFICATE_SIZE);
	if (setting_set(hub->store, "credentials", fresh, sizeof fresh) ==
		STATUS_OK)
		memcpy(hub->credentials, fresh, sizeof fresh);
}

/* By another issuing key than now, or naming another hub, or none. */
static bool
is_of_before(struct node *hub, const struct credentials *peer)
{
	struct certificate issuer, device;

	if (!own_certificates(hub, &issuer, &device))
		return false;
	return memcmp(peer->issuer.signing_key, issuer.signing_key,
		       SIGNING_KEY_SIZE) != 0 ||
		peer->issuer.serial != issuer.serial || !peer->has_hub ||
		memcmp(peer->hub.subject, device.subject, ID_BYTES) != 0;
}

enum status
certify_again(struct node *hub, const struct credentials *peer, uint64_t now_ms,
	uint8_t out[static CREDENTIALS_SIZE_MAX])
{
	const struct certificate *had = &peer->device;
	const struct policy_device *device;
	uint64_t most = certify_issuer_expires(hub);
	bool before = is_of_before(hub, peer);

	if (most < now_ms || (!before && !is_old(had, now_ms)))
		return STATUS_ABSENT;
	/* It would hold no longer: the issuing key itself is running out. */
	if (!before && had->expires_ms >= most)
		return STATUS_ABSENT;
	device = policy_device(hub->policy, had->subject);
	if (!device || device->revoked ||
		memcmp(device->sign_key, had->signing_key, SIGNING_KEY_SIZE) !=
			0 ||
		memcmp(device->link_key, had->link_key, LINK_KEY_SIZE) != 0 ||
		memcmp(device->user, had->user, ID_BYTES) != 0)
		return STATUS_REFUSED;
	certify_device(hub, device->user, device->sign_key, device->link_key,
		now_ms, out);
	return STATUS_OK;
}

enum status
hub_session_renew(void *self, const struct credentials *peer,
	uint8_t *credentials, size_t *size)
{
	struct node *node = self;

	if (node->restoring) {
		/* What was revoked may not have come back yet. */
		(void)standing_note_issuer(node, &peer->issuer);
		return STATUS_ABSENT;
	}
	if (*size < CREDENTIALS_SIZE_MAX)
		return STATUS_REFUSED;
	*size = CREDENTIALS_SIZE_MAX;
	return certify_again(node, peer, (uint64_t)node_now_ms(), credentials);
}
