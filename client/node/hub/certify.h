#ifndef CLIENT_NODE_HUB_CERTIFY_H
#define CLIENT_NODE_HUB_CERTIFY_H

#include "client/node/keys.h"
#include "client/node/node.h"
#include "proto/credentials.h"

/*
 * The certificates that head office makes (proto/certificate.h), and when it
 * makes them anew.
 *
 * A device's holds for 90 days, and is renewed at any sync once less than half
 * of that is left: who syncs every six weeks never notices; a laptop that was
 * stolen, whose revocation a peer has not heard of, opens nothing after three
 * months; and who was away for longer dials the hub, which renews what it
 * knows, before he meets others again. The issuing key's holds for three
 * years, since renewing it takes the root key out of the safe.
 */
#define HUB_CERTIFICATE_MS ((uint64_t)90 * 24 * 3600 * 1000)
#define HUB_ISSUER_MS ((uint64_t)3 * 365 * 24 * 3600 * 1000)
#define HUB_CERTIFICATE_EARLY_MS ((uint64_t)24 * 3600 * 1000)
/* How long before its end `hub status` tells of the issuing key's. */
#define HUB_ISSUER_WARN_MS ((uint64_t)90 * 24 * 3600 * 1000)

/*
 * The hub's own credentials: its issuing key, certified by the company, and
 * its device, certified by that; *size is the size.
 */
void certify_hub(const uint8_t *company_key, const uint8_t *company_secret,
	const struct node_keys *keys, uint64_t now_ms,
	uint8_t out[static CREDENTIALS_SIZE]);

/*
 * A device's credentials by the hub's issuing key: three certificates, the
 * hub's own last.
 */
void certify_device(struct node *hub, const uint8_t *user,
	const uint8_t *sign_key, const uint8_t *link_key, uint64_t now_ms,
	uint8_t out[static CREDENTIALS_SIZE_MAX]);

/*
 * Certifies the hub's own device anew when less than half is left. When it
 * cannot be written, the next time does it.
 */
void certify_own(struct node *hub, uint64_t now_ms);

/*
 * Whether a device that showed these credentials gets new ones, and they:
 * STATUS_OK, STATUS_ABSENT (what it has will do), or STATUS_REFUSED (the
 * directory does not know it, or by other keys).
 */
enum status certify_again(struct node *hub, const struct credentials *peer,
	uint64_t now_ms, uint8_t out[static CREDENTIALS_SIZE_MAX]);

/* What sessions ask (sync/session.h: renew); self is the node. */
enum status hub_session_renew(void *self, const struct credentials *peer,
	uint8_t *credentials, size_t *size);

/* Until when the issuing key is certified: ms since 1970; 0 at no hub. */
uint64_t certify_issuer_expires(struct node *hub);

#endif
